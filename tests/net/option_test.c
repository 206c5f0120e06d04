// SPDX-License-Identifier: GPL-3.0-or-later
// The option table against the running kernel: every range at its ends and one beyond, every default, what an accepted
// socket inherits. In a host of the lab where that can be had, so that the machine's own settings do not matter.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/error.h"
#include "net/host/hosts.h"
#include "net/data/option.h"
#include "net/data/sysctl_table.h"

static struct net_hosts hosts;

static int enter_a_host(void **state)
{
    struct net_error err;
    (void)state;
    if (net_hosts_open(&hosts, NET_MODE_AUTO, &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    return net_hosts_enter(&hosts, NET_SERVER);
}

static int leave(void **state)
{
    (void)state;
    net_hosts_close(&hosts);
    return 0;
}

static const struct net_option *named(const char *name)
{
    const struct net_option *option = net_option_find(name);
    if (!option)
        fail_msg("no option %s", name);
    return option;
}

static int tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

/* One that has the option. */
static int socket_with(const struct net_option *o)
{
    int fd = net_option_is_of(o, false) ? tcp_socket() : socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

static long sysctl(const char *path, int word)
{
    long number[3] = {0};
    FILE *f = fopen(path, "r");
    int n = f ? fscanf(f, "%ld %ld %ld", &number[0], &number[1], &number[2]) : 0;
    if (f)
        fclose(f);
    return n > word ? number[word] : -1;
}

static struct net_option_value get(int fd, const struct net_option *option)
{
    struct net_option_value value = {0};
    if (net_option_get_fd(fd, option, &value) < 0)
        fail_msg("%s: %s", option->name, strerror(errno));
    return value;
}

/* errno of setting one number on a fresh socket; 0: *reads is what the kernel then has. */
static int set_number(const struct net_option *option, int64_t number, int64_t *reads)
{
    struct net_option_value value = {.number = number, .second = number};
    int fd = socket_with(option);
    int error = net_option_set_fd(fd, option, &value) < 0 ? errno : 0;
    *reads = get(fd, option).number;
    close(fd);
    return error;
}

/* ---- the table itself -------------------------------------------------------------------------------------------- */

static void every_row_is_whole(void **state)
{
    static const char *const asked_for[] = {
        "SO_REUSEADDR",  "SO_REUSEPORT",      "SO_KEEPALIVE",     "TCP_KEEPIDLE",
        "TCP_KEEPINTVL", "TCP_KEEPCNT",       "TCP_USER_TIMEOUT", "SO_LINGER",
        "TCP_LINGER2",   "SO_RCVTIMEO",       "SO_SNDTIMEO",      "SO_RCVBUF",
        "SO_SNDBUF",     "SO_RCVLOWAT",       "TCP_NODELAY",      "TCP_CORK",
        "TCP_QUICKACK",  "TCP_MAXSEG",        "TCP_SYNCNT",       "TCP_DEFER_ACCEPT",
        "TCP_FASTOPEN",  "TCP_NOTSENT_LOWAT", "TCP_WINDOW_CLAMP", "TCP_CONGESTION",
        "SO_OOBINLINE",  "SO_PRIORITY",       "IP_TOS",           "IP_TTL",
        "SO_ERROR",      "SO_ACCEPTCONN",     "SO_TYPE",          "SO_COOKIE",
        "O_NONBLOCK",    "TCP_INFO",          "backlog",          "TCP_FASTOPEN_CONNECT",
        "TCP_INQ",       "SO_TIMESTAMPNS",    "SO_ZEROCOPY",      "SO_BINDTODEVICE",
        "TCP_REPAIR",    "IPV6_V6ONLY"};
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        assert_non_null(o->name);
        assert_non_null(o->unit);
        assert_non_null(o->preset);
        assert_true(o->when && strlen(o->when) > 5);
        assert_true(o->effect && strlen(o->effect) > 15);
        assert_true(o->max >= o->min);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(o->name, net_options[k].name);
        if (o->type != NET_OPT_FILE_FLAG && o->type != NET_OPT_BACKLOG)
            assert_ptr_equal(net_option_by_number(o->level, o->number), o);
    }
    for (size_t i = 0; i < sizeof asked_for / sizeof asked_for[0]; i++)
        assert_string_equal(named(asked_for[i])->name, asked_for[i]);
    assert_int_equal(net_option_count, sizeof asked_for / sizeof asked_for[0]);
}

static void options_are_found_without_prefix_and_case(void **state)
{
    (void)state;
    assert_string_equal(named("keepalive")->name, "SO_KEEPALIVE");
    assert_string_equal(named("LINGER")->name, "SO_LINGER");
    assert_string_equal(named("nodelay")->name, "TCP_NODELAY");
    assert_string_equal(named("ttl")->name, "IP_TTL");
    assert_string_equal(named("nonblock")->name, "O_NONBLOCK");
    assert_null(net_option_find("SO_NOSUCH"));
    assert_null(net_option_find(""));
    assert_null(net_option_find("SO_"));
    assert_null(net_option_by_number(SOL_SOCKET, 9999));
    /* A level and number of its own, not O_NONBLOCK's number at some level. */
    assert_null(net_option_by_number(-1, O_NONBLOCK));
    assert_null(net_option_by_number(-2, 0));
}

/* ---- against the kernel ------------------------------------------------------------------------------------------ */

/* The test may have it or not. */
static bool takes_privilege(const struct net_option *o)
{
    return strcmp(o->name, "TCP_REPAIR") == 0;
}

static void both_ends_of_every_range_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        int64_t reads;
        if (!o->can_set || o->type == NET_OPT_NAME || o->type == NET_OPT_BACKLOG || takes_privilege(o))
            continue; /* the backlog is a listener's: the_backlog_is_what_listen_gave() */
        if (set_number(o, o->min, &reads) || set_number(o, o->max, &reads))
            fail_msg("%s: the kernel refuses %lld or %lld: %s", o->name, (long long)o->min, (long long)o->max,
                     strerror(errno));
        if (o->type == NET_OPT_BOOL || o->type == NET_OPT_FILE_FLAG)
            assert_int_equal(reads, 1);
    }
}

