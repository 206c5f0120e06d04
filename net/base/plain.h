// SPDX-License-Identifier: GPL-3.0-or-later
// What a terminal may be given of a text that others wrote.
#ifndef NET_BASE_PLAIN_H
#define NET_BASE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Texts that were read (a script, a saved run, a name, what a program prints) may hold bytes that steer a terminal,
 * turn the direction of what follows, or cannot be seen. They are shown escaped: \x1b for a byte, \u202e for a
 * character. The screen (ui/draw/text.h) and every line without one use what is here.
 */

/* In place; a line break and a tab become a blank, and a character that was cut at the end is left out. What has no
 * room (with its NUL) is cut. */
void net_plain(char *text, size_t room);
/* Leave out a character that was cut at the end. */
void net_whole(char *text);

/* Bytes of the character at text (RFC 3629), its code point in *point; 0 when they are none. bytes > 0. */
size_t net_utf8(const char *text, size_t bytes, uint32_t *point);
/* A character that shows itself and nothing else: no control (C0, C1), no mark of direction, none without a shape. */
bool net_is_plain(uint32_t point);
/* "\n", "\x1b", "\u202e": what stands for it. */
enum { NET_ESCAPE_BYTES = 12 };
void net_escape(uint32_t value, bool is_byte, char out[NET_ESCAPE_BYTES]);

#endif
