// SPDX-License-Identifier: GPL-3.0-or-later
// The options of a TCP socket that a learner meets, one row each.
//
// Ranges are what the kernel takes; where it takes more than it keeps (it doubles, rounds, or stops at a limit of the
// host), `effect` says so and reading the option back shows it. tests/net/option_test.c holds every row against the
// running kernel. Two rows are no options to the kernel: O_NONBLOCK is set by fcntl(), and the backlog by listen();
// what the kernel made of the latter it tells by TCP_INFO, which in LISTEN has the accept queue's length and limit in
// two fields of other meaning (tcp_get_info()). Left out: options that a TCP socket ignores.

#include "net/data/option.h"

#include "net/base/error.h"
#include "net/base/message.h"
#include "net/data/event.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#ifndef TCP_NOTSENT_LOWAT
#define TCP_NOTSENT_LOWAT 25
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif
#ifndef TCP_INQ
#define TCP_INQ 36
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* The level of what is set by fcntl() or listen(), not by setsockopt(). */
enum { LEVEL_FILE = -1, LEVEL_LISTEN = -2 };
/* 68 years: more than the kernel needs to mean "for ever". */
#define LONGEST_MS (1000LL * INT_MAX)

#define SOCK(option)     .name = #option, .level = SOL_SOCKET, .number = option
#define TCP(option)      .name = #option, .level = IPPROTO_TCP, .number = option
#define IP(option)       .name = #option, .level = IPPROTO_IP, .number = option
#define IPV6(option)     .name = #option, .level = IPPROTO_IPV6, .number = option
#define ON_OFF           .type = NET_OPT_BOOL, .can_set = true, .min = 0, .max = 1, .unit = "", .preset = "0"
#define WHOLE(low, high) .type = NET_OPT_INT, .can_set = true, .min = low, .max = high

