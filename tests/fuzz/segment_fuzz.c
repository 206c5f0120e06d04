// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a packet: refused, or decoded into what the header promises.
#include "net/wire/segment.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct net_ev_segment segment;

    if (net_segment_decode(data, bytes, &segment) < 0) {
        require(segment.packet_bytes == bytes && segment.protocol == 0 && segment.wscale == -1);
        return 0;
    }
    require(segment.packet_bytes <= bytes && segment.packet_bytes >= 20);
    if (segment.protocol != 6) {
        require(segment.src_port == 0 && segment.payload_bytes == 0 && segment.flags == 0);
        return 0;
    }
    require(segment.payload_at >= 40 && segment.payload_at + segment.payload_bytes == segment.packet_bytes);
    require(segment.wscale >= -1 && segment.sack_blocks <= 4);
    return 0;
}
