#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every experiment of LESSONS.md against the kernel of this machine, one result each: over TUN, over veth where there is
# no TUN or this is root, on the machine's own loopback, and once more as an ordinary user when this is root.
#
# Most of their time is waiting, so the nets are tried at the same time: each lab has hosts of its own. The machine's
# loopback is there once, so what uses it takes turns.
#
# An experiment holds when all its `expect` lines do and exactly one choice of each of its questions is true. On
# loopback those that need the wire have to say so themselves; a skip anywhere else is a failure.
set -u
export LC_ALL=C
tcplab=${TCPLAB:?names the binary}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-experiments.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# experiments MODE LABEL [COMMAND...]: run them all with that net, by that command in front.
experiments() {
    local mode=$1 label=$2 rc number title expected found
    shift 2
    local out=$dir/$mode.out err=$dir/$mode.err
    "$@" --net "$mode" run LESSONS.md >"$out" 2>"$err"
    rc=$?
    if ! grep -q . "$out"; then
        echo "not ok experiments ($label)"
        sed 's/^/    /' "$err"
        return
    fi
    while read -r verdict number title; do
        title="$number ${title%%   *} ($label)"
        case $verdict in
        ok) echo "ok $title" ;;
        skipped)
            if [ "$mode" = loopback ]; then
                echo "ok $title: skipped"
            else
                echo "not ok $title: skipped"
            fi
            ;;
        FAILED) echo "not ok $title" ;;
        esac
    done < <(grep -E '^(ok|skipped|FAILED) +[0-9]' "$out")
    expected=$(grep -c '^### Experiment: ' LESSONS.md)
    found=$(grep -cE '^(ok|skipped|FAILED) +[0-9]' "$out")
    if [ "$rc" = 0 ] && [ "$expected" = "$found" ]; then
        echo "ok all $expected experiments ran ($label)"
    else
        echo "not ok exit status $rc, $found of $expected experiments ran ($label)"
        cat "$out" "$err" | sed 's/^/    /'
    fi
}

# Whether this net can be had here; else why not, as a skip. (Another failure is left to the experiments to show.)
can_have() {
    local why
    why=$("$@" -c 'show state' 2>&1 >/dev/null) && return
    echo "skip experiments, $*: $(head -n 1 <<<"$why")"
    return 1
}

# part NAME COMMAND...: one of them in the background; its results are shown when all have ended.
parts=()
part() {
    local name=$1
    shift
    parts+=("$name")
    "$@" >"$dir/$name.results" 2>&1 &
}

can_have "$tcplab" --net tun && part tun experiments tun tun "$tcplab"
if [ ${#parts[@]} = 0 ] || [ "$(id -u)" = 0 ]; then
    can_have "$tcplab" --net veth && part veth experiments veth veth "$tcplab"
fi
part loopback experiments loopback loopback "$tcplab"

# Nothing of root but the binary: no capability, no group, a home of its own.
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$dir"
    install -m 755 "$tcplab" "$dir/tcplab"
    install -d -o 65534 -g 65534 -m 700 "$dir/home"
    ordinary=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs env -i "PATH=$PATH" LC_ALL=C
        "HOME=$dir/home" "XDG_RUNTIME_DIR=$dir/home" "$dir/tcplab")
    if ! setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
        echo 'skip experiments as an ordinary user: setpriv cannot change to one here'
    else
        # Where an ordinary user gets no hosts of their own, this is the loopback once more: after the other.
        "${ordinary[@]}" --net auto -c 'show state' 2>&1 | grep -q 'hosts: loopback' && wait
        part ordinary experiments auto 'ordinary user' "${ordinary[@]}"
    fi
fi
wait
for name in "${parts[@]}"; do
    cat "$dir/$name.results"
done
! cat "$dir"/*.results | grep -q '^not ok'
