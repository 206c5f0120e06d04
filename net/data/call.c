// SPDX-License-Identifier: GPL-3.0-or-later
// Calls as C text: `connect(3, 192.0.2.1:12345, 16)`, with every number that has a name in C under that name.
//
// All text is put together from pieces that are never cut in two (an escape, a name), so that what does not fit ends at
// a whole one with "...". Bytes of data give way first: the arguments after them are always readable.
// Left out: what only the kernel's headers know (ioctl numbers, protocols other than TCP); they stay numbers.

#include "net/data/call.h"

#include "net/data/linux.h"
#include "net/data/option.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The numbers of linux.h are those of the headers. */
#define SAME(name) _Static_assert((int)NET_##name == (int)name, "linux.h: " #name)
SAME(CLONE_NEWNET);
SAME(AF_INET);
SAME(AF_INET6);
SAME(SOCK_STREAM);
SAME(SHUT_RD);
SAME(SHUT_WR);
SAME(SHUT_RDWR);
SAME(MSG_OOB);
SAME(MSG_PEEK);
SAME(MSG_TRUNC);
SAME(MSG_DONTWAIT);
SAME(MSG_WAITALL);
SAME(MSG_NOSIGNAL);
SAME(MSG_MORE);
SAME(MSG_ERRQUEUE);
SAME(MSG_ZEROCOPY);
SAME(MSG_FASTOPEN);
SAME(O_NONBLOCK);
SAME(F_SETFL);
SAME(F_SETFD);
SAME(FD_CLOEXEC);
SAME(SOCK_CLOEXEC);
SAME(F_DUPFD);
SAME(F_DUPFD_CLOEXEC);
#undef SAME

/* ---- text from whole pieces -------------------------------------------------------------------------------------- */

struct text {
    char *out;
    size_t room, n;
    size_t safe; /* end of the last piece after which "..." still fits */
    bool cut;    /* something did not fit: nothing more is added */
};

static struct text text_new(char *out, size_t room)
{
    if (room > 0)
        out[0] = '\0';
    return (struct text){.out = out, .room = room, .cut = room == 0};
}

static void piece(struct text *t, const char *s, size_t n)
{
    if (t->cut || t->n + n + 1 > t->room) {
        t->cut = true;
        return;
    }
    memcpy(t->out + t->n, s, n);
    t->n += n;
    t->out[t->n] = '\0';
    if (t->n + sizeof "..." <= t->room)
        t->safe = t->n;
}

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *format, ...)
{
    char s[128];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(s, sizeof s, format, args);
    va_end(args);
    if (n > 0)
        piece(t, s, (size_t)n < sizeof s ? (size_t)n : sizeof s - 1);
}

static size_t finish(struct text *t)
{
    if (!t->cut || t->room == 0)
        return t->n;
    t->n = t->safe;
    for (size_t dots = 0; dots < 3 && t->n + 1 < t->room; dots++)
        t->out[t->n++] = '.';
    t->out[t->n] = '\0';
    return t->n;
}

/* ---- numbers with names ------------------------------------------------------------------------------------------ */

struct named {
    long long value;
    const char *name;
};
#define NAMED(constant)                                                                                                \
    {                                                                                                                  \
        constant, #constant                                                                                            \
    }
#define NAMED_OR_NUMBER(t, table, value) named_or_number(t, table, COUNT(table), value)
#define FLAGS(t, table, value)           flags(t, table, COUNT(table), value, true)

static void named_or_number(struct text *t, const struct named *table, size_t count, long long value)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].value == value) {
            add(t, "%s", table[i].name);
            return;
        }
    }
    add(t, "%lld", value);
}

/* "A|B|0x40"; "0" for none when nothing precedes. */
static void flags(struct text *t, const struct named *table, size_t count, long long value, bool first)
{
    unsigned long long left = (unsigned)value;
    for (size_t i = 0; i < count; i++) {
        unsigned long long bits = (unsigned long long)table[i].value;
        if ((left & bits) != bits)
            continue;
        add(t, "%s%s", first ? "" : "|", table[i].name);
        left &= ~bits;
        first = false;
    }
    if (left)
        add(t, "%s0x%llx", first ? "" : "|", left);
    else if (first)
        add(t, "0");
}

