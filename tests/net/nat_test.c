// SPDX-License-Identifier: GPL-3.0-or-later
// A box that translates addresses: what the server's kernel sees of it, what it loses, and what it must not.
#include "tests/fixtures/wire_connection.h"

#include "net/base/clock.h"
#include "net/wire/nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const uint64_t CROWD_NS = 20000000000;
enum { CROWD = 1000, ROUNDS = 4, CHUNK = 1000, CROWD_PORT = 20000 };

static struct net_wire_settings nat_with(enum net_fault_id other, uint32_t value)
{
    struct net_wire_settings box = {0};

    box.faults.value[NET_FAULT_NAT][NET_CLIENT] = 1;
    if (value)
        net_fault_set(&box.faults, other, value);
    return box;
}

static void nat_on(void)
{
    const struct net_wire_settings box = nat_with(NET_FAULT_LOSS, 0);

    net_wire_tidy(lab.wire);
    settings(&box);
    lab_clear();
}

static void nat_off(const struct connection *c)
{
    settings(&(const struct net_wire_settings){0});
    finish(c);
}

static struct sockaddr_in peer_of(int fd)
{
    struct sockaddr_in peer;
    socklen_t bytes = sizeof peer;

    assert_int_equal(getpeername(fd, (struct sockaddr *)&peer, &bytes), 0);
    return peer;
}

static bool has_why(const void *why)
{
    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_FATE && lab.event[i].u.fate.why == *(const enum net_drop_why *)why)
            return true;
    return false;
}

static void wait_why(enum net_drop_why why)
{
    wait_until(has_why, &why, net_drop_name(why));
}

static void the_server_sees_another_address(void **state)
{
    static const char bytes[5000];
    (void)state;
    nat_on();
    struct connection c = connected();
    struct sockaddr_in peer = peer_of(c.server);
    struct net_nat_entry entry;

    assert_true(net_ip_same(NET_IP4(ntohl(peer.sin_addr.s_addr)), NET_NAT_IP));
    assert_int_equal(net_wire_nat(lab.wire, &entry, 1), 1);
    assert_int_equal(entry.nat_port, ntohs(peer.sin_port));
    assert_true(net_ip_same(entry.ip, lab.hosts.host[NET_CLIENT].ip));
    assert_int_equal(entry.port, CLIENT_PORT);
    assert_int_equal(entry.server_port, SERVER_PORT);
    assert_false(entry.over);
    assert_int_equal(state_by_ss(NET_SERVER, SERVER_PORT, entry.nat_port), NET_STATE_ESTABLISHED);
    assert_true(net_ip_same(NET_IP4(ntohl(peer_of(c.client).sin_addr.s_addr)), lab.hosts.host[NET_SERVER].ip));
    assert_int_equal(send(c.client, bytes, sizeof bytes, 0), sizeof bytes);
    wait_received(c.server, sizeof bytes);
    assert_int_equal(send(c.server, bytes, sizeof bytes, 0), sizeof bytes);
    wait_received(c.client, sizeof bytes);
    assert_int_equal(count_fates(NET_DROPPED), 0);
    /* Turned off it goes on for what it knows. */
    settings(&(const struct net_wire_settings){0});
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_received(c.server, sizeof bytes + 1);
    nat_off(&c);
}

static void an_older_connection_passes_as_it_is(void **state)
{
    (void)state;
    struct connection c = connected();

    nat_on();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_received(c.server, 1);
    assert_int_equal(net_wire_nat(lab.wire, NULL, 0), 0);
    nat_off(&c);
}

