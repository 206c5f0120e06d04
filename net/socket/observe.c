// SPDX-License-Identifier: GPL-3.0-or-later
// The main thread's part in following sockets: look-ups after calls, destruction, and the tick.
//
// What it does with an answer of the kernel is the same wherever it came from: compare it with the last that the sink
// was given (net_known.now), and put it if a learner would see a difference. Of a socket that the kernel's tables do
// not have there are three kinds: a mini-socket or a request is gone; a full one without an owner is being destroyed,
// which the kernel announces; and one that a program still holds left the tables because it is in CLOSE (tcp_done()),
// the only state of a full socket that was connected and is in no table.
//
// The descriptor of a task tells everything but the timer, and only an exact look-up tells that: so every sample by a
// task is followed by one from here. Counting down is told for a few sockets at each tick; a thousand sockets in
// TIME_WAIT would otherwise fill the journal with nothing but time.
//
// Some changes no look-up can come between: a FIN that acknowledges ours takes FIN_WAIT1 to FIN_WAIT2 and on to
// TIME_WAIT in one go, and a FIN may arrive in the very moment of a close(). Where there is only one way from the state
// before to the state after (RFC 9293, figure 5; tcp_rcv_state_process()), the state on that way is told too, with the
// time of the one that was seen (net/data/states.h).
//
// A socket that is still open when it enters TIME_WAIT leaves it to a mini-socket with its cookie, and is itself an
// empty shell in CLOSE. The mini-socket is what matters to the network and to the learner; what a task says of the
// shell is not passed on. Where it may be one, because its connection was being closed, an exact look-up decides.
//
// No wire looks at the ends of a connection that goes over a loopback interface: the machine's, or a host's own. Its
// other end is looked at with it, and a call that may block is followed by a tick. On the machine's own loopback there
// are sockets of others: only what was seen in a call, its peer, and the listeners' ports are looked at, and after a
// connect() the port that it calls.

#include "net/socket/observe.h"

#include "net/base/debug.h"
#include "net/base/clock.h"
#include "net/data/call.h"
#include "net/socket/connects.h"
#include "net/socket/diag_ask.h"
#include "net/socket/known.h"
#include "net/socket/listeners.h"
#include "net/data/states.h"
#include "net/socket/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MS 1000000ull
enum { ASKED = 256, COUNTDOWNS = 64, GONE_KEPT = 256, FEW = 256, ACTORS = 256 };
enum {
    TICK_ENTERED_MS = 20,
    TICK_SOON_MS = 100,
    TICK_LATE_MS = 1000,
    SOON_MS = 5000,
    DROP_GONE_MS = 200,
    DUMP_SHARE = 50,
    LOOK_SHARE = 50,
    LOOKS_AHEAD_MS = 100,
    RUSH_MS = 250
};

struct key {
    unsigned host;
    uint64_t cookie;
};

struct net_observer {
    const struct net_hosts *hosts;
    struct net_arena *arena;
    struct net_known_table known;
    struct key asked[ASKED];
    size_t asked_count;
    struct net_listeners listeners;
    struct net_connects connects; /* on loopback */
    uint8_t host_of[ACTORS];      /* of the actor with that id, or the latest of those that share a place */
    size_t gone_count;            /* known sockets that are gone, kept for late samples */
    uint64_t dropped_ns;          /* when they were last looked through: that takes a look at all that is known */
    bool is_slow_wire;            /* a segment may stay between the hosts: nobody samples its sender then */
    bool wants_dump;
    uint64_t looked_ns;     /* until when exact look-ups are paid for */
    uint64_t not_before_ns; /* of the next dump: dumps get a bounded share of time */
    uint64_t next_ns;       /* of the next tick; 0 none */
    uint32_t dump;          /* number of the present or last dump */
    enum net_origin origin; /* of the present dump */
    unsigned countdowns;    /* left in the present tick */
    bool has_put;
};

