// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Three processes:
 *
 *   the caller   is what a shell waits for. It ends with the command, in the same way.
 *   the watch    its child, and parent of the command. Whatever the command leaves behind becomes its child
 *                (PR_SET_CHILD_SUBREAPER), so that nothing escapes it by fork or setsid. It ends with the last of them.
 *   the command  execvp(). It dies if the watch is killed (PR_SET_PDEATHSIG).
 *
 * The watch sleeps until a child ends, the lab ends, or the caller is gone, which it sees by the pipe on which it
 * reports. No terminal stops it: a command that is stopped must end with its lab as well.
 */
#include "net/host/exec_watch.h"

#include "net/base/children.h"
#include "net/base/clock.h"
#include "net/base/message.h"
#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const uint64_t PATIENCE_NS = 500000000;

struct report {
    enum { BEGUN /* value: its pid */, NOT_BEGUN /* errno */, ENDED /* as wait(2) says */, LAB_ENDED } kind;
    int value;
};

static void tell(int fd, int kind, int value)
{
    struct report report = {.kind = kind, .value = value};
    ssize_t unused = write(fd, &report, sizeof report);
    (void)unused; /* nobody listens: the caller was killed */
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* ip, tc and nft stand where an ordinary user's PATH often does not lead; here he may use them. */
static void add_to_path(void)
{
    static const char system[] = "/usr/local/sbin:/usr/sbin:/sbin";
    const char *path = getenv("PATH");
    char *longer;
    if (!path || strstr(path, "/sbin") || asprintf(&longer, "%s:%s", path, system) < 0)
        return;
    setenv("PATH", longer, 1);
    free(longer);
}

static _Noreturn void be_command(pid_t watch, char *const argv[], const sigset_t *mask, int report_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != watch)
        _exit(128 + SIGKILL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    add_to_path();
    net_messages_restore_environment();
    execvp(argv[0], argv);
    tell(report_fd, NOT_BEGUN, errno);
    _exit(127);
}

/* ---- the watch --------------------------------------------------------------------------------------------------- */

struct watch {
    int lab_fd, report_fd, signal_fd;
    pid_t command; /* 0: it has ended */
};

/* Reap who has ended; false when nobody is left. */
static bool reap(struct watch *w)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != w->command)
            continue;
        tell(w->report_fd, ENDED, status);
        close(w->report_fd);
        w->report_fd = -1;
        w->command = 0;
    }
    return pid == 0;
}

static void forget_signals(int signal_fd)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == sizeof info)
        ;
}

static _Noreturn void end_all(struct watch *w, bool by_lab)
{
    uint64_t until_ns = net_now_ns() + PATIENCE_NS;
    struct pollfd any = {.fd = w->signal_fd, .events = POLLIN};
    int report_fd = w->report_fd;
    w->report_fd = -1; /* what ended it was the lab */
    net_children_signal(SIGHUP);
    net_children_signal(SIGCONT);
    while (reap(w) && net_now_ns() < until_ns) {
        struct timespec left = net_time_until(until_ns);
        ppoll(&any, 1, &left, NULL);
        forget_signals(w->signal_fd);
    }
    net_children_end();
    if (by_lab && report_fd >= 0)
        tell(report_fd, LAB_ENDED, 0);
    _exit(0);
}

static _Noreturn void watch(struct watch *w)
{
    while (reap(w)) {
        struct pollfd any[] = {{.fd = w->signal_fd, .events = POLLIN},
                               {.fd = w->lab_fd, .events = POLLIN},
                               {.fd = w->report_fd, .events = 0}}; /* POLLERR: nobody can read it any more */
        poll(any, sizeof any / sizeof any[0], -1);
        forget_signals(w->signal_fd);
        if (any[1].revents)
            end_all(w, true);
        if (any[2].revents)
            end_all(w, false);
    }
    _exit(0);
}

/* Of what the caller had open only what the watch needs: a pipe that it held would never come to its end. */
static void let_go(const struct watch *w)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC), last = 2;
    const int kept[] = {w->lab_fd, w->report_fd, w->signal_fd};
    for (int fd = 0; nowhere >= 0 && fd < 3; fd++)
        dup2(nowhere, fd);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        last = kept[i] > last ? kept[i] : last;
    for (int fd = 3; fd < last; fd++)
        if (fd != w->lab_fd && fd != w->report_fd && fd != w->signal_fd)
            close(fd);
    syscall(SYS_close_range, last + 1, ~0u, 0);
}

