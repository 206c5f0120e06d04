// SPDX-License-Identifier: GPL-3.0-or-later
// Words of the command language as values, and the nearest word to one that nobody knows.
#ifndef LAB_LANGUAGE_WORD_H
#define LAB_LANGUAGE_WORD_H

#include "net/base/error.h"
#include "net/data/event.h"

/* Each reads one whole word: 0 and *out set, or -1 with a sentence that names the word and what was expected. */
int lab_word_number(const char *word, int64_t min, int64_t max, int64_t *out, struct net_error *);
/* "200ms", "2s", "1.5s", "2min"; a number alone means seconds. At most ten hours. */
int lab_word_time(const char *word, uint64_t *out_ns, struct net_error *);
/* "10%" or "10". */
int lab_word_percent(const char *word, int64_t *out, struct net_error *);
int lab_word_host(const char *word, int64_t *out, struct net_error *);
/* "12345", "192.0.2.1:12345" or "server:12345"; host "any" is 0.0.0.0. has_ip says whether an address was given. */
struct lab_address {
    bool has_ip, is_host;
    int64_t host; /* enum net_host, when is_host: its address depends on the lab's mode */
    uint32_t ip;
    uint16_t port;
};
int lab_word_address(const char *word, struct lab_address *out, struct net_error *);

/* Does word stand in a list like "rd wr both"? Its index, or -1. */
int lab_word_index(const char *list, const char *word);
/* The i-th word of such a list into out; false past the end. */
bool lab_word_at(const char *list, size_t i, char *out, size_t out_bytes);

/* Put more text behind what is in out; what does not fit is cut. */
void lab_append(char *out, size_t out_bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A duration as a person says it: "3.2 s", "15 ms", "2 min 5 s"; returns out. */
const char *lab_duration_text(uint64_t ns, char *out, size_t out_bytes);

/*
 * The word nearest to a wrong one, by the number of letters to change, insert, leave out or swap, without regard to
 * case. Offer every word that would be right; lab_nearest_hint() is then "; did you mean `connect`?", or "" when none
 * is near.
 */
struct lab_nearest {
    const char *wrong;
    char best[64];
    unsigned distance;
    char hint[96];
};
void lab_nearest_init(struct lab_nearest *, const char *wrong);
void lab_nearest_offer(struct lab_nearest *, const char *right);
const char *lab_nearest_hint(struct lab_nearest *);

#endif
