#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `tcplab -`: a lab in lines of text, without a terminal. tests/screen/lines_tmux.sh has the one with.
. tests/fixtures/lib.sh
can_have 'a lab in lines' "$tcplab" || exit 0
export XDG_STATE_HOME=$here/state

# dialogue PLACE LINE...: type them; what is said is in $said, the exit status in $got. The choices stand as they are
# written, or in the order of $seed.
seed=0
dialogue() {
    said=$(printf '%s\n' "${@:2}" | timeout 60 "$tcplab" - --seed "$seed" "$1" 2>&1)
    got=$?
}
# in_order NAME PATTERN...: lines of what was said, one behind the other.
in_order() {
    local pattern line wrong=
    exec 8<<<"$said"
    for pattern in "${@:2}"; do
        while IFS= read -r line <&8 || { wrong="nothing like: $pattern" && break 2; }; do
            [[ $line =~ $pattern ]] && break
        done
    done
    exec 8<&-
    verdict "$1" "${wrong:+$wrong
$said}"
}

dialogue 3.1.3 b
in_order 'a question, what happens, the result, why' '^Experiment 3 of ' '^Question: ' '^b: CLOSE_WAIT' '^A letter answers' \
    '^> b' '^Script: c1 close' '^[0-9.]+ c1: close\(3\) = 0' '^Result\.' '^You said b: CLOSE_WAIT' '^The kernel answered b' \
    '^You were right' '^It ran as described' '^Why\.'
in_order 'each end of the connection says how it goes' '^[0-9.]+ wire: #[0-9]+ from client to server: SYN$' \
    '^[0-9.]+ client: c1.3 goes from SYN_SENT to ESTABLISHED'
is 'it ends with its input' "$got" 0
wrong=$(LC_ALL=C grep -n '[^ -~]' <<<"$said" | head -n 3)
verdict 'nothing in it is more than a line of ASCII, where the locale is that' "$wrong"
dialogue 3.1.1 a
in_order 'what the text has a sign for, before the text' '^Sign .*: [0-9.]+ +server +accept\(.*\) = 4' '^Why\.'
if grep -q '^Held: see' <<<"$said"; then not_ok 'and it is no expectation' "$said"; else ok 'and it is no expectation'; fi
dialogue 3.1.3 a
in_order 'a wrong answer' '^You said a: ' '^The kernel answered b: ' '^That is not what you said'
dialogue 3.1.3 '' ''
in_order 'Enter runs it without an answer, and goes on' '^> $' '^Script: ' '^Result\.' '^The kernel answered b: ' \
    '^Enter: the next experiment' '^> $' '^Experiment 4 of '
lacks_line() { ! grep -qE "$1" <<<"$said"; }
if lacks_line '^You said'; then ok 'nothing was said by who did not answer'; else not_ok 'nothing was said by who did not answer' "$said"; fi
like 'progress is kept as on the screen' "$("$tcplab" progress)" '3\.1.*1'
dialogue 3.1 ''
in_order 'a lesson begins with its text; Enter leads on' '^3\.1 One client at a time' '^Enter: ' '^> $' '^Experiment 1 of '
dialogue 3.1.3 steps '' '' ''
in_order 'line by line, and an expectation is not read out before it was tried' '^> steps' '^Next: hand s1' '^> $' '^Script: hand s1'

letters=
for seed in 1 2 3 4; do
    dialogue 3.1.3
    letter=$(sed -n 's/^\([a-d]\): CLOSE_WAIT$/\1/p' <<<"$said" | head -n 1)
    letters+=$letter
    dialogue 3.1.3 "$letter"
    in_order "with seed $seed a letter means what is shown" "^$letter: CLOSE_WAIT" "^You said $letter: CLOSE_WAIT" \
        "^The kernel answered $letter: CLOSE_WAIT" '^You were right'
done
seed=0
if [[ $letters == *[!b]* ]]; then ok 'and the order is its own'; else not_ok 'and the order is its own' "$letters"; fi

