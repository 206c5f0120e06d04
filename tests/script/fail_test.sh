#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `ACTOR fail CALL ERRNO`: the named call returns that errno and is not made; every program lives on as it should.
. tests/fixtures/lib.sh
out=$here/out

# holds NAME: the experiment on standard input.
holds() {
    if "$tcplab" run - >"$out" 2>&1; then
        ok "$1"
    else
        not_ok "$1" "$(tail -n 12 "$out")"
    fi
}

refused() { # NAME WORDS COMMANDS
    if "$tcplab" -q -c "$3" >"$out" 2>&1 || ! grep -qF "$2" "$out"; then
        not_ok "$1" "$(cat "$out")"
    else
        ok "$1"
    fi
}

for how in ' as thread' ' as process'; do
    holds "fork fails with EAGAIN, once; the server goes on$how" <<END
server fork$how
server fail fork EAGAIN
client hello as a
expect server fork = -1 EAGAIN
expect children 0
wait a ended
client hello as b
expect b printed "Server replied"
END
    holds "pthread_create returns EAGAIN, and leaves no thread$how" <<END
server pthread$how
server fail pthread_create EAGAIN
client hello as a
expect server pthread_create = EAGAIN
expect threads 1
wait a ended
client hello as b
expect b printed "Server replied"
END
    holds "accept fails with EMFILE; the client waits in the queue until it is over$how" <<END
server epoll$how
server fail accept4 EMFILE times=2
client hello as a
expect server accept4 = -1 EMFILE
wait within 10s a ended
expect a printed "Server replied"
END
    holds "malloc returns NULL with ENOMEM, and that client alone is given up$how" <<END
server epoll$how
server fail malloc ENOMEM
client hello as a
expect server malloc = 0
wait a ended
client hello as b
expect b printed "Server replied"
END
    holds "socket fails with ENFILE in a hand$how" <<END
hand c1$how
c1 fail socket ENFILE
c1 socket
expect c1 socket = -1 ENFILE
c1 socket
expect c1 socket = 3
END
done

holds "after=N lets N calls be, times=M fails M, then it is over" <<'END'
server single
hand c1
c1 connect
c1 fail send ECONNRESET after=1 times=2
c1 send one
expect c1 send = 3
c1 send two
expect c1 send = -1 ECONNRESET
c1 send three
expect c1 send = -1 ECONNRESET
c1 send four
expect c1 send = 4
END

holds "a child of the server fails too: it leaves without having read, and its kernel resets" <<'END'
server fork
server fail recv ECONNRESET
client hello
wait client ended
expect segment RST from server
END

holds "connect fails without a segment" <<'END'
server single
hand c1
c1 socket
c1 fail connect ENETUNREACH
c1 connect
expect c1 connect = -1 ENETUNREACH
expect no segment SYN
END

holds "clear forgets what was to fail" <<'END'
hand c1
c1 fail socket ENFILE times=1000
clear
hand c1
c1 socket
expect c1 socket = 3
END

"$tcplab" -c 'hand c1 | c1 fail socket ENFILE | c1 socket' >"$out" 2>&1
verdict "what failed on request says so" "$(grep -q 'socket(.*) = -1 ENFILE on request' "$out" || cat "$out")"
"$tcplab" --json -c 'hand c1 | c1 fail socket ENFILE | c1 socket | c1 socket' >"$out" 2>&1
verdict "and so it does as JSON" "$([ "$(grep -c '"requested":true' "$out")" = 1 ] || cat "$out")"

refused "an unknown call is named, and the nearest offered" 'did you mean `recv`' 'hand c1 | c1 fail rcv EAGAIN'
refused "an unknown errno is named, and the nearest offered" 'did you mean `EAGAIN`' 'hand c1 | c1 fail recv EAGAN'
refused "a count out of range is refused" 'after=' 'hand c1 | c1 fail recv EAGAIN afterwards=3'
refused "a call that no program can act on is refused" 'cannot be made to fail' 'hand c1 | c1 fail close EIO'
