// SPDX-License-Identifier: GPL-3.0-or-later
// Rows: every command and every verb as one row of a table.
#ifndef LAB_LANGUAGE_ROW_H
#define LAB_LANGUAGE_ROW_H

#include "lab/journal/journal.h"
#include "lab/language/place.h"
#include "net/base/error.h"

#include <stdint.h>

/*
 * A row says everything about a command: its words, what it takes, its line of help, and the function that carries it
 * out. Reading, completion, hints, help, the man page's and README's lists and the errors of a missing or wrong word
 * come from the same rows. They stand in families beside their functions (lab/commands/), and a language is a list of
 * families; it is given to whatever reads, so that nothing here knows a command.
 */
enum { LAB_SLOTS = 5 };

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
    LAB_SLOT_NAMES,     /* number: constants of C of the slot's table joined by +, or a number */
    LAB_SLOT_SIGNAL,    /* number */
    LAB_SLOT_CALL,      /* number: enum net_call */
    LAB_SLOT_ERRNO,     /* number */
    LAB_SLOT_COUNTS,    /* the rest: number is after=N, bytes is times=M */
    LAB_SLOT_OPTION,    /* option_row */
    LAB_SLOT_VALUES,    /* option: the rest, as the option before it takes it */
    LAB_SLOT_SEGMENT,   /* number: #ID */
    LAB_SLOT_ACTOR,     /* text: the name of one */
    LAB_SLOT_PROGRAM,   /* the same; one that runs a program is meant */
    LAB_SLOT_SOCKET,    /* text and number: ACTOR or ACTOR.FD (-1) */
    LAB_SLOT_SYSCTL,    /* text */
    LAB_SLOT_REST,      /* text: the rest of the words, joined by blanks */
    LAB_SLOT_KEYS,      /* text: the same; of a segment by hand: enum lab_segment_key */
    LAB_SLOT_SETTING,   /* text: the name of one */
    LAB_SLOT_FILE,      /* text */
    LAB_SLOT_ROW,       /* text: the rest, a command or the beginning of one */
    LAB_SLOT_START,     /* command->start: what to start and how */
    LAB_SLOT_SERVERS,   /* command->compare: which servers to compare, and how */
    LAB_SLOT_CONDITION, /* command->condition, ns when `within` stands before it */
    LAB_SLOT_KINDS
};

struct lab_flag;

struct lab_slot {
    enum lab_slot_kind kind;
    const char *name;             /* as the help shows it; "": with the slot before it */
    const char *words;            /* KEYWORD: the words that may stand here */
    const struct lab_flag *names; /* NAMES */
    int64_t min, max;
    bool optional;
};

/* Who a row is about. */
enum lab_who {
    LAB_WHO_NOBODY, /* a command */
    LAB_WHO_ACTOR,  /* a verb of every actor */
    LAB_WHO_SOCKET, /* the same, of ACTOR.FD too */
    LAB_WHO_HAND    /* a verb of hands, of ACTOR.FD too */
};

/* Under which title the help lists it; nothing else follows from it. */
enum lab_group {
    LAB_GROUP_ACTORS,
    LAB_GROUP_HANDS,
    LAB_GROUP_WIRE,
    LAB_GROUP_TIME,
    LAB_GROUP_ASKING,
    LAB_GROUP_SAVING,
    LAB_GROUPS
};
const char *lab_group_title(enum lab_group);

enum lab_row_flag {
    LAB_ROW_ASKS = 1 << 0,         /* changes nothing: it need not wait until the command before has come to rest */
    LAB_ROW_ONCE = 1 << 1,         /* left out when `versus` runs the same lines again */
    LAB_ROW_OF_ALL_RUNS = 1 << 2,  /* makes, ends or asks about runs: it cannot belong to one setting */
    LAB_ROW_CLEARS = 1 << 3,       /* the names and settings before it count no more */
    LAB_ROW_ALSO_NAME = 1 << 4,    /* its word may be an actor's name too: a verb behind it tells */
    LAB_ROW_OF_PROCESSES = 1 << 5, /* a verb that a thread cannot have */
    LAB_ROW_FORESEES = 1 << 6      /* its condition may speak of actors that later lines start */
};

