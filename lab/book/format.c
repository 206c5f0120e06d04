// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/book/format.h"

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
    [LAB_FORMAT_C] = "c",
    [LAB_FORMAT_YOURS] = "yours",
    [LAB_FORMAT_PORT] = "port",
    [LAB_FORMAT_PORT2] = "port2",
    [LAB_FORMAT_WORD] = "word",
    [LAB_FORMAT_SIZE] = "size",
};
