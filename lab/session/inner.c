// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/session/inner.h"
#include "lab/session/session_private.h"

#include <stdlib.h>
#include <string.h>

enum { PASSES_MAX = 64 };

static int read_line(const struct lab_language *language, struct lab_runner *runner, const struct lab_place *place,
                     struct lab_scope *scope, const char *line, size_t bytes)
{
    struct lab_command **tail = &runner->queue;
    int column;
    char *copy = strndup(line, bytes);
    while (*tail)
        tail = &(*tail)->next;
    int result = copy ? lab_command_read(language, copy, place, scope, tail, &column, &runner->error)
                      : net_fail_errno(&runner->error, "malloc");
    free(copy);
    return result;
}

int lab_inner_begin(struct lab_runner *runner, struct lab_doing *outer, const char *lines)
{
    struct lab_session *s = outer->session;
    struct lab_place place = outer->command->place;
    struct lab_scope scope = {0};
    lab_runner_drop(runner, false);
    *runner = (struct lab_runner){.is_inside = true};
    place.from = LAB_FROM_SCRIPT;
    bool has_names = lab_scope_copy_values(&scope, &s->own->kept) == 0 &&
                     lab_scope_add_state(&scope, s->state, s->journal) == 0;
    int result = has_names ? 0 : net_fail_errno(&runner->error, "malloc");
    while (result == 0 && *lines) {
        size_t bytes = strcspn(lines, "\n");
        result = read_line(s->spec.language, runner, &place, &scope, lines, bytes);
        lines += bytes + (lines[bytes] == '\n');
    }
    lab_scope_fini(&scope);
    if (result < 0)
        lab_runner_drop(runner, false);
    return result;
}

enum lab_outcome lab_inner_advance(struct lab_runner *runner, struct lab_doing *outer)
{
    bool moved = true;
    for (int pass = 0; moved && pass < PASSES_MAX && runner->queue; pass++) {
        moved = lab_runner_advance(outer->session, runner);
        moved |= lab_session_drain(outer->session);
        if (runner->errors)
            return LAB_ERROR;
    }
    outer->deadline_ns = runner->busy ? runner->doing.deadline_ns : 0;
    outer->asks_kernel = runner->queue && (moved || !runner->busy || runner->doing.asks_kernel);
    return runner->queue ? LAB_WAITS : LAB_DONE;
}
