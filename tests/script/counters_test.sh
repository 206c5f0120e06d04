#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Counters of the hosts' kernels in the language: shown, expected, saved by name. nstat is the witness.

# shellcheck source=../fixtures/lib.sh
. tests/fixtures/lib.sh

full='hand s1 on server ; s1 socket ; s1 set SO_REUSEADDR 1 ; s1 bind 12345 ; s1 listen 0 ; hand c1 ; c1 connect
hand c2 ; c2 socket ; c2 nonblock ; c2 connect'

if "$tcplab" -q -c 'needs wire' >/dev/null 2>&1; then
    said=$("$tcplab" -c "$full"$'\nexpect counter server ListenOverflows = 1\nexpect counter client ListenOverflows = 0
expect no counter client AttemptFails\nshow counters server' 2>&1)
    is 'a full accept queue is counted at the server alone' "$?" 0
    like 'a counter is shown with what it says' "$said" 'ListenOverflows +1  A SYN, or the last ACK of a handshake'
    said=$("$tcplab" -c "$full"$'\nclear\nwait 100ms\nexpect counter server ListenOverflows = 0' 2>&1)
    is 'a clean slate counts from nothing' "$?" 0
    said=$("$tcplab" --json -c "$full"$'\nwait 100ms' 2>/dev/null | grep '"kind":"counter"')
    like 'a run names its counters' "$said" '"host":"server","counter":"ListenOverflows","by":1'
    server='hand s1 on server ; s1 socket ; s1 set SO_REUSEADDR 1'
    said=$("$tcplab" -c "$server ; s1 set TCP_DEFER_ACCEPT 5 ; s1 bind 12345 ; s1 listen 5
hand c1 ; c1 connect ; wait quiet ; explain c1" 2>&1)
    like 'an ACK that is put off is explained' "$said" 'SYN_RECV .* waits for data, because of TCP_DEFER_ACCEPT'
    said=$("$tcplab" -c "net server net.ipv4.tcp_max_tw_buckets 0
$server ; s1 bind 12345 ; s1 listen 5
hand c1 ; c1 connect ; s1 accept ; s1.4 close ; c1 close ; wait quiet ; explain" 2>&1)
    like 'a TIME_WAIT that is not kept is explained' "$said" 'instead of going to TIME_WAIT: its host has as many'
else
    echo 'skip counters of two hosts: no wire here'
fi
said=$("$tcplab" -c 'expect counter server ListenOverflow' 2>&1)
is 'a wrong name is refused' "$?" 2
like 'and the nearest one is offered' "$said" 'did you mean .ListenOverflows.'
said=$("$tcplab" -c 'show counters client' 2>&1)
like 'nothing moved is said' "$said" 'No counter of the client.s kernel has moved'
exit "$status"
