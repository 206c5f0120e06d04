// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/explain/segment_text.h"

#include "lab/base/text.h"
#include "net/data/call.h"
#include "net/data/segment_kind.h"
#include "net/data/tcp_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is(const struct lab_segment *segment, enum net_segment_kind kind)
{
    return (segment->is & NET_SEGMENT_IS(kind)) != 0;
}

/* A narrower name says it too. */
static bool is_said_by_another(const struct lab_segment *segment, enum net_segment_kind kind)
{
    switch (kind) {
    case NET_SEGMENT_SACK: return is(segment, NET_SEGMENT_DSACK);
    case NET_SEGMENT_WINDOW_UPDATE: return is(segment, NET_SEGMENT_WINDOW_PROBE_ANSWER);
    default: return false;
    }
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const char *flags_text(const struct net_ev_segment *s, const char *joint, char *out, size_t out_bytes)
{
    char flags[48];
    net_flags_text(s->flags, flags, sizeof flags);
    *out = '\0';
    char *rest, *word = strtok_r(flags, " ", &rest);
    for (; word; word = strtok_r(NULL, " ", &rest))
        lab_append(out, out_bytes, "%s%s", *out ? joint : "", word);
    return out;
}

static void append_kind(const struct lab_segment *segment, enum net_segment_kind kind, enum lab_wording wording,
                        char *out, size_t out_bytes)
{
    const struct net_segment_kind_row *row = &net_segment_kinds[kind];
    const char *name = _(wording <= LAB_IN_FULL ? row->name : row->brief);
    if (row->counted && segment->nth > 1)
        lab_append(out, out_bytes, "%s %u", name, segment->nth);
    else
        lab_append(out, out_bytes, "%s", name);
}

static void append_kinds(const struct lab_segment *segment, const char *before, const char *between,
                         enum lab_wording wording, char *out, size_t out_bytes)
{
    bool first = true;
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++) {
        if (!is(segment, kind) || is_said_by_another(segment, kind))
            continue;
        lab_append(out, out_bytes, "%s", first ? before : between);
        append_kind(segment, kind, wording, out, out_bytes);
        first = false;
    }
}

const char *lab_window_text(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    unsigned raw = segment->segment->window;
    if (segment->window_shift > 0 && raw > 0)
        snprintf(out, out_bytes, "%u << %d = %" PRIu32, raw, segment->window_shift, segment->window_bytes);
    else if (segment->window_shift >= 0 || raw == 0)
        snprintf(out, out_bytes, "%u", raw);
    else
        snprintf(out, out_bytes, "%u, scale not seen", raw);
    return out;
}

static void list(char *out, size_t out_bytes, const char *item)
{
    lab_append(out, out_bytes, "%s%s", *out ? ", " : "", item);
}

static const char *options_text(const struct lab_segment *segment, bool with_times, char *out, size_t out_bytes)
{
    struct net_tcp_options o;
    char item[64];
    *out = '\0';
    if (segment->segment->protocol != NET_TCP)
        return out;
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &o);
    if (segment->segment->mss) {
        snprintf(item, sizeof item, "mss %u", segment->segment->mss);
        list(out, out_bytes, item);
    }
    if (segment->segment->wscale >= 0) {
        snprintf(item, sizeof item, "wscale %d", segment->segment->wscale);
        list(out, out_bytes, item);
    }
    if (segment->segment->sack_permitted)
        list(out, out_bytes, "sackOK");
    if (segment->segment->has_timestamp) {
        snprintf(item, sizeof item, with_times ? "ts %" PRIu32 " echo %" PRIu32 : "ts", segment->segment->ts_value,
                 segment->segment->ts_echo);
        list(out, out_bytes, item);
    }
    if (o.fast_open && o.cookie_bytes == 0) {
        list(out, out_bytes, "fast open: asks for a cookie");
    } else if (o.fast_open) {
        snprintf(item, sizeof item, "fast open: a cookie of %u bytes", o.cookie_bytes);
        list(out, out_bytes, item);
    }
    return out;
}

const char *lab_options_text(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    return options_text(segment, true, out, out_bytes);
}

const char *lab_sack_text(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    struct net_tcp_options o;
    const uint32_t base = segment->segment->ack - segment->ack_relative;
    char item[32];
    *out = '\0';
    if (!is(segment, NET_SEGMENT_SACK))
        return out;
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &o);
    for (unsigned i = 0; i < o.sack_blocks && i < NET_SACK_BLOCKS; i++) {
        snprintf(item, sizeof item, "%" PRIu32 "-%" PRIu32, o.sack[i][0] - base, o.sack[i][1] - base);
        list(out, out_bytes, item);
    }
    return out;
}

