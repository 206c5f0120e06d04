# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the checks print; a check exits with $status.
status=0

# verdict NAME OFFENCES: `ok NAME` when there is none.
verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "$2" | sed 's/^/    /'
        status=1
    fi
}
