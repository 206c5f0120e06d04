// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Two ladders side by side.
 *
 * The commands that both runs have cut them into sections, so that nothing is laid beside what came of another command
 * and each ladder stays in order. Within a section the rungs of one lane come one after another of themselves: each
 * lane is aligned alone, by the usual table of the longest common subsequence, where what is the same weighs more than
 * what is only of the same kind. Between lanes the order is that of two threads and may be another one in the next run:
 * their rows are put together again by the order in the left run, or where only the right run has them, in the right
 * one.
 */

#include "lab/compare/versus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LONGER_NS = 100000000, RACE_NS = 5000000;
enum { SAME = 3, ALIKE = 2, RUNGS_ROOM = LAB_RUNGS_MAX + 16, LANES_MAX = 2 * RUNGS_ROOM };

void lab_versus_free(struct lab_versus *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->count; i++)
        lab_ladder_free(v->ladders[i]);
    free(v);
}

int lab_versus_find(const struct lab_versus *v, const char *setting)
{
    for (size_t i = 0; v && i < v->count; i++)
        if (strcmp(v->ladders[i]->setting, setting) == 0)
            return (int)i;
    return LAB_NONE;
}

/* ---- two rungs ---- */

uint64_t lab_rung_time_ns(const struct lab_rung *rung)
{
    return rung->kind == LAB_RUNG_CALL ? rung->took_ns : rung->since_ns;
}

static bool is_longer(uint64_t x, uint64_t y)
{
    uint64_t more = x > y ? x : y, less = x > y ? y : x;
    return more - less > LONGER_NS && more > 2 * less;
}

/* A call that waits for what others do returns when they do it: what counts is how long after their command, or that it
 * was another command. */
static bool calls_differ(const struct lab_rung *a, const struct lab_rung *b)
{
    if (a->blocks || b->blocks)
        return false;
    if (a->returned_after != b->returned_after)
        return is_longer(a->took_ns, b->took_ns);
    return is_longer(a->late_ns, b->late_ns);
}

static bool times_differ(const struct lab_rung *a, const struct lab_rung *b)
{
    if (a->kind == LAB_RUNG_CALL)
        return calls_differ(a, b);
    return a->kind != LAB_RUNG_COMMAND && a->kind != LAB_RUNG_END && is_longer(a->since_ns, b->since_ns);
}

/* How often a kernel repeats itself depends on the moment at which one stops looking: one more is not another thing. */
static bool counts_differ(const struct lab_rung *a, const struct lab_rung *b)
{
    if (!(a->again || a->probe) || !(b->again || b->probe))
        return false;
    uint32_t more = a->times > b->times ? a->times : b->times, less = a->times > b->times ? b->times : a->times;
    return more - less > 1;
}

unsigned lab_rungs_differ(const struct lab_rung *a, const struct lab_rung *b)
{
    unsigned differs = 0;
    if (!lab_rung_same_what(a, b) || counts_differ(a, b))
        differs |= LAB_DIFFERS_WHAT;
    if (!lab_rung_same_result(a, b))
        differs |= LAB_DIFFERS_RESULT;
    if ((a->kind == LAB_RUNG_SEGMENT || a->kind == LAB_RUNG_END) && memcmp(a->state, b->state, sizeof a->state) != 0)
        differs |= LAB_DIFFERS_STATE;
    if (times_differ(a, b))
        differs |= LAB_DIFFERS_TIME;
    bool is_data = a->kind == LAB_RUNG_SEGMENT && a->bytes && !(a->flags & (NET_SYN | NET_FIN | NET_RST));
    return differs == LAB_DIFFERS_STATE && is_data ? LAB_DIFFERS_CHANCE : differs;
}

static bool is_empty_ack(const struct lab_rung *rung)
{
    return rung->kind == LAB_RUNG_SEGMENT && rung->flags == NET_ACK && !rung->bytes && !rung->probe && !rung->again;
}

static bool is_ending(const struct lab_rung *rung)
{
    return rung->flags & (NET_FIN | NET_RST);
}

/* Of one kind: a row may hold both. */
static bool are_alike(const struct lab_rung *a, const struct lab_rung *b)
{
    if (a->kind != b->kind)
        return false;
    switch ((enum lab_rung_kind)a->kind) {
    case LAB_RUNG_COMMAND: return lab_rung_same_what(a, b) || (a->of_setting && b->of_setting);
    case LAB_RUNG_CALL: return a->call == b->call;
    case LAB_RUNG_SEGMENT:
        if (a->host != b->host)
            return false;
        if (is_empty_ack(a) && memcmp(a->state, b->state, sizeof a->state) != 0)
            return false;
        return lab_rung_same_what(a, b) || (is_ending(a) && is_ending(b)) ||
               (a->bytes && b->bytes && a->again == b->again && a->probe == b->probe && !is_ending(a) && !is_ending(b));
    case LAB_RUNG_STEP:
    case LAB_RUNG_END: return true;
    case LAB_RUNG_LIFE: return lab_rung_same_what(a, b);
    case LAB_RUNG_KINDS: break;
    }
    return false;
}

