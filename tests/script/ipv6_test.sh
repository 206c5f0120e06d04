#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# IPv6 in the lab, against what others say of it: ss of the sockets, tshark of the packets, the kernel of what a host
# says by itself, a C program of its addresses. And a machine that has none.

# shellcheck source=../fixtures/lib.sh
. tests/fixtures/lib.sh

no_ipv6='the hosts have no IPv6'
if ! "$tcplab" -q -c 'needs wire' >/dev/null 2>&1; then
    skip 'IPv6 on a wire: no wire here'
    exit 0
fi
if "$tcplab" -c 'hand h ; h socket inet6' 2>&1 | grep -q "$no_ipv6"; then
    skip 'IPv6: this machine has it switched off'
    exit 0
fi

# ---- sockets, by ss ----
cat >"$here/sockets.lab" <<'END'
hand both on server ; both bind [::]:7601 ; both listen 9
hand six on server ; six socket inet6 ; six set IPV6_V6ONLY 1 ; six bind [::]:7602 ; six listen 9
hand c1 ; c1 connect [2001:db8::1]:7601 ; both accept
hand c2 ; c2 connect 192.0.2.1:7601 ; both.3 accept
hand c3 ; c3 connect [2001:db8::1]:7602 ; six accept
hand c4 on server ; c4 connect [::1]:7601
both.4 send 3 bytes
wait quiet
show sockets
echo "all is said"
wait 100s
END
lab_begin "$here/sockets.lab"
until_true grep -q ': all is said\|  all is said' "$here/out"
kernel=$("$tcplab" exec --lab "$lab" server -- ss -6Htan 2>"$here/errors" | awk '{ print $1, $4, $5 }' |
    sed 's/ESTAB /ESTABLISHED /; s/ \*:7601 / [::]:7601 /; s/ \(\[::\]\|\*\):\*$//' | sort)
is 'the sockets of IPv6 are those that ss lists' \
    "$(sed -n 's/^ *[0-9.]* *server  //p' "$here/out" | awk '$3 == "recv-q" { print $2, $7, $8 }' | sed 's/ $//' | sort)" \
    "$kernel"
like 'six of them, mapped addresses among them' "$kernel" '\[::ffff:192\.0\.2\.1\]:7601 \[::ffff:192\.0\.2\.2\]:'
is 'no host has said anything by itself: no neighbour, group or router message' \
    "$(for host in server client; do
        "$tcplab" exec --lab "$lab" $host -- awk '$1 == "Icmp6OutMsgs" { print $2 }' /proc/self/net/snmp6
    done 2>&1)" "0
0"
lab_end

# ---- packets, by tshark ----
cat >"$here/packets.lab" <<'END'
hand s1 on server ; s1 bind [::]:7603 ; s1 listen
hand c1 ; c1 connect [2001:db8::1]:7603 ; s1 accept
wire mtu 1300
c1 send 5000 bytes
s1.4 recv 5000 MSG_WAITALL
expect s1 recv = 5000
expect c1 TCP_INFO pmtu = 1300
wire mtu off
wire rst from server
c1 recv
expect c1 recv = -1 ECONNRESET
wire unreachable
hand c2 ; c2 connect [2001:db8::1]:7603
expect c2 connect = -1 EHOSTUNREACH
END
run() { (cd "$here" && "$tcplab" run --limit 60s "${@:2}" "$1" >"$here/said" 2>&1); }
echo "export packets.pcapng all replace" >>"$here/packets.lab"
run packets.lab
is 'data, a narrow way, a RST from the middle and a router that knows no way' "$?$(grep -A1 '^FAILED' "$here/said")" 0
if command -v tshark >/dev/null; then
    packets=$(tshark -r "$here/packets.pcapng" -o tcp.check_checksum:TRUE -T fields -E separator=' ' -e ipv6.src \
        -e tcp.flags -e tcp.options.mss_val -e tcp.checksum.status -e icmpv6.type -e icmpv6.mtu \
        -e icmpv6.checksum.status 2>"$here/errors")
    is 'tshark finds every checksum right' "$(awk '$NF != 1' <<<"$packets")" ''
    like 'it reads the same SYN' "$packets" '^2001:db8::2 0x0002 1440 1'
    like 'and the same message of the router' "$packets" '2001:db8::fe[^ ]* [^ ]* +0 2 1300 1'
else
    skip 'packets of IPv6, by tshark: there is none here'
fi
run packets.lab --json
like 'the JSON has addresses of IPv6' "$(cat "$here/said")" \
    '"src_ip":"2001:db8::2","dst_ip":"2001:db8::1","src_port":[0-9]+,"dst_port":7603'

# ---- a C program ----
cat >"$here/peer.c" <<'END'
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
    struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_port = htons(7604)}, peer;
    socklen_t bytes = sizeof peer;
    char text[INET6_ADDRSTRLEN];
    int fd = socket(AF_INET6, SOCK_STREAM, 0), one;
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) || listen(fd, 5)) return perror("server"), 1;
    while ((one = accept(fd, (struct sockaddr *)&peer, &bytes)) >= 0) {
        printf("peer %s\n", inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text));
        fflush(stdout);
        close(one);
    }
    return 0;
}
END
cat >"$here/program.lab" <<'END'
server ./peer.c as own
hand c1 ; c1 connect [2001:db8::1]:7604 ; c1 recv
expect own printed "peer 2001:db8::2"
hand c2 ; c2 connect 192.0.2.1:7604 ; c2 recv
expect own printed "peer ::ffff:192.0.2.2"
END
run program.lab
is 'a C program is told the addresses' "$?$(grep -A1 '^FAILED' "$here/said")" 0
like 'that the lab tells' "$(cat "$here/said")" 'accept\(3, \[2001:db8::2\]:[0-9]+\).*accept\(3, \[::ffff:192\.0\.2\.2\]:[0-9]+\)'

