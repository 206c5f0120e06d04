// SPDX-License-Identifier: GPL-3.0-or-later
// Files that the lab writes and reads: who may what, and that nothing is lost or left.
#include "lab/base/file.h"
#include "lab/base/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/file_test.XXXXXX";
static struct net_error err;

static const char *at(const char *name)
{
    static char path[4][PATH_MAX];
    static unsigned next;
    char *out = path[next++ % 4];
    snprintf(out, PATH_MAX, "%s/%s", root, name);
    return out;
}

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void holds(const char *path, const char *text)
{
    char got[100] = "";
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t n = fread(got, 1, sizeof got - 1, in);
    got[n] = '\0';
    fclose(in);
    assert_string_equal(got, text);
}

static int files(const char *path)
{
    DIR *dir = opendir(path);
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (dir)
        closedir(dir);
    return count;
}

static int writes(struct lab_file_wish wish, const char *text)
{
    err = (struct net_error){0};
    struct lab_file *file = lab_file_new(&wish, &err);
    if (!file)
        return -1;
    fputs(text, lab_file_stream(file));
    return lab_file_end(file, 0, NULL, &err);
}

static struct lab_file_wish user(const char *name)
{
    return (struct lab_file_wish){.name = name, .reach = LAB_REACH_USER};
}

static struct lab_file_wish over(const char *name)
{
    return (struct lab_file_wish){.name = name, .reach = LAB_REACH_USER, .replace = true};
}

static void refused(struct lab_file_wish wish, const char *why)
{
    assert_int_equal(writes(wish, "new"), -1);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say: %s", err.text, why);
}

static int before(void **state)
{
    (void)state;
    memcpy(strrchr(root, '.'), ".XXXXXX", 8);
    if (!mkdtemp(root) || setenv("XDG_STATE_HOME", root, 1) < 0)
        return -1;
    return 0;
}

