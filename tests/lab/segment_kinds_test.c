// SPDX-License-Identifier: GPL-3.0-or-later
// What a segment is: every kind, from journals made by hand; and how it is told.
#include "lab/explain/segment_text.h"
#include "lab/state/state.h"
#include "net/data/segment_kind.h"
#include "net/data/tcp_options.h"

#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* In the story's connection the client has sent up to 1001 and the server up to 5001. */
enum { C = 1001, S = 5001 };

static const struct lab_segment *latest(const struct story *s)
{
    int i = lab_segment_by_id(s->state, s->segments);
    assert_true(i >= 0);
    return &s->state->segments[i];
}

/* "retransmission window-full": the words of what it is. */
static void assert_kinds(const struct lab_segment *segment, const char *expected)
{
    char seen[300] = "";
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        if (segment->is & NET_SEGMENT_IS(kind))
            snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s", *seen ? " " : "",
                     net_segment_kinds[kind].word);
    assert_string_equal(seen, expected);
}

#define ASSERT_LATEST(s, words) assert_kinds(latest(s), words)

static struct net_ev_segment with_window(struct net_ev_segment segment, uint16_t window)
{
    segment.window = window;
    return segment;
}

/* An IPv4 packet that is nothing but headers, with these options. */
static void sent_with_options(struct story *s, struct net_ev_segment segment, const uint8_t *options, size_t bytes)
{
    uint8_t packet[80] = {0x45};
    struct net_tcp_options o;
    packet[32] = (uint8_t)((20 + bytes) / 4 << 4);
    memcpy(packet + 40, options, bytes);
    net_tcp_options_read(options, bytes, &o);
    segment.id = ++s->segments;
    segment.sack_blocks = o.sack_blocks;
    story_put(s,
              (struct net_event){
                  .kind = NET_EV_SEGMENT, .u.segment = segment, .data = packet, .data_bytes = (uint32_t)(40 + bytes)});
    story_fate(s, s->segments, NET_DELIVERED);
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void sack(struct story *s, enum net_host from, uint32_t seq, uint32_t ack, uint32_t left, uint32_t right)
{
    uint8_t options[12] = {1, 1, 5, 10};
    put32(options + 4, left);
    put32(options + 8, right);
    sent_with_options(s, story_segment(from, NET_ACK, seq, ack, 0), options, sizeof options);
}

static void a_handshake_is_nothing_special(void **story)
{
    struct story *s = *story;
    story_connect(s);
    for (uint64_t id = 1; id <= 3; id++)
        assert_kinds(&s->state->segments[lab_segment_by_id(s->state, id)], "");
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 10, 0));
    ASSERT_LATEST(s, "");
}

static void what_is_sent_again_is_counted(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    for (unsigned n = 1; n <= 3; n++) {
        story_sent(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
        ASSERT_LATEST(s, "retransmission");
        assert_int_equal(latest(s)->nth, n);
    }
    /* Held, a kernel's repeats are folded into the first: they count too. */
    story_put(s, (struct net_event){.kind = NET_EV_FATE,
                                    .u.fate = {.segment = s->segments, .fate = NET_REPEATED, .repeats = 2}});
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    assert_int_equal(latest(s)->nth, 6);
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C + 10, S, 10));
    ASSERT_LATEST(s, "");
}

static void a_syn_ack_of_one_that_has_called_too_is_new(void **story)
{
    struct story *s = *story;
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_carried(s, story_segment(NET_SERVER, NET_SYN, 5000, 0, 0));
    story_carried(s, story_segment(NET_CLIENT, NET_SYN | NET_ACK, 1000, S, 0));
    ASSERT_LATEST(s, "");
    story_carried(s, story_segment(NET_CLIENT, NET_SYN | NET_ACK, 1000, S, 0));
    ASSERT_LATEST(s, "retransmission");
}

static void what_its_receiver_had_is_needless(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    story_sent(s, story_segment(NET_SERVER, NET_ACK, S, C + 10, 0)); /* lost */
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "retransmission needless");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 10, 0));
    ASSERT_LATEST(s, "duplicate-ack");
    assert_int_equal(latest(s)->answers, s->segments - 1);
}

