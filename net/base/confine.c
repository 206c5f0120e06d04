// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the second and the third version; headers may be older than the kernel. */
#define REFER    (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)

#define READ_FILE  LANDLOCK_ACCESS_FS_READ_FILE
#define READ_DIR   LANDLOCK_ACCESS_FS_READ_DIR
#define EXECUTE    LANDLOCK_ACCESS_FS_EXECUTE
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define READS      (READ_FILE | READ_DIR | EXECUTE)
#define MAKES                                                                                                          \
    (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                        \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | REFER)
/* What a rule may say of a file; the rest is about directories. */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE)

struct allowed {
    const char *path;
    uint64_t access;
};

static const struct allowed program[] = {
    {"/usr", READ_FILE | READ_DIR},  {"/lib", READ_FILE | READ_DIR},    {"/lib64", READ_FILE | READ_DIR},
    {"/proc", READ_FILE | READ_DIR}, {"/proc/self/exe", READ_FILE},     {"/etc/ld.so.cache", READ_FILE},
    {"/etc/os-release", READ_FILE},  {"/etc/localtime", READ_FILE},     {"/etc/hosts", READ_FILE},
    {"/etc/host.conf", READ_FILE},   {"/etc/nsswitch.conf", READ_FILE}, {"/etc/gai.conf", READ_FILE},
    {"/etc/resolv.conf", READ_FILE}, {"/etc/services", READ_FILE},      {"/etc/protocols", READ_FILE},
    {"/dev/zero", READ_FILE},        {"/dev/urandom", READ_FILE},       {"/dev/null", READ_FILE | WRITE_FILE},
};
static const struct allowed lab[] = {{"/proc", WRITE_FILE}, {"/dev", WRITE_FILE}};

/* What is not there need not be allowed. */
static int allow(int ruleset, const struct allowed *rule, uint64_t known)
{
    struct stat is;
    int fd = open(rule->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct landlock_path_beneath_attr beneath = {.allowed_access = rule->access & known, .parent_fd = fd};
    if (fstat(fd, &is) == 0 && !S_ISDIR(is.st_mode))
        beneath.allowed_access &= OF_FILES;
    int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(fd);
    return result;
}

static int allow_all(int ruleset, enum net_confined what, const char *folder, uint64_t known)
{
    const struct allowed *rules = what == NET_CONFINED_LAB ? lab : program;
    size_t count = what == NET_CONFINED_LAB ? sizeof lab / sizeof *lab : sizeof program / sizeof *program;
    /* What the lab compiles gets a folder of its own in there. */
    const uint64_t folders = what == NET_CONFINED_LAB
                                 ? LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | EXECUTE
                                 : 0;
    const struct allowed own = {folder, (READ_FILE | READ_DIR | WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                         LANDLOCK_ACCESS_FS_REMOVE_FILE | folders) &
                                            known};
    for (size_t i = 0; i < count; i++)
        if (allow(ruleset, &rules[i], known) < 0)
            return -1;
    return allow(ruleset, &own, known);
}

int net_confine(enum net_confined what, const char *folder)
{
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t known = (what == NET_CONFINED_PROGRAM ? READS : 0) | WRITE_FILE | MAKES;
    if (version < 0)
        return -1;
    if (version < 3)
        known &= ~TRUNCATE;
    if (version < 2)
        known &= ~REFER;
    const struct landlock_ruleset_attr handled = {.handled_access_fs = known};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0)
        return -1;
    int result = allow_all(ruleset, what, folder, known);
    /* Without it only an administrator of the namespace may confine himself. */
    if (result == 0)
        result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (result == 0)
        result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int code = errno;
    close(ruleset);
    errno = code;
    return result;
}