struct net_observer *net_observer_new(const struct net_hosts *hosts, struct net_arena *arena)
{
    struct net_observer *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->hosts = hosts;
    o->arena = arena;
    /* A thousand sockets may end at once. */
    for (int host = 0; host < NET_HOSTS; host++)
        setsockopt(hosts->host[host].destroy_fd, SOL_SOCKET, SO_RCVBUF, &(int){4 * 1024 * 1024}, sizeof(int));
    return o;
}

void net_observer_free(struct net_observer *o)
{
    if (!o)
        return;
    net_known_fini(&o->known);
    free(o);
}

static bool is_loopback(const struct net_observer *o)
{
    return o->hosts->mode == NET_MODE_LOOPBACK;
}

/* No wire carries what it says. */
static bool is_unseen(const struct net_observer *o, const struct net_ev_sample *s)
{
    return s->remote_port != 0 && (is_loopback(o) || net_is_within_host(s->local_ip, s->remote_ip));
}

static int diag_fd(const struct net_observer *o, unsigned host)
{
    return o->hosts->host[host].diag_fd;
}

static int destroy_fd(const struct net_observer *o, unsigned host)
{
    return o->hosts->host[is_loopback(o) ? NET_SERVER : host].destroy_fd;
}

static struct net_tuple tuple_of(const struct net_ev_sample *s)
{
    return (struct net_tuple){s->local_ip, s->remote_ip, s->local_port, s->remote_port};
}

/* A time-wait, FIN_WAIT2 or request socket: no tcp_info, no descriptor, and nobody announces its end. */
static bool is_mini(const struct net_ev_sample *s)
{
    return !s->has_info && s->inode == 0;
}

/* ---- asking and telling ------------------------------------------------------------------------------------------ */

/*
 * There is more to look up than is good for who is at work: a dump will show it all. It keeps every socket of the hosts
 * busy for a moment, so it is put off until most of the rush is over.
 */
static void want_dump_later(struct net_observer *o)
{
    uint64_t later_ns = net_now_ns() + RUSH_MS * MS;
    if (!o->wants_dump && o->not_before_ns < later_ns)
        o->not_before_ns = later_ns;
    o->wants_dump = true;
}

static void ask(struct net_observer *o, struct net_known *k)
{
    if (k->is_asked || k->is_gone)
        return;
    if (o->asked_count == ASKED) {
        want_dump_later(o);
        return;
    }
    k->is_asked = true;
    o->asked[o->asked_count++] = (struct key){k->now.host, k->now.cookie};
}

static void put(struct net_observer *o, uint16_t kind, const struct net_ev_sample *s, enum net_origin origin)
{
    struct net_event ev = {.kind = kind, .u.sample = *s};
    struct net_known *k = net_known_find(&o->known, s->host, s->cookie);
    ev.u.sample.origin = (uint8_t)origin;
    net_arena_post(o->arena, &ev);
    o->has_put = true;
    if (k)
        k->is_pending = true;
}

static void put_gone(struct net_observer *o, const struct net_ev_sample *s, enum net_origin origin)
{
    struct net_ev_sample identity = {.begin_ns = net_now_ns(),
                                     .cookie = s->cookie,
                                     .host = s->host,
                                     .local_ip = s->local_ip,
                                     .remote_ip = s->remote_ip,
                                     .local_port = s->local_port,
                                     .remote_port = s->remote_port};
    put(o, NET_EV_GONE, &identity, origin);
}

/*
 * What is on its way to the sink is not overtaken. Whoever looks meanwhile, maybe as the last to be told that there is
 * something to see, leaves it to a look after that has come.
 */
static bool is_on_its_way(struct net_known *k)
{
    k->is_outdated = k->is_outdated || k->is_pending;
    return k->is_pending;
}

static void has_come(struct net_observer *o, struct net_known *k)
{
    bool again = k->is_outdated;
    k->is_pending = k->is_outdated = false;
    if (again)
        ask(o, k);
}

/* A second has gone by on its timer, or a tenth of one when little is left. */
static bool counts_down(const struct net_known *k, const struct net_ev_sample *s)
{
    uint64_t since_ms = (s->begin_ns - k->time_ns) / MS;
    return s->timer != NET_TIMER_NONE && since_ms >= (s->timer_ms < SOON_MS ? TICK_SOON_MS : TICK_LATE_MS) * 9 / 10;
}