static void a_hole_is_told_by_duplicates_and_sent_fast(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10)); /* lost */
    const uint64_t lost = s->segments;
    for (unsigned n = 1; n <= 3; n++) {
        story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 10 * n, S, 10));
        ASSERT_LATEST(s, "out-of-order");
        story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C, 0));
        ASSERT_LATEST(s, "duplicate-ack");
        assert_int_equal(latest(s)->nth, n);
    }
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "retransmission fast-retransmission");
    assert_true(latest(s)->sent_ns - s->state->segments[lab_segment_by_id(s->state, lost)].sent_ns < 200000000);
    /* With it all is there: what follows is in order, and a further ACK the first of its number. */
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 40, S, 10));
    ASSERT_LATEST(s, "");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 50, 0));
    ASSERT_LATEST(s, "");
}

/* Two of five are lost, and the receiver has no SACK: the ACK of the first tells of the second. */
static void a_part_that_is_confirmed_tells_of_the_next_hole(void **story)
{
    struct story *s = *story;
    story_connect(s);
    for (unsigned n = 0; n < 6; n++) {
        story_sent(s, story_segment(NET_CLIENT, NET_ACK, C + 10 * n, S, 10));
        if (n == 0 || n == 2)
            continue;
        story_fate(s, s->segments, NET_DELIVERED);
        story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C, 0));
    }
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "retransmission fast-retransmission");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 20, 0));
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 20, S, 10));
    ASSERT_LATEST(s, "retransmission fast-retransmission");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 60, 0));
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C + 60, S, 10)); /* lost, and nothing tells of it */
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 60, S, 10));
    ASSERT_LATEST(s, "retransmission");
}

static void after_the_time_out_it_is_not_fast(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 10, S, 10));
    sack(s, NET_SERVER, S, C, C + 10, C + 20);
    ASSERT_LATEST(s, "duplicate-ack sack");
    s->now_ns += 250 * (uint64_t)STORY_MS;
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "retransmission");
}

static void edges_are_told(void **story)
{
    struct story *s = *story;
    char text[100];
    story_connect(s);
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 10, S, 10));
    sack(s, NET_SERVER, S, C, C + 10, C + 20);
    assert_string_equal(lab_sack_text(latest(s), text, sizeof text), "11-21");
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    ASSERT_LATEST(s, "retransmission fast-retransmission");
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 20, 0));
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    sack(s, NET_SERVER, S, C + 20, C, C + 10);
    ASSERT_LATEST(s, "duplicate-ack sack dsack");
    assert_string_equal(lab_sack_text(latest(s), text, sizeof text), "1-11");
    assert_string_equal(lab_segment_label(latest(s), " ", LAB_IN_FULL, text, sizeof text),
                        "duplicate ACK, D-SACK 1-11");
    assert_string_equal(lab_segment_label(latest(s), " ", LAB_IN_BRIEF, text, sizeof text), "ACK dup D-SACK");
}

static void a_probe_has_its_answer(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C - 1, S, 0));
    ASSERT_LATEST(s, "keepalive-probe");
    const uint64_t probe = s->segments;
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C, 0));
    ASSERT_LATEST(s, "keepalive-answer");
    assert_int_equal(latest(s)->answers, probe);
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C - 1, S, 0));
    assert_int_equal(latest(s)->nth, 1); /* the one before was answered */
    story_sent(s, story_segment(NET_CLIENT, NET_ACK, C - 1, S, 0));
    assert_int_equal(latest(s)->nth, 2);
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C, 0));
    ASSERT_LATEST(s, "duplicate-ack"); /* none of the probes has arrived */
}

static void client_queues(struct story *s, uint32_t bytes)
{
    struct net_ev_sample sample = story_sample(NET_CLIENT, 22, NET_STATE_ESTABLISHED);
    sample.wqueue = bytes;
    story_see(s, sample);
}