/* One beyond: refused, or taken and changed into something else. */
static void one_beyond_is_refused_or_changed(void **state)
{
    static const struct {
        const char *name;
        int64_t number;
        int error;
        int64_t reads;
    } edges[] = {
        {"TCP_KEEPIDLE", 0, EINVAL, 0},
        {"TCP_KEEPIDLE", 32768, EINVAL, 0},
        {"TCP_KEEPINTVL", 0, EINVAL, 0},
        {"TCP_KEEPINTVL", 32768, EINVAL, 0},
        {"TCP_KEEPCNT", 0, EINVAL, 0},
        {"TCP_KEEPCNT", 128, EINVAL, 0},
        {"TCP_USER_TIMEOUT", -1, EINVAL, 0},
        {"TCP_MAXSEG", 87, EINVAL, 0},
        {"TCP_MAXSEG", 32768, EINVAL, 0},
        {"TCP_SYNCNT", 0, EINVAL, 0},
        {"TCP_SYNCNT", 128, EINVAL, 0},
        {"TCP_FASTOPEN", -1, EINVAL, 0},
        {"IP_TTL", 0, EINVAL, 0},
        {"IP_TTL", 256, EINVAL, 0},
        {"TCP_LINGER2", -2, 0, -1},
        {"TCP_LINGER2", 121, 0, 120},
        {"TCP_DEFER_ACCEPT", -1, 0, 0},
        {"TCP_DEFER_ACCEPT", 29888, 0, 29887},
        {"TCP_WINDOW_CLAMP", -1, 0, 1152},
        {"IP_TOS", 256, 0, 0},
        {"SO_RCVTIMEO", -1000, 0, 0},
        {"SO_SNDTIMEO", -1000, 0, 0},
        {"SO_KEEPALIVE", 2, 0, 1},
        {"SO_REUSEADDR", -1, 0, 1},
        {"TCP_NODELAY", 2, 0, 1},
    };
    int64_t reads;
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        int error = set_number(named(edges[i].name), edges[i].number, &reads);
        if (error != edges[i].error || (!error && reads != edges[i].reads))
            fail_msg("%s %lld: %s, reads %lld", edges[i].name, (long long)edges[i].number, strerror(error),
                     (long long)reads);
    }
}

