#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whatever kills the lab: the terminal has its modes again and shows the shell's screen, and no process, namespace or file is left.
# In a real terminal (tmux), with servers, children and hands running.
. tests/fixtures/lib.sh
needs_terminal guard
at_exit() { terminal_end; }
export TCPLAB_MARK=$here XDG_STATE_HOME=$here/state XDG_RUNTIME_DIR=$here/run XDG_CONFIG_HOME=$here/config
mkdir -p "$here/state" "$here/run" "$here/config"

# What the terminal's program does: the modes before and after, and how the lab ended.
cat >"$here/pane" <<END
#!/bin/sh
stty -g >"$here/before"
echo "the shell's own screen"
\$TCPLAB_UNDER "$tcplab" \$TCPLAB_ARGUMENTS 2>"$here/stderr"
echo \$? >"$here/status"
lives() { [ -s "\$1" ] && kill -0 "\$(cat "\$1")" 2>/dev/null; }
while lives "$here/lab" || lives "$here/warden"; do :; done
stty -g >"$here/after"
printf 'back %s\n' again
: >"$here/over"
read -r line
END
chmod +x "$here/pane"

marked() { # processes of the lab; not tmux, nor the pane's shell, nor this test
    local file pid
    grep -lzs "TCPLAB_MARK=$here" /proc/[0-9]*/environ | while read -r file; do
        pid=${file#/proc/}
        pid=${pid%/environ}
        [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$tcplab" ] && echo "$pid"
    done
}
none_marked() {
    [ -z "$(marked)" ]
}
# A namespace lives by its processes, and else only by a mount.
namespaces() {
    grep -c nsfs /proc/self/mountinfo
}

# open_lab, under the command in $under: in a terminal, with a server for many, its children and hands; sets guard and lab.
open_lab() {
    rm -f "$here"/{over,status,after,lab}
    TCPLAB_UNDER=$under TCPLAB_ARGUMENTS=free tmux new-session -d -s lab -x 100 -y 30 "$here/pane"
    until_true shows 'quit' || return 1
    guard=$(pgrep -x -f "$tcplab free" | while read -r pid; do
        [ "$(readlink "/proc/$(ps -o ppid= -p "$pid" | tr -d ' ')/exe")" = "$tcplab" ] || echo "$pid"
    done)
    lab=$(lab_of "$guard")
    pgrep -P "$guard" >"$here/warden"
    echo "$lab" >"$here/lab"
    keys ':'
    keys 'server fork as process | hand c1 | c1 connect | hand c2 as process | c2 connect' Enter
    until_true shows 'c2       connect(3'
}

# killed NAME PROCESS SIGNAL STATUS SENTENCE
killed() {
    local name=$1 signal=$3 wanted=$4 sentence=$5 before wrong=
    before=$(namespaces)
    if ! open_lab; then
        verdict "$name" "the lab did not open:
$(screen)
$(cat "$here/stderr")"
        tmux kill-session
        return
    fi
    local processes
    processes=$(marked | wc -l)
    [ "$processes" -ge 5 ] || wrong="only $processes processes ran"
    case $2 in
    guard) kill -"$signal" "$guard" ;;
    lab) kill -"$signal" "$lab" ;;
    both) kill -"$signal" "$guard" "$lab" ;;
    esac
    until_true test -e "$here/over" || wrong+="
the terminal is not back"
    [ "$(cat "$here/status" 2>/dev/null)" = "$wanted" ] || wrong+="
exit status $(cat "$here/status") instead of $wanted"
    cmp -s "$here/before" "$here/after" || wrong+="
modes $(cat "$here/before") became $(cat "$here/after")"
    until_true shows 'back again' && shows "the shell's own screen" || wrong+="
not the shell's screen:
$(screen)"
    until_true none_marked || wrong+="
left: $(marked | xargs -r ps -o pid,ppid,stat,cmd -p)"
    [ "$(namespaces)" = "$before" ] || wrong+="
$before namespaces were mounted; now $(namespaces)"
    [ -z "$sentence" ] || grep -qE -- "$sentence" "$here/stderr" || wrong+="
no sentence like: $sentence
$(cat "$here/stderr")"
    [ -z "$(find "$here/run" -type f)" ] || wrong+="
