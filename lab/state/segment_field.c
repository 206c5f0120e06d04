// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/state/segment_field.h"

#include "net/base/message.h"
#include "net/data/event.h"

#include <string.h>

static bool is_tcp(const struct lab_segment *s)
{
    return !net_is_icmp(s->segment->protocol);
}

static bool seq(const struct lab_segment *s, int64_t *out)
{
    *out = s->seq_relative;
    return is_tcp(s);
}

static bool ack(const struct lab_segment *s, int64_t *out)
{
    *out = s->ack_relative;
    return s->segment->flags & NET_ACK;
}

static bool len(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->payload_bytes;
    return is_tcp(s);
}

static bool win(const struct lab_segment *s, int64_t *out)
{
    *out = s->window_shift == LAB_NONE ? s->segment->window : s->window_bytes;
    return is_tcp(s);
}

static bool mss(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->mss;
    return s->segment->mss != 0;
}

static bool wscale(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->wscale;
    return s->segment->wscale >= 0;
}

static bool sackok(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->sack_permitted;
    return s->segment->sack_permitted;
}

static bool sack(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->sack_blocks;
    return s->segment->sack_blocks > 0;
}

static bool ts(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->ts_value;
    return s->segment->has_timestamp;
}

static bool ts_echo(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->ts_echo;
    return s->segment->has_timestamp;
}

static bool ttl(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->ttl;
    return true;
}

static bool sport(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->src_port;
    return is_tcp(s);
}

static bool dport(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->dst_port;
    return is_tcp(s);
}

static bool type(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->icmp_type;
    return !is_tcp(s);
}

static bool code(const struct lab_segment *s, int64_t *out)
{
    *out = s->segment->icmp_code;
    return !is_tcp(s);
}

/* clang-format off */
const struct lab_segment_field lab_segment_fields[] = {
    {"seq", N_("its sequence number, counted from the connection's first one"), seq},
    {"ack", N_("the number that it confirms, counted the same way; without the flag ACK there is none"), ack},
    {"len", N_("bytes of data"), len},
    {"win", N_("the window in bytes, scaled as the connection agreed"), win},
    {"mss", N_("the option MSS, of a SYN"), mss},
    {"wscale", N_("the option window scale, of a SYN: how often the window is doubled"), wscale},
    {"sackok", N_("the option that permits SACK, of a SYN"), sackok},
    {"sack", N_("how many SACK blocks"), sack},
    {"ts", N_("the option timestamps: its value"), ts},
    {"ts-echo", N_("the option timestamps: the value that it sends back"), ts_echo},
    {"ttl", N_("of the IP header: routers that it may still pass"), ttl},
    {"sport", N_("the port that it comes from"), sport},
    {"dport", N_("the port that it goes to"), dport},
    {"type", N_("of an ICMP or ICMPv6 message, whose numbers differ"), type},
    {"code", N_("of an ICMP or ICMPv6 message"), code},
    {NULL, NULL, NULL},
};
/* clang-format on */

const struct lab_segment_field *lab_segment_field_find(const char *word)
{
    for (const struct lab_segment_field *field = lab_segment_fields; field->word; field++)
        if (strcmp(field->word, word) == 0)
            return field;
    return NULL;
}