/* What it has lost makes a stranger of the client, and leaves the server alone. */
static void a_lost_table(void **state)
{
    (void)state;
    char byte;
    nat_on();
    struct connection c = connected();

    assert_int_equal(net_wire_nat_restart(lab.wire), 1);
    assert_int_equal(net_wire_nat(lab.wire, NULL, 0), 0);
    assert_int_equal(send(c.server, "a", 1, 0), 1);
    wait_why(NET_DROP_NAT);
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    assert_int_equal(poll(&(struct pollfd){.fd = c.client, .events = POLLIN}, 1, 5000), 1);
    assert_int_equal(recv(c.client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(state_by_ss(NET_SERVER, SERVER_PORT, ntohs(peer_of(c.server).sin_port)), NET_STATE_ESTABLISHED);
    nat_off(&c);
}

static void nobody_calls_from_outside(void **state)
{
    (void)state;
    nat_on();
    int listener = listen_on(NET_CLIENT, SERVER_PORT, 1);
    int caller = start_connect(NET_SERVER, CLIENT_PORT, NET_CLIENT, SERVER_PORT);

    wait_why(NET_DROP_NAT);
    settings(&(const struct net_wire_settings){0});
    close(caller);
    close(listener);
}

/* A port of the box is for the one end that its client has called, and for no other port of the same host. */
static void a_stranger_meets_a_port_in_use(void **state)
{
    (void)state;
    nat_on();
    struct connection c = connected();
    struct sockaddr_in to = peer_of(c.server);
    int caller = tcp_on(NET_SERVER);

    assert_true(connect(caller, (const struct sockaddr *)&to, sizeof to) < 0 && errno == EINPROGRESS);
    wait_why(NET_DROP_NAT);
    close(caller);
    nat_off(&c);
}

/* A router's message goes to who sent the packet, with the addresses that it knows; its kernel makes it smaller. */
static void a_narrow_way_behind_it(void **state)
{
    static const char bytes[5000];
    const struct net_wire_settings narrow = nat_with(NET_FAULT_MTU, 1000);
    (void)state;
    nat_on();
    struct connection c = connected();

    settings(&narrow);
    assert_int_equal(send(c.server, bytes, sizeof bytes, 0), sizeof bytes);
    wait_why(NET_DROP_TOO_BIG);
    wait_received(c.client, sizeof bytes);
    assert_int_equal(send(c.client, bytes, sizeof bytes, 0), sizeof bytes);
    wait_received(c.server, sizeof bytes);
    nat_off(&c);
}

static uint16_t sum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

/* As a firewall on the server host would say it of a packet that came from the box's address. */
static void send_icmp_about(const struct net_ev_segment *syn)
{
    struct {
        uint8_t type, code;
        uint16_t sum;
        uint32_t unused;
        uint8_t ip[20];
        uint16_t src_port, dst_port;
        uint32_t seq;
    } message = {.type = 3,
                 .code = 3,
                 .src_port = htons(syn->nat_port),
                 .dst_port = htons(syn->dst_port),
                 .seq = htonl(syn->seq)};
    const uint32_t src = htonl(NET_NAT_IP.word[3]), dst = htonl(syn->dst_ip.word[3]);
    const struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {src}};
    uint16_t sum;

    memcpy(message.ip, (const uint8_t[]){0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6}, 10);
    memcpy(message.ip + 12, &src, sizeof src);
    memcpy(message.ip + 16, &dst, sizeof dst);
    sum = sum_of(message.ip, sizeof message.ip);
    memcpy(message.ip + 10, &sum, sizeof sum);
    message.sum = sum_of((const uint8_t *)&message, sizeof message);
    assert_int_equal(net_hosts_enter(&lab.hosts, NET_SERVER), 0);
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    assert_int_equal(net_hosts_leave(&lab.hosts), 0);
    assert_true(fd >= 0);
    assert_int_equal(sendto(fd, &message, sizeof message, 0, (const struct sockaddr *)&to, sizeof to), sizeof message);
    close(fd);
}

static const struct net_ev_segment *translated(void)
{
    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_SEGMENT && lab.event[i].u.segment.nat_port)
            return &lab.event[i].u.segment;
    return NULL;
}

static bool is_translated(const void *user)
{
    (void)user;
    return translated() != NULL;
}

static bool has_failed(const void *fd)
{
    return poll(&(struct pollfd){.fd = *(const int *)fd}, 1, 0) == 1;
}

static void a_message_about_a_translated_packet(void **state)
{
    struct net_wire_settings box = nat_with(NET_FAULT_LOSS, 0);
    int error = 0;
    socklen_t bytes = sizeof error;
    (void)state;

    nat_on();
    box.faults.value[NET_FAULT_CUT][NET_CLIENT] = 1;
    settings(&box);
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_until(is_translated, NULL, "a SYN with a port of the box");
    send_icmp_about(translated());
    wait_until(has_failed, &client, "the connect that fails");
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &bytes);
    assert_int_equal(error, ECONNREFUSED);
    settings(&(const struct net_wire_settings){0});
    close(client);
}