static void consider(struct net_observer *o, const struct net_ev_sample *s, enum net_origin origin)
{
    struct net_known *k = net_known_find(&o->known, s->host, s->cookie);
    if (k && is_on_its_way(k))
        return;
    bool is_news = !k || k->is_gone || net_sample_differs(&k->now, s);
    if (!is_news && origin == NET_AT_TICK && o->countdowns > 0 && counts_down(k, s)) {
        o->countdowns--;
        is_news = true;
    }
    if (is_news)
        put(o, NET_EV_SAMPLE, s, origin);
}

/* As it was, but out of the kernel's tables: nothing is left to be sent, and no timer runs. */
static struct net_ev_sample closed(const struct net_known *k, uint64_t begin_ns)
{
    struct net_ev_sample s = k->now;
    s.begin_ns = begin_ns;
    s.state = NET_STATE_CLOSE;
    s.timer = NET_TIMER_NONE;
    s.timer_ms = s.wqueue = 0;
    return s;
}

static bool is_announced(const struct net_observer *o, const struct net_known *k)
{
    return !is_mini(&k->now) && destroy_fd(o, k->now.host) >= 0;
}

/* Reset, it is in no table, but waits for accept() still. Closed by its program, it is in other states. */
static bool is_queued(const struct net_known *k)
{
    return k->now.inode == 0 && k->now.has_info &&
           (k->now.state == NET_STATE_ESTABLISHED || k->now.state == NET_STATE_CLOSE_WAIT);
}

/* The kernel's tables do not have it (see the head of this file). */
static void absent(struct net_observer *o, struct net_known *k, enum net_origin origin)
{
    if (is_on_its_way(k) || k->now.state == NET_STATE_CLOSE)
        return;
    struct net_ev_sample s = closed(k, net_now_ns());
    if (!is_announced(o, k))
        put_gone(o, &k->now, origin);
    else if ((k->now.inode != 0 || is_queued(k)) && (k->is_doubtful || origin == NET_AT_TICK))
        put(o, NET_EV_SAMPLE, &s, origin);
}

/* ---- exact look-ups ---------------------------------------------------------------------------------------------- */

static bool find_once(const struct net_observer *o, const struct net_known *k, struct net_ev_sample *out)
{
    struct net_tuple tuple = tuple_of(&k->now);
    if (k->now.state == NET_STATE_LISTEN)
        return net_listener_find(diag_fd(o, k->now.host), &k->now, out);
    return net_diag_one(diag_fd(o, k->now.host), k->now.host, &tuple, out) > 0 && out->cookie == k->now.cookie;
}

static bool find_now(const struct net_observer *o, const struct net_known *k, struct net_ev_sample *out)
{
    return find_once(o, k, out) || (net_diag_may_miss(k->now.state) && find_once(o, k, out));
}

static void look_up_one(struct net_observer *o, struct net_known *k, enum net_origin origin)
{
    struct net_ev_sample s;
    if (find_now(o, k, &s))
        consider(o, &s, origin);
    else
        absent(o, k, origin);
    k->is_doubtful = false;
}

/* Whose it is, of the machine's sockets: as it was seen, else its listener's. */
static unsigned host_on_loopback(const struct net_observer *o, const struct net_ev_sample *s, unsigned otherwise)
{
    const struct net_listener *listener = net_listeners_at(&o->listeners, s->local_port);
    if (net_known_find(&o->known, NET_SERVER, s->cookie))
        return NET_SERVER;
    if (net_known_find(&o->known, NET_CLIENT, s->cookie))
        return NET_CLIENT;
    return listener ? listener->host : otherwise;
}

