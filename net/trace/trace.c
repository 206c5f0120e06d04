// SPDX-License-Identifier: GPL-3.0-or-later
// A traced call from its gate to its return, and what a program prints.
/*
 * The common path of a call is two clock reads, two records of about 150 bytes and one setjmp where bytes go in (a
 * program's bad pointer must be the kernel's EFAULT, not a crash of the tracer). Everything else hangs on words that
 * are normally zero: gate, stop, signals, interrupted.
 *
 * The order that strace would show is kept: the call returns, then its signal arrives, then the program goes on.
 * SIGPIPE is therefore blocked in every task and looked for after the call that raises it (net/trace/trace_socket.c).
 *
 * Left out: stdout as one buffer of a process. Each task has its own line buffer, so that two threads never mix within
 * a line.
 */
#include "net/trace/trace.h"

#include "net/socket/diag.h"
#include "net/base/futex.h"
#include "net/base/sanitized.h"
#include "net/trace/span.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

_Thread_local struct net_task *net_self;

/* What the compiler must not move across: a handler on this very thread looks at these words. */
static inline void barrier(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

void net_unsafe_begin(struct net_task *t)
{
    t->unsafe = t->unsafe + 1;
    barrier();
}

static inline bool is_wanted(const struct net_task *t)
{
    return atomic_load_explicit(&t->ring->stop, memory_order_relaxed) == NET_STOP_END ||
           atomic_load_explicit(&t->ring->signals, memory_order_relaxed) != 0;
}

void net_unsafe_end(struct net_task *t)
{
    barrier();
    t->unsafe = t->unsafe - 1;
    barrier();
    if (t->unsafe == 0 && is_wanted(t)) {
        int saved = errno;
        net_task_attend(t);
        errno = saved;
    }
}

void net_task_put(struct net_task *t, struct net_event *ev)
{
    ev->time_ns = 0;
    ev->actor = t->actor;
    ev->task = t->id;
    ev->reserved = 0;
    net_ring_put(t->arena, t->ring, ev);
}

_Noreturn void net_task_leave(struct net_ev_end end)
{
    struct net_task *t = net_self;
    t->unsafe = 1;
    t->end = end;
    siglongjmp(t->base, 1);
}

/* Not _exit(): a sanitizer would look there for what the lab's other threads, which are not here, have left. */
_Noreturn void net_exit_now(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

/* ---- the gate ---------------------------------------------------------------------------------------------------- */

static bool may_pass(struct net_ring *r)
{
    uint32_t one = 2;
    return atomic_load(&r->gate) == 0 || atomic_compare_exchange_strong(&r->gate, &one, 1);
}

static void put_gate(struct net_task *t, bool waiting, const struct net_ev_call *call)
{
    struct net_event ev = {.kind = NET_EV_GATE,
                           .u.gate = {.waiting = waiting, .call = call->call, .line = call->line, .site = call->site}};
    net_task_put(t, &ev);
}

static void wait_at_gate(struct net_task *t, const struct net_ev_call *call)
{
    put_gate(t, true, call);
    while (!may_pass(t->ring)) {
        net_unsafe_end(t);
        net_futex_wait(&t->ring->gate, 1, 0);
        net_unsafe_begin(t);
    }
    put_gate(t, false, call);
}

/* ---- a call ------------------------------------------------------------------------------------------------------ */

void net_span_open(struct net_span *s, unsigned call, int line, int fd, const int64_t args[6])
{
    struct net_task *t = net_self;
    s->task = t;
    s->errno_before = errno;
    if (t->output_is_out && call != NET_CALL_WRITE && call != NET_CALL_WRITEV)
        net_output_flush(t);
    net_unsafe_begin(t);
    s->ev.kind = NET_EV_CALL_ENTER;
    s->ev.data_bytes = 0;
    s->ev.data = s->data;
    s->ev.u.call = (struct net_ev_call){.call = (uint16_t)call, .line = (uint16_t)line, .fd = fd, .site = t->site};
    memcpy(s->ev.u.call.args, args, sizeof s->ev.u.call.args);
    if (!t->is_hand && atomic_load_explicit(&t->ring->gate, memory_order_relaxed) != 0)
        wait_at_gate(t, &s->ev.u.call);
}

/* A fault in memcpy() would leave a sanitizer in the middle of its own. Not inlined beside sigsetjmp(). */
static void __attribute__((noinline, no_sanitize("address", "thread"))) copy(uint8_t *to, const uint8_t *from, size_t n)
{
    if (NET_UNDER_TSAN || NET_UNDER_ASAN)
        for (volatile size_t i = 0; i < n; i++)
            to[i] = from[i];
    else
        memcpy(to, from, n);
}

bool net_copy_from_program(struct net_task *t, void *to, const void *from, size_t n)
{
    volatile bool good = false;
    t->copying = 1;
    if (sigsetjmp(t->copy_base, NET_UNDER_TSAN /* whose handlers block all signals */) == 0) {
        copy(to, from, n);
        good = true;
    }
    t->copying = 0;
    return good;
}

void net_span_in(struct net_span *s, const void *bytes, size_t all)
{
    size_t n = all < sizeof s->data ? all : sizeof s->data;
    bool good = n > 0 && bytes && net_copy_from_program(s->task, s->data, bytes, n);
    s->ev.data_bytes = good ? (uint32_t)n : 0;
    s->ev.u.call.data_all = (uint32_t)(all < UINT32_MAX ? all : UINT32_MAX);
}

void net_span_out(struct net_span *s, const void *bytes, long all)
{
    net_span_in(s, bytes, all > 0 ? (size_t)all : 0);
}

void net_span_enter(struct net_span *s)
{
    net_task_put(s->task, &s->ev);
    s->enter_ns = s->ev.time_ns;
    s->ev.kind = NET_EV_CALL_RETURN;
    s->ev.data_bytes = 0;
    s->ev.u.call.data_all = 0;
    s->ev.u.call.enter_ns = s->enter_ns;
}

void net_span_kernel(struct net_span *s)
{
    struct net_task *t = s->task;
    t->in_call = s->ev.u.call.call;
    atomic_store_explicit(&t->ring->in_call, s->ev.u.call.call, memory_order_relaxed);
    net_unsafe_end(t);
    t->interrupted = NET_INTERRUPT_NONE;
}

static bool has_timeout(int fd)
{
    struct timeval in = {0}, out = {0};
    socklen_t bytes = sizeof in;
    if (syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &in, &bytes) < 0)
        return false;
    bytes = sizeof out;
    syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &out, &bytes);
    return in.tv_sec || in.tv_usec || out.tv_sec || out.tv_usec;
}

