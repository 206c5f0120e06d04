#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A program of the learner's on the screen: its source from the disk, the running line, what the compiler says below
# its line, and a sentence where there is no line.
. tests/fixtures/lib.sh
needs_terminal 'own programs in a terminal'
command -v cc >/dev/null || { skip "own programs on the screen: no compiler here" && exit 0; }
at_exit() { terminal_end; }
patience=30
own=$(realpath tests/own)

sees() {
    if until_true shows "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
type_command() {
    keys :
    until_true shows ': '
    text "$1"
    keys Enter
}

cp "$own/waits.c" "$here/echo.c"
sed 's/listen(listener, 8)/listen(listener, nowhere)/' "$own/waits.c" >"$here/bad.c"
cc -s -o "$here/stripped" "$own/waits.c"
tmux new-session -d -x 140 -y 40 "cd '$here' && exec env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 TERM=screen-256color \
    XDG_STATE_HOME='$here/state' '$tcplab' free" || exit 1
until_true shows 'Free lab' || { not_ok "the free lab" "$(screen)" && exit 1; }

type_command 'server ./bad.c poll 7001'
sees "what does not compile is shown at its error" "error: 'nowhere' undeclared"
sees "the sentence says the line" 'does not compile: line '
type_command 'server ./echo.c poll 7001'
sees "the file that runs is shown by its name" ' echo.c '
line=$(grep -n 'poll(&one, 1, -1)' "$here/echo.c" | cut -d: -f1)
# The pointer, the number, the text of the line that the program waits in.
lit() { screen | grep -qE "▸ *$line +return precise"; }
if until_true lit; then ok "the line that it waits in is lit"; else not_ok "the line that it waits in is lit" "$(screen)"; fi
type_command 'server kill'
type_command 'server ./stripped poll 7001'
sees "without debug information the pane says so" 'it has no debug'
exit $status
