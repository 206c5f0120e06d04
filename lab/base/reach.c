// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/reach.h"

#include "lab/base/home.h"
#include "net/base/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_BYTES_MAX = 64 };

int lab_reach_folder(char out[PATH_MAX], struct net_error *err)
{
    struct net_error why;
    if (lab_home_path("lessons", out, PATH_MAX, &why) < 0)
        return net_fail(err, why.code, NULL, "a lesson has no folder to write in: %s", why.text);
    if (lab_home_make(out) == 0 && (mkdir(out, 0700) == 0 || errno == EEXIST))
        return 0;
    return net_fail(err, errno, "mkdir", "a lesson has no folder to write in: %.120s cannot be made (%s)", out,
                    net_errno_name(errno));
}

/* A name that leads nowhere else, hides nothing, and is the same in every shell. */
static bool is_plain(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *name && *name != '.' && *name != '-' && strspn(name, plain) == strlen(name) &&
           strlen(name) <= NAME_BYTES_MAX;
}

/* FOLDER/NAME, or -1 with the sentence. */
static int in_folder(const char *name, char out[PATH_MAX], struct net_error *err)
{
    char folder[PATH_MAX];
    if (lab_reach_folder(folder, err) < 0)
        return -1;
    if (snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
        return 0;
    return net_fail(err, ENAMETOOLONG, NULL, "the name %.60s is too long for the folder of lessons", name);
}

static int as_it_is(const char *name, char out[PATH_MAX], struct net_error *err)
{
    if (*name && snprintf(out, PATH_MAX, "%s", name) < PATH_MAX)
        return 0;
    return *name ? net_fail(err, ENAMETOOLONG, NULL, "the name of the file is too long: %.60s...", name)
                 : net_fail(err, 0, NULL, "which file? its name is empty");
}

int lab_reach_write(enum lab_reach reach, const char *name, char out[PATH_MAX], struct net_error *err)
{
    if (reach == LAB_REACH_USER)
        return as_it_is(name, out, err);
    if (!is_plain(name))
        return net_fail(err, 0, NULL,
                        "a lesson may not write %.60s: only files of its own, with a plain name such as run.tcplab; "
                        "type the command yourself to write elsewhere",
                        name);
    return in_folder(name, out, err);
}

/* What a lesson may read although it did not write it: none of it is the user's. */
static const char *const ours[] = {"/proc/self/exe", "/etc/os-release", "/dev/null"};

int lab_reach_read(enum lab_reach reach, const char *name, char out[PATH_MAX], struct net_error *err)
{
    bool is_ours = false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        is_ours |= strcmp(name, ours[i]) == 0;
    if (reach == LAB_REACH_USER || is_ours)
        return as_it_is(name, out, err);
    if (!is_plain(name))
        return net_fail(err, 0, NULL,
                        "a lesson may not read %.60s: only files that lessons wrote, /proc/self/exe (the lab itself) "
                        "and /etc/os-release; type the command yourself to read others",
                        name);
    return in_folder(name, out, err);
}
