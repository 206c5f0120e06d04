// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a sanitizer watches this build: a few things that it cannot follow are done in another way then.
#ifndef NET_BASE_SANITIZED_H
#define NET_BASE_SANITIZED_H

#if defined(__has_feature)
#define NET_HAS_FEATURE(name) __has_feature(name)
#else
#define NET_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || NET_HAS_FEATURE(thread_sanitizer)
enum { NET_UNDER_TSAN = 1 };
#else
enum { NET_UNDER_TSAN = 0 };
#endif

/*
 * After a jump from a handler on the alternate stack, on the stack where the jump landed: what the frames that were
 * left had marked as theirs is free again. ASan does that itself only when the jump begins on the same stack.
 */
#if defined(__SANITIZE_ADDRESS__) || NET_HAS_FEATURE(address_sanitizer)
enum { NET_UNDER_ASAN = 1 };
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

#endif
