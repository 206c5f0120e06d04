#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The C of LESSONS.md: each block of it compiles without a warning, as a whole program or as a fragment in the frame of
# tests/own/frames that it names, with the headers that it shows; and its first whole server serves.
. tests/fixtures/lib.sh
export TMPDIR=$here
command -v cc >/dev/null || { skip "C of the book: no compiler here" && exit 0; }

compiles() { cc -g -O1 -Wall -Wextra -Werror -pthread -o "$1.compiled" "$1" 2>&1; }
# c_of FOLDER: every block of C in the book as a file of FOLDER: NUMBER-LINE.c is a whole program, a folder NUMBER-LINE
# has the `headers.h` and `fragment.h` of a block that is marked as a fragment, and in `frame` the name of its frame.
# What is neither is said. (The lines under "Culprit" are those of a program that stands above them.)
c_of() {
    awk -v to="$1" '
        function take(text) { print text > (part ~ /frame=/ ? place "/" (text ~ /^#include/ ? "headers.h" : "fragment.h") : place ".c") }
        /^#### / { culprit = $2 == "Culprit" }
        /^#/ && !/^#### / && !code { culprit = 0 }
        /^```/ && code { code = 0
            if (part == "c" && !culprit && !main) print "LESSONS.md:" from ": neither a program nor a fragment"
            next }
        /^```/ { code = 1; main = 0; part = substr($0, 4); from = NR; place = to "/" NR
            if (part ~ /^c frame=/) { system("mkdir " place); frame = part; sub(/.*frame=/, "", frame)
                print frame > (place "/frame"); printf "" > (place "/headers.h"); printf "" > (place "/fragment.h") }
            else if (part ~ /^c ./) print "LESSONS.md:" from ": expected c, or c frame=NAME: " part
            next }
        code && (part == "c" && !culprit || part ~ /^c frame=/) { take($0); main += /int main\(/ }
    ' LESSONS.md
}
# fits FOLDER: what the compiler says of a fragment in its frame, with the headers that stand before it and no others.
fits() {
    local frame=tests/own/frames/$(<"$1/frame").c
    [ -e "$frame" ] || { echo "LESSONS.md:${1##*/}: there is no frame $frame" && return; }
    cc -c -g -O1 -Wall -Wextra -Werror -I "$1" -o "$1/frame.o" "$frame" 2>&1 | sed "s/^/LESSONS.md:${1##*\/}: /"
}

mkdir "$here/c"
verdict "every block of C in the book is a program, or a fragment of a frame" "$(c_of "$here/c")"
# What is part of the text is read at 80 columns, where a longer line would be cut.
verdict "no line of it is wider than the screen" "$(awk '/^### (Task|Mystery)/ { task = 1 } /^## / { task = 0 }
    /^```/ { code = /^```c/; next } code && !task && length($0) > 74 { print "LESSONS.md:" NR ": " length($0) }' LESSONS.md)"
wrong=
for block in "$here"/c/*.c; do
    wrong+=$(compiles "$block")
done
verdict "every program in C of the book compiles without a warning" "$wrong"
wrong=
for block in "$here"/c/*/; do
    wrong+=$(fits "${block%/}")
done
verdict "every fragment compiles in its frame" "$wrong"
can_have "the first server" "$tcplab" || exit $status
first=$(grep -L 'argc' "$here"/c/*.c | head -1)
"$tcplab" -c "server $first as s1 ; wait s1 accept blocks ; hand c1 ; c1 connect ; c1 send \"hello\" ; c1 recv ;
    expect c1 recv got \"hello\" ; c1 close ; hand c2 ; c2 connect ; expect within 10s s1 accept #2 = 4" >"$here/out" 2>&1
is "the first whole server of the book serves" $? 0
exit $status
