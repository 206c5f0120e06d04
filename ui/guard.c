// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The guard. The lab itself cleans up when it is asked to end; what it cannot see to is its own SIGKILL or crash: then
 * a terminal in raw mode, a fork server's children and a stopped process would stay. A parent can do that. Between the
 * two stands the warden (ui/warden.h), which ends what is left also when the guard is killed with the lab.
 *
 * Signals of the terminal (Ctrl-C, Ctrl-\, a new size, hang-up) reach the whole foreground group, the lab included;
 * only what another process sent to the guard alone is passed on. Job control: when the lab stops, the guard stops too,
 * so that the shell notices; what continues the guard continues the lab.
 *
 * Not done here: no restart of the lab, and no look at what it was doing. Namespaces, devices and sockets end with
 * their last process by themselves.
 */

#include "ui/guard.h"

#include "net/base/children.h"
#include "net/base/clock.h"
#include "net/base/message.h"
#include "net/base/names.h"
#include "ui/warden.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* How long a lab that was asked to end may take. */
enum { PATIENCE_S = 10 };

static const int passed_on[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

struct guard {
    struct ui_warden *page;
    pid_t warden; /* 0: it was killed */
    pid_t lab;
    bool screen, has_modes;
    struct termios modes;
    bool asked_to_end;
    uint64_t until_ns;
};

/* ---- the terminal ------------------------------------------------------------------------------------------------ */

static void put_string(const char *name)
{
    const char *string = tigetstr(name);
    if (string && string != (char *)-1)
        putp(string);
}

/* Turning the mouse off has no name of its own in terminfo; a terminal that has one says so with kmous. */
static void mouse_off(void)
{
    const char *mouse = tigetstr("kmous");
    if (mouse && mouse != (char *)-1)
        fputs("\033[?1000l\033[?1002l\033[?1003l\033[?1006l", stdout);
}

static void leave_screen(void)
{
    int error;
    if (!isatty(STDOUT_FILENO) || setupterm(NULL, STDOUT_FILENO, &error) != OK)
        return;
    mouse_off();
    fputs("\033[?2004l", stdout); /* pastes without marks again */
    put_string("sgr0");
    put_string("rmkx");
    put_string("cnorm");
    put_string("rmcup");
    fflush(stdout);
}

/*
 * Only if it is ours to change: a shell that has put us into the background has its own modes. Where the terminal does
 * not control our session (`su -c`, a command in a container) there is no foreground, and nobody else who would.
 */
static bool restore_terminal(const struct guard *g)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);
    if (!g->has_modes || (foreground >= 0 && foreground != getpgrp()))
        return false;
    if (g->screen)
        leave_screen();
    return tcsetattr(STDIN_FILENO, TCSANOW, &g->modes) == 0;
}

/*
 * In the warden, when the guard has been killed with the lab. The shell may be back already: modes are restored only
 * while they are the lab's, which lets no signal through; a shell always does.
 */
static void restore_for_guard(void *user)
{
    const struct guard *g = user;
    struct termios now;
    if (!g->has_modes)
        return;
    if (g->screen)
        leave_screen();
    if (tcgetattr(STDIN_FILENO, &now) == 0 && !(now.c_lflag & ISIG))
        tcsetattr(STDIN_FILENO, TCSANOW, &g->modes);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* restored: the terminal, that the lab had drawn on. */
static void say(int signo, bool core, bool restored)
{
    char sentence[300];
    snprintf(sentence, sizeof sentence,
             restored ? _("the lab was ended by %s; the terminal is as it was, and nothing of the lab is left")
                      : _("the lab was ended by %s; nothing of it is left"),
             net_signal_name(signo));
    fprintf(stderr, "tcplab: %s\n", sentence);
    if (core)
        fprintf(stderr, "tcplab: %s\n", _("a core was written"));
}

/* Without a screen SIGPIPE says that who read along has seen enough, as `head` does: nobody need be told. */
static _Noreturn void end_like(const struct guard *g, int status, bool restored)
{
    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    int signo = WTERMSIG(status);
    sigset_t one;
    if (signo != SIGPIPE || g->screen)
        say(signo, WCOREDUMP(status), restored);
    prctl(PR_SET_DUMPABLE, 0); /* one core is enough */
    signal(signo, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, signo);
    raise(signo);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + signo);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static _Noreturn void end(const struct guard *g, int status)
{
    bool restored = WIFSIGNALED(status) && restore_terminal(g) && g->screen;
    net_children_end();
    end_like(g, status, restored);
}

/* Reap whoever has ended; end when it was the lab. A warden that was killed leaves the lab to us, and what its programs
 * left behind. */
static void reap(struct guard *g)
{
    int status;
    pid_t pid;
    atomic_store(&g->page->follows, true);
    if (atomic_exchange(&g->page->stopped, false))
        raise(SIGSTOP); /* whoever stopped the lab meant the job */
    atomic_store(&g->page->follows, false);
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid == g->warden && !WIFSTOPPED(status)) {
            g->warden = 0;
            if (atomic_load(&g->page->over))
                end(g, atomic_load(&g->page->status));
        }
        if (pid == g->lab && WIFSTOPPED(status))
            raise(SIGSTOP);
        else if (pid == g->lab)
            end(g, status);
    }
}

static void pass_on(struct guard *g, const siginfo_t *info)
{
    /* A terminal that goes away may tell the leader of its session alone. */
    bool from_terminal = info->si_code == SI_KERNEL && info->si_signo != SIGHUP;
    /* The warden wakes us because the lab goes on; it may have been stopped again since. */
    bool from_warden = info->si_signo == SIGCONT && info->si_code == SI_USER && info->si_pid == g->warden;
    if (!from_terminal && !from_warden)
        kill(g->lab, info->si_signo);
    if (g->asked_to_end || (info->si_signo != SIGTERM && info->si_signo != SIGHUP))
        return;
    g->asked_to_end = true;
    g->until_ns = net_now_ns() + PATIENCE_S * UINT64_C(1000000000);
}

static int next_signal(const struct guard *g, const sigset_t *set, siginfo_t *info)
{
    if (!g->asked_to_end)
        return sigwaitinfo(set, info);
    struct timespec left = net_time_until(g->until_ns);
    return sigtimedwait(set, info, &left);
}

static _Noreturn void keep_watch(struct guard *g, const sigset_t *set)
{
    for (;;) {
        siginfo_t info;
        int signo = next_signal(g, set, &info);
        if (signo < 0 && errno == EAGAIN)
            kill(g->lab, SIGKILL);
        else if (signo > 0 && signo != SIGCHLD)
            pass_on(g, &info);
        reap(g);
    }
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

int ui_guard(bool screen)
{
    struct guard g = {.screen = screen};
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        sigaddset(&set, passed_on[i]);
    sigprocmask(SIG_BLOCK, &set, &before);
    signal(SIGCHLD, SIG_DFL); /* it may have been ignored by whoever started us */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    g.has_modes = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &g.modes) == 0;
    g.warden = ui_warden(&g.page, &before, restore_for_guard, &g);
    if (g.warden == 0)
        return 0;
    if (g.warden < 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        return -1;
    }
    g.lab = atomic_load(&g.page->lab);
    prctl(PR_SET_NAME, "tcplab-guard");
    /* A background job may restore the modes as well; SIGTTOU would stop it. */
    signal(SIGTTOU, SIG_IGN);
    keep_watch(&g, &set);
}