static const struct named families[] = {NAMED(AF_INET), NAMED(AF_INET6), NAMED(AF_UNIX), NAMED(AF_UNSPEC)};
static const struct named socket_types[] = {NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM), NAMED(SOCK_RAW),
                                            NAMED(SOCK_SEQPACKET)};
static const struct named socket_flags[] = {NAMED(SOCK_NONBLOCK), NAMED(SOCK_CLOEXEC)};
static const struct named protocols[] = {
    NAMED(IPPROTO_TCP), NAMED(IPPROTO_UDP), NAMED(IPPROTO_ICMP), NAMED(IPPROTO_SCTP), {262, "IPPROTO_MPTCP"}};
static const struct named message_flags[] = {
    NAMED(MSG_OOB),      NAMED(MSG_PEEK), NAMED(MSG_DONTROUTE), NAMED(MSG_CTRUNC),   NAMED(MSG_TRUNC),
    NAMED(MSG_DONTWAIT), NAMED(MSG_EOR),  NAMED(MSG_WAITALL),   NAMED(MSG_CONFIRM),  NAMED(MSG_ERRQUEUE),
    NAMED(MSG_NOSIGNAL), NAMED(MSG_MORE), NAMED(MSG_ZEROCOPY),  NAMED(MSG_FASTOPEN), NAMED(MSG_CMSG_CLOEXEC)};
static const struct named hows[] = {NAMED(SHUT_RD), NAMED(SHUT_WR), NAMED(SHUT_RDWR)};
static const struct named levels[] = {NAMED(SOL_SOCKET), NAMED(IPPROTO_TCP), NAMED(IPPROTO_IP), NAMED(IPPROTO_IPV6)};
static const struct named wait_options[] = {NAMED(WNOHANG), NAMED(WUNTRACED), NAMED(WCONTINUED)};
static const struct named sigaction_flags[] = {NAMED(SA_RESTART), NAMED(SA_NOCLDSTOP), NAMED(SA_NOCLDWAIT),
                                               NAMED(SA_NODEFER), NAMED(SA_RESETHAND), NAMED(SA_SIGINFO)};
static const struct named namespace_flags[] = {NAMED(CLONE_NEWNET), NAMED(CLONE_NEWUSER),   NAMED(CLONE_NEWPID),
                                               NAMED(CLONE_NEWNS),  NAMED(CLONE_NEWUTS),    NAMED(CLONE_NEWIPC),
                                               NAMED(CLONE_FILES),  NAMED(CLONE_NEWCGROUP), NAMED(CLONE_FS)};
static const struct named fcntl_commands[] = {NAMED(F_GETFL), NAMED(F_SETFL),         NAMED(F_GETFD),  NAMED(F_SETFD),
                                              NAMED(F_DUPFD), NAMED(F_DUPFD_CLOEXEC), NAMED(F_GETOWN), NAMED(F_SETOWN)};
static const struct named descriptor_flags[] = {NAMED(FD_CLOEXEC)};
static const struct named access_modes[] = {NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR)};
static const struct named open_flags[] = {NAMED(O_CREAT),    NAMED(O_EXCL), NAMED(O_TRUNC),     NAMED(O_APPEND),
                                          NAMED(O_NONBLOCK), NAMED(O_SYNC), NAMED(O_DIRECTORY), NAMED(O_NOFOLLOW),
                                          NAMED(O_CLOEXEC),  NAMED(O_ASYNC)};
static const struct named poll_events[] = {NAMED(POLLIN),  NAMED(POLLPRI), NAMED(POLLOUT), NAMED(POLLRDHUP),
                                           NAMED(POLLERR), NAMED(POLLHUP), NAMED(POLLNVAL)};
