// SPDX-License-Identifier: GPL-3.0-or-later
// Each call of libc that the lab makes, failing once: a run ends well, or with a sentence, and leaves nothing.
/*
 * First each script runs undisturbed, and its calls are counted; then, run by run, one of them fails with one of the
 * errors that it can have, in whichever process makes it. Functions come in turn, so that a rare one is not lost among
 * thousands of writes.
 */
#include "tests/soak/failing_calls.h"
#include "tests/soak/soak.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ENDS_MS = 30000, ERRORS = 3 };

static const char *const scripts[] = {
    "server single; hand c1; c1 connect; c1 send \"x\"; wait 20ms; show sockets; explain",
    "server fork as process; client hello as process; wait within 5s client ended; clear",
    "server pthread; clients 5; wait within 5s clients ended; show state",
    "wire hold; server epoll; hand c1 as process; wire open; c1 connect; save run.tcplab replace; export run.pcap "
    "replace",
};
enum { SCRIPTS = sizeof scripts / sizeof *scripts };

static const int errors[FAILING_CALLS][ERRORS] = {[FAILING_MALLOC] = {ENOMEM},
                                                  [FAILING_CALLOC] = {ENOMEM},
                                                  [FAILING_REALLOC] = {ENOMEM},
                                                  [FAILING_MMAP] = {ENOMEM, EAGAIN},
                                                  [FAILING_OPEN] = {EMFILE, EACCES, ENOENT},
                                                  [FAILING_SOCKET] = {EMFILE, ENOBUFS, EPERM},
                                                  [FAILING_SOCKETPAIR] = {EMFILE, ENFILE},
                                                  [FAILING_PIPE] = {EMFILE, ENFILE},
                                                  [FAILING_FORK] = {EAGAIN, ENOMEM},
                                                  [FAILING_THREAD] = {EAGAIN},
                                                  [FAILING_SETNS] = {EPERM, ENOMEM},
                                                  [FAILING_UNSHARE] = {EPERM, ENOSPC, ENOMEM},
                                                  [FAILING_WRITE] = {ENOSPC, EIO, EINTR},
                                                  [FAILING_READ] = {EIO, EINTR},
                                                  [FAILING_EPOLL] = {EMFILE, ENOMEM},
                                                  [FAILING_EPOLL_CTL] = {ENOMEM, ENOSPC},
                                                  [FAILING_TIMERFD] = {EMFILE},
                                                  [FAILING_EVENTFD] = {EMFILE, ENOMEM},
                                                  [FAILING_SIGNALFD] = {EMFILE},
                                                  [FAILING_MEMFD] = {EMFILE, ENOMEM},
                                                  [FAILING_TRUNCATE] = {ENOSPC, EINTR},
                                                  [FAILING_SENDMSG] = {ENOBUFS, EINTR, EPERM},
                                                  [FAILING_RECVMSG] = {ENOBUFS, EINTR},
                                                  [FAILING_SEND] = {ENOBUFS, EINTR, EPERM},
                                                  [FAILING_BIND] = {EADDRINUSE, EACCES},
                                                  [FAILING_SETSOCKOPT] = {ENOMEM, EPERM},
                                                  [FAILING_FSYNC] = {EIO, ENOSPC},
                                                  [FAILING_DUP] = {EMFILE},
                                                  [FAILING_IOCTL] = {EPERM, EBUSY},
                                                  [FAILING_SYSCALL] = {EPERM, ENOMEM, ENOSYS}};

static struct failing_counts *counts;
static char library[4096];
static long came; /* how many runs had their call that fails */

/* Runs a script, with its one call that fails if there is one; its status as waitpid has it. */
static bool run(struct soak *s, struct terminal *t, const char *script)
{
    char *argv[] = {s->program, (char *)"-q", (char *)"-c", (char *)script, NULL};
    memset(counts, 0, sizeof *counts);
    setenv("LD_PRELOAD", library, 1);
    terminal_open(t, s->home, argv, 80, 24);
    unsetenv("LD_PRELOAD");
    return terminal_ended(t, ENDS_MS);
}

