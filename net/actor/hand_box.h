// SPDX-License-Identifier: GPL-3.0-or-later
// A hand's mailbox, and the program that reads it.
#ifndef NET_ACTOR_HAND_BOX_H
#define NET_ACTOR_HAND_BOX_H

#include "net/actor/hand.h"

#include <stdatomic.h>

/*
 * In the room of the hand's ring, and so shared by the main thread and the hand, by turns; the word says whose turn it
 * is: IDLE and back to IDLE by the hand, POSTED by the main thread only when it finds IDLE.
 */
enum net_hand_word { NET_HAND_IDLE, NET_HAND_POSTED };

struct net_task;

struct net_hand_box {
    _Atomic uint32_t word;           /* enum net_hand_word; a futex */
    struct net_hand_request request; /* its data: is not set; see data below */
    uint64_t posted_ns;
    uint8_t data[NET_HAND_DATA_MAX];
};

/* Before the hand begins. */
static inline void net_hand_box_init(struct net_hand_box *box)
{
    atomic_store(&box->word, NET_HAND_IDLE);
}

int net_hand_main(int argc, char **argv); /* as a program; its box is its task's */
/* Where a hand finds the arena again once exec has replaced all that it knows: a hidden descriptor, or -1 and the
 * number of a segment. Of a process; without it a hand cannot exec. */
void net_hand_keep_arena(int fd, int shared_id);
/* The variable in which the new program is told. */
#define NET_HAND_AGAIN      "TCPLAB_HAND_AGAIN"
#define NET_HAND_AGAIN_FORM "%zu,%d,%d"
/* The calls that need more than one line: false, this is none of them. */
bool net_hand_other_call(struct net_task *, struct net_hand_box *);
/* What it receives, or sends again and again: a block that the lab frees if the hand is ended before it can. NULL:
 * there is no memory. */
uint8_t *net_hand_take_room(struct net_task *, size_t bytes);
void net_hand_give_room(struct net_task *, uint8_t *room);

#endif
