#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Run every check and every test; the last line says how many passed, failed and were skipped. Exit status 1 if any failed.
#
#   run.sh VARIANT BUILD-ROOT OTHERS     environment: MAKE; T=PATTERN: only tests whose file name contains it;
#                                        TEST_ALL: what takes too long for every day, too
#
# VARIANT release does all of it: the checks of layers, programs and style, the tests; beside them, the test programs
# once more under ASan+UBSan, and those that have threads under TSan (in OTHERS/asan, OTHERS/tsan), both compilers with
# warnings as errors, musl's headers and 32 bits, the fuzz targets. With TEST_ALL every test program runs under TSan, and
# what is tried over hosts over every kind of them.
# Another VARIANT, or T, runs only the tests of that one.
#
# A test program is tests/ROOM/NAME_test.c, a cmocka program that speaks TAP. A test script is tests/script/NAME.sh or
# tests/screen/NAME.sh, called with the build root as its argument and TCPLAB naming the binary; it prints `ok NAME`,
# `not ok NAME` or `skip NAME: why` for each thing it tests. Every result counts as one; so does a crash, a time-out, and
# a program that says nothing. A line `unexplained  NAME: WHAT` is no result: such lines are listed and counted in the
# end. Tests run in the root of the tree, with XDG directories of their own, without a terminal.
set -u
variant=$1
build=$2
others=$3
limit_s=300
make=("${MAKE:-make}" --no-print-directory -s)
# Inside a parallel make the jobs are shared with it; otherwise use what the machine has.
case ${MAKEFLAGS-} in *jobserver*) ;; *) make+=("-j$(nproc)") ;; esac

passed=0 failed=0 reported_s=0
skips=() unexplained=()
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tcplab-test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
exec {printing}>"$scratch/printing"

# home NAME: directories of its own for what runs from now on.
home() {
    local dir
    for dir in CONFIG DATA STATE CACHE RUNTIME; do
        mkdir -p -m 700 "$scratch/$1/$dir"
    done
    log=$scratch/$1/log
    export XDG_CONFIG_HOME=$scratch/$1/CONFIG XDG_DATA_HOME=$scratch/$1/DATA XDG_STATE_HOME=$scratch/$1/STATE \
        XDG_CACHE_HOME=$scratch/$1/CACHE XDG_RUNTIME_DIR=$scratch/$1/RUNTIME
}
home main