static _Noreturn void be_watch(int lab_fd, int report_fd, char *const argv[], const sigset_t *mask)
{
    pid_t self = getpid();
    sigset_t all, child;
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &all, NULL);
    void (*before)(int) = signal(SIGCHLD, SIG_DFL); /* it may have been ignored by whoever started us */
    prctl(PR_SET_NAME, "tcplab-exec");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct watch w = {
        .lab_fd = lab_fd, .report_fd = report_fd, .signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK)};
    w.command = w.signal_fd < 0 ? -1 : fork();
    if (w.command == 0) {
        signal(SIGCHLD, before);
        be_command(self, argv, mask, report_fd);
    }
    signal(SIGPIPE, SIG_IGN); /* the caller may be gone when it is told */
    if (w.command < 0) {
        tell(report_fd, NOT_BEGUN, errno);
        _exit(1);
    }
    tell(report_fd, BEGUN, w.command);
    let_go(&w);
    watch(&w);
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

/* The terminal as the command found it: one that ends with its lab leaves it as it is. */
struct terminal {
    bool has_modes;
    struct termios modes;
};

static void restore(const struct terminal *terminal)
{
    if (!terminal->has_modes)
        return;
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->modes);
}

static int end_like(int status)
{
    sigset_t one;
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    int signo = WTERMSIG(status);
    prctl(PR_SET_DUMPABLE, 0); /* the command's core is enough */
    signal(signo, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, signo);
    raise(signo);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    return 128 + signo;
}

/* What the terminal sends, the command gets as well. */
static void pass_on(int signal_fd, pid_t command)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == sizeof info)
        if (command > 0 && info.ssi_code != SI_KERNEL)
            kill(command, (int)info.ssi_signo);
}

static bool next_report(int report_fd, int signal_fd, pid_t command, struct report *report)
{
    struct pollfd any[] = {{.fd = report_fd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
    for (;;) {
        poll(any, 2, -1);
        if (any[1].revents)
            pass_on(signal_fd, command);
        if (any[0].revents)
            return read(report_fd, report, sizeof *report) == sizeof *report;
    }
}

static int not_begun(const char *name, int code, struct net_error *err)
{
    if (code == ENOENT)
        return net_fail(err, code, "execvp", "There is no command \"%.60s\" on this machine (ENOENT).", name);
    return net_fail(err, code, "execvp", "The command \"%.60s\" cannot be run: %s (%s).", name, net_errno_text(code),
                    net_errno_name(code));
}

static int wait_for_end(int report_fd, int signal_fd, const char *name, const struct terminal *terminal,
                        struct net_error *err)
{
    struct report report;
    pid_t command = 0;
    while (next_report(report_fd, signal_fd, command, &report)) {
        switch (report.kind) {
        case BEGUN: command = report.value; break;
        case NOT_BEGUN: return not_begun(name, report.value, err);
        case ENDED: return end_like(report.value);
        case LAB_ENDED:
            restore(terminal);
            fprintf(stderr, _("tcplab: the lab has ended, and \"%.60s\" with it\n"), name);
            return 128 + SIGKILL;
        }
    }
    return 128 + SIGKILL; /* somebody has killed the watch, and so the command */
}

int net_exec_watched(int lab_fd, char *const argv[], struct net_error *err)
{
    static const int passed_on[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
    struct terminal terminal = {.has_modes = tcgetattr(STDIN_FILENO, &terminal.modes) == 0};
    int report[2];
    sigset_t set, before;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        sigaddset(&set, passed_on[i]);
    if (pipe2(report, O_CLOEXEC) < 0)
        return net_fail_errno(err, "pipe");
    sigprocmask(SIG_BLOCK, &set, &before);
    int signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    pid_t pid = signal_fd < 0 ? -1 : fork();
    if (pid == 0)
        be_watch(lab_fd, report[1], argv, &before);
    close(report[1]);
    if (pid < 0)
        return net_fail_errno(err, signal_fd < 0 ? "signalfd" : "fork");
    return wait_for_end(report[0], signal_fd, argv[0], &terminal, err);
}
