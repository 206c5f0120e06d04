// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a sanitizer watches this build: a few things that it cannot follow are done in another way then.
#ifndef NET_BASE_SANITIZED_H
#define NET_BASE_SANITIZED_H

#include <features.h>

#if defined(__has_feature)
#define NET_HAS_FEATURE(name) __has_feature(name)
#else
#define NET_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || NET_HAS_FEATURE(thread_sanitizer)
enum { NET_UNDER_TSAN = 1 };
#define NET_HAS_OTHER_MALLOC
#else
enum { NET_UNDER_TSAN = 0 };
#endif

/*
 * After a jump from a handler on the alternate stack, on the stack where the jump landed: what the frames that were
 * left had marked as theirs is free again. ASan does that itself only when the jump begins on the same stack.
 */
#if defined(__SANITIZE_ADDRESS__) || NET_HAS_FEATURE(address_sanitizer)
enum { NET_UNDER_ASAN = 1 };
#define NET_HAS_OTHER_MALLOC
void __asan_handle_no_return(void);
static inline void net_frames_were_left(void)
{
    __asan_handle_no_return();
}
#else
enum { NET_UNDER_ASAN = 0 };
static inline void net_frames_were_left(void)
{
}
#endif

/* _Fork() makes a process and does nothing else; the sanitizers want to be told of each. */
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34) && !defined(NET_HAS_OTHER_MALLOC)
#define NET_LEAN_FORK 1
#else
#define NET_LEAN_FORK 0
#endif

#endif
