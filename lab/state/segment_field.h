// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers that a segment carries, one row each, as conditions name them.
#ifndef LAB_STATE_SEGMENT_FIELD_H
#define LAB_STATE_SEGMENT_FIELD_H

#include "lab/state/state.h"

struct lab_segment_field {
    const char *word, *help;
    bool (*value)(const struct lab_segment *, int64_t *out); /* false: the segment has none */
};
extern const struct lab_segment_field lab_segment_fields[]; /* ends with a NULL word */

const struct lab_segment_field *lab_segment_field_find(const char *word); /* NULL unknown */

#endif