const struct net_option net_options[] = {
    {SOCK(SO_REUSEADDR), ON_OFF, .inherited = true, .when = N_("before bind"),
     .effect = N_(
         "lets bind() take a port whose only other sockets are connections with the same option, TIME_WAIT above "
         "all; never one with a live listener")},
    {SOCK(SO_REUSEPORT), ON_OFF, .inherited = true, .when = N_("before bind"),
     .effect = N_("lets several listeners of one user share a port; the kernel deals connections out among them")},
    {SOCK(SO_KEEPALIVE), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("probes a silent peer; when TCP_KEEPCNT probes stay unanswered, calls fail with ETIMEDOUT")},
    {TCP(TCP_KEEPIDLE), WHOLE(1, 32767), .inherited = true, .unit = "s", .preset = "7200", .when = N_("any time"),
     .effect = N_("silence before the first keep-alive probe; needs SO_KEEPALIVE")},
    {TCP(TCP_KEEPINTVL), WHOLE(1, 32767), .inherited = true, .unit = "s", .preset = "75", .when = N_("any time"),
     .effect = N_("time between keep-alive probes, and after the last one; needs SO_KEEPALIVE")},
    {TCP(TCP_KEEPCNT), WHOLE(1, 127), .inherited = true, .unit = "", .preset = "9", .when = N_("any time"),
     .effect = N_("unanswered keep-alive probes that end the connection; needs SO_KEEPALIVE")},
    {TCP(TCP_USER_TIMEOUT), WHOLE(0, INT_MAX), .inherited = true, .unit = "ms", .preset = "0", .when = N_("any time"),
     .effect = N_(
         "how long sent data, or a probe, may stay unacknowledged before ETIMEDOUT; 0: the host's retries rule")},
    {SOCK(SO_LINGER), .type = NET_OPT_LINGER, .can_set = true, .inherited = true, .min = 0, .max = INT_MAX, .unit = "s",
     .preset = "{0, 0}", .when = N_("before close"),
     .effect = N_(
         "{1, n}: close() waits up to n s until the peer has acknowledged everything; {1, 0}: close() sends RST; "
         "{0, n} switches it off and keeps the old n")},
    {TCP(TCP_LINGER2), WHOLE(-1, 120), .inherited = true, .unit = "s", .preset = "60", .when = N_("before close"),
     .effect = N_(
         "how long a closed socket stays in FIN_WAIT2; 0: as the host says (tcp_fin_timeout); -1: not at all")},
    {SOCK(SO_RCVTIMEO), .type = NET_OPT_TIMEVAL, .can_set = true, .inherited = true, .min = 0, .max = LONGEST_MS,
     .unit = "ms", .preset = "0 ms", .when = N_("any time; for the next call"),
     .effect = N_("recv() and accept() give up with EAGAIN after this time, and signals end them with EINTR; 0: never; "
                  "rounded up to the kernel's tick")},
    {SOCK(SO_SNDTIMEO), .type = NET_OPT_TIMEVAL, .can_set = true, .inherited = true, .min = 0, .max = LONGEST_MS,
     .unit = "ms", .preset = "0 ms", .when = N_("any time; for the next call"),
     .effect = N_(
         "send() gives up with EAGAIN after this time, connect() with EINPROGRESS; 0: never; rounded up to the "
         "kernel's tick")},
    {SOCK(SO_RCVBUF), WHOLE(0, INT_MAX), .inherited = true, .unit = N_("bytes"), .preset = "131072",
     .when = N_("before listen or connect, for windows over 64 KiB"),
     .effect = N_(
         "room for received data; the kernel doubles what it is given, between 2304 and twice net.core.rmem_max, "
         "and stops tuning it")},
    {SOCK(SO_SNDBUF), WHOLE(0, INT_MAX), .inherited = true, .unit = N_("bytes"), .preset = "16384",
     .when = N_("any time"),
     .effect = N_("room for data not yet acknowledged; the kernel doubles what it is given, between 4608 and twice "
                  "net.core.wmem_max, and stops tuning it")},
    {SOCK(SO_RCVLOWAT), WHOLE(0, INT_MAX), .inherited = true, .unit = N_("bytes"), .preset = "1",
     .when = N_("any time"),
     .effect = N_(
         "a blocking recv(), and poll(), wait until this much is there; 0 means 1; half the receive buffer at most")},
    {TCP(TCP_NODELAY), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("sends small data at once, though earlier data is not acknowledged yet (no Nagle algorithm)")},
    {TCP(TCP_CORK), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("holds back segments that are not full, up to 200 ms, until it is switched off")},
    {TCP(TCP_QUICKACK), .type = NET_OPT_BOOL, .can_set = true, .min = 0, .max = 1, .unit = "", .preset = "1",
     .when = N_("any time; does not last"),
     .effect = N_(
         "acknowledges at once instead of up to 40 ms later; the kernel changes it by itself as data goes by")},
    {TCP(TCP_MAXSEG), WHOLE(88, 32767), .inherited = true, .unit = N_("bytes"), .preset = "536",
     .when = N_("before connect or listen"),
     .effect = N_("largest segment to offer in the SYN; once connected it reads as what really goes into a segment, "
                  "options subtracted")},
    {TCP(TCP_SYNCNT), WHOLE(1, 127), .inherited = true, .unit = "", .preset = "6", .when = N_("before connect"),
     .effect = N_(
         "connect() gives an unanswered SYN up after as long as N doublings of 1 s take: 3 s for 1, 7 s for 2, "
         "15 s for 3; in that time Linux may send it more often than N times")},
    {TCP(TCP_DEFER_ACCEPT), WHOLE(0, 29887), .inherited = false, .unit = "s", .preset = "0",
     .when = N_("before accept"),
     .effect = N_("the listener hands out a connection only once data has come, or this time is over; rounded up to "
                  "1, 3, 7, 15 ... s")},
    {TCP(TCP_FASTOPEN), WHOLE(0, INT_MAX), .inherited = false, .unit = "", .preset = "0",
     .when = N_("before or in LISTEN"),
     .effect = N_("the listener takes data in the SYN; the number of such connections that may wait, at most "
                  "net.core.somaxconn")},
    {TCP(TCP_FASTOPEN_CONNECT), ON_OFF, .inherited = true, .when = N_("before connect"),
     .effect = N_("connect() returns at once, and the first send() sends the SYN with its data, when a cookie of that "
                  "server is known")},
    {TCP(TCP_NOTSENT_LOWAT), WHOLE(0, INT_MAX), .inherited = true, .unit = N_("bytes"), .preset = "0",
     .when = N_("any time"),
     .effect = N_("poll() says POLLOUT only while less than this waits to be sent; 0: as the host says")},
    {TCP(TCP_WINDOW_CLAMP), WHOLE(0, INT_MAX), .inherited = true, .unit = N_("bytes"), .preset = "0",
     .when = N_("any time"),
     .effect = N_("bounds the window that is offered to the peer; 1152 at least; 0, no bound, only before connect")},
    {TCP(TCP_CONGESTION), .type = NET_OPT_NAME, .can_set = true, .inherited = true, .unit = "", .preset = "",
     .when = N_("any time"),
     .effect = N_(
         "the algorithm that decides how much may be in flight; net.ipv4.tcp_available_congestion_control lists "
         "them")},
    {SOCK(SO_OOBINLINE), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("an urgent byte (MSG_OOB) stays in the stream instead of being set aside")},
    {TCP(TCP_INQ), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("recvmsg() says with the bytes how many more are in the receive queue")},
    {SOCK(SO_TIMESTAMPNS), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_("recvmsg() says with the bytes when the kernel got the segment that the last of them came in")},
    {SOCK(SO_ZEROCOPY), ON_OFF, .inherited = true, .when = N_("any time"),
     .effect = N_(
         "send() takes MSG_ZEROCOPY: the kernel sends the program's own memory, and says in the error queue when "
         "it may be written to again")},
    {SOCK(SO_BINDTODEVICE), .type = NET_OPT_NAME, .can_set = true, .inherited = true, .unit = "", .preset = "\"\"",
     .when = N_("before bind or connect; once, without CAP_NET_RAW"),
     .effect = N_("only what comes and goes by this network device: lo is the host's own loopback")},
    {TCP(TCP_REPAIR), .type = NET_OPT_BOOL, .can_set = true, .min = 0, .max = 1, .unit = "", .preset = "0",
     .when = N_("with CAP_NET_ADMIN, which no program of the lab has"),
     .effect = N_(
         "lets a checkpointing program read and write a connection's numbers and queues, and close it without a "
         "segment")},
    {SOCK(SO_PRIORITY), WHOLE(0, INT_MAX), .inherited = false, .unit = "", .preset = "0",
     .when = N_("any time; above 6 with CAP_NET_ADMIN"),
     .effect = N_("which queue of the own device its packets take; the peer never sees it")},
    {IP(IP_TOS), WHOLE(0, 255), .inherited = true, .unit = "", .preset = "0", .when = N_("any time"),
     .effect = N_(
         "the DSCP field of its packets; the lowest two bits are TCP's own (ECN) and stay; sets SO_PRIORITY too")},
    {IP(IP_TTL), WHOLE(1, 255), .inherited = true, .unit = N_("hops"), .preset = "64", .when = N_("any time"),
     .effect = N_("routers that a packet may pass before it is thrown away")},
    {IPV6(IPV6_V6ONLY), ON_OFF, .inherited = true, .when = N_("before bind"),
     .effect = N_(
         "a socket bound to :: takes no clients of IPv4, and leaves the port free for one that does; 0: it takes "
         "both, and calls an address of IPv4 ::ffff:192.0.2.2; bound to an address of its own it is 1")},
    {SOCK(SO_ERROR), .type = NET_OPT_ERRNO, .unit = "", .preset = "0", .when = N_("any time"),
     .effect = N_("the error that waits on the socket; reading it clears it")},
    {SOCK(SO_ACCEPTCONN), .type = NET_OPT_BOOL, .min = 0, .max = 1, .unit = "", .preset = "0", .when = N_("any time"),
     .effect = N_("1 once listen() was called")},
    {TCP(TCP_INFO), .type = NET_OPT_INFO, .unit = "", .preset = "", .when = N_("any time"),
     .effect = N_(
         "state, round trip, retransmission time-out, congestion window, and what is unacknowledged, lost, sent again; "
         "of a listener the accept queue")},
    {SOCK(SO_TYPE), .type = NET_OPT_INT, .unit = "", .preset = "SOCK_STREAM", .when = N_("any time"),
     .effect = N_("what kind of socket it is")},
    {SOCK(SO_COOKIE), .type = NET_OPT_COOKIE, .unit = "", .preset = "", .when = N_("any time"),
     .effect = N_("the kernel's own number of the socket, never used twice")},
    {.name = "O_NONBLOCK",
     .level = LEVEL_FILE,
     .number = O_NONBLOCK,
     .type = NET_OPT_FILE_FLAG,
     .can_set = true,
     .min = 0,
     .max = 1,
     .unit = "",
     .preset = "0",
     .when = N_("any time; for the next call"),
     .effect = N_("calls that would wait fail with EAGAIN, connect() with EINPROGRESS; set by fcntl(F_SETFL)")},
    {.name = "backlog",
     .level = LEVEL_LISTEN,
     .type = NET_OPT_BACKLOG,
     .can_set = true,
     .min = 0,
     .max = INT_MAX,
     .unit = "",
     .preset = "none",
     .when = N_("in LISTEN, by listen() again"),
     .effect = N_(
         "so many connections, and one more, may wait for accept(); at most net.core.somaxconn; a later client's "
         "SYN gets no answer; none: the socket does not listen")},
};
const size_t net_option_count = sizeof net_options / sizeof net_options[0];

