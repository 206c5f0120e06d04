// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A line into commands, by the rows alone. Nothing here touches the kernel or the session, so that a line, or a whole
 * script, is known to be well-formed before its first command runs.
 */

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/command.h"
#include "lab/language/compare.h"
#include "lab/language/condition.h"
#include "lab/language/naming.h"
#include "lab/language/read_private.h"
#include "lab/language/start.h"
#include "net/data/call.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const struct lab_language *language;
    struct lab_command *command;
    struct lab_scope *scope;
    size_t at;  /* the word to be read next */
    size_t bad; /* the word that an error is about */
    struct net_error *err;
};

static const struct lab_word *word_at(const struct reader *r)
{
    return &r->command->line.words[r->at];
}

/* ---- slots of one word ---- */

static int read_keyword(const char *word, const struct lab_slot *slot, struct lab_value *value, struct net_error *err)
{
    int index = lab_word_index(slot->words, word);
    if (index >= 0) {
        value->number = index;
        return 0;
    }
    struct lab_nearest nearest;
    char known[40];
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; lab_word_at(slot->words, i, known, sizeof known); i++)
        lab_nearest_offer(&nearest, known);
    return net_fail(err, 0, NULL, "`%.40s` cannot stand here: expected one of: %s%s", word, slot->words,
                    lab_nearest_hint(&nearest));
}

static int read_signal(const char *word, struct lab_value *value, struct net_error *err)
{
    struct lab_nearest nearest;
    value->number = net_signal_number(word);
    if (value->number > 0)
        return 0;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; net_signal_name_at(i); i++)
        lab_nearest_offer(&nearest, net_signal_name_at(i));
    return net_fail(err, 0, NULL, "`%.40s` is no signal: write it as SIGTERM or 15%s", word,
                    lab_nearest_hint(&nearest));
}

static int read_call(const char *word, struct lab_value *value, struct net_error *err)
{
    struct lab_nearest nearest;
    value->number = net_call_number(word);
    if (value->number != NET_CALL_NONE)
        return 0;
    lab_nearest_init(&nearest, word);
    for (unsigned call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++)
        lab_nearest_offer(&nearest, net_call_row(call)->name);
    return net_fail(err, 0, NULL, "`%.40s` is no call that programs make, such as recv or fork%s", word,
                    lab_nearest_hint(&nearest));
}

static int read_errno(const char *word, struct lab_value *value, struct net_error *err)
{
    struct lab_nearest nearest;
    value->number = net_errno_number(word);
    if (value->number > 0)
        return 0;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; net_errno_name_at(i); i++)
        lab_nearest_offer(&nearest, net_errno_name_at(i));
    return net_fail(err, 0, NULL, "`%.40s` is no errno such as ECONNRESET%s", word, lab_nearest_hint(&nearest));
}

static int read_option(const char *word, struct lab_value *value, struct net_error *err)
{
    struct lab_nearest nearest;
    value->option_row = net_option_find(word);
    if (value->option_row)
        return 0;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; i < net_option_count; i++)
        lab_nearest_offer(&nearest, net_options[i].name);
    return net_fail(err, 0, NULL, "`%.40s` is no socket option such as SO_LINGER%s", word, lab_nearest_hint(&nearest));
}

static int read_share(const char *word, struct lab_value *value, struct net_error *err)
{
    size_t n = strlen(word);
    if (n == 0 || word[n - 1] != '%')
        return net_fail(err, 0, NULL, "`%.40s` is no share: write it as 10%%", word);
    return lab_word_percent(word, &value->number, err);
}

static int read_segment(const char *word, struct lab_value *value, struct net_error *err)
{
    if (word[0] != '#')
        return net_fail(err, 0, NULL, "`%.40s` is no segment's number: write it as #7", word);
    return lab_word_number(word + 1, 1, INT64_MAX, &value->number, err);
}

