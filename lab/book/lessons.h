// SPDX-License-Identifier: GPL-3.0-or-later
// LESSONS.md as lessons, blocks of text and experiments.
#ifndef LAB_BOOK_LESSONS_H
#define LAB_BOOK_LESSONS_H

#include "lab/base/blocks.h"
#include "lab/base/faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * LESSONS.md is ordinary Markdown (read by cmark-gfm). What stands before the first lesson is for readers of the file
 * alone.
 *
 *   ## 3.1 One client at a time          begins a lesson: a number, then its title
 *   ### Experiment: The client closes    begins an experiment of the lesson, up to the next heading of level 2 or 3
 *   ```lab                               its script, exactly one per experiment; text before it says what to look for,
 * after it why
 *   ### Task: reap                       behind the experiments: what a learner is to do (lab/book/assignments.h)
 *
 *   ## Glossary                          a list of words, each `- **WORD** what it means`
 *   > Note: ...                          for teachers: not shown unless they ask for it
 *
 * A script whose first command is `needs wire` is skipped, and said to be, where there is no wire.
 *
 * All text is UTF-8 without control characters, owned by the lessons, NUL-terminated. Errors have FILE:LINE:COLUMN.
 * tcplab-lessons(5) is the same for those who write them.
 */
struct lab_experiment {
    const char *title;
    const char *key;             /* its title in the book's language: progress knows it by that, whatever is read */
    const char *script;          /* text of the lab block */
    const char *original_script; /* the same in the book's language; as `script` where that is read */
    int script_line;             /* of its first line, in the book's file */
    bool needs_wire;
    size_t first_block, block_count; /* its text, heading and EXPERIMENT_HERE included; index in the lesson's blocks */
    uint64_t seed;                   /* lab_lessons_shuffle() */
    const char *program; /* program that its script starts first, for the Source pane: "tcp_server_single"; NULL */
};
struct lab_assignment; /* lab/book/assignments.h */
/* A stretch of a text that is not read yet, and the line of the file in which it begins; text NULL: there is none. */
struct lab_unread {
    const char *text;
    size_t bytes;
    int line;
};
struct lab_lesson {
    const char *number; /* "3.1"; of a part of a lesson "3.5a" (lab/book/parts.h) */
    const char *title;
    struct lab_block *blocks;
    size_t block_count;
    struct lab_experiment *experiments;
    size_t experiment_count;
    struct lab_assignment *assignments; /* its tasks and mysteries; the blocks above end before them */
    size_t assignment_count;
    int line;
    const char *file; /* that it was read from; "LESSONS.md" of the embedded ones */
    bool is_embedded;
    struct lab_unread unread; /* its text, as long as only the titles were taken from it: see lab_lessons_open() */
    struct lab_unread unread_translation;
};
/* A word of the glossary (lab/book/glossary.h), or several of one meaning. */
struct lab_term {
    const char **words;
    size_t word_count; /* in a translation the book's words stand behind its own */
    size_t own_count;
    const char *title, *text; /* its words as they are to be shown, and what they mean */
    int line;
};
struct lab_lessons {
    const char *file;
    struct lab_term *terms;
    size_t term_count;
    struct lab_unread unread_terms, unread_terms_translation; /* as a lesson's */
    struct lab_lesson *lessons;
    size_t lesson_count;
    uint64_t seed;
    void *owner;
};

/*
 * Parse text (not kept). Every script is checked for syntax (lab_script_check).
 *   errors  -1 with the first one, *out empty: FILE:LINE:COLUMN, what is wrong, what was expected. Also no memory.
 *   thread  one at a time.
 */
int lab_lessons_parse(const char *file, const char *text, size_t bytes, struct lab_lessons *out, struct net_error *);
/*
 * The same, and every fault goes into the list, in the order of the text: also bytes that are no text. Where there is
 * one *out is empty. text has a NUL behind it, and none inside. -1: no memory.
 */
int lab_lessons_check(const char *file, const char *text, size_t bytes, struct lab_lessons *out, struct lab_faults *,
                      struct net_error *);
/*
 * In a language: the book merged with its translation (lab/book/translated.h) where there is one, NAME.LANGUAGE.md
 * beside NAME.md; NULL: as the book is written. Lines and files are the book's.
 */
int lab_lessons_load(const char *path, const char *language, struct lab_lessons *out, struct net_error *);
/*
 * What a learner opens: the embedded ones, and those of a file or folder. A lesson of a file that has the number of an
 * embedded one stands in its place, also of its parts, or of the whole one of which it is a part (lab/book/parts.h);
 * those of several files have to differ.
 *   path    NULL: the embedded ones alone.
 *   only    without the embedded ones.
 */
int lab_lessons_gather(const char *path, bool only, const char *language, struct lab_lessons *out, struct net_error *);
/*
 * The files of lessons that a path names: itself, or of a folder each NAME.md in it, 2.md before 10.md, without the
 * translations of one of them. They are added; fini frees what is there. -1: err is the sentence, also for a folder
 * without any.
 */
struct lab_paths {
    char **items;
    size_t count;
};
int lab_lessons_files(const char *path, struct lab_paths *, struct net_error *);
void lab_paths_fini(struct lab_paths *);
/* The translations that lie beside a file of lessons; of the embedded ones (NULL) none. They are added. */
int lab_lessons_translations(const char *path, struct lab_paths *, struct net_error *);
/* Merge and read a file of lessons and one of its translations, as lab_lessons_check(). */
int lab_lessons_check_translation(const char *path, const char *translation, struct lab_lessons *out,
                                  struct lab_faults *, struct net_error *);
/*
 * The embedded ones, so that the first screen need not wait for all of their text: of each lesson its number, title and
 * line, of each experiment its title. The rest is there after lab_lessons_open(). Their scripts are not checked again,
 * nor is that a lesson read alone is the same as one read with all others: tests/lab/lessons_test.c has.
 */
int lab_lessons_embedded(const char *language, struct lab_lessons *out, struct net_error *);
/*
 * Read the whole of lesson i, if that was not done; of parsed and loaded lessons it always was. Its experiments move,
 * texts stay where they are. -1: no memory, and the lesson is as it was.
 */
int lab_lessons_open(struct lab_lessons *, size_t i, struct net_error *);
/* The same of the glossary. */
int lab_lessons_open_glossary(struct lab_lessons *, struct net_error *);
void lab_lessons_fini(struct lab_lessons *);

/*
 * In which language lessons are read: the one that is asked for, or the first that the environment wants
 * (lab/base/locale.h), of those into which the embedded ones, or those of `path`, are translated; "ko_KR" takes "ko",
 * too. After lab_locale_begin().
 *
 *   asked   NULL: the environment decides.
 *   out     "": as the book is written.
 *   note    a sentence for the reader where letters of that language cannot be shown, and so out is ""; else empty.
 *   errors  -1: what was asked for is not there; note is the sentence, and says which there are.
 */
int lab_lessons_language(const char *asked, const char *path, char *out, size_t room, struct net_error *note);

/* Digits with dots or a colon between them, as in "3.1", "3.1.2", "3.1:2" and "3.5a.2": no command has such a name. */
bool lab_is_place(const char *word);
/*
 * Lesson and experiment that such a word names; *experiment is -1 where it names the lesson alone. Of a lesson that has
 * parts (lab/book/parts.h) that is the first one, and its experiments are counted through all parts.
 *   errors  -1: the sentence says what there is instead.
 */
int lab_lessons_find(const struct lab_lessons *, const char *word, size_t *lesson, int *experiment, struct net_error *);

/* The order in which choices stand from now on (struct lab_session_spec has the same); 0, and before: as written. */
void lab_lessons_shuffle(struct lab_lessons *, uint64_t seed);
/* What the experiment asks first (lab/session/session.h); false: nothing. */
struct lab_question;
bool lab_experiment_question(const struct lab_experiment *, struct lab_question *out);
/*
 * A choice of one of its questions in the book's language, in which progress keeps it, and the other way round. A text
 * that is none of its choices, as of another version of the book, comes out as it is.
 */
const char *lab_experiment_kept(const struct lab_experiment *, const char *choice, char *out, size_t room);
const char *lab_experiment_shown(const struct lab_experiment *, const char *kept, char *out, size_t room);

extern const char lab_lessons_text[];
extern const size_t lab_lessons_bytes;

/*
 * What the learner has done: per experiment the prediction, the kernel's answer and whether it was run; of each file
 * of lessons by itself, since another one may have the same numbers and titles. One small JSON file in
 * $XDG_STATE_HOME/tcplab/progress.json (or ~/.local/state), mode 0600, written whole by rename; a damaged one is set
 * aside as progress.json.damaged and said so. Where it cannot be read or written, progress lives for the session, and
 * the sentence says why. Main thread.
 */
struct lab_progress;
/* lessons_file NULL: the embedded lessons. Never NULL; note has a sentence when something was wrong. */
struct lab_progress *lab_progress_load(const char *lessons_file, struct net_error *note);
/* The lessons of each file are in that file's book. */
struct lab_progress *lab_progress_load_for(const char *learner, const struct lab_lessons *, struct net_error *note);
/* Of one of several learners, each with a file of his own, progress-LEARNER.json; NULL: the one without a name. */
struct lab_progress *lab_progress_load_of(const char *learner, const char *lessons_file, struct net_error *note);
/* Letters, digits, - and _, at most LAB_LEARNER_BYTES of them: it becomes part of a file's name. */
enum { LAB_LEARNER_BYTES = 40 };
bool lab_learner_is_valid(const char *name);
void lab_progress_free(struct lab_progress *);
struct lab_done {
    bool run, held;
    char predicted[160], answer[160]; /* in the book's language */
    long due; /* when it comes back, a day since 1970; 0: it does not. lab_progress_put() decides, not the caller */
    unsigned step; /* how often it was right since it was wrong */
};
/*
 * What was answered wrong is due at once. Right again on a day when it is due, it comes back after as many days as its
 * step has in the table, and behind the last of them it does not.
 */
extern const unsigned lab_days_between[];
bool lab_done_is_due(const struct lab_progress *, const struct lab_done *); /* today; NULL: no */
/* What day it is, for tests; else it is the day where the learner is. */
void lab_progress_set_today(struct lab_progress *, long day);
/* By number of the lesson and key of the experiment; NULL: never done. Stays valid, and follows later puts, until
 * lab_progress_free(). */
const struct lab_done *lab_progress_get(const struct lab_progress *, const char *lesson, const char *experiment);
/* Takes effect in memory also when it returns -1: err says why it is not in the file; the next put tries again. */
int lab_progress_put(struct lab_progress *, const char *lesson, const char *experiment, const struct lab_done *,
                     struct net_error *);

/* Forget all answers of a lesson, and that its texts were read. -1: err says why the file still has them. */
int lab_progress_forget(struct lab_progress *, const char *lesson, struct net_error *);

/* How much of a lesson was done: right and wrong are kept apart, and what was run without a prediction is neither. */
struct lab_tally {
    size_t experiments, run, right, wrong, due; /* due: asked again today */
    size_t tasks, tried, passed;                /* those that were passed count among the tried, too */
};
bool lab_done_is_wrong(const struct lab_done *); /* NULL: no */
struct lab_tally lab_progress_tally(const struct lab_progress *, const struct lab_lesson *);
/* One line for each lesson, or one JSON object; learner NULL: the one without a name. -1: the stream failed. */
int lab_progress_print(const struct lab_progress *, const struct lab_lessons *, const char *learner, bool json, FILE *);

#endif
