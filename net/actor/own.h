// SPDX-License-Identifier: GPL-3.0-or-later
// Actors whose program is a file of the learner's: private to net/actor.
#ifndef NET_ACTOR_OWN_H
#define NET_ACTOR_OWN_H

#include "net/actor/actor_private.h"

#include <spawn.h>

/*
 * Words. An own program is any executable file, run as it is: by its own loader, in a process of its own, with its
 * libc, its signals, its threads and its end. The library of net/preload is loaded into it where that can be; then its
 * calls, threads, children and crashes are events like those of a chapter program. Where it cannot be (net_sight), what
 * is left are its process, its sockets, its segments and what it prints.
 *
 * Its beginning: the lab starts its own program once more (spawned.c), which says that the task begins, puts the limits
 * below on itself, hides the two descriptors that the library needs, and becomes the program by exec.
 *
 * What it prints comes by the library, in its place among the calls; what the library does not see comes out of two
 * pipes, which are its 1 and 2. Both are kept up to NET_PRINTED_MOST bytes.
 *
 * Limits, so that a program with a mistake does not take the machine with it: processor time, memory, size of files.
 * They are ordinary ones (setrlimit), and what the program gets at them is the kernel's.
 *
 * Owner: struct net_actor has its pipes; struct net_actors the library's file, once for all. Thread: main, but for
 * net_own_become(), which runs in the new process.
 */
enum { NET_OWN_CPU_S = 60, NET_OWN_FILE_BYTES = 1 << 30 };
#define NET_OWN_MEMORY_BYTES                                                                                           \
    ((uint64_t)4 << 30) /* or half of the machine's, if that is less; none with a sanitizer                            \
                         */

/* What the new process is told, in the room of its ring. */
struct net_own_start {
    bool traced;
    char path[3000];
    char language[24]; /* in which it says that it cannot be run */
};

/* Before its start: its pipes, and the library's file. 0, or errno and *call. */
int net_own_open(struct net_actors *, struct net_actor *, const char **call);
void net_own_close(struct net_actors *, struct net_actor *);
/* Its 1 and 2, and the library, for the new process. 0 or errno. */
int net_own_give(const struct net_actors *, const struct net_actor *, posix_spawn_file_actions_t *);
/* Look after its pipes from now on. */
void net_own_listen(struct net_actors *, struct net_actor *);
/* Take what has come out of them; the tag is the epoll event's. False: it is none of a pipe. */
bool net_own_take(struct net_actors *, uint64_t tag);
/* All that is left in them: its first process is over. */
void net_own_take_all(struct net_actors *, struct net_actor *);

/* Say that the calls of its program cannot be seen, and why. */
void net_own_put_unseen(struct net_actors *, const struct net_actor *, enum net_sight);
/* Look after programs whose calls are not seen; whether one has still to show that they are. */
void net_own_look(struct net_actors *);
bool net_own_waits(const struct net_actors *);
/* Look for the children of all own programs, now: also those that a traced one has made unseen (a static program by
 * posix_spawn). */
void net_own_find_children(struct net_actors *);

/* In a new process: the same file under a number that its program does not get for one of its own. */
int net_own_hide(int fd);
/* In the new process. Does not return. */
_Noreturn void net_own_become(struct net_task_group *, const struct net_own_start *, char **argv);

/* The filter's part: an event of an own program with its line, after the FILE events that the line needs. */
void net_own_pass(struct net_actors *, const struct net_event *, net_sink_fn *, void *user);

#endif
