#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Build the fuzz targets of tests/fuzz with clang and run each for a fixed number of inputs from a fixed seed. Seed
# inputs, if any: tests/fuzz/NAME.corpus/. The inputs are nearly the same every time, not quite: what libFuzzer learns
# from comparisons depends on addresses. So what it found is printed whole, to be kept in that folder.
#
#   fuzz.sh BUILD-ROOT [RUNS]     environment: MAKE
#   fuzz.sh can                   status 0: they can be built here; else why not, as a skipped test
set -u
build=$1
runs=${2:-20000}
status=0

not_here() {
    echo "skip fuzz: $1"
    [ "$build" != can ]
    exit
}

shopt -s nullglob
sources=(tests/fuzz/*.c)
if [ ${#sources[@]} -eq 0 ]; then
    not_here "there is no tests/fuzz/*.c"
fi
if ! command -v clang >/dev/null; then
    not_here "no clang here"
fi
probe='#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *, size_t);
int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { (void)d; (void)n; return 0; }'
if ! echo "$probe" | clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null; then
    not_here "this clang has no libFuzzer (Debian: libclang-rt-*-dev)"
fi

[ "$build" != can ] || exit 0
mkdir -p "$build/found"
if ! "${MAKE:-make}" --no-print-directory -s CC=clang SAN=asan FUZZ=1 B="$build" fuzzers; then
    echo "not ok fuzz targets build"
    exit 1
fi
for source in "${sources[@]}"; do
    name=$(basename "$source" .c)
    corpus=$(mktemp -d)
    rm -f "$build/found/$name-"*
    [ -d "tests/fuzz/$name.corpus" ] && cp -r "tests/fuzz/$name.corpus/." "$corpus"
    if output=$(timeout -k 5 220 "$build/fuzz/$name" -runs="$runs" -seed=1 -max_len=4096 -timeout=10 \
        -artifact_prefix="$build/found/$name-" "$corpus" 2>&1); then
        echo "ok fuzz $name: $runs inputs"
    else
        echo "not ok fuzz $name"
        grep -vE '^#[0-9]+[[:space:]]+(NEW|REDUCE|RELOAD|pulse)' <<<"$output" | cut -c1-200 | tail -n 40 | sed 's/^/    /'
        for found in "$build/found/$name-"*; do
            echo "    ${found##*/}, base64 of gzip:"
            gzip -9c "$found" | base64 -w 110 | sed 's/^/    /'
        done
        status=1
    fi
    rm -rf "$corpus"
done
exit $status
