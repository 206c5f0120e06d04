#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `tcplab -` on a terminal: the prompt, completion, pages, Ctrl-C, and what happens while a line is typed.
. tests/fixtures/lib.sh
needs_terminal 'a lab in lines on a terminal'
can_have 'a lab in lines on a terminal' "$tcplab" || exit 0
at_exit() { terminal_end; }
patience=30

sees() {
    if until_true shows "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
# begin TERM LESSON
begin() {
    terminal_end
    tmux new-session -d -x 80 -y 24 "env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 TERM=$1 XDG_STATE_HOME='$here/state' \
        '$tcplab' - --seed 0 $2; echo \"status \$?\"; exec tail -f /dev/null"
}
# The line on which the cursor is.
cursor_line() { screen | sed -n "$(($(tmux display-message -p '#{cursor_y}') + 1))p"; }
prompts() { [[ $(cursor_line) == "lab>$1"* ]]; }

begin screen-256color 3.1
sees 'a text longer than the screen has pages' 'Enter: more of the text'
is 'of which the first begins at the top' "$(screen | grep -c 'tcplab: two hosts')" 1
keys Enter
until_true prompts ''
text 3.1.3
keys Enter
sees 'an experiment is opened by its number' 'A letter answers'
text b
keys Enter
sees 'a letter answers it' 'You were right.'
sees 'why comes when Enter asks for it' 'Enter: more of the text'
text 'free'
keys Enter
sees 'the free lab' 'The free lab'
until_true prompts ''
text 'server si'
keys Tab
if until_true prompts ' server single'; then ok 'Tab completes'; else not_ok 'Tab completes' "$(screen)"; fi
keys Enter
sees 'what happens is told' 'listen(3, 1) = 0'
until_true prompts ''
text 'hand c'
lab=$(lab_of "$(pgrep -P "$(tmux display-message -p '#{pane_pid}')" | head -n 1)")
"$tcplab" exec --lab "$lab" client -- bash -c 'exec 3<>/dev/tcp/192.0.2.1/12345' 2>/dev/null
sees 'also while a line is typed' 'Connection closed'
if until_true prompts ' hand c'; then ok 'and the line stands below it, as it was'; else not_ok 'and the line stands below it, as it was' "$(screen)"; fi
text 9
keys Enter
sees 'and goes on' 'c9: starts a hand'
text 'wait 10min'
keys Enter
sees 'a wait says for what, and that it can be given up' 'Ctrl-C gives it up'
keys C-c
if until_true prompts ''; then ok 'Ctrl-C gives it up'; else not_ok 'Ctrl-C gives it up' "$(screen)"; fi
keys C-c
sees 'Ctrl-C leaves, where nothing waits' 'status 130'

begin dumb free
until_true prompts ''
text 'echo "on a teletype"'
keys Enter
until_true prompts ''
keys C-d
sees 'Ctrl-D leaves, also a terminal that can do nothing' 'status 0'
exit $status
