// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/proc.h"

#include "net/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void close_keeping_errno(int fd)
{
    int code = errno;
    close(fd);
    errno = code;
}

ssize_t net_file_read(const char *path, char *out, size_t room)
{
    *out = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, out, room - 1);
    close_keeping_errno(fd);
    out[n > 0 ? n : 0] = '\0';
    return n;
}

int net_file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close_keeping_errno(fd);
    return n < 0 ? -1 : 0;
}

long net_file_number(const char *path, long missing)
{
    char text[32];
    return net_file_read(path, text, sizeof text) > 0 ? strtol(text, NULL, 10) : missing;
}

ssize_t net_proc_read(int pid, int tid, const char *name, char *out, size_t room)
{
    char path[96];
    if (tid)
        snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, name);
    else
        snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return net_file_read(path, out, room);
}

bool net_proc_number(const char *text, const char *label, uint64_t *out)
{
    size_t n = strlen(label);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, label, n) != 0)
            continue;
        *out = strtoull(line + n, NULL, 10);
        return true;
    }
    return false;
}

/* The name in brackets may hold anything: the fields after it begin at the last ')'. The exit code is the last one. */
int net_proc_stat(int pid, int tid, struct net_proc_stat *out)
{
    char text[1024];
    if (net_proc_read(pid, tid, "stat", text, sizeof text) < 0)
        return -1;
    const char *fields = strrchr(text, ')');
    if (!fields || sscanf(fields + 1, " %c %d", &out->state, &out->parent) != 2) {
        errno = ESRCH;
        return -1;
    }
    out->status = atoi(strrchr(fields, ' '));
    return 0;
}

char net_proc_state(int pid, int tid)
{
    struct net_proc_stat stat;
    if (net_proc_stat(pid, tid, &stat) == 0)
        return stat.state;
    return net_is_used_up(errno) ? '?' : '\0';
}
