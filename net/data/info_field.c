// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/data/info_field.h"

#include <linux/tcp.h>
#include <string.h>

/* Of bit fields the header says no offset: they are the two bytes behind `options` (gcc puts the first into the lowest
 * bits, on machines of either order that Linux's tcp_info is the same for: little ones). */
#define FIELD(name_, unit_)                                                                                            \
    {                                                                                                                  \
        .name = #name_, .unit = (unit_), .at = offsetof(struct tcp_info, tcpi_##name_),                                \
        .bytes = sizeof(((struct tcp_info *)0)->tcpi_##name_)                                                          \
    }
#define BITS(name_, at_, shift_, bits_)                                                                                \
    {                                                                                                                  \
        .name = #name_, .unit = "", .at = (at_), .bytes = 1, .shift = (shift_), .bits = (bits_)                        \
    }

/* clang-format off */
const struct net_info_field net_info_fields[] = {
    FIELD(state, ""),
    FIELD(ca_state, ""),
    FIELD(retransmits, ""),
    FIELD(probes, ""),
    FIELD(backoff, ""),
    FIELD(options, ""),
    BITS(snd_wscale, 6, 0, 4),
    BITS(rcv_wscale, 6, 4, 4),
    BITS(delivery_rate_app_limited, 7, 0, 1),
    BITS(fastopen_client_fail, 7, 1, 2),
    FIELD(rto, "us"),
    FIELD(ato, "us"),
    FIELD(snd_mss, "bytes"),
    FIELD(rcv_mss, "bytes"),
    FIELD(unacked, "segments"),
    FIELD(sacked, "segments"),
    FIELD(lost, "segments"),
    FIELD(retrans, "segments"),
    FIELD(fackets, "segments"),
    FIELD(last_data_sent, "ms"),
    FIELD(last_ack_sent, "ms"),
    FIELD(last_data_recv, "ms"),
    FIELD(last_ack_recv, "ms"),
    FIELD(pmtu, "bytes"),
    FIELD(rcv_ssthresh, "bytes"),
    FIELD(rtt, "us"),
    FIELD(rttvar, "us"),
    FIELD(snd_ssthresh, "segments"),
    FIELD(snd_cwnd, "segments"),
    FIELD(advmss, "bytes"),
    FIELD(reordering, "segments"),
    FIELD(rcv_rtt, "us"),
    FIELD(rcv_space, "bytes"),
    FIELD(total_retrans, "segments"),
    FIELD(pacing_rate, "bytes/s"),
    FIELD(max_pacing_rate, "bytes/s"),
    FIELD(bytes_acked, "bytes"),
    FIELD(bytes_received, "bytes"),
    FIELD(segs_out, "segments"),
    FIELD(segs_in, "segments"),
    FIELD(notsent_bytes, "bytes"),
    FIELD(min_rtt, "us"),
    FIELD(data_segs_in, "segments"),
    FIELD(data_segs_out, "segments"),
    FIELD(delivery_rate, "bytes/s"),
    FIELD(busy_time, "us"),
    FIELD(rwnd_limited, "us"),
    FIELD(sndbuf_limited, "us"),
    FIELD(delivered, "segments"),
    FIELD(delivered_ce, "segments"),
    FIELD(bytes_sent, "bytes"),
    FIELD(bytes_retrans, "bytes"),
    FIELD(dsack_dups, ""),
    FIELD(reord_seen, ""),
    FIELD(rcv_ooopack, "segments"),
    FIELD(snd_wnd, "bytes"),
};
/* clang-format on */
const size_t net_info_field_count = sizeof net_info_fields / sizeof net_info_fields[0];

const struct net_info_field *net_info_field_find(const char *name)
{
    static const char prefix[] = "tcpi_";
    if (strncmp(name, prefix, sizeof prefix - 1) == 0)
        name += sizeof prefix - 1;
    for (size_t i = 0; i < net_info_field_count; i++)
        if (strcmp(net_info_fields[i].name, name) == 0)
            return &net_info_fields[i];
    return NULL;
}

bool net_info_field_value(const struct net_info_field *field, const uint8_t *info, size_t bytes, int64_t *out)
{
    uint32_t word;
    uint64_t wide;
    if ((size_t)field->at + field->bytes > bytes)
        return false;
    const uint8_t *at = info + field->at;
    if (field->bytes == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        *out = wide > INT64_MAX ? INT64_MAX : (int64_t)wide; /* max_pacing_rate: ~0, no limit */
    } else if (field->bytes == sizeof word) {
        memcpy(&word, at, sizeof word);
        *out = word;
    } else {
        *out = field->bits ? *at >> field->shift & ((1 << field->bits) - 1) : *at;
    }
    return true;
}
