#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the texts for the next person name is there: files, functions, rooms. Prints `ok NAME` or `not ok NAME`.
set -u
status=0

verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    /' <<<"$2"
        status=1
    fi
}

# In backquotes: files and folders of ours, functions as name().
for text in CONTRIBUTING.md doc/architecture.md net/README.md lab/README.md ui/README.md; do
    missing=
    base=
    case $text in */README.md) base=${text%README.md} ;; esac
    while IFS= read -r name; do
        case $name in
        *'()')
            grep -rqE "^[a-z].*[ *]${name%()}\(" net lab ui --include='*.c' --include='*.h' || missing+="$name"$'\n'
            ;;
        [a-z]*/*.[chd]* | [a-z]*/ | [a-z]*.[ch])
            [[ $name == *NAME* || $name == build/* || -e $base$name || -e $name ]] || missing+="$name"$'\n'
            ;;
        esac
    done < <(grep -o '`[^` ]*`' "$text" | tr -d '`' | sort -u)
    verdict "$text names only what is there" "${missing%$'\n'}"
done

# Every room has its line.
missing=
for room in net/*/ lab/*/ ui/*/; do
    grep -q "^| \`$(basename "$room")/\` |" "${room%%/*}/README.md" || missing+="$room"$'\n'
done
verdict 'every room has a line in the README of its layer' "${missing%$'\n'}"
exit $status
