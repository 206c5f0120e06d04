// SPDX-License-Identifier: GPL-3.0-or-later
// The net layer as one thing: the wait, what it tells, quiet, and the clean slate.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/actor/actor_private.h"
#include "net/socket/diag.h"
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/net_lab.h"

#define MS UINT64_C(1000000)

/* It has a thread of its own, which never sleeps for long. */
#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#endif
#ifndef THREAD_SANITIZER
#define THREAD_SANITIZER 0
#endif

static struct net_lab lab;
static enum net_mode wanted_mode;
static uint16_t listen_port; /* another for each test: on loopback TIME_WAIT outlives a lab */

static int open_lab(void **state)
{
    (void)state;
    listen_port = (uint16_t)(listen_port ? listen_port + 1 : 10000 + getpid() % 900 * 25);
    return net_lab_set_up(&lab, wanted_mode);
}

static int close_lab(void **state)
{
    (void)state;
    net_lab_close(&lab);
    return 0;
}

static bool has_wire(void)
{
    return lab.engine.wire != NULL;
}

static struct net_ip server_ip(void)
{
    return lab.engine.hosts.host[NET_SERVER].ip;
}

static const char *client_words(void)
{
    static char words[80];
    char ip[NET_IP_TEXT_BYTES];
    snprintf(words, sizeof words, "tcp_client address=%s port=%u", net_ip_text(server_ip(), ip, sizeof ip),
             listen_port);
    return words;
}

static uint32_t start_server(const char *more, bool as_process)
{
    char words[80];
    snprintf(words, sizeof words, "tcp_server_single port=%u%s", listen_port, more);
    return net_lab_start(&lab, "server", NET_SERVER, words, as_process);
}

static void set_wire(enum net_wire_mode mode)
{
    const struct net_wire_settings settings = {.mode = mode};
    assert_int_equal(net_wire_set(lab.engine.wire, &settings, NULL), 0);
}

/* A listening hand and a connected one: their descriptors are 3, 4 and 3. */
struct pair {
    uint32_t server, client;
};

static struct pair connected(void)
{
    struct pair p = {net_lab_hand(&lab, "s1", NET_SERVER, false), net_lab_hand(&lab, "c1", NET_CLIENT, false)};
    assert_int_equal(net_lab_socket_fd(&lab, p.server), 3);
    assert_int_equal(net_lab_bind(&lab, p.server, 3, server_ip(), listen_port), 0);
    assert_int_equal(net_lab_listen(&lab, p.server, 3, 1), 0);
    assert_int_equal(net_lab_socket_fd(&lab, p.client), 3);
    assert_int_equal(net_lab_connect(&lab, p.client, 3, server_ip(), listen_port), 0);
    assert_int_equal(net_lab_accept(&lab, p.server, 3), 4);
    return p;
}

static void set_option(uint32_t hand, int fd, const char *name, int64_t number)
{
    const struct net_option *option = net_option_find(name);
    const struct net_option_value value = {.number = number};
    uint8_t bytes[32];
    const struct net_hand_request r = {.call = NET_CALL_SETSOCKOPT,
                                       .fd = fd,
                                       .args = {fd, option->level, option->number},
                                       .data = bytes,
                                       .data_bytes = (uint32_t)net_option_encode(option, &value, bytes, sizeof bytes)};
    const struct net_event *ev = net_lab_ask(&lab, hand, &r);
    assert_true(ev && ev->u.call.ret == 0);
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

static void assert_printed(uint32_t actor, const char *expected)
{
    char text[500] = "";
    size_t n = 0;
    for (size_t i = 0; i < lab.count; i++)
        if (lab.all[i].kind == NET_EV_OUTPUT && lab.all[i].actor == actor)
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s", (int)lab.all[i].data_bytes,
                                  (const char *)lab.all[i].data);
    if (!strstr(text, expected))
        fail_msg("printed: %s", text);
}

