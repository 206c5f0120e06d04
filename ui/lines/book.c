// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons in lines: a text, the question, what the script does, the result, why; Enter leads on, as on the screen.
//
// What is entered is one of the words below, the letter of an answer (small; H, for a hint, is a word), or a command of
// the lab's language. No command has the name of a word, and none is one letter long.
#include "ui/lines/lines.h"

#include "lab/base/text.h"
#include "lab/commands/commands.h"
#include "ui/draw/prompt.h"

#include <stdlib.h>
#include <string.h>

enum { SETTLE_NS = 40000000 };

/* What Enter does. */
static const char *const on_text[UI_ONS] = {
    [UI_ON_NOTHING] = "",
    [UI_ON_CONTINUE] = N_("Enter: go on with the lesson."),
    [UI_ON_MORE] = N_("Enter: more of the text."),
    [UI_ON_RUN] = N_("Enter: run the experiment."),
    [UI_ON_RUN_SILENT] = N_("A letter answers, and the experiment runs. Enter: run it without an answer."),
    [UI_ON_SKIP] = N_("A letter answers. Enter: skip the question."),
    [UI_ON_LINE] = N_("Enter: the next line of the script."),
    [UI_ON_READ] = N_("Enter: read on."),
    [UI_ON_EXPERIMENT] = N_("Enter: the next experiment."),
    [UI_ON_LESSON] = N_("Enter: the next lesson."),
};

static const struct lab_lesson *lesson_of(const struct ui_lines *l)
{
    return &l->lessons.lessons[l->lesson];
}

static struct lab_station station_of(const struct ui_lines *l)
{
    return lab_way_station(lesson_of(l), l->station);
}

/* NULL: a text, or the free lab. */
static const struct lab_experiment *experiment_of(const struct ui_lines *l)
{
    if (l->lesson < 0 || l->station >= lab_way_count(lesson_of(l)))
        return NULL;
    int experiment = station_of(l).experiment;
    return experiment < 0 ? NULL : &lesson_of(l)->experiments[experiment];
}

static enum lab_script_state script_of(const struct ui_lines *l)
{
    return l->began ? lab_session_script_state(l->session) : LAB_SCRIPT_NONE;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

/* The one that can be answered now; NULL: none. */
static const struct lab_question *open_question(const struct ui_lines *l)
{
    if (!experiment_of(l) || l->unread)
        return NULL;
    if (!l->began)
        return l->has_question ? &l->question : NULL;
    return script_of(l) == LAB_SCRIPT_ASKS ? lab_session_question(l->session) : NULL;
}

static void put_question(FILE *out, int columns, const struct lab_question *question)
{
    ui_lines_put(out, columns, _("Question: "), question->text);
    for (size_t i = 0; i < question->choice_count; i++) {
        const char mark[] = {(char)('a' + i), ':', ' ', '\0'};
        ui_lines_put(out, columns, mark, question->choice[i].text);
    }
    if (question->hint_count)
        fprintf(out, LAB_PLURAL(question->hint_count, "H: %zu hint.\n", "H: the first of %zu hints.\n"),
                question->hint_count);
}

static void hint(struct ui_lines *l)
{
    const struct lab_question *question = open_question(l);
    if (!question)
        ui_lines_say(l, "Nothing is asked that a hint could help with.");
    else if (l->hints >= question->hint_count)
        ui_lines_say(l, l->hints ? N_("There is no other hint to this question.")
                                 : N_("There is no hint to this question."));
    else
        ui_lines_say(l, "Hint: %s", question->hint[l->hints++]);
}

static void run(struct ui_lines *l, bool stepwise)
{
    struct net_error err;
    const struct lab_experiment *experiment = experiment_of(l);
    const struct lab_place place = {lesson_of(l)->file, experiment->script_line, 1, LAB_FROM_SCRIPT, LAB_REACH_LESSON};
    l->began = true;
    l->is_over = false;
    l->asked = LAB_SCRIPT_NONE;
    if (lab_session_start_script(l->session, experiment->script, &place, stepwise, true, &err) != 0) {
        ui_lines_say(l, "Error: %s", err.text);
        l->began = false;
    }
}

static void answer(struct ui_lines *l, int choice)
{
    if (l->began) {
        lab_session_predict(l->session, choice);
        return;
    }
    l->early_choice = l->question.predicted = choice;
    run(l, false);
}

/* ---- stations --------------------------------------------------------------------------------------------------- */

static char *text_of_experiment(const struct ui_lines *l, const struct lab_experiment *experiment)
{
    const struct lab_lesson *lesson = lesson_of(l);
    const struct lab_station before = lab_way_before(lesson, experiment);
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    char title[400];
    snprintf(title, sizeof title, _("Experiment %td of %zu: %s"), experiment - lesson->experiments + 1,
             lesson->experiment_count, experiment->title);
    ui_lines_put(out, l->columns, "", title);
    fputc('\n', out);
    ui_lines_blocks(out, l->columns, l->options->notes, lesson->blocks + before.first_block, before.block_count);
    if (l->has_question) {
        fputc('\n', out);
        put_question(out, l->columns, &l->question);
    }
    fclose(out);
    return text;
}

static char *text_of_blocks(const struct ui_lines *l, size_t first, size_t count)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    ui_lines_blocks(out, l->columns, l->options->notes, lesson_of(l)->blocks + first, count);
    fclose(out);
    return text;
}

