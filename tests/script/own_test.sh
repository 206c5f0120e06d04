#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Programs of the learner's: compiled, run, their calls traced with lines, whatever they are written in; and what the
# lab says when that goes wrong. The programs are in tests/own.
. tests/fixtures/lib.sh
out=$here/out
own=$(realpath tests/own)

# holds NAME: the experiment on standard input.
holds() {
    if "$tcplab" run - >"$out" 2>&1; then
        ok "$1"
    else
        not_ok "$1" "$(tail -n 15 "$out")"
    fi
}
# told NAME REGEX COMMANDS: something among what the lab says of them is so.
told() {
    "$tcplab" -c "$3" >"$out" 2>&1
    if grep -qE -- "$2" "$out"; then
        ok "$1"
    else
        not_ok "$1" "expected: $2" "$(tail -n 15 "$out")"
    fi
}
# lines NAME FILE CALL: the line of each such call, as the journal has it, is one of the file on which it stands.
lines() {
    local seen
    "$tcplab" run --json - >"$out" 2>&1
    seen=$(sed -n 's/.*"kind":"call_enter","actor":1,.*"call":"'"$3"'","line":\([0-9]*\).*/\1/p' "$out" | sort -un)
    for line in ${seen:-0}; do
        if ! sed -n "${line}p" "$2" 2>/dev/null | grep -q "$3("; then
            not_ok "$1" "line $line of $2 has no $3" "$(grep -c call_enter "$out") calls"
            return
        fi
    done
    ok "$1"
}
command -v cc >/dev/null || { skip "own programs: no compiler here" && exit 0; }

# ---- of every kind --------------------------------------------------------------------------------------------------

holds "a server that forks: children, their exec, what they print, how they end" <<END
server $own/fork.c 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
expect c1 recv got "abc"
expect server fork > 0
hand c2
c2 connect server:7001
c2 send "x"
c2 recv
expect c2 recv got "from another program\n"
wait server ended exit 3
expect server printed "child said 7"
expect server execve = 0
END
for how in select poll ppoll epoll; do
    holds "a server that waits by $how" <<END
server $own/waits.c $how 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
expect c1 recv got "abc"
c1 close
wait server ended exit 0
expect server recv = 0
END
done
holds "a server with threads and a lock" <<END
server $own/threads.c 7001
hand c1
hand c2
c1 connect server:7001
c2 connect server:7001
c1 send "a"
c2 send "b"
c1 recv
c2 recv
wait server ended exit 0
expect server printed "served 2"
expect server pthread_mutex_lock = 0
END
holds "a client: connect without waiting, a file, an urgent byte, a reset" <<END
hand s1 on server
s1 bind 7000
s1 listen
client $own/client.c 192.0.2.1 7000
wait client ended exit 0
expect client connect = -1 EINPROGRESS
expect client sendfile = 4
expect client send = 1
expect segment RST from client
END
if command -v c++ >/dev/null; then
    holds "C++ with iostreams and a thread" <<END
server $own/streams.cc 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
expect c1 recv got "abc"
wait server ended exit 0
expect server printed "got 3"
expect server printed "done"
END
else
    skip "C++: no compiler here"
fi
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
if [ -n "$python" ]; then
    holds "Python's socketserver" <<END
start "$python $own/server.py" 7001 on server as app
wait within 20s app listen = 0
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
expect c1 recv got "abc"
expect app accept4 > 0
expect app printed "got 3"
END
else
    skip "Python: there is none here"
fi

# ---- lines, and what is done to a running one --------------------------------------------------------------------------

for call in socket accept recv send; do
    lines "each $call has its line" "$own/waits.c" $call <<END
server $own/waits.c poll 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
c1 close
wait server ended
END
done
if [ -n "$python" ]; then
    "$tcplab" run --json - >"$out" 2>&1 <<END
start "$python $own/server.py" 7001 on server as app
wait within 20s app listen = 0
hand c1
c1 connect server:7001
c1 send "abc"
wait within 20s app recv = 3
END
    line=$(sed -n 's/.*"kind":"call_enter","actor":1,.*"call":"recv","line":\([0-9]*\).*/\1/p' "$out" | sort -un)
    like "Python's recv has the line of the script" "$(sed -n "${line:-0}p" "$own/server.py" 2>/dev/null)" 'request\.recv'
fi
# Calls in a library's code that is compiled into the program have the line of the program that led there.
same_line() { # NAME FILE REGEX CALL: the line of the call is one of FILE that matches
    local file line
    file=$(sed -n 's/.*"kind":"file".*"id":\([0-9]*\),"data":"'"${2//\//\\/}"'".*/\1/p' "$out" | head -1)
    line=$(sed -n 's/.*"kind":"call_enter","actor":1,.*"call":"'"$4"'","line":\([0-9]*\),"file":'"${file:-0}"',.*/\1/p' "$out" | head -1)
    like "$1" "$(sed -n "${line:-0}p" "$2")" "$3"
}
if command -v c++ >/dev/null; then
    "$tcplab" run --json - >"$out" 2>&1 <<END
