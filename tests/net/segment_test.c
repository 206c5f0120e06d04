// SPDX-License-Identifier: GPL-3.0-or-later
// Packets recorded from two Linux 6.18 hosts, and what becomes of them when they are cut or damaged.
#include "net/wire/segment.h"
#include "net/data/tcp_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SYN                                                                                                            \
    "4500003ceb4340004006cb74c0000202c00002019c4030398189a08c00000000a002faf014c50000"                                 \
    "020405b40402080a2a149b9f000000000103030a"
#define SYN_ACK                                                                                                        \
    "4500003c000040004006b6b8c0000201c000020230399c409686dbcf8189a08da012fe88a7860000"                                 \
    "020405b40402080a6c2b8b132a149b9f0103030a"
#define HELLO                                                                                                          \
    "45000039eb4540004006cb75c0000202c00002019c4030398189a08d9686dbd08018003fb0ac0000"                                 \
    "0101080a2a149bb36c2b8b1348656c6c6f"
#define SACK                                                                                                           \
    "45000040d8f640004006ddbdc0000201c000020230399c409686dbd08189a092b010004059cf0000"                                 \
    "0101080a6c2b8b762a149bb30101050a8189a0938189a095"
#define RST_ACK "45000028000040004006b6ccc0000201c000020200099c4100000000b089ee1b50140000f0dc0000"

/* The same of IPv6: a SYN, and data. */
#define SYN6                                                                                                           \
    "600f4c6a0028064020010db800000000000000000000000220010db8000000000000000000000001"                                 \
    "e79a1b581db9ada300000000a002fd20b1830000020405a00402080ab835b772000000000103030a"
#define HELLO6                                                                                                         \
    "600f4c6a0025064020010db800000000000000000000000220010db8000000000000000000000001"                                 \
    "e79a1b581db9ada4ea52dd2b80180040085100000101080ab835b78f814847fb68656c6c6f"

struct packet {
    uint8_t bytes[128];
    size_t n;
};

static struct packet packet_of(const char *hex)
{
    struct packet p = {.n = strlen(hex) / 2};

    for (size_t i = 0; i < p.n; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        p.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return p;
}

/* From a copy of exactly that size, so that a read past the end is caught. */
static int decode(const uint8_t *bytes, size_t n, struct net_ev_segment *out)
{
    uint8_t *copy = malloc(n ? n : 1);

    memcpy(copy, bytes, n);
    memset(out, 0xee, sizeof *out);
    int result = net_segment_decode(copy, n, out);
    free(copy);
    return result;
}

static struct net_ev_segment decoded(const char *hex)
{
    struct packet p = packet_of(hex);
    struct net_ev_segment segment;

