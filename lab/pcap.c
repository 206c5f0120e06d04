// SPDX-License-Identifier: GPL-3.0-or-later
// The segments of a journal as a capture file, for Wireshark and tcpdump.
//
// A packet is written at the moment of its fate, not when it left its host: what is captured is what came out of the
// wire, in that order, a duplicated packet twice. With `all`, dropped packets stand where they were dropped.

#include "lab/journal_file.h"
#include "lab/map.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

enum { NS_PER_S = 1000000000, SNAPLEN = 65535 };

static void write_packet(pcap_dumper_t *out, const struct net_event *packet, int64_t wall_ns)
{
    uint32_t length = packet->u.segment.packet_bytes;
    struct pcap_pkthdr head = {
        .ts = {.tv_sec = (time_t)(wall_ns / NS_PER_S), .tv_usec = (suseconds_t)(wall_ns % NS_PER_S)},
        .caplen = packet->data_bytes,
        .len = length > packet->data_bytes ? length : packet->data_bytes,
    };
    pcap_dump((u_char *)out, &head, packet->data);
}

static bool is_wanted(const struct net_ev_fate *fate, bool all)
{
    return fate->fate == NET_DELIVERED || fate->fate == NET_DUPLICATED || (all && fate->fate == NET_DROPPED);
}

static struct lab_key key_of(uint64_t segment)
{
    return (struct lab_key){segment, 0};
}

static int write_packets(const struct lab_journal *j, uint64_t start_ns, bool all, pcap_dumper_t *out)
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
        int64_t when_ns = (int64_t)((uint64_t)wall_ns + ev->time_ns - start_ns);
        if (at >= 0)
            write_packet(out, lab_journal_at(j, (size_t)at), when_ns > 0 ? when_ns : 0);
    }
    lab_map_fini(&segments);
    return result;
}

int lab_journal_export_pcap(const struct lab_journal *j, uint64_t start_ns, bool all, const char *path,
                            struct net_error *err)
{
    pcap_t *format = pcap_open_dead_with_tstamp_precision(DLT_RAW, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    if (!format)
        return net_fail(err, ENOMEM, "pcap_open_dead", "cannot write %.120s: no memory", path);
    pcap_dumper_t *out = pcap_dump_open(format, path);
    int result = -1;
    if (!out) {
        net_fail(err, 0, "pcap_dump_open", "cannot write a capture file: %.180s", pcap_geterr(format));
    } else if (write_packets(j, start_ns, all, out) < 0) {
        net_fail(err, ENOMEM, "malloc", "cannot write %.120s: no memory", path);
    } else if (pcap_dump_flush(out) < 0 || ferror(pcap_dump_file(out))) {
        net_fail_errno(err, "write");
    } else {
        result = 0;
    }
    if (out)
        pcap_dump_close(out);
    pcap_close(format);
    return result;
}
