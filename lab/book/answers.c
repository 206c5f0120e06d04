// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/book/answers.h"

#include "lab/base/home.h"
#include "lab/book/parts.h"
#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was begun before the lesson had parts stays where it is. */
static int folder_path(const struct lab_lesson *lesson, const struct lab_assignment *a, char *out, size_t room,
                       struct net_error *err)
{
    char name[120];
    snprintf(name, sizeof name, "answers/%.*s-%s", (int)lab_lesson_whole_bytes(lesson->number), lesson->number,
             a->name);
    if (lab_lesson_is_part(lesson->number) && lab_home_data_path(name, out, room, err) == 0 && access(out, F_OK) == 0)
        return 0;
    snprintf(name, sizeof name, "answers/%s-%s", lesson->number, a->name);
    return lab_home_data_path(name, out, room, err);
}

int lab_answers_folder(const struct lab_lesson *lesson, const struct lab_assignment *a, char *out, size_t room,
                       struct net_error *err)
{
    struct net_error why;
    if (folder_path(lesson, a, out, room, &why) < 0)
        return net_fail(err, why.code, NULL, "answers are not kept: %s", why.text);
    if ((lab_home_make(out) < 0 || mkdir(out, 0700) < 0) && errno != EEXIST)
        return net_fail(err, errno, "mkdir", "answers are not kept: %.150s: %s", out, net_errno_text(errno));
    return 0;
}

static bool add_name(const struct lab_assignment *a, char *out, size_t room)
{
    size_t n = strlen(out);
    int bytes = snprintf(out + n, room - n, "/%s.c", a->name);
    return bytes > 0 && (size_t)bytes < room - n;
}

bool lab_answers_file(const struct lab_lesson *lesson, const struct lab_assignment *a, char *out, size_t room)
{
    struct net_error why;
    if (folder_path(lesson, a, out, room, &why) == 0 && add_name(a, out, room))
        return access(out, F_OK) == 0;
    *out = '\0';
    return false;
}

/* All of it, or -1 with errno. */
static int write_all(int fd, const char *text)
{
    size_t bytes = strlen(text);
    while (bytes > 0) {
        ssize_t n = write(fd, text, bytes);
        if (n < 0 && errno != EINTR)
            return -1;
        text += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int lab_answers_begin(const struct lab_lesson *lesson, const struct lab_assignment *a, char *out, size_t room,
                      struct net_error *err)
{
    if (lab_answers_folder(lesson, a, out, room, err) < 0)
        return -1;
    if (!add_name(a, out, room))
        return net_fail(err, ENAMETOOLONG, NULL, "the name of the directory for answers is too long");
    int fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return 0;
    int code = fd < 0 || write_all(fd, a->starter) < 0 ? errno : 0;
    if (fd >= 0 && close(fd) < 0 && code == 0)
        code = errno;
    if (code == 0)
        return 0;
    if (fd >= 0)
        unlink(out); /* half a starter would be taken for the learner's own */
    return net_fail(err, code, "write", "the starter cannot be written to %.150s: %s", out, net_errno_text(code));
}
