// SPDX-License-Identifier: GPL-3.0-or-later
// The prompt's history, kept between runs.
//
// Each line is appended when it is entered, so that a lab that is killed loses nothing and two labs at once keep both
// theirs. Where the file cannot be written the history lives for the session: that is not worth a message.
#include "ui/draw/prompt.h"

#include "lab/base/home.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

enum { HISTORY_LINES = 1000 };

static char path[PATH_MAX]; /* "": nowhere; readline's history is one per process, and so is this */

/* What readline reads and writes by name must be a file: at a FIFO it would wait for ever. */
static bool is_file(void)
{
    struct stat is;
    return lstat(path, &is) == 0 && S_ISREG(is.st_mode);
}

void ui_history_load(void)
{
    using_history();
    stifle_history(HISTORY_LINES);
    if (lab_home_path("history", path, sizeof path, NULL) < 0 || lab_home_make(path) < 0)
        path[0] = '\0';
    if (path[0] && is_file() && read_history(path) == 0)
        history_truncate_file(path, HISTORY_LINES);
}

/* At the end of the file, whatever another lab has put there meanwhile. */
static void append(const char *line)
{
    struct stat is;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (fd >= 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode))
        dprintf(fd, "%s\n", line);
    if (fd >= 0)
        close(fd);
}

void ui_history_add(const char *line)
{
    const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last && strcmp(last->line, line) == 0)
        return;
    add_history(line);
    /* readline has begun the next line already: behind this one, not in its place. In its place, what is typed would
     * belong to the entry and to the line, and be freed twice. */
    using_history();
    if (path[0])
        append(line);
}
