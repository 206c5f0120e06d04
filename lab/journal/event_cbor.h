// SPDX-License-Identifier: GPL-3.0-or-later
// One event as one item of CBOR, for journal_packed.c: by the tables of event_fields.h.
#ifndef LAB_JOURNAL_EVENT_CBOR_H
#define LAB_JOURNAL_EVENT_CBOR_H

#include "lab/journal/cbor.h"
#include "lab/journal/journal_file.h"

/*
 * An event is an array: number of its kind, time in ns since the one before it (the first: since the start), actor,
 * task, the fields of its kind in the order that the head of the file gives, and its data, null where there are none.
 * Times are ns since the start, null for one that is not set; an address is 4 or 16 bytes. Kinds and what has a name
 * are numbers, whose names the head of the file has too: what is read is what was written also when another tcplab
 * counts them otherwise. errno and signals are Linux's own.
 */
enum { LAB_EVENT_CBOR_BYTES = 8192 /* no event is longer */ };

/* What the head says of kinds, fields and names: {"kinds": [["none"], ["actor_start", "name", ...], ...], "names":
 * {"state": ["ABSENT", ...], ...}}. The caller owns it; NULL without memory. */
struct json_t *lab_event_words(void);

/* At `to`, with room for LAB_EVENT_CBOR_BYTES; returns the place behind it. *last_ns: the time of the one before. */
uint8_t *lab_event_put_cbor(const struct net_event *, uint64_t start_ns, uint64_t *last_ns, uint8_t *to);

/* What a file's numbers mean to this tcplab, from the words of its head. NULL: err is a clause. */
struct lab_event_reader;
struct lab_event_reader *lab_event_reader_new(const struct json_t *words, struct net_error *);
void lab_event_reader_free(struct lab_event_reader *);
/* *ev->data points into what was read. -1: err is a clause. */
int lab_event_read_cbor(const struct lab_event_reader *, struct lab_cbor *, uint64_t start_ns, uint64_t *last_ns,
                        struct net_event *ev, struct net_error *);

#endif