/* ---- finding ----------------------------------------------------------------------------------------------------- */

bool net_option_is_of(const struct net_option *option, bool is_v6)
{
    return option->level != IPPROTO_IPV6 || is_v6;
}

const struct net_option *net_option_of_note(unsigned option)
{
    return option >= 1 && option <= net_option_count ? &net_options[option - 1] : NULL;
}

unsigned net_option_for_note(const struct net_option *option)
{
    return option ? (unsigned)(option - net_options) + 1 : 0;
}

const struct net_option *net_option_find(const char *name)
{
    static const char *const prefixes[] = {"", "SO_", "TCP_", "IP_", "IPV6_", "O_"};
    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
        size_t skip = strlen(prefixes[p]);
        for (size_t i = 0; i < net_option_count; i++) {
            const char *known = net_options[i].name;
            if (strncmp(known, prefixes[p], skip) == 0 && strcasecmp(known + skip, name) == 0)
                return &net_options[i];
        }
    }
    return NULL;
}

const struct net_option *net_option_by_number(int level, int number)
{
    for (size_t i = 0; i < net_option_count; i++)
        if (net_options[i].level == level && net_options[i].number == number && level >= 0)
            return &net_options[i];
    return NULL;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* "0.123", "3.4", "204", "60000": plain digits, as many as are worth reading. */
static const char *ms_text(uint32_t us, char *out, size_t out_bytes)
{
    int decimals = us == 0 || us >= 100000 ? 0 : us >= 10000 ? 1 : us >= 1000 ? 2 : 3;
    snprintf(out, out_bytes, "%.*f", decimals, us / 1000.0);
    return out;
}

static int info_text(const struct net_option_info *info, char *out, size_t out_bytes)
{
    const char *state = net_state_name(info->state);
    if (info->state == NET_STATE_LISTEN)
        return snprintf(out, out_bytes, "%s, %u wait for accept, backlog %u", state, info->unacked, info->limit);
    char rtt[24], rttvar[24], rto[24];
    return snprintf(out, out_bytes,
                    "%s, rtt %s ms +- %s, rto %s ms, cwnd %u, unacked %u, lost %u, retransmits %u, in all %u", state,
                    ms_text(info->rtt_us, rtt, sizeof rtt), ms_text(info->rttvar_us, rttvar, sizeof rttvar),
                    ms_text(info->rto_us, rto, sizeof rto), info->cwnd_segs, info->unacked, info->lost,
                    info->retransmits, info->retransmits_all);
}

size_t net_option_text(const struct net_option *option, const struct net_option_value *value, char *out,
                       size_t out_bytes)
{
    int n = 0;
    switch (option->type) {
    case NET_OPT_BOOL:
    case NET_OPT_FILE_FLAG: n = snprintf(out, out_bytes, "%" PRId64, value->number); break;
    case NET_OPT_INT:
        if (option->level == SOL_SOCKET && option->number == SO_TYPE && value->number == SOCK_STREAM)
            n = snprintf(out, out_bytes, "SOCK_STREAM");
        else
            n = snprintf(out, out_bytes, "%" PRId64, value->number);
        break;
    case NET_OPT_LINGER:
        n = snprintf(out, out_bytes, "{%" PRId64 ", %" PRId64 "}", value->number, value->second);
        break;
    case NET_OPT_TIMEVAL: n = snprintf(out, out_bytes, "%" PRId64 " ms", value->number); break;
    case NET_OPT_NAME: n = snprintf(out, out_bytes, "%s", *value->text ? value->text : "\"\""); break;
    case NET_OPT_INFO: n = info_text(&value->info, out, out_bytes); break;
    case NET_OPT_BACKLOG:
        n = value->number < 0 ? snprintf(out, out_bytes, "none") : snprintf(out, out_bytes, "%" PRId64, value->number);
        break;
    case NET_OPT_COOKIE: n = snprintf(out, out_bytes, "0x%" PRIx64, (uint64_t)value->number); break;
    case NET_OPT_ERRNO:
        n = snprintf(out, out_bytes, "%s", value->number ? net_errno_name((int)value->number) : "0");
        break;
    }
    return n < 0 ? 0 : (size_t)n < out_bytes ? (size_t)n : out_bytes ? out_bytes - 1 : 0;
}

/* What the kernel counts in: a time may be said with any unit. 0: it is no time. */
static int64_t unit_ms(const struct net_option *option)
{
    return strcmp(option->unit, "ms") == 0 ? 1 : strcmp(option->unit, "s") == 0 ? 1000 : 0;
}

void net_option_words(const struct net_option *option, const struct net_option_value *value, char *out,
                      size_t out_bytes)
{
    bool is_none = !option->can_set || (option->type == NET_OPT_BACKLOG && value->number < 0);
    if (is_none)
        snprintf(out, out_bytes, "%s", "");
    else if (option->type == NET_OPT_NAME)
        snprintf(out, out_bytes, "%s", *value->text ? value->text : "\"\"");
    else if (option->type == NET_OPT_LINGER)
        snprintf(out, out_bytes, "%" PRId64 " %" PRId64, value->number, value->second);
    else
        snprintf(out, out_bytes, unit_ms(option) == 1 && value->number ? "%" PRId64 "ms" : "%" PRId64, value->number);
}

/* A whole decimal number at the start of the word; *suffix is what follows it. */
static bool number_word(const char *word, int64_t *number, const char **suffix)
{
    char *end;
    if (!isdigit((unsigned char)word[*word == '-' || *word == '+']))
        return false;
    errno = 0;
    *number = strtoll(word, &end, 10);
    *suffix = end;
    return errno == 0;
}

static bool parse_on_off(const char *word, int64_t *number)
{
    static const struct {
        const char *word;
        int64_t number;
    } words[] = {{"0", 0}, {"off", 0}, {"no", 0}, {"1", 1}, {"on", 1}, {"yes", 1}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i].word, word) == 0) {
            *number = words[i].number;
            return true;
        }
    }
    return false;
}

