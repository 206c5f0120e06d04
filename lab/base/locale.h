// SPDX-License-Identifier: GPL-3.0-or-later
// What the environment says of letters and languages.
#ifndef LAB_BASE_LOCALE_H
#define LAB_BASE_LOCALE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Take LC_CTYPE from the environment; numbers, times and messages of libc stay those of C. Where the locale that it
 * names is not on this machine, and says UTF-8, C.UTF-8 stands in for it, so that letters are letters.
 *
 *   missing  the name of the locale that is not there; "" none is missing. May be NULL.
 *   thread   main, before there are others.
 */
void lab_locale_begin(char *missing, size_t room);
/* Are letters UTF-8? After lab_locale_begin(). */
bool lab_locale_is_utf8(void);

/*
 * The languages that the environment wants, the most wanted first, as gettext has it: of the list in LANGUAGE, else of
 * the first of LC_ALL, LC_MESSAGES and LANG that says something; none where that is C or POSIX. Each as "ko_KR" or
 * "ko": without a codeset or a modifier. Returns how many there are.
 */
enum { LAB_LANGUAGES = 8, LAB_LANGUAGE_BYTES = 24 };
size_t lab_locale_languages(char out[LAB_LANGUAGES][LAB_LANGUAGE_BYTES]);

/*
 * Let the lab say its sentences (net/base/message.h) in the language that is asked for, or, with NULL, in the first
 * that the environment wants and a catalogue has. Only where letters are UTF-8. False: they are English.
 */
bool lab_locale_messages(const char *asked);
/* "en", "en_US", ...: the language in which the lab and its book are written. */
bool lab_locale_is_own(const char *language);

#endif
