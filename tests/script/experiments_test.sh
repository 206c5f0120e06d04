#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every experiment of LESSONS.md against the kernel of this machine, one result each, on one kind of net. With TEST_ALL on
# all: over TUN, over veth, on the machine's own loopback, and once more as an ordinary user when this is root.
#
# Most of their time is waiting, so the nets are tried at the same time: each lab has hosts of its own. The machine's
# loopback is there once, so what uses it takes turns.
#
# An experiment holds when all its `expect` lines do and exactly one choice of each of its questions is true. On
# loopback those that need the wire have to say so themselves; a skip anywhere else is a failure.
. tests/fixtures/lib.sh

# experiments MODE LABEL [COMMAND...]: run them all with that net, by that command in front.
experiments() {
    local mode=$1 label=$2 rc number title expected found
    shift 2
    local out=$here/$mode.out err=$here/$mode.err
    "$@" --net "$mode" run --unexplained LESSONS.md >"$out" 2>"$err"
    rc=$?
    if ! grep -q . "$out"; then
        not_ok "experiments ($label)" "$(cat "$err")"
        return
    fi
    while read -r verdict number title; do
        title="$number ${title%%   *} ($label)"
        case $verdict in
        ok) ok "$title" ;;
        skipped) if [ "$mode" = loopback ]; then ok "$title: skipped"; else not_ok "$title: skipped"; fi ;;
        FAILED) not_ok "$title" ;;
        esac
    done < <(grep -E '^(ok|skipped|FAILED) +[0-9]' "$out")
    grep '^unexplained  ' "$out"
    expected=$(grep -c '^### Experiment: ' LESSONS.md)
    found=$(grep -cE '^(ok|skipped|FAILED) +[0-9]' "$out")
    if [ "$rc" = 0 ] && [ "$expected" = "$found" ]; then
        ok "all $expected experiments ran ($label)"
    else
        not_ok "exit status $rc, $found of $expected experiments ran ($label)" "$(cat "$out" "$err")"
    fi
}

# part NAME COMMAND...: one of them in the background; its results are shown when all have ended.
parts=()
part() {
    local name=$1
    shift
    parts+=("$name")
    "$@" >"$here/$name.results" 2>&1 &
}

# The same scripts, read from the book in Korean, with all that is said on the way in that language.
korean() {
    local out
    if out=$(LC_ALL=C.UTF-8 "$tcplab" --lang ko run LESSONS.md 2>&1); then
        ok 'every experiment holds in Korean'
    else
        not_ok 'every experiment holds in Korean' "$(grep -v '^통과' <<<"$out")"
    fi
}

if [ -z "${TEST_ALL-}" ]; then
    if "$tcplab" -c 'show state' 2>&1 | grep -q 'hosts: loopback'; then
        part loopback experiments loopback loopback "$tcplab"
    else
        part auto experiments auto 'one kind of net' "$tcplab"
    fi
else
    can_have 'experiments over tun' "$tcplab" --net tun && part tun experiments tun tun "$tcplab"
    can_have 'experiments over veth' "$tcplab" --net veth && part veth experiments veth veth "$tcplab"
    part loopback experiments loopback loopback "$tcplab"
    part korean korean
    # Nothing of root but the binary. Where an ordinary user gets no hosts of their own, this is the loopback once more:
    # after the other.
    if [ "$(id -u)" = 0 ] && ordinary_lab; then
        "${ordinary_lab[@]}" --net auto -c 'show state' 2>&1 | grep -q 'hosts: loopback' && wait
        part ordinary experiments auto 'ordinary user' "${ordinary_lab[@]}"
    else
        skip 'experiments as an ordinary user: needs root to become one'
    fi
fi
wait
for name in "${parts[@]}"; do
    cat "$here/$name.results"
done
! cat "$here"/*.results | grep -q '^not ok'