static void show_station(struct ui_lines *l)
{
    const struct lab_experiment *experiment = experiment_of(l);
    const struct lab_station station = station_of(l);
    l->on = UI_ON_NOTHING;
    ui_lines_read(l, experiment ? text_of_experiment(l, experiment)
                                : text_of_blocks(l, station.first_block, station.block_count));
}

static void begin_experiment(struct ui_lines *l, const struct lab_experiment *experiment)
{
    struct net_error err;
    l->began = l->is_over = false;
    l->early_choice = -1;
    l->hints = 0;
    l->has_question = lab_experiment_question(experiment, &l->question);
    l->clears = true;
    if (lab_way_begin(l->session, lesson_of(l), experiment, &err) != 0)
        ui_lines_say(l, "Error: %s", err.text);
    l->shown = lab_journal_count(lab_session_journal(l->session)); /* what the clean slate ended is not of this one */
    l->clears = false;
}

static void go_to(struct ui_lines *l, int lesson, size_t station)
{
    struct net_error err;
    if (lab_lessons_open(&l->lessons, (size_t)lesson, &err) != 0) {
        ui_lines_say(l, "Error: %s", err.text);
        return;
    }
    l->lesson = lesson;
    l->station = station;
    l->began = l->has_question = false;
    if (experiment_of(l))
        begin_experiment(l, experiment_of(l));
    show_station(l);
}

static void next_lesson(struct ui_lines *l)
{
    if ((size_t)l->lesson + 1 < l->lessons.lesson_count) {
        go_to(l, l->lesson + 1, 0);
        return;
    }
    l->lesson = -1;
    ui_lines_say(l, "This was the last lesson. Here is the free lab.");
}

static void go_on(struct ui_lines *l)
{
    struct net_error err;
    if (!experiment_of(l) && lab_way_put_read(l->progress, lesson_of(l), l->station, &err) != 0)
        ui_lines_say(l, "Error: %s", err.text);
    if (l->station + 1 < lab_way_count(lesson_of(l)))
        go_to(l, l->lesson, l->station + 1);
    else
        next_lesson(l);
}

