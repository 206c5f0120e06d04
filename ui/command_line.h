// SPDX-License-Identifier: GPL-3.0-or-later
// What was written behind `tcplab`, as it was meant.
#ifndef UI_COMMAND_LINE_H
#define UI_COMMAND_LINE_H

#include "lab/base/locale.h"
#include "lab/book/lessons.h"
#include "lab/export/export.h"
#include "lab/grade.h"
#include "lab/run.h"
#include "ui/app/run.h"

struct ui_command_line {
    struct ui_options screen;
    struct lab_run_spec run;
    struct lab_export export;
    uint64_t from_ns, to_ns; /* of what is exported; to_ns 0: to its end */
    struct lab_grade_spec grade;
    int lab_pid;
    const char *asked_language;
    char language[LAB_LANGUAGE_BYTES], locale_note[600];
    bool help, version, bound;
    bool lines;   /* no screen, but a lab in lines of text */
    bool is_exec; /* what follows the host is not ours to read */
};

/*
 * Options and words in any order; but what follows the host of exec is its own. words: as many as argv; *count of them
 * are there then. -1: said, as all that is wrong.
 */
int ui_command_line_read(struct ui_command_line *, int argc, char *argv[], const char **words, int *count);
/* What goes together, for that command. -1: said. */
int ui_command_line_check(const struct ui_command_line *, const char *command);
/* `tcplab --help`. 0: whether it could be written is asked of the stream. */
int ui_command_line_help(void);

/* One sentence to standard error, and where to look. -1. */
int ui_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
