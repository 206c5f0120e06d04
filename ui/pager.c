// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager; /* 0: none */

/* What is set, to be run by a shell; NULL: none is wanted. */
static const char *wanted(void)
{
    const char *set = getenv("PAGER"), *terminal = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || !terminal || strcmp(terminal, "dumb") == 0)
        return NULL;
    if (!set)
        return "less";
    return *set && strcmp(set, "cat") != 0 ? set : NULL;
}

/* There is no less: the text goes where it would have gone without. */
static _Noreturn void copy(void)
{
    char text[4096];
    ssize_t n;
    while ((n = read(STDIN_FILENO, text, sizeof text)) > 0)
        if (write(STDOUT_FILENO, text, (size_t)n) != n)
            break;
    _exit(0);
}

static _Noreturn void be_pager(const char *command, int from)
{
    dup2(from, STDIN_FILENO);
    setenv("LESS", "FRX", 0);
    if (strcmp(command, "less") == 0)
        execlp("less", "less", (char *)NULL);
    else
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    copy();
}

void ui_pager_begin(void)
{
    const char *command = wanted();
    int ends[2];
    if (!command || pipe2(ends, O_CLOEXEC) < 0)
        return;
    fflush(stdout);
    pager = fork();
    if (pager == 0)
        be_pager(command, ends[0]);
    if (pager > 0) {
        dup2(ends[1], STDOUT_FILENO);
        signal(SIGPIPE, SIG_IGN); /* he may leave before the end, */
        signal(SIGINT, SIG_IGN);  /* and Ctrl-C is the pager's */
    }
    close(ends[0]);
    close(ends[1]);
    pager = pager > 0 ? pager : 0;
}

bool ui_pager_end(void)
{
    if (!pager)
        return false;
    bool left = fflush(stdout) != 0 || ferror(stdout);
    close(STDOUT_FILENO);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        ;
    pager = 0;
    return left;
}
