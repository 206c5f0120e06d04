#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Measure, and print a table of medians. Nothing here is a test: another machine, another hour, other numbers.
#
#   run.sh BUILD-ROOT      (make bench builds what it needs first)
set -u
export LC_ALL=C.UTF-8
build=$1
lab=$build/tcplab
runs=21

row() {
    printf '| %s | %s | %s | %s |\n' "$@"
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir -m 700 "$dir"/{config,data,state,cache,runtime}
export XDG_CONFIG_HOME=$dir/config XDG_DATA_HOME=$dir/data XDG_STATE_HOME=$dir/state XDG_CACHE_HOME=$dir/cache \
    XDG_RUNTIME_DIR=$dir/runtime

# first_screen NAME GOAL COMMAND...
first_screen() {
    local name=$1 goal=$2 median worst
    shift 2
    command -v "$1" >/dev/null || return
    read -r median worst < <("$build/bench/first_screen_bench" $runs 120x40 q -- "$@") || return
    row "first full screen, $name" "$median ms" "worst $worst" "$goal"
}

# In a terminal of its own, that nobody types into until it is to end.
idle() {
    local script_pid pid calls
    command -v script >/dev/null && command -v strace >/dev/null || return
    mkfifo "$dir/keys"
    script -qfc "$lab" /dev/null <"$dir/keys" >/dev/null 2>&1 &
    script_pid=$!
    exec 3>"$dir/keys"
    sleep 3
    pid=$(pgrep -P $script_pid | head -n 1)
    while [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != tcplab ]; do # the guard, the warden
        pid=$(pgrep -P "$pid" | head -n 1)
    done
    if [ -n "$pid" ]; then
        timeout 5 strace -qq -f -p "$pid" -o "$dir/strace" 2>/dev/null
        calls=$(grep -c ' = ' "$dir/strace")
        row "system calls of an idle lab in 5 s" "$calls" "strace -f, all threads" 0
        row "memory of an idle lab" "$(awk '/^VmRSS/ { printf "%.1f MB", $2 / 1000 }' "/proc/$pid/status")" \
            "resident, all that it has mapped" "under 12 MB"
    fi
    printf q >&3
    exec 3>&-
    wait $script_pid
}

exactness() {
    local said
    [ -x "$build/tests/net/exactness_test" ] || return
    said=$("$build/tests/net/exactness_test" 2>/dev/null | sed -n 's/^# *//; s/^\([0-9]* transitions of .*\)/\1/p')
    [ -z "$said" ] || row "changes of state told, of those traced" \
        "$(echo "$said" | awk '{ printf "%.2f %%", 100 * ($4 - $6) / $4 }')" "$said" "100 %"
}

# labs_at_once LABS
labs_at_once() {
    local held labs ms
    read -r held labs ms < <(tests/bench/labs_at_once.sh "$lab" "$1" "$dir" 2>/dev/null)
    row "labs at once, each with an experiment, that hold" "$held" "of $labs, all over after $ms ms" "all"
}

# Twenty seconds of silence, and an option that changes under a call that sleeps.
ends() {
    "$build/bench/ends_bench" 1001
}

uname -srm
echo "$(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg)"
echo
row what median details goal
row --- --- --- ---
first_screen tcplab 'under 20 ms' "$lab"
first_screen htop '' htop
"$build/bench/setup_bench" $runs
"$build/bench/echo_bench" $runs
"$build/bench/box_bench" $runs
"$build/bench/long_bench" 1000000 "$dir/long.tcplab"
ends
idle
exactness
# fork after pthread: what a thousand threads leave in the lab is to cost no child anything.
"$build/bench/server_bench" "$build/programs" 9 "fork as thread" pthread fork pool select poll epoll
"$build/bench/crowd_bench" "$build/bench/tcplab" "$dir" 1000 fork "fork as thread" pthread pool epoll
# A descriptor for each client in the crowd's program, and one in the server's. A task for each is more than
# the lab has rings for (NET_RINGS).
(ulimit -S -n 10100 && "$build/bench/crowd_bench" "$build/bench/tcplab" "$dir" 10000 epoll)
labs_at_once 100
exit 0
