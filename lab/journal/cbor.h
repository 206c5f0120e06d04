// SPDX-License-Identifier: GPL-3.0-or-later
// The part of CBOR (RFC 8949) that saved runs are written in.
#ifndef LAB_JOURNAL_CBOR_H
#define LAB_JOURNAL_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers, strings and arrays of known length, false, true and null: each with its head in the shortest form. */
enum lab_cbor_major {
    LAB_CBOR_UNSIGNED,
    LAB_CBOR_NEGATIVE /* -1 minus its number */,
    LAB_CBOR_BYTES,
    LAB_CBOR_TEXT,
    LAB_CBOR_ARRAY,
    LAB_CBOR_SIMPLE = 7 /* enum lab_cbor_simple */
};
enum lab_cbor_simple { LAB_CBOR_FALSE = 20, LAB_CBOR_TRUE, LAB_CBOR_NULL };
enum { LAB_CBOR_HEAD_BYTES = 9 /* at most */ };

/* Each writes at `to`, where there is room, and returns the place behind it. */
uint8_t *lab_cbor_put(uint8_t *to, enum lab_cbor_major, uint64_t number);
uint8_t *lab_cbor_put_signed(uint8_t *to, int64_t);
uint8_t *lab_cbor_put_bytes(uint8_t *to, const void *bytes, size_t n);

/* What is read; failed: it ended in the middle, or something else stood there. Then all that is read is 0. */
struct lab_cbor {
    const uint8_t *at, *end;
    bool failed;
};

/* What comes next, and its number: the length of a string or an array. */
enum lab_cbor_major lab_cbor_head(struct lab_cbor *, uint64_t *number);
uint64_t lab_cbor_unsigned(struct lab_cbor *); /* null is 0, false 0 and true 1 */
int64_t lab_cbor_signed(struct lab_cbor *);
uint64_t lab_cbor_array(struct lab_cbor *);                  /* its length */
const uint8_t *lab_cbor_bytes(struct lab_cbor *, size_t *n); /* null is none: NULL, 0 */
/* One item of any kind, also arrays in arrays, as deep as they may be in events. */
void lab_cbor_skip(struct lab_cbor *);

#endif
