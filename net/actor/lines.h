// SPDX-License-Identifier: GPL-3.0-or-later
// Source lines of programs of the learner's: from the places that they call from, by their debug information.
#ifndef NET_ACTOR_LINES_H
#define NET_ACTOR_LINES_H

#include "net/ring/ring.h"

/*
 * A program tells each place that it calls from once, by number (NET_EV_SITE, net/preload). Here the place becomes a
 * line of a file, and each event with the number gets it: so every event in the journal has its line, and a saved run
 * needs neither the program nor its debug information. The library that reads it (libdw) is loaded with the first such
 * place.
 *
 * Of a place in a library's code that is compiled into the program the line is that of the innermost caller which is
 * not (net_ev_site.callers).
 *
 * Main thread. A place costs about 1 us, the first one of a program some ms.
 */
struct net_lines;

struct net_lines *net_lines_new(void); /* NULL: no memory */
void net_lines_free(struct net_lines *);

/* Take in a SITE event, and say whose code the place is. fresh: as below. */
enum net_site_kind net_lines_learn(struct net_lines *, const struct net_event *, unsigned *fresh);

/* Where in the source; file 0: not known. */
struct net_line {
    uint16_t file, line;
};
/* Of a place that was learned. */
struct net_line net_lines_of(const struct net_lines *, uint32_t site);
/* The number of a file by its path, and the path by its number. Numbers count from 1 and stay. Files that were not
 * named yet are by *fresh > 0: the number of the newest one, which the caller tells. */
uint16_t net_lines_file(struct net_lines *, const char *path, unsigned *fresh);
const char *net_lines_path(const struct net_lines *, unsigned file);
/* A program that was built in a folder of the lab's own: its files are named as in the learner's. */
void net_lines_rename(struct net_lines *, const char *built_in, const char *source);
/* Whether the lines of this program file can be known. */
enum net_lines_known net_lines_has(struct net_lines *, const char *path);

#endif
