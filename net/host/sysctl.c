// SPDX-License-Identifier: GPL-3.0-or-later
// Kernel parameters of one host, and how long the hosts' kernels are patient.
/*
 * /proc/sys/net shows the namespace of the task that opens the file, so the calling thread goes to the host, opens, and
 * comes back to M; the descriptor stays with the host. Only names below net/ipv4, net/ipv6 and net/core are taken: the
 * others belong to the machine, and even root in a host of ours must not reach them. What the machine shares with the
 * hosts (tcp_mem and the like) has no file there.
 *
 * Patience: tcp_syn_retries, tcp_synack_retries, tcp_retries2 and tcp_orphan_retries go up, so that nothing gives up
 * while a learner who holds a segment thinks. The kernel reads them when a timer fires, never at a socket's birth, so
 * they are back for every connection at once. Nothing else is touched, because nothing else could be given back: a
 * smallest retransmission time-out (a route's rto_min, tcp_rto_min_us, TCP_RTO_MIN_US) is taken into a connection's
 * variance with the first round trip that it measures, and goes out of it by a quarter with each later one
 * (tcp_rtt_estimator()); and one that has measured before does not heed it. So time-outs run on, and the wire folds
 * what is repeated meanwhile.
 */
#include "net/host/hosts_private.h"

#include "net/base/message.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 64, PATH_BYTES = 160 };

static const struct {
    const char *name, *value;
} patient[] = {
    {"tcp_syn_retries", "127"},
    {"tcp_synack_retries", "255"},
    {"tcp_retries2", "255"},
    {"tcp_orphan_retries", "255"},
};
enum { LIMITS = sizeof patient / sizeof *patient };

struct net_patience {
    bool on;
    char before[NET_HOSTS][LIMITS][16]; /* "": not raised */
};

struct net_patience *net_patience_new(void)
{
    return calloc(1, sizeof(struct net_patience));
}

void net_patience_free(struct net_patience *patience)
{
    free(patience);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Of what stands below /proc/sys/net these are a namespace's own. Others may look so and be the machine's, as
 * net.netfilter.nf_hooks_lwtunnel was. */
static bool is_of_host(const char *name)
{
    static const char *const own[] = {"ipv4", "ipv6", "core"};

    if (strncmp(name, "net.", 4) && strncmp(name, "net/", 4))
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t n = strlen(own[i]);
        if (strncmp(name + 4, own[i], n) == 0 && (name[4 + n] == '.' || name[4 + n] == '/'))
            return true;
    }
    return false;
}

/* "tcp_sack", "net.ipv4.tcp_sack" or "net/ipv4/tcp_sack" as a path. -1: not a name of a host's. */
static int path_of(const char *name, char *out, struct net_error *err)
{
    size_t n = strlen(name);
    bool full = strpbrk(name, "./");

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_-./", name[i]))
            n = 0;
    if (n == 0 || n >= NAME_BYTES || strstr(name, "..") || (full && !is_of_host(name)))
        return net_fail(
            err, 0, NULL,
            "\"%.40s\" is not the name of a host's kernel parameter: say tcp_keepalive_time, or net.core.somaxconn.",
            name);
    snprintf(out, PATH_BYTES, "/proc/sys/%s%s", full ? "" : "net/ipv4/", name);
    for (char *c = out; *c; c++)
        if (*c == '.')
            *c = '/';
    return 0;
}

/* ---- there and back ---------------------------------------------------------------------------------------------- */

static int enter(const struct net_hosts *hosts, enum net_host host, struct net_error *err)
{
    return net_hosts_enter(hosts, host) ? net_fail_errno(err, "setns") : 0;
}

/* Every later call would act in the wrong host: such a lab cannot go on. */
static void leave(const struct net_hosts *hosts)
{
    if (net_hosts_leave(hosts) == 0)
        return;
    dprintf(STDERR_FILENO, _("tcplab: setns: the kernel does not let the lab leave a host (%s): end other programs\n"),
            net_errno_name(errno));
    abort();
}

static int explain(int code, const char *name, const char *path, const char *call, struct net_error *err)
{
    if (code == ENOENT)
        return net_fail(err, code, call, "A host has no kernel parameter \"%.60s\".", name);
    if (code == EACCES)
        return net_fail(err, code, call,
                        "%.60s cannot be written in a host: its file %.80s is read-only there (EACCES).", name, path);
    if (code == EROFS)
        return net_fail(
            err, code, call,
            "%.60s: /proc/sys is mounted read-only, as containers do (EROFS); set the socket's own option instead.",
            name);
    return net_fail(err, code, call, "%.60s: the kernel refused that with %s.", name, net_errno_name(code));
}

static int open_parameter(const struct net_hosts *hosts, enum net_host host, const char *name, int flags,
                          struct net_error *err)
{
    char path[PATH_BYTES];

    if (path_of(name, path, err) || enter(hosts, host, err))
        return -1;
    int fd = open(path, flags | O_CLOEXEC), code = errno;
    leave(hosts);
    return fd >= 0 ? fd : explain(code, name, path, "open(/proc/sys/net)", err);
}