static void a_closed_window_is_probed(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 1000));
    ASSERT_LATEST(s, "window-full");
    story_carried(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C + 1000, 0), 0));
    ASSERT_LATEST(s, "zero-window");
    client_queues(s, 50);
    for (unsigned n = 1; n <= 2; n++) {
        story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 999, S, 0));
        ASSERT_LATEST(s, "window-probe");
        assert_int_equal(latest(s)->nth, n);
        assert_false(latest(s)->keepalive_probe);
        story_carried(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C + 1000, 0), 0));
        ASSERT_LATEST(s, "window-probe-answer zero-window");
    }
    story_carried(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C + 1000, 0), 400));
    ASSERT_LATEST(s, "window-update");
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 1000, S, 401));
    ASSERT_LATEST(s, "beyond-window");
    /* Nothing waits behind it: whoever asks wants to know whether the other end is there. */
    story_carried(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C + 1401, 0), 0));
    client_queues(s, 0);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 1400, S, 0));
    ASSERT_LATEST(s, "keepalive-probe");
}

/* What the other end has announced is known when it has arrived. */
static void a_window_that_is_still_on_its_way_counts_not_yet(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C + 10, 0));
    client_queues(s, 0);
    story_sent(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C + 10, 0), 0));
    story_fate(s, s->segments, NET_HELD);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C + 9, S, 0));
    ASSERT_LATEST(s, "keepalive-probe");
}

static void windows_are_scaled_when_both_ends_have_said_how(void **story)
{
    struct story *s = *story;
    char text[60];
    struct net_ev_segment syn = with_window(story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0), 64240),
                          answer = with_window(story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, C, 0), 65160);
    syn.wscale = 10;
    answer.wscale = 7;
    story_carried(s, syn);
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "64240");
    story_carried(s, answer);
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "65160");
    story_carried(s, with_window(story_segment(NET_CLIENT, NET_ACK, C, S, 0), 63));
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "63 << 10 = 64512");
    assert_int_equal(latest(s)->window_bytes, 64512);
    story_carried(s, with_window(story_segment(NET_SERVER, NET_ACK, S, C, 0), 510));
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "510 << 7 = 65280");
}

static void windows_are_not_scaled_when_one_end_has_not(void **story)
{
    struct story *s = *story;
    char text[60];
    struct net_ev_segment syn = story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0);
    syn.wscale = 10;
    story_carried(s, syn);
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, C, 0));
    story_carried(s, with_window(story_segment(NET_CLIENT, NET_ACK, C, S, 0), 63));
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "63");
}

static void without_its_syn_the_scale_is_not_known(void **story)
{
    struct story *s = *story;
    char text[60];
    story_carried(s, with_window(story_segment(NET_CLIENT, NET_ACK, C, S, 5), 63));
    assert_string_equal(lab_window_text(latest(s), text, sizeof text), "63, scale not seen");
}

static void an_rst_says_what_it_answers(void **story)
{
    struct story *s = *story;
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_carried(s, story_segment(NET_SERVER, NET_RST | NET_ACK, 0, 1001, 0));
    ASSERT_LATEST(s, "rst-answer");
    assert_int_equal(latest(s)->answers, 1);
}

static void an_rst_of_its_own_accord_answers_nothing(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_SERVER, NET_RST | NET_ACK, S, C, 0));
    ASSERT_LATEST(s, "");
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 10));
    const uint64_t data = s->segments;
    story_carried(s, story_segment(NET_SERVER, NET_RST, S, 0, 0));
    ASSERT_LATEST(s, "rst-answer");
    assert_int_equal(latest(s)->answers, data);
}

/* What was held arrives together: each is answered in its turn, but an ACK that closes the connection is not. */
static void each_rst_answers_a_segment_of_its_own(void **story)
{
    struct story *s = *story;
    uint64_t sent[4];
    story_connect(s);
    story_carried(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, S, C, 0));
    for (unsigned i = 0; i < 4; i++) {
        story_sent(s, story_segment(NET_CLIENT, NET_ACK, C + (i ? 10 * (i - 1) : 0), S + 1, i ? 10 : 0));
        sent[i] = s->segments;
    }
    story_state(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    for (unsigned i = 0; i < 4; i++)
        story_fate(s, sent[i], NET_DELIVERED);
    story_fate(s, sent[3], NET_DUPLICATED);
    for (unsigned i = 1; i < 5; i++) {
        story_carried(s, story_segment(NET_SERVER, NET_RST, S + 1, 0, 0));
        ASSERT_LATEST(s, "rst-answer");
        assert_int_equal(latest(s)->answers, sent[i < 4 ? i : 3]);
    }
}

