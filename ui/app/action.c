// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that a key can do, as one table. An action that touches the lab does it by typing a command.
#include "ui/app/action.h"

#include "net/base/message.h"
#include "ui/app/present.h"
#include "ui/app/try.h"

#include "ui/draw/prompt.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <string.h>

/* ---- when ------------------------------------------------------------------------------------------------------- */

static bool in_list(const struct ui_app *app)
{
    return app->choice.screen == UI_SCREEN_LIST;
}

static bool in_lab(const struct ui_app *app)
{
    return app->choice.screen == UI_SCREEN_LAB;
}

static bool always(const struct ui_app *app)
{
    return app != NULL;
}

/* In front of a class a key does what the class is shown, and no more: `:` types the rest. */
static bool presents_nothing(const struct ui_app *app)
{
    return !ui_presents(app);
}

/* The lab listens: not while the screen shows the past, nor while it waits for an answer. */
static bool acts(const struct ui_app *app)
{
    return in_lab(app) && !app->past && !ui_app_is_saved(app) && !ui_app_asks(app) && !ui_presents(app);
}

static bool can_be_slow(const struct ui_app *app)
{
    return in_lab(app) && !ui_app_is_saved(app) && app->model.has_wire && !ui_app_asks(app);
}

static bool can_zoom(const struct ui_app *app)
{
    return in_lab(app) && !ui_presents(app);
}

static bool has_lesson(const struct ui_app *app)
{
    return app->model.lesson >= 0;
}

static bool has_experiments(const struct ui_app *app)
{
    return in_list(app) && has_lesson(app) && app->lessons.lessons[app->model.lesson].experiment_count > 0;
}

static bool in_list_with_lesson(const struct ui_app *app)
{
    return in_list(app) && has_lesson(app);
}

static bool has_wrong(const struct ui_app *app)
{
    return in_list(app) && ui_app_has_due(app);
}

/* An experiment that runs on behind the list is one of the lessons as they are. */
static bool can_reload(const struct ui_app *app)
{
    bool is_idle = in_list(app) && !(app->is_kept && app->lab_lesson >= 0);
    return app->options.lessons_file && (is_idle || (ui_presents(app) && !ui_app_is_saved(app)));
}

static bool in_lab_with_lesson(const struct ui_app *app)
{
    return in_lab(app) && has_lesson(app);
}

static bool can_predict(const struct ui_app *app)
{
    return in_lab(app) && !app->past && ui_app_asks(app);
}

static bool has_script(const struct ui_app *app)
{
    return in_lab(app) && !app->past && app->model.experiment >= 0 && !ui_presents(app);
}

static bool is_over(const struct ui_app *app)
{
    bool has_ended = app->model.script == LAB_SCRIPT_DONE || app->model.script == LAB_SCRIPT_FAILED;
    return app->began && app->model.lesson >= 0 && has_ended; /* `try` runs a script without a lesson */
}

/* Enter: the script has not begun, it waits for an answer that may be skipped, or it is over and something follows.
 */
static bool can_start(const struct ui_app *app)
{
    if (!has_script(app))
        return false;
    return !app->began || app->model.script == LAB_SCRIPT_ASKS || is_over(app);
}

static bool has_hand(const struct ui_app *app)
{
    return acts(app) && ui_subject_hand(&app->model) != NULL;
}

static bool has_actor(const struct ui_app *app)
{
    if (!acts(app))
        return false;
    for (size_t i = 0; i < app->model.state->actor_count; i++)
        if (app->model.state->actors[i].alive)
            return true;
    return false;
}

static bool has_wire(const struct ui_app *app)
{
    return acts(app) && app->model.has_wire;
}

static bool waits_at_line(const struct ui_app *app)
{
    return app->model.script == LAB_SCRIPT_PAUSED;
}

static bool can_go_on(const struct ui_app *app)
{
    return acts(app) && (waits_at_line(app) || app->model.state->wire.held_segs > 0 || app->model.stepping);
}

static bool can_step(const struct ui_app *app)
{
    return has_actor(app) || (acts(app) && waits_at_line(app));
}

static bool has_faults(const struct ui_app *app)
{
    char undo[160];
    ui_faults_undo(app->model.state, undo, sizeof undo);
    return acts(app) && *undo;
}

