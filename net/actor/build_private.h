// SPDX-License-Identifier: GPL-3.0-or-later
// What building has of the actors.
#ifndef NET_ACTOR_BUILD_PRIVATE_H
#define NET_ACTOR_BUILD_PRIVATE_H

#include "net/actor/build.h"
#include "net/ring/ring.h"

#include <limits.h>

/* In an epoll event's tag, beside the build's number. */
#define NET_BUILD_TAG ((uint64_t)1 << 41)

struct net_build_shop {
    struct net_build *builds;
    uint32_t count;        /* ever begun */
    char folder[PATH_MAX]; /* "": none was needed yet */
    int epoll_fd;
    struct net_arena *arena;
    struct net_lines *lines;
};

struct net_build_shop *net_build_shop(struct net_actors *);
/* A compiler has said something, or ended. False: the tag is none of a build. */
bool net_build_take(struct net_actors *, uint64_t tag);
/* What was made goes. */
void net_build_close(struct net_build_shop *);

#endif
