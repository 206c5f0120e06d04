// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The words name=value on a program's command line, read into its variables. Shared by the programs in this folder,
 * which need nothing else but libc. A program lists what it takes in a table:
 *
 *   long port = 12345, limit = 0;
 *   const char *reap = "handler";
 *   const struct parameter table[] = {
 *       {"port", .number = &port, .low = 1, .high = 65535},
 *       {"limit", .number = &limit, .low = 1, .high = 4096, .may_be_none = 1},     "none" is stored as 0
 *       {"reap", .word = &reap, .words = "handler|once|none"},
 *       {"address", .address = &address},                                           127.0.0.1
 *       {"file", .word = &file},                                                    any text
 *   };
 *   if (read_parameters(argc, argv, table, sizeof table / sizeof table[0]) < 0)
 *       return 2;
 *
 * A word that cannot be used changes nothing but the variables before it, and ends with one sentence on stderr.
 */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parameter {
    const char *name;
    long *number; /* one of the three is set */
    const char **word;
    struct in_addr *address;
    long low, high;    /* of a number */
    int may_be_none;   /* of a number */
    const char *words; /* of a word: "yes|no"; NULL: any text */
};

/* Whether text is one of the words in "a|b|c". */
static inline int is_one_of(const char *text, const char *words)
{
    size_t length = strlen(text);
    while (words) {
        size_t n = strcspn(words, "|");
        if (n == length && strncmp(words, text, n) == 0)
            return 1;
        words = words[n] ? words + n + 1 : NULL;
    }
    return 0;
}

static inline int read_number(const struct parameter *p, const char *text)
{
    char *end;
    if (p->may_be_none && strcmp(text, "none") == 0) {
        *p->number = 0;
        return 1;
    }
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < p->low || number > p->high)
        return 0;
    *p->number = number;
    return 1;
}

/* Whether the text was a value for this parameter; it is stored then. */
static inline int read_value(const struct parameter *p, const char *text)
{
    if (p->number)
        return read_number(p, text);
    if (p->address)
        return inet_pton(AF_INET, text, p->address) == 1;
    if (p->words && !is_one_of(text, p->words))
        return 0;
    *p->word = text;
    return 1;
}

static inline void print_values(const struct parameter *p)
{
    if (p->number)
        fprintf(stderr, " %s=%ld..%ld%s", p->name, p->low, p->high, p->may_be_none ? "|none" : "");
    else if (p->address)
        fprintf(stderr, " %s=A.B.C.D", p->name);
    else
        fprintf(stderr, " %s=%s", p->name, p->words ? p->words : "TEXT");
}

/* 0, or -1 after one line on stderr that says which word cannot be used and what can. */
static inline int read_parameters(int argc, char **argv, const struct parameter *table, size_t count)
{
    for (int i = 1; i < argc; i++) {
        size_t length = strcspn(argv[i], "="), at = 0;
        while (at < count && !(strlen(table[at].name) == length && strncmp(table[at].name, argv[i], length) == 0))
            at++;
        if (at < count && argv[i][length] == '=' && read_value(&table[at], argv[i] + length + 1))
            continue;
        // Of a name that we know, say what it takes; otherwise say all names.
        size_t first = at < count ? at : 0, end = at < count ? at + 1 : count;
        const char *slash = strrchr(argv[0], '/');
        fprintf(stderr, "%s cannot use \"%s\"; it takes", slash ? slash + 1 : argv[0], argv[i]);
        for (at = first; at < end; at++)
            print_values(&table[at]);
        fprintf(stderr, "\n");
        return -1;
    }
    return 0;
}

#endif