static bool has_past(const struct ui_app *app)
{
    if (ui_app_is_saved(app))
        return app->model.moment > 1;
    return in_lab(app) && lab_journal_count(app->model.journal) > app->model.first_event + 1;
}

static bool is_past(const struct ui_app *app)
{
    return in_lab(app) && app->past;
}

static bool has_start(const struct ui_app *app)
{
    return is_past(app) || (ui_app_is_saved(app) && has_past(app));
}

/* Those that have ended, too: most experiments are over when everybody has left. */
static bool can_explain(const struct ui_app *app)
{
    if (ui_app_is_saved(app))
        return true;
    bool can = acts(app) || (ui_presents(app) && !app->past);
    for (size_t i = 0; can && i < app->model.state->actor_count; i++)
        if (app->model.state->actors[i].start_ns >= app->model.start_ns)
            return true;
    return false;
}

static bool is_live_lab(const struct ui_app *app)
{
    return in_lab(app) && !ui_app_is_saved(app);
}

/* A saved run has no list to go back to. */
static bool can_escape(const struct ui_app *app)
{
    if (ui_presents(app))
        return (is_past(app) && !ui_app_is_saved(app)) || app->model.waiting || app->choice.alone >= 0;
    return is_live_lab(app) || is_past(app) || app->choice.zoom;
}

/* ---- what ------------------------------------------------------------------------------------------------------- */

static void type(struct ui_app *app, const char *line)
{
    ui_app_command(app, line, LAB_FROM_KEY);
}

/* What would end something alive is done when it is asked for twice; the sentence says what comes of it. */
static bool asked_twice(struct ui_app *app, enum ui_action_id id, const char *sentence)
{
    if (!ui_app_would_lose(app) || app->asked == (int)id)
        return true;
    app->asks = id;
    ui_app_say(app, false, "%s", sentence);
    return false;
}

static bool leads_back(const struct ui_app *app)
{
    bool same = app->model.experiment < 0 || app->model.experiment == app->lab_experiment;
    return app->is_kept && app->model.lesson == app->lab_lesson && same && app->model.task == 0;
}

/* An empty free lab, or what the command line wanted tried: a task's file was tried from its box. */
static void enter_chosen(struct ui_app *app)
{
    if (app->model.lesson < 0 && app->tried && app->tried->is_of_task)
        ui_try_restore(app);
    ui_app_enter(app, app->model.lesson, app->model.experiment);
}

static void run_open(struct ui_app *app, int key)
{
    (void)key;
    if (app->model.task > 0)
        ui_task_open(app, app->model.lesson, app->model.task - 1);
    else if (leads_back(app))
        ui_app_return(app);
    else if (!asked_twice(app, UI_ACT_OPEN, _("The lab that you left is still running: Enter once more ends it.")))
        return;
    else if (app->model.lesson >= 0 && app->model.experiment < 0)
        ui_app_continue(app, app->model.lesson);
    else
        enter_chosen(app);
}

static void run_repeat(struct ui_app *app, int key)
{
    (void)key;
    ui_app_repeat(app);
}

static void run_forget(struct ui_app *app, int key)
{
    (void)key;
    if (app->asked == UI_ACT_FORGET) {
        ui_app_forget(app);
        return;
    }
    app->asks = UI_ACT_FORGET;
    ui_app_say(app, false, "X once more forgets every answer of lesson %s.",
               app->lessons.lessons[app->model.lesson].number);
}

static void run_predict(struct ui_app *app, int key)
{
    ui_app_predict(app, key - 'a');
}

static void run_start(struct ui_app *app, int key)
{
    (void)key;
    if (is_over(app)) {
        if (asked_twice(app, UI_ACT_START,
                        _("What you have made is still alive: Enter once more ends it, and goes on.")))
            ui_app_go_on(app);
    } else if (app->began)
        ui_app_predict(app, -1);
    else
        ui_app_start(app, false);
}

static void run_again(struct ui_app *app, int key)
{
    (void)key;
    if (ui_try_is_on(app)) {
        ui_try_run(app);
        return;
    }
    if (app->model.experiment < 0) {
        type(app, "clear");
        return;
    }
    bool repeats = app->repeats;
    ui_app_enter(app, app->model.lesson, app->model.experiment);
    app->repeats = repeats;
    ui_app_start(app, false);
}