# lane NAME COMMAND...: beside what else runs, with a home and counts of its own; join takes the counts of all lanes in.
# Each lane waits for its tests most of the time: three use the machine better than one, and a fourth would keep them
# from being in time. What only computes is nice, so that it takes the time in which tests wait and not the time in which
# they work.
lanes=() nicely=()
lane() {
    local name=$1
    shift
    lanes+=("$name")
    (
        home "$name"
        passed=0 failed=0 reported_s=$SECONDS skips=() unexplained=() nicely=(nice)
        "$@"
        echo "$passed $failed" >"$scratch/$name/counts"
        [ ${#skips[@]} -eq 0 ] || printf '%s\n' "${skips[@]}" >"$scratch/$name/skips"
        [ ${#unexplained[@]} -eq 0 ] || printf '%s\n' "${unexplained[@]}" >"$scratch/$name/unexplained"
    ) &
}

join() {
    local name ok bad line
    wait
    for name in "${lanes[@]}"; do
        if read -r ok bad 2>/dev/null <"$scratch/$name/counts"; then
            passed=$((passed + ok)) failed=$((failed + bad))
        else
            echo "FAILED  the lane of the $name did not come to its end"
            failed=$((failed + 1))
        fi
        while IFS= read -r line; do
            skips+=("$line")
        done < <(cat "$scratch/$name/skips" 2>/dev/null)
        while IFS= read -r line; do
            unexplained+=("$line")
        done < <(cat "$scratch/$name/unexplained" 2>/dev/null)
    done
}

# report NAME PASSED FAILED [NOTE]: add to the totals; show the log of what failed. The seconds are those since the last
# report of this lane.
report() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    flock "$printing"
    if [ "$3" -eq 0 ]; then
        printf 'ok      %-36s %4d s  %s\n' "$1" $((SECONDS - reported_s)) "$2${4:+, $4}"
    else
        sed 's/^/    /' "$log" | tail -n 400
        printf 'FAILED  %-36s %4d s  %s of %s%s\n' "$1" $((SECONDS - reported_s)) "$3" "$(($2 + $3))" "${4:+, $4}"
    fi
    flock -u "$printing"
    reported_s=$SECONDS
}

# build WHAT MAKE-ARGUMENT...: one make, one result.
build() {
    if "${nicely[@]}" "${make[@]}" "${@:2}" >"$log" 2>&1; then
        report "$1" 1 0
    else
        report "$1" 0 1 'does not build'
        return 1
    fi
}

# tally NAME STATUS: count the results in the log, and report them. A test that forks may print the lines of its parent a
# second time: TAP numbers its results, so that a repetition can be told.
tally() {
    local name=$1 status=$2 ok bad planned skipped note=
    while IFS= read -r line; do
        skips+=("$name: $line")
    done < <(sed -nE 's/^skip (.*)$/\1/p; s/^(not )?ok [0-9]+ # SKIP (.*)$/\2/p' "$log" | sort -u)
    while IFS= read -r line; do
        unexplained+=("$line")
    done < <(sed -nE 's/^unexplained  (.*)$/\1/p' "$log" | sort -u)
    read -r ok bad planned skipped < <(awk '
        /^[0-9]+\.\.[0-9]+$/ { sub(/.*\.\./, ""); planned += $0; next }
        /^(not )?ok [0-9]+ / && seen[$0]++ && planned { next }
        /^(not )?ok [0-9]+ # SKIP / || /^skip / { skipped++; next }
        /^ok / { ok++ }
        /^not ok / { bad++ }
        END { print ok + 0, bad + 0, planned + 0, skipped + 0 }' "$log")
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        note="killed, or no end within $limit_s s"
        bad=$((bad + 1))
    elif [ $((ok + bad + skipped)) -eq 0 ]; then
        note="no result, exit status $status"
        bad=1
    elif [ $((ok + bad + skipped)) -lt "$planned" ]; then
        note="ended after $((ok + bad + skipped)) of $planned, exit status $status"
        bad=$((bad + 1))
    elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        note="exit status $status"
        bad=1
    fi
    [ "$skipped" -eq 0 ] || note="${note:+$note, }$skipped skipped"
    report "$name" "$ok" "$bad" "$note"
}

# run NAME COMMAND...: a program or script, within the limit.
run() {
    local name=$1
    shift
    { timeout -k 5 "$limit_s" "$@"; } >"$log" 2>&1 </dev/null
    tally "$name" $?
}

# check NAME GOAL: what make itself checks, by the rules of a script.
check() {
    run "$1" "${make[@]}" B="$build" "$2"
}

# is_wanted FILE: T is in its name.
is_wanted() {
    [[ ${1##*/} == *"${T-}"* ]]
}

# some_are_wanted: a T that means no test at all would pass without having tried anything.
some_are_wanted() {
    local file files=(tests/*/*_test.c)
    [ "$variant" != release ] || files+=(tests/script/*.sh tests/screen/*.sh)
    for file in "${files[@]}"; do
        is_wanted "$file" && return
    done
    echo "no test of this variant has \`$T\` in its file name; see tests/" >&2
    return 1
}

# has_threads SOURCE: that test opens a lab or a part of one, which is where threads are: it includes what does.
has_threads() {
    grep -qE '#include "(net/(engine|(ring|wire|trace|actor)/[a-z_]*)|lab/session/session|tests/fixtures/(live_session|net_lab|two_hosts|wire_connection|actor_world|screen_app))\.h"' "$1"
}

# test_programs VARIANT: the sources of its cmocka programs, one a line.
test_programs() {
    local source
    for source in tests/*/*_test.c; do
        is_wanted "$source" || continue
        [ "$1" != tsan ] || [ -n "${TEST_ALL-}${T-}" ] || has_threads "$source" || continue
        echo "$source"
    done
}

# programs WHERE VARIANT LABEL [PREFIX...]: run them.
programs() {
    local where=$1 variant=$2 label=$3 source
    shift 3
    for source in $(test_programs "$variant"); do
        CMOCKA_MESSAGE_OUTPUT=TAP TCPLAB=$where/tcplab run "$(basename "$source" .c)$label" "$@" "$where/${source%.c}"
    done
}

scripts() {
    for script in tests/script/*.sh tests/screen/*.sh; do
        is_wanted "$script" || continue
        TCPLAB=$build/tcplab run "$(basename "$script")" bash "$script" "$build"
    done
}

# TSan cannot place its shadow where the kernel randomises addresses widely; where setarch is allowed, turn that off.
unrandomised=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
    unrandomised=(setarch "$(uname -m)" -R)
fi
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS="die_after_fork=0 halt_on_error=1 suppressions=$PWD/tests/tsan.supp"

# The fuzz targets need clang and ASan: with them here, clang builds the asan variant, once for both.
asan=()
if tests/check/fuzz.sh can >/dev/null; then
    asan=(CC=clang FUZZ=1)
fi

# sanitized VARIANT [MAKE-ARGUMENT...]
sanitized() {
    local goals=() source prefix=() variant=$1
    shift
    # What opens every experiment at every size does so in the released build; here one lesson is enough for every day.
    [ -n "${TEST_ALL-}" ] || export LESSON=${LESSON-3.1}
    # A hundred large programs are linked: with this linker in half the time.
    if command -v ld.lld >/dev/null && [[ ${LDFLAGS-} != *lld* ]]; then
        export LDFLAGS="-fuse-ld=lld ${LDFLAGS-}"
    fi
    for source in $(test_programs "$variant"); do
        goals+=("$others$variant/${source%.c}")
    done
    build "build $variant" SAN="$variant" B="$others$variant" "$@" all "${goals[@]}" || return
    [ "$variant" != tsan ] || prefix=("${unrandomised[@]}")
    programs "$others$variant" "$variant" " ($variant)" "${prefix[@]}"
}

compiler() {
    readlink -f "$(command -v "$1")"
}

# CI tells the Makefile to take warnings as errors. Where it is set, the build has done so with its own compiler, and the
# one under ASan with clang.
compilers() {
    local cc
    for cc in gcc clang; do
        if [ -n "${CI-}" ] && [ "$(compiler "${CC:-cc}")" = "$(compiler "$cc")" ]; then
            report "no warning from $cc" 1 0 'by the first build'
        elif [ -n "${CI-}" ] && [ $cc = clang ] && [ ${#asan[@]} -gt 0 ]; then
            build "no warning from $cc" CI=true SAN=release CC=$cc B="$others$cc" programs
        elif [ $cc = gcc ] && command -v $cc >/dev/null; then
            # Some of its warnings come from what it finds out while it optimises.
            build "no warning from $cc" CI=true SAN=release CC=$cc B="$others$cc" all tests programs
        elif command -v $cc >/dev/null; then
            build "no warning from $cc" CI=true SAN=release CC=$cc B="$others$cc" warnings programs
        else
            skips+=("no warning from $cc: no $cc here")
        fi
    done
}

# What would not compile elsewhere: against another libc, and where a pointer has four bytes.
others() {
    local include=/usr/include
    if command -v musl-gcc >/dev/null; then
        build 'compiles against musl' CI=true B="${others}musl" IN='net lab ui' warnings \
            CC="musl-gcc -idirafter $include -idirafter $include/$(gcc -print-multiarch) -Wno-overflow"
    else
        skips+=('compiles against musl: no musl-gcc here (Debian: musl-tools)')
    fi
    if echo '#include <stdio.h>' | gcc -m32 -fsyntax-only -x c - 2>/dev/null; then
        build 'no warning where a pointer has 4 bytes' CI=true B="${others}m32" CC='gcc -m32' warnings
    else
        skips+=('no warning where a pointer has 4 bytes: no gcc -m32 here (Debian: gcc-multilib)')
    fi
}

released() {
    programs "$build" release ''
    compilers
    others
}

checks() {
    scripts
    check layers layers
    check 'chapter programs' check-programs
    check style style
}

sanitizers() {
    sanitized tsan
    sanitized asan "${asan[@]}"
    limit_s=900 run fuzz nice tests/check/fuzz.sh "${others}asan" ${TEST_ALL:+100000}
}

shopt -s nullglob
some_are_wanted || exit 2
if [ "$variant" != release ]; then
    others=${build%"$variant"}
    sanitized "$variant"
elif [ -n "${T-}" ]; then
    build 'build' B="$build" all tests programs soakers && programs "$build" release '' && scripts
elif build 'build' B="$build" all tests programs soakers; then
    lane 'released build' released
    lane scripts checks
    lane sanitizers sanitizers
    join
fi

if [ ${#skips[@]} -gt 0 ]; then
    echo
    printf 'skipped %s\n' "${skips[@]}"
fi
if [ ${#unexplained[@]} -gt 0 ]; then
    echo
    printf 'unexplained %s\n' "${unexplained[@]}"
fi

echo
echo "${#unexplained[@]} experiments and cases have something that cannot be seen"
if [ ${#skips[@]} -gt 0 ]; then
    echo "$passed passed, $failed failed, ${#skips[@]} skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
