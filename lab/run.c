// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Scripts and lessons without a screen. Everything is read and checked before the lab is opened, so that a mistake in
 * the last file is told before the first one runs; but standard input, whose lines are carried out as they come:
 * whoever writes them may want to see what the one before has done. A lesson prints one line per experiment, a script
 * what happens in it.
 */

#include "lab/run.h"

#include "lab/explain/event_line.h"
#include "lab/explain/event_named.h"
#include "lab/explain/unseen.h"
#include "lab/explain/waits.h"
#include "lab/explain/who.h"
#include "lab/export/export.h"
#include "lab/base/columns.h"
#include "lab/base/file.h"
#include "lab/base/text.h"
#include "lab/book/parts.h"
#include "lab/book/way.h"
#include "lab/commands/commands.h"
#include "lab/session/session.h"
#include "lab/compare/versus.h"

#include "net/base/confine.h"
#include "net/base/message.h"
#include "net/base/names.h"
#include "net/data/call.h"
#include "net/base/plain.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_COLUMNS = 60 };
static const uint64_t LIMIT_NS = 60000000000;
enum { SCRIPT_BYTES_MAX = 16 << 20 };

/* One script to be run. */
struct item {
    const char *file;
    const char *text; /* NULL: the lines of standard input */
    int line;
    const struct lab_lesson *lesson; /* NULL: a script of its own */
    unsigned experiment;
};

/* What was read from standard input and not yet carried out. */
struct input {
    char *text;
    size_t bytes, room, taken;
    int lines; /* taken so far */
    bool is_over;
};

struct run {
    const struct lab_run_spec *spec;
    struct input input;
    struct item *items;
    size_t item_count;
    char **texts; /* of the files, owned */
    size_t text_count;
    struct book { /* lessons that were read, owned */
        struct book *next;
        const char *path; /* NULL: the embedded ones */
        bool only;        /* without the embedded ones */
        struct lab_lessons lessons;
    } * books;
    size_t questions; /* of the present script, judged so far */
    struct lab_session *session;
    const struct item *item;                    /* being carried out; NULL none */
    size_t shown;                               /* journal index up to which events were printed */
    unsigned unseen[LAB_UNSEENS], unseen_lines; /* of the present script */
    unsigned unexplained;                       /* scripts that had such ones */
    int status, signo;
};

