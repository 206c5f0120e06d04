// SPDX-License-Identifier: GPL-3.0-or-later
// The prompt: one line edited by readline.
//
// readline is used through its callback interface and kept from the terminal altogether: its input comes from a queue
// of bytes that the loop fills, its output goes to /dev/null, its redisplay does nothing, and it may neither change the
// terminal's modes nor catch a signal. What it holds (rl_line_buffer, rl_point, rl_display_prompt) is drawn by curses.
//
// A lone Esc. Esc is the prefix of every arrow key, and the key that leads out of the prompt. It is kept back until
// something follows or ESCAPE_NS have passed. Where readline itself gives it a meaning (a search that it ends, vi's
// insert mode), it gets it.
//
// A paste. Terminals put "\033[200~" before it and "\033[201~" behind it. Both are taken out of the queue as they
// come. In between a control character is none of a key: line breaks enter lines, tabs are spaces, others are dropped.
#include "ui/draw/prompt.h"

#include "lab/commands/commands.h"
#include "lab/language/hint.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

enum {
    MARK_BYTES = 6,
    QUEUE_BYTES = 65536,
    ESCAPE_NS = 50000000,
    HINT_BYTES = 640,
    ESCAPE = 27,
    CTRL_C = 3,
    CTRL_G = 7
};

struct ui_prompt {
    struct lab_session *session;
    FILE *nowhere;
    bool open, initialized;
    bool pasting, drops; /* between the marks of a paste; what comes until its end is dropped */
    unsigned char queue[QUEUE_BYTES];
    size_t first, count; /* a ring */
    uint64_t escape_ns;  /* when the lone Esc came */
    char *entered;       /* by the handler; NULL none */
    bool ended;          /* Ctrl-D */
    bool on_terminal;    /* readline has the terminal: nothing above is used then but these two */
    char *kept;          /* what was typed before it left the terminal; NULL nothing */
    int kept_point;
    char shown[512]; /* rl_display_prompt without its marks */
    char hint[HINT_BYTES];
    struct ui_candidate candidates[UI_CANDIDATES];
    size_t candidate_count, candidates_all, candidate_at;
    char *listed; /* the line up to the cursor that the list was turned for; NULL: it was not */
    int turned;
};

/*
 * readline is one per process, its callbacks carry no pointer of ours, and so there is one prompt. Its pages are its
 * own: none is touched before something is typed, and children do not get them.
 */
static struct ui_prompt *the_prompt;
static int screen_rows, screen_columns;

/* ---- readline's side -------------------------------------------------------------------------------------------- */

static unsigned char pop(struct ui_prompt *p)
{
    unsigned char byte = p->queue[p->first];
    p->first = (p->first + 1) % QUEUE_BYTES;
    p->count--;
    return byte;
}

/* Asked for more than there is only in the middle of a command that must not wait here: abort it. */
static int next_byte(FILE *unused)
{
    (void)unused;
    return the_prompt->count > 0 ? pop(the_prompt) : CTRL_G;
}

/* Whether readline has a use of its own for Esc or Ctrl-C now. */
static bool readline_wants_control(void)
{
    return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_MULTIKEY | RL_STATE_METANEXT | RL_STATE_VIMOTION |
                      RL_STATE_CHARSEARCH);
}

static bool is_vi_insert(void)
{
    return rl_editing_mode == 0 && rl_get_keymap() == rl_get_keymap_by_name("vi-insert");
}

static bool is_lone_escape(const struct ui_prompt *p)
{
    return p->count == 1 && p->queue[p->first] == ESCAPE && !readline_wants_control() && !is_vi_insert();
}

static bool is_ctrl_c(const struct ui_prompt *p)
{
    return p->count > 0 && p->queue[p->first] == CTRL_C && !readline_wants_control();
}

/* readline reads ahead while letters follow each other: it must not run over what is ours. */
static int has_byte(void)
{
    return the_prompt->count > 0 && !is_lone_escape(the_prompt) && !is_ctrl_c(the_prompt);
}

static void draw_nothing(void)
{
}

/* The list stands on the screen already: with nothing to choose for the learner, Tab shows more of it. */
static void show_matches(char **matches, int count, int longest)
{
    (void)matches;
    (void)count;
    (void)longest;
    the_prompt->turned++;
}

static int turn_on(int count, int key)
{
    (void)count;
    (void)key;
    the_prompt->turned++;
    return 0;
}

static int turn_back(int count, int key)
{
    (void)count;
    (void)key;
    the_prompt->turned--;
    return 0;
}