files: $(find "$here/run" -type f)"
    tmux kill-session
    verdict "$name" "$wrong"
}

under=
killed 'SIGKILL of the lab' lab KILL 137 'the lab was ended by SIGKILL'
killed 'SIGSEGV of the lab' lab SEGV 139 'the lab was ended by SIGSEGV'
killed 'SIGTERM of the lab' lab TERM 143 ''
killed 'SIGHUP of the lab' lab HUP 129 ''
killed 'SIGTERM of the guard' guard TERM 143 ''
killed 'SIGHUP of the guard' guard HUP 129 ''
killed 'SIGKILL of the guard' guard KILL 137 ''
killed 'SIGKILL of guard and lab' both KILL 137 ''
# In a session that the terminal does not control, as under `su -c`.
under=setsid
killed 'SIGSEGV of the lab, without job control' lab SEGV 139 'by SIGSEGV.*the terminal is as it was'
killed 'SIGKILL of the lab, without job control' lab KILL 137 'by SIGKILL.*the terminal is as it was'

# A run without a screen that is killed leaves nothing either, and the guard ends by the same signal.
"$tcplab" -c 'server fork as process | hand c1 as process | c1 connect | wait 60s' >"$here/out" 2>"$here/stderr" &
guard=$!
until_true grep -q 'wait 60s' "$here/out"
kill -KILL "$(lab_of $guard)"
wait $guard 2>/dev/null
got=$?
wrong=
[ $got = 137 ] || wrong="exit status $got"
none_marked || wrong+=" left: $(marked)"
grep -q 'the lab was ended by SIGKILL; nothing of it is left' "$here/stderr" || wrong+=" $(cat "$here/stderr")"
verdict 'SIGKILL of a run without a screen' "$wrong"

# All at once that a person or the kernel's killer would name: nobody is left who knows of the lab but its warden. With
# a hundred processes, while they come and when they are there.
set -m
children() { [ "$(marked | wc -l)" -ge "$1" ]; }
for at in 20 100; do
    for whom in both group warden; do
        "$tcplab" -q -c 'server fork repeat=yes limit=none backlog=200 | clients 100 hold=ever as process | wait 60s' \
            >"$here/out" 2>"$here/stderr" &
        guard=$!
        wrong=
        until_true children $at || wrong="only $(marked | wc -l) processes ran"
        warden=$(pgrep -P $guard)
        case $whom in
        both) kill -KILL $guard "$(lab_of $guard)" ;;
        group) kill -KILL -- -$guard ;;
        warden) kill -KILL "$warden" ;;
        esac
        wait $guard 2>/dev/null
        until_true none_marked || wrong+=" left: $(marked | xargs -r ps -o pid,ppid,stat,cmd -p)"
        verdict "SIGKILL of $whom, with $at processes" "$wrong"
    done
done
set +m

# Stopped and continued, as by a shell with job control.
"$tcplab" -c 'wait 60s' >"$here/out" 2>&1 &
guard=$!
until_true grep -q 'wait 60s' "$here/out"
lab=$(lab_of $guard)
is_in() { [ "$(ps -o stat= -p "$1" | cut -c1)" = "$2" ]; }
kill -TSTP "$lab"
wrong=
until_true is_in "$lab" T && until_true is_in "$guard" T || wrong='not both stopped'
kill -CONT "$guard"
until_true is_in "$lab" S && until_true is_in "$guard" S || wrong+=' not both continued'
# Who lets the lab alone go on, before the guard has stopped or after, leaves no guard that hears nothing any more.
for _ in 1 2 3 4 5 6 7 8; do
    kill -STOP "$lab"
    kill -CONT "$lab"
done
kill -STOP "$lab"
until_true is_in "$guard" T || wrong+=' the guard did not stop'
kill -CONT "$lab"
until_true is_in "$guard" S || wrong+=' the guard is still stopped'
kill -TERM "$guard"
kill -CONT "$guard" # or one that is still stopped would never end
wait $guard 2>/dev/null
got=$?
[ $got = 143 ] || wrong+=" exit status $got"
verdict 'stop and continue' "$wrong"

exit $status
