// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call failed that was about an address: who has it, who listens elsewhere, or that there is no such one.
//
// bind() and listen() meet whoever has the port at that address or at all addresses (inet_csk_get_port()). connect()
// meets whoever has the same pair of addresses (__inet_check_established()), or runs out of ports of its own.

#include "lab/explain/because_local.h"

#include "lab/base/text.h"
#include "lab/explain/who.h"
#include "net/data/call.h"
#include "net/data/linux.h"

#include <errno.h>
#include <stdio.h>

enum { NS_PER_MS = 1000000, ADDRESS_BYTES = NET_ADDRESS_TEXT_BYTES };

/* ---- whoever has it ---------------------------------------------------------------------------------------------- */

/* A holder's descriptor is a program's, a child's (which has no name of its own), or nobody's; it listens or the like,
 * or it has a connection, which in TIME_WAIT ends. What it holds: the port, or the pair of addresses. */
enum holds { OF_ACTOR, OF_CHILD, OF_NOBODY, HOLDERS };
enum held { PORT, PORT_OF_CONNECTION, PORT_UNTIL, PAIR, PAIR_UNTIL, HELD };

static const char *const held_formats[HOLDERS][HELD] = {
    [OF_ACTOR] = {[PORT] = N_("{who}.{fd}, in {state}, holds port {port}"),
                  [PORT_OF_CONNECTION] = N_("{who}.{fd}, in {state} with {peer}, holds port {port}"),
                  [PORT_UNTIL] = N_("{who}.{fd}, in {state} with {peer} until about {until}, holds port {port}"),
                  [PAIR] = N_("{who}.{fd}, in {state}, connects {address} with {peer} already"),
                  [PAIR_UNTIL] = N_(
                      "{who}.{fd}, in {state} until about {until}, connects {address} with {peer} already")},
    [OF_CHILD] = {[PORT] = N_("{who}, with its descriptor {fd} in {state}, holds port {port}"),
                  [PORT_OF_CONNECTION] = N_(
                      "{who}, with its descriptor {fd} in {state} with {peer}, holds port {port}"),
                  [PORT_UNTIL] = N_("{who}, with its descriptor {fd} in {state} with {peer} until about {until}, holds "
                                    "port {port}"),
                  [PAIR] = N_("{who}, with its descriptor {fd} in {state}, connects {address} with {peer} already"),
                  [PAIR_UNTIL] = N_(
                      "{who}, with its descriptor {fd} in {state} until about {until}, connects {address} "
                      "with {peer} already")},
    [OF_NOBODY] = {[PORT] = N_("{state} of {who} holds port {port}"),
                   [PORT_OF_CONNECTION] = N_("{state} of {who} with {peer} holds port {port}"),
                   [PORT_UNTIL] = N_("{state} of {who} with {peer} holds port {port} until about {until}"),
                   [PAIR] = N_("{state} of {who} connects {address} with {peer} already"),
                   [PAIR_UNTIL] = N_("{state} of {who} connects {address} with {peer} until about {until}")},
};

/* Who had a descriptor of the holder at the time of the call, as far as is known, and which. */
static enum holds who_holds(const struct lab_why *w, const struct lab_socket *s, char who[LAB_WHO_BYTES], int *fd)
{
    const struct lab_task *owner = s->references > 0 ? lab_task_by_id(w->e.state, s->owner_task) : NULL;
    const struct net_event *user = lab_user_before(&w->e, s, w->index);
    bool outside = lab_had_descriptor(&w->e, s);
    *fd = s->fd;
    if (owner && owner->start_ns <= w->ret->time_ns) {
        lab_task_text(w->e.state, owner->actor, owner->id, who, LAB_WHO_BYTES);
        return lab_task_is_first(w->e.state, owner) ? OF_ACTOR : OF_CHILD;
    }
    if (user)
        lab_task_text(w->e.state, user->actor, user->task, who, LAB_WHO_BYTES);
    else
        snprintf(who, LAB_WHO_BYTES, outside ? _("a program outside the lab") : _("nobody in the lab"));
    return OF_NOBODY;
}

