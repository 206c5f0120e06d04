#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a teacher does with lessons of his own: they are checked, run, added to the built-in ones, and stand in their
# place. And what a learner asks of a word.
. tests/fixtures/lib.sh
export XDG_STATE_HOME=$here/state TMPDIR=$here/tmp
mkdir -p "$XDG_STATE_HOME" "$TMPDIR"
can_have lessons "$tcplab" || exit 0

# ---- check ----------------------------------------------------------------------------------------------------------

said=$("$tcplab" lessons check doc/example-lessons.md 2>&1)
is 'the example has nothing wrong' $? 0
like 'a question is told with its line, its time and what was true' "$said" \
    'doc/example-lessons.md:[0-9]*:1: judged at 0\.[0-9]*, behind the last line; true is "-1 ECONNREFUSED" alone'
like 'and the experiment with its expectations' "$said" 'ok  *1.1  Nobody listens  *2 expectations, '
is 'quiet, it says nothing' "$("$tcplab" lessons check -q doc/example-lessons.md 2>&1)" ''

lesson() { printf '## 9.%s L\n\n### Experiment: E\n\n```lab\n%s\n```\n' "$1" "$2"; }
mkdir "$here/folder"
{
    for n in {1..20}; do lesson "$n" "hnd c$n"; done
} >"$here/folder/twenty.md"
said=$("$tcplab" lessons check "$here/folder" 2>&1)
is 'a text with faults is 2' $? 2
is 'all of twenty faults are told' "$(grep -cE '^.*/twenty\.md:[0-9]+:1: `hnd` is neither' <<<"$said")" 20
is 'each with its line' "$(cut -d: -f2 <<<"$said" | tr '\n' ' ')" "$(grep -n hnd "$here/folder/twenty.md" | cut -d: -f1 | tr '\n' ' ')"

lesson 1 $'hand c1\nc1 connect\nexpect within 10ms c1 connect = 0' >"$here/contradicted.md"
"$tcplab" lessons check "$here/contradicted.md" >"$here/out" 2>&1
is 'what the kernel contradicts is 1' $? 1
like 'and is told' "$(cat "$here/out")" 'FAILED   9.1.1  E'
lesson 1 $'hand c1\npredict "?"\nchoice "a" c1 alive\nchoice "b" quiet' >"$here/both.md"
"$tcplab" lessons check "$here/both.md" >"$here/out" 2>&1
is 'a question with two answers is 1' $? 1
"$tcplab" lessons check "$here/nowhere.md" >"$here/out" 2>&1
is 'a file that is not there is 2' $? 2
mkdir "$here/empty"
like 'a folder without lessons says so' "$("$tcplab" lessons check "$here/empty" 2>&1)" 'no lessons in the folder'
{
    lesson 1 'hand c1'
    printf '### Task: t\n\nDo it.\n\n```c\nint main(void) { return 0; }\n```\n\n#### Hints\n\n- h\n\n#### Judged\n\n'
    printf '```lab\nstart $yours on server as yours\nexpect yours ended exit 0\n```\n\n#### Answer\n\n```c\nint main(void) { return 0; }\n```\n'
} >"$here/task.md"
if command -v cc >/dev/null; then
    "$tcplab" lessons check "$here/task.md" >"$here/out" 2>&1
    is 'a starter that passes is 1' $? 1
    like 'and is told' "$(cat "$here/out")" '9.1/t: the starter passes, and it should not'
fi

# ---- the order of choices -------------------------------------------------------------------------------------------

for seed in 1 2 3; do
    "$tcplab" --lessons doc/example-lessons.md --seed $seed run -q 1.1 >"$here/out" 2>&1
    is "with seed $seed the choices have their conditions" $? 0
done

# ---- with the built-in ones -----------------------------------------------------------------------------------------

like 'lessons of a file are there' "$("$tcplab" --lessons doc/example-lessons.md run 1.1 2>&1)" 'ok  *1.1  Nobody listens'
like 'beside the built-in ones' "$("$tcplab" --lessons doc/example-lessons.md progress)" '3\.1  '
is 'and without them' "$("$tcplab" --lessons doc/example-lessons.md --only progress | cut -d' ' -f1 | tr '\n' ' ')" 'lesson 1 '
{
    printf '## 3.2 Ours\n\n### Experiment: E\n\n```lab\nhand c1\n```\n'
} >"$here/ours.md"
like 'one with the number of a built-in one stands in its place' "$("$tcplab" --lessons "$here/ours.md" run 3.2 2>&1)" \
    'ok  *3.2.1  E '
# ---- in another language ----------------------------------------------------------------------------------------------

printf '## 9.1 Ends\n\n### Experiment: Shut\n\nLook.\n\n```lab\nhand c1\n```\n' >"$here/e.md"
printf '## 9.1 끝\n\n### Experiment: 닫기\n\n보십시오.\n\n```words\n```\n' >"$here/e.ko.md"
translated() { LC_ALL=C.UTF-8 "$tcplab" --lessons "$here/e.md" --only "$@" 2>&1; }
like 'a translation beside a file is read with it' "$(translated --lang ko run 9.1)" '9\.1\.1  닫기  '
like 'or as it is written' "$(translated --lang en run 9.1)" 'ok  *9\.1\.1  Shut  '
like 'the locale chooses' "$(LC_ALL=C.UTF-8 LANGUAGE=ko "$tcplab" --lessons "$here/e.md" --only progress)" '9\.1 .*끝$'
like 'a language that is not there is told with those that are' "$(translated --lang xx run 9.1)" '--lang xx: .*there are: en'
said=$(LC_ALL=C "$tcplab" --lessons "$here/e.md" --only --lang ko progress 2>&1)
like 'without UTF-8 it is English' "$said" '9\.1 .*Ends$'
like 'and says why' "$said" 'the locale has no UTF-8'
"$tcplab" lessons check "$here/e.md" >"$here/out" 2>&1
is 'a translation is checked with its book' $? 0
sed -i '/^보/d' "$here/e.ko.md"
"$tcplab" lessons check "$here/e.md" >"$here/out" 2>&1
is 'and a difference is 2' $? 2
like 'with the lines of both' "$(cat "$here/out")" 'e\.ko\.md:6:1: here is a block of code, in the book a paragraph (.*e\.md:5)'

like '--only needs --lessons' "$("$tcplab" --only progress 2>&1)" 'goes with --lessons'

# ---- words ----------------------------------------------------------------------------------------------------------

like 'a state is defined' "$("$tcplab" define close_wait)" '^CLOSE_WAIT  the other end has said FIN'
like 'an option is' "$("$tcplab" define SO_LINGER)" '^SO_LINGER  socket option'
like 'an error is' "$("$tcplab" define ECONNRESET)" '^ECONNRESET  errno 104'
like 'two words are' "$("$tcplab" define delayed ACK)" '^delayed ACK  an ACK that waits'
"$tcplab" define ECONRESET >"$here/out" 2>&1
is 'an unknown one is 2' $? 2
like 'with what is near' "$(cat "$here/out")" 'did you mean `ECONNRESET`'
exit $status
