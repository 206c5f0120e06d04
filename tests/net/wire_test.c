// SPDX-License-Identifier: GPL-3.0-or-later
// The wire against the live kernel: every TCP state held still, and every fate of a segment.
#include "net/wire/segment.h"
#include "tests/fixtures/wire_connection.h"

#include <dirent.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

/* Both ends, asked of the lab and of ss. */
static void check_both(enum net_state client, enum net_state server)
{
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, client);
    wait_state(NET_SERVER, SERVER_PORT, CLIENT_PORT, server);
    assert_string_equal(net_state_name(state_by_ss(NET_CLIENT, CLIENT_PORT, SERVER_PORT)), net_state_name(client));
    assert_string_equal(net_state_name(state_by_ss(NET_SERVER, SERVER_PORT, CLIENT_PORT)), net_state_name(server));
}

static void check_path(enum net_host host, uint64_t cookie, const char *expected)
{
    char path[256];

    lab_drain();
    assert_string_equal(path_of_socket(host, cookie, path, sizeof path), expected);
}

static void release(unsigned n)
{
    assert_int_equal(net_wire_release(lab.wire, n), n);
}

static const struct net_event *last_of(enum net_event_kind kind)
{
    const struct net_event *last = NULL;

    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == kind)
            last = &lab.event[i];
    assert_non_null(last);
    return last;
}

struct fate_count {
    enum net_fate_of fate;
    unsigned at_least;
};

static bool has_fates(const void *user)
{
    const struct fate_count *wanted = user;

    return count_fates(wanted->fate) >= wanted->at_least;
}

static void wait_fates(enum net_fate_of fate, unsigned at_least)
{
    const struct fate_count wanted = {fate, at_least};
    char what[64];

    snprintf(what, sizeof what, "%u times %s", at_least, net_fate_name(fate));
    wait_until(has_fates, &wanted, what);
}

