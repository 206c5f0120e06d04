// SPDX-License-Identifier: GPL-3.0-or-later
// The lab's own memory (net/base/apart.h): it grows, it is zeroed where that is promised, and no child has it.
#include "net/base/apart.h"
#include "net/base/sanitized.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* A quarter more than was asked for at most, with its head, from 64 bytes on. */
static void a_block_has_the_room_that_was_asked_for_and_little_more(void **state)
{
    enum { HEAD = 16 };
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* there it is malloc() */
    for (size_t bytes = 1; bytes <= NET_APART_SMALL - HEAD; bytes += bytes < 300 ? 1 : 61) {
        void *block = net_apart_zeroed(bytes);
        size_t room = net_apart_room(block);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        assert_true(room >= bytes);
        assert_true(room + HEAD <= 64 || (room + HEAD) * 4 <= (bytes + HEAD) * 5);
        net_apart_free(block);
    }
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

/* How a child ends that touches what it has no copy of. */
static void assert_dies_of_sigsegv(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void a_child_does_not_have_it(void **state)
{
    static const size_t sizes[] = {100, 200000};
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* there it is malloc() */
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        volatile unsigned char *block = net_apart_zeroed(sizes[k]);
        block = net_apart_resize((void *)block, sizes[k] * 2); /* a mapping that was moved is left out as well */
        pid_t pid = fork();
        if (pid == 0) {
            signal(SIGSEGV, SIG_DFL);
            _exit(block[0]);
        }
        assert_dies_of_sigsegv(pid);
        net_apart_free((void *)block);
    }
}

/* What the allocator knows is written with every block, and apart as well. A large block has nothing else from it. */
static void a_child_does_not_have_the_allocator(void **state)
{
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* there it is malloc() */
    net_apart_free(net_apart_zeroed(200000));
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        _exit(net_apart_zeroed(200000) == NULL);
    }
    assert_dies_of_sigsegv(pid);
}

/* Pages of memory that this process has. */
static long resident(void)
{
    long all = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &all, &pages), 2);
    fclose(file);
    return pages;
}

static void what_stands_empty_goes_back_when_it_is_tidied(void **state)
{
    enum { BLOCKS = 4000, BYTES = 1000, PAGES = BLOCKS * BYTES / 4096 };
    static unsigned char *block[BLOCKS];
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip();
    net_apart_tidy();
    long before = resident();
    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = net_apart_resize(NULL, BYTES);
        fill(block[i], 0, BYTES);
    }
    assert_true(resident() >= before + PAGES);
    for (size_t i = 0; i < BLOCKS; i++)
        if (i != BLOCKS / 2)
            net_apart_free(block[i]);
    net_apart_tidy();
    assert_true(resident() < before + PAGES / 4);
    assert_filled(block[BLOCKS / 2], BYTES); /* its chunk stays */
    for (size_t i = 0; i < BLOCKS; i++) {    /* no block is given out of what went back */
        unsigned char *again = net_apart_zeroed(BYTES);
        fill(again, 0, BYTES);
        if (i != BLOCKS / 2)
            block[i] = again;
        else
            net_apart_free(again);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_filled(block[i], BYTES);
        net_apart_free(block[i]);
    }
}

/* Pages of a block that the kernel has given; its head lies before it. */
static size_t pages_of(const void *block, size_t bytes)
{
    static unsigned char there[8192];
    uintptr_t page = (uintptr_t)block & ~(uintptr_t)4095;
    size_t pages = (bytes + ((uintptr_t)block - page) + 4095) / 4096, found = 0;
    assert_true(pages <= sizeof there);
    assert_int_equal(mincore((void *)page, pages * 4096, there), 0);
    for (size_t i = 0; i < pages; i++)
        found += there[i] & 1;
    return found;
}

static void what_is_not_very_large_has_its_pages_at_once(void **state)
{
    enum { BYTES = 100000, MANY = 16 << 20 };
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip();
    void *scratch = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool can = madvise(scratch, 4096, MADV_POPULATE_WRITE) == 0; /* since Linux 5.14 */
    munmap(scratch, 4096);
    void *block = net_apart_resize(NULL, BYTES);
    assert_true(pages_of(block, BYTES) * 4096 >= BYTES);
    block = net_apart_resize(block, 4 * BYTES);
    if (can)
        assert_true(pages_of(block, 4 * BYTES) * 4096 >= 4 * BYTES);
    block = net_apart_resize(block, MANY); /* which may never be used */
    assert_true(pages_of(block, MANY) * 4096 < MANY / 8);
    net_apart_free(block);
}

