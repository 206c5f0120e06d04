// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is too long for memory: its older part lies in a file, and every event stays where it is.
#include "lab/journal/journal.h"
#include "lab/journal/store.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { EVENTS = 100000, DATA_BYTES = 600 };

static struct net_event event_of(size_t i, uint8_t *data)
{
    memset(data, (int)(i % 251), DATA_BYTES);
    return (struct net_event){.kind = NET_EV_OUTPUT, .time_ns = i + 1, .data = data, .data_bytes = DATA_BYTES};
}

static struct lab_journal *filled(void)
{
    struct lab_journal *j = lab_journal_new();
    uint8_t data[DATA_BYTES];

    assert_non_null(j);
    for (size_t i = 0; i < EVENTS; i++) {
        struct net_event ev = event_of(i, data);
        assert_int_equal(lab_journal_append(j, &ev), i);
    }
    return j;
}

static void assert_whole(const struct lab_journal *j)
{
    uint8_t data[DATA_BYTES];

    for (size_t i = 0; i < EVENTS; i++) {
        const struct net_event *ev = lab_journal_at(j, i);
        event_of(i, data);
        assert_int_equal(ev->time_ns, i + 1);
        assert_memory_equal(ev->data, data, DATA_BYTES);
    }
}

/* Bytes of this process that are in memory. */
static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*s %ld", &pages), 1);
    fclose(file);
    return pages * 4096;
}

static void what_is_old_leaves_memory(void **state)
{
    (void)state;
    long before = resident();
    struct lab_journal *j = filled();
    const struct net_event *first = lab_journal_at(j, 0), *middle = lab_journal_at(j, EVENTS / 2);

    assert_true(lab_journal_file_bytes(j) > (uint64_t)EVENTS * DATA_BYTES - LAB_STORE_MEMORY - (8 << 20));
    assert_true(resident() - before < LAB_STORE_MEMORY + (20 << 20)); /* of 60 MB and more */
    assert_whole(j);
    lab_journal_passed(j, (1 << 16) - 1);
    assert_true(resident() - before < LAB_STORE_MEMORY + (20 << 20));
    assert_ptr_equal(first, lab_journal_at(j, 0));
    assert_ptr_equal(middle, lab_journal_at(j, EVENTS / 2));
    assert_whole(j);
    lab_journal_free(j);
}

static void without_a_file_it_is_memory(void **state)
{
    struct rlimit was, small = {.rlim_cur = 1 << 20};
    (void)state;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small.rlim_max = was.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct lab_journal *j = filled();
    assert_int_equal(lab_journal_file_bytes(j), 0);
    assert_whole(j);
    lab_journal_free(j);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
}

static void a_file_system_in_memory_is_no_help(void **state)
{
    (void)state;
    setenv("TMPDIR", "/dev/shm", 1); /* passed over for /var/tmp, or refused altogether */
    struct lab_journal *j = filled();

    assert_whole(j);
    lab_journal_free(j);
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_old_leaves_memory),
        cmocka_unit_test(without_a_file_it_is_memory),
        cmocka_unit_test(a_file_system_in_memory_is_no_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
