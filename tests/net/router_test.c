// SPDX-License-Identifier: GPL-3.0-or-later
// The unreachable wire: a router answers whoever sends.
#include "tests/fixtures/two_hosts.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERVER_PORT = 12345, CLIENT_PORT = 40000 };

static bool is_quiet(const void *user)
{
    (void)user;
    return net_wire_quiet(lab.wire);
}

/* The error that a socket is told of in the end. */
static int error_of(int fd)
{
    struct pollfd told = {.fd = fd, .events = POLLIN};
    int error = 0;
    socklen_t bytes = sizeof error;

    assert_int_equal(poll(&told, 1, -1), 1);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes), 0);
    return error;
}

static const struct net_ev_segment *last_packet(void)
{
    for (size_t i = lab.events; i-- > 0;)
        if (lab.event[i].kind == NET_EV_SEGMENT)
            return &lab.event[i].u.segment;
    fail_msg("no packet was seen");
    return NULL;
}

/* Of the packets since lab_clear(): every one from a host was dropped, and each has an answer that arrived. */
static void check_fates(void)
{
    unsigned dropped = 0, delivered = 0;

    wait_until(is_quiet, NULL, "a wire that has told what became of the answer");
    lab_drain();
    for (size_t i = 0; i < lab.events; i++) {
        if (lab.event[i].kind != NET_EV_FATE)
            continue;
        dropped += lab.event[i].u.fate.fate == NET_DROPPED && lab.event[i].u.fate.why == NET_DROP_UNREACHABLE;
        delivered += lab.event[i].u.fate.fate == NET_DELIVERED;
    }
    assert_true(dropped > 0);
    assert_int_equal(dropped, delivered);
}

static void a_handshake_fails_at_once(void **state)
{
    (void)state;
    wire_mode(NET_WIRE_UNREACHABLE);
    lab_clear();
    int fd = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    assert_int_equal(error_of(fd), EHOSTUNREACH);
    close(fd);
    check_fates();
    assert_int_equal(last_packet()->protocol, 1);
    assert_true(net_ip_same(last_packet()->src_ip, NET_ROUTER_IP));
    assert_int_equal(last_packet()->from, NET_SERVER); /* it comes from there */
    assert_int_equal(last_packet()->icmp_type, NET_ICMP_UNREACHABLE);
    assert_int_equal(last_packet()->icmp_code, NET_ICMP_HOST);
}

static void a_connection_fails_when_its_patience_is_over(void **state)
{
    unsigned patience_ms = 300;
    (void)state;
    int listener = listen_on(NET_SERVER, SERVER_PORT, 1);
    int fd = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, NET_STATE_ESTABLISHED);
    wait_until(is_quiet, NULL, "a quiet wire");
    wire_mode(NET_WIRE_UNREACHABLE);
    lab_clear();
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms), 0);
    assert_int_equal(send(fd, "x", 1, 0), 1);
    assert_int_equal(error_of(fd), EHOSTUNREACH);
    check_fates();
    close(fd);
    close(listener);
}

/* What waits when the way breaks is answered too, and a repaired way carries again. */
static void what_is_held_is_answered(void **state)
{
    (void)state;
    int listener = listen_on(NET_SERVER, SERVER_PORT, 1);
    wire_mode(NET_WIRE_HELD);
    lab_clear();
    int fd = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_held(1);
    wire_mode(NET_WIRE_UNREACHABLE);
    assert_int_equal(error_of(fd), EHOSTUNREACH);
    close(fd);
    wire_mode(NET_WIRE_OPEN);
    fd = start_connect(NET_CLIENT, CLIENT_PORT + 1, NET_SERVER, SERVER_PORT);
    wait_state(NET_CLIENT, CLIENT_PORT + 1, SERVER_PORT, NET_STATE_ESTABLISHED);
    close(fd);
    close(listener);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(a_handshake_fails_at_once),
        cmocka_unit_test(a_connection_fails_when_its_patience_is_over),
        cmocka_unit_test(what_is_held_is_answered),
    };

    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
