// SPDX-License-Identifier: GPL-3.0-or-later
// Links, addresses and routes of a namespace, by libmnl.
#include "net/host/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

enum { REQUEST_BYTES = 512 };

/* With NOARP the kernel puts its own hardware address in as the destination, so both ends have this one. */
static const uint8_t veth_address[6] = {2, 0, 0, 0, 0, 1};

struct mnl_socket *net_rtnl_open(struct net_error *err)
{
    struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

    if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
        return nl;
    net_fail_errno(err, "socket(NETLINK_ROUTE)");
    net_rtnl_close(nl);
    return NULL;
}

void net_rtnl_close(struct mnl_socket *nl)
{
    if (nl)
        mnl_socket_close(nl);
}

static int ask(struct mnl_socket *nl, struct nlmsghdr *request, const char *what, struct net_error *err)
{
    char answer[1024];

    request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    request->nlmsg_seq = 1;
    if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
        return net_fail_errno(err, what);
    ssize_t n = mnl_socket_recvfrom(nl, answer, sizeof answer);
    if (n < 0 || mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl), NULL, NULL) < 0)
        return net_fail_errno(err, what);
    return 0;
}

static void *start(char *buffer, uint16_t type, uint16_t flags, size_t extra_bytes, struct nlmsghdr **request)
{
    *request = mnl_nlmsg_put_header(buffer);
    (*request)->nlmsg_type = type;
    (*request)->nlmsg_flags = flags;
    return mnl_nlmsg_put_extra_header(*request, extra_bytes);
}

/* if_nametoindex(3) would open a socket of its own, and hide why it could not. 0: err. */
static int index_of(struct mnl_socket *nl, const char *link, struct net_error *err)
{
    struct ifreq request = {0};
    strncpy(request.ifr_name, link, sizeof request.ifr_name - 1);
    if (ioctl(mnl_socket_get_fd(nl), SIOCGIFINDEX, &request) == 0)
        return request.ifr_ifindex;
    net_fail_errno(err, "ioctl(SIOCGIFINDEX)");
    return 0;
}

int net_rtnl_up(struct mnl_socket *nl, const char *link, uint32_t txqueue_packets, int no_arp, struct net_error *err)
{
    _Alignas(8) char buffer[REQUEST_BYTES];
    struct nlmsghdr *request;
    struct ifinfomsg *info = start(buffer, RTM_NEWLINK, 0, sizeof *info, &request);

    info->ifi_flags = IFF_UP | (no_arp ? IFF_NOARP : 0);
    info->ifi_change = info->ifi_flags;
    mnl_attr_put_strz(request, IFLA_IFNAME, link);
    if (txqueue_packets)
        mnl_attr_put_u32(request, IFLA_TXQLEN, txqueue_packets);
    return ask(nl, request, "rtnetlink: link up", err);
}

int net_rtnl_address(struct mnl_socket *nl, const char *link, struct net_ip local, struct net_ip peer,
                     struct net_error *err)
{
    _Alignas(8) char buffer[REQUEST_BYTES];
    struct nlmsghdr *request;
    struct ifaddrmsg *address = start(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address, &request);
    uint8_t bytes[16];

    address->ifa_family = local.is_v6 ? AF_INET6 : AF_INET;
    address->ifa_prefixlen = local.is_v6 ? 128 : 32;
    address->ifa_flags = local.is_v6 ? IFA_F_NODAD : 0; /* there is nobody to ask */
    address->ifa_index = (unsigned)index_of(nl, link, err);
    if (!address->ifa_index)
        return -1;
    mnl_attr_put(request, IFA_LOCAL, net_ip_bytes(local, bytes), bytes);
    mnl_attr_put(request, IFA_ADDRESS, net_ip_bytes(peer, bytes), bytes);
    return ask(nl, request, "rtnetlink: address", err);
}

int net_rtnl_route(struct mnl_socket *nl, const char *link, struct net_ip ip, struct net_error *err)
{
    _Alignas(8) char buffer[REQUEST_BYTES];
    uint8_t bytes[16];
    struct nlmsghdr *request;
    struct rtmsg *route = start(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route, &request);
    int index = index_of(nl, link, err);

    if (!index)
        return -1;
    route->rtm_family = ip.is_v6 ? AF_INET6 : AF_INET;
    route->rtm_dst_len = ip.is_v6 ? 128 : 32;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put(request, RTA_DST, net_ip_bytes(ip, bytes), bytes);
    mnl_attr_put_u32(request, RTA_OIF, (uint32_t)index);
    return ask(nl, request, "rtnetlink: route", err);
}

int net_rtnl_forget(struct mnl_socket *nl, struct net_ip to, struct net_error *err)
{
    _Alignas(8) char buffer[REQUEST_BYTES];
    struct nlmsghdr *request;
    struct rtmsg *route = start(buffer, RTM_DELROUTE, 0, sizeof *route, &request);
    uint8_t bytes[16];

    route->rtm_family = AF_INET6;
    route->rtm_dst_len = 128;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_scope = RT_SCOPE_NOWHERE; /* any */
    route->rtm_flags = RTM_F_CLONED;     /* only what was learned */
    mnl_attr_put(request, RTA_DST, net_ip_bytes(to, bytes), bytes);
    return ask(nl, request, "rtnetlink: forget", err);
}

/* One queue each way: by default a device gets one for each processor that the machine could have, and each costs the
 * kernel an object or two. */
static void put_veth_end(struct nlmsghdr *request, const char *name)
{
    mnl_attr_put_strz(request, IFLA_IFNAME, name);
    mnl_attr_put(request, IFLA_ADDRESS, sizeof veth_address, veth_address);
    mnl_attr_put_u32(request, IFLA_NUM_TX_QUEUES, 1);
    mnl_attr_put_u32(request, IFLA_NUM_RX_QUEUES, 1);
}

int net_rtnl_veth(struct mnl_socket *nl, const char *outer, const char *inner, int inner_ns_fd, struct net_error *err)
{
    _Alignas(8) char buffer[REQUEST_BYTES];
    struct nlmsghdr *request;

    start(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg), &request);
    put_veth_end(request, outer);
    struct nlattr *info = mnl_attr_nest_start(request, IFLA_LINKINFO);
    mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
    put_veth_end(request, inner);
    mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)inner_ns_fd);
    mnl_attr_nest_end(request, peer);
    mnl_attr_nest_end(request, data);
    mnl_attr_nest_end(request, info);
    return ask(nl, request, "rtnetlink: new veth pair", err);
}