static void look_up_peer(struct net_observer *o, const struct net_known *k)
{
    const struct net_ev_sample *own = &k->now;
    struct net_tuple reversed = {own->remote_ip, own->local_ip, own->remote_port, own->local_port};
    struct net_known *peer = net_known_peer(&o->known, own);
    struct net_ev_sample s;
    if (peer) {
        peer->is_doubtful = true; /* what this end has done may have ended it, and nobody says so */
        look_up_one(o, peer, NET_AFTER_CALL);
        return;
    }
    if (net_diag_one(diag_fd(o, own->host), own->host, &reversed, &s) <= 0 || s.cookie == own->cookie)
        return;
    if (is_loopback(o))
        s.host = (uint8_t)host_on_loopback(o, &s, own->host == NET_SERVER ? NET_CLIENT : NET_SERVER);
    consider(o, &s, NET_AFTER_CALL);
}

static void look_up(struct net_observer *o, struct net_known *k, enum net_origin origin)
{
    if (is_unseen(o, &k->now))
        look_up_peer(o, k);
    look_up_one(o, k, origin);
}

/*
 * Each look-up moves the moment until which look-ups are paid for on by LOOK_SHARE times what it took. A thousand
 * clients at once would otherwise have each of their sockets looked up while it is at work: that takes the lab's time,
 * and a socket that two processors ask about is slow for its program. The dump that comes in its place sees them all,
 * in its own share of the time.
 */
static void look_up_asked(struct net_observer *o)
{
    uint64_t now_ns = o->asked_count ? net_now_ns() : 0;
    for (size_t i = 0; i < o->asked_count; i++) {
        struct net_known *k = net_known_find(&o->known, o->asked[i].host, o->asked[i].cookie);
        if (!k)
            continue;
        k->is_asked = false;
        if (k->is_gone)
            continue;
        if (o->looked_ns > now_ns + LOOKS_AHEAD_MS * MS) {
            want_dump_later(o);
            continue;
        }
        look_up(o, k, NET_AFTER_CALL);
        uint64_t end_ns = net_now_ns();
        o->looked_ns = (o->looked_ns > now_ns ? o->looked_ns : now_ns) + LOOK_SHARE * (end_ns - now_ns);
        now_ns = end_ns;
    }
    o->asked_count = 0;
}

/* A connection entered or left the queue for accept(): the listener's sample tells its length. */
static void ask_listener(struct net_observer *o, const struct net_ev_sample *s)
{
    for (size_t i = 0; i < o->listeners.count; i++) {
        const struct net_listener *l = &o->listeners.all[i];
        struct net_known *k = l->port == s->local_port && l->host == s->host
                                  ? net_known_find(&o->known, l->host, l->cookie)
                                  : NULL;
        if (k)
            ask(o, k);
    }
}

/* ---- learning from events ---------------------------------------------------------------------------------------- */

static bool is_own(const struct net_event *ev)
{
    uint8_t origin = ev->u.sample.origin;
    return ev->task == 0 && (origin == NET_AFTER_CALL || origin == NET_AT_DESTROY || origin == NET_AT_TICK);
}

/* Asked before what we know was told, it is late when it says an earlier state; one of ours also when it says the same
 * one. */
static bool is_late(const struct net_known *k, const struct net_event *ev)
{
    const struct net_ev_sample *s = &ev->u.sample;
    int known = k->is_gone ? net_state_rank(NET_STATE_ABSENT) : net_state_rank(k->now.state);
    int told = net_state_rank(s->state);
    return k->time_ns > s->begin_ns && (told < known || (is_own(ev) && told == known));
}

static void tick_by(struct net_observer *o, uint64_t time_ns)
{
    uint64_t next_ns = time_ns < o->not_before_ns ? o->not_before_ns : time_ns;
    if (o->next_ns == 0 || next_ns < o->next_ns)
        o->next_ns = next_ns;
}

/* When to look again, because its timer may have done something. */
static void plan_tick(struct net_observer *o, const struct net_ev_sample *s, uint64_t now_ns)
{
    if (s->timer == NET_TIMER_NONE)
        return;
    bool is_soon = net_sample_deadline_ms(s) < (int64_t)(now_ns / MS) + SOON_MS;
    tick_by(o, now_ns + (is_soon ? TICK_SOON_MS : TICK_LATE_MS) * MS);
}

