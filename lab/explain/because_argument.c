// SPDX-License-Identifier: GPL-3.0-or-later
// Reasons that lie in what the call was given.

#include "lab/explain/because_local.h"

#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/linux.h"

#include <string.h>

enum { ADDRESS_BYTES = 16, ADDRESS_MOST = 128, TYPE_RAW = 3, TYPES_MOST = 10 };
enum { CTL_MOD = 3, EXCLUSIVE = 1 << 28 };
enum { ATTACH_REUSEPORT_CBPF = 51 };

static int64_t argument(const struct lab_why *w, size_t i)
{
    return w->enter ? w->enter->u.call.args[i] : 0;
}

static bool wrong_length(struct lab_why *w)
{
    int64_t bytes = (int32_t)argument(w, 2);
    if (!w->enter || (bytes >= ADDRESS_BYTES && bytes <= ADDRESS_MOST))
        return false;
    if (argument(w, 1) == 0)
        return lab_why_is(w, "the address is NULL");
    return lab_why_is(w,
                      bytes < ADDRESS_BYTES
                          ? N_("the address is said to have {number} bytes; one of IPv4 has {limit}")
                          : N_("the address is said to have {number} bytes; none has more than {limit}"),
                      .number = bytes, .limit = bytes < ADDRESS_BYTES ? ADDRESS_BYTES : ADDRESS_MOST);
}

static bool wrong_watch(struct lab_why *w)
{
    uint32_t events = 0;
    if (w->enter && w->enter->data_bytes >= sizeof events)
        memcpy(&events, w->enter->data, sizeof events);
    if (argument(w, 0) == argument(w, 2))
        return lab_why_is(w, "an epoll instance cannot watch itself");
    if (w->sock || !(events & EXCLUSIVE || argument(w, 1) == CTL_MOD))
        return lab_why_is(w, "descriptor {fd} is no epoll instance", .fd = (int)argument(w, 0));
    if (!(events & EXCLUSIVE))
        return lab_why_is(w, "what was added with EPOLLEXCLUSIVE cannot be changed");
    return lab_why_is(w, argument(w, 1) == CTL_MOD ? N_("EPOLLEXCLUSIVE can be asked for by EPOLL_CTL_ADD only")
                                                   : N_("EPOLLEXCLUSIVE goes with EPOLLIN, EPOLLOUT and EPOLLET only"));
}

bool lab_because_bad_argument(struct lab_why *w)
{
    int64_t type = argument(w, 1) & ~(int64_t)(NET_O_NONBLOCK | NET_SOCK_CLOEXEC);
    switch (lab_why_call(w)) {
    case NET_CALL_SOCKET:
        return (type < 1 || type > TYPES_MOST) && lab_why_is(w, "there is no type of socket {number}", .number = type);
    case NET_CALL_BIND:
    case NET_CALL_CONNECT: return wrong_length(w);
    case NET_CALL_EPOLL_CTL: return wrong_watch(w);
    case NET_CALL_EPOLL_WAIT: return lab_why_is(w, "descriptor {fd} is no epoll instance", .fd = (int)argument(w, 0));
    case NET_CALL_IOCTL:
        return w->sock && lab_why_state(w) == NET_STATE_LISTEN &&
               lab_why_is(w, "the socket is in {state}: it has no queue of bytes", .state = NET_STATE_LISTEN);
    case NET_CALL_SETSOCKOPT:
        return argument(w, 1) == 1 && argument(w, 2) == ATTACH_REUSEPORT_CBPF && !lab_why_option(w, "SO_REUSEPORT") &&
               lab_why_is(w, "it is for sockets with SO_REUSEPORT");
    case NET_CALL_SPLICE: return lab_why_is(w, "one of the two descriptors has to be a pipe");
    default: return false;
    }
}

bool lab_because_bad_memory(struct lab_why *w)
{
    return w->enter && lab_why_is(w, argument(w, 1) == 0 ? N_("the memory that it was given is NULL")
                                                         : N_("the memory that it was given is not the program's"));
}

bool lab_because_no_family(struct lab_why *w)
{
    if (lab_why_call(w) == NET_CALL_SOCKET)
        return lab_why_is(w, "this kernel makes no sockets of address family {number}", .number = argument(w, 0));
    return lab_why_is(w, "the address is of another family than the socket");
}

bool lab_because_no_type(struct lab_why *w)
{
    return lab_why_call(w) == NET_CALL_SOCKET && lab_why_is(w, "that address family has no sockets of type {number}",
                                                            .number = argument(w, 1) & NET_SOCK_TYPE_MASK);
}

bool lab_because_no_protocol(struct lab_why *w)
{
    return lab_why_call(w) == NET_CALL_SOCKET &&
           lab_why_is(w, "a socket of that family and type has no protocol {number}", .number = argument(w, 2));
}

bool lab_because_watched(struct lab_why *w)
{
    return lab_why_call(w) == NET_CALL_EPOLL_CTL &&
           lab_why_is(w, "epoll watches descriptor {fd} already: EPOLL_CTL_MOD changes it", .fd = (int)argument(w, 2));
}

bool lab_because_not_watched(struct lab_why *w)
{
    return lab_why_call(w) == NET_CALL_EPOLL_CTL &&
           lab_why_is(w, "epoll does not watch descriptor {fd}", .fd = (int)argument(w, 2));
}

bool lab_because_no_device(struct lab_why *w)
{
    return lab_why_call(w) == NET_CALL_SETSOCKOPT && lab_why_is(w, "the host has no network device of that name");
}

bool lab_because_not_permitted(struct lab_why *w)
{
    bool raw = lab_why_call(w) == NET_CALL_SOCKET && (argument(w, 1) & NET_SOCK_TYPE_MASK) == TYPE_RAW;
    if (raw)
        return lab_why_is(w, "SOCK_RAW takes the privilege CAP_NET_RAW, and the program has none");
    if (lab_why_call(w) == NET_CALL_EPOLL_CTL)
        return lab_why_is(w, "epoll does not watch files: they are always ready");
    return lab_because_no_privilege(w);
}
