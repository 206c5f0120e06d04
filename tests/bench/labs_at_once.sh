#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Many labs at once, each with an experiment of the textbook: do they all hold?
#
#   labs_at_once.sh TCPLAB LABS DIRECTORY
#
# The first lab has the first experiment, and so on; behind the last the first follows again. Printed: how many held, of
# how many, and after how many milliseconds the last of them ended. What the others printed goes to the other output.
set -u
lab=$1 labs=$2 dir=$3
book=$(dirname "$0")/../../LESSONS.md
# The lesson has its number in its heading, of which a part has a letter behind it; its experiments are counted.
mapfile -t experiments < <(awk '/^## 3\./ { lesson = $2; n = 0 } /^### Experiment: / { print lesson "." ++n }' "$book")

pids=()
begin_ns=$(date +%s%N)
for ((i = 0; i < labs; i++)); do
    "$lab" run "${experiments[i % ${#experiments[@]}]}" >"$dir/lab.$i" 2>&1 &
    pids+=($!)
done
held=0
for ((i = 0; i < labs; i++)); do
    if wait "${pids[i]}"; then
        held=$((held + 1))
    else
        cat "$dir/lab.$i" >&2
    fi
done
end_ns=$(date +%s%N)
rm -f "$dir"/lab.*
echo "$held $labs $(((end_ns - begin_ns) / 1000000))"