/* The first lesson with something in it that was not done; -1: all was. */
static int first_open(struct ui_lines *l, size_t *station)
{
    struct net_error err;
    for (size_t i = 0; i < l->lessons.lesson_count; i++) {
        const struct lab_lesson *lesson = &l->lessons.lessons[i];
        if (lab_lessons_open(&l->lessons, i, &err) != 0)
            return -1;
        *station = lab_way_first_open(l->progress, lesson);
        if (*station < lab_way_count(lesson))
            return (int)i;
    }
    return -1;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static void tell_verdict(const struct ui_lines *l, const struct lab_question *q)
{
    if (q->predicted >= 0)
        ui_lines_say(l, "You said %c: %s", 'a' + q->predicted, q->choice[q->predicted].text);
    ui_lines_say(l, "The kernel answered %c: %s", 'a' + q->answer, q->choice[q->answer].text);
    if (q->predicted >= 0)
        ui_lines_say(l, q->predicted == q->answer ? N_("You were right.") : N_("That is not what you said."));
    if (q->predicted >= 0 && q->predicted != q->answer && *q->choice[q->predicted].because)
        ui_lines_say(l, "Why not %c: %s", 'a' + q->predicted, q->choice[q->predicted].because);
}

static void tell_result(struct ui_lines *l)
{
    const struct lab_question *question = lab_session_question(l->session);
    unsigned held = lab_session_expect_held(l->session);
    bool failed = script_of(l) == LAB_SCRIPT_FAILED;
    printf("\n%s\n", _("Result."));
    if (lab_session_script_skipped(l->session))
        ui_lines_say(l, "Skipped: this experiment needs the wire, and this lab runs on the machine's own loopback.");
    if (question && question->answer >= 0)
        tell_verdict(l, question);
    if (failed)
        ui_lines_say(l, "It did not run as described: %s", lab_session_script_error(l->session)->text);
    else if (held)
        ui_lines_say(
            l,
            LAB_PLURAL(held, "It ran as described: %u expectation held.", "It ran as described: %u expectations held."),
            held);
}

static void tell_why(struct ui_lines *l)
{
    const struct lab_station why = lab_way_behind(lesson_of(l), experiment_of(l));
    if (why.block_count == 0)
        return;
    char *text = text_of_blocks(l, why.first_block, why.block_count);
    if (!text || !*text) { /* notes alone */
        free(text);
        return;
    }
    printf("\n%s\n", _("Why."));
    if (l->rows)
        ui_lines_later(l, text); /* so that the result stays in sight */
    else
        ui_lines_read(l, text);
}

static void record(struct ui_lines *l)
{
    struct net_error err;
    bool held = script_of(l) == LAB_SCRIPT_DONE && lab_session_expect_failed(l->session) == 0;
    if (lab_session_script_skipped(l->session))
        return;
    if (lab_way_put_outcome(l->progress, lesson_of(l), experiment_of(l), lab_session_question(l->session), held,
                            &err) != 0)
        ui_lines_say(l, "Error: %s", err.text);
}

void ui_lines_follow(struct ui_lines *l)
{
    enum lab_script_state state = script_of(l);
    if (state == LAB_SCRIPT_ASKS && l->early_choice != -1) {
        int choice = l->early_choice == UI_SKIPPED ? -1 : l->early_choice;
        l->early_choice = -1; /* it was about the script's first question, and this is the first one that it asks */
        lab_session_predict(l->session, choice);
        return;
    }
    if (state == LAB_SCRIPT_ASKS && l->asked != state) {
        l->hints = 0;
        put_question(stdout, l->columns, lab_session_question(l->session));
    }
    l->asked = state;
    if (l->is_over || ui_lines_is_busy(l) || (state != LAB_SCRIPT_DONE && state != LAB_SCRIPT_FAILED))
        return;
    l->is_over = true;
    ui_lines_rest(l);
    tell_result(l);
    record(l);
    tell_why(l);
}

/* ---- Enter ------------------------------------------------------------------------------------------------------ */

static enum ui_lines_on on_behind(const struct ui_lines *l)
{
    if (l->station + 1 >= lab_way_count(lesson_of(l)))
        return UI_ON_LESSON;
    return lab_way_station(lesson_of(l), l->station + 1).experiment < 0 ? UI_ON_READ : UI_ON_EXPERIMENT;
}

static enum ui_lines_on on_of_script(const struct ui_lines *l)
{
    switch (script_of(l)) {
    case LAB_SCRIPT_NONE: return l->has_question ? UI_ON_RUN_SILENT : UI_ON_RUN;
    case LAB_SCRIPT_ASKS: return UI_ON_SKIP;
    case LAB_SCRIPT_PAUSED: return UI_ON_LINE;
    case LAB_SCRIPT_DONE:
    case LAB_SCRIPT_FAILED: return on_behind(l);
    case LAB_SCRIPT_RUNNING: return UI_ON_NOTHING;
    }
    return UI_ON_NOTHING;
}

static enum ui_lines_on on_of(const struct ui_lines *l)
{
    if (l->unread)
        return UI_ON_MORE;
    if (l->lesson < 0)
        return l->on == UI_ON_CONTINUE ? UI_ON_CONTINUE : UI_ON_NOTHING;
    return experiment_of(l) ? on_of_script(l) : on_behind(l);
}

/* What an expectation says would give the answer away. */
static void say_next_line(const struct ui_lines *l)
{
    int bytes = 0;
    const char *line = lab_experiment_line(experiment_of(l), lab_session_script_line(l->session), &bytes);
    if (lab_session_script_command(l->session) == LAB_COMMAND_EXPECT)
        ui_lines_say(l, "Next: an expectation.");
    else if (line)
        ui_lines_say(l, "Next: %.*s", bytes, line);
}

void ui_lines_say_on(struct ui_lines *l)
{
    enum ui_lines_on on = on_of(l);
    if (on != l->on && on != UI_ON_NOTHING)
        printf("\n%s\n", _(on_text[on]));
    if (on == UI_ON_LINE)
        say_next_line(l);
    l->on = on;
}

static void continue_lesson(struct ui_lines *l)
{
    size_t station = 0;
    int lesson = first_open(l, &station);
    go_to(l, lesson < 0 ? 0 : lesson, lesson < 0 ? 0 : station);
}

static void enter(struct ui_lines *l)
{
    switch (on_of(l)) {
    case UI_ON_CONTINUE: continue_lesson(l); break;
    case UI_ON_MORE: ui_lines_more(l); break;
    case UI_ON_RUN:
    case UI_ON_RUN_SILENT:
        l->early_choice = UI_SKIPPED;
        run(l, false);
        break;
    case UI_ON_SKIP: lab_session_predict(l->session, -1); break;
    case UI_ON_LINE: lab_session_script_next(l->session); break;
    case UI_ON_READ:
    case UI_ON_EXPERIMENT:
    case UI_ON_LESSON: go_on(l); break;
    case UI_ON_NOTHING:
    case UI_ONS: break;
    }
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static void list_lessons(struct ui_lines *l)
{
    for (size_t i = 0; i < l->lessons.lesson_count; i++) {
        const struct lab_lesson *lesson = &l->lessons.lessons[i];
        struct lab_tally tally = lab_progress_tally(l->progress, lesson);
        ui_lines_say(l, "%s, %s: %zu of %zu experiments run, %zu right, %zu wrong", lesson->number, lesson->title,
                     tally.run, tally.experiments, tally.right, tally.wrong);
    }
    ui_lines_say(l, "A number opens one, as 3.1 or 3.1.2 does.");
}

static void free_lab(struct ui_lines *l)
{
    struct net_error err;
    l->lesson = -1;
    l->began = l->has_question = false;
    l->unread = NULL;
    l->on = UI_ON_NOTHING;
    if (lab_session_clear(l->session, &err) != 0)
        ui_lines_say(l, "Error: %s", err.text);
    ui_lines_say(l, "The free lab: two hosts and no script. `help` lists the commands.");
}

static void read_again(struct ui_lines *l)
{
    if (l->lesson < 0)
        ui_lines_say(l, "There is no text here: `lessons` lists the lessons.");
    else
        show_station(l);
}

static void run_again(struct ui_lines *l, bool stepwise)
{
    if (!experiment_of(l)) {
        ui_lines_say(l, "There is no experiment here: a number opens one, as 3.1.2 does.");
        return;
    }
    l->unread = NULL;
    begin_experiment(l, experiment_of(l));
    run(l, stepwise);
}

static void again(struct ui_lines *l)
{
    run_again(l, false);
}

static void steps(struct ui_lines *l)
{
    run_again(l, true);
}

static const struct {
    const char *word, *help;
    void (*run)(struct ui_lines *);
} words[] = {
    {"H", N_("a hint to the question that is open; once more for the next one"), hint},
    {"lessons", N_("list the lessons, and what you have done of them"), list_lessons},
    {"text", N_("read again what is to be read here"), read_again},
    {"again", N_("a clean slate, and the experiment again"), again},
    {"steps", N_("the same, line by line"), steps},
    {"free", N_("the free lab, with a clean slate"), free_lab},
};

static bool take_word(struct ui_lines *l, const char *line)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(line, words[i].word) == 0) {
            words[i].run(l);
            return true;
        }
    return false;
}

