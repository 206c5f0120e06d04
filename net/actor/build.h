// SPDX-License-Identifier: GPL-3.0-or-later
// Making a program of the learner's sources, in a folder of the lab's own.
#ifndef NET_ACTOR_BUILD_H
#define NET_ACTOR_BUILD_H

#include "net/base/error.h"
#include "net/data/event.h"

/*
 * Sources are a `.c` file, several, or a folder with a Makefile. Files are compiled as
 *
 *     $CC -g -O0 -Wall -Wextra -pthread $CFLAGS -o PROGRAM FILE...         ($CXX and $CXXFLAGS for C++; cc and c++)
 *
 * A folder is copied, and `make` runs in the copy: the learner's files are only read. What is made is put under
 * $TMPDIR (/tmp), each build in a folder of its own, until the lab closes.
 *
 * What the compiler says of a line becomes a DIAGNOSTIC event (after the FILE event of its file, where that is new), in
 * the form that GCC and Clang share: FILE:LINE:COLUMN: error|warning|note: WORDS. When it has failed and said nothing
 * of that form (a linker, make), its last lines are diagnostics of no file.
 *
 * Thread: main. It never blocks: the compiler is looked after by net_actors_reap().
 */
struct net_actors;
struct net_build;

enum net_build_state { NET_BUILD_RUNS, NET_BUILD_DONE, NET_BUILD_FAILED };

/* Whether the words name sources, and not a program. */
bool net_build_is_source(const char *const *words, size_t count);
/* Begin; NULL with err: no such file, no compiler (the sentence says what to install), no folder can be made. */
struct net_build *net_build_start(struct net_actors *, const char *const *words, size_t count, struct net_error *);
enum net_build_state net_build_state(const struct net_build *);
/* The program, once it is DONE. */
const char *net_build_program(const struct net_build *);
/* When it has FAILED: a sentence with the first error, and how many there are. */
void net_build_why(const struct net_build *, struct net_error *);
/* Ends the compiler if it still runs. The program stays. */
void net_build_free(struct net_actors *, struct net_build *);

#endif
