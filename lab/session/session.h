// SPDX-License-Identifier: GPL-3.0-or-later
// One open lab: engine, journal, state, and the commands being carried out.
#ifndef LAB_SESSION_SESSION_H
#define LAB_SESSION_SESSION_H

#include "lab/base/faults.h"
#include "lab/export/page.h"
#include "lab/journal/journal.h"
#include "lab/language/complete.h"
#include "lab/language/place.h"
#include "lab/state/past.h"
#include "lab/state/state.h"
#include "net/engine.h"

/*
 * The session is what a screen, `tcplab run` and the tests hold. Main thread only. It owns everything that it points
 * to.
 *
 * Commands are carried out one at a time (lab/language/command.h). Most end at once; `wait`, `expect`, a hand's call
 * and a script's next line may have to wait for the kernel. Nothing here blocks except lab_session_wait(): a waiting
 * command is a condition with a deadline that is looked at after every batch of events.
 */
struct lab_session_spec {
    const struct lab_language *language; /* &lab_language (lab/commands/commands.h) */
    enum net_mode mode;
    struct net_ip bind_ip; /* loopback mode: where servers listen; any: at 127.0.0.1 */
    bool binds_all;        /* bind_ip is 0.0.0.0 or ::, and meant so */
    bool headless;         /* no batching of events */
    uint64_t seed;         /* of the order in which choices stand; 0: as they are written */
    const char *yours;     /* the one program of the learner's that the lines of a lesson may start; NULL: none */
    FILE *out;             /* what a file named "-" is (struct lab_file_wish); NULL: there is none */
};

struct lab_session;

struct lab_session *lab_session_open(const struct lab_session_spec *, struct net_error *);
void lab_session_close(struct lab_session *);

struct net_engine *lab_session_engine(struct lab_session *);
const struct lab_journal *lab_session_journal(const struct lab_session *);
const struct lab_state *lab_session_state(const struct lab_session *);
/* By which a screen goes back; NULL in a headless session. */
const struct lab_past *lab_session_past(const struct lab_session *);
uint64_t lab_session_start_ns(const struct lab_session *);

/*
 * Start an experiment: ends every actor, empties the journal's view of them (notes CLEARED and EXPERIMENT), restores
 * wire, time and sysctls.
 *
 *   index    of the experiment in its lesson, from 0.
 *   errors   -1: something of the one before could not be ended.
 */
int lab_session_begin_experiment(struct lab_session *, unsigned index, const char *lesson, const char *title,
                                 struct net_error *);
/* What that experiment is about, as Markdown: it is saved with the run. Copied. read: how a page reads such a text. */
void lab_session_put_text(struct lab_session *, const char *lesson, const char *title, const char *markdown,
                          lab_page_lesson_fn *read);
/* The same without an experiment's name (the command `clear`). */
int lab_session_clear(struct lab_session *, struct net_error *);
/* Called when everything was ended, just before the state forgets it: who tells of events by the state's names tells
 * now of those that are there. NULL: nobody. */
typedef void lab_forget_fn(void *user);
void lab_session_on_forget(struct lab_session *, lab_forget_fn *, void *user);
/*
 * After a clear, when the events that it made were looked at: memory that only the past needs is given back. Without a
 * clear before it: nothing. lab_session_wait() begins with it; a screen that shows how much memory there is does it
 * before it draws.
 */
void lab_session_tidy(struct lab_session *);
bool lab_session_quit_asked(const struct lab_session *); /* `quit` was carried out */
/* The speed at which a screen is to show what happens, from LAB_SPEED_LEAST to 1; the lab itself runs at its own. */
#define LAB_SPEED_LEAST 0.01
double lab_session_speed(const struct lab_session *);
/* enum lab_note_time bits: what is in force now. */
unsigned lab_session_time(const struct lab_session *);
/* Memory ran out while events came in: the journal has a gap and the session should be closed. */
bool lab_session_broken(const struct lab_session *);
/* Where in the line the last LAB_ERROR lies, from 1; 0: the line as a whole. */
int lab_session_error_column(const struct lab_session *);

/*
 * Sleep until something happened (net_engine_wait), fold it in, and carry the running script on. deadline_ns of the
 * caller (0: none) is joined with the session's own. Returns enum net_woke bits.
 */
unsigned lab_session_wait(struct lab_session *, int input_fd, uint64_t deadline_ns);
/*
 * Take in all that has happened, and carry on. It sleeps only while a task has begun to tell something and has lost its
 * processor, which may hold back what others told: a moment, mostly, half a second at most, and not once a signal has
 * come.
 */
unsigned lab_session_poll(struct lab_session *);

/*
 * Carry out one line: a command, or several joined by `|` or `;`. At the prompt a busy hand is an error; in a script it
 * is waited for. A line given while an earlier one still waits is carried out after it. An error of a line that had to
 * wait is told later, by a note (LAB_NOTE_ERROR); every error of a command that was begun is noted, and none of a line
 * with a syntax error, which changes nothing.
 *
 *   returns  LAB_WAITS: see lab_session_waiting(); LAB_ERROR: err has the sentence, with its place only where that is
 *            a file's.
 */
enum lab_outcome lab_session_command(struct lab_session *, const char *line, const struct lab_place *,
                                     struct net_error *);

