// SPDX-License-Identifier: GPL-3.0-or-later
// A hand's mailbox, and the program that reads it.
#ifndef NET_ACTOR_HAND_BOX_H
#define NET_ACTOR_HAND_BOX_H

#include "net/actor/hand.h"

/*
 * Shared by the main thread and the hand, by turns; the word that says whose turn it is, is its ring's hand_word:
 * IDLE and back to IDLE by the hand, POSTED by the main thread only when it finds IDLE.
 */
enum net_hand_word { NET_HAND_IDLE, NET_HAND_POSTED };

struct net_hand_box {
    struct net_hand_request request; /* its data: points into data below */
    uint64_t posted_ns;
    uint8_t data[NET_HAND_DATA_MAX];
    uint8_t room[NET_HAND_DATA_MAX]; /* what it receives, what it sends again and again */
};

struct net_hand_box *net_hand_box_new(void); /* NULL with errno */
void net_hand_box_free(struct net_hand_box *);
int net_hand_main(int argc, char **argv); /* as a program; its box is its task's */

#endif
