// SPDX-License-Identifier: GPL-3.0-or-later
// The first line of the screen.
//
//  3.5a Disconnects · 2 The client dies       ● waits for server recv returns, 2 s   wire: held (2 waiting)   00:04.217
//
// What is true now stands at the right; the titles get what is left. The clock and the wire's state are never cut.
#include "lab/base/text.h"
#include "net/base/message.h"
#include "ui/app/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

struct part {
    enum ui_meaning meaning;
    int width; /* columns that it gets; 0: it is not there */
    int whole; /* columns of it that are never cut */
    char text[480];
};

enum { TITLE, DOING, WIRE, TIME, CLOCK, PARTS, GAP = 3, WHAT_COLUMNS = 100 };
static const uint64_t second_ns = 1000000000u;

/* ---- what the script, or else the lab, does --------------------------------------------------------------------- */

static void past_part(const struct ui_app *app, struct part *part)
{
    const struct ui_model *m = &app->model;
    size_t before = m->saved ? 0 : m->first_event;
    *part = (struct part){.meaning = UI_WAITS};
    snprintf(part->text, sizeof part->text,
             m->saved ? _("%s SAVED RUN, event %zu of %zu") : _("%s REWOUND to event %zu of %zu"), ui_glyph(UI_ARROW_L),
             m->moment - before, lab_journal_count(m->journal) - before);
}

/* "waits for WHAT, 3 s": rounded up, so that it ends when it says 0. */
static void waits_part(const struct ui_model *m, struct part *part)
{
    bool says_so = m->waits_for.command == LAB_COMMAND_WAIT || m->waits_for.command == LAB_COMMAND_EXPECT;
    bool has_end = m->waits_for.deadline_ns > m->now_ns;
    uint64_t left_ns = has_end ? m->waits_for.deadline_ns - m->now_ns : 0;
    int bytes = (int)ui_text_cut(m->waits_for.what, strlen(m->waits_for.what), WHAT_COLUMNS);
    *part = (struct part){.meaning = UI_WAITS};
    snprintf(part->text, sizeof part->text,
             says_so && has_end ? "%s %.*s, %u s"
             : says_so          ? "%s %.*s"
             : has_end          ? _("%s waits for %.*s, %u s")
                                : _("%s waits for %.*s"),
             ui_glyph(UI_FULL), bytes, m->waits_for.what, (unsigned)((left_ns + second_ns - 1) / second_ns));
}

static void done_part(const struct ui_model *m, struct part *part)
{
    bool held = m->script == LAB_SCRIPT_DONE && m->expect_failed == 0;
    part->meaning = held ? UI_OPEN : UI_FAILED;
    if (m->script_skipped)
        snprintf(part->text, sizeof part->text, "%s", _("skipped: it needs a wire"));
    else if (held)
        snprintf(part->text, sizeof part->text, m->tried ? _("%s as expected") : _("%s ran as described"),
                 ui_glyph(UI_TICK));
    else if (m->tried)
        snprintf(part->text, sizeof part->text, _("%s went wrong"), ui_glyph(UI_BALLOT));
    else
        snprintf(part->text, sizeof part->text, _("%s not as described"), ui_glyph(UI_BALLOT));
}

static void script_part(const struct ui_app *app, struct part *part)
{
    const struct ui_model *m = &app->model;
    bool is_free = m->lesson < 0 || m->tried; /* a lesson without an experiment is its text, presented */
    *part = (struct part){.meaning = UI_OPEN};
    switch (m->script) {
    case LAB_SCRIPT_NONE:
        snprintf(part->text, sizeof part->text, is_free ? _("%s running") : _("%s ready"),
                 ui_glyph(is_free ? UI_FULL : UI_RING));
        break;
    case LAB_SCRIPT_RUNNING: snprintf(part->text, sizeof part->text, _("%s running"), ui_glyph(UI_FULL)); break;
    case LAB_SCRIPT_PAUSED:
        part->meaning = UI_WAITS;
        snprintf(part->text, sizeof part->text, "%s", _("before the next line"));
        break;
    case LAB_SCRIPT_ASKS:
        part->meaning = UI_WAITS;
        snprintf(part->text, sizeof part->text, "%s", _("? asks you"));
        break;
    case LAB_SCRIPT_DONE:
        if (m->tried && m->expect_held + m->expect_failed == 0)
            snprintf(part->text, sizeof part->text, _("%s running"), ui_glyph(UI_FULL));
        else
            done_part(m, part);
        break;
    case LAB_SCRIPT_FAILED: done_part(m, part); break;
    }
}