static void complain(const struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void complain(const struct run *r, const char *format, ...)
{
    char sentence[700];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    net_plain(sentence, sizeof sentence);
    fprintf(r->spec->err, "tcplab: %s\n", sentence);
}

static void could_not(struct run *r, const char *sentence)
{
    complain(r, "%s", sentence);
    r->status = LAB_RUN_COULD_NOT;
}

/* ---- reading ---- */

static int add_item(struct run *r, struct item item)
{
    struct item *items = reallocarray(r->items, r->item_count + 1, sizeof *items);
    if (!items)
        return -1;
    r->items = items;
    items[r->item_count++] = item;
    return 0;
}

static int read_script(struct run *r, const char *path)
{
    struct net_error err;
    if (strcmp(path, "-") == 0)
        return add_item(r, (struct item){.file = path, .line = 1});
    FILE *file = lab_file_open(path, true, &err);
    size_t bytes;
    char *text = file ? lab_file_text(file, path, SCRIPT_BYTES_MAX, &bytes, &err) : NULL;
    if (file)
        fclose(file);
    char **texts = text ? reallocarray(r->texts, r->text_count + 1, sizeof *texts) : NULL;
    if (!texts) {
        if (text)
            net_fail_errno(&err, "malloc");
        free(text);
        could_not(r, err.text);
        return -1;
    }
    r->texts = texts;
    texts[r->text_count++] = text;
    return add_item(r, (struct item){.file = path, .text = text, .line = 1});
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct lab_lessons *read_lessons(struct run *r, const char *path, bool only)
{
    struct net_error err = {.code = ENOMEM};
    for (struct book *book = r->books; book; book = book->next)
        if (is_same(book->path, path) && book->only == only)
            return &book->lessons;
    struct book *book = calloc(1, sizeof *book);
    if (!book)
        net_fail(&err, ENOMEM, "malloc", "no memory for the lessons");
    if (!book || lab_lessons_gather(path, only, r->spec->language, &book->lessons, &err) < 0) {
        could_not(r, err.text);
        free(book);
        return NULL;
    }
    book->path = path;
    book->only = only;
    book->next = r->books;
    r->books = book;
    return &book->lessons;
}

static int add_experiments(struct run *r, struct lab_lessons *lessons, size_t index, unsigned only)
{
    const struct lab_lesson *lesson = &lessons->lessons[index];
    struct net_error err;
    if (lab_lessons_open(lessons, index, &err) < 0) {
        could_not(r, err.text);
        return -1;
    }
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_experiment *experiment = &lesson->experiments[i];
        if (only && i + 1 != only)
            continue;
        struct item item = {.file = lesson->file,
                            .text = experiment->script,
                            .line = experiment->script_line,
                            .lesson = lesson,
                            .experiment = (unsigned)i};
        if (add_item(r, item) < 0)
            return -1;
    }
    return 0;
}

static int add_all_lessons(struct run *r, const char *path)
{
    struct lab_lessons *lessons = read_lessons(r, path, true);
    for (size_t i = 0; lessons && i < lessons->lesson_count; i++)
        if (add_experiments(r, lessons, i, 0) < 0)
            return -1;
    return lessons ? 0 : -1;
}

static int add_numbered(struct run *r, const char *word)
{
    struct net_error err;
    struct lab_lessons *lessons = read_lessons(r, r->spec->lessons_file, r->spec->lessons_only);
    size_t lesson = 0;
    int experiment;
    if (!lessons)
        return -1;
    if (lab_lessons_find(lessons, word, &lesson, &experiment, &err) != 0) {
        could_not(r, err.text);
        return -1;
    }
    int result = add_experiments(r, lessons, lesson, (unsigned)(experiment + 1));
    for (size_t i = lesson + 1; i < lessons->lesson_count && experiment < 0 && result == 0; i++)
        if (lab_lesson_is_part_of(lessons->lessons[i].number, word))
            result = add_experiments(r, lessons, i, 0);
    return result;
}

static int read_one(struct run *r, const char *word)
{
    size_t n = strlen(word);
    if (n > 3 && strcmp(word + n - 3, ".md") == 0)
        return add_all_lessons(r, word);
    if (lab_is_place(word) && access(word, F_OK) < 0)
        return add_numbered(r, word);
    return read_script(r, word);
}

/* Where a script's lines come from, and so which files they may have. */
static struct lab_place first_place(const struct item *item)
{
    return (struct lab_place){.file = item->file,
                              .line = item->line,
                              .column = 1,
                              .from = LAB_FROM_SCRIPT,
                              .reach = item->lesson ? LAB_REACH_LESSON : LAB_REACH_USER};
}

static int read_items(struct run *r)
{
    struct net_error err;
    if (r->spec->all_lessons && add_all_lessons(r, r->spec->lessons_file) < 0)
        return -1;
    if (r->spec->commands)
        add_item(r, (struct item){.file = "-c", .text = r->spec->commands, .line = 1});
    for (size_t i = 0; i < r->spec->file_count; i++)
        if (read_one(r, r->spec->files[i]) < 0)
            return -1;
    for (size_t i = 0; i < r->item_count; i++) {
        const struct item *item = &r->items[i];
        const struct lab_place first = first_place(item);
        if (item->text && lab_script_check(&lab_language, &first, item->text, NULL, &err) < 0) {
            could_not(r, err.text);
            return -1;
        }
    }
    return 0;
}

/* ---- showing ---- */

static bool shows_events(const struct run *r, const struct item *item)
{
    return !r->spec->quiet && (r->spec->verbose || !item->lesson);
}

/* The lines of the note are the session's; words of the script are in them. */
static void show_failed(struct run *r, const struct net_event *event)
{
    char text[NET_EVENT_DATA_MAX + 1], plain[NET_EVENT_DATA_MAX + 1], *rest = text;
    snprintf(text, sizeof text, "%.*s", (int)event->data_bytes, (const char *)event->data);
    for (char *line; (line = strsep(&rest, "\n"));) {
        snprintf(plain, sizeof plain, "%s", line);
        net_plain(plain, sizeof plain);
        fprintf(r->spec->out, line == text ? _("FAILED: %s\n") : "%s\n", plain);
    }
}

/* The n-th line of a script that asks, counted from 0; then the one at which that question is judged: the next that
 * asks, or compares runs. 0: its end. */
static int question_line(const struct item *item, size_t n, int *judged)
{
    int number = item->line, asks = 0;
    *judged = 0;
    for (const char *line = item->text; *line; number++) {
        const char *word = line + strspn(line, " \t");
        bool is_question = strncmp(word, "predict ", 8) == 0;
        if (asks && (is_question || strncmp(word, "versus", 6) == 0)) {
            *judged = number;
            return asks;
        }
        if (is_question && n-- == 0)
            asks = number;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return asks;
}

static void show_judged(struct run *r, const struct net_event *event)
{
    const struct item *item = r->item;
    const struct lab_question *q = lab_session_question(r->session);
    char answer[sizeof q->choice[0].text], time[40];
    int judged, asks = question_line(item, r->questions++, &judged);
    snprintf(answer, sizeof answer, "%.*s", (int)event->data_bytes, (const char *)event->data);
    net_plain(answer, sizeof answer);
    lab_time_text(event->time_ns, lab_session_start_ns(r->session), time, sizeof time);
    if (judged)
        fprintf(r->spec->out, _("%s:%d:1: judged at %s, before line %d; true is \"%s\" alone\n"), item->file, asks,
                time, judged, answer);
    else
        fprintf(r->spec->out, _("%s:%d:1: judged at %s, behind the last line; true is \"%s\" alone\n"), item->file,
                asks, time, answer);
}

static void show_note(struct run *r, const struct net_event *event, size_t index, bool all)
{
    char line[900];
    const struct lab_state *state = lab_session_state(r->session);
    unsigned kind = event->u.note.kind;
    if (kind == LAB_NOTE_EXPECT_FAILED) {
        show_failed(r, event);
        return;
    }
    if (kind == LAB_NOTE_ANSWER && r->spec->tells_judged && !r->spec->quiet && r->item && r->item->lesson)
        show_judged(r, event);
    bool is_told = kind == LAB_NOTE_REPLY || kind == LAB_NOTE_COMMAND || kind == LAB_NOTE_EXPECT_HELD ||
                   kind == LAB_NOTE_ANSWER || kind == LAB_NOTE_TIME;
    if (!all || !is_told)
        return;
    lab_event_line(state, lab_session_journal(r->session), lab_session_start_ns(r->session), index, line, sizeof line);
    fprintf(r->spec->out, "%s\n", line);
}

static void show_event(struct run *r, size_t index, bool all)
{
    char line[900];
    const struct lab_journal *journal = lab_session_journal(r->session);
    const struct lab_state *state = lab_session_state(r->session);
    const struct net_event *event = lab_journal_at(journal, index);
    if (r->spec->json && event->kind == NET_EV_NOTE && event->u.note.kind == LAB_NOTE_VERSUS)
        lab_versus_write_json(lab_session_versus(r->session), r->spec->out);
    if (r->spec->json)
        lab_event_write_named(state, journal, lab_session_start_ns(r->session), index, r->spec->out);
    else if (event->kind == NET_EV_NOTE)
        show_note(r, event, index, all);
    else if (all && lab_event_line_tells(state, journal, index))
        fprintf(r->spec->out, "%s\n",
                lab_event_line(state, journal, lab_session_start_ns(r->session), index, line, sizeof line));
}

static int show_news(struct run *r, const struct item *item)
{
    size_t count = lab_journal_count(lab_session_journal(r->session));
    bool all = shows_events(r, item);
    for (; r->shown < count; r->shown++)
        show_event(r, r->shown, all);
    if (fflush(r->spec->out) == 0)
        return 0;
    if (errno == EPIPE)
        r->signo = SIGPIPE; /* whoever reads has seen enough, as `head` does: that is no failure to be told */
    else
        could_not(r, _("standard output cannot be written to any more"));
    return -1;
}

/* ---- what stays unexplained ---- */

static void show_unseen_line(void *user, const char *line)
{
    enum { SHOWN = 12 };
    struct run *r = user;
    if (r->unseen_lines++ < SHOWN)
        fprintf(r->spec->out, "unexplained: %s\n", line);
}

static void count_unseen(struct run *r)
{
    if (r->spec->unexplained)
        lab_unseen_count(lab_session_journal(r->session), lab_session_state(r->session),
                         lab_session_start_ns(r->session), r->unseen, show_unseen_line, r);
}

/* "unexplained  3.1.2: end 1, call 2" */
static void show_unseen(struct run *r, const struct item *item)
{
    char ids[200] = "", name[24];
    count_unseen(r);
    for (int i = 0; i < LAB_UNSEENS; i++)
        if (r->unseen[i])
            lab_append(ids, sizeof ids, "%s%s %u", *ids ? ", " : "", lab_unseen_rows[i].name, r->unseen[i]);
    memset(r->unseen, 0, sizeof r->unseen);
    r->unseen_lines = 0;
    if (!*ids)
        return;
    r->unexplained++;
    if (item->lesson)
        snprintf(name, sizeof name, "%s.%u", item->lesson->number, item->experiment + 1);
    fprintf(r->spec->out, "unexplained  %s: %s\n", item->lesson ? name : item->file, ids);
}

/* A clear in the middle of a script: the state is about to forget the names. */
static void before_forgetting(void *user)
{
    struct run *r = user;
    if (!r->item)
        return;
    show_news(r, r->item);
    count_unseen(r);
}

/* Calls that have not returned have no line yet. Each with what it waits for. */
static void show_blocked(struct run *r, const struct item *item)
{
    const struct lab_state *state = lab_session_state(r->session);
    const struct lab_evidence e = {
        .journal = lab_session_journal(r->session), .state = state, .start_ns = lab_session_start_ns(r->session)};
    char call[200], who[60], time[40], briefs[LAB_WAIT_REASONS * LAB_WAIT_BRIEF_BYTES];
    struct lab_wait wait;
    if (r->spec->json || !shows_events(r, item))
        return;
    for (size_t i = 0; i < state->task_count; i++) {
        const struct lab_task *task = &state->tasks[i];
        if (!task->alive || task->enter == LAB_NONE)
            continue;
        const struct net_event *enter = lab_journal_at(lab_session_journal(r->session), (size_t)task->enter);
        lab_task_text(state, task->actor, task->id, who, sizeof who);
        net_call_text(enter, NULL, call, sizeof call);
        bool is_known = lab_wait_of_task(&e, task, &wait) && *lab_wait_brief(&wait);
        int columns = lab_columns(who);
        fprintf(r->spec->out,
                is_known ? _("%11s  %s%*s  %s has not returned: %s\n") : _("%11s  %s%*s  %s has not returned\n"),
                lab_time_text(enter->time_ns, lab_session_start_ns(r->session), time, sizeof time), who,
                columns < 8 ? 8 - columns : 0, "", call, lab_wait_briefs(&wait, briefs, sizeof briefs));
    }
}

/* ---- standard input ---- */

/* More of it, where there is some to be had without waiting; nothing where it is at its end. */
static void read_more(struct run *r)
{
    struct input *in = &r->input;
    char sentence[300];
    if (in->taken > 0)
        memmove(in->text, in->text + in->taken, in->bytes - in->taken);
    in->bytes -= in->taken;
    in->taken = 0;
    if (in->room - in->bytes < 4096) {
        char *more = realloc(in->text, 2 * in->room + 8192);
        in->text = more ? more : in->text;
        in->room = more ? 2 * in->room + 8192 : in->room;
    }
    ssize_t got = read(STDIN_FILENO, in->text + in->bytes, in->room - in->bytes - 1);
    in->is_over = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
    in->bytes += got > 0 ? (size_t)got : 0;
    if (got >= 0 || !in->is_over)
        return;
    snprintf(sentence, sizeof sentence, _("standard input cannot be read: %s (%s)"), net_errno_text(errno),
             net_errno_name(errno));
    could_not(r, sentence);
}

/* Give the next line to the session, or say that none comes any more. False: it has to be read first. */
static bool give_line(struct run *r)
{
    struct input *in = &r->input;
    size_t left = in->bytes - in->taken;
    char *line = in->text + in->taken, *end = left ? memchr(line, '\n', left) : NULL;
    size_t bytes = end ? (size_t)(end - line) : left;
    if (!end && !in->is_over)
        return false;
    if (!end && left == 0) {
        lab_session_end_lines(r->session);
        return true;
    }
    line[bytes] = '\0';
    in->taken += end ? bytes + 1 : bytes;
    lab_session_take_line(r->session, line, bytes, ++in->lines);
    return true;
}

/* ---- running ---- */

/* True when a signal that came in ends the run. */
static bool is_interrupted(struct run *r)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    uint64_t taken = net_signal_taken();
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (taken & UINT64_C(1) << ends[i])
            r->signo = ends[i];
    if (taken & UINT64_C(1) << SIGTSTP)
        kill(getpid(), SIGSTOP);
    return r->signo != 0;
}

static bool is_over(const struct lab_session *s)
{
    enum lab_script_state state = lab_session_script_state(s);
    return state == LAB_SCRIPT_DONE || state == LAB_SCRIPT_FAILED || state == LAB_SCRIPT_NONE ||
           lab_session_quit_asked(s);
}

static void too_late(struct run *r, const struct item *item, uint64_t limit_ns)
{
    complain(r, "%s:%d: not over after %llu s: --limit gives a script more time", item->file,
             lab_session_script_line(r->session), (unsigned long long)(limit_ns / 1000000000));
    lab_session_abandon(r->session);
    lab_session_poll(r->session);
    r->status = r->status > LAB_RUN_FAILED ? r->status : LAB_RUN_FAILED;
}

/* Sleep until something has happened. Whoever writes the lines takes his time: the limit is that of each line. */
static void wait_for_news(struct run *r, const struct item *item, uint64_t limit_ns, uint64_t *deadline_ns)
{
    bool wants;
    while ((wants = !item->text && lab_session_wants_line(r->session)) && give_line(r))
        *deadline_ns = net_now_ns() + limit_ns;
    if (is_over(r->session))
        return;
    unsigned woke = lab_session_wait(r->session, wants ? STDIN_FILENO : -1, wants ? 0 : *deadline_ns);
    if (woke & NET_WOKE_INPUT)
        read_more(r);
    if (wants)
        *deadline_ns = net_now_ns() + limit_ns;
}

/* 0: it came to its end; -1: it did not (the sentence is told). */
static int carry_out(struct run *r, const struct item *item)
{
    uint64_t limit_ns = r->spec->limit_ns ? r->spec->limit_ns : LIMIT_NS;
    uint64_t deadline_ns = net_now_ns() + limit_ns;
    if (show_news(r, item) < 0)
        return -1;
    while (!is_over(r->session)) {
        wait_for_news(r, item, limit_ns, &deadline_ns);
        if (show_news(r, item) < 0 || is_interrupted(r))
            return -1;
        if (lab_session_broken(r->session)) {
            could_not(r, _("there is not enough memory for the journal"));
            return -1;
        }
        if (!is_over(r->session) && net_now_ns() >= deadline_ns) {
            too_late(r, item, limit_ns);
            return -1;
        }
    }
    lab_session_poll(r->session);
    return show_news(r, item);
}

static int begin(struct run *r, const struct item *item, struct net_error *err)
{
    const struct lab_place place = first_place(item);
    int result;
    r->input.lines = 0;
    if (item->lesson)
        result = lab_way_begin(r->session, item->lesson, &item->lesson->experiments[item->experiment], err);
    else
        result = item == r->items ? 0 : lab_session_clear(r->session, err);
    r->shown = item == r->items ? 0 : lab_journal_count(lab_session_journal(r->session));
    r->questions = 0;
    r->item = item; /* from here on a clear is the script's: its first lines may be carried out at once */
    if (result < 0)
        return -1;
    return item->text ? lab_session_start_script(r->session, item->text, &place, false, false, err)
                      : lab_session_start_lines(r->session, item->file, err);
}

/* "3.1.2  The client closes"; how many blanks make it as wide as others. */
static int name_text(const struct item *item, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "%s.%u  %s", item->lesson->number, item->experiment + 1,
             item->lesson->experiments[item->experiment].title);
    int columns = lab_columns(out);
    return columns < NAME_COLUMNS ? NAME_COLUMNS - columns : 0;
}

