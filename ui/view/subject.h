// SPDX-License-Identifier: GPL-3.0-or-later
// Whom the keys mean.
#ifndef UI_VIEW_SUBJECT_H
#define UI_VIEW_SUBJECT_H

#include "ui/view/pane.h"

/* The hand that c, s, v act for: the owner of the selected socket, else the latest one alive, clients first; NULL. */
const struct lab_actor *ui_subject_hand(const struct ui_model *);
/* The socket that o and d are about: the selected one when a descriptor refers to it, else the hand's latest, else any
 * that has an owner; LAB_NONE. */
int ui_subject_socket(const struct ui_model *);
/* "c1.3" of a socket with an owner; false when it has none. */
bool ui_socket_name(const struct ui_model *, int socket, char *out, size_t out_bytes);
/* A name for a new hand: c1, c2 ... that no actor of this experiment has had. */
void ui_fresh_hand(const struct ui_model *, char *out, size_t out_bytes);
/* "s1 recv = -1 ECONNRESET, because RST #12 from client at 0.412": the last call that failed, and its cause, where it
 * is known; false: none has failed. */
bool ui_last_error(const struct ui_model *, char *out, size_t out_bytes);
/* What stays on and would surprise later: the commands that undo it, joined; "" when nothing does. */
void ui_faults_undo(const struct lab_state *, char *out, size_t out_bytes);

#endif