static int unknown_actor(const struct lab_scope *scope, const char *name, struct net_error *err)
{
    char known[80] = "";
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < scope->count; i++) {
        lab_nearest_offer(&nearest, scope->names[i].name);
        size_t used = strlen(known);
        if (used < sizeof known - 24 && lab_scope_find(scope, scope->names[i].name) == &scope->names[i])
            snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", scope->names[i].name);
    }
    if (!*known)
        return net_fail(err, 0, NULL,
                        "there is no actor `%.40s`, nor any other: `hand c1` or `server single` starts one", name);
    return net_fail(err, 0, NULL, "there is no actor `%.40s`: there are %s%s", name, known, lab_nearest_hint(&nearest));
}

int lab_socket_word(const char *word, char name[LAB_NAME_BYTES], int *fd)
{
    const char *dot = strrchr(word, '.');
    size_t n = dot ? (size_t)(dot - word) : strlen(word);
    int64_t number = -1;
    if (dot && lab_word_number(dot + 1, 0, 1 << 20, &number, NULL) < 0)
        return -1;
    snprintf(name, LAB_NAME_BYTES, "%.*s", (int)(n < LAB_NAME_BYTES ? n : LAB_NAME_BYTES - 1), word);
    *fd = (int)number;
    return n < LAB_NAME_BYTES ? 0 : -1;
}

static int read_actor(struct reader *r, const char *word, const struct lab_slot *slot, struct lab_value *value)
{
    char name[LAB_NAME_BYTES];
    int fd = -1;
    if (lab_socket_word(word, name, &fd) < 0 || (slot->kind != LAB_SLOT_SOCKET && fd >= 0))
        return net_fail(r->err, 0, NULL, "`%.40s` is no %s", word, slot->name);
    const struct lab_name *known = lab_scope_find(r->scope, name);
    if (!known)
        return unknown_actor(r->scope, name, r->err);
    value->number = fd;
    return 0;
}

static int read_one(struct reader *r, const struct lab_slot *slot, struct lab_value *value)
{
    const char *word = word_at(r)->text;
    struct net_error *err = r->err;
    value->text = word;
    value->bytes = word_at(r)->bytes;
    switch (slot->kind) {
    case LAB_SLOT_NUMBER: return lab_word_number(word, slot->min, slot->max, &value->number, err);
    case LAB_SLOT_TIME: return lab_word_time(word, &value->ns, err);
    case LAB_SLOT_PERCENT: return lab_word_percent(word, &value->number, err);
    case LAB_SLOT_SHARE: return read_share(word, value, err);
    case LAB_SLOT_HOST: return lab_word_host(word, &value->number, err);
    case LAB_SLOT_ADDRESS: return lab_word_address(word, &value->address, err);
    case LAB_SLOT_KEYWORD: return read_keyword(word, slot, value, err);
    case LAB_SLOT_FLAGS: return lab_flags_read(word, lab_message_flags, &value->number, err);
    case LAB_SLOT_POLL: return lab_flags_read(word, lab_poll_flags, &value->number, err);
    case LAB_SLOT_NAMES: return lab_names_read(word, slot->names, &value->number, err);
    case LAB_SLOT_SIGNAL: return read_signal(word, value, err);
    case LAB_SLOT_CALL: return read_call(word, value, err);
    case LAB_SLOT_ERRNO: return read_errno(word, value, err);
    case LAB_SLOT_OPTION: return read_option(word, value, err);
    case LAB_SLOT_SEGMENT: return read_segment(word, value, err);
    case LAB_SLOT_ACTOR:
    case LAB_SLOT_PROGRAM:
    case LAB_SLOT_SOCKET: return read_actor(r, word, slot, value);
    case LAB_SLOT_TEXT:
    case LAB_SLOT_SETTING:
    case LAB_SLOT_SYSCTL:
    case LAB_SLOT_FILE: return 0;
    case LAB_SLOT_NONE:
    case LAB_SLOT_VALUES:
    case LAB_SLOT_COUNTS:
    case LAB_SLOT_REST:
    case LAB_SLOT_KEYS:
    case LAB_SLOT_ROW:
    case LAB_SLOT_START:
    case LAB_SLOT_SERVERS:
    case LAB_SLOT_CONDITION:
    case LAB_SLOT_KINDS: break;
    }
    return net_fail(err, 0, NULL, "`%.40s` cannot stand here", word);
}

