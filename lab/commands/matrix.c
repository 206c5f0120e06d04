// SPDX-License-Identifier: GPL-3.0-or-later
// The disconnect matrix as commands.

#include "lab/base/nearest.h"
#include "lab/session/command_run.h"
#include "lab/compare/matrix.h"
#include "lab/session/session_inside.h"
#include "net/socket/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

const struct lab_matrix *lab_session_matrix(const struct lab_session *s)
{
    return s->matrix;
}

/* 0, or -1 without memory. What `matrix run` does has its own reading. */
int lab_session_learn(struct lab_session *s)
{
    if (s->matrix && s->matrix_mark >= lab_experiment_index(s) && s->matrix_mark > 0)
        return 0;
    if (!s->matrix)
        s->matrix = calloc(1, sizeof *s->matrix);
    if (!s->matrix)
        return -1;
    lab_session_drain(s);
    lab_matrix_learn(s->matrix, s->journal, s->state, lab_experiment_ns(s->state, s->journal));
    return 0;
}

enum lab_outcome lab_run_matrix_learn(struct lab_doing *d)
{
    if (lab_session_learn(d->session) < 0) {
        net_fail_errno(d->err, "malloc");
        return LAB_ERROR;
    }
    return LAB_DONE;
}

static const struct lab_matrix_row *need_row(struct lab_doing *d, const char *id)
{
    const struct lab_matrix_row *row = lab_matrix_find(id);
    struct lab_nearest nearest;
    if (row)
        return row;
    lab_nearest_init(&nearest, id);
    for (size_t i = 0; i < lab_matrix_row_count; i++)
        lab_nearest_offer(&nearest, lab_matrix_rows[i].id);
    lab_doing_fail(d, "`%.40s` is no row of the matrix%s", id, lab_nearest_hint(&nearest));
    return NULL;
}

static int insert_row(struct lab_doing *d, const struct lab_matrix_row *row)
{
    if (row->needs_wire && d->session->engine.hosts.mode == NET_MODE_LOOPBACK) {
        lab_reply(d->session, "%s: needs a wire, and there is none here", row->title);
        return 0;
    }
    char *text = lab_matrix_script(row);
    int result = text ? lab_doing_insert(d, text, d->err) : net_fail_errno(d->err, "malloc");
    free(text);
    return result;
}

/* Each insertion goes before those made earlier: the last row first. */
enum lab_outcome lab_run_matrix_run(struct lab_doing *d)
{
    const struct lab_value *id = &d->command->value[0];
    if (id->given) {
        const struct lab_matrix_row *row = need_row(d, id->text);
        return row && lab_doing_insert(d, "clear\nmatrix differences", d->err) == 0 && insert_row(d, row) == 0
                   ? LAB_DONE
                   : LAB_ERROR;
    }
    if (lab_doing_insert(d, "clear\nmatrix differences", d->err) < 0)
        return LAB_ERROR;
    for (size_t i = lab_matrix_row_count; i-- > 0;)
        if (insert_row(d, &lab_matrix_rows[i]) < 0)
            return LAB_ERROR;
    return LAB_DONE;
}

enum lab_outcome lab_run_matrix_mark(struct lab_doing *d)
{
    lab_session_drain(d->session);
    d->session->matrix_mark = lab_journal_count(d->session->journal) - 1;
    return LAB_DONE;
}

enum lab_outcome lab_run_matrix_note(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_matrix_row *row = need_row(d, d->command->value[0].text);
    if (!row)
        return LAB_ERROR;
    if (!s->matrix)
        s->matrix = calloc(1, sizeof *s->matrix);
    if (!s->matrix) {
        net_fail_errno(d->err, "malloc");
        return LAB_ERROR;
    }
    net_observer_tick(s->engine.observer); /* without a wire nobody has looked since the last call */
    lab_session_drain(s);
    lab_matrix_note(s->matrix, row, (enum lab_matrix_part)d->command->value[1].number, s->journal, s->state,
                    s->matrix_mark, "a", "b");
    return LAB_DONE;
}

static void show_row(struct lab_session *s, size_t i)
{
    const struct lab_matrix *m = s->matrix;
    lab_reply(s, "%s", lab_matrix_rows[i].title);
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        if (m->cell[i][column][0])
            lab_reply(s, "  %-28s %s", lab_matrix_column_name(column), m->cell[i][column]);
}

static void show_differences(struct lab_session *s)
{
    for (size_t i = 0; i < lab_matrix_row_count; i++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            if (lab_matrix_differs(s->matrix, i, column))
                lab_reply(s, "%s, %s: %s, but on Linux 6.18 %s", lab_matrix_rows[i].title,
                          lab_matrix_column_name(column), s->matrix->cell[i][column],
                          lab_matrix_rows[i].expected[column]);
    lab_reply(s, "%zu cells seen, %zu of them other than on Linux 6.18", lab_matrix_filled(s->matrix),
              lab_matrix_differences(s->matrix));
}

static bool is_empty(struct lab_session *s)
{
    if (!s->matrix)
        lab_reply(s, "the matrix is empty: `matrix run` fills it");
    return !s->matrix;
}

enum lab_outcome lab_run_matrix_show(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    if (is_empty(s))
        return LAB_DONE;
    for (size_t i = 0; i < lab_matrix_row_count; i++)
        if (s->matrix->cell[i][LAB_MATRIX_RECV][0])
            show_row(s, i);
    show_differences(s);
    return LAB_DONE;
}

enum lab_outcome lab_run_matrix_differences(struct lab_doing *d)
{
    if (!is_empty(d->session))
        show_differences(d->session);
    return LAB_DONE;
}

enum lab_outcome lab_run_matrix_export(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    struct utsname kernel;
    char name[160];
    if (!s->matrix)
        return lab_doing_fail(d, "the matrix is empty: `matrix run` fills it");
    uname(&kernel);
    snprintf(name, sizeof name, "%s %s", kernel.sysname, kernel.release);
    if (lab_matrix_export(s->matrix, name, net_mode_name(s->engine.hosts.mode), d->command->value[0].text, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "the matrix is in %s", d->command->value[0].text);
    return LAB_DONE;
}
