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
static locale_t messages; /* NULL: nothing is translated */
static char *former;      /* "LANGUAGE=...", as it was; NULL there was none */
static char spoken[24];   /* "" likewise */

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

/*
 * libc translates nothing in the locale C; in any other the list in LANGUAGE comes first. Ours is a locale only for
 * looking up: what libc itself says, as by perror() in a program that runs as a thread of the lab, stays that of C.
 */
static locale_t locale_for_messages(void)
{
    locale_t locale = newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return locale ? locale : newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, "", (locale_t)0);
}

static char *look_up(const char *one, const char *many, unsigned long n)
{
    locale_t before = uselocale(messages);
    char *found = many ? dngettext(domain, one, many, n) : dgettext(domain, one);
    uselocale(before);
    return found;
}

static void keep_former(void)
{
    const char *is = getenv("LANGUAGE");
    if (!*spoken && is && asprintf(&former, "LANGUAGE=%s", is) < 0)
        former = NULL;
}

void net_messages_restore_environment(void)
{
    if (former)
        putenv(former);
    else if (*spoken)
        unsetenv("LANGUAGE");
}

const char *net_messages_former_language(void)
{
    return former;
}

bool net_messages_begin(const char *language)
{
    char folder[PATH_MAX];
    keep_former();
    if (strchr(language, '/') || !find_catalogues(language, folder, sizeof folder) ||
        setenv("LANGUAGE", language, 1) != 0 || !bindtextdomain(domain, folder) ||
        !bind_textdomain_codeset(domain, "UTF-8"))
        return false;
    messages = locale_for_messages();
    if (messages && !*look_up("", NULL, 0)) { /* what stands at the head of every catalogue */
        freelocale(messages);
        messages = NULL;
    }
    if (messages)
        snprintf(spoken, sizeof spoken, "%s", language);
    return messages != NULL;
}

const char *net_messages_language(void)
{
    return spoken;
}

bool net_messages_are_translated(void)
{
    return messages != NULL;
}

const char *net_message(const char *sentence)
{
    return messages && *sentence ? look_up(sentence, NULL, 0) : sentence;
}

const char *net_message_plural(const char *one, const char *many, unsigned long n)
{
    if (messages)
        return look_up(one, many, n);
    return n == 1 ? one : many;
}
