#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The chapter's first two programs as a learner meets them: built alone with plain gcc, and tried with each other, nc and
# telnet as the chapter says, and in the ways in which the chapter's own listings fail. In a network of its own, so that
# ports are free and nobody else's. Nothing here sleeps: a server is ready when it is in LISTEN.
set -u
export LC_ALL=C

# Once more from the start, inside the namespace.
if [ "${1-}" != inside ]; then
    if unshare -rnm true 2>/dev/null; then
        exec unshare -rnm bash "$0" inside
    fi
    echo "skip programs alone: a network namespace is refused here (unshare -rnm)"
    exit 0
fi
[ -e /proc/net/tcp ] || {
    echo "skip programs alone: no /proc/net/tcp"
    exit 0
}
if command -v ip >/dev/null; then
    ip link set lo up
else
    echo "skip programs alone: no ip command, to bring up lo"
    exit 0
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-alone.XXXXXX")
# Only what was started here is ended: the jobs of this shell.
trap 'jobs -p | xargs -r kill 2>/dev/null; wait; rm -rf "$dir"' EXIT
server=$dir/tcp_server_single
client=$dir/tcp_client

# is NAME ACTUAL EXPECTED
is() {
    if [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        diff <(echo "$3") <(echo "$2") | sed 's/^/    /'
        return 1
    fi
}

# like NAME ACTUAL REGEX
like() {
    if [[ $2 =~ $3 ]]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "$2" | sed 's/^/    /'
    fi
}

# until_found REGEX FILE: while the server lives, up to 10 s.
until_found() {
    local deadline=$((SECONDS + 10))
    until grep -qE "$1" "$2"; do
        kill -0 "$pid" 2>/dev/null || return 1
        [ $SECONDS -lt $deadline ] || return 1
    done
}
# A socket of port $1 (decimal) in state $2 (0A LISTEN).
until_state() { until_found "^ *[0-9]+: [0-9A-F]+$(printf ':%04X ' "$1")[0-9A-F:]+ $2 " /proc/net/tcp; }

# serve PORT ARGUMENT...: start the server; what it prints goes to a file.
serve() {
    local port=$1
    shift
    "$server" port="$port" "$@" >"$dir/server" 2>&1 &
    pid=$!
    until_state "$port" 0A
}

# How many ends of port $1 are in TIME_WAIT: one is waited for, up to 10 s.
time_waits() {
    local deadline=$((SECONDS + 10)) n
    until n=$(grep -cE "^ *[0-9]+: [0-9A-F]+$(printf ':%04X ' "$1")[0-9A-F:]+ 06 " /proc/net/tcp); do
        [ $SECONDS -lt $deadline ] || break
    done
    echo "$n"
}

# Wait for the server; in `served` what it said, its client's port made equal, and its exit status. (No $(...): only the
# shell that started it can wait for it.)
finish() {
    wait "$pid"
    local status=$?
    served=$(tr '\0' '@' <"$dir/server" | sed -E 's/(127\.0\.0\.1):[0-9]+/\1:PORT/'
        echo "exit status $status")
}

# expected MIDDLE STATUS
expected() {
    printf 'waiting for connection on port 12345...\nClient connected: 127.0.0.1:PORT\n%s\nexit status %s' "$1" "$2"
}

# ---- building ---------------------------------------------------------------------------------------------------------

for program in tcp_server_single tcp_client tcp_server_single_book tcp_client_book; do
    is "$program builds with plain gcc" "$(gcc net/programs/$program.c -o "$dir/$program" 2>&1; echo $?)" 0
    for cc in gcc clang; do
        command -v $cc >/dev/null || continue
        for standard in '-std=gnu11' '-std=c17 -D_GNU_SOURCE'; do
            is "$program is clean for $cc $standard" "$($cc $standard -Wall -Wextra -c net/programs/$program.c \
                -o /dev/null 2>&1; echo $?)" 0
        done
    done
done
is "tcp_server_single is no longer than a page or two" "$([ "$(wc -l <net/programs/tcp_server_single.c)" -le 80 ]; echo $?)" 0
is "no program has more than 200 lines, or lines of more than 80" \
    "$(wc -l net/programs/*.c | awk '$2 != "total" && $1 > 200'; grep -nE '^.{81}' net/programs/*.c)" ""
[ -x "$server" ] && [ -x "$client" ] || exit 1

# ---- with each other --------------------------------------------------------------------------------------------------

answer='Server replied: Message received.\x0a
Connection closed.
exit status 0'
serve 12345
said=$("$client" 2>&1; echo "exit status $?")
finish
is "client: what the chapter prints" "$said" "Connected to 127.0.0.1:12345
$answer"
is "server: what the chapter prints" "$served" "$(expected 'Received: Hello from client!
Connection closed.' 0)"

serve 12345
said=$("$client" 'message=one two' port=12345 address=127.0.0.2 2>&1; echo "exit status $?")
finish
is "client: address, port and message are parameters" "$said" "Connected to 127.0.0.2:12345
$answer"
is "server: any of this machine's addresses is listened on" "$served" "$(expected 'Received: one two
Connection closed.' 0)"

# ---- with nc and telnet -----------------------------------------------------------------------------------------------

if command -v nc >/dev/null; then
    serve 12345
    is "nc: gets the answer" "$(echo hello | nc 127.0.0.1 12345)" "Message received."
    finish
    is "nc: its line is received" "$served" "$(expected 'Received: hello\x0a
Connection closed.' 0)"
    serve 12345
    printf 'ab\0cd' | nc 127.0.0.1 12345 >/dev/null
    finish
    is "a NUL byte is received like any other" "$(grep -a '^Received' "$dir/server")" 'Received: ab\x00cd'
    serve 12345
    printf '\033[31mred\177' | nc 127.0.0.1 12345 >/dev/null
    finish
    is "nothing that a terminal obeys is printed" "$(grep -a '^Received' "$dir/server")" 'Received: \x1b[31mred\x7f'
    # It closes its end at once, having sent nothing, and waits for the server's.
    serve 12345
    nc -N 127.0.0.1 12345 </dev/null >"$dir/nc"
    finish
    is "an end without a message is no message" "$served" "$(expected 'Client closed without a message.
Connection closed.' 0)"
    is "and is not answered" "$(cat "$dir/nc")" ""
else
    echo "skip nc: not installed"
fi

if command -v telnet >/dev/null; then
    serve 12345
    mkfifo "$dir/keys"
    telnet 127.0.0.1 12345 <"$dir/keys" >"$dir/telnet" 2>&1 &
    telnet_pid=$!
    exec 3>"$dir/keys"
    echo hello >&3
    wait $telnet_pid
    exec 3>&-
    finish
    is "telnet: gets the answer" "$(grep -c '^Message received' "$dir/telnet")" 1
    is "telnet: its line ends with CR LF" "$served" "$(expected 'Received: hello\x0d\x0a
Connection closed.' 0)"
else
    echo "skip telnet: not installed"
fi

# ---- what goes wrong --------------------------------------------------------------------------------------------------

is "client: nobody listens" "$("$client" 2>&1; echo "exit status $?")" "connect to 127.0.0.1 failed: Connection refused
exit status 1"
# A name that must not exist (RFC 2606). Without a resolver the reason is another one.
like "client: a name that nobody has" "$("$client" address=nobody.invalid 2>&1; echo "exit status $?")" \
    $'^tcp_client: cannot find the address of "nobody.invalid": [^\n]+\nexit status 2$'
if grep -qE '^127\.0\.0\.1[[:space:]](.*[[:space:]])?localhost' /etc/hosts 2>/dev/null; then
    serve 12345
    said=$("$client" address=localhost 2>&1; echo "exit status $?")
    finish
    is "client: a name is looked up" "$said" "Connected to localhost:12345
$answer"
else
    echo "skip client with a name: no localhost in /etc/hosts"
fi

# ---- more than one exchange -------------------------------------------------------------------------------------------

# The server for one message closes after its answer: there is no second one.
serve 12345
said=$("$client" times=2 2>"$dir/why"; echo "exit status $?")
finish
is "client: times=2 at a server that answers once" "$said" 'Connected to 127.0.0.1:12345
Server replied: Message received.\x0a
exit status 1'
like "client: and why there is no second answer" "$(cat "$dir/why")" '^(The server closed .*without an answer.|.* failed: .*)$'

# This one answers as long as it is asked.
gcc net/programs/tcp_server_fork.c -o "$dir/tcp_server_fork"
"$dir/tcp_server_fork" repeat=yes >"$dir/fork" &
pid=$!
until_state 12345 0A
is "client: times=3 sends and receives three times" "$("$client" times=3 message=hi; echo "exit status $?")" \
    "Connected to 127.0.0.1:12345
Server replied: hi
Server replied: hi
Server replied: hi
Connection closed.
exit status 0"
is "client: message=- sends what is typed" "$(printf 'one\ntwo\0\n\nthe end' | "$client" message=- | tr '\0' @)" \
    "Connected to 127.0.0.1:12345
Server replied: one\x0a
Server replied: two\x00\x0a
Server replied: \x0a
Server replied: the end
Connection closed."
long=$(head -c 3000 /dev/zero | tr '\0' x)
is "client: message=- keeps step with a line that is longer than its buffer" \
    "$(printf '%s\ntwo\nthree' "$long" | "$client" message=-)" "Connected to 127.0.0.1:12345
Server replied: $long\x0a
Server replied: two\x0a
Server replied: three
Connection closed."
is "client: message=- with nothing typed" "$("$client" message=- </dev/null; echo "exit status $?")" \
    "Connected to 127.0.0.1:12345
Connection closed.
exit status 0"
kill "$pid"
wait "$pid" 2>/dev/null

# ---- the port ---------------------------------------------------------------------------------------------------------

# Whoever closes first has its end in TIME_WAIT (06). Here that is the server: this client reads until it has closed. (Our
# own client closes when it has its answer, maybe before the server is that far.)
serve 12346 reuseaddr=no
exec 3<>/dev/tcp/127.0.0.1/12346
printf hello >&3
cat <&3 >/dev/null
exec 3>&-
is "after the connection its end is in TIME_WAIT" "$(time_waits 12346)" 1
finish
is "reuseaddr=no: the second start fails" "$(timeout 10 "$server" port=12346 reuseaddr=no 2>&1; echo "exit status $?")" \
    'bind failed: Address already in use
exit status 1'
is "the option on the new socket alone does not help" "$(timeout 10 "$server" port=12346 2>&1; echo "exit status $?")" \
    'bind failed: Address already in use
exit status 1'
for start in first second; do
    serve 12347
    is "reuseaddr=yes: the $start start works" "$?" 0
    "$client" port=12347 >/dev/null
    finish
done

# A client that leaves by RST: SO_LINGER {1, 0}. With "after", it takes half of its leave first: FIN, then RST.
cat >"$dir/reset.c" <<'END'
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(12348), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger now = {1, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) || setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now))
        return 1;
    if (argc > 1 && (send(fd, "hi", 2, 0) != 2 || shutdown(fd, SHUT_WR)))
        return 1;
    (void)argv;
    return close(fd);
}
END
gcc "$dir/reset.c" -o "$dir/reset"
serve 12348
"$dir/reset"
finish
is "server: a reset is an error, and the exit status says so" \
    "$(echo "$served" | grep -E '^(recv|Connection|exit)')" 'recv failed: Connection reset by peer
