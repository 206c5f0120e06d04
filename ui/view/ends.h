// SPDX-License-Identifier: GPL-3.0-or-later
// The two ends of the connection that a box is about, and the keys that such boxes share.
#ifndef UI_VIEW_ENDS_H
#define UI_VIEW_ENDS_H

#include "ui/view/pane.h"

struct ui_ends {
    int conversation;      /* index; LAB_NONE: sockets without a connection, or none at all */
    int socket[NET_HOSTS]; /* indices; LAB_NONE */
};

/*
 * The conversation that was chosen with Tab (pane->cursor, its index + 1), else that of the selected socket, else that
 * of the selected segment, else the latest one of the present experiment. Without any: the latest socket of each host.
 */
struct ui_ends ui_ends_of(const struct ui_pane *, const struct ui_model *);

/*
 * Tab and Shift-Tab choose another conversation. The keys that move time do here what they do outside: Left, Right,
 * End, n, Space, h. UI_PASS: none of them.
 */
unsigned ui_ends_key(struct ui_pane *, const struct ui_model *, int key);
/* "connection 2 of 3", or "". */
void ui_ends_status(const struct ui_pane *, const struct ui_model *, char *out, size_t out_bytes);

/* "c1.3"; "client -" when no descriptor refers to it. */
void ui_end_name(const struct lab_state *, const struct lab_socket *, char *out, size_t out_bytes);
/* Make such a name fit: the actor's name gives way, never the descriptor. */
void ui_end_name_fit(char *name, int columns);
/* The same, by the descriptor that it had last when it has none any more. socket LAB_NONE: "-". */
void ui_end_last_name(const struct ui_model *, int socket, char *out, size_t out_bytes);

/* What a state asks of whom: one sentence, in words of RFC 9293. */
const char *ui_state_says(unsigned net_state);

#endif
