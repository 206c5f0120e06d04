#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Segments by hand and the NAT, as tcpdump, ss and nstat on the host see them; and what the commands refuse.

# shellcheck source=../fixtures/lib.sh
. tests/fixtures/lib.sh
at_exit() { lab_end; }
patience=20

# refuses COMMANDS SENTENCE
refuses() { like "refused: $1" "$("$tcplab" -q -c "$1" 2>&1)" "$2"; }
for command in 'be client' 'segment from client to=1 flags=SYN' 'icmp to client unreachable port'; do
    like "without a wire: $command" "$("$tcplab" -q --net loopback -c "$command" 2>&1)" "machine's own loopback"
done
"$tcplab" -q -c 'needs wire' >/dev/null 2>&1 || { skip 'segments by hand: no wire here'; exit $status; }

refuses 'segment from client flags=SYN' 'no connection yet: name its ports'
refuses 'hand c1 ; segment from client of c1' 'c1 has no connection'
refuses 'segment from client of #99' 'no segment #99'
refuses 'segment from client to=1 flags=ACK' 'server has sent nothing in this connection'
refuses 'segment from client to=1 flags=FOO' '`FOO` is no flag'
refuses 'segment from client to=1 flags=SYN seq=4294967296' 'is no number'
refuses 'segment from client to=1 flags=SYN win=65536' 'from 0 to 65535'
refuses 'segment from client to=1 flags=SYN options=ts,ts,ts,ts,ts' 'room for 40 bytes'
refuses 'segment from client to=1 flags=SYN options=sack:1' 'pairs of edges'
refuses 'segment from client to=1 flags=SYN bytes=1461' 'at most 1460'
refuses 'segment from client to=1 flags=SYN checksum=maybe' 'right or wrong'
refuses 'segment from client to=1 flags=SYN seq=1 seq=2' 'given twice'
refuses 'segment from client to=1 flags=SYN colour=red' 'cannot stand here'
refuses 'icmp to client unreachable port of #12' 'no segment #12'
refuses 'hand c1 ; c1 connect ; icmp to server unreachable port of #1' 'server did not send #1'

# What goes in by the pipe is carried out at once; tcpdump listens on the server host meanwhile.
mkfifo "$here/lines"
"$tcplab" run --limit 100s - <"$here/lines" >"$here/out" 2>"$here/err" &
lab=$!
exec 9>"$here/lines"
on() { "$tcplab" exec --lab "$lab" "$@" 9>&-; }
say() { printf '%s\n' "$@" >&9; }
said() { until_true grep -q "$1" "$here/out" || not_ok "the lab says $1" "$(tail -n 5 "$here/out" "$here/err")"; }
seen() { until_true grep -q -- "$1" "$here/dump"; }

say 'hand s1 on server' 's1 socket' 's1 bind 12345' 's1 listen' 'echo "listening"'
said ' listening$'
"$tcplab" exec --lab "$lab" server -- tcpdump -lnvi any tcp >"$here/dump" 2>"$here/dump.err" 9>&- &
until_true grep -q 'listening on' "$here/dump.err"
say 'be client' \
    'segment from client to=12345 flags=SYN,ECN seq=4000000000 win=1000 options=mss:1400,wscale:7,sackok,ts:77:0' \
    'segment from client flags=ACK options=ts' 's1 accept' 'segment from client data="hello" options=ts' \
    'segment from client port=40001 to=12345 flags=SYN checksum=wrong' 'echo "sent"'
said ' sent$'
seen 'Flags \[SEW\], cksum .*correct.*, seq 4000000000, win 1000, options \[mss 1400,wscale 7,sackOK,TS val 77 ecr 0' &&
    ok 'tcpdump sees the SYN as it was written' || not_ok 'tcpdump sees the SYN as it was written' "$(cat "$here/dump")"
seen 'Flags \[P.\], cksum .*correct.*length 5' &&
    ok 'and the data' || not_ok 'and the data' "$(cat "$here/dump")"
seen '40001 .*Flags \[S\], cksum .*incorrect' &&
    ok 'and that a checksum is wrong' || not_ok 'and that a checksum is wrong' "$(cat "$here/dump")"
like 'nstat counts it' "$(on server -- nstat -az TcpInCsumErrors)" 'TcpInCsumErrors +1 '
like 'ss has the connection, and its bytes' "$(on server -- ss -tnH)" 'ESTAB +5 +0 +192.0.2.1:12345 +192.0.2.2:40000'
is 'the kernel of the host that we are has none' "$(on client -- ss -tanH)" ''
is 'and has answered nothing' "$(grep -c 'client:40000.*RST' "$here/out")" 0

say 'segment from client of s1.4 flags=RST' 'be nobody' 'wire nat' 'hand c1' 'c1 bind 40002' 'c1 connect' 's1 accept' \
    'c1 send "through"' 's1.5 recv' 'show nat' 'echo "translated"'
said ' translated$'
seen '192.0.2.253.49152 > 192.0.2.1.12345: Flags \[P.\], cksum .*correct.*length 7' &&
    ok 'tcpdump sees the address of the NAT' || not_ok 'tcpdump sees the address of the NAT' "$(cat "$here/dump")"
like 'ss on the server does' "$(on server -- ss -tnH)" '192.0.2.1:12345 +192.0.2.253:49152'
like 'ss on the client does not' "$(on client -- ss -tnH)" '192.0.2.2:40002 +192.0.2.1:12345'
like 'the table says both' "$(cat "$here/out")" '192.0.2.2:40002 +is 192.0.2.253:49152 +to 192.0.2.1:12345'
exec 9>&-
wait "$lab"
is 'the lab had nothing to complain of' "$(cat "$here/err")" ''
lab=
exit $status
