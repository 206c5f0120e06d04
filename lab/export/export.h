// SPDX-License-Identifier: GPL-3.0-or-later
// Taking a run away: files that are read without the lab.
#ifndef LAB_EXPORT_EXPORT_H
#define LAB_EXPORT_EXPORT_H

#include "lab/base/file.h"
#include "lab/export/page.h"

/*
 * A file's name says what it becomes:
 *
 *   NAME.html   one page that needs nothing else, and no script to be read; with its own it steps forward and back
 *
 *   NAME.svg    the ladder alone
 *
 *   NAME.md     a hand-out; with blanks for the states, the results and the reasons, numbered
 *
 *   any other   a capture file (lab/journal/capture.c)
 */
enum lab_export_kind { LAB_EXPORT_CAPTURE, LAB_EXPORT_HTML, LAB_EXPORT_SVG, LAB_EXPORT_MARKDOWN };
enum lab_export_kind lab_export_kind_of(const char *path);

struct lab_export {
    struct lab_file_wish file;
    bool blanks; /* of MARKDOWN alone: whoever asks refuses it elsewhere */
};

/*
 * Write a part of a run as what its name says; not a capture. The file is written when all of it could be made, and one
 * that is there is replaced only then.
 *
 *   said     what was written, and what was left out and how to get it: one sentence or two for a person
 *   returns  0; -1: err->text says why not
 */
int lab_export_page(const struct lab_export *, const struct lab_page_part *, char *said, size_t said_bytes,
                    struct net_error *);

/* "recorded 2026-11-24 22:43:09 UTC on Linux 6.18.5 with tun": of a run that was loaded, where that was; of one of now,
 * this kernel, and `net` as it is given. Returns out. */
const char *lab_export_about(const struct lab_journal *, uint64_t start_ns, const char *net, char *out,
                             size_t out_bytes);

#endif
