// SPDX-License-Identifier: GPL-3.0-or-later
// The journal: everything that happened, in order.
#ifndef LAB_JOURNAL_JOURNAL_H
#define LAB_JOURNAL_JOURNAL_H

#include "lab/base/file.h"
#include "net/base/error.h"
#include "net/data/event.h"

#include <stdio.h>

/*
 * An append-only list of events, owned by the session, main thread only. It copies what it is given (data too) and
 * never moves it: a pointer from lab_journal_at() stays valid until lab_journal_free(). The lab's own events (kind
 * NOTE) are told apart by u.note.kind below. Index = position, from 0; it is the name of an event everywhere in lab/
 * and ui/.
 */
enum lab_note_kind {
    /* These three, and SET_ASIDE, also say by u.note.command and what follows it which command they are about. */
    LAB_NOTE_COMMAND,    /* data: the command line as typed or read; flags: enum lab_note_from; id: its line */
    LAB_NOTE_REPLY,      /* data: what a command answered (show, explain), one line each */
    LAB_NOTE_ERROR,      /* data: the sentence; flags: enum lab_note_from of the command */
    LAB_NOTE_EXPERIMENT, /* begins: id = index in the lesson; data: "3.1\tTITLE". Everything `expect` speaks of happened
                            after it */
    LAB_NOTE_PREDICTED,  /* data: the learner's choice */
    LAB_NOTE_ANSWER,     /* data: the choice that the kernel made true */
    LAB_NOTE_EXPECT_HELD,   /* data: the expectation */
    LAB_NOTE_EXPECT_FAILED, /* data: the expectation, newline, what was seen */
    LAB_NOTE_WAITING,       /* data: what the script waits for */
    LAB_NOTE_CLEARED,       /* the hosts are empty again */
    LAB_NOTE_FINISHED, /* the experiment or script is over; flags: 0 all held, 1 not, 2 skipped; data: the sentence when
                          not 0 */
    LAB_NOTE_TIME,     /* flags: enum lab_note_time, what is in force now; data: the sentence */
    LAB_NOTE_MEASURED, /* data: what a server was measured to need, as JSON (lab/state/measured.h); id: the how-manieth
                          of its comparison, from 0; flags: LAB_MEASURED_LAST */
    LAB_NOTE_SET_ASIDE, /* data: a command that was not carried out, since the run is not under its setting */
    LAB_NOTE_VERSUS,    /* runs under several settings were kept, to be looked at side by side; data: the sentence */
    LAB_NOTE_WAIT,      /* data: what something waits for, as `show waits` found it, as JSON (lab/explain/waits.h) */
    LAB_NOTE_KINDS
};
/*
 * Which command a note is about: what others recognise a command by. Rows that differ only in what they take share one;
 * a hand's verb is told by u.note.call. Saved by name: the order may change.
 */
enum lab_command_id {
    LAB_COMMAND_NONE,  /* not said: a run that was saved by version 0.1 */
    LAB_COMMAND_OTHER, /* one that nobody has to recognise */
    LAB_COMMAND_START,
    LAB_COMMAND_HAND_CALL, /* u.note.call */
    LAB_COMMAND_SIGNAL,    /* kill, stop, cont, signal; value[0]: its number */
    LAB_COMMAND_CANCEL,
    LAB_COMMAND_FAIL, /* u.note.call, u.note.error */
    LAB_COMMAND_SET,  /* u.note.option, value */
    LAB_COMMAND_GET,  /* u.note.option; the reply has the value */
    LAB_COMMAND_DESTROY,
    LAB_COMMAND_REBOOT, /* value[0]: enum net_host */
    LAB_COMMAND_CLEAR,
    LAB_COMMAND_WIRE, /* value[0]: enum lab_wire_act */
    LAB_COMMAND_NET,
    LAB_COMMAND_GATE, /* step, run, pause */
    LAB_COMMAND_WAIT,
    LAB_COMMAND_EXPECT,
    LAB_COMMAND_PREDICT,
    LAB_COMMAND_CHOICE,
    LAB_COMMAND_NEEDS,
    LAB_COMMAND_WITH,
    LAB_COMMAND_VERSUS,
    LAB_COMMAND_EXPLAIN,
    LAB_COMMAND_MARK,
    LAB_COMMAND_LET,
    LAB_COMMAND_REPEAT,
    LAB_COMMAND_INCLUDE,
    LAB_COMMAND_REASON,
    LAB_COMMAND_BECAUSE,
    LAB_COMMAND_HINT,
    LAB_COMMAND_SEE, /* value: a number, and the index of the event that it stands for */
    LAB_COMMAND_IDS
};

/* What a wire command does. Saved as numbers: new ones go to the end. */
enum lab_wire_act {
    LAB_WIRE_HOLD,
    LAB_WIRE_OPEN,
    LAB_WIRE_RELEASE,
    LAB_WIRE_DROP,
    LAB_WIRE_CUT,
    LAB_WIRE_UNREACHABLE,
    LAB_WIRE_JOIN,
    LAB_WIRE_DELAY,
    LAB_WIRE_LOSS,
    LAB_WIRE_DUPLICATE_SHARE,
    LAB_WIRE_DUPLICATE,
    LAB_WIRE_FAULT, /* which one says the row */
    LAB_WIRE_RST,
    LAB_WIRE_SEGMENT,
    LAB_WIRE_ICMP,
    LAB_WIRE_BE,
    LAB_WIRE_NAT_RESTART
};
const char *lab_command_id_name(unsigned id); /* "wire"; "other" for what nobody has to recognise. Never NULL. */