static void verdict(struct run *r, const struct item *item, uint64_t took_ns)
{
    struct lab_session *s = r->session;
    bool failed = lab_session_script_state(s) != LAB_SCRIPT_DONE && !lab_session_quit_asked(s);
    bool told = item->lesson && !r->spec->json;
    char name[300] = "";
    int blanks = told ? name_text(item, name, sizeof name) : 0;
    net_plain(name, sizeof name);
    if (failed) {
        if (told)
            fprintf(r->spec->out, _("FAILED   %s\n"), name);
        fflush(r->spec->out);
        complain(r, "%s", lab_session_script_error(s)->text);
        int status = lab_session_expect_failed(s) ? LAB_RUN_FAILED : LAB_RUN_COULD_NOT;
        r->status = r->status > status ? r->status : status;
    } else if (told && lab_session_script_skipped(s)) {
        fprintf(r->spec->out, _("skipped  %s: %s\n"), name, lab_session_script_error(s)->text);
    } else if (lab_session_script_skipped(s)) {
        complain(r, "%s is skipped: %s", item->file, lab_session_script_error(s)->text);
    } else if (told && !r->spec->quiet) {
        const unsigned held = lab_session_expect_held(s);
        fprintf(r->spec->out,
                LAB_PLURAL(held, "ok       %s%*s %u expectation, %.2f s\n", "ok       %s%*s %u expectations, %.2f s\n"),
                name, blanks, "", held, (double)took_ns / 1e9);
    }
}

