// SPDX-License-Identifier: GPL-3.0-or-later
// Which files may be meant where a program is expected.

#include "lab/language/complete_file.h"

#include "lab/base/text.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MOST = 200 };

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_source(const char *name)
{
    return ends_with(name, ".c") || ends_with(name, ".cc") || ends_with(name, ".cpp") || ends_with(name, ".cxx");
}

static const char *meaning_of(const char *path, bool *is_folder)
{
    struct stat file;
    *is_folder = false;
    if (stat(path, &file) < 0)
        return NULL;
    *is_folder = S_ISDIR(file.st_mode);
    if (*is_folder)
        return N_("a folder");
    if (!S_ISREG(file.st_mode))
        return NULL;
    return is_source(path) ? N_("compiled first") : access(path, X_OK) == 0 ? N_("a program") : NULL;
}

/* The folder of what was typed, as it is on the disk. */
static void folder_of(const char *typed, size_t n, char *out, size_t room)
{
    const char *home = getenv("HOME");
    if (strncmp(typed, "~/", 2) == 0 && home)
        snprintf(out, room, "%s%.*s", home, (int)n - 1, typed + 1);
    else
        snprintf(out, room, "%.*s", (int)n, typed);
}

void lab_complete_file(const char *typed, lab_candidate_fn *out, void *user)
{
    const char *slash = strrchr(typed, '/');
    char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + 2], word[PATH_MAX + NAME_MAX + 2];
    if (!slash || !(*typed == '/' || *typed == '.' || *typed == '~'))
        return;
    size_t n = (size_t)(slash - typed) + 1;
    folder_of(typed, n, folder, sizeof folder);
    DIR *directory = opendir(folder);
    struct dirent *entry;
    for (int found = 0; directory && found < FILES_MOST && (entry = readdir(directory));) {
        bool is_folder;
        if (strncmp(entry->d_name, slash + 1, strlen(slash + 1)) != 0 || (*entry->d_name == '.' && !slash[1]) ||
            strchr(entry->d_name, ' '))
            continue;
        snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        const char *meaning = meaning_of(path, &is_folder);
        if (!meaning)
            continue;
        snprintf(word, sizeof word, "%.*s%s%s", (int)n, typed, entry->d_name, is_folder ? "/" : "");
        out(user, word, _(meaning));
        found++;
    }
    if (directory)
        closedir(directory);
}
