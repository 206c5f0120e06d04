// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/message.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char domain[] = "tcplab";
static bool translates;
static char spoken[24];

/* The folder of catalogues that has this language's; false: none has. */
static bool find_catalogues(const char *language, char *out, size_t room)
{
    static const char *const folders[] = {"locale", "../share/locale"};
    char self[PATH_MAX], file[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    if (bytes <= 0)
        return false;
    self[bytes] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (snprintf(file, sizeof file, "%s/%s/%s/LC_MESSAGES/tcplab.mo", self, folders[i], language) >=
            (int)sizeof file)
            continue;
        if (access(file, R_OK) == 0)
            return snprintf(out, room, "%s/%s", self, folders[i]) < (int)room;
    }
    return false;
}

/* libc translates nothing in the locale C; in any other the list in LANGUAGE comes first. */
static bool leave_c(void)
{
    const char *locale = setlocale(LC_MESSAGES, "");
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        locale = setlocale(LC_MESSAGES, "C.UTF-8");
    return locale != NULL;
}

bool net_messages_begin(const char *language)
{
    char folder[PATH_MAX];
    if (strchr(language, '/') || !find_catalogues(language, folder, sizeof folder) || !leave_c() ||
        setenv("LANGUAGE", language, 1) != 0 || !bindtextdomain(domain, folder) ||
        !bind_textdomain_codeset(domain, "UTF-8"))
        return false;
    bindtextdomain("libc",
                   "/dev/null"); /* strerror() says to programs of the lab what it says to any in the locale C */
    translates = strcmp(dgettext(domain, ""), "") != 0; /* what stands at the head of every catalogue */
    if (translates)
        snprintf(spoken, sizeof spoken, "%s", language);
    return translates;
}

const char *net_messages_language(void)
{
    return spoken;
}

bool net_messages_are_translated(void)
{
    return translates;
}

const char *net_message(const char *sentence)
{
    return translates && *sentence ? dgettext(domain, sentence) : sentence;
}

const char *net_message_plural(const char *one, const char *many, unsigned long n)
{
    if (translates)
        return dngettext(domain, one, many, n);
    return n == 1 ? one : many;
}
