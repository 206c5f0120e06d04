// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of net/preload share: who calls, whether it is recorded, and from where.
#ifndef NET_PRELOAD_PRELOAD_H
#define NET_PRELOAD_PRELOAD_H

#include "net/trace/span.h"

#include <dlfcn.h>

/*
 * A library that the lab loads into a program of the learner's (LD_PRELOAD), whatever language that is written in. It
 * stands before the C library: a call of the program comes here first, is recorded by the functions that record those
 * of the chapter's programs (net/trace), and made. It is no part of the lab's own binary but as bytes, and is linked
 * with nothing of the lab but net/base, net/data, net/ring, net/socket/diag.c and net/trace.
 *
 *   own program   its process is its own: real dispositions, threads and ends. Each of its threads is a task.
 *   site          a place that it calls from: the return address, named once (NET_EV_SITE) and then by its number. The
 *                 lab makes file and line of it (net/actor/lines.c), which costs the program nothing.
 *   hidden        two descriptors that the library needs after an exec: the arena's and its own file's. They stand
 *                 beyond what a program may open, and do not close.
 *
 * How the lab hands over: ACTOR_VARIABLE in the environment (HANDOVER_FORM), beside LD_PRELOAD. Both stay there, since
 * system() and popen() start programs from within libc; an exec with another environment is given them again.
 *
 * Seen are calls that go through libc's public names. Not seen: what libc calls itself (stdio on a socket: the
 * descriptor's state and segments are seen all the same), and system calls made without libc.
 *
 * vfork() is fork() here: POSIX allows it, and a child that shares its parent's memory would write into its ring.
 *
 * Thread: any thread of the program, also in its signal handlers. While a task is in here (unsafe, or in_call), what it
 * calls is libc's own affair and passes.
 */
#define NET_HANDOVER_VARIABLE "TCPLAB_TRACE"
/* Descriptor of the arena, its number in System V, descriptor of the library's file, inodes of outputs 1 and 2. */
#define NET_HANDOVER_FORM "%d,%d,%d,%" SCNu64 ",%" SCNu64

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* The function of the next library, which is libc's. */
#define REAL(name)                                                                                                     \
    (__extension__({                                                                                                   \
        static __typeof__(&name) real_##name;                                                                          \
        if (!real_##name)                                                                                              \
            real_##name = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                                                  \
        real_##name;                                                                                                   \
    }))

/* A call that net/trace has, with a line before its arguments. */
#define TRACED(type, name, parameters, ...)                                                                            \
    EXPORT type name parameters                                                                                        \
    {                                                                                                                  \
        return net_preload_enter(CALLER) ? net_##name(0, __VA_ARGS__) : REAL(name)(__VA_ARGS__);                       \
    }

/* The task whose call this is, its site set; NULL: the call passes unrecorded. errno is kept. */
struct net_task *net_preload_enter(void *caller);
/* The number of a place in the program; 0: none is left. In an unsafe section. */
uint32_t net_site_of(struct net_task *, const void *address);
/* Of a line of a source file that is run as it stands. */
uint32_t net_site_of_line(struct net_task *, const char *path, unsigned line);
/* Whether Python runs the program, and its line that runs now; 0: it cannot be asked now. */
bool net_is_python(void);
uint32_t net_site_in_python(struct net_task *);
void net_sites_forked(void);

/* Whether the program is an interpreter (Python, Perl, Ruby, Java): its files and locks are its own affair. */
bool net_has_interpreter(void);

/* Of the whole process; NULL when it is none of the lab's. */
struct net_task_group *net_preload_group(void);
bool net_is_hidden(int fd);
/* The first hidden descriptor, or one beyond all. */
int net_hidden_first(void);
/* The words that a new program's environment needs; NULL ends them. */
const char *const *net_handover_words(void);

/* No call of this thread is recorded any more: it is ending. */
void net_thread_is_over(void);
#endif
