#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `tcplab present`: a lesson in front of a class, slide by slide, with votes.
. tests/fixtures/lib.sh
needs_terminal 'a lesson in front of a class'
can_have 'a lesson in front of a class' "$tcplab" || exit 0
at_exit() { terminal_end; }
patience=30

sees() {
    if until_true shows "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
# matches NAME REGEX: a row of the screen is like that.
matches() {
    row_is() { screen | grep -qE -- "$1"; }
    if until_true row_is "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
hides() {
    if lacks "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
# begin COLUMNS ROWS ARGUMENT...: the choices stand as they are written
begin() {
    terminal_end
    tmux new-session -d -x "$1" -y "$2" "env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 TERM=screen-256color \
        XDG_STATE_HOME='$here/state' XDG_RUNTIME_DIR='$here' '$tcplab' present --seed 0 ${*:3}; echo \"status \$?\"; exec tail -f /dev/null"
}
# On, line by line, to the end of the run.
run_to_end() {
    line_or_end() { shows 'Enter next ' || shows 'That was the run'; }
    until_true line_or_end
    while lacks 'That was the run'; do
        keys Enter
        until_true line_or_end || return
    done
}

begin 80 24 3.1.3
sees 'first what to look for' 'This time you are the server'
hides 'without the question' 'What is the state of'
keys Enter
sees 'then the question' 'What is the state of'
hides 'without its choices' 'CLOSE_WAIT$'
keys Enter
sees 'then the choices' 'd  CLOSE: it is closed'
text aaabbbbbu
sees 'three keys and five, and one taken back, are seven votes' ' 7 votes '
matches 'and stand beside their choices as bars' ' a  .* ███ 3 '
matches 'each' ' b  .* ████ 4 '
hides 'before the reveal nothing tells the answer' '✓'
keys Enter
sees 'then the run, before its first line' '▸ hand s1'
keys PPage
sees 'back to the votes' ' 7 votes '
keys NPage
run_to_end
matches 'what happened on the wire is there' 'FIN_WAIT1 .*FIN.*CLOSE_WAIT'
matches 'and the calls' 'close\(3\) *= 0'
hides 'the answer is not' '4 of 7'
keys 3
matches 'a pane has the screen to itself' '^┌ 3 Sockets'
keys 3
sees 'and gives it back' 'That was the run'
keys Enter
matches 'the reveal' '✓ b  .* ████ 4 '
sees 'says how many were right' '4 of 7 were right'
keys Enter
sees 'then why' "The server's kernel did all it could"
keys PPage
sees 'and back' '4 of 7 were right'
until_true shows 'Enter why'
enter_until 'All of whose addresses'
sees 'then the next experiment' 'All of whose addresses'
like "the teacher's own progress stays as it was" "$(XDG_STATE_HOME=$here/state "$tcplab" progress | head -n 2)" '3\.1  *0/'

# ---- many votes, a terminal that shrinks ------------------------------------------------------------------------------

begin 80 24 3.1.3
until_true shows 'Enter question'
keys Enter
until_true shows 'Enter choices'
keys Enter
until_true shows 'a-d vote'
hundred=$(printf 'c%.0s' {1..100})
for _ in 1 2 3; do text "$hundred"; done
text "${hundred//c/d}"
tmux resize-window -x 50 -y 12
sees 'a terminal that is too small says so' 'Make it larger'
text "${hundred//c/a}"
tmux resize-window -x 80 -y 24
sees 'and no vote is lost' ' 500 votes '
matches 'five hundred have bars that fit' ' c  .*(█){20,} 300 *│'
matches 'in proportion' ' a  .* (█){5,10} 100 *│'
tmux resize-window -x 120 -y 40
sees 'nor on a large one' ' 500 votes '
text u
sees 'the last one can be taken back' ' 499 votes '

# ---- pausing ------------------------------------------------------------------------------------------------------------

keys Enter
until_true shows '▸ hand s1'
until_true shows 'Enter next line'
keys Enter
until_true shows 'Space pause all'
keys Space
sees 'everything can be paused' 'wire: held'
keys Space
if until_true lacks 'wire: held'; then ok 'and goes on'; else not_ok 'and goes on' "$(screen)"; fi

# ---- slow motion ----------------------------------------------------------------------------------------------------------

text -
sees 'slow motion is a command' ': speed 0.1'
enter_until '▸ c1 connect'
tmux pipe-pane -o "exec cat >'$here/bytes'"
keys Enter
sees 'segments travel' 'slow motion'
keys Space
sees 'and stop on their way' 'slow motion, paused'
hides 'where the state that it leads to is not shown yet' 'ACK .* ESTABLISHED'
keys Space
all_arrived() { screen | grep -qE 'ACK .* ESTABLISHED' && lacks 'slow motion'; }
if until_true all_arrived; then ok 'and arrive'; else not_ok 'and arrive' "$(screen)"; fi
verdict 'few bytes go to a terminal far away' "$([ "$(wc -c <"$here/bytes")" -lt 20000 ] || wc -c "$here/bytes")"
keys q
until_true shows 'q once more' || keys q
text q
sees 'q leaves' 'status 0'

# ---- a saved run --------------------------------------------------------------------------------------------------------

printf '%s\n' 3.1.3 b "save $here/run.tcplab" | XDG_STATE_HOME=$here/state "$tcplab" - >/dev/null
echo '## 3.1 Another book' >"$here/other.md"
begin 80 24 --lessons "$here/other.md" "$here/run.tcplab"
sees 'a saved run carries the text of its lesson' 'This time you are the server'
keys Enter
sees 'its question' 'What is the state of'
keys Enter
until_true shows 'a-d vote'
text abb
keys Enter
sees 'and is stepped through' '▸ hand s1 on server'
hides 'from its beginning' 'SYN_SENT'
run_to_end
matches 'to its end' 'FIN_WAIT2 .*ACK'
keys Enter
matches 'with what the kernel answered' '✓ b  .* ██ 2 '
keys Enter
sees 'and why' "The server's kernel did all it could"
keys q
sees 'q leaves it' 'status 0'
"$tcplab" -q -c "hand c1 ; save $here/none.tcplab"
begin 80 24 "$here/none.tcplab"
sees 'a run of no experiment is none to present' 'is no run of an experiment'

# ---- notes for who presents ---------------------------------------------------------------------------------------------

cat >"$here/book.md" <<'END'
## 3.1 A lesson

### Experiment: Nobody listens

Look at connect.

> Note: Ask first who has seen *this error*
> before. \x1b[31m is no colour.

```lab
hand c1
predict "What does connect() return?"
hint "Who could answer?"
choice "0" c1 connect = 0
because "That takes somebody who listens."
choice "-1 ETIMEDOUT" c1 connect = -1 ETIMEDOUT
because "An answer comes at once."
choice "-1 ECONNREFUSED" c1 connect = -1 ECONNREFUSED
c1 connect
expect c1 connect = -1 ECONNREFUSED
```

Nobody does.

> Note: Then let them guess how to get another one.
END
XDG_STATE_HOME=$here/none "$tcplab" notes 2>"$here/err"
is 'without a lab that presents there is nothing to follow' "$? $(grep -c 'no lab presents' "$here/err")" '2 1'
begin 80 24 --lessons "$here/book.md" 3.1.1
sees 'a lesson with notes' 'Look at connect'
hides 'does not show them to the class' 'Ask first'
XDG_STATE_HOME=$here/state timeout 100 "$tcplab" notes >"$here/notes" &
follower=$!
if until_true grep -q 'Ask first who has seen this error before' "$here/notes"; then ok 'the second terminal does'; else not_ok 'the second terminal does' "$(cat "$here/notes")"; fi
is 'with what comes next' "$(grep '^Enter: ' "$here/notes")" 'Enter: question'
keys Enter
if until_true grep -q '^Slide: Question' "$here/notes"; then ok 'and follows'; else not_ok 'and follows' "$(cat "$here/notes")"; fi
keys C-c
if until_true gone "$follower"; then ok 'and ends with the lab'; else not_ok 'and ends with the lab'; fi
nothing_is_left() { [ -z "$(find "$here/state" -name 'presented-*')" ]; }
if until_true nothing_is_left; then ok 'of which nothing is left'; else not_ok 'of which nothing is left' "$(ls "$here/state/tcplab")"; fi
begin 80 24 --notes --lessons "$here/book.md" 3.1.1
sees 'with --notes they are on the slide' 'Note: Ask first who has seen this error'
keys Enter
until_true shows 'Enter choices'
hides 'where they stand' 'Ask first'
keys Enter
until_true shows 'a-c vote'
hides 'a hint is for who asks for it' 'Who could answer'
keys H
sees 'and comes by a key' 'Hint  Who could answer?'
text abcc
until_true shows ' 4 votes '
keys Enter
until_true shows 'Enter next line'
run_to_end
keys Enter
until_true shows 'Enter why'
matches 'why a choice is wrong is told of each that has votes' '✗ a  That takes somebody'
matches 'of both' '✗ b  An answer comes'
keys PPage
until_true shows 'That was the run'
keys PPage
until_true shows 'a-c vote'
text u
keys NPage
until_true shows 'That was the run'
keys Enter
sees 'and what had a vote keeps it' '✗ b  An answer comes'
keys Enter
sees 'behind the run, too' 'Note: Then let them guess'
terminal_end
"$tcplab" present 9.9 2>"$here/err" </dev/null
is 'without a terminal it says so' "$? $(grep -c 'not a terminal' "$here/err")" '2 1'
exit $status