/* By the last that was told of each. */
static bool nobody_holds_a_socket(struct net_lab *l, void *user)
{
    (void)user;
    for (size_t i = 0; i < l->count; i++) {
        const struct net_ev_sample *s = &l->all[i].u.sample;
        bool is_last = l->all[i].kind == NET_EV_SAMPLE && s->inode != 0;
        for (size_t k = i + 1; k < l->count && is_last; k++)
            is_last = !((l->all[k].kind == NET_EV_SAMPLE || l->all[k].kind == NET_EV_GONE) &&
                        l->all[k].u.sample.host == s->host && l->all[k].u.sample.cookie == s->cookie);
        if (is_last)
            return false;
    }
    return true;
}

static void first_contact(bool as_process)
{
    uint32_t server = start_server("", as_process);
    assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
    uint32_t client = net_lab_start(&lab, "client", NET_CLIENT, client_words(), as_process);
    const struct net_event *end = net_lab_await_end(&lab, client);
    assert_true(end && end->u.end.how == NET_END_RETURNED && end->u.end.status == 0);
    end = net_lab_await_end(&lab, server);
    assert_true(end && end->u.end.how == NET_END_RETURNED && end->u.end.status == 0);
    assert_printed(server, "Received: Hello from client!\nConnection closed.\n");
    assert_printed(client, "Server replied: Message received.\\x0a\nConnection closed.\n");
    const struct net_event *accept = net_lab_return(&lab, server, NET_CALL_ACCEPT, 0);
    assert_int_equal(accept->u.call.ret, 4);
    assert_true(accept->u.call.line > 0 && accept->u.call.cookie != 0);
    assert_int_equal(net_lab_return(&lab, client, NET_CALL_CONNECT, 0)->u.call.ret, 0);
    /* The programs forgot nothing: no socket is left open at either end. */
    assert_true(net_lab_until(&lab, nobody_holds_a_socket, NULL));
}

static void first_contact_as_threads(void **state)
{
    (void)state;
    first_contact(false);
}

static void first_contact_as_processes(void **state)
{
    (void)state;
    first_contact(true);
}

static void events_come_in_the_order_of_time(void **state)
{
    (void)state;
    first_contact(false);
    for (size_t i = 1; i < lab.count; i++)
        assert_true(lab.all[i].time_ns >= lab.all[i - 1].time_ns);
}

/* ---- the wait ---------------------------------------------------------------------------------------------------- */

static void count(void *user, const struct net_event *ev)
{
    (void)ev;
    ++*(unsigned *)user;
}

static void a_deadline_ends_the_wait(void **state)
{
    unsigned events = 0;
    uint64_t deadline_ns = net_now_ns() + 20 * MS;
    (void)state;
    assert_true(net_lab_await_quiet(&lab));
    assert_int_equal(net_engine_wait(&lab.engine, -1, deadline_ns, 0, count, &events), NET_WOKE_DEADLINE);
    assert_true(net_now_ns() >= deadline_ns);
    assert_int_equal(events, 0);
}

static void a_byte_ends_the_wait(void **state)
{
    int fds[2];
    unsigned events = 0;
    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_true(net_lab_await_quiet(&lab));
    assert_int_equal(write(fds[1], "k", 1), 1);
    assert_int_equal(net_engine_wait(&lab.engine, fds[0], 0, 8, count, &events), NET_WOKE_INPUT);
    close(fds[0]);
    close(fds[1]);
}

/* A key is not made to wait for the end of a batch, nor by events that never cease. */
static void a_byte_among_events_is_seen_at_once(void **state)
{
    const struct net_ev_note note = {.id = 1};
    int fds[2];
    unsigned events = 0;
    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "k", 1), 1);
    net_engine_note(&lab.engine, &note, "x", 1);
    unsigned woke = net_engine_wait(&lab.engine, fds[0], net_now_ns() + 5000 * MS, 4000, count, &events);
    assert_int_equal(woke, NET_WOKE_INPUT | NET_WOKE_EVENTS);
    assert_true(events >= 1);
    net_engine_note(&lab.engine, &note, "x", 1);
    assert_true(net_engine_wait(&lab.engine, fds[0], 0, 0, count, &events) & NET_WOKE_INPUT);
    close(fds[0]);
    close(fds[1]);
}

