// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of the terminal become keys, and no sequence of them makes the lab wait.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"
#include "ui/draw/keys.h"

#include <unistd.h>

static struct fake_screen screen;
static struct ui_keys keys;

static int open_screen(void **state)
{
    (void)state;
    fake_screen_open(&screen, 24, 80, "C.UTF-8", "xterm-256color");
    keypad(stdscr, TRUE);
    keys = (struct ui_keys){.count = 0};
    return 0;
}

static int close_screen(void **state)
{
    (void)state;
    fake_screen_close(&screen);
    return 0;
}

static void feed(const char *bytes, uint64_t now_ns)
{
    ui_keys_feed(&keys, bytes, strlen(bytes), now_ns);
}

/* The next key; 0: none yet. */
static int next(uint64_t now_ns, MEVENT *mouse)
{
    MEVENT unused;
    int key = 0;
    return ui_keys_next(&keys, now_ns, &key, mouse ? mouse : &unused) ? key : 0;
}

static void letters_and_named_keys(void **state)
{
    (void)state;
    feed("q\033OD\033[1;2D\xc3\xa4\r\177", 0);
    assert_int_equal(next(0, NULL), 'q');
    assert_int_equal(next(0, NULL), KEY_LEFT);
    assert_int_equal(next(0, NULL), KEY_SLEFT);
    assert_int_equal(next(0, NULL), 0xc3);
    assert_int_equal(next(0, NULL), 0xa4);
    assert_int_equal(next(0, NULL), '\r');
    assert_int_equal(next(0, NULL), KEY_BACKSPACE);
    assert_int_equal(next(0, NULL), 0);
    assert_int_equal(ui_keys_deadline_ns(&keys), 0);
}

static void a_sequence_in_two_parts_is_one_key(void **state)
{
    (void)state;
    feed("\033", 100);
    assert_int_equal(next(100, NULL), 0);
    assert_int_equal(ui_keys_deadline_ns(&keys), 100 + UI_KEYS_WAIT_NS);
    feed("[1;", 200);
    assert_int_equal(next(200, NULL), 0);
    feed("2C", 300);
    assert_int_equal(next(300, NULL), KEY_SRIGHT);
}

static void escape_alone_is_a_key_after_a_moment(void **state)
{
    (void)state;
    feed("\033", 100);
    assert_int_equal(next(100 + UI_KEYS_WAIT_NS - 1, NULL), 0);
    assert_int_equal(next(100 + UI_KEYS_WAIT_NS, NULL), UI_KEY_ESCAPE);
    feed("\033x", 0);
    assert_int_equal(next(0, NULL), UI_KEY_ESCAPE);
    assert_int_equal(next(0, NULL), 'x');
}

static void clicks(void **state)
{
    MEVENT mouse;
    (void)state;
    feed("\033[<0;50;10M\033[<0;50;10m\033[<64;1;1M\033[<65;80;24M\033[M !\"", 0);
    assert_int_equal(next(0, &mouse), KEY_MOUSE);
    assert_true(mouse.bstate == BUTTON1_PRESSED && mouse.x == 49 && mouse.y == 9);
    assert_int_equal(next(0, &mouse), KEY_MOUSE);
    assert_true(mouse.bstate == BUTTON4_PRESSED && mouse.x == 0 && mouse.y == 0);
    assert_int_equal(next(0, &mouse), KEY_MOUSE);
    assert_true(mouse.bstate == BUTTON5_PRESSED && mouse.x == 79 && mouse.y == 23);
    assert_int_equal(next(0, &mouse), KEY_MOUSE);
    assert_true(mouse.bstate == BUTTON1_PRESSED && mouse.x == 0 && mouse.y == 1);
    assert_int_equal(next(0, NULL), 0);
}

/* Buttons that have no meaning here, reports cut off, and sequences of other terminals: none is taken for keys. */
static void what_means_nothing_is_skipped(void **state)
{
    static const char *const nothing[] = {"\033[<1;50;10M",  "\033[<2;50;10M\033[<2;50;10m",
                                          "\033[<66;50;10M", "\033[<35;50;10M",
                                          "\033[<128;5;1M",  "\033[<99999999999999999999999;1;1M",
                                          "\033[<0;50",      "\033[<",
                                          "\033[M ",         "\033[<0;0;0M",
                                          "\033[202~",       "\033[99;99;99X",
                                          "\033[1;",         "\033[<0;50;10;7M"};
    (void)state;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        feed(nothing[i], 0);
        assert_int_equal(next(0, NULL), 0);
        assert_int_equal(next(UI_KEYS_WAIT_NS, NULL), 0);
        assert_int_equal(keys.count, 0);
    }
    feed("\033[<0;50q\033[<0;5\033[A", 0);
    assert_int_equal(next(0, NULL), 'q');
}

static void a_flood_ends(void **state)
{
    (void)state;
    char flood[UI_KEYS_BYTES + 10];
    memset(flood, ';', sizeof flood - 1);
    flood[sizeof flood - 1] = '\0';
    memcpy(flood, "\033[<", 3);
    feed(flood, 0);
    for (int i = 0; i < UI_KEYS_BYTES && keys.count; i++)
        next(UI_KEYS_WAIT_NS, NULL);
    assert_int_equal(keys.count, 0);
}

static void a_paste_is_no_keys(void **state)
{
    (void)state;
    feed("\033[200~xh", 0);
    assert_int_equal(next(0, NULL), UI_KEY_PASTE);
    ui_keys_skip_paste(&keys);
    assert_int_equal(next(0, NULL), 0);
    assert_int_equal(ui_keys_deadline_ns(&keys), 0);
    feed("\n\033[A quit\033[20", UI_KEYS_WAIT_NS);
    assert_int_equal(next(2 * UI_KEYS_WAIT_NS, NULL), 0);
    feed("1~z", 3 * UI_KEYS_WAIT_NS);
    assert_int_equal(next(3 * UI_KEYS_WAIT_NS, NULL), 'z');
    ui_keys_skip_paste(&keys); /* its end never comes */
    feed("q", 100 * (uint64_t)UI_KEYS_WAIT_NS);
    assert_int_equal(next(100 * (uint64_t)UI_KEYS_WAIT_NS, NULL), 'q');
}

static void reading_never_waits(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ui_keys_read(&keys, ends[0], 0), 0);
    assert_int_equal(write(ends[1], "ab", 2), 2);
    assert_int_equal(ui_keys_read(&keys, ends[0], 0), 2);
    unsigned char byte;
    assert_true(ui_keys_next_byte(&keys, &byte) && byte == 'a');
    assert_int_equal(next(0, NULL), 'b');
    close(ends[1]);
    assert_int_equal(ui_keys_read(&keys, ends[0], 0), -1);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters_and_named_keys, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(a_sequence_in_two_parts_is_one_key, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(escape_alone_is_a_key_after_a_moment, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(clicks, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(what_means_nothing_is_skipped, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(a_flood_ends, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(a_paste_is_no_keys, open_screen, close_screen),
        cmocka_unit_test_setup_teardown(reading_never_waits, open_screen, close_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
