// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: every mistake that ends badly, by its name.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int length(const char *text)
{
    return (int)strlen(text);
}

static int recurse(int n)
{
    char room[4096];
    memset(room, n, sizeof room);
    return recurse(n + 1) + room[n % 4096];
}

static void on_usr1(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    printf("from %s\n", info->si_pid == getpid() ? "itself" : "another");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    char *volatile nowhere = NULL;
    if (strcmp(what, "null") == 0)
        *nowhere = 1;
    if (strcmp(what, "strlen") == 0)
        return length(nowhere);
    if (strcmp(what, "abort") == 0)
        abort();
    if (strcmp(what, "deep") == 0)
        return recurse(0);
    if (strcmp(what, "loop") == 0)
        for (;;)
            nowhere = NULL;
    if (strcmp(what, "print") == 0)
        for (;;)
            puts("and so on and so on and so on and so on and so on and so on and so on and so on");
    if (strcmp(what, "fork") == 0)
        for (int n = 0;; n++) {
            pid_t child = fork();
            if (child < 0) {
                perror("fork");
                kill(0, SIGTERM);
            }
            if (child == 0)
                pause();
        }
    if (strcmp(what, "allocate") == 0)
        while ((nowhere = malloc(1 << 20)) != NULL)
            nowhere[0] = 1;
    if (strcmp(what, "closeall") == 0) {
        for (int fd = 2; fd < 5000; fd++)
            close(fd);
        if (fork() == 0)
            execlp("sh", "sh", "-c", "exit 6", (char *)NULL);
        return 4;
    }
    if (strcmp(what, "handler") == 0) {
        struct sigaction action = {.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO};
        sigaction(SIGUSR1, &action, NULL);
        raise(SIGUSR1);
        pause();
    }
    printf("allocated %s\n", nowhere ? "all" : "until there was no more");
    return 5;
}
