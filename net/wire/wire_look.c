// SPDX-License-Identifier: GPL-3.0-or-later
// The wire's eyes: both ends of a segment, asked of the kernel before and after it is delivered.
/*
 * A look is an exact look-up (2 us). It becomes an event only when a learner could see the difference to the last one
 * of that socket: state, queues, timer, retransmissions, owner. The table of last looks is small and set-associative: a
 * forgotten socket costs one event too many, never a wrong one. When a known socket is not there any more, that is an
 * event too.
 *
 *   Settling. A segment that arrives while a program's call has the socket locked waits in the socket's backlog and
 *   changes nothing yet; over veth the kernel may even still carry it. The look after a delivery therefore asks again
 * until the backlog is empty and the segment is counted (tcpi_segs_in, or a request for a connection that is one no
 * more), for at most SETTLE_NS: then a call holds the lock for long, and the look before the next segment, or that
 * call's own, sees what came of it.
 *
 *   Listeners. A connection whose handshake ends enters its listener's accept queue: when a receiver leaves SYN_RECV
 * (or comes out of nothing, as with SYN cookies), the listener is looked at too. A SYN to no connection finds it
 * anyway.
 *
 *   Load. Plain data between two ESTABLISHED ends is looked at every SPARSE_NS only, while batches are full; SYN, FIN,
 * RST and every other state always. When the load ends, whoever was let go by is looked at once more.
 */
#include "net/socket/diag_ask.h"
#include "net/wire/wire_private.h"

#include <sched.h>
#include <stdlib.h>

enum { SETTLE_NS = 5 * 1000 * 1000, SPARSE_NS = 10 * 1000 * 1000, TIMER_SLACK_MS = 50 };

/* ---- the table of last looks ------------------------------------------------------------------------------------- */

static bool same_tuple(const struct net_tuple *a, const struct net_tuple *b)
{
    return a->local_port == b->local_port && a->remote_port == b->remote_port &&
           net_ip_same(a->local_ip, b->local_ip) && net_ip_same(a->remote_ip, b->remote_ip);
}

/* The entry of a tuple, or the one that it may take (known false, or a stranger's: the oldest of the set). */
static struct wire_seen *entry_of(struct net_wire *w, enum net_host host, const struct net_tuple *tuple)
{
    uint32_t hash = (uint32_t)tuple->local_port << 16 | tuple->remote_port;
    struct wire_seen *set = w->table->seen[host][(hash * 2654435761u) >> (32 - TABLE_BITS)], *oldest = set;

    for (int i = 0; i < TABLE_WAYS; i++) {
        if (set[i].known && same_tuple(&set[i].tuple, tuple))
            return &set[i];
        if (oldest->known && (!set[i].known || set[i].look_ns < oldest->look_ns))
            oldest = &set[i];
    }
    return oldest;
}

static enum net_state state_of(struct net_wire *w, enum net_host host, const struct net_tuple *tuple)
{
    const struct wire_seen *seen = entry_of(w, host, tuple);

    return seen->known && same_tuple(&seen->tuple, tuple) ? seen->last.state : NET_STATE_ABSENT;
}

static bool timer_differs(const struct net_ev_sample *a, const struct net_ev_sample *b)
{
    int64_t a_ms = (int64_t)(a->begin_ns / 1000000) + a->timer_ms,
            b_ms = (int64_t)(b->begin_ns / 1000000) + b->timer_ms;

    return a->timer != b->timer || (a->timer != NET_TIMER_NONE && llabs(a_ms - b_ms) > TIMER_SLACK_MS);
}

