// SPDX-License-Identifier: GPL-3.0-or-later
// The segments of a journal as a capture file, for Wireshark and tcpdump.
//
// A packet is written at the moment of its fate, not when it left its host: what is captured is what came out of the
// wire, in that order, a duplicated packet twice. With `all`, dropped packets stand where they were dropped.
//
// libpcap is loaded when a capture is written, not when the lab starts: on many systems it brings with it the libraries
// of all that it can capture from (D-Bus, systemd, and theirs), which the lab has no use for.

#include "lab/journal/journal_file.h"
#include "lab/base/map.h"

#include <dlfcn.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

enum { NS_PER_S = 1000000000, SNAPLEN = 65535 };

/* What is called of libpcap. */
struct pcap_calls {
    __typeof__(pcap_open_dead_with_tstamp_precision) *open_dead;
    __typeof__(pcap_geterr) *geterr;
    __typeof__(pcap_close) *close;
    __typeof__(pcap_dump_open) *dump_open;
    __typeof__(pcap_dump) *dump;
    __typeof__(pcap_dump_flush) *dump_flush;
    __typeof__(pcap_dump_file) *dump_file;
    __typeof__(pcap_dump_close) *dump_close;
};

/* Once loaded it stays; loading it again finds it there. LAB_PCAP_SONAME is the one that its headers belong to. */
static int load(struct pcap_calls *pcap, struct net_error *err)
{
    const struct {
        const char *name;
        void *to; /* a pointer to a function */
    } wanted[] = {
        {"pcap_open_dead_with_tstamp_precision", &pcap->open_dead},
        {"pcap_geterr", &pcap->geterr},
        {"pcap_close", &pcap->close},
        {"pcap_dump_open", &pcap->dump_open},
        {"pcap_dump", &pcap->dump},
        {"pcap_dump_flush", &pcap->dump_flush},
        {"pcap_dump_file", &pcap->dump_file},
        {"pcap_dump_close", &pcap->dump_close},
    };
    void *library = dlopen(LAB_PCAP_SONAME, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        void *call = library ? dlsym(library, wanted[i].name) : NULL;
        if (!call)
            return net_fail(err, 0, "dlopen", "libpcap, which writes capture files, cannot be loaded: %.160s",
                            dlerror());
        memcpy(wanted[i].to, &call, sizeof call);
    }
    return 0;
}

static void write_packet(const struct pcap_calls *pcap, pcap_dumper_t *out, const struct net_event *packet,
                         int64_t wall_ns)
{
    uint32_t length = packet->u.segment.packet_bytes;
    struct pcap_pkthdr head = {
        .ts = {.tv_sec = (time_t)(wall_ns / NS_PER_S), .tv_usec = (suseconds_t)(wall_ns % NS_PER_S)},
        .caplen = packet->data_bytes,
        .len = length > packet->data_bytes ? length : packet->data_bytes,
    };
    pcap->dump((u_char *)out, &head, packet->data);
}

static bool is_wanted(const struct net_ev_fate *fate, bool all)
{
    return fate->fate == NET_DELIVERED || fate->fate == NET_DUPLICATED || (all && fate->fate == NET_DROPPED);
}

static struct lab_key key_of(uint64_t segment)
{
    return (struct lab_key){segment, 0};
}

static int write_packets(const struct pcap_calls *pcap, const struct lab_journal *j, uint64_t start_ns, bool all,
                         pcap_dumper_t *out)
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
            write_packet(pcap, out, lab_journal_at(j, (size_t)at), when_ns > 0 ? when_ns : 0);
    }
    lab_map_fini(&segments);
    return result;
}

int lab_journal_export_pcap(const struct lab_journal *j, uint64_t start_ns, bool all, const char *path,
                            struct net_error *err)
{
    struct pcap_calls pcap;
    if (load(&pcap, err) < 0)
        return -1;
    pcap_t *format = pcap.open_dead(DLT_RAW, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    if (!format)
        return net_fail(err, ENOMEM, "pcap_open_dead", "cannot write %.120s: no memory", path);
    pcap_dumper_t *out = pcap.dump_open(format, path);
    int result = -1;
    if (!out) {
        net_fail(err, 0, "pcap_dump_open", "cannot write a capture file: %.180s", pcap.geterr(format));
    } else if (write_packets(&pcap, j, start_ns, all, out) < 0) {
        net_fail(err, ENOMEM, "malloc", "cannot write %.120s: no memory", path);
    } else if (pcap.dump_flush(out) < 0 || ferror(pcap.dump_file(out))) {
        net_fail_errno(err, "write");
    } else {
        result = 0;
    }
    if (out)
        pcap.dump_close(out);
    pcap.close(format);
    return result;
}
