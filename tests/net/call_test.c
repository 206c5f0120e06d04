// SPDX-License-Identifier: GPL-3.0-or-later
// Calls as C text: every kind of argument, hostile bytes, and too little room.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "net/data/call.h"

#define ARGS(...)                                                                                                      \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static struct net_event entered(unsigned call, const void *data, size_t bytes)
{
    struct net_event ev = {.kind = NET_EV_CALL_ENTER, .data = data, .data_bytes = (uint32_t)bytes};
    ev.u.call.call = (uint16_t)call;
    ev.u.call.data_all = (uint32_t)bytes;
    return ev;
}

static struct net_event returned(const struct net_event *enter, int64_t result, int error)
{
    struct net_event ev = *enter;
    ev.kind = NET_EV_CALL_RETURN;
    ev.data = NULL;
    ev.data_bytes = ev.u.call.data_all = 0;
    ev.u.call.ret = result;
    ev.u.call.error = error;
    return ev;
}

static void assert_call(const struct net_event *enter, const struct net_event *ret, const char *expected)
{
    char text[400];
    size_t n = net_call_text(enter, ret, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void assert_result(const struct net_event *ret, const char *expected)
{
    char text[100];
    size_t n = net_result_text(ret, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void set_args(struct net_event *ev, const int64_t args[6])
{
    memcpy(ev->u.call.args, args, sizeof ev->u.call.args);
}

static void every_row_is_whole_and_found_by_name(void **state)
{
    (void)state;
    for (unsigned call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++) {
        const struct net_call_row *row = net_call_row(call);
        assert_true(strlen(row->name) > 1);
        assert_int_equal(strspn(row->args, "fatizmhSABblovVspgkwWcOHrPnETNDCx-"), strlen(row->args));
        assert_true(strlen(row->args) <= 6);
        assert_int_equal(net_call_number(row->name), call);
    }
    assert_int_equal(net_call_number("frobnicate"), NET_CALL_NONE);
    assert_string_equal(net_call_row(NET_CALL_COUNT)->name, "?");
    assert_true(net_call_is(NET_CALL_RECV, NET_BLOCKS));
    assert_false(net_call_is(NET_CALL_SOCKET, NET_BLOCKS));
}

static void a_socket_and_its_flags(void **state)
{
    struct net_event ev = entered(NET_CALL_SOCKET, NULL, 0);
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(AF_INET, SOCK_STREAM, 0));
    assert_call(&ev, NULL, "socket(AF_INET, SOCK_STREAM, 0)");
    set_args(&ev, (int64_t[6])ARGS(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    assert_call(&ev, NULL, "socket(AF_INET6, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_TCP)");
    set_args(&ev, (int64_t[6])ARGS(99, 77, 255));
    assert_call(&ev, NULL, "socket(99, 77, 255)");
    struct net_event ret = returned(&ev, 3, 0);
    assert_result(&ret, "3");
    ret = returned(&ev, -1, EMFILE);
    assert_result(&ret, "-1 EMFILE");
}

static void addresses_in_and_out(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(12345), .sin_addr.s_addr = htonl(0xC0000201)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct net_event ev = entered(NET_CALL_CONNECT, &in, sizeof in);
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(3, 0x7fff0000, 16));
    assert_call(&ev, NULL, "connect(3, 192.0.2.1:12345, 16)");
    ev.data = (const uint8_t *)&in6;
    ev.data_bytes = sizeof in6;
    assert_call(&ev, NULL, "connect(3, [::1]:80, 16)");
    ev.data_bytes = 5; /* shorter than any address */
    assert_call(&ev, NULL, "connect(3, {AF_INET6, ...}, 16)");
    ev.data_bytes = 0;
    assert_call(&ev, NULL, "connect(3, NULL, 16)");

    ev = entered(NET_CALL_ACCEPT, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(3, 0x7fff0000, 0x7fff0010));
    assert_call(&ev, NULL, "accept(3, &addr)");
    struct net_event ret = returned(&ev, 4, 0);
    ret.data = (const uint8_t *)&in;
    ret.data_bytes = sizeof in;
    assert_call(&ev, &ret, "accept(3, 192.0.2.1:12345)");
    ret = returned(&ev, -1, EINTR);
    assert_call(&ev, &ret, "accept(3, &addr)");
    assert_result(&ret, "-1 EINTR");
}

static void bytes_in_and_out(void **state)
{
    struct net_event ev = entered(NET_CALL_SEND, "Hello\n", 6), ret;
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(4, 0x1000, 6, MSG_NOSIGNAL | MSG_DONTWAIT));
    assert_call(&ev, NULL, "send(4, \"Hello\\n\", 6, MSG_DONTWAIT|MSG_NOSIGNAL)");
    ret = returned(&ev, -1, EPIPE);
    assert_result(&ret, "-1 EPIPE");

    ev = entered(NET_CALL_RECV, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(4, 0x1000, 1024, 0));
    assert_call(&ev, NULL, "recv(4, buf, 1024, 0)");
    ret = returned(&ev, 3, 0);
    ret.data = (const uint8_t *)"abc";
    ret.data_bytes = ret.u.call.data_all = 3;
    assert_call(&ev, &ret, "recv(4, \"abc\", 1024, 0)");
    ret.u.call.data_all = 900;
    assert_call(&ev, &ret, "recv(4, \"abc\"..., 1024, 0)");
    ret = returned(&ev, 0, 0);
    assert_call(&ev, &ret, "recv(4, \"\", 1024, 0)");
    ret = returned(&ev, -1, ECONNRESET);
    assert_call(&ev, &ret, "recv(4, buf, 1024, 0)");
    assert_result(&ret, "-1 ECONNRESET");
}

static void options_by_name_and_value(void **state)
{
    struct linger linger = {1, 0};
    int one = 1;
    struct timeval time = {2, 500000};
    struct net_event ev = entered(NET_CALL_SETSOCKOPT, &linger, sizeof linger);
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(4, SOL_SOCKET, SO_LINGER, 0x1000, 8));
    assert_call(&ev, NULL, "setsockopt(4, SOL_SOCKET, SO_LINGER, {1, 0}, 8)");
    ev = entered(NET_CALL_SETSOCKOPT, &time, sizeof time);
    set_args(&ev, (int64_t[6])ARGS(4, SOL_SOCKET, SO_RCVTIMEO, 0x1000, 16));
    assert_call(&ev, NULL, "setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, 2500 ms, 16)");
    ev = entered(NET_CALL_SETSOCKOPT, &one, sizeof one);
    set_args(&ev, (int64_t[6])ARGS(4, IPPROTO_TCP, 9999, 0x1000, 4));
    assert_call(&ev, NULL, "setsockopt(4, IPPROTO_TCP, 9999, 1, 4)");

    ev = entered(NET_CALL_GETSOCKOPT, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(4, IPPROTO_TCP, TCP_NODELAY, 0x1000, 0x2000));
    assert_call(&ev, NULL, "getsockopt(4, IPPROTO_TCP, TCP_NODELAY, &value)");
    struct net_event ret = returned(&ev, 0, 0);
    ret.data = (const uint8_t *)&one;
    ret.data_bytes = sizeof one;
    assert_call(&ev, &ret, "getsockopt(4, IPPROTO_TCP, TCP_NODELAY, 1)");
}

static void descriptors_and_files(void **state)
{
    struct net_event ev = entered(NET_CALL_FCNTL, NULL, 0), ret;
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(4, F_GETFL, 0));
    assert_call(&ev, NULL, "fcntl(4, F_GETFL)");
    ret = returned(&ev, O_RDWR | O_NONBLOCK, 0);
    assert_result(&ret, "O_RDWR|O_NONBLOCK");
    set_args(&ev, (int64_t[6])ARGS(4, F_SETFL, O_RDWR | O_NONBLOCK));
    assert_call(&ev, NULL, "fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK)");
    set_args(&ev, (int64_t[6])ARGS(4, F_SETFD, FD_CLOEXEC));
    assert_call(&ev, NULL, "fcntl(4, F_SETFD, FD_CLOEXEC)");
    ev = entered(NET_CALL_OPEN, "/tmp/a\033b", 8);
    set_args(&ev, (int64_t[6])ARGS(0x1000, O_WRONLY | O_CREAT, 0644));
    assert_call(&ev, NULL, "open(\"/tmp/a\\x1bb\", O_WRONLY|O_CREAT, 0644)");
    ev = entered(NET_CALL_SHUTDOWN, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(4, SHUT_WR));
    assert_call(&ev, NULL, "shutdown(4, SHUT_WR)");
}

static void waiting_for_descriptors(void **state)
{
    struct pollfd fds[2] = {{.fd = 3, .events = POLLIN}, {.fd = 4, .events = POLLIN | POLLOUT}};
    struct net_event ev = entered(NET_CALL_POLL, fds, sizeof fds);
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(0x1000, 2, -1));
    assert_call(&ev, NULL, "poll([{3, POLLIN}, {4, POLLIN|POLLOUT}], 2, -1)");
    struct pollfd after[2] = {{.fd = 3, .events = POLLIN}, {4, POLLIN | POLLOUT, POLLIN | POLLRDHUP | POLLHUP}};
    struct net_event ret = returned(&ev, 1, 0);
    ret.data = (const uint8_t *)after;
    ret.data_bytes = sizeof after;
    assert_call(&ev, &ret, "poll([{3, POLLIN, 0}, {4, POLLIN|POLLOUT, POLLIN|POLLRDHUP|POLLHUP}], 2, -1)");
}

