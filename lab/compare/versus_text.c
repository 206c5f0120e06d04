// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Two runs side by side as text:
 *
 *     default                                      |   linger 0
 *     client                                server |   client                                server
 *   : c1 close                                     | : c1 close
 *   ! FIN_WAIT1    ----- FIN ACK ---->  CLOSE_WAIT | ! CLOSE        ----- RST ACK ---->       CLOSE
 *     c1 close(3) = 0                              |   c1 close(3) = 0
 *
 * A ! stands before both halves of a row that differs, and of one that only one run has; a ~ where that is chance.
 */

#include "lab/base/columns.h"
#include "lab/base/text.h"
#include "lab/base/durations.h"
#include "lab/compare/versus.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HALF_COLUMNS = 56, STATE_COLUMNS = 11, ARROW_LEAST = 12 };

/* A call that took longer says so even where both did. */
static const uint64_t WORTH_SAYING_NS = 100000000;

/* What comes behind what: how it ended and, where it matters, how long that took. */
static void tail_of(const struct lab_rung *rung, bool with_time, char *out, size_t out_bytes)
{
    char time[40];
    *out = '\0';
    if (rung->kind == LAB_RUNG_CALL)
        snprintf(out, out_bytes, rung->blocks ? _(" blocks") : *rung->result ? " = %s" : "%s", rung->result);
    else if (rung->kind == LAB_RUNG_LIFE)
        snprintf(out, out_bytes, ": %s", rung->result);
    else if (*rung->result && rung->kind == LAB_RUNG_SEGMENT)
        snprintf(out, out_bytes, " %s", rung->result);
    if (rung->times > 1)
        lab_append(out, out_bytes, " x %u", rung->times);
    if (with_time || (rung->kind == LAB_RUNG_CALL && rung->took_ns >= WORTH_SAYING_NS))
        lab_append(out, out_bytes, " (%s)", lab_duration_text(lab_rung_time_ns(rung), time, sizeof time));
}

/* head and tail in that many columns; of the head the end is cut. */
static void fit(const char *head, const char *tail, int columns, char *out, size_t out_bytes)
{
    int room = columns - lab_columns(tail);
    if (lab_columns(head) > room)
        snprintf(out, out_bytes, "%.*s..%s", (int)lab_columns_cut(head, room > 2 ? room - 2 : 0), head, tail);
    else
        snprintf(out, out_bytes, "%s%s", head, tail);
    out[lab_columns_cut(out, columns)] = '\0';
}

static void dashes(char *out, int n)
{
    memset(out, '-', n > 0 ? (size_t)n : 0);
    out[n > 0 ? n : 0] = '\0';
}

static void arrow(const struct lab_rung *rung, bool with_time, int columns, char *out, size_t out_bytes)
{
    char label[LAB_RUNG_WHAT + 160], tail[160], before[64], after[64];
    bool to_right = rung->host == NET_CLIENT;
    bool arrived = rung->fate == NET_DELIVERED || rung->fate == NET_DUPLICATED;
    tail_of(rung, with_time, tail, sizeof tail);
    fit(rung->what, tail, columns - 3, label, sizeof label);
    int left = columns - 3 - lab_columns(label);
    dashes(before, left / 2);
    dashes(after, left - left / 2);
    if (to_right)
        snprintf(out, out_bytes, "%s %s %s%s", before, label, after, arrived ? ">" : "x");
    else
        snprintf(out, out_bytes, "%s%s %s %s", arrived ? "<" : "x", before, label, after);
}

static const char *state_name(unsigned state)
{
    return net_state_name(state);
}

static void ladder_text(const struct lab_rung *rung, bool with_time, int columns, char *out, size_t out_bytes)
{
    char middle[400];
    int room = columns - 2 * (STATE_COLUMNS + 1);
    room = room < ARROW_LEAST ? ARROW_LEAST : room > 120 ? 120 : room;
    if (rung->kind == LAB_RUNG_SEGMENT)
        arrow(rung, with_time, room, middle, sizeof middle);
    else
        snprintf(middle, sizeof middle, _("end, TIME_WAIT: %s"), rung->result);
    middle[lab_columns_cut(middle, room)] = '\0';
    snprintf(out, out_bytes, "%-*s %s%*s %*s", STATE_COLUMNS, state_name(rung->state[NET_CLIENT]), middle,
             room - lab_columns(middle), "", STATE_COLUMNS, state_name(rung->state[NET_SERVER]));
}