# ---- a page, a saved run ----
cat >"$here/page.lab" <<'END'
server dual as s1
client address=2001:db8::1
expect s1 printed "Client connected: 2001:db8::2"
export page.html replace
save run.tcplab replace
END
run page.lab
is 'tcp_client and tcp_server_dual over IPv6' "$?$(grep -A1 '^FAILED' "$here/said")" 0
like 'the page has both addresses' "$(grep -o '\[2001:db8::[12]\]:[0-9]*' "$here/page.html" | sort -u | tr '\n' ' ')" \
    '\[2001:db8::1\]:12345 \[2001:db8::2\]:'
like 'and the saved run, too' "$("$tcplab" show "$here/run.tcplab" 2>&1)" 'connect\(3, \[2001:db8::1\]:12345, 28\)'
for name in single single_book fork_book pthread_book; do
    like "$name speaks IPv4 only, and says so" "$("$tcplab" -c "server $name address=::" 2>&1)" \
        "tcp_server_$name speaks IPv4 only"
done
like 'and a client of IPv4' "$("$tcplab" -c 'start client_book address=2001:db8::1' 2>&1)" \
    'tcp_client_book speaks IPv4 only'

# ---- every server that takes both ----
both=(counter edge epoll file fork hangup log poll pool prefork pthread select)
port=7610
echo 'a file' >"$here/file"
for name in "${both[@]}"; do
    echo "server $name address=:: port=$((port++)) as s_$name"
    echo "wait s_$name listen = 0"
done >"$here/listen.lab"
printf 'clients 3 port=7612 address=2001:db8::1\nwait quiet\necho "all is said"\nwait 100s\n' >>"$here/listen.lab"
lab_begin "$here/listen.lab"
until_true grep -q ': all is said\|  all is said' "$here/out"
is 'ss has a listener of IPv6 for each' "$("$tcplab" exec --lab "$lab" server -- ss -6Hltn 2>"$here/errors" |
    awk '{ print $1, $4 }' | sed 's/\*:/[::]:/' | sort -u)" "$(seq -f 'LISTEN [::]:%g' 7610 $((port - 1)))"
like 'many clients over IPv6' "$(cat "$here/out")" '3 clients: 3 connected, 3 answered, 0 failed'
lab_end

# What a client gets: its text, a count, a file; from hangup the end, for its first client is the operator.
answer_of() {
    case $1 in
    hangup) printf 'hand c2 ; c2 connect [2001:db8::1]:12345\nc1 send "bye"\nexpect within 10s server ended exit 0\n' ;;
    file) printf 'c1 recv\nexpect c1 recv got "a file\\n"\n' ;;
    counter) printf 'c1 send "hello"\nc1 recv\nexpect server printed "lost 0"\n' ;;
    *) printf 'c1 send "hello"\nc1 recv\nexpect c1 recv got "hello"\n' ;;
    esac
}
for name in "${both[@]}"; do
    for address in :: 2001:db8::1; do
        {
            echo "server $name address=$address$([ $name != file ] || echo " file=$here/file")"
            echo 'wait server listen = 0'
            echo 'hand c1 ; c1 connect [2001:db8::1]:12345'
            answer_of $name
        } >"$here/server.lab"
        run server.lab
        is "$name serves a client at $address" "$?$(grep -A1 '^FAILED' "$here/said")" 0
    done
done

# ---- the machine's own loopback, and a machine without IPv6 ----
if grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null; then
    said=$("$tcplab" --net loopback -c 'hand s1 ; s1 bind [::1]:7605 ; s1 listen ; hand c1 ; c1 connect [::1]:7605
expect c1 connect = 0
s1 close
hand s2 ; s2 bind [::]:7606' 2>&1)
    like '::1 on the own loopback' "$said" 'connect\(3, \[::1\]:7605, 28\) = 0'
    like 'and no port open to the network' "$said" 'the lab binds to 127\.0\.0\.1 only'
fi
if unshare -rm sh -c 'mount -t tmpfs none /proc/sys/net' 2>/dev/null; then
    said=$(unshare -rm sh -c 'mount -t tmpfs none /proc/sys/net && exec "$@"' - "$tcplab" \
        -c 'hand s1 on server ; s1 bind 7607 ; s1 listen ; hand c1 ; c1 connect server:7607 ; expect c1 connect = 0
hand c2 ; c2 connect [2001:db8::1]:7607' 2>&1)
    like 'without IPv6 the lab works as ever' "$said" 'ok: expect c1 connect = 0'
    like 'and says so where IPv6 is asked for' "$said" "$no_ipv6"
else
    skip 'a machine without IPv6: nothing can be mounted here'
fi
exit $status
