// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/session/include.h"

#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, BYTES_MAX = 1 << 20 };

void lab_including_begin(struct lab_including *including, const char *file)
{
    struct stat about;
    *including = (struct lab_including){.file = file};
    if (stat(file, &about) < 0)
        return;
    including->device = about.st_dev;
    including->inode = about.st_ino;
}

static char *path_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    char *path = NULL;
    if (*name == '/' || !slash)
        return strdup(name);
    return asprintf(&path, "%.*s%s", (int)(slash + 1 - file), file, name) < 0 ? NULL : path;
}

/* All of an ordinary file; NULL with the sentence. */
static char *read_all(int fd, const char *path, const struct stat *about, struct net_error *err)
{
    size_t bytes = (size_t)about->st_size, at = 0;
    ssize_t n = 1;
    char *text = about->st_size <= BYTES_MAX ? malloc(bytes + 1) : NULL;
    if (!text) {
        net_fail(err, 0, NULL, "%.120s is too large to be included: at most %d bytes", path, BYTES_MAX);
        return NULL;
    }
    while (at < bytes && (n = read(fd, text + at, bytes - at)) > 0)
        at += (size_t)n;
    text[at] = '\0';
    if (n >= 0 && strlen(text) == at)
        return text;
    if (n < 0)
        net_fail(err, errno, NULL, "%.120s cannot be read: %s", path, net_errno_text(errno));
    else
        net_fail(err, 0, NULL, "%.120s is no text: it has a zero byte", path);
    free(text);
    return NULL;
}

static int check(const struct lab_including *outer, const struct lab_including *inner, struct net_error *err)
{
    for (const struct lab_including *each = outer; each; each = each->outer)
        if (each->inode == inner->inode && each->device == inner->device)
            return net_fail(err, 0, NULL, "%.120s includes itself: it is being read already", inner->file);
    if (inner->depth > DEPTH_MAX)
        return net_fail(err, 0, NULL, "files include each other more than %d deep", DEPTH_MAX);
    return 0;
}

int lab_include_read(const struct lab_including *outer, const char *name, struct lab_including *inner, char **text,
                     struct net_error *err)
{
    struct stat about;
    char *path = path_beside(outer->file, name);
    *text = NULL;
    if (!path)
        return net_fail_errno(err, "malloc");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &about) < 0) {
        net_fail(err, errno, NULL, "%.120s cannot be read: %s", path, net_errno_text(errno));
    } else if (!S_ISREG(about.st_mode)) {
        net_fail(err, 0, NULL, "%.120s is no ordinary file", path);
    } else {
        *inner = (struct lab_including){
            .outer = outer, .file = path, .device = about.st_dev, .inode = about.st_ino, .depth = outer->depth + 1};
        if (check(outer, inner, err) == 0)
            *text = read_all(fd, path, &about, err);
    }
    if (fd >= 0)
        close(fd);
    if (!*text)
        free(path);
    return *text ? 0 : -1;
}