static void line_entered(char *line)
{
    the_prompt->ended = line == NULL;
    free(the_prompt->entered);
    the_prompt->entered = line;
}

/* ---- completion ------------------------------------------------------------------------------------------------- */

static void take_candidate(void *user, const char *word, const char *meaning)
{
    struct ui_prompt *p = user;
    p->candidates_all++;
    if (p->candidate_count == UI_CANDIDATES)
        return;
    struct ui_candidate *candidate = &p->candidates[p->candidate_count++];
    snprintf(candidate->word, sizeof candidate->word, "%s", word);
    snprintf(candidate->meaning, sizeof candidate->meaning, "%s", meaning);
}

static void find_candidates(struct ui_prompt *p, const char *line, size_t at)
{
    p->candidate_count = p->candidates_all = 0;
    p->candidate_at = at;
    if (p->session)
        lab_session_complete(p->session, line, at, &p->candidate_at, take_candidate, p);
}

static size_t common_bytes(const struct ui_prompt *p)
{
    size_t n = strlen(p->candidates[0].word);
    for (size_t i = 1; i < p->candidate_count; i++)
        for (size_t k = 0; k < n; k++)
            if (p->candidates[i].word[k] != p->candidates[0].word[k])
                n = k;
    return n;
}

/* The candidate as readline wants it: for its own beginning of the word, which may lie before or behind the lab's. */
static char *for_readline(const struct ui_prompt *p, const char *word, size_t bytes, size_t start)
{
    size_t before = p->candidate_at > start ? p->candidate_at - start : 0;
    size_t skip = start > p->candidate_at ? start - p->candidate_at : 0;
    if (skip > bytes)
        skip = bytes;
    char *whole = malloc(before + bytes - skip + 1);
    if (!whole)
        return NULL;
    memcpy(whole, rl_line_buffer + start, before);
    memcpy(whole + before, word + skip, bytes - skip);
    whole[before + bytes - skip] = '\0';
    return whole;
}