/* ---- slots that take all that is left ---- */

static int read_rest(struct reader *r, struct lab_value *value)
{
    struct lab_line *line = &r->command->line;
    size_t bytes = 1;
    for (size_t i = r->at; i < line->count; i++)
        bytes += line->words[i].bytes + 1;
    char *joined = calloc(bytes, 1);
    if (!joined)
        return net_fail_errno(r->err, "malloc");
    for (size_t i = r->at; i < line->count; i++)
        strcat(strcat(joined, i > r->at ? " " : ""), line->words[i].text);
    free(r->command->joined);
    r->command->joined = joined;
    value->text = joined;
    value->bytes = strlen(joined);
    r->at = line->count;
    return 0;
}

static int read_values(struct reader *r, const struct lab_value *option, struct lab_value *value)
{
    const char *words[4];
    struct lab_line *line = &r->command->line;
    int count = 0;
    for (size_t i = r->at; i < line->count && count < 4; i++)
        words[count++] = line->words[i].text;
    if (net_option_parse(option->option_row, count, words, &value->option, r->err) < 0)
        return -1;
    value->option_row = option->option_row;
    r->at = line->count;
    return 0;
}

static int read_counts(struct reader *r, struct lab_value *value)
{
    struct lab_line *line = &r->command->line;
    int64_t times = 1;
    for (size_t i = r->at; i < line->count; i++) {
        const char *word = line->words[i].text;
        r->bad = i;
        if (strncmp(word, "after=", 6) == 0) {
            if (lab_word_number(word + 6, 0, 1000000, &value->number, r->err) < 0)
                return -1;
        } else if (strncmp(word, "times=", 6) == 0) {
            if (lab_word_number(word + 6, 1, 1000000, &times, r->err) < 0)
                return -1;
        } else {
            return net_fail(r->err, 0, NULL, "`%.40s` cannot stand here: expected after=N or times=M", word);
        }
    }
    value->bytes = (size_t)times;
    r->at = line->count;
    return 0;
}

static int read_condition(struct reader *r, struct lab_value *value)
{
    struct lab_line *line = &r->command->line;
    const struct lab_word *first = word_at(r);
    if (first->kind == LAB_WORD && strcmp(first->text, "within") == 0 &&
        r->command->row->slots[0].kind == LAB_SLOT_CONDITION) {
        r->bad = ++r->at;
        if (r->at >= line->count)
            return net_fail(r->err, 0, NULL, "within what time? write it as: within 5s CONDITION");
        if (lab_word_time(word_at(r)->text, &value->ns, r->err) < 0)
            return -1;
        r->at++;
    }
    size_t bad = 0;
    /* What the lines after it start is the script's to look at (script.c). */
    const struct lab_scope *scope = r->command->row->flags & LAB_ROW_FORESEES ? NULL : r->scope;
    if (lab_condition_read(line->words + r->at, line->count - r->at, scope, &r->command->condition, &bad, r->err) < 0) {
        r->bad = r->at + bad;
        return -1;
    }
    r->at = line->count;
    return 0;
}

static int read_start(struct reader *r)
{
    struct lab_line *line = &r->command->line;
    size_t bad = 0;
    int result = lab_start_read(r->language, r->command->row->start, line->words + r->at, line->count - r->at,
                                &r->command->start, &bad, r->err);
    if (result < 0)
        r->bad = r->at + bad;
    else
        r->at = line->count;
    return result;
}

