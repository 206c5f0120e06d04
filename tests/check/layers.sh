#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prove the direction ui -> lab -> net -> libc, by what the sources include and by what the archives need.
#
#   check_layers.sh BUILD-ROOT      environment: LINK, NET_LIBS, LAB_LIBS as the Makefile has them
#
# Prints `ok NAME` or `not ok NAME` for each rule, with the lines that break it; exit status 1 if one is broken.
set -u
export LC_ALL=C
build=$1
status=0

# Every include of the tree, one a line: FILE LINE HEADER, the header with its quotes or angles.
includes=$(find net lab ui -name '*.[ch]' | sort | xargs -r awk '
    match($0, /^[ \t]*#[ \t]*include[ \t]*/) {
        header = substr($0, RLENGTH + 1)
        sub(/[ \t]*(\/\/|\/\*).*/, "", header)
        print FILENAME, FNR, header
    }')

# verdict NAME OFFENCES
verdict() {
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "$2" | sed 's/^/    /'
        status=1
    fi
}

# offences AWK-CONDITION: the includes for which it holds; dir is the layer that the file stands in.
offences() {
    echo "$includes" | awk '{ dir = $1; sub(/\/.*/, "", dir); header = $3 } '"$1"' { print $1 ":" $2 ": #include " $3 }'
}

verdict "net/ includes nothing of lab/ and ui/" "$(offences 'dir == "net" && header ~ /^["<](lab|ui)\//')"
verdict "lab/ includes nothing of ui/" "$(offences 'dir == "lab" && header ~ /^["<]ui\//')"
verdict "a header of ours is named from the root, in quotes" \
    "$(offences '$1 !~ /^net\/programs\// && header ~ /^"/ && header !~ /^"(net|lab|ui)\/([a-z0-9_]+\/)?[a-z0-9_]+\.h"$/')"
# They build alone with `gcc FILE`: what they share lies beside them.
verdict "chapter programs include only the system and parameters.h" \
    "$(offences '$1 ~ /^net\/programs\// && header !~ /^</ && header != "\"parameters.h\""')"
verdict "curses and readline headers only in ui/" \
    "$(offences 'dir != "ui" && header ~ /^<(ncursesw?\/)?(n?curses|panel|term|form|menu)\.h|^<readline\//')"

socket='(sys\/socket|sys\/un|netdb|arpa\/inet|ifaddrs)\.h|<(netinet|linux|net|netpacket|libmnl)\/'
verdict "socket headers only in net/" "$(offences "dir != \"net\" && header ~ /^<($socket)|^$socket/")"
verdict "pcap, jansson and cmark headers only in lab/" "$(offences 'dir != "lab" && header ~ /^<(pcap|jansson|cmark)/')"

# What lab/ and ui/ see through our own headers: a socket header must not be reachable from there either.
verdict "no socket header reaches lab/ or ui/ through a header of ours" "$(echo "$includes" | awk '
    { header = $3 }
    header ~ /^"/ { gsub(/"/, "", header); edge[$1] = edge[$1] " " header }
    header ~ /^<'"($socket)"'/ || header ~ /^'"$socket"'/ { bad[$1] = header }
    function walk(file, path,    i, n, next_files) {
        if (file in seen) return
        seen[file] = 1
        if (file in bad && path != "") print path " -> " file " includes " bad[file]
        n = split(edge[file], next_files, " ")
        for (i = 1; i <= n; i++) walk(next_files[i], path == "" ? file : path " -> " file)
    }
    END {
        for (file in edge)
            if (file ~ /^(lab|ui)\//) { split("", seen); walk(file, "") }
    }' | sort)"

# A header whose first lines call it plain data includes the three headers of plain types, and its like.
plain=$(find net lab ui -name '*.h' | while read -r header; do
    head -n 3 "$header" | grep -qi 'plain data' && echo "$header"
done)
verdict "plain-data headers include only plain data" "$(offences "
    BEGIN { split(\"$(echo "$plain" | tr '\n' ' ')\", list, \" \"); for (i in list) plain[list[i]] = 1 }
    { ours = header; gsub(/\"/, \"\", ours) }
    (\$1 in plain) && header !~ /^<std(bool|def|int)\.h>\$/ && !(ours in plain)")"

# Every object of the archive in, whether or not something asks for it: a name from above has nowhere to come from.
links() {
    name=$1
    shift
    mkdir -p "$build/layers"
    echo 'int main(void) { return 0; }' >"$build/layers/nothing.c"
    # shellcheck disable=SC2086 # command and libraries are lists of words
    verdict "$name" "$($LINK "$build/layers/nothing.c" -Wl,--whole-archive "$@" 2>&1 >/dev/null || echo 'does not link')"
}
# shellcheck disable=SC2086
links "libnet.a links alone" "$build/libnet.a" -Wl,--no-whole-archive $NET_LIBS -o "$build/layers/net"
# shellcheck disable=SC2086
links "liblab.a links with libnet.a alone" "$build/liblab.a" "$build/libnet.a" -Wl,--no-whole-archive \
    $LAB_LIBS $NET_LIBS -o "$build/layers/lab"

exit $status
