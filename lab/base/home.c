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

int lab_home_path(const char *name, char *out, size_t room, struct net_error *err)
{
    /* A relative path in the variable is to be ignored. */
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    bool has_state = state && *state == '/', has_home = home && *home == '/';
    out[0] = '\0';
    if (!has_state && !has_home)
        return net_fail(err, 0, NULL, "neither XDG_STATE_HOME nor HOME names a directory");
    if (is_ours(has_state ? "XDG_STATE_HOME" : "HOME", has_state ? state : home, err) < 0)
        return -1;
    int bytes = has_state ? snprintf(out, room, "%s/tcplab/%s", state, name)
                          : snprintf(out, room, "%s/.local/state/tcplab/%s", home, name);
    if (bytes >= 0 && (size_t)bytes < room)
        return 0;
    out[0] = '\0';
    return net_fail(err, ENAMETOOLONG, NULL, "the name of that directory is too long");
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
