// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lines/notes.h"

#include "lab/base/home.h"
#include "lab/base/locale.h"
#include "net/base/message.h"
#include "ui/app/notes.h"
#include "ui/draw/text.h"
#include "ui/lines/lines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 80, LOOK_MS = 1000 /* how soon it is seen that a lab was killed */ };

/* The lab that has written last; 0: none. */
static int find_lab(const char *folder)
{
    struct dirent *entry;
    struct timespec newest = {0, 0};
    int found = 0;
    DIR *dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        struct stat is;
        int pid = ui_notes_lab(entry->d_name);
        if (!pid || fstatat(dirfd(dir), entry->d_name, &is, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(is.st_mode))
            continue;
        bool is_newer = is.st_mtim.tv_sec > newest.tv_sec ||
                        (is.st_mtim.tv_sec == newest.tv_sec && is.st_mtim.tv_nsec >= newest.tv_nsec);
        if (is_newer) {
            newest = is.st_mtim;
            found = pid;
        }
    }
    if (dir)
        closedir(dir);
    return found;
}

static int columns_now(void)
{
    struct winsize size;
    bool has = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return has ? size.ws_col - 1 : COLUMNS;
}

/* False: it is not there any more. */
static bool show(const char *path, bool is_first)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t bytes;
    FILE *in = fopen(path, "re");
    const char *term = getenv("TERM");
    if (!in)
        return false;
    if (isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0)
        fputs("\033[H\033[2J", stdout);
    else if (!is_first)
        fputs("----\n", stdout);
    while ((bytes = getline(&line, &room, in)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        ui_lines_put(stdout, columns_now(), "", line);
    }
    free(line);
    fclose(in);
    return true;
}

/* Until something in the folder has changed, or a moment has passed. */
static void wait_for_change(int inotify_fd)
{
    struct pollfd one = {.fd = inotify_fd, .events = POLLIN};
    char events[4096];
    while (poll(&one, 1, one.revents ? 0 : LOOK_MS) > 0 && read(inotify_fd, events, sizeof events) > 0)
        ;
}

static void follow(const char *path, int pid, int inotify_fd)
{
    struct stat seen = {0}, is;
    for (bool is_first = true; ui_notes_lab(strrchr(path, '/') + 1) == pid; wait_for_change(inotify_fd)) {
        if (stat(path, &is) < 0)
            break;
        bool is_new = is.st_ino != seen.st_ino || is.st_mtim.tv_nsec != seen.st_mtim.tv_nsec ||
                      is.st_mtim.tv_sec != seen.st_mtim.tv_sec;
        seen = is;
        if (is_new && !show(path, is_first))
            break;
        is_first &= !is_new;
        fflush(stdout);
    }
    puts(_("The lesson is over."));
}

int ui_notes_follow(void)
{
    struct net_error err;
    char path[PATH_MAX], folder[PATH_MAX];
    lab_locale_begin(NULL, 0);
    if (lab_home_path("", folder, sizeof folder, &err) < 0) {
        fprintf(stderr, "tcplab: %s\n", err.text);
        return 2;
    }
    int pid = find_lab(folder);
    if (!pid) {
        fprintf(stderr, "tcplab: %s\n", _("no lab presents a lesson now: `tcplab present 3.1` does"));
        return 2;
    }
    snprintf(path, sizeof path, "%.4000s%s" UI_NOTES_PREFIX "%d", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
             pid);
    int inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify_fd >= 0)
        inotify_add_watch(inotify_fd, folder, IN_MOVED_TO | IN_DELETE);
    follow(path, pid, inotify_fd);
    if (inotify_fd >= 0)
        close(inotify_fd);
    return 0;
}
