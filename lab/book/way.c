// SPDX-License-Identifier: GPL-3.0-or-later
// The way through a lesson, taken from its blocks.
//
// That a text was read is kept in the progress under its first heading, behind TEXT: no experiment of the book has such
// a title.
#include "lab/book/way.h"

#include "lab/book/assignments.h"
#include "lab/session/session.h"

#include <stdio.h>
#include <string.h>

#define TEXT "text: "

/* The station that begins at a block; its count is 0 at the end. */
static struct lab_station station_at(const struct lab_lesson *lesson, size_t block)
{
    struct lab_station station = {.experiment = -1, .assignment = -1, .first_block = block};
    if (block < lesson->block_count)
        station.experiment = lesson->blocks[block].experiment;
    while (block < lesson->block_count && lesson->blocks[block].experiment == station.experiment)
        block++;
    station.block_count = block - station.first_block;
    return station;
}

/* Of texts and experiments: the tasks follow them. */
static size_t count_read(const struct lab_lesson *lesson)
{
    size_t count = 0;
    for (size_t block = 0; block < lesson->block_count; block += station_at(lesson, block).block_count)
        count++;
    return count;
}

size_t lab_way_count(const struct lab_lesson *lesson)
{
    return count_read(lesson) + lesson->assignment_count;
}

struct lab_station lab_way_station(const struct lab_lesson *lesson, size_t i)
{
    size_t read = count_read(lesson);
    if (i >= read)
        return (struct lab_station){.experiment = -1, .assignment = (int)(i - read)};
    struct lab_station station = station_at(lesson, 0);
    for (; i > 0; i--)
        station = station_at(lesson, station.first_block + station.block_count);
    return station;
}

size_t lab_way_of_experiment(const struct lab_lesson *lesson, int experiment)
{
    size_t i = 0, count = lab_way_count(lesson);
    while (i < count && lab_way_station(lesson, i).experiment != experiment)
        i++;
    return i;
}

size_t lab_way_of_assignment(const struct lab_lesson *lesson, int assignment)
{
    return count_read(lesson) + (size_t)assignment;
}

/* The first heading below that of the lesson; a lesson's introduction may have none. */
static void key_of(const struct lab_lesson *lesson, const struct lab_station *station, char *out, size_t room)
{
    int n = snprintf(out, room, TEXT);
    for (size_t i = 0; i < station->block_count; i++) {
        const struct lab_block *block = &lesson->blocks[station->first_block + i];
        if (block->kind != LAB_HEADING || block->level <= 2)
            continue;
        snprintf(out + n, room - (size_t)n, "%s", block->key);
        return;
    }
}

bool lab_way_is_text(const char *name)
{
    return strncmp(name, TEXT, strlen(TEXT)) == 0;
}

bool lab_way_is_done(const struct lab_progress *progress, const struct lab_lesson *lesson, size_t i)
{
    struct lab_station station = lab_way_station(lesson, i);
    char key[200];
    const char *name = key;
    if (station.experiment >= 0)
        name = lesson->experiments[station.experiment].key;
    else if (station.assignment >= 0)
        lab_assignment_key(&lesson->assignments[station.assignment], key, sizeof key);
    else
        key_of(lesson, &station, key, sizeof key);
    const struct lab_done *done = lab_progress_get(progress, lesson->number, name);
    return done && done->run && (station.assignment < 0 || done->held);
}

size_t lab_way_first_open(const struct lab_progress *progress, const struct lab_lesson *lesson)
{
    size_t i = 0, count = lab_way_count(lesson);
    while (i < count && lab_way_is_done(progress, lesson, i))
        i++;
    return i;
}

int lab_way_put_read(struct lab_progress *progress, const struct lab_lesson *lesson, size_t i, struct net_error *err)
{
    static const struct lab_done read = {.run = true, .held = true};
    struct lab_station station = lab_way_station(lesson, i);
    char key[200];
    if (station.experiment >= 0 || station.assignment >= 0)
        return 0;
    key_of(lesson, &station, key, sizeof key);
    return lab_progress_put(progress, lesson->number, key, &read, err);
}

/* The block in which the script stands; the end of the experiment's text where there is none. */
static size_t script_block(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    size_t end = experiment->first_block + experiment->block_count, i = experiment->first_block;
    while (i < end && lesson->blocks[i].kind != LAB_EXPERIMENT_HERE)
        i++;
    return i;
}

struct lab_station lab_way_before(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    size_t first = experiment->first_block, script = script_block(lesson, experiment);
    first += first < script && lesson->blocks[first].kind == LAB_HEADING;
    return (struct lab_station){.experiment = -1, .first_block = first, .block_count = script - first};
}

struct lab_station lab_way_behind(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    size_t end = experiment->first_block + experiment->block_count, script = script_block(lesson, experiment);
    size_t first = script < end ? script + 1 : end;
    return (struct lab_station){.experiment = -1, .first_block = first, .block_count = end - first};
}

bool lab_way_has_text(const struct lab_lesson *lesson, struct lab_station station, bool notes)
{
    for (size_t i = 0; i < station.block_count; i++)
        if (notes || !lesson->blocks[station.first_block + i].is_note)
            return true;
    return false;
}

int lab_way_put_outcome(struct lab_progress *progress, const struct lab_lesson *lesson,
                        const struct lab_experiment *experiment, const struct lab_question *q, bool held,
                        struct net_error *err)
{
    struct lab_done done = {.run = true, .held = held};
    if (q && q->predicted >= 0)
        lab_experiment_kept(experiment, q->choice[q->predicted].text, done.predicted, sizeof done.predicted);
    if (q && q->answer >= 0)
        lab_experiment_kept(experiment, q->choice[q->answer].text, done.answer, sizeof done.answer);
    return lab_progress_put(progress, lesson->number, experiment->key, &done, err);
}

const char *lab_experiment_line(const struct lab_experiment *experiment, int number, int *bytes)
{
    const char *line = experiment->script;
    if (number < experiment->script_line)
        return NULL;
    for (int n = experiment->script_line; n < number && *line; n++)
        line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
    *bytes = (int)strcspn(line, "\n");
    return *line ? line : NULL;
}