static int read_servers(struct reader *r)
{
    struct lab_line *line = &r->command->line;
    size_t bad = 0;
    int result = lab_compare_read(line->words + r->at, line->count - r->at, &r->command->compare, &bad, r->err);
    if (result < 0)
        r->bad = r->at + bad;
    else
        r->at = line->count;
    return result;
}

/* One slot, with as many words as it takes; r->at is moved only on success. */
static int read_slot(struct reader *r, size_t i)
{
    const struct lab_slot *slot = &r->command->row->slots[i];
    struct lab_value *value = &r->command->value[i];
    struct lab_value read = {0};
    size_t at = r->at;
    int result;
    r->bad = r->at;
    if (slot->kind == LAB_SLOT_START)
        result = read_start(r);
    else if (slot->kind == LAB_SLOT_SERVERS)
        result = read_servers(r);
    else if (slot->kind == LAB_SLOT_CONDITION)
        result = read_condition(r, &read);
    else if (slot->kind == LAB_SLOT_VALUES)
        result = read_values(r, &r->command->value[i - 1], &read);
    else if (slot->kind == LAB_SLOT_COUNTS)
        result = read_counts(r, &read);
    else if (slot->kind == LAB_SLOT_REST || slot->kind == LAB_SLOT_KEYS || slot->kind == LAB_SLOT_ROW)
        result = read_rest(r, &read);
    else if ((result = read_one(r, slot, &read)) == 0)
        r->at++;
    read.given = true;
    if (result == 0)
        *value = read;
    else
        r->at = at;
    return result;
}

static bool takes_nothing(const struct lab_slot *slot)
{
    return slot->kind == LAB_SLOT_START || slot->optional;
}

/* ---- rows ---- */

static const char *form_text(const struct reader *r, char *out, size_t out_bytes)
{
    const struct lab_row *row = r->command->row;
    char takes[100];
    lab_row_takes(row, takes, sizeof takes);
    if (row->who)
        snprintf(out, out_bytes, *takes ? "%s %s %s" : "%s %s", r->command->actor, row->words, takes);
    else
        lab_row_form(row, out, out_bytes);
    return out;
}

static int missing(struct reader *r, const struct lab_slot *slot)
{
    char form[160];
    r->bad = r->command->line.count;
    return net_fail(r->err, 0, NULL, "something is missing: expected %.60s, as in: %s",
                    slot->name ? slot->name : slot->words, form_text(r, form, sizeof form));
}

static void forget_values(struct lab_command *command)
{
    memset(command->value, 0, sizeof command->value);
    lab_condition_free(command->condition);
    lab_start_free(command->start);
    free(command->compare);
    command->compare = NULL;
    command->condition = NULL;
    command->start = NULL;
}

/* Fill the values of one row from the words at `first` on. */
static int read_row(struct reader *r, const struct lab_row *row, size_t first)
{
    struct net_error skipped = {0}, *err = r->err;
    size_t skipped_at = 0;
    r->command->row = row;
    r->at = first;
    forget_values(r->command);
    for (size_t i = 0; i < LAB_SLOTS && row->slots[i].kind; i++) {
        const struct lab_slot *slot = &row->slots[i];
        bool none_left = r->at >= r->command->line.count;
        if (none_left && !takes_nothing(slot))
            return missing(r, slot);
        if (none_left && slot->kind != LAB_SLOT_START)
            continue;
        struct net_error why = {0};
        r->err = &why;
        int result = read_slot(r, i);
        r->err = err;
        if (result < 0 && (!slot->optional || slot->kind == LAB_SLOT_REST || slot->kind == LAB_SLOT_COUNTS)) {
            *err = why;
            return -1;
        }
        if (result < 0 && !*skipped.text) {
            skipped = why;
            skipped_at = r->at;
        }
    }
    if (r->at >= r->command->line.count)
        return 0;
    r->bad = r->at;
    if (*skipped.text && skipped_at == r->at) {
        *err = skipped;
        return -1;
    }
    char form[160];
    return net_fail(err, 0, NULL, "`%.40s` is one word too many: expected %s", word_at(r)->text,
                    form_text(r, form, sizeof form));
}