server $own/streams.cc 7001
hand c1
c1 connect server:7001
c1 send "abc"
wait server ended
END
    same_line "std::thread makes its thread in the line of the program" "$own/streams.cc" 'std::thread thread' pthread_create
    c++ -g -O2 -pthread "$own/streams.cc" -o "$here/inlined" && "$tcplab" run --json - >"$out" 2>&1 <<END
server $here/inlined 7001 as server
hand c1
c1 connect server:7001
c1 send "abc"
wait server ended
END
    same_line "where the compiler has put std::thread in place, too" "$own/streams.cc" 'std::thread thread' pthread_create
fi
if rustc --version >/dev/null 2>&1 && rustc -g -o "$here/rusty" "$own/echo.rs"; then
    "$tcplab" run --json - >"$out" 2>&1 <<END
server $here/rusty 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
c1 close
wait server ended
END
    same_line "Rust's bind has the line of the program" "$own/echo.rs" 'TcpListener::bind' bind
    same_line "its accept, too" "$own/echo.rs" '\.accept\(\)' accept4
    same_line "and its recv, called from another place than accept" "$own/echo.rs" '\.read\(' recv
else
    skip "Rust: there is none here"
fi
holds "gate, fail, cancel and options are those of a chapter program" <<END
pause
server $own/waits.c poll 7001
step server
expect server socket = 3
expect no server bind = 0
run
expect server listen = 0
server.3 set SO_KEEPALIVE on
expect server.3 SO_KEEPALIVE = on
server fail accept ENOBUFS
hand c1
c1 connect server:7001
expect server accept = -1 ENOBUFS
END
holds "a blocked call is cancelled" <<END
server $own/waits.c poll 7001
server cancel
expect server poll = -1 EINTR
END
told "a handler sees who sent its signal" 'prints "from another' "start $own/faults.c handler as app ; app signal SIGUSR1 ; wait app ended"

# ---- bad input and bad luck ----------------------------------------------------------------------------------------------

for what in null strlen abort deep; do
    told "a crash has its signal and its line: $what" 'SIG(SEGV|ABRT) arrives: default action, in faults.c, line [0-9]+$' \
        "start $own/faults.c $what as app ; wait app ended"
done
told "it forks without end: the lab keeps it from that, and says so" "fork\(\) = -1 EAGAIN .*the lab's own limit" \
    "start $own/faults.c fork as app ; wait within 60s app ended"
cat >"$here/opened.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
int main(void)
{
    puts(fcntl(20, F_GETFD) < 0 ? "only its own" : "somebody else's, too");
}
END
told "it has no descriptor of whoever started the lab" 'prints "only its own' \
    "start $here/opened.c as app ; wait app ended" 20</dev/null
cat >"$here/clean.c" <<'END'
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
static void *in_thread(void *unused)
{
    printf("a thread begins with errno %d\n", errno);
    return unused;
}
int main(void)
{
    pthread_t thread;
    printf("main begins with errno %d\n", errno);
    if (pthread_create(&thread, NULL, in_thread, NULL) == 0)
        pthread_join(thread, NULL);
    return 0;
}
END
told "it begins with no error of the lab's" 'prints "main begins with errno 0.n' "start $here/clean.c as app ; wait app ended"
told "and so does a thread of it" 'prints "a thread begins with errno 0.n' "start $here/clean.c as app ; wait app ended"
cat >"$here/leaves.c" <<'END'
#include <sched.h>
int main(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNET);
}
END
CFLAGS=-D_GNU_SOURCE told "it changes its network: the lab says what that means" \
    'unshare\(CLONE_NEWNET\|CLONE_NEWUSER\) = .*another network than that of the server host' \
    "server $here/leaves.c ; wait server ended"
told "it prints without end: the rest is left out" 'and so much that the rest is left out' \
    "start $own/faults.c print as app ; wait 300ms ; app kill ; wait app ended"
told "it allocates without end: malloc says so" 'prints "allocated until there was no more' \
    "start $own/faults.c allocate as app ; wait within 30s app ended"
told "it closes every descriptor, and its child's exec is followed" 'sh"\) = 0' \
    "start $own/faults.c closeall as app ; wait quiet"

cat >"$here/bad.c" <<'END'
int main(void)
{
    return nowhere;
}
END
told "it does not compile: the line and the words" "does not compile: line 3: 'nowhere' undeclared" "server $here/bad.c"
echo 'int there(void); int main(void) { return there(); }' >"$here/unlinked.c"
told "it does not link: what is missing" "cannot be built: .*undefined reference to .there'" "server $here/unlinked.c"
CC=nothing-of-that-name told "no compiler: what to install" 'no C compiler .*apt-get install gcc' "server $here/bad.c"
told "no such file" 'there is no file .*/nothing.c' "server $here/nothing.c"
told "no such program" 'no program .nothing_there. in \$PATH' 'start "nothing_there 1" as app'
echo no >"$here/bad"
told "a file that is no program" 'may not be run' "server $here/bad"

