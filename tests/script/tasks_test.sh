#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The tasks of LESSONS.md: each starter fails, and for the reason that tests/own/tasks has; each answer passes; both
# compile without a warning. And what `grade` does with programs that are none.
. tests/fixtures/lib.sh
export XDG_DATA_HOME=$here/data XDG_STATE_HOME=$here/state TMPDIR=$here/tmp
mkdir -p "$XDG_DATA_HOME" "$XDG_STATE_HOME" "$TMPDIR"
command -v cc >/dev/null || { skip "tasks: no compiler here" && exit 0; }
can_have tasks "$tcplab" || exit 0
book=(--lessons LESSONS.md)

# grade FILE TASK OPTION...: what it says is in $here/out, its status in $graded.
grade() {
    "$tcplab" grade "$1" --task "$2" "${book[@]}" "${@:3}" >"$here/out" 2>&1
    graded=$?
}

# ---- starters and answers -------------------------------------------------------------------------------------------

compiles() { cc -g -O0 -Wall -Wextra -Werror -pthread -o "$here/compiled" "$1" 2>"$here/cc"; }
starter_fails() {
    "$tcplab" task "$1" starter "${book[@]}" >"$here/starter.c"
    compiles "$here/starter.c" || { cat "$here/cc" && return; }
    grade "$here/starter.c" "$1"
    [ $graded = 1 ] || { echo "the starter: status $graded" && cat "$here/out" && return; }
    grep -qF "reason  $2" "$here/out" || { echo "expected: $2" && cat "$here/out"; }
}
answer_passes() {
    "$tcplab" task "$1" answer "${book[@]}" >"$here/answer.c"
    compiles "$here/answer.c" || { cat "$here/cc" && return; }
    grade "$here/answer.c" "$1"
    [ $graded = 0 ] || { echo "the answer: status $graded" && cat "$here/out"; }
}

listed=$("$tcplab" tasks "${book[@]}" | sed 's/ .*//' | sort | tr '\n' ' ')
is "every task has the reason that its starter fails for" "$(grep -v '^#' tests/own/tasks | sed 's/ .*//' | sort | tr '\n' ' ')" \
    "$listed"
"$tcplab" task 3.1/first answer "${book[@]}" >"$here/out" 2>&1
is "the answer is not shown before a try" $? 2
while read -r task reason; do
    [ "$task" = '#' ] && continue
    verdict "$task: the starter fails, and why" "$(starter_fails "$task" "$reason")"
    verdict "$task: the answer passes" "$(answer_passes "$task")"
done <tests/own/tasks

# ---- programs that are none -----------------------------------------------------------------------------------------

printf 'int main(void) { return 0; }\n' >"$here/nothing.c"
grade "$here/nothing.c" 3.3/reap
is "a program that only ends does not pass" $graded 1
printf 'int main(void) { return 0 }\n' >"$here/wrong.c"
grade "$here/wrong.c" 3.3/reap
is "a program that does not compile fails" $graded 1
like "and is told its line" "$(cat "$here/out")" "does not compile: line 1"
printf 'int main(void) { for (;;); }\n' >"$here/loops.c"
grade "$here/loops.c" 3.3/reap
is "a program that loops fails" $graded 1
grade "$here/there-is-none.c" 3.3/reap
is "a file that is not there is not judged" $graded 2
grade "$here/nothing.c" 3.3/there-is-none
is "a task that is not there is not judged" $graded 2
"$tcplab" task 3.3/reap answer "${book[@]}" | sed 's/htons((uint16_t)port)/htons(4321)/' >"$here/port.c"
grade "$here/port.c" 3.3/reap
like "a server at another port is told which" "$(cat "$here/out")" "it listens at port 4321, and was told to listen"

# ---- what is kept ---------------------------------------------------------------------------------------------------

kept=$(cat "$XDG_DATA_HOME"/tcplab/answers/3.3-reap/3.c)
is "an answer is kept under the next number" "$kept" "$(cat "$here/nothing.c")"
like "tasks shows what was done" "$("$tcplab" tasks "${book[@]}" | grep 3.3/reap)" "passed"
mkdir "$here/class"
"$tcplab" task 3.3/reap answer "${book[@]}" >"$here/class/ada.c"
"$tcplab" task 3.3/reap starter "${book[@]}" >"$here/class/bob.c"
grade "$here/class" 3.3/reap --csv --seed 7 --runs "$here/runs"
is "a folder fails when one fails" $graded 1
like "a table has each submission" "$(tr -d '\r' <"$here/out")" '"ada.c","passed","",'
like "with the reason" "$(tr -d '\r' <"$here/out")" '"bob.c","failed","after the first client, a child is left'
"$tcplab" show "$here/runs/bob.c.tcplab" >"$here/out" 2>&1
like "and a run that can be opened" "$(cat "$here/out")" "fork\("
exit $status