const char *lab_rung_text(const struct lab_rung *rung, bool with_time, int columns, char *out, size_t out_bytes)
{
    char head[LAB_RUNG_WHAT + LAB_LANE_BYTES + 100], tail[160];
    tail_of(rung, with_time, tail, sizeof tail);
    switch ((enum lab_rung_kind)rung->kind) {
    case LAB_RUNG_COMMAND: fit(rung->what, "", columns, out, out_bytes); break;
    case LAB_RUNG_CALL:
    case LAB_RUNG_LIFE:
        snprintf(head, sizeof head, "%s %s", rung->lane, rung->what);
        fit(head, tail, columns, out, out_bytes);
        break;
    case LAB_RUNG_STEP:
        snprintf(head, sizeof head, _("%s end: %s"), rung->what, rung->result);
        fit(head, tail, columns, out, out_bytes);
        break;
    case LAB_RUNG_SEGMENT:
    case LAB_RUNG_END: ladder_text(rung, with_time, columns, out, out_bytes); break;
    case LAB_RUNG_KINDS: break;
    }
    return out;
}

/* ---- side by side ---- */

static void half(const struct lab_ladder *ladder, const struct lab_versus_row *row, int side, char *out,
                 size_t out_bytes)
{
    char text[200] = "";
    int i = row->rung[side];
    bool is_command = i != LAB_NONE && ladder->rungs[i].kind == LAB_RUNG_COMMAND;
    if (i != LAB_NONE)
        lab_rung_text(&ladder->rungs[i], row->differs & LAB_DIFFERS_TIME, HALF_COLUMNS - 4, text, sizeof text);
    snprintf(out, out_bytes, "%c %s %s",
             row->differs & LAB_DIFFERS_CHANCE ? '~'
             : row->differs                    ? '!'
                                               : ' ',
             is_command ? ":" : " ", text);
}

static void put(lab_versus_line_fn *line, void *user, const char *left, const char *right)
{
    char text[400];
    int columns = lab_columns(left);
    snprintf(text, sizeof text, "%s%*s | %s", left, columns < HALF_COLUMNS ? HALF_COLUMNS - columns : 0, "", right);
    for (size_t n = strlen(text); n > 0 && text[n - 1] == ' ';)
        text[--n] = '\0';
    line(user, text);
}

static void put_heads(const struct lab_ladder *left, const struct lab_ladder *right, lab_versus_line_fn *line,
                      void *user)
{
    char l[120], r[120];
    snprintf(l, sizeof l, "    %s", left->setting);
    snprintf(r, sizeof r, "    %s", right->setting);
    put(line, user, l, r);
    if (left->has_wire) {
        snprintf(l, sizeof l, "    client%*s", HALF_COLUMNS - 10, "server");
        put(line, user, l, l);
    } else {
        line(user, _("    no wire here: calls and states only"));
    }
}

const char *lab_versus_left_out(const struct lab_ladder *ladder, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes,
             LAB_PLURAL(ladder->left_out, "%s: %zu more row was not kept", "%s: %zu more rows were not kept"),
             ladder->setting, ladder->left_out);
    return out;
}

const char *lab_versus_error(const struct lab_ladder *ladder, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, _("%s: ended early: %s"), ladder->setting, ladder->error);
    return out;
}

const char *lab_versus_count(const struct lab_side_by_side *sides, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, LAB_PLURAL(sides->different, "%zu of %zu rows differs", "%zu of %zu rows differ"),
             sides->different, sides->count);
    return out;
}

static void put_foot(const struct lab_ladder *ladder, lab_versus_line_fn *line, void *user)
{
    char text[400];
    if (ladder->left_out)
        line(user, lab_versus_left_out(ladder, text, sizeof text));
    if (*ladder->error)
        line(user, lab_versus_error(ladder, text, sizeof text));
}

int lab_versus_text(const struct lab_ladder *left, const struct lab_ladder *right, lab_versus_line_fn *line, void *user)
{
    struct lab_side_by_side sides;
    char l[300], r[300], count[120];
    if (lab_side_by_side(left, right, &sides) < 0)
        return -1;
    put_heads(left, right, line, user);
    for (size_t i = 0; i < sides.count; i++) {
        half(left, &sides.rows[i], 0, l, sizeof l);
        half(right, &sides.rows[i], 1, r, sizeof r);
        put(line, user, l, r);
    }
    put_foot(left, line, user);
    put_foot(right, line, user);
    snprintf(l, sizeof l, _("%s: %s against %s"), lab_versus_count(&sides, count, sizeof count), left->setting,
             right->setting);
    line(user, l);
    lab_side_by_side_fini(&sides);
    return 0;
}

