// SPDX-License-Identifier: GPL-3.0-or-later
// What the observer lets through: made-up events in the orders that threads can publish them in.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/engine.h"
#include "net/socket/known.h"
#include "net/socket/observe.h"

enum { COOKIE = 77, TOLD_MAX = 64 };

static struct net_hosts hosts;
static struct net_arena *arena;
static struct net_observer *observer;
static struct net_event told[TOLD_MAX];
static size_t told_count;

static int begin(void **state)
{
    (void)state;
    hosts = (struct net_hosts){.mode = NET_MODE_TUN, .home_fd = -1};
    for (int h = 0; h < NET_HOSTS; h++) {
        hosts.host[h].ns_fd = hosts.host[h].device_fd = hosts.host[h].diag_fd = hosts.host[h].wire_diag_fd = -1;
        hosts.host[h].destroy_fd = 0; /* there is one; nothing here reads it */
    }
    arena = net_arena_new();
    observer = net_observer_new(&hosts, arena);
    told_count = 0;
    return arena && observer ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    net_observer_free(observer);
    net_arena_free(arena);
    return 0;
}

static void keep(void *user, const struct net_event *ev)
{
    (void)user;
    assert_true(told_count < TOLD_MAX);
    told[told_count++] = *ev;
}

/* A full socket with an owner, asked at begin_ns and told at time_ns. */
static struct net_event sample(uint64_t begin_ns, uint64_t time_ns, enum net_state state, enum net_origin origin)
{
    struct net_event ev = {.kind = NET_EV_SAMPLE, .time_ns = time_ns};
    ev.u.sample = (struct net_ev_sample){.begin_ns = begin_ns,
                                         .cookie = COOKIE,
                                         .inode = 9,
                                         .host = NET_CLIENT,
                                         .state = (uint8_t)state,
                                         .origin = (uint8_t)origin,
                                         .has_info = true,
                                         .local_port = 1000,
                                         .remote_port = 2000};
    return ev;
}

static void pass(struct net_event ev)
{
    net_observer_pass(observer, &ev, keep, NULL);
}

static void by_wire(uint64_t begin_ns, uint64_t time_ns, enum net_state state)
{
    pass(sample(begin_ns, time_ns, state, NET_AFTER_SEGMENT));
}

static void gone_by_wire(uint64_t begin_ns, uint64_t time_ns)
{
    struct net_event ev = sample(begin_ns, time_ns, NET_STATE_ABSENT, NET_AFTER_SEGMENT);
    ev.kind = NET_EV_GONE;
    pass(ev);
}

static void gone_by_kernel(uint64_t begin_ns, uint64_t time_ns)
{
    struct net_event ev = sample(begin_ns, time_ns, NET_STATE_ABSENT, NET_AT_DESTROY);
    ev.kind = NET_EV_GONE;
    pass(ev);
}

static void mini(uint64_t begin_ns, uint64_t time_ns, enum net_state state)
{
    struct net_event ev = sample(begin_ns, time_ns, state, NET_AFTER_SEGMENT);
    ev.u.sample.inode = 0;
    ev.u.sample.has_info = false;
    pass(ev);
}

static void assert_told(const char *expected)
{
    char text[500] = "";
    for (size_t i = 0; i < told_count; i++) {
        if (i > 0)
            strcat(text, " ");
        strcat(text, told[i].kind == NET_EV_GONE ? "gone" : net_state_name(told[i].u.sample.state));
        assert_true(i == 0 || told[i].time_ns >= told[i - 1].time_ns);
    }
    assert_string_equal(text, expected);
}

static void states_in_order_pass(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_SYN_SENT);
    by_wire(20, 21, NET_STATE_ESTABLISHED);
    by_wire(30, 31, NET_STATE_CLOSE_WAIT);
    by_wire(40, 41, NET_STATE_LAST_ACK);
    assert_told("SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK");
}

/* A task asked first and was preempted; the wire asked and told in between. */
static void an_answer_that_was_overtaken_is_held_back(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_ESTABLISHED);
    by_wire(22, 23, NET_STATE_CLOSE_WAIT);
    struct net_event late = sample(20, 25, NET_STATE_ESTABLISHED, NET_BEFORE_CALL);
    late.task = 5;
    pass(late);
    assert_told("ESTABLISHED CLOSE_WAIT");
}

/* The same answer again at the same state is only held back when it is the observer's own. */
static void an_overlap_within_a_state_passes(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_ESTABLISHED);
    by_wire(22, 23, NET_STATE_ESTABLISHED);
    struct net_event other = sample(20, 25, NET_STATE_ESTABLISHED, NET_BEFORE_CALL);
    other.task = 5;
    other.u.sample.rqueue = 3;
    pass(other);
    assert_told("ESTABLISHED ESTABLISHED ESTABLISHED");
    struct net_event own = sample(20, 26, NET_STATE_ESTABLISHED, NET_AFTER_CALL);
    own.u.sample.rqueue = 8;
    pass(own);
    assert_told("ESTABLISHED ESTABLISHED ESTABLISHED");
}