/* False: no more of the others. */
static bool run_item(struct run *r, const struct item *item)
{
    struct net_error err = {0};
    uint64_t begun_ns = net_now_ns();
    if (begin(r, item, &err) < 0) {
        r->item = NULL;
        could_not(r, err.text);
        return false;
    }
    int over = carry_out(r, item);
    r->item = NULL;
    if (over == 0) {
        show_blocked(r, item);
        verdict(r, item, net_now_ns() - begun_ns);
        if (r->spec->unexplained)
            show_unseen(r, item);
    }
    return !r->signo && !ferror(r->spec->out) && !lab_session_broken(r->session);
}

/* Where what ran begins: an experiment with its clean slate, a script with the lab. */
static size_t first_event(const struct run *r, const struct lab_journal *journal)
{
    size_t count = lab_journal_count(journal);
    for (size_t i = 0; r->item_count && r->items[0].lesson && i < count; i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_CLEARED)
            return i;
    }
    return 0;
}

static void export_all(struct run *r)
{
    struct net_error err;
    char about[200], said[800];
    const struct lab_journal *journal = lab_session_journal(r->session);
    enum net_mode mode = lab_session_engine(r->session)->hosts.mode;
    uint64_t start_ns = lab_session_start_ns(r->session);
    const struct lab_page_part part = {
        .journal = journal,
        .first = first_event(r, journal),
        .end = lab_journal_count(journal),
        .to_ns = UINT64_MAX,
        .start_ns = start_ns,
        .rows_max = LAB_PAGE_ROWS_MAX,
        .has_wire = mode != NET_MODE_LOOPBACK,
        .about = lab_export_about(journal, start_ns, net_mode_name(mode), about, sizeof about),
        .read_lesson = lab_way_read_page};
    if (lab_export_page(r->spec->export, &part, said, sizeof said, &err) < 0)
        could_not(r, err.text);
    else if (!r->spec->quiet && !r->spec->json)
        fprintf(r->spec->out, "%s\n", said);
}

