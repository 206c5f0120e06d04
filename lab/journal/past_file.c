// SPDX-License-Identifier: GPL-3.0-or-later
// Where a file without a name can be made (O_TMPFILE) that is on a disk.
//
// The user's own directories are tried, the XDG Base Directory Specification's first. Not those of the machine: /tmp is
// often memory, and the lab keeps out of the others. A tmpfs is memory under another name, and so no place for what is
// to take none. Left out: a file with a name where there can be none without; it would stay behind when the lab is
// killed.

#include "lab/journal/past_file.h"

#include "net/data/event.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

/* statfs(2) */
static bool is_memory(int fd)
{
    static const uint32_t tmpfs = 0x01021994, ramfs = 0x858458f6;
    struct statfs fs;
    return fstatfs(fd, &fs) < 0 || (uint32_t)fs.f_type == tmpfs || (uint32_t)fs.f_type == ramfs;
}

static int file_in(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && is_memory(fd)) {
        close(fd);
        errno = EOPNOTSUPP;
        return -1;
    }
    return fd;
}

int lab_past_file(struct net_error *err)
{
    static const struct {
        const char *variable, *below;
    } places[] = {{"XDG_CACHE_HOME", ""}, {"XDG_STATE_HOME", ""}, {"HOME", "/.cache"}, {"HOME", ""}};
    char directory[PATH_MAX];
    int code = ENOENT;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *base = getenv(places[i].variable);
        if (!base || *base != '/')
            continue;
        int bytes = snprintf(directory, sizeof directory, "%s%s", base, places[i].below);
        int fd = bytes > 0 && (size_t)bytes < sizeof directory ? file_in(directory) : -1;
        if (fd >= 0)
            return fd;
        code = errno;
    }
    return net_fail(err, code, "open(O_TMPFILE)",
                    "what is past stays in memory: no directory of yours (XDG_CACHE_HOME, HOME) is on a disk that can "
                    "hold it (%s)",
                    net_errno_name(code));
}
