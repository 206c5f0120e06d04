// SPDX-License-Identifier: GPL-3.0-or-later
// One cell of the disconnect matrix: what was seen, in numbers; plain data.
#ifndef LAB_COMPARE_CELL_H
#define LAB_COMPARE_CELL_H

#include "net/data/event.h"

#include <stdbool.h>
#include <stddef.h>

enum lab_cell_kind {
    LAB_CELL_NONE,     /* nothing was seen, or measured */
    LAB_CELL_BLOCKS,   /* the call did not return */
    LAB_CELL_RESULT,   /* of a call: ret, error, sigpipe */
    LAB_CELL_POLL,     /* of poll(): bits, POLLIN and the like */
    LAB_CELL_ERROR,    /* of SO_ERROR: error */
    LAB_CELL_STATES,   /* items: enum net_state, one after the other */
    LAB_CELL_SEGMENTS, /* items: enum lab_cell_sent, which end sent it, how many bytes of data, whether it was lost */
    LAB_CELL_ENDS      /* bits: LAB_END_A, LAB_END_B */
};
enum lab_cell_sent { LAB_SENT_ACK, LAB_SENT_FIN, LAB_SENT_RST, LAB_SENT_RST_ACK, LAB_SENT_PROBE, LAB_SENT_DATA };
/* A watches, at B the cause is. */
enum { LAB_END_A = 1, LAB_END_B = 2 };
enum { LAB_CELL_ITEMS = 10, LAB_CELL_TEXT_BYTES = 320 };

struct lab_cell {
    uint8_t kind;
    uint8_t count;
    bool sigpipe; /* a SIGPIPE came with the result */
    int32_t error;
    int32_t ret;
    uint32_t bits;
    struct lab_cell_item {
        uint8_t what, end;
        uint16_t bytes;
        bool lost;
    } item[LAB_CELL_ITEMS];
};

void lab_cell_add(struct lab_cell *, struct lab_cell_item); /* what has no room is left out */
/* How many bytes a send() took makes no difference. */
bool lab_cell_equal(const struct lab_cell *, const struct lab_cell *);
/* "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP", "ESTABLISHED > CLOSE_WAIT", "B:FIN A:ACK(lost)"; "" for NONE. Returns out. */
const char *lab_cell_text(const struct lab_cell *, char out[LAB_CELL_TEXT_BYTES]);

#endif
