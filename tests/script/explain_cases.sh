#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is said of errors and endings, case by case: tests/cases/*.lab against the kernel of this machine.
#
# A case is a script. In its comments stands what its output has to say (`#: REGEX`, one each) and what it must not say
# (`#! REGEX`). Its expectations have to hold as well, and nothing may stay unexplained but what `#? ID N` allows
# (lab/explain/unseen.h). The lines of each explanation stand in the order of their times.
. tests/fixtures/lib.sh

# disorder FILE: the lines of its explanations that come too late.
disorder() {
    awk '/^ *[0-9.]+ +> /{ of_explain = $3 == "explain"; last = -1; next }
         of_explain && $2 ~ /^[0-9]+[.][0-9]+$/ && $3 ~ /^[A-Za-z]/ { if ($2 + 0 < last) print; last = $2 + 0 }' "$1"
}

# check_case FILE
check_case() {
    local name out regex wrong='' allowed
    name=$(basename "$1" .lab)
    out=$here/$name.out
    "$tcplab" run --unexplained --limit 120s "$1" >"$out" 2>&1 || wrong="exit status $?: $(tail -n 3 "$out")"$'\n'
    if grep -q ' is skipped: ' "$out"; then
        skip "$name: $(grep -m1 ' is skipped: ' "$out")"
        return
    fi
    while IFS= read -r regex; do
        grep -qE -- "$regex" "$out" || wrong+="does not say: $regex"$'\n'
    done < <(sed -n 's/^#: //p' "$1")
    while IFS= read -r regex; do
        grep -vE '^ *[0-9.]+ +> ' "$out" | grep -qE -- "$regex" &&
            wrong+="says: $(grep -vE '^ *[0-9.]+ +> ' "$out" | grep -m1 -E -- "$regex")"$'\n'
    done < <(sed -n 's/^#! //p' "$1")
    [ -z "$(disorder "$out")" ] || wrong+="out of order: $(disorder "$out")"$'\n'
    allowed=$(sed -n 's/^#? //p' "$1")
    [ "$(sed -n 's/^unexplained  [^:]*: //p' "$out")" = "$allowed" ] ||
        wrong+="unexplained: $(sed -n 's/^unexplained  [^:]*: //p' "$out")"$'\n'
    grep '^unexplained  ' "$out"
    verdict "$name" "$wrong"
}

for file in tests/cases/*.lab; do
    check_case "$file"
done
[ "${status:-0}" = 0 ]