static int weight(const struct lab_rung *a, const struct lab_rung *b)
{
    if (!are_alike(a, b))
        return 0;
    return lab_rungs_differ(a, b) & (LAB_DIFFERS_WHAT | LAB_DIFFERS_RESULT) ? ALIKE : SAME;
}

/* ---- one lane ---- */

/* The rungs of one lane in one ladder: indices, in order. */
struct lane {
    int rung[RUNGS_ROOM];
    size_t count;
};

struct work {
    const struct lab_ladder *ladder[2];
    struct lane lane[2];
    int section[2][RUNGS_ROOM];  /* of each rung: how many commands of both runs came before it */
    uint16_t *best;              /* (count of left + 1) x (count of right + 1): what the rest of both can weigh */
    struct lab_versus_row *rows; /* of all lanes, one after another */
    size_t row_count;
    size_t lane_at[LANES_MAX], lane_end[LANES_MAX]; /* the rows of each */
    size_t lane_count;
};

static void gather(const struct lab_ladder *ladder, const struct lab_rung *first, struct lane *lane)
{
    lane->count = 0;
    for (size_t i = 0; i < ladder->count; i++)
        if (lab_rung_same_lane(&ladder->rungs[i], first))
            lane->rung[lane->count++] = (int)i;
}

static const struct lab_rung *rung_of(const struct work *w, int side, size_t i)
{
    return &w->ladder[side]->rungs[w->lane[side].rung[i]];
}

/* What a row of these two would weigh; 0: none may hold them. */
static int weight_of(const struct work *w, size_t i, size_t j)
{
    const struct lab_rung *left = rung_of(w, 0, i), *right = rung_of(w, 1, j);
    int later = w->section[0][w->lane[0].rung[i]] - w->section[1][w->lane[1].rung[j]];
    if (later == 0)
        return weight(left, right);
    /* The next command may be noted a moment before the last thing that came of the one before. */
    bool in_time = (later == 1 && left->since_ns < RACE_NS) || (later == -1 && right->since_ns < RACE_NS);
    return in_time && are_alike(left, right) && !lab_rungs_differ(left, right) ? SAME : 0;
}

/* The left one belongs to a later section: the right one stands first. */
static bool is_later(const struct work *w, size_t i, size_t j)
{
    return w->section[0][w->lane[0].rung[i]] > w->section[1][w->lane[1].rung[j]];
}

static void fill_table(struct work *w)
{
    size_t rows = w->lane[0].count, columns = w->lane[1].count, wide = columns + 1;
    for (size_t j = 0; j <= columns; j++)
        w->best[rows * wide + j] = 0;
    for (size_t i = rows; i-- > 0;) {
        w->best[i * wide + columns] = 0;
        for (size_t j = columns; j-- > 0;) {
            int pair = weight_of(w, i, j);
            int both = pair ? pair + w->best[(i + 1) * wide + j + 1] : 0;
            int left = w->best[(i + 1) * wide + j], right = w->best[i * wide + j + 1];
            int most = left > right ? left : right;
            w->best[i * wide + j] = (uint16_t)(both > most ? both : most);
        }
    }
}

static void add_row(struct work *w, int left, int right)
{
    unsigned differs = LAB_DIFFERS_ALONE;
    const struct lab_rung *alone = left == LAB_NONE ? &w->ladder[1]->rungs[right] : &w->ladder[0]->rungs[left];
    if (is_empty_ack(alone))
        differs = LAB_DIFFERS_CHANCE;
    if (left != LAB_NONE && right != LAB_NONE)
        differs = lab_rungs_differ(&w->ladder[0]->rungs[left], &w->ladder[1]->rungs[right]);
    w->rows[w->row_count++] = (struct lab_versus_row){.rung = {left, right}, .differs = differs};
}

/* Along the table: a pair wherever it belongs to a heaviest way. */
static void walk_table(struct work *w)
{
    size_t rows = w->lane[0].count, columns = w->lane[1].count, wide = columns + 1, i = 0, j = 0;
    while (i < rows || j < columns) {
        int here = w->best[i * wide + j];
        int pair = i < rows && j < columns ? weight_of(w, i, j) : 0;
        if (pair && here == pair + w->best[(i + 1) * wide + j + 1])
            add_row(w, w->lane[0].rung[i++], w->lane[1].rung[j++]);
        else if (j == columns || (i < rows && here == w->best[(i + 1) * wide + j] && !is_later(w, i, j)))
            add_row(w, w->lane[0].rung[i++], LAB_NONE);
        else
            add_row(w, LAB_NONE, w->lane[1].rung[j++]);
    }
}

