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

#endif
