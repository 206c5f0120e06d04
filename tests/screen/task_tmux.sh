#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Tasks on the screen: the list has them behind the experiments; the box of one makes the learner's file, lets the kernel
# judge it, gives hints one by one and the answer after a try; what was passed is ticked.
. tests/fixtures/lib.sh
needs_terminal 'tasks in a terminal'
command -v cc >/dev/null || { skip "tasks on the screen: no compiler here" && exit 0; }
can_have 'tasks on the screen' "$tcplab" || exit 0
at_exit() { terminal_end; }
patience=60
file=$here/data/tcplab/answers/3.1-first/first.c

sees() {
    if until_true shows "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
# The editor puts the model answer into the file when it is called for the second time.
cat >"$here/editor" <<'END'
#!/bin/sh
[ ! -e "$0.twice" ] || cp "$0.answer" "$1"
: >"$0.twice"
END
chmod +x "$here/editor"
awk '/^### Task: first/{ on = 1 } /^### Task: restart/{ exit } on && /^#### Answer/{ answer = 1 }
    answer && /^```$/{ exit } answer && code; answer && /^```c/{ code = 1 }' LESSONS.md >"$here/editor.answer"

tmux new-session -d -x 80 -y 24 "cd '$here' && exec env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 TERM=screen-256color \
    XDG_STATE_HOME='$here/state' XDG_DATA_HOME='$here/data' EDITOR='$here/editor' '$tcplab'"
until_true shows 'Lessons'
keys Tab
sees "tasks stand behind the experiments of their lesson" ' Tasks '
keys End Up Up Up Enter
sees "Enter opens the box of one" '3.1 Task: first'
sees "there is no file yet" 'There is none yet'
keys a
sees "the answer comes after a try" 'Try it first'
keys E
made() { [ -s "$file" ]; }
verdict "E makes the file" "$(until_true made || screen)"
sees "the box says so" 't try in the lab'
is "which is the starter" "$(head -1 "$file")" '#include <arpa/inet.h>'
keys g
sees "the judge has seen it" 'Judged: failed'
sees "and says why it fails" 'nothing listens at the port'
keys h h
sees "hints come one by one" 'Hints 2 of 3'
keys a
sees "the answer is shown now" 'A program that passes'
keys E
repaired() { cmp -s "$file" "$here/editor.answer"; }
verdict "the learner repairs it" "$(until_true repaired || screen)"
keys g
sees "it passes" 'Judged: passed'
keys t
sees "t opens a lab on it" 'try first.c'
sees "where it runs" 'accept(3'
keys Escape
sees "Esc leads back to the list, and it goes on" 'running'
ticked() { screen | grep -E ' first +Finish' | grep -qF '✓'; }
verdict "what was passed is ticked" "$(until_true ticked || screen)"
like "and known to tcplab tasks" "$(XDG_STATE_HOME=$here/state "$tcplab" tasks | grep 3.1/first)" passed

# ---- a mystery -------------------------------------------------------------------------------------------------------

line=$("$tcplab" task 3.1/deaf starter | grep -n 'sin_port =' | cut -d: -f1)
keys End Enter
sees "a mystery shows its program" 'in which line does it go wrong?'
text "$((line + 1))"
sees "its line is typed" "it goes wrong in line $((line + 1))"
keys g
sees "another line is wrong" 'failed: it does not go wrong there'
keys BSpace BSpace
text "$line"
keys g
sees "the right one is right" 'passed: that is where it goes wrong'
exit $status
