// SPDX-License-Identifier: GPL-3.0-or-later
// The hosts' devices as veth pairs, where /dev/net/tun cannot be used.
/*
 * The inner end is the host's device; the outer end lies in the lab's namespace, which has no address and no route.
 * Packet sockets (SOCK_DGRAM: without the Ethernet header) read and write bare IP packets as a TUN descriptor does.
 *
 *   Read at the inner end, as the host sends: the kernel shows a packet to the socket before it lets the connection go
 * (dev_queue_xmit_nit()). At the outer end it has been through the backlog of a processor, of which each has its own:
 * an ACK that one sent and a FIN that another sent a moment later would change places, and a wire that does so unasked
 * ends TIME_WAIT early (RFC 1337). What is delivered passes there as well; a filter leaves it out.
 *
 *   Written at the outer end. No ARP: both ends have one hardware address and NOARP, so that the kernel takes every
 * frame for its own.
 *
 *   No offload: checksums are filled in and segments are MTU-sized, as on a real cable, because ethtool switches the
 * rest off. Unread packets wait in the socket's receive buffer, whose size rmem_max limits: SO_RCVBUFFORCE is refused
 * in a user namespace.
 *
 * Left out: SOCK_RAW with PACKET_VNET_HDR and offloads on. It is ten times faster, but the learner would see 64 KB
 * "segments".
 */
#include "net/host/hosts_private.h"

#include "net/base/message.h"
#include "net/host/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const outer_name[NET_HOSTS] = {[NET_SERVER] = "server", [NET_CLIENT] = "client"};

static int veth_refused(struct net_error *err, int code, const char *call)
{
    const char *why =
        code == EOPNOTSUPP || code == EAFNOSUPPORT
            ? _("the kernel's veth or af_packet module is missing; `sudo modprobe -a veth af_packet` loads them")
            : _("the kernel refused it");

    if (net_is_used_up(code)) {
        errno = code;
        return net_fail_errno(err, call);
    }
    return net_fail(err, code, call, "veth instead of TUN: %s: %s: %s.", call, net_errno_name(code), why);
}

static int offload_off(int fd, uint32_t what)
{
    struct ethtool_value value = {.cmd = what, .data = 0};
    struct ifreq request = {.ifr_data = (void *)&value};

    strcpy(request.ifr_name, NET_DEVICE);
    return ioctl(fd, SIOCETHTOOL, &request);
}

/* In the host. */
static int configure_inner(struct net_error *err)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed, code;

    if (fd < 0)
        return veth_refused(err, errno, "socket(AF_INET)");
    failed = offload_off(fd, ETHTOOL_STXCSUM) || offload_off(fd, ETHTOOL_STSO) || offload_off(fd, ETHTOOL_SGSO);
    code = errno;
    close(fd);
    return failed ? veth_refused(err, code, "ioctl(SIOCETHTOOL)") : 0;
}

/* A packet socket of the calling thread's namespace that receives nothing yet. */
static int packet_socket(struct net_error *err)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    return fd < 0 ? veth_refused(err, errno, "socket(AF_PACKET)") : fd;
}

/* Of a device of the calling thread's namespace; 0: refused. No packet socket is bound to 0, which is every device. */
static int index_of(const char *name, struct net_error *err)
{
    unsigned index = if_nametoindex(name);

    if (!index)
        veth_refused(err, errno, "if_nametoindex");
    return (int)index;
}

/* In the host. Returns the descriptor that packets are read from as the host sends them. */
static int open_inner(struct net_error *err)
{
    struct sock_filter sent_ip[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 4),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {sizeof sent_ip / sizeof sent_ip[0], sent_ip};
    /* ETH_P_ALL: no other socket is shown what is sent. */
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index_of(NET_DEVICE, err)};
    const int room = 64 << 20;
    int fd = address.sll_ifindex ? packet_socket(err) : -1, code;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); /* cut to rmem_max */
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    code = errno;
    close(fd);
    return veth_refused(err, code, "packet socket");
}

/* In the lab's namespace. Returns the descriptor that packets are written to, for either host. */
static int open_outer(struct net_error *err)
{
    const int on = 1;
    int fd = packet_socket(err), code;

    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) == 0)
        return fd;
    code = errno;
    close(fd);
    return veth_refused(err, code, "setsockopt(PACKET_QDISC_BYPASS)");
}

static int open_pair(struct mnl_socket *nl, struct net_hosts *hosts, int h, struct net_error *err)
{
    struct net_error why = {0};

    if (net_rtnl_veth(nl, outer_name[h], NET_DEVICE, hosts->host[h].ns_fd, &why))
        return veth_refused(err, why.code, why.call);
    if (net_rtnl_up(nl, outer_name[h], 0, 1, &why))
        return veth_refused(err, why.code, why.call);
    hosts->host[h].device_index = index_of(outer_name[h], err);
    if (!hosts->host[h].device_index)
        return -1;
    if (setns(hosts->host[h].ns_fd, CLONE_NEWNET))
        return net_fail_errno(err, "setns");
    int failed = configure_inner(err);
    if (!failed)
        hosts->host[h].device_fd = open_inner(err);
    failed = failed || hosts->host[h].device_fd < 0;
    return setns(hosts->home_fd, CLONE_NEWNET) ? net_fail_errno(err, "setns") : -failed;
}

int net_veth_open(struct net_hosts *hosts, struct net_error *err)
{
    struct mnl_socket *nl = net_rtnl_open(err);

    if (!nl)
        return -1;
    hosts->outer_fd = open_outer(err);
    int failed = hosts->outer_fd < 0 || open_pair(nl, hosts, NET_SERVER, err) || open_pair(nl, hosts, NET_CLIENT, err);
    net_rtnl_close(nl);
    return failed ? -1 : 0;
}

int net_veth_recv(int fd, uint8_t *packet, size_t room)
{
    ssize_t n = recv(fd, packet, room, 0);

    return n < 0 && errno == ENETDOWN ? (errno = EAGAIN, -1) : (int)n; /* said once, when the device went down */
}

int net_veth_send(int fd, int index, const uint8_t *packet, size_t bytes)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(packet[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP),
                                        .sll_ifindex = index,
                                        .sll_halen = ETH_ALEN,
                                        .sll_addr = {2, 0, 0, 0, 0, 1}};

    return sendto(fd, packet, bytes, 0, (const struct sockaddr *)&address, sizeof address) < 0 ? -1 : 0;
}
