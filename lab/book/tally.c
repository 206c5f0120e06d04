// SPDX-License-Identifier: GPL-3.0-or-later
// How far a learner is, counted and printed.
#include "lab/book/lessons.h"

#include <jansson.h>
#include <string.h>

bool lab_done_is_wrong(const struct lab_done *done)
{
    return done && done->run && *done->predicted && *done->answer && strcmp(done->predicted, done->answer) != 0;
}

struct lab_tally lab_progress_tally(const struct lab_progress *progress, const struct lab_lesson *lesson)
{
    struct lab_tally tally = {.experiments = lesson->experiment_count};
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_done *done = lab_progress_get(progress, lesson->number, lesson->experiments[i].title);
        bool is_run = done && done->run, is_wrong = lab_done_is_wrong(done);
        tally.run += is_run;
        tally.wrong += is_wrong;
        tally.due += lab_done_is_due(progress, done);
        tally.right += is_run && *done->predicted && *done->answer && !is_wrong;
    }
    return tally;
}

static int print_json(const struct lab_progress *progress, const struct lab_lessons *lessons, const char *learner,
                      FILE *out)
{
    json_t *all = json_array();
    for (size_t i = 0; i < lessons->lesson_count; i++) {
        const struct lab_lesson *lesson = &lessons->lessons[i];
        struct lab_tally tally = lab_progress_tally(progress, lesson);
        json_array_append_new(all, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "lesson", lesson->number, "title",
                                             lesson->title, "experiments", (json_int_t)tally.experiments, "run",
                                             (json_int_t)tally.run, "right", (json_int_t)tally.right, "wrong",
                                             (json_int_t)tally.wrong, "due", (json_int_t)tally.due));
    }
    json_t *root = json_pack("{s:s?, s:s, s:o}", "learner", learner, "file", lessons->file, "lessons", all);
    int status = root ? json_dumpf(root, out, JSON_COMPACT) : -1;
    json_decref(root);
    return status < 0 || fputc('\n', out) == EOF ? -1 : 0;
}

int lab_progress_print(const struct lab_progress *progress, const struct lab_lessons *lessons, const char *learner,
                       bool json, FILE *out)
{
    if (json)
        return print_json(progress, lessons, learner, out);
    fprintf(out, "lesson     run    right  wrong  again\n");
    for (size_t i = 0; i < lessons->lesson_count; i++) {
        const struct lab_lesson *lesson = &lessons->lessons[i];
        struct lab_tally tally = lab_progress_tally(progress, lesson);
        fprintf(out, "%-8s %3zu/%-3zu %6zu %6zu %6zu  %s\n", lesson->number, tally.run, tally.experiments, tally.right,
                tally.wrong, tally.due, lesson->title);
    }
    return ferror(out) ? -1 : 0;
}