/*
 * The user has named the file of the export; this thread, once it is confined, could not write it. So a thread that was
 * there before does: it sleeps until all has run.
 */
struct exporter {
    struct run *run;
    sem_t is_over;
    pthread_t thread;
    bool is_there;
};

static void *wait_and_export(void *exporter)
{
    struct exporter *e = exporter;
    while (sem_wait(&e->is_over) < 0)
        ;
    export_all(e->run);
    return NULL;
}

static int exporter_begin(struct exporter *e, struct run *r)
{
    struct net_error err;
    *e = (struct exporter){.run = r};
    if (!r->spec->export || !r->spec->export->file.name)
        return 0;
    sem_init(&e->is_over, 0, 0);
    errno = pthread_create(&e->thread, NULL, wait_and_export, e);
    e->is_there = errno == 0;
    if (!e->is_there) {
        net_fail_errno(&err, "pthread_create()");
        could_not(r, err.text);
    }
    return e->is_there ? 0 : -1;
}

static void exporter_end(struct exporter *e)
{
    if (!e->is_there)
        return;
    sem_post(&e->is_over);
    pthread_join(e->thread, NULL);
    sem_destroy(&e->is_over);
}

/* Lessons of a file, and nothing else: what they are refused by name, the kernel refuses too, where it can. */
static void confine(const struct run *r)
{
    char folder[PATH_MAX];
    bool all = r->books != NULL;
    for (const struct book *book = r->books; book; book = book->next)
        all &= book->path && book->only;
    for (size_t i = 0; i < r->item_count; i++)
        all &= r->items[i].lesson != NULL;
    if (all && lab_reach_folder(folder, NULL) == 0)
        net_confine(NET_CONFINED_LAB, folder);
}

