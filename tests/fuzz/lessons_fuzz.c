// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as LESSONS.md: lessons or one sentence, never a crash; and what the header promises of the text holds.
#include "lab/book/lessons.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_block(const struct lab_block *block, size_t experiments)
{
    require(block->experiment >= -1 && block->experiment < (int)experiments);
    for (size_t i = 0; i < block->span_count; i++) {
        require(strlen(block->spans[i].text) == block->spans[i].bytes);
        for (const char *c = block->spans[i].text; *c; c++)
            require((unsigned char)*c >= 0x20 && *c != 0x7F);
    }
    for (size_t i = 0; i < block->cell_count; i++)
        require(block->cell_end[i] <= block->span_count && (i == 0 || block->cell_end[i] >= block->cell_end[i - 1]));
}

static void check_lesson(const struct lab_lesson *lesson)
{
    require(*lesson->number && *lesson->title);
    for (size_t i = 0; i < lesson->block_count; i++)
        check_block(&lesson->blocks[i], lesson->experiment_count);
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_experiment *experiment = &lesson->experiments[i];
        require(experiment->script && experiment->script_line > lesson->line);
        require(experiment->first_block + experiment->block_count <= lesson->block_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct lab_lessons lessons;
    struct net_error err = {0};
    if (lab_lessons_parse("F.md", (const char *)data, bytes, &lessons, &err) < 0) {
        require(err.text[0] && !lessons.owner);
        return 0;
    }
    for (size_t i = 0; i < lessons.lesson_count; i++)
        check_lesson(&lessons.lessons[i]);
    lab_lessons_fini(&lessons);
    return 0;
}
