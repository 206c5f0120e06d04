// SPDX-License-Identifier: GPL-3.0-or-later
// The disconnect matrix as commands.

#include "lab/base/columns.h"
#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/commands/rows.h"
#include "lab/compare/matrix.h"
#include "lab/session/inner.h"
#include "net/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static const struct lab_cause *need_row(struct lab_doing *d, const char *id)
{
    const struct lab_cause *row = lab_cause_find(id);
    struct lab_nearest nearest;
    if (row && row->in_matrix)
        return row;
    lab_nearest_init(&nearest, id);
    for (size_t i = 0; (row = lab_matrix_cause(i)); i++)
        lab_nearest_offer(&nearest, row->id);
    lab_doing_fail(d, "`%.40s` is no row of the matrix%s", id, lab_nearest_hint(&nearest));
    return NULL;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static void show_row(struct lab_session *s, const struct lab_cause *row)
{
    enum { NAME_COLUMNS = 28 };
    char text[LAB_CELL_TEXT_BYTES];
    lab_reply(s, "%s", _(lab_matrix_title(row)));
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++) {
        const struct lab_cell *cell = lab_matrix_cell(lab_session_matrix(s), row, column);
        const char *name = _(lab_matrix_column_name(column));
        int blanks = NAME_COLUMNS - lab_columns(name);
        if (cell->kind != LAB_CELL_NONE)
            lab_reply(s, "  %s%*s %s", name, blanks > 0 ? blanks : 0, "", lab_cell_text(cell, text));
    }
}