static bool say_holder(struct lab_why *w, const struct lab_socket *s, bool pair, uint16_t port)
{
    uint8_t state = lab_state_before(s, w->index);
    const struct net_event *was = lab_sample_before(&w->e, s, w->index, state);
    bool connected = was && was->u.sample.remote_port;
    bool ends = was && was->u.sample.timer == NET_TIMER_TIMEWAIT && was->u.sample.timer_ms;
    char who[LAB_WHO_BYTES], peer[ADDRESS_BYTES] = "", address[ADDRESS_BYTES] = "";
    int fd;
    enum holds by = who_holds(w, s, who, &fd);
    enum held held = pair ? (ends ? PAIR_UNTIL : PAIR) : ends ? PORT_UNTIL : connected ? PORT_OF_CONNECTION : PORT;
    if (connected) {
        net_address_text(was->u.sample.remote_ip, was->u.sample.remote_port, peer, sizeof peer);
        net_address_text(was->u.sample.local_ip, was->u.sample.local_port, address, sizeof address);
    }
    return lab_why_is(w, held_formats[by][held], .who = who, .fd = fd, .state = state, .peer = peer, .address = address,
                      .port = port, .until = ends ? was->time_ns + (uint64_t)was->u.sample.timer_ms * NS_PER_MS : 0);
}

bool lab_because_in_use(struct lab_why *w)
{
    uint16_t port = lab_port_in(w->enter);
    struct net_ip ip = lab_ip_in(w->enter);
    if (!port && w->sock) {
        port = w->sock->now.local_port;
        ip = w->sock->now.local_ip;
    }
    const struct lab_socket *holder = port ? lab_port_holder(&w->e, w->host, ip, port, w->index, w->sock) : NULL;
    if (holder)
        return say_holder(w, holder, false, port);
    return !port && !w->ret->u.call.requested &&
           lab_why_is(w, "no port of net.ipv4.ip_local_port_range is free on the {host} host", .host = w->host);
}

bool lab_because_low_port(struct lab_why *w)
{
    enum { PRIVILEGED = 1024 };
    uint16_t port = lab_port_in(w->enter);
    if (lab_why_call(w) != NET_CALL_BIND || port == 0 || port >= PRIVILEGED)
        return false;
    return lab_why_is(w, "port {port} is below net.ipv4.ip_unprivileged_port_start, and the program has no privilege",
                      .port = port);
}

/* ---- connect() and its own address ------------------------------------------------------------------------------- */

/* The sockets of the host that have a connection with this peer at that time: all, those in TIME_WAIT; and one that has
 * this port, if it is not 0. */
struct towards {
    unsigned all, time_wait;
    const struct lab_socket *same;
};

static struct towards count_towards(const struct lab_why *w, struct net_ip ip, uint16_t port, uint16_t own_port)
{
    struct towards found = {0};
    for (size_t i = 0; i < w->e.state->socket_count; i++) {
        const struct lab_socket *s = &w->e.state->sockets[i];
        uint8_t state = lab_state_before(s, w->index);
        bool connected = state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_LISTEN;
        if (s == w->sock || s->host != w->host || !connected || !net_ip_same(s->now.remote_ip, ip) ||
            s->now.remote_port != port)
            continue;
        found.all++;
        found.time_wait += state == NET_STATE_TIME_WAIT;
        if (own_port && s->now.local_port == own_port)
            found.same = s;
    }
    return found;
}

/* The port that the socket had been bound to before it called connect(); 0: to none. */
static uint16_t bound_port(const struct lab_why *w)
{
    for (size_t i = w->sock ? w->sock->use_count : 0; i-- > 0;) {
        const struct net_event *enter = lab_event_at(&w->e, w->sock->uses[i].enter);
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (enter && ret && w->sock->uses[i].ret < w->index && enter->u.call.call == NET_CALL_BIND &&
            ret->u.call.ret == 0)
            return lab_port_in(enter) ? lab_port_in(enter) : w->sock->now.local_port;
    }
    return 0;
}