/* ThreadSanitizer puts handlers off until a function that it knows. */
static void let_handlers_run(void)
{
    if (NET_UNDER_TSAN)
        nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}

static bool is_cancelled(struct net_task *t)
{
    uint32_t wish = NET_STOP_CANCEL;
    return atomic_compare_exchange_strong(&t->ring->stop, &wish, NET_STOP_NONE);
}

static bool is_interrupted(struct net_span *s, enum net_restart restart)
{
    switch ((enum net_interrupt)s->task->interrupted) {
    case NET_INTERRUPT_NONE: return false;
    case NET_INTERRUPT_BREAKS: return true;
    case NET_INTERRUPT_RESTARTS: break;
    }
    return restart == NET_RESTART_NEVER || (restart == NET_RESTART_SOCKET && has_timeout(s->ev.u.call.fd));
}

/* A deadly wish is not looked at here: the end of the unsafe section that follows does. */
bool net_span_again(struct net_span *s, long result, enum net_restart restart)
{
    struct net_task *t = s->task;
    int error = result < 0 ? errno : 0;
    bool broken = error == EINTR;
    if (broken)
        let_handlers_run();
    net_unsafe_begin(t);
    t->in_call = NET_CALL_NONE;
    atomic_store_explicit(&t->ring->in_call, NET_CALL_NONE, memory_order_relaxed);
    bool cancelled = atomic_load_explicit(&t->ring->stop, memory_order_relaxed) == NET_STOP_CANCEL && is_cancelled(t);
    bool again = broken && !cancelled && !is_interrupted(s, restart);
    if (error)
        errno = error;
    return again;
}

