// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/locale.h"

#include "net/base/message.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a category is set to, as setlocale(3) reads the environment; "" nothing. */
static const char *locale_of(const char *category)
{
    const char *const names[] = {"LC_ALL", category, "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return "";
}

static bool says_utf8(const char *locale)
{
    const char *codeset = strchr(locale, '.');
    return codeset && (strncasecmp(codeset, ".utf-8", 6) == 0 || strncasecmp(codeset, ".utf8", 5) == 0);
}

void lab_locale_begin(char *missing, size_t room)
{
    bool is_there = setlocale(LC_CTYPE, "") != NULL;
    const char *wanted = locale_of("LC_CTYPE");
    if (missing)
        snprintf(missing, room, "%s", is_there ? "" : wanted);
    if (!is_there && says_utf8(wanted))
        setlocale(LC_CTYPE, "C.UTF-8");
}

bool lab_locale_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool is_plain_c(const char *locale, size_t bytes)
{
    return (bytes == 1 && *locale == 'C') || (bytes == 5 && strncmp(locale, "POSIX", 5) == 0);
}

size_t lab_locale_languages(char out[LAB_LANGUAGES][LAB_LANGUAGE_BYTES])
{
    const char *locale = locale_of("LC_MESSAGES"), *list = getenv("LANGUAGE");
    size_t count = 0;
    if (!*locale || is_plain_c(locale, strlen(locale)))
        return 0;
    for (const char *at = list && *list ? list : locale; *at && count < LAB_LANGUAGES;) {
        size_t bytes = strcspn(at, ":"), name = strcspn(at, ":.@");
        if (is_plain_c(at, bytes))
            break;
        if (name > 0 && name < LAB_LANGUAGE_BYTES)
            snprintf(out[count++], LAB_LANGUAGE_BYTES, "%.*s", (int)name, at);
        at += bytes + (at[bytes] == ':');
    }
    return count;
}

bool lab_locale_is_own(const char *language)
{
    return strncmp(language, "en", 2) == 0 && (!language[2] || language[2] == '_');
}

/* "ko_KR", or of it "ko". */
static bool speak(const char *language)
{
    char name[LAB_LANGUAGE_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(language, "_"), language);
    return net_messages_begin(language) || net_messages_begin(name);
}

bool lab_locale_messages(const char *asked)
{
    char wanted[LAB_LANGUAGES][LAB_LANGUAGE_BYTES];
    if (!lab_locale_is_utf8())
        return false;
    if (asked)
        return !lab_locale_is_own(asked) && speak(asked);
    size_t count = lab_locale_languages(wanted);
    for (size_t i = 0; i < count && !lab_locale_is_own(wanted[i]); i++)
        if (speak(wanted[i]))
            return true;
    return false;
}