    assert_int_equal(decode(p.bytes, p.n, &segment), 0);
    assert_int_equal(segment.packet_bytes, p.n);
    return segment;
}

static void a_syn_with_its_options(void **state)
{
    struct net_ev_segment s = decoded(SYN);
    (void)state;

    assert_int_equal(s.protocol, 6);
    assert_int_equal(s.flags, NET_SYN);
    assert_int_equal(s.ttl, 64);
    assert_true(net_ip_same(s.src_ip, NET_IP4(0xC0000202)));
    assert_true(net_ip_same(s.dst_ip, NET_IP4(0xC0000201)));
    assert_int_equal(s.src_port, 40000);
    assert_int_equal(s.dst_port, 12345);
    assert_int_equal(s.seq, 0x8189a08c);
    assert_int_equal(s.ack, 0);
    assert_int_equal(s.window, 64240);
    assert_int_equal(s.mss, 1460);
    assert_int_equal(s.wscale, 10);
    assert_true(s.sack_permitted);
    assert_true(s.has_timestamp);
    assert_int_equal(s.ts_value, 0x2a149b9f);
    assert_int_equal(s.ts_echo, 0);
    assert_true(s.checksum_ok);
    assert_int_equal(s.payload_bytes, 0);
    assert_int_equal(s.payload_at, 60);
}

static void a_syn_ack(void **state)
{
    struct net_ev_segment s = decoded(SYN_ACK);
    (void)state;

    assert_int_equal(s.flags, NET_SYN | NET_ACK);
    assert_int_equal(s.seq, 0x9686dbcf);
    assert_int_equal(s.ack, 0x8189a08d);
    assert_int_equal(s.ts_echo, 0x2a149b9f);
    assert_true(s.checksum_ok);
}

static void data_without_syn_options(void **state)
{
    struct packet p = packet_of(HELLO);
    struct net_ev_segment s = decoded(HELLO);
    (void)state;

    assert_int_equal(s.flags, NET_PSH | NET_ACK);
    assert_int_equal(s.payload_bytes, 5);
    assert_memory_equal(p.bytes + s.payload_at, "Hello", 5);
    assert_int_equal(s.mss, 0);
    assert_int_equal(s.wscale, -1);
    assert_false(s.sack_permitted);
    assert_int_equal(s.sack_blocks, 0);
    assert_true(s.checksum_ok);
}

static void a_selective_acknowledgement(void **state)
{
    struct net_ev_segment s = decoded(SACK);
    (void)state;

    assert_int_equal(s.sack_blocks, 1);
    assert_true(s.has_timestamp);
    assert_true(s.checksum_ok);
    struct packet p = packet_of(SACK);
    struct net_tcp_options o;
    net_tcp_options_of_packet(p.bytes, p.n, &o);
    assert_int_equal(o.sack[0][0], 0x8189a093);
    assert_int_equal(o.sack[0][1], 0x8189a095);
    assert_int_equal(o.ts_echo, 0x2a149bb3);
    assert_false(o.fast_open);
    for (size_t n = 0; n < p.n; n++) {
        net_tcp_options_of_packet(p.bytes, n, &o);
        assert_int_equal(o.sack_blocks, 0);
    }
}

static void fast_open_asks_or_has_a_cookie(void **state)
{
    static const uint8_t asks[] = {34, 2, 1, 1}, has[] = {34, 6, 1, 2, 3, 4};
    struct net_tcp_options o;
    (void)state;

    net_tcp_options_read(asks, sizeof asks, &o);
    assert_true(o.fast_open);
    assert_int_equal(o.cookie_bytes, 0);
    net_tcp_options_read(has, sizeof has, &o);
    assert_int_equal(o.cookie_bytes, 4);
}

static void a_reset_without_options(void **state)
{
    struct net_ev_segment s = decoded(RST_ACK);
    (void)state;

    assert_int_equal(s.flags, NET_RST | NET_ACK);
    assert_false(s.has_timestamp);
    assert_int_equal(s.window, 0);
    assert_true(s.checksum_ok);
}

/* Only packet_bytes is set, and everything else says "nothing". */
static void check_nothing(const struct net_ev_segment *s, size_t n)
{
    struct net_ev_segment nothing = {.packet_bytes = (uint16_t)n, .wscale = -1};

    assert_int_equal(s->packet_bytes, n);
    assert_int_equal(s->protocol | s->flags | s->src_port | s->mss | s->payload_bytes, 0);
    assert_int_equal(s->seq | s->ack | s->ts_value, nothing.seq);
    assert_true(net_ip_is_any(s->src_ip));
    assert_int_equal(s->wscale, -1);
}

static void every_cut_is_noticed(void **state)
{
    struct packet p = packet_of(*state ? HELLO6 : HELLO);
    struct net_ev_segment s;

    for (size_t n = 0; n < p.n; n++) {
        assert_int_equal(decode(p.bytes, n, &s), -1);
        check_nothing(&s, n);
    }
}

static void padding_is_no_payload(void **state)
{
    struct packet p = packet_of(RST_ACK);
    struct net_ev_segment s;
    (void)state;

    assert_int_equal(decode(p.bytes, p.n + 6, &s), 0); /* as an Ethernet frame of 60 bytes would bring it */
    assert_int_equal(s.packet_bytes, 40);
    assert_int_equal(s.payload_bytes, 0);
    assert_true(s.checksum_ok);
}

static void every_flipped_bit_breaks_the_checksum(void **state)
{
    struct packet p = packet_of(*state ? HELLO6 : HELLO);
    struct net_ev_segment s;

    for (size_t bit = (*state ? NET_IPV6_BYTES : NET_IPV4_BYTES) * 8u; bit < p.n * 8; bit++) { /* the TCP part */
        p.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (decode(p.bytes, p.n, &s) == 0)
            assert_false(s.checksum_ok);
        p.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_syn_of_ipv6(void **state)
{
    struct net_ev_segment s = decoded(SYN6);
    (void)state;

    assert_int_equal(s.protocol, 6);
    assert_int_equal(s.flags, NET_SYN);
    assert_int_equal(s.ttl, 64);
    assert_true(net_ip_same(s.src_ip, NET_IP6(0x20010db8, 0, 0, 2)));
    assert_true(net_ip_same(s.dst_ip, NET_IP6(0x20010db8, 0, 0, 1)));
    assert_int_equal(s.dst_port, 7000);
    assert_int_equal(s.mss, 1440);
    assert_int_equal(s.wscale, 10);
    assert_true(s.checksum_ok);
    assert_int_equal(s.payload_at, 80);
    s = decoded(HELLO6);
    assert_int_equal(s.payload_at, 72);
    assert_int_equal(s.payload_bytes, 5);
}

/* What may stand between the header and TCP (RFC 8200, 4): options hop by hop, and a fragment's header. */
static void extension_headers_are_passed(void **state)
{
    static const uint8_t hop_by_hop[8] = {44, 0, 1, 4, 0, 0, 0, 0}, whole[8] = {6, 0, 0, 0, 1, 2, 3, 4},
                         first[8] = {6, 0, 0, 1, 1, 2, 3, 4}, later[8] = {6, 0, 0, 8, 1, 2, 3, 4};
    const uint8_t *const fragments[] = {whole, first, later};
    struct packet p = packet_of(HELLO6), longer = p;
    struct net_ev_segment s;
    (void)state;

    memcpy(longer.bytes + 56, p.bytes + 40, p.n - 40);
    memcpy(longer.bytes + 40, hop_by_hop, sizeof hop_by_hop);
    longer.n = p.n + 16;
    longer.bytes[5] = (uint8_t)(p.bytes[5] + 16);
    longer.bytes[6] = 0;
    for (size_t i = 0; i < 3; i++) {
        memcpy(longer.bytes + 48, fragments[i], 8);
        assert_int_equal(decode(longer.bytes, longer.n, &s), i == 2 ? -1 : 0);
        assert_int_equal(s.payload_bytes, i == 2 ? 0 : 5);
        assert_int_equal(s.checksum_ok, i == 0); /* of a part nothing can be said */
    }
}

static void what_is_no_ip_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } damage[] = {
        {0, 0x65},        /* version 6: then it is shorter than it says */
        {0, 0x44},        /* IP header of 16 bytes */
        {0, 0x4f},        /* IP header of 60, which eats the TCP header */
        {3, 0x13},        /* total length 19 */
        {2, 0xff},        /* total length beyond the end */
        {6, 0x20 | 0x1f}, /* a later fragment */
        {7, 0x01},        /* the same, by the low byte */
        {32, 0x40},       /* TCP header of 16 bytes */
        {32, 0xf0},       /* TCP header of 60, beyond the end */
    };
    struct net_ev_segment s;
    (void)state;

    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        struct packet p = packet_of(HELLO);
        p.bytes[damage[i].at] = damage[i].value;
        assert_int_equal(decode(p.bytes, p.n, &s), -1);
        check_nothing(&s, p.n);
    }
}