static int after(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void test_new(void **state)
{
    (void)state;
    umask(027);
    assert_int_equal(writes(user(at("a")), "one"), 0);
    struct stat is;
    assert_int_equal(stat(at("a"), &is), 0);
    assert_int_equal(is.st_mode & 0777, 0640);
    holds(at("a"), "one");
    assert_int_equal(files(root), 1);
    refused(user(at("none/x")), "ENOENT");
    refused(user(root), "EISDIR");
    refused(user(""), "empty");
}

static void test_replaced_only_when_said(void **state)
{
    (void)state;
    put(at("a"), "old", 0604);
    refused(user(at("a")), "`replace`");
    holds(at("a"), "old");
    assert_int_equal(writes(over(at("a")), "new"), 0);
    holds(at("a"), "new");
    struct stat is;
    assert_int_equal(stat(at("a"), &is), 0);
    assert_int_equal(is.st_mode & 07777, 0604);
    assert_int_equal(files(root), 1);
}

/* What it leads to is not what was named, and neither is changed. */
static void test_links(void **state)
{
    (void)state;
    put(at("a"), "old", 0644);
    assert_int_equal(symlink("a", at("link")), 0);
    assert_int_equal(symlink("nowhere", at("dangling")), 0);
    refused(over(at("link")), "symbolic link");
    refused(over(at("dangling")), "symbolic link");
    refused(user(at("dangling")), "symbolic link");
    assert_int_equal(link(at("a"), at("second")), 0);
    assert_int_equal(writes(over(at("second")), "new"), 0);
    holds(at("a"), "old");
    holds(at("second"), "new");
}

static void test_pipes_and_devices(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    refused(over(at("pipe")), "is no file");
    refused(over("/dev/null"), "is no file");
    struct lab_file_wish headless = over(at("pipe"));
    headless.headless = true;
    refused(headless, "ENXIO"); /* nobody reads it: it does not wait */
    headless.name = "/dev/full";
    refused(headless, "ENOSPC");
    headless.name = "/dev/null";
    assert_int_equal(writes(headless, "x"), 0);
    headless.reach = LAB_REACH_LESSON;
    refused(headless, "a lesson may not");
}

static void test_standard_output(void **state)
{
    (void)state;
    refused(user("-"), "standard output");
    FILE *out = fopen(at("out"), "w");
    assert_int_equal(writes((struct lab_file_wish){.name = "-", .reach = LAB_REACH_USER, .standard = out}, "text"), 0);
    assert_int_equal(fclose(out), 0); /* it is still the caller's */
    holds(at("out"), "text");
}

/* With a limit as with a full disk: the old file stays, and nothing of the new one. */
static void test_no_room(void **state)
{
    (void)state;
    put(at("old"), "old", 0644);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit little = {4, 4};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &little);
        int both = writes(over(at("old")), "more than fits") + writes(user(at("new")), "more than fits");
        _exit(both == -2 && strstr(err.text, "EFBIG") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    holds(at("old"), "old");
    assert_int_equal(files(root), 1);
}

static void test_dropped(void **state)
{
    (void)state;
    const struct lab_file_wish wish = user(at("a"));
    struct lab_file *file = lab_file_new(&wish, &err);
    assert_non_null(file);
    assert_int_equal(lab_file_end(file, ENOSPC, NULL, &err), -1);
    assert_non_null(strstr(err.text, "ENOSPC"));
    assert_int_equal(files(root), 0);
}

/* Somebody else was quicker. */
static void test_raced(void **state)
{
    (void)state;
    const struct lab_file_wish wish = user(at("a"));
    struct lab_file *file = lab_file_new(&wish, &err);
    assert_non_null(file);
    put(at("a"), "theirs", 0644);
    assert_int_equal(lab_file_end(file, 0, NULL, &err), -1);
    assert_non_null(strstr(err.text, "EEXIST"));
    holds(at("a"), "theirs");
    assert_int_equal(files(root), 1);
}

static void test_lesson(void **state)
{
    (void)state;
    static const char *const names[] = {"/etc/passwd", "../x", "a/b", ".bashrc", "-", "",    "x y",           "$(id)",
                                        "~",           "a\nb", "..",  ".",       "*", "-rf", "/proc/self/exe"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        refused((struct lab_file_wish){.name = names[i]}, "a lesson may not write");
    assert_int_equal(files(root), 0);
    char path[PATH_MAX];
    assert_int_equal(writes((struct lab_file_wish){.name = "run.tcplab"}, "one"), 0);
    assert_int_equal(lab_reach_folder(path, &err), 0);
    assert_string_equal(path, at("tcplab/lessons"));
    holds(at("tcplab/lessons/run.tcplab"), "one");
    refused((struct lab_file_wish){.name = "run.tcplab", .replace = true}, "new files only");
    holds(at("tcplab/lessons/run.tcplab"), "one");
    assert_int_equal(lab_reach_read(LAB_REACH_LESSON, "/etc/shadow", path, &err), -1);
    assert_int_equal(lab_reach_read(LAB_REACH_LESSON, "/proc/self/exe", path, &err), 0);
    assert_int_equal(lab_reach_read(LAB_REACH_LESSON, "run.tcplab", path, &err), 0);
    assert_string_equal(path, at("tcplab/lessons/run.tcplab"));
    assert_int_equal(lab_reach_read(LAB_REACH_USER, "/etc/shadow", path, &err), 0);
}

/* Root with the home of another (`sudo -E`) keeps nothing there. */
static void test_home_of_another(void **state)
{
    (void)state;
    char path[PATH_MAX];
    if (geteuid() != 0)
        skip();
    assert_int_equal(lab_home_path("history", path, sizeof path, &err), 0);
    assert_string_equal(path, at("tcplab/history"));
    assert_int_equal(chown(root, 65534, 65534), 0);
    assert_int_equal(lab_home_path("history", path, sizeof path, &err), -1);
    assert_string_equal(path, "");
    assert_non_null(strstr(err.text, "another user"));
    setenv("XDG_STATE_HOME", at("not/there"), 1);
    assert_int_equal(lab_home_path("history", path, sizeof path, &err), -1);
    refused((struct lab_file_wish){.name = "a"}, "another user");
    assert_int_equal(files(root), 0);
}

static void test_reading(void **state)
{
    (void)state;
    size_t bytes;
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_null(lab_file_open(at("pipe"), false, &err)); /* without waiting for somebody who writes */
    assert_non_null(strstr(err.text, "a pipe or a device"));
    assert_null(lab_file_open(root, true, &err));
    assert_non_null(strstr(err.text, "EISDIR"));
    FILE *zero = lab_file_open("/dev/zero", true, &err);
    assert_non_null(zero);
    assert_null(lab_file_text(zero, "zero", 1 << 20, &bytes, &err));
    assert_string_equal(err.text, "cannot read zero: it is larger than 1 MB");
    fclose(zero);
    put(at("a"), "text", 0644);
    FILE *in = lab_file_open(at("a"), false, &err);
    char *text = lab_file_text(in, "a", 4, &bytes, &err);
    assert_string_equal(text, "text");
    assert_int_equal(bytes, 4);
    free(text);
    rewind(in);
    assert_null(lab_file_text(in, "a", 3, &bytes, &err));
    fclose(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new, before, after),
        cmocka_unit_test_setup_teardown(test_replaced_only_when_said, before, after),
        cmocka_unit_test_setup_teardown(test_links, before, after),
        cmocka_unit_test_setup_teardown(test_pipes_and_devices, before, after),
        cmocka_unit_test_setup_teardown(test_standard_output, before, after),
        cmocka_unit_test_setup_teardown(test_no_room, before, after),
        cmocka_unit_test_setup_teardown(test_dropped, before, after),
        cmocka_unit_test_setup_teardown(test_raced, before, after),
        cmocka_unit_test_setup_teardown(test_lesson, before, after),
        cmocka_unit_test_setup_teardown(test_home_of_another, before, after),
        cmocka_unit_test_setup_teardown(test_reading, before, after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
