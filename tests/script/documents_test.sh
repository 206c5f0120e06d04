#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# README.md and the manual page list every command, condition and cause as their tables have them.
. tests/fixtures/lib.sh

verdict 'the lists of README.md and the manual page are up to date' "$("$build/lists" --check README.md doc/tcplab.1 2>&1; "$build/lists" --lang ko --check doc/ko/tcplab.1 2>&1)"

cp README.md doc/tcplab.1 "$here"
sed -i '/^| `wire cut/d' "$here/README.md"
sed -i '/^\.B wire cut/d' "$here/tcplab.1"
like 'a list that lacks a command is found' "$("$build/lists" --check "$here/README.md" 2>&1)" 'make lists'
"$build/lists" "$here/README.md" "$here/tcplab.1"
is 'and written anew' "$(cmp "$here/README.md" README.md && cmp "$here/tcplab.1" doc/tcplab.1 && echo same)" same
sed -i '/commands: begin/d' "$here/README.md"
like 'a file without the place of a list is told' "$("$build/lists" "$here/README.md" 2>&1)" 'has not the place'
exit $status