static void a_wanted_signal_ends_the_wait_and_is_told_once(void **state)
{
    unsigned events = 0;
    (void)state;
    assert_true(net_lab_await_quiet(&lab));
    kill(getpid(), SIGWINCH);
    kill(getpid(), SIGTERM);
    assert_true(net_engine_wait(&lab.engine, -1, 0, 0, count, &events) & NET_WOKE_SIGNAL);
    uint64_t taken = net_signal_taken();
    while (!(taken >> SIGTERM & 1 && taken >> SIGWINCH & 1)) { /* one at a time may come in */
        assert_true(net_engine_wait(&lab.engine, -1, net_now_ns() + 5000 * MS, 0, count, &events) & NET_WOKE_SIGNAL);
        taken |= net_signal_taken();
    }
    assert_int_equal(taken, UINT64_C(1) << SIGTERM | UINT64_C(1) << SIGWINCH);
    assert_int_equal(net_signal_taken(), 0);
}

static bool has_note(struct net_lab *l, void *user)
{
    const struct net_event *ev = net_lab_find(l, 0, NET_EV_NOTE, 0);
    (void)user;
    return ev && ev->u.note.id == 7 && ev->u.note.kind == 3 && ev->data_bytes == 5 && !memcmp(ev->data, "hello", 5);
}

static void a_note_comes_back_as_it_was_put(void **state)
{
    const struct net_ev_note note = {.kind = 3, .id = 7};
    (void)state;
    net_engine_note(&lab.engine, &note, "hello", 5);
    assert_true(net_lab_until(&lab, has_note, NULL));
}

/* A server in accept, a connection with nothing to say: no timer runs, so nothing may run. */
static void an_idle_lab_sleeps(void **state)
{
    struct rusage before, after;
    unsigned events = 0;
    (void)state;
    struct pair p = connected();
    (void)p;
    assert_true(net_lab_await_quiet(&lab));
    net_lab_let_pass(&lab, 300); /* the last tick: it finds that the handshake's timers are gone */
    getrusage(RUSAGE_SELF, &before);
    unsigned woke = net_engine_wait(&lab.engine, -1, net_now_ns() + 1000 * MS, 8, count, &events);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(woke, NET_WOKE_DEADLINE);
    assert_int_equal(events, 0);
    /* On loopback the kernel tells of every socket of the machine that is destroyed. */
    if (has_wire() && !THREAD_SANITIZER)
        assert_true(after.ru_nvcsw - before.ru_nvcsw <= 2);
}

static uint64_t spent_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000 * MS + (uint64_t)spent.tv_nsec;
}

/* It has lost its processor, maybe, and what is newer cannot be told before it goes on: that needs no looking on. */
static void a_writer_in_mid_write_keeps_nobody_awake(void **state)
{
    struct net_event late = {.kind = NET_EV_OUTPUT, .actor = 1};
    unsigned events = 0;
    (void)state;
    assert_true(net_lab_await_quiet(&lab));
    struct net_ring *slow = net_ring_claim(lab.engine.arena, 1, 0, NET_CLIENT);
    net_ring_begin(slow);
    net_engine_note(&lab.engine, &(struct net_ev_note){0}, "held", 4);
    uint64_t begin_ns = net_now_ns(), begin_spent_ns = spent_ns();
    net_engine_wait(&lab.engine, -1, begin_ns + 200 * MS, 8, count, &events);
    assert_true(spent_ns() - begin_spent_ns < (net_now_ns() - begin_ns) / 2);
    assert_int_equal(events, 0);
    net_ring_put(lab.engine.arena, slow, &late);
    net_engine_wait(&lab.engine, -1, net_now_ns() + 5000 * MS, 8, count, &events);
    assert_int_equal(events, 2);
    net_ring_release(lab.engine.arena, slow);
}

/* ---- what it tells ----------------------------------------------------------------------------------------------- */

