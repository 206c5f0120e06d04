#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/check/layers.sh finds what breaks each of its rules, in a copy of the sources that is broken on purpose.
. tests/fixtures/lib.sh
mkdir -p "$here"/tests/check "$here"/build/{net,lab,ui}
cp -r net lab ui "$here"
cp tests/check/* "$here/tests/check"
cd "$here" || exit 1
cc=${CC:-cc}

# breaks RULE FILE LINE...: a new file of these lines, which that rule must name.
expected=()
breaks() {
    mkdir -p "$(dirname "$2")"
    printf '%s\n' "${@:3}" >"$2"
    expected+=("$1|$2")
}

rooms='a file includes only its own room and lower ones'
breaks 'every folder is a room' net/attic/broken.h ''
breaks "$rooms" net/base/broken.c '#include "net/ring/ring.h"'
breaks "$rooms" net/wire/broken.c '#include "net/engine.h"'
breaks "$rooms" net/actor/broken.h '#include "lab/base/map.h"'
breaks "$rooms" lab/language/broken.h '  #  include "lab/session/session.h" // only a type'
breaks "$rooms" lab/book/broken.c '#include "ui/draw/text.h"'
breaks "$rooms" ui/view/broken.c '#include "ui/app/app.h"'
breaks "$rooms" ui/box/broken.c '#include "ui/app/app.h"'
breaks 'a private header is included in its own room alone' net/actor/broken.c '#include "net/wire/wire_private.h"'
breaks 'of a lower layer only its public headers are included' lab/session/broken.c '#include "net/ring/ring.h"'
breaks 'of a lower layer only its public headers are included' ui/app/broken.c '#include "lab/commands/broken.h"'
breaks 'a header of ours is named from the root' lab/book/broken.h '#include "markdown.h"'
breaks 'chapter programs include only the system' net/programs/broken.c '#include "net/data/call.h"'
breaks 'curses and readline headers only in ui/' lab/broken.c '#include <ncurses.h>'
breaks 'socket headers only in net/' lab/base/broken.c '#include <sys/socket.h>'
breaks 'pcap, jansson, zstd and cmark headers only in lab/' ui/draw/broken.c '#include <jansson.h>'
breaks 'plain-data headers include only plain data' net/data/broken.h '// Plain data.' '#include <stdio.h>'
printf '#include <netinet/tcp.h>\n' >net/data/reached.h
breaks 'no socket header reaches lab/ or ui/' ui/view/reaching.c '#include "net/data/reached.h"'

# A low room that calls a higher one; an archive that needs one above it.
breaks 'a file uses only names of its own room' net/base/low.c 'void net_high(void); void net_low(void) { net_high(); }'
printf 'void net_high(void) { }\n' >net/wire/high.c
for unit in net/base/low net/wire/high; do
    mkdir -p "build/$(dirname $unit)"
    $cc -c $unit.c -o build/$unit.o
done
ar qcs build/libnet.a build/net/base/low.o
ar qcs build/liblab.a build/net/wire/high.o
expected+=('libnet.a links alone|low.c')

verdict 'what is found fails the check' "$(! LINK= tests/check/layers.sh build >said || cat said)"

LINK=$cc NET_LIBS='' LAB_LIBS='' tests/check/layers.sh build >said
for each in "${expected[@]}"; do
    # shellcheck disable=SC2016 # awk's own variables
    if awk -v rule="not ok ${each%|*}" -v file="${each#*|}" '
        /^(not )?ok / { broken = index($0, rule) == 1 }
        /^    / && broken && index($0, file) { found = 1 }
        END { exit !found }' said; then
        ok "found: ${each#*|}, by \"${each%|*}\""
    else
        not_ok "found: ${each#*|}, by \"${each%|*}\""
    fi
done
[ $status = 0 ] || sed 's/^/    /' said
exit $status
