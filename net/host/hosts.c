// SPDX-License-Identifier: GPL-3.0-or-later
// The two hosts: how their namespaces come to be, and the fallbacks.
/*
 * Everything is made by a helper that shares our memory and our descriptors but not our namespaces (clone with
 * CLONE_VM, CLONE_FILES, CLONE_VFORK): we stand still until it is done, and only when all of it worked do we follow it
 * into its namespaces. When anything was refused, we never left the machine's own, and can still offer its loopback.
 * This matters for an ordinary user: once inside a user namespace of its own, a process cannot go back to the network
 * namespace it came from (setns: EPERM).
 *
 *   M, the lab's own namespace: a child of the machine's, with nothing in it (TUN) or the outer ends (veth). The lab's
 * main and wire threads live there. Each host is a namespace beside it. Descriptors hold them, nothing else does: they
 * vanish with the lab. TUN, netlink and packet descriptors keep the namespace they were born in and work from any
 * thread.
 *
 *   The lab needs CAP_SYS_ADMIN and CAP_NET_ADMIN for that: it has them (root), or makes a user namespace in which it
 * has them. The user's own id is mapped to itself, so that files and getuid() stay honest; capabilities last until an
 * exec (see exec.c).
 *
 *   tcp_child_ehash_entries in M, before the hosts are made, gives them a connection table of their own with 1,024
 * buckets: a dump walks all buckets, and the machine's table has hundreds of thousands. The kernel takes half of that
 * as the most sockets in TIME_WAIT, and ends what is more without a word; a crowd of a thousand would lose its second
 * half. Hence tcp_max_tw_buckets. What one connection has measured of the way to the other host is not kept for the
 * next (tcp_no_metrics_save): after a hold of ten seconds its first time-out would be thirty (tcp_init_metrics()), in
 * the next experiment, too. The TUN queue is
 * 5,000 packets: the default of 500 overflows in bulk, and TCP would see losses that nobody asked for.
 */
#include "net/host/hosts_private.h"

#include "net/base/message.h"
#include "net/base/proc.h"
#include "net/host/rtnetlink.h"
#include "net/base/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HELPER_STACK_BYTES = 64 * 1024, QUEUE_PACKETS = 5000, HASH_BUCKETS = 1024 };

/* What the helper is to make, and what became of it; in memory that both see. */
struct birth {
    struct net_hosts *hosts;
    enum net_mode wanted;
    bool user_ns;
    unsigned uid, gid;
    int user_fd;
    struct net_error tun, err; /* why no TUN; why it failed */
    bool worked;
};

const char *net_mode_name(enum net_mode mode)
{
    static const char *const name[] = {
        [NET_MODE_AUTO] = "auto", [NET_MODE_TUN] = "tun", [NET_MODE_VETH] = "veth", [NET_MODE_LOOPBACK] = "loopback"};

    return mode <= NET_MODE_LOOPBACK ? name[mode] : "unknown";
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

static int here(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void init(struct net_hosts *hosts)
{
    *hosts = (struct net_hosts){.mode = NET_MODE_AUTO, .home_fd = -1, .outer_fd = -1};
    for (int h = 0; h < NET_HOSTS; h++) {
        hosts->host[h].ns_fd = hosts->host[h].device_fd = hosts->host[h].diag_fd = -1;
        hosts->host[h].wire_diag_fd = hosts->host[h].destroy_fd = -1;
    }
    hosts->host[NET_SERVER].ip = NET_SERVER_IP;
    hosts->host[NET_CLIENT].ip = NET_CLIENT_IP;
    hosts->host[NET_SERVER].ip6 = NET_SERVER_IP6;
    hosts->host[NET_CLIENT].ip6 = NET_CLIENT_IP6;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void net_hosts_close(struct net_hosts *hosts)
{
    for (int h = 0; h < NET_HOSTS; h++) {
        close_fd(&hosts->host[h].ns_fd);
        close_fd(&hosts->host[h].device_fd);
        close_fd(&hosts->host[h].diag_fd);
        close_fd(&hosts->host[h].wire_diag_fd);
        close_fd(&hosts->host[h].destroy_fd);
    }
    close_fd(&hosts->home_fd);
    close_fd(&hosts->outer_fd);
    net_patience_free(hosts->patience);
    hosts->patience = NULL;
}

static int diag_socket(int flags)
{
    return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | flags, NETLINK_SOCK_DIAG);
}

/* -1 where this kernel or this user may not listen: the sockets are then looked up instead. */
static int destroy_socket(void)
{
    const struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                       .nl_groups = 1u << (SKNLGRP_INET_TCP_DESTROY - 1) |
                                                    1u << (SKNLGRP_INET6_TCP_DESTROY - 1)};
    int fd = diag_socket(SOCK_NONBLOCK);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof groups))
        close_fd(&fd);
    return fd;
}