static void judge(struct soak *s, struct terminal *t, bool ended, const char *row)
{
    const char *said = t->said ? t->said : "";
    int code = WIFEXITED(t->status) ? WEXITSTATUS(t->status) : -1;
    came += counts->failed != 0;
    if (!ended)
        soak_found(s, "%s: no end within %d s: %.300s", row, ENDS_MS / 1000, said);
    else if (soak_has_sanitizer(said))
        soak_found(s, "%s: %.2000s", row, said);
    else if (code < 0 || code > 2 || strstr(said, "was ended by SIG"))
        soak_found(s, "%s: status %#x: %.300s", row, (unsigned)t->status, said);
    else if (code == 2 && !strstr(said, "tcplab: "))
        soak_found(s, "%s: status 2 without a sentence: %.300s", row, said);
    if (ended && !none_marked(s->home, NULL, ENDS_MS))
        soak_found(s, "%s: %zu processes are left", row, marked_processes(s->home, NULL, NULL, 0));
    if (getenv("SAYS_ALL"))
        printf("done %s: status %d: %.200s\n", row, code, said);
}

static void one(struct soak *s, struct failing_counts undisturbed[SCRIPTS])
{
    unsigned script = soak_random(s, SCRIPTS), call;
    do
        call = soak_random(s, FAILING_CALLS);
    while (undisturbed[script].calls[call] == 0);
    unsigned long n = 1 + soak_random(s, (uint32_t)undisturbed[script].calls[call]);
    int error;
    do
        error = errors[call][soak_random(s, ERRORS)];
    while (error == 0);
    char nth[24], number[24], row[200];
    struct terminal t;
    snprintf(nth, sizeof nth, "%lu", n);
    snprintf(number, sizeof number, "%d", error);
    snprintf(row, sizeof row, "script %u, %s no. %lu of %lu fails with %s", script, failing_names[call], n,
             undisturbed[script].calls[call], strerrorname_np(error));
    setenv("FAIL_CALL", failing_names[call], 1);
    setenv("FAIL_NTH", nth, 1);
    setenv("FAIL_ERRNO", number, 1);
    bool ended = run(s, &t, scripts[script]);
    judge(s, &t, ended, row);
    terminal_close(&t);
    kill_marked(s->home, NULL);
}

int main(int argc, char **argv)
{
    struct failing_counts undisturbed[SCRIPTS];
    struct soak s = {0};
    char file[] = "/tmp/tcplab-counts.XXXXXX";
    (void)argc;
    soak_begin(&s, "faults", argv);
    if (!realpath("/proc/self/exe", library) || !strrchr(library, '/'))
        return 3;
    strcpy(strrchr(library, '/'), "/failing_calls.so");
    int fd = mkstemp(file);
    if (fd < 0 || ftruncate(fd, sizeof *counts) < 0)
        return 3;
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        return 3;
    setenv("FAIL_COUNTS", file, 1);
    const long most = s.most;
    s.most = 0;
    for (unsigned i = 0; i < SCRIPTS && soak_next(&s); i++) {
        struct terminal t;
        if (!run(&s, &t, scripts[i]) || t.status != 0)
            soak_found(&s, "script %u ends undisturbed with %#x: %.600s", i, (unsigned)t.status, t.said ? t.said : "");
        undisturbed[i] = *counts;
        if (counts->calls[FAILING_MMAP] == 0)
            soak_found(&s, "script %u: the library is not loaded", i);
        terminal_close(&t);
    }
    s.runs = 0;
    s.most = most;
    while (soak_next(&s))
        one(&s, undisturbed);
    if (s.runs > 0 && came == 0)
        soak_found(&s, "in none of these runs a call failed");
    unlink(file);
    return soak_end(&s);
}
