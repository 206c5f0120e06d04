// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks of the book: what a learner is to make, to repair or to find, and what judges it.
#ifndef LAB_BOOK_ASSIGNMENTS_H
#define LAB_BOOK_ASSIGNMENTS_H

#include "lab/book/lessons.h"
#include "lab/book/markdown.h"

#include <stdint.h>

/*
 * Words. An assignment is what the book calls a task or a mystery (a "task" in the code is a thread or a process).
 * Assignments stand behind the experiments of their lesson, which end at the first of them:
 *
 *   ### Task: reap            or `### Mystery: NAME`; the name is small letters, digits and -
 *   text                      its first paragraph says in one sentence what to do
 *   ```c                      the starter, a whole program
 *   #### Hints                a list, weakest first
 *   #### Judged               one or more ```lab blocks, each run in an empty lab; `reason "..."` in them says what it
 *                             means when something after it does not hold
 *   #### Culprit              of a mystery: a ```c block with the lines of the starter that are wrong, as they stand
 * there
 *   #### Answer               text, and a ```c block with a program that passes
 *
 * In a lab block, so that no program can know what will be asked of it, these words stand for what a seed makes of
 * them:
 *
 *   $yours                    the file that is judged
 *   $port, $port2             ports, never the same
 *   $word, $word2, $word3     6 to 20 letters, and $word_bytes ... how many
 *   $size                     a number between 20,000 and 60,000
 *
 * Everything belongs to the lessons. Thread: any, one at a time.
 */
struct lab_judge {
    const char *script;
    int line;      /* of its first line, in the file */
    int text_line; /* the same in the text that was read, of a translated book */
};

struct lab_assignment {
    const char *name;    /* "reap" */
    const char *summary; /* its first paragraph */
    bool is_mystery;
    const char *starter, *answer; /* C */
    const char *answer_text;      /* the first paragraph beside the answer; NULL: none */
    const char *culprit;          /* lines of the starter, of a mystery; NULL else */
    const char **hints;
    size_t hint_count;
    struct lab_judge *judges;
    size_t judge_count;
    struct lab_block *blocks; /* its text, from the heading to the starter */
    size_t block_count;
    int line;
};

/* Blocks first to end of a lesson, which are its assignments; lesson gets them. -1: err has FILE:LINE:COLUMN. */
struct lab_parse; /* lab/book/parse.h */
struct lab_assignments_from {
    const struct lab_parse *parse;
    size_t first, end;
};
int lab_assignments_read(const struct lab_assignments_from *, struct lab_lesson *);
/* Does an assignment begin with this block? */
bool lab_assignment_begins(const struct lab_markdown *, size_t block);

/* "3.3/reap", "3.5/silent" or "3.5c/silent": the lesson is opened. -1: the sentence says what there is instead. */
int lab_assignment_find(struct lab_lessons *, const char *word, const struct lab_lesson **,
                        const struct lab_assignment **, struct net_error *);
/* The key under which progress knows it: "task reap". */
const char *lab_assignment_key(const struct lab_assignment *, char *out, size_t room);

/* The script of a judge for a file and a seed; to be freed. NULL: no memory. */
char *lab_judge_script(const char *script, const char *yours, uint64_t seed);
/* The port that $port stands for. */
unsigned lab_judge_port(uint64_t seed);

/* Is that line of the starter, or is a call of that name in a line, of the culprit? */
bool lab_culprit_has_line(const struct lab_assignment *, int line);
bool lab_culprit_has_call(const struct lab_assignment *, const char *call);

#endif
