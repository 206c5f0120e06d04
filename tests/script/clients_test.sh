#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A crowd of clients at each server that serves many: every one of them is answered, each call of each is in the journal,
# and after `clear` the lab has the descriptors, threads, children and memory that it had before.
#
#   crowd_test.sh BUILD-ROOT      environment: TCPLAB; CROWDS, the sizes (200 1000)
set -u
export LC_ALL=C
tcplab=$(realpath "${TCPLAB:-${1:?the build root}/tcplab}")
here=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-crowd.XXXXXX")
lab=
# The lab alone, by its id: it takes what it made with it.
trap '[ -z "$lab" ] || kill "$lab" 2>/dev/null; rm -rf "$here"' EXIT
mkfifo "$here/pause"

verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    /' <<<"$2"
    fi
}

# until_said WORDS: the lab has said so; false when it is gone, or after about 60 s.
until_said() {
    local tries=0
    until grep -qs "  $1\$" "$here/out"; do
        kill -0 "$lab" 2>/dev/null && [ $((tries += 1)) -lt 3000 ] || return 1
        read -rt 0.02 <>"$here/pause"
    done
    return 0
}

# The lab's process and all below it: what watches over the lab is a process too.
tree() {
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        tree "$child"
    done
}

owned() {
    local pid pids descriptors=0 threads=0
    pids=$(tree "$lab")
    for pid in $pids; do
        descriptors=$((descriptors + $(find "/proc/$pid/fd" -mindepth 1 | wc -l)))
        threads=$((threads + $(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)))
    done
    echo "$descriptors descriptors, $threads threads, $(wc -w <<<"$pids") processes"
}

# Of the lab's own process, in kB. Some pages of code are read in by a first use.
memory() {
    local pid
    for pid in $(tree "$lab"); do
        [ "$(cat "/proc/$pid/comm")" = tcplab ] && awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
    done
}
code_kb=3000

# owned_is_back: what was owned before is what is owned, once the clear has put away what it told; false after about 5 s.
owned_is_back() {
    local tries=0
    until [ "$(owned)" = "$before" ]; do
        [ $((tries += 1)) -lt 100 ] || return 1
        read -rt 0.05 <>"$here/pause"
    done
    return 0
}

# memory_is_back: it is given back in the turn after what the clear did was told; false after about 5 s.
memory_is_back() {
    local tries=0
    until [ "$(memory)" -lt $((memory_before + code_kb)) ]; do
        [ $((tries += 1)) -lt 250 ] || return 1
        read -rt 0.02 <>"$here/pause"
    done
    return 0
}

# The past goes to a disk; a machine whose home is memory has no such place.
has_disk() {
    [ "$(stat -f -c %T "${XDG_CACHE_HOME:-$HOME}" 2>/dev/null)" != tmpfs ]
}

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
    : >"$here/out" # what the last one said is not said by this one
    "$tcplab" run --limit 110s - >"$here/out" 2>"$here/err" <<END &
server $server backlog=1000
clients $size
wait within 60s clients ended
expect clients printed "$size clients: $size connected, $size answered, 0 failed"
clear
echo cleared
wait 100s
END
    lab=$!
    if until_said cleared; then
        verdict "$server: $size clients are answered, and nothing of it is lost" "$(missing "$size")"
        verdict "$server: after $size clients and a clear the lab is as before: $before" \
            "$(owned_is_back || echo "now: $(owned)")"
        if has_disk; then
            verdict "$server: after $size clients and a clear its memory is back" \
                "$(memory_is_back || echo "$memory_before kB, then $(memory) kB")"
        fi
    else
        verdict "$server: $size clients are answered" "$(tail -n 3 "$here/out" "$here/err")"
    fi
    kill "$lab" 2>/dev/null
    wait "$lab" 2>/dev/null
    lab=
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

printf 'clear\necho cleared\nwait 100s\n' >"$here/nothing"
"$tcplab" run --limit 110s "$here/nothing" >"$here/out" 2>"$here/err" &
lab=$!
if ! until_said cleared; then
    echo "skip crowd: the lab does not run here: $(tail -n 1 "$here/err")"
    exit 0
fi
before=$(owned)
memory_before=$(memory)
kill "$lab"
wait "$lab" 2>/dev/null

for server in fork 'fork as thread' pthread 'pthread as thread' pool select poll epoll; do
    for size in ${CROWDS:-200 1000}; do
        crowd "$server" "$size"
    done
done
all_in_time_wait