/* ---- JSON ---- */

static const char *const kind_names[LAB_RUNG_KINDS] = {
    [LAB_RUNG_COMMAND] = "command", [LAB_RUNG_CALL] = "call", [LAB_RUNG_SEGMENT] = "segment",
    [LAB_RUNG_STEP] = "state",      [LAB_RUNG_LIFE] = "life", [LAB_RUNG_END] = "end"};

static json_t *json_rung(const struct lab_rung *rung)
{
    json_t *o = json_pack("{s:s, s:s, s:f, s:f, s:s, s:s}", "kind", kind_names[rung->kind % LAB_RUNG_KINDS], "lane",
                          rung->lane, "t", (double)rung->time_ns / 1e9, "since", (double)rung->since_ns / 1e9, "what",
                          *rung->what_of_files ? rung->what_of_files : rung->what, "result", rung->result_of_files);
    if (rung->kind == LAB_RUNG_CALL) {
        json_object_set_new(o, "took", json_real((double)rung->took_ns / 1e9));
        json_object_set_new(o, "blocks", json_boolean(rung->blocks));
    }
    if (rung->kind == LAB_RUNG_SEGMENT) {
        json_object_set_new(o, "from", json_string(net_host_name(rung->host)));
        json_object_set_new(o, "bytes", json_integer(rung->bytes));
        json_object_set_new(o, "times", json_integer(rung->times));
    }
    if (rung->kind == LAB_RUNG_SEGMENT || rung->kind == LAB_RUNG_END)
        for (unsigned host = 0; host < NET_HOSTS; host++)
            json_object_set_new(o, net_host_name(host), json_string(net_state_name(rung->state[host])));
    return o;
}

static json_t *json_run(const struct lab_ladder *ladder)
{
    json_t *rungs = json_array();
    for (size_t i = 0; i < ladder->count; i++)
        json_array_append_new(rungs, json_rung(&ladder->rungs[i]));
    return json_pack("{s:s, s:f, s:b, s:s, s:I, s:o}", "setting", ladder->setting, "took",
                     (double)ladder->took_ns / 1e9, "wire", ladder->has_wire, "error", ladder->error, "left_out",
                     (json_int_t)ladder->left_out, "rungs", rungs);
}

static json_t *json_index(int rung)
{
    return rung == LAB_NONE ? json_null() : json_integer(rung);
}

static json_t *json_row(const struct lab_versus_row *row)
{
    static const char *const names[] = {"alone", "what", "result", "state", "time", "chance"};
    json_t *differs = json_array();
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (row->differs & 1u << i)
            json_array_append_new(differs, json_string(names[i]));
    return json_pack("{s:o, s:o, s:o}", "left", json_index(row->rung[0]), "right", json_index(row->rung[1]), "differs",
                     differs);
}

static json_t *json_pair(const struct lab_versus *v, size_t left, size_t right)
{
    struct lab_side_by_side sides;
    json_t *rows = json_array();
    if (lab_side_by_side(v->ladders[left], v->ladders[right], &sides) < 0) {
        json_decref(rows);
        return NULL;
    }
    for (size_t i = 0; i < sides.count; i++)
        json_array_append_new(rows, json_row(&sides.rows[i]));
    json_t *o = json_pack("{s:I, s:I, s:I, s:o}", "left", (json_int_t)left, "right", (json_int_t)right, "different",
                          (json_int_t)sides.different, "rows", rows);
    lab_side_by_side_fini(&sides);
    return o;
}

int lab_versus_write_json(const struct lab_versus *v, FILE *out)
{
    json_t *runs = json_array(), *pairs = json_array();
    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(runs, json_run(v->ladders[i]));
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = i + 1; k < v->count; k++)
            json_array_append_new(pairs, json_pair(v, i, k));
    json_t *all = json_pack("{s:s, s:o, s:o}", "kind", "versus", "runs", runs, "pairs", pairs);
    int result = all ? json_dumpf(all, out, JSON_COMPACT) : -1;
    fputc('\n', out);
    json_decref(all);
    return result;
}
