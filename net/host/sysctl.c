// SPDX-License-Identifier: GPL-3.0-or-later
// Kernel parameters of one host, and stopped time.
/*
 * /proc/sys/net shows the namespace of the task that opens the file, so the calling thread goes to the host, opens, and
 * comes back to M; the descriptor stays with the host. Only names below net/ are taken: the others belong to the
 * machine, and even root in a host of ours must not reach them. What the machine shares with the hosts (tcp_mem and the
 * like) has no file there.
 *
 * Stopped time: tcp_syn_retries, tcp_synack_retries, tcp_retries2 and tcp_orphan_retries go up, so that nothing gives
 * up while a segment is held, and the route to the other host gets a locked smallest retransmission time-out of a
 * minute. The route, not tcp_rto_min_us: it works on every kernel, and a socket follows it again when time runs on,
 * whereas it keeps for life the tcp_rto_min_us that it was born with. A socket that has already measured its round trip
 * keeps its time-out either way (tcp_rtt_estimator), and so does the first second of a handshake: the wire folds those
 * repeats into one.
 */
#include "net/host/hosts_private.h"

#include "net/host/rtnetlink.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 64, PATH_BYTES = 160, STRETCHED_RTO_MS = 60000 };

static const struct {
    const char *name, *value;
} stretched[] = {
    {"tcp_syn_retries", "127"},
    {"tcp_synack_retries", "255"},
    {"tcp_retries2", "255"},
    {"tcp_orphan_retries", "255"},
};
enum { STRETCHED = sizeof stretched / sizeof *stretched };

struct net_stretch {
    bool on;
    char before[NET_HOSTS][STRETCHED][16];
};

struct net_stretch *net_stretch_new(void)
{
    return calloc(1, sizeof(struct net_stretch));
}

void net_stretch_free(struct net_stretch *stretch)
{
    free(stretch);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* "tcp_sack", "net.ipv4.tcp_sack" or "net/ipv4/tcp_sack" as a path. -1: not a name of a host's. */
static int path_of(const char *name, char *out, struct net_error *err)
{
    size_t n = strlen(name);
    bool full = strpbrk(name, "./");

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_-./", name[i]))
            n = 0;
    if (n == 0 || n >= NAME_BYTES || strstr(name, "..") ||
        (full && strncmp(name, "net.", 4) && strncmp(name, "net/", 4)))
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

/* M is ours, so it cannot be refused; were it, every later call would act in the wrong host. */
static void leave(const struct net_hosts *hosts)
{
    if (hosts->mode != NET_MODE_LOOPBACK && setns(hosts->home_fd, CLONE_NEWNET))
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
        return net_fail(err, 0, NULL,
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

/* ---- stopped time ------------------------------------------------------------------------------------------------ */

static int set_rto_min(const struct net_hosts *hosts, enum net_host host, uint32_t rto_min_ms, struct net_error *err)
{
    uint32_t peer = hosts->host[host == NET_SERVER ? NET_CLIENT : NET_SERVER].ip;
    int failed = -1;

    if (enter(hosts, host, err))
        return -1;
    struct mnl_socket *nl = net_rtnl_open(err);
    if (nl)
        failed = net_rtnl_rto_min(nl, NET_DEVICE, hosts->host[host].ip, peer, rto_min_ms, err);
    net_rtnl_close(nl);
    leave(hosts);
    return failed;
}

/* Where /proc/sys cannot be written (containers), the route alone is stretched: less patience, but still stopped time.
 */
static int stretch_host(const struct net_hosts *hosts, enum net_host host, struct net_error *err)
{
    char(*before)[16] = hosts->stretch->before[host];

    for (size_t i = 0; i < STRETCHED; i++)
        if (net_sysctl_get(hosts, host, stretched[i].name, before[i], sizeof before[i], NULL) ||
            net_sysctl_set(hosts, host, stretched[i].name, stretched[i].value, NULL))
            before[i][0] = 0;
    return set_rto_min(hosts, host, STRETCHED_RTO_MS, err);
}

/* A value that the learner has set meanwhile is the learner's: it stays. */
static int restore_host(const struct net_hosts *hosts, enum net_host host, struct net_error *err)
{
    char now[16];

    for (size_t i = 0; i < STRETCHED; i++) {
        const char *before = hosts->stretch->before[host][i];
        if (*before && net_sysctl_get(hosts, host, stretched[i].name, now, sizeof now, err) == 0 &&
            strcmp(now, stretched[i].value) == 0 && net_sysctl_set(hosts, host, stretched[i].name, before, err))
            return -1;
        hosts->stretch->before[host][i][0] = 0;
    }
    return set_rto_min(hosts, host, 0, err);
}

int net_hosts_stretch_time(const struct net_hosts *hosts, bool on, struct net_error *err)
{
    if (hosts->mode == NET_MODE_LOOPBACK || hosts->stretch->on == on)
        return 0;
    for (int h = 0; h < NET_HOSTS; h++) {
        if (on ? stretch_host(hosts, h, err) : restore_host(hosts, h, err)) {
            if (on)
                for (int undo = 0; undo <= h; undo++)
                    restore_host(hosts, undo, NULL);
            return -1;
        }
    }
    hosts->stretch->on = on;
    return 0;
}
