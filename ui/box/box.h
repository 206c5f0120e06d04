// SPDX-License-Identifier: GPL-3.0-or-later
// Boxes: panes on a stack above the layout.
#ifndef UI_BOX_BOX_H
#define UI_BOX_BOX_H

#include "ui/draw/frame.h"
#include "ui/view/pane.h"

#include <panel.h>

enum { UI_BOXES = 4 };

/* A box shows a view in a window of its own; only the top one gets keys. Esc closes it, whatever its view does. */
struct ui_box {
    struct ui_pane pane;
    WINDOW *outside; /* frame and inside; pane.window is derived from it */
    PANEL *panel;
};
struct ui_boxes {
    struct ui_box box[UI_BOXES];
    size_t count;
};

/* Put one more on the stack; own goes to the view (its close() frees it, at once when there is no room). */
int ui_box_push(struct ui_boxes *, const struct ui_view *, void *own, const struct ui_model *);
void ui_box_pop(struct ui_boxes *);
void ui_box_pop_all(struct ui_boxes *);
struct ui_box *ui_box_top(struct ui_boxes *); /* NULL: none */
/* Place all on a screen of that size, as large as their views want. */
void ui_box_layout(struct ui_boxes *, const struct ui_model *, int rows, int columns);
void ui_box_draw(struct ui_box *, const struct ui_model *);

extern const struct ui_view ui_box_matrix, ui_box_help, ui_box_message, ui_box_explanation, ui_box_disconnect,
    ui_box_options, ui_box_reader, ui_box_predict, ui_box_states, ui_box_stream, ui_box_compare, ui_box_versus,
    ui_box_glossary, ui_box_task;

/* Text for ui_box_message, whose lines stand as they are (columns), and for ui_box_explanation, whose sentences are
 * wrapped: a title and lines. NULL without memory. */
void *ui_message_new(const char *title, const char *text);
void ui_message_append(struct ui_box *, const char *line);

#endif
