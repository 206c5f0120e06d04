// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/home.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The nearest directory that is there, from path upwards: its owner; -1 when none can be looked at. */
static int owner_of(const char *path, uid_t *owner)
{
    char at[PATH_MAX];
    struct stat is;
    if (snprintf(at, sizeof at, "%s", path) >= (int)sizeof at)
        return -1;
    while (stat(at, &is) < 0) {
        char *slash = strrchr(at, '/');
        if (errno != ENOENT || !slash)
            return -1;
        slash[slash == at] = '\0';
        if (slash == at && stat(at, &is) < 0)
            return -1;
    }
    *owner = is.st_uid;
    return 0;
}

static int is_ours(const char *variable, const char *path, struct net_error *err)
{
    uid_t owner;
    if (owner_of(path, &owner) < 0)
        return net_fail(err, 0, NULL, "%s names %.120s, which cannot be looked at", variable, path);
    if (owner == geteuid() || owner == 0)
        return 0;
    return net_fail(err, 0, NULL, "%s names %.120s, which belongs to another user", variable, path);
}

/* A relative path in the variable is to be ignored. */
static int path_under(const char *variable, const char *below_home, const char *name, char *out, size_t room,
                      struct net_error *err)
{
    const char *named = getenv(variable), *home = getenv("HOME");
    bool is_named = named && *named == '/', has_home = home && *home == '/';
    out[0] = '\0';
    if (!is_named && !has_home)
        return net_fail(err, 0, NULL, "neither %s nor HOME names a directory", variable);
    if (is_ours(is_named ? variable : "HOME", is_named ? named : home, err) < 0)
        return -1;
    int bytes = is_named ? snprintf(out, room, "%s/tcplab/%s", named, name)
                         : snprintf(out, room, "%s/%s/tcplab/%s", home, below_home, name);
    if (bytes >= 0 && (size_t)bytes < room)
        return 0;
    out[0] = '\0';
    return net_fail(err, ENAMETOOLONG, NULL, "the name of that directory is too long");
}

int lab_home_path(const char *name, char *out, size_t room, struct net_error *err)
{
    return path_under("XDG_STATE_HOME", ".local/state", name, out, room, err);
}

int lab_home_data_path(const char *name, char *out, size_t room, struct net_error *err)
{
    return path_under("XDG_DATA_HOME", ".local/share", name, out, room, err);
}

int lab_home_make(const char *path)
{
    char above[PATH_MAX];
    if (snprintf(above, sizeof above, "%s", path) >= (int)sizeof above) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int status = mkdir(above, 0700);
        *slash = '/';
        if (status < 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}