static void help_words(const struct ui_lines *l)
{
    ui_lines_say(l, "Beside the commands of the lab:");
    ui_lines_put(stdout, l->columns, "  Enter: ", _("go on; what that is stands before the prompt"));
    ui_lines_put(stdout, l->columns, _("  3.1 or 3.1.2: "), _("open this lesson, or this experiment of it"));
    ui_lines_put(stdout, l->columns, _("  a to f: "), _("answer the question"));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char mark[40];
        snprintf(mark, sizeof mark, "  %s: ", words[i].word);
        ui_lines_put(stdout, l->columns, mark, _(words[i].help));
    }
}

static void open_place(struct ui_lines *l, const char *where)
{
    struct net_error err;
    size_t lesson = 0;
    int experiment = -1;
    if (lab_lessons_find(&l->lessons, where, &lesson, &experiment, &err) < 0 ||
        lab_lessons_open(&l->lessons, lesson, &err) < 0)
        ui_lines_say(l, "Error: %s", err.text);
    else
        go_to(l, (int)lesson, experiment < 0 ? 0 : lab_way_of_experiment(&l->lessons.lessons[lesson], experiment));
}

static void command(struct ui_lines *l, const char *line)
{
    const struct lab_place place = {
        .file = "prompt", .line = 1, .column = 1, .from = LAB_FROM_PROMPT, .reach = LAB_REACH_USER};
    struct net_error err = {.code = 0};
    size_t before = lab_journal_count(lab_session_journal(l->session));
    if (strcmp(line, "help") == 0)
        help_words(l);
    l->settle_ns = net_now_ns() + SETTLE_NS;
    enum lab_outcome outcome = lab_session_command(l->session, line, &place, &err);
    /* Of a command that was begun, a note in the journal says it. */
    bool is_noted = lab_journal_count(lab_session_journal(l->session)) > before;
    if (outcome == LAB_ERROR && !is_noted)
        ui_lines_say(l, "Error: %s", err.text);
}