static bool no_own_address(struct lab_why *w)
{
    struct net_ip ip = lab_ip_in(w->enter);
    uint16_t port = lab_port_in(w->enter), own_port = bound_port(w);
    struct towards t = count_towards(w, ip, port, own_port);
    char peer[ADDRESS_BYTES];
    if (t.same)
        return say_holder(w, t.same, true, own_port);
    if (own_port)
        return false;
    net_address_text(ip, port, peer, sizeof peer);
    if (t.all == 0)
        return lab_why_is(w, "the {host} host has no free port for it (net.ipv4.ip_local_port_range)", .host = w->host);
    return lab_why_is(w,
                      t.time_wait
                          ? N_("the {host} host has no free port for it: {count} of its ports are taken towards "
                               "{peer}, {number} of them by TIME_WAIT (net.ipv4.ip_local_port_range)")
                          : N_("the {host} host has no free port for it: {count} of its ports are taken towards "
                               "{peer} by connections (net.ipv4.ip_local_port_range)"),
                      .host = w->host, .count = t.all, .number = t.time_wait, .peer = peer);
}

bool lab_because_no_address(struct lab_why *w)
{
    struct net_ip ip = lab_ip_in(w->enter);
    char address[ADDRESS_BYTES];
    if (!net_ip_is_any(ip) && lab_why_call(w) == NET_CALL_CONNECT)
        return no_own_address(w);
    if (net_ip_is_any(ip) || lab_why_call(w) != NET_CALL_BIND)
        return false;
    return lab_why_is(w, "{address} is no address of the {host} host",
                      .address = net_ip_text(ip, address, sizeof address), .host = w->host);
}

/* An address of one family, and a socket of the other. */
bool lab_because_family(struct lab_why *w)
{
    struct net_ip ip;
    uint16_t port;
    char address[ADDRESS_BYTES], mapped[ADDRESS_BYTES];
    if (!w->enter || !w->sock || !net_address_of(w->enter->data, w->enter->data_bytes, &ip, &port) ||
        ip.is_v6 == w->sock->now.local_ip.is_v6)
        return false;
    net_address_text(ip, port, address, sizeof address);
    if (ip.is_v6)
        return lab_why_is(w, "the socket is of AF_INET, and {address} is an address of AF_INET6", .address = address);
    net_address_text(NET_IP6(0, 0, 0xffff, ip.word[3]), port, mapped, sizeof mapped);
    return lab_why_is(w, "the socket is of AF_INET6, which calls {address} {peer}", .address = address, .peer = mapped);
}

/* ---- nobody at that address -------------------------------------------------------------------------------------- */

bool lab_because_elsewhere(struct lab_why *w, const struct lab_segment *rst)
{
    uint16_t port = lab_port_in(w->enter);
    struct net_ip ip = lab_ip_in(w->enter);
    unsigned host = rst ? rst->segment->from : w->host;
    const struct lab_socket *listener = lab_listener_elsewhere(&w->e, host, ip, port, w->index);
    char address[ADDRESS_BYTES], called[ADDRESS_BYTES], who[LAB_WHO_BYTES];
    int fd;
    if (!listener)
        return false;
    enum holds by = who_holds(w, listener, who, &fd);
    net_address_text(listener->now.local_ip, port, address, sizeof address);
    net_address_text(ip, port, called, sizeof called);
    if (!rst)
        return lab_why_is(w,
                          by == OF_ACTOR ? N_("nobody listens at {peer}: {who}.{fd} listens at {address} only")
                                         : N_("nobody listens at {peer}: {who} listens at {address} only"),
                          .who = who, .fd = fd, .address = address, .peer = called);
    return lab_why_is(
        w,
        by == OF_ACTOR ? N_("RST #{id} from {host} at {at} answered the SYN: nobody listens at {peer}, {who}.{fd} "
                            "listens at {address} only")
                       : N_("RST #{id} from {host} at {at} answered the SYN: nobody listens at {peer}, {who} listens "
                            "at {address} only"),
        .id = (int64_t)rst->id, .host = rst->segment->from, .at = lab_arrival_ns(rst), .who = who, .fd = fd,
        .address = address, .peer = called);
}