/* What the present command or script waits for, for how long yet, and whether anything waits at all. */
struct lab_waiting {
    char what[320];
    enum lab_command_id command;
    uint64_t since_ns, deadline_ns;
};
bool lab_session_waiting(const struct lab_session *, struct lab_waiting *out);
/* Give up what waits (Esc): first what was typed, with all that was to come after it; else the script stops there. */
void lab_session_abandon(struct lab_session *);

/*
 * Scripts: a text of commands, one per line, # comments. Starting one clears nothing by itself. With stepwise the
 * script stops before every line until lab_session_script_next(); a `predict` stops it until lab_session_predict() in
 * an interactive session (headless: not asked).
 */
struct lab_script; /* lab/session/script.h */
enum lab_script_state {
    LAB_SCRIPT_NONE,
    LAB_SCRIPT_RUNNING,
    LAB_SCRIPT_PAUSED /* before line */,
    LAB_SCRIPT_ASKS /* a prediction */,
    LAB_SCRIPT_DONE,
    LAB_SCRIPT_FAILED
};

/*
 * text is checked whole before its first line runs: -1 then, with FILE:LINE:COLUMN. A script ends at its first error
 * and at its first expectation that does not hold. `needs wire` in a lab without one ends it as DONE and skipped.
 */
int lab_session_start_script(struct lab_session *, const char *text, const struct lab_place *first_line, bool stepwise,
                             bool ask, struct net_error *);
/*
 * A script whose lines come one by one, each carried out as soon as it may be: a question when all of its choices are
 * there. Lines can be checked only when they come; one that cannot be read ends the script (FAILED).
 */
int lab_session_start_lines(struct lab_session *, const char *file, struct net_error *);
/* All that there was is done: it waits for the next line, or for its end. */
bool lab_session_wants_line(const struct lab_session *);
/* text has so many bytes: a zero among them is one that cannot be read. */
void lab_session_take_line(struct lab_session *, const char *text, size_t bytes, int number);
void lab_session_end_lines(struct lab_session *);
/*
 * The same check alone: 0, or -1 with FILE:LINE:COLUMN and the sentence. No lab is needed. With a list every fault goes
 * there, a name that nothing starts once, and -1 is a lack of memory.
 */
int lab_script_check(const struct lab_language *, const struct lab_place *first_line, const char *text,
                     struct lab_faults *, struct net_error *);
enum lab_script_state lab_session_script_state(const struct lab_session *);
int lab_session_script_line(
    const struct lab_session *); /* line in the file, of the command being or about to be carried out */
/* PAUSED: what the line that comes next begins with. */
enum lab_command_id lab_session_script_command(const struct lab_session *);
void lab_session_script_next(struct lab_session *); /* one line on */
void lab_session_script_go(struct lab_session *);   /* no more stops */
/*
 * The question asked now (ASKS) or last: text and choices; NULL when none. The choices stand in the order of the seed
 * (struct lab_session_spec): what has that letter here has it everywhere, and an answer is kept by its text.
 */
enum { LAB_CHOICES = 6, LAB_HINTS = 4 };
enum { LAB_CHOICE_BYTES = 160 };
struct lab_question {
    char text[400]; /* room for Korean: two columns of three bytes */
    size_t choice_count;
    struct {
        char text[LAB_CHOICE_BYTES];
        char condition[120];
        char because[960]; /* to who has taken it and was wrong; "" nothing */
        bool is_true;      /* the kernel has made it true (valid when answered) */
    } choice[LAB_CHOICES];
    size_t hint_count;
    char hint[LAB_HINTS][800]; /* the weakest first */
    int predicted;             /* index, -1 none */
    int answer;                /* index that the kernel made true, -1 not known yet */
};
/*
 * The n-th question of a script, the first is 0, so that it can be answered before anything runs. False: it asks less.
 * What the kernel will make true is not looked at: answer and predicted are -1.
 */
bool lab_script_question(const struct lab_language *, const char *script, uint64_t seed, size_t n,
                         struct lab_question *out);
int lab_question_choice(const struct lab_question *, const char *text); /* the choice with that text; -1 none */
const struct lab_question *lab_session_question(const struct lab_session *);
void lab_session_predict(struct lab_session *, int choice); /* -1: skip */
/* How it ended (FAILED): the sentence, with file:line:column. How many expectations held and did not. */
const struct net_error *lab_session_script_error(const struct lab_session *);
bool lab_session_script_skipped(const struct lab_session *);
/* What the last `reason` that was carried out says of whatever does not hold after it; "" none was. */
const char *lab_session_script_reason(const struct lab_session *);
unsigned lab_session_expect_held(const struct lab_session *);
unsigned lab_session_expect_failed(const struct lab_session *);

/* What may stand at the cursor (lab/language/complete.h). */
void lab_session_complete(const struct lab_session *, const char *line, size_t at, size_t *start, lab_candidate_fn *,
                          void *user);

/* Lines that commands answered (show, explain, help) go to this function; NULL: into the journal only. */
typedef void lab_reply_fn(void *user, const char *line);
void lab_session_on_reply(struct lab_session *, lab_reply_fn *, void *user);

#endif
