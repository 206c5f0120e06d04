// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/file.h"

#include "net/base/message.h"
#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NO_REPLACE = 1 }; /* RENAME_NOREPLACE */

/* What becomes of it in the end. */
enum way {
    IN_PLACE, /* a pipe, a device, the standard output: it has its name */
    UNNAMED,  /* O_TMPFILE */
    BESIDE    /* under `fresh`, in the same directory */
};

struct lab_file {
    enum way way;
    FILE *out;
    bool is_standard, is_private, replaces;
    struct stat was; /* what it replaces */
    int directory_fd;
    char path[PATH_MAX], name[NAME_MAX + 1], fresh[40];
};

static int cannot_write(const struct lab_file *f, int code, struct net_error *err)
{
    return net_fail(err, code, "open", "cannot write %.120s: %s (%s)", f->path, net_errno_text(code),
                    net_errno_name(code));
}

static int cannot_read(const char *path, int code, struct net_error *err)
{
    return net_fail(err, code, "open", "cannot read %.120s: %s (%s)", path, net_errno_text(code), net_errno_name(code));
}

/* ---- what is there ----------------------------------------------------------------------------------------------- */

static int open_directory(struct lab_file *f, struct net_error *err)
{
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", f->path);
    char *slash = strrchr(above, '/');
    const char *name = slash ? slash + 1 : f->path;
    if (snprintf(f->name, sizeof f->name, "%s", name) >= (int)sizeof f->name)
        return cannot_write(f, ENAMETOOLONG, err);
    if (!*f->name)
        return cannot_write(f, EISDIR, err);
    if (slash)
        slash[1] = '\0';
    f->directory_fd = open(slash ? above : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return f->directory_fd < 0 ? cannot_write(f, errno, err) : 0;
}

/* It may stand in the way, be written as it is, or be replaced. */
static int look(struct lab_file *f, const struct lab_file_wish *wish, struct net_error *err)
{
    if (fstatat(f->directory_fd, f->name, &f->was, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : cannot_write(f, errno, err);
    if (S_ISLNK(f->was.st_mode))
        return net_fail(err, ELOOP, NULL, "%.120s is a symbolic link: name the file that it leads to", f->path);
    if (S_ISDIR(f->was.st_mode))
        return cannot_write(f, EISDIR, err);
    if (!S_ISREG(f->was.st_mode)) {
        f->way = IN_PLACE;
        if (wish->headless && wish->reach == LAB_REACH_USER && !S_ISSOCK(f->was.st_mode))
            return 0;
        return net_fail(err, 0, NULL, "%.120s is no file: pipes and devices are written without a screen only",
                        f->path);
    }
    f->replaces = true;
    if (wish->reach == LAB_REACH_LESSON)
        return net_fail(err, EEXIST, NULL, "%.120s is there already, and a lesson writes new files only: delete it",
                        f->path);
    if (!wish->replace)
        return net_fail(err, EEXIST, NULL, "%.120s is there already: say `replace` at the end to write over it",
                        f->path);
    return faccessat(f->directory_fd, f->name, W_OK, AT_EACCESS) < 0 ? cannot_write(f, errno, err) : 0;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* A name that nobody can have foreseen. */
static void choose_name(struct lab_file *f)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = (uint64_t)getpid();
    snprintf(f->fresh, sizeof f->fresh, ".tcplab-%016llx", (unsigned long long)random);
}

/* A FIFO that nobody reads is an error, not a reason to wait. */
static int open_in_place(const struct lab_file *f)
{
    int fd = openat(f->directory_fd, f->name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        fcntl(fd, F_SETFL, O_WRONLY);
    return fd;
}

/* What replaces a file is nobody else's to read until it has that file's mode. */
static int open_new(struct lab_file *f)
{
    mode_t mode = f->replaces || f->is_private ? 0600 : 0666;
    int fd = -1;
    f->way = UNNAMED;
    if (access("/proc/self/fd", X_OK) == 0) /* by which it gets its name */
        fd = openat(f->directory_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (fd < 0) {
        f->way = BESIDE;
        choose_name(f);
        fd = openat(f->directory_fd, f->fresh, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
    }
    return fd;
}

static int open_stream(struct lab_file *f, struct net_error *err)
{
    int fd = f->way == IN_PLACE ? open_in_place(f) : open_new(f);
    if (fd >= 0 && (f->out = fdopen(fd, "w")))
        return 0;
    cannot_write(f, errno, err);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int begin(struct lab_file *f, const struct lab_file_wish *wish, struct net_error *err)
{
    if (strcmp(wish->name, "-") == 0 && wish->reach == LAB_REACH_USER) {
        snprintf(f->path, sizeof f->path, "%s", _("the standard output"));
        f->way = IN_PLACE;
        f->is_standard = true;
        f->out = wish->standard;
        return f->out ? 0
                      : net_fail(err, 0, NULL,
                                 "`-` is the standard output, where nothing else may be written: it is for `tcplab -q` "
                                 "into a file or a pipe");
    }
    if (lab_reach_write(wish->reach, wish->name, f->path, err) < 0 || open_directory(f, err) < 0 ||
        look(f, wish, err) < 0)
        return -1;
    return open_stream(f, err);
}

struct lab_file *lab_file_new(const struct lab_file_wish *wish, struct net_error *err)
{
    struct lab_file *f = calloc(1, sizeof *f);
    if (!f) {
        net_fail_errno(err, "malloc");
        return NULL;
    }
    f->way = UNNAMED;
    f->is_private = wish->is_private;
    f->directory_fd = -1;
    if (begin(f, wish, err) == 0)
        return f;
    if (f->directory_fd >= 0)
        close(f->directory_fd);
    free(f);
    return NULL;
}

FILE *lab_file_stream(struct lab_file *f)
{
    return f->out;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* The open file without a name gets one that is not there yet. */
static int link_unnamed(const struct lab_file *f, const char *name)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fileno(f->out));
    return linkat(AT_FDCWD, link, f->directory_fd, name, AT_SYMLINK_FOLLOW);
}

/* Under its new name to its place; nothing may have come there meanwhile that was not to be replaced. */
static int move(const struct lab_file *f)
{
    if (f->replaces)
        return renameat(f->directory_fd, f->fresh, f->directory_fd, f->name);
    /* (musl has had a function for it since 1.2.4.) */
    int moved = (int)syscall(SYS_renameat2, f->directory_fd, f->fresh, f->directory_fd, f->name, NO_REPLACE);
    if (moved < 0 && errno == EINVAL) /* a file system without that flag */
        moved = linkat(f->directory_fd, f->fresh, f->directory_fd, f->name, 0);
    return moved;
}

/* Mode and owner, as far as they may be given: but no right to be somebody else. */
static int be_like_replaced(const struct lab_file *f)
{
    int fd = fileno(f->out);
    bool differs = f->was.st_uid != geteuid() || f->was.st_gid != getegid();
    if (differs && fchown(fd, f->was.st_uid, f->was.st_gid) < 0 && errno != EPERM && errno != EINVAL)
        return -1;
    return fchmod(fd, f->was.st_mode & 0777);
}

static int give_name(struct lab_file *f)
{
    if (f->replaces && be_like_replaced(f) < 0)
        return -1;
    if (f->way == UNNAMED && !f->replaces)
        return link_unnamed(f, f->name);
    if (f->way == UNNAMED) {
        choose_name(f);
        if (link_unnamed(f, f->fresh) < 0)
            return -1;
        f->way = BESIDE;
    }
    return move(f);
}

/* 0, or errno. */
static int finish(struct lab_file *f)
{
    if (fflush(f->out) != 0 || ferror(f->out))
        return errno ? errno : EIO;
    if (f->way == IN_PLACE)
        return 0;
    return fsync(fileno(f->out)) < 0 || give_name(f) < 0 ? errno : 0;
}

int lab_file_end(struct lab_file *f, int code, char *path, struct net_error *err)
{
    errno = 0;
    if (code == 0)
        code = finish(f);
    if (code > 0)
        cannot_write(f, code, err);
    if (path)
        snprintf(path, PATH_MAX, "%s", f->path);
    if (f->way == BESIDE)
        unlinkat(f->directory_fd, f->fresh, 0); /* when it was moved it is not there */
    if (!f->is_standard)
        fclose(f->out);
    if (f->directory_fd >= 0)
        close(f->directory_fd);
    free(f);
    return code ? -1 : 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A pipe that was named may have to be waited for until somebody writes; -1: errno. */
static int open_kind(const char *path, bool pipes)
{
    struct stat is;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &is) < 0)
        return fd;
    if (S_ISREG(is.st_mode))
        return fd;
    close(fd);
    if (pipes && !S_ISDIR(is.st_mode))
        return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    errno = S_ISDIR(is.st_mode) ? EISDIR : ENOTSUP;
    return -1;
}

FILE *lab_file_open(const char *path, bool pipes, struct net_error *err)
{
    int fd = open_kind(path, pipes);
    FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (in)
        return in;
    if (fd < 0 && errno == ENOTSUP)
        net_fail(err, ENOTSUP, "open", "cannot read %.120s: it is a pipe or a device, and no file", path);
    else
        cannot_read(path, errno, err);
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* 0, or errno. */
static int read_all(FILE *in, size_t most, char **text, size_t *bytes)
{
    size_t room = 0, got = 1;
    for (*bytes = 0; got > 0; *bytes += got) {
        if (*bytes + 1 >= room) {
            room = room ? 2 * room : 4096;
            char *more = realloc(*text, room);
            if (!more)
                return ENOMEM;
            *text = more;
        }
        got = fread(*text + *bytes, 1, room - *bytes - 1, in);
        if (*bytes + got > most)
            return EFBIG;
    }
    (*text)[*bytes] = '\0';
    return ferror(in) ? errno ? errno : EIO : 0;
}

char *lab_file_text(FILE *in, const char *path, size_t most, size_t *bytes, struct net_error *err)
{
    char *text = NULL;
    errno = 0;
    int code = read_all(in, most, &text, bytes);
    if (code == EFBIG)
        net_fail(err, code, "read", "cannot read %.120s: it is larger than %zu MB", path, most >> 20);
    else if (code)
        cannot_read(path, code, err);
    else if (strlen(text) != *bytes) /* a NUL would hide what comes after it */
        code = net_fail(err, EILSEQ, "read", "cannot read %.120s: it is no text (EILSEQ)", path);
    if (!code)
        return text;
    free(text);
    return NULL;
}
