// SPDX-License-Identifier: GPL-3.0-or-later
// The prompt's history, kept between runs.
//
// Each line is appended when it is entered, so that a lab that is killed loses nothing and two labs at once keep both
// theirs. Where the file cannot be written the history lives for the session: that is not worth a message.
#include "ui/draw/prompt.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <readline/history.h>

enum { HISTORY_LINES = 1000 };

static char path[PATH_MAX]; /* "": nowhere; readline's history is one per process, and so is this */

/* Make every directory above the file; the XDG specification wants 0700. */
static void make_directories(char *file)
{
    for (char *slash = strchr(file + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(file, 0700); /* there already, or the file cannot be written either */
        *slash = '/';
    }
}

/* XDG base directories: a relative path in the variable is to be ignored. */
static void find_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = 0;
    if (state && *state == '/')
        n = snprintf(path, sizeof path, "%s/tcplab/history", state);
    else if (home && *home == '/')
        n = snprintf(path, sizeof path, "%s/.local/state/tcplab/history", home);
    if (n <= 0 || (size_t)n >= sizeof path)
        path[0] = '\0';
}

void ui_history_load(void)
{
    using_history();
    stifle_history(HISTORY_LINES);
    find_path();
    if (!path[0])
        return;
    make_directories(path);
    if (read_history(path) == 0)
        history_truncate_file(path, HISTORY_LINES);
}

void ui_history_add(const char *line)
{
    const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last && strcmp(last->line, line) == 0)
        return;
    add_history(line);
    if (path[0] && append_history(1, path) == ENOENT)
        write_history(path);
}
