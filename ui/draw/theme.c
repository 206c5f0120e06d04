// SPDX-License-Identifier: GPL-3.0-or-later
// Colours by meaning, signs by locale.
//
// Three columns of colours: 256 for terminals that have them, the basic eight, and none. The 256 are middle tones,
// chosen for a contrast of at least 3.5 to 1 on black and on white alike; of the eight, yellow and white are left out
// of what must be read, since they vanish on one of the two. Only foregrounds are set: the background is the terminal's
// own.
#include "ui/draw/theme.h"

#include "net/data/event.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

struct style {
    short rich, basic; /* colour numbers; -1: the terminal's own foreground */
    attr_t with_colour, without;
};

static const struct style styles[UI_MEANINGS] = {
    [UI_TEXT] = {-1, -1, A_NORMAL, A_NORMAL},
    [UI_DIM] = {244, -1, A_NORMAL, A_NORMAL},
    [UI_TITLE] = {-1, -1, A_NORMAL, A_NORMAL},
    [UI_FOCUS] = {-1, -1, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [UI_FRAME] = {244, -1, A_NORMAL, A_NORMAL},
    [UI_KEY] = {-1, -1, A_BOLD, A_BOLD},
    [UI_SELECTED] = {-1, -1, A_REVERSE, A_REVERSE},
    [UI_CODE] = {67, COLOR_CYAN, A_NORMAL, A_NORMAL},
    [UI_STRONG] = {-1, -1, A_BOLD, A_BOLD},
    [UI_CLIENT] = {32, COLOR_CYAN, A_NORMAL, A_NORMAL},
    [UI_SERVER] = {134, COLOR_MAGENTA, A_NORMAL, A_NORMAL},
    [UI_OPEN] = {34, COLOR_GREEN, A_NORMAL, A_NORMAL},
    [UI_OPENING] = {37, -1, A_NORMAL, A_NORMAL},
    [UI_CLOSING] = {136, -1, A_NORMAL, A_NORMAL},
    [UI_WAITS] = {166, -1, A_BOLD, A_BOLD},
    [UI_FAILED] = {167, COLOR_RED, A_BOLD, A_BOLD},
    [UI_RUNNING] = {-1, -1, A_REVERSE, A_REVERSE},
};

static const struct {
    const char *utf8, *ascii;
} signs[UI_GLYPHS] = {
    [UI_HORIZONTAL] = {"─", "-"},  [UI_VERTICAL] = {"│", "|"},  [UI_CORNER_TL] = {"┌", "+"},
    [UI_CORNER_TR] = {"┐", "+"},   [UI_CORNER_BL] = {"└", "+"}, [UI_CORNER_BR] = {"┘", "+"},
    [UI_TEE_L] = {"├", "+"},       [UI_TEE_R] = {"┤", "+"},     [UI_TEE_T] = {"┬", "+"},
    [UI_TEE_B] = {"┴", "+"},       [UI_CROSS] = {"┼", "+"},     [UI_ARROW_R] = {"►", ">"},
    [UI_ARROW_L] = {"◄", "<"},     [UI_DASH] = {"─", "-"},      [UI_STOPPED] = {"▌", "]"},
    [UI_LOST] = {"×", "x"},        [UI_TICK] = {"✓", "+"},      [UI_BALLOT] = {"✗", "x"},
    [UI_POINTER] = {"▸", ">"},     [UI_BULLET] = {"•", "*"},    [UI_BRANCH] = {"├", "|"},
    [UI_LAST_BRANCH] = {"└", "`"}, [UI_TRUNK] = {"│", "|"},     [UI_ELLIPSIS] = {"…", "~"},
    [UI_DOT] = {"·", "-"},         [UI_RING] = {"○", "o"},      [UI_FULL] = {"●", "*"},
    [UI_BAR] = {"█", "#"},
};

static attr_t attrs[UI_MEANINGS];
static bool ascii_only;

/* Pair numbers are one above the meaning's: pair 0 is the terminal's own. */
static attr_t coloured(enum ui_meaning meaning)
{
    const struct style *style = &styles[meaning];
    short colour = COLORS >= 256 ? style->rich : style->basic;
    short pair = (short)(meaning + 1);
    if (colour < 0 || pair >= COLOR_PAIRS || init_pair(pair, colour, -1) == ERR)
        return style->with_colour;
    return style->with_colour | COLOR_PAIR(pair);
}

/* https://no-color.org: set and not empty, whatever it says. */
static bool colour_wanted(void)
{
    const char *no_color = getenv("NO_COLOR");
    return !no_color || !*no_color;
}

bool ui_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void ui_theme_init(bool plain)
{
    bool colour = !plain && colour_wanted() && has_colors() && start_color() == OK && COLORS >= 8 &&
                  use_default_colors() == OK;
    ascii_only = plain || !ui_is_utf8();
    for (int i = 0; i < UI_MEANINGS; i++)
        attrs[i] = colour ? coloured((enum ui_meaning)i) : styles[i].without;
}

attr_t ui_attr(enum ui_meaning meaning)
{
    return attrs[meaning];
}

enum ui_meaning ui_meaning_of_state(unsigned net_state)
{
    switch ((enum net_state)net_state) {
    case NET_STATE_ESTABLISHED: return UI_OPEN;
    case NET_STATE_LISTEN:
    case NET_STATE_SYN_SENT:
    case NET_STATE_SYN_RECV: return UI_OPENING;
    case NET_STATE_CLOSE_WAIT: return UI_WAITS;
    case NET_STATE_FIN_WAIT1:
    case NET_STATE_FIN_WAIT2:
    case NET_STATE_CLOSING:
    case NET_STATE_LAST_ACK:
    case NET_STATE_TIME_WAIT: return UI_CLOSING;
    case NET_STATE_ABSENT:
    case NET_STATE_CLOSE:
    case NET_STATES: return UI_DIM;
    }
    return UI_DIM;
}

enum ui_meaning ui_meaning_of_host(unsigned net_host)
{
    return net_host == NET_CLIENT ? UI_CLIENT : UI_SERVER;
}

const char *ui_glyph(enum ui_glyph glyph)
{
    return ascii_only ? signs[glyph].ascii : signs[glyph].utf8;
}