static void a_block_in_a_file_is_read_as_before_and_takes_no_memory(void **state)
{
    enum { BYTES = 4 << 20, PAGES = BYTES / 4096 };
    char path[] = "/tmp/tcplab-apart.XXXXXX";
    int status, fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip();
    volatile unsigned char *block = net_apart_resize(NULL, BYTES);
    fill((void *)block, 0, BYTES);
    long before = resident();
    size_t bytes = net_apart_to_file((void *)block, fd, 8192);
    assert_true(bytes > BYTES);
    close(fd);
    assert_true(resident() < before - PAGES / 2);
    assert_filled((void *)block, BYTES);
    assert_true(resident() > before - PAGES / 2);
    net_apart_page_out((void *)block, bytes);
    assert_true(resident() < before - PAGES / 2);
    assert_filled((void *)block, BYTES);
    pid_t pid = fork(); /* nor does a child have it */
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        _exit(block[0]);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    net_apart_free((void *)block);
}

static void what_cannot_be_written_stays_in_memory(void **state)
{
    (void)state;
    unsigned char *large = net_apart_resize(NULL, 100000), *small = net_apart_resize(NULL, 1000);
    fill(large, 0, 100000);
    fill(small, 0, 1000);
    int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(net_apart_to_file(large, full, 0), 0);
    assert_int_equal(net_apart_to_file(small, full, 0), 0); /* it shares its pages with others */
    close(full);
    assert_filled(large, 100000);
    large[5]++; /* memory still */
    net_apart_free(large);
    net_apart_free(small);
}

/* By a child, which the kernel gave no such page. */
static bool is_left_out(const volatile unsigned char *byte)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        _exit(*byte & 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void a_library_gives_back_by_free_what_calloc_gave(void **state)
{
    enum { ROWS = 3000, BYTES = 3360 };
    static unsigned char *row[ROWS];
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip(); /* there calloc() is the sanitizer's */
    for (int times = 0; times < 3; times++) {
        net_apart_calloc(true);
        for (size_t i = 0; i < ROWS; i++)
            row[i] = calloc(BYTES / 8, 8);
        net_apart_calloc(false);
        for (size_t i = 0; i < ROWS; i++) {
            assert_int_equal(row[i][0] | row[i][BYTES - 1], 0);
            fill(row[i], 0, BYTES);
        }
        assert_true(is_left_out(row[ROWS / 2]));
        unsigned char *usual = calloc(BYTES / 8, 8);
        assert_false(is_left_out(usual));
        free(usual);
        for (size_t i = 0; i < ROWS; i++) {
            assert_filled(row[i], BYTES);
            free(row[i]);
        }
    }
    net_apart_tidy();
}

static void what_calloc_gave_apart_can_be_resized(void **state)
{
    static const size_t sizes[] = {100, 3000, 9000};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        net_apart_calloc(true);
        unsigned char *block = calloc(1000, 1);
        net_apart_calloc(false);
        fill(block, 0, 1000);
        block = realloc(block, sizes[k]);
        assert_non_null(block);
        assert_filled(block, sizes[k] < 1000 ? sizes[k] : 1000);
        assert_int_equal(net_apart_room(block), 0); /* nobody asked for it apart */
        free(block);
    }
}

/* More than the window of addresses has room for: the rest lies elsewhere, and is known all the same. */
static void the_window_may_be_full(void **state)
{
    enum { BLOCKS = 10000, BYTES = 8000 };
    static unsigned char *block[BLOCKS];
    size_t outside = 0;
    (void)state;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        skip();
    for (size_t i = 0; i < BLOCKS; i++) {
        block[i] = net_apart_resize(NULL, BYTES);
        fill(block[i], 0, 16);
        outside += net_apart_room(block[i]) == 0;
    }
    assert_true(outside > 0 && outside < BLOCKS / 2);
    net_apart_calloc(true);
    unsigned char *by_library = calloc(BYTES, 1);
    net_apart_calloc(false);
    assert_non_null(by_library);
    free(by_library);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_filled(block[i], 16);
        net_apart_free(block[i]);
    }
    net_apart_tidy();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_has_the_room_that_was_asked_for_and_little_more),
        cmocka_unit_test(a_library_gives_back_by_free_what_calloc_gave),
        cmocka_unit_test(what_calloc_gave_apart_can_be_resized),
        cmocka_unit_test(the_window_may_be_full),
        cmocka_unit_test(a_block_keeps_its_bytes_while_it_grows),
        cmocka_unit_test(what_was_given_back_is_zeroed_when_that_is_asked_for),
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(too_much_is_refused_and_what_was_there_stays),
        cmocka_unit_test(a_child_does_not_have_it),
        cmocka_unit_test(a_child_does_not_have_the_allocator),
        cmocka_unit_test(what_stands_empty_goes_back_when_it_is_tidied),
        cmocka_unit_test(what_is_not_very_large_has_its_pages_at_once),
        cmocka_unit_test(a_block_in_a_file_is_read_as_before_and_takes_no_memory),
        cmocka_unit_test(what_cannot_be_written_stays_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
