// SPDX-License-Identifier: GPL-3.0-or-later
// The segments of a journal as a capture file, for Wireshark and tcpdump.
//
// A packet is written at the moment of its fate, not when it left its host: what is captured is what came out of the
// wire, in that order, a duplicated packet twice. With `all`, dropped packets stand where they were dropped.
//
// A name that ends in .pcapng gets that format (draft-ietf-opsawg-pcapng): with it a packet says its number in the lab,
// which host it left, and what became of it. Any other name gets the older format (draft-ietf-opsawg-pcap), with times
// in nanoseconds. Both are in the byte order of this machine, as their first number tells a reader. The tests read them
// with libpcap.

#include "lab/base/map.h"
#include "lab/journal/journal_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_S = 1000000000, SNAPLEN = 65535, LINKTYPE_RAW = 101 };

struct capture {
    FILE *out;
    bool ng;
};

/* One packet, at the moment of its fate. */
struct packet {
    const struct net_event *segment;
    const struct net_ev_fate *fate;
    uint64_t wall_ns;
    uint32_t bytes, whole_bytes; /* kept; as it was on the wire */
};

static void put_16(FILE *out, unsigned value)
{
    uint16_t two = (uint16_t)value;
    fwrite(&two, sizeof two, 1, out);
}

static void put_32(FILE *out, uint64_t value)
{
    uint32_t four = (uint32_t)value;
    fwrite(&four, sizeof four, 1, out);
}

/* ---- pcap -------------------------------------------------------------------------------------------------------- */

static void begin_pcap(FILE *out)
{
    put_32(out, 0xa1b23c4d); /* times in ns */
    put_16(out, 2);
    put_16(out, 4);
    put_32(out, 0);
    put_32(out, 0);
    put_32(out, SNAPLEN);
    put_32(out, LINKTYPE_RAW);
}

static void put_pcap(FILE *out, const struct packet *packet)
{
    put_32(out, packet->wall_ns / NS_PER_S);
    put_32(out, packet->wall_ns % NS_PER_S);
    put_32(out, packet->bytes);
    put_32(out, packet->whole_bytes);
    fwrite(packet->segment->data, 1, packet->bytes, out);
}

/* ---- pcapng ------------------------------------------------------------------------------------------------------ */

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, ENHANCED_PACKET = 6 };
enum { OPT_END, OPT_COMMENT, IF_NAME = 2, SHB_USERAPPL = 4, IF_TSRESOL = 9 };

static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

static size_t option_bytes(size_t bytes)
{
    return 4 + padded(bytes);
}

static void put_padded(FILE *out, const void *data, size_t bytes)
{
    static const char zeros[4];
    fwrite(data, 1, bytes, out);
    fwrite(zeros, 1, padded(bytes) - bytes, out);
}

static void put_option(FILE *out, unsigned code, const void *data, size_t bytes)
{
    put_16(out, code);
    put_16(out, (unsigned)bytes);
    put_padded(out, data, bytes);
}

static void put_section(FILE *out)
{
    static const char application[] = "tcplab";
    size_t n = sizeof application - 1;
    uint32_t bytes = (uint32_t)(28 + option_bytes(n) + option_bytes(0));
    put_32(out, SECTION);
    put_32(out, bytes);
    put_32(out, 0x1a2b3c4d);
    put_16(out, 1);
    put_16(out, 0);
    put_32(out, UINT32_MAX); /* length of the section: not said */
    put_32(out, UINT32_MAX);
    put_option(out, SHB_USERAPPL, application, n);
    put_option(out, OPT_END, "", 0);
    put_32(out, bytes);
}

/* One for both hosts: libpcap refuses a second one of this link type. */
static void put_interface(FILE *out)
{
    static const uint8_t nanoseconds = 9;
    static const char name[] = "wire";
    uint32_t bytes = (uint32_t)(20 + option_bytes(strlen(name)) + option_bytes(1) + option_bytes(0));
    put_32(out, INTERFACE);
    put_32(out, bytes);
    put_16(out, LINKTYPE_RAW);
    put_16(out, 0);
    put_32(out, SNAPLEN);
    put_option(out, IF_NAME, name, strlen(name));
    put_option(out, IF_TSRESOL, &nanoseconds, 1);
    put_option(out, OPT_END, "", 0);
    put_32(out, bytes);
}