void ui_lines_take(struct ui_lines *l, const char *line)
{
    char text[1024];
    line += strspn(line, " \t");
    size_t bytes = strlen(line);
    while (bytes > 0 && strchr(" \t\r", line[bytes - 1]))
        bytes--;
    snprintf(text, sizeof text, "%.*s", (int)(bytes < sizeof text ? bytes : sizeof text - 1), line);
    const struct lab_question *question = open_question(l);
    int letter = bytes == 1 ? text[0] - 'a' : -1;
    if (bytes == 0)
        enter(l);
    else if (question && letter >= 0 && (size_t)letter < question->choice_count)
        answer(l, letter);
    else if (bytes == 1 && letter >= 0 && letter < 6)
        ui_lines_say(l, question ? N_("There is no answer %s.") : N_("Nothing is asked that %s could answer."), text);
    else if (lab_is_place(text))
        open_place(l, text);
    else if (!take_word(l, text))
        command(l, text);
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

int ui_lines_open(struct ui_lines *l, struct net_error *err)
{
    const char *open = l->options->open;
    size_t lesson = 0, station = 0;
    int experiment, first;
    l->lesson = -1;
    l->above = ui_lines_say(
        l, "tcplab: two hosts on this machine, and nothing leaves it. `help` lists what can be typed, `lessons` "
           "the lessons; `quit` or Ctrl-D leaves.");
    if (open && strcmp(open, "free") != 0) {
        if (lab_lessons_find(&l->lessons, open, &lesson, &experiment, err) < 0)
            return -1;
        open_place(l, open);
    } else if (!open && (first = first_open(l, &station)) >= 0) {
        ui_lines_say(l, "You are at lesson %s, %s. Enter: go on with it.", l->lessons.lessons[first].number,
                     l->lessons.lessons[first].title);
        l->on = UI_ON_CONTINUE;
    }
    return 0;
}