/* Where `effect` says that the kernel keeps something else than it was given. */
static void the_kernel_keeps_what_the_table_says(void **state)
{
    long rmem_max = sysctl("/proc/sys/net/core/rmem_max", 0), wmem_max = sysctl("/proc/sys/net/core/wmem_max", 0);
    int64_t reads;
    (void)state;
    assert_int_equal(set_number(named("SO_RCVBUF"), 0, &reads), 0);
    assert_int_equal(reads, 2304);
    assert_int_equal(set_number(named("SO_RCVBUF"), 20000, &reads), 0);
    assert_int_equal(reads, 40000);
    assert_int_equal(set_number(named("SO_SNDBUF"), 0, &reads), 0);
    assert_int_equal(reads, 4608);
    assert_int_equal(set_number(named("SO_SNDBUF"), 20000, &reads), 0);
    assert_int_equal(reads, 40000);
    if (rmem_max > 0 && set_number(named("SO_RCVBUF"), INT_MAX, &reads) == 0)
        assert_int_equal(reads, 2 * rmem_max);
    if (wmem_max > 0 && set_number(named("SO_SNDBUF"), INT_MAX, &reads) == 0)
        assert_int_equal(reads, 2 * wmem_max);
    set_number(named("SO_RCVLOWAT"), 0, &reads);
    assert_int_equal(reads, 1);
    set_number(named("TCP_DEFER_ACCEPT"), 2, &reads);
    assert_int_equal(reads, 3);
    set_number(named("TCP_DEFER_ACCEPT"), 8, &reads);
    assert_int_equal(reads, 15);
    set_number(named("TCP_WINDOW_CLAMP"), 1, &reads);
    assert_int_equal(reads, 1152);
    set_number(named("IP_TOS"), 255, &reads);
    assert_int_equal(reads, 252);
    set_number(named("TCP_LINGER2"), 0, &reads);
    assert_int_equal(reads, sysctl("/proc/sys/net/ipv4/tcp_fin_timeout", 0));
    set_number(named("SO_RCVTIMEO"), 1, &reads);
    assert_in_range(reads, 1, 10); /* one tick: 100, 250, 300 or 1000 in a second */
    assert_int_equal(set_number(named("SO_RCVTIMEO"), 1500, &reads), 0);
    assert_int_equal(reads, 1500);
}

static void linger_switched_off_keeps_its_seconds(void **state)
{
    const struct net_option *o = named("SO_LINGER");
    struct net_option_value value = {.number = 1, .second = 7};
    int fd = tcp_socket();
    (void)state;
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    value = (struct net_option_value){.number = 0, .second = 3};
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    value = get(fd, o);
    assert_int_equal(value.number, 0);
    assert_int_equal(value.second, 7);
    value = (struct net_option_value){.number = 1, .second = INT_MAX};
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    assert_int_equal(get(fd, o).second, INT_MAX);
    close(fd);
}

static void a_fresh_socket_has_the_presets(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        int fd = socket_with(o);
        struct net_option_value value = get(fd, o);
        char text[64];
        close(fd);
        /* The machine's administrator may have set these two, and new namespaces copy them. */
        if ((!strcmp(o->name, "SO_RCVBUF") && sysctl("/proc/sys/net/ipv4/tcp_rmem", 1) != 131072) ||
            (!strcmp(o->name, "SO_SNDBUF") && sysctl("/proc/sys/net/ipv4/tcp_wmem", 1) != 16384))
            continue;
        net_option_text(o, &value, text, sizeof text);
        assert_true(strlen(text) > 0);
        if (*o->preset && strcmp(text, o->preset))
            fail_msg("%s is %s, the table says %s", o->name, text, o->preset);
    }
}

static void congestion_control_by_name(void **state)
{
    const struct net_option *o = named("TCP_CONGESTION");
    struct net_option_value value = {.text = "reno"};
    int fd = tcp_socket();
    (void)state;
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    assert_string_equal(get(fd, o).text, "reno");
    value = (struct net_option_value){.text = "no_such_one"};
    assert_int_equal(net_option_set_fd(fd, o, &value), -1);
    assert_int_equal(errno, ENOENT);
    assert_string_equal(get(fd, o).text, "reno");
    close(fd);
}

