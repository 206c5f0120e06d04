// SPDX-License-Identifier: GPL-3.0-or-later
// A log of what the rooms of net/ do, for whoever works on them.
#ifndef NET_BASE_DEBUG_H
#define NET_BASE_DEBUG_H

/*
 *   TCPLAB_DEBUG=engine,wire:FILE tcplab ...     some rooms
 *   TCPLAB_DEBUG=all:FILE tcplab ...             all of them
 *
 * appends lines to FILE, each with its time (seconds of CLOCK_MONOTONIC, as events have them), its room and its thread.
 * Off, it costs one comparison. It never writes to the terminal. A process actor has none.
 */
enum net_debug_room {
    NET_DEBUG_ENGINE = 1,
    NET_DEBUG_HOST = 2,
    NET_DEBUG_WIRE = 4,
    NET_DEBUG_SOCKET = 8,
    NET_DEBUG_ACTOR = 16,
    NET_DEBUG_ALL = 31
};

struct net_error;

/* Read the variable and open the file. -1 with one sentence: what it says makes no sense, or the file cannot be
 * written. While there is one thread. */
int net_debug_open(struct net_error *);
void net_debug_close(void);

extern unsigned net_debug_rooms; /* what is logged; written by the two above alone */

/* One line, without its end; at most 400 bytes of it. Any thread; one write(2). */
void net_debug_line(enum net_debug_room, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define net_debug(room, ...)                                                                                           \
    do {                                                                                                               \
        if (net_debug_rooms & (room))                                                                                  \
            net_debug_line((room), __VA_ARGS__);                                                                       \
    } while (0)

#endif
