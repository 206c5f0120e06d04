// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of the kernel's struct tcp_info, one row each: plain data.
#ifndef NET_DATA_INFO_FIELD_H
#define NET_DATA_INFO_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_info_field {
    const char *name; /* as in linux/tcp.h, without tcpi_ */
    const char *unit; /* "us", "ms", "segments", "bytes", "bytes/s", "" */
    uint16_t at, bytes;
    uint8_t shift, bits; /* of a bit field; bits 0: all of it */
};
extern const struct net_info_field net_info_fields[];
extern const size_t net_info_field_count;

/* "rtt" or "tcpi_rtt"; NULL unknown. */
const struct net_info_field *net_info_field_find(const char *name);
/* Its value in what getsockopt(TCP_INFO) gave; false: the running kernel does not say so much. */
bool net_info_field_value(const struct net_info_field *, const uint8_t *info, size_t bytes, int64_t *out);

#endif