static void pass_between(struct net_observer *o, const struct net_known *k, const struct net_event *ev,
                         net_sink_fn *sink, void *user)
{
    struct net_event before = *ev;
    enum net_state between = net_state_between(k->now.state, ev->u.sample.state, !is_loopback(o));
    if (k->is_gone || between == NET_STATE_ABSENT)
        return;
    before.u.sample.state = (uint8_t)between;
    before.u.sample.timer = NET_TIMER_NONE;
    before.u.sample.timer_ms = 0;
    sink(user, &before);
}

/* Its connection may go on without it, or was reset: the tables know. */
static bool may_be_shell(const struct net_known *k)
{
    unsigned state = k->now.state;
    return is_mini(&k->now) || state == NET_STATE_FIN_WAIT1 || state == NET_STATE_FIN_WAIT2 ||
           state == NET_STATE_CLOSING;
}

static bool is_of_shell(struct net_observer *o, struct net_known *k, const struct net_event *ev)
{
    if (ev->task == 0 || ev->u.sample.state != NET_STATE_CLOSE || k->is_gone || !may_be_shell(k))
        return false;
    if (!is_mini(&k->now)) {
        k->is_doubtful = true;
        ask(o, k);
    }
    return true;
}

/* Out of date, or of a shell; or ours, and by now the sink has been told the same by another. */
static bool is_to_drop(struct net_observer *o, struct net_known *k, const struct net_event *ev)
{
    if (is_own(ev))
        has_come(o, k);
    if (is_of_shell(o, k, ev))
        return true;
    if (is_late(k, ev)) {
        if (is_own(ev))
            ask(o, k);
        return true;
    }
    return is_own(ev) && ev->u.sample.origin != NET_AT_TICK && !k->is_gone &&
           !net_sample_differs(&k->now, &ev->u.sample);
}

static bool see_sample(struct net_observer *o, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    const struct net_ev_sample *s = &ev->u.sample;
    struct net_known *k = net_known_find(&o->known, s->host, s->cookie);
    bool was_queued = k && !k->is_gone && k->now.inode == 0;
    if (k && is_to_drop(o, k, ev))
        return false;
    if (!k && !(k = net_known_add(&o->known, s->host, s->cookie)))
        return true;
    pass_between(o, k, ev, sink, user);
    if (s->state == NET_STATE_LISTEN || k->now.state == NET_STATE_LISTEN)
        net_listeners_note(&o->listeners, s);
    else if (was_queued != (s->inode == 0))
        ask_listener(o, s);
    o->gone_count -= k->is_gone;
    k->is_gone = false;
    k->now = *s;
    k->time_ns = ev->time_ns;
    plan_tick(o, s, ev->time_ns);
    if (ev->task != 0)
        ask(o, k);
    return true;
}

/* Late samples come within microseconds; after two seconds nobody will ask about the dead. */
static void drop_gone(struct net_observer *o, uint64_t now_ns)
{
    o->dropped_ns = now_ns;
    for (size_t i = o->known.count; i-- > 0;) {
        struct net_known *k = o->known.all[i];
        if (!k->is_gone || k->time_ns + 2000 * MS > now_ns)
            continue;
        net_known_remove(&o->known, k);
        o->gone_count--;
    }
}

static void pass_closed(struct net_known *k, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    struct net_event told = *ev;
    told.kind = NET_EV_SAMPLE;
    told.u.sample = closed(k, ev->u.sample.begin_ns);
    told.u.sample.origin = ev->u.sample.origin;
    k->now = told.u.sample;
    k->time_ns = ev->time_ns;
    sink(user, &told);
}

static void forget(struct net_observer *o, struct net_known *k, uint64_t time_ns)
{
    if (k->now.state == NET_STATE_LISTEN)
        net_listeners_forget(&o->listeners, k->now.host, k->now.cookie);
    else if (k->now.inode == 0)
        ask_listener(o, &k->now);
    k->is_gone = true;
    k->time_ns = time_ns;
    if (++o->gone_count > GONE_KEPT && time_ns > o->dropped_ns + DROP_GONE_MS * MS)
        drop_gone(o, time_ns);
}