static bool is_new(const struct work *w, int side, size_t index)
{
    const struct lab_rung *rung = &w->ladder[side]->rungs[index];
    for (int s = 0; s <= side; s++)
        for (size_t i = 0; i < (s == side ? index : w->ladder[s]->count); i++)
            if (lab_rung_same_lane(&w->ladder[s]->rungs[i], rung))
                return false;
    return true;
}

/* The lane of that rung, in both ladders. */
static void align_lane(struct work *w, const struct lab_rung *first)
{
    gather(w->ladder[0], first, &w->lane[0]);
    gather(w->ladder[1], first, &w->lane[1]);
    fill_table(w);
    w->lane_at[w->lane_count] = w->row_count;
    walk_table(w);
    w->lane_end[w->lane_count++] = w->row_count;
}

/* A command of both runs that does something. */
static bool cuts(const struct work *w, const struct lab_versus_row *row)
{
    return row->rung[0] != LAB_NONE && row->rung[1] != LAB_NONE && !w->ladder[0]->rungs[row->rung[0]].waits;
}

/* The commands come first, and cut the rest. */
static void align_commands(struct work *w)
{
    static const struct lab_rung command = {.kind = LAB_RUNG_COMMAND, .lane_kind = LAB_LANE_COMMANDS};
    align_lane(w, &command);
    for (int side = 0; side < 2; side++) {
        size_t row = 0;
        int section = 0;
        for (size_t i = 0; i < w->ladder[side]->count; i++) {
            for (; row < w->row_count && w->rows[row].rung[side] <= (int)i; row++)
                section += cuts(w, &w->rows[row]);
            w->section[side][i] = section;
        }
    }
}

static void align_lanes(struct work *w)
{
    align_commands(w);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < w->ladder[side]->count; i++) {
            if (w->ladder[side]->rungs[i].kind == LAB_RUNG_COMMAND || !is_new(w, side, i))
                continue;
            align_lane(w, &w->ladder[side]->rungs[i]);
        }
}

/* ---- all lanes ---- */

static int section_of(const struct work *w, const struct lab_versus_row *row)
{
    int side = row->rung[0] == LAB_NONE;
    return w->section[side][row->rung[side]];
}

/* Whether row a comes before row b, which is of another lane: by the run that has both, else by the clock. */
static bool is_before(const struct work *w, const struct lab_versus_row *a, const struct lab_versus_row *b)
{
    if (section_of(w, a) != section_of(w, b))
        return section_of(w, a) < section_of(w, b);
    for (int side = 0; side < 2; side++)
        if (a->rung[side] != LAB_NONE && b->rung[side] != LAB_NONE)
            return a->rung[side] < b->rung[side];
    int side = a->rung[0] == LAB_NONE;
    return w->ladder[side]->rungs[a->rung[side]].time_ns <= w->ladder[!side]->rungs[b->rung[!side]].time_ns;
}

static void merge_lanes(struct work *w, struct lab_side_by_side *out)
{
    for (size_t n = 0; n < w->row_count; n++) {
        size_t first = LANES_MAX;
        for (size_t k = 0; k < w->lane_count; k++)
            if (w->lane_at[k] < w->lane_end[k] &&
                (first == LANES_MAX || is_before(w, &w->rows[w->lane_at[k]], &w->rows[w->lane_at[first]])))
                first = k;
        out->rows[out->count++] = w->rows[w->lane_at[first]++];
    }
    for (size_t i = 0; i < out->count; i++)
        out->different += (out->rows[i].differs & ~(unsigned)LAB_DIFFERS_CHANCE) != 0;
}

int lab_side_by_side(const struct lab_ladder *left, const struct lab_ladder *right, struct lab_side_by_side *out)
{
    struct work *w = calloc(1, sizeof *w);
    size_t most = left->count + right->count;
    *out = (struct lab_side_by_side){.rows = calloc(most + 1, sizeof *out->rows)};
    if (w) {
        w->ladder[0] = left;
        w->ladder[1] = right;
        w->best = calloc((left->count + 1) * (right->count + 1), sizeof *w->best);
        w->rows = calloc(most + 1, sizeof *w->rows);
    }
    bool enough = w && w->best && w->rows && out->rows;
    if (enough) {
        align_lanes(w);
        merge_lanes(w, out);
    }
    if (w) {
        free(w->best);
        free(w->rows);
    }
    free(w);
    if (!enough)
        lab_side_by_side_fini(out);
    return enough ? 0 : -1;
}

void lab_side_by_side_fini(struct lab_side_by_side *sides)
{
    free(sides->rows);
    *sides = (struct lab_side_by_side){0};
}
