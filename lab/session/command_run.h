// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that carry commands out, one per row or family of rows.
#ifndef LAB_SESSION_COMMAND_RUN_H
#define LAB_SESSION_COMMAND_RUN_H

#include "lab/language/row.h"

/* command_start.c */
lab_run_fn lab_run_start;
/* command_actor.c */
lab_run_fn lab_run_signal, lab_run_cancel, lab_run_fail, lab_run_set, lab_run_get, lab_run_destroy, lab_run_reboot,
    lab_run_clear, lab_run_gate, lab_run_net;
/* command_hand.c; the row's number is the enum net_call */
lab_run_fn lab_run_hand;
bool lab_hand_is_free(const struct lab_session *, const struct lab_actor *);
enum lab_outcome lab_run_hand_option(struct lab_doing *,
                                     bool set); /* setsockopt or getsockopt as a call of a free hand */
/* command_wire.c; the row's number is an enum lab_wire_act */
enum lab_wire_act {
    LAB_WIRE_HOLD,
    LAB_WIRE_OPEN,
    LAB_WIRE_RELEASE,
    LAB_WIRE_DROP,
    LAB_WIRE_CUT,
    LAB_WIRE_UNREACHABLE,
    LAB_WIRE_JOIN,
    LAB_WIRE_DELAY,
    LAB_WIRE_LOSS,
    LAB_WIRE_DUPLICATE_SHARE,
    LAB_WIRE_DUPLICATE
};
lab_run_fn lab_run_wire;
/* command_wait.c */
lab_run_fn lab_run_wait_time, lab_run_wait, lab_run_expect, lab_run_predict, lab_run_choice, lab_run_needs;
/* command_show.c */
lab_run_fn lab_run_show_sockets, lab_run_show_calls, lab_run_show_wire, lab_run_show_actors, lab_run_show_options,
    lab_run_show_sysctls, lab_run_show_state, lab_run_explain;
/* matrix.c */
lab_run_fn lab_run_matrix_run, lab_run_matrix_show, lab_run_matrix_differences, lab_run_matrix_export;
struct lab_matrix_run;
void lab_matrix_run_free(struct lab_matrix_run *);
/* compare.c */
lab_run_fn lab_run_compare;
/* command_versus.c */
lab_run_fn lab_run_with, lab_run_versus, lab_run_versus_show;
/* command_help.c */
lab_run_fn lab_run_help;
/* command_lab.c */
lab_run_fn lab_run_echo, lab_run_save, lab_run_export, lab_run_quit;

enum lab_gate_act { LAB_GATE_STEP, LAB_GATE_RUN, LAB_GATE_PAUSE };

#endif