/* Asked after what is known was told, an earlier state is no mistake: the socket was connected again. */
static void a_new_life_after_close_passes(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_SYN_SENT);
    by_wire(20, 21, NET_STATE_CLOSE);
    by_wire(30, 31, NET_STATE_SYN_SENT);
    assert_told("SYN_SENT CLOSE SYN_SENT");
}

static void what_no_look_can_see_is_told_with_what_it_saw(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_FIN_WAIT1);
    mini(20, 21, NET_STATE_TIME_WAIT);
    assert_told("FIN_WAIT1 FIN_WAIT2 TIME_WAIT");
    assert_int_equal(told[1].u.sample.timer, NET_TIMER_NONE);
}

static void every_single_way_in_between_is_known(void **state)
{
    static const struct {
        enum net_state from, to, between;
    } ways[] = {{NET_STATE_ESTABLISHED, NET_STATE_FIN_WAIT2, NET_STATE_FIN_WAIT1},
                {NET_STATE_ESTABLISHED, NET_STATE_CLOSING, NET_STATE_FIN_WAIT1},
                {NET_STATE_ESTABLISHED, NET_STATE_LAST_ACK, NET_STATE_CLOSE_WAIT},
                {NET_STATE_SYN_RECV, NET_STATE_CLOSE_WAIT, NET_STATE_ESTABLISHED},
                /* Nothing, or no one knows what. */
                {NET_STATE_ESTABLISHED, NET_STATE_CLOSE, NET_STATE_ABSENT},
                {NET_STATE_SYN_SENT, NET_STATE_ESTABLISHED, NET_STATE_ABSENT},
                {NET_STATE_ESTABLISHED, NET_STATE_TIME_WAIT, NET_STATE_ABSENT}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        end(state);
        begin(state);
        by_wire(10, 11, ways[i].from);
        by_wire(20, 21, ways[i].to);
        assert_int_equal(told_count, ways[i].between == NET_STATE_ABSENT ? 2 : 3);
        if (told_count == 3)
            assert_int_equal(told[1].u.sample.state, ways[i].between);
    }
}

/* Its mini-socket is in TIME_WAIT, its descriptor still open: that one says CLOSE. */
static void the_shell_of_a_socket_in_time_wait_is_not_told(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_FIN_WAIT2);
    mini(20, 21, NET_STATE_TIME_WAIT);
    struct net_event shell = sample(30, 31, NET_STATE_CLOSE, NET_BEFORE_CALL);
    shell.task = 5;
    pass(shell);
    assert_told("FIN_WAIT2 TIME_WAIT");
}

/* The task was quicker to see its empty socket than the wire to see the mini-socket. */
static void the_shell_of_a_socket_on_its_way_out_is_looked_up(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_FIN_WAIT1);
    struct net_event shell = sample(30, 31, NET_STATE_CLOSE, NET_BEFORE_CALL);
    shell.task = 5;
    pass(shell);
    assert_told("FIN_WAIT1");
    assert_false(net_observer_idle(observer));
    mini(32, 33, NET_STATE_TIME_WAIT);
    assert_told("FIN_WAIT1 FIN_WAIT2 TIME_WAIT");
}

/* The wire finds nothing: an open descriptor's socket is in CLOSE, and gone only when the kernel says so. */
static void gone_with_an_owner_is_close_until_it_is_destroyed(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_ESTABLISHED);
    gone_by_wire(20, 21);
    assert_told("ESTABLISHED CLOSE");
    gone_by_wire(30, 31);
    assert_told("ESTABLISHED CLOSE");
    gone_by_kernel(40, 41);
    assert_told("ESTABLISHED CLOSE gone");
    gone_by_kernel(50, 51);
    gone_by_wire(50, 52);
    assert_told("ESTABLISHED CLOSE gone");
}

static void gone_without_an_owner_is_gone(void **state)
{
    (void)state;
    mini(10, 11, NET_STATE_TIME_WAIT);
    gone_by_wire(20, 21);
    assert_told("TIME_WAIT gone");
    mini(15, 22, NET_STATE_TIME_WAIT); /* asked before */
    assert_told("TIME_WAIT gone");
}

static void other_events_pass_untouched(void **state)
{
    struct net_event ev = {
        .kind = NET_EV_OUTPUT, .time_ns = 5, .task = 3, .data = (const uint8_t *)"x", .data_bytes = 1};
    (void)state;
    pass(ev);
    assert_int_equal(told_count, 1);
    assert_memory_equal(&told[0], &ev, sizeof ev);
}

