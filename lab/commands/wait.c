// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting, expecting, predicting.

#include "lab/base/columns.h"
#include "lab/base/durations.h"
#include "lab/commands/rows.h"
#include "lab/session/condition.h"
#include "lab/explain/event_line.h"
#include "lab/session/doing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t WAIT_NS = 10000000000, EXPECT_NS = 2000000000;
enum { EVENTS_AROUND = 8, EVENT_COLUMNS = 179, EVENT_BYTES = 360 };
enum { WAITED_COLUMNS = 100, EXPECTED_COLUMNS = 120, REFUSED_COLUMNS = 150 };

static enum lab_outcome run_wait_time(struct lab_doing *d)
{
    if (lab_doing_late(d) || d->command->value[0].ns == 0)
        return LAB_DONE;
    return lab_doing_wait(d, d->command->value[0].ns, false, "%s", d->command->text);
}

/*
 * `expect within TIME no ...`, `... at most N`: that nothing (more) comes is said of all that time, not only
 * until the lab is quiet.
 */
static bool takes_all_its_time(const struct lab_doing *d)
{
    const struct lab_command *command = d->command;
    const struct lab_condition *c = command->condition;
    bool denies = c->negated || (lab_condition_bounds(c) && c->compare != LAB_EQUAL);
    return command->row->id == LAB_COMMAND_EXPECT && denies && command->value[0].ns > 0;
}

/* The condition of expect and wait, until it holds, cannot hold any more, or no time is left. */
static enum lab_verdict look(struct lab_doing *d, uint64_t limit_ns)
{
    struct lab_condition *condition = d->command->condition;
    if (d->command->value[0].ns)
        limit_ns = d->command->value[0].ns;
    if (d->phase == 0) {
        lab_doing_next(d);
        lab_doing_wait(d, limit_ns, lab_condition_asks_kernel(condition), "%s", d->command->text);
    }
    enum lab_verdict verdict = lab_condition_look(condition, d->session);
    if (verdict == LAB_HOLDS && takes_all_its_time(d))
        verdict = LAB_NOT_YET;
    if (verdict != LAB_NOT_YET || !lab_doing_late(d))
        return verdict;
    return lab_condition_at_deadline(condition, d->session) == LAB_HOLDS ? LAB_HOLDS : LAB_CANNOT;
}

static enum lab_outcome wait_failed(struct lab_doing *d)
{
    char seen[400], time[40];
    lab_condition_seen(d->command->condition, d->session, seen, sizeof seen);
    lab_duration_text(net_now_ns() - d->begun_ns, time, sizeof time);
    return lab_doing_fail(d, "waited %s in vain for: %.80s; %.*s", time, d->command->condition->text,
                          (int)lab_columns_cut(seen, WAITED_COLUMNS), seen);
}

static enum lab_outcome run_needs(struct lab_doing *d)
{
    if (d->session->engine.wire)
        return LAB_DONE;
    const char *why = *d->session->engine.hosts.why_not ? d->session->engine.hosts.why_not
                                                        : _("the lab runs on the machine's own loopback, as asked");
    if (lab_doing_at_prompt(d))
        return lab_doing_fail(d, "there is no wire here: %.*s", (int)lab_columns_cut(why, REFUSED_COLUMNS), why);
    lab_script_skip(d->session, *d->session->engine.hosts.why_not
                                    ? _("it needs the wire, which this machine does not allow")
                                    : _("it needs the wire, and the lab runs on the machine's own loopback, as asked"));
    return LAB_DONE;
}

/* What is said of segments is neither true nor false where none can be seen: then the script needs the wire. */
static bool is_unseen(const struct lab_doing *d)
{
    return !d->session->engine.wire && d->command->condition->kind == LAB_SEGMENTS;
}

static enum lab_outcome run_wait(struct lab_doing *d)
{
    if (is_unseen(d))
        return run_needs(d);
    switch (look(d, WAIT_NS)) {
    case LAB_HOLDS: return LAB_DONE;
    case LAB_NOT_YET: return LAB_WAITS;
    case LAB_CANNOT: break;
    }
    return wait_failed(d);
}

