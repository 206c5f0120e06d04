// SPDX-License-Identifier: GPL-3.0-or-later
// Segments that no kernel sent: the kernel that gets them answers as it would any other.
#include "tests/fixtures/wire_connection.h"

#include "net/wire/inject.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { HAND_PORT = 41000, FIRST = 5000, WINDOW = 8000 };

static struct net_inject from_client(uint8_t flags, uint32_t seq, uint32_t ack)
{
    return (struct net_inject){.numbers = {.from = NET_CLIENT,
                                           .src_ip = lab.hosts.host[NET_CLIENT].ip,
                                           .dst_ip = lab.hosts.host[NET_SERVER].ip,
                                           .src_port = HAND_PORT,
                                           .dst_port = SERVER_PORT,
                                           .flags = flags,
                                           .seq = seq,
                                           .ack = ack,
                                           .window = WINDOW}};
}

static void inject(const struct net_inject *segment)
{
    struct net_error err = {0};

    if (net_wire_inject(lab.wire, segment, &err))
        fail_msg("%s", err.text);
}

static const struct net_ev_segment *last_from(enum net_host host, unsigned flags)
{
    lab_drain();
    for (size_t i = lab.events; i-- > 0;) {
        const struct net_ev_segment *s = &lab.event[i].u.segment;
        if (lab.event[i].kind == NET_EV_SEGMENT && s->from == host && s->protocol == 6 && s->flags == flags &&
            !s->injected)
            return s;
    }
    return NULL;
}

static bool has_answered(const void *flags)
{
    return last_from(NET_SERVER, *(const unsigned *)flags) != NULL;
}

static const struct net_ev_segment *wait_answer(unsigned flags)
{
    wait_until(has_answered, &flags, "the server's answer");
    return last_from(NET_SERVER, flags);
}

static bool has_why(const void *user)
{
    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_FATE && lab.event[i].u.fate.why == *(const enum net_drop_why *)user)
            return true;
    return false;
}

static void wait_why(enum net_drop_why why)
{
    wait_until(has_why, &why, net_drop_name(why));
}

static void be_client(bool on)
{
    struct net_wire_settings be = {0};

    be.faults.value[NET_FAULT_BE][NET_SERVER] = on;
    settings(&be);
}

/* The client's kernel has no such socket: it would answer by RST if it saw what the server sends. */
static void a_handshake_by_hand(void **state)
{
    static const uint8_t mss_500[] = {2, 4, 500 >> 8, 500 & 255};
    (void)state;
    int listener = listen_on(NET_SERVER, SERVER_PORT, 8);
    struct net_inject syn = from_client(NET_SYN, FIRST, 0);

    be_client(true);
    lab_clear();
    memcpy(syn.options, mss_500, sizeof mss_500);
    syn.options_bytes = sizeof mss_500;
    inject(&syn);
    const struct net_ev_segment *answer = wait_answer(NET_SYN | NET_ACK);
    assert_int_equal(answer->ack, FIRST + 1);
    uint32_t expected = answer->seq + 1;
    wait_held(1);
    struct net_inject ack = from_client(NET_ACK, FIRST + 1, expected);
    inject(&ack);
    wait_why(NET_DROP_TAKEN);
    wait_held(0);
    wait_until(is_readable, &listener, "a connection in the accept queue");
    assert_int_equal(state_by_ss(NET_SERVER, SERVER_PORT, HAND_PORT), NET_STATE_ESTABLISHED);
    int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    struct net_inject data = from_client(NET_PSH | NET_ACK, FIRST + 1, expected);
    data.data = (const uint8_t *)"hello";
    data.data_bytes = 5;
    inject(&data);
    char bytes[8] = "";
    wait_received(server, 5);
    assert_int_equal(recv(server, bytes, sizeof bytes, 0), 5);
    assert_string_equal(bytes, "hello");

    static const char many[2000];
    assert_int_equal(send(server, many, sizeof many, 0), sizeof many);
    unsigned psh = NET_ACK;
    wait_until(has_answered, &psh, "the server's data");
    for (size_t i = 0; i < lab.events; i++) /* as large as the SYN has said */
        assert_true(lab.event[i].kind != NET_EV_SEGMENT || lab.event[i].u.segment.payload_bytes <= 500);

    struct net_inject rst = from_client(NET_RST, FIRST + 6, 0);
    inject(&rst);
    wait_state(NET_SERVER, SERVER_PORT, HAND_PORT, NET_STATE_ABSENT);
    be_client(false);
    wait_held(0);
    close(server);
    close(listener);
}