struct lab_doing;
typedef enum lab_outcome lab_run_fn(struct lab_doing *);
/* The command is dropped, whether it is over or not: free and undo what is left of it. given_up: by the learner. */
typedef void lab_drop_fn(struct lab_doing *, bool given_up);

struct lab_start_form;

struct lab_row {
    const char *words; /* "wire hold"; without "ACTOR " for a verb */
    enum lab_who who;
    enum lab_group group;
    unsigned flags;         /* enum lab_row_flag */
    enum lab_command_id id; /* NONE: nobody has to recognise it */
    const char *help;
    struct lab_slot slots[LAB_SLOTS];
    int64_t number;                     /* for rows that share a run function; of a hand's verb: enum net_call */
    int64_t argument;                   /* what sets rows of the same number apart */
    const struct lab_start_form *start; /* SLOT_START: lab/language/start.h */
    lab_run_fn *run;
    lab_drop_fn *drop; /* NULL: nothing is left of it */
};

struct lab_family {
    const struct lab_row *rows;
    size_t count;
};
#define LAB_FAMILY(rows_)                                                                                              \
    {                                                                                                                  \
        .rows = (rows_), .count = sizeof(rows_) / sizeof *(rows_)                                                      \
    }

struct lab_language {
    const struct lab_family *const *families;
    size_t count;
};

/* The i-th row, family after family; NULL past the end. Rows of the same words stand beside each other and are tried in
 * order ("send TEXT", "send N bytes"). */
const struct lab_row *lab_row_at(const struct lab_language *, size_t i);
/* The i-th row in the order of the help: group after group. */
const struct lab_row *lab_row_in_help(const struct lab_language *, size_t i);
/* Is it the row before it that has these words first? NULL: there is none. */
bool lab_row_repeats(const struct lab_row *, const struct lab_row *before);

const char *lab_row_title(const struct lab_row *, char *out, size_t out_bytes); /* "ACTOR send", "wire hold" */
/* "[N]", "\"TEXT\""; made from the slots. */
const char *lab_row_takes(const struct lab_row *, char *out, size_t out_bytes);
/* Both: "HAND[.FD] send N bytes [FLAGS]". */
const char *lab_row_form(const struct lab_row *, char *out, size_t out_bytes);

/* The first command whose first word this is; NULL. */
const struct lab_row *lab_row_of_command(const struct lab_language *, const char *word);
const struct lab_row *lab_row_of_verb(const struct lab_language *, const char *word);

/* Words of a list joined by + or | ("PEEK+DONTWAIT") by a table; the prefix may be left out. */
struct lab_flag {
    const char *name;
    int64_t bit;
    const char *help;
};
/* Each ends with a NULL name: of send and recv; what poll() may be asked for; what it may answer; what epoll_ctl() may
 * be asked for; arguments of socket(), requests of ioctl(). */
extern const struct lab_flag lab_message_flags[], lab_poll_flags[], lab_poll_answers[], lab_epoll_flags[],
    lab_socket_families[], lab_socket_types[], lab_socket_protocols[], lab_requests[];
/* What can be said of a segment by hand: the index is the key's, the name has its `=` behind it. Ends with a NULL. */
enum lab_segment_key {
    LAB_KEY_OF,
    LAB_KEY_FLAGS,
    LAB_KEY_SEQ,
    LAB_KEY_ACK,
    LAB_KEY_WIN,
    LAB_KEY_DATA,
    LAB_KEY_BYTES,
    LAB_KEY_OPTIONS,
    LAB_KEY_CHECKSUM,
    LAB_KEY_PORT,
    LAB_KEY_TO,
    LAB_KEYS
};
extern const struct lab_flag lab_segment_keys[];
/* Every flag of the word is added to *bits; -1 with those that there are. */
int lab_flags_read(const char *word, const struct lab_flag *, int64_t *bits, struct net_error *);
/* The same, or a number of any kind: 262, -1, 0x40. */
int lab_names_read(const char *word, const struct lab_flag *, int64_t *bits, struct net_error *);

#endif