static bool parse_whole(const char *word, int64_t *number)
{
    const char *suffix;
    return number_word(word, number, &suffix) && *suffix == '\0';
}

/*
 * "500ms", "2s", "1.5min", "2h" into what the kernel counts in. A number alone is what C would give the kernel: of some
 * options seconds, of others milliseconds.
 */
static bool parse_time(const struct net_option *option, const char *word, int64_t *number)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};
    const char *suffix;
    char *end = NULL;
    if (number_word(word, number, &suffix) && *suffix == '\0')
        return true;
    double value = isdigit((unsigned char)word[0]) ? strtod(word, &end) : 0;
    for (size_t i = 0; end && i < sizeof units / sizeof units[0]; i++) {
        double is = value * units[i].ms / (double)unit_ms(option);
        if (strcmp(end, units[i].unit) != 0 || !(is <= (double)LONGEST_MS) || is != (double)(int64_t)is)
            continue;
        *number = (int64_t)is;
        return true;
    }
    return false;
}

static bool in_range(const struct net_option *option, int64_t number)
{
    return number >= option->min && number <= option->max;
}

/* "1 5", "on 5", or only "off". */
static bool parse_linger(const struct net_option *option, int words, const char *const *word,
                         struct net_option_value *out)
{
    if (!parse_on_off(word[0], &out->number))
        return false;
    if (words == 1)
        return out->number == 0;
    return words == 2 && parse_time(option, word[1], &out->second) && in_range(option, out->second);
}

