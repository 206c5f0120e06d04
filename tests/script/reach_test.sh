#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A lesson from a stranger: what it tries to write and read outside of its own folder. And what a script of the user's may.
. tests/fixtures/lib.sh
export XDG_STATE_HOME=$here/state
folder=$XDG_STATE_HOME/tcplab/lessons
mkdir "$here/home"
echo secret >"$here/secret"

# lesson LINES...: a file of one experiment with these lines.
lesson() {
    printf '# A book\n\n## 9.1 A lesson\n\n### Experiment: One\n\n```lab\n' >"$here/book.md"
    printf '%s\n' "$@" >>"$here/book.md"
    printf '```\n' >>"$here/book.md"
}
# All that there is outside of the folder of lessons, and when it was changed.
outside() { find "$here" -path "$XDG_STATE_HOME" -prune -o ! -name 'out' ! -name err ! -name book.md -printf '%p %s %i\n' | sort; }

# refuses NAME SENTENCE LINE...: the last line is refused with that sentence, and nothing has come of it.
refuses() {
    local name=$1 sentence=$2 before after
    shift 2
    lesson "$@"
    before=$(outside)
    "$tcplab" run "$here/book.md" >"$here/out" 2>"$here/err"
    like "$name" "$? $(cat "$here/err")" "^2 .*$sentence"
    after=$(outside)
    is "$name: nothing is changed" "$after" "$before"
}
write='a lesson may not write'
read='a lesson may not read'
for line in "save $here/new" "save ../../new" "export $here/new" "save -" "save .new" 'save "$(id)"'; do
    refuses "$line" "$write" 'hand c1' "$line"
done
refuses 'the matrix' "$write" 'matrix run close' "matrix export $here/new"
refuses 'a log' "$write" "server log file=$here/new"
refuses 'over a file' "$write" "save $here/secret replace"
refuses 'a file that is served' "$read" "server file file=$here/secret"
refuses 'a file that is served, upwards' "$read" "server file file=../../../secret"

refuses 'another program' 'a lesson starts no program but' "server /bin/true"
refuses 'a command' 'a lesson starts no program but' "start \"touch $here/new\" on server as app"

# The same again through `versus`, which runs the lines anew.
lesson 'with "a" server log file=kept' 'with "b" hand c1' 'versus'
"$tcplab" run "$here/book.md" >"$here/out" 2>"$here/err"
is 'versus keeps to it' "$? $(ls "$folder")" "0 kept"
rm -r "$folder"

lesson 'hand c1' 'save run.tcplab' 'export run.pcap' 'server log file=log' 'c1 connect' 'c1 close' 'wait quiet'
"$tcplab" run "$here/book.md" >"$here/out" 2>"$here/err"
is 'what it may write' "$? $(cd "$folder" && echo *)" '0 log run.pcap run.tcplab'
"$tcplab" run "$here/book.md" >"$here/out" 2>"$here/err"
like 'not again' "$? $(cat "$here/err")" '^2 .*run.tcplab is there already, and a lesson writes new files only'
lesson 'server file file=log' 'hand c1' 'c1 connect' 'c1 recv 6' 'expect c1 recv = 6'
"$tcplab" run "$here/book.md" >"$here/out" 2>"$here/err"
is 'what it may read' "$? $(cat "$here/err")" '0 '

# Behind the names stands Landlock, which needs no_new_privs: the programs of a lesson have it, a script's do not.
held() {
    local pid task
    for pid in $(tree "$lab"); do
        for task in "/proc/$pid/task/"*; do
            [ "$(cat "$task/comm" 2>/dev/null)" != "$1" ] || sed -n 's/^NoNewPrivs:\t//p' "$task/status"
        done
    done
}
as() { printf '%s\n' "server single as $1 as here" 'wait 100s'; }
for way in thread process; do
    mapfile -t lines < <(as $way)
    lesson "${lines[@]}"
    echo 'hand c1' >"$here/script"
    lab_begin -v "$here/book.md" "$here/script"
    lab_said '> wait 100s'
    is "a program of a lesson is held, as $way" "$(held here)" 1
    lab_end
    as $way >"$here/script"
    lab_begin "$here/script"
    lab_said '> wait 100s'
    is "a program of a script is not, as $way" "$(held here)" 0
    lab_end
done

# So is the lab itself, also when the user names a file for an export: only the thread that writes it at the end is not.
lesson 'hand c1' 'wait 100s'
lab_begin -v --export "$here/page.html" "$here/book.md"
lab_said '> wait 100s'
is 'the lab is held while it has something to export' "$(held tcplab | sort | tr -d '\n')" 01
lab_end
lesson 'hand c1' 'c1 socket'
"$tcplab" run --export "$here/page.html" "$here/book.md" >"$here/out" 2>"$here/err"
is 'and the export is written' "$? $(head -c 9 "$here/page.html")" '0 <!DOCTYPE'
rm "$here/page.html"

# A script that the user names, and what he types.
"$tcplab" -q -c "hand c1 ; save $here/new" && [ -s "$here/new" ]
is 'a script writes what the user may' $? 0
chmod 604 "$here/new"
"$tcplab" -q -c "save $here/new" 2>"$here/err"
like 'not over a file' "$? $(cat "$here/err")" '^2 .*new is there already: say `replace`'
"$tcplab" -q -c "save $here/new replace"
is 'but with the word, and the mode stays' "$? $(stat -c %a "$here/new")" '0 604'
ln -s secret "$here/link"
"$tcplab" -q -c "save $here/link replace" 2>"$here/err"
like 'not through a link' "$? $(cat "$here/err") $(cat "$here/secret")" '^2 .*link is a symbolic link.* secret$'

# Without a screen `-` is the standard output, when nothing else goes there.
"$tcplab" -q -c 'hand c1 ; export -' | head -c 4 | od -An -tx1 >"$here/out"
is 'a capture on standard output' "$(tr -d ' ' <"$here/out")" '4d3cb2a1'
"$tcplab" -c 'hand c1 ; export -' >"$here/out" 2>"$here/err"
like 'not between lines' "$? $(cat "$here/err")" '^2 .*is for `tcplab -q`'

# Limits and full disks end with a sentence.
(
    ulimit -f 1
    "$tcplab" -q -c "server single ; hand c1 ; c1 connect ; c1 send 100000 bytes ; wait quiet ; save $here/large" 2>"$here/err"
)
like 'a limit of file sizes' "$? $(cat "$here/err")" '^2 .*cannot write .*large: File too large \(EFBIG\)'
is 'nothing is left of it' "$(ls "$here" | grep -c large)" 0
for words in programs 'source single' --help --version; do
    # shellcheck disable=SC2086
    "$tcplab" $words >/dev/full 2>"$here/err"
    like "$words to a full disk" "$? $(cat "$here/err")" '^2 .*standard output cannot be written'
done
"$tcplab" show /dev/zero 2>"$here/err"
like 'a run without an end' "$? $(cat "$here/err")" '^2 .*line 1 is not an event: it is longer than any'
"$tcplab" run /dev/zero 2>"$here/err"
like 'a script without an end' "$? $(cat "$here/err")" '^2 .*larger than 16 MB'
mkfifo "$here/fifo.md"
timeout 10 "$tcplab" run "$here/fifo.md" 2>"$here/err"
like 'lessons in a FIFO' "$? $(cat "$here/err")" '^2 .*it is a pipe or a device'
exit $status
