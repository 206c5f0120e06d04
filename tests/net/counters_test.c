// SPDX-License-Identifier: GPL-3.0-or-later
// The counters of each host: the table, and that the kernel moves the ones whose sentence says why.
#include "tests/fixtures/two_hosts.h"

#include "net/host/counters.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERVER_PORT = 12345, CLIENT_PORT = 40000 };

static struct net_counter_reader *reader;

static uint64_t count(enum net_host host, enum net_counter_id id)
{
    struct net_counter_values values;
    assert_int_equal(net_counters_read(reader, host, &values), 0);
    assert_true(values.has[id]);
    return values.value[id];
}

struct wanted {
    enum net_host host;
    enum net_counter_id id;
    uint64_t above;
};

static bool has_moved(const void *user)
{
    const struct wanted *wanted = user;
    return count(wanted->host, wanted->id) > wanted->above;
}

static void open_reader(void)
{
    struct net_error err = {.code = 0};
    reader = net_counters_open(&lab.hosts, &err);
    assert_non_null(reader);
}

static void each_row_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < NET_COUNTERS; i++) {
        const struct net_counter *row = &net_counters[i];
        assert_non_null(row->name);
        assert_true(isupper((unsigned char)row->name[0]));
        assert_non_null(row->meaning);
        assert_int_equal(row->meaning[strlen(row->meaning) - 1], '.');
        assert_int_equal(net_counter_find(row->name), i);
    }
    assert_int_equal(net_counter_find("listenoverflows"), NET_COUNTER_LISTEN_OVERFLOWS);
    assert_int_equal(net_counter_find("Listen"), -1);
}

static void a_refused_connect_counts_at_both_hosts(void **state)
{
    (void)state;
    open_reader();
    struct wanted refused = {NET_CLIENT, NET_COUNTER_ATTEMPT_FAILS, count(NET_CLIENT, NET_COUNTER_ATTEMPT_FAILS)};
    uint64_t resets = count(NET_SERVER, NET_COUNTER_OUT_RSTS), opens = count(NET_CLIENT, NET_COUNTER_ACTIVE_OPENS);
    int fd = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_until(has_moved, &refused, "AttemptFails of the client");
    assert_int_equal(count(NET_CLIENT, NET_COUNTER_ACTIVE_OPENS), opens + 1);
    assert_int_equal(count(NET_SERVER, NET_COUNTER_OUT_RSTS), resets + 1);
    assert_int_equal(count(NET_CLIENT, NET_COUNTER_LISTEN_OVERFLOWS), 0);
    close(fd);
    net_counters_close(reader);
}

static void a_full_accept_queue_counts_at_the_server(void **state)
{
    (void)state;
    open_reader();
    int listener = listen_on(NET_SERVER, SERVER_PORT, 0), fd[3];
    struct wanted overflow = {NET_SERVER, NET_COUNTER_LISTEN_OVERFLOWS,
                              count(NET_SERVER, NET_COUNTER_LISTEN_OVERFLOWS)};
    uint64_t drops = count(NET_SERVER, NET_COUNTER_LISTEN_DROPS);
    for (int i = 0; i < 3; i++)
        fd[i] = start_connect(NET_CLIENT, (uint16_t)(CLIENT_PORT + i), NET_SERVER, SERVER_PORT);
    wait_until(has_moved, &overflow, "ListenOverflows of the server");
    assert_true(count(NET_SERVER, NET_COUNTER_LISTEN_DROPS) > drops);
    assert_int_equal(count(NET_CLIENT, NET_COUNTER_LISTEN_OVERFLOWS), 0);
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    close(listener);
    net_counters_close(reader);
}

/* ---- what is told --------------------------------------------------------------------------------------------------
 */

struct moved {
    uint64_t by, total;
    unsigned times;
};

static struct moved told[NET_HOSTS]; /* of ActiveOpens */

static void take(void *user, struct net_event *ev)
{
    (void)user;
    assert_int_equal(ev->kind, NET_EV_COUNTER);
    assert_true(ev->u.counter.by > 0);
    if (ev->u.counter.counter != NET_COUNTER_ACTIVE_OPENS)
        return;
    struct moved *moved = &told[ev->u.counter.host];
    *moved = (struct moved){.by = ev->u.counter.by, .total = ev->u.counter.total, .times = moved->times + 1};
}

/* By how much since the last time, and of the host that it was; where both are one kernel, of the server alone. */
static void what_moved_is_told_once(void **state)
{
    (void)state;
    enum net_host host = lab.hosts.mode == NET_MODE_LOOPBACK ? NET_SERVER : NET_CLIENT;
    open_reader();
    uint64_t before = count(host, NET_COUNTER_ACTIVE_OPENS);
    for (unsigned round = 1; round <= 2; round++) {
        memset(told, 0, sizeof told);
        for (unsigned i = 0; i < round; i++)
            close(start_connect(NET_CLIENT, (uint16_t)(CLIENT_PORT + 10 * round + i), NET_SERVER, SERVER_PORT));
        net_counters_moved(reader, take, NULL);
        before += round;
        assert_int_equal(told[host].times, 1);
        assert_int_equal(told[host].by, round);
        assert_int_equal(told[host].total, before);
        assert_int_equal(told[NET_HOSTS - 1 - host].times, 0);
    }
    memset(told, 0, sizeof told);
    net_counters_moved(reader, take, NULL);
    assert_int_equal(told[host].times, 0);
    net_counters_close(reader);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(what_moved_is_told_once),
        cmocka_unit_test(a_refused_connect_counts_at_both_hosts),
        cmocka_unit_test(a_full_accept_queue_counts_at_the_server),
    };
    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    const struct CMUnitTest table[] = {cmocka_unit_test(each_row_is_whole)};
    return cmocka_run_group_tests_name("counters", table, NULL, NULL) || run_in_variants(tests);
}
