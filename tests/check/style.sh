#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The measures of this tree that a program can take: length of files and functions, the licence line, and the format.
set -u
export LC_ALL=C
. tests/check/verdict.sh

sources=$(find net lab ui tests -name '*.[ch]' | sort)

verdict "no file over 800 lines" "$(echo "$sources" | xargs -r wc -l | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 }')"
verdict "every file names its licence in the first line" "$(echo "$sources" | xargs -r awk '
    FNR == 1 && !/SPDX-License-Identifier: GPL-3.0-or-later/ { print FILENAME }')"

# The format puts the braces of a function, and no other brace of code, alone into the first column.
verdict "no function over 60 lines" "$(echo "$sources" | xargs -r awk '
    FNR == 1 { start = 0 }
    /^[a-zA-Z_].*\(/ { head = $0 }
    /^{$/ { start = FNR }
    /^}$/ && start && FNR - start - 1 > 60 { print FILENAME ":" start ": " FNR - start - 1 ": " head }
    /^}$/ { start = 0 }')"

# Another version of clang-format formats some things differently: only the one of .clang-format can judge.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" = 14 ]; then
    verdict "clang-format has nothing to change" "$(echo "$sources" | xargs clang-format --dry-run 2>&1 |
        sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning: .*/\1 (make format)/p' | sort -u)"
else
    echo "skip clang-format: needs version 14, found ${version:-none}"
fi
exit $status
