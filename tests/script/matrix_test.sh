#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The disconnect matrix, filled live on one kind of net (with TEST_ALL on every one): all cells, and none other than was
# measured on Linux 6.18.
. tests/fixtures/lib.sh

for net in $(nets); do
    can_have "matrix on $net" "$tcplab" --net "$net" || continue
    out=$("$tcplab" --net "$net" -c 'show state; matrix run' 2>&1)
    cells=434
    grep -q 'hosts: loopback' <<<"$out" && cells=300 # no wire: no segments, and no cause that needs one
    verdict "matrix on $net" "$(grep -q "$cells cells seen, 0 of them other than on Linux 6.18" <<<"$out" ||
        grep -E 'but on Linux 6.18|cells seen|tcplab:' <<<"$out")"
done

# A learner's own connection fills what it showed, and no more.
out=$("$tcplab" -c 'hand s1 on server; s1 handle SIGPIPE; s1 bind 12345; s1 listen; hand c1; c1 connect; s1 accept;
    s1.4 recv; wait s1 recv blocks; c1 close; wait 400ms; s1.4 recv; s1.4 send "hello"; wait segment RST;
    wait quiet; s1.4 send "x"; matrix show' 2>&1)
verdict "a learner's own run fills its row" "$(grep -q '7 cells seen, 0 of them other' <<<"$out" && grep -q '2nd send() *-1 EPIPE +SIGPIPE' <<<"$out" ||
    tail -n 20 <<<"$out")"
exit $status
