#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The disconnect matrix, filled live on every kind of net that this machine has: all cells, and none other than was measured on Linux 6.18.
set -u
for net in tun veth loopback; do
    cells=434
    [ "$net" = loopback ] && cells=300 # no wire: no segments, and no cause that needs one
    if ! "$TCPLAB" --net "$net" -c 'echo here' >/dev/null 2>"${TMPDIR:-/tmp}/matrix.$$"; then
        echo "skip matrix on $net: $(head -1 "${TMPDIR:-/tmp}/matrix.$$")"
        continue
    fi
    out=$("$TCPLAB" --net "$net" -c 'matrix run' 2>&1)
    if grep -q "$cells cells seen, 0 of them other than on Linux 6.18" <<<"$out"; then
        echo "ok matrix on $net"
    else
        grep -E 'but on Linux 6.18|cells seen|tcplab:' <<<"$out"
        echo "not ok matrix on $net"
    fi
done
rm -f "${TMPDIR:-/tmp}/matrix.$$"

# A learner's own connection fills what it showed, and no more.
out=$("$TCPLAB" -c 'hand s1 on server; s1 handle SIGPIPE; s1 bind 12345; s1 listen; hand c1; c1 connect; s1 accept;
    s1.4 recv; wait s1 recv blocks; c1 close; wait 400ms; s1.4 recv; s1.4 send "hello"; wait segment RST;
    wait quiet; s1.4 send "x"; matrix show' 2>&1)
if grep -q '7 cells seen, 0 of them other' <<<"$out" && grep -q '2nd send() *-1 EPIPE +SIGPIPE' <<<"$out"; then
    echo "ok a learner's own run fills its row"
else
    tail -n 20 <<<"$out"
    echo "not ok a learner's own run fills its row"
fi