static bool see_gone(struct net_observer *o, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    struct net_known *k = net_known_find(&o->known, ev->u.sample.host, ev->u.sample.cookie);
    if (!k)
        return true;
    if (is_own(ev))
        has_come(o, k);
    if (k->is_gone)
        return false;
    if (!is_own(ev) && (k->now.inode != 0 || is_queued(k)) && is_announced(o, k)) {
        bool may_be_missed = net_diag_may_miss(k->now.state);
        if (k->now.state != NET_STATE_CLOSE)
            pass_closed(k, ev, sink, user);
        if (may_be_missed)
            ask(o, k);
        return false;
    }
    forget(o, k, ev->time_ns);
    return true;
}

/*
 * A call moved data, from a descriptor whose socket the event does not name. Of few sockets, those that it can be are
 * looked at: any that had something unread; where no wire looks at the other end, all.
 */
static void ask_after_data(struct net_observer *o)
{
    if (o->known.count > FEW)
        return;
    for (size_t i = 0; i < o->known.count; i++) {
        struct net_known *k = o->known.all[i];
        if (is_unseen(o, &k->now) || (k->now.remote_port != 0 && k->now.rqueue > 0))
            ask(o, k);
    }
}

/*
 * The socket that a call has made, changed or let go. A task that looks much leaves it to us to look (trace_sample.c);
 * one that was never seen, on loopback, is found by a dump. Cookies are unique over both hosts.
 */
static void ask_named(struct net_observer *o, uint64_t cookie)
{
    struct net_known *k = net_known_find(&o->known, NET_SERVER, cookie);
    if (!k)
        k = net_known_find(&o->known, NET_CLIENT, cookie);
    if (k)
        ask(o, k);
    else
        want_dump_later(o);
}

/* The call may wait for what no wire shows: it calls its own host, or there is a connection within one. */
static bool may_wait_unseen(const struct net_observer *o, const struct net_event *ev)
{
    struct net_ip ip;
    uint16_t port;
    bool unseen = is_loopback(o) ||
                  (ev->u.call.call == NET_CALL_CONNECT && net_address_of(ev->data, ev->data_bytes, &ip, &port) &&
                   (net_ip_is_any(ip) || net_is_own_ip(o->hosts, o->host_of[ev->actor % ACTORS], ip)));
    for (size_t i = 0; !unseen && i < o->known.count && o->known.count <= FEW; i++)
        unseen = !o->known.all[i]->is_gone && is_unseen(o, &o->known.all[i]->now);
    return unseen;
}

static void see_enter(struct net_observer *o, const struct net_event *ev)
{
    if (!net_call_is(ev->u.call.call, NET_BLOCKS) || !may_wait_unseen(o, ev))
        return;
    if (is_loopback(o) && ev->u.call.call == NET_CALL_CONNECT)
        net_connects_enter(&o->connects, ev);
    tick_by(o, ev->time_ns + TICK_ENTERED_MS * MS);
}

static void see_return(struct net_observer *o, const struct net_event *ev)
{
    const struct net_ev_call *call = &ev->u.call;
    net_connects_leave(&o->connects, ev->task);
    if (call->cookie && call->call != NET_CALL_SOCKET)
        ask_named(o, call->cookie);
    if (call->ret < 0)
        return;
    if (net_call_is(call->call, NET_READS | NET_WRITES))
        ask_after_data(o);
}

/* An option was set that may have started or stopped a timer. */
static void see_timers(struct net_observer *o, const struct net_ev_timers *timers)
{
    struct net_known *k = net_known_find(&o->known, timers->host, timers->cookie);
    if (k)
        ask(o, k);
}

/* Nobody samples the sender of a segment that is held, delayed or lost. */
static void see_segment(struct net_observer *o, const struct net_ev_segment *segment)
{
    if (!o->is_slow_wire || segment->protocol != 6 || o->known.count > FEW)
        return;
    for (size_t i = 0; i < o->known.count; i++) {
        struct net_known *k = o->known.all[i];
        bool translated = segment->nat_port && segment->from == NET_SERVER;
        if (k->now.host == segment->from && k->now.local_port == segment->src_port &&
            k->now.remote_port == (translated ? segment->nat_port : segment->dst_port))
            ask(o, k);
    }
}

