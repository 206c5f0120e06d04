#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `compare` on every kind of net that this machine has: every client of every server is answered; after it the lab has
# the descriptors, threads and children that it had before; and what it says is the same as rows and as JSON.
#
#   compare_test.sh BUILD-ROOT      environment: TCPLAB; CLIENTS (100)
set -u
export LC_ALL=C
tcplab=$(realpath "${TCPLAB:-${1:?the build root}/tcplab}")
here=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-compare.XXXXXX")
lab=
# The lab alone, by its id: it takes what it made with it.
trap '[ -z "$lab" ] || kill "$lab" 2>/dev/null; rm -rf "$here"' EXIT
mkfifo "$here/pause"
servers='fork pthread pool select poll epoll'
clients=${CLIENTS:-100}

verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    /' <<<"$2"
    fi
}

# until_said WORDS: the lab has said so; false when it is gone, or after about 60 s.
until_said() {
    local tries=0
    until grep -qs "  $1\$" "$here/out"; do
        kill -0 "$lab" 2>/dev/null && [ $((tries += 1)) -lt 3000 ] || return 1
        read -rt 0.02 <>"$here/pause"
    done
    return 0
}

# The lab's process and all below it.
tree() {
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        tree "$child"
    done
}

owned() {
    local pid pids descriptors=0 threads=0
    pids=$(tree "$lab")
    for pid in $pids; do
        descriptors=$((descriptors + $(find "/proc/$pid/fd" -mindepth 1 | wc -l)))
        threads=$((threads + $(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)))
    done
    echo "$descriptors descriptors, $threads threads, $(wc -w <<<"$pids") processes"
}

# What the expectations of a whole comparison are.
script() {
    echo "compare $servers clients=$clients rounds=1"
    for server in $servers; do
        echo "expect compared answered of $server = $clients"
        echo "expect compared failed of $server = 0"
    done
}

for net in tun veth loopback; do
    if ! "$tcplab" --net "$net" -c 'echo here' >/dev/null 2>"$here/err"; then
        echo "skip compare on $net: $(head -1 "$here/err")"
        continue
    fi
    script | "$tcplab" --net "$net" run --limit 110s - >"$here/out" 2>"$here/err"
    verdict "compare on $net: $clients clients of each server are answered" "$([ $? -eq 0 ] || tail -n 3 "$here/err")"
done

# The same run, looked at while the lab still lives.
{
    printf 'clear\necho before\nwait 2s\n'
    script
    printf 'echo after\nwait 100s\n'
} >"$here/script"
: >"$here/out"
"$tcplab" run --limit 110s "$here/script" >"$here/out" 2>"$here/err" &
lab=$!
if until_said before; then
    before=$(owned)
    if until_said after; then
        after=$(owned)
        verdict "after compare the lab is as before: $after" "$([ "$after" = "$before" ] || echo "before: $before")"
    else
        verdict "a comparison comes to its end" "$(tail -n 3 "$here/err")"
    fi
else
    echo "skip compare: the lab does not run here: $(tail -n 1 "$here/err")"
    exit 0
fi
kill "$lab" 2>/dev/null
wait "$lab" 2>/dev/null
lab=

# Rows: a measure each, with bars of characters that this locale has.
rows() {
    grep -E '^ *[0-9.]+ +(connections per second|median time to the answer|99th percentile of it|memory of its own|context switches|processes and threads)$' "$here/out" |
        wc -l
}
verdict "each measure has its rows" "$([ "$(rows)" -eq 6 ] || echo "$(rows) of 6")"
verdict "bars are ASCII where the locale is" "$(grep -qE '^ *[0-9.]+ +fork +[0-9,]+  #+' "$here/out" && ! grep -q $'\xe2\x96\x88' "$here/out" || echo no)"
"$tcplab" --json -c "compare fork epoll clients=20 rounds=1" >"$here/json" 2>"$here/err"
verdict "--json has each result as data" "$([ "$(grep -c '"measured":{"program":"\(fork\|epoll\)","clients":20,"rounds":1,"answered":20,"failed":0,"per_second":[0-9]*,' "$here/json")" -eq 2 ] || grep measured "$here/json")"

# More clients than descriptors: one sentence, and nothing begins.
(
    ulimit -Sn 100
    "$tcplab" -c 'compare fork clients=10000' >"$here/out" 2>"$here/err"
    echo $? >"$here/status"
)
verdict "too many clients for the descriptors are refused" "$(grep -q '10000 clients need 10006 descriptors, and a process may have 100 here' "$here/err" && [ "$(cat "$here/status")" = 2 ] && ! grep -q 'server' "$here/out" || cat "$here/err")"