static void every_way_of_opening_is_followed_to_the_end(void **state)
{
    (void)state;
    struct pair p = connected();
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_ESTABLISHED));
    assert_true(net_lab_await_state(&lab, NET_SERVER, listen_port, port, NET_STATE_ESTABLISHED));
    assert_int_equal(net_lab_close_fd(&lab, p.client, 3), 0);
    assert_true(net_lab_await_state(&lab, NET_SERVER, listen_port, port, NET_STATE_CLOSE_WAIT));
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_FIN_WAIT2));
    assert_int_equal(net_lab_close_fd(&lab, p.server, 4), 0);
    assert_true(net_lab_await_state(&lab, NET_SERVER, listen_port, port, NET_STATE_ABSENT));
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_TIME_WAIT));
    const struct net_ev_sample *s = net_lab_socket(&lab, NET_CLIENT, port, listen_port);
    assert_int_equal(s->timer, NET_TIMER_TIMEWAIT);
    assert_in_range(s->timer_ms, 50000, 61000);
    assert_int_equal(s->inode, 0);
}

/* By the kernel's hand (`ss -K`), and nobody announces it. Its listener is gone: on loopback no dump shows it either.
 */
static void a_time_wait_that_ends_early_is_told(void **state)
{
    (void)state;
    struct pair p = connected();
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_close_fd(&lab, p.client, 3), 0);
    assert_int_equal(net_lab_close_fd(&lab, p.server, 4), 0);
    assert_int_equal(net_lab_close_fd(&lab, p.server, 3), 0);
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_TIME_WAIT));
    const struct net_ev_sample *s = net_lab_socket(&lab, NET_CLIENT, port, listen_port);
    if (net_diag_destroy(lab.engine.hosts.host[NET_CLIENT].diag_fd, s, NULL) < 0 && !has_wire())
        skip(); /* the machine's own sockets are root's to destroy */
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_ABSENT));
}

static void note_gone(void *user, const struct net_event *ev)
{
    bool *gone = user;
    *gone = *gone || (ev->kind == NET_EV_GONE && ev->u.sample.host == NET_SERVER);
}

/* By who asks in passing only. The socket was reset: no timer runs, so no tick sees its end either. */
static void one_look_sees_the_end_of_a_socket(void **state)
{
    const struct net_hand_request r = {.call = NET_CALL_CLOSE, .fd = 4, .args = {4}};
    bool gone = false;
    (void)state;
    struct pair p = connected();
    assert_int_equal(net_lab_send(&lab, p.server, 4, "unread"), 6);
    assert_int_equal(net_lab_close_fd(&lab, p.client, 3), 0);
    assert_true(net_lab_await_quiet(&lab));
    net_lab_let_pass(&lab, 300); /* the last tick */
    assert_true(net_lab_begin(&lab, p.server, &r));
    for (uint64_t end_ns = net_now_ns() + 10000 * MS; !gone && net_now_ns() < end_ns;)
        net_engine_wait(&lab.engine, -1, 1, 0, note_gone, &gone);
    assert_true(gone);
}

static bool queue_is_one(struct net_lab *l, void *user)
{
    const struct net_ev_sample *s = NULL;
    (void)user;
    for (size_t i = 0; i < l->count; i++)
        if (l->all[i].kind == NET_EV_SAMPLE && l->all[i].u.sample.state == NET_STATE_LISTEN)
            s = &l->all[i].u.sample;
    return s && s->rqueue == 1 && s->wqueue == 5;
}

static void the_accept_queue_is_told(void **state)
{
    (void)state;
    uint32_t server = net_lab_hand(&lab, "s1", NET_SERVER, false), client = net_lab_hand(&lab, "c1", NET_CLIENT, false);
    net_lab_socket_fd(&lab, server);
    assert_int_equal(net_lab_bind(&lab, server, 3, server_ip(), listen_port), 0);
    assert_int_equal(net_lab_listen(&lab, server, 3, 5), 0);
    net_lab_socket_fd(&lab, client);
    assert_int_equal(net_lab_connect(&lab, client, 3, server_ip(), listen_port), 0);
    assert_true(net_lab_until(&lab, queue_is_one, NULL));
}

static bool unread_is(struct net_lab *l, void *user)
{
    const struct net_ev_sample *s = net_lab_socket(l, NET_SERVER, listen_port, *(uint16_t *)user);
    return s && s->rqueue == 3;
}