static bool parse_words(const struct net_option *option, int words, const char *const *word,
                        struct net_option_value *out)
{
    if (words < 1 || (words > 1 && option->type != NET_OPT_LINGER))
        return false;
    switch (option->type) {
    case NET_OPT_BOOL:
    case NET_OPT_FILE_FLAG: return parse_on_off(word[0], &out->number);
    case NET_OPT_BACKLOG:
    case NET_OPT_INT:
    case NET_OPT_TIMEVAL:
        return (unit_ms(option) ? parse_time(option, word[0], &out->number) : parse_whole(word[0], &out->number)) &&
               in_range(option, out->number);
    case NET_OPT_LINGER: return parse_linger(option, words, word, out);
    case NET_OPT_NAME:
        snprintf(out->text, sizeof out->text, "%s", word[0]);
        /* The kernel's TCP_CA_NAME_MAX and IFNAMSIZ; no name: no device. */
        return (word[0][0] != '\0' || option->level == SOL_SOCKET) && strlen(word[0]) < 16;
    case NET_OPT_COOKIE:
    case NET_OPT_INFO:
    case NET_OPT_ERRNO: break;
    }
    return false;
}

void net_option_takes(const struct net_option *option, char *out, size_t room)
{
    switch (option->type) {
    case NET_OPT_BOOL:
    case NET_OPT_FILE_FLAG: snprintf(out, room, "%s", _("0 or 1 (off or on)")); break;
    case NET_OPT_BACKLOG:
    case NET_OPT_INT:
        if (unit_ms(option) == 1)
            snprintf(out, room, _("a time such as 500ms or 2s, up to %lld ms"), (long long)option->max);
        else if (*option->unit)
            snprintf(out, room, _("a whole number of %s from %lld to %lld"), _(option->unit), (long long)option->min,
                     (long long)option->max);
        else
            snprintf(out, room, _("a whole number from %lld to %lld"), (long long)option->min, (long long)option->max);
        break;
    case NET_OPT_LINGER:
        snprintf(out, room, _("0 or 1 and then whole seconds from 0 to %lld"), (long long)option->max);
        break;
    case NET_OPT_TIMEVAL:
        snprintf(out, room, _("a time such as 500ms or 2s, up to %lld ms"), (long long)option->max);
        break;
    case NET_OPT_NAME: snprintf(out, room, "%s", _("one name of at most 15 characters")); break;
    case NET_OPT_COOKIE:
    case NET_OPT_INFO:
    case NET_OPT_ERRNO: snprintf(out, room, "%s", _("no value")); break;
    }
}

