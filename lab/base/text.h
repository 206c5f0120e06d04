// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences put together.
#ifndef LAB_BASE_TEXT_H
#define LAB_BASE_TEXT_H

#include "net/base/message.h"

#include <stddef.h>

/* Put more text behind what is in out; what does not fit is cut. */
void lab_append(char *out, size_t out_bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The last part of a path. */
const char *lab_base_name(const char *path);

/*
 * One of two whole sentences, by a number: LAB_PLURAL(n, "%u byte was lost", "%u bytes were lost"). Both take the same
 * arguments, so that a translation can choose among more forms than two.
 */
#define LAB_PLURAL(n, one, many) net_message_plural(one, many, (unsigned long)(n))

#endif
