#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every sentence that the lab says, as a template for catalogues, to standard output.
#
# A sentence is marked by _() or N_(), or stands as the format of one of the functions below, each with the number of
# that argument; net/base/message.h says when which.
set -eu
cd "$(dirname "$0")/.."
sayers='
net_fail:4 lab_fault:6 lab_doing_wait:4 lab_doing_fail:2 lab_reply:2 lab_reply_about:3 lab_why_is:2
ui_app_say:3 ui_lines_say:2 ui_wrong:1 LAB_PLURAL:2,3 fail:3 differ:4 complain:2 put_note:2 say:2'
keywords=
for sayer in $sayers; do
    keywords="$keywords --keyword=$sayer"
done
# Comments of the chapter programs, piece by piece, as net/data/program_text.c looks them up. What is one word, or a
# parameter, or the licence, is none.
comments() {
    awk '
        function piece(text) {
            if ((text !~ / / && text !~ /:$/) || text ~ /^[a-z]+=/ || text ~ /^(SPDX|gcc |nc )/) return
            gsub(/\\/, "\\\\", text)
            gsub(/"/, "\\\"", text)
            if (!seen[text]++) printf "#: %s\nmsgid \"%s\"\nmsgstr \"\"\n\n", FILENAME, text
        }
        function pieces(text,    n, each, i) {
            n = split(text, each, /  +/)
            for (i = 1; i <= n; i++) { gsub(/^ +| +$/, "", each[i]); piece(each[i]) }
        }
        FNR == 1 { block = 0 }
        block { line = $0; sub(/^[ *]*/, "", line); if (line ~ /\*\/|^\/$/) { sub(/\*?\/.*/, "", line); block = 0 }; pieces(line); next }
        match($0, /\/\//) { pieces(substr($0, RSTART + 2)); next }
        match($0, /\/\*/) { line = substr($0, RSTART + 2); block = !sub(/\*\/.*/, "", line); pieces(line) }
    ' net/programs/*.c
}

all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
# shellcheck disable=SC2046,SC2086 # lists of words
xgettext --from-code=UTF-8 --language=C --sort-by-file --add-location=file --add-comments=TRANSLATORS: --no-wrap \
    --package-name=tcplab --keyword= --keyword=_ --keyword=N_ $keywords --output="$all/sentences" \
    $({ find net lab ui -name '*.[ch]' ! -path 'net/programs/*'; echo tools/lists.c; } | sort)
{
    printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    comments
} >"$all/comments"
# The time of making is left out: a template changes when a sentence does.
msgcat --use-first --no-wrap --add-location=file "$all/sentences" "$all/comments" | sed '/^"POT-Creation-Date:/d'