static void processes_and_signals(void **state)
{
    static const struct {
        int status;
        const char *text;
    } statuses[] = {{3 << 8, "waitpid(-1, {exited 3}, WNOHANG)"},
                    {SIGPIPE, "waitpid(-1, {killed by SIGPIPE}, WNOHANG)"},
                    {SIGSEGV | 0x80, "waitpid(-1, {killed by SIGSEGV, core dumped}, WNOHANG)"},
                    {SIGSTOP << 8 | 0x7f, "waitpid(-1, {stopped by SIGSTOP}, WNOHANG)"},
                    {0xffff, "waitpid(-1, {continued}, WNOHANG)"}};
    struct net_event ev = entered(NET_CALL_WAITPID, NULL, 0), ret;
    (void)state;
    set_args(&ev, (int64_t[6])ARGS(-1, 0x1000, WNOHANG));
    assert_call(&ev, NULL, "waitpid(-1, &status, WNOHANG)");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        ret = returned(&ev, 4711, 0);
        ret.data = (const uint8_t *)&statuses[i].status;
        ret.data_bytes = sizeof statuses[i].status;
        assert_call(&ev, &ret, statuses[i].text);
    }
    ret.u.call.ret = 0; /* WNOHANG, nobody ended: the status means nothing */
    assert_call(&ev, &ret, "waitpid(-1, &status, WNOHANG)");

    ev = entered(NET_CALL_KILL, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(4711, SIGUSR1));
    assert_call(&ev, NULL, "kill(4711, SIGUSR1)");
    ev = entered(NET_CALL_SIGNAL, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(SIGPIPE, (intptr_t)SIG_IGN));
    assert_call(&ev, NULL, "signal(SIGPIPE, SIG_IGN)");
    ret = returned(&ev, (intptr_t)SIG_DFL, 0);
    assert_result(&ret, "SIG_DFL");
    set_args(&ev, (int64_t[6])ARGS(SIGPIPE, 0x5555));
    assert_call(&ev, NULL, "signal(SIGPIPE, handler)");
    ev = entered(NET_CALL_SIGACTION, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(SIGCHLD, 0x5555, SA_RESTART | SA_NOCLDSTOP));
    assert_call(&ev, NULL, "sigaction(SIGCHLD, handler, SA_RESTART|SA_NOCLDSTOP)");
    set_args(&ev, (int64_t[6])ARGS(SIGCHLD, (intptr_t)SIG_IGN, 0));
    assert_call(&ev, NULL, "sigaction(SIGCHLD, SIG_IGN, 0)");
    ev = entered(NET_CALL_EXIT, NULL, 0);
    set_args(&ev, (int64_t[6])ARGS(1));
    assert_call(&ev, NULL, "exit(1)");
    ev = entered(NET_CALL_FORK, NULL, 0);
    assert_call(&ev, NULL, "fork()");
}