/* Whether the sink is to have it. */
static bool see(struct net_observer *o, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    switch (ev->kind) {
    case NET_EV_SAMPLE: return see_sample(o, ev, sink, user);
    case NET_EV_GONE: return see_gone(o, ev, sink, user);
    case NET_EV_ACTOR_START: o->host_of[ev->actor % ACTORS] = ev->u.actor.host % NET_HOSTS; break;
    case NET_EV_CALL_ENTER: see_enter(o, ev); break;
    case NET_EV_CALL_RETURN: see_return(o, ev); break;
    case NET_EV_TASK_END: net_connects_leave(&o->connects, ev->task), o->wants_dump = true; break;
    case NET_EV_TIMERS: see_timers(o, &ev->u.timers); break;
    case NET_EV_SEGMENT: see_segment(o, &ev->u.segment); break;
    case NET_EV_WIRE:
        o->is_slow_wire = ev->u.wire.mode != NET_WIRE_OPEN || net_faults_are_on(&ev->u.wire.faults);
        break;
    default: break;
    }
    return true;
}

void net_observer_pass(struct net_observer *o, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    if (see(o, ev, sink, user))
        sink(user, ev);
}

/* ---- dumps ------------------------------------------------------------------------------------------------------- */

static void dumped(void *user, const struct net_ev_sample *sample)
{
    struct net_observer *o = user;
    struct net_ev_sample s = *sample;
    if (is_loopback(o))
        s.host = (uint8_t)host_on_loopback(o, &s, NET_CLIENT);
    struct net_known *k = net_known_find(&o->known, s.host, s.cookie);
    if (k)
        k->dump = o->dump;
    /* What was in TIME_WAIT before it was ever seen is left from somebody else. */
    if (k || !is_loopback(o) || s.state == NET_STATE_SYN_RECV || !is_mini(&s))
        consider(o, &s, o->origin);
}

/* Sockets that connect: of the machine's others with that port, none is known. */
static void dumped_connect(void *user, const struct net_ev_sample *sample)
{
    const struct net_known_table *known = &((const struct net_observer *)user)->known;
    if (net_known_find(known, NET_SERVER, sample->cookie) || net_known_find(known, NET_CLIENT, sample->cookie))
        dumped(user, sample);
}

static void dump_hosts(struct net_observer *o)
{
    if (!is_loopback(o)) {
        for (unsigned host = 0; host < NET_HOSTS; host++)
            net_diag_dump(diag_fd(o, host), host, 0, dumped, o, NULL);
        return;
    }
    for (size_t i = 0; i < o->listeners.count; i++)
        net_diag_dump(diag_fd(o, NET_SERVER), NET_SERVER, o->listeners.all[i].port, dumped, o, NULL);
    for (size_t i = 0; i < o->connects.count; i++)
        if (!net_listeners_at(&o->listeners, o->connects.port[i]))
            net_diag_dump(diag_fd(o, NET_SERVER), NET_SERVER, o->connects.port[i], dumped_connect, o, NULL);
}

/*
 * A dump takes its time, and is not of one moment: an exact look-up has the last word on what it did not show. On
 * loopback that is all whose listener is gone, thousands in TIME_WAIT maybe: time alone ends those, so they are looked
 * up at a tick.
 */
static void look_up_missing(struct net_observer *o, uint64_t begin_ns)
{
    for (size_t i = 0; i < o->known.count; i++) {
        struct net_known *k = o->known.all[i];
        bool is_for_tick = is_loopback(o) && k->now.state == NET_STATE_TIME_WAIT && o->origin != NET_AT_TICK;
        if (k->is_gone || is_for_tick || k->dump == o->dump || k->time_ns >= begin_ns)
            continue;
        k->is_doubtful |= is_unseen(o, &k->now);
        if (!is_on_its_way(k))
            look_up_one(o, k, o->origin);
    }
}

