// SPDX-License-Identifier: GPL-3.0-or-later
// A call of a hand, for the commands that make one.
#ifndef LAB_COMMANDS_HAND_H
#define LAB_COMMANDS_HAND_H

#include "lab/session/doing.h"
#include "net/engine.h"

bool lab_hand_is_free(const struct lab_session *, const struct lab_actor *);
const struct lab_task *lab_hand_task(const struct lab_session *, uint32_t actor); /* NULL: it has not begun */
/* The descriptor meant when none is named: of the latest socket, else the newest that suits the call, else any; -1 when
 * none is open. */
int lab_hand_fd(const struct lab_session *, const struct lab_actor *, unsigned call);
/* Ask the hand d->actor for a call and go on with that phase; whether it has returned since. */
enum lab_outcome lab_hand_ask(struct lab_doing *, const struct net_hand_request *, int phase);
bool lab_hand_has_returned(const struct lab_doing *);
/* It has returned with all that it brought about, or sleeps and nothing that could wake it is under way. */
bool lab_hand_call_is_over(struct lab_doing *);
/* Wait until the hand that the command names can take a call; LAB_DONE: it can, and is d->actor. */
enum lab_outcome lab_hand_until_free(struct lab_doing *);

/* What a row's argument says of its call, where several rows have the same. */
enum lab_hand_argument {
    LAB_HAND_NULL = 1, /* no address, no buffer */
    LAB_HAND_FOREVER,  /* without a limit of time */
    LAB_HAND_BY_CPU,
    LAB_HAND_WATCH, /* epoll_ctl() ADD, of EPOLLIN at least */
    LAB_HAND_UNSPEC /* connect() to AF_UNSPEC */
};
/* The arguments of a call that hand.c does not know; bytes is room for what it hands over, which request->data points
 * to. -1: err says why not. */
int lab_hand_fill(struct lab_doing *, struct net_hand_request *, uint8_t *bytes, size_t room);

#endif