/* "expect ...", what was seen instead, and the last things that happened; one per line. */
static void note_failure(struct lab_doing *d, const char *seen)
{
    struct lab_session *s = d->session;
    char text[NET_EVENT_DATA_MAX];
    size_t indices[EVENTS_AROUND], count = 0, used;
    used = (size_t)snprintf(text, sizeof text, _("%s\nseen: %s"), d->command->text, seen);
    for (size_t i = lab_journal_count(s->journal); i-- > lab_experiment_index(s) && count < EVENTS_AROUND;)
        if (lab_event_line_tells(s->state, s->journal, i))
            indices[count++] = i;
    while (count > 0 && used < sizeof text - EVENT_BYTES) {
        char line[EVENT_BYTES - 3];
        lab_event_line(s->state, s->journal, lab_zero_ns(s), indices[--count], line, sizeof line);
        used += (size_t)snprintf(text + used, sizeof text - used, "\n  %.*s", (int)lab_columns_cut(line, EVENT_COLUMNS),
                                 line);
    }
    lab_session_note(s, LAB_NOTE_EXPECT_FAILED, 0, text);
}

static enum lab_outcome expect_failed(struct lab_doing *d)
{
    char seen[400];
    lab_condition_seen(d->command->condition, d->session, seen, sizeof seen);
    note_failure(d, seen);
    lab_script_expected(d, false);
    return lab_doing_fail(d, "expected %.90s; %.*s", d->command->condition->text,
                          (int)lab_columns_cut(seen, EXPECTED_COLUMNS), seen);
}

static enum lab_outcome run_expect(struct lab_doing *d)
{
    if (is_unseen(d))
        return run_needs(d);
    switch (look(d, EXPECT_NS)) {
    case LAB_NOT_YET: return LAB_WAITS;
    case LAB_CANNOT: return expect_failed(d);
    case LAB_HOLDS: break;
    }
    lab_session_note(d->session, LAB_NOTE_EXPECT_HELD, 0, d->command->text);
    lab_script_expected(d, true);
    return LAB_DONE;
}

static enum lab_outcome run_see(struct lab_doing *d)
{
    if (is_unseen(d))
        return run_needs(d);
    switch (look(d, EXPECT_NS)) {
    case LAB_NOT_YET: return LAB_WAITS;
    case LAB_CANNOT: return expect_failed(d);
    case LAB_HOLDS: break;
    }
    long event = lab_condition_event(d->command->condition, d->session);
    if (event < 0)
        return lab_doing_fail(d, "see is about a call that has returned, or a segment: %.120s is neither",
                              d->command->condition->text);
    struct net_ev_note note = lab_note_of(d->session, LAB_NOTE_EXPECT_HELD, d->command);
    note.value[0] = d->command->value[0].number;
    note.value[1] = event;
    lab_session_note_about(d->session, &note, d->command->text);
    return LAB_DONE;
}

static enum lab_outcome run_mark(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    net_engine_count(&s->engine); /* what was counted until now is of before */
    lab_session_drain(s);
    struct lab_mark *marks = reallocarray(s->marks, s->mark_count + 1, sizeof *marks);
    if (!marks)
        return lab_doing_fail(d, "no memory for a mark");
    s->marks = marks;
    marks[s->mark_count] = (struct lab_mark){.index = lab_journal_count(s->journal)};
    snprintf(marks[s->mark_count++].name, LAB_NAME_BYTES, "%s", d->command->value[0].text);
    return LAB_DONE;
}

/* They were carried out when the line was read. */
static enum lab_outcome run_nothing(struct lab_doing *d)
{
    (void)d;
    return LAB_DONE;
}

/* In a script its lines stand in the script already. */
static enum lab_outcome run_include(struct lab_doing *d)
{
    if (!lab_doing_at_prompt(d))
        return LAB_DONE;
    return lab_script_include(d->session, d->command, d->err) < 0 ? LAB_ERROR : LAB_DONE;
}

static enum lab_outcome run_predict(struct lab_doing *d)
{
    if (lab_doing_at_prompt(d))
        return lab_doing_fail(d, "predict asks in a script or a lesson, with its choices behind it");
    return lab_script_ask(d->session, d->command, d->err) < 0 ? LAB_ERROR : LAB_DONE;
}

