// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets counted by host and state, for when there are too many to be read one by one.
#ifndef UI_VIEW_SOCKET_GROUPS_H
#define UI_VIEW_SOCKET_GROUPS_H

#include "ui/view/pane.h"

/* A host that has more sockets than this, with those that are gone, shows them by their states. */
enum { UI_SOCKETS_SINGLE = 48, UI_SOCKET_GROUPS = NET_HOSTS * NET_STATES };

struct ui_socket_group {
    uint8_t host, state; /* ABSENT: gone */
    size_t count;
    uint64_t unread, unsent; /* bytes in the queues of all of them */
};

struct ui_socket_groups {
    struct ui_socket_group group[UI_SOCKET_GROUPS];
    size_t count, most; /* groups; sockets in the largest one */
    size_t sockets;     /* in all of them */
};

/* Whether a socket belongs to what is shown: it lives, or it has been since the experiment began. */
bool ui_socket_is_shown(const struct ui_model *, const struct lab_socket *);
/* One pass over the sockets. Server first; states in the order in which a connection goes through them, gone last. */
struct ui_socket_groups ui_socket_groups_of(const struct ui_model *);
bool ui_sockets_are_many(const struct ui_model *);

/* Rows of a window from y on: one per group, `chosen` under the cursor (-1: none). Draws at most `rows`. */
void ui_socket_groups_draw(const struct ui_pane *, const struct ui_socket_groups *, int chosen, size_t first, int y,
                           int rows);

#endif
