// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of the terminal become keys.
#ifndef UI_DRAW_KEYS_H
#define UI_DRAW_KEYS_H

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that curses has no name for. */
enum {
    UI_KEY_CTRL_C = 3,
    UI_KEY_CTRL_L = 12,
    UI_KEY_CTRL_U = 21,
    UI_KEY_CTRL_Z = 26,
    UI_KEY_ESCAPE = 27,
    UI_KEY_PASTE = KEY_MAX + 1 /* a bracketed paste begins: its bytes are no keys */
};

/*
 * curses is not asked to read: wgetch() waits for the rest of a sequence that the terminal has begun (25 ms for a key,
 * for ever for a click), and the lab waits with it. Here a sequence that is not whole stays in the buffer until the
 * rest comes or UI_KEYS_WAIT_NS have passed, and nothing waits. Needs keypad() to have been called once.
 */
enum { UI_KEYS_BYTES = 512, UI_KEYS_WAIT_NS = 25000000 };

struct ui_keys {
    unsigned char byte[UI_KEYS_BYTES];
    size_t count;
    uint64_t since_ns; /* when the last byte came */
    bool skips;        /* the rest of a paste */
};

/* Take in what there is to read. Returns how many bytes; -1 when nothing will come any more. */
int ui_keys_read(struct ui_keys *, int fd, uint64_t now_ns);
/* The same from memory; what finds no room is lost. */
void ui_keys_feed(struct ui_keys *, const void *bytes, size_t count, uint64_t now_ns);
/*
 * The next key: a byte or a code of curses. KEY_MOUSE: *mouse has the place and BUTTON1_PRESSED, BUTTON4_PRESSED or
 * BUTTON5_PRESSED; no other button is reported. False: there is none yet. Sequences that mean nothing to us are
 * skipped: none of their bytes is taken for a key.
 */
bool ui_keys_next(struct ui_keys *, uint64_t now_ns, int *key, MEVENT *mouse);
/* The next byte as it came, for readline. */
bool ui_keys_next_byte(struct ui_keys *, unsigned char *byte);
/* There is no place for what is pasted: none of it is a key. After a second without a byte its end is not waited for.
 */
void ui_keys_skip_paste(struct ui_keys *);
/* When what has begun is taken for all of it: ui_keys_next() may then have a key. 0: nothing has begun. */
uint64_t ui_keys_deadline_ns(const struct ui_keys *);

#endif