exit status 1'

# Stopped until FIN and RST have both come: recv() still gets the message, send() fails, and SIGPIPE kills nobody.
serve 12348
kill -STOP "$pid"
until_found '^State:.T' "/proc/$pid/status"
"$dir/reset" after
kill -CONT "$pid"
finish
is "server: a client that is gone does not kill it" \
    "$(echo "$served" | grep -E '^(Received|send|exit)' | sort)" 'Received: hi
exit status 1
send failed: Broken pipe'

# ---- parameters -------------------------------------------------------------------------------------------------------

for word in port=0 port=65536 port=x; do
    is "tcp_server_single refuses $word" "$("$server" "$word" >/dev/null; echo "exit status $?")" "exit status 2"
done

# ---- a polite end -----------------------------------------------------------------------------------------------------

serve 12345
kill -TERM "$pid"
finish
is "server: SIGTERM ends it, and what it said is in the file" "$served" "waiting for connection on port 12345...
exit status 0"

# ---- every address of a name ------------------------------------------------------------------------------------------

# A name with an address of each kind, in a file of hosts of its own.
printf '::1 both\n127.0.0.1 both\n' >"$dir/hosts"
if mount --bind "$dir/hosts" /etc/hosts 2>/dev/null; then
    serve 12345
    said=$("$client" address=both 2>&1; echo "exit status $?")
    finish
    is "client: a name's second address is tried when the first refuses" "$said" "connect to ::1 failed: Connection refused
Connected to both:12345
$answer"
    umount /etc/hosts
else
    echo "skip a name with two addresses: no mount here"
fi

# ---- as textbooks have it ---------------------------------------------------------------------------------------------

"$dir/tcp_server_single_book" port=12349 >"$dir/server" &
pid=$!
until_state 12349 0A
said=$("$dir/tcp_client_book" port=12349)
wait "$pid"
is "book: client and server say something to each other" "$said
$(sed -E 's/(127\.0\.0\.1):[0-9]+/\1:PORT/' "$dir/server")" 'Connected to 127.0.0.1:12349
Answer: Thank you.

Closed.
Waiting on port 12349...
Client 127.0.0.1:PORT
Message: Good morning!
Closed.'
is "book: the client knows no names, and says nonsense" "$("$dir/tcp_client_book" address=localhost 2>&1)" 'inet_pton: Success'
is "book: the server cannot start again" "$(timeout 10 "$dir/tcp_server_single_book" port=12349 2>&1)" \
    'bind: Address already in use'