static void a_wrong_checksum_is_thrown_away(void **state)
{
    (void)state;
    int listener = listen_on(NET_SERVER, SERVER_PORT, 8);
    struct net_inject syn = from_client(NET_SYN, FIRST, 0);

    lab_clear();
    syn.wrong_checksum = true;
    inject(&syn);
    wait_why(NET_DROP_CHECKSUM);
    wait_until(is_quiet, NULL, "a quiet wire");
    lab_drain();
    assert_null(last_from(NET_SERVER, NET_SYN | NET_ACK));
    close(listener);
}

/* RFC 5961: in the window a challenge, beyond it nothing, the exact number ends it. */
static void a_rst_in_and_out_of_the_window(void **state)
{
    (void)state;
    struct connection c = connected();
    struct net_inject rst = from_client(NET_RST, 0, 0);
    const struct net_ev_segment *syn = last_from(NET_CLIENT, NET_SYN);

    rst.numbers.src_port = CLIENT_PORT;
    uint32_t next = syn->seq + 1;
    lab_clear();
    rst.numbers.seq = next + 10000000;
    inject(&rst);
    wait_until(is_quiet, NULL, "a quiet wire");
    assert_null(last_from(NET_SERVER, NET_ACK));
    rst.numbers.seq = next + 10;
    inject(&rst);
    wait_answer(NET_ACK);
    assert_int_equal(state_by_ss(NET_SERVER, SERVER_PORT, CLIENT_PORT), NET_STATE_ESTABLISHED);
    rst.numbers.seq = next;
    inject(&rst);
    wait_state(NET_SERVER, SERVER_PORT, CLIENT_PORT, NET_STATE_ABSENT);
    finish(&c);
}

static bool has_failed(const void *fd)
{
    return poll(&(struct pollfd){.fd = *(const int *)fd}, 1, 0) == 1;
}

/* A port that is unreachable ends a connect (RFC 1122, 4.2.3.9). */
static void an_icmp_message_ends_a_connect(void **state)
{
    (void)state;
    int error = 0;
    socklen_t bytes = sizeof error;
    struct net_error err = {0};

    wire_mode(NET_WIRE_HELD);
    lab_clear();
    int client = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_held(1);
    lab_drain();
    const struct net_event *syn = NULL;
    for (size_t i = 0; i < lab.events; i++)
        if (lab.event[i].kind == NET_EV_SEGMENT)
            syn = &lab.event[i];
    const struct net_inject_icmp icmp = {
        .to = NET_CLIENT, .code = 3, .about = syn->data, .about_bytes = syn->data_bytes};
    if (net_wire_inject_icmp(lab.wire, &icmp, &err))
        fail_msg("%s", err.text);
    wait_until(has_failed, &client, "the connect that fails");
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &bytes);
    assert_int_equal(error, ECONNREFUSED);
    wire_mode(NET_WIRE_OPEN);
    close(client);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct net_inject much = from_client(NET_SYN, 0, 0);
    struct net_error err = {0};
    (void)state;

    lab_clear();
    much.options_bytes = NET_INJECT_OPTIONS + 1;
    assert_int_equal(net_wire_inject(lab.wire, &much, &err), -1);
    assert_non_null(strstr(err.text, "41 bytes"));
    much.options_bytes = NET_INJECT_OPTIONS;
    much.data_bytes = NET_INJECT_PACKET - 40 - NET_INJECT_OPTIONS + 1;
    assert_int_equal(net_wire_inject(lab.wire, &much, &err), -1);
    assert_int_equal(
        net_wire_inject_icmp(lab.wire, &(struct net_inject_icmp){.about = (const uint8_t *)"", .about_bytes = 1}, &err),
        -1);
    lab_drain();
    assert_int_equal(lab.events, 0);
}

static int tests(const struct variant *v)
{
    struct CMUnitTest all[] = {cmocka_unit_test(a_handshake_by_hand), cmocka_unit_test(a_wrong_checksum_is_thrown_away),
                               cmocka_unit_test(a_rst_in_and_out_of_the_window),
                               cmocka_unit_test(an_icmp_message_ends_a_connect),
                               cmocka_unit_test(what_does_not_fit_is_refused)};

    return run_lab_tests(v, all, sizeof all / sizeof *all);
}

int main(void)
{
    return run_in_variants(tests);
}