static void read_only_options_tell(void **state)
{
    struct sockaddr_in nobody = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = tcp_socket(), other = tcp_socket();
    struct net_option_value value = {.number = 1};
    (void)state;
    assert_int_equal(get(fd, named("SO_TYPE")).number, SOCK_STREAM);
    assert_int_equal(get(fd, named("SO_ACCEPTCONN")).number, 0);
    assert_int_not_equal(get(fd, named("SO_COOKIE")).number, 0);
    assert_int_not_equal(get(fd, named("SO_COOKIE")).number, get(other, named("SO_COOKIE")).number);
    assert_int_equal(listen(other, 1), 0);
    assert_int_equal(get(other, named("SO_ACCEPTCONN")).number, 1);
    assert_int_equal(net_option_set_fd(fd, named("SO_TYPE"), &value), -1);
    value.number = 1;
    assert_int_equal(net_option_set_fd(fd, named("O_NONBLOCK"), &value), 0);
    assert_int_equal(get(fd, named("O_NONBLOCK")).number, 1);
    /* The refusal of a connect that does not wait stays on the socket until it is read. */
    assert_int_equal(connect(fd, (struct sockaddr *)&nobody, sizeof nobody), -1);
    struct pollfd refused = {.fd = fd, .events = POLLOUT};
    assert_int_equal(poll(&refused, 1, -1), 1);
    assert_int_equal(get(fd, named("SO_ERROR")).number, ECONNREFUSED);
    assert_int_equal(get(fd, named("SO_ERROR")).number, 0);
    close(other);
    close(fd);
    assert_int_equal(net_option_get_fd(fd, named("SO_ERROR"), &value), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(net_option_get_fd(fd, named("O_NONBLOCK"), &value), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(net_option_set_fd(fd, named("O_NONBLOCK"), &value), -1);
    assert_int_equal(errno, EBADF);
}

static int listener_with(int backlog, struct sockaddr_in *address)
{
    socklen_t bytes = sizeof *address;
    int fd = tcp_socket();
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &bytes), 0);
    return fd;
}

