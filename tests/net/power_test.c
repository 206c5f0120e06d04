// SPDX-License-Identifier: GPL-3.0-or-later
// The wire against the live kernel: what was sent before a command, and a host without power.
#include "tests/fixtures/two_hosts.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERVER_PORT = 12345, CLIENT_PORT = 40000, SENDS = 8 };

struct connection {
    int listener, client, server;
};

static struct connection connected(void)
{
    struct connection c = {.listener = listen_on(NET_SERVER, SERVER_PORT, 8)};
    c.client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_state(NET_SERVER, SERVER_PORT, CLIENT_PORT, NET_STATE_ESTABLISHED);
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

static bool has_data(const void *user)
{
    char byte;
    return recv(*(const int *)user, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static unsigned count_from(enum net_host host)
{
    unsigned n = 0;
    for (size_t i = 0; i < lab.events; i++)
        n += lab.event[i].kind == NET_EV_SEGMENT && lab.event[i].u.segment.from == host;
    return n;
}

/* What has returned from send() is held by then; as many as go out without an ACK. */
static void what_was_sent_is_dealt_with_first(void **state)
{
    struct connection c = connected();
    (void)state;
    setsockopt(c.client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    wire_mode(NET_WIRE_HELD);
    for (unsigned i = 1; i <= SENDS; i++) {
        assert_int_equal(send(c.client, "a", 1, 0), 1);
        assert_int_equal(net_wire_release(lab.wire, 1), 1);
    }
    wire_mode(NET_WIRE_OPEN);
    assert_int_equal(send(c.client, "b", 1, 0), 1);
    net_wire_catch_up(lab.wire);
    lab_drain();
    assert_true(count_from(NET_CLIENT) > SENDS);
    finish(&c);
}

static void a_host_without_power_sends_nothing(void **state)
{
    struct connection c = connected();
    (void)state;
    net_wire_power(lab.wire, NET_CLIENT, false);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    net_wire_catch_up(lab.wire);
    lab_drain();
    assert_int_equal(count_from(NET_CLIENT), 0);
    net_wire_power(lab.wire, NET_CLIENT, true);
    wait_until(has_data, &c.server, "what is sent again when there is power");
    finish(&c);
}

/* It is on its way, to be delivered when the host is back; by a held wire it is held as ever. */
static void what_is_for_it_waits(void **state)
{
    struct connection c = connected();
    (void)state;
    net_wire_power(lab.wire, NET_CLIENT, false);
    lab_clear();
    assert_int_equal(send(c.server, "a", 1, 0), 1);
    net_wire_catch_up(lab.wire);
    lab_drain();
    assert_true(count_from(NET_SERVER) >= 1);
    assert_false(has_data(&c.client));
    wire_mode(NET_WIRE_HELD);
    assert_int_equal(send(c.server, "b", 1, 0), 1);
    wait_held(1);
    net_wire_power(lab.wire, NET_CLIENT, true);
    wait_until(has_data, &c.client, "what was on its way");
    assert_true(held_count() >= 1);
    wire_mode(NET_WIRE_OPEN);
    finish(&c);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(what_was_sent_is_dealt_with_first),
        cmocka_unit_test(a_host_without_power_sends_nothing),
        cmocka_unit_test(what_is_for_it_waits),
    };
    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
