#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the lab needs of a chapter program that it runs as a thread, checked on the traced objects:
#
#   - no variable outlives a run: nothing writable in .data, .bss or their kin (a second run would see the first one's);
#   - no call escapes the trace: a function pointer (`f = close`) or a call that net/trace/traced.h does not know would be
#     neither shown, nor stopped, nor stepped.
#
#   programs.sh OBJECT...     environment: CC
#
# The names come from the headers and from the kernel's list of system calls, not from a list kept by hand.
set -u
export LC_ALL=C
status=0
: "${CC:=cc}"

if [ $# -eq 0 ]; then
    echo "not ok chapter programs: none is traced (needs net/programs/*.c and net/trace/traced.h)"
    exit 1
fi

# Whatever a header of net/ defines as a macro while net/trace/traced.h is included, and every row of NET_CALLS.
traced=$(
    {
        echo '#include "net/trace/traced.h"' | $CC -std=gnu11 -iquote . -E -dD -x c - | awk '
            /^# [0-9]+ "/ { ours = $3 ~ /^"(\.\/)?net\// }
            ours && /^#define / { name = $2; sub(/\(.*/, "", name); print name }
            ours && /^#undef / { gone[$2] = 1 }'
        printf '#include "net/data/call.h"\n#define ROW(id, name, ...) @row name\nNET_CALLS(ROW)\n' |
            $CC -std=gnu11 -iquote . -E -x c - | grep -o '@row "[a-z0-9_]*"' | tr -d '"' | cut -d' ' -f2
    } | grep -x '[a-z_][a-z0-9_]*' | sort -u
)
case " $(echo "$traced" | tr '\n' ' ')" in
*" recv "*" socket "*) ;;
*)
    echo "not ok chapter programs: net/trace/traced.h and net/data/call.h name no recv and socket; is it still macros of their names?"
    exit 1
    ;;
esac

# Every system call of this machine but those that neither wait nor change anything, and what libc builds on them.
system=$(
    {
        echo '#include <sys/syscall.h>' | $CC -E -dM -x c - | sed -n 's/^#define SYS_\([a-z0-9_]*\) .*/\1/p' |
            grep -vxE 'get[a-z]*id|time|gettimeofday|clock_gettime|clock_getres|uname|getcwd|brk'
        printf '%s\n' usleep pause sigwait sigprocmask _Exit quick_exit system popen daemon execl execlp execv execvp \
            getaddrinfo gethostbyname res_query
    } | sort -u
)

for object; do
    source=net/programs/$(basename "$object" .o).c
    name=$(basename "$source" .c)

    # objdump -t: address, flags, section, size, name. .data.rel.ro holds constants that the loader relocates.
    globals=$(objdump -t "$object" | awk '
        match($0, /\*COM\*|\.(t?data|t?bss)[^ \t]*/) {
            section = substr($0, RSTART, RLENGTH)
            if (section ~ /^\.data\.rel\.ro/ || $NF == section) next
            print "    " $NF " in " section
        }')
    if [ -z "$globals" ]; then
        echo "ok $name has no global variable"
    else
        echo "not ok $name has no global variable"
        echo "$globals"
        echo "    $source runs as a thread, again and again: make these local, or const"
        status=1
    fi

    # What only prepares a lock, or asks who one is, waits for nobody and needs no recording.
    escaped=$(nm -u "$object" | awk '{ print $NF }' | sed 's/@.*//; s/^__\(.*\)_chk$/\1/' | sort -u |
        grep -xE "$(printf '%s\n%s\n' "$traced" "$system" | sort -u | paste -sd'|')|pthread_.*|sem_.*" |
        grep -vxE "pthread_self|(pthread_mutex|pthread_cond|sem)_(init|destroy)")
    if [ -z "$escaped" ]; then
        echo "ok $name makes no call that is not traced"
    else
        echo "not ok $name makes no call that is not traced"
        echo "$escaped" | sed 's/^/    /'
        echo "    $source takes the address of such a function, or net/trace/traced.h has no macro for it"
        status=1
    fi
done
exit $status
