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

# grade FILE TASK OPTION...: what it says is in $here/out, its status in $graded.
grade() {
    "$tcplab" grade "$1" --task "$2" "${@:3}" >"$here/out" 2>&1
    graded=$?
}

# ---- starters and answers -------------------------------------------------------------------------------------------

compiles() { cc -g -O0 -Wall -Wextra -Werror -pthread -o "$1.compiled" "$1" 2>"$1.cc" || cat "$1.cc"; }
# judged TASK PART STATUS [REASON]: what is wrong with the verdict on that part of the task.
judged() {
    local file=$here/${1//\//-}-$2.c verdict
    "$tcplab" task "$1" "$2" >"$file"
    compiles "$file"
    verdict=$("$tcplab" grade "$file" --task "$1" 2>&1)
    [ $? = "$3" ] || echo "status of the $2: not $3; $verdict"
    [ -z "${4-}" ] || grep -qF "reason  $4" <<<"$verdict" || echo "expected the reason: $4; $verdict"
}
# lane N OF: every OF-th task, from the N-th on.
lane() {
    local n=0 task reason
    while read -r task reason; do
        [ "$task" = '#' ] && continue
        [ $((n++ % $2)) = "$1" ] || continue
        verdict "$task: the starter fails, and why" "$(judged "$task" starter 1 "$reason")"
        verdict "$task: the answer passes" "$(judged "$task" answer 0)"
    done <tests/own/tasks
    exit $status
}

listed=$("$tcplab" tasks | sed 's/ .*//' | sort | tr '\n' ' ')
is "every task has the reason that its starter fails for" \
    "$(grep -v '^#' tests/own/tasks | sed 's/ .*//' | sort | tr '\n' ' ')" "$listed"
"$tcplab" task 3.1/first answer >"$here/out" 2>&1
is "the answer is not shown before a try" $? 2
# Most of the time a judge waits: several at once.
lanes=()
for n in 0 1 2 3 4 5; do
    (trap - EXIT && XDG_STATE_HOME=$here/state$n lane $n 6) >"$here/lane$n" &
    lanes+=($!)
done
for n in 0 1 2 3 4 5; do
    wait "${lanes[$n]}" || status=1
    cat "$here/lane$n"
done
rm -rf "$XDG_DATA_HOME/tcplab"

# ---- mysteries ------------------------------------------------------------------------------------------------------

says() { "$tcplab" grade --task "$1" "${@:2}" >"$here/out" 2>&1; }
line=$("$tcplab" task 3.1/deaf starter | grep -n 'sin_port =' | cut -d: -f1)
says 3.1/deaf --line "$line"
is "the line of a mystery is right" $? 0
says 3.1/deaf --line $((line + 1))
is "another line is not" $? 1
says 3.2/too-much --call send
is "the call of a mystery is right" $? 0
says 3.2/too-much --call recv
is "another call is not" $? 1
says 3.3/reap --line 3
is "a task is no mystery" $? 2

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
"$tcplab" task 3.3/reap answer | sed 's/htons((uint16_t)port)/htons(4321)/' >"$here/port.c"
grade "$here/port.c" 3.3/reap
like "a server at another port is told which" "$(cat "$here/out")" "it listens at port 4321, and was told to listen"
# The second judge of that task: the port is another one, and right.
"$tcplab" task 3.3/reap answer | sed 's/while (waitpid(-1, NULL, WNOHANG) > 0)/if (waitpid(-1, NULL, WNOHANG) > 0)/' >"$here/once.c"
grade "$here/once.c" 3.3/reap
verdict "a later judge does not say that the port is wrong" "$(grep 'was told to listen' "$here/out")"

# ---- what is kept ---------------------------------------------------------------------------------------------------

kept=$(cat "$XDG_DATA_HOME"/tcplab/answers/3.3-reap/1.c)
is "an answer is kept under the next number" "$kept" "$(cat "$here/nothing.c")"
like "tasks shows what was done" "$("$tcplab" tasks | grep 3.3/reap)" "tried"
mkdir "$here/class"
"$tcplab" task 3.3/reap answer >"$here/class/ada.c"
"$tcplab" task 3.3/reap starter >"$here/class/bob.c"
grade "$here/class" 3.3/reap --csv --seed 7 --runs "$here/runs"
is "a folder fails when one fails" $graded 1
like "a table has each submission" "$(tr -d '\r' <"$here/out")" '"ada.c","passed","",'
like "with the reason" "$(tr -d '\r' <"$here/out")" '"bob.c","failed","after the first client, a child is left'
"$tcplab" show "$here/runs/bob.c.tcplab" >"$here/out" 2>&1
like "and a run that can be opened" "$(cat "$here/out")" "fork\("
exit $status