/* Received data is no segment: nobody but the observer sees the queue get shorter. */
static void what_a_recv_leaves_is_told(void **state)
{
    (void)state;
    struct pair p = connected();
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_send(&lab, p.client, 3, "12345678"), 8);
    assert_int_equal(net_lab_recv(&lab, p.server, 4, 5), 5);
    assert_true(net_lab_until(&lab, unread_is, &port));
}

static bool timer_is(struct net_lab *l, void *user)
{
    const struct net_ev_sample *s = net_lab_socket(l, NET_CLIENT, 0, listen_port);
    return s && s->timer == *(enum net_timer *)user;
}

static void a_keep_alive_timer_is_told_when_it_starts_and_stops(void **state)
{
    enum net_timer timer = NET_TIMER_KEEPALIVE;
    (void)state;
    struct pair p = connected();
    set_option(p.client, 3, "SO_KEEPALIVE", 1);
    assert_true(net_lab_until(&lab, timer_is, &timer));
    assert_in_range(net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->timer_ms, 7000 * 1000, 7201 * 1000);
    set_option(p.client, 3, "SO_KEEPALIVE", 0);
    timer = NET_TIMER_NONE;
    assert_true(net_lab_until(&lab, timer_is, &timer));
}

/* No call and no segment: time alone, and the tick, tell of probes and of the end. */
static void a_death_by_keep_alive_is_told(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    struct pair p = connected();
    set_option(p.client, 3, "TCP_KEEPIDLE", 1);
    set_option(p.client, 3, "TCP_KEEPINTVL", 1);
    set_option(p.client, 3, "TCP_KEEPCNT", 1);
    set_option(p.client, 3, "SO_KEEPALIVE", 1);
    set_wire(NET_WIRE_CUT);
    assert_true(net_lab_await_state(&lab, NET_CLIENT, 0, listen_port, NET_STATE_CLOSE));
    bool probed = false;
    for (size_t i = 0; i < lab.count; i++)
        probed |= lab.all[i].kind == NET_EV_SAMPLE && lab.all[i].u.sample.host == NET_CLIENT &&
                  lab.all[i].u.sample.probes == 1;
    assert_true(probed);
    assert_int_equal(net_lab_recv(&lab, p.client, 3, 10), -ETIMEDOUT);
    /* The other end has heard of nothing. */
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_socket(&lab, NET_SERVER, listen_port, port)->state, NET_STATE_ESTABLISHED);
}

static void the_end_of_an_orphan_is_told(void **state)
{
    struct net_error err;
    (void)state;
    if (!has_wire() || net_sysctl_set(&lab.engine.hosts, NET_CLIENT, "tcp_fin_timeout", "1", &err) < 0)
        skip();
    struct pair p = connected();
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_close_fd(&lab, p.client, 3), 0);
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_FIN_WAIT2));
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, listen_port, NET_STATE_ABSENT));
}

static void a_reset_is_the_end_of_both(void **state)
{
    (void)state;
    struct pair p = connected();
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_send(&lab, p.client, 3, "unread"), 6);
    assert_true(net_lab_await_quiet(&lab));
    assert_int_equal(net_lab_close_fd(&lab, p.server, 4), 0);
    assert_true(net_lab_await_state(&lab, NET_SERVER, listen_port, port, NET_STATE_ABSENT));
    assert_int_equal(net_lab_recv(&lab, p.client, 3, 10), -ECONNRESET);
    assert_int_equal(net_lab_recv(&lab, p.client, 3, 10), 0);
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, 0, NET_STATE_CLOSE));
    assert_int_equal(net_lab_close_fd(&lab, p.client, 3), 0);
    assert_true(net_lab_await_state(&lab, NET_CLIENT, port, 0, NET_STATE_ABSENT));
}

/* What is held on the wire changes nothing at the receiver, and shows at the sender as not acknowledged. */
static bool unacknowledged_is(struct net_lab *l, void *user)
{
    const struct net_ev_sample *s = net_lab_socket(l, NET_CLIENT, 0, listen_port);
    return s && s->wqueue == *(uint32_t *)user;
}

