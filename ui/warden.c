// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/warden.h"

#include "net/base/children.h"
#include "net/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a lab that was asked to end may take. */
enum { PATIENCE_S = 10, WAKE_NS = 10000000 };

struct watch {
    struct ui_warden *page;
    pid_t guard;
    void (*alone)(void *user);
    void *user;
    bool wakes; /* the lab goes on; the guard may be about to stop */
};

static void tell(const struct watch *w, int signo)
{
    if (getppid() == w->guard)
        kill(w->guard, signo);
}

/* ---- the lab ----------------------------------------------------------------------------------------------------- */

static int begin_lab(pid_t warden, const sigset_t *before)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, before, NULL);
    /* It may have died before it could be told to us. */
    if (getppid() != warden)
        raise(SIGTERM);
    return 0;
}

/* ---- the warden -------------------------------------------------------------------------------------------------- */

/* A guard that was stopped with the lab goes on, or it would never hear of it. */
static _Noreturn void end(const struct watch *w, int status)
{
    net_children_end();
    atomic_store(&w->page->status, status);
    atomic_store(&w->page->over, true);
    tell(w, SIGCONT);
    if (getppid() != w->guard && WIFSIGNALED(status))
        w->alone(w->user);
    _exit(0);
}

/* Reap whoever has ended; when it was the lab, end all others. */
static void reap(struct watch *w)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (pid != atomic_load(&w->page->lab))
            continue;
        if (!WIFSTOPPED(status) && !WIFCONTINUED(status))
            end(w, status);
        w->wakes = WIFCONTINUED(status);
        atomic_store(&w->page->stopped, WIFSTOPPED(status));
        if (WIFSTOPPED(status))
            tell(w, SIGCHLD);
    }
}

/* SIGCONT to a guard that has not yet stopped is lost: it is sent until the guard runs. */
static bool wakes_guard(struct watch *w)
{
    w->wakes = w->wakes && atomic_load(&w->page->follows);
    if (w->wakes)
        tell(w, SIGCONT);
    return w->wakes;
}

/* Until the lab has ended. SIGTERM comes when the guard is dead: the lab is asked to end, and made to. */
static _Noreturn void keep_watch(struct watch *w, const sigset_t *set)
{
    pid_t lab = atomic_load(&w->page->lab);
    uint64_t until_ns = 0;
    for (;;) {
        struct timespec left = {.tv_nsec = WAKE_NS};
        bool wakes = wakes_guard(w);
        if (!wakes && until_ns)
            left = net_time_until(until_ns);
        int signo = wakes || until_ns ? sigtimedwait(set, NULL, &left) : sigwaitinfo(set, NULL);
        if (signo < 0 && errno == EAGAIN && until_ns && net_now_ns() >= until_ns)
            kill(lab, SIGKILL);
        if (signo == SIGTERM) {
            kill(lab, SIGTERM);
            kill(lab, SIGCONT); /* who is stopped does not end */
            until_ns = until_ns ? until_ns : net_now_ns() + PATIENCE_S * UINT64_C(1000000000);
        }
        reap(w);
    }
}

/* It needs no file, and keeps nobody waiting for the end of a pipe. */
static void let_go(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        if (!isatty(fd))
            dup2(null, fd);
    setsid();
}

/* Returns in the lab alone. */
static int be_warden(struct watch *w, int ready_fd, const sigset_t *before)
{
    sigset_t every;
    pid_t self = getpid();
    sigfillset(&every);
    sigprocmask(SIG_SETMASK, &every, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    pid_t lab = fork();
    if (lab == 0) {
        close(ready_fd);
        return begin_lab(self, before);
    }
    atomic_store(&w->page->lab, lab < 0 ? -errno : lab);
    if (lab < 0)
        _exit(1);
    prctl(PR_SET_NAME, "lab-warden");
    let_go();
    close(ready_fd);
    if (getppid() != w->guard)
        raise(SIGTERM);
    keep_watch(w, &every);
}

pid_t ui_warden(struct ui_warden **page, const sigset_t *before, void (*alone)(void *user), void *user)
{
    int ready[2];
    char byte;
    *page = mmap(NULL, sizeof **page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (*page == MAP_FAILED || pipe2(ready, O_CLOEXEC) < 0)
        return -1;
    struct watch w = {.page = *page, .guard = getpid(), .alone = alone, .user = user};
    pid_t warden = fork();
    if (warden == 0) {
        close(ready[0]);
        return be_warden(&w, ready[1], before);
    }
    int code = errno;
    close(ready[1]);
    while (warden > 0 && read(ready[0], &byte, 1) < 0 && errno == EINTR) {}
    close(ready[0]);
    if (warden > 0 && atomic_load(&(*page)->lab) <= 0) {
        waitpid(warden, NULL, 0);
        code = EAGAIN;
        warden = -1;
    }
    errno = code;
    return warden;
}
