#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the lab says that a segment is, against what the kernels count (nstat has the same numbers); and connections
# within one host, against ss.

# shellcheck source=../fixtures/lib.sh
. tests/fixtures/lib.sh

# run SCRIPT: its JSON into $json, its exit status is that of the run.
run() { json=$("$tcplab" --json -c "$1" 2>"$here/errors"); }
# segments KIND [HOST]: how many segments are of that kind.
segments() { grep '"kind":"segment"' <<<"$json" | grep "\"from\":\"${2:-}" | grep -c "\"$1\""; }
# counted NAME HOST
counted() {
    grep '"kind":"counter"' <<<"$json" | grep "\"host\":\"$2\",\"counter\":\"$1\"" |
        sed 's/.*"by":\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n + 0 }'
}
# as_counted WHAT KIND NAME HOST LEAST: as many of the kind left the host as its kernel has counted, and so many at least.
as_counted() {
    local seen kernel
    seen=$(segments "$2" "$4")
    kernel=$(counted "$3" "$4")
    if [ "$seen" = "$kernel" ] && [ "$seen" -ge "$5" ]; then ok "$1"; else
        not_ok "$1" "$seen segments are $2, the kernel of $4 counted $kernel $3, expected at least $5" "$(cat "$here/errors")"
    fi
}
listens='hand srv on server ; srv socket ; srv set SO_REUSEADDR 1 ; srv bind 7007 ; srv listen 5'

if "$tcplab" -q -c 'needs wire' >/dev/null 2>&1; then
    run "hand srv on server ; srv socket ; srv set SO_RCVBUF 4096 ; srv bind 7007 ; srv listen 5 ; hand far
far connect server:7007 ; srv accept ; far nonblock ; far send 80000 bytes ; wait within 9s segment window-probe x3
show counters client"
    as_counted 'a window probe is what the kernel counts as one' window-probe TCPWinProbe client 3
    is 'none of them is taken for a keep-alive probe' "$(segments keepalive-probe)" 0
    run "$listens ; hand far ; far connect server:7007 ; srv accept ; far set TCP_KEEPIDLE 1 ; far set TCP_KEEPINTVL 1
far set SO_KEEPALIVE 1 ; wait within 9s segment keepalive-answer x2
show counters client"
    as_counted 'a keep-alive probe is what the kernel counts as one' keepalive-probe TCPKeepAlive client 2
    is 'and each has its answer' "$(segments keepalive-answer server)" "$(segments keepalive-probe client)"
    run "$listens ; hand far ; far socket ; far bind 23456 ; far connect server:7007 ; srv accept ; wait quiet
reboot client ; hand near ; near socket ; near bind 23456 ; near connect server:7007
expect within 9s near connect = 0 ; expect segment rst-answer from client ; wait 200ms ; show counters server"
    as_counted 'a challenge ACK is what the kernel counts as one' challenge-ack TCPChallengeACK server 1
    like 'it answers the SYN, and the RST answers it' "$json" \
        '"id":([0-9]+),"from":"client".{0,40}"flags":"SYN".*"challenge-ack"\],"answers":'
    run "$listens ; hand far ; far connect server:7007 ; srv accept ; wire loss 5% ; far send 150000 bytes
srv.4 recv 150000 MSG_WAITALL ; wait within 60s srv recv returns ; wire loss 0% ; wait 300ms ; show counters client"
    is 'every retransmission is counted by the kernel, and told' \
        "$(grep '"kind":"segment"' <<<"$json" | grep '"from":"client"' | grep -c '"retransmission"')" \
        "$(counted RetransSegs client)"
    run "hand srv on server ; srv bind 127.0.0.1:7007 ; srv listen 5 ; hand near on server
near connect 127.0.0.1:7007 ; near send 12 bytes ; wait quiet
expect sockets server ESTABLISHED 2 ; show sockets ; show wire"
    like 'within a host, what waits for accept is listed' "$json" 'server  -           ESTABLISHED  recv-q 12 '
    like 'and the listener counts it' "$json" 'server  srv.3       LISTEN       recv-q 1 '
    like 'and it is said why no segment is seen' "$json" '1 connection is within one host: '
else
    skip 'segments on a wire: no wire here'
fi

