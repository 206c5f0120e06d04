// SPDX-License-Identifier: GPL-3.0-or-later
// The lab's own memory (net/apart.h): it grows, it is zeroed where that is promised, and no child has it.
#include "net/apart.h"
#include "net/sanitized.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void fill(unsigned char *block, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        block[i] = (unsigned char)(i * 31 + 7);
}

static void assert_filled(const unsigned char *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(block[i], (unsigned char)(i * 31 + 7));
}

/* From the smallest block over the largest of a chunk to mappings that move. */
static void a_block_keeps_its_bytes_while_it_grows(void **state)
{
    size_t bytes = 1;
    unsigned char *block = net_apart_resize(NULL, bytes);
    (void)state;
    assert_non_null(block);
    fill(block, 0, bytes);
    for (size_t larger = 3; larger < 3000000; larger = larger * 2 + 1) {
        block = net_apart_resize(block, larger);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        assert_filled(block, bytes);
        fill(block, bytes, larger);
        bytes = larger;
    }
    net_apart_free(block);
    net_apart_free(NULL);
}

static void what_was_given_back_is_zeroed_when_that_is_asked_for(void **state)
{
    static const size_t sizes[] = {8, 100, 4000, 30000, 100000};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        unsigned char *block = net_apart_zeroed(sizes[k]);
        assert_non_null(block);
        memset(block, 0xff, sizes[k]);
        net_apart_free(block);
        block = net_apart_zeroed(sizes[k]);
        for (size_t i = 0; i < sizes[k]; i++)
            assert_int_equal(block[i], 0);
        net_apart_free(block);
    }
}

static void blocks_do_not_overlap(void **state)
{
    enum { BLOCKS = 500 };
    static unsigned char *block[BLOCKS];
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = net_apart_resize(NULL, 10 + i * 3);
        fill(block[i], 0, 10 + i * 3);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_filled(block[i], 10 + i * 3);
        net_apart_free(block[i]);
    }
}

static void too_much_is_refused_and_what_was_there_stays(void **state)
{
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* a sanitizer ends the program instead */
    unsigned char *block = net_apart_resize(NULL, 50);
    fill(block, 0, 50);
    assert_null(net_apart_resize(block, SIZE_MAX - 100));
    assert_null(net_apart_zeroed(SIZE_MAX - 8));
    assert_filled(block, 50);
    net_apart_free(block);
}

/* How a child ends that reads the byte: by SIGSEGV, since its copy of the lab has no such page. */
static void a_child_does_not_have_it(void **state)
{
    static const size_t sizes[] = {100, 200000};
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* there it is malloc() */
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int status;
        volatile unsigned char *block = net_apart_zeroed(sizes[k]);
        block = net_apart_resize((void *)block, sizes[k] * 2); /* a mapping that was moved is left out as well */
        pid_t pid = fork();
        if (pid == 0) {
            signal(SIGSEGV, SIG_DFL);
            _exit(block[0]);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        net_apart_free((void *)block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_keeps_its_bytes_while_it_grows),
        cmocka_unit_test(what_was_given_back_is_zeroed_when_that_is_asked_for),
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(too_much_is_refused_and_what_was_there_stays),
        cmocka_unit_test(a_child_does_not_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