/* Rows of the same words: the first that fits; else the error of the one that came farthest. */
static int read_rows(struct reader *r, const struct lab_row *first_row, size_t first)
{
    struct net_error best = {0}, *err = r->err;
    const struct lab_row *best_row = first_row, *row;
    size_t best_bad = 0;
    for (size_t i = 0; (row = lab_row_at(r->language, i)); i++) {
        struct net_error why = {0};
        if (row != first_row && !lab_row_repeats(row, first_row))
            continue;
        r->err = &why;
        int result = read_row(r, row, first);
        r->err = err;
        if (result == 0)
            return 0;
        /* `wait 2x` was meant as a time, `wait srver ...` as a condition. */
        bool number = first < r->command->line.count && isdigit((unsigned char)r->command->line.words[first].text[0]);
        bool condition = row->slots[0].kind == LAB_SLOT_CONDITION && !number;
        if (row == first_row || r->bad > best_bad || (r->bad == best_bad && condition)) {
            best = why;
            best_bad = r->bad;
            best_row = row;
        }
    }
    *err = best;
    r->bad = best_bad;
    r->command->row = best_row;
    return -1;
}

/* ---- who and what ---- */

static int unknown_command(struct reader *r, const char *word)
{
    struct lab_nearest nearest;
    const struct lab_row *row;
    char first[40];
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; (row = lab_row_at(r->language, i)); i++)
        if (row->who == LAB_WHO_NOBODY && lab_word_at(row->words, 0, first, sizeof first))
            lab_nearest_offer(&nearest, first);
    for (size_t i = 0; i < r->scope->count; i++)
        lab_nearest_offer(&nearest, r->scope->names[i].name);
    const char *hint = lab_nearest_hint(&nearest);
    r->bad = 0;
    return net_fail(r->err, 0, NULL, "`%.40s` is neither a command nor an actor%s", word,
                    *hint ? hint : _("; `help` lists the commands"));
}

static int unknown_verb(struct reader *r, const char *actor, const char *word)
{
    struct lab_nearest nearest;
    const struct lab_row *row;
    r->bad = 1;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; (row = lab_row_at(r->language, i)); i++)
        if (row->who != LAB_WHO_NOBODY)
            lab_nearest_offer(&nearest, row->words);
    const char *hint = lab_nearest_hint(&nearest);
    return net_fail(r->err, 0, NULL, "%s cannot `%.40s`%s", actor, word, *hint ? hint : _("; `help` lists the verbs"));
}

static int read_verb(struct reader *r)
{
    struct lab_command *command = r->command;
    const struct lab_word *words = command->line.words;
    if (lab_socket_word(words[0].text, command->actor, &command->fd) < 0)
        return unknown_command(r, words[0].text);
    const struct lab_name *known = lab_scope_find(r->scope, command->actor);
    r->bad = 0;
    if (!known)
        return unknown_actor(r->scope, command->actor, r->err);
    r->bad = 1;
    if (command->line.count < 2)
        return net_fail(r->err, 0, NULL, "%s what? a verb is missing, as in: %s %s", words[0].text, command->actor,
                        known->is_hand ? "connect" : "kill");
    const struct lab_row *row = words[1].kind == LAB_WORD ? lab_row_of_verb(r->language, words[1].text) : NULL;
    if (!row)
        return unknown_verb(r, command->actor, words[1].text);
    if (row->who == LAB_WHO_HAND && !known->is_hand)
        return net_fail(r->err, 0, NULL, "%s runs a program: `%s` is for hands (`hand c1` makes one)", command->actor,
                        row->words);
    if (row->who == LAB_WHO_ACTOR && command->fd >= 0)
        return net_fail(r->err, 0, NULL, "`%s` is about an actor, not one of its sockets: %s %s", row->words,
                        command->actor, row->words);
    return read_rows(r, row, 2);
}