/* ---- an arrow ---------------------------------------------------------------------------------------------------- */

static const char *what_text(const struct net_ev_segment *s, const char *joint, char *out, size_t out_bytes)
{
    if (net_is_icmp(s->protocol))
        snprintf(out, out_bytes, "%s", net_icmp_name(s));
    else if (s->protocol != NET_TCP)
        snprintf(out, out_bytes, "IP protocol %d", s->protocol);
    else
        flags_text(s, joint, out, out_bytes);
    return out;
}

/* In full these names say the flag too. */
static bool is_named_ack(const struct lab_segment *segment, enum lab_wording wording)
{
    return wording <= LAB_IN_FULL && (is(segment, NET_SEGMENT_DUPLICATE_ACK) || is(segment, NET_SEGMENT_CHALLENGE_ACK));
}

const char *lab_segment_label(const struct lab_segment *segment, const char *joint, enum lab_wording wording, char *out,
                              size_t out_bytes)
{
    char sack[96], options[120];
    const struct net_ev_segment *s = segment->segment;
    bool is_data = s->protocol == NET_TCP && s->payload_bytes;
    what_text(s, joint, out, out_bytes);
    if (is_data && wording == LAB_IN_SHORT && !(s->flags & (NET_SYN | NET_FIN | NET_RST)))
        snprintf(out, out_bytes, "%u B", s->payload_bytes);
    else if (is_data)
        lab_append(out, out_bytes, " %u B", s->payload_bytes);
    bool named = is_named_ack(segment, wording);
    if (named)
        *out = '\0';
    append_kinds(segment, named ? "" : " ", wording <= LAB_IN_FULL ? ", " : " ", wording, out, out_bytes);
    if (wording <= LAB_IN_FULL && *lab_sack_text(segment, sack, sizeof sack))
        lab_append(out, out_bytes, " %s", sack);
    if (wording == LAB_WITH_OPTIONS && s->flags & NET_SYN && *options_text(segment, false, options, sizeof options))
        lab_append(out, out_bytes, " %s", options);
    if (segment->copies == 1)
        lab_append(out, out_bytes, " twice");
    else if (segment->copies > 1)
        lab_append(out, out_bytes, " %u times", segment->copies + 1);
    if (segment->repeats)
        lab_append(out, out_bytes, " x%u", segment->repeats + 1);
    return out;
}

/* ---- a line ------------------------------------------------------------------------------------------------------ */

static const char *from_name(const struct net_ev_segment *s)
{
    return s->by_box ? "box" : net_is_router(s->src_ip) ? "router" : net_host_name(s->from);
}

static const char *to_name(const struct net_ev_segment *s)
{
    if (net_ip_same(s->dst_ip, NET_NAT_IP))
        return "nat";
    return net_host_name(s->from == NET_SERVER ? NET_CLIENT : NET_SERVER);
}

static void append_kinds_of_line(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    char kinds[240] = "", sack[96];
    if (is(segment, NET_SEGMENT_RST_ANSWER)) {
        lab_append(out, out_bytes, "  (answers #%" PRIu64 ")", segment->answers);
        return;
    }
    append_kinds(segment, "", ", ", LAB_IN_FULL, kinds, sizeof kinds);
    if (*lab_sack_text(segment, sack, sizeof sack))
        lab_append(kinds, sizeof kinds, " %s", sack);
    if (*kinds && segment->answers)
        lab_append(out, out_bytes, "  (%s; answers #%" PRIu64 ")", kinds, segment->answers);
    else if (*kinds)
        lab_append(out, out_bytes, "  (%s)", kinds);
}

const char *lab_segment_text(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    const struct net_ev_segment *s = segment->segment;
    char what[80], window[48], options[160];
    what_text(s, " ", what, sizeof what);
    if (s->protocol != NET_TCP) {
        snprintf(out, out_bytes,
                 net_is_icmp(s->protocol) ? "#%" PRIu64 " %s > %s  %s" : "#%" PRIu64 " %s > %s  %s, %u bytes",
                 segment->id, from_name(s), to_name(s), what, s->packet_bytes);
        append_kinds_of_line(segment, out, out_bytes);
        return out;
    }
    snprintf(out, out_bytes, "#%" PRIu64 " %s:%u > %s:%u  %s  seq %" PRIu32, segment->id, from_name(s), s->src_port,
             to_name(s), s->dst_port, what, segment->seq_relative);
    if (s->flags & NET_ACK)
        lab_append(out, out_bytes, "  ack %" PRIu32, segment->ack_relative);
    lab_append(out, out_bytes, "  win %s", lab_window_text(segment, window, sizeof window));
    if (s->payload_bytes)
        lab_append(out, out_bytes, LAB_PLURAL(s->payload_bytes, "  %u byte", "  %u bytes"), s->payload_bytes);
    if (s->flags & NET_SYN && *lab_options_text(segment, options, sizeof options))
        lab_append(out, out_bytes, "  %s", options);
    append_kinds_of_line(segment, out, out_bytes);
    return out;
}

