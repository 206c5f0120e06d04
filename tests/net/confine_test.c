// SPDX-License-Identifier: GPL-3.0-or-later
// Landlock: what a program that a lesson started can still open, and what the lab itself can.
#include "net/base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/confine_test.XXXXXX", folder[64], outside[64];

enum { CANNOT = 100 };

/* 0, or errno of the open() */
static int opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int code = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

/* What fn says in a process that is confined so; CANNOT where the kernel has no Landlock. */
static int when_confined(enum net_confined what, int (*fn)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(net_confine(what, folder) == 0 ? fn() : CANNOT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The number of the first that is not so; 0: all are. */
static int as_program(void)
{
    char mine[80];
    snprintf(mine, sizeof mine, "%s/new", folder);
    const struct {
        const char *path;
        int flags, code;
    } rows[] = {
        {mine, O_WRONLY | O_CREAT, 0},     {mine, O_RDONLY, 0},
        {outside, O_RDONLY, EACCES},       {outside, O_WRONLY, EACCES},
        {"/etc/shadow", O_RDONLY, EACCES}, {"/etc/passwd", O_RDONLY, EACCES},
        {"/proc/self/exe", O_RDONLY, 0},   {"/proc/self/stat", O_RDONLY, 0},
        {"/dev/null", O_RDWR, 0},          {"/etc/os-release", O_RDONLY, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (opens(rows[i].path, rows[i].flags) != rows[i].code)
            return (int)i + 1;
    return 0;
}

static int as_lab(void)
{
    char mine[80], other[80];
    snprintf(mine, sizeof mine, "%s/second", folder);
    snprintf(other, sizeof other, "%s/new", root);
    return opens(mine, O_WRONLY | O_CREAT) != 0               ? 1
           : opens(outside, O_RDONLY) != 0                    ? 2
           : opens(outside, O_WRONLY) != EACCES               ? 3
           : opens(other, O_WRONLY | O_CREAT) != EACCES       ? 4
           : opens("/proc/self/oom_score_adj", O_WRONLY) != 0 ? 5
           : unlink(outside) == 0 || errno != EACCES          ? 6
                                                              : 0;
}

static void is_held(int got)
{
    if (got == CANNOT)
        skip();
    assert_int_equal(got, 0);
}

static void test_program(void **state)
{
    (void)state;
    is_held(when_confined(NET_CONFINED_PROGRAM, as_program));
}

static void test_lab(void **state)
{
    (void)state;
    is_held(when_confined(NET_CONFINED_LAB, as_lab));
}

/* A folder that is not there is no reason to let everything be. */
static int without_folder(void)
{
    return opens(outside, O_WRONLY) != EACCES;
}

static void test_without_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/none", root);
    is_held(when_confined(NET_CONFINED_PROGRAM, without_folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_lab),
        cmocka_unit_test(test_without_folder),
    };
    if (!mkdtemp(root))
        return 1;
    snprintf(folder, sizeof folder, "%s/folder", root);
    snprintf(outside, sizeof outside, "%s/outside", root);
    if (mkdir(folder, 0700) < 0 || opens(outside, O_WRONLY | O_CREAT) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command) == 0 ? failed : 1;
}