/* "wire" without a right second word. */
static int unknown_second(struct reader *r)
{
    const struct lab_word *words = r->command->line.words;
    const struct lab_row *row, *before = NULL;
    char known[120] = "", second[40], first[40];
    struct lab_nearest nearest;
    r->bad = 1;
    lab_nearest_init(&nearest, r->command->line.count > 1 ? words[1].text : "");
    for (size_t i = 0; (row = lab_row_at(r->language, i)); before = row, i++) {
        lab_word_at(row->words, 0, first, sizeof first);
        if (row->who || lab_row_repeats(row, before) || strcmp(first, words[0].text) != 0 ||
            !lab_word_at(row->words, 1, second, sizeof second))
            continue;
        lab_nearest_offer(&nearest, second);
        lab_append(known, sizeof known, *known ? ", %s" : "%s", second);
    }
    if (r->command->line.count < 2)
        return net_fail(r->err, 0, NULL, "%s what? one of: %s", words[0].text, known);
    return net_fail(r->err, 0, NULL, "`%.40s` does not follow %s: expected one of: %s%s", words[1].text, words[0].text,
                    known, lab_nearest_hint(&nearest));
}

static int read_command(struct reader *r)
{
    const struct lab_line *line = &r->command->line;
    const struct lab_row *row;
    char first[40], second[40];
    for (size_t i = 0; (row = lab_row_at(r->language, i)); i++) {
        lab_word_at(row->words, 0, first, sizeof first);
        if (row->who || strcmp(first, line->words[0].text) != 0)
            continue;
        if (!lab_word_at(row->words, 1, second, sizeof second))
            return read_rows(r, row, 1);
        if (line->count > 1 && strcmp(second, line->words[1].text) == 0)
            return read_rows(r, row, 2);
    }
    return unknown_second(r);
}

/* `server poll` starts the program of that name, unless `server` is a hand, which can poll. */
static bool means_program(const struct reader *r, const struct lab_row *row, const struct lab_word *second)
{
    const struct lab_name *known = lab_scope_find(r->scope, row->words);
    return row->start && row->start->needs_program && net_program_find(second->text) && !(known && known->is_hand);
}

/* `server`, `client` and `clients` start something, unless a verb follows: then they are actors. */
static int read_words(struct reader *r)
{
    const struct lab_line *line = &r->command->line;
    const struct lab_word *words = line->words;
    char name[LAB_NAME_BYTES];
    int fd = -1;
    if (words[0].kind == LAB_QUOTED) {
        r->bad = 0;
        return net_fail(r->err, 0, NULL, "a line begins with a command or an actor, not with a text in quotes");
    }
    const struct lab_row *row = lab_row_of_command(r->language, words[0].text);
    bool has_verb = line->count > 1 && words[1].kind == LAB_WORD && lab_row_of_verb(r->language, words[1].text);
    if (row && (!(row->flags & LAB_ROW_ALSO_NAME) || !has_verb || means_program(r, row, &words[1])))
        return read_command(r);
    bool known = lab_socket_word(words[0].text, name, &fd) == 0 && lab_scope_find(r->scope, name);
    if (known || fd >= 0 || has_verb)
        return read_verb(r);
    return unknown_command(r, words[0].text);
}

/* ---- a command ---- */

static void command_free(struct lab_command *command)
{
    forget_values(command);
    lab_line_fini(&command->line);
    free(command->text);
    free(command->joined);
    free(command->setting);
    free(command->file);
    free(command);
}

void lab_commands_free(struct lab_command *command)
{
    while (command) {
        struct lab_command *next = command->next;
        command_free(command);
        command = next;
    }
}