static void results_that_are_not_minus_one(void **state)
{
    struct net_event ev = entered(NET_CALL_PTHREAD_CREATE, NULL, 0), ret;
    (void)state;
    ret = returned(&ev, EAGAIN, EAGAIN);
    assert_result(&ret, "EAGAIN");
    ev = entered(NET_CALL_MALLOC, NULL, 0);
    ret = returned(&ev, 0, ENOMEM);
    assert_result(&ret, "NULL ENOMEM");
    ret = returned(&ev, 0x5000, 0);
    assert_result(&ret, "0x5000");
    ev = entered(NET_CALL_GETADDRINFO, "localhost\0http", 14);
    set_args(&ev, (int64_t[6])ARGS(1, 2));
    assert_call(&ev, NULL, "getaddrinfo(\"localhost\", \"http\")");
    ret = returned(&ev, EAI_NONAME, 1);
    assert_result(&ret, "EAI_NONAME");
    ev = entered(NET_CALL_FREE, NULL, 0);
    ret = returned(&ev, 0, 0);
    assert_result(&ret, "");
}

/* Whatever a peer sends: one line of printable ASCII comes out, that the C compiler would take as a string. */
static void hostile_bytes_become_harmless(void **state)
{
    uint8_t all[256];
    char text[2000];
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    size_t n = net_bytes_text(all, sizeof all, sizeof all, text, sizeof text);
    assert_int_equal(n, strlen(text));
    for (size_t i = 0; i < n; i++)
        assert_true(isprint((unsigned char)text[i]));
    net_bytes_text((const uint8_t *)"\033]0;owned\a\r\n\"\\\0", 14, 14, text, sizeof text);
    assert_string_equal(text, "\"\\x1b]0;owned\\x07\\r\\n\\\"\\\\\"");
}

