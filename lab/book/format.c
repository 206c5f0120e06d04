// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/book/format.h"

#include <string.h>

const char *const lab_format_words[LAB_FORMATS] = {
    [LAB_FORMAT_EXPERIMENT] = "Experiment",
    [LAB_FORMAT_TASK] = "Task",
    [LAB_FORMAT_MYSTERY] = "Mystery",
    [LAB_FORMAT_HINTS] = "Hints",
    [LAB_FORMAT_JUDGED] = "Judged",
    [LAB_FORMAT_CULPRIT] = "Culprit",
    [LAB_FORMAT_ANSWER] = "Answer",
    [LAB_FORMAT_GLOSSARY] = "Glossary",
    [LAB_FORMAT_NOTE] = "Note:",
    [LAB_FORMAT_LAB] = "lab",
    [LAB_FORMAT_WORDS] = "words",
    [LAB_FORMAT_C] = "c",
    [LAB_FORMAT_YOURS] = "yours",
    [LAB_FORMAT_PORT] = "port",
    [LAB_FORMAT_PORT2] = "port2",
    [LAB_FORMAT_WORD] = "word",
    [LAB_FORMAT_SIZE] = "size",
};

/* U+2460 to U+2468. */
unsigned lab_format_signs(const struct lab_block *block, size_t count)
{
    unsigned signs = 0;
    bool is_behind = false;
    for (size_t i = 0; i < count; i++) {
        is_behind |= block[i].kind == LAB_EXPERIMENT_HERE;
        for (size_t k = 0; is_behind && block[i].kind != LAB_EXPERIMENT_HERE && k < block[i].span_count; k++)
            for (const char *at = block[i].spans[k].text; (at = strstr(at, "\xE2\x91")); at += 2)
                if ((unsigned char)at[2] >= 0xA0 && (unsigned char)at[2] <= 0xA8)
                    signs |= 1u << ((unsigned char)at[2] - 0xA0 + 1);
    }
    return signs;
}
