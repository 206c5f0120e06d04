// SPDX-License-Identifier: GPL-3.0-or-later
// Text from anywhere, written so that it is nothing but text in the file that it stands in.
#ifndef LAB_EXPORT_ESCAPE_H
#define LAB_EXPORT_ESCAPE_H

#include <stdio.h>

/*
 * What a peer sent, what a program printed, what somebody typed: none of it may become a tag, an attribute, a script, a
 * table's cell or a link. In all of these formats
 *
 *   control characters   stand as \x1b;
 *   what turns the direction of writing, has no width, or ends a line in Unicode (U+202E, U+200B, U+2028)   as \u202e;
 *   bytes that are no UTF-8, and what XML 1.0 cannot hold (U+FFFE)   as \xff and \ufffe.
 */
enum lab_escape {
    LAB_AS_XML,      /* HTML and SVG, as text and within quoted attributes: & < > " ' are entities */
    LAB_AS_MARKDOWN, /* CommonMark and its tables, one line: ASCII punctuation that could mean something is escaped */
    LAB_AS_CODE      /* the same where nothing means something: within code, whose marks the caller looks after */
};

void lab_put_escaped(enum lab_escape, const char *text, FILE *out);

#endif