const char *lab_segment_fate_text(const struct lab_segment *segment, char *out, size_t out_bytes)
{
    const char *fate = _(segment->fate == NET_DROPPED ? net_drop(segment->why)->fate : net_fate_name(segment->fate));
    if (segment->copies == 0)
        snprintf(out, out_bytes, "%s", fate);
    else if (segment->fate != NET_DELIVERED)
        snprintf(out, out_bytes,
                 LAB_PLURAL(segment->copies, "%s; %u copy was delivered", "%s; %u copies were delivered"), fate,
                 segment->copies);
    else if (segment->copies == 1)
        snprintf(out, out_bytes, "delivered twice");
    else
        snprintf(out, out_bytes, "delivered %u times", segment->copies + 1);
    return out;
}

/* ---- the detail -------------------------------------------------------------------------------------------------- */

const char *lab_segment_numbers(const struct lab_segment *segment, const char *joint, char *out, size_t out_bytes)
{
    const struct net_ev_segment *s = segment->segment;
    char what[80], window[48];
    what_text(s, joint, what, sizeof what);
    snprintf(out, out_bytes, "#%" PRIu64 " %s", segment->id, what);
    if (s->protocol != NET_TCP)
        return out;
    lab_append(out, out_bytes, s->payload_bytes ? "  seq %" PRIu32 "-%" PRIu32 : "  seq %" PRIu32,
               segment->seq_relative, segment->seq_relative + s->payload_bytes);
    if (s->flags & NET_ACK)
        lab_append(out, out_bytes, "  ack %" PRIu32, segment->ack_relative);
    lab_append(out, out_bytes, "  window %s", lab_window_text(segment, window, sizeof window));
    return out;
}

/* What it is, and what that means. */
static void tell_kinds(const struct lab_segment *segment, lab_line_fn *line, void *user)
{
    char text[320], name[64], sack[96];
    lab_sack_text(segment, sack, sizeof sack);
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++) {
        if (!is(segment, kind) || is_said_by_another(segment, kind))
            continue;
        bool edges = kind == NET_SEGMENT_SACK || kind == NET_SEGMENT_DSACK;
        *name = '\0';
        append_kind(segment, kind, LAB_IN_FULL, name, sizeof name);
        snprintf(text, sizeof text, edges ? "%s %s: %s" : "%s%s: %s", name, edges ? sack : "",
                 _(net_segment_kinds[kind].help));
        line(user, text);
    }
    if (segment->answers) {
        snprintf(text, sizeof text, "answers #%" PRIu64, segment->answers);
        line(user, text);
    }
}

static void tell_raw(const struct lab_segment *segment, lab_line_fn *line, void *user)
{
    const struct net_ev_segment *s = segment->segment;
    char text[240], nat[32];
    snprintf(text, sizeof text, "raw seq %" PRIu32 "  ack %" PRIu32 "  ttl %u  %u bytes with headers%s", s->seq, s->ack,
             s->ttl, s->packet_bytes, s->checksum_ok ? "" : "  checksum wrong");
    line(user, text);
    if (!s->nat_port)
        return;
    net_address_text(NET_NAT_IP, s->nat_port, nat, sizeof nat);
    snprintf(text, sizeof text, "to the server the client is %s (NAT)", nat);
    line(user, text);
}

static void tell_payload(const struct lab_segment *segment, lab_line_fn *line, void *user)
{
    enum { SHOWN_BYTES = 160 };
    const struct net_ev_segment *s = segment->segment;
    char text[4 * SHOWN_BYTES];
    if (s->payload_bytes == 0 || s->payload_at >= segment->packet_bytes)
        return;
    size_t there = segment->packet_bytes - s->payload_at;
    net_bytes_text(segment->packet + s->payload_at, there < SHOWN_BYTES ? there : SHOWN_BYTES, s->payload_bytes, text,
                   sizeof text);
    line(user, text);
}

void lab_segment_detail(const struct lab_segment *segment, lab_line_fn *line, void *user)
{
    char options[160];
    if (segment->segment->protocol != NET_TCP)
        return;
    tell_kinds(segment, line, user);
    tell_payload(segment, line, user);
    if (*lab_options_text(segment, options, sizeof options))
        line(user, options);
    tell_raw(segment, line, user);
}
