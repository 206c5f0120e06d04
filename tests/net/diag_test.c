// SPDX-License-Identifier: GPL-3.0-or-later
// What sock_diag says of sockets, against ss, against getsockopt, and against what happens to them.
#include "tests/fixtures/two_hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERVER_PORT = 12345, CLIENT_PORT = 40000, SAMPLES = 2048 };

struct samples {
    struct net_ev_sample sample[SAMPLES];
    size_t n;
};

static void keep_sample(void *user, const struct net_ev_sample *sample)
{
    struct samples *samples = user;

    assert_true(samples->n < SAMPLES);
    samples->sample[samples->n++] = *sample;
}

static struct samples *dump(enum net_host host, uint16_t port)
{
    static struct samples samples;
    struct net_error err = {0};

    samples.n = 0;
    if (net_diag_dump(lab.hosts.host[host].diag_fd, host, port, keep_sample, &samples, &err))
        fail_msg("%s", err.text);
    return &samples;
}

static const struct net_ev_sample *by_cookie(const struct samples *samples, uint64_t cookie)
{
    for (size_t i = 0; i < samples->n; i++)
        if (samples->sample[i].cookie == cookie)
            return &samples->sample[i];
    return NULL;
}

static bool has_accept_queue(const void *user)
{
    struct net_ev_sample sample;

    return net_sample_fd(*(const int *)user, NET_SERVER, &(struct net_who){0}, &sample) == 0 && sample.rqueue > 0;
}

struct connection {
    int client, server, listener;
};

static struct connection connected(uint16_t client_port)
{
    struct connection c = {.listener = listen_on(NET_SERVER, SERVER_PORT, 8)};

    c.client = start_connect(NET_CLIENT, client_port, NET_SERVER, SERVER_PORT);
    wait_until(has_accept_queue, &c.listener, "a connection in the accept queue");
    c.server = accept4(c.listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(c.server >= 0);
    return c;
}

static void finish(const struct connection *c)
{
    close(c->client);
    close(c->server);
    close(c->listener);
}

/* ---- against ss -------------------------------------------------------------------------------------------------- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct table {
    char line[64][64];
    size_t n;
};

static void by_diag(enum net_host host, struct table *out)
{
    const struct samples *samples = dump(host, 0);

    out->n = 0;
    for (size_t i = 0; i < samples->n; i++) {
        const struct net_ev_sample *s = &samples->sample[i];
        if (s->state == NET_STATE_CLOSE)
            continue; /* bound only: ss of 2022 does not ask for those */
        snprintf(out->line[out->n++], sizeof *out->line, "%s %u %u %u %u", net_state_name(s->state), s->local_port,
                 s->remote_port, s->rqueue, s->wqueue);
    }
    qsort(out->line, out->n, sizeof *out->line, compare_lines);
}

/* `ss -tanH` in the host, in the form of by_diag(). */
static void by_ss(enum net_host host, struct table *out)
{
    char line[512], name[16], local[64], remote[64];
    unsigned rqueue, wqueue;

    out->n = 0;
    assert_int_equal(net_hosts_enter(&lab.hosts, host), 0);
    FILE *ss = popen("ss -tanH", "r");
    while (fgets(line, sizeof line, ss)) {
        assert_int_equal(sscanf(line, "%15s %u %u %63s %63s", name, &rqueue, &wqueue, local, remote), 5);
        snprintf(out->line[out->n++], sizeof *out->line, "%s %u %u %u %u",
                 net_state_name((unsigned)net_state_number(name)), (unsigned)atoi(strrchr(local, ':') + 1),
                 (unsigned)atoi(strrchr(remote, ':') + 1), rqueue, wqueue);
    }
    assert_int_equal(pclose(ss), 0);
    assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
    qsort(out->line, out->n, sizeof *out->line, compare_lines);
}

/* Nothing moves: timers aside, so that both see the same. */
static void check_against_ss(enum net_host host, size_t at_least)
{
    struct table mine, theirs;

    by_diag(host, &mine);
    by_ss(host, &theirs);
    assert_int_equal(mine.n, theirs.n);
    assert_true(mine.n >= at_least);
    for (size_t i = 0; i < mine.n; i++)
        assert_string_equal(mine.line[i], theirs.line[i]);
}

