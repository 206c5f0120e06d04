#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The command line of tcplab: what it answers, its exit status, what it says of mistakes, how it ends.
. tests/fixtures/lib.sh

as=("$tcplab")
# answers NAME STATUS PATTERN ARGUMENT...: run tcplab; its exit status, and a line of what it says on either stream.
answers() {
    local name=$1 wanted=$2 pattern=$3 output got wrong=
    shift 3
    output=$("${as[@]}" "$@" 2>&1 </dev/null)
    got=$?
    [ "$got" = "$wanted" ] || wrong="exit status $got instead of $wanted"
    grep -qE -- "$pattern" <<<"$output" || wrong="${wrong:+$wrong, and }no line like: $pattern"
    verdict "$name" "${wrong:+$wrong
$output}"
}

thin='server single | hand c1 | c1 connect | c1 send "hello" | c1 recv | c1 close | expect server ended exit 0'
answers 'a whole conversation in one line' 0 'close\(3\) = 0' -c "$thin"
answers 'quiet says nothing' 0 '^$' -q -c "$thin"
answers 'segments and states are shown' 0 'SYN_SENT -> ESTABLISHED' -c "$thin"
answers 'a speed that is none' 2 'is no speed: expected a number from 0.01 to 1' -c 'speed fast'
answers 'nor below' 2 'is no speed' -c 'speed 0'
answers 'a failed expectation is status 1' 1 'expected c1 connect = 0; c1 connect returned -1 ECONNREFUSED' \
    -q -c 'hand c1 | c1 connect | expect within 10ms c1 connect = 0'
answers 'a mistake is status 2, with its place' 2 '^tcplab: -c:1:14: .*did you mean `connect`' -c 'hand c1 | c1 conect'
answers 'a refused command is status 2' 2 '^tcplab: -c:1:1: no segment is held' -c 'wire release'
answers 'a script has a time limit' 1 'not over after 1 s' --limit 1s -q -c 'wait 20s'

cat >"$here/good.tcplab" <<'END'
# a comment
hand c1
c1 connect
expect c1 connect = -1 ECONNREFUSED
END
printf 'hand c1\n\nc1 connct\n' >"$here/bad.tcplab"
answers 'scripts run' 0 'ok: expect c1 connect = -1 ECONNREFUSED' run "$here/good.tcplab" "$here/good.tcplab"
answers 'a script has its name and line in mistakes' 2 "bad.tcplab:3:4: .*did you mean \`connect\`" run "$here/good.tcplab" "$here/bad.tcplab"
answers 'all is checked before anything runs' 2 '^tcplab: [^ ]*bad' run "$here/good.tcplab" "$here/bad.tcplab"
answers 'a script that does not exist' 2 'cannot read .*nothing: No such file or directory \(ENOENT\)' run "$here/nothing"
answers 'a directory is no script' 2 'cannot read ' run "$here"
head -c 64 /dev/zero >"$here/zero"
answers 'bytes are no script' 2 'it is no text' run "$here/zero"
answers 'one experiment of a lesson' 0 '^ok +3\.1\.1 ' run 3.1.1
XDG_STATE_HOME=$here/none answers 'a chapter program has no error of the lab, also where nothing was ever kept' 0 '^ok +3\.2\.6 ' run 3.2.6
answers 'a lesson that does not exist' 2 'there is no lesson 9\.9' run 9.9
answers 'an experiment that does not exist' 2 'lesson 3\.1 has [0-9]+ experiments' run 3.1.99
answers 'calls that still block are named at the end' 0 'accept\(3, &addr\) has not returned' -c 'server single'

wrong=$(echo 'echo "from standard input"' | "$tcplab" run - 2>&1 | grep -q 'from standard input' || echo 'not read')
verdict 'a script from standard input' "$wrong"

# Each line when it comes: the next one is written only when the one before is seen to be done.
wrong=
mkfifo "$here/lines"
"$tcplab" run - <"$here/lines" >"$here/out" 2>&1 &
run=$!
exec 9>"$here/lines"
for word in one two three; do
    echo "echo \"$word\"" >&9
    until_true grep -q " $word\$" "$here/out" || wrong+=" $word is not said"
