// SPDX-License-Identifier: GPL-3.0-or-later
// A lab that somebody types at, and that is behind with its events: what is typed is carried out in order all the same.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fixtures/live_session.h"

enum { NOTES = 2000 /* many slices */ };

static int keys[2], notes_for_each_reply;

static void much_happens(int notes)
{
    for (int i = 0; i < notes; i++)
        net_engine_note(lab_session_engine(session), &(struct net_ev_note){0}, NULL, 0);
}

static void answer_and_be_busy(void *user, const char *line)
{
    size_t used = strlen(replies);
    (void)user;
    snprintf(replies + used, sizeof replies - used, "%s\n", line);
    much_happens(notes_for_each_reply);
}

static int open_session(void **state)
{
    (void)state;
    if (live_open_with(&(struct lab_session_spec){.mode = NET_MODE_LOOPBACK}) < 0 || pipe(keys) < 0)
        return -1;
    lab_session_on_reply(session, answer_and_be_busy, NULL);
    lab_session_wait(session, keys[0], net_now_ns());
    return 0;
}

static int close_session(void **state)
{
    close(keys[0]);
    close(keys[1]);
    return live_close(state);
}

static bool waits(const char *what)
{
    struct lab_waiting waiting;
    return lab_session_waiting(session, &waiting) && (!what || strcmp(waiting.what, what) == 0);
}

static void until_over(void)
{
    uint64_t end_ns = net_now_ns() + UINT64_C(20000000000);
    while (waits(NULL) && net_now_ns() < end_ns)
        lab_session_wait(session, keys[0], 0);
    assert_false(waits(NULL));
}

static void a_command_sees_what_happened_before_it(void **state)
{
    int saved = 0;
    char path[] = "/tmp/slices_test.XXXXXX", line[100];
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(line, sizeof line, "save %s replace | save %s replace", path, path);
    notes_for_each_reply = NOTES;
    much_happens(NOTES);
    assert_int_not_equal(live_type(line), LAB_ERROR);
    until_over();
    for (const char *said = strstr(replies, "saved"); said; said = strstr(said + 1, "saved")) {
        int before = saved;
        assert_int_equal(sscanf(said, "saved %d events", &saved), 1);
        assert_true(saved >= before + NOTES);
    }
    assert_true(saved >= 2 * NOTES);
    unlink(path);
}

/* One that has not begun says that it waits. */
static void what_is_behind_says_so(void **state)
{
    (void)state;
    notes_for_each_reply = 0;
    struct net_ring *writer = net_ring_claim(lab_session_engine(session)->arena, 1, 0, NET_CLIENT);
    assert_non_null(writer);
    net_ring_begin(writer); /* and stops there */
    assert_int_equal(live_type("echo one | echo two"), LAB_WAITS);
    assert_true(waits("echo one"));
    assert_string_equal(replies, "");
    /* It holds back all that is newer, but not for ever what may let it go on. */
    until_over();
    assert_string_equal(replies, "one\ntwo\n");
    net_ring_release(lab_session_engine(session)->arena, writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_sees_what_happened_before_it, open_session, close_session),
        cmocka_unit_test_setup_teardown(what_is_behind_says_so, open_session, close_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
