#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `tcplab exec`: what it answers, and that what it started ends with its lab.
. tests/fixtures/lib.sh
at_exit() { lab_end; }
patience=20

# begin ARGUMENT...: a lab that waits for its next line.
begin() {
    rm -f "$here/lines"
    mkfifo "$here/lines"
    "$tcplab" "$@" run --limit 100s - <"$here/lines" >"$here/out" 2>"$here/err" &
    lab=$!
    exec 9>"$here/lines"
    echo 'echo "begun"' >&9
    until_true grep -q ' begun$' "$here/out" || not_ok 'a lab begins' "$(cat "$here/err")"
}
end() {
    exec 9>&-
    wait "$lab"
    lab=
}
# Without the pipe to the lab, which would not see its end.
on() { "$tcplab" exec --lab "$lab" "$@" 9>&-; }
# The processes that have our mark in their environment; those of a shell's own are not among them.
marked() { grep -lzs "TCPLAB_MARK=$here\$" /proc/[0-9]*/environ | wc -l; }
are_marked() { [ "$(marked)" = "$1" ]; }

begin
is 'the lab is found by the process that a shell knows' "$(on server -- sh -c 'echo here')" here
on server -- sh -c 'exit 7'
is "a command's exit status" $? 7
(on server -- sh -c 'kill -TERM $$') 2>/dev/null
is 'a command that a signal ends' $? 143
like 'PATH leads to the tools for networks' "$(PATH=/usr/bin:/bin on server -- sh -c 'echo $PATH')" ':/usr/sbin:'
like 'a command that is not there' "$(on server -- nosuch 2>&1)" 'There is no command "nosuch" on this machine'
like 'a file that is no command' "$(on server -- /dev/null 2>&1)" 'cannot be run: Permission denied'
is 'standard input and output are the command'"'"'s' "$(echo through | on client -- cat)" through

signals() { grep 'Sig[BI]' /proc/self/status; }
is 'its signals are those of the caller' "$(on client -- grep 'Sig[BI]' /proc/self/status)" "$(signals)"
is 'the ignored ones too' "$(trap '' PIPE CHLD USR1; on client -- grep 'Sig[BI]' /proc/self/status)" "$(trap '' PIPE CHLD USR1; signals)"

# The caller does not wait for what the command leaves behind, nor does who reads its output.
export TCPLAB_MARK=$here
is 'what a command leaves behind holds up nobody' "$(on server -- sh -c 'tail -f /dev/null >&- 2>&- & setsid tail -f /dev/null >&- 2>&- & echo done')" done
"$tcplab" exec --lab "$lab" client -- sh -c 'trap "" HUP; tail -f /dev/null' 2>"$here/exec.err" 9>&- &
stubborn=$!
"$tcplab" exec --lab "$lab" client -- tail -f /dev/null 9>&- &
told=$!
unset TCPLAB_MARK
until_true are_marked 10
kill -TERM $told
wait $told
is 'a signal is passed on' $? 143
until_true are_marked 7
end
wait $stubborn
is 'the command ends with its lab' $? 137
like 'and says so' "$(cat "$here/exec.err")" 'the lab has ended, and "sh" with it'
until_true are_marked 0
verdict 'nothing of it is left' "$(grep -lzs "TCPLAB_MARK=$here\$" /proc/[0-9]*/environ)"

# A lab that is killed, and one whose hosts are the machine's own.
for arguments in '' '--net loopback'; do
    begin $arguments
    TCPLAB_MARK=$here "$tcplab" exec --lab "$lab" server -- sh -c 'tail -f /dev/null & setsid tail -f /dev/null' 2>/dev/null 9>&- &
    caller=$!
    until_true are_marked 5
    kill -KILL "$(pgrep -P "$lab")"
    wait $caller
    until_true are_marked 0
    verdict "a killed lab takes with it what exec started${arguments:+, }$arguments" "$(grep -lzs "TCPLAB_MARK=$here\$" /proc/[0-9]*/environ)"
    exec 9>&-
    wait "$lab" 2>/dev/null
    lab=
done

# When the caller is killed the command ends, as it would without a process between.
begin
TCPLAB_MARK=$here "$tcplab" exec --lab "$lab" server -- tail -f /dev/null 9>&- &
caller=$!
until_true are_marked 3
kill -KILL $caller
wait $caller 2>/dev/null
until_true are_marked 0
verdict 'a caller that is killed' "$(grep -lzs "TCPLAB_MARK=$here\$" /proc/[0-9]*/environ)"
end
exit $status