done
printf 'hand c1\n\n# nothing\nc1 conect' >&9
exec 9>&-
wait $run
got=$?
[ $got = 2 ] || wrong+=" exit status $got"
grep -q '^tcplab: -:7:4: .*did you mean `connect`' "$here/out" || wrong+=" $(tail -n 1 "$here/out")"
verdict 'lines of standard input run as they come' "$wrong"
asks='server single\npredict "q"\nchoice "yes" c1 connect = 0\nchoice "no" c1 connect = -1\nhand c1\nc1 connect'
from_input() {
    local name=$1 wanted=$2 pattern=$3 got
    output=$(printf "$4" | "$tcplab" run - 2>&1)
    got=$?
    [ $got = "$wanted" ] && grep -qE -- "$pattern" <<<"$output"
    verdict "standard input: $name" "$([ $got = "$wanted" ] && grep -qE -- "$pattern" <<<"$output" || echo "exit status $got: $output")"
}
from_input 'a question' 0 'answer: yes' "$asks"
from_input 'a question without choices' 2 '-:1:1: predict needs at least two' 'predict "q"\nhand c1\n'
from_input 'a choice without a question' 2 '-:1:1: a choice belongs behind' 'choice "q" quiet\n'
from_input 'an expectation that fails' 1 'FAILED: ' 'hand c1\nexpect within 10ms c1 ended\n'
from_input 'a zero byte' 2 '-:1: it is no text' 'hand\0c1\n'
from_input 'nothing' 0 '^$' ''

# Who has seen enough, as `head` has, is not told of it.
wrong=$("$tcplab" run -v 3.1 2>"$here/err" | head -n 1 >"$here/out"; echo "${PIPESTATUS[0]}")
[ "$wrong" = 141 ] && [ ! -s "$here/err" ] && wrong= || wrong="exit status $wrong: $(cat "$here/err")"
verdict 'run into head ends quietly' "$wrong"

# Letters of two columns do not move what stands behind them.
cat >"$here/wide.md" <<'END'
## 3.1 하나

### Experiment: 연결

```lab
hand c1
expect c1 alive
```

### Experiment: ab

```lab
hand c1
expect c1 alive
```
END
columns() { sed 's/[^ -~][^ -~][^ -~]/../g' | awk -F' 1 expectation' '{ print length($1) }' | sort -u | wc -l; }
cat >"$here/sides" <<'END'
hand s1 on server ; s1 bind 12345 ; s1 listen
hand c1 ; c1 connect ; s1 accept
with "기본" c1 set SO_KEEPALIVE 1
with "linger 0" c1 set SO_LINGER 1 0
c1 send "한글"
c1 close
versus
END
middle() { sed -n 's/[^ -~][^ -~][^ -~]/../g; s/ | .*//p' | awk '{ print length($0) }' | sort -u | wc -l; }
is 'Hangul in two runs side by side is aligned' "$(LC_ALL=C.UTF-8 "$tcplab" run "$here/sides" | middle)" 1
is 'Hangul in the list of experiments is aligned' "$(LC_ALL=C.UTF-8 "$tcplab" run "$here/wide.md" | columns)" 1