dialogue free 'server single' 'hand c1' 'c1 connect' 'c1 recv' 'wait within 9s c1 recv blocks' 'nonsense' 'quit'
in_order 'commands are those of the lab' 'server: listen\(3, 1\) = 0' '^> c1 connect' 'c1: connect\(3, .* = 0' \
    '^> c1 recv' '^c1: recv\(3, .* has not returned: ' '^Error: `nonsense` is neither' '^> quit'
dialogue free a lessons 3.99 9.9 text 'wait 1500ms' 'echo "later"'
in_order 'what cannot be is said' '^Nothing is asked that a could answer' '^3\.1, One client at a time: ' \
    '^Error: .*there is no lesson 3\.99' '^Error: .*there is no lesson 9\.9' '^There is no text here' \
    '^It waits: wait 1500ms' '^> echo' '^later$'
dialogue free $'echo "\x1b[31mred"' "$(head -c 3000 /dev/zero | tr '\0' x)"
in_order 'no byte of a line steers the terminal' '\\x1b\[31mred'
dialogue free 'server epoll' 'clients 120' 'wait within 30s clients ended' 'echo "over"'
in_order 'of a crowd not every event is read out' 'more events are not told here' '^over'

cat >"$here/hints.md" <<'END'
## 7.1 A lesson

### Experiment: Nobody listens

```lab
hand c1
predict "What does connect() return?"
hint "Who would answer?"
hint "A kernel does, when no program is there."
choice "0" c1 connect = 0
because "That would be a connection with nobody."
choice "ETIMEDOUT" c1 connect = -1 ETIMEDOUT
because "An answer comes at once."
choice "ECONNREFUSED" c1 connect = -1 ECONNREFUSED
c1 connect
expect c1 connect = -1 ECONNREFUSED
```

### Experiment: Nothing is asked

```lab
hand c1
```
END
own() {
    said=$(printf '%s\n' "${@:2}" | timeout 60 "$tcplab" - --seed 0 --lessons "$here/hints.md" "$1" 2>&1)
}
own 7.1.1 H H H b
in_order 'hints come one by one, and why the choice that was taken is wrong' '^H: the first of 2 hints' '^> H' \
    '^Hint: Who would answer\?' '^> H' '^Hint: A kernel does' '^> H' '^There is no other hint' '^You said b: ETIMEDOUT' \
    '^That is not what' '^Why not b: An answer comes at once\.'
if lacks_line 'Why not a|with nobody'; then ok 'and of no other one'; else not_ok 'and of no other one' "$said"; fi
own 7.1.1 c
if lacks_line '^Hint:|^Why not'; then ok 'nor to who was right'; else not_ok 'nor to who was right' "$said"; fi
own 7.1.1 steps '' '' H ''
in_order 'while the script asks, too' '^> steps' '^Script: hand c1' '^Question: ' '^> H' '^Hint: Who would answer' '^> $'
own 7.1.2 H
in_order 'where nothing is asked there is none' '^> H' '^Nothing is asked that a hint'
dialogue 3.1
if lacks_line '^Note:'; then ok 'notes for teachers are for who asks for them'; else not_ok 'notes for teachers are for who asks for them' "$said"; fi
said=$(timeout 60 "$tcplab" - --notes 3.1 2>&1 </dev/null)
in_order 'with --notes they are there' '^Note: ' '^The chapter'
own free lessons
in_order 'lessons of a file stand beside the built-in ones' '^3\.1, One client' '^7\.1, A lesson'
said=$(echo lessons | timeout 60 "$tcplab" - --lessons "$here/hints.md" --only free 2>&1)
if lacks_line '^3\.1, '; then ok 'and with --only alone'; else not_ok 'and with --only alone' "$said"; fi

"$tcplab" - run 2>"$here/err" </dev/null
is 'no subcommand stands behind it' "$? $(grep -c 'takes a lesson or' "$here/err")" '2 1'
"$tcplab" --lines 3.99 >/dev/null 2>"$here/err" </dev/null
is 'a lesson that does not exist' "$? $(grep -c 'no lesson 3.99' "$here/err")" '2 1'
"$tcplab" - 3.1.3 </dev/null >/dev/full 2>/dev/null
is 'output that cannot be written ends it' "$?" 2
exit $status