/* The tick runs only while a timer does, and sooner the less time is left. */
static void a_timer_plans_the_next_look(void **state)
{
    struct net_event ev = sample(UINT64_C(1000000000), UINT64_C(1000000000), NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    (void)state;
    pass(ev);
    assert_int_equal(net_observer_next_ns(observer), 0);
    ev.u.sample.timer = NET_TIMER_KEEPALIVE;
    ev.u.sample.timer_ms = 7200000;
    pass(ev);
    assert_int_equal(net_observer_next_ns(observer), UINT64_C(2000000000));
    ev.u.sample.timer = NET_TIMER_RETRANSMIT;
    ev.u.sample.timer_ms = 200;
    pass(ev);
    assert_int_equal(net_observer_next_ns(observer), UINT64_C(1100000000));
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* Against a plain array: cookies that collide, removed in any order. */
static void the_table_keeps_what_it_was_given(void **state)
{
    enum { KEYS = 1000, STEPS = 200000 };
    static bool in[NET_HOSTS][KEYS];
    struct net_known_table t = {0};
    uint64_t random = 4711;
    size_t count = 0;
    (void)state;
    for (int i = 0; i < STEPS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned host = random >> 33 & 1;
        uint64_t key = (random >> 40) % KEYS;
        struct net_known *k = net_known_find(&t, host, key);
        assert_int_equal(k != NULL, in[host][key]);
        if (k && k->now.cookie != key)
            fail();
        if (k)
            net_known_remove(&t, k);
        else
            assert_non_null(net_known_add(&t, host, key));
        in[host][key] = !k;
        count = k ? count - 1 : count + 1;
        assert_int_equal(t.count, count);
    }
    for (size_t i = 0; i < t.count; i++) {
        assert_int_equal(t.all[i]->place, i);
        assert_true(in[t.all[i]->now.host][t.all[i]->now.cookie]);
    }
    net_known_fini(&t);
    assert_null(net_known_find(&t, 0, 1));
}

/* As the engine does. */
static void look_until_idle(void)
{
    uint64_t end_ns = net_now_ns() + 5000000000u, now_ns, next_ns;
    while (!net_observer_idle(observer) && (now_ns = net_now_ns()) < end_ns) {
        net_observer_work(observer);
        next_ns = net_observer_next_ns(observer);
        if (next_ns && now_ns >= next_ns)
            net_observer_tick(observer);
    }
    assert_true(net_observer_idle(observer));
}

static void pass_on(void *user, const struct net_event *ev)
{
    net_observer_pass(observer, ev, keep, user);
}

/* A look finds nothing to tell while an answer to the one before is on its way: that answer may be old when it comes.
 */
static void what_was_on_its_way_is_looked_at_again(void **state)
{
    (void)state;
    by_wire(10, 11, NET_STATE_ESTABLISHED);
    assert_true(net_observer_tick(observer)); /* no table has it: it tells CLOSE */
    assert_true(net_observer_idle(observer));
    net_observer_death(observer);
    look_until_idle();
    net_arena_drain(arena, false, pass_on, NULL);
    assert_told("ESTABLISHED CLOSE");
    assert_false(net_observer_idle(observer));
    look_until_idle();
    net_arena_drain(arena, false, pass_on, NULL);
    assert_true(net_observer_idle(observer));
    assert_told("ESTABLISHED CLOSE");
}

/* ---- beside a connection of this machine's kernel, on its loopback ------------------------------------------------
 */

struct real {
    int listening, accepted, connected, announces;
    struct net_ev_sample client; /* its identity */
};

static struct real connection(void)
{
    struct real r = {.listening = socket(AF_INET, SOCK_STREAM, 0), .connected = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof name, cookie_bytes = sizeof r.client.cookie;
    int pair[2];
    assert_int_equal(bind(r.listening, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(r.listening, 1), 0);
    getsockname(r.listening, (struct sockaddr *)&name, &bytes);
    assert_int_equal(connect(r.connected, (struct sockaddr *)&name, sizeof name), 0);
    r.accepted = accept(r.listening, NULL, NULL);
    r.client.local_ip = r.client.remote_ip = NET_LOOPBACK_IP;
    r.client.remote_port = ntohs(name.sin_port);
    getsockname(r.connected, (struct sockaddr *)&name, &bytes);
    r.client.local_port = ntohs(name.sin_port);
    assert_int_equal(getsockopt(r.connected, SOL_SOCKET, SO_COOKIE, &r.client.cookie, &cookie_bytes), 0);
    hosts.host[NET_CLIENT].diag_fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    hosts.host[NET_CLIENT].destroy_fd = pair[0];
    hosts.host[NET_SERVER].destroy_fd = -1;
    r.announces = pair[1];
    return r;
}

static void end_connection(const struct real *r)
{
    close(r->listening);
    close(r->announces);
    close(hosts.host[NET_CLIENT].destroy_fd);
    close(hosts.host[NET_CLIENT].diag_fd);
}

/* As from others, and at a moment that is long ago for the kernel. */
static struct net_event of_real(const struct real *r, uint64_t time_ns, uint16_t kind, enum net_state state)
{
    struct net_event ev = sample(time_ns - 1, time_ns, state, NET_AFTER_SEGMENT);
    ev.kind = kind;
    ev.u.sample.cookie = r->client.cookie;
    ev.u.sample.local_ip = r->client.local_ip;
    ev.u.sample.remote_ip = r->client.remote_ip;
    ev.u.sample.local_port = r->client.local_port;
    ev.u.sample.remote_port = r->client.remote_port;
    return ev;
}

/* As the kernel does when the full socket is destroyed. */
static void announce(const struct real *r, uint16_t local_port)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_msg body;
    } m = {.head = {.nlmsg_len = sizeof m, .nlmsg_type = SOCK_DIAG_BY_FAMILY}, .body = {.idiag_family = AF_INET}};
    m.body.idiag_state = NET_STATE_CLOSE;
    m.body.id.idiag_src[0] = htonl(r->client.local_ip.word[3]);
    m.body.id.idiag_dst[0] = htonl(r->client.remote_ip.word[3]);
    m.body.id.idiag_sport = htons(local_port);
    m.body.id.idiag_dport = htons(r->client.remote_port);
    m.body.id.idiag_cookie[0] = (uint32_t)r->client.cookie;
    m.body.id.idiag_cookie[1] = (uint32_t)(r->client.cookie >> 32);
    assert_int_equal(send(r->announces, &m, sizeof m, 0), sizeof m);
    net_observer_destroyed(observer);
    net_arena_drain(arena, false, pass_on, NULL);
}

/* The wire asked in the moment in which a mini-socket took the place of the full one, and found neither. */
static void a_time_wait_that_the_wire_missed_is_told(void **state)
{
    (void)state;
    struct real r = connection();
    close(r.connected);
    close(r.accepted);
    struct net_event orphan = of_real(&r, 11, NET_EV_SAMPLE, NET_STATE_FIN_WAIT1);
    orphan.u.sample.inode = 0;
    pass(orphan);
    pass(of_real(&r, 21, NET_EV_GONE, NET_STATE_ABSENT));
    assert_told("FIN_WAIT1 gone");
    announce(&r, 1); /* of one that has no heir nothing more is to be told */
    assert_told("FIN_WAIT1 gone");
    announce(&r, r.client.local_port);
    assert_told("FIN_WAIT1 gone TIME_WAIT");
    end_connection(&r);
}

static void a_connection_that_the_wire_missed_is_looked_at_again(void **state)
{
    (void)state;
    struct real r = connection();
    pass(of_real(&r, 11, NET_EV_SAMPLE, NET_STATE_ESTABLISHED));
    pass(of_real(&r, 21, NET_EV_GONE, NET_STATE_ABSENT));
    assert_told("ESTABLISHED CLOSE");
    look_until_idle();
    net_arena_drain(arena, false, pass_on, NULL);
    assert_told("ESTABLISHED CLOSE ESTABLISHED ESTABLISHED"); /* with its other end, which no wire shows */
    close(r.connected);
    close(r.accepted);
    end_connection(&r);
}

#define WITH_OBSERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OBSERVER(states_in_order_pass),
        WITH_OBSERVER(what_was_on_its_way_is_looked_at_again),
        WITH_OBSERVER(a_time_wait_that_the_wire_missed_is_told),
        WITH_OBSERVER(a_connection_that_the_wire_missed_is_looked_at_again),
        WITH_OBSERVER(an_answer_that_was_overtaken_is_held_back),
        WITH_OBSERVER(an_overlap_within_a_state_passes),
        WITH_OBSERVER(a_new_life_after_close_passes),
        WITH_OBSERVER(what_no_look_can_see_is_told_with_what_it_saw),
        WITH_OBSERVER(every_single_way_in_between_is_known),
        WITH_OBSERVER(the_shell_of_a_socket_in_time_wait_is_not_told),
        WITH_OBSERVER(the_shell_of_a_socket_on_its_way_out_is_looked_up),
        WITH_OBSERVER(gone_with_an_owner_is_close_until_it_is_destroyed),
        WITH_OBSERVER(gone_without_an_owner_is_gone),
        WITH_OBSERVER(other_events_pass_untouched),
        WITH_OBSERVER(a_timer_plans_the_next_look),
        cmocka_unit_test(the_table_keeps_what_it_was_given),
    };
    return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
