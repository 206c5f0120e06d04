// SPDX-License-Identifier: GPL-3.0-or-later
// A journal, packed.
//
// Measured on 1.2 million events of a client that sends and receives: as JSON Lines 345 MB, which take 10 s to write
// and 13 s to parse; as rows of SQLite, a table for each kind, 113 MB; packed as here 13 MB, within a second. Nothing
// is looked up in the file while it is open (the state is a fold of all of it), so that an index would be of no use.

#include "lab/journal/journal_packed.h"

#include "lab/journal/event_cbor.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    LEVEL = 3,
    PACK_BYTES = 1 << 17,
    HEAD_BYTES_MAX = 1 << 22,
    WINDOW_LOG_MAX = 23 /* so much memory a stranger's file may ask for: 8 MB */,
    READ_BYTES = 1 << 16
};
/* What a file unpacks to: more than any run of this tcplab does, of which a byte becomes ten. */
static const uint64_t UNPACKED_FREE = 64 << 20, UNPACKED_RATIO = 200;

/* ---- packing ----------------------------------------------------------------------------------------------------- */

struct lab_packer {
    ZSTD_CCtx *zstd;
    FILE *out;
    uint64_t start_ns, last_ns;
    size_t used;
    uint8_t plain[PACK_BYTES], packed[PACK_BYTES];
};

struct lab_packer *lab_packer_new(FILE *out, uint64_t start_ns)
{
    struct lab_packer *p = malloc(sizeof *p);
    if (!p)
        return NULL;
    p->zstd = ZSTD_createCCtx();
    p->out = out;
    p->start_ns = p->last_ns = start_ns;
    p->used = 0;
    if (p->zstd) {
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
        return p;
    }
    free(p);
    return NULL;
}

void lab_packer_free(struct lab_packer *p)
{
    if (p)
        ZSTD_freeCCtx(p->zstd);
    free(p);
}

static int pack(struct lab_packer *p, const void *bytes, size_t n, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {bytes, n, 0};
    size_t left = 1;
    while (in.pos < in.size || (how == ZSTD_e_end && left > 0)) {
        ZSTD_outBuffer out = {p->packed, sizeof p->packed, 0};
        left = ZSTD_compressStream2(p->zstd, &out, &in, how);
        if (ZSTD_isError(left)) {
            errno = ENOMEM;
            return -1;
        }
        if (fwrite(p->packed, 1, out.pos, p->out) != out.pos)
            return -1;
    }
    return 0;
}

static int flush(struct lab_packer *p, ZSTD_EndDirective how)
{
    size_t n = p->used;
    p->used = 0;
    return pack(p, p->plain, n, how);
}

int lab_packer_head(struct lab_packer *p, const char *json)
{
    uint8_t head[LAB_CBOR_HEAD_BYTES];
    size_t n = (size_t)(lab_cbor_put(head, LAB_CBOR_TEXT, strlen(json)) - head);
    return pack(p, head, n, ZSTD_e_continue) < 0 ? -1 : pack(p, json, strlen(json), ZSTD_e_continue);
}

int lab_packer_event(struct lab_packer *p, const struct net_event *ev)
{
    if (sizeof p->plain - p->used < LAB_EVENT_CBOR_BYTES && flush(p, ZSTD_e_continue) < 0)
        return -1;
    p->used = (size_t)(lab_event_put_cbor(ev, p->start_ns, &p->last_ns, p->plain + p->used) - p->plain);
    return 0;
}

int lab_packer_end(struct lab_packer *p)
{
    return flush(p, ZSTD_e_end);
}

/* ---- unpacking --------------------------------------------------------------------------------------------------- */

struct lab_unpacker {
    ZSTD_DCtx *zstd;
    FILE *in;
    struct lab_event_reader *reader;
    ZSTD_inBuffer packed;
    uint64_t packed_bytes, plain_bytes; /* so far */
    size_t frame_left;                  /* 0: a frame is whole */
    bool is_over, has_begun;
    uint64_t last_ns;
    struct lab_cbor plain; /* what is unpacked and not read yet */
    uint8_t *room, read[READ_BYTES];
};

struct lab_unpacker *lab_unpacker_new(FILE *in)
{
    struct lab_unpacker *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->in = in;
    u->zstd = ZSTD_createDCtx();
    u->room = malloc(HEAD_BYTES_MAX);
    u->plain.at = u->plain.end = u->room;
    u->packed.src = u->read;
    if (u->zstd && u->room) {
        ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
        return u;
    }
    lab_unpacker_free(u);
    return NULL;
}

void lab_unpacker_free(struct lab_unpacker *u)
{
    if (!u)
        return;
    lab_event_reader_free(u->reader);
    ZSTD_freeDCtx(u->zstd);
    free(u->room);
    free(u);
}

static int read_more(struct lab_unpacker *u, struct net_error *err)
{
    u->packed.pos = 0;
    u->packed.size = fread(u->read, 1, sizeof u->read, u->in);
    u->packed_bytes += u->packed.size;
    u->is_over = u->packed.size == 0;
    if (ferror(u->in))
        return net_fail_errno(err, "read");
    return u->is_over && u->frame_left ? net_fail(err, 0, NULL, "it ends in the middle") : 0;
}

/* As much as there is room for. */
static int fill(struct lab_unpacker *u, struct net_error *err)
{
    size_t unread = (size_t)(u->plain.end - u->plain.at);
    memmove(u->room, u->plain.at, unread);
    ZSTD_outBuffer out = {u->room, HEAD_BYTES_MAX, unread};
    while (out.pos < out.size && !u->is_over) {
        if (u->packed.pos == u->packed.size && read_more(u, err) < 0)
            return -1;
        if (u->is_over)
            break;
        size_t before = out.pos;
        u->frame_left = ZSTD_decompressStream(u->zstd, &out, &u->packed);
        if (ZSTD_isError(u->frame_left))
            return net_fail(err, 0, NULL, "it is damaged (zstd: %.60s)", ZSTD_getErrorName(u->frame_left));
        u->plain_bytes += out.pos - before;
        if (u->plain_bytes > UNPACKED_FREE + UNPACKED_RATIO * u->packed_bytes)
            return net_fail(err, 0, NULL, "it unpacks to more than any run does");
    }
    u->plain.at = u->room;
    u->plain.end = u->room + out.pos;
    return 0;
}

json_t *lab_unpacker_head(struct lab_unpacker *u, struct net_error *err)
{
    json_error_t why;
    size_t n;
    if (fill(u, err) < 0)
        return NULL;
    const uint8_t *text = lab_cbor_bytes(&u->plain, &n);
    if (u->plain.failed || !text) {
        net_fail(err, 0, NULL, "it does not begin with the head of a run");
        return NULL;
    }
    json_t *head = json_loadb((const char *)text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!head)
        net_fail(err, 0, NULL, "its head is no JSON: column %d: %.80s", why.column, why.text);
    if (head && !(u->reader = lab_event_reader_new(head, err))) {
        json_decref(head);
        return NULL;
    }
    return head;
}

int lab_unpacker_event(struct lab_unpacker *u, uint64_t start_ns, struct net_event *ev, struct net_error *err)
{
    if (!u->has_begun)
        u->last_ns = start_ns;
    u->has_begun = true;
    if (!u->is_over && u->plain.end - u->plain.at < LAB_EVENT_CBOR_BYTES && fill(u, err) < 0)
        return -1;
    if (u->plain.at == u->plain.end)
        return 0;
    return lab_event_read_cbor(u->reader, &u->plain, start_ns, &u->last_ns, ev, err) < 0 ? -1 : 1;
}