static int open_diag(struct net_hosts *hosts, int h, struct net_error *err)
{
    hosts->host[h].diag_fd = diag_socket(0);
    hosts->host[h].wire_diag_fd = diag_socket(0);
    if (hosts->host[h].diag_fd < 0 || hosts->host[h].wire_diag_fd < 0)
        return net_fail_errno(err, "socket(NETLINK_SOCK_DIAG)");
    return 0;
}

/* ---- in the helper ----------------------------------------------------------------------------------------------- */

static int map_ids(const struct birth *birth, struct net_error *err)
{
    char uid_map[48], gid_map[48];

    snprintf(uid_map, sizeof uid_map, "%u %u 1\n", birth->uid, birth->uid);
    snprintf(gid_map, sizeof gid_map, "%u %u 1\n", birth->gid, birth->gid);
    /* Kernels before 3.19 have no such file, and no need of it. */
    if (net_file_write("/proc/self/setgroups", "deny") && errno != ENOENT)
        return net_refused(err, errno, "write(/proc/self/setgroups)");
    if (net_file_write("/proc/self/uid_map", uid_map))
        return net_refused(err, errno, "write(/proc/self/uid_map)");
    if (net_file_write("/proc/self/gid_map", gid_map))
        return net_refused(err, errno, "write(/proc/self/gid_map)");
    return 0;
}

/*
 * Of the devices that are there and of those to come (addrconf_disable_ipv6 in net/ipv6/addrconf.c). Fails where there
 * is no IPv6, and where /proc/sys is read-only.
 */
