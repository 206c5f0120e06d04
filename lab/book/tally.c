// SPDX-License-Identifier: GPL-3.0-or-later
// How far a learner is, counted and printed.
#include "lab/base/text.h"
#include "lab/book/assignments.h"

#include <jansson.h>
#include <string.h>

bool lab_done_is_wrong(const struct lab_done *done)
{
    return done && done->run && *done->predicted && *done->answer && strcmp(done->predicted, done->answer) != 0;
}

static void count_tasks(const struct lab_progress *progress, const struct lab_lesson *lesson, struct lab_tally *tally)
{
    char key[80];
    for (size_t i = 0; i < lesson->assignment_count; i++) {
        const struct lab_done *done = lab_progress_get(progress, lesson->number,
                                                       lab_assignment_key(&lesson->assignments[i], key, sizeof key));
        tally->tried += done && done->run;
        tally->passed += done && done->run && done->held;
    }
}

struct lab_tally lab_progress_tally(const struct lab_progress *progress, const struct lab_lesson *lesson)
{
    struct lab_tally tally = {.experiments = lesson->experiment_count, .tasks = lesson->assignment_count};
    count_tasks(progress, lesson, &tally);
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_done *done = lab_progress_get(progress, lesson->number, lesson->experiments[i].key);
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
        json_array_append_new(all, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "lesson",
                                             lesson->number, "title", lesson->title, "experiments",
                                             (json_int_t)tally.experiments, "run", (json_int_t)tally.run, "right",
                                             (json_int_t)tally.right, "wrong", (json_int_t)tally.wrong, "due",
                                             (json_int_t)tally.due, "tasks", (json_int_t)tally.tasks, "tried",
                                             (json_int_t)tally.tried, "passed", (json_int_t)tally.passed));
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
    /* TRANSLATORS: heads of columns; the numbers below end where these words end, but those below `run` have a / in the
     * 13th column. */
    fputs(_("lesson     run    right  wrong  again  tasks\n"), out);
    for (size_t i = 0; i < lessons->lesson_count; i++) {
        const struct lab_lesson *lesson = &lessons->lessons[i];
        struct lab_tally tally = lab_progress_tally(progress, lesson);
        char tasks[48] = "";
        if (tally.tasks > 0)
            snprintf(tasks, sizeof tasks, "%zu/%zu", tally.passed, tally.tasks);
        fprintf(out, "%-8s %3zu/%-3zu %6zu %6zu %6zu  %5s  %s\n", lesson->number, tally.run, tally.experiments,
                tally.right, tally.wrong, tally.due, tasks, lesson->title);
    }
    return ferror(out) ? -1 : 0;
}