static bool looks_different(const struct net_ev_sample *a, const struct net_ev_sample *b)
{
    return a->state != b->state || a->rqueue != b->rqueue || a->wqueue != b->wqueue || a->inode != b->inode ||
           a->retransmits != b->retransmits || a->probes != b->probes || timer_differs(a, b);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void put_sample(struct net_wire *w, const struct net_ev_sample *sample, uint64_t time_ns)
{
    struct net_event ev = {.kind = NET_EV_SAMPLE, .time_ns = time_ns, .u.sample = *sample};

    net_ring_put(w->arena, w->ring, &ev);
}

static void put_gone(struct net_wire *w, const struct wire_seen *seen, uint64_t begin_ns, uint64_t time_ns,
                     enum net_origin origin)
{
    struct net_event ev = {.kind = NET_EV_GONE, .time_ns = time_ns};

    ev.u.sample = (struct net_ev_sample){.begin_ns = begin_ns,
                                         .cookie = seen->last.cookie,
                                         .host = seen->last.host,
                                         .origin = (uint8_t)origin,
                                         .local_ip = seen->last.local_ip,
                                         .remote_ip = seen->last.remote_ip,
                                         .local_port = seen->last.local_port,
                                         .remote_port = seen->last.remote_port};
    net_ring_put(w->arena, w->ring, &ev);
}

/* Nothing new was learned: what net_ring_begin() announced will not come. */
static void put_nothing(struct net_wire *w)
{
    atomic_store(&w->ring->writing, 0);
}

/*
 * A connection that waits for accept() and was reset is in no table any more, but it stays in the queue of its listener
 * until accept() hands it out: it is in CLOSE (tcp_reset(), tcp_done() of Linux), not gone.
 */
static bool stays_queued(const struct wire_seen *seen, const struct net_diag_answer *answer, bool reset)
{
    bool unowned = seen->last.inode == 0 &&
                   (seen->last.state == NET_STATE_ESTABLISHED || seen->last.state == NET_STATE_CLOSE_WAIT);

    return reset && unowned && answer->sample.state == NET_STATE_LISTEN;
}

static void put_closed(struct net_wire *w, const struct wire_seen *seen, uint64_t begin_ns, enum net_origin origin)
{
    struct net_ev_sample closed = seen->last;

    closed.begin_ns = begin_ns;
    closed.origin = (uint8_t)origin;
    closed.state = NET_STATE_CLOSE;
    closed.timer = NET_TIMER_NONE;
    closed.timer_ms = closed.wqueue = 0;
    put_sample(w, &closed, net_now_ns());
}

static void note_absent(struct net_wire *w, struct wire_seen *seen, bool known, uint64_t begin_ns,
                        enum net_origin origin)
{
    if (!known) {
        put_nothing(w);
        return;
    }
    put_gone(w, seen, begin_ns, net_now_ns(), origin);
    *seen = (struct wire_seen){0};
}

static void note_present(struct net_wire *w, struct wire_seen *seen, bool known, const struct net_tuple *tuple,
                         const struct net_ev_sample *sample)
{
    uint64_t now_ns = net_now_ns();

    if (known && seen->last.cookie != sample->cookie) {
        /* The same addresses, another socket: TIME_WAIT was cut short. Two may listen there, though (SO_REUSEPORT). */
        if (seen->last.state != NET_STATE_LISTEN || sample->state != NET_STATE_LISTEN)
            put_gone(w, seen, sample->begin_ns, now_ns, sample->origin);
        known = false;
    }
    if (!known || looks_different(&seen->last, sample)) {
        put_sample(w, sample, now_ns);
        seen->last = *sample;
    } else {
        put_nothing(w);
    }
    seen->known = true;
    seen->stale = false;
    seen->tuple = *tuple;
    seen->look_ns = now_ns;
    seen->segs_in = sample->segs_in;
}

/* ---- looks ------------------------------------------------------------------------------------------------------- */

/* The end of a segment that a host has: local first. */
static struct net_tuple end_of(const struct net_ev_segment *segment, enum net_host host)
{
    struct net_tuple end = {segment->dst_ip, segment->src_ip, segment->dst_port, segment->src_port};

    if (host == segment->from)
        end = (struct net_tuple){segment->src_ip, segment->dst_ip, segment->src_port, segment->dst_port};
    if (segment->nat_port && host == NET_SERVER) {
        end.remote_ip = NET_NAT_IP;
        end.remote_port = segment->nat_port;
    }
    return end;
}

static void note(struct net_wire *w, enum net_host host, const struct net_tuple *asked,
                 const struct net_diag_answer *answer, int found, uint64_t begin_ns, bool reset)
{
    struct wire_seen *seen = entry_of(w, host, asked);
    bool known = seen->known && same_tuple(&seen->tuple, asked);
    const struct net_tuple listener = {.local_ip = answer->sample.local_ip, .local_port = answer->sample.local_port};

    if (known && found && stays_queued(seen, answer, reset)) {
        put_closed(w, seen, begin_ns, (enum net_origin)answer->sample.origin);
        *seen = (struct wire_seen){0};
    } else if (!found || answer->sample.state == NET_STATE_LISTEN)
        note_absent(w, seen, known, begin_ns, (enum net_origin)answer->sample.origin);
    else
        note_present(w, seen, known, asked, &answer->sample);
    if (found && answer->sample.state == NET_STATE_LISTEN) {
        seen = entry_of(w, host, &listener);
        net_ring_begin(w->ring);
        note_present(w, seen, seen->known && same_tuple(&seen->tuple, &listener), &listener, &answer->sample);
    }
}

static bool is_counted(const struct wire_seen *before, const struct net_ev_sample *now)
{
    if (before->last.state == NET_STATE_SYN_RECV && now->state == NET_STATE_SYN_RECV && !now->has_info)
        return false; /* a request counts no segments, but the ACK that it waits for ends it */
    return !before->last.has_info || !now->has_info || before->last.cookie != now->cookie ||
           before->segs_in != now->segs_in;
}

static bool settled(const struct net_wire *w, const struct wire_seen *before, const struct net_diag_answer *now)
{
    return (w->hosts->mode != NET_MODE_VETH || is_counted(before, &now->sample)) && now->backlog_bytes == 0;
}

/*
 * Ask, and once more where a connection that was there may have been missed; after a delivery, until the kernel has
 * dealt with the segment. seen: the last look, NULL: none. As net_diag_ask().
 */
static int ask(struct net_wire *w, enum net_host host, const struct net_tuple *tuple, const struct wire_seen *seen,
               bool settles, struct net_diag_answer *answer)
{
    uint64_t limit_ns = seen && settles ? net_now_ns() + SETTLE_NS : 0;
    bool may_be_missed = seen && net_diag_may_miss(seen->last.state);

    for (;;) {
        *answer = (struct net_diag_answer){0};
        int found = net_diag_ask(w->hosts->host[host].wire_diag_fd, host, tuple, answer);
        if (may_be_missed && (found == 0 || answer->sample.state == NET_STATE_LISTEN)) {
            may_be_missed = false;
            continue;
        }
        if (!limit_ns || found <= 0 || settled(w, seen, answer) || net_now_ns() >= limit_ns)
            return found;
        put_nothing(w); /* do not keep the reader waiting meanwhile */
        sched_yield();
        net_ring_begin(w->ring);
    }
}

/* came: the segment that has just been delivered to it; NULL: none. A question that is refused leaves everything as it
 * was. */
static void look(struct net_wire *w, enum net_host host, const struct net_tuple *tuple, enum net_origin origin,
                 const struct net_ev_segment *came)
{
    struct wire_seen *seen = entry_of(w, host, tuple);
    bool known = seen->known && same_tuple(&seen->tuple, tuple);
    struct net_diag_answer answer;
    uint64_t begin_ns = net_now_ns();

    net_ring_begin(w->ring);
    int found = ask(w, host, tuple, known ? seen : NULL, came != NULL, &answer);
    answer.sample.origin = (uint8_t)origin;
    if (found < 0)
        put_nothing(w);
    else
        note(w, host, tuple, &answer, found, begin_ns, came && (came->flags & NET_RST));
}

static enum net_host receiver_of(const struct net_ev_segment *segment)
{
    return segment->from == NET_SERVER ? NET_CLIENT : NET_SERVER;
}

void wire_look_at_sender(struct net_wire *w, const struct net_ev_segment *segment)
{
    struct net_tuple tuple = end_of(segment, segment->from);

    if (segment->protocol == 6)
        look(w, segment->from, &tuple, NET_BEFORE_SEGMENT, NULL);
}

void wire_look_at_told(struct net_wire *w, const struct net_ev_segment *segment)
{
    struct net_tuple tuple = end_of(segment, segment->from);

    look(w, segment->from, &tuple, NET_AFTER_SEGMENT, NULL);
}

void wire_look_before(struct net_wire *w, const struct net_ev_segment *segment)
{
    struct net_tuple tuple = end_of(segment, receiver_of(segment));

    wire_look_at_sender(w, segment);
    look(w, receiver_of(segment), &tuple, NET_BEFORE_SEGMENT, NULL);
}

void wire_look_after(struct net_wire *w, const struct net_ev_segment *segment)
{
    enum net_host to = receiver_of(segment);
    struct net_tuple mine = end_of(segment, to), other = end_of(segment, segment->from);
    const struct net_tuple listener = {mine.local_ip, mine.remote_ip, mine.local_port, 0};
    enum net_state before = state_of(w, to, &mine);

    look(w, to, &mine, NET_AFTER_SEGMENT, segment);
    if ((before == NET_STATE_SYN_RECV || before == NET_STATE_ABSENT) && before != state_of(w, to, &mine))
        look(w, to, &listener, NET_AFTER_SEGMENT, NULL);
    look(w, segment->from, &other, NET_AFTER_SEGMENT, NULL);
}

/* ---- load -------------------------------------------------------------------------------------------------------- */

static bool seen_lately(struct net_wire *w, enum net_host host, const struct net_ev_segment *segment, uint64_t now_ns)
{
    struct net_tuple tuple = end_of(segment, host);
    struct wire_seen *seen = entry_of(w, host, &tuple);

    return state_of(w, host, &tuple) == NET_STATE_ESTABLISHED && now_ns - seen->look_ns < SPARSE_NS;
}

static void mark_stale(struct net_wire *w, enum net_host host, const struct net_ev_segment *segment)
{
    struct net_tuple tuple = end_of(segment, host);

    entry_of(w, host, &tuple)->stale = true;
}

bool wire_must_look(struct net_wire *w, const struct net_ev_segment *segment)
{
    uint64_t now_ns;

    if (segment->protocol != 6)
        return false;
    if (!w->load_until_ns || segment->flags & (NET_SYN | NET_FIN | NET_RST))
        return true;
    now_ns = net_now_ns();
    if (!seen_lately(w, NET_SERVER, segment, now_ns) || !seen_lately(w, NET_CLIENT, segment, now_ns))
        return true;
    mark_stale(w, NET_SERVER, segment);
    mark_stale(w, NET_CLIENT, segment);
    if (!w->sparse) {
        w->sparse = true;
        wire_put_settings(w);
    }
    return false;
}

bool wire_look_at_stale(struct net_wire *w)
{
    for (int h = 0; h < NET_HOSTS; h++)
        for (int i = 0; i < TABLE_SETS * TABLE_WAYS; i++) {
            struct wire_seen *seen = &w->table->seen[h][i / TABLE_WAYS][i % TABLE_WAYS];
            struct net_tuple tuple = seen->tuple;
            if (!seen->known || !seen->stale)
                continue;
            if (wire_is_blocked(w))
                return false;
            seen->stale = false;
            look(w, h, &tuple, NET_AFTER_SEGMENT, NULL);
        }
    return true;
}