int net_option_parse(const struct net_option *option, int words, const char *const *word,
                     struct net_option_value *value, struct net_error *err)
{
    char wanted[160];
    struct net_option_value parsed = {0};
    if (!option->can_set)
        return net_fail(err, 0, NULL, "%s can only be read; ask for it with get", option->name);
    if (parse_words(option, words, word, &parsed)) {
        *value = parsed;
        return 0;
    }
    net_option_takes(option, wanted, sizeof wanted);
    if (words < 1)
        return net_fail(err, 0, NULL, "%s needs a value: %s", option->name, wanted);
    return net_fail(err, 0, NULL, "%s takes %s, not \"%.24s%s%.24s%s\"", option->name, wanted, word[0],
                    words > 1 ? " " : "", words > 1 ? word[1] : "", words > 2 ? " ..." : "");
}

/* ---- bytes, as get- and setsockopt carry them -------------------------------------------------------------------- */

union raw {
    int number;
    uint64_t cookie;
    struct linger linger;
    struct timeval time;
    char name[16];
    struct tcp_info info;
    uint8_t bytes[NET_OPTION_INFO_BYTES];
};

static size_t raw_bytes(const struct net_option *option)
{
    switch (option->type) {
    case NET_OPT_LINGER: return sizeof(struct linger);
    case NET_OPT_TIMEVAL: return sizeof(struct timeval);
    case NET_OPT_NAME: return sizeof(((union raw *)0)->name);
    case NET_OPT_COOKIE: return sizeof(uint64_t);
    case NET_OPT_INFO:
    case NET_OPT_BACKLOG: return sizeof(struct tcp_info);
    case NET_OPT_BOOL:
    case NET_OPT_INT:
    case NET_OPT_ERRNO:
    case NET_OPT_FILE_FLAG: break;
    }
    return sizeof(int);
}

