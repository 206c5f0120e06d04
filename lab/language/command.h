// SPDX-License-Identifier: GPL-3.0-or-later
// The command language: its table, its grammar, its completion, its help.
#ifndef LAB_LANGUAGE_COMMAND_H
#define LAB_LANGUAGE_COMMAND_H

#include "lab/session/session.h"

/*
 * Grammar. A line is words separated by blanks; a word may be quoted "..." with \n \t \" \\ \xNN; # not followed by a
 * digit begins a comment; `;`, or `|` as a word of its own, joins commands. The first word is a command (`server`,
 * `hand`, `wire`, `expect` ...) or the name of a live actor, then its verb (`c1 connect`, `server.4 set SO_LINGER 1 0`:
 * ACTOR or ACTOR.FD). An actor may not take the name of a command that does not start one (`server` and `client` are
 * both: followed by a program or its parameters they start, followed by a verb they act).
 *
 * Every command and every verb is one row: its words, what it takes, one line of help, what may be completed where. The
 * enum, the help, the man page, the README's list and completion come from the rows (command_table.c).
 *
 * Conditions stand after `expect [within TIME]`, `wait [within TIME]` and the text of a `choice`; their forms are
 * listed by lab_condition_form_at() (lab/session/condition.h), which `help expect` prints. How long each is looked at:
 *
 *   expect   from the experiment's beginning to 2 s from now, or `within` that time
 *   wait     the same, but 10 s
 *   choice   when the next question comes or the script ends, and nothing more moves; exactly one has to be true
 *   no, not  holds as soon as the lab is quiet (net_engine_quiet) and the rest does not hold; what has happened once
 *            cannot be undone, so that `no segment RST` fails at the first RST. At the deadline, quiet or not, what has
 *            not been seen has not happened.
 *
 * Settings. One script may be run in several ways. `with "NAME" COMMANDS` at the beginning of a line carries the rest
 * of the line out in the run under that setting alone: an option that is set there, as well as an expectation that
 * holds only there. `with "NAME"` alone adds a setting that changes nothing. The settings of a script are these names
 * in the order in which they first stand in it, and a run is under the first of them. `versus` runs what was carried
 * out since the clean slate again, once under each setting, and shows two of the runs side by side
 * (lab/compare/versus.h). All of it holds at the prompt as in a script: there the script is what was typed.
 *
 * Times are 200ms, 2s, 1.5min; a number alone is seconds.
 */

enum lab_word_kind { LAB_WORD, LAB_QUOTED };
struct lab_word {
    enum lab_word_kind kind;
    char *text; /* unescaped, NUL-terminated; bytes may contain NUL: see bytes */
    size_t bytes;
    int column; /* from 1, of its first byte */
    int end;    /* column behind its last byte */
};
struct lab_line {
    struct lab_word *words;
    size_t count;
};
/* Split one line. 0, or -1 with err (unclosed quote at column N ...). free with lab_line_fini. */
int lab_line_parse(const char *text, struct lab_line *out, int *error_column, struct net_error *);
void lab_line_fini(struct lab_line *);
/* Index of the first word of the line's last command: behind | or ;, and behind `with "NAME"`. */
size_t lab_line_last_command(const struct lab_line *);

/* For help and manual pages: rows in the order of the table. */
struct lab_command_help {
    const char *words; /* "wire hold", "ACTOR send" */
    const char *takes; /* "[n]", "\"TEXT\"" */
    const char *help;  /* one line */
    const char *group; /* "Actors", "Hands", "Wire", "Time", "Asking", "Saving" */
    bool working;
};
const struct lab_command_help *lab_command_help_at(size_t i); /* NULL past the end */

/*
 * What may stand at the cursor: only what is valid now. line up to byte `at`.
 *   out     called once per candidate: the whole word, and what it means (may be "").
 *   start   byte where the word being completed begins.
 */
typedef void lab_candidate_fn(void *user, const char *word, const char *meaning);
void lab_command_complete(struct lab_session *, const char *line, size_t at, size_t *start, lab_candidate_fn *,
                          void *user);
/* One line about the command being typed: its form and help; "" when it is no command yet. */
void lab_command_hint(const char *line, char *out, size_t out_bytes);

#endif
