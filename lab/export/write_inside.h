// SPDX-License-Identifier: GPL-3.0-or-later
// The formats of a page, each in a file of its own.
#ifndef LAB_EXPORT_WRITE_INSIDE_H
#define LAB_EXPORT_WRITE_INSIDE_H

#include "lab/export/page.h"

void lab_page_write_html(const struct lab_page *, FILE *);
void lab_page_write_svg(const struct lab_page *, FILE *);
void lab_page_write_markdown(const struct lab_page *, bool blanks, FILE *);

/* Of an experiment: its text and its questions, and apart from them the answers and why (lesson.c). A scene that has no
 * lesson has none. */
bool lab_page_has_lesson(const struct lab_page_scene *);
void lab_page_lesson_as_html(const struct lab_page_lesson *, FILE *);
void lab_page_lesson_as_markdown(const struct lab_page_lesson *, FILE *);
void lab_page_answers_as_markdown(const struct lab_page_lesson *, FILE *);

/* What the picture cannot show, a sentence that stands below it; "" when there is nothing. Returns out. */
const char *lab_page_svg_left_out(const struct lab_page *, char *out, size_t out_bytes);

/* The rows that the ladder consists of: segments, and states that no segment shows. */
bool lab_page_is_rung(const struct lab_page_row *);
/* "gone" for a socket that is no more. */
const char *lab_page_state_name(unsigned state);
/* Rows of the scene are of several connections, so that each has to say of which it is. */
bool lab_page_has_many(const struct lab_page *, const struct lab_page_scene *);

#endif