static void run_edit(struct ui_app *app, int key)
{
    (void)key;
    ui_try_edit(app);
}

static void run_lines(struct ui_app *app, int key)
{
    (void)key;
    ui_app_enter(app, app->model.lesson, app->model.experiment);
    ui_app_start(app, true);
}

static bool is_broken(const struct ui_app *app)
{
    const struct net_ev_wire *wire = &app->model.state->wire;
    return wire->mode == NET_WIRE_CUT || wire->mode == NET_WIRE_UNREACHABLE ||
           net_fault_is_on(&wire->faults, NET_FAULT_CUT);
}

static bool is_held(const struct ui_app *app)
{
    const struct net_ev_wire *wire = &app->model.state->wire;
    return wire->mode == NET_WIRE_HELD || net_fault_is_on(&wire->faults, NET_FAULT_HOLD);
}

static bool is_slow(const struct ui_app *app)
{
    return app->session && lab_session_speed(app->session) < 1;
}

static void run_slow(struct ui_app *app, int key)
{
    (void)key;
    type(app, is_slow(app) ? "speed 1" : "speed 0.1");
}

static void run_cut(struct ui_app *app, int key)
{
    (void)key;
    type(app, is_broken(app) ? "wire join" : "wire cut");
}

static void run_hold(struct ui_app *app, int key)
{
    (void)key;
    type(app, is_held(app) ? "wire open" : "wire hold");
}

static void run_next(struct ui_app *app, int key)
{
    (void)key;
    if (waits_at_line(app))
        lab_session_script_next(app->session);
    else
        type(app, app->model.state->wire.held_segs > 0 ? "wire release 1" : "step");
}

static void run_step(struct ui_app *app, int key)
{
    (void)key;
    if (waits_at_line(app))
        lab_session_script_go(app->session);
    else
        type(app, app->model.stepping ? "run" : "pause");
}

static void run_to_start(struct ui_app *app, int key)
{
    (void)key;
    ui_app_rewind_to_start(app);
}

static void run_live(struct ui_app *app, int key)
{
    (void)key;
    ui_app_live(app);
}

/* What was compared last; when nothing was, compare. */
static void run_versus(struct ui_app *app, int key)
{
    (void)key;
    if (app->model.versus)
        ui_box_push(&app->boxes, &ui_box_versus, NULL, &app->model);
    else
        type(app, "versus");
}

static void run_explain(struct ui_app *app, int key)
{
    (void)key;
    if (ui_app_is_saved(app))
        ui_app_explain_saved(app);
    else
        type(app, "explain");
}

static void run_repair(struct ui_app *app, int key)
{
    char undo[160];
    (void)key;
    ui_faults_undo(app->model.state, undo, sizeof undo);
    type(app, undo);
}

static void run_next_pane(struct ui_app *app, int key)
{
    int places = in_list(app) ? 2 : UI_LAB_VIEWS;
    (void)key;
    ui_app_focus(app, (app->choice.focus + 1) % places);
}

static void run_last_pane(struct ui_app *app, int key)
{
    int places = in_list(app) ? 2 : UI_LAB_VIEWS;
    (void)key;
    ui_app_focus(app, (app->choice.focus + places - 1) % places);
}

static void run_pane(struct ui_app *app, int key)
{
    if (ui_presents(app))
        ui_present_alone(app, key - '1');
    else
        ui_app_focus(app, key - '1');
}

static void run_zoom(struct ui_app *app, int key)
{
    (void)key;
    app->choice.zoom = !app->choice.zoom;
    ui_app_relayout(app);
}

static void run_prompt(struct ui_app *app, int key)
{
    (void)key;
    ui_app_prefill(app, "", 0);
}

static bool help_row(const void *from, size_t i, struct ui_help_row *out)
{
    const struct ui_app *app = from;
    const struct ui_action *action = ui_action((int)i + 1);
    if (!action)
        return false;
    *out = (struct ui_help_row){.group = (int)action->group,
                                .group_name = ui_action_group_name(action->group),
                                .key = ui_action_key(app, (int)i + 1),
                                .what = _(action->help),
                                .types = action->types,
                                .works = ui_action_valid(app, (int)i + 1)};
    return true;
}

