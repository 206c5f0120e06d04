// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Both files are pairs of lines: "TcpExt: NAME NAME ..." and below it "TcpExt: NUMBER NUMBER ...". Which columns there
 * are depends on the kernel, so each read goes through both lines side by side.
 */
#include "net/host/counters.h"

#include "net/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_ROOM = 16384 }; /* both files together have some 5 KB */

static const char *const paths[NET_COUNTER_GROUPS] = {
    [NET_COUNTER_TCP_EXT] = "/proc/thread-self/net/netstat",
    [NET_COUNTER_TCP] = "/proc/thread-self/net/snmp",
};

struct net_counter_reader {
    int fd[NET_HOSTS][NET_COUNTER_GROUPS];
    bool is_one_kernel, is_off[NET_HOSTS];
    uint64_t last_ns[NET_HOSTS]; /* when last[] was read */
    struct net_counter_values last[NET_HOSTS];
};

static int open_host(struct net_counter_reader *reader, enum net_host host)
{
    for (int group = 0; group < NET_COUNTER_GROUPS; group++) {
        reader->fd[host][group] = open(paths[group], O_RDONLY | O_CLOEXEC);
        if (reader->fd[host][group] < 0)
            return -1;
    }
    return 0;
}

struct net_counter_reader *net_counters_open(const struct net_hosts *hosts, struct net_error *err)
{
    struct net_counter_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        net_fail_errno(err, "calloc");
        return NULL;
    }
    memset(reader->fd, -1, sizeof reader->fd);
    reader->is_one_kernel = hosts->mode == NET_MODE_LOOPBACK;
    int result = 0;
    for (int host = 0; host < NET_HOSTS && result == 0; host++) {
        result = net_hosts_enter(hosts, (enum net_host)host);
        if (result == 0)
            result = open_host(reader, (enum net_host)host);
    }
    if (result < 0)
        net_fail_errno(err, "open(/proc/net/netstat)");
    if (net_hosts_leave(hosts) < 0 && result == 0)
        result = net_fail_errno(err, "setns");
    for (int host = 0; host < NET_HOSTS && result == 0; host++) {
        reader->last_ns[host] = net_now_ns();
        if (net_counters_read(reader, (enum net_host)host, &reader->last[host]) < 0)
            result = net_fail_errno(err, "read(/proc/net/netstat)");
    }
    if (result == 0)
        return reader;
    net_counters_close(reader);
    return NULL;
}

void net_counters_close(struct net_counter_reader *reader)
{
    for (int i = 0; reader && i < NET_HOSTS * NET_COUNTER_GROUPS; i++)
        if (reader->fd[i / NET_COUNTER_GROUPS][i % NET_COUNTER_GROUPS] >= 0)
            close(reader->fd[i / NET_COUNTER_GROUPS][i % NET_COUNTER_GROUPS]);
    free(reader);
}

/* Row of a name of n letters in a group, or -1. */
static int row_of(enum net_counter_group group, const char *name, size_t n)
{
    for (int i = 0; i < NET_COUNTERS; i++)
        if (net_counters[i].group == group && strncmp(net_counters[i].name, name, n) == 0 && !net_counters[i].name[n])
            return i;
    return -1;
}

/* Names and numbers of one pair of lines, both behind their "TcpExt:". */
static void take_pair(enum net_counter_group group, const char *names, const char *numbers,
                      struct net_counter_values *out)
{
    while (*names == ' ') {
        size_t n = strcspn(++names, " \n");
        char *end;
        unsigned long long value = strtoull(numbers, &end, 10);
        int row = end == numbers ? -1 : row_of(group, names, n);
        if (row >= 0) {
            out->value[row] = value;
            out->has[row] = true;
        }
        names += n;
        numbers = end;
    }
}

static void take_file(enum net_counter_group group, const char *text, struct net_counter_values *out)
{
    const char *label = net_counter_group_name(group);
    size_t n = strlen(label);
    for (const char *line = text, *next; line && *line; line = next) {
        const char *below = strchr(line, '\n');
        next = below ? below + 1 : NULL;
        if (next && strncmp(line, label, n) == 0 && line[n] == ':' && strncmp(next, label, n) == 0) {
            take_pair(group, line + n + 1, next + n + 1, out);
            return;
        }
    }
}

/* Whole, NUL-terminated: /proc gives at most a page for one read. */
static int read_all(int fd, char *text, size_t room)
{
    size_t used = 0;
    ssize_t n;
    while (used + 1 < room && (n = pread(fd, text + used, room - 1 - used, (off_t)used)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        used += (size_t)n;
    }
    text[used] = '\0';
    return 0;
}

int net_counters_read(const struct net_counter_reader *reader, enum net_host host, struct net_counter_values *out)
{
    struct net_counter_values values = {0};
    char text[FILE_ROOM];
    for (int group = 0; group < NET_COUNTER_GROUPS; group++) {
        if (read_all(reader->fd[host][group], text, sizeof text) < 0)
            return -1;
        take_file((enum net_counter_group)group, text, &values);
    }
    *out = values;
    return 0;
}

static void tell_moved(struct net_counter_reader *reader, enum net_host host, net_counter_fn *tell, void *user)
{
    struct net_counter_values *last = &reader->last[host], now;
    uint64_t begin_ns = reader->last_ns[host], now_ns = net_now_ns();
    if (reader->is_off[host] || net_counters_read(reader, host, &now) < 0)
        return;
    for (int i = 0; i < NET_COUNTERS; i++)
        if (now.value[i] > last->value[i])
            tell(user, &(struct net_event){.kind = NET_EV_COUNTER,
                                           .u.counter = {.begin_ns = begin_ns,
                                                         .by = now.value[i] - last->value[i],
                                                         .total = now.value[i],
                                                         .counter = (uint32_t)i,
                                                         .host = (uint32_t)host}});
    *last = now;
    reader->last_ns[host] = now_ns;
}

/* On the machine's own loopback both hosts are one kernel: what moved is told of the server alone. */
void net_counters_moved(struct net_counter_reader *reader, net_counter_fn *tell, void *user)
{
    tell_moved(reader, NET_SERVER, tell, user);
    if (!reader->is_one_kernel)
        tell_moved(reader, NET_CLIENT, tell, user);
}

void net_counters_power(struct net_counter_reader *reader, enum net_host host, bool on)
{
    if (on && reader->is_off[host] && net_counters_read(reader, host, &reader->last[host]) == 0)
        reader->last_ns[host] = net_now_ns();
    reader->is_off[host] = !on;
}
