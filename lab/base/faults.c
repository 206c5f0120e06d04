// SPDX-License-Identifier: GPL-3.0-or-later
// Faults in the order in which they were met, until somebody sorts them.
#include "lab/base/faults.h"

#include "net/base/message.h"
#include "net/base/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int keep(struct lab_faults *all, const char *file, int line, int column, const char *sentence)
{
    if (all->count == all->room) {
        size_t room = 2 * all->room + 16;
        struct lab_fault *items = reallocarray(all->items, room, sizeof *items);
        if (!items) {
            all->failed = true;
            return 0;
        }
        all->items = items;
        all->room = room;
    }
    struct lab_fault *fault = &all->items[all->count];
    fault->file = strdup(file);
    fault->line = line;
    fault->column = column;
    snprintf(fault->text, sizeof fault->text, "%.*s", (int)sizeof fault->text - 1, sentence);
    net_plain(fault->text, sizeof fault->text);
    all->failed |= !fault->file;
    all->count += fault->file != NULL;
    return 0;
}

int lab_fault(struct lab_faults *all, struct net_error *err, const char *file, int line, int column, const char *format,
              ...)
{
    char sentence[400];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    if (all)
        return keep(all, file, line, column, sentence);
    return net_fail(err, 0, NULL, "%.120s:%d:%d: %s", file, line, column, sentence);
}

/* Faults of one file stand together: it is a stable sort by place that leaves files alone. */
static bool stands_before(const struct lab_fault *a, const struct lab_fault *b)
{
    return strcmp(a->file, b->file) == 0 && (a->line < b->line || (a->line == b->line && a->column < b->column));
}

static void merge(const struct lab_fault *from, size_t middle, size_t count, struct lab_fault *to)
{
    size_t a = 0, b = middle;
    for (size_t i = 0; i < count; i++)
        to[i] = a < middle && (b == count || !stands_before(&from[b], &from[a])) ? from[a++] : from[b++];
}

void lab_faults_sort(struct lab_faults *all)
{
    struct lab_fault *other = all->count ? calloc(all->count, sizeof *other) : NULL;
    for (size_t run = 1; other && run < all->count; run *= 2) {
        for (size_t i = 0; i < all->count; i += 2 * run) {
            size_t left = all->count - i;
            merge(&all->items[i], run < left ? run : left, 2 * run < left ? 2 * run : left, &other[i]);
        }
        memcpy(all->items, other, all->count * sizeof *other);
    }
    free(other);
}

void lab_faults_fini(struct lab_faults *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->items[i].file);
    free(all->items);
    *all = (struct lab_faults){0};
}
