// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences in the learner's language: libc's gettext(3), with one catalogue, po/LANGUAGE.po.
#ifndef NET_BASE_MESSAGE_H
#define NET_BASE_MESSAGE_H

#include <stdbool.h>

/*
 * Sentences stand in the source in English, whole, and are looked up where they are said:
 *
 *   _("...")             here and now
 *   N_("...")            in a table: marked for the catalogue, and looked up by who says it, with net_message()
 *   net_fail(), lab_reply() and all others that tools/messages.sh names look their English format up themselves
 *
 * What is no sentence is not looked up: words of the command language, names of C, states, errno, options, names in
 * JSON. Nothing is decided by the text of a message.
 */
#define _(sentence)  net_message(sentence)
#define N_(sentence) sentence

/* The sentence in the learner's language; itself where there is no translation. Any thread, after
 * net_messages_begin(). */
const char *net_message(const char *sentence) __attribute__((format_arg(1)));
/* One of two, by a number, which they name in digits: a translation has as many forms as its language. */
const char *net_message_plural(const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(1), format_arg(2)));

/*
 * Say sentences in this language from now on. Its catalogue is LANGUAGE/LC_MESSAGES/tcplab.mo in the folder `locale`
 * beside the program, where it was built, or in ../share/locale, where it was installed.
 *   language  "ko", "ko_KR"
 *   returns   false: there is no such catalogue, or no locale in which libc translates; sentences stay English
 *   thread    main, before there are others; LC_CTYPE has been set
 * Sets LANGUAGE.
 */
bool net_messages_begin(const char *language);
/* LANGUAGE as it was, for what is not the lab's: a program that is about to be executed. Any sentence is English then.
 */
void net_messages_restore_environment(void);
/* The word of the environment for programs that are started, "LANGUAGE=..." as it was; NULL: there was none. */
const char *net_messages_former_language(void);
/* That language; "" for English. */
const char *net_messages_language(void);
/* Whether sentences are in another language than the source. */
bool net_messages_are_translated(void);

#endif
