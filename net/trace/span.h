// SPDX-License-Identifier: GPL-3.0-or-later
// The shape of a traced function: private to net/trace/.
#ifndef NET_TRACE_SPAN_H
#define NET_TRACE_SPAN_H

#include "net/data/call.h"
#include "net/trace/fail.h"
#include "net/trace/trace.h"
#include "net/trace/traced_calls.h"

#include <unistd.h>

/*
 * A traced function is written so:
 *
 *     struct net_span s;
 *     long n;
 *     net_span_open(&s, NET_CALL_RECV, line, fd, ARGS(fd, buf, size, flags));
 *     net_span_enter(&s);
 *     do {
 *         net_span_kernel(&s);
 *         n = net_span_syscall(&s, SYS_recvfrom);
 *     } while (net_span_again(&s, n, NET_RESTART_SOCKET));
 *     net_span_out(&s, buf, n);
 *     return net_span_return(&s, n);
 *
 * From open to return the task is in an unsafe section, but for the time between kernel and again.
 * System calls are made by net_span_syscall() or syscall(2): what a sanitizer believes of descriptor numbers is not
 * true of tables that threads have of their own.
 */
struct net_span {
    struct net_task *task;
    struct net_event ev;
    uint64_t enter_ns;
    int errno_before; /* what the program finds in errno after a call that succeeds (errno(3)) */
    uint8_t data[NET_TRACE_DATA_MAX];
};

#define ARGS(...)                                                                                                      \
    (const int64_t[6])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* Which calls the kernel restarts after a handler with SA_RESTART (signal(7)): */
enum net_restart {
    NET_RESTART_YES,
    NET_RESTART_SOCKET, /* unless the socket has a time-out */
    NET_RESTART_NEVER,  /* poll, select, epoll_wait, sleep */
};

void net_span_open(struct net_span *, unsigned call, int line, int fd, const int64_t args[6]);
/* Bytes that go in, before enter (or come out, before return): the first 256, from memory that may be bad. all: their
 * full number. */
