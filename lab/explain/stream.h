// SPDX-License-Identifier: GPL-3.0-or-later
// One direction of a conversation as the stream of bytes that TCP makes of it.
#ifndef LAB_EXPLAIN_STREAM_H
#define LAB_EXPLAIN_STREAM_H

#include "lab/state/state.h"

enum {
    LAB_STREAM_BYTES = 512, /* the first bytes of a stream that are kept to be shown */
    LAB_STREAM_CALLS = 256  /* the first calls of each end */
};

/* Where a byte is. */
enum lab_stream_place {
    LAB_STREAM_READ,    /* a program at the other end has it */
    LAB_STREAM_ARRIVED, /* the other host's kernel has it, no program has read it */
    LAB_STREAM_SENT,    /* it left the host and has not arrived, as far as is known */
    LAB_STREAM_BUFFER,  /* it waits in the kernel of its own host */
    LAB_STREAM_LOST,    /* no program will read it: an end is gone that had it, or should have got it */
    LAB_STREAM_PLACES
};

/* A call that put bytes in, or took bytes out: [from, to) of the stream. */
struct lab_stream_call {
    uint64_t from, to;
    long event; /* journal index of its return; of its entry while it is blocked: `to` is UINT64_MAX then */
};

struct lab_stream {
    uint64_t written; /* taken by the kernel from the program; without traced calls: as far as was seen on the wire */
    uint64_t sent;    /* left the host at least once */
    uint64_t arrived; /* in order, at the other kernel */
    uint64_t acked;   /* the sender's kernel knows that it arrived */
    uint64_t read;
    uint64_t pending;        /* end of what the wire has not dropped: it may yet arrive, or has and no event shows it */
    bool blocked;            /* the program is in a send that has not returned: the last one of `in` */
    bool has_urgent;         /* MSG_OOB was used: what it moved is not in its place */
    bool from_over, to_over; /* that end can send, or read, no more */
    struct lab_stream_call in[LAB_STREAM_CALLS], out[LAB_STREAM_CALLS];
    size_t in_count, out_count; /* of all calls; the arrays hold the first LAB_STREAM_CALLS */
    uint8_t byte[LAB_STREAM_BYTES];
    bool known[LAB_STREAM_BYTES]; /* the journal has it, from a call or from a segment */
};

/*
 * The stream from one end of a conversation to the other, folded from what the state knows: the calls on both sockets,
 * the segments with their numbers, the kernel's last answers on queues. Nothing is supposed: where programs are not
 * traced, the wire alone speaks. free() it; NULL without memory.
 */
struct lab_stream *lab_stream_new(const struct lab_journal *, const struct lab_state *, int conversation,
                                  unsigned from_side);
enum lab_stream_place lab_stream_place_of(const struct lab_stream *, uint64_t byte);
/* The first byte after `byte` that may be in another place, or the end of what was written. */
uint64_t lab_stream_place_end(const struct lab_stream *, uint64_t byte);
/* How many bytes of it are lost. */
uint64_t lab_stream_lost(const struct lab_stream *);

#endif