mkdir "$here/project" && cp "$own/waits.c" "$here/project/main.c" && chmod a-w "$here/project"
printf 'app: main.c\n\t$(CC) -g -o app main.c\n' >"$here/Makefile" && chmod u+w "$here/project" && mv "$here/Makefile" "$here/project/"
holds "a folder with a Makefile" <<END
server $here/project poll 7001
expect server listen = 0
END
is "the learner's folder is only read" "$(ls "$here/project")" $'Makefile\nmain.c'
cp "$own/waits.c" "$here/a name with blanks.c"
holds "a name with blanks" <<END
server "$here/a name with blanks.c" poll 7001
expect server listen = 0
END
cc -o "$here/stripped" -s "$own/waits.c"
told "no debug information: the lab says so" 'calls are seen, but no lines: it has no debug information' \
    "server $here/stripped poll 7001 ; expect server listen = 0"
if cc -static -o "$here/static" "$own/waits.c" 2>/dev/null; then
    told "a static program: its calls cannot be seen, and the lab says why" 'cannot be seen, since it is linked statically' \
        "server $here/static poll 7001"
    holds "its sockets, and what comes of them, are seen all the same" <<END
server $here/static poll 7001
hand c1
c1 connect server:7001
c1 send "abc"
c1 recv
expect c1 recv got "abc"
expect sockets server ESTABLISHED 1
server kill
expect server ended signal SIGKILL
END
else
    skip "a static program: no static libc here"
fi
cat >"$here/loader.c" <<'END'
void _start(void)
{
    for (;;)
        __asm__ volatile("syscall" ::"a"(34L) : "rcx", "r11", "memory"); /* pause() */
}
END
if [ "$(uname -m)" = x86_64 ] && cc -nostdlib -static -fno-stack-protector -o "$here/loader" "$here/loader.c"; then
    cc -o "$here/refusing" "$own/waits.c" -Wl,--dynamic-linker="$here/loader"
    told "a loader that takes no library with it: the lab says so" 'cannot be seen, since its loader took no library' \
        "server $here/refusing ; wait 1500ms"
fi
if [ -x "$here/static" ]; then
    cc -static -o "$here/forks" "$own/fork.c"
    told "children of a static program are found all the same" 'child [0-9]+\).*ended, exit status 7' \
        "server $here/forks 7001 ; hand c1 ; c1 connect server:7001 ; wait 100ms ; c1 send \"abc\" ; c1 recv ; wait 100ms"
fi
if [ -x "$here/forks" ]; then
    "$tcplab" -c "server $here/forks 7001 ; hand c1 ; c1 connect server:7001 ; clear ; hand c2 ; show actors" >"$out" 2>&1
    verdict "clear ends them too" "$(grep -q 'c2 .*free' "$out" || tail -n 5 "$out")"
fi
if CFLAGS=-fsanitize=address cc -fsanitize=address -o "$here/sanitized" "$own/waits.c" 2>/dev/null; then
    told "AddressSanitizer in it: it runs, and its calls are seen" 'listen\(3, 8\) = 0' \
        "server $here/sanitized poll 7001 ; expect server listen = 0"
else
    skip "AddressSanitizer: none here"
fi
told "malloc cannot be let fail, and the lab says so" 'malloc\(\) of a program of yours is not seen' \
    "server $own/waits.c poll 7001 ; server fail malloc ENOMEM"
cat >"$here/background.c" <<'END'
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(7001)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || daemon(0, 0) < 0)
        return 1;
    listen(s, 3);
    pause();
}
END
told "the server that daemon() makes is a child of the actor" 'child [0-9]+\) +listen\(3, 3\) = 0' \
    "start $here/background.c as app ; wait app ended ; wait app listen = 0"
LD_PRELOAD=libm.so.6 told "LD_PRELOAD that was set already stays behind ours" 'LD_PRELOAD=/proc/self/fd/[0-9]+:libm.so.6' \
    'start "env" as app ; wait app ended'
if ordinary_lab; then
    cp "$own"/*.c "$here/home/" && chown -R 65534 "$here/home"
    "${ordinary_lab[@]}" -c "server $here/home/fork.c 7001 ; expect server listen = 0" >"$out" 2>&1
    verdict "an ordinary user's program, compiled and traced" "$(grep -q 'listen(3, 8) = 0' "$out" || tail -n 5 "$out")"
fi
verdict "nothing is left of what was compiled" "$(find /tmp -maxdepth 1 -name 'tcplab-??????' -newer "$here" 2>/dev/null)"
exit $status
