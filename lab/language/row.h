// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of the command language: rows, slots, and commands that have been read.
#ifndef LAB_LANGUAGE_ROW_H
#define LAB_LANGUAGE_ROW_H

#include "lab/journal/journal.h"
#include "lab/language/command.h"
#include "lab/language/word.h"
#include "net/actor/actor.h"
#include "net/data/option.h"
#include "net/data/program.h"

/*
 * A command goes through three hands: lab_command_read() turns a line into commands by the rows alone and changes
 * nothing; the session queues them; the row's run function carries one out. Completion, hints, help and the errors of a
 * missing or wrong word come from the same slots.
 */
enum { LAB_SLOTS = 3, LAB_NAME_BYTES = 16, LAB_SETTING_BYTES = 40, LAB_ARGUMENTS = 12, LAB_CLIENTS_MAX = 10000 };

enum lab_slot_kind {
    LAB_SLOT_NONE,
    LAB_SLOT_NUMBER,    /* number: from min to max */
    LAB_SLOT_TIME,      /* ns */
    LAB_SLOT_PERCENT,   /* number */
    LAB_SLOT_SHARE,     /* number, which must end in % */
    LAB_SLOT_HOST,      /* number: enum net_host */
    LAB_SLOT_ADDRESS,   /* address */
    LAB_SLOT_TEXT,      /* text, bytes: one word, quoted or not */
    LAB_SLOT_KEYWORD,   /* number: index in the list `words` */
    LAB_SLOT_FLAGS,     /* number: MSG_* joined by + */
    LAB_SLOT_POLL,      /* number: POLL* joined by + */
    LAB_SLOT_SIGNAL,    /* number */
    LAB_SLOT_CALL,      /* number: enum net_call */
    LAB_SLOT_ERRNO,     /* number */
    LAB_SLOT_COUNTS,    /* the rest: number is after=N, bytes is times=M */
    LAB_SLOT_OPTION,    /* option_row */
    LAB_SLOT_VALUES,    /* option: the rest, as the option before it takes it */
    LAB_SLOT_SEGMENT,   /* number: #ID */
    LAB_SLOT_ACTOR,     /* text: the name of one */
    LAB_SLOT_SOCKET,    /* text and number: ACTOR or ACTOR.FD (-1) */
    LAB_SLOT_SYSCTL,    /* text */
    LAB_SLOT_REST,      /* text: the rest of the words, joined by blanks */
    LAB_SLOT_SETTING,   /* text: the name of one */
    LAB_SLOT_FILE,      /* text */
    LAB_SLOT_ROW,       /* text: the rest, a command or the beginning of one */
    LAB_SLOT_START,     /* command->start: what to start and how */
    LAB_SLOT_SERVERS,   /* command->compare: which servers to compare, and how */
    LAB_SLOT_CONDITION, /* command->condition, ns when `within` stands before it */
    LAB_SLOT_KINDS
};

struct lab_slot {
    enum lab_slot_kind kind;
    const char *name;  /* as the help shows it */
    const char *words; /* KEYWORD, START: the words that may stand here */
    int64_t min, max;
    bool optional;
};

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

/* Who a row is about. */
enum lab_who {
    LAB_WHO_NOBODY, /* a command */
    LAB_WHO_ACTOR,  /* a verb of every actor */
    LAB_WHO_SOCKET, /* the same, of ACTOR.FD too */
    LAB_WHO_HAND    /* a verb of hands, of ACTOR.FD too */
};

struct lab_doing;
typedef enum lab_outcome lab_run_fn(struct lab_doing *);

struct lab_row {
    const char *words; /* "wire hold"; without "ACTOR " for a verb */
    enum lab_who who;
    const char *group, *help;
    struct lab_slot slots[LAB_SLOTS];
    lab_run_fn *run;
    int64_t number; /* for rows that share a run function */
};

extern const struct lab_row lab_rows[];
extern const size_t lab_row_count;
/* "ACTOR send", "wire hold". */
/* What it is recognised by in the journal. */
enum lab_command_id lab_row_id(const struct lab_row *);
const char *lab_row_title(const struct lab_row *, char *out, size_t out_bytes);
/* "[N]", "\"TEXT\""; generated from the slots. */
const char *lab_row_takes(const struct lab_row *, char *out, size_t out_bytes);
bool lab_is_command(const char *word); /* the first word of a command row */
bool lab_is_verb(const char *word);

/* What a start command asks for. */
struct lab_start {
    const struct net_program *program; /* NULL: a hand */
    int64_t host;                      /* enum net_host */
    enum net_way as;
    char name[LAB_NAME_BYTES];     /* "" : the default one */
    char *argument[LAB_ARGUMENTS]; /* "port=7" */
    size_t argument_count;
};

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
 * The names that a command may speak of: actors that live, and those which commands read earlier will have started.
 * NULL where any name will do. A name is known with what it is, so that `server send` is told from `c1 send` before
 * anything runs.
 */
struct lab_scope {
    struct lab_name {
        char name[LAB_NAME_BYTES];
        bool is_hand;
        bool alive;
    } * names;
    size_t count;
};
int lab_scope_add(struct lab_scope *, const char *name, bool is_hand);
int lab_scope_copy(struct lab_scope *to, const struct lab_scope *from);
/* The actors of this experiment; those that ended too, for conditions speak of them. */
int lab_scope_add_state(struct lab_scope *, const struct lab_state *, const struct lab_journal *);
/* What a command that was read will do to the names: start one, or clear them all. */
int lab_scope_note(struct lab_scope *, const struct lab_command *);
const struct lab_name *lab_scope_find(const struct lab_scope *, const char *name);
void lab_scope_fini(struct lab_scope *);
/* A name that nobody has yet: base, then base2, base3 ... */
void lab_scope_fresh(const struct lab_scope *, const char *base, char *out);
/* Whether an actor may be called so; the sentence says why not. */
int lab_name_check(const char *name, struct net_error *);

/*
 * Read one line into commands, in order (*out NULL for an empty one), and add to the scope what they will start.
 *   place   copied into each; its column is set.
 *   errors  -1, nothing made; *column says where.
 */
int lab_command_read(const char *text, const struct lab_place *, struct lab_scope *, struct lab_command **out,
                     int *column, struct net_error *);

/* For completion and the words of a start: fill start from words; *bad is the word that is wrong. */
struct lab_start_form {
    const char *base; /* of the default name; "" when it depends on the program */
    bool needs_program, is_hand;
    const char *program; /* the one that is meant without being named; NULL: none */
    bool is_crowd;       /* its first word is how many */
    int64_t host;
};
const struct lab_start_form *lab_start_form_of(const struct lab_row *);
int lab_start_read(const struct lab_start_form *, const struct lab_word *, size_t count, struct lab_scope *,
                   struct lab_start **out, size_t *bad, struct net_error *);
void lab_start_free(struct lab_start *);
bool lab_program_is_client(const struct net_program *);
/* "single" for tcp_server_single, "client" for tcp_client. */
const char *lab_program_short(const struct net_program *);

/* Words of a + list ("PEEK+DONTWAIT") by a table; prefix may be left out. */
struct lab_flag {
    const char *name;
    int64_t bit;
};
extern const struct lab_flag lab_message_flags[], lab_poll_flags[]; /* end with a NULL name */

#endif
