// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between the hosts: each box does what its row says, and the kernels at both ends show it.
#include "net/base/clock.h"
#include "tests/fixtures/wire_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BOTH(id, n)                                                                                                    \
    {                                                                                                                  \
        .value = { [NET_FAULT_##id] = {n, n} }                                                                         \
    }

static unsigned count_why(enum net_drop_why why)
{
    unsigned n = 0;

    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        n += lab.event[i].kind == NET_EV_FATE && lab.event[i].u.fate.why == why;
    return n;
}

static bool has_why(const void *why)
{
    return count_why(*(const enum net_drop_why *)why) > 0;
}

static void wait_why(enum net_drop_why why)
{
    wait_until(has_why, &why, net_drop_name(why));
}

static void one_direction_is_cut(void **state)
{
    struct net_wire_settings way = {0};
    (void)state;
    struct connection c = connected();

    way.faults.value[NET_FAULT_CUT][NET_SERVER] = 1;
    settings(&way);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_received(c.server, 1);
    wait_why(NET_DROP_CUT); /* its confirmation */
    for (size_t i = 0; i < lab.events; i++)
        assert_false(lab.event[i].kind == NET_EV_FATE && lab.event[i].u.fate.segment == lab.event[0].u.segment.id &&
                     lab.event[i].u.fate.fate == NET_DROPPED);
    settings(&(const struct net_wire_settings){0});
    finish(&c);
}

static void one_direction_is_held(void **state)
{
    struct net_wire_settings way = {0};
    (void)state;
    struct connection c = connected();

    way.faults.value[NET_FAULT_HOLD][NET_CLIENT] = 1;
    settings(&way);
    lab_clear();
    assert_int_equal(send(c.server, "b", 1, 0), 1);
    wait_received(c.client, 1);
    wait_held(1); /* its confirmation */
    settings(&(const struct net_wire_settings){0});
    wait_until(is_quiet, NULL, "a quiet wire");
    finish(&c);
}

static struct tcp_info info_of(int fd)
{
    struct tcp_info info;
    socklen_t bytes = sizeof info;

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes), 0);
    return info;
}

static void a_wrong_bit_is_found(void **state)
{
    const struct net_wire_settings wrong = {.faults = BOTH(CORRUPT, 100)};
    (void)state;
    struct connection c = connected();

    settings(&wrong);
    lab_clear();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_why(NET_DROP_CORRUPT);
    settings(&(const struct net_wire_settings){0});
    wait_received(c.server, 1);
    assert_true(info_of(c.client).tcpi_total_retrans > 0); /* the server's kernel did not take the first one */
    finish(&c);
}

/* A connection that is forgotten at once: the first segment after a moment is answered in the server's name. */
static void what_is_forgotten_is_reset(void **state)
{
    const struct net_wire_settings box = {.faults = BOTH(FORGET_RST, 1)};
    (void)state;
    struct connection c = connected();
    char byte;

    settings(&box);
    lab_clear();
    uint64_t set_ns = net_now_ns();
    while (net_now_ns() < set_ns + 2000000) /* the box counts from when it was asked to */
        sched_yield();
    assert_int_equal(send(c.client, "a", 1, 0), 1);
    wait_why(NET_DROP_FORGOTTEN_RST);
    assert_int_equal(poll(&(struct pollfd){.fd = c.client, .events = POLLIN}, 1, 5000), 1);
    assert_int_equal(recv(c.client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    settings(&(const struct net_wire_settings){0});
    finish(&c);
}

static void a_narrow_way_is_told(void **state)
{
    const struct net_wire_settings narrow = {.faults = BOTH(MTU, 1000)};
    static const char bytes[3000];
    (void)state;
    struct connection c = connected();

    settings(&narrow);
    lab_clear();
    assert_int_equal(send(c.client, bytes, sizeof bytes, 0), sizeof bytes);
    wait_why(NET_DROP_TOO_BIG);
    wait_received(c.server, sizeof bytes); /* in smaller ones */
    settings(&(const struct net_wire_settings){0});
    finish(&c);
}

static void a_rst_is_made_for_each_end(void **state)
{
    (void)state;
    struct connection c = connected();
    char byte;

    wait_until(is_quiet, NULL, "a quiet wire");
    assert_int_equal(net_wire_rst(lab.wire, 1u << NET_SERVER, 0), 1);
    assert_int_equal(recv(c.client, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(net_wire_rst(lab.wire, 1u << NET_SERVER, 0), 1); /* the box has seen nothing of it */
    finish(&c);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(one_direction_is_cut), cmocka_unit_test(one_direction_is_held),
        cmocka_unit_test(a_wrong_bit_is_found), cmocka_unit_test(what_is_forgotten_is_reset),
        cmocka_unit_test(a_narrow_way_is_told), cmocka_unit_test(a_rst_is_made_for_each_end),
    };

    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