static void run_help(struct ui_app *app, int key)
{
    (void)key;
    app->help = (struct ui_help){.view = ui_app_focused(app)->view, .from = app, .row = help_row};
    ui_box_push(&app->boxes, &ui_box_help, &app->help, &app->model);
}

/* One step out: the past, a wait, the zoom, the lab. */
static void run_escape(struct ui_app *app, int key)
{
    (void)key;
    if (ui_presents(app) && app->choice.alone >= 0)
        ui_present_alone(app, UI_LAB_LESSON);
    else if (app->past)
        ui_app_live(app);
    else if (app->model.waiting && app->session)
        lab_session_abandon(app->session);
    else if (ui_presents(app))
        ui_present_alone(app, UI_LAB_LESSON);
    else if (app->choice.zoom)
        run_zoom(app, key);
    else
        ui_app_leave(app);
}

static void run_quit(struct ui_app *app, int key)
{
    (void)key;
    app->quit = asked_twice(app, UI_ACT_QUIT,
                            _("Something is still alive in the lab: q once more ends it, and leaves."));
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const char *const group_names[UI_ACTION_GROUPS] = {
    [UI_GROUP_LESSONS] = N_("Lessons"),        [UI_GROUP_CLASS] = N_("In class"),
    [UI_GROUP_EXPERIMENT] = N_("Experiment"),  [UI_GROUP_CONNECTIONS] = N_("Connections"),
    [UI_GROUP_TIME] = N_("Time and the wire"), [UI_GROUP_LOOKING] = N_("Looking"),
    [UI_GROUP_ALWAYS] = N_("Always"),
};

/* clang-format off */
static const struct ui_action table[UI_ACTIONS] = {
    [UI_ACT_OPEN] = {.keys = {'\r', KEY_ENTER}, .key = "Enter", .label = N_("open"),
        .group = UI_GROUP_LESSONS, .rank = 1, .valid = in_list, .run = run_open,
        .help = N_("open the lesson, experiment or task")},
    [UI_ACT_READ] = {.keys = {'r'}, .key = "r", .label = N_("read"),
        .group = UI_GROUP_LESSONS, .rank = 1, .valid = in_list_with_lesson, .opens = &ui_box_reader,
        .help = N_("read the whole lesson")},
    [UI_ACT_PREDICT_ALL] = {.keys = {'p'}, .key = "p", .label = N_("predict all"),
        .group = UI_GROUP_LESSONS, .rank = 1, .valid = has_experiments, .opens = &ui_box_predict,
        .help = N_("say beforehand what every experiment will show")},
    [UI_ACT_RELOAD] = {.keys = {'l'}, .key = "l", .label = N_("reload"),
        .group = UI_GROUP_LESSONS, .rank = 5, .valid = can_reload, .run = ui_app_reload,
        .help = N_("read the lessons of your file again, in class too; a broken one changes nothing, and says why")},
    [UI_ACT_REPEAT] = {.keys = {'R'}, .key = "R", .label = N_("repeat wrong"),
        .group = UI_GROUP_LESSONS, .rank = 4, .valid = has_wrong, .run = run_repeat,
        .help = N_("ask again what was answered wrong, one after the other; what is right then comes back after days")},
    [UI_ACT_FORGET] = {.keys = {'X'}, .key = "X", .label = N_("forget"),
        .group = UI_GROUP_LESSONS, .rank = 8, .valid = in_list_with_lesson, .run = run_forget,
        .help = N_("forget every answer of this lesson; asked for twice")},
    [UI_ACT_PRESENT_ON] = {.keys = {'\r', KEY_ENTER, KEY_NPAGE}, .key = "Enter", .label = N_("on"),
        .group = UI_GROUP_CLASS, .rank = 0, .valid = ui_present_can_go_on, .run = ui_present_on,
        .help = N_("go on: the next slide, its next page, the next line of the run; PageDown as well")},
    [UI_ACT_VOTE] = {.keys = {'a', 'b', 'c', 'd', 'e', 'f'}, .key = "a-f", .label = N_("vote"),
        .group = UI_GROUP_CLASS, .rank = 1, .valid = ui_present_votes, .run = ui_present_vote,
        .help = N_("one more vote for a choice")},
    [UI_ACT_UNVOTE] = {.keys = {'u', KEY_BACKSPACE, 127, '\b'}, .key = "u", .label = N_("undo"),
        .group = UI_GROUP_CLASS, .rank = 1, .valid = ui_present_can_unvote, .run = ui_present_unvote,
        .help = N_("take the last vote back")},
    [UI_ACT_PRESENT_BACK] = {.keys = {KEY_PPAGE}, .key = "PageUp", .label = N_("back"),
        .group = UI_GROUP_CLASS, .rank = 2, .valid = ui_presents, .run = ui_present_back,
        .help = N_("back to the slide before; what has run stays")},
    [UI_ACT_FREEZE] = {.keys = {' '}, .key = "Space", .label = N_("pause all"),
        .group = UI_GROUP_CLASS, .rank = 1, .valid = ui_present_can_freeze, .run = ui_present_freeze,
        .help = N_("stop every program before its next call and hold the wire, or let all go on"),
        .types = "pause ; wire hold"},
    [UI_ACT_PREDICT] = {.keys = {'a', 'b', 'c', 'd', 'e', 'f'}, .key = "a-f", .label = N_("predict"),
        .group = UI_GROUP_EXPERIMENT, .rank = 1, .valid = can_predict, .run = run_predict,
        .help = N_("say what will happen; the experiment runs on and shows it")},
    [UI_ACT_HINT] = {.keys = {'H'}, .key = "H", .label = N_("hint"),
        .group = UI_GROUP_EXPERIMENT, .rank = 2, .valid = ui_app_has_hint, .run = ui_app_hint,
        .help = N_("a hint to the question that is open; once more for the next one")},
    [UI_ACT_START] = {.keys = {'\r', KEY_ENTER}, .key = "Enter", .label = N_("run it"),
        .group = UI_GROUP_EXPERIMENT, .rank = 1, .valid = can_start, .run = run_start,
        .help = N_("run the experiment, skip its question, or go to the next one")},
    [UI_ACT_LIVE] = {.keys = {KEY_END}, .key = "End", .label = N_("live"),
        .group = UI_GROUP_TIME, .rank = 1, .valid = is_past, .run = run_live,
        .help = N_("return from the past to what is now")},
    [UI_ACT_CONNECT] = {.keys = {'c'}, .key = "c", .label = N_("connect"),
        .group = UI_GROUP_CONNECTIONS, .rank = 2, .valid = acts, .run = ui_app_connect,
        .help = N_("connect a hand to the server; a new one when none is free"), .types = "c1 connect"},
    [UI_ACT_SEND] = {.keys = {'s'}, .key = "s", .label = N_("send"),
        .group = UI_GROUP_CONNECTIONS, .rank = 3, .valid = has_hand, .run = ui_app_send,
        .help = N_("send a text from the hand; edit it first"), .types = "c1 send \"hello\""},
    [UI_ACT_RECEIVE] = {.keys = {'v'}, .key = "v", .label = N_("receive"),
        .group = UI_GROUP_CONNECTIONS, .rank = 6, .valid = has_hand, .run = ui_app_receive,
        .help = N_("let the hand receive"), .types = "c1 recv"},
    [UI_ACT_SERVER] = {.keys = {'S'}, .key = "S", .label = N_("server"),
        .group = UI_GROUP_CONNECTIONS, .rank = 5, .valid = acts, .run = ui_app_server,
        .help = N_("start a server; choose which first"), .types = "server single"},
    [UI_ACT_DISCONNECT] = {.keys = {'d'}, .key = "d", .label = N_("disconnect"),
        .group = UI_GROUP_CONNECTIONS, .rank = 2, .valid = has_actor, .opens = &ui_box_disconnect,
        .help = N_("end or break a connection: every way there is"), .types = "c1 close"},
    [UI_ACT_OPTIONS] = {.keys = {'o'}, .key = "o", .label = N_("options"),
        .group = UI_GROUP_CONNECTIONS, .rank = 4, .valid = acts, .opens = &ui_box_options,
        .help = N_("every option of a socket and sysctl of a host, with the kernel's value"),
        .types = "c1 set OPTION VALUE"},
    [UI_ACT_CUT] = {.keys = {'x'}, .key = "x", .label = N_("cut cable"),
        .group = UI_GROUP_TIME, .rank = 4, .valid = has_wire, .run = run_cut,
        .help = N_("pull the cable, or plug it in again"), .types = "wire cut"},
    [UI_ACT_HOLD] = {.keys = {'h'}, .key = "h", .label = N_("hold"),
        .group = UI_GROUP_TIME, .rank = 3, .valid = has_wire, .run = run_hold,
        .help = N_("hold every segment on the wire, or let all go"), .types = "wire hold"},
    [UI_ACT_NEXT] = {.keys = {'n'}, .key = "n", .label = N_("next"),
        .group = UI_GROUP_TIME, .rank = 1, .valid = can_go_on, .run = run_next,
        .help = N_("one further: the script's next line, the next held segment, or the next call"),
        .types = "wire release 1"},
    [UI_ACT_STEP] = {.keys = {' '}, .key = "Space", .label = N_("step"),
        .group = UI_GROUP_TIME, .rank = 3, .valid = can_step, .run = run_step,
        .help = N_("stop programs before their next call, or let them run on"), .types = "pause"},
    [UI_ACT_SLOW] = {.keys = {'-'}, .key = "-", .label = N_("slow motion"),
        .group = UI_GROUP_TIME, .rank = 8, .valid = can_be_slow, .run = run_slow,
        .help = N_("let segments travel slowly along the ladder, or as they come; Space pauses them"),
        .types = "speed 0.1"},
    [UI_ACT_BACK] = {.keys = {KEY_LEFT, KEY_SLEFT}, .key = "Left", .label = N_("rewind"),
        .group = UI_GROUP_TIME, .rank = 4, .valid = has_past, .run = ui_app_back,
        .help = N_("back to the event before; with Shift ten")},
    [UI_ACT_ON] = {.keys = {KEY_RIGHT, KEY_SRIGHT}, .key = "Right", .label = N_("on"),
        .group = UI_GROUP_TIME, .rank = 1, .valid = is_past, .run = ui_app_on,
        .help = N_("on to the next event; with Shift ten")},
    [UI_ACT_TO_START] = {.keys = {KEY_HOME, '<'}, .key = "Home", .label = N_("start"),
        .group = UI_GROUP_TIME, .rank = 2, .valid = has_start, .run = run_to_start,
        .help = N_("back to where the experiment began")},
    [UI_ACT_EXPLAIN] = {.keys = {'e'}, .key = "e", .label = N_("explain"),
        .group = UI_GROUP_LOOKING, .rank = 5, .valid = can_explain, .run = run_explain,
        .help = N_("what happened last, and why"), .types = "explain"},
    [UI_ACT_MATRIX] = {.keys = {'m'}, .key = "m", .label = N_("matrix"),
        .group = UI_GROUP_LOOKING, .rank = 6, .valid = acts, .opens = &ui_box_matrix,
        .help = N_("how a connection can end: every cause, and what the other end sees"), .types = "matrix run"},
    [UI_ACT_STATES] = {.keys = {'T'}, .key = "T", .label = N_("TCP states"),
        .group = UI_GROUP_LOOKING, .rank = 7, .valid = in_lab, .opens = &ui_box_states,
        .help = N_("the state machine, with the path that each end has walked")},
    [UI_ACT_STREAM] = {.keys = {'B'}, .key = "B", .label = N_("byte stream"),
        .group = UI_GROUP_LOOKING, .rank = 7, .valid = in_lab, .opens = &ui_box_stream,
        .help = N_("the bytes of a connection: what each call wrote, where it is, what each call read")},
    [UI_ACT_COMPARE] = {.keys = {'b'}, .key = "b", .label = N_("bars"),
        .group = UI_GROUP_LOOKING, .rank = 8, .valid = acts, .opens = &ui_box_compare,
        .help = N_("what servers were measured to need for the same crowd, as bars"),
        .types = "compare fork pthread pool epoll clients=200"},
    [UI_ACT_VERSUS] = {.keys = {'V'}, .key = "V", .label = N_("versus"),
        .group = UI_GROUP_LOOKING, .rank = 8, .valid = acts, .run = run_versus,
        .help = N_("the same script under two settings, side by side"), .types = "versus"},
    [UI_ACT_REPAIR] = {.keys = {'w'}, .key = "w", .label = N_("repair wire"),
        .group = UI_GROUP_TIME, .rank = 2, .valid = has_faults, .run = run_repair,
        .help = N_("undo every fault of the wire that is still on"), .types = "wire open"},
    [UI_ACT_LINES] = {.keys = {'L'}, .key = "L", .label = N_("line by line"),
        .group = UI_GROUP_EXPERIMENT, .rank = 7, .valid = has_script, .run = run_lines,
        .help = N_("run the experiment again, stopping before each line")},
    [UI_ACT_AGAIN] = {.keys = {'r'}, .key = "r", .label = N_("run again"),
        .group = UI_GROUP_EXPERIMENT, .rank = 5, .valid = acts, .run = run_again,
        .help = N_("a clean slate, then the experiment again"), .types = "clear"},
    [UI_ACT_EDIT] = {.keys = {'E'}, .key = "E", .label = N_("edit"),
        .group = UI_GROUP_EXPERIMENT, .rank = 2, .valid = ui_try_can_edit, .run = run_edit,
        .help = N_("open $EDITOR, or vi, at the line of your program that is lit")},
    [UI_ACT_TEXT] = {.keys = {'t'}, .key = "t", .label = N_("text"),
        .group = UI_GROUP_LOOKING, .rank = 8, .valid = in_lab_with_lesson, .opens = &ui_box_reader,
        .help = N_("read the whole lesson")},
    [UI_ACT_WORDS] = {.keys = {'g'}, .key = "g", .label = N_("words"),
        .group = UI_GROUP_LOOKING, .rank = 8, .valid = always, .run = ui_app_words,
        .help = N_("what the words of the text mean: the glossary of the lessons")},
    [UI_ACT_NEXT_PANE] = {.keys = {'\t'}, .key = "Tab", .label = N_("pane"),
        .group = UI_GROUP_LOOKING, .rank = 6, .valid = presents_nothing, .run = run_next_pane,
        .help = N_("the next pane")},
    [UI_ACT_LAST_PANE] = {.keys = {KEY_BTAB}, .key = "Shift-Tab",
        .group = UI_GROUP_LOOKING, .rank = 9, .valid = presents_nothing, .run = run_last_pane,
        .help = N_("the pane before")},
    [UI_ACT_PANE] = {.keys = {'1', '2', '3', '4', '5', '6'}, .key = "1-6",
        .group = UI_GROUP_LOOKING, .rank = 9, .valid = in_lab, .run = run_pane,
        .help = N_("a pane by its number; in class it has the screen to itself, until it is asked for again")},
    [UI_ACT_ZOOM] = {.keys = {'z'}, .key = "z", .label = N_("zoom"),
        .group = UI_GROUP_LOOKING, .rank = 7, .valid = can_zoom, .run = run_zoom,
        .help = N_("the pane alone on the screen, or all again")},
    [UI_ACT_PROMPT] = {.keys = {':'}, .key = ":", .label = N_("command"),
        .group = UI_GROUP_ALWAYS, .rank = 0, .valid = is_live_lab, .run = run_prompt,
        .help = N_("type a command, or paste several; Tab completes, the arrows recall")},
    [UI_ACT_HELP] = {.keys = {'?', KEY_F(1)}, .key = "?", .label = N_("keys"),
        .group = UI_GROUP_ALWAYS, .rank = 0, .valid = always, .run = run_help,
        .help = N_("this help")},
    [UI_ACT_ESCAPE] = {.keys = {UI_KEY_ESCAPE}, .key = "Esc", .label = N_("lessons"),
        .group = UI_GROUP_ALWAYS, .rank = 6, .valid = can_escape, .run = run_escape,
        .help = N_("one step out: of the past, of what waits, of the lab, which goes on while anything is alive")},
    [UI_ACT_QUIT] = {.keys = {'q'}, .key = "q", .label = N_("quit"),
        .group = UI_GROUP_ALWAYS, .rank = 0, .valid = always, .run = run_quit,
        .help = N_("leave; everything that runs here ends (Ctrl-C: at once)")},
};
/* clang-format on */

const char *ui_action_group_name(enum ui_action_group group)
{
    return _(group_names[group]);
}

const struct ui_action *ui_action(int id)
{
    return id > UI_ACT_NONE && id < UI_ACTIONS ? &table[id] : NULL;
}

static const char *own_label(int id)
{
    return table[id].label ? _(table[id].label) : NULL;
}

static const char *label_of_next(const struct ui_app *app)
{
    if (waits_at_line(app))
        return _("next line");
    return app->model.state->wire.held_segs > 0 ? _("deliver") : _("next call");
}

static const char *label_of_live(const struct ui_app *app)
{
    return ui_app_is_saved(app) ? _("last event") : own_label(UI_ACT_LIVE);
}

const char *ui_action_label(const struct ui_app *app, int id)
{
    switch (id) {
    case UI_ACT_SLOW: return is_slow(app) ? _("full speed") : own_label(id);
    case UI_ACT_PANE: return ui_presents(app) ? _("alone") : NULL;
    case UI_ACT_PRESENT_ON: return ui_present_on_label(app);
    case UI_ACT_OPEN: return leads_back(app) ? _("return") : own_label(id);
    case UI_ACT_CUT: return is_broken(app) ? _("join cable") : own_label(id);
    case UI_ACT_HOLD: return is_held(app) ? _("open wire") : own_label(id);
    case UI_ACT_NEXT: return label_of_next(app);
    case UI_ACT_LIVE: return label_of_live(app);
    case UI_ACT_STEP: return waits_at_line(app) || app->model.stepping ? _("run") : own_label(id);
    case UI_ACT_START: return is_over(app) ? ui_app_on_label(app) : app->began ? _("skip") : own_label(id);
    case UI_ACT_AGAIN:
        if (ui_try_is_on(app))
            return own_label(id);
        return app->model.experiment < 0 ? _("clear") : app->began ? own_label(id) : _("run");
    case UI_ACT_ESCAPE:
        return app->past            ? label_of_live(app)
               : app->model.waiting ? _("stop waiting")
               : ui_presents(app)   ? _("slide")
               : app->choice.zoom   ? _("all panes")
                                    : own_label(id);
    default: return own_label(id);
    }
}

const char *ui_action_key(const struct ui_app *app, int id)
{
    static const char *const answers[] = {"a", "a-b", "a-c", "a-d", "a-e"};
    bool asks = (id == UI_ACT_PREDICT && can_predict(app)) || (id == UI_ACT_VOTE && ui_present_votes(app));
    size_t choices = asks ? app->model.question->choice_count : 0;
    return choices > 0 && choices <= sizeof answers / sizeof answers[0] ? answers[choices - 1] : table[id].key;
}

bool ui_action_valid(const struct ui_app *app, int id)
{
    const struct ui_action *action = ui_action(id);
    return action && action->valid(app);
}

static bool binds(const struct ui_action *action, int key)
{
    for (size_t i = 0; i < sizeof action->keys / sizeof action->keys[0]; i++)
        if (action->keys[i] == key)
            return true;
    return false;
}

/* How many choices there are limits which letters answer: the others keep what they do otherwise. */
static bool takes_key(const struct ui_app *app, int id, int key)
{
    if (!binds(&table[id], key) || !table[id].valid(app))
        return false;
    bool answers = id == UI_ACT_PREDICT || id == UI_ACT_VOTE;
    return !answers || (size_t)(key - 'a') < app->model.question->choice_count;
}

int ui_action_of_key(const struct ui_app *app, int key)
{
    if (key == 0)
        return UI_ACT_NONE;
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++)
        if (takes_key(app, id, key))
            return id;
    return UI_ACT_NONE;
}

const struct ui_action *ui_action_bound(const struct ui_app *app, int key)
{
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS && key; id++) {
        bool elsewhere = table[id].valid == in_list || table[id].valid == in_list_with_lesson ||
                         table[id].valid == has_wrong || table[id].valid == can_reload;
        bool is_here = table[id].group != UI_GROUP_CLASS || ui_presents(app);
        if (is_here && id != UI_ACT_PREDICT && binds(&table[id], key) && table[id].label && elsewhere == in_list(app))
            return &table[id];
    }
    return NULL;
}

void ui_action_do(struct ui_app *app, int id, int key)
{
    if (!ui_action_valid(app, id))
        return;
    app->dirty = true;
    if (table[id].opens)
        ui_box_push(&app->boxes, table[id].opens, NULL, &app->model);
    else
        table[id].run(app, key ? key : table[id].keys[0]);
}