static void abort_connection(int fd)
{
    const struct linger now = {1, 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* ---- states held still ------------------------------------------------------------------------------------------- */

/* Client and server through a handshake, one segment at a time. */
static struct connection step_through_handshake(void)
{
    struct connection c = {.listener = listen_on(NET_SERVER, SERVER_PORT, 1)};

    wire_mode(NET_WIRE_HELD);
    c.client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_held(1);
    check_both(NET_STATE_SYN_SENT, NET_STATE_ABSENT);
    release(1);
    wait_held(1);
    check_both(NET_STATE_SYN_SENT, NET_STATE_SYN_RECV);
    release(1);
    wait_held(1);
    check_both(NET_STATE_ESTABLISHED, NET_STATE_SYN_RECV);
    release(1);
    check_both(NET_STATE_ESTABLISHED, NET_STATE_ESTABLISHED);
    c.server = accept4(c.listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(c.server >= 0);
    net_wire_drop(lab.wire, 0); /* a SYN ACK that was sent again, where this took a second */
    return c;
}

static void states_when_one_end_closes_first(void **state)
{
    (void)state;
    struct connection c = step_through_handshake();
    uint64_t client_cookie = cookie_of(c.client), server_cookie = cookie_of(c.server);

    close(c.client);
    wait_held(1);
    check_both(NET_STATE_FIN_WAIT1, NET_STATE_ESTABLISHED);
    release(1);
    wait_held(1);
    check_both(NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    release(1);
    check_both(NET_STATE_FIN_WAIT2, NET_STATE_CLOSE_WAIT);
    close(c.server);
    wait_held(1);
    check_both(NET_STATE_FIN_WAIT2, NET_STATE_LAST_ACK);
    release(1);
    wait_held(1);
    check_both(NET_STATE_TIME_WAIT, NET_STATE_LAST_ACK);
    release(1);
    check_both(NET_STATE_TIME_WAIT, NET_STATE_ABSENT);
    check_path(NET_CLIENT, client_cookie, "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT");
    check_path(NET_SERVER, server_cookie, "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK GONE");
    close(c.listener);
}

static void states_when_both_close_at_once(void **state)
{
    (void)state;
    struct connection c = step_through_handshake();
    uint64_t client_cookie = cookie_of(c.client), server_cookie = cookie_of(c.server);

    close(c.client);
    close(c.server);
    wait_held(2);
    check_both(NET_STATE_FIN_WAIT1, NET_STATE_FIN_WAIT1);
    release(2);
    wait_held(2);
    check_both(NET_STATE_CLOSING, NET_STATE_CLOSING);
    release(2);
    check_both(NET_STATE_TIME_WAIT, NET_STATE_TIME_WAIT);
    check_path(NET_CLIENT, client_cookie, "SYN_SENT ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT");
    check_path(NET_SERVER, server_cookie, "SYN_RECV ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT");
    close(c.listener);
}

static void states_of_a_simultaneous_open(void **state)
{
    (void)state;
    wire_mode(NET_WIRE_HELD);
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    int server = start_connect(NET_SERVER, SERVER_PORT, NET_CLIENT, CLIENT_PORT);

    wait_held(2);
    check_both(NET_STATE_SYN_SENT, NET_STATE_SYN_SENT);
    release(2);
    wait_held(2);
    check_both(NET_STATE_SYN_RECV, NET_STATE_SYN_RECV);
    release(2);
    check_both(NET_STATE_ESTABLISHED, NET_STATE_ESTABLISHED);
    check_path(NET_CLIENT, cookie_of(client), "SYN_SENT SYN_RECV ESTABLISHED");
    check_path(NET_SERVER, cookie_of(server), "SYN_SENT SYN_RECV ESTABLISHED");
    close(client);
    close(server);
}

static void a_reset_ends_both_at_once(void **state)
{
    (void)state;
    struct connection c = connected();
    uint64_t client_cookie = cookie_of(c.client), server_cookie = cookie_of(c.server);

    wire_mode(NET_WIRE_HELD);
    abort_connection(c.client);
    wait_held(1);
    assert_int_equal(last_of(NET_EV_SEGMENT)->u.segment.flags, NET_RST | NET_ACK);
    check_both(NET_STATE_ABSENT, NET_STATE_ESTABLISHED);
    release(1);
    check_both(NET_STATE_ABSENT, NET_STATE_ABSENT);
    check_path(NET_CLIENT, client_cookie, "SYN_SENT ESTABLISHED GONE");
    check_path(NET_SERVER, server_cookie, "SYN_RECV ESTABLISHED GONE");
    close(c.server);
    close(c.listener);
}

static void a_refused_connect_is_answered_by_a_reset(void **state)
{
    (void)state;
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT), error = 0;
    socklen_t bytes = sizeof error;

    wait_fates(NET_DELIVERED, 2);
    assert_int_equal(last_of(NET_EV_SEGMENT)->u.segment.flags, NET_RST | NET_ACK);
    assert_int_equal(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &bytes), 0);
    assert_int_equal(error, ECONNREFUSED);
    close(client);
}

/* The listener's accept queue is a fact of the listener, changed by a segment of the connection. */
static void the_accept_queue_is_looked_at(void **state)
{
    unsigned seen = 0;
    (void)state;
    struct connection c = connected();

    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_SAMPLE && lab.event[i].u.sample.state == NET_STATE_LISTEN) {
            assert_int_equal(lab.event[i].u.sample.cookie, cookie_of(c.listener));
            assert_int_equal(lab.event[i].u.sample.wqueue, 8);
            assert_int_equal(lab.event[i].u.sample.rqueue, seen++);
        }
    assert_int_equal(seen, 2); /* 0 at the SYN, 1 after the handshake */
    finish(&c);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

/* SEGMENT, looks before, FATE delivered, looks after: for every segment of a whole connection. */
static void causes_come_before_effects(void **state)
{
    uint64_t fate_ns[64] = {0}, segment_ns = 0, last_ns = 0;
    (void)state;
    struct connection c = connected();

    assert_int_equal(send(c.client, "hello", 5, 0), 5);
    wait_received(c.server, 5);
    finish(&c);
    wait_until(is_quiet, NULL, "a quiet wire");
    lab_drain();
    for (size_t i = 0; i < lab.events; i++) {
        const struct net_event *ev = &lab.event[i];
        assert_true(ev->time_ns >= last_ns);
        last_ns = ev->time_ns;
        if (ev->kind == NET_EV_SEGMENT)
            segment_ns = ev->time_ns;
        if (ev->kind == NET_EV_FATE) {
            assert_true(ev->u.fate.segment < 64 && !fate_ns[ev->u.fate.segment]);
            fate_ns[ev->u.fate.segment] = ev->time_ns;
            assert_true(ev->time_ns > segment_ns);
        }
        if (ev->kind == NET_EV_SAMPLE) {
            assert_true(ev->u.sample.begin_ns <= ev->time_ns);
            assert_true(ev->u.sample.origin == NET_BEFORE_SEGMENT || ev->u.sample.origin == NET_AFTER_SEGMENT);
            /* What is seen after was asked after the last write. */
            for (int id = 0; id < 64 && ev->u.sample.origin == NET_AFTER_SEGMENT; id++)
                assert_true(ev->u.sample.begin_ns >= fate_ns[id]);
        }
    }
    assert_true(count_fates(NET_DELIVERED) >= 6); /* SYN, SYN ACK, ACK, the data, and what ends it */
}

static void every_segment_is_whole(void **state)
{
    (void)state;
    struct connection c = connected();
    uint64_t next = 1;

    finish(&c);
    wait_until(is_quiet, NULL, "a quiet wire");
    lab_drain();
    for (size_t i = 0; i < lab.events; i++) {
        const struct net_event *ev = &lab.event[i];
        struct net_ev_segment again;
        if (ev->kind != NET_EV_SEGMENT)
            continue;
        assert_int_equal(ev->u.segment.id, next++);
        assert_int_equal(ev->data_bytes, ev->u.segment.packet_bytes);
        assert_int_equal(net_segment_decode(ev->data, ev->data_bytes, &again), 0);
        assert_true(again.checksum_ok);
        assert_int_equal(again.seq, ev->u.segment.seq);
        assert_true(net_ip_same(ev->u.segment.src_ip, lab.hosts.host[ev->u.segment.from].ip));
    }
    assert_true(next > 5);
}

/* ---- fates ------------------------------------------------------------------------------------------------------- */

static void a_repeat_of_a_held_segment_is_folded(void **state)
{
    (void)state;
    wire_mode(NET_WIRE_HELD);
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);

    wait_fates(NET_REPEATED, 1); /* the SYN again, after a second */
    assert_int_equal(held_count(), 1);
    assert_int_equal(last_of(NET_EV_SEGMENT)->u.segment.id, 1);
    assert_int_equal(last_of(NET_EV_FATE)->u.fate.segment, 1);
    assert_int_equal(last_of(NET_EV_FATE)->u.fate.repeats, 1);
    assert_true(last_of(NET_EV_SAMPLE)->u.sample.retransmits >= 1);
    assert_int_equal(net_wire_drop(lab.wire, 0), 1);
    close(client);
}

static void held_segments_go_by_number_and_by_id(void **state)
{
    (void)state;
    struct connection c = connected();
    uint64_t first;
    const int on = 1;

    setsockopt(c.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wire_mode(NET_WIRE_HELD);
    lab_clear();
    for (int i = 0; i < 4; i++)
        assert_int_equal(send(c.client, &"abcd"[i], 1, 0), 1);
    wait_held(4);
    first = last_of(NET_EV_SEGMENT)->u.segment.id - 3;
    assert_int_equal(net_wire_release_id(lab.wire, first + 99), 0);
    assert_int_equal(net_wire_release_id(lab.wire, first + 1), 1); /* out of order */
    assert_int_equal(net_wire_release_id(lab.wire, first + 1), 0);
    assert_int_equal(net_wire_drop_id(lab.wire, first + 3), 1);
    lab_drain();
    assert_int_equal(last_of(NET_EV_FATE)->u.fate.why, NET_DROP_ASKED);
    assert_int_equal(net_wire_duplicate_id(lab.wire, first), 1);
    lab_drain();
    assert_int_equal(count_fates(NET_DUPLICATED), 1);
    wait_received(c.server, 2);
    assert_int_equal(net_wire_release_id(lab.wire, first), 1); /* the first copy still waits */
    wire_mode(NET_WIRE_OPEN); /* lets the rest go, and the dropped byte is sent again */
    wait_received(c.server, 4);
    finish(&c);
}

static void opening_releases_in_order_and_cutting_drops(void **state)
{
    (void)state;
    struct connection c = connected();

    wire_mode(NET_WIRE_HELD);
    lab_clear();
    for (int i = 0; i < 3; i++)
        assert_int_equal(send(c.client, &"xyz"[i], 1, 0), 1);
    wait_held(3);
    wire_mode(NET_WIRE_CUT);
    lab_drain();
    assert_int_equal(count_fates(NET_DROPPED), 3);
    assert_int_equal(last_of(NET_EV_FATE)->u.fate.why, NET_DROP_CUT);
    assert_int_equal(last_of(NET_EV_WIRE)->u.wire.mode, NET_WIRE_CUT);
    wait_fates(NET_DROPPED, 4); /* sent again, lost again */
    wire_mode(NET_WIRE_OPEN);
    wait_received(c.server, 3);
    finish(&c);
}

#define BOTH(id, n)                                                                                                    \
    {                                                                                                                  \
        .value = { [NET_FAULT_##id] = {n, n} }                                                                         \
    }

static void a_delay_is_kept_to(void **state)
{
    const struct net_wire_settings slow = {.faults = BOTH(DELAY, 30)}, fast = {0};
    (void)state;
    struct connection c = connected();
    uint64_t flight_ns = 0;

    settings(&slow);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_fates(NET_IN_FLIGHT, 1);
    assert_false(net_wire_quiet(lab.wire));
    settings(&fast);
    assert_int_equal(send(c.client, "b", 1, 0), 1); /* must not overtake */
    wait_received(c.server, 2);
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_FATE && lab.event[i].u.fate.segment == lab.event[0].u.segment.id + 0) {
            if (lab.event[i].u.fate.fate == NET_IN_FLIGHT)
                flight_ns = lab.event[i].time_ns;
            else
                assert_true(lab.event[i].time_ns - flight_ns >= 29 * 1000 * 1000);
        }
    wait_until(is_quiet, NULL, "a quiet wire");
    finish(&c);
}

static void holding_stops_what_is_in_flight(void **state)
{
    const struct net_wire_settings slow = {.faults = BOTH(DELAY, 60000)};
    (void)state;
    struct connection c = connected();

    settings(&slow);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_fates(NET_IN_FLIGHT, 1);
    wire_mode(NET_WIRE_HELD);
    wait_held(1);
    assert_true(net_wire_quiet(lab.wire)); /* held ones do not count */
    release(1);
    wait_received(c.server, 1);
    finish(&c);
}

/* The fates of the data segments of one run, as a text; acknowledgements are left out, they depend on the timing. */
static void run_with_luck(const struct net_wire_settings *luck, char *out, size_t room)
{
    struct connection c = connected();
    size_t n = 0;

    settings(luck);
    lab_clear();
    for (size_t i = 0; i < room - 1; i++) {
        /* UDP-like: a reset socket would not do, so each draw is forced by a segment that nobody answers. */
        int fd = start_connect(NET_CLIENT, (uint16_t)(50000 + i), NET_SERVER, 9);
        uint64_t before = lab.events;
        wait_until(is_quiet, NULL, "a quiet wire");
        lab_drain();
        bool lost = false;
        for (uint64_t e = before; e < lab.events; e++)
            lost |= lab.event[e].kind == NET_EV_FATE && lab.event[e].u.fate.fate == NET_DROPPED;
        out[n++] = lost ? 'x' : '.';
        close(fd);
    }
    out[n] = 0;
    settings(&(const struct net_wire_settings){0});
    finish(&c);
}

static void loss_is_drawn_from_the_seed(void **state)
{
    const struct net_wire_settings luck = {.faults = BOTH(LOSS, 30), .seed = 7};
    char first[41], second[41];
    (void)state;

    run_with_luck(&luck, first, sizeof first);
    lab_close();
    lab_open(lab.hosts.mode);
    run_with_luck(&luck, second, sizeof second);
    assert_string_equal(first, second);
    assert_non_null(strchr(first, 'x'));
    assert_non_null(strchr(first, '.'));
}

static void everything_may_be_doubled(void **state)
{
    const struct net_wire_settings twice = {.faults = BOTH(DUPLICATE, 100)};
    (void)state;
    struct connection c = connected();

    settings(&twice);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_received(c.server, 1);
    wait_until(is_quiet, NULL, "a quiet wire");
    lab_drain();
    assert_int_equal(count_fates(NET_DELIVERED), count_fates(NET_DUPLICATED));
    assert_true(count_fates(NET_DUPLICATED) >= 2);
    finish(&c);
}

static void settings_out_of_range_change_nothing(void **state)
{
    const struct net_wire_settings bad[] = {{.mode = NET_WIRE_MODES},
                                            {.faults = BOTH(DELAY, 60001)},
                                            {.faults = BOTH(LOSS, 101)},
                                            {.faults = BOTH(DUPLICATE, 200)}};
    struct net_wire_settings now;
    struct net_error err;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct net_error){0};
        assert_int_equal(net_wire_set(lab.wire, &bad[i], &err), -1);
        assert_true(strlen(err.text) > 20);
    }
    net_wire_get(lab.wire, &now);
    assert_int_equal(now.mode, NET_WIRE_OPEN);
    assert_false(net_faults_are_on(&now.faults));
    lab_drain();
    assert_int_equal(lab.events, 0);
}

static void settings_are_told_once(void **state)
{
    const struct net_wire_settings wanted = {
        .mode = NET_WIRE_HELD,
        .faults = {.value = {[NET_FAULT_DELAY] = {5, 5}, [NET_FAULT_LOSS] = {3, 3}, [NET_FAULT_DUPLICATE] = {0, 4}}}};
    struct net_wire_settings got;
    (void)state;

    settings(&wanted);
    settings(&wanted);
    lab_drain();
    assert_int_equal(lab.events, 1);
    assert_int_equal(lab.event[0].kind, NET_EV_WIRE);
    assert_int_equal(lab.event[0].u.wire.mode, NET_WIRE_HELD);
    assert_memory_equal(&lab.event[0].u.wire.faults, &wanted.faults, sizeof wanted.faults);
    net_wire_get(lab.wire, &got);
    assert_memory_equal(&got.faults, &wanted.faults, sizeof wanted.faults);
}

/* ---- load -------------------------------------------------------------------------------------------------------- */

struct bulk {
    int from, to;
    size_t sent, received, wanted;
};

static bool bulk_done(const void *user)
{
    struct bulk *bulk = (struct bulk *)(uintptr_t)user;
    static char bytes[65536];
    ssize_t n;

    while (bulk->sent < bulk->wanted && (n = send(bulk->from, bytes, sizeof bytes, 0)) > 0)
        bulk->sent += (size_t)n;
    while ((n = recv(bulk->to, bytes, sizeof bytes, 0)) > 0)
        bulk->received += (size_t)n;
    return bulk->received >= bulk->wanted;
}

/* The last WIRE event, if any, does not say sparse, and the last sample of either end says nothing is unacknowledged.
 */
static bool everything_was_looked_at(const void *user)
{
    const uint64_t *cookie = user;
    uint32_t unacknowledged[NET_HOSTS] = {1, 1};
    bool sparse = false;

    for (size_t i = 0; i < lab.events; i++) {
        const struct net_ev_sample *sample = &lab.event[i].u.sample;
        if (lab.event[i].kind == NET_EV_WIRE)
            sparse = lab.event[i].u.wire.sparse;
        else if (lab.event[i].kind == NET_EV_SAMPLE && sample->cookie == cookie[sample->host])
            unacknowledged[sample->host] = sample->wqueue;
    }
    return !sparse && unacknowledged[NET_SERVER] == 0 && unacknowledged[NET_CLIENT] == 0;
}

/* Many megabytes: nothing may be lost, and when it is over the last samples are what the kernel says. */
static void bulk_is_carried_whole(void **state)
{
    (void)state;
    struct connection c = connected();
    struct bulk bulk = {c.client, c.server, 0, 0, 8 << 20};
    const uint64_t cookie[NET_HOSTS] = {[NET_SERVER] = cookie_of(c.server), [NET_CLIENT] = cookie_of(c.client)};

    wait_until(bulk_done, &bulk, "8 MB carried");
    wait_until(everything_was_looked_at, cookie, "samples of the end of it");
    assert_int_equal(count_fates(NET_DROPPED), 0);
    finish(&c);
}

/* The main thread asks while nobody empties the ring: the wire must answer although it cannot put another event. */
static void a_full_ring_does_not_lock_the_lab(void **state)
{
    static char bytes[65536];
    (void)state;
    struct connection c = connected();
    const struct net_ring *ring = net_arena_ring(lab.arena, NET_WIRE_RING);

    for (int i = 0; i < 100000 && atomic_load(&ring->head) - atomic_load(&ring->tail) < ring->size_bytes - 20000; i++) {
        send(c.client, bytes, sizeof bytes, 0);
        recv(c.server, bytes, sizeof bytes, 0);
    }
    assert_true(atomic_load(&ring->head) - atomic_load(&ring->tail) > ring->size_bytes - 40000);
    wire_mode(NET_WIRE_HELD);
    net_wire_release(lab.wire, 0);
    wire_mode(NET_WIRE_CUT);
    net_wire_quiet(lab.wire);
    assert_int_equal(atomic_load(&ring->waits), 0);
    lab_drain();
    wire_mode(NET_WIRE_OPEN);
    wait_until(is_quiet, NULL, "a quiet wire");
    finish(&c);
}

/* ---- a wire at rest ---------------------------------------------------------------------------------------------- */

/* Time on a processor of the thread named "wire", ns (proc(5), schedstat): what sleeps has the same afterwards. */
static unsigned long long run_ns_of_wire(void)
{
    char path[300], name[32];
    unsigned long long run_ns = 0;
    DIR *dir = opendir("/proc/self/task");

    for (struct dirent *entry; !run_ns && (entry = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *comm = fopen(path, "re");
        bool found = comm && fgets(name, sizeof name, comm) && strcmp(name, "wire\n") == 0;
        if (comm)
            fclose(comm);
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
        FILE *stat = found ? fopen(path, "re") : NULL;
        if (stat) {
            assert_int_equal(fscanf(stat, "%llu", &run_ns), 1);
            fclose(stat);
        }
    }
    closedir(dir);
    return run_ns;
}

/* The pause is no wait for something: it is the time in which nothing may happen. */
static void check_asleep(void)
{
    const struct timespec some = {0, 300 * 1000 * 1000};

    wait_until(is_quiet, NULL, "a quiet wire");
    nanosleep(&some, NULL); /* the end of a load, if there was one */
    unsigned long long before = run_ns_of_wire();
    assert_true(before > 0);
    nanosleep(&some, NULL);
    assert_int_equal(run_ns_of_wire(), before);
}

static void an_idle_wire_sleeps(void **state)
{
    (void)state;
    struct connection c = connected();

    check_asleep();
    finish(&c);
}

/* What `ip link del wire0` does there; an exec would lose an ordinary user's capabilities. */
static void delete_device(enum net_host host)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info;
        struct nlmsgerr answer;
    } message = {.head = {.nlmsg_len = sizeof message.head + sizeof message.info,
                          .nlmsg_type = RTM_DELLINK,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};

    assert_int_equal(net_hosts_enter(&lab.hosts, host), 0);
    message.info.ifi_index = (int)if_nametoindex("wire0");
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    assert_int_equal(send(fd, &message, message.head.nlmsg_len, 0), message.head.nlmsg_len);
    assert_true(recv(fd, &message, sizeof message, 0) > 0);
    assert_int_equal(message.head.nlmsg_type, NLMSG_ERROR);
    assert_int_equal(((struct nlmsgerr *)(void *)&message.info)->error, 0);
    close(fd);
    assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
}

/* As root of a host a learner can do that (tcplab exec): the lab must neither spin nor stop. */
static void a_device_may_be_taken_away(void **state)
{
    (void)state;
    struct connection c = connected();

    delete_device(NET_CLIENT);
    lab_clear();
    assert_int_equal(send(c.server, "lost", 4, 0), 4);
    wait_fates(NET_DROPPED, 1);
    assert_int_equal(last_of(NET_EV_FATE)->u.fate.why, NET_DROP_REFUSED);
    wire_mode(NET_WIRE_CUT); /* what the server sends again is no sign of spinning */
    abort_connection(c.server);
    check_asleep();
    close(c.client);
    close(c.listener);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(states_when_one_end_closes_first),
        cmocka_unit_test(states_when_both_close_at_once),
        cmocka_unit_test(states_of_a_simultaneous_open),
        cmocka_unit_test(a_reset_ends_both_at_once),
        cmocka_unit_test(a_refused_connect_is_answered_by_a_reset),
        cmocka_unit_test(the_accept_queue_is_looked_at),
        cmocka_unit_test(causes_come_before_effects),
        cmocka_unit_test(every_segment_is_whole),
        cmocka_unit_test(a_repeat_of_a_held_segment_is_folded),
        cmocka_unit_test(held_segments_go_by_number_and_by_id),
        cmocka_unit_test(opening_releases_in_order_and_cutting_drops),
        cmocka_unit_test(a_delay_is_kept_to),
        cmocka_unit_test(holding_stops_what_is_in_flight),
        cmocka_unit_test(loss_is_drawn_from_the_seed),
        cmocka_unit_test(everything_may_be_doubled),
        cmocka_unit_test(settings_out_of_range_change_nothing),
        cmocka_unit_test(settings_are_told_once),
        cmocka_unit_test(bulk_is_carried_whole),
        cmocka_unit_test(a_full_ring_does_not_lock_the_lab),
        cmocka_unit_test(an_idle_wire_sleeps),
        cmocka_unit_test(a_device_may_be_taken_away),
    };

    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