/* It brought the server into ESTABLISHED; what is answered when the server has forgotten it came later. */
static void the_last_ack_of_a_handshake_is_not_what_an_rst_answers(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_gone(s, NET_SERVER, 33);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 0));
    const uint64_t late = s->segments;
    story_carried(s, story_segment(NET_SERVER, NET_RST, S, 0, 0));
    ASSERT_LATEST(s, "rst-answer");
    assert_int_equal(latest(s)->answers, late);
}

/* The client has lost its memory and calls from the same port; the server has not. */
static void a_new_call_meets_the_old_connection(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_gone(s, NET_CLIENT, 22);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    const uint64_t syn = s->segments;
    assert_int_equal(latest(s)->conversation, 1);
    story_carried(s, story_segment(NET_SERVER, NET_ACK, S, C, 0));
    ASSERT_LATEST(s, "challenge-ack");
    assert_int_equal(latest(s)->answers, syn);
    assert_int_equal(latest(s)->conversation, 0);
    assert_int_equal(latest(s)->seq_relative, 1);
    story_carried(s, story_segment(NET_CLIENT, NET_RST, C, 0, 0));
    ASSERT_LATEST(s, "rst-answer");
    assert_int_equal(latest(s)->answers, syn + 1);
    assert_int_equal(latest(s)->conversation, 0);
    story_gone(s, NET_SERVER, 33);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    ASSERT_LATEST(s, "retransmission");
    assert_int_equal(latest(s)->conversation, 1);
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 7000, 9001, 0));
    assert_int_equal(latest(s)->conversation, 1);
    ASSERT_LATEST(s, "");
}

static void a_syn_ack_that_comes_again_is_challenged(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, C, 0));
    ASSERT_LATEST(s, "retransmission needless");
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, C, S, 0));
    ASSERT_LATEST(s, "challenge-ack");
}

static void delivered_twice_is_said(void **story)
{
    struct story *s = *story;
    char text[300];
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, C, S, 10));
    story_fate(s, s->segments, NET_DUPLICATED);
    ASSERT_LATEST(s, "");
    assert_string_equal(lab_segment_fate_text(latest(s), text, sizeof text), "delivered twice");
    assert_string_equal(lab_segment_label(latest(s), " ", LAB_IN_FULL, text, sizeof text), "PSH ACK 10 B twice");
    story_fate(s, s->segments, NET_DUPLICATED);
    assert_string_equal(lab_segment_fate_text(latest(s), text, sizeof text), "delivered 3 times");
}

static void lines_and_labels(void **story)
{
    static const uint8_t options[] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 12, 0, 0, 0, 0, 1, 3, 3, 10, 34, 2, 1, 1};
    struct story *s = *story;
    char text[400];
    struct net_ev_segment syn = story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0);
    syn.mss = 1460;
    syn.wscale = 10;
    syn.sack_permitted = syn.has_timestamp = true;
    syn.ts_value = 12;
    sent_with_options(s, syn, options, sizeof options);
    assert_string_equal(lab_segment_text(latest(s), text, sizeof text),
                        "#1 client:40000 > server:12345  SYN  seq 0  win 1000  mss 1460, wscale 10, sackOK, ts 12 echo "
                        "0, fast open: asks for a cookie");
    assert_string_equal(lab_segment_label(latest(s), " ", LAB_WITH_OPTIONS, text, sizeof text),
                        "SYN mss 1460, wscale 10, sackOK, ts, fast open: asks for a cookie");
    assert_string_equal(lab_segment_label(latest(s), " ", LAB_IN_FULL, text, sizeof text), "SYN");
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    assert_string_equal(lab_segment_text(latest(s), text, sizeof text),
                        "#3 client:40000 > server:12345  SYN  seq 0  win 1000  (retransmission 2)");
    assert_string_equal(lab_segment_label(latest(s), "+", LAB_IN_FULL, text, sizeof text), "SYN retransmission 2");
    assert_string_equal(lab_segment_label(latest(s), "+", LAB_IN_BRIEF, text, sizeof text), "SYN again 2");
}