static void play_part(const struct ui_app *app, struct part *part)
{
    *part = (struct part){.meaning = UI_WAITS};
    snprintf(part->text, sizeof part->text, app->play.paused ? _("%s slow motion, paused") : _("%s slow motion"),
             ui_glyph(UI_ARROW_R));
}

static void doing_part(const struct ui_app *app, struct part *part)
{
    const struct ui_model *m = &app->model;
    if (app->play.on)
        play_part(app, part);
    else if (m->rewound)
        past_part(app, part);
    else if (m->waiting && m->waits_for.what[0])
        waits_part(m, part);
    else
        script_part(app, part);
}

/* ---- the wire, time, the clock ---------------------------------------------------------------------------------- */

static const char *const modes[NET_WIRE_MODES] = {
    [NET_WIRE_OPEN] = N_("wire: open"),
    [NET_WIRE_HELD] = N_("wire: held"),
    [NET_WIRE_CUT] = N_("wire: cut"),
    [NET_WIRE_UNREACHABLE] = N_("wire: unreachable"),
};

static void wire_part(const struct ui_model *m, struct part *part)
{
    const struct net_ev_wire *wire = &m->state->wire;
    bool faulty = wire->mode != NET_WIRE_OPEN || net_faults_are_on(&wire->faults);
    *part = (struct part){.meaning = faulty ? UI_WAITS : UI_DIM};
    if (!m->has_wire) {
        snprintf(part->text, sizeof part->text, "%s", _("no wire"));
        return;
    }
    const char *mode = _(modes[wire->mode % NET_WIRE_MODES]);
    char faults[400];
    net_faults_text(&wire->faults, faults, sizeof faults);
    if (wire->mode == NET_WIRE_HELD || wire->held_segs)
        snprintf(part->text, sizeof part->text, _("%s (%u waiting)"), mode, wire->held_segs);
    else
        snprintf(part->text, sizeof part->text, "%s", mode);
    part->whole = ui_text_width(part->text) + 1; /* and the mark of what is cut behind it */
    lab_append(part->text, sizeof part->text, wire->sparse ? _("%s, sampled sparsely") : "%s", faults);
}

static void time_part(const struct ui_model *m, struct part *part)
{
    *part = (struct part){.meaning = UI_WAITS};
    if (m->stepping)
        snprintf(part->text, sizeof part->text, "%s", _("stepping, no giving up"));
    else if (m->patient)
        snprintf(part->text, sizeof part->text, "%s", _("no giving up"));
}

