#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Each chapter program inside the lab, as a thread of the lab and as a process: the same calls in the same order with the
# same results, task by task, and the same words printed.
. tests/fixtures/lib.sh

# experiment PROGRAM WORD...: two clients; the first one leaves while the second one is there. Each step is over before the
# next: what two tasks do at the same time may come in any order.
experiment() {
    sed 's/$/ | wait quiet/' <<END
server $*
hand c1
c1 connect
c1 send hello
c1 recv
hand c2
c2 connect
c2 send "again"
c2 recv
c1 shutdown wr
c1 recv
c1 close
c2 shutdown wr
c2 recv
c2 close
END
}
one_client() {
    experiment "$@" | sed '/c2/d'
}

# The operator's word comes when both threads are blocked.
hang_up() {
    sed 's/$/ | wait quiet/' <<END
server $*
hand c1
c1 connect
hand c2
c2 connect
c1 send "hang up"
c2 send "hello"
c2 recv
c2 close
END
}

client() {
    sed 's/$/ | wait quiet/' <<END
server fork repeat=yes
client $*
END
}

book() {
    sed 's/$/ | wait quiet/' <<END
server single_book
start client_book $*
END
}

crowd() {
    sed 's/$/ | wait quiet/' <<END
server fork repeat=yes
clients $*
END
}

# A write of a text with a process number, as if that had no digits: 9999 and 10000 give the same line.
without_the_digits() {
    awk '/write\(1, "Child [0-9]+/ {
            digits = match($0, /Child [0-9]+/) ? RLENGTH - length("Child ") : 0
            if (match($0, /, [0-9]+\) = [0-9]+$/)) {
                tail = substr($0, RSTART); split(tail, number, /[^0-9]+/)
                $0 = substr($0, 1, RSTART - 1) ", " number[2] - digits ") = " number[3] - digits
            }
        }
        { print }'
}

# What each task of the servers and the client (or of those alone that `of` names) called and got, without what is another
# thing in each run: times, process numbers (and their digits in the length of what is printed), ports, addresses of
# memory. A task is named by its order; what a call still waits for at the end is left out, for which of two tasks the lab
# ends first is chance.
calls() {
    sed -nE "s/^ *[0-9]+\.[0-9]+  ((${of:-server|client})[^ ]*( [0-9]+)?)  +(.*)/\1\t\4/p" |
        grep -vE "	(process|thread) [0-9]|	(socket|starts|ended|wait collected) |has not returned" |
        without_the_digits |
        sed -E 's/  \(because .*\)$//; s/  \(after [^)]*\)$//; s/0x[0-9a-f]+/ADDRESS/g; s/(192\.0\.2\.2)(]?:| port )[0-9]+/\1\2PORT/g; s/(epoll_wait\(.*), [0-9]{5}\)/\1, TIMEOUT)/
            s/(fork\(\) = |waitpid\(-1, [^=]* = |Child )[0-9]+/\1PID/; s/[0-9]{4}-[0-9-]+ [0-9:]{8}/TIME/' |
        awk -F'\t' '!($1 in order) { order[$1] = n++ } { print order[$1] + 0 "\t" $2 }' | sort -s -n -k1,1
}

# What is chance in the calls of a program, told alike. file: accept() takes its descriptor before it waits for a client
# (net/socket.c, do_accept()); whether a thread that opens a file gets the number before that or the one behind it is open.
# pool: which of the threads that wait serves a client is open; what each of them did is put in the order of its text.
settled() {
    case $1 in
    file) sed -E ':again; s/((accept\(3, [^)]*\)|open\([^)]*\)) = |(sendfile|recv|shutdown|close|send)\(|sendfile\([N4], |Client )[5-9]/\1N/; t again' ;;
    pool) awk -F'\t' '{ did[$1] = did[$1] "\001" $2 } END { for (task in did) print did[task] }' | sort | tr '\001' '\n' ;;
    *) cat ;;
    esac
}

compared=
compare() { # NAME SCRIPT PROGRAM...
    compared+=" ${1%% *}"
    "$2" "${@:3}" as thread >"$here/thread.lab"
    "$2" "${@:3}" as process >"$here/process.lab"
    for how in thread process; do
        "$tcplab" run "$here/$how.lab" >"$here/$how.out" 2>"$here/$how.err" || {
            not_ok "$1 runs as $how" "$(cat "$here/$how.err")"
            return
        }
        calls <"$here/$how.out" | settled "$1" >"$here/$how.calls"
    done
    if [ "$(wc -l <"$here/thread.calls")" -gt 8 ] && cmp -s "$here/thread.calls" "$here/process.calls"; then
        ok "$1 is the same as a thread and as a process ($(wc -l <"$here/thread.calls") lines)"
    else
        not_ok "$1 is the same as a thread and as a process" "$(diff "$here/thread.calls" "$here/process.calls")"
    fi
}

compare single one_client single
compare log experiment log repeat=no
compare 'hangup by close()' hang_up hangup how=close
compare 'hangup by shutdown()' hang_up hangup how=shutdown
for name in fork pthread pool select poll epoll edge counter file dual prefork; do
    compare $name experiment $name
done
compare 'fork repeat=yes' experiment fork repeat=yes
# They leave on their own, perhaps before the server's parent has closed what its child serves: so not the server, too.
compare single_book one_client single_book
compare fork_book experiment fork_book
compare pthread_book experiment pthread_book
of=client compare client client hello times=2
of=client compare client_book book
of=client compare clients crowd 1 # of several, which one is ready first is chance

# accept() failed for one client: every server lives on and serves the next.
for name in fork pthread pool select poll epoll edge counter log; do
    accept=accept
    [[ $name != e* ]] || accept=accept4 # epoll, edge
    "$tcplab" run - >"$here/out" 2>&1 <<END
server $name
wait server listen = 0
wait quiet
server fail $accept EPROTO
clients 1 as one
expect within 5s one ended exit 0
clients 1 as two
expect within 5s two ended exit 0
expect server $accept = -1 EPROTO
server signal TERM
expect server ended exit 0
END
    failed=$?
    verdict "$name lives on after an accept() that failed with EPROTO, and SIGTERM ends it" \
        "$([ $failed = 0 ] || tail -n 5 "$here/out")"
done

left_out=$("$tcplab" programs | sed -nE 's/^(tcp_server_|tcp_)?([a-z_]+)$/\2/p' | grep -vxF "$(tr ' ' '\n' <<<"$compared")")
verdict "no program is left out" "$left_out"
exit $status
