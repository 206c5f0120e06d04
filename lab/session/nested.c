// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/session/nested.h"

void lab_nested_fini(struct lab_nested *n)
{
    lab_commands_free(n->command);
    n->command = NULL;
}

int lab_nested_begin(struct lab_nested *n, struct lab_doing *outer, const char *text)
{
    struct lab_session *s = outer->session;
    struct lab_place place = outer->command->place;
    struct lab_scope scope = {0};
    int column;
    lab_nested_fini(n);
    *n = (struct lab_nested){0};
    place.from = LAB_FROM_SCRIPT;
    int result = lab_scope_add_state(&scope, s->state, s->journal) < 0
                     ? net_fail_errno(&n->error, "malloc")
                     : lab_command_read(text, &place, &scope, &n->command, &column, &n->error);
    lab_scope_fini(&scope);
    if (result < 0)
        return -1;
    n->doing = (struct lab_doing){.session = s, .command = n->command, .begun_ns = net_now_ns(), .err = &n->error};
    struct net_ev_note note = lab_note_of(s, LAB_NOTE_COMMAND, n->command);
    lab_session_note_about(s, &note, text);
    lab_session_drain(s);
    return 0;
}

enum lab_outcome lab_nested_look(struct lab_nested *n, struct lab_doing *outer)
{
    n->doing.err = &n->error; /* n may have been moved */
    const struct lab_command *outer_command = outer->session->carried;
    outer->session->carried = n->command;
    enum lab_outcome outcome = n->command->row->run(&n->doing);
    outer->session->carried = outer_command;
    if (outcome == LAB_WAITS) {
        outer->deadline_ns = n->doing.deadline_ns;
        outer->asks_kernel = n->doing.asks_kernel;
        return LAB_WAITS;
    }
    outer->deadline_ns = 0;
    outer->asks_kernel = false;
    lab_nested_fini(n);
    return outcome;
}