static const struct named epoll_operations[] = {NAMED(EPOLL_CTL_ADD), NAMED(EPOLL_CTL_MOD), NAMED(EPOLL_CTL_DEL)};
static const struct named epoll_flags[] = {NAMED(EPOLL_CLOEXEC)};
static const struct named epoll_events[] = {NAMED(EPOLLIN),  NAMED(EPOLLPRI), NAMED(EPOLLOUT),    NAMED(EPOLLRDHUP),
                                            NAMED(EPOLLERR), NAMED(EPOLLHUP), NAMED(EPOLLONESHOT)};
static const struct named epoll_ways[] = {
    {1u << 31, "EPOLLET"}, {1u << 28, "EPOLLEXCLUSIVE"}, {1u << 29, "EPOLLWAKEUP"}};
static const struct named splice_flags[] = {NAMED(SPLICE_F_MOVE), NAMED(SPLICE_F_NONBLOCK), NAMED(SPLICE_F_MORE)};
static const struct named memory_flags[] = {NAMED(MFD_CLOEXEC)};
static const struct named requests[] = {NAMED(FIONBIO), NAMED(FIONREAD), NAMED(SIOCATMARK), NAMED(SIOCOUTQ),
                                        NAMED(SIOCOUTQNSD)};
static const struct named limits[] = {NAMED(RLIMIT_NOFILE), NAMED(RLIMIT_NPROC), NAMED(RLIMIT_AS),
                                      NAMED(RLIMIT_DATA),   NAMED(RLIMIT_STACK), NAMED(RLIMIT_CORE),
                                      NAMED(RLIMIT_CPU),    NAMED(RLIMIT_FSIZE)};
static const struct named resolver_errors[] = {NAMED(EAI_AGAIN),   NAMED(EAI_BADFLAGS), NAMED(EAI_FAIL),
                                               NAMED(EAI_FAMILY),  NAMED(EAI_MEMORY),   NAMED(EAI_NONAME),
                                               NAMED(EAI_SERVICE), NAMED(EAI_SOCKTYPE), NAMED(EAI_SYSTEM)};

static void open_mode(struct text *t, int64_t value)
{
    NAMED_OR_NUMBER(t, access_modes, value & O_ACCMODE);
    flags(t, open_flags, COUNT(open_flags), value & ~O_ACCMODE, false);
}

static void socket_type(struct text *t, int64_t value, bool only_flags)
{
    long long both = SOCK_NONBLOCK | SOCK_CLOEXEC;
    if (only_flags) {
        FLAGS(t, socket_flags, value);
        return;
    }
    NAMED_OR_NUMBER(t, socket_types, value & ~both);
    flags(t, socket_flags, COUNT(socket_flags), value & both, false);
}

/* ---- data with a shape ------------------------------------------------------------------------------------------- */

static bool shows_letters;

void net_text_shows_letters(bool shows)
{
    shows_letters = shows;
}

/*
 * Bytes of the letter that begins here, in UTF-8; 0: none. Only of alphabets that are written from left to right, one
 * whole character each: nothing that combines, turns the direction, cannot be seen or has no meaning yet.
 */
static size_t letter_bytes(const uint8_t *s, size_t n)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xc0, 0x17f},                      /* Latin */
        {0x391, 0x3a1},                     /* Greek */
        {0x3a3, 0x3c9},   {0x410, 0x44f},   /* Cyrillic */
        {0x3001, 0x3002}, {0x3041, 0x3096}, /* kana */
        {0x30a1, 0x30fa}, {0x3131, 0x3163}, /* Hangul, single letters and syllables */
        {0xac00, 0xd7a3}, {0x4e00, 0x9fa5}, /* Han */
        {0xff01, 0xff5e},
    };
    bool is_two = n >= 2 && s[0] >= 0xc3 && s[0] <= 0xdf && (s[1] & 0xc0) == 0x80;
    bool is_three = n >= 3 && (s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
    uint32_t point = is_two     ? (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)
                     : is_three ? (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu)
                                : 0;
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return is_two ? 2 : point >= 0x800 ? 3 : 0; /* not longer than it needs to be (RFC 3629) */
    return 0;
}