static void another_protocol_is_named_only(void **state)
{
    struct packet p = packet_of(HELLO);
    struct net_ev_segment s;
    (void)state;

    p.bytes[9] = 17;
    assert_int_equal(decode(p.bytes, p.n, &s), 0);
    assert_int_equal(s.protocol, 17);
    assert_int_equal(s.ttl, 64);
    assert_int_equal(s.src_port | s.flags | s.payload_bytes, 0);
}

static void an_icmp_message_is_told_by_type_and_code(void **state)
{
    struct packet p = packet_of(HELLO);
    struct net_ev_segment s;
    (void)state;

    p.bytes[9] = 1;
    p.bytes[20] = NET_ICMP_UNREACHABLE;
    p.bytes[21] = NET_ICMP_HOST;
    assert_int_equal(decode(p.bytes, p.n, &s), 0);
    assert_int_equal(s.protocol, 1);
    assert_int_equal(s.icmp_type, NET_ICMP_UNREACHABLE);
    assert_int_equal(s.icmp_code, NET_ICMP_HOST);
    assert_true(!net_ip_is_any(s.src_ip) && !net_ip_is_any(s.dst_ip));
    assert_int_equal(s.src_port | s.flags | s.payload_bytes, 0);
    assert_string_equal(net_icmp_name(&s), "ICMP host unreachable");
    assert_string_equal(net_icmp_name(&(struct net_ev_segment){.protocol = NET_ICMP, .icmp_type = 8}), "ICMP echo");
    assert_string_equal(net_icmp_name(&(struct net_ev_segment){.protocol = NET_ICMP, .icmp_type = 42}), "ICMP type 42");
}