wrong=$("$tcplab" --json -c "$thin" | awk '
    NR == 1 && !/^\{"kind":"run","tcplab":2,/ { print "no head: " $0 }
    /"kind":"output"/ && !/"data":".*\\n"/ { print "no text: " $0 }
    /"kind":"call_return".*"connect"/ && /"actor_name":"c1".*"text":"connect\(3, 192.0.2.1:12345, 16\)","result":"0"/ { named = 1 }
    /"kind":"segment".*"flags":"SYN".*"protocol_name":"TCP"/ { named_segment = 1 }
    END { if (!named) print "the call has no names"; if (!named_segment) print "the segment has no names" }
    !/^\{.*"kind":.*\}$/ { print "no object: " $0 }
    { gsub(/ /, ""); match($0, /"kind":"[^"]*/); seen[substr($0, RSTART + 8, RLENGTH - 8)] = 1 }
    END { n = split("CALL_ENTER CALL_RETURN SEGMENT SAMPLE NOTE ACTOR_END", kinds, " ")
          for (i = 1; i <= n; i++) if (!(kinds[i] in seen) && !(tolower(kinds[i]) in seen)) print "no " kinds[i] }')
verdict '--json is JSON Lines' "$wrong"

"$tcplab" -q -c "$thin ; save $here/run ; save $here/run.jsonl" && head -n 5 "$here/run.jsonl" >"$here/cut"
"$tcplab" show --json "$here/run" >"$here/unpacked.jsonl"
count=$(grep -c '"kind"' "$here/unpacked.jsonl")
is 'what was packed comes out as JSON Lines' "$(head -n "$count" "$here/run.jsonl" | tail -n +2 | cmp - <(tail -n +2 "$here/unpacked.jsonl") && test "$count" -gt 50 && echo same)" same
head -c 300 "$here/run" >"$here/half"
answers 'a packed run that was cut off is refused' 2 'half is not a run that can be read: it ends in the middle' show "$here/half"
answers 'a saved run is shown' 0 '^ +[0-9.]+  c1 +recv\(3, "Message received' show "$here/run"
"$tcplab" --json -c "$thin" >"$here/named"
answers 'what --json wrote is shown as well' 0 '^ +[0-9.]+  c1 +recv\(3, "Message received' show "$here/named"
"$tcplab" run --json "$here/sides" >"$here/named"
answers 'with runs side by side in it too' 0 '> versus$' show "$here/named"
answers 'a run that was cut off is refused with its place' 2 'cut ends after line 5: [0-9]+ events were saved and 4 are there' show "$here/cut"
answers 'a file that is no run is refused with its place' 2 'good.tcplab: line 1 is not an event' show "$here/good.tcplab"
answers 'a run that does not exist' 2 'cannot read .*nothing: No such file' show "$here/nothing"
answers 'show without a file' 2 'show what\? a file that `save` has written' show
answers 'open without a file' 2 'open what\? a file that `save` has written' open
answers 'open with two files' 2 '`two` is one word too many' open one two
answers 'open needs a terminal' 2 'not a terminal' open "$here/run"

answers 'help' 0 '^usage: tcplab' --help
answers 'help, short' 0 '^usage: tcplab' -h
answers 'version' 0 '^tcplab [0-9]' --version
answers 'version, short' 0 'GPL-3.0-or-later' -V
answers 'an experiment, for the screen' 2 'not a terminal' 3.1.2
answers 'an unknown option' 2 'no option --nte; did you mean --net' --nte tun
answers 'an unknown letter' 2 'no option -x' -x
answers 'an option without its value' 2 '--net needs a value' --net
answers 'a wrong value' 2 'expected auto, tun, veth or loopback' --net tan
answers '-c without commands' 2 '-c needs commands' -c
answers 'an unknown command' 2 'no command rnu; did you mean `run`' rnu
answers 'run without a file' 2 'run what' run
answers '--bind without loopback' 2 'bind is for --net loopback' --bind 127.0.0.1 -c 'echo "x"'
answers 'programs' 0 '^tcp_server_single$' programs
answers 'source' 0 '^int main' source single
answers 'the source of nothing' 2 'no program sngle; did you mean `tcp_server_single`|no program sngle' source sngle
answers 'exec without a lab' 2 'No lab of yours is running|several|lab' exec --lab 1 client -- true
answers 'exec without a host' 2 'exec on which host' exec
answers 'no terminal, no screen' 2 '.' free

wrong=$("$tcplab" source single | cmp - net/programs/tcp_server_single.c 2>&1)
verdict 'the source printed is the file' "$wrong"

for net in tun veth loopback; do
    answers "--net $net" 0 'hosts: '$net --net $net -c 'show state | hand s1 on server | s1 bind 0 | s1 listen | expect s1 listen = 0'
done
answers '--bind 0.0.0.0 is meant so' 0 '0\.0\.0\.0:[0-9]+' --net loopback --bind 0.0.0.0 -c 'hand s1 on server ; s1 bind any:0 ; s1 listen ; show sockets'
answers 'loopback never opens a port to the network' 2 'binds to 127.0.0.1 only' --net loopback -c 'hand s1 on server | s1 bind any:0'
answers 'nor does a program' 2 'binds to 127.0.0.1 only' --net loopback -c 'server single address=0.0.0.0'
answers 'loopback leads nowhere else' 2 'connects to 127.0.0.1 only' --net loopback -c 'hand c1 ; c1 connect 192.0.2.9:7'
answers 'nor for a program' 2 'connects to 127.0.0.1 only' --net loopback -c 'client address=192.0.2.9'
answers 'nor for a name' 2 'connects to 127.0.0.1 only' --net loopback -c 'client address=host.example'
answers 'loopback has no wire' 2 'there is no wire' --net loopback -c 'wire hold'
answers 'on loopback a connect that blocks is seen to wait' 0 'SYN_SENT' --net loopback -c 'hand s1 on server
s1 socket ; s1 bind 12348 ; s1 listen 0 ; hand c1 ; c1 connect 12348 ; hand c2 ; c2 connect 12348
wait 200ms ; expect c2 state SYN_SENT ; show sockets'
answers 'what a delayed wire had on its way is gone with clear' 0 'connect\(3, 192.0.2.1:12345, 16\) = 0' -c 'hand s1 on server
s1 bind 12345 ; s1 listen ; hand c1 ; c1 connect ; wire delay 15s ; c1 send 5 bytes ; clear
hand s1 on server ; s1 bind 12345 ; s1 listen ; hand c1 ; c1 connect ; wait within 3s c1 connect returns'
answers 'what is claimed of segments needs the wire' 0 'is skipped: it needs the wire' --net loopback -c 'hand s1 on server ; s1 bind 0 ; expect no segment RST'
answers 'what needs the wire is skipped' 0 'is skipped: it needs the wire' --net loopback -c 'needs wire | wire hold'

said() { grep -q "$1" "$2"; }
# ended SIGNAL STATUS: a run that waits ends at once, and leaves nothing.
ended() {
    local pid got left
    : >"$here/out"
    TCPLAB_MARK=$here "$tcplab" -c 'server fork as process | hand c1 as process | c1 connect | echo "waiting" | wait 60s' >"$here/out" 2>&1 &
    pid=$!
    until_true said "wait 60s" "$here/out"
    kill -"$1" $pid
    wait $pid
    got=$?
    left=$(grep -lzs "TCPLAB_MARK=$here" /proc/[0-9]*/environ)
    [ $got = "$2" ] || echo "exit status $got instead of $2"
    [ -z "$left" ] || echo "left behind: $left"
}
verdict 'SIGINT ends a run' "$(ended INT 130)"
verdict 'SIGTERM ends a run' "$(ended TERM 143)"
verdict 'SIGHUP ends a run' "$(ended HUP 129)"

# scarce WHAT REGEX COMMAND LIMIT...: too little of something, at whichever step it runs out. It says so, and does not go on
# with less; what is enough stays enough. COMMAND is given the limit, LIMIT in REGEX stands for it.
scarce() {
    local what=$1 regex=$2 command=$3 limit output got wrong enough=
    shift 3
    for limit; do
        output=$("$command" "$limit" 2>&1 </dev/null)
        got=$?
        wrong=
        if [ $got = 0 ] && [ -z "$output" ]; then
            enough=${enough:-$limit}
        elif [ $got != 2 ] || [ -n "$enough" ] || ! grep -qE "${regex/LIMIT/$limit}" <<<"$output"; then
            wrong="exit status $got: $output"
        fi
        verdict "only $limit $what" "$wrong"
    done
    verdict "some number of $what is enough" "$([ -n "$enough" ] || echo 'none of them was')"
}
with_descriptors() { ulimit -n "$1" && "$tcplab" -q -c "hand c1"; }
# (With 3 the program itself cannot be loaded.)
scarce descriptors 'EMFILE: the LIMIT descriptors .* raise ulimit -n$' with_descriptors $(seq 4 28)
answers_with_memory() {
    output=$(ulimit -v $1 && "$tcplab" -q -c "hand c1" 2>&1 </dev/null)
    got=$?
    grep -q 'ENOMEM: there is not enough memory.* raise ulimit -v$' <<<"$output" && [ $got = 2 ] || echo "exit status $got: $output"
}
verdict 'too little memory' "$(answers_with_memory 400000)"

# Neither the limit of file sizes, nor what somebody has set in the variable that tells a process actor what it is.
both_kinds='server fork as process | client hello as a | hand c1 as process | c1 connect | wait a ended | expect a printed "Server replied" | expect c1 connect = 0'
small_files() { ulimit -f 0 && "$tcplab" -q -c "$both_kinds"; }
verdict 'files may not be larger than nothing' "$(small_files 2>&1 || echo "exit status $?")"
for value in 'nonsense' '' 2 2,-1 0,-1 2,0; do
    verdict "TCPLAB_ACTOR='$value' means nothing" "$(TCPLAB_ACTOR=$value "$tcplab" -q -c "$both_kinds" 2>&1 || echo "exit status $?")"
done

# The file of the lab is gone, and another has its name, when a process is started from it. A client from outside tells
# the lab that it is so.
without_its_file() {
    local guard
    cp "$tcplab" "$here/gone" || return
    "$here/gone" -c 'server single as go | wait within 20s go ended | server single port=12346 as process | wait server accept blocks' \
        >"$here/gone.out" 2>&1 </dev/null &
    guard=$!
    until_true runs_its_file || echo 'it does not run'
    rm "$here/gone" && echo 'exit 3' >"$here/gone" && chmod 755 "$here/gone"
    until_true call_the_server || echo 'its server cannot be called'
    wait $guard || cat "$here/gone.out"
}
runs_its_file() { [ "$(readlink "/proc/$guard/exe")" = "$here/gone" ]; }
call_the_server() { "$tcplab" exec --lab "$guard" server -- bash -c 'exec 3<>/dev/tcp/127.0.0.1/12345' 2>/dev/null; }
verdict 'a process after the file of the lab was replaced' "$(without_its_file)"

# Nothing that was read reaches the terminal raw: words of scripts, of options, of file names.
esc=$'\033'
# Nor what is no byte of ASCII and steers all the same: C1 controls, as a byte and as a character, direction, no width.
hostile=$'\033[7m\a\xc2\x9b31m\x9b32m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf'
steers() { grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\xbf]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf'; }
plain() {
    local name=$1 pattern=$2 output wrong=
    shift 2
    output=$("$tcplab" "$@" 2>&1 </dev/null)
    grep -qE -- "$pattern" <<<"$output" || wrong="no line like: $pattern"
    ! steers <<<"$output" || wrong="${wrong:+$wrong, and }what steers a terminal"
    verdict "plain: $name" "${wrong:+$wrong
$(cat -v <<<"$output")}"
}
plain 'a wrong word' '`\\x1b\[31mx` is neither a command' -c "$esc[31mx"
plain 'an expectation that fails' '^FAILED: .*\[31mx' -c "server single | expect server printed \"$esc[31mx\""
plain 'an option' 'no option --\\x1b\[31m' "--$esc[31m"
plain 'a file' 'cannot read \\x1b\[31mnone' run "$esc[31mnone"
echo 'wait 20s' >"$here/$esc[31m"
for words in 'run X' 'show X' '--lessons X run 3.1' 'source X' '--net X' 'exec server -- X' 'exec X' '--bind X' '--limit X' '--lab X' \
    '--nosuchX' 'X' '-c X' '-c echo_"X"' '-c hand_"X"' '-c save_"X/y"' '-c with_"X"' '-c server_single_"port=X"' '--lessons X'; do
    mapfile -t arguments < <(tr ' ' '\n' <<<"$words" | sed 's/_/ /g; s/X/HOSTILE/')
    plain "the words $words" 'u202e|name is 1 to 39 bytes|are not a terminal|labs? of yours' "${arguments[@]//HOSTILE/$hostile}"