/* One byte as in a C string. A peer's bytes reach a terminal only through here, or are letters. */
static void escaped(uint8_t byte, char out[8])
{
    static const struct {
        uint8_t byte;
        char text[3];
    } short_forms[] = {{'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'"', "\\\""}, {'\\', "\\\\"}};
    for (size_t i = 0; i < COUNT(short_forms); i++) {
        if (short_forms[i].byte == byte) {
            memcpy(out, short_forms[i].text, sizeof short_forms[i].text);
            return;
        }
    }
    snprintf(out, 8, byte >= ' ' && byte <= '~' ? "%c" : "\\x%02x", byte);
}

/* The next letter or byte, as it is shown; returns how many bytes it is of. */
static size_t next_shown(const uint8_t *bytes, size_t n, char out[8])
{
    size_t letter = shows_letters ? letter_bytes(bytes, n) : 0;
    if (letter)
        snprintf(out, 8, "%.*s", (int)letter, (const char *)bytes);
    else
        escaped(bytes[0], out);
    return letter ? letter : 1;
}

/* Whether a letter may begin here of which the rest was not kept, so that nobody knows it. */
static bool is_cut_off(const uint8_t *bytes, size_t n)
{
    return shows_letters && n < 3 && bytes[0] >= 0xc3 && letter_bytes(bytes, n) == 0;
}

/* Quoted; at most `budget` characters, and `"...` when that is not all. */
static void quoted(struct text *t, const uint8_t *bytes, size_t n, size_t all, size_t budget)
{
    static const char more[] = "\"...";
    size_t start = t->n, i = 0;
    char s[8];
    piece(t, "\"", 1);
    for (size_t taken; i < n && !(n < all && is_cut_off(bytes + i, n - i)); i += taken) {
        taken = next_shown(bytes + i, n - i, s);
        bool last = i + taken == n && n >= all;
        size_t after = strlen(s) + (last ? 1 : sizeof more - 1);
        if (t->n - start + after > budget || t->n + after + 1 > t->room)
            break;
        piece(t, s, strlen(s));
    }
    if (i == all)
        piece(t, "\"", 1);
    else
        piece(t, more, sizeof more - 1);
}

size_t net_bytes_text(const uint8_t *bytes, size_t n, size_t all, char *out, size_t out_bytes)
{
    struct text t = text_new(out, out_bytes);
    quoted(&t, bytes, n, all > n ? all : n, out_bytes);
    return finish(&t);
}

/* A struct sockaddr of any family, as the program gave it or the kernel filled it. */
static void address(struct text *t, const uint8_t *data, size_t n)
{
    char s[NET_ADDRESS_TEXT_BYTES];
    struct net_ip ip;
    uint16_t port;
    sa_family_t family = 0;
    if (net_address_of(data, n, &ip, &port)) {
        net_address_text(ip, port, s, sizeof s);
        add(t, "%s", s);
    } else {
        memcpy(&family, data, n < sizeof family ? n : sizeof family);
        add(t, "{");
        NAMED_OR_NUMBER(t, families, family);
        add(t, ", ...}");
    }
}

/* A program of BPF, which no other option takes. */
static bool is_filter(const struct net_ev_call *call)
{
    enum { ATTACH_REUSEPORT_CBPF = 51 };
    return (int)call->args[1] == SOL_SOCKET && (int)call->args[2] == ATTACH_REUSEPORT_CBPF;
}

static void option_value(struct text *t, const struct net_ev_call *call, const uint8_t *data, size_t n)
{
    const struct net_option *option = net_option_by_number((int)call->args[1], (int)call->args[2]);
    struct net_option_value value;
    char s[NET_OPTION_TEXT_BYTES];
    int number;
    if (is_filter(call) && n >= sizeof(uint16_t)) {
        uint16_t instructions; /* struct sock_fprog */
        memcpy(&instructions, data, sizeof instructions);
        add(t, "{len %u}", instructions);
    } else if (option && net_option_decode(option, data, n, &value) == 0) {
        net_option_text(option, &value, s, sizeof s);
        add(t, option->type == NET_OPT_INFO ? "{%s}" : "%s", s);
    } else if (n == sizeof number) {
        memcpy(&number, data, sizeof number);
        add(t, "%d", number);
    } else {
        quoted(t, data, n, n, 40);
    }
}