static void put_pcapng(FILE *out, const struct packet *packet)
{
    char comment[120];
    const char *from = net_host_name(packet->segment->u.segment.from);
    if (packet->fate->fate == NET_DUPLICATED)
        snprintf(comment, sizeof comment, "segment %" PRIu64 " from %s, delivered once more", packet->fate->segment,
                 from);
    else
        snprintf(comment, sizeof comment, "segment %" PRIu64 " from %s, %s%s", packet->fate->segment, from,
                 net_fate_name(packet->fate->fate), net_drop(packet->fate->why)->reason);
    uint32_t bytes = (uint32_t)(32 + padded(packet->bytes) + option_bytes(strlen(comment)) + option_bytes(0));
    put_32(out, ENHANCED_PACKET);
    put_32(out, bytes);
    put_32(out, 0); /* the interface */
    put_32(out, packet->wall_ns >> 32);
    put_32(out, packet->wall_ns);
    put_32(out, packet->bytes);
    put_32(out, packet->whole_bytes);
    put_padded(out, packet->segment->data, packet->bytes);
    put_option(out, OPT_COMMENT, comment, strlen(comment));
    put_option(out, OPT_END, "", 0);
    put_32(out, bytes);
}

/* ---- either ------------------------------------------------------------------------------------------------------ */

static bool is_wanted(const struct net_ev_fate *fate, bool all)
{
    return fate->fate == NET_DELIVERED || fate->fate == NET_DUPLICATED || (all && fate->fate == NET_DROPPED);
}

static struct lab_key key_of(uint64_t segment)
{
    return (struct lab_key){segment, 0};
}

static void put_packet(const struct capture *c, const struct net_event *segment, const struct net_event *fate,
                       int64_t wall_ns)
{
    uint32_t length = segment->u.segment.packet_bytes, kept = segment->data_bytes;
    struct packet packet = {.segment = segment,
                            .fate = &fate->u.fate,
                            .wall_ns = wall_ns > 0 ? (uint64_t)wall_ns : 0,
                            .bytes = kept,
                            .whole_bytes = length > kept ? length : kept};
    if (c->ng)
        put_pcapng(c->out, &packet);
    else
        put_pcap(c->out, &packet);
}

static int put_packets(const struct capture *c, const struct lab_journal *j, uint64_t start_ns, bool all)
{
    int64_t wall_ns = lab_journal_wall_ns(j, start_ns);
    struct lab_map segments = {0};
    int result = 0;
    for (size_t i = 0; i < lab_journal_count(j) && result == 0; i++) {
        const struct net_event *ev = lab_journal_at(j, i);
        if (ev->kind == NET_EV_SEGMENT)
            result = lab_map_put(&segments, key_of(ev->u.segment.id), (long)i);
        if (ev->kind != NET_EV_FATE || !is_wanted(&ev->u.fate, all))
            continue;
        long at = lab_map_get(&segments, key_of(ev->u.fate.segment));
        if (at >= 0)
            put_packet(c, lab_journal_at(j, (size_t)at), ev, (int64_t)((uint64_t)wall_ns + ev->time_ns - start_ns));
    }
    lab_map_fini(&segments);
    return result;
}

static bool is_pcapng(const char *path)
{
    size_t n = strlen(path), end = sizeof ".pcapng" - 1;
    return n > end && strcmp(path + n - end, ".pcapng") == 0;
}

int lab_journal_export(const struct lab_journal *j, uint64_t start_ns, bool all, const struct lab_file_wish *wish,
                       char *path, struct net_error *err)
{
    struct lab_file *file = lab_file_new(wish, err);
    if (!file)
        return -1;
    struct capture c = {.out = lab_file_stream(file), .ng = is_pcapng(wish->name)};
    if (c.ng) {
        put_section(c.out);
        put_interface(c.out);
    } else {
        begin_pcap(c.out);
    }
    return lab_file_end(file, put_packets(&c, j, start_ns, all) < 0 ? ENOMEM : 0, path, err);
}
