// SPDX-License-Identifier: GPL-3.0-or-later
// What is large and takes little: one send of a gigabyte.
#include "lab/journal/journal.h"

#include "net/data/call.h"
#include "tests/fixtures/live_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define CONNECTED "hand s1 on server\ns1 bind 12345\ns1 listen 1\nhand c1\nc1 connect\ns1 accept\n"

/* kB. */
static long memory_most(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* The one call of c1 that has so many bytes. */
static const struct net_event *sent(int64_t bytes)
{
    const struct lab_journal *j = lab_session_journal(session);
    for (size_t i = 0; i < lab_journal_count(j); i++) {
        const struct net_event *ev = lab_journal_at(j, i);
        if (ev->kind == NET_EV_CALL_RETURN && ev->u.call.call == NET_CALL_SEND && ev->u.call.args[2] == bytes)
            return ev;
    }
    fail_msg("no send of %ld bytes", (long)bytes);
    return NULL;
}

static void a_gigabyte_is_one_call_and_little_memory(void **unused)
{
    (void)unused;
    live_run(CONNECTED);
    long before_kb = memory_most();
    live_run("c1 send 1000000000 bytes MSG_DONTWAIT\n"
             "s1 recv 60\nexpect s1 recv = 60\n");
    assert_true(memory_most() - before_kb < 200000);
    assert_true(sent(1000000000)->u.call.ret > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_gigabyte_is_one_call_and_little_memory, live_clear),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
