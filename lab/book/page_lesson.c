// SPDX-License-Identifier: GPL-3.0-or-later
// What a page shows of an experiment, read from the text that the run carries.
#include "lab/book/way.h"
#include "lab/commands/commands.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct lab_page_lesson *lesson)
{
    lab_lessons_fini(lesson->owner);
    free(lesson->owner);
    free(lesson->questions);
}

static void take_question(const struct lab_question *from, struct lab_page_question *out)
{
    _Static_assert((int)LAB_PAGE_CHOICES >= (int)LAB_CHOICES, "room for each choice");
    *out = (struct lab_page_question){.choice_count = from->choice_count, .said = -1, .answer = -1};
    memcpy(out->text, from->text, sizeof out->text);
    for (size_t i = 0; i < from->choice_count; i++) {
        memcpy(out->choice[i].text, from->choice[i].text, sizeof out->choice[i].text);
        memcpy(out->choice[i].because, from->choice[i].because, sizeof out->choice[i].because);
    }
}

static bool take_questions(const char *script, uint64_t seed, struct lab_page_lesson *out)
{
    struct lab_question question;
    while (lab_script_question(&lab_language, script, seed, out->question_count, &question)) {
        struct lab_page_question *more = reallocarray(out->questions, out->question_count + 1, sizeof *more);
        if (!more)
            return false;
        out->questions = more;
        take_question(&question, &more[out->question_count++]);
    }
    return true;
}

static const struct lab_experiment *find(const struct lab_lesson *lesson, const char *title)
{
    for (size_t i = 0; i < lesson->experiment_count; i++)
        if (strcmp(lesson->experiments[i].title, title) == 0)
            return &lesson->experiments[i];
    return NULL;
}

bool lab_way_read_page(const char *markdown, const char *title, uint64_t seed, struct lab_page_lesson *out)
{
    struct lab_lessons *lessons = calloc(1, sizeof *lessons);
    struct net_error unused;
    if (!lessons)
        return false;
    *out = (struct lab_page_lesson){.owner = lessons, .drop = drop};
    if (lab_lessons_parse("", markdown, strlen(markdown), lessons, &unused) < 0 || lessons->lesson_count == 0)
        return false;
    const struct lab_lesson *lesson = &lessons->lessons[0];
    const struct lab_experiment *experiment = find(lesson, title);
    if (!experiment)
        return false;
    const struct lab_station before = lab_way_before(lesson, experiment), behind = lab_way_behind(lesson, experiment);
    out->before = lesson->blocks + before.first_block;
    out->before_count = before.block_count;
    out->behind = lesson->blocks + behind.first_block;
    out->behind_count = behind.block_count;
    return take_questions(experiment->script, seed, out);
}