static void run_items(struct run *r)
{
    struct exporter exporter;
    struct net_error err;
    struct lab_session_spec spec = {.language = &lab_language,
                                    .mode = r->spec->mode,
                                    .bind_ip = r->spec->bind_ip,
                                    .binds_all = r->spec->binds_all,
                                    .headless = true,
                                    .seed = r->spec->seed};
    /* Nothing of its own is written there while all is well. */
    if (r->spec->quiet && !r->spec->json && !isatty(fileno(r->spec->out)))
        spec.out = r->spec->out;
    r->session = lab_session_open(&spec, &err);
    if (!r->session) {
        could_not(r, err.text);
        return;
    }
    if (exporter_begin(&exporter, r) < 0) {
        lab_session_close(r->session);
        return;
    }
    confine(r);
    lab_session_on_forget(r->session, before_forgetting, r);
    const char *why_not = lab_session_engine(r->session)->hosts.why_not;
    if (*why_not && !r->spec->quiet)
        complain(r, "%s", why_not);
    if (r->spec->json)
        lab_journal_write_head(lab_session_journal(r->session), lab_session_start_ns(r->session),
                               net_mode_name(lab_session_engine(r->session)->hosts.mode), r->spec->out);
    for (size_t i = 0; i < r->item_count; i++)
        if (!run_item(r, &r->items[i]))
            break;
    if (r->spec->unexplained)
        fprintf(r->spec->out, _("unexplained: something in %u of %zu\n"), r->unexplained, r->item_count);
    exporter_end(&exporter);
    lab_session_close(r->session);
}

int lab_run(const struct lab_run_spec *spec)
{
    struct run r = {.spec = spec};
    if (read_items(&r) == 0 && r.status == 0)
        run_items(&r);
    for (size_t i = 0; i < r.text_count; i++)
        free(r.texts[i]);
    free(r.texts);
    free(r.items);
    free(r.input.text);
    while (r.books) {
        struct book *next = r.books->next;
        lab_lessons_fini(&r.books->lessons);
        free(r.books);
        r.books = next;
    }
    return r.signo ? 128 + r.signo : r.status;
}
