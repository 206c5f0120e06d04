// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run on the screen: the lab's panes over a file.
//
// There is no session then, so nothing can be done; the model says that it is rewound, at the last event too, so that
// no view asks the kernel and every time is the run's own. The keys of the past are the only ones left.
#include "lab/explain/explain.h"
#include "net/base/signals.h"
#include "ui/app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_COLUMNS = 60 };

bool ui_app_is_saved(const struct ui_app *app)
{
    return app->saved.path != NULL;
}

int ui_app_open_saved(struct ui_app *app, struct net_error *err)
{
    if (lab_saved_open(&app->saved, app->options.saved_run, false, err) < 0)
        return -1;
    net_signals_open();
    app->live = app->saved.state;
    app->seen_events = lab_journal_count(app->saved.journal);
    return 0;
}

void ui_app_close_saved(struct ui_app *app)
{
    if (!ui_app_is_saved(app))
        return;
    net_signals_close();
    lab_saved_close(&app->saved);
}

void ui_app_model_saved(struct ui_app *app)
{
    struct ui_model *m = &app->model;
    m->saved = &app->saved;
    m->journal = app->saved.journal;
    m->has_wire = app->saved.has_wire;
    m->rewound = true;
    if (!app->past)
        m->moment = lab_journal_count(m->journal);
}

void ui_app_refuse_saved(struct ui_app *app, const char *what)
{
    ui_app_say(app, false, "%.*s has no effect here: this is a saved run, which can only be looked at.",
               (int)ui_text_cut(what, strlen(what), REFUSED_COLUMNS), what);
}

static void add_line(void *text, const char *line)
{
    fprintf(text, "%s\n", line);
}

void ui_app_explain_saved(struct ui_app *app)
{
    const struct ui_model *m = &app->model;
    char *text = NULL;
    size_t bytes = 0;
    FILE *lines = open_memstream(&text, &bytes);
    if (!lines)
        return;
    int count = lab_explain(m->journal, m->state, m->start_ns, LAB_NONE, add_line, lines);
    fclose(lines);
    if (count > 0 && bytes > 0) {
        text[bytes - 1] = '\0';
        ui_box_push(&app->boxes, &ui_box_explanation, ui_message_new("explain", text), m);
    } else {
        ui_app_say(app, false, "nothing has happened yet that could be explained");
    }
    free(text);
}