static void clock_part(const struct ui_model *m, struct part *part)
{
    uint64_t ms = m->state->time_ns > m->start_ns ? (m->state->time_ns - m->start_ns) / 1000000 : 0;
    *part = (struct part){.meaning = UI_DIM};
    snprintf(part->text, sizeof part->text, "%02u:%02u.%03u", (unsigned)(ms / 60000), (unsigned)(ms / 1000 % 60),
             (unsigned)(ms % 1000));
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static int width_of(const struct part *parts)
{
    int width = 0;
    for (int i = 0; i < PARTS; i++)
        if (parts[i].width)
            width += parts[i].width + (width ? GAP : 0);
    return width;
}

/* Who gives columns when the line is full, in this order, and what it keeps. */
static void cut_parts(struct part *parts, int room)
{
    static const struct {
        int part, least;
    } gives[] = {{TITLE, 12}, {TIME, 9}, {DOING, 12}, {WIRE, 0}, {TITLE, 6}, {DOING, 1}, {TIME, 0}};
    for (int i = 0; i < PARTS; i++)
        parts[i].width = ui_text_width(parts[i].text);
    if (width_of(parts) > room && parts[WIRE].meaning == UI_DIM)
        parts[WIRE].width = 0; /* an open wire without faults goes without saying */
    for (size_t i = 0; i < sizeof gives / sizeof *gives; i++) {
        struct part *part = &parts[gives[i].part];
        int over = width_of(parts) - room;
        int least = gives[i].least > part->whole ? gives[i].least : part->whole;
        int spare = part->width > least ? part->width - least : 0;
        if (over > 0)
            part->width -= over < spare ? over : spare;
    }
}

/* The experiment of the moment that is shown, as the run's own note says: "3.1 First contact"; else the file. */
static void saved_text(const struct ui_model *m, char *out, size_t out_bytes)
{
    const struct net_event *begin = lab_journal_at(m->journal, m->first_event);
    const char *name = strrchr(m->saved->path, '/');
    if (!begin || begin->kind != NET_EV_NOTE || begin->u.note.kind != LAB_NOTE_EXPERIMENT) {
        snprintf(out, out_bytes, "%s", name ? name + 1 : m->saved->path);
        return;
    }
    snprintf(out, out_bytes, "%.*s", (int)begin->data_bytes, (const char *)begin->data);
    for (char *c = out; *c; c++)
        if (*c == '\t')
            *c = ' ';
}

static void title_text(const struct ui_model *m, char *out, size_t out_bytes)
{
    if (m->saved) {
        saved_text(m, out, out_bytes);
        return;
    }
    if (m->lesson < 0) {
        snprintf(out, out_bytes, "%s", m->tried ? m->tried : _("Free lab"));
        return;
    }
    const struct lab_lesson *lesson = &m->lessons->lessons[m->lesson];
    int n = snprintf(out, out_bytes, "%s %s", lesson->number, lesson->title);
    if (m->experiment >= 0 && n > 0 && (size_t)n < out_bytes)
        snprintf(out + n, out_bytes - (size_t)n, " %s %d %s", ui_glyph(UI_DOT), m->experiment + 1,
                 lesson->experiments[m->experiment].title);
}

static void draw_lab(struct ui_app *app)
{
    struct part parts[PARTS];
    int columns = app->layout.columns;
    parts[TITLE] = (struct part){.meaning = UI_STRONG};
    title_text(&app->model, parts[TITLE].text, sizeof parts[TITLE].text);
    doing_part(app, &parts[DOING]);
    wire_part(&app->model, &parts[WIRE]);
    time_part(&app->model, &parts[TIME]);
    clock_part(&app->model, &parts[CLOCK]);
    cut_parts(parts, columns - 2);
    /* What is to spare lies between the title and the rest, which stands at the right. */
    int column = 1, spare = columns - 2 - width_of(parts);
    for (int i = 0; i < PARTS; i++) {
        if (!parts[i].width)
            continue;
        ui_put(app->base, 0, column, parts[i].width, ui_attr(parts[i].meaning), parts[i].text);
        column += parts[i].width + GAP;
        if (i == TITLE && spare > 0)
            column += spare;
    }
}

/* "Linux 6.18": without the distribution's own suffix. */
static void kernel_text(char *out, size_t out_bytes)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    if (uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2)
        snprintf(out, out_bytes, "%s %u.%u", name.sysname, major, minor);
    else
        snprintf(out, out_bytes, "Linux");
}

static void draw_list(struct ui_app *app)
{
    char kernel[96], text[320];
    int columns = app->layout.columns;
    const char *dot = ui_glyph(UI_DOT);
    kernel_text(kernel, sizeof kernel);
    ui_put(app->base, 0, 1, columns, ui_attr(UI_STRONG), "tcplab");
    if (app->model.has_wire || !app->session)
        snprintf(text, sizeof text, _("two hosts on this machine %s %s %s nothing leaves it"), dot, kernel, dot);
    else
        snprintf(text, sizeof text, _("the loopback, no wire %s %s %s nothing leaves it"), dot, kernel, dot);
    int column = (columns - ui_text_width(text)) / 2;
    ui_put(app->base, 0, column > 9 ? column : 9, columns - 20, ui_attr(UI_DIM), text);
    const char *help = _("help");
    int width = ui_text_width(help), at = columns - 1 - 3 - width;
    at += ui_put(app->base, 0, at, 3, ui_attr(UI_KEY), "F1");
    ui_put(app->base, 0, at + 1, width, ui_attr(UI_DIM), help);
}

void ui_status_draw(struct ui_app *app)
{
    if (app->choice.screen == UI_SCREEN_LIST)
        draw_list(app);
    else
        draw_lab(app);
}

/* The countdown changes when the seconds left do. */
uint64_t ui_status_stale_ns(const struct ui_app *app)
{
    const struct ui_model *m = &app->model;
    if (app->choice.screen == UI_SCREEN_LIST || app->past || !m->waiting || m->waits_for.deadline_ns <= m->now_ns)
        return 0;
    return m->now_ns + (m->waits_for.deadline_ns - m->now_ns - 1) % second_ns + 1;
}
