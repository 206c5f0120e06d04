// SPDX-License-Identifier: GPL-3.0-or-later
// The library of net/preload as bytes, built into this binary.
#ifndef NET_ACTOR_PRELOAD_H
#define NET_ACTOR_PRELOAD_H

#include <stddef.h>

extern const char net_preload_text[];
extern const size_t net_preload_bytes;

#endif