static void option_name(struct text *t, const struct net_ev_call *call)
{
    const struct net_option *option = net_option_by_number((int)call->args[1], (int)call->args[2]);
    if (option)
        add(t, "%s", option->name);
    else if (is_filter(call))
        add(t, "SO_ATTACH_REUSEPORT_CBPF");
    else
        add(t, "%d", (int)call->args[2]);
}

static void wait_status(struct text *t, int status)
{
    if (WIFEXITED(status))
        add(t, "{exited %d}", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        add(t, "{killed by %s%s}", net_signal_name(WTERMSIG(status)), WCOREDUMP(status) ? ", core dumped" : "");
    else if (WIFSTOPPED(status))
        add(t, "{stopped by %s}", net_signal_name(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        add(t, "{continued}");
    else
        add(t, "%d", status);
}

/* The descriptor is what the program has put beside the events: mostly that, or else it is not known. */
static bool epoll_entry_at(const struct net_event *event, size_t i, struct epoll_event *out)
{
    if ((i + 1) * sizeof *out > event->data_bytes)
        return false;
    memcpy(out, event->data + i * sizeof *out, sizeof *out);
    return true;
}

/* [{4, POLLIN}] when asked, [{4, POLLIN, POLLIN|POLLHUP}] when answered. */
static void poll_set(struct text *t, const uint8_t *data, size_t n, bool answered)
{
    struct pollfd one;
    add(t, "[");
    for (size_t at = 0; at + sizeof one <= n; at += sizeof one) {
        memcpy(&one, data + at, sizeof one);
        add(t, "%s{%d, ", at ? ", " : "", one.fd);
        FLAGS(t, poll_events, (unsigned short)one.events);
        if (answered) {
            add(t, ", ");
            FLAGS(t, poll_events, (unsigned short)one.revents);
        }
        add(t, "}");
    }
    add(t, "]");
}

/* {EPOLLIN|EPOLLET, 4}: the second is what the program wants to be told, mostly the descriptor. */
static void epoll_event(struct text *t, const struct epoll_event *e)
{
    long long ways = e->events & (1u << 31 | 1u << 28 | 1u << 29), events = e->events & ~(uint32_t)ways;
    add(t, "{");
    if (events || !ways)
        FLAGS(t, epoll_events, events);
    if (ways)
        flags(t, epoll_ways, COUNT(epoll_ways), ways, !events);
    if (e->data.u64 <= INT32_MAX)
        add(t, ", %d}", (int)e->data.u64);
    else
        add(t, ", 0x%" PRIx64 "}", (uint64_t)e->data.u64);
}

/* [{EPOLLIN, 4}, {EPOLLIN|EPOLLHUP, 5}] */
static void epoll_set(struct text *t, const struct net_event *ret)
{
    struct epoll_event one;
    add(t, "[");
    for (size_t i = 0; epoll_entry_at(ret, i, &one); i++) {
        add(t, "%s", i ? ", " : "");
        epoll_event(t, &one);
    }
    add(t, "]");
}

/* [TCP_INQ 5, SO_TIMESTAMPNS 1764600000.123456789, zerocopy 0 to 1]; nothing where none came. */
static void control_messages(struct text *t, const struct net_control *control)
{
    unsigned kinds = control->kinds;
    const char *before = "[";
    if (!kinds)
        add(t, "[]");
    if (kinds & NET_CONTROL_QUEUE) {
        add(t, "%sTCP_INQ %" PRId64, before, control->queue);
        before = ", ";
    }
    if (kinds & NET_CONTROL_TIME) {
        add(t, "%sSO_TIMESTAMPNS %" PRId64 ".%09" PRId64, before, control->time_ns / 1000000000,
            control->time_ns % 1000000000);
        before = ", ";
    }
    if (kinds & NET_CONTROL_ZEROCOPY) {
        add(t, "%szerocopy %u to %u%s", before, control->first, control->last,
            kinds & NET_CONTROL_COPIED ? ", copied" : "");
        before = ", ";
    }
    if (kinds & NET_CONTROL_OTHER) {
        add(t, "%sothers", before);
        before = ", ";
    }
    if (kinds & NET_CONTROL_CUT) {
        add(t, "%sMSG_CTRUNC", before);
        before = ", ";
    }
    if (kinds)
        add(t, "]");
}

/* ---- a call ------------------------------------------------------------------------------------------------------ */

struct said {
    const struct net_ev_call *call;
    const struct net_event *enter, *ret;
    size_t text_at; /* where in the entry's data the next text begins */
};

static const uint8_t *returned_data(const struct said *s, size_t *n)
{
    *n = s->ret ? s->ret->data_bytes : 0;
    return *n > 0 ? s->ret->data : NULL;
}

static bool failed(const struct said *s)
{
    return s->ret && s->ret->u.call.error != 0;
}

/* Room for what follows the bytes of a send or recv: size and flags. */
enum { AFTER_BYTES = 32, BYTES_AT_LEAST = 16 };

static size_t bytes_budget(const struct text *t)
{
    size_t left = t->room > t->n ? t->room - t->n : 0;
    return left > AFTER_BYTES + BYTES_AT_LEAST ? left - AFTER_BYTES : BYTES_AT_LEAST;
}

static void next_text(struct text *t, struct said *s)
{
    const uint8_t *data = s->enter->data;
    size_t all = s->enter->data_bytes;
    if (s->text_at >= all) {
        add(t, "NULL");
        return;
    }
    const uint8_t *end = memchr(data + s->text_at, '\0', all - s->text_at);
    size_t n = end ? (size_t)(end - data) - s->text_at : all - s->text_at;
    quoted(t, data + s->text_at, n, n, bytes_budget(t));
    s->text_at += n + 1;
}

static void pointer(struct text *t, int64_t value)
{
    if (value == 0)
        add(t, "NULL");
    else
        add(t, "0x%llx", (unsigned long long)value);
}

/* An int whose meaning hangs on the call that it is given to. */
static void integer(struct text *t, const struct said *s, size_t i)
{
    int64_t value = (int)s->call->args[i];
    unsigned call = s->call->call;
    if (call == NET_CALL_SOCKET)
        NAMED_OR_NUMBER(t, protocols, value);
    else if (call == NET_CALL_EPOLL_CTL)
        NAMED_OR_NUMBER(t, epoll_operations, value);
    else if (call == NET_CALL_EPOLL_CREATE1)
        FLAGS(t, epoll_flags, value);
    else if (call == NET_CALL_MEMFD_CREATE)
        FLAGS(t, memory_flags, value);
    else if (call == NET_CALL_SETRLIMIT)
        NAMED_OR_NUMBER(t, limits, value);
    else if (call == NET_CALL_OPEN)
        add(t, "%#o", (unsigned)value);
    else if (call == NET_CALL_IOCTL)
        NAMED_OR_NUMBER(t, requests, value);
    else if (call == NET_CALL_DUP3)
        FLAGS(t, open_flags, value);
    else if (call == NET_CALL_FCNTL && s->call->args[1] == F_SETFL)
        open_mode(t, value);
    else if (call == NET_CALL_FCNTL && s->call->args[1] == F_SETFD)
        FLAGS(t, descriptor_flags, value);
    else
        add(t, "%d", (int)value);
}

/* An int, or a pair: [5], [4, 5]. */
static void numbers(struct text *t, const uint8_t *data, size_t n)
{
    int one;
    if (!data || n < sizeof one) {
        add(t, "&n");
        return;
    }
    for (size_t at = 0; at + sizeof one <= n; at += sizeof one) {
        memcpy(&one, data + at, sizeof one);
        add(t, "%s%d", at ? ", " : "[", one);
    }
    add(t, "]");
}

static void destination(struct text *t, const struct net_ev_call *call)
{
    char s[NET_ADDRESS_TEXT_BYTES];
    net_address_text(call->to_ip, call->to_port, s, sizeof s);
    add(t, "%s", s);
}

/* What only the return knows: an address, bytes, an option's value, a wait status. Before that, the name of its place.
 */
static void out_argument(struct text *t, const struct said *s, char letter)
{
    size_t n;
    const uint8_t *data = returned_data(s, &n);
    int status;
    if (letter == 'T' && s->ret && !failed(s)) {
        epoll_set(t, s->ret);
    } else if (letter == 'T') {
        add(t, "events");
    } else if (letter == 'C') {
        struct net_control control = s->ret ? net_control_of(&s->ret->u.call) : (struct net_control){0};
        control_messages(t, &control);
    } else if (letter == 'N') {
        numbers(t, failed(s) ? NULL : s->ret ? data : s->enter->data, s->ret ? n : s->enter->data_bytes);
    } else if (letter == 'b' && s->call->args[1] == 0 && s->ret && s->ret->u.call.error == EFAULT) {
        add(t, "NULL");
    } else if (letter == 'b' && s->ret && !failed(s) && !(net_call_message_flags(s->call) & NET_MSG_TRUNC)) {
        quoted(t, data, n, s->ret->u.call.data_all, bytes_budget(t));
    } else if (letter == 'b') {
        add(t, "buf");
    } else if (letter == 'A' && data && !failed(s)) {
        address(t, data, n);
    } else if (letter == 'A') {
        add(t, s->call->args[1] ? "&addr" : "NULL");
    } else if (letter == 'v' && data && !failed(s)) {
        option_value(t, s->call, data, n);
    } else if (letter == 'v') {
        add(t, "&value");
    } else if (data && n >= sizeof status && s->ret->u.call.ret > 0) {
        memcpy(&status, data, sizeof status);
        wait_status(t, status);
    } else {
        add(t, "&status");
    }
}

static void in_data(struct text *t, struct said *s, char letter)
{
    const struct net_event *e = s->enter;
    size_t n;
    const uint8_t *answer = returned_data(s, &n);
    struct epoll_event asked;
    if (letter == 's')
        next_text(t, s);
    else if (letter == 'E' && epoll_entry_at(e, 0, &asked))
        epoll_event(t, &asked);
    else if (letter == 'B' && s->call->args[1] == 0 && e->data_bytes == 0 && e->u.call.data_all > 0)
        add(t, "NULL");
    else if (letter == 'B')
        quoted(t, e->data, e->data_bytes, e->u.call.data_all, bytes_budget(t));
    else if (letter == 'P')
        poll_set(t, answer ? answer : e->data, answer ? n : e->data_bytes, answer != NULL);
    else if (e->data_bytes == 0)
        add(t, "NULL");
    else if (letter == 'S')
        address(t, e->data, e->data_bytes);
    else
        option_value(t, s->call, e->data, e->data_bytes);
}

static void open_flags_text(struct text *t, const struct said *s, int64_t value)
{
    if (s->call->call == NET_CALL_PIPE2)
        FLAGS(t, open_flags, value);
    else
        open_mode(t, value);
}

static void argument(struct text *t, struct said *s, char letter, size_t i)
{
    int64_t value = s->call->args[i];
    switch (letter) {
    case 'a': NAMED_OR_NUMBER(t, families, value); break;
    case 't': socket_type(t, value, s->call->call == NET_CALL_ACCEPT4); break;
    case 'm': FLAGS(t, message_flags, value); break;
    case 'h': NAMED_OR_NUMBER(t, hows, value); break;
    case 'l': NAMED_OR_NUMBER(t, levels, value); break;
    case 'o': option_name(t, s->call); break;
    case 'g': add(t, "%s", net_signal_name((int)value)); break;
    case 'H': add(t, "%s", value == 0 ? "SIG_DFL" : value == 1 ? "SIG_IGN" : "handler"); break;
    case 'r': FLAGS(t, sigaction_flags, value); break;
    case 'W': FLAGS(t, wait_options, value); break;
    case 'n': FLAGS(t, namespace_flags, value); break;
    case 'c': NAMED_OR_NUMBER(t, fcntl_commands, value); break;
    case 'O': open_flags_text(t, s, value); break;
    case 'z': add(t, "%llu", (unsigned long long)value); break;
    case 'p': pointer(t, value); break;
    case 'i': integer(t, s, i); break;
    case 'S':
    case 'B':
    case 'V':
    case 's':
    case 'E':
    case 'P': in_data(t, s, letter); break;
    case 'D': destination(t, s->call); break;
    case 'x': FLAGS(t, splice_flags, value); break;
    case 'T':
    case 'N':
    case 'C':
    case 'A':
    case 'b':
    case 'v':
    case 'w': out_argument(t, s, letter); break;
    default: add(t, "%d", (int)value); /* f, k */
    }
}

/* fcntl takes a third argument only where the command says so. */
static bool is_shown(const struct net_ev_call *call, char letter, size_t i)
{
    if (letter == 'D')
        return call->to_port != 0 || call->to_ip.is_v6 || !net_ip_is_any(call->to_ip);
    if (call->call == NET_CALL_FCNTL && i == 2)
        return call->args[1] != F_GETFL && call->args[1] != F_GETFD && call->args[1] != F_GETOWN;
    return letter != '-';
}

size_t net_call_text(const struct net_event *enter, const struct net_event *ret, char *out, size_t out_bytes)
{
    struct said s = {.call = &enter->u.call, .enter = enter, .ret = ret};
    const struct net_call_row *row = net_call_row(enter->u.call.call);
    struct text t = text_new(out, out_bytes);
    bool first = true;
    add(&t, "%s(", row->name);
    for (size_t i = 0; row->args[i] && i < COUNT(enter->u.call.args); i++) {
        if (!is_shown(s.call, row->args[i], i))
            continue;
        if (!first)
            add(&t, ", ");
        argument(&t, &s, row->args[i], i);
        first = false;
    }
    add(&t, ")");
    return finish(&t);
}

/* ---- its result -------------------------------------------------------------------------------------------------- */

static void good_result(struct text *t, const struct net_ev_call *call)
{
    switch (call->call) {
    case NET_CALL_EXIT:
    case NET_CALL__EXIT:
    case NET_CALL_ABORT:
    case NET_CALL_FREE:
    case NET_CALL_PTHREAD_EXIT: break;
    case NET_CALL_MALLOC: add(t, call->ret ? "0x%llx" : "NULL", (unsigned long long)call->ret); break;
    case NET_CALL_SIGNAL:
        add(t,
            call->ret == (int64_t)(intptr_t)SIG_DFL   ? "SIG_DFL"
            : call->ret == (int64_t)(intptr_t)SIG_IGN ? "SIG_IGN"
                                                      : "0x%llx",
            (unsigned long long)call->ret);
        break;
    case NET_CALL_GETADDRINFO: NAMED_OR_NUMBER(t, resolver_errors, call->ret); break;
    case NET_CALL_FCNTL:
        if (call->args[1] == F_GETFL) {
            open_mode(t, call->ret);
            break;
        }
        __attribute__((fallthrough));
    default: add(t, "%lld", (long long)call->ret);
    }
}

size_t net_result_text(const struct net_event *ret, char *out, size_t out_bytes)
{
    const struct net_ev_call *call = &ret->u.call;
    struct text t = text_new(out, out_bytes);
    if (call->error == 0)
        good_result(&t, call);
    else if (call->call == NET_CALL_MALLOC)
        add(&t, "NULL %s", net_errno_name(call->error));
    else if (call->call == NET_CALL_SIGNAL)
        add(&t, "SIG_ERR %s", net_errno_name(call->error));
    else if (call->call == NET_CALL_GETADDRINFO)
        good_result(&t, call);
    else if (call->ret == call->error) /* pthread functions return their errno */
        add(&t, "%s", net_errno_name(call->error));
    else
        add(&t, "%lld %s", (long long)call->ret, net_errno_name(call->error));
    if (call->requested)
        add(&t, " on request");
    return finish(&t);
}