void net_span_in(struct net_span *, const void *bytes, size_t all);
void net_span_out(struct net_span *, const void *bytes, long all);
void net_span_enter(struct net_span *);
/* From the program's memory, which may not be there: false. In an unsafe section. */
bool net_copy_from_program(struct net_task *, void *to, const void *from, size_t bytes);
/* After enter: whether the call is to fail on request. Then it is not made, and returns so. */
static inline bool net_span_must_fail(struct net_span *s)
{
    struct net_failures *failures = s->task->failures;
    return __builtin_expect(atomic_load_explicit(&failures->count, memory_order_relaxed) != 0, 0) &&
           net_failures_take(failures, s);
}
long net_span_fail(struct net_span *, long result);
void net_span_kernel(struct net_span *);
/* The system call whose arguments are those that the span was opened with, those left out 0: syscall(2). */
static inline long net_span_syscall(struct net_span *s, long number)
{
    const int64_t *args = s->ev.u.call.args;
    return syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
/* After the kernel: whether to make the call again, because a signal that is none of the program's affair broke it. */
bool net_span_again(struct net_span *, long result, enum net_restart);
/* Return: result as it is; errno is kept, and after a success what it was before the call. _error: for calls that
 * return their error. */
long net_span_return(struct net_span *, long result);
long net_span_return_error(struct net_span *, long result, int error);

/*
 * What the kernel says of a socket of the task, as an event; nothing when fd is no TCP socket. Returns its cookie, 0:
 * no socket. Unless ALWAYS, a task that has sampled much of late may not again: then the caller gives the cookie
 * to the call's return, which makes the reader look.
 */
enum net_sample_how {
    NET_SAMPLE_ALWAYS = 1,
    NET_SAMPLE_KEEP = 2 /* the call has just made the descriptor, or a connection or listener of it: keep who it is */
};
uint64_t net_span_sample(struct net_task *, int fd, enum net_origin, unsigned how);
/* Its time limits, as an event: always, or only when keep-alive, linger or a user timeout is on. */
void net_span_timers(struct net_task *, int fd, bool always);
uint64_t net_cookie_of(int fd); /* 0: not a socket */

/* A call has made a socket, or copied a descriptor (-1: it failed); the next call ends what fd was. */
void net_kept_made(struct net_task *, int fd, uint64_t cookie);
void net_kept_copied(struct net_task *, int fd, int copy);
void net_kept_ends(struct net_task *, int fd);
/* Look at every socket that is still open. */
void net_kept_report(struct net_task *);

/* A call that sends has failed with EPIPE, and its return is recorded: SIGPIPE acts now, unless the call has asked for
 * none. */
void net_span_pipe_signal(struct net_task *, bool raised);

/* Sections that must not be jumped out of; the last end sees to what was put off. */
void net_unsafe_begin(struct net_task *);
void net_unsafe_end(struct net_task *);

void net_task_put(struct net_task *, struct net_event *);
/* One signal reaches the task: recorded, and done what the program asked for. At a safe point. */
void net_task_signal(struct net_task *, int signo, int from_pid);
/* What waits for the task: the wish to end, signals. At a safe point. */
void net_task_attend(struct net_task *);
/* In a process that a thread of the lab has just forked: the program's dispositions become the kernel's. */
void net_signals_make_real(struct net_task *);
/* At the beginning of an own program: its dispositions are what the kernel has; the lab's signal, and the deaths that
 * are told, are let in. And where
 * it has crashed (a ucontext_t); NULL, where nobody is an own program. */
void net_signals_of_own(struct net_task *);
uint32_t net_site_of_fault(struct net_task *, const void *context) __attribute__((weak));
/* The mask of a process, on its one thread. */
void net_signals_mask_process(void);
/* Let in what a thread of an actor is to receive; the others stay as they are. On this thread. */
void net_signals_let_in(void);

/* Whether the task may make one more: an own program that forks without end would take the machine with it. */
bool net_may_grow(const struct net_task *);
/* How many tasks it may have; what net_ev_call.limit says of one that was refused. */
uint32_t net_task_limit(const struct net_task *);
/* Whether what is written there is output for the lab to show: 1 and 2, unless an own program has put another file
 * there. */
bool net_is_screen(const struct net_task *, int fd);
/* fd 1 or 2. Line-buffered (1) or at once (2); also at once when fd is 1 and flush is called. */
void net_output(struct net_task *, int fd, int line, const char *text, size_t bytes);
void net_output_flush(struct net_task *);

/* In a process that its program has replaced by one of the lab's own: the task goes on, and the exec returns. */
void net_task_go_on(struct net_task *);
/* fork() by the name that the program has for it. */
pid_t net_fork_as(int line, unsigned call);
/* Of a hand: the child is an actor of its own, to which the lab has given this ring; it is a hand, with the ring's room
 * as its box. When there is no child, the ring is given back. */
pid_t net_fork_hand(struct net_ring *);
void net_task_group_reset(struct net_task_group *, struct net_ring *first); /* in a forked child */
/* Of a first task: end the others and join what no one joined; wait until they have ended by themselves. */
void net_threads_end(struct net_task *first);
void net_threads_wait(struct net_task *first);
/* Memory that the group's end frees, unless it was freed before. */
void net_block_note(struct net_task_group *, void *block);
void net_block_forget(struct net_task_group *, const void *block);
void net_addresses_note(struct net_task_group *, struct addrinfo *found); /* of a chapter program's getaddrinfo() */
void net_blocks_free(struct net_task_group *);
/* Without privileges, and behind the lab: of the calling thread. */
void net_task_be_ordinary(void);
void net_task_begin(struct net_task *); /* on its own thread: net_self, its ring live, TASK_START */
/* An alternate stack for the handlers of faults: a program may overflow its own. Of this thread, until its end. */
void *net_stack_begin(stack_t *old);
void net_stack_end(void *stack, const stack_t *old);
/* A wait has collected a child. */
void net_reaped(struct net_task *, int pid, int status);
/* Of the calling thread of the lab: collect its dead children, as the program ignores them; whether it has any; pass
 * SIGCHLD on to those who may have; let it in from now on. */
void net_children_reap_ignored(struct net_task *);
bool net_children_have_zombie(void);
void net_children_tell_other_parents(struct net_task *);
void net_children_let_signal_in(struct net_task *);
/* Close all descriptors and put TASK_END, and ACTOR_END for a first task. */
void net_task_report_over(struct net_task *);
_Noreturn void net_process_end(struct net_task *);
_Noreturn void net_exit_now(int status);

#endif