long net_span_return_error(struct net_span *s, long result, int error)
{
    s->ev.u.call.ret = result;
    s->ev.u.call.error = error;
    net_task_put(s->task, &s->ev);
    net_unsafe_end(s->task);
    if (error == 0)
        errno = s->errno_before;
    return result;
}

long net_span_fail(struct net_span *s, long result)
{
    errno = s->ev.u.call.error;
    return net_span_return_error(s, result, s->ev.u.call.error);
}

long net_span_return(struct net_span *s, long result)
{
    return net_span_return_error(s, result, result < 0 ? errno : 0);
}

/* ---- what a program prints --------------------------------------------------------------------------------------- */

static void put_output(struct net_task *t, int fd, int line, const char *text, size_t bytes)
{
    struct net_event ev = {.kind = NET_EV_OUTPUT,
                           .data_bytes = (uint32_t)bytes,
                           .data = (const uint8_t *)text,
                           .u.output = {.fd = fd, .line = (uint16_t)line, .site = t->site}};
    uint64_t before = t->is_own ? atomic_fetch_add(&t->group->printed, bytes) : 0;
    if (before >= NET_PRINTED_MOST)
        return;
    ev.u.output.is_last = before + bytes >= NET_PRINTED_MOST;
    net_task_put(t, &ev);
}

bool net_may_grow(const struct net_task *t)
{
    size_t top = net_arena_top(t->arena), tasks = 0;
    for (size_t i = NET_FIRST_TASK_RING; t->is_own && top >= NET_OWN_TASKS && i < top; i++)
        tasks += net_arena_ring(t->arena, i)->actor == t->actor;
    return tasks < NET_OWN_TASKS;
}

uint32_t net_task_limit(const struct net_task *t)
{
    return t->is_own ? NET_OWN_TASKS : NET_RINGS;
}

bool net_is_screen(const struct net_task *t, int fd)
{
    struct stat now;
    if (fd != 1 && fd != 2)
        return false;
    return !t->is_own || (fstat(fd, &now) == 0 && now.st_ino == t->group->screen[fd - 1]);
}

void net_output_flush(struct net_task *t)
{
    if (t->output_bytes == 0)
        return;
    net_unsafe_begin(t);
    put_output(t, 1, t->output_line, t->output, t->output_bytes);
    t->output_bytes = 0;
    t->output_is_out = false;
    net_unsafe_end(t);
}

static void buffer_output(struct net_task *t, int line, const char *text, size_t bytes)
{
    while (bytes > 0) {
        const char *end = memchr(text, '\n', bytes);
        size_t n = end ? (size_t)(end - text) + 1 : bytes;
        if (n > sizeof t->output - t->output_bytes)
            n = sizeof t->output - t->output_bytes;
        memcpy(t->output + t->output_bytes, text, n);
        t->output_bytes = (uint16_t)(t->output_bytes + n);
        t->output_line = (uint16_t)line;
        text += n;
        bytes -= n;
        if (t->output[t->output_bytes - 1] == '\n' || t->output_bytes == sizeof t->output)
            net_output_flush(t);
    }
}

void net_output(struct net_task *t, int fd, int line, const char *text, size_t bytes)
{
    net_unsafe_begin(t);
    if (fd == 1) {
        buffer_output(t, line, text, bytes);
    } else {
        for (size_t n; bytes > 0; text += n, bytes -= n) {
            n = bytes < NET_EVENT_DATA_MAX ? bytes : NET_EVENT_DATA_MAX;
            put_output(t, fd, line, text, n);
        }
    }
    net_unsafe_end(t);
}
