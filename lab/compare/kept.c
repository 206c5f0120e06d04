// SPDX-License-Identifier: GPL-3.0-or-later
// What a session keeps of what was compared in it.
#include "lab/compare/matrix.h"
#include "lab/compare/versus.h"
#include "lab/session/doing.h"

#include <stdlib.h>

struct lab_matrix *lab_session_matrix(struct lab_session *s)
{
    struct lab_matrix *matrix = s->kept[LAB_KEPT_MATRIX].thing;
    if (!matrix && (matrix = calloc(1, sizeof *matrix)))
        lab_session_keep(s, LAB_KEPT_MATRIX, matrix, free);
    return matrix;
}

int lab_session_learn(struct lab_session *s)
{
    struct lab_matrix *matrix = lab_session_matrix(s);
    if (!matrix)
        return -1;
    /* What `matrix run` does has its own reading. */
    if (matrix->mark > 0 && matrix->mark >= lab_experiment_index(s))
        return 0;
    lab_session_drain(s);
    lab_matrix_learn(matrix, s->journal, s->state, lab_experiment_ns(s->state, s->journal));
    return 0;
}

static void drop_versus(void *versus)
{
    lab_versus_free(versus);
}

void lab_session_keep_versus(struct lab_session *s, struct lab_versus *versus)
{
    lab_session_keep(s, LAB_KEPT_VERSUS, versus, drop_versus);
}

const struct lab_versus *lab_session_versus(const struct lab_session *s)
{
    return s->kept[LAB_KEPT_VERSUS].thing;
}
