#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Attack the lab for a time, part by part; the last line says how many runs there were, how many findings, and the seed
# that does the same again. Exit status 1: findings.
#
#   soak.sh BUILD-ROOT SECONDS [SEED]
#
# | part   | what it does                                                        | its short share in `make test` |
# | ------ | ------------------------------------------------------------------- | ------------------------------ |
# | kills  | every process, every signal, every moment; the terminal closed      | soak_test; guard_test: 20 ways, with a shell |
# | faults | one call of libc fails, anywhere, with each error it can have       | soak_test                      |
# | screen | random keys, mouse bytes, commands, sizes, stops at a real terminal | soak_test; tests/ui: the same keys one by one |
# | lines  | random commands in lines of text, and as a script                   | soak_test; fuzz command        |
# | limits | too little of everything; no /proc, no /sys, no home, a full disk   | limits_test: some of each      |
# | raw    | hostile bytes through every way in                                  | raw_test: all of it; cli_test  |
#
# What reads bytes alone has fuzz targets (make fuzz). What lessons and saved runs of strangers may do is in reach_test
# and file_test, who owns a lab in exec_owner_test.
set -u
build=$(realpath "$1")
seconds=$2
seed=${3:-$((RANDOM * 32768 + RANDOM))}
export TCPLAB=$build/tcplab
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:verify_asan_link_order=0} UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=${TSAN_OPTIONS-die_after_fork=0 halt_on_error=1 suppressions=$PWD/tests/tsan.supp}
runs=0 findings=0
log=$(mktemp "${TMPDIR:-/tmp}/tcplab-soak-log.XXXXXX")
trap 'rm -f "$log"' EXIT
echo "seed $seed, $seconds s"

# TSan cannot place its shadow where the kernel randomises addresses widely.
unrandomised=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
    unrandomised=(setarch "$(uname -m)" -R)
fi

# part NAME COMMAND...: counts its last line; a part that does not come to one is a finding.
part() {
    local name=$1 r f
    shift
    "${unrandomised[@]}" "$@" 2>&1 | tee "$log" | grep -v "^$name: [0-9]"
    if read -r r f < <(sed -nE "s/^$name: ([0-9]+) runs, ([0-9]+) findings\$/\1 \2/p" "$log") && [ "${r:-0}" -gt 0 ]; then
        runs=$((runs + r)) findings=$((findings + f))
        echo "$name: $r runs, $f findings"
    else
        findings=$((findings + 1))
        echo "not ok $name: it did not come to its end, or did nothing"
    fi
}

# script FILE: a test script, each result of which is a run.
script() {
    local ok bad
    SOAK=1 bash "$1" "$build" >"$log" 2>&1
    ok=$(grep -c '^ok ' "$log") bad=$(grep -c '^not ok ' "$log")
    grep -A 5 '^not ok ' "$log"
    runs=$((runs + ok + bad)) findings=$((findings + bad))
    echo "$(basename "$1" _test.sh): $((ok + bad)) runs, $bad findings"
}

# The shares of the time, in hundredths. Under a sanitizer they are the same: what takes longer is done less often.
begun=$SECONDS
part kills "$build/soak/kills_soak" "$seed" $((seconds * 30 / 100)) 0
part faults "$build/soak/faults_soak" "$seed" $((seconds * 25 / 100)) 0
for other in screen lines; do
    [ ! -x "$build/soak/${other}_soak" ] || part $other "$build/soak/${other}_soak" "$seed" $((seconds * 20 / 100)) 0
done
for other in tests/script/{limits,raw}_test.sh; do
    [ ! -f "$other" ] || script "$other"
done

echo "$runs runs, $findings findings in $((SECONDS - begun)) s; again: SEED=$seed"
[ "$findings" -eq 0 ]
