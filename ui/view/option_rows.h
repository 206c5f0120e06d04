// SPDX-License-Identifier: GPL-3.0-or-later
// What the options box lists: the options of a socket, or the sysctls of a host, as rows of text.
#ifndef UI_VIEW_OPTION_ROWS_H
#define UI_VIEW_OPTION_ROWS_H

#include "ui/view/pane.h"

enum { UI_SETTING_BYTES = NET_OPTION_TEXT_BYTES };

/* The pages of the box. On the machine's own loopback both hosts are the machine: then there is one page for them. */
enum ui_settings { UI_SETTINGS_SOCKET, UI_SETTINGS_SERVER, UI_SETTINGS_CLIENT, UI_SETTINGS };

struct ui_setting {
    const char *name, *preset, *when, *effect;
    char facts[320]; /* what it takes, and who has it from whom */
    bool can_set;    /* here */
    bool is_switch;  /* 0 or 1 */
    bool clears;     /* asking for it changes it: only when the learner says so */
};

size_t ui_settings_count(enum ui_settings);
struct ui_setting ui_setting_at(const struct ui_model *, enum ui_settings, size_t i);
/* What the kernel holds now. */
struct ui_setting_value {
    char text[UI_SETTING_BYTES];  /* as it is shown; errno's name when the kernel does not say */
    char words[UI_SETTING_BYTES]; /* as `set` takes it; "": there is nothing to begin with */
};
/* socket: index in the state; of no matter for hosts. */
void ui_setting_ask(const struct ui_model *, enum ui_settings, int socket, size_t i, struct ui_setting_value *out);
/* Whether a page exists in this lab. */
bool ui_settings_exist(const struct ui_model *, enum ui_settings);
/* "server", "client"; "this machine" where both are the same. Not of the socket page. */
const char *ui_settings_host(const struct ui_model *, enum ui_settings);

#endif
