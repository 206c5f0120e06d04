#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A walk through every lesson and box in Korean: no English sentence is on the screen.
#
# A sentence is known by its small words, none of which is a command, a name, or stands in the Korean textbook. What is
# in quotes is what a program or a learner wrote.
. tests/fixtures/lib.sh
needs_terminal 'the screen in Korean'
can_have 'the screen in Korean' "$tcplab" || exit 0
at_exit() { terminal_end; }
patience=20
small='an|the|is|are|was|were|been|has|have|had|does|did|not|no|and|or|but|of|for|with|without|what|which|whose|its|it|this|that|these|they|their|there|you|your|nobody|nothing|somebody|when|while|cannot|than|then|here|how'
# What has such a word and is none: names, and what programs print, of which a quotation may be wrapped.
names='Processes and threads|[a-z]+=no\b|\bno,| > [A-Za-z].*|The queue is|clients wait for a thread'

walk=0
# read_screen NAME: what is on it now has no such word outside of quotes and of code.
english=
read_screen() {
    local lines
    walk=$((walk + 1))
    lines=$(screen | sed -E "s/\"[^\"]*\"?//g; s/'[^']*'?//g; s/$names//g" | grep -nEw -- "$small" | grep -vE '^[0-9]+:[^가-힣]*(\||=|;|\{|\}|\(\))')
    [ -z "$lines" ] || english+="$1:"$'\n'"$lines"$'\n'
}
open_lab() { # ARGUMENT...
    terminal_end
    tmux new-session -d -x "$1" -y "$2" "exec env -i PATH='$PATH' HOME='$here' LANG=ko_KR.UTF-8 TERM=screen-256color \
        XDG_STATE_HOME='$here/state' '$tcplab' ${*:3}" && until_true shows '종료'
}

# The looking itself: in English there are such words.
tmux new-session -d -x 100 -y 30 "exec env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 TERM=screen-256color XDG_STATE_HOME='$here/state' '$tcplab' 3.1"
until_true shows 'quit'
read_screen 'in English'
is 'this test knows an English sentence' "$([ -n "$english" ] && echo yes)" yes

for lesson in 3.1 3.2 3.3 3.4 3.5a 3.5b 3.5c 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.14; do
    english=
    open_lab 100 30 "$lesson" || { not_ok "lesson $lesson" "$(screen)"; continue; }
    read_screen "$lesson"
    for key in Enter Enter Space Space Space Space Space Space; do
        keys "$key"
        sleep 0.15
        read_screen "$lesson $key"
    done
    verdict "lesson $lesson" "$english"
done
english=
open_lab 80 24 3.1.3
sleep 1
for step in Enter Enter Enter Enter; do
    keys "$step"
    sleep 0.7
    read_screen "experiment $step"
done
for pane in 1 2 3 4 5; do
    keys z
    sleep 0.3
    read_screen "pane $pane"
    keys z
    keys Tab
done
verdict 'an experiment and its panes' "$english"
english=
for box in '?' o m g d s i v x e t T S D M; do
    keys "$box"
    sleep 0.4
    read_screen "key $box"
    keys Escape
    sleep 0.2
    shows '종료' || keys Escape
done
verdict 'boxes' "$english"
[ "$walk" -gt 100 ] && ok "screens that were read: more than 100" || not_ok 'screens that were read' "$walk"
exit $status