static void the_backlog_is_what_listen_gave(void **state)
{
    const struct net_option *o = named("backlog");
    long most = sysctl("/proc/sys/net/core/somaxconn", 0);
    struct sockaddr_in address;
    struct net_option_value value = {.number = 7};
    int fd = listener_with(3, &address), other = tcp_socket();
    (void)state;
    assert_int_equal(get(fd, o).number, 3);
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    assert_int_equal(get(fd, o).number, 7);
    value.number = o->min;
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    assert_int_equal(get(fd, o).number, 0);
    value.number = o->max;
    assert_int_equal(net_option_set_fd(fd, o, &value), 0);
    assert_int_equal(get(fd, o).number, most);
    /* A socket that does not listen has none, and is not made a listener by the way. */
    assert_int_equal(get(other, o).number, -1);
    assert_int_equal(net_option_set_fd(other, o, &value), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(get(other, named("SO_ACCEPTCONN")).number, 0);
    close(other);
    close(fd);
    assert_int_equal(net_option_set_fd(fd, o, &value), -1);
    assert_int_equal(errno, EBADF);
}

static void tcp_info_is_told_in_words(void **state)
{
    const struct net_option *o = named("TCP_INFO");
    struct sockaddr_in address;
    struct net_option_value value;
    char text[NET_OPTION_TEXT_BYTES];
    int listener = listener_with(5, &address), client = tcp_socket();
    (void)state;
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    value = get(listener, o);
    net_option_text(o, &value, text, sizeof text);
    assert_string_equal(text, "LISTEN, 1 wait for accept, backlog 5");
    value = get(client, o);
    assert_true(value.info.rtt_us > 0 && value.info.cwnd_segs > 0 && value.info.rto_us >= 1000);
    net_option_text(o, &value, text, sizeof text);
    assert_memory_equal(text, "ESTABLISHED, rtt ", 17);
    assert_non_null(strstr(text, " cwnd "));
    close(client);
    close(listener);
}

static bool exists(const char *name)
{
    char value[128];
    return net_sysctl_get(&hosts, NET_SERVER, name, value, sizeof value, NULL) == 0;
}

/* A kernel may lack one; it must not have another default, where the table says one. */
static void sysctls_have_the_presets(void **state)
{
    size_t there = 0;
    (void)state;
    for (size_t i = 0; i < net_sysctl_count; i++) {
        const struct net_sysctl *s = &net_sysctls[i];
        char value[128];
        assert_true(strlen(s->effect) > 15);
        assert_ptr_equal(net_sysctl_find(s->name), s);
        if (s->option)
            assert_non_null(net_option_find(s->option));
        if (!exists(s->name))
            continue;
        there++;
        assert_int_equal(net_sysctl_get(&hosts, NET_SERVER, s->name, value, sizeof value, NULL), 0);
        if (*s->preset && hosts.mode != NET_MODE_LOOPBACK && strcmp(value, s->preset) != 0)
            fail_msg("%s is \"%s\" in a new host, the table says %s", s->name, value, s->preset);
    }
    assert_true(there > net_sysctl_count / 2);
    assert_int_equal(net_hosts_enter(&hosts, NET_SERVER), 0); /* who asks for a sysctl comes back elsewhere */
    assert_ptr_equal(net_sysctl_find("net.ipv4.tcp_retries2"), net_sysctl_find("tcp_retries2"));
    assert_ptr_equal(net_sysctl_find("somaxconn"), net_sysctl_find("net.core.somaxconn"));
    assert_null(net_sysctl_find("tcp_retries3"));
}

/* ---- what an accepted socket gets -------------------------------------------------------------------------------- */

/* Its value in a socket accepted from a listener on which it was set (value NULL: was not). */
static struct net_option_value accepted_value(const struct net_option *o, const struct net_option_value *value)
{
    struct sockaddr_in of_v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 address = {.sin6_family = AF_INET6}; /* ::, since any other makes it IPV6_V6ONLY */
    socklen_t bytes = net_option_is_of(o, false) ? sizeof of_v4 : sizeof address;
    int listener = socket_with(o), client = socket_with(o);
    if (net_option_is_of(o, false))
        memcpy(&address, &of_v4, sizeof of_v4);
    if (value && net_option_set_fd(listener, o, value) < 0)
        fail_msg("%s: %s", o->name, strerror(errno));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, bytes), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &bytes), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, bytes), 0);
    /* TCP_DEFER_ACCEPT hands out a connection only when data has come. */
    assert_int_equal(send(client, "x", 1, 0), 1);
    int accepted = accept(listener, NULL, NULL);
    assert_true(accepted >= 0);
    struct net_option_value got = get(accepted, o);
    close(accepted);
    close(client);
    close(listener);
    return got;
}

static struct net_option_value something_else(const struct net_option *o)
{
    struct net_option_value value = {0};
    if (o->type == NET_OPT_LINGER)
        return (struct net_option_value){.number = 1, .second = 3};
    if (o->type == NET_OPT_NAME)
        snprintf(value.text, sizeof value.text, "%s", strcmp(o->name, "SO_BINDTODEVICE") ? "reno" : "lo");
    else if (o->type == NET_OPT_TIMEVAL)
        value.number = 5000;
    else if (o->type == NET_OPT_INT)
        value.number = o->max > 100000 ? 20000 : (o->min + o->max) / 2;
    else
        value.number = strcmp(o->preset, "1") != 0;
    return value;
}

static void inheritance_is_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        if (!o->can_set || o->type == NET_OPT_BACKLOG || takes_privilege(o))
            continue;
        struct net_option_value value = something_else(o);
        struct net_option_value with = accepted_value(o, &value), without = accepted_value(o, NULL);
        bool inherited = with.number != without.number || with.second != without.second ||
                         strcmp(with.text, without.text) != 0;
        /* Where reno is the default already nothing can be told. */
        if (o->type == NET_OPT_NAME && strcmp(without.text, "reno") == 0)
            continue;
        if (inherited != o->inherited)
            fail_msg("%s is %s by an accepted socket", o->name, inherited ? "inherited" : "not inherited");
    }
}

/* ---- words and bytes --------------------------------------------------------------------------------------------- */

static int parse(const char *name, const char *first, const char *second, struct net_option_value *value,
                 struct net_error *err)
{
    const char *words[] = {first, second};
    memset(err, 0, sizeof *err);
    return net_option_parse(named(name), (first != NULL) + (second != NULL), words, value, err);
}