static void held_data_shows_at_its_sender(void **state)
{
    uint32_t bytes = 4;
    (void)state;
    if (!has_wire())
        skip();
    struct pair p = connected();
    assert_true(net_lab_await_quiet(&lab));
    set_wire(NET_WIRE_HELD);
    assert_int_equal(net_lab_send(&lab, p.client, 3, "data"), 4);
    assert_true(net_lab_until(&lab, unacknowledged_is, &bytes));
    uint16_t port = net_lab_socket(&lab, NET_CLIENT, 0, listen_port)->local_port;
    assert_int_equal(net_lab_socket(&lab, NET_SERVER, listen_port, port)->rqueue, 0);
    set_wire(NET_WIRE_OPEN);
    net_wire_release(lab.engine.wire, 0);
    bytes = 0;
    assert_true(net_lab_until(&lab, unacknowledged_is, &bytes));
}

/* ---- quiet ------------------------------------------------------------------------------------------------------- */

static void whoever_waits_for_another_is_quiet(void **state)
{
    (void)state;
    uint32_t server = start_server("", false);
    assert_true(net_lab_await_quiet(&lab));
    assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
    assert_true(net_engine_quiet(&lab.engine));
    net_engine_note(&lab.engine, &(struct net_ev_note){0}, NULL, 0);
    assert_false(net_engine_quiet(&lab.engine)); /* an event was not taken */
    assert_true(net_lab_await_quiet(&lab));
}

/* Whatever quiet said, nothing came afterwards: a program that is still running would have told something. */
static void after_quiet_nothing_comes(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        uint32_t server = start_server("", round & 1);
        assert_true(net_lab_await_quiet(&lab));
        assert_true(net_lab_return(&lab, server, NET_CALL_LISTEN, 0) != NULL);
        uint32_t client = net_lab_start(&lab, "client", NET_CLIENT, client_words(), round & 2);
        assert_true(net_lab_await_quiet(&lab));
        assert_non_null(net_lab_find(&lab, 0, NET_EV_ACTOR_END, server));
        assert_non_null(net_lab_find(&lab, 0, NET_EV_ACTOR_END, client));
        net_lab_forget(&lab);
    }
}

static void a_gate_is_quiet(void **state)
{
    struct net_error err;
    (void)state;
    assert_int_equal(net_actor_gate(lab.engine.actors, 0, NET_GATE_CLOSE, &err), 0);
    uint32_t server = start_server("", false);
    assert_true(net_lab_await_quiet(&lab));
    const struct net_event *gate = net_lab_find(&lab, 0, NET_EV_GATE, server);
    assert_true(gate && gate->u.gate.waiting && gate->u.gate.call == NET_CALL_SOCKET);
    assert_null(net_lab_return(&lab, server, NET_CALL_SOCKET, 0));
    assert_int_equal(net_actor_gate(lab.engine.actors, server, NET_GATE_ONE, &err), 0);
    assert_true(net_lab_await_quiet(&lab));
    assert_non_null(net_lab_return(&lab, server, NET_CALL_SOCKET, 0));
    assert_null(net_lab_return(&lab, server, NET_CALL_BIND, 0));
}

static void a_held_segment_is_quiet(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    struct pair p = connected();
    set_wire(NET_WIRE_HELD);
    const struct net_hand_request recv = {.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 10}};
    assert_true(net_lab_begin(&lab, p.server, &recv));
    assert_int_equal(net_lab_send(&lab, p.client, 3, "x"), 1);
    assert_true(net_lab_await_quiet(&lab));
    assert_null(net_lab_return(&lab, p.server, NET_CALL_RECV, 0));
    net_wire_release(lab.engine.wire, 0);
    assert_non_null(net_lab_await_return(&lab, p.server, NET_CALL_RECV, 0));
}

/* ---- the clean slate --------------------------------------------------------------------------------------------- */

static int sockets_now;

static void count_socket(void *user, const struct net_ev_sample *s)
{
    (void)user;
    (void)s;
    sockets_now++;
}