static void dump(struct net_observer *o, enum net_origin origin)
{
    /* Processor time: where others are busy, much more time goes by. */
    uint64_t begin_ns = net_now_ns(), begin_spent_ns = net_thread_cpu_ns();
    o->dump++;
    o->origin = origin;
    o->wants_dump = false;
    dump_hosts(o);
    look_up_missing(o, begin_ns);
    net_debug(NET_DEBUG_SOCKET, "dump %u: %zu sockets known", o->dump, o->known.count);
    o->not_before_ns = net_now_ns() + DUMP_SHARE * (net_thread_cpu_ns() - begin_spent_ns);
}

/* ---- what the engine calls --------------------------------------------------------------------------------------- */

static bool take_has_put(struct net_observer *o)
{
    bool has_put = o->has_put;
    o->has_put = false;
    return has_put;
}

bool net_observer_work(struct net_observer *o)
{
    look_up_asked(o);
    if (o->wants_dump) {
        uint64_t now_ns = net_now_ns();
        bool is_tick_due = o->next_ns && now_ns >= o->next_ns; /* which dumps too */
        if (now_ns >= o->not_before_ns && !is_tick_due)
            dump(o, NET_AFTER_CALL);
        else if (o->next_ns == 0 || o->next_ns > o->not_before_ns)
            o->next_ns = o->not_before_ns;
    }
    return take_has_put(o);
}

void net_observer_death(struct net_observer *o)
{
    o->wants_dump = true;
}

static void was_destroyed(void *user, const struct net_ev_sample *sample)
{
    struct net_observer *o = user;
    struct net_ev_sample s = *sample, now;
    struct net_tuple tuple = tuple_of(&s);
    if (is_loopback(o))
        s.host = (uint8_t)host_on_loopback(o, &s, NET_CLIENT);
    struct net_known *k = net_known_find(&o->known, s.host, s.cookie);
    /* A mini-socket is in its place before the full one is destroyed (tcp_time_wait()): it is found now if ever. */
    if (k ? k->is_gone && !net_diag_may_miss(k->now.state) : is_loopback(o))
        return;
    bool has_heir = s.remote_port != 0 && net_diag_one(diag_fd(o, s.host), s.host, &tuple, &now) > 0 &&
                    now.cookie == s.cookie;
    if (has_heir)
        consider(o, &now, NET_AT_DESTROY);
    else if (!k || !k->is_gone)
        put_gone(o, k ? &k->now : &s, NET_AT_DESTROY); /* which may have lost its addresses (tcp_disconnect()) */
}

bool net_observer_destroyed(struct net_observer *o)
{
    for (unsigned host = 0; host < NET_HOSTS; host++)
        if (o->hosts->host[host].destroy_fd >= 0 &&
            net_diag_destroyed(o->hosts->host[host].destroy_fd, host, was_destroyed, o) < 0 && errno == ENOBUFS)
            o->wants_dump = true; /* which finds those that were not told */
    return take_has_put(o);
}

uint64_t net_observer_next_ns(const struct net_observer *o)
{
    return o->next_ns;
}

bool net_observer_tick(struct net_observer *o)
{
    o->countdowns = COUNTDOWNS;
    bool has_put = net_observer_destroyed(o);
    dump(o, NET_AT_TICK);
    o->next_ns = 0;
    uint64_t now_ns = net_now_ns();
    for (size_t i = 0; i < o->known.count; i++)
        if (!o->known.all[i]->is_gone)
            plan_tick(o, &o->known.all[i]->now, now_ns);
    if (o->gone_count)
        drop_gone(o, now_ns);
    return take_has_put(o) || has_put;
}

bool net_observer_idle(const struct net_observer *o)
{
    return o->asked_count == 0 && !o->wants_dump;
}

void net_observer_sweep(struct net_observer *o)
{
    if (!is_loopback(o))
        net_sweep(o->hosts);
    o->wants_dump = true;
}

void net_observer_forget(struct net_observer *o)
{
    drop_gone(o, UINT64_MAX);
}
