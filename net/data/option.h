// SPDX-License-Identifier: GPL-3.0-or-later
// Socket options as a table: plain data.
#ifndef NET_DATA_OPTION_H
#define NET_DATA_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_option_type {
    NET_OPT_BOOL,
    NET_OPT_INT,
    NET_OPT_LINGER /* two ints: onoff seconds */,
    NET_OPT_TIMEVAL /* milliseconds */,
    NET_OPT_NAME /* text */,
    NET_OPT_COOKIE /* 64 bits, hex */,
    NET_OPT_ERRNO,
    NET_OPT_FILE_FLAG /* fcntl O_NONBLOCK */,
    NET_OPT_INFO /* TCP_INFO: many numbers, as text */,
    NET_OPT_BACKLOG /* set by listen(), told by TCP_INFO; -1: the socket does not listen */
};

enum { NET_OPTION_TEXT_BYTES = 160, NET_OPTION_INFO_BYTES = 256 };

struct net_option {
    const char *name; /* "SO_LINGER" */
    int level, number;
    enum net_option_type type;
    bool can_set, inherited; /* inherited: an accepted socket gets the listener's */
    int64_t min, max;        /* of a value that the kernel takes */
    const char *unit;        /* "s", "ms", "bytes", ""; it, `when` and `effect` are for net_message() */
    const char *preset;      /* the kernel's default as text; "" when it depends */
    const char *when;        /* "any time", "before bind", "before connect or listen" ... */
    const char *effect;      /* one sentence */
};

/* Of TCP_INFO. In LISTEN unacked is what waits for accept(), and limit the backlog. */
struct net_option_info {
    uint32_t rtt_us, rttvar_us, rto_us, cwnd_segs, unacked, limit, lost, retransmits, retransmits_all;
    uint8_t state;
};

struct net_option_value {
    int64_t number, second;      /* BOOL, INT, TIMEVAL (ms), LINGER (onoff, seconds), ERRNO, COOKIE, BACKLOG */
    char text[32];               /* NAME */
    struct net_option_info info; /* INFO */
    uint8_t raw_info[NET_OPTION_INFO_BYTES]; /* INFO: all that the kernel said (net/data/info_field.h) */
    uint16_t raw_info_bytes;
};

extern const struct net_option net_options[];
extern const size_t net_option_count;

const struct net_option *net_option_find(
    const char *name); /* NULL unknown; also "LINGER", "keepalive" without prefix and case */
/* A socket of that family has it: those of IPv6 have all. */
bool net_option_is_of(const struct net_option *, bool is_v6);
/* The row of a note's `option`; NULL for 0. */
const struct net_option *net_option_of_note(unsigned option);
unsigned net_option_for_note(const struct net_option *); /* 0 for NULL */
/* NULL unknown, and for a row that is no socket option to the kernel (O_NONBLOCK, backlog). */
const struct net_option *net_option_by_number(int level, int number);
size_t net_option_text(const struct net_option *, const struct net_option_value *, char *out,
                       size_t out_bytes); /* "1", "{1, 0}", "500 ms", "cubic" */

/* The same as words that net_option_parse() takes: "1", "1 0", "500ms", "cubic"; "" where it cannot be set, or there is
 * no value. */
void net_option_words(const struct net_option *, const struct net_option_value *, char *out, size_t out_bytes);

/* "a whole number of bytes from 0 to 2147483647": what a value must be, in the learner's language. */
void net_option_takes(const struct net_option *, char *out, size_t out_bytes);

struct net_error;
/*
 * Words after the name ("1 0", "cubic") into a value; -1 with the range in the sentence. Times are said as everywhere:
 * 500ms, 2s, 1.5min; a number alone is in what the kernel counts in.
 */
int net_option_parse(const struct net_option *, int words, const char *const *word, struct net_option_value *,
                     struct net_error *);

/* The get/set itself, on a descriptor of the calling task. 0, or -1 with errno. Async-signal-safe. To set the backlog
 * is to call listen() once more, which would make a listener of a socket that is none: EINVAL then. */
int net_option_get_fd(int fd, const struct net_option *, struct net_option_value *);
int net_option_set_fd(int fd, const struct net_option *, const struct net_option_value *);
/* To and from the bytes of a call's option value (data of a SETSOCKOPT event). */
size_t net_option_encode(const struct net_option *, const struct net_option_value *, uint8_t *out, size_t room);
int net_option_decode(const struct net_option *, const uint8_t *bytes, size_t n, struct net_option_value *);

#endif