static struct net_ev_segment with_options(const char *options_hex)
{
    struct packet p = packet_of(HELLO), options = packet_of(options_hex);
    struct net_ev_segment s;

    memcpy(p.bytes + 40, options.bytes, options.n); /* twelve bytes of room */
    assert_int_equal(decode(p.bytes, p.n, &s), 0);
    return s;
}

static void options_that_make_no_sense_end_the_options(void **state)
{
    struct net_ev_segment s;
    (void)state;

    s = with_options("020405b4"
                     "0000"
                     "030307010101"); /* END hides what follows */
    assert_int_equal(s.mss, 1460);
    assert_int_equal(s.wscale, -1);
    s = with_options("020005b40303070101010101"); /* length 0 would never end */
    assert_int_equal(s.mss, 0);
    assert_int_equal(s.wscale, -1);
    s = with_options("02ff05b40303070101010101"); /* length beyond the header */
    assert_int_equal(s.mss, 0);
    s = with_options("020305030307010101010101"); /* MSS of a wrong length is skipped */
    assert_int_equal(s.mss, 0);
    assert_int_equal(s.wscale, 7);
    s = with_options("010101010101010101010108"); /* a kind without a length at the very end */
    assert_false(s.has_timestamp);
    s = with_options("0303ff0101050a0000000101"); /* SACK that would leave the header; a wild scale stays positive */
    assert_int_equal(s.sack_blocks, 0);
    assert_true(s.wscale >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_with_its_options),
        cmocka_unit_test(a_syn_ack),
        cmocka_unit_test(data_without_syn_options),
        cmocka_unit_test(a_selective_acknowledgement),
        cmocka_unit_test(fast_open_asks_or_has_a_cookie),
        cmocka_unit_test(a_reset_without_options),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test_prestate(every_cut_is_noticed, (void *)HELLO6),
        cmocka_unit_test(a_syn_of_ipv6),
        cmocka_unit_test(extension_headers_are_passed),
        cmocka_unit_test(padding_is_no_payload),
        cmocka_unit_test(every_flipped_bit_breaks_the_checksum),
        cmocka_unit_test_prestate(every_flipped_bit_breaks_the_checksum, (void *)HELLO6),
        cmocka_unit_test(what_is_no_ip_is_refused),
        cmocka_unit_test(another_protocol_is_named_only),
        cmocka_unit_test(an_icmp_message_is_told_by_type_and_code),
        cmocka_unit_test(options_that_make_no_sense_end_the_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