static void every_kind_has_its_words(void **story)
{
    (void)story;
    for (int kind = 0; kind < NET_SEGMENT_KINDS; kind++) {
        const struct net_segment_kind_row *row = &net_segment_kinds[kind];
        assert_int_equal(net_segment_kind_number(row->word), kind);
        assert_true(*row->name && *row->brief && *row->help);
        assert_true(strlen(row->brief) <= strlen(row->name));
    }
    assert_int_equal(net_segment_kind_number("window"), -1);
}

static struct story *within(void **story, uint16_t client_port)
{
    struct story *s = *story;
    story_program(s, 1, "c1", NET_SERVER);
    story_call(s, 1, (struct net_ev_call){.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22});
    story_enter(s, 1, (struct net_ev_call){.call = NET_CALL_CONNECT, .fd = 3, .args = {3}});
    struct net_ev_sample sample = {.cookie = 22,
                                   .host = NET_SERVER,
                                   .state = NET_STATE_ESTABLISHED,
                                   .local_ip = NET_IP4(0x7f000001),
                                   .remote_ip = NET_IP4(0x7f000001),
                                   .local_port = client_port,
                                   .remote_port = 12345};
    story_see(s, sample);
    return s;
}

/* Whoever connected is the client, although nobody is known to listen. */
static void who_has_connected_is_the_client(void **story)
{
    struct story *s = within(story, 40000);
    assert_int_equal(s->state->conversations[0].socket[NET_CLIENT], 0);
    assert_int_equal(s->state->conversations[0].port[NET_SERVER], 12345);
    assert_int_equal(lab_within_host(s->state, 0), 1);
}

static void one_that_has_connected_to_itself_is_the_client(void **story)
{
    struct story *s = within(story, 12345);
    assert_int_equal(s->state->conversations[0].socket[NET_CLIENT], 0);
    assert_int_equal(s->state->conversations[0].socket[NET_SERVER], LAB_NONE);
    assert_int_equal(s->state->conversation_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_handshake_is_nothing_special),
        TEST(what_is_sent_again_is_counted),
        TEST(a_syn_ack_of_one_that_has_called_too_is_new),
        TEST(what_its_receiver_had_is_needless),
        TEST(a_hole_is_told_by_duplicates_and_sent_fast),
        TEST(a_part_that_is_confirmed_tells_of_the_next_hole),
        TEST(after_the_time_out_it_is_not_fast),
        TEST(edges_are_told),
        TEST(a_probe_has_its_answer),
        TEST(a_closed_window_is_probed),
        TEST(a_window_that_is_still_on_its_way_counts_not_yet),
        TEST(windows_are_scaled_when_both_ends_have_said_how),
        TEST(windows_are_not_scaled_when_one_end_has_not),
        TEST(without_its_syn_the_scale_is_not_known),
        TEST(an_rst_says_what_it_answers),
        TEST(each_rst_answers_a_segment_of_its_own),
        TEST(the_last_ack_of_a_handshake_is_not_what_an_rst_answers),
        TEST(an_rst_of_its_own_accord_answers_nothing),
        TEST(a_new_call_meets_the_old_connection),
        TEST(a_syn_ack_that_comes_again_is_challenged),
        TEST(delivered_twice_is_said),
        TEST(lines_and_labels),
        TEST(every_kind_has_its_words),
        TEST(who_has_connected_is_the_client),
        TEST(one_that_has_connected_to_itself_is_the_client),
    };
    return cmocka_run_group_tests_name("segment_kinds", tests, NULL, NULL);
}