int net_sysctl_get(const struct net_hosts *hosts, enum net_host host, const char *name, char *out, size_t out_bytes,
                   struct net_error *err)
{
    int fd = open_parameter(hosts, host, name, O_RDONLY, err), code;

    if (fd < 0)
        return -1;
    ssize_t n = read(fd, out, out_bytes - 1);
    code = errno;
    close(fd);
    if (n < 0)
        return explain(code, name, "", "read(/proc/sys/net)", err);
    out[n] = 0;
    out[strcspn(out, "\n")] = 0;
    for (char *c = out; *c; c++)
        if (*c == '\t')
            *c = ' ';
    return 0;
}

int net_sysctl_set(const struct net_hosts *hosts, enum net_host host, const char *name, const char *value,
                   struct net_error *err)
{
    if (hosts->mode == NET_MODE_LOOPBACK)
        return net_fail(err, ENODEV, NULL,
                        "%.60s stays as it is: without hosts of its own the lab would change this machine. "
                        "Use the socket's own option, or start the lab with namespaces.",
                        name);
    int fd = open_parameter(hosts, host, name, O_WRONLY, err);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, value, strlen(value));
    int code = errno;
    close(fd);
    if (n < 0 && code == EINVAL)
        return net_fail(err, code, "write(/proc/sys/net)", "%.60s does not take the value \"%.40s\" (EINVAL).", name,
                        value);
    return n < 0 ? explain(code, name, "", "write(/proc/sys/net)", err) : 0;
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

static int only_tcp(const struct dirent *entry)
{
    return strncmp(entry->d_name, "tcp_", 4) == 0;
}

/* Read once: the kernel's list does not change while it runs. */
const char *net_sysctl_name_at(const struct net_hosts *hosts, size_t i)
{
    static struct dirent **entry;
    static int count = -1;

    if (count < 0) {
        if (net_hosts_enter(hosts, NET_SERVER))
            return NULL;
        count = scandir("/proc/sys/net/ipv4", &entry, only_tcp, alphasort);
        leave(hosts);
    }
    return count > 0 && i < (size_t)count ? entry[i]->d_name : NULL;
}

/* ---- patience ---------------------------------------------------------------------------------------------------- */

/* A limit that cannot be written (/proc/sys is read-only in containers) stays as it is. */
static void raise_limits(const struct net_hosts *hosts, enum net_host host)
{
    char(*before)[16] = hosts->patience->before[host];

    for (size_t i = 0; i < LIMITS; i++)
        if (net_sysctl_get(hosts, host, patient[i].name, before[i], sizeof before[i], NULL) ||
            net_sysctl_set(hosts, host, patient[i].name, patient[i].value, NULL))
            before[i][0] = 0;
}

/* A value that the learner has set meanwhile is the learner's: it stays. */
static int restore_limits(const struct net_hosts *hosts, enum net_host host, struct net_error *err)
{
    char now[16];

    for (size_t i = 0; i < LIMITS; i++) {
        const char *before = hosts->patience->before[host][i];
        if (*before && net_sysctl_get(hosts, host, patient[i].name, now, sizeof now, err) == 0 &&
            strcmp(now, patient[i].value) == 0 && net_sysctl_set(hosts, host, patient[i].name, before, err))
            return -1;
        hosts->patience->before[host][i][0] = 0;
    }
    return 0;
}

int net_hosts_be_patient(const struct net_hosts *hosts, bool on, struct net_error *err)
{
    if (hosts->mode == NET_MODE_LOOPBACK || hosts->patience->on == on)
        return 0;
    for (int h = 0; h < NET_HOSTS; h++) {
        if (on)
            raise_limits(hosts, h);
        else if (restore_limits(hosts, h, err))
            return -1;
    }
    hosts->patience->on = on;
    return 0;
}

bool net_hosts_are_patient(const struct net_hosts *hosts)
{
    if (hosts->mode == NET_MODE_LOOPBACK || !hosts->patience->on)
        return false;
    for (int h = 0; h < NET_HOSTS; h++)
        for (size_t i = 0; i < LIMITS; i++)
            if (!hosts->patience->before[h][i][0])
                return false;
    return true;
}

int net_sysctl_get_own(const struct net_hosts *hosts, enum net_host host, const char *name, char *out, size_t out_bytes,
                       struct net_error *err)
{
    const char *last = name;
    if (net_sysctl_get(hosts, host, name, out, out_bytes, err))
        return -1;
    for (const char *c = name; *c; c++)
        if (*c == '.' || *c == '/')
            last = c + 1;
    for (size_t i = 0; hosts->mode != NET_MODE_LOOPBACK && i < LIMITS; i++) {
        const char *before = hosts->patience->before[host][i];
        if (strcmp(last, patient[i].name) == 0 && strcmp(out, patient[i].value) == 0 && *before)
            snprintf(out, out_bytes, "%s", before);
    }
    return 0;
}