/* A new connection from the same port, after the old one was forgotten, has another port of the box. */
static void forgotten_and_translated(void **state)
{
    const struct net_wire_settings box = nat_with(NET_FAULT_FORGET, 1);
    (void)state;
    nat_on();
    struct connection c = connected();
    uint64_t end_ns = net_now_ns() + 20000000;

    settings(&box);
    while (net_now_ns() < end_ns) /* the time itself is what the box looks at */
        sched_yield();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_why(NET_DROP_FORGOTTEN);
    lab_clear();
    assert_int_equal(send(c.server, "a", 1, 0), 1);
    wait_why(NET_DROP_FORGOTTEN);
    nat_off(&c);
}

/* ---- a crowd ----------------------------------------------------------------------------------------------------- */

static int client_of[CROWD], server_of[CROWD];

static unsigned dropped_so_far(void)
{
    lab_drain();
    unsigned n = count_fates(NET_DROPPED);
    lab_clear();
    return n;
}

/* The wire stands still while nobody takes its events. */
static void wait_readable(int fd)
{
    const uint64_t end_ns = net_now_ns() + CROWD_NS;

    while (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1) == 0) {
        assert_true(net_now_ns() < end_ns);
        lab_drain();
    }
}

static int accept_one(int listener)
{
    int fd;

    wait_readable(listener);
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

static void receive_all(int fd, size_t bytes)
{
    char room[CHUNK];

    while (bytes) {
        wait_readable(fd);
        ssize_t n = recv(fd, room, bytes < sizeof room ? bytes : sizeof room, 0);
        assert_true(n > 0);
        bytes -= (size_t)n;
    }
}

static void a_crowd_loses_nothing(void **state)
{
    static const char bytes[CHUNK];
    const struct net_wire_settings box = nat_with(NET_FAULT_FORGET, 3600 * 1000);
    struct rlimit files = {0};
    unsigned dropped = 0;
    (void)state;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    nat_on();
    settings(&box);
    int listener = listen_on(NET_SERVER, SERVER_PORT, CROWD);
    for (unsigned i = 0; i < CROWD; i++) {
        client_of[i] = start_connect(NET_CLIENT, (uint16_t)(CROWD_PORT + i), NET_SERVER, SERVER_PORT);
        server_of[i] = accept_one(listener);
        dropped += i % 100 ? 0 : dropped_so_far();
    }
    assert_int_equal(net_wire_nat(lab.wire, NULL, 0), CROWD);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < CROWD; i++) {
            assert_int_equal(send(client_of[i], bytes, CHUNK, 0), CHUNK);
            assert_int_equal(send(server_of[i], bytes, CHUNK, 0), CHUNK);
        }
        for (unsigned i = 0; i < CROWD; i++) {
            receive_all(server_of[i], CHUNK);
            receive_all(client_of[i], CHUNK);
            dropped += i % 100 ? 0 : dropped_so_far();
        }
    }
    for (unsigned i = 0; i < CROWD; i++) {
        close(client_of[i]);
        close(server_of[i]);
        dropped += i % 100 ? 0 : dropped_so_far();
    }
    dropped += dropped_so_far();
    assert_int_equal(dropped, 0);
    settings(&(const struct net_wire_settings){0});
    close(listener);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(the_server_sees_another_address),
        cmocka_unit_test(an_older_connection_passes_as_it_is),
        cmocka_unit_test(a_lost_table),
        cmocka_unit_test(nobody_calls_from_outside),
        cmocka_unit_test(a_stranger_meets_a_port_in_use),
        cmocka_unit_test(a_narrow_way_behind_it),
        cmocka_unit_test(a_message_about_a_translated_packet),
        cmocka_unit_test(forgotten_and_translated),
        cmocka_unit_test(a_crowd_loses_nothing),
    };

    /* The crowd is the same everywhere: once is enough. */
    return run_lab_tests(variant, all, sizeof all / sizeof *all - (variant->mode == NET_MODE_TUN ? 0 : 1));
}

int main(void)
{
    return run_in_variants(tests);
}