static void words_become_values(void **state)
{
    struct net_option_value v;
    struct net_error err;
    char text[40];
    (void)state;
    assert_int_equal(parse("SO_LINGER", "1", "0", &v, &err), 0);
    assert_int_equal(v.number, 1);
    assert_int_equal(v.second, 0);
    net_option_text(named("SO_LINGER"), &v, text, sizeof text);
    assert_string_equal(text, "{1, 0}");
    assert_int_equal(parse("SO_LINGER", "on", "5", &v, &err), 0);
    assert_int_equal(v.second, 5);
    assert_int_equal(parse("SO_LINGER", "off", NULL, &v, &err), 0);
    assert_int_equal(v.number, 0);
    assert_int_equal(parse("SO_KEEPALIVE", "yes", NULL, &v, &err), 0);
    assert_int_equal(v.number, 1);
    assert_int_equal(parse("SO_RCVTIMEO", "2s", NULL, &v, &err), 0);
    assert_int_equal(v.number, 2000);
    assert_int_equal(parse("SO_RCVTIMEO", "500ms", NULL, &v, &err), 0);
    net_option_text(named("SO_RCVTIMEO"), &v, text, sizeof text);
    assert_string_equal(text, "500 ms");
    assert_int_equal(parse("SO_RCVTIMEO", "0", NULL, &v, &err), 0);
    assert_int_equal(parse("SO_SNDTIMEO", "1.5s", NULL, &v, &err), 0);
    assert_int_equal(v.number, 1500);
    assert_int_equal(parse("TCP_USER_TIMEOUT", "3s", NULL, &v, &err), 0);
    assert_int_equal(v.number, 3000);
    assert_int_equal(parse("TCP_KEEPIDLE", "2h", NULL, &v, &err), 0);
    assert_int_equal(v.number, 7200);
    assert_int_equal(parse("TCP_KEEPIDLE", "3000ms", NULL, &v, &err), 0);
    assert_int_equal(v.number, 3);
    assert_int_equal(parse("SO_LINGER", "1", "1min", &v, &err), 0);
    assert_int_equal(v.second, 60);
    assert_int_equal(parse("TCP_LINGER2", "-1", NULL, &v, &err), 0);
    assert_int_equal(v.number, -1);
    assert_int_equal(parse("TCP_CONGESTION", "cubic", NULL, &v, &err), 0);
    assert_string_equal(v.text, "cubic");
}

/* What a socket has, as words, is what set would take. */
static void values_become_words_again(void **state)
{
    int fd = tcp_socket();
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        struct net_option_value value, again;
        struct net_error err;
        char words[80], *rest;
        if (net_option_get_fd(fd, o, &value) != 0)
            continue;
        net_option_words(o, &value, words, sizeof words);
        if (!o->can_set || o->type == NET_OPT_BACKLOG) {
            assert_string_equal(words, "");
            continue;
        }
        const char *word[] = {strtok_r(words, " ", &rest), strtok_r(NULL, " ", &rest)};
        if (net_option_parse(o, word[1] ? 2 : 1, word, &again, &err) != 0)
            fail_msg("%s: %s", o->name, err.text);
        assert_int_equal(again.number, value.number);
        if (o->type == NET_OPT_LINGER)
            assert_int_equal(again.second, value.second);
    }
    close(fd);
}

