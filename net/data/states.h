// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which a connection goes through its states (RFC 9293, figure 5).
#ifndef NET_DATA_STATES_H
#define NET_DATA_STATES_H

#include "net/data/event.h"

#include <stdbool.h>

/* How far a state is along the way that every connection goes; the way never leads back but from CLOSE. 0: no state. */
int net_state_rank(unsigned state);

/* The states one below the other, as a list shows them: the way of who closes first, then that of the other end. */
extern const uint8_t net_states_in_order[NET_STATES]; /* enum net_state */

/*
 * The state that the kernel went through between two looks at a socket (tcp_rcv_state_process()); ABSENT: none, or not
 * certain.
 *
 *   one_segment   at most one segment was delivered between the looks
 */
enum net_state net_state_between(unsigned from, unsigned to, bool one_segment);

#endif
