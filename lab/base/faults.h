// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a text that somebody has written: the first fault, or all of them.
#ifndef LAB_BASE_FAULTS_H
#define LAB_BASE_FAULTS_H

#include "net/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Who reads a text is given a list, or none. Without one the first fault is an error like any other, and the reading
 * ends. With one it goes there, and the reading goes on behind it: so whoever reads has to leave something that can be
 * read on with, and must not tell what follows from a fault that was told.
 */
struct lab_fault {
    char *file;
    int line, column; /* from 1; columns in bytes */
    char text[400];
};
struct lab_faults {
    struct lab_fault *items;
    size_t count, room;
    bool failed; /* without memory for one */
};

/*
 * One fault.
 *   returns  with a list 0; without one -1, and err has FILE:LINE:COLUMN and the sentence.
 */
int lab_fault(struct lab_faults *, struct net_error *err, const char *file, int line, int column, const char *format,
              ...) __attribute__((format(printf, 6, 7)));
/* In the order in which they stand in each file; the order of files stays. */
void lab_faults_sort(struct lab_faults *);
void lab_faults_fini(struct lab_faults *);

#endif