/* A command that owns words [from, to) of the line. */
static struct lab_command *command_new(const char *text, struct lab_line *line, size_t from, size_t to,
                                       const struct lab_place *place)
{
    struct lab_command *command = calloc(1, sizeof *command);
    if (!command)
        return NULL;
    command->fd = -1;
    command->file = strdup(place->file ? place->file : "");
    command->place = *place;
    command->place.file = command->file;
    command->place.column += line->words[from].column - 1;
    command->text = strndup(text + line->words[from].column - 1,
                            (size_t)(line->words[to - 1].end - line->words[from].column));
    command->line.words = calloc(to - from, sizeof *command->line.words);
    if (!command->file || !command->text || !command->line.words) {
        command_free(command);
        return NULL;
    }
    for (size_t i = from; i < to; i++) {
        command->line.words[command->line.count++] = line->words[i];
        line->words[i].text = NULL;
    }
    return command;
}

static int column_of(const struct lab_command *command, size_t word)
{
    const struct lab_line *line = &command->line;
    return word < line->count ? line->words[word].column : line->words[line->count - 1].end;
}

/* ---- a setting ---- */

/* The name that `with` gives, as it can be written in a line again. */
static int check_setting(const struct lab_word *name, struct net_error *err)
{
    bool plain = name->bytes > 0 && name->bytes < LAB_SETTING_BYTES;
    for (size_t i = 0; i < name->bytes; i++)
        plain &= (unsigned char)name->text[i] >= ' ' && name->text[i] != 127 && !strchr("\"\\", name->text[i]);
    return plain ? 0
                 : net_fail(err, 0, NULL,
                            "a setting's name is 1 to %d bytes of text without quotes, as in: with \"linger 0\"",
                            LAB_SETTING_BYTES - 1);
}

/* Put the command whose first word is number `at` under the line's setting ("" none); its text says so from now on. */
static int put_under(struct lab_command *command, size_t at, const char *setting, struct net_error *err)
{
    char *text = NULL;
    bool names = command->row->id == LAB_COMMAND_WITH;
    if (names && at > 0)
        return net_fail(err, 0, NULL, "`with` begins a line and covers all of it: give it a line of its own");
    if (!*setting)
        return 0;
    if (command->row->flags & LAB_ROW_OF_ALL_RUNS)
        return net_fail(err, 0, NULL, "`%s` cannot stand behind `with`: it is about all runs, not about one setting",
                        command->row->words);
    if (!names && !(command->setting = strdup(setting)))
        return net_fail_errno(err, "malloc");
    if (asprintf(&text, names ? "with \"%s\"" : "with \"%s\" %s", setting, command->text) < 0)
        return net_fail_errno(err, "malloc");
    free(command->text);
    command->text = text;
    return 0;
}

static int read_setting(struct lab_line *line, char *setting, int *column, struct net_error *err)
{
    *column = line->count > 1 ? line->words[1].column : line->words[0].end;
    if (line->count < 2)
        return net_fail(err, 0, NULL, "with what? the name of a setting is missing, as in: with \"linger 0\"");
    if (check_setting(&line->words[1], err) < 0)
        return -1;
    snprintf(setting, LAB_SETTING_BYTES, "%s", line->words[1].text);
    return 0;
}

/* ---- what is about lines, not about the lab ---- */

static int check_name(struct reader *r, const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    r->bad = 1;
    if (strlen(name) < LAB_NAME_BYTES && (isalpha((unsigned char)*name) || *name == '_') &&
        strspn(name, letters) == strlen(name))
        return 0;
    return net_fail(r->err, 0, NULL, "`%.40s` cannot be a name: a letter first, then letters, digits and _, at most %d",
                    name, LAB_NAME_BYTES - 1);
}