static void assert_shown(const char *bytes, const char *text)
{
    char out[200];
    size_t n = strlen(bytes);
    net_bytes_text((const uint8_t *)bytes, n, n, out, sizeof out);
    assert_string_equal(out, text);
}

/* On a screen that can show them: what somebody wrote, and nothing that could do harm. */
static void letters_are_shown_where_they_can_be(void **state)
{
    char text[16];
    (void)state;
    assert_shown("안녕", "\"\\xec\\x95\\x88\\xeb\\x85\\x95\"");
    net_text_shows_letters(true);
    assert_shown("안녕, Grüße, Привет, かな, 漢字!\n", "\"안녕, Grüße, Привет, かな, 漢字!\\n\"");
    assert_shown("\xec\x95", "\"\\xec\\x95\"");                            /* cut in two */
    assert_shown("\x88\xeb\x85\x95", "\"\\x88\xeb\x85\x95\"");             /* its other half, and a whole one */
    assert_shown("\xc1\x81\xe0\x83\x80", "\"\\xc1\\x81\\xe0\\x83\\x80\""); /* longer than it needs to be */
    assert_shown("\xe2\x80\xae", "\"\\xe2\\x80\\xae\"");                   /* from right to left */
    assert_shown("\xc2\x9b", "\"\\xc2\\x9b\"");                            /* C1: begins a control sequence */
    assert_shown("a\xcc\x81", "\"a\\xcc\\x81\"");                          /* combines with what is before it */
    net_bytes_text((const uint8_t *)"안녕", 5, 6, text, sizeof text);      /* its last byte was not kept */
    assert_string_equal(text, "\"안\"...");
    for (size_t room = 1; room < sizeof text; room++) {
        size_t n = net_bytes_text((const uint8_t *)"안녕안녕", 12, 12, text, room), of_letters = 0;
        assert_true(n < room && text[n] == '\0');
        for (size_t i = 0; i < n; i++)
            of_letters += (unsigned char)text[i] >= 0x80;
        assert_int_equal(of_letters % 3, 0); /* none is cut */
        assert_null(strchr(text, '\\'));
    }
    net_text_shows_letters(false);
}

