#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A crowd of clients at each server that serves many: every one of them is answered, each call of each is in the journal,
# and after `clear` the lab has the descriptors, threads, children and memory that it had before.
#
# CROWDS: the sizes, of every server (a thousand or two of one for each way of serving, else 200; with TEST_ALL
# 200 and 1000).
. tests/fixtures/lib.sh
at_exit() { lab_end; }

# Of the lab's own process, in kB. Some pages of code are read in by a first use.
memory() {
    local pid
    for pid in $(tree "$lab"); do
        [ "$(cat "/proc/$pid/comm")" = tcplab ] && awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
    done
}
code_kb=3000
# What happened stays in the journal, at 200 bytes for an event or less; what the clear made happen, too.
journal_kb() {
    echo $(($(wc -l <"$here/run.jsonl") / 5))
}

# In kB, what it was before and some; it is given back in the turn after what the clear did was told.
owned_is_back() { [ "$(owned)" = "$before" ]; }
memory_is_back() { [ "$(memory)" -lt $((memory_before + code_kb + $(journal_kb))) ]; }

# The calls of the clients and what the server accepted, counted in the journal. All that began has returned.
missing() {
    local size=$1 call count
    for call in 'clients +socket' 'clients +connect' 'clients +recv.* = [1-9]' 'server +accept4?.* = [0-9]'; do
        count=$(grep -cE "^ *[0-9.]+  $call" "$here/out")
        [ "$count" -ge "$size" ] || echo "$call: $count of $size"
    done
    grep -E "clients .*has not returned" "$here/out"
}

crowd() {
    local server=$1 size=$2
    cat >"$here/script" <<END
server $server backlog=1000
clients $size
wait within 60s clients ended
expect clients printed "$size clients: $size connected, $size answered, 0 failed"
clear
save $here/run.jsonl replace
echo cleared
wait 100s
END
    lab_begin "$here/script"
    if lab_said cleared; then
        verdict "$server: $size clients are answered, and nothing of it is lost" "$(missing "$size")"
        verdict "$server: after $size clients and a clear the lab is as before: $before" \
            "$(until_true owned_is_back || echo "now: $(owned)")"
        verdict "$server: after $size clients and a clear its memory is back" \
            "$(until_true memory_is_back || echo "$memory_before kB, then $(memory) kB, $(journal_kb) kB of the journal")"
    else
        verdict "$server: $size clients are answered" "$(tail -n 3 "$here/out" "$here/err")"
    fi
    lab_end
}

# The kernel would keep but a few hundred of them in a host's small table, and end the others at once. (What is sent
# again to a client that has closed meanwhile is answered by a RST, which ends TIME_WAIT before its time; not so with
# tcp_rfc1337.)
all_in_time_wait() {
    "$tcplab" run - >"$here/out" 2>&1 <<END
net server tcp_rfc1337 1
server fork backlog=1000
clients 1000 hold=1
wait within 60s clients ended
expect sockets server TIME_WAIT 1000
END
    verdict "TIME_WAIT: it holds the end of all who closed first, of a thousand too" \
        "$([ $? = 0 ] || tail -n 3 "$here/out")"
}

# Each with an experiment of its own.
labs_at_once() {
    local held rest
    read -r held rest < <(tests/bench/labs_at_once.sh "$tcplab" "$1" "$here" 2>"$here/err")
    verdict "$1 labs at once all hold" "$([ "$held" = "$1" ] || tail -n 3 "$here/err")"
}

printf 'clear\necho cleared\nwait 100s\n' >"$here/nothing"
lab_begin "$here/nothing"
if ! lab_said cleared; then
    skip "crowd: the lab does not run here: $(tail -n 1 "$here/err")"
    exit 0
fi
before=$(owned)
memory_before=$(memory)
lab_end

ulimit -S -n 4096 2>/dev/null # a descriptor for each client, in one program
sizes() {
    case ${CROWDS:+set}${TEST_ALL:+all}$1 in
    set*) echo "$CROWDS" ;;
    all*) echo 200 1000 ;;
    epoll) [ "$(ulimit -n)" -ge 2100 ] && echo 2000 || echo 1000 ;;
    fork | 'pthread as thread') echo 1000 ;;
    *) echo 200 ;;
    esac
}
for server in fork 'fork as thread' pthread 'pthread as thread' pool select poll epoll; do
    for size in $(sizes "$server"); do
        crowd "$server" "$size"
    done
done
all_in_time_wait
labs_at_once 10