/* It asks what is, or what will be, and changes nothing: wait, expect, predict, choice, because, hint, needs. */
bool lab_command_id_asks(unsigned id);

enum lab_note_time {
    LAB_TIME_PATIENT = 1 /* no kernel of the hosts gives up a connection */,
    LAB_TIME_STEPPED = 2 /* programs wait at their gates */
};
enum { LAB_MEASURED_LAST = 1 /* the comparison is over */ };
enum { LAB_SETTING_BYTES = 40 }; /* of the name of a setting, which COMMAND and SET_ASIDE lines may begin with */
enum lab_note_from { LAB_FROM_SCRIPT, LAB_FROM_PROMPT, LAB_FROM_KEY };

struct lab_journal;

struct lab_journal *lab_journal_new(void); /* NULL: no memory */
void lab_journal_free(struct lab_journal *);
/* Index of the new event, or -1 without memory (errno ENOMEM). */
long lab_journal_append(struct lab_journal *, const struct net_event *);
size_t lab_journal_count(const struct lab_journal *);
const struct net_event *lab_journal_at(const struct lab_journal *, size_t index); /* NULL past the end */
/*
 * The first 32 MB of events are in memory, what comes then in a file without a name, in TMPDIR or /var/tmp, of which
 * only the newest part stays in memory (store.h). Who goes along all of a run says where it is: now and then what that
 * has brought back is let go. Nothing becomes invalid.
 */
void lab_journal_passed(const struct lab_journal *, size_t index);
uint64_t lab_journal_file_bytes(const struct lab_journal *); /* so much is in the file */
/*
 * What an experiment of the run is about, as Markdown, by the words of its EXPERIMENT note ("3.1\tTITLE"). Of the same
 * name the last one counts. It is no event: a saved run has it in its head. More than LAB_TEXT_BYTES of it are not
 * kept.
 */
enum { LAB_TEXT_BYTES = 65536 };
void lab_journal_put_text(struct lab_journal *, const char *name, const char *markdown);
const char *lab_journal_text(const struct lab_journal *, const char *name); /* NULL: none */
/* The i-th, and its name; NULL past the last. */
const char *lab_journal_text_at(const struct lab_journal *, size_t i, const char **name);
/* Give a note its numbers: for a saved run whose notes are without (lab/saved.c). Before the journal is folded. */
void lab_journal_set_note(struct lab_journal *, size_t index, const struct net_ev_note *);

/*
 * One event as one JSON object on one line (event_json.c; doc/tcplab-run.5 has every field). Keys: "t" seconds since
 * start_ns with 9 decimals (string-free number), "kind" by name, "actor", "task", then the fields of its kind by their
 * names in net/data/event.h, states, errno, signals, calls by C name; "data" as a string where it is text, else "hex".
 * Reading restores exactly what was written.
 */
int lab_event_write_json(const struct net_event *, uint64_t start_ns, FILE *);
/* The same in two steps, for who has something to add. NULL without memory; the second one takes the object. */
struct json_t;
struct json_t *lab_event_json(const struct net_event *, uint64_t start_ns);
int lab_event_put_json(const struct net_event *, uint64_t start_ns, struct json_t *, FILE *);
/* The i-th field that a line of that kind may have beside those that all have; NULL past the last. */
const char *lab_event_field(unsigned kind, size_t i);
/* The names that stand in files instead of numbers, one list after the other, without those of counters, which are the
 * kernel's; NULL past the last. */
const char *lab_event_word(size_t i);
/*
 * A saved run: its head, {"kind":"run","tcplab":3,"kernel":"...","net":"tun","start":"ISO time"}, then its events. As
 * JSON Lines, where the name ends in .json or .jsonl or is "-"; else packed, a tenth as long (journal_packed.h). Runs
 * of version 1, in which text is "hex" where it is not printable ASCII, are read as well. errors  -1: cannot create
 * (errno's sentence), or line N is not an event (what was wrong): a loaded journal is whole or not at all. path where
 * it is now (lab_file_end()); may be NULL. pipes   it may be a pipe too (lab_file_open()).
 */
int lab_journal_save(const struct lab_journal *, uint64_t start_ns, const char *net_mode, const struct lab_file_wish *,
                     char *path, struct net_error *);
/*
 * The same in steps, so that whoever has a screen can look after it: the events that there are when it begins, while
 * others are appended. A step writes so many, and returns how many are left; the end writes those that are, and gives
 * the file its name, or -1 with the sentence. Dropped, there is no file.
 */
struct lab_saving;
struct lab_saving *lab_saving_begin(const struct lab_journal *, uint64_t start_ns, const char *net_mode,
                                    const struct lab_file_wish *, struct net_error *);
size_t lab_saving_step(struct lab_saving *, size_t events);
int lab_saving_end(struct lab_saving *, char *path, struct net_error *);
void lab_saving_drop(struct lab_saving *); /* may be NULL */
/* The first line alone, without the number of events: what is to come is not known yet. */
int lab_journal_write_head(const struct lab_journal *, uint64_t start_ns, const char *net_mode, FILE *);
struct lab_journal *lab_journal_load(const char *path, bool pipes, uint64_t *start_ns, struct net_error *);
/* Every segment that was delivered, with all also those that were dropped, as a capture file (LINKTYPE_RAW, ns): pcapng
 * where the name says so, else pcap. */
int lab_journal_export(const struct lab_journal *, uint64_t start_ns, bool all, const struct lab_file_wish *,
                       char *path, struct net_error *);

#endif