# Both ends of a connection within one host, whoever ends it and by whatever way: as ss lists them.
# within NAME HOST ADDRESS ENDING EXPECTATION...
within() {
    local said
    said=$("$tcplab" $net -c "hand srv on $2 ; srv socket ; srv set SO_REUSEADDR 1 ; srv bind $3:7017 ; srv listen 5 ; hand near on $2 as process
near connect $3:7017 ; srv accept ; wait quiet
$4
wait quiet
$(printf 'expect within 5s %s\n' "${@:5}")" 2>&1)
    is "$1" "$?$(grep -A1 '^FAILED' <<<"$said")" 0
}
for net in '' '--net loopback'; do
    can_have "connections within a host ${net:-on a wire}" "$tcplab" $net || continue
    address=127.0.0.1
    within "a reset by force is seen at the other end${net:+ ($net)}" server $address 'srv.4 set SO_LINGER 1 0 ; srv.4 close' \
        'near state CLOSE'
    within "the reset of a process that dies with unread bytes${net:+ ($net)}" client $address \
        'srv.4 send 9 bytes ; wait quiet ; near kill' 'srv.4 state CLOSE' 'sockets client ESTABLISHED 0'
    within "a close that the other end has not answered${net:+ ($net)}" server $address 'near close' 'srv.4 state CLOSE_WAIT' \
        'sockets server FIN_WAIT2 1'
    within "both ends closed${net:+ ($net)}" client $address 'srv.4 close ; near close' 'sockets client TIME_WAIT 1' \
        'sockets client ESTABLISHED 0' 'sockets client CLOSE_WAIT 0'
done
net=
if "$tcplab" -q -c 'needs wire' >/dev/null 2>&1; then
    within "over the host's own address" client 192.0.2.2 'srv.4 set SO_LINGER 1 0 ; srv.4 close' 'near state CLOSE'
    # State, receive queue and both addresses of each socket, in the words of the lab and in those of ss.
    "$tcplab" -c 'hand srv on server ; srv bind 127.0.0.1:7037 ; srv listen 5 ; hand n1 on server ; hand n2 on server
n1 connect 127.0.0.1:7037 ; n2 connect 127.0.0.1:7037 ; srv accept ; srv.4 send 3 bytes ; n2 send 5 bytes
srv.4 shutdown wr ; expect within 5s sockets server FIN_WAIT2 1 ; show sockets ; wait 60s' > "$here/said" 2>&1 &
    lab=$!
    until_true grep -q '> wait 60s' "$here/said"
    kernel=$("$tcplab" exec --lab "$(pgrep -P $lab)" server -- ss -Htan | awk '{ print $1, $2, $4, $5 }' |
        sed 's/ESTAB /ESTABLISHED /; s/FIN-WAIT-2/FIN_WAIT2/; s/CLOSE-WAIT/CLOSE_WAIT/; s/ 0.0.0.0:\*$//' | sort)
    kill $lab
    wait $lab 2>/dev/null
    is 'the sockets of a host that talks to itself are those that ss lists' \
        "$(sed -n 's/^ *[0-9.]* *server  //p' "$here/said" | awk '$3 == "recv-q" { print $2, $4, $7, $8 }' | sed 's/ $//' |
            sort)" "$kernel"
    said=$("$tcplab" -c 'hand a1 on server ; a1 socket ; a1 set SO_REUSEPORT 1 ; a1 bind 7027 ; a1 listen 9
hand a2 on server ; a2 socket ; a2 set SO_REUSEPORT 1 ; a2 bind 7027 ; a2 listen 9
hand f1 ; f1 connect server:7027 ; f1.3 close ; hand f2 ; f2 connect server:7027 ; hand f3 ; f3 connect server:7027
hand f4 ; f4 connect server:7027 ; wait quiet
expect a1.3 state LISTEN ; expect a2.3 state LISTEN ; show sockets ; a2.3 close ; wait quiet
expect a1.3 state LISTEN' 2>&1)
    is 'two listeners share a port, and both listen' "$?" 0
    is 'each has its own queue' "$(sed -n 's/.*a[12]\.3 .*LISTEN .*recv-q \([0-9]*\) .*/\1/p' <<<"$said" |
        awk '{ n += $1 } END { print n }')" 4
fi
exit $status
