// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/data/states.h"

#include <stddef.h>

const uint8_t net_states_in_order[NET_STATES] = {
    NET_STATE_LISTEN,     NET_STATE_SYN_SENT,  NET_STATE_SYN_RECV, NET_STATE_ESTABLISHED,
    NET_STATE_FIN_WAIT1,  NET_STATE_FIN_WAIT2, NET_STATE_CLOSING,  NET_STATE_TIME_WAIT,
    NET_STATE_CLOSE_WAIT, NET_STATE_LAST_ACK,  NET_STATE_CLOSE,    NET_STATE_ABSENT,
};

int net_state_rank(unsigned state)
{
    static const uint8_t of[NET_STATES] = {
        [NET_STATE_SYN_SENT] = 1,  [NET_STATE_LISTEN] = 1,     [NET_STATE_SYN_RECV] = 2,  [NET_STATE_ESTABLISHED] = 3,
        [NET_STATE_FIN_WAIT1] = 4, [NET_STATE_CLOSE_WAIT] = 4, [NET_STATE_FIN_WAIT2] = 5, [NET_STATE_CLOSING] = 5,
        [NET_STATE_LAST_ACK] = 5,  [NET_STATE_TIME_WAIT] = 6,  [NET_STATE_CLOSE] = 7,     [NET_STATE_ABSENT] = 7,
    };
    return state < NET_STATES ? of[state] : 0;
}

enum net_state net_state_between(unsigned from, unsigned to, bool one_segment)
{
    static const struct {
        uint8_t from, to, between;
        bool needs_one_segment;
    } ways[] = {
        {NET_STATE_ESTABLISHED, NET_STATE_FIN_WAIT2, NET_STATE_FIN_WAIT1, false},
        {NET_STATE_ESTABLISHED, NET_STATE_CLOSING, NET_STATE_FIN_WAIT1, false},
        {NET_STATE_ESTABLISHED, NET_STATE_LAST_ACK, NET_STATE_CLOSE_WAIT, false},
        {NET_STATE_FIN_WAIT1, NET_STATE_TIME_WAIT, NET_STATE_FIN_WAIT2, true},
        {NET_STATE_SYN_RECV, NET_STATE_CLOSE_WAIT, NET_STATE_ESTABLISHED, false},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (ways[i].from == from && ways[i].to == to && (one_segment || !ways[i].needs_one_segment))
            return ways[i].between;
    return NET_STATE_ABSENT;
}