static void show_differences(struct lab_session *s)
{
    char seen[LAB_CELL_TEXT_BYTES], expected[LAB_CELL_TEXT_BYTES];
    const struct lab_cause *row;
    size_t filled = lab_matrix_filled(lab_session_matrix(s)), differing = lab_matrix_differences(lab_session_matrix(s));
    for (size_t i = 0; (row = lab_matrix_cause(i)); i++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            if (lab_matrix_differs(lab_session_matrix(s), row, column))
                lab_reply(s, "%s, %s: %s, but on Linux 6.18 %s", _(lab_matrix_title(row)),
                          _(lab_matrix_column_name(column)),
                          lab_cell_text(lab_matrix_cell(lab_session_matrix(s), row, column), seen),
                          lab_cell_text(&row->expected[column], expected));
    lab_reply(s,
              LAB_PLURAL(filled, "%zu cell seen, %zu of them other than on Linux 6.18",
                         "%zu cells seen, %zu of them other than on Linux 6.18"),
              filled, differing);
}

/* ---- matrix run -------------------------------------------------------------------------------------------------- */

/*
 * The watcher, hand `a`, handles SIGPIPE so that it outlives it. Each row is two connections: in
 * the first the watcher is blocked in recv() when it happens, and reacts after that; in the second it only asks for
 * SO_ERROR, which a recv() would have taken away, and closes.
 *
 * After the cause it waits 100 ms: a kernel may acknowledge a FIN 40 ms late (200 at most), by a timer that nobody can
 * see.
 */
#define CONNECT                                                                                                        \
    "clear\nhand a on server\na handle SIGPIPE\na socket\na set SO_REUSEADDR 1\na bind 12345\na listen 1\n"            \
    "hand b as process\nb connect\na accept\nwait quiet"
#define SETTLE "wait 100ms\nwait sockets client FIN_WAIT1 0"

struct step {
    enum { LINES, SETUP, MARK, LET_ACT, CAUSE, FREE, READ } act;
    const char *lines;
    enum lab_matrix_part part;
};

static const struct step steps[] = {
    {.act = LINES, .lines = CONNECT},
    {.act = SETUP},
    {.act = LINES, .lines = "a.4 recv\nwait a recv blocks"},
    {.act = MARK},
    {.act = LET_ACT},
    {.act = CAUSE},
    {.act = LINES, .lines = SETTLE "\nwait quiet"},
    {.act = READ, .part = LAB_MATRIX_WATCHED},
    {.act = FREE},
    {.act = LINES, .lines = "a.4 recv"},
    {.act = FREE},
    {.act = LINES, .lines = "a.4 poll\na.4 send \"12345\"\nwait quiet\na.4 poll"},
    {.act = READ, .part = LAB_MATRIX_REACTED},
    {.act = LINES, .lines = "a.4 send \"12345\"\na.4 send \"12345\"\nwait quiet\na.4 recv"},
    {.act = FREE},
    {.act = READ, .part = LAB_MATRIX_REACTED},
    {.act = LINES, .lines = CONNECT},
    {.act = SETUP},
    {.act = MARK},
    {.act = LET_ACT},
    {.act = CAUSE},
    {.act = LINES, .lines = SETTLE "\na.4 get SO_ERROR"},
    {.act = READ, .part = LAB_MATRIX_ASKED},
    {.act = LINES, .lines = "a.4 close\nwait quiet"},
    {.act = READ, .part = LAB_MATRIX_CLOSED},
};

enum { STEPS = sizeof steps / sizeof steps[0] };

struct matrix_run {
    size_t row, end; /* of the matrix: the present one, the one behind the last */
    size_t step;
    bool begun; /* the lines of this step are being carried out */
    struct lab_runner inner;
};

static void drop_run(struct lab_doing *d, bool given_up)
{
    struct matrix_run *r = d->own;
    (void)given_up;
    if (r)
        lab_runner_drop(&r->inner, false);
    free(r);
}

static enum lab_outcome carry_out(struct lab_doing *d, struct matrix_run *r, const char *lines)
{
    if (!r->begun && lab_inner_begin(&r->inner, d, lines) < 0)
        return LAB_ERROR;
    r->begun = true;
    enum lab_outcome outcome = lab_inner_advance(&r->inner, d);
    r->begun = outcome == LAB_WAITS;
    return outcome;
}

/* The watcher's call is ended when it blocks. */
static enum lab_outcome free_watcher(struct lab_doing *d, struct matrix_run *r)
{
    const struct lab_actor *watcher = lab_find_actor(d->session, LAB_MATRIX_WATCHER);
    const struct lab_task *task = watcher ? lab_task_by_id(d->session->state, watcher->first_task) : NULL;
    bool is_free = !task || task->enter == LAB_NONE;
    return is_free && !r->begun ? LAB_DONE : carry_out(d, r, LAB_MATRIX_WATCHER " cancel");
}

static enum lab_outcome read_part(struct lab_session *s, const struct lab_cause *row, enum lab_matrix_part part)
{
    net_engine_look(&s->engine); /* without a wire nobody has looked since the last call */
    lab_session_drain(s);
    lab_matrix_note(lab_session_matrix(s), row, part, s->journal, s->state);
    return LAB_DONE;
}

static enum lab_outcome do_step(struct lab_doing *d, struct matrix_run *r)
{
    struct lab_session *s = d->session;
    const struct lab_cause *row = lab_matrix_cause(r->row);
    const struct step *step = &steps[r->step];
    char line[LAB_CAUSE_TEXT_BYTES];
    switch (step->act) {
    case LINES: return carry_out(d, r, step->lines);
    case SETUP: lab_matrix_setup(row, line, sizeof line); return *line ? carry_out(d, r, line) : LAB_DONE;
    case MARK:
        lab_session_drain(s);
        lab_session_matrix(s)->mark = lab_journal_count(s->journal);
        return LAB_DONE;
    case LET_ACT: return row->matrix.watcher_acts ? free_watcher(d, r) : LAB_DONE;
    case CAUSE: lab_matrix_script(row, line, sizeof line); return carry_out(d, r, line);
    case FREE: return free_watcher(d, r);
    case READ: return read_part(s, row, step->part);
    }
    return LAB_DONE;
}

/* A row ends with its last step, or with what could not be done. */
static enum lab_outcome do_row(struct lab_doing *d, struct matrix_run *r)
{
    struct lab_session *s = d->session;
    const struct lab_cause *row = lab_matrix_cause(r->row);
    if ((row->needs & LAB_NEEDS_WIRE) && s->engine.hosts.mode == NET_MODE_LOOPBACK) {
        lab_reply(s, "%s: needs a wire, and there is none here", _(lab_matrix_title(row)));
        return LAB_DONE;
    }
    for (; r->step < STEPS; r->step++) {
        switch (do_step(d, r)) {
        case LAB_DONE: break;
        case LAB_WAITS: return LAB_WAITS;
        case LAB_ERROR:
            lab_reply(s, "%s: it could not be tried: %s", _(lab_matrix_title(row)), r->inner.error.text);
            return LAB_DONE;
        }
    }
    return LAB_DONE;
}

static int begin_run(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *id = &d->command->value[0];
    const struct lab_cause *row = id->given ? need_row(d, id->text) : NULL;
    if (id->given && !row)
        return -1;
    struct matrix_run *r = d->own = lab_session_learn(s) == 0 ? calloc(1, sizeof *r) : NULL;
    if (!r)
        return net_fail_errno(d->err, "malloc");
    while (row && lab_matrix_cause(r->row) != row)
        r->row++;
    r->end = row ? r->row + 1 : lab_matrix_cause_count();
    lab_doing_next(d);
    return 0;
}

static enum lab_outcome run_matrix_run(struct lab_doing *d)
{
    if (d->phase == 0 && begin_run(d) < 0)
        return LAB_ERROR;
    struct matrix_run *r = d->own;
    for (; r->row < r->end; r->row++, r->step = 0) {
        snprintf(d->what, sizeof d->what, _("row %zu of %zu of the matrix: %s"), r->row + 1, lab_matrix_cause_count(),
                 _(lab_matrix_title(lab_matrix_cause(r->row))));
        if (do_row(d, r) == LAB_WAITS)
            return LAB_WAITS;
    }
    enum lab_outcome outcome = carry_out(d, r, "clear");
    if (outcome == LAB_DONE)
        show_differences(d->session);
    else if (outcome == LAB_ERROR)
        *d->err = r->inner.error;
    return outcome;
}

/* All that was seen until now; false, and said, when that is nothing. */
static bool has_cells(struct lab_session *s)
{
    bool has = lab_session_learn(s) == 0 && lab_matrix_filled(lab_session_matrix(s)) > 0;
    if (!has)
        lab_reply(s, "the matrix is empty: `matrix run` fills it");
    return has;
}

static enum lab_outcome run_matrix_show(struct lab_doing *d)
{
    const struct lab_cause *row;
    if (!has_cells(d->session))
        return LAB_DONE;
    for (size_t i = 0; (row = lab_matrix_cause(i)); i++)
        if (lab_matrix_has(lab_session_matrix(d->session), row))
            show_row(d->session, row);
    show_differences(d->session);
    return LAB_DONE;
}

static enum lab_outcome run_matrix_differences(struct lab_doing *d)
{
    if (has_cells(d->session))
        show_differences(d->session);
    return LAB_DONE;
}

static enum lab_outcome run_matrix_export(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    const struct lab_file_wish wish = lab_doing_file(d, value[0].text, value[1].given);
    struct utsname kernel;
    char name[160], path[PATH_MAX];
    if (lab_session_learn(s) < 0 || lab_matrix_filled(lab_session_matrix(s)) == 0)
        return lab_doing_fail(d, "the matrix is empty: `matrix run` fills it");
    uname(&kernel);
    snprintf(name, sizeof name, "%s %s", kernel.sysname, kernel.release);
    if (lab_matrix_export(lab_session_matrix(s), name, net_mode_name(s->engine.hosts.mode), &wish, path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "the matrix is in %s", path);
    return LAB_DONE;
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "matrix run", ASKS, .run = run_matrix_run, .drop = drop_run,
     .help = N_("fill the disconnect matrix: every cause (or ROW), on this kernel, now"),
     .slots = {OPTIONAL(REST, "ROW")}},
    {.words = "matrix show", ASKS, .run = run_matrix_show,
     .help = N_("list the matrix")},
    {.words = "matrix differences", ASKS, .run = run_matrix_differences,
     .help = N_("list the cells of the matrix that differ from Linux 6.18")},
    {.words = "matrix export", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_matrix_export,
     .help = N_("write the matrix as a Markdown table"),
     .slots = {SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("replace")}},
};
/* clang-format on */
const struct lab_family lab_family_matrix = LAB_FAMILY(rows);