/* Its predict has taken it already. */
static enum lab_outcome run_choice(struct lab_doing *d)
{
    return lab_doing_at_prompt(d) ? lab_doing_fail(d, "a choice belongs behind predict, in a script or a lesson")
                                  : LAB_DONE;
}

static enum lab_outcome run_beside(struct lab_doing *d)
{
    return lab_doing_at_prompt(d) ? lab_doing_fail(d, "it belongs to a question, behind predict and its choices")
                                  : LAB_DONE;
}

/* `tcplab grade` tells it when what comes after it does not hold. */
static enum lab_outcome run_reason(struct lab_doing *d)
{
    lab_script_reason(d->session, d->command->value[0].text);
    return LAB_DONE;
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "wait", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_WAIT, .run = run_wait_time,
     .help = N_("wait for a time"),
     .slots = {SLOT(TIME, "TIME")}},
    {.words = "wait", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_WAIT, .run = run_wait,
     .help = N_("wait until it is so, at most 10 s if nothing else is said"),
     .slots = {SLOT(CONDITION, "[within TIME] CONDITION")}},
    {.words = "expect", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS, .id = LAB_COMMAND_EXPECT,
     .run = run_expect,
     .help = N_("claim what is so, or will be within 2 s; what the kernel did decides"),
     .slots = {SLOT(CONDITION, "[within TIME] CONDITION")}},
    {.words = "see", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS, .id = LAB_COMMAND_SEE, .run = run_see,
     .help = N_("claim it as expect does, and give the call or segment the sign that a lesson's text has for it: see 1 is \u2460"),
     .slots = {NUMBER("N", 1, 9), SLOT(CONDITION, "CONDITION")}},
    {.words = "mark", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS, .id = LAB_COMMAND_MARK, .run = run_mark,
     .help = N_("name this moment: `expect ... since NAME` looks only at what comes behind it"),
     .slots = {SLOT(TEXT, "NAME")}},
    {.words = "let", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_LET, .run = run_nothing,
     .help = N_("from the next line on $NAME, outside of quotes, stands for VALUE, as it is written"),
     .slots = {SLOT(REST, "NAME = VALUE")}},
    {.words = "repeat", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_REPEAT, .run = run_nothing,
     .help = N_("the rest of the line N times: repeat 3 c1 send 100 bytes ; s1 recv"),
     .slots = {NUMBER("N", 1, LAB_REPEAT_MAX), SLOT(REST, "COMMANDS")}},
    {.words = "include", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE, .id = LAB_COMMAND_INCLUDE,
     .run = run_include,
     .help = N_("carry out the lines of FILE, which is looked for beside the script"),
     .slots = {SLOT(FILE, "FILE")}},
    {.words = "predict", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_PREDICT, .run = run_predict,
     .help = N_("ask the learner; the lines after it are the choices"),
     .slots = {SLOT(TEXT, "\"QUESTION\"")}},
    {.words = "choice", .group = LAB_GROUP_ASKING,
     .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS | LAB_ROW_FORESEES, .id = LAB_COMMAND_CHOICE,
     .run = run_choice,
     .help = N_("one answer, and the condition that makes it the right one"),
     .slots = {SLOT(TEXT, "\"ANSWER\""), SLOT(CONDITION, "CONDITION")}},
    {.words = "because", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_BECAUSE, .run = run_beside,
     .help = N_("say why the choice before it is wrong, to who has taken it; several lines are one text"),
     .slots = {SLOT(TEXT, "\"SENTENCE\"")}},
    {.words = "hint", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_HINT, .run = run_beside,
     .help = N_("help with the question before it, for who asks for help; the weakest first"),
     .slots = {SLOT(TEXT, "\"SENTENCE\"")}},
    {.words = "reason", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS, .id = LAB_COMMAND_REASON, .run = run_reason,
     .help = N_("say what it means when something after it does not hold"),
     .slots = {SLOT(TEXT, "\"SENTENCE\"")}},
    {.words = "needs", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_NEEDS, .run = run_needs,
     .help = N_("say that the script makes no sense without a wire"),
     .slots = {KEYWORD("wire")}},
};
/* clang-format on */
const struct lab_family lab_family_wait = LAB_FAMILY(rows);