static void wrong_words_are_told_what_is_taken(void **state)
{
    static const struct {
        const char *name, *first, *second, *sentence;
    } wrong[] = {
        {"TCP_KEEPCNT", "128", NULL, "TCP_KEEPCNT takes a whole number from 1 to 127, not \"128\""},
        {"TCP_KEEPIDLE", "0", NULL, "TCP_KEEPIDLE takes a whole number of s from 1 to 32767, not \"0\""},
        {"TCP_KEEPIDLE", "3x", NULL, "TCP_KEEPIDLE takes a whole number of s from 1 to 32767, not \"3x\""},
        {"TCP_KEEPIDLE", "99999999999999999999", NULL,
         "TCP_KEEPIDLE takes a whole number of s from 1 to 32767, not \"99999999999999999999\""},
        {"TCP_KEEPIDLE", "", NULL, "TCP_KEEPIDLE takes a whole number of s from 1 to 32767, not \"\""},
        {"SO_KEEPALIVE", "2", NULL, "SO_KEEPALIVE takes 0 or 1 (off or on), not \"2\""},
        {"SO_KEEPALIVE", "1", "2", "SO_KEEPALIVE takes 0 or 1 (off or on), not \"1 2\""},
        {"SO_LINGER", "1", NULL, "SO_LINGER takes 0 or 1 and then whole seconds from 0 to 2147483647, not \"1\""},
        {"SO_LINGER", "1", "-1", "SO_LINGER takes 0 or 1 and then whole seconds from 0 to 2147483647, not \"1 -1\""},
        {"SO_RCVTIMEO", "2m", NULL, "SO_RCVTIMEO takes a time such as 500ms or 2s, up to 2147483647000 ms, not \"2m\""},
        {"TCP_USER_TIMEOUT", "0.5ms", NULL,
         "TCP_USER_TIMEOUT takes a time such as 500ms or 2s, up to 2147483647 ms, not \"0.5ms\""},
        {"TCP_KEEPIDLE", "500ms", NULL, "TCP_KEEPIDLE takes a whole number of s from 1 to 32767, not \"500ms\""},
        {"TCP_CONGESTION", "a_name_that_is_too_long", NULL,
         "TCP_CONGESTION takes one name of at most 15 characters, not \"a_name_that_is_too_long\""},
        {"TCP_NODELAY", NULL, NULL, "TCP_NODELAY needs a value: 0 or 1 (off or on)"},
        {"SO_ERROR", "1", NULL, "SO_ERROR can only be read; ask for it with get"},
        {"TCP_INFO", "1", NULL, "TCP_INFO can only be read; ask for it with get"},
        {"backlog", "many", NULL, "backlog takes a whole number from 0 to 2147483647, not \"many\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct net_option_value v = {.number = 4711};
        struct net_error err;
        assert_int_equal(parse(wrong[i].name, wrong[i].first, wrong[i].second, &v, &err), -1);
        assert_string_equal(err.text, wrong[i].sentence);
        assert_int_equal(v.number, 4711);
    }
}

static void values_survive_their_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *o = &net_options[i];
        struct net_option_value value = something_else(o), back;
        uint8_t bytes[256];
        if (o->type == NET_OPT_INFO || o->type == NET_OPT_BACKLOG)
            continue; /* bytes of the kernel alone */
        size_t n = net_option_encode(o, &value, bytes, sizeof bytes);
        assert_true(n > 0);
        assert_int_equal(net_option_decode(o, bytes, n, &back), 0);
        assert_int_equal(back.number, value.number);
        assert_int_equal(back.second, value.second);
        assert_string_equal(back.text, value.text);
        assert_int_equal(net_option_encode(o, &value, bytes, n - 1), 0);
        if (o->type != NET_OPT_NAME)
            assert_int_equal(net_option_decode(o, bytes, n - 1, &back), -1);
        assert_int_equal(net_option_decode(o, bytes, 1000, &back), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(options_are_found_without_prefix_and_case),
        cmocka_unit_test(both_ends_of_every_range_are_taken),
        cmocka_unit_test(one_beyond_is_refused_or_changed),
        cmocka_unit_test(the_kernel_keeps_what_the_table_says),
        cmocka_unit_test(linger_switched_off_keeps_its_seconds),
        cmocka_unit_test(a_fresh_socket_has_the_presets),
        cmocka_unit_test(congestion_control_by_name),
        cmocka_unit_test(read_only_options_tell),
        cmocka_unit_test(the_backlog_is_what_listen_gave),
        cmocka_unit_test(tcp_info_is_told_in_words),
        cmocka_unit_test(sysctls_have_the_presets),
        cmocka_unit_test(inheritance_is_as_the_table_says),
        cmocka_unit_test(words_become_values),
        cmocka_unit_test(values_become_words_again),
        cmocka_unit_test(wrong_words_are_told_what_is_taken),
        cmocka_unit_test(values_survive_their_bytes),
    };
    return cmocka_run_group_tests_name("option", tests, enter_a_host, leave);
}
