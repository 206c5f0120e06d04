#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The screen in a real terminal: tmux is the terminal and the typist.
#
# Every check waits for what it wants to see, at most $patience seconds; what was on the screen instead is shown when it fails.
. tests/fixtures/lib.sh
needs_terminal 'screen in a terminal'
at_exit() { terminal_end; }
patience=20

# holds NAME STATUS: that of the last command; what was on the screen instead is shown.
holds() {
    if [ "$2" -eq 0 ]; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
sees() {
    until_true shows "$2"
    holds "$1" $?
}
no_longer_sees() {
    until_true lacks "$2"
    holds "$1" $?
}

# A shell of our own, with a prompt that nothing else prints.
tmux new-session -d -x 120 -y 40 "exec env -i PATH='$PATH' HOME='$here' PS1='ready> ' HISTFILE= LC_ALL=C.UTF-8 TERM=screen-256color \
    XDG_STATE_HOME='$here/state' bash --norc --noprofile" || exit 1
until_true shows 'ready>' || exit 1
cd_scratch() { text "cd '$here' && clear" && keys Enter; }
cd_scratch
# The shell asks for the terminal's modes itself, before and after: while it reads a line it has others.
modes_are_whole() { [ -s "$here/after" ] && cmp -s "$here/before" "$here/after"; }
whole() {
    until_true modes_are_whole
    holds "$1" $?
}
children() { pgrep -P "$(tmux display-message -p '#{pane_pid}')" >/dev/null; }
no_children() { ! children; }

the_lab() { pgrep -P "$(tmux display-message -p '#{pane_pid}')" "${1-}"; }
writes() { awk '/^syscw/ { print $2 }' "/proc/$(lab_of "$(the_lab)")/io"; } # system calls so far, of the lab itself

start() {
    rm -f "$here/after"
    text "clear; stty -g >before; $1; echo \"ended: \$?\"; stty -g >after"
    keys Enter
}

# ---- a first session --------------------------------------------------------------------------------------------------

start "'$tcplab'"
sees "the list of lessons" 'One client at a time'
sees "the footer has the keys" 'Enter open'
frame_writes=$(writes)
keys F1
sees "F1 helps" 'open the lesson, experiment or task'
frame_writes=$(($(writes) - frame_writes))
[ "$frame_writes" -ge 1 ] && [ "$frame_writes" -le 10 ]
holds "a frame is few writes: $frame_writes" $?
keys Escape
no_longer_sees "Esc leaves the help" 'open the lesson or experiment'
keys Enter
sees "a lesson opens with its text" 'A server is a program'
sees "Enter leads on" 'Enter more'
keys Escape
no_longer_sees "Esc leaves the text" 'Enter more'
keys Tab Down Enter
sees "an experiment opens" '1 First contact'
sees "its question can be read" ' The client sends 18 bytes'
keys "$(screen | sed -nE 's/.*([a-f])  18: what has come.*/\1/p')" # its place changes
sees "the experiment runs and its expectations hold" 'expectations held'
sees "prediction against kernel" 'You were right.'
sees "the wire shows the segments" 'SYN·ACK'
sees "the calls have their results" 'send(4, "Message'

text ':wire ho'
sees "the prompt offers what may follow" 'hold every segment until it is released'
keys Tab Enter
sees "completion and command" 'wire: held (0 waiting)'
sees "the command stays in sight" '└─ : wire hold'
# A long list of what may follow has pages.
text ':server '
sees "the first page of a long list" 'tcp_server_counter'
lists_all() {
    local seen=$here/pages name
    screen >>"$seen"
    keys Tab
    for name in $("$tcplab" programs | grep '^tcp_server'); do
        grep -q " $name " "$seen" || return 1
    done
}
until_true lists_all
holds "Tab shows them all, page by page" $?
keys PageUp
text 'sing'
keys Tab
sees "and completes as before" ': server single'
keys Escape
no_longer_sees "the list goes with the prompt" ': server single'
text ':wire hodl'
keys Enter
sees "an error says what is wrong" '`hodl` does not follow wire'
sees "and points at its place" '       ^'
sees "and keeps the line" ': wire hodl'
keys C-a
text '# 소켓 '
sees "a wide character is typed" ': # 소켓 wire hodl'
keys Escape
no_longer_sees "Esc leaves the prompt" '# 소켓'
text ':'
keys Up
sees "the history recalls" ': wire hodl'
keys C-c
no_longer_sees "Ctrl-C leaves the prompt" ': wire hodl'

text c
sees "c connects a hand, held on the wire" 'SYN_SENT'
text n
sees "n delivers" 'wire release 1'
# Nothing that a terminal sends stops the lab: a right click, and a click that is cut off.
clicks() { tmux send-keys -H 1b 5b 3c 32 3b 35 30 3b 31 30 4d 1b 5b 3c 30 3b 35 30; }
clicks
keys Escape
sees "Esc keeps what the learner has made" 'Experiment 1 is running'
clicks
keys Enter
sees "and Enter returns to it" 'wire release 1'
keys Left
sees "the past" 'REWOUND to event'
keys End
no_longer_sees "and back" 'REWOUND to event'

# ---- sizes ------------------------------------------------------------------------------------------------------------

tmux resize-window -x 60 -y 15
sees "too small a terminal says what it needs" 'tcplab needs 60 columns and 16 rows'
tmux resize-window -x 80 -y 24
sees "at 80x24 there are tabs" '  1 Lesson  2 Wire  3 Sockets'
text 3
sees "a number chooses a tab" '├ 3 Sockets'
tmux resize-window -x 120 -y 40
sees "at 120x40 the lesson stands beside what happened" '┬ 2 Wire ─'
tmux resize-window -x 140 -y 45
sees "at 140x45 all panes" '├ 6 Source ─'
tmux resize-window -x 120 -y 40

# ---- long text --------------------------------------------------------------------------------------------------------

keys C-c
sees "Ctrl-C leaves at once" 'ended: '
start "env -u LESS '$tcplab' source fork"
sees "a long source begins with its first page" 'SPDX-License'
keys q
sees "and the pager is left" 'ended: 0'
start "PAGER='grep -c main' '$tcplab' source fork"
sees "PAGER is what the reader wants" 'ended: 0'
lacks 'SPDX-License'
holds "and nothing else is shown" $?
start "'$tcplab' free"
sees "the free lab opens by its name" '6 Source'
text ':hand c1'
keys Enter
sees "with a hand" ': hand c1'

# ---- ways out ---------------------------------------------------------------------------------------------------------

keys C-z
sees "Ctrl-Z gives the shell back" 'Stopped'
whole "with its modes"
start fg
sees "fg brings the screen back" '6 Source'
text q
sees "q asks while a hand is alive" 'q once more ends it'
text q
sees "and leaves" 'ended: 0'
whole "the terminal's modes are as before"
until_true no_children
holds "nothing is left running" $?

# Without a controlling terminal, as under `su -c` or in a container: no signal tells of a new size.
start "setsid -w '$tcplab' free"
sees "the free lab opens under setsid" 'Two hosts and no script'
tmux resize-window -x 80 -y 24
text 3
sees "a new size that nobody tells of is seen with the next key" '├ 3 Sockets'
sees "and all is drawn anew for it" '  1 Lesson  2 Wire  3 Sockets'
text q
sees "q leaves there, too" 'ended: 0'
tmux resize-window -x 120 -y 40

leaves_by() {
    start "'$tcplab' free"
    sees "the free lab opens ($1)" 'Two hosts and no script'
    text Sq
    keys C-c
    text c
    sees "a hand is there ($1)" 'c1 connect'
    "${@:3}"
    sees "$1 ends it" "ended: $2"
    whole "the terminal is whole after $1"
    until_true no_children
    holds "nothing is left after $1" $?
}
signal_it() { kill "-$1" "$(the_lab)"; }
leaves_by 'Ctrl-C' 0 keys C-c
leaves_by 'SIGTERM' 143 signal_it TERM
leaves_by 'SIGHUP' 129 signal_it HUP

# The lab itself is the guard's child: killed, it can restore nothing.
kill_inner() { kill -KILL "$(lab_of "$(the_lab)")"; }
leaves_by 'SIGKILL' 137 kill_inner

# ---- other terminals --------------------------------------------------------------------------------------------------

start "NO_COLOR=1 '$tcplab'"
sees "NO_COLOR" 'Enter open'
coloured() { tmux capture-pane -p -e | grep -qE $'\e\\[([0-9]+;)*(3[0-7]|38;5;[0-9]+)m'; }
holds "has no colour" "$(coloured && echo 1 || echo 0)"
text q
sees "leaves ($LINENO)" 'ended: 0'
start "TERM=vt100 LC_ALL=C '$tcplab'"
sees "a vt100 in a C locale has lines of ASCII" '+ Lessons ---'
text q
sees "leaves ($LINENO)" 'ended: 0'

# refused WHAT COMMAND: exit status 2, one sentence on standard error, which names what is wrong.
refused() {
    local said
    said=$(eval "$3" 2>&1 >/dev/null </dev/null)
    local code=$?
    if [ $code -eq 2 ] && [ "$(wc -l <<<"$said")" -eq 1 ] && grep -q -- "$2" <<<"$said"; then
        ok "$1"
    else
        not_ok "$1" "status $code: $said"
    fi
}
refused "no terminal" 'not a terminal' "'$tcplab'"
in_terminal() { # the same where there is a terminal: its sentence is read from a file
    start "$3 2>'$here/said'"
    sees "$1: status 2" 'ended: 2'
    holds "$1: says why" "$(grep -q -- "$2" "$here/said"; echo $?)"
}
in_terminal "TERM unset" 'TERM is not set' "env -u TERM '$tcplab'"
in_terminal "TERM unknown" 'not known here' "TERM=nonesuch '$tcplab'"
in_terminal "TERM dumb" 'cannot place its cursor' "TERM=dumb '$tcplab'"
in_terminal "no such lesson" 'there is no lesson' "'$tcplab' 9.9"

# ---- a saved run, opened again ------------------------------------------------------------------------------------------

"$tcplab" -q -c "hand s1 on server ; s1 bind 12345 ; s1 listen 1 ; hand c1 ; c1 connect ; c1 close ; expect sockets client FIN_WAIT2 1 ; save $here/run" || exit 1
start "'$tcplab' open '$here/run'"
sees "a saved run opens" 'SAVED RUN, event'
sees "at its end" 'FIN_WAIT2'
keys Home
no_longer_sees "and is rewound" 'FIN_WAIT2'
keys c
sees "it refuses what would act" 'which can only be looked at'
keys q
sees "it is left" 'ended: 0'
head -n 3 "$here/run" >"$here/cut"
in_terminal "a run that was cut off" 'it ends in the middle' "'$tcplab' open '$here/cut'"
"$tcplab" -q -c "hand s1 ; s1 socket ; save $here/run.jsonl" || exit 1
head -n 3 "$here/run.jsonl" >"$here/cut"
in_terminal "a run of lines that was cut off" 'ends after line 3' "'$tcplab' open '$here/cut'"
exit $status
