// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/data/segment_kind.h"

#include "net/base/message.h"

#include <string.h>

/* clang-format off */
const struct net_segment_kind_row net_segment_kinds[NET_SEGMENT_KINDS] = {
    [NET_SEGMENT_RETRANSMISSION] = {
        .word = "retransmission", .name = N_("retransmission"), .counted = true, .brief = N_("again"),
        .help = N_("these bytes, or this SYN or FIN, were sent before: to the kernel that sends them they are not confirmed yet")},
    [NET_SEGMENT_FAST_RETRANSMISSION] = {
        .word = "fast-retransmission", .name = N_("fast"), .brief = N_("fast"),
        .help = N_("sent again before the timer ran out: duplicate ACKs or SACK edges told of a hole (RFC 5681, RFC 8985)")},
    [NET_SEGMENT_NEEDLESS] = {
        .word = "needless", .name = N_("the receiver had it"), .brief = N_("had it"),
        .help = N_("its receiver had all of it already, and says so by an ACK")},
    [NET_SEGMENT_KEEPALIVE_PROBE] = {
        .word = "keepalive-probe", .name = N_("keep-alive probe"), .counted = true, .brief = N_("probe"),
        .help = N_("nothing new, one number below what the other end has confirmed: whoever is there must answer (RFC 9293, 3.8.4)")},
    [NET_SEGMENT_KEEPALIVE_ANSWER] = {
        .word = "keepalive-answer", .name = N_("answer to keep-alive"), .brief = N_("answer"),
        .help = N_("the kernel of the other end has answered a keep-alive probe; its program had no part in it")},
    [NET_SEGMENT_WINDOW_PROBE] = {
        .word = "window-probe", .name = N_("window probe"), .counted = true, .brief = N_("win probe"),
        .help = N_("bytes wait and the window is closed: this asks whether it still is (RFC 9293, 3.8.6.1)")},
    [NET_SEGMENT_WINDOW_PROBE_ANSWER] = {
        .word = "window-probe-answer", .name = N_("answer to window probe"), .brief = N_("answer"),
        .help = N_("says how large the window is now")},
    [NET_SEGMENT_CHALLENGE_ACK] = {
        .word = "challenge-ack", .name = N_("challenge ACK"), .brief = N_("challenge"),
        .help = N_("a SYN, an RST or an ACK came that does not fit this connection: the kernel says where it stands, and lets the "
                "sender prove itself (RFC 5961)")},
    [NET_SEGMENT_DUPLICATE_ACK] = {
        .word = "duplicate-ack", .name = N_("duplicate ACK"), .counted = true, .brief = N_("dup"),
        .help = N_("it confirms no more than the one before: something arrived that was not next in order, or was there already")},
    [NET_SEGMENT_WINDOW_UPDATE] = {
        .word = "window-update", .name = N_("window update"), .brief = N_("win update"),
        .help = N_("it confirms no more than the one before, but announces a larger window: its program has read, or its buffer has grown")},
    [NET_SEGMENT_ZERO_WINDOW] = {
        .word = "zero-window", .name = N_("zero window"), .brief = N_("win 0"),
        .help = N_("the receive buffer of its sender is full: the other end may send no more bytes until the program reads")},
    [NET_SEGMENT_WINDOW_FULL] = {
        .word = "window-full", .name = N_("window full"), .brief = N_("win full"),
        .help = N_("it ends where the announced window ends: its sender must wait now")},
    [NET_SEGMENT_BEYOND_WINDOW] = {
        .word = "beyond-window", .name = N_("beyond the window"), .brief = N_("beyond win"),
        .help = N_("it ends behind the window that the other end has announced, which need not take it")},
    [NET_SEGMENT_OUT_OF_ORDER] = {
        .word = "out-of-order", .name = N_("out of order"), .brief = N_("early"),
        .help = N_("it has arrived before what comes ahead of it: its receiver keeps it, and waits for the rest")},
    [NET_SEGMENT_OLD_TIMESTAMP] = {
        .word = "old-timestamp", .name = N_("too old: PAWS"), .brief = N_("too old"),
        .help = N_("its timestamp is older than the last one that its receiver took, who throws it away and says by an ACK where it "
                "stands (PAWS, RFC 7323)")},
    [NET_SEGMENT_SACK] = {
        .word = "sack", .name = N_("SACK"), .brief = N_("SACK"),
        .help = N_("beyond a hole these bytes have arrived too (RFC 2018)")},
    [NET_SEGMENT_DSACK] = {
        .word = "dsack", .name = N_("D-SACK"), .brief = N_("D-SACK"),
        .help = N_("the first edges name bytes that came twice (RFC 2883)")},
    [NET_SEGMENT_RST_ANSWER] = {
        .word = "rst-answer", .name = N_("answer"), .brief = N_("answer"),
        .help = N_("no connection takes what it answers: its numbers are those of that segment (RFC 9293, 3.10.7.1)")},
    [NET_SEGMENT_INJECTED] = {
        .word = "injected", .name = N_("injected"), .brief = N_("injected"),
        .help = N_("you have put it on the wire in the name of a host, whose kernel knows nothing of it")},
};
/* clang-format on */

int net_segment_kind_number(const char *word)
{
    for (int i = 0; i < NET_SEGMENT_KINDS; i++)
        if (strcmp(net_segment_kinds[i].word, word) == 0)
            return i;
    return -1;
}
