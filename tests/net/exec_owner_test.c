// SPDX-License-Identifier: GPL-3.0-or-later
// Root believes no lab of another user: what it says of itself is that user's.
#include "net/host/exec.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SAYS_NO = 1 };

/* Hold a file as a lab on the machine's own loopback does, as that user; say so, and wait to be killed. */
static void be_lab(uid_t user, int ready)
{
    if (user && setuid(user) < 0)
        _exit(1);
    int fd = memfd_create("tcplab-hosts", 0);
    dprintf(fd, "pid %d\nmode %d\nserver 0\nclient 0\n", getpid(), NET_MODE_LOOPBACK);
    if (write(ready, "r", 1) == 1)
        pause();
    _exit(1);
}

/* How `true` ends when it is to be run on a host of such a lab. */
static int status_of_exec(uid_t user)
{
    int ready[2], status;
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t lab = fork();
    if (lab == 0)
        be_lab(user, ready[1]);
    close(ready[1]); /* if it ends too soon, there is nothing to read */
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    pid_t pid = fork();
    if (pid == 0) {
        char word[] = "true", *argv[] = {word, NULL};
        struct net_error err;
        int ended = net_exec(lab, NET_CLIENT, argv, &err);
        _exit(ended >= 0 ? ended : strstr(err.text, "is no running lab of yours") ? SAYS_NO : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    kill(lab, SIGKILL);
    waitpid(lab, NULL, 0);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_own(void **state)
{
    (void)state;
    assert_int_equal(status_of_exec(0), 0);
}

static void test_of_another(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(status_of_exec(65534), SAYS_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_own), cmocka_unit_test(test_of_another)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
