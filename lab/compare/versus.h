// SPDX-License-Identifier: GPL-3.0-or-later
// One script under several settings: its runs, and two of them side by side.
#ifndef LAB_COMPARE_VERSUS_H
#define LAB_COMPARE_VERSUS_H

#include "lab/explain/ladder.h"
#include "lab/language/settings.h"

/*
 * The command `versus` takes the commands that were carried out since the clean slate, runs them once under each of
 * their settings (lab/language/command.h), each time from a clean slate, and keeps a ladder of each run. Of a script
 * that ran through without a stop, the run just made is the first one's. In all of them a command begins when nothing
 * moves any more (after 100 ms in any case), so that the runs differ by their settings alone. What a learner typed is
 * run at the pace of a script, but pauses in which something happened by itself are kept, at most 10 s each. Commands
 * that only ask or save are left out, questions too, and what was typed and failed.
 *
 * A run that ends with an error ends them all: it is kept as far as it came, with its error, and so are those before
 * it. The same when the learner gives up.
 */
struct lab_versus {
    struct lab_ladder *ladders[LAB_SETTINGS_MAX];
    size_t count;
    unsigned number; /* of the comparison, from 1; another one each time */
};

/* What was kept last in this experiment; NULL: nothing yet. Replaced as a whole by the next `versus`: held for one
 * call. */
struct lab_session;
const struct lab_versus *lab_session_versus(const struct lab_session *);
/* Keep it in place of the one before; it is the session's from then on. */
void lab_session_keep_versus(struct lab_session *, struct lab_versus *);
void lab_versus_free(struct lab_versus *);
/* By the name of its setting, LAB_NONE. */
int lab_versus_find(const struct lab_versus *, const char *setting);

/* Why two rungs beside each other are not the same. */
enum lab_differs {
    LAB_DIFFERS_ALONE = 1,  /* one of the runs has none */
    LAB_DIFFERS_WHAT = 2,   /* another call, flags, length */
    LAB_DIFFERS_RESULT = 4, /* another return value, errno, fate */
    LAB_DIFFERS_STATE = 8,  /* of one of the ends */
    LAB_DIFFERS_TIME = 16,  /* see lab_rungs_differ() */
    LAB_DIFFERS_CHANCE = 32 /* not counted: one run has an empty ACK more, for when a kernel confirms is chance; or a
                               state beside the same data, which a program changed a moment sooner */
};
struct lab_versus_row {
    int rung[2];      /* index in each ladder; LAB_NONE */
    unsigned differs; /* enum lab_differs bits; 0: the same */
};
struct lab_side_by_side {
    struct lab_versus_row *rows;
    size_t count, different;
};

/*
 * Lay two ladders beside each other. Within a lane what is the same stands in one row, and as much as possible does
 * (the longest common subsequence); two things of the same kind that differ, one recv() and the other, share a row too.
 *
 *   returns  0, or -1 without memory.
 *   cost     as the product of their rungs: at most LAB_RUNGS_MAX squared steps.
 */
int lab_side_by_side(const struct lab_ladder *left, const struct lab_ladder *right, struct lab_side_by_side *out);
void lab_side_by_side_fini(struct lab_side_by_side *);

/*
 * How two rungs of one lane differ. A time differs when it is more than 100 ms longer than the other and more than
 * twice as long. It is the time since the last command; of a call that returned after another command than in the other
 * run it is the time that it took.
 */
unsigned lab_rungs_differ(const struct lab_rung *, const struct lab_rung *);
/* The time that is shown: how long a call took, how long after the last command all else came. */
uint64_t lab_rung_time_ns(const struct lab_rung *);

/*
 * One half of a line of text, at most `columns` wide: "ESTABLISHED --- FIN ACK ---> CLOSE_WAIT", "c1 close(3) =
 * 0". with_time: its time stands behind it. Returns out.
 */
const char *lab_rung_text(const struct lab_rung *, bool with_time, int columns, char *out, size_t out_bytes);

/* What stands below a run: how many rows it has more, and why it ended early; only where there is such a thing. "12 of
 * 30 rows differ". Return out. */
const char *lab_versus_left_out(const struct lab_ladder *, char *out, size_t out_bytes);
const char *lab_versus_error(const struct lab_ladder *, char *out, size_t out_bytes);
const char *lab_versus_count(const struct lab_side_by_side *, char *out, size_t out_bytes);

/* Two runs side by side as text, a line at a time. 0, or -1 without memory. */
typedef void lab_versus_line_fn(void *user, const char *line);
int lab_versus_text(const struct lab_ladder *left, const struct lab_ladder *right, lab_versus_line_fn *, void *user);
/*
 * Every run and every pair of runs as one JSON object on one line: {"kind":"versus","runs":[{"setting":...,
 * "took":seconds,"error":...,"rungs":[...]}],"pairs":[{"left":0,"right":1,"different":n,"rows":[{"left":i,"right":j,
 * "differs":["time"]}]}]}; an index is null where a run has none. 0, or -1 without memory.
 */
int lab_versus_write_json(const struct lab_versus *, FILE *);

#endif
