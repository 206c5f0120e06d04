// SPDX-License-Identifier: GPL-3.0-or-later
// Which signals come in, and when.
//
// All are blocked in every thread; the bell of the rings and those that a program with a screen wants come in while the
// main thread sleeps in ppoll, and only then, so that no handler ever runs between two instructions of anything else. A
// handler does nothing but remember.

#include "net/base/signals.h"

#include "net/base/clock.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static const int wanted[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A process has one table of handlers; so this is the process's, not an engine's. */
static _Atomic uint64_t taken;
static struct {
    sigset_t mask, asleep; /* what was blocked before the engine; what is while it sleeps */
    struct sigaction wanted[COUNT(wanted)], bell;
} saved;

static void remember(int signo)
{
    if (signo != NET_BELL_SIGNAL)
        atomic_fetch_or(&taken, UINT64_C(1) << signo);
}

uint64_t net_signal_taken(void)
{
    return atomic_exchange(&taken, 0);
}

void net_signals_open(void)
{
    struct sigaction action = {.sa_handler = remember};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < COUNT(crashes); i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &all, &saved.mask);
    saved.asleep = all;
    sigfillset(&action.sa_mask);
    sigaction(NET_BELL_SIGNAL, &action, &saved.bell);
    sigdelset(&saved.asleep, NET_BELL_SIGNAL);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        sigaction(wanted[i], &action, &saved.wanted[i]);
        sigdelset(&saved.asleep, wanted[i]);
    }
}

/* What came while it was blocked must not come in as a signal that nobody handles: ignoring it takes it away. */
static void take_away(int signo, const struct sigaction *then)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(signo, &ignore, &before);
    sigaction(signo, then ? then : &before, NULL);
}

/* A bell that rang too late to be heard; a write beyond the limit of file sizes, which has failed with EFBIG. */
void net_signals_close(void)
{
    take_away(NET_BELL_SIGNAL, &saved.bell);
    take_away(SIGXFSZ, NULL);
    for (size_t i = 0; i < COUNT(wanted); i++)
        sigaction(wanted[i], &saved.wanted[i], NULL);
    pthread_sigmask(SIG_SETMASK, &saved.mask, NULL);
}

bool net_signal_pending(void)
{
    return atomic_load(&taken) != 0;
}

const sigset_t *net_signals_asleep(void)
{
    return &saved.asleep;
}

unsigned net_input_wait(int input_fd, uint64_t deadline_ns)
{
    struct pollfd input = {.fd = input_fd, .events = POLLIN};
    struct timespec timeout = net_signal_pending() ? (struct timespec){0} : net_time_until(deadline_ns);
    int ready = ppoll(&input, 1, deadline_ns || net_signal_pending() ? &timeout : NULL, net_signals_asleep());
    return (ready > 0 ? NET_WOKE_INPUT : 0) | (ready == 0 ? NET_WOKE_DEADLINE : 0) |
           (net_signal_pending() ? NET_WOKE_SIGNAL : 0);
}

void net_signals_for_child(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
}
