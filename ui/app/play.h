// SPDX-License-Identifier: GPL-3.0-or-later
// Slow motion: the screen shows what happened some time after it did.
#ifndef UI_APP_PLAY_H
#define UI_APP_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The lab runs at its own speed, always: a wire that were slower would be another wire, with other timers. What is slow
 * is the screen. At a speed below 1 (the command `speed`) each new segment takes UI_TRAVEL_NS / speed from one host to
 * the other on the ladder, however long it really took; what the hosts did in between comes when the next one leaves.
 * Behind the last one the screen is live again. While it plays the screen is in the past, and every key of the past
 * works; a command, or End, leads to what is now.
 *
 * Owner: struct ui_app. Thread: main. now_ns: net_now_ns().
 */
enum { UI_TRAVEL_NS = 120000000, UI_TRAVEL_STEPS = 12 };

struct ui_play {
    bool on, paused;
    uint64_t begun_ns; /* when the segment that travels has left */
    int travel;        /* how far it is, in per cent */
};

struct ui_app;

/* Events from that one on are new: play them, when the speed is below 1 and a segment is among them. */
void ui_play_begin(struct ui_app *, size_t from, uint64_t now_ns);
void ui_play_stop(struct ui_app *); /* the screen stays where it is */
/* When it has to go on; 0: it does not play. */
uint64_t ui_play_due_ns(const struct ui_app *);
void ui_play_tick(struct ui_app *, uint64_t now_ns);
void ui_play_pause(struct ui_app *, uint64_t now_ns); /* or go on */

#endif
