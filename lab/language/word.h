// SPDX-License-Identifier: GPL-3.0-or-later
// Words of the command language as values.
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
/*
 * "12345", "192.0.2.1:12345", "[2001:db8::1]:12345" or "server:12345"; host "any" is 0.0.0.0. has_ip says
 * whether an address was given.
 */
struct lab_address {
    bool has_ip, is_host;
    int64_t host; /* enum net_host, when is_host: its address depends on the lab's mode */
    struct net_ip ip;
    uint16_t port;
};
int lab_word_address(const char *word, struct lab_address *out, struct net_error *);

/* Does word stand in a list like "rd wr both"? Its index, or -1. */
int lab_word_index(const char *list, const char *word);
/* The i-th word of such a list into out; false past the end. */
bool lab_word_at(const char *list, size_t i, char *out, size_t out_bytes);

#endif
