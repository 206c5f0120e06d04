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
    like 'a TIME_WAIT that is not kept is explained' "$said" 'its host has as many of those as tcp_max_tw_buckets allows'
    # What one would not expect of a name: the kernel's own moment and reasons.
    counts() { like "$1" "$("$tcplab" -c "$2" 2>&1)" "$3"; }
    listener="$server ; s1 bind 12345 ; s1 listen 5"
    counts 'a handshake under way is not opened yet' "$listener ; hand c1 ; c1 socket ; wire hold ; c1 connect
wait wire waiting 1 ; wire release 1 ; wait wire waiting 1 ; wait 50ms ; expect counter server PassiveOpens = 0
wire open ; wait quiet ; expect counter server PassiveOpens = 1 ; show counters server" \
        'PassiveOpens +1  A handshake with a listening socket was completed'
    counts 'TIME_WAIT counts when it begins' "$listener ; hand c1 ; c1 connect ; s1 accept ; s1.4 close
wait quiet ; c1 close ; wait quiet ; expect s1 state TIME_WAIT ; expect counter server TW = 1 ; show counters server" \
        'TW +1  An end went to TIME_WAIT, .*counted when it begins'
    counts 'a FIN_WAIT2 of 1 s counts with the short ones' "$listener ; hand c1 ; c1 socket ; c1 set TCP_LINGER2 1
c1 connect ; s1 accept ; c1 close ; wait 200ms ; show counters client" \
        'TWKilled +1  An end went to TIME_WAIT, or to FIN_WAIT2'
    counts 'without room a FIN_WAIT2 is forgotten, too' "net client net.ipv4.tcp_max_tw_buckets 0
$listener ; hand c1 ; c1 connect ; s1 accept ; c1 close ; wait 200ms ; show counters client" \
        'TCPTimeWaitOverflow +1  An end was forgotten instead of staying in TIME_WAIT, or in FIN_WAIT2'
    counts 'a SYN cookie needs no full queue' "net server net.ipv4.tcp_syncookies 2
$listener ; hand c1 ; c1 connect ; wait quiet ; show counters server" \
        'TCPReqQFullDoCookies +1  .* or tcp_syncookies is 2'
    counts 'no data, and no RST by force, is needed for TCPAbortOnData' "$listener ; hand c1 ; c1 socket
c1 set TCP_LINGER2 -1 ; c1 connect ; s1 accept ; c1 close ; wait 200ms ; show counters client" \
        'TCPAbortOnData +1  .* with a negative TCP_LINGER2'
    counts 'what the network doubles is no retransmission' "$listener ; hand c1 ; c1 connect ; s1 accept
wire duplicate 100% ; c1 send hello ; wait 200ms ; expect counter client RetransSegs = 0 ; show counters client" \
        'TCPDSACKRecv +[0-9]+  .* the network doubled it'
    counts 'a SYN within a connection is an error of input' "$listener ; hand c1 ; c1 socket ; c1 bind 23456
c1 connect ; s1 accept ; wait quiet ; reboot client ; hand c2 ; c2 socket ; c2 bind 23456 ; c2 connect
wait 200ms ; show counters server" \
        'InErrs +1  .* a SYN within an open connection'
    counts 'an ICMP message drops a half-open connection' "$listener ; hand c1 ; c1 socket ; c1 nonblock
wire hold ; c1 connect ; wait wire waiting 1 ; wire release 1 ; wait wire waiting 1 ; wire drop ; wire unreachable
wait 1500ms ; show counters server" \
        'ListenDrops +1  .* because of an ICMP message'
    counts 'probes that are answered do not keep a connection for ever' "$server ; s1 set SO_RCVBUF 4000
s1 bind 12345 ; s1 listen 5 ; hand c1 ; c1 connect ; s1 accept ; c1 set TCP_USER_TIMEOUT 700ms
c1 set SO_SNDBUF 100000 ; c1 send 60000 bytes ; wait 2s ; show counters client" \
        "TCPAbortOnTimeout +1  .* window stayed 0 for"
else
    echo 'skip counters of two hosts: no wire here'
fi
said=$("$tcplab" -c 'expect counter server ListenOverflow' 2>&1)
is 'a wrong name is refused' "$?" 2
like 'and the nearest one is offered' "$said" 'did you mean .ListenOverflows.'
said=$("$tcplab" -c 'show counters client' 2>&1)
like 'nothing moved is said' "$said" 'No counter of the client.s kernel has moved'
exit "$status"
