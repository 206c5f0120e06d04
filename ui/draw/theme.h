// SPDX-License-Identifier: GPL-3.0-or-later
// Colours by meaning, signs by locale.
#ifndef UI_DRAW_THEME_H
#define UI_DRAW_THEME_H

#include <curses.h>

/*
 * One row per meaning, with a colour column and a monochrome one (attributes only); used with NO_COLOR, on terminals
 * without colours, and by --plain. Backgrounds stay the terminal's own, so that light themes read as well. A colour
 * never says what a word or a sign does not say too.
 */
enum ui_meaning {
    UI_TEXT,
    UI_DIM,      /* explanations, times */
    UI_TITLE,    /* pane titles */
    UI_FOCUS,    /* the focused pane's title */
    UI_FRAME,    /* the lines between panes */
    UI_KEY,      /* a key in the footer */
    UI_SELECTED, /* the row under the cursor */
    UI_CODE,
    UI_STRONG,
    UI_CLIENT, /* what is the client host's */
    UI_SERVER,
    UI_OPEN,    /* ESTABLISHED, delivered, success */
    UI_OPENING, /* SYN_SENT, SYN_RECV, LISTEN */
    UI_CLOSING, /* FIN_WAIT1 ... LAST_ACK, TIME_WAIT */
    UI_WAITS,   /* CLOSE_WAIT, blocked, held: somebody must do something */
    UI_FAILED,  /* errno, RST, dropped, failed expectation */
    UI_RUNNING, /* the line being executed */
    UI_MEANINGS
};

/* Whether the locale's codeset is UTF-8. */
bool ui_is_utf8(void);
/* After initscr() or newterm(). plain: no colour and ASCII signs, whatever the terminal can do. */
void ui_theme_init(bool plain);
attr_t ui_attr(enum ui_meaning); /* for ui_put() and wattron() */
enum ui_meaning ui_meaning_of_state(unsigned net_state);
enum ui_meaning ui_meaning_of_host(unsigned net_host);

/* Signs, each one column wide: UTF-8, or ASCII where the locale's codeset is not, or when plain. */
enum ui_glyph {
    UI_HORIZONTAL,
    UI_VERTICAL,
    UI_CORNER_TL,
    UI_CORNER_TR,
    UI_CORNER_BL,
    UI_CORNER_BR,
    UI_TEE_L, /* ├ */
    UI_TEE_R, /* ┤ */
    UI_TEE_T, /* ┬ */
    UI_TEE_B, /* ┴ */
    UI_CROSS,
    UI_ARROW_R,
    UI_ARROW_L,
    UI_DASH,
    UI_STOPPED, /* held: a wall */
    UI_LOST,    /* dropped */
    UI_TICK,
    UI_BALLOT,
    UI_POINTER,
    UI_BULLET,
    UI_BRANCH,      /* ├ of a tree */
    UI_LAST_BRANCH, /* └ */
    UI_TRUNK,       /* │ */
    UI_ELLIPSIS,
    UI_DOT,  /* between words of one line */
    UI_RING, /* not yet */
    UI_FULL, /* now */
    UI_BAR,  /* a cell of a bar */
    UI_GLYPHS
};
const char *ui_glyph(enum ui_glyph);

#endif
