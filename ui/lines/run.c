// SPDX-License-Identifier: GPL-3.0-or-later
// One lab in lines: it opens everything, sleeps, takes lines, and tells.
//
// A line is asked for when the lab is at rest, or after a moment in which it is not. On a terminal readline edits it;
// what is told meanwhile takes its place, and then it stands below. Where input is no terminal its lines are taken one
// by one, each when what the one before has done is over, so that a script of them reads as a dialogue.
#include "ui/lines/lines.h"

#include "lab/base/locale.h"
#include "lab/commands/commands.h"
#include "net/base/plain.h"
#include "net/base/signals.h"
#include "net/data/event.h"
#include "ui/draw/prompt.h"
#include "ui/draw/terminal.h"
#include "ui/draw/theme.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS = 80, COLUMNS_MOST = 100, INPUT_BYTES = 65536 };

struct input {
    struct ui_prompt *prompt; /* NULL: input or output is no terminal */
    char text[INPUT_BYTES];   /* then: what was read and not taken */
    size_t bytes;
    bool is_over;
};

/* ---- input that is no terminal ---------------------------------------------------------------------------------- */

static void read_more(struct input *in)
{
    ssize_t got = read(STDIN_FILENO, in->text + in->bytes, sizeof in->text - in->bytes - 1);
    if (got > 0)
        in->bytes += (size_t)got;
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        in->is_over = true;
}

/* Whoever wrote it may be no friend: what it holds is shown, and steers no terminal. */
static void echo_line(const char *line)
{
    size_t room = strlen(line) * NET_ESCAPE_BYTES + 1;
    char *plain = malloc(room);
    if (!plain)
        return;
    memcpy(plain, line, strlen(line) + 1);
    net_plain(plain, room);
    printf("> %s\n", plain);
    free(plain);
}

/* The next line, echoed, since nothing else shows it. False: there is none yet. */
static bool next_line(struct input *in, char **line)
{
    char *end = memchr(in->text, '\n', in->bytes);
    bool is_full = in->bytes == sizeof in->text - 1;
    if (!end && !(in->bytes > 0 && (in->is_over || is_full)))
        return false;
    size_t bytes = end ? (size_t)(end - in->text) : in->bytes, taken = end ? bytes + 1 : bytes;
    *line = strndup(in->text, bytes);
    memmove(in->text, in->text + taken, in->bytes - taken);
    in->bytes -= taken;
    if (*line)
        echo_line(*line);
    return *line != NULL;
}

/* ---- signals, the terminal -------------------------------------------------------------------------------------- */

