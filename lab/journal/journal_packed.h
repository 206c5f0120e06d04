// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run in its packed form: for journal_file.c.
#ifndef LAB_JOURNAL_JOURNAL_PACKED_H
#define LAB_JOURNAL_JOURNAL_PACKED_H

#include "lab/journal/journal_file.h"

/*
 * One frame of zstd (RFC 8878) with a checksum. Within, a sequence of CBOR (RFC 8742): the head as a text, which is the
 * first line of the JSON form with "kinds" and "names" (lab_event_words()); then one item an event.
 */
struct lab_packer;

struct lab_packer *lab_packer_new(FILE *, uint64_t start_ns); /* NULL: no memory */
void lab_packer_free(struct lab_packer *);
/* -1: errno. The head is put once, before any event; with the end all is in the stream. */
int lab_packer_head(struct lab_packer *, const char *json);
int lab_packer_event(struct lab_packer *, const struct net_event *);
int lab_packer_end(struct lab_packer *);

enum { LAB_PACKED_FIRST_BYTE = 0x28 /* of zstd's magic number; of the JSON form it is '{' */ };

/* A file may be anybody's: what it unpacks to is bounded by its own size. */
struct lab_unpacker;

struct lab_unpacker *lab_unpacker_new(FILE *); /* NULL: no memory */
void lab_unpacker_free(struct lab_unpacker *);
/* The head; the caller owns it. NULL: err is a clause. */
struct json_t *lab_unpacker_head(struct lab_unpacker *, struct net_error *);
/* 1: *ev, whose data are valid until the next call; 0: the end; -1: err is a clause. */
int lab_unpacker_event(struct lab_unpacker *, uint64_t start_ns, struct net_event *ev, struct net_error *);

#endif