static void every_kind_of_socket_is_dumped(void **state)
{
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    int half = start_connect(NET_CLIENT, CLIENT_PORT + 1, NET_SERVER, SERVER_PORT), bound = tcp_on(NET_SERVER);
    struct sockaddr_in any = {.sin_family = AF_INET};

    wait_until(has_accept_queue, &c.listener, "the second connection");
    assert_int_equal(bind(bound, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(send(c.server, "unread", 6, 0), 6);
    shutdown(half, SHUT_WR);
    wait_state(NET_CLIENT, CLIENT_PORT + 1, SERVER_PORT, NET_STATE_FIN_WAIT2);
    close(half); /* now an orphan, which the kernel keeps as a mini-socket */
    wire_mode(NET_WIRE_HELD);
    int opening = start_connect(NET_CLIENT, CLIENT_PORT + 2, NET_SERVER, SERVER_PORT);
    wait_held(1);
    net_wire_release(lab.wire, 1);
    wait_held(1);
    check_against_ss(NET_SERVER, 4); /* LISTEN, ESTABLISHED, CLOSE_WAIT, SYN_RECV */
    check_against_ss(NET_CLIENT, 3); /* ESTABLISHED with unread bytes, FIN_WAIT2, SYN_SENT */
    const struct net_ev_sample *lonely = by_cookie(dump(NET_SERVER, 0), cookie_of(bound));
    if (lonely) { /* Linux 6.5 and later */
        assert_int_equal(lonely->state, NET_STATE_CLOSE);
        assert_int_equal(lonely->local_port, port_of(bound));
    }
    close(bound);
    close(opening);
    finish(&c);
}

static void a_port_filter_takes_either_end(void **state)
{
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    int other = listen_on(NET_SERVER, 7777, 1), opening = start_connect(NET_CLIENT, CLIENT_PORT + 1, NET_SERVER, 7777);

    wait_state(NET_CLIENT, CLIENT_PORT + 1, 7777, NET_STATE_ESTABLISHED);
    assert_int_equal(dump(NET_SERVER, SERVER_PORT)->n, 2); /* as local port: the listener and its child */
    assert_int_equal(dump(NET_CLIENT, SERVER_PORT)->n, 1); /* as remote port */
    assert_int_equal(dump(NET_CLIENT, CLIENT_PORT + 1)->n, 1);
    assert_int_equal(dump(NET_CLIENT, 9)->n, 0);
    assert_int_equal(dump(NET_CLIENT, 0)->n, 2);
    close(other);
    close(opening);
    finish(&c);
}

static void a_dump_longer_than_a_buffer_is_whole(void **state)
{
    enum { LISTENERS = 600 };
    static int listener[LISTENERS];
    (void)state;

    for (int i = 0; i < LISTENERS; i++)
        listener[i] = listen_on(NET_SERVER, (uint16_t)(20000 + i), 1);
    assert_int_equal(dump(NET_SERVER, 0)->n, LISTENERS);
    for (int i = 0; i < LISTENERS; i += 50)
        assert_non_null(by_cookie(dump(NET_SERVER, 0), cookie_of(listener[i])));
    for (int i = 0; i < LISTENERS; i++)
        close(listener[i]);
}

/* ---- one socket -------------------------------------------------------------------------------------------------- */

/* Two ways to ask the same kernel about the same socket. */
static void a_descriptor_and_a_lookup_agree(void **state)
{
    struct net_ev_sample own, asked;
    struct stat inode;
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    const struct net_tuple tuple = {NET_SERVER_IP, NET_CLIENT_IP, SERVER_PORT, CLIENT_PORT};

    assert_int_equal(send(c.client, "unread", 6, 0), 6);
    wait_until(has_accept_queue, &c.server, "six bytes");
    assert_int_equal(net_sample_fd(c.server, NET_SERVER, &(struct net_who){0}, &own), 0);
    assert_int_equal(net_diag_one(lab.hosts.host[NET_SERVER].diag_fd, NET_SERVER, &tuple, &asked), 1);
    assert_int_equal(own.cookie, asked.cookie);
    assert_int_equal(own.cookie, cookie_of(c.server));
    assert_int_equal(own.inode, asked.inode);
    assert_int_equal(fstat(c.server, &inode), 0);
    assert_int_equal(own.inode, inode.st_ino);
    assert_int_equal(own.state, asked.state);
    assert_true(net_ip_same(own.local_ip, NET_SERVER_IP));
    assert_true(net_ip_same(own.remote_ip, asked.remote_ip));
    assert_int_equal(own.local_port, asked.local_port);
    assert_int_equal(own.remote_port, CLIENT_PORT);
    assert_int_equal(own.rqueue, 6);
    assert_int_equal(asked.rqueue, 6);
    assert_true(own.has_info && asked.has_info);
    assert_int_equal(own.snd_mss_bytes, asked.snd_mss_bytes);
    assert_int_equal(own.bytes_received, 6);
    assert_int_equal(asked.bytes_received, 6);
    assert_int_equal(own.cwnd_segs, asked.cwnd_segs);
    assert_int_equal(own.rcv_wnd_bytes, asked.rcv_wnd_bytes);
    assert_int_equal(own.pmtu_bytes, 1500);
    assert_int_equal(net_state_of_fd(c.server), NET_STATE_ESTABLISHED);
    assert_int_equal(net_state_of_fd(c.listener), NET_STATE_LISTEN);
    finish(&c);
}

static void a_listener_tells_its_queue_and_backlog(void **state)
{
    struct net_ev_sample own;
    const struct net_tuple nobody = {NET_SERVER_IP, NET_CLIENT_IP, SERVER_PORT, 9};
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    int waiting = start_connect(NET_CLIENT, CLIENT_PORT + 1, NET_SERVER, SERVER_PORT);

    wait_until(has_accept_queue, &c.listener, "a connection in the accept queue");
    assert_int_equal(net_sample_fd(c.listener, NET_SERVER, &(struct net_who){0}, &own), 0);
    assert_int_equal(own.state, NET_STATE_LISTEN);
    assert_int_equal(own.rqueue, 1);
    assert_int_equal(own.wqueue, 8);
    assert_int_equal(own.remote_port, 0);
    /* It would answer a SYN from there, but it is no connection. */
    assert_int_equal(net_diag_one(lab.hosts.host[NET_SERVER].diag_fd, NET_SERVER, &nobody, &own), 0);
    close(waiting);
    finish(&c);
}

static void what_is_no_tcp_socket_is_refused(void **state)
{
    struct net_ev_sample sample;
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    (void)state;

    assert_int_equal(net_sample_fd(udp, NET_SERVER, &(struct net_who){0}, &sample), -1);
    assert_int_equal(net_sample_fd(0, NET_SERVER, &(struct net_who){0}, &sample), -1);
    assert_int_equal(net_sample_fd(-1, NET_SERVER, &(struct net_who){0}, &sample), -1);
    assert_int_equal(net_state_of_fd(udp), NET_STATE_ABSENT);
    close(udp);
}

/* One cookie from the client's SYN to the end, whatever the kernel keeps of the socket meanwhile. */
static void the_cookie_lasts(void **state)
{
    struct net_ev_sample sample;
    const struct net_tuple tuple = {NET_CLIENT_IP, NET_SERVER_IP, CLIENT_PORT, SERVER_PORT};
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    uint64_t cookie = cookie_of(c.client);

    close(c.client);
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, NET_STATE_FIN_WAIT2);
    assert_int_equal(net_diag_one(lab.hosts.host[NET_CLIENT].diag_fd, NET_CLIENT, &tuple, &sample), 1);
    assert_int_equal(sample.cookie, cookie);
    assert_int_equal(sample.inode, 0);
    assert_false(sample.has_info);
    assert_int_equal(sample.timer, NET_TIMER_TIMEWAIT);
    assert_true(sample.timer_ms > 50000 && sample.timer_ms <= 60000);
    close(c.server);
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, NET_STATE_TIME_WAIT);
    assert_int_equal(net_diag_one(lab.hosts.host[NET_CLIENT].diag_fd, NET_CLIENT, &tuple, &sample), 1);
    assert_int_equal(sample.cookie, cookie);
    close(c.listener);
}

