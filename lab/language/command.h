// SPDX-License-Identifier: GPL-3.0-or-later
// The command language: its grammar, and a line read into commands.
#ifndef LAB_LANGUAGE_COMMAND_H
#define LAB_LANGUAGE_COMMAND_H

#include "lab/language/line.h"
#include "lab/language/row.h"
#include "lab/language/scope.h"
#include "lab/language/word.h"
#include "net/data/option.h"

/*
 * Grammar. A line is words separated by blanks; a word may be quoted "..." with \n \t \" \\ \xNN; # not followed by a
 * digit begins a comment; `;`, or `|` as a word of its own, joins commands. The first word is a command (`server`,
 * `hand`, `wire`, `expect` ...) or the name of a live actor, then its verb (`c1 connect`, `server.4 set SO_LINGER 1 0`:
 * ACTOR or ACTOR.FD). An actor may not take the name of a command that does not start one (`server` and `client` are
 * both: followed by a program or its parameters they start, followed by a verb they act).
 *
 * Conditions stand after `expect [within TIME]`, `wait [within TIME]` and the text of a `choice`; their forms are
 * listed by lab_condition_form_at() (lab/language/condition.h), which `help expect` prints. How long each is looked at:
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
 * About lines rather than the lab: `repeat N COMMANDS` at the beginning of one is that line N times. `let NAME = VALUE`
 * gives a name to words; $NAME outside of quotes stands for them in the lines behind it (lab/language/expand.h).
 * `include FILE` reads the lines of a file in its place; a name without / in front is looked for beside the file that
 * includes it. `mark NAME` names a moment for `since NAME`. Marks and variables of a script are its own until it is
 * read; then the prompt has them too. `clear` keeps variables.
 *
 * Times are 200ms, 2s, 1.5min, 1h; a number alone is seconds, but in the value of an option what C would give the
 * kernel: of SO_RCVTIMEO, SO_SNDTIMEO and TCP_USER_TIMEOUT milliseconds.
 */

/*
 * A command goes through three hands: lab_command_read() turns a line into commands by the rows alone and changes
 * nothing; the session queues them; the row's run function carries one out.
 */
enum { LAB_CLIENTS_MAX = 10000, LAB_REPEAT_MAX = 10000 };

struct lab_value {
    bool given;
    int64_t number;
    uint64_t ns;
    const char *text; /* in the command's words, or its own memory */
    size_t bytes;
    struct lab_address address;
    const struct net_option *option_row;
    struct net_option_value option;
};

struct lab_start;
struct lab_condition;
struct lab_compare_spec;

struct lab_command {
    struct lab_command *next;
    const struct lab_row *row;
    char actor[LAB_NAME_BYTES]; /* of a verb */
    int fd;                     /* of ACTOR.FD, -1 */
    struct lab_value value[LAB_SLOTS];
    struct lab_start *start;
    struct lab_compare_spec *compare;
    struct lab_condition *condition;
    struct lab_line line; /* its own words; column as in the whole line */
    char *text;           /* as typed */
    char *joined;         /* REST, ROW */
    char *setting;        /* carried out only under this one (`with`); NULL: always */
    bool ends_line;       /* the last of its line */
    struct lab_place place;
    char *file; /* place.file */
};
void lab_commands_free(struct lab_command *);

/*
 * Read one line into commands, in order (*out NULL for an empty one), and add to the scope what they will start.
 *   place   copied into each; its column is set.
 *   errors  -1, nothing made; *column says where.
 */
int lab_command_read(const struct lab_language *, const char *text, const struct lab_place *, struct lab_scope *,
                     struct lab_command **out, int *column, struct net_error *);
/* What a command that was read will do to the names: start one, or clear them all. -1 without memory. */
int lab_scope_note(struct lab_scope *, const struct lab_command *);

/* A socket as it is written, "c1.3", into its parts; fd -1 where there is none. -1: it is no such word. */
int lab_socket_word(const char *word, char name[LAB_NAME_BYTES], int *fd);

/*
 * What a command says in numbers, for the note that it makes: what it is, its call, option, errno, descriptor and
 * values (net/data/event.h). Whom it is about by name: lab_command_subject(), NULL nobody.
 */
struct net_ev_note lab_command_note(const struct lab_command *);
const char *lab_command_subject(const struct lab_command *, char name[LAB_NAME_BYTES]);

#endif
