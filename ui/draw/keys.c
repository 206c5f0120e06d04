// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of the terminal become keys.
//
// Three forms of sequences begin with Esc: those that terminfo names (key_defined() knows them), the two forms of mouse
// reports (xterm's 1006, "\033[<0;50;10M", and the older one, "\033[M" and three bytes), and any other control sequence
// of ECMA-48, which is skipped. A cut-off one is skipped as far as it goes. Esc alone is the Esc key.
#include "ui/draw/keys.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

static const char paste_begins[] = "\033[200~", paste_ends[] = "\033[201~";
enum { PASTE_BYTES = sizeof paste_ends - 1 };
static const uint64_t SKIP_NS = 1000000000u;
enum { SEQUENCE_BYTES = 32, WHEEL = 64, MODIFIERS = 4 | 8 | 16, X10_OFFSET = 32, X10_BYTES = 6 };

/* What the bytes at the beginning of the buffer are. */
struct found {
    size_t bytes; /* to be taken out; 0: more must come */
    int key;      /* 0: none */
    MEVENT mouse;
};

/* ---- sequences --------------------------------------------------------------------------------------------------- */

/* The button's number of a report: only presses of the left button and of the wheel are of use. */
static mmask_t button_of(unsigned long number, bool pressed)
{
    switch (pressed ? number & ~(unsigned long)MODIFIERS : 1) {
    case 0: return BUTTON1_PRESSED;
    case WHEEL: return BUTTON4_PRESSED;
    case WHEEL + 1: return BUTTON5_PRESSED;
    default: return 0;
    }
}

/* A report of a click at a column and row from 1. */
static struct found report(size_t bytes, unsigned long number, bool pressed, unsigned long column, unsigned long row)
{
    mmask_t button = button_of(number, pressed);
    struct found found = {.bytes = bytes};
    if (!button || column < 1 || row < 1 || column > INT16_MAX || row > INT16_MAX)
        return found;
    found.key = KEY_MOUSE;
    found.mouse = (MEVENT){.x = (int)column - 1, .y = (int)row - 1, .bstate = button};
    return found;
}

/* "\033[<0;50;10M" for a press, "m" at its end for a release. */
static struct found sgr_report(const unsigned char *b, size_t count)
{
    unsigned long number[3] = {0};
    size_t at = 3, field = 0;
    for (; at < count && at < SEQUENCE_BYTES && ((b[at] >= '0' && b[at] <= '9') || b[at] == ';'); at++)
        if (b[at] == ';')
            field++;
        else if (field < 3)
            number[field] = number[field] * 10 + (unsigned long)(b[at] - '0');
    if (at == count)
        return (struct found){0};
    if (b[at] != 'M' && b[at] != 'm')
        return (struct found){.bytes = at};
    if (field != 2)
        return (struct found){.bytes = at + 1};
    return report(at + 1, number[0], b[at] == 'M', number[1], number[2]);
}

static struct found x10_report(const unsigned char *b, size_t count)
{
    if (count < X10_BYTES)
        return (struct found){0};
    return report(X10_BYTES, (unsigned long)b[3] - X10_OFFSET, true, (unsigned long)b[4] - X10_OFFSET,
                  (unsigned long)b[5] - X10_OFFSET);
}

/* The key that terminfo has for the beginning of these bytes. *more: a longer one may come of them. */
static struct found named_key(const unsigned char *b, size_t count, bool *more)
{
    char text[SEQUENCE_BYTES + 1];
    size_t most = count < SEQUENCE_BYTES ? count : SEQUENCE_BYTES;
    for (size_t n = 1; n <= most; n++) {
        memcpy(text, b, n);
        text[n] = '\0';
        int code = n > 1 || *b != UI_KEY_ESCAPE ? key_defined(text) : -1;
        if (code > 0)
            return (struct found){.bytes = n, .key = code};
        if (code == 0)
            return (struct found){0};
    }
    *more = most < SEQUENCE_BYTES;
    return (struct found){0};
}

/* An unknown control sequence: parameters, then a final byte. */
static struct found unknown_sequence(const unsigned char *b, size_t count)
{
    size_t at = 2;
    while (at < count && at < SEQUENCE_BYTES && b[at] >= 0x20 && b[at] <= 0x3f)
        at++;
    if (at == count)
        return (struct found){0};
    return (struct found){.bytes = b[at] >= 0x40 && b[at] <= 0x7e ? at + 1 : at};
}

