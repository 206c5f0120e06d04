#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/claims: what is claimed of TCP, and what tries it. Each claim has an experiment of LESSONS.md with the lines that
# carry it, or a test; each experiment that quotes the chapter is named by a claim. That the experiments hold is
# experiments_test.sh's. What no experiment can say is tried here: by tests/programs/claims.c, the compiler, and
# commands on the hosts of a lab.

# shellcheck source=../fixtures/lib.sh
. tests/fixtures/lib.sh
at_exit() { lab_end; }

# ---- the table ------------------------------------------------------------------------------------------------------

# offences TABLE LESSONS: one a line; nothing when each claim is tried.
offences() {
    awk '
        function say(what) { print FILENAME ":" FNR ": " what }
        function claim_ends() {
            if (number != "" && !evidence) print FILENAME ": " number " is tried by nothing"
            if (place != "" && !lines) print FILENAME ": " number " names no line of: " place
            place = ""
        }
        # The lessons: places, the lines of their scripts, and all text as one line.
        NR == FNR {
            if (/^## /) { lesson = $2; title = "" }
            if (/^### /) title = ""
            if (sub(/^### Experiment: /, "")) { title = lesson " " $0; known[title] = 1; next }
            if (/^```/) { script = $0 == "```lab"; next }
            if (script) { carries[title, $0] = 1; next }
            text = text " " $0
            if (title != "" && /[Tt]he chapter('\''s)? /) quotes[title] = 1
            next
        }
        FNR == 1 { gsub(/[ \t]+/, " ", text) }
        /^#/ || /^$/ { next }
        /^  says / {
            sub(/^  says /, "")
            if (!index(text, $0)) say("LESSONS.md does not quote: " $0)
            next
        }
        /^  in / {
            if (place != "" && !lines) say(number " names no line of: " place)
            sub(/^  in /, ""); place = $0; lines = 0; evidence++; named[place] = 1
            if (!known[place]) say("no such experiment: " place)
            next
        }
        /^    / {
            sub(/^    /, ""); lines++
            if (!/expect/) say("no expectation: " $0)
            if (!carries[place, $0]) say(place " does not say: " $0)
            next
        }
        /^  test / {
            sub(/^  test /, ""); file = $0; sub(/: .*/, "", file); name = $0; sub(/^[^:]*: /, "", name)
            evidence++; found = 0
            while ((getline line < ("tests/" file)) > 0) if (index(line, name)) found = 1
            close("tests/" file)
            if (!found) say("tests/" file " has no result: " name)
            next
        }
        /^[a-z0-9.]+-[0-9][0-9] (right|partly|wrong)  +[^ ]/ {
            claim_ends()
            number = $1; evidence = 0; group = $1; sub(/-[0-9]+$/, "", group)
            if (number != sprintf("%s-%02d", group, ++count[group])) say(number " is out of order")
            next
        }
        { say("what is this: " $0) }
        END {
            claim_ends()
            for (title in quotes) if (!named[title]) print "no claim names what quotes the chapter: " title
        }' "$2" "$1"
}

verdict "each claim is tried by an experiment or a test" "$(offences tests/claims LESSONS.md)"
like "both right and wrong claims of the chapter are tried" \
    "$(grep -oE '^3\.[0-9]+-[0-9]+ [a-z]+' tests/claims | awk '{ n[$2]++ } END { print n["right"], n["partly"], n["wrong"] }')" \
    '^[2-9][0-9] [2-9][0-9] [1-9][0-9]$'

# collapsed: lists whose items Markdown has taken for one paragraph.
collapsed() { awk '/^```/ { code = !code } !code && /^[^|].*[.] +[2-9]\. [A-Z]/ { print FILENAME ":" FNR ": " $0 }' "$@"; }
verdict "no list has become a paragraph" "$(collapsed LESSONS.md README.md CONTRIBUTING.md)"
printf '1. One. 2. Two.\n' >"$here/list.md"
like "and one that has is found" "$(collapsed "$here/list.md")" 'list.md:1'

# damaged NAME WORDS FILE SED: the file changed so is found out by those words.
damaged() {
    cp tests/claims LESSONS.md "$here"
    sed -i "$4" "$here/$3"
    like "$1" "$(offences "$here/claims" "$here/LESSONS.md")" "$2"
}
damaged "an experiment that is gone is missed" 'no such experiment: 3.5b Not now' LESSONS.md 's/^### Experiment: Not now/&adays/'
damaged "an expectation that is gone is missed" '3.2 What send\(\) promises does not say: expect c1 send = 5' \
    LESSONS.md '/^expect c1 send = 5$/d'
damaged "a claim that nothing tries is found" '3.3-05 is tried by nothing' claims '/^3.3-05/,/^3.3-06/{/^  /d}'
damaged "a place without a line is found" '3.6-15 names no line of: 3.6 Thrown away' claims '/^3.6-15/,/^3.6-16/{/^    /d}'
damaged "a claim that is left out is found" '3.4-04 is out of order' claims '/^3.4-03/,/^3.4-04/{/^3.4-04/!d}'
damaged "a quotation that is gone is missed" 'does not quote: Internally it sends' LESSONS.md 's/Internally it sends/It sends/'
damaged "a quotation that no claim tries is found" 'quotes the chapter: 3.6 Both options in one example' claims \
    's/^  in 3.6 Both options in one example/  in 3.6 Thrown away/'
damaged "a test that is gone is missed" 'programs_alone.sh has no result: nc: wakes' claims 's/: nc: gets/: nc: wakes/'

# ---- the C library and the kernel -----------------------------------------------------------------------------------

if gcc -Wall -Wextra -Werror -O2 tests/programs/claims.c -o "$here/claims" -pthread 2>"$here/err"; then
    so() { is "$2" "$(timeout 60 "$here/claims" "$1" 2>&1)" so; }
    so memory "a child's memory is its own"
    so open-file "O_NONBLOCK and shutdown in a child are its parent's, too"
    so ignored "a child ignores SIGPIPE as its parent does"
    so siginfo "SIGCHLD tells a handler of one child's pid and status"
    so own "errno and the blocked signals are each thread's own"
    so stacks "only a thread that is neither joined nor detached keeps its stack"
    so cost "fork costs more with more memory, a thread does not"
    so unspec "connect with AF_UNSPEC resets, and the socket can connect again"
    is "perror says what was put into errno" "$("$here/claims" perror)" 'so: Resource temporarily unavailable'
    so select "the kernel's select takes descriptors above 1023"
    if [ "$("$here/claims" version-6)" = 'no IPv6 here' ]; then
        skip "0.0.0.0 is no IPv6 address: no IPv6 here"
    else
        so version-6 "0.0.0.0 is no IPv6 address: ::1 is refused"
    fi
else
    not_ok "tests/programs/claims.c builds" "$(cat "$here/err")"
fi

# ---- the compiler ---------------------------------------------------------------------------------------------------

# signal_is FLAGS DEFINES: which function of the library a program that says signal() is linked with.
signal_is() {
    printf '%s\n#include <signal.h>\nstatic void h(int s) { (void)s; }\nint main(void) { signal(SIGCHLD, h); }\n' "$2" >"$here/s.c"
    gcc $1 "$here/s.c" -o "$here/s" && nm -D "$here/s" | grep -oE '(__sysv_)?signal'
}
is "signal() is the System V one under -std=c17 and under _POSIX_C_SOURCE alone" "$(signal_is '' ''
    signal_is -std=c17 ''
    signal_is '' '#define _POSIX_C_SOURCE 200809L'
    signal_is '' $'#define _POSIX_C_SOURCE 200809L\n#define _DEFAULT_SOURCE')" 'signal
__sysv_signal
__sysv_signal
signal'

alone=
for program in $("$tcplab" programs | grep -oE '^tcp_[a-z_]+'); do
    "$tcplab" source "$program" >"$here/$program.c"
    gcc "$here/$program.c" -o "$here/$program" 2>"$here/err" && alone+=x || not_ok "$program" "$(cat "$here/err")"
done
like "every program builds alone as it is printed" "$alone" '^x{15,}$'

cp net/programs/tcp_server_pthread_book.c "$here/tcp_server_pthread.c"
sed -i 's/&peer_len/\&peerlen/' "$here/tcp_server_pthread.c"
like "a variable by another name does not compile" "$(gcc "$here/tcp_server_pthread.c" -o "$here/p" 2>&1)" "peerlen.* undeclared"
like "a file by another name does not compile" "$(gcc "$here/tcp_server_thread.c" -o "$here/p" 2>&1)" 'No such file'
cp net/programs/tcp_server_pthread_book.c "$here/tcp_server_pthread.c"
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
if [ "$(printf '%s\n' "$glibc" 'glibc 2.34' | sort -V | head -n 1)" = 'glibc 2.34' ]; then
    is "no -lpthread is needed since glibc 2.34" "$(gcc "$here/tcp_server_pthread.c" -o "$here/p" 2>&1; echo $?)" 0
else
    skip "no -lpthread is needed since glibc 2.34: this is ${glibc:-no glibc}"
fi

# ---- on the hosts of a lab ------------------------------------------------------------------------------------------

if ! "$tcplab" -q -c 'needs wire' >/dev/null 2>&1; then
    skip "commands on a lab's hosts: no wire here"
    exit $status
fi
cat >"$here/script" <<'END'
hand s1 on server ; s1 socket ; s1 set SO_REUSEADDR 1 ; s1 bind 12345 ; s1 listen 1
hand c1 ; c1 connect ; s1.3 accept
s1.4 close
wait quiet
c1 close
wait s1.4 state TIME_WAIT
echo ready
wait 100s
END
lab_begin "$here/script"
# (What $! names watches over the lab, which is its child.)
on() { "$tcplab" exec --lab "$(pgrep -P "$lab")" "$@" 2>&1; }
if lab_said ready; then
    like "TIME_WAIT lasts for about a minute" "$(on server -- ss -Htano state time-wait)" 'timewait,(1min|5[0-9]sec)'
    if [ -x /sbin/sysctl ] || command -v sysctl >/dev/null; then
        echo 'net.ipv4.tcp_keepalive_time = 77' >"$here/numbers"
        PATH=$PATH:/sbin on server -- sysctl -qp "$here/numbers"
        is "sysctl -p sets one host's number from a file" \
            "$(on server -- cat /proc/sys/net/ipv4/tcp_keepalive_time) $(on client -- cat /proc/sys/net/ipv4/tcp_keepalive_time)" \
            '77 7200'
    else
        skip "sysctl -p sets one host's number from a file: no sysctl here"
    fi
    # Nobody has 203.0.113.9. The client's own host is told to answer for it, as a box on the way may be.
    if command -v ip >/dev/null; then
        on client -- ip route add local 203.0.113.0/24 dev lo
        is "who refuses need not be the host that was called" "$(on client -- "$here/claims" refused)" so
    else
        skip "who refuses need not be the host that was called: no ip command"
    fi
else
    not_ok "the lab is ready" "$(cat "$here/out" "$here/err")"
fi
exit $status
