// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/journal/cbor.h"

#include <string.h>

uint8_t *lab_cbor_put(uint8_t *to, enum lab_cbor_major major, uint64_t number)
{
    uint8_t first = (uint8_t)(major << 5);
    if (number < 24) {
        *to++ = (uint8_t)(first | number);
        return to;
    }
    unsigned log = number <= UINT8_MAX ? 0 : number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;
    *to++ = (uint8_t)(first | (24 + log));
    for (unsigned i = 1u << log; i-- > 0;)
        *to++ = (uint8_t)(number >> (8 * i));
    return to;
}

uint8_t *lab_cbor_put_signed(uint8_t *to, int64_t number)
{
    return number < 0 ? lab_cbor_put(to, LAB_CBOR_NEGATIVE, ~(uint64_t)number)
                      : lab_cbor_put(to, LAB_CBOR_UNSIGNED, (uint64_t)number);
}

uint8_t *lab_cbor_put_bytes(uint8_t *to, const void *bytes, size_t n)
{
    to = lab_cbor_put(to, LAB_CBOR_BYTES, n);
    memcpy(to, bytes, n);
    return to + n;
}

static enum lab_cbor_major fail(struct lab_cbor *in, uint64_t *number)
{
    in->failed = true;
    in->at = in->end;
    *number = 0;
    return LAB_CBOR_SIMPLE;
}

enum lab_cbor_major lab_cbor_head(struct lab_cbor *in, uint64_t *number)
{
    if (in->at == in->end)
        return fail(in, number);
    uint8_t first = *in->at++;
    *number = first & 31;
    if (*number >= 24) {
        if (*number > 27 || (size_t)(in->end - in->at) < (size_t)1 << (*number - 24))
            return fail(in, number);
        size_t bytes = (size_t)1 << (*number - 24);
        for (*number = 0; bytes > 0; bytes--)
            *number = *number << 8 | *in->at++;
    }
    return (enum lab_cbor_major)(first >> 5);
}

uint64_t lab_cbor_unsigned(struct lab_cbor *in)
{
    uint64_t number;
    enum lab_cbor_major major = lab_cbor_head(in, &number);
    if (major == LAB_CBOR_UNSIGNED)
        return number;
    if (major != LAB_CBOR_SIMPLE || number < LAB_CBOR_FALSE || number > LAB_CBOR_NULL)
        fail(in, &number);
    return number == LAB_CBOR_TRUE;
}

int64_t lab_cbor_signed(struct lab_cbor *in)
{
    uint64_t number;
    enum lab_cbor_major major = lab_cbor_head(in, &number);
    if ((major != LAB_CBOR_UNSIGNED && major != LAB_CBOR_NEGATIVE) || number > INT64_MAX)
        fail(in, &number);
    return major == LAB_CBOR_NEGATIVE ? (int64_t)~number : (int64_t)number;
}

uint64_t lab_cbor_array(struct lab_cbor *in)
{
    uint64_t number;
    if (lab_cbor_head(in, &number) != LAB_CBOR_ARRAY)
        fail(in, &number);
    return number;
}

const uint8_t *lab_cbor_bytes(struct lab_cbor *in, size_t *n)
{
    uint64_t number;
    enum lab_cbor_major major = lab_cbor_head(in, &number);
    *n = 0;
    if (major == LAB_CBOR_SIMPLE && number == LAB_CBOR_NULL)
        return NULL;
    if ((major != LAB_CBOR_BYTES && major != LAB_CBOR_TEXT) || number > (size_t)(in->end - in->at)) {
        fail(in, &number);
        return NULL;
    }
    *n = (size_t)number;
    in->at += number;
    return in->at - number;
}

/* How many items are yet to come is counted: nothing nests on the stack. */
void lab_cbor_skip(struct lab_cbor *in)
{
    for (uint64_t left = 1; left > 0 && !in->failed; left--) {
        uint64_t number;
        switch (lab_cbor_head(in, &number)) {
        case LAB_CBOR_BYTES:
        case LAB_CBOR_TEXT:
            if (number > (size_t)(in->end - in->at))
                fail(in, &number);
            in->at += number;
            break;
        case LAB_CBOR_ARRAY:
            if (number > (size_t)(in->end - in->at))
                fail(in, &number);
            left += number;
            break;
        case LAB_CBOR_UNSIGNED:
        case LAB_CBOR_NEGATIVE:
        case LAB_CBOR_SIMPLE: break;
        }
    }
}