static void a_keepalive_timer_shows_its_time_left(void **state)
{
    const int on = 1, idle_s = 20;
    const struct net_tuple tuple = {NET_CLIENT_IP, NET_SERVER_IP, CLIENT_PORT, SERVER_PORT};
    struct net_ev_sample sample;
    (void)state;
    struct connection c = connected(CLIENT_PORT);

    assert_int_equal(setsockopt(c.client, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s), 0);
    assert_int_equal(setsockopt(c.client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
    assert_int_equal(net_diag_one(lab.hosts.host[NET_CLIENT].diag_fd, NET_CLIENT, &tuple, &sample), 1);
    assert_int_equal(sample.timer, NET_TIMER_KEEPALIVE);
    assert_true(sample.timer_ms > 15000 && sample.timer_ms <= 20100);
    finish(&c);
}

/* A dual-stack server is AF_INET6 to the kernel; its connections speak IPv4 all the same. */
static void a_dual_stack_server_is_seen(void **state)
{
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(SERVER_PORT)};
    struct net_ev_sample sample;
    (void)state;

    assert_int_equal(net_hosts_enter(&lab.hosts, NET_SERVER), 0);
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
    if (listener < 0)
        skip(); /* a kernel without IPv6 */
    assert_int_equal(bind(listener, (const struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(listen(listener, 3), 0);
    const struct net_ev_sample *found = by_cookie(dump(NET_SERVER, 0), cookie_of(listener));
    assert_non_null(found);
    assert_int_equal(found->state, NET_STATE_LISTEN);
    assert_true(net_ip_is_any(found->local_ip));
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_state(NET_SERVER, SERVER_PORT, CLIENT_PORT, NET_STATE_ESTABLISHED);
    int server = accept(listener, NULL, NULL);
    assert_int_equal(net_sample_fd(server, NET_SERVER, &(struct net_who){0}, &sample), 0);
    assert_true(net_ip_same(sample.local_ip, NET_SERVER_IP));
    assert_true(net_ip_same(sample.remote_ip, NET_CLIENT_IP));
    close(client);
    close(server);
    close(listener);
}

/* ---- destroying -------------------------------------------------------------------------------------------------- */

static void destroying_aborts_the_owner_and_resets_the_peer(void **state)
{
    struct net_ev_sample sample;
    struct net_error err = {0};
    char byte;
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    int fd = lab.hosts.host[NET_SERVER].diag_fd;

    assert_int_equal(net_sample_fd(c.server, NET_SERVER, &(struct net_who){0}, &sample), 0);
    if (net_diag_destroy(fd, &sample, &err)) {
        assert_int_equal(err.code, EOPNOTSUPP);
        skip();
    }
    assert_int_equal(recv(c.server, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNABORTED);
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, NET_STATE_ABSENT);
    assert_int_equal(recv(c.client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(net_diag_destroy(fd, &sample, &err), -1);
    assert_int_equal(err.code, ENOENT);
    assert_non_null(strstr(err.text, "gone"));
    finish(&c);
}

static struct samples destroyed;

static bool was_told(const void *user)
{
    int fd = lab.hosts.host[NET_CLIENT].destroy_fd;

    assert_true(net_diag_destroyed(fd, NET_CLIENT, keep_sample, &destroyed) >= 0);
    return by_cookie(&destroyed, *(const uint64_t *)user) != NULL;
}

static void the_end_of_a_socket_is_told(void **state)
{
    const struct linger now = {1, 0};
    (void)state;
    struct connection c = connected(CLIENT_PORT);
    uint64_t cookie = cookie_of(c.client), other = cookie_of(c.server);

    destroyed.n = 0;
    assert_false(was_told(&cookie));
    setsockopt(c.client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(c.client);
    wait_until(was_told, &cookie, "the notification");
    assert_null(by_cookie(&destroyed, other)); /* the other host's are told there */
    close(c.server);
    close(c.listener);
}

static bool some_are_lost(const void *user)
{
    (void)user;
    errno = 0;
    return net_diag_destroyed(lab.hosts.host[NET_CLIENT].destroy_fd, NET_CLIENT, keep_sample, &destroyed) < 0 &&
           errno == ENOBUFS;
}

/* How much the kernel keeps is the machine's to decide (net.core.rmem_max). */
static void ends_that_were_lost_are_said_to_be(void **state)
{
    enum { MANY = 20 };
    const struct linger now = {1, 0};
    int fd = lab.hosts.host[NET_CLIENT].destroy_fd, smallest = 1, before;
    socklen_t bytes = sizeof before;
    (void)state;
    destroyed.n = 0;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &before, &bytes), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
    for (int i = 0; i < MANY; i++) {
        struct connection c = connected(CLIENT_PORT);
        setsockopt(c.client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        finish(&c);
    }
    wait_until(some_are_lost, NULL, "the loss");
    assert_true(destroyed.n < MANY);
    before /= 2; /* the kernel doubles what it is told */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &before, sizeof before);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(every_kind_of_socket_is_dumped),
        cmocka_unit_test(a_port_filter_takes_either_end),
        cmocka_unit_test(a_dump_longer_than_a_buffer_is_whole),
        cmocka_unit_test(a_descriptor_and_a_lookup_agree),
        cmocka_unit_test(a_listener_tells_its_queue_and_backlog),
        cmocka_unit_test(what_is_no_tcp_socket_is_refused),
        cmocka_unit_test(the_cookie_lasts),
        cmocka_unit_test(a_keepalive_timer_shows_its_time_left),
        cmocka_unit_test(a_dual_stack_server_is_seen),
        cmocka_unit_test(destroying_aborts_the_owner_and_resets_the_peer),
        cmocka_unit_test(the_end_of_a_socket_is_told),
        cmocka_unit_test(ends_that_were_lost_are_said_to_be),
    };

    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