size_t net_option_encode(const struct net_option *option, const struct net_option_value *value, uint8_t *out,
                         size_t room)
{
    union raw raw;
    size_t n = raw_bytes(option);
    memset(&raw, 0, sizeof raw);
    if (option->type == NET_OPT_LINGER) {
        raw.linger.l_onoff = (int)value->number;
        raw.linger.l_linger = (int)value->second;
    } else if (option->type == NET_OPT_TIMEVAL) {
        raw.time.tv_sec = (time_t)(value->number / 1000);
        raw.time.tv_usec = (suseconds_t)(value->number % 1000 * 1000);
    } else if (option->type == NET_OPT_NAME) {
        n = strnlen(value->text, sizeof raw.name);
        memcpy(raw.name, value->text, n);
    } else if (option->type == NET_OPT_COOKIE) {
        raw.cookie = (uint64_t)value->number;
    } else {
        raw.number = (int)value->number;
    }
    if (n > room)
        return 0;
    memcpy(out, raw.bytes, n);
    return n;
}

/* In LISTEN the kernel has the accept queue in unacked and its limit in sacked. */
static struct net_option_info info_of(const struct tcp_info *info)
{
    return (struct net_option_info){.rtt_us = info->tcpi_rtt,
                                    .rttvar_us = info->tcpi_rttvar,
                                    .rto_us = info->tcpi_rto,
                                    .cwnd_segs = info->tcpi_snd_cwnd,
                                    .unacked = info->tcpi_unacked,
                                    .limit = info->tcpi_sacked,
                                    .lost = info->tcpi_lost,
                                    .retransmits = info->tcpi_retransmits,
                                    .retransmits_all = info->tcpi_total_retrans,
                                    .state = info->tcpi_state};
}

