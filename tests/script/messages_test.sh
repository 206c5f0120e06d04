#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab in another language: every sentence is marked and translated, the language is chosen as it ought to be, and
# what is no sentence (JSON, the code of programs, what libc says to a program) stays as it is.
. tests/fixtures/lib.sh
export LC_ALL=C.UTF-8

if command -v python3 >/dev/null && command -v xgettext >/dev/null; then
    while read -r line; do
        case $line in
        'ok '*) ok "${line#ok }" ;;
        'not ok '*) not_ok "${line#not ok }" ;;
        *) echo "     $line" ;;
        esac
    done < <(tests/check/messages.py)
    is 'po/tcplab.pot is up to date' "$(tools/messages.sh | diff -q - po/tcplab.pot && echo same)" same
else
    echo 'skipped every sentence is marked: there is no python3 or no xgettext'
fi

wrong='server single; server signal SIGXX'
korean='시그널은 없습니다'
says() { "$tcplab" "$@" -c "$wrong" 2>&1; }
is '--lang chooses' "$(says --lang ko | grep -c "$korean")" 1
is 'so does the environment' "$(LC_ALL='' LANG=ko_KR.UTF-8 says | grep -c "$korean")" 1
is 'LANGUAGE goes before it' "$(LC_ALL='' LANG=ko_KR.UTF-8 LANGUAGE=en says | grep -c "$korean")" 0
is 'and --lang before that' "$(LC_ALL='' LANG=ko_KR.UTF-8 says --lang en | grep -c "$korean")" 0
is 'without UTF-8 it is English' "$(LC_ALL=C says --lang ko | grep -c 'is no signal')" 1
is 'an unknown language is refused' "$("$tcplab" --lang xx -c "$wrong" 2>&1 | grep -c -- '--lang xx')" 1
hangul=$'[\xea-\xed]'
is 'options that are wrong are told in it' "$("$tcplab" --lang ko --no-such 2>&1 | LC_ALL=C grep -cv "$hangul")" 0

# Without comments a program's text is the file's, whatever language its comments are in.
code() { "$(command -v gcc || echo cc)" -fpreprocessed -dD -E -P "$1"; }
wrong=
for source in net/programs/*.c; do
    name=$(basename "$source" .c)
    "$tcplab" --lang ko source "$name" >"$here/$name.c"
    [ "$(wc -l <"$here/$name.c")" = "$(wc -l <"$source")" ] && cmp -s <(code "$here/$name.c") <(code "$source") || wrong+=" $name"
    LC_ALL=C grep -q "$hangul" "$here/$name.c" || wrong+=" $name:English"
    "$tcplab" --lang en source "$name" | cmp -s - "$source" || wrong+=" $name:en"
done
verdict 'comments of programs are translated, their code and lines are not' "$wrong"

if can_have 'programs in another language' "$tcplab"; then
    is 'libc says to a program of the lab what it says in the locale C' \
        "$("$tcplab" --lang ko run 3.2.6 2>&1 | grep -c '^통과')" 1
    is 'a program sees LANGUAGE as it was' \
        "$(printf '#!/bin/sh\necho "<$LANGUAGE>"\n' >"$here/say" && chmod +x "$here/say" &&
            LANGUAGE=fr "$tcplab" --lang ko -c "start \"$here/say\" on server | wait 1s" 2>&1 | grep -o '<[a-z]*>' | head -1)" '<fr>'
fi
