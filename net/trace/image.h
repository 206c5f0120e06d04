// SPDX-License-Identifier: GPL-3.0-or-later
// A program file as the kernel and the loader will take it.
#ifndef NET_TRACE_IMAGE_H
#define NET_TRACE_IMAGE_H

#include "net/base/error.h"
#include "net/data/event.h"

/*
 * Find the file that a word names, as a shell would: with a slash where it says, else along $PATH.
 *   out     PATH_MAX bytes.
 *   errors  -1: there is none, it may not be run, it is no program; the sentence says which.
 */
int net_image_find(const char *word, char *out, struct net_error *);

/* Whether the calls of the file can be seen. Of a script: of its interpreter (#!). */
enum net_sight net_image_sight(const char *path);

#endif