static int64_t backlog_of(const struct tcp_info *info)
{
    return info->tcpi_state == NET_STATE_LISTEN ? (int64_t)info->tcpi_sacked : -1;
}

/* The kernel's tcp_info grows; what it says first stays. Of anything else no more than the option has is right. */
static bool has_right_length(const struct net_option *option, size_t n)
{
    size_t wanted = raw_bytes(option);
    if (wanted == sizeof(struct tcp_info))
        return n >= wanted && n <= NET_EVENT_DATA_MAX;
    return n <= sizeof(union raw) && (n >= wanted || option->type == NET_OPT_NAME);
}

int net_option_decode(const struct net_option *option, const uint8_t *bytes, size_t n, struct net_option_value *value)
{
    union raw raw;
    memset(&raw, 0, sizeof raw);
    memset(value, 0, sizeof *value);
    if (!has_right_length(option, n))
        return -1;
    memcpy(raw.bytes, bytes, n < sizeof raw ? n : sizeof raw);
    if (option->type == NET_OPT_LINGER) {
        value->number = raw.linger.l_onoff;
        value->second = raw.linger.l_linger;
    } else if (option->type == NET_OPT_TIMEVAL) {
        value->number = (int64_t)raw.time.tv_sec * 1000 + (raw.time.tv_usec + 999) / 1000;
    } else if (option->type == NET_OPT_NAME) {
        memcpy(value->text, raw.name, sizeof raw.name);
    } else if (option->type == NET_OPT_INFO) {
        value->info = info_of(&raw.info);
        value->raw_info_bytes = (uint16_t)(n < sizeof value->raw_info ? n : sizeof value->raw_info);
        memcpy(value->raw_info, raw.bytes, value->raw_info_bytes);
    } else if (option->type == NET_OPT_BACKLOG) {
        value->number = backlog_of(&raw.info);
    } else if (option->type == NET_OPT_COOKIE) {
        value->number = (int64_t)raw.cookie;
    } else {
        value->number = raw.number;
    }
    return 0;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

int net_option_get_fd(int fd, const struct net_option *option, struct net_option_value *value)
{
    union raw raw;
    socklen_t n = (socklen_t)(option->type == NET_OPT_INFO ? sizeof raw : raw_bytes(option));
    memset(&raw, 0, sizeof raw);
    if (option->type == NET_OPT_FILE_FLAG) {
        int file_flags = fcntl(fd, F_GETFL);
        *value = (struct net_option_value){.number = file_flags >= 0 && (file_flags & option->number)};
        return file_flags < 0 ? -1 : 0;
    }
    bool by_info = option->type == NET_OPT_BACKLOG;
    if (getsockopt(fd, by_info ? IPPROTO_TCP : option->level, by_info ? TCP_INFO : option->number, raw.bytes, &n) < 0)
        return -1;
    if (net_option_decode(option, raw.bytes, n, value) == 0)
        return 0;
    errno = EPROTO;
    return -1;
}

/* Only of a socket that listens: of another one listen() would make a listener. */
static int listen_again(int fd, const struct net_option *option, int64_t backlog)
{
    struct net_option_value now;
    if (net_option_get_fd(fd, option, &now) < 0)
        return -1;
    if (now.number >= 0)
        return listen(fd, (int)backlog);
    errno = EINVAL;
    return -1;
}

int net_option_set_fd(int fd, const struct net_option *option, const struct net_option_value *value)
{
    uint8_t bytes[sizeof(union raw)];
    if (option->type == NET_OPT_FILE_FLAG) {
        int file_flags = fcntl(fd, F_GETFL);
        if (file_flags < 0)
            return -1;
        return fcntl(fd, F_SETFL, value->number ? file_flags | option->number : file_flags & ~option->number);
    }
    if (option->type == NET_OPT_BACKLOG)
        return listen_again(fd, option, value->number);
    size_t n = net_option_encode(option, value, bytes, sizeof bytes);
    return setsockopt(fd, option->level, option->number, bytes, (socklen_t)n);
}