static int count_sockets(void)
{
    struct net_error err;
    sockets_now = 0;
    for (int h = 0; h < NET_HOSTS; h++)
        assert_int_equal(net_diag_dump(lab.engine.hosts.host[h].diag_fd, (enum net_host)h, 0, count_socket, NULL, &err),
                         0);
    return sockets_now;
}

static void clear_leaves_nothing(void **state)
{
    char other[40];
    (void)state;
    snprintf(other, sizeof other, "tcp_server_single port=%u", 9000u + listen_port % 1000u);
    for (int round = 0; round < 4; round++) {
        bool as_process = round & 1;
        uint32_t blocked = net_lab_start(&lab, "other", NET_SERVER, other, as_process);
        uint32_t server = start_server(" reuseaddr=no", as_process);
        /* The second time it is there again, on the same port: TIME_WAIT is gone too. */
        assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
        assert_true(net_lab_await_blocked(&lab, blocked, NET_CALL_ACCEPT));
        uint32_t client = net_lab_start(&lab, "client", NET_CLIENT, client_words(), as_process);
        assert_non_null(net_lab_await_end(&lab, client));
        if (has_wire() && round >= 2)
            set_wire(NET_WIRE_HELD);
        assert_int_equal(net_engine_clear(&lab.engine, net_lab_keep, &lab), 0);
        assert_int_equal(net_actors_alive(lab.engine.actors), 0);
        assert_non_null(net_lab_await_end(&lab, blocked));
        if (!has_wire())
            return;
        assert_int_equal(count_sockets(), 0);
        struct net_wire_settings now;
        net_wire_get(lab.engine.wire, &now);
        assert_int_equal(now.mode, NET_WIRE_OPEN);
        net_lab_forget(&lab);
    }
}

/* Every end is told while it happens. */
static void clear_tells_every_end(void **state)
{
    uint32_t ids[20];
    (void)state;
    for (int i = 0; i < 20; i++)
        ids[i] = net_lab_hand(&lab, "h", i & 1 ? NET_SERVER : NET_CLIENT, i % 3 == 0);
    assert_int_equal(net_engine_clear(&lab.engine, net_lab_keep, &lab), 0);
    for (int i = 0; i < 20; i++)
        assert_non_null(net_lab_await_end(&lab, ids[i]));
}

/* A child that sleeps, none of whose events was read; NULL. */
static struct net_ring *unheard_child(void)
{
    for (size_t i = NET_FIRST_TASK_RING; i < net_arena_top(lab.engine.arena); i++) {
        struct net_ring *r = net_arena_ring(lab.engine.arena, i);
        if (atomic_load(&r->use) == NET_RING_LIVE && r->is_process_actor &&
            net_proc_state(atomic_load(&r->pid), atomic_load(&r->pid)) == 'S')
            return r;
    }
    return NULL;
}

/* What the kill cut short is heard only when it is dead: its end is told with its beginning. */
static void clear_tells_the_end_of_a_child_that_nobody_had_heard(void **state)
{
    static const char *const words[] = {"forks", "orphans"};
    const struct net_actor_spec spec = {
        .name = "f", .host = NET_SERVER, .program = &program_forks, .argc = 2, .argv = words};
    struct net_error err;
    uint64_t end_ns = net_now_ns() + NET_LAB_PATIENCE_MS * (uint64_t)MS;
    (void)state;
    assert_true(net_actor_start(lab.engine.actors, &spec, &err) != 0);
    while (!unheard_child()) {
        assert_true(net_now_ns() < end_ns);
        sched_yield();
    }
    assert_int_equal(net_engine_clear(&lab.engine, net_lab_keep, &lab), 0);
    net_lab_let_pass(&lab, 1);
    unsigned begun = 0;
    for (size_t i = 0; i < lab.count; i++) {
        if (lab.all[i].kind != NET_EV_TASK_START)
            continue;
        bool ended = false;
        for (size_t k = i; k < lab.count; k++)
            ended |= lab.all[k].kind == NET_EV_TASK_END && lab.all[k].task == lab.all[i].task;
        assert_true(ended);
        begun++;
    }
    assert_int_equal(begun, 2);
}