static void ipv6_off(void)
{
    net_file_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

/*
 * Of a host's device to come: one address, which is given to it (IFA_F_NODAD), and none that it makes itself; without
 * that it asks for no router and no neighbour. Of groups a device without ARP says nothing either. false: this machine
 * has no IPv6, or it is off and does not let us say otherwise.
 */
static bool ipv6_quiet(void)
{
    net_file_write("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1"); /* IN6_ADDR_GEN_MODE_NONE */
    net_file_write("/proc/sys/net/ipv6/conf/default/accept_ra", "0");
    net_file_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
    return net_file_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0") == 0;
}

/*
 * The router's messages come from an address that no route leads to. A host that checks for that (a machine's setting,
 * handed down) would throw them away.
 */
static void no_reverse_path_filter(void)
{
    net_file_write("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
    net_file_write("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
}

/* As many as a host has ports. Whoever could give it a small table can also write this. */
static void room_for_time_wait(void)
{
    net_file_write("/proc/sys/net/ipv4/tcp_max_tw_buckets", "65536");
}

static void no_memory_of_connections(void)
{
    net_file_write("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
}

/*
 * The outer ends lie in M, whose own IP looks at every packet and drops it: it has no address and no route. A machine
 * that forwards or logs odd packets hands these settings down, and M would do so too.
 */
static void make_home_deaf(void)
{
    ipv6_off();
    net_file_write("/proc/sys/net/ipv4/ip_forward", "0");
    net_file_write("/proc/sys/net/ipv4/conf/all/log_martians", "0");
    net_file_write("/proc/sys/net/ipv4/conf/default/log_martians", "0");
}

static int make_namespace(struct net_hosts *hosts, int h, struct net_error *err)
{
    if (unshare(CLONE_NEWNET))
        return net_refused(err, errno, "unshare(CLONE_NEWNET)");
    hosts->host[h].ns_fd = here();
    if (hosts->host[h].ns_fd < 0)
        return net_fail_errno(err, "open(/proc/thread-self/ns/net)");
    hosts->has_ipv6 = ipv6_quiet();
    no_reverse_path_filter();
    room_for_time_wait();
    no_memory_of_connections();
    if (open_diag(hosts, h, err))
        return -1;
    hosts->host[h].destroy_fd = destroy_socket();
    return setns(hosts->home_fd, CLONE_NEWNET) ? net_fail_errno(err, "setns") : 0;
}

static int make_devices(struct birth *birth)
{
    struct net_hosts *hosts = birth->hosts;

    hosts->mode = NET_MODE_TUN;
    if (birth->wanted != NET_MODE_VETH) {
        if (net_tun_open(hosts, &birth->tun) == 0)
            return 0;
        if (birth->wanted == NET_MODE_TUN || net_is_used_up(birth->tun.code)) {
            birth->err = birth->tun;
            return -1;
        }
    }
    for (int h = 0; h < NET_HOSTS; h++)
        close_fd(&hosts->host[h].device_fd);
    hosts->mode = NET_MODE_VETH;
    make_home_deaf();
    return net_veth_open(hosts, &birth->err);
}

static int bring_up(struct net_hosts *hosts, int h, struct net_error *err)
{
    unsigned other = h == NET_SERVER ? NET_CLIENT : NET_SERVER;

    if (setns(hosts->host[h].ns_fd, CLONE_NEWNET))
        return net_fail_errno(err, "setns");
    struct mnl_socket *nl = net_rtnl_open(err);
    if (!nl)
        return -1;
    int failed = net_rtnl_up(nl, "lo", 0, 0, err) ||
                 net_rtnl_address(nl, NET_DEVICE, hosts->host[h].ip, hosts->host[other].ip, err) ||
                 net_rtnl_up(nl, NET_DEVICE, QUEUE_PACKETS, 1, err) ||
                 (h == NET_SERVER && net_rtnl_route(nl, NET_DEVICE, NET_NAT_IP, err));
    if (!failed && hosts->has_ipv6 &&
        net_rtnl_address(nl, NET_DEVICE, hosts->host[h].ip6, hosts->host[other].ip6, NULL))
        hosts->has_ipv6 = false;
    net_rtnl_close(nl);
    if (setns(hosts->home_fd, CLONE_NEWNET))
        return net_fail_errno(err, "setns");
    return failed ? -1 : 0;
}

static int make_hosts(struct birth *birth)
{
    struct net_hosts *hosts = birth->hosts;
    char buckets[16];

    if (birth->user_ns) {
        if (map_ids(birth, &birth->err))
            return -1;
        birth->user_fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
        if (birth->user_fd < 0)
            return net_fail_errno(&birth->err, "open(/proc/self/ns/user)");
    }
    hosts->home_fd = here();
    if (hosts->home_fd < 0)
        return net_fail_errno(&birth->err, "open(/proc/thread-self/ns/net)");
    snprintf(buckets, sizeof buckets, "%d", HASH_BUCKETS);
    net_file_write("/proc/sys/net/ipv4/tcp_child_ehash_entries", buckets); /* Linux 6.1; without it dumps are slower */
    for (int h = 0; h < NET_HOSTS; h++)
        if (make_namespace(hosts, h, &birth->err))
            return -1;
    if (make_devices(birth))
        return -1;
    for (int h = 0; h < NET_HOSTS; h++)
        if (bring_up(hosts, h, &birth->err))
            return -1;
    return 0;
}

static int helper(void *user)
{
    struct birth *birth = user;

    birth->worked = make_hosts(birth) == 0;
    return 0;
}

/* ---- in the lab -------------------------------------------------------------------------------------------------- */

static bool have_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    const uint32_t needed = 1u << CAP_SYS_ADMIN | 1u << CAP_NET_ADMIN;

    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & needed) == needed;
}

/*
 * The thread sanitizer's clone() takes the helper for the child of a fork and then, because they share memory, the lab
 * too: it would ignore whatever synchronises the main thread from here on. The C library has it under this name as
 * well.
 */
int __clone(int (*)(void *), void *stack, int flags, void *, ...);

/* Run the helper; signals wait, since a handler of ours must not run in it, nor a default action end it in the middle.
 */
static int run_helper(struct birth *birth)
{
    const int flags = CLONE_VM | CLONE_FILES | CLONE_VFORK | CLONE_NEWNET; /* no signal at its end */
    char *stack = aligned_alloc(16, HELPER_STACK_BYTES);
    sigset_t all, before;
    int code;

    if (!stack)
        return net_fail_errno(&birth->err, "malloc");
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t pid = (NET_UNDER_TSAN ? __clone : clone)(helper, stack + HELPER_STACK_BYTES,
                                                   flags | (birth->user_ns ? CLONE_NEWUSER : 0), birth);
    code = errno;
    if (pid > 0)
        while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(stack);
    if (pid < 0)
        return net_refused(&birth->err, code, birth->user_ns ? "clone(CLONE_NEWUSER)" : "clone(CLONE_NEWNET)");
    return birth->worked ? 0 : -1;
}

static int follow_helper(struct birth *birth)
{
    if (birth->user_ns && setns(birth->user_fd, CLONE_NEWUSER))
        return net_refused(&birth->err, errno, "setns(CLONE_NEWUSER)");
    if (setns(birth->hosts->home_fd, CLONE_NEWNET))
        return net_refused(&birth->err, errno, "setns(CLONE_NEWNET)");
    return 0;
}

static int open_namespaces(struct birth *birth)
{
    int failed = run_helper(birth) || follow_helper(birth);

    close_fd(&birth->user_fd);
    if (!failed && !(birth->hosts->patience = net_patience_new()))
        failed = net_fail_errno(&birth->err, "malloc");
    if (failed) {
        net_hosts_close(birth->hosts);
        return -1;
    }
    return 0;
}

static bool has_loopback_ipv6(void)
{
    const struct sockaddr_in6 one = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&one, sizeof one) == 0;

    close_fd(&fd);
    return has;
}

static int open_loopback(struct net_hosts *hosts, struct net_error *err)
{
    init(hosts);
    hosts->mode = NET_MODE_LOOPBACK;
    hosts->has_ipv6 = has_loopback_ipv6();
    hosts->home_fd = here(); /* -1: a kernel without namespaces; nothing needs it then */
    for (int h = 0; h < NET_HOSTS; h++) {
        hosts->host[h].ip = NET_LOOPBACK_IP;
        hosts->host[h].ip6 = NET_LOOPBACK_IP6;
        if (open_diag(hosts, h, err)) {
            net_hosts_close(hosts);
            return -1;
        }
    }
    hosts->host[NET_SERVER].destroy_fd = destroy_socket(); /* a second one would be told the same */
    return 0;
}

/* Both sentences, when TUN and then veth were refused. */
static void tell_why(const struct birth *birth, char *out, size_t out_bytes)
{
    const char *gap = birth->tun.text[0] && birth->err.text[0] ? " " : "";

    snprintf(out, out_bytes, "%s%s%s", birth->tun.text, gap, birth->err.text);
}

int net_hosts_open(struct net_hosts *hosts, enum net_mode wanted, struct net_error *err)
{
    struct birth birth = {.hosts = hosts, .wanted = wanted, .user_fd = -1, .uid = geteuid(), .gid = getegid()};

    if (wanted == NET_MODE_LOOPBACK)
        return open_loopback(hosts, err);
    init(hosts);
    birth.user_ns = !have_capabilities();
    if (open_namespaces(&birth) == 0) {
        if (birth.tun.text[0])
            snprintf(hosts->why_not, sizeof hosts->why_not, _("veth in place of TUN, nothing is lost: %s"),
                     birth.tun.text);
        return 0;
    }
    if (wanted != NET_MODE_AUTO || net_is_used_up(birth.err.code)) {
        if (err)
            *err = birth.err;
        return -1;
    }
    if (open_loopback(hosts, err))
        return -1;
    tell_why(&birth, hosts->why_not, sizeof hosts->why_not);
    return 0;
}

bool net_is_own_ip(const struct net_hosts *hosts, enum net_host h, struct net_ip ip)
{
    return net_ip_is_loopback(ip) || net_ip_same(ip, hosts->host[h].ip) || net_ip_same(ip, hosts->host[h].ip6);
}

int net_hosts_enter(const struct net_hosts *hosts, enum net_host host)
{
    return hosts->host[host].ns_fd < 0 ? 0 : setns(hosts->host[host].ns_fd, CLONE_NEWNET);
}

/* The namespace is ours: refused is only what memory was short for, at that moment. */
enum { LEAVE_TRIES = 50, LEAVE_AGAIN_NS = 1000000 };

int net_hosts_leave(const struct net_hosts *hosts)
{
    int refused = 0;
    if (hosts->mode == NET_MODE_LOOPBACK)
        return 0;
    for (int tries = 0; tries < LEAVE_TRIES && (refused = setns(hosts->home_fd, CLONE_NEWNET)) < 0; tries++)
        nanosleep(&(struct timespec){.tv_nsec = LEAVE_AGAIN_NS}, NULL);
    return refused;
}

/* IPv6 has a sysctl too, but that spares what has been learned of an MTU (fib6_age()). */
void net_hosts_forget_way(const struct net_hosts *hosts)
{
    for (int h = 0; h < NET_HOSTS && hosts->mode != NET_MODE_LOOPBACK; h++) {
        if (net_hosts_enter(hosts, h))
            continue;
        net_file_write("/proc/sys/net/ipv4/route/flush", "1");
        struct mnl_socket *nl = hosts->has_ipv6 ? net_rtnl_open(NULL) : NULL;
        if (nl)
            net_rtnl_forget(nl, hosts->host[h == NET_SERVER ? NET_CLIENT : NET_SERVER].ip6, NULL);
        net_rtnl_close(nl);
        net_hosts_leave(hosts);
    }
}

int net_packet_recv(const struct net_hosts *hosts, enum net_host from, uint8_t *packet, size_t room)
{
    if (hosts->mode == NET_MODE_VETH)
        return net_veth_recv(hosts->host[from].device_fd, packet, room);
    return (int)read(hosts->host[from].device_fd, packet, room);
}

int net_packet_send(const struct net_hosts *hosts, enum net_host to, const uint8_t *packet, size_t bytes)
{
    if (hosts->mode == NET_MODE_VETH)
        return net_veth_send(hosts->outer_fd, hosts->host[to].device_index, packet, bytes);
    return write(hosts->host[to].device_fd, packet, bytes) < 0 ? -1 : 0;
}