/* NAME = VALUE, as it is written: quotes belong to the value. Both go to values 0 and 1. */
static int read_let(struct reader *r)
{
    struct lab_command *command = r->command;
    const char *at = command->text + strlen(command->row->words);
    at += strspn(at, " \t");
    size_t name_bytes = strcspn(at, "= \t");
    const char *sign = at + name_bytes + strspn(at + name_bytes, " \t");
    const char *value = sign + 1 + (*sign ? strspn(sign + 1, " \t") : 0);
    r->bad = 1;
    if (*sign != '=' || !*value)
        return net_fail(r->err, 0, NULL, "let what be what? write it as: let port = 12345");
    char *both = malloc(name_bytes + strlen(value) + 2);
    if (!both)
        return net_fail_errno(r->err, "malloc");
    memcpy(both, at, name_bytes);
    both[name_bytes] = '\0';
    strcpy(both + name_bytes + 1, value);
    free(command->joined);
    command->joined = both;
    command->value[0].text = both;
    command->value[1].text = both + name_bytes + 1;
    return check_name(r, both);
}

/* Such a command has a line of its own, since all of the line is read before it could mean anything. */
static int read_about_lines(struct reader *r, bool is_alone)
{
    const struct lab_row *row = r->command->row;
    bool takes_line = row->id == LAB_COMMAND_REPEAT || row->id == LAB_COMMAND_INCLUDE || row->id == LAB_COMMAND_LET;
    r->bad = 0;
    if (takes_line && (!is_alone || row->id == LAB_COMMAND_REPEAT))
        return net_fail(r->err, 0, NULL, "`%s` begins a line and covers all of it: give it a line of its own",
                        row->words);
    if (row->id == LAB_COMMAND_LET)
        return read_let(r);
    if (lab_command_forks(r->command) && r->command->value[1].given) {
        r->bad = r->command->line.count - 1;
        return lab_name_check(r->language, r->command->value[1].text, r->err);
    }
    return row->id == LAB_COMMAND_MARK ? check_name(r, r->command->value[0].text) : 0;
}

/* ---- a line ---- */

static int read_line(const struct lab_language *language, const char *text, struct lab_line *line,
                     const struct lab_place *place, struct lab_scope *scope, struct lab_command **tail, int *column,
                     struct net_error *err)
{
    char setting[LAB_SETTING_BYTES] = "";
    if (lab_line_has_setting(line) && read_setting(line, setting, column, err) < 0)
        return -1;
    /* `with "NAME"` alone is a command of its own; before others it is theirs. */
    for (size_t from = *setting && line->count > 2 ? 2 : 0, to; from < line->count; from = to + 1) {
        for (to = from; to < line->count && !lab_word_joins(&line->words[to]);)
            to++;
        /* A semicolon may also end the last command, as in C. */
        bool is_last = to + 1 >= line->count;
        if (to == from || (to + 1 == line->count && strcmp(line->words[to].text, ";") != 0)) {
            *column = line->words[to == from ? from : to].column;
            return net_fail(err, 0, NULL,
                            to == from ? N_("`%s` joins two commands: one is missing before it")
                                       : N_("`%s` joins two commands: one is missing after it"),
                            line->words[to].text);
        }
        struct lab_command *command = command_new(text, line, from, to, place);
        if (!command)
            return net_fail_errno(err, "malloc");
        *tail = command;
        tail = &command->next;
        struct reader r = {.language = language, .command = command, .scope = scope, .err = err};
        bool is_read = read_words(&r) == 0 && read_about_lines(&r, from == 0 && is_last) == 0;
        if (!is_read || put_under(command, from, setting, err) < 0) {
            *column = column_of(command, is_read ? 0 : r.bad);
            return -1;
        }
        command->ends_line = is_last;
        if (lab_scope_note(scope, command) < 0)
            return net_fail_errno(err, "malloc");
    }
    return 0;
}

int lab_plain_read(const struct lab_language *language, const char *text, const struct lab_place *place,
                   struct lab_scope *scope, struct lab_command **out, int *column, struct net_error *err)
{
    struct lab_line line;
    if (lab_line_parse(text, &line, column, err) < 0)
        return -1;
    int result = read_line(language, text, &line, place, scope, out, column, err);
    lab_line_fini(&line);
    if (result < 0) {
        lab_commands_free(*out);
        *out = NULL;
    }
    return result;
}
