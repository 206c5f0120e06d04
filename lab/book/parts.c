// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/book/parts.h"

#include "lab/book/assignments.h"
#include "lab/book/way.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lab_lesson_is_part(const char *number)
{
    size_t n = strlen(number);
    return n > 1 && number[n - 1] >= 'a' && number[n - 1] <= 'z';
}

size_t lab_lesson_whole_bytes(const char *number)
{
    return strlen(number) - (lab_lesson_is_part(number) ? 1 : 0);
}

bool lab_lesson_is_part_of(const char *number, const char *whole)
{
    size_t bytes = lab_lesson_whole_bytes(number);
    return lab_lesson_is_part(number) && strlen(whole) == bytes && strncmp(number, whole, bytes) == 0;
}

/* ---- what a learner had done ---- */

static json_t *obtain(json_t *book, const char *number)
{
    json_t *lesson = json_object_get(book, number);
    if (!lesson && json_object_set_new(book, number, json_object()) == 0)
        lesson = json_object_get(book, number);
    return lesson;
}

/* False without memory: then the entry stays where it was. */
static bool copy(json_t *book, const char *number, const char *name, json_t *entry)
{
    json_t *lesson = obtain(book, number);
    return lesson && (json_object_get(lesson, name) || json_object_set(lesson, name, entry) == 0);
}

void lab_heir_takes(const struct lab_heir *heir, json_t *book)
{
    char number[40];
    const char *name;
    json_t *entry;
    snprintf(number, sizeof number, "%.*s", (int)lab_lesson_whole_bytes(heir->part), heir->part);
    json_t *whole = json_object_get(book, number);
    if (heir->name) {
        entry = json_object_get(whole, heir->name);
        if (entry && copy(book, heir->part, heir->name, entry))
            json_object_del(whole, heir->name);
        return;
    }
    json_object_foreach(whole, name, entry)
    {
        if (lab_way_is_text(name))
            copy(book, heir->part, name, entry);
    }
}

static bool add(struct lab_heir **heirs, const char *part, const char *name)
{
    struct lab_heir *heir = calloc(1, sizeof *heir);
    if (!heir)
        return false;
    *heir = (struct lab_heir){.next = *heirs, .part = strdup(part), .name = name ? strdup(name) : NULL};
    *heirs = heir;
    return heir->part && (heir->name || !name);
}

static bool add_all(struct lab_heir **heirs, const struct lab_lesson *part)
{
    char key[80];
    bool is_whole = add(heirs, part->number, NULL);
    for (size_t i = 0; i < part->experiment_count && is_whole; i++)
        is_whole = add(heirs, part->number, part->experiments[i].key);
    for (size_t i = 0; i < part->assignment_count && is_whole; i++)
        is_whole = add(heirs, part->number, lab_assignment_key(&part->assignments[i], key, sizeof key));
    return is_whole;
}

/* Is it there beside its parts? Then what stands under its number is its own. */
static bool is_there(const struct lab_lessons *lessons, const char *part)
{
    for (size_t i = 0; i < lessons->lesson_count; i++)
        if (lab_lesson_is_part_of(part, lessons->lessons[i].number))
            return true;
    return false;
}

int lab_heirs_find(const struct lab_lessons *lessons, struct lab_heir **out)
{
    bool is_whole = true;
    *out = NULL;
    for (size_t i = 0; i < lessons->lesson_count && is_whole; i++) {
        const struct lab_lesson *lesson = &lessons->lessons[i];
        if (lab_lesson_is_part(lesson->number) && !is_there(lessons, lesson->number))
            is_whole = add_all(out, lesson);
    }
    return is_whole ? 0 : -1;
}

void lab_heirs_free(struct lab_heir *heirs)
{
    for (struct lab_heir *next; heirs; heirs = next) {
        next = heirs->next;
        free(heirs->part);
        free(heirs->name);
        free(heirs);
    }
}
