#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prove the direction ui -> lab -> net -> libc, and that of the rooms in each layer (tests/check/rooms), by what the
# sources include, by the names that the objects need, and by what the archives link with.
#
#   layers.sh BUILD-ROOT      environment: LINK, NET_LIBS, LAB_LIBS as the Makefile has them; without LINK the archives
#                             are not linked
#
# Prints `ok NAME` or `not ok NAME` for each rule, with the lines that break it; exit status 1 if one is broken.
set -u
export LC_ALL=C
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Every include of the tree, one a line: FILE LINE HEADER, the header with its quotes or angles.
includes=$(find net lab ui -name '*.[ch]' | sort | xargs -r awk '
    match($0, /^[ \t]*#[ \t]*include[ \t]*/) {
        header = substr($0, RLENGTH + 1)
        sub(/[ \t]*(\/\/|\/\*).*/, "", header)
        print FILENAME, FNR, header
    }')
# Those of our own headers: FILE HEADER. Chapter programs stand alone, and have a rule of their own.
echo "$includes" | awk '$1 !~ /^net\/programs\// && $3 ~ /^"/ { gsub(/"/, "", $3); print $1, $3 }' >"$scratch/ours"

. tests/check/verdict.sh

# ---- rooms ----------------------------------------------------------------------------------------------------------

# What reads tests/check/rooms as the first file, and answers for a path: its layer, its room, its place in the order.
order='
    function layer(path) { return substr(path, 1, index(path, "/") - 1) }
    function room(path) { return match(path, /^[^\/]*\/[^\/]*\//) ? substr(path, 1, RLENGTH - 1) : layer(path) }
    function climbs(from, to) { return place[room(to)] > place[room(from)] }
    FNR == NR && $1 == "public" { for (i = 3; i <= NF; i++) public[$2] = public[$2] " " $i }
    FNR == NR && /^[a-z]/ && $1 != "public" {
        for (i = 2; i <= NF; i++) place[$1 "/" $i] = ++places
        place[$1] = ++places
    }
    FNR == NR { next }'

verdict "every folder is a room" \
    "$(find net lab ui -name '*.[ch]' | awk "$order"' !(room($1) in place) { print $1 " is in no room" }' tests/check/rooms -)"
verdict "a file includes only its own room and lower ones" \
    "$(awk "$order"' climbs($1, $2) { print $1 " includes " $2 }' tests/check/rooms "$scratch/ours")"
verdict "a private header is included in its own room alone" \
    "$(awk "$order"' $2 ~ /_(private|inside)\.h$/ && room($1) != room($2) { print $1 " includes " $2 }' \
        tests/check/rooms "$scratch/ours")"
verdict "of a lower layer only its public headers are included" "$(awk "$order"'
    function is_public(header,    n, names) {
        n = split(public[layer(header)], names, " ")
        while (n && index(header, names[n]) != 1) n--
        return n
    }
    layer($1) != layer($2) && !climbs($1, $2) && !is_public($2) { print $1 " includes " $2 }' \
    tests/check/rooms "$scratch/ours")"

# Every name that an object defines or needs. A generated object is the table of the room that asks it: it has no place
# of its own. What is left over of a source that was moved does not count.
find "$build/net" "$build/lab" "$build/ui" -name '*.o' | sed "s|^$build/\(.*\)\.o\$|\1|" | while read -r unit; do
    [ ! -f "$unit.c" ] || echo "$build/$unit.o"
done | xargs -r nm -A -P -g 2>/dev/null | sed "s|^$build/\([^:]*\)\.o: |\1.c |" >"$scratch/names"
verdict "a file uses only names of its own room and lower ones" "$(awk "$order"'
    $3 == "U" { needs[$1 " " $2] }
    $3 ~ /^[TDBRCVW]$/ { home[$2] = $1 }
    END {
        for (need in needs) {
            split(need, part, " ")
            if (part[2] in home && climbs(part[1], home[part[2]])) print part[1] " uses " part[2]
        }
    }' tests/check/rooms "$scratch/names" | sort)"

# ---- headers of others ----------------------------------------------------------------------------------------------

# offences AWK-CONDITION: the includes for which it holds; dir is the layer that the file stands in.
offences() {
    echo "$includes" | awk '{ dir = $1; sub(/\/.*/, "", dir); header = $3 } '"$1"' { print $1 ":" $2 ": #include " $3 }'
}

verdict "a header of ours is named from the root, in quotes" \
    "$(offences '$1 !~ /^net\/programs\// && header ~ /^"/ && header !~ /^"(net|lab|ui)\/([a-z0-9_]+\/)?[a-z0-9_]+\.h"$/')"
# They build alone with `gcc FILE`, also when only their text was printed.
verdict "chapter programs include only the system's headers" \
    "$(offences '$1 ~ /^net\/programs\// && header !~ /^</')"
verdict "curses and readline headers only in ui/" \
    "$(offences 'dir != "ui" && header ~ /^<(ncursesw?\/)?(n?curses|panel|term|form|menu)\.h|^<readline\//')"

socket='(sys\/socket|sys\/un|netdb|arpa\/inet|ifaddrs)\.h|<(netinet|linux|net|netpacket|libmnl)\/'
verdict "socket headers only in net/" "$(offences "dir != \"net\" && header ~ /^<($socket)|^$socket/")"
verdict "pcap, jansson, zstd and cmark headers only in lab/" "$(offences 'dir != "lab" && header ~ /^<(pcap|jansson|zstd|cmark)/')"

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

# ---- archives -------------------------------------------------------------------------------------------------------

# Every object of the archive in, whether or not something asks for it: a name from above has nowhere to come from.
links() {
    name=$1
    shift
    echo 'int main(void) { return 0; }' >"$scratch/nothing.c"
    # shellcheck disable=SC2086 # command and libraries are lists of words
    verdict "$name" "$($LINK "$scratch/nothing.c" -Wl,--whole-archive "$@" -Wl,--end-group -o "$scratch/linked" 2>&1 >/dev/null ||
        echo 'does not link')"
}
if [ -n "${LINK-}" ]; then
    # shellcheck disable=SC2086
    links "libnet.a links alone" "$build/libnet.a" -Wl,--no-whole-archive,--start-group $NET_LIBS
    # shellcheck disable=SC2086
    links "liblab.a links with libnet.a alone" "$build/liblab.a" "$build/libnet.a" -Wl,--no-whole-archive,--start-group $LAB_LIBS $NET_LIBS
fi
exit $status
