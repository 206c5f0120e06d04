#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `compare` on one kind of net (with TEST_ALL on every one): every client of every server is answered; after it the lab has
# the descriptors, threads and children that it had before; and what it says is the same as rows and as JSON.
#
# CLIENTS: how many (100).
. tests/fixtures/lib.sh
at_exit() { lab_end; }
servers='fork pthread pool select poll epoll'
clients=${CLIENTS:-100}

# What the expectations of a whole comparison are.
script() {
    echo "compare $servers clients=$clients rounds=1"
    for server in $servers; do
        echo "expect compared answered of $server = $clients"
        echo "expect compared failed of $server = 0"
    done
}

for net in $(nets); do
    can_have "compare on $net" "$tcplab" --net "$net" || continue
    script | "$tcplab" --net "$net" run --limit 110s - >"$here/out" 2>"$here/err"
    verdict "compare on $net: $clients clients of each server are answered" "$([ $? -eq 0 ] || tail -n 3 "$here/err")"
done

# The same run, looked at while the lab still lives.
{
    printf 'clear\necho before\nwait 2s\n'
    script
    printf 'echo after\nwait 100s\n'
} >"$here/script"
lab_begin "$here/script"
if lab_said before; then
    before=$(owned)
    if lab_said after; then
        after=$(owned)
        verdict "after compare the lab is as before: $after" "$([ "$after" = "$before" ] || echo "before: $before")"
    else
        verdict "a comparison comes to its end" "$(tail -n 3 "$here/err")"
    fi
else
    skip "compare: the lab does not run here: $(tail -n 1 "$here/err")"
    exit 0
fi
lab_end

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