/* readline: matches[0] is what they have in common, the rest are the matches themselves. It frees them all. */
static char **complete(const char *text, int start, int end)
{
    struct ui_prompt *p = the_prompt;
    rl_attempted_completion_over = 1;
    find_candidates(p, rl_line_buffer, (size_t)end);
    char **matches = p->candidate_count > 0 ? calloc(p->candidate_count + 2, sizeof *matches) : NULL;
    if (!matches)
        return NULL;
    size_t common = common_bytes(p);
    const char *only = p->candidate_count == 1 ? p->candidates[0].word : "";
    rl_completion_suppress_append = *only && only[strlen(only) - 1] == '/'; /* a folder: its files come next */
    matches[0] = for_readline(p, p->candidates[0].word, common, (size_t)start);
    if (matches[0] && strlen(matches[0]) < strlen(text)) {
        free(matches[0]);
        matches[0] = strdup(text);
    }
    for (size_t i = 0; i < p->candidate_count && p->candidate_count > 1; i++)
        matches[i + 1] = for_readline(p, p->candidates[i].word, strlen(p->candidates[i].word), (size_t)start);
    return matches;
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

/*
 * The user's key bindings are read by readline, by name. What is no file it would wait at for ever; and from the home
 * of another user root takes none, since a binding can type commands.
 */
static void choose_inputrc(void)
{
    char inputrc[PATH_MAX];
    struct stat is;
    const char *named = getenv("INPUTRC"), *home = getenv("HOME");
    snprintf(inputrc, sizeof inputrc, "%s%s", named ? named : home ? home : "", named ? "" : "/.inputrc");
    if (stat(inputrc, &is) == 0 && (!S_ISREG(is.st_mode) || (geteuid() == 0 && is.st_uid != 0)))
        setenv("INPUTRC", "/dev/null", 1);
}

/* How the lab's language is completed, and what readline leaves to us. */
static void begin_readline(struct ui_prompt *p)
{
    p->initialized = true;
    rl_readline_name = "tcplab"; /* for $if in the user's inputrc */
    rl_catch_signals = rl_catch_sigwinch = rl_change_environment = 0;
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "";
    rl_sort_completion_matches = 0;
    choose_inputrc();
    rl_initialize();
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("enable-bracketed-paste", "off");
    ui_history_load();
}

static void initialize(struct ui_prompt *p)
{
    p->nowhere = fopen("/dev/null", "w");
    rl_prep_term_function = NULL;
    rl_deprep_term_function = NULL;
    rl_outstream = p->nowhere;
    rl_getc_function = next_byte;
    rl_input_available_hook = has_byte;
    rl_redisplay_function = draw_nothing;
    rl_completion_display_matches_hook = show_matches;
    rl_completion_query_items = -1;
    begin_readline(p);
    rl_variable_bind("show-all-if-unmodified", "on");
    rl_bind_keyseq_if_unbound("\\e[6~", turn_on);
    rl_bind_keyseq_if_unbound("\\e[5~", turn_back);
    rl_bind_keyseq_if_unbound("\\e[Z", turn_back);
}

struct ui_prompt *ui_prompt_new(struct lab_session *session)
{
    struct ui_prompt *p = calloc(1, sizeof *p);
    if (p)
        p->session = session;
    the_prompt = p;
    return p;
}

void ui_prompt_free(struct ui_prompt *p)
{
    if (!p)
        return;
    ui_prompt_close(p);
    if (p->nowhere)
        fclose(p->nowhere);
    free(p->entered);
    free(p->kept);
    free(p->listed);
    free(p);
    the_prompt = NULL;
}

/* What readline holds of a line that nobody enters: a search, and its changes, which the entry of the history that was
 * changed points to as well. Left there, they would be freed a second time when the history is gone through again. */
static void give_up_line(void)
{
    rl_callback_sigcleanup();
    rl_free_line_state();
}

void ui_prompt_open(struct ui_prompt *p, const char *line, size_t cursor)
{
    if (!p->initialized)
        initialize(p);
    rl_set_screen_size(screen_rows, screen_columns);
    if (!p->open)
        rl_callback_handler_install(": ", line_entered);
    else
        give_up_line();
    p->open = true;
    rl_replace_line(line, 1);
    rl_point = (int)(cursor < strlen(line) ? cursor : strlen(line));
}

void ui_prompt_close(struct ui_prompt *p)
{
    if (p->open) {
        give_up_line();
        rl_callback_handler_remove();
    }
    p->open = p->pasting = p->drops = false;
    p->count = 0;
}

bool ui_prompt_is_open(const struct ui_prompt *p)
{
    return p && p->open;
}

/* To tell readline makes it read the terminal's description: not before it is needed. */
void ui_prompt_size(int rows, int columns)
{
    screen_rows = rows;
    screen_columns = columns;
    if (ui_prompt_is_open(the_prompt) || ui_prompt_is_on_terminal(the_prompt))
        rl_set_screen_size(rows, columns);
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

/* Whether the queue ends in a mark of a paste. */
static bool ends_in(const struct ui_prompt *p, const char *mark)
{
    bool same = p->count >= MARK_BYTES;
    for (size_t i = 0; same && i < MARK_BYTES; i++)
        same = p->queue[(p->first + p->count - MARK_BYTES + i) % QUEUE_BYTES] == (unsigned char)mark[i];
    return same;
}

static void take_marks(struct ui_prompt *p)
{
    bool begins = ends_in(p, "\033[200~");
    if (!begins && !ends_in(p, "\033[201~"))
        return;
    p->count = p->drops ? 0 : p->count - MARK_BYTES;
    p->pasting = begins;
    p->drops = false;
}

void ui_prompt_feed(struct ui_prompt *p, unsigned char byte)
{
    if (p->pasting && byte == '\n')
        byte = '\r';
    else if (p->pasting && byte == '\t')
        byte = ' ';
    else if (p->pasting && (byte < ' ' || byte == 127) && byte != '\r' && byte != ESCAPE)
        return;
    if (p->drops && p->count == MARK_BYTES)
        pop(p);
    if (p->count < QUEUE_BYTES)
        p->queue[(p->first + p->count++) % QUEUE_BYTES] = byte;
    if (byte == '~')
        take_marks(p);
}

void ui_prompt_paste(struct ui_prompt *p)
{
    p->pasting = true;
}

bool ui_prompt_has_more(const struct ui_prompt *p)
{
    return p->count > 0 || p->pasting;
}

void ui_prompt_drop_more(struct ui_prompt *p)
{
    p->count = 0;
    p->drops = p->pasting;
}

/* An Esc of a paste is the beginning of its end, of which more must come; any other is dropped. */
static bool waits_for_mark(struct ui_prompt *p)
{
    while (p->pasting && p->count >= MARK_BYTES && p->queue[p->first] == ESCAPE)
        pop(p);
    return p->drops || (p->pasting && p->count > 0 && p->queue[p->first] == ESCAPE);
}

uint64_t ui_prompt_deadline_ns(const struct ui_prompt *p)
{
    return ui_prompt_is_open(p) && p->escape_ns ? p->escape_ns + ESCAPE_NS : 0;
}

enum ui_prompt_event ui_prompt_run(struct ui_prompt *p, uint64_t now_ns, const char **line)
{
    free(p->entered);
    p->entered = NULL;
    while (p->open && p->count > 0) {
        if (is_lone_escape(p)) {
            p->escape_ns = p->escape_ns ? p->escape_ns : now_ns;
            return now_ns >= p->escape_ns + ESCAPE_NS ? UI_PROMPT_LEFT : UI_PROMPT_EDITED;
        }
        p->escape_ns = 0;
        if (waits_for_mark(p))
            return UI_PROMPT_EDITED;
        if (is_ctrl_c(p))
            return UI_PROMPT_LEFT;
        if (p->count > 0)
            rl_callback_read_char();
        if (p->ended) {
            p->ended = false;
            return UI_PROMPT_LEFT;
        }
        if (p->entered) {
            *line = p->entered;
            return UI_PROMPT_ENTERED;
        }
    }
    return UI_PROMPT_EDITED;
}

/* ---- what is seen ----------------------------------------------------------------------------------------------- */

/* \001 and \002 enclose what a terminal would not show. */
static void copy_visible(char *out, size_t out_bytes, const char *text)
{
    size_t n = 0;
    bool hidden = false;
    for (; *text && n + 1 < out_bytes; text++) {
        if (*text == RL_PROMPT_START_IGNORE || *text == RL_PROMPT_END_IGNORE)
            hidden = *text == RL_PROMPT_START_IGNORE;
        else if (!hidden)
            out[n++] = *text;
    }
    out[n] = '\0';
}

/* Another line, or another place in it, has a list of its own: its first page. */
static void keep_page(struct ui_prompt *p, size_t cursor)
{
    if (p->listed && strlen(p->listed) == cursor && strncmp(p->listed, rl_line_buffer, cursor) == 0)
        return;
    free(p->listed);
    p->listed = strndup(rl_line_buffer, cursor);
    p->turned = 0;
}

struct ui_prompt_picture ui_prompt_picture(struct ui_prompt *p)
{
    size_t cursor = (size_t)rl_point;
    keep_page(p, cursor);
    copy_visible(p->shown, sizeof p->shown, rl_display_prompt ? rl_display_prompt : ": ");
    p->hint[0] = '\0';
    lab_hint(&lab_language, rl_line_buffer, p->hint, sizeof p->hint);
    if (RL_ISSTATE(RL_STATE_ISEARCH))
        p->candidate_count = p->candidates_all = 0;
    else
        find_candidates(p, rl_line_buffer, cursor);
    return (struct ui_prompt_picture){.prompt = p->shown,
                                      .text = rl_line_buffer,
                                      .cursor = cursor,
                                      .hint = p->hint,
                                      .candidates = p->candidates,
                                      .candidate_count = p->candidate_count,
                                      .candidates_all = p->candidates_all,
                                      .candidate_at = p->candidate_at,
                                      .turned = p->turned};
}

/* ---- on the terminal itself ------------------------------------------------------------------------------------- */

static void entered_on_terminal(char *line)
{
    rl_callback_handler_remove(); /* the terminal is the lab's until the next line is asked for */
    the_prompt->on_terminal = false;
    line_entered(line);
}

bool ui_prompt_is_on_terminal(const struct ui_prompt *p)
{
    return p && p->on_terminal;
}

void ui_prompt_on_terminal(struct ui_prompt *p, const char *prompt)
{
    if (!p || p->on_terminal)
        return;
    if (!p->initialized)
        begin_readline(p);
    rl_set_screen_size(screen_rows, screen_columns);
    p->on_terminal = true;
    rl_callback_handler_install(prompt, entered_on_terminal);
    if (!p->kept)
        return;
    rl_insert_text(p->kept);
    rl_point = p->kept_point;
    rl_redisplay();
    free(p->kept);
    p->kept = NULL;
}

void ui_prompt_leave_terminal(struct ui_prompt *p)
{
    if (!p || !p->on_terminal)
        return;
    p->kept = *rl_line_buffer ? strdup(rl_line_buffer) : NULL;
    p->kept_point = rl_point;
    give_up_line(); /* it draws the line once more */
    rl_clear_visible_line();
    rl_callback_handler_remove();
    p->on_terminal = false;
    fflush(stdout);
}

bool ui_prompt_read_terminal(struct ui_prompt *p, char **line)
{
    rl_callback_read_char();
    if (p->on_terminal)
        return false;
    *line = p->entered;
    p->entered = NULL;
    if (!*line)
        putchar('\n');
    return true;
}