done
printf '# Q\n\n## 9.1 T%s\n\n### Experiment: E%s\n\n```lab\necho "%s"\nhand c1\nexpect within 1ms c1 printed "%s"\n```\n' \
    "$hostile" "$hostile" "$hostile" "$hostile" >"$here/h$hostile.md"
plain 'a lesson' 'FAILED.*u202e' run -v "$here/h$hostile.md"
plain 'a question' 'answer.*u202e' -c "predict \"$hostile\"
choice \"a$hostile\" quiet
choice \"b\" not quiet
wait 10ms"
"$tcplab" -q -c "echo \"$hostile\" ; save $here/hostile"
plain 'a saved run' 'u202e' show "$here/hostile"
plain 'data' 'send' -c "server single ; hand c1 ; c1 connect ; c1 send \"$hostile\" ; c1 recv ; wait quiet ; show calls ; show wire"
plain 'JSON' '"note":"reply"' --json -c "echo \"$hostile\""
plain 'a file that takes too long' 'not over after 1 s' run --limit 1s "$here/$esc[31m"

# As an ordinary user, with nothing but what is granted to everybody.
if [ "$(id -u)" = 0 ] && ordinary_lab; then
    as=("${ordinary_lab[@]}")
    answers 'an ordinary user' 0 . -c "$thin"
    # A user of its own: the limit counts all that a user has.
    with_threads() {
        cd / && env -i PATH="$PATH" HOME=/nonexistent setpriv --reuid=$((60000 + $$ % 5000)) --regid=65534 --clear-groups \
            bash -c "ulimit -u $1 && exec \"\$0\" -q -c 'server single${2-}'" "$here/tcplab"
    }
    with_processes() { with_threads $1 ' as process'; }
    scarce 'processes and threads' 'EAGAIN.* raise ulimit -u' with_threads $(seq 1 10)
    scarce 'processes and threads, for a process' 'EAGAIN.* raise ulimit -u' with_processes $(seq 1 10)
else
    skip 'an ordinary user: needs root to become one'
fi
exit $status
