// SPDX-License-Identifier: GPL-3.0-or-later
// The byte stream: borders of calls, where each byte is, and what is lost; folded, and as it is drawn.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/explain/stream.h"
#include "tests/fixtures/screen_app.h"

enum { C1 = 3, SERVER = 1 }; /* the actors of fake_first_contact() */

/* A first contact up to ESTABLISHED at both ends: c1.3 and server.4. */
static void connect_them(void)
{
    uint32_t server = fake_actor(&fake, "server", "tcp_server_single", NET_SERVER);
    assert_int_equal(server, SERVER);
    long accept = fake_enter(&fake, server, (struct net_ev_call){.call = NET_CALL_ACCEPT, .fd = 3, .args = {3}}, NULL,
                             0);
    uint32_t c1 = fake_actor(&fake, "c1", "hand", NET_CLIENT);
    assert_int_equal(c1, C1);
    long made = fake_enter(&fake, c1, (struct net_ev_call){.call = NET_CALL_SOCKET, .fd = -1, .args = {2, 1}}, NULL, 0);
    fake_return(&fake, made, (struct net_ev_call){.ret = 3, .fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_handshake(&fake, c1);
    fake_return(&fake, accept, (struct net_ev_call){.ret = 4, .fd = 4, .cookie = 0x52}, NULL, 0);
}

static uint32_t next_seq = 1001;

static void write_text(const char *text)
{
    size_t n = strlen(text);
    struct net_ev_call call = {.call = NET_CALL_SEND, .fd = 3, .args = {3, 0, (int64_t)n, 0}};
    long enter = fake_enter(&fake, C1, call, text, n);
    fake_return(&fake, enter, (struct net_ev_call){.fd = 3, .ret = (int64_t)n, .cookie = 0xc1}, NULL, 0);
}

/* What was written last leaves as one segment. */
static uint64_t carry(unsigned bytes, enum net_fate_of fate)
{
    uint64_t id = fake_segment(&fake, NET_CLIENT, NET_PSH | NET_ACK, next_seq, 7001, bytes);
    fake_fate(&fake, id, fate);
    next_seq += bytes;
    return id;
}

static void acknowledge(uint32_t bytes, unsigned unread)
{
    fake_sample(&fake,
                (struct net_ev_sample){
                    .host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_ESTABLISHED, .inode = 8, .rqueue = unread});
    fake_fate(&fake, fake_segment(&fake, NET_SERVER, NET_ACK, 7001, 1001 + bytes, 0), NET_DELIVERED);
}

static void read_text(const char *text, int64_t flags)
{
    size_t n = strlen(text);
    struct net_ev_call call = {.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 100, flags}};
    long enter = fake_enter(&fake, SERVER, call, NULL, 0);
    fake_return(&fake, enter, (struct net_ev_call){.fd = 4, .ret = (int64_t)n, .cookie = 0x52}, text, n);
}

static struct lab_stream *stream(void)
{
    struct lab_stream *s = lab_stream_new(fake.journal, fake.state, 0, NET_CLIENT);
    assert_non_null(s);
    return s;
}

/* "rrqqwb": one letter per byte. */
static void assert_places(const char *expected)
{
    static const char letters[] = "rqwbx";
    struct lab_stream *s = stream();
    char seen[64] = "";
    for (uint64_t i = 0; i < s->written && i + 1 < sizeof seen; i++)
        seen[i] = letters[lab_stream_place_of(s, i)];
    assert_string_equal(seen, expected);
    free(s);
}

static int begin(void **state)
{
    open_80x24(state);
    next_seq = 1001;
    connect_them();
    return 0;
}

static int begin_in_ascii(void **state)
{
    open_ascii(state);
    next_seq = 1001;
    connect_them();
    return 0;
}

/* ---- folded ------------------------------------------------------------------------------------------------------ */

static void a_byte_goes_from_place_to_place(void **state)
{
    (void)state;
    write_text("hello");
    assert_places("bbbbb");
    uint64_t id = carry(5, NET_HELD);
    assert_places("wwwww");
    fake_fate(&fake, id, NET_DELIVERED);
    assert_places("wwwww");
    acknowledge(5, 5);
    assert_places("qqqqq");
    read_text("he", 0);
    assert_places("rrqqq");
    write_text("!");
    assert_places("rrqqqb");
}

static void a_look_takes_nothing(void **state)
{
    (void)state;
    write_text("hello");
    carry(5, NET_DELIVERED);
    acknowledge(5, 5);
    read_text("hello", 2 /* MSG_PEEK */);
    assert_places("qqqqq");
    struct lab_stream *s = stream();
    assert_int_equal(s->out_count, 0);
    free(s);
}

static void three_sends_become_one_recv(void **state)
{
    (void)state;
    write_text("one");
    write_text("two");
    write_text("three");
    carry(11, NET_DELIVERED);
    acknowledge(11, 11);
    read_text("onetwothree", 0);
    struct lab_stream *s = stream();
    assert_int_equal(s->in_count, 3);
    assert_int_equal(s->in[1].from, 3);
    assert_int_equal(s->in[1].to, 6);
    assert_int_equal(s->out_count, 1);
    assert_int_equal(s->out[0].to, 11);
    assert_int_equal(s->acked, 11);
    assert_memory_equal(s->byte, "onetwothree", 11);
    assert_true(s->known[10]);
    assert_false(s->known[11]);
    free(s);
}

/* The end that had them is gone: what it had not read, and what never came, nobody will read. */
static void what_a_reader_leaves_behind_is_lost(void **state)
{
    (void)state;
    write_text("hello");
    carry(5, NET_DELIVERED);
    acknowledge(5, 5);
    read_text("he", 0);
    write_text("more");
    fake_sample(&fake, (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_ABSENT});
    assert_places("rrqqqbbbb"); /* its descriptor is open: the socket is in CLOSE, its queue is not gone */
    long enter = fake_enter(&fake, SERVER, (struct net_ev_call){.call = NET_CALL_CLOSE, .fd = 4, .args = {4}}, NULL, 0);
    fake_return(&fake, enter, (struct net_ev_call){.fd = 4, .cookie = 0x52}, NULL, 0);
    assert_places("rrxxxxxxx");
    struct lab_stream *s = stream();
    assert_int_equal(lab_stream_lost(s), 7);
    free(s);
}

/* The writer is gone: what had left and was not dropped can still arrive, the rest cannot. */
static void what_a_writer_had_not_sent_is_lost(void **state)
{
    (void)state;
    write_text("abc");
    carry(3, NET_HELD);
    write_text("def");
    carry(3, NET_DROPPED);
    write_text("ghi");
    long enter = fake_enter(&fake, C1, (struct net_ev_call){.call = NET_CALL_CLOSE, .fd = 3, .args = {3}}, NULL, 0);
    fake_return(&fake, enter, (struct net_ev_call){.fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_ABSENT});
    assert_places("wwwxxxxxx");
}

/* A FIN has a number and is counted in the queue: it is no byte. */
static void a_fin_is_no_byte(void **state)
{
    (void)state;
    write_text("abc");
    carry(3, NET_DELIVERED);
    fake_fate(&fake, fake_segment(&fake, NET_CLIENT, NET_FIN | NET_ACK, next_seq, 7001, 0), NET_DELIVERED);
    fake_sample(&fake, (struct net_ev_sample){
                           .host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_CLOSE_WAIT, .inode = 8, .rqueue = 4});
    fake_fate(&fake, fake_segment(&fake, NET_SERVER, NET_ACK, 7001, 1005, 0), NET_DELIVERED);
    struct lab_stream *s = stream();
    assert_int_equal(s->written, 3);
    assert_int_equal(s->arrived, 3);
    assert_int_equal(s->acked, 3);
    free(s);
    assert_places("qqq");
}

/* A program that is not traced has no calls: the wire alone says what it wrote. */
static void without_calls_the_wire_speaks(void **state)
{
    (void)state;
    carry(4, NET_DELIVERED);
    acknowledge(4, 1);
    struct lab_stream *s = stream();
    assert_int_equal(s->in_count, 0);
    assert_int_equal(s->written, 4);
    assert_true(s->known[3]);
    free(s);
    assert_places("qqqq");
}

/* ---- drawn ------------------------------------------------------------------------------------------------------- */

static char *drawn(int rows, int columns)
{
    struct ui_pane pane = {.view = &ui_box_stream};
    return fake_draw(&pane, &fake.model, rows, columns);
}

static void rulers_stand_over_and_under_the_bytes(void **state)
{
    (void)state;
    write_text("hello");
    write_text("\x1b[2J\n");
    write_text("!");
    carry(11, NET_DELIVERED);
    acknowledge(11, 11);
    read_text("hello\x1b[2", 0);
    read_text("J", 0);
    assert_screen(drawn(20, 78), " r read  q arrived, unread  w on the wire  b in the sender's buffer  x lost\n"
                                 "\n"
                                 " client c1.3 ► server server.4\n"
                                 " written 11 B by 3 calls · sent 11 · acknowledged 11 · read 9 B by 2 calls ·\n"
                                 " unread 2\n"
                                 " send()  ├1──┤├2──────┤│\n"
                                 " bytes   hello\\x1b[2J\\n!\n"
                                 " where   rrrrrrrrrrrrqqq\n"
                                 " recv()  ├1────────┤│\n"
                                 "\n"
                                 " server server.4 ► client c1.3\n"
                                 " nothing was written in this direction\n");
}

/* Unless a border of a call, or of what is where, lies in the middle of one. */
static void letters_are_shown_as_such(void **state)
{
    (void)state;
    write_text("a한");
    write_text("\xea");
    write_text("\xb8\x80");
    write_text("\xff\xe2\x80\xae");
    char *seen = drawn(20, 78);
    assert_non_null(strstr(seen, "\n send()  ├1┤├2─┤├3─────┤├4─────────────┤\n"));
    assert_non_null(strstr(seen, "\n bytes   a한\\xea\\xb8\\x80\\xff\\xe2\\x80\\xae\n"));
    assert_non_null(strstr(seen, "\n where   bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"));
    free(seen);
}

static void a_long_stream_is_folded_and_what_is_not_kept_is_counted(void **state)
{
    char text[257];
    (void)state;
    memset(text, 'a', 256);
    text[256] = '\0';
    struct net_ev_call call = {.call = NET_CALL_SEND, .fd = 3, .args = {3, 0, 300000, 0}};
    long enter = fake_enter(&fake, C1, call, text, 256);
    fake_return(&fake, enter, (struct net_ev_call){.fd = 3, .ret = 300000, .cookie = 0xc1}, NULL, 0);
    char *seen = drawn(60, 78);
    assert_non_null(strstr(seen, " written 300000 B by 1 call · sent 0 · acknowledged 0 · read 0 B\n"));
    assert_non_null(strstr(seen, "\n send()  ├1──────"));
    assert_non_null(strstr(seen, "\n send()  1──────"));
    assert_non_null(strstr(seen, "aaaa(299744 B)\n"));
    assert_non_null(strstr(seen, "bbbbbbbb\n"));
    assert_non_null(strstr(seen, " only the first 512 bytes are shown as text\n"));
    free(seen);
}

/* How much of a blocked send the kernel has taken only its queue tells. */
static void a_blocked_send_has_no_end_yet(void **state)
{
    (void)state;
    write_text("one");
    carry(3, NET_DELIVERED);
    acknowledge(3, 3);
    fake_enter(&fake, C1, (struct net_ev_call){.call = NET_CALL_SEND, .fd = 3, .args = {3, 0, 900, 0}}, "twotwo", 6);
    fake_sample(&fake,
                (struct net_ev_sample){
                    .host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_ESTABLISHED, .inode = 9, .wqueue = 4});
    char *seen = drawn(20, 78);
    assert_non_null(strstr(seen, " written 7 B by 2 calls, the last one blocked · sent 3 "));
    assert_non_null(strstr(seen, " send()  ├1┤├2───\n"));
    assert_non_null(strstr(seen, " bytes   one(4 B)\n"));
    free(seen);
}

static void it_is_readable_in_ascii(void **state)
{
    (void)state;
    write_text("hello");
    write_text("\xc3\xa9");
    char *seen = drawn(20, 78);
    assert_non_null(strstr(seen, " client c1.3 > server server.4\n"));
    assert_non_null(strstr(seen, " send()  +1--++2-----+\n"));
    assert_non_null(strstr(seen, " bytes   hello\\xc3\\xa9\n"));
    assert_non_null(strstr(seen, " where   bbbbbbbbbbbbb\n"));
    for (const char *c = seen; *c; c++)
        assert_in_range((unsigned char)*c, '\n', '~');
    free(seen);
}

static void before_a_connection_there_is_none(void **state)
{
    struct fake empty;
    struct ui_pane pane = {.view = &ui_box_stream};
    (void)state;
    fake_open(&empty);
    assert_screen(fake_draw(&pane, &empty.model, 20, 78), " No connection yet: there is no stream before one.\n");
    fake_close(&empty);
}

static void it_opens_with_its_key(void **state)
{
    (void)state;
    write_text("hello");
    enter(-1, -1);
    app.model.journal = fake.journal;
    press("B");
    assert_true(shows("┌ Byte stream: client c1.3, server server.4 ─"));
    assert_true(shows("│ bytes   hello"));
    press_key(KEY_LEFT);
    press_key(KEY_LEFT);
    assert_true(hides("│ bytes   hello"));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.boxes.count, 0);
}

#define STREAM(test) cmocka_unit_test_setup_teardown(test, begin, close_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM(a_byte_goes_from_place_to_place),
        STREAM(a_look_takes_nothing),
        STREAM(three_sends_become_one_recv),
        STREAM(what_a_reader_leaves_behind_is_lost),
        STREAM(what_a_writer_had_not_sent_is_lost),
        STREAM(a_fin_is_no_byte),
        STREAM(without_calls_the_wire_speaks),
        STREAM(rulers_stand_over_and_under_the_bytes),
        STREAM(letters_are_shown_as_such),
        STREAM(a_long_stream_is_folded_and_what_is_not_kept_is_counted),
        STREAM(a_blocked_send_has_no_end_yet),
        cmocka_unit_test_setup_teardown(it_is_readable_in_ascii, begin_in_ascii, close_it),
        STREAM(before_a_connection_there_is_none),
        STREAM(it_opens_with_its_key),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
