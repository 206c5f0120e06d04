#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A short share of what `make soak` does for an hour: tests/soak/soak.sh says what. A few rows of each part, from a fixed
# seed; that there are many more is what the soak is for.
. tests/fixtures/lib.sh
can_have 'a lab that is attacked' "$tcplab" || exit 0
export TMPDIR=$here

# share PART RUNS SECONDS
share() {
    local said
    said=$(TCPLAB=$tcplab "$build/soak/$1_soak" 1 "$3" "$2" 2>&1)
    verdict "$1, $2 runs" "$([[ $said =~ $1:\ $2\ runs,\ 0\ findings$ ]] || echo "$said")"
}
share kills 4 120
share faults 8 120
share screen 1 120
share lines 2 120

exit $status
