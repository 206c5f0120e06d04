// SPDX-License-Identifier: GPL-3.0-or-later
// What a lesson's text points at: calls and segments with a number.
#ifndef LAB_EXPLAIN_SIGHT_H
#define LAB_EXPLAIN_SIGHT_H

#include "lab/journal/journal.h"

/*
 * `see 1 CONDITION` in a script gives the call or the segment that makes the condition true the sign that the text
 * behind the script has for it. It is a claim like `expect`, and its note is one that held, with the number and the
 * event's index in value; but it is not counted among what was expected. Pure.
 */
enum { LAB_SIGHTS = 9 };
bool lab_is_sight(const struct net_event *);
/* Event + 1 of each number, 0 none: of what was pointed at since event `first`, whatever moment is looked at. */
void lab_sights(const struct lab_journal *, size_t first, size_t out[LAB_SIGHTS + 1]);
/* The number of an event; 0: it has none. */
int lab_sight_of(const size_t sights[LAB_SIGHTS + 1], size_t event);
const char *lab_sight_sign(int number); /* "①"; "" for 0 */

#endif
