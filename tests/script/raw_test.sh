#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# No byte of a stranger's steers a terminal: the same hostile text through every way by which a text comes into the lab,
# and what is said of it on both outputs. On a screen: tests/screen and the panes' own tests; a screen escapes by the same
# function. That an escape is whole is tested in call_test.
. tests/fixtures/lib.sh
can_have 'hostile bytes' "$tcplab" || exit 0
export XDG_STATE_HOME=$here/state XDG_RUNTIME_DIR=$here
mkdir "$here/cwd"
cd "$here/cwd" || exit 3

# A title, colours, C1 controls as one byte and as UTF-8, an override and isolate of direction, a blank of no width, a
# control that is no sequence, a byte that is no UTF-8.
evil=$'\033]0;PWN\a\033[31m\xc2\x9b31m\x9b32m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\b\x7f\xff'
escaped='\x1b]0;PWN\x07\x1b[31m\xc2\x9b31m\x9b32m\xe2\x80\xae\xe2\x80\x8b'
raw='[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|(?<![\xc2-\xf4\x80-\xbf])[\x80-\xbf]|[\xf5-\xff]'

# raw NAME ARGUMENT...: what the lab says of them is plain, and it says something. Its input is $input.
input=
raw() {
    local name=$1 wrong
    printf '%s' "$input" | timeout 60 "$tcplab" "${@:2}" >"$here/said" 2>&1
    [ -s "$here/said" ] || wrong='it said nothing'
    wrong=${wrong-$(LC_ALL=C grep -naP -- "$raw" "$here/said" | head -n 3 | cat -v)}
    verdict "$name" "$wrong"
}
# The looking itself: each of the bytes alone is found.
for byte in $'\033' $'\a' $'\xc2\x9b' $'\x9b' $'\xe2\x80\xae' $'\xe2\x81\xa6' $'\xe2\x80\x8b' $'\x7f' $'\xff'; do
    printf 'a%sb' "$byte" | LC_ALL=C grep -qaP -- "$raw" || not_ok "this test looks for $(cat -v <<<"$byte")"
done

for word in run show open exec --lessons --net --nosuch grade; do
    raw "an argument of $word" "$word" "$evil" "$evil"
done
raw 'a command' "$evil"
raw 'a program of exec' exec server -- "$evil"
raw 'data, sent and received' -c "server single; hand c1; c1 connect; c1 send \"$escaped\"; c1 recv; wait 30ms; show calls; show wire; explain"
raw 'the same as bytes' -c "server single; hand c1; c1 connect; c1 send \"$evil\"; wait 30ms; show calls"
raw 'echo' -c "echo \"$evil\"; echo \"$escaped\""
raw 'a parameter' -c "server single \"port=$evil\""
raw 'a file that is served' -c "server file \"file=$escaped\"; wait 30ms"
raw 'the name of an actor' -c "hand \"$escaped\""
raw 'a condition' -c "hand c1; expect within 1ms c1 printed \"$escaped\""
raw 'a name of a file, to save' -c "hand c1; save \"$escaped\""
raw 'and to export' -c "hand c1; export \"$escaped.pcap\""
raw 'as JSON' --json -c "echo \"$evil\"; hand c1"
raw 'a program that the user starts' -c "start \"printf '$escaped'\" on server as app; wait within 5s app ended; show calls"
raw 'a command that is none' -c "start \"$escaped\" on server as app; wait 50ms"
for place in "$evil" $'echo "'"$evil"$'"\nnosuch'"$evil" "hand c1
c1 frobnicate$evil" $'with "'"$evil"$'" wire open\nwith "b"\nwait 1ms\nversus'; do
    input=$place raw 'a script on standard input' run -
    input=$place raw 'lines of text' - free
done
input=$evil raw 'a line to a lesson' - 3.1:1
input=$'predict "'"$evil"$'"\nchoice "'"$evil"$'" quiet\nchoice "b" not quiet\nwait 1ms\n' raw 'a question' run -

book=n$evil.md
printf '# B%s\n\n## 9.1 T%s\n\nText %s `code %s`\n\n### Experiment: Q%s\n\n```lab\necho "%s"\nhand c1\nexpect within 1ms c1 printed "%s"\n```\n' \
    "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" "$evil" >"$book"
raw 'a lesson, its name, its text, what it expects' run -v "$book"
input=$'\n\n\n' raw 'the same in lines' - --lessons "$book"
raw 'a line of it that is wrong' run <(printf '# B\n\n## 9.1 T\n\n### Experiment: Q\n\n```lab\n%s\n```\n' "$evil")
printf 'x%s\n' "$evil" >"run$evil.tcplab"
raw 'a saved run that is none' show "run$evil.tcplab"
"$tcplab" -q -c "server single; hand c1; c1 connect; echo \"$evil\"; c1 send \"$escaped\"; wait 30ms; save run.tcplab" 2>/dev/null
raw 'a saved run' show run.tcplab
LC_ALL=C sed "s/PWN/$(printf '%s' '\\u009b\\u202e\\u001b')/g" run.tcplab >changed.tcplab 2>/dev/null
raw 'a saved run that somebody changed' show changed.tcplab
printf 'int main(void) { %s }\n' "$evil" >"own$evil.c"
raw "what a compiler says" -c "start \"own$escaped.c\" on server as app; wait 50ms"
HOME=$here/$evil XDG_STATE_HOME=$here/$evil TERM=$evil LANG=$evil raw 'the environment' -c "hand c1; save \"none/x\""
TCPLAB_DEBUG=$evil raw 'the name of a log' -c 'hand c1'

exit $status