static int count_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void a_closed_engine_leaves_nothing(void **state)
{
    struct sigaction before, after;
    sigset_t mask_before, mask_after;
    struct net_error err;
    (void)state;
    int fds = count_fds();
    sigaction(SIGTERM, NULL, &before);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(net_lab_open(&lab, wanted_mode, &err), 0);
        start_server("", false);
        start_server(" port=9998", true);
        net_lab_close(&lab);
    }
    assert_int_equal(count_fds(), fds);
    sigaction(SIGTERM, NULL, &after);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    assert_ptr_equal(after.sa_handler, before.sa_handler);
    assert_int_equal(sigismember(&mask_after, SIGTERM), sigismember(&mask_before, SIGTERM));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

#define WITH_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_lab)

static int tests_of(const char *variant)
{
    struct CMUnitTest tests[] = {
        WITH_LAB(first_contact_as_threads),
        WITH_LAB(first_contact_as_processes),
        WITH_LAB(events_come_in_the_order_of_time),
        WITH_LAB(a_deadline_ends_the_wait),
        WITH_LAB(a_byte_ends_the_wait),
        WITH_LAB(a_byte_among_events_is_seen_at_once),
        WITH_LAB(a_wanted_signal_ends_the_wait_and_is_told_once),
        WITH_LAB(a_note_comes_back_as_it_was_put),
        WITH_LAB(an_idle_lab_sleeps),
        WITH_LAB(a_writer_in_mid_write_keeps_nobody_awake),
        WITH_LAB(every_way_of_opening_is_followed_to_the_end),
        WITH_LAB(a_time_wait_that_ends_early_is_told),
        WITH_LAB(one_look_sees_the_end_of_a_socket),
        WITH_LAB(the_accept_queue_is_told),
        WITH_LAB(what_a_recv_leaves_is_told),
        WITH_LAB(a_keep_alive_timer_is_told_when_it_starts_and_stops),
        WITH_LAB(a_death_by_keep_alive_is_told),
        WITH_LAB(the_end_of_an_orphan_is_told),
        WITH_LAB(a_reset_is_the_end_of_both),
        WITH_LAB(held_data_shows_at_its_sender),
        WITH_LAB(whoever_waits_for_another_is_quiet),
        WITH_LAB(after_quiet_nothing_comes),
        WITH_LAB(a_gate_is_quiet),
        WITH_LAB(a_held_segment_is_quiet),
        WITH_LAB(clear_leaves_nothing),
        WITH_LAB(clear_tells_every_end),
        WITH_LAB(clear_tells_the_end_of_a_child_that_nobody_had_heard),
        cmocka_unit_test(a_closed_engine_leaves_nothing),
    };
    static char names[sizeof tests / sizeof tests[0]][100];
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        snprintf(names[i], sizeof names[i], "%s: %s", variant, tests[i].name);
        tests[i].name = names[i];
    }
    return cmocka_run_group_tests_name(variant, tests, NULL, NULL);
}

/* Each variant in a process of its own: one that entered a user namespace cannot leave it again. */
static bool run_variant(const char *variant, enum net_mode wanted, bool as_user)
{
    struct net_error err;
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        wanted_mode = wanted;
        if (as_user && (setgid(65534) < 0 || setuid(65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0))
            _exit(1);
        int failed = 0;
        if (net_lab_open(&lab, wanted, &err) == 0) {
            net_lab_close(&lab);
            failed = tests_of(variant);
        } else {
            printf("skip %s: %s\n", variant, err.text);
        }
        fflush(stdout);
        _exit(failed != 0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return false;
    if (!WIFEXITED(status))
        printf("not ok %s: ended by %s\n", variant, net_signal_name(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(void)
{
    bool good = run_variant("tun", NET_MODE_TUN, false);
    good &= run_variant("veth", NET_MODE_VETH, false);
    good &= run_variant("loopback", NET_MODE_LOOPBACK, false);
    if (geteuid() == 0)
        good &= run_variant("as a user", NET_MODE_AUTO, true);
    return !good;
}