/* It begins with Esc and more has come. */
static struct found sequence(const unsigned char *b, size_t count)
{
    bool more = false;
    if (count > 2 && b[1] == '[' && b[2] == '<')
        return sgr_report(b, count);
    if (count > 2 && b[1] == '[' && b[2] == 'M')
        return x10_report(b, count);
    struct found found = named_key(b, count, &more);
    if (found.bytes || more)
        return found;
    if (count >= PASTE_BYTES && memcmp(b, paste_begins, PASTE_BYTES) == 0)
        return (struct found){.bytes = PASTE_BYTES, .key = UI_KEY_PASTE};
    if (b[1] == '[')
        return unknown_sequence(b, count);
    if (b[1] == 'O')
        return (struct found){.bytes = count > 2 ? 3 : 0};
    return (struct found){.bytes = 1, .key = UI_KEY_ESCAPE};
}

static struct found first_key(const unsigned char *b, size_t count)
{
    bool more = false;
    if (*b == UI_KEY_ESCAPE)
        return count > 1 ? sequence(b, count) : (struct found){0};
    struct found found = {0};
    if (*b && (*b < ' ' || *b == 127))
        found = named_key(b, 1, &more);
    return found.bytes ? found : (struct found){.bytes = 1, .key = *b};
}

/* Nothing more has come: Esc, or Esc and a letter typed together, are keys. The beginning of a sequence is none. */
static struct found as_it_is(const unsigned char *b, size_t count)
{
    return count <= 2 ? (struct found){.bytes = 1, .key = *b} : (struct found){.bytes = count};
}

/* ---- the buffer -------------------------------------------------------------------------------------------------- */

void ui_keys_feed(struct ui_keys *keys, const void *bytes, size_t count, uint64_t now_ns)
{
    size_t room = sizeof keys->byte - keys->count;
    count = count < room ? count : room;
    keys->skips = keys->skips && now_ns < keys->since_ns + SKIP_NS;
    memcpy(keys->byte + keys->count, bytes, count);
    keys->count += count;
    keys->since_ns = now_ns;
}

int ui_keys_read(struct ui_keys *keys, int fd, uint64_t now_ns)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    unsigned char bytes[UI_KEYS_BYTES];
    size_t room = sizeof keys->byte - keys->count;
    if (!room || poll(&input, 1, 0) != 1)
        return 0;
    ssize_t n = read(fd, bytes, room);
    if (n <= 0)
        return -1;
    ui_keys_feed(keys, bytes, (size_t)n, now_ns);
    return (int)n;
}

static void take_out(struct ui_keys *keys, size_t count)
{
    keys->count -= count;
    memmove(keys->byte, keys->byte + count, keys->count);
}

void ui_keys_skip_paste(struct ui_keys *keys)
{
    keys->skips = true;
}

/* Drop a paste as far as it has come, but for what may be the beginning of its end. */
static void skip(struct ui_keys *keys)
{
    while (keys->skips && keys->count >= PASTE_BYTES) {
        const unsigned char *escape = memchr(keys->byte, UI_KEY_ESCAPE, keys->count);
        size_t before = escape ? (size_t)(escape - keys->byte) : keys->count;
        bool whole = keys->count - before >= PASTE_BYTES;
        keys->skips = !whole || memcmp(escape, paste_ends, PASTE_BYTES) != 0;
        take_out(keys, !whole ? before : before + (keys->skips ? 1 : PASTE_BYTES));
        if (!whole)
            break;
    }
}

bool ui_keys_next(struct ui_keys *keys, uint64_t now_ns, int *key, MEVENT *mouse)
{
    skip(keys);
    if (keys->skips)
        return false;
    while (keys->count > 0) {
        struct found found = first_key(keys->byte, keys->count);
        if (!found.bytes && now_ns < ui_keys_deadline_ns(keys))
            return false;
        if (!found.bytes)
            found = as_it_is(keys->byte, keys->count);
        take_out(keys, found.bytes);
        *key = found.key;
        *mouse = found.mouse;
        if (found.key)
            return true;
    }
    return false;
}

bool ui_keys_next_byte(struct ui_keys *keys, unsigned char *byte)
{
    if (!keys->count)
        return false;
    *byte = keys->byte[0];
    take_out(keys, 1);
    return true;
}

uint64_t ui_keys_deadline_ns(const struct ui_keys *keys)
{
    return keys->count && !keys->skips ? keys->since_ns + UI_KEYS_WAIT_NS : 0;
}