/* Whole escapes, closed quotes, and never a byte too many. */
static void too_little_room_cuts_at_a_whole_piece(void **state)
{
    const uint8_t bytes[] = {'a', 0x1b, 'b', 0x1b, 'c'};
    char text[64];
    (void)state;
    for (size_t room = 0; room <= 24; room++) {
        memset(text, '#', sizeof text);
        size_t n = net_bytes_text(bytes, sizeof bytes, sizeof bytes, text, room);
        assert_true(n < room || room == 0);
        assert_int_equal(text[room], '#');
        if (room == 0)
            continue;
        assert_int_equal(text[n], '\0');
        const char *escape = strrchr(text, '\\');
        assert_true(!escape || strlen(escape) >= 4);
    }
    net_bytes_text(bytes, sizeof bytes, sizeof bytes, text, 12);
    assert_string_equal(text, "\"a\\x1bb\"...");

    struct net_event ev = entered(NET_CALL_SEND, "a very long message that does not fit at all", 44);
    set_args(&ev, (int64_t[6])ARGS(4, 0x1000, 44, MSG_NOSIGNAL));
    net_call_text(&ev, NULL, text, sizeof text);
    assert_string_equal(text, "send(4, \"a very long message\"..., 44, MSG_NOSIGNAL)");
    for (size_t room = 1; room < sizeof text; room++) {
        memset(text, '#', sizeof text);
        size_t n = net_call_text(&ev, NULL, text, room);
        assert_true(n < room);
        assert_int_equal(text[n], '\0');
        assert_int_equal(text[room], '#');
    }
}

/* Both ways, and as getaddrinfo() and ss write them. */
static void addresses_as_text(void **state)
{
    static const struct {
        const char *text, *with_port;
        bool is_any, is_loopback;
    } good[] = {{"192.0.2.1", "192.0.2.1:12345", false, false},
                {"255.255.255.255", "255.255.255.255:12345", false, false},
                {"0.0.0.0", "0.0.0.0:12345", true, false},
                {"127.9.9.9", "127.9.9.9:12345", false, true},
                {"::", "[::]:12345", true, false},
                {"::1", "[::1]:12345", false, true},
                {"2001:db8::1", "[2001:db8::1]:12345", false, false},
                {"2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:12345", false, false}, /* RFC 5952, 4.2.2 */
                {"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:12345", false, false},
                {"::ffff:127.0.0.1", "[::ffff:127.0.0.1]:12345", false, true}};
    static const char *const bad[] = {
        "",        "192.0.2",     "192.0.2.256",   "192.0.2.1 ",       ":", ":::", "[::1]",
        "1::2::3", "2001:db8::g", "fe80::1%wire0", "1:2:3:4:5:6:7:8:9"};
    char text[NET_ADDRESS_TEXT_BYTES];
    struct net_ip ip, other;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(net_ip_read(good[i].text, &ip));
        assert_string_equal(net_ip_text(ip, text, sizeof text), good[i].text);
        assert_int_equal(net_address_text(ip, 12345, text, sizeof text), strlen(good[i].with_port));
        assert_string_equal(text, good[i].with_port);
        assert_int_equal(net_ip_is_any(ip), good[i].is_any);
        assert_int_equal(net_ip_is_loopback(ip), good[i].is_loopback);
        for (size_t k = 0; k < i; k++) {
            assert_true(net_ip_read(good[k].text, &other));
            assert_int_equal(net_ip_same(ip, other), i == 8 && k == 0); /* the mapped one is 192.0.2.1 */
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (net_ip_read(bad[i], &ip))
            fail_msg("\"%s\" was taken for an address", bad[i]);
    assert_true(net_ip_read("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", &ip));
    net_address_text(ip, 65535, text, sizeof text);
    assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    assert_int_equal(net_address_text(ip, 65535, text, 12), 11);
    assert_string_equal(text, "[ffff:ff...");
    assert_true(net_ip_same(net_ip_plain(NET_IP6(0, 0, 0xffff, 0xC0000201)), NET_IP4(0xC0000201)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole_and_found_by_name),
        cmocka_unit_test(a_socket_and_its_flags),
        cmocka_unit_test(addresses_in_and_out),
        cmocka_unit_test(bytes_in_and_out),
        cmocka_unit_test(options_by_name_and_value),
        cmocka_unit_test(descriptors_and_files),
        cmocka_unit_test(waiting_for_descriptors),
        cmocka_unit_test(processes_and_signals),
        cmocka_unit_test(results_that_are_not_minus_one),
        cmocka_unit_test(hostile_bytes_become_harmless),
        cmocka_unit_test(letters_are_shown_where_they_can_be),
        cmocka_unit_test(too_little_room_cuts_at_a_whole_piece),
        cmocka_unit_test(addresses_as_text),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