static void measure(struct ui_lines *l)
{
    struct winsize size;
    l->columns = COLUMNS;
    l->rows = 0;
    if (!isatty(STDIN_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return;
    l->columns = size.ws_col - 1 < COLUMNS_MOST ? size.ws_col - 1 : COLUMNS_MOST;
    l->rows = size.ws_row;
}

/* Ctrl-C gives up what waits; where nothing does, it leaves. */
static void interrupt(struct ui_lines *l)
{
    if (ui_lines_is_busy(l)) {
        lab_session_abandon(l->session);
        return;
    }
    l->quit = true;
    l->status = 128 + SIGINT;
}

static void take_signals(struct ui_lines *l, struct input *in)
{
    uint64_t taken = net_signal_taken();
    if (taken & UINT64_C(1) << SIGTSTP) {
        ui_prompt_leave_terminal(in->prompt);
        ui_terminal_stop();
    }
    if (taken & UINT64_C(1) << SIGWINCH) {
        measure(l);
        ui_prompt_size(l->rows, l->columns + 1);
    }
    if (taken & UINT64_C(1) << SIGINT)
        interrupt(l);
    for (int signo = 1; signo < 32; signo++)
        if ((signo == SIGHUP || signo == SIGTERM) && taken & UINT64_C(1) << signo) {
            l->quit = true;
            l->status = 128 + signo;
        }
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

/* What there is to tell is told where the line that is typed stood. */
static void tell_news(struct ui_lines *l, const struct input *in)
{
    if (lab_journal_count(lab_session_journal(l->session)) == l->shown)
        return;
    ui_prompt_leave_terminal(in->prompt);
    ui_lines_news(l);
}

/* A line may be typed: nothing is to come, or it takes longer than a moment. */
static bool wants_line(const struct ui_lines *l)
{
    return l->says_waits || (!ui_lines_is_busy(l) && net_now_ns() >= l->settle_ns);
}

static void ask(struct ui_lines *l, const struct input *in)
{
    if (l->quit || !wants_line(l) || ui_prompt_is_on_terminal(in->prompt))
        return;
    if (!ui_lines_is_busy(l) && !l->is_asked) {
        l->is_asked = true;
        ui_lines_rest(l);
        ui_lines_say_on(l);
    }
    fflush(stdout);
    ui_prompt_on_terminal(in->prompt, "lab> ");
}

static void take_line(struct ui_lines *l, const char *line)
{
    if (!line) {
        l->quit = true;
        return;
    }
    if (*line && l->rows)
        ui_history_add(line);
    ui_lines_turn(l);
    ui_lines_take(l, line);
}

/* From a pipe, one when the lab is at rest. */
static void take_piped(struct ui_lines *l, struct input *in)
{
    char *line;
    if (in->prompt || ui_lines_is_busy(l) || !wants_line(l))
        return;
    if (next_line(in, &line)) {
        take_line(l, line);
        free(line);
    } else if (in->is_over) {
        l->quit = true;
    }
}

/* What is typed; the terminal is the lab's own again when a line was entered. */
static void take_input(struct ui_lines *l, struct input *in)
{
    char *line;
    if (!in->prompt) {
        read_more(in);
        return;
    }
    /* What was told meanwhile may have taken the line away: what was typed is read when it is back. */
    if (!ui_prompt_is_on_terminal(in->prompt) || !ui_prompt_read_terminal(in->prompt, &line))
        return;
    take_line(l, line);
    free(line);
}

static int input_fd(const struct input *in)
{
    bool listens = in->prompt ? ui_prompt_is_on_terminal(in->prompt) : !in->is_over && in->bytes < INPUT_BYTES - 1;
    return listens ? STDIN_FILENO : -1;
}

/* A line that was read already, or the end of all lines, is taken without a sleep. */
static bool has_piped(const struct ui_lines *l, const struct input *in)
{
    return !in->prompt && !ui_lines_is_busy(l) && wants_line(l) && (in->is_over || memchr(in->text, '\n', in->bytes));
}

/* When there will be something to say, or a line to ask for, without an event. */
static uint64_t next_ns(const struct ui_lines *l, const struct input *in)
{
    if (has_piped(l, in))
        return 1;
    return ui_lines_is_busy(l) ? ui_lines_waits_ns(l) : net_now_ns() < l->settle_ns ? l->settle_ns : 0;
}

static void take_turn(struct ui_lines *l, struct input *in)
{
    uint64_t deadline_ns = next_ns(l, in);
    unsigned woke = lab_session_wait(l->session, input_fd(in), deadline_ns);
    if (woke & NET_WOKE_SIGNAL)
        take_signals(l, in);
    tell_news(l, in);
    if (woke & NET_WOKE_INPUT && !l->quit)
        take_input(l, in);
}

static void tell_all(struct ui_lines *l, struct input *in)
{
    tell_news(l, in);
    if (!ui_lines_is_busy(l) && !l->is_asked)
        ui_prompt_leave_terminal(in->prompt); /* it was shown while something waited */
    ui_lines_follow(l);
    tell_news(l, in);
    ui_lines_waits(l);
    ask(l, in);
    take_piped(l, in);
    if (lab_session_quit_asked(l->session))
        l->quit = true;
    if (lab_session_broken(l->session)) {
        ui_lines_say(l, "Memory ran out while events came in; the lab is closed.");
        l->quit = true;
        l->status = 2;
    }
    if (fflush(stdout) != 0) {
        l->quit = true;
        l->status = 2;
    }
}

static void before_forgetting(void *user)
{
    struct ui_lines *l = user;
    if (!l->clears)
        ui_lines_news(l);
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

static int open_lab(struct ui_lines *l, struct net_error *err)
{
    const struct ui_options *options = l->options;
    struct net_error note = {.code = 0};
    const struct lab_session_spec spec = {.language = &lab_language,
                                          .mode = options->mode,
                                          .bind_ip = options->bind_ip,
                                          .binds_all = options->binds_all,
                                          .seed = options->seed};
    if (lab_lessons_gather(options->lessons_file, options->lessons_only, options->language, &l->lessons, err) != 0)
        return -1;
    lab_lessons_shuffle(&l->lessons, options->seed);
    l->progress = lab_progress_load_for(options->learner, &l->lessons, &note);
    l->session = lab_session_open(&spec, err);
    if (!l->session)
        return -1;
    lab_session_on_forget(l->session, before_forgetting, l);
    if (note.text[0])
        ui_lines_say(l, "%s", note.text);
    if (options->locale_note)
        ui_lines_say(l, "%s", options->locale_note);
    const char *why_not = lab_session_engine(l->session)->hosts.why_not;
    if (why_not[0])
        ui_lines_say(l, "%s", why_not);
    l->shown = lab_journal_count(lab_session_journal(l->session));
    return 0;
}

static void close_lab(struct ui_lines *l, struct input *in)
{
    ui_prompt_leave_terminal(in->prompt);
    ui_prompt_free(in->prompt);
    if (l->session)
        lab_session_close(l->session);
    if (l->progress)
        lab_progress_free(l->progress);
    lab_lessons_fini(&l->lessons);
    free(l->text);
}

static int run(struct ui_lines *l, struct input *in)
{
    struct net_error err = {.code = 0};
    measure(l);
    int result = open_lab(l, &err);
    if (result == 0)
        result = ui_lines_open(l, &err);
    if (result == 0 && l->rows) {
        in->prompt = ui_prompt_new(l->session);
        ui_prompt_size(l->rows, l->columns + 1);
    }
    ui_lines_turn(l);
    while (result == 0 && !l->quit) {
        tell_all(l, in);
        if (!l->quit)
            take_turn(l, in);
    }
    close_lab(l, in);
    if (result != 0)
        fprintf(stderr, "tcplab: %s\n", err.text);
    return result != 0 ? 2 : l->status;
}

int ui_lines_run(const struct ui_options *options)
{
    struct ui_lines l = {.options = options, .lesson = -1, .early_choice = -1};
    struct input *in = calloc(1, sizeof *in);
    if (!in) {
        perror("tcplab");
        return 2;
    }
    lab_locale_begin(NULL, 0);
    net_text_shows_letters(ui_is_utf8());
    int status = run(&l, in);
    free(in);
    return status;
}
