// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/compare/cell.h"

#include "lab/base/text.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

void lab_cell_add(struct lab_cell *cell, struct lab_cell_item item)
{
    if (cell->count < LAB_CELL_ITEMS)
        cell->item[cell->count++] = item;
}

bool lab_cell_equal(const struct lab_cell *a, const struct lab_cell *b)
{
    bool both_took_bytes = a->kind == LAB_CELL_RESULT && b->kind == LAB_CELL_RESULT && a->ret > 0 && b->ret > 0;
    if (both_took_bytes)
        return true;
    if (a->kind != b->kind || a->sigpipe != b->sigpipe || a->error != b->error || a->ret != b->ret ||
        a->bits != b->bits || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->item[i].what != b->item[i].what || a->item[i].end != b->item[i].end ||
            a->item[i].bytes != b->item[i].bytes || a->item[i].lost != b->item[i].lost)
            return false;
    return true;
}

static void result_text(const struct lab_cell *cell, char *out)
{
    if (!cell->error)
        snprintf(out, LAB_CELL_TEXT_BYTES, "%d", cell->ret);
    else if (cell->sigpipe)
        snprintf(out, LAB_CELL_TEXT_BYTES, "%d %s +SIGPIPE", cell->ret, net_errno_name(cell->error));
    else
        snprintf(out, LAB_CELL_TEXT_BYTES, "%d %s", cell->ret, net_errno_name(cell->error));
}

static void poll_text(uint32_t bits, char *out)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{POLLIN, "IN"}, {POLLOUT, "OUT"}, {POLLRDHUP, "RDHUP"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bits & names[i].bit)
            lab_append(out, LAB_CELL_TEXT_BYTES, *out ? "+%s" : "%s", names[i].name);
    if (!*out)
        snprintf(out, LAB_CELL_TEXT_BYTES, "%s", _("nothing"));
}

static void segments_text(const struct lab_cell *cell, char *out)
{
    static const char *const names[] = {
        [LAB_SENT_ACK] = "ACK",         [LAB_SENT_FIN] = "FIN",         [LAB_SENT_RST] = "RST",
        [LAB_SENT_RST_ACK] = "RST+ACK", [LAB_SENT_PROBE] = N_("probe"), [LAB_SENT_DATA] = N_("data")};
    for (size_t i = 0; i < cell->count; i++) {
        const struct lab_cell_item *item = &cell->item[i];
        char end = item->end == LAB_END_A ? 'A' : 'B';
        const char *name = _(names[item->what]);
        if (*out)
            lab_append(out, LAB_CELL_TEXT_BYTES, " ");
        if (item->what == LAB_SENT_DATA)
            lab_append(out, LAB_CELL_TEXT_BYTES, item->lost ? _("%c:%s(%u,lost)") : "%c:%s(%u)", end, name,
                       item->bytes);
        else
            lab_append(out, LAB_CELL_TEXT_BYTES, item->lost ? _("%c:%s(lost)") : "%c:%s", end, name);
    }
    if (!*out)
        snprintf(out, LAB_CELL_TEXT_BYTES, "%s", _("none"));
}

static void states_text(const struct lab_cell *cell, char *out)
{
    for (size_t i = 0; i < cell->count; i++)
        lab_append(out, LAB_CELL_TEXT_BYTES, i ? " > %s" : "%s", net_state_name(cell->item[i].what));
}

const char *lab_cell_text(const struct lab_cell *cell, char out[LAB_CELL_TEXT_BYTES])
{
    static const char *const ends[] = {
        [0] = N_("nobody"), [LAB_END_A] = "A", [LAB_END_B] = "B", [LAB_END_A | LAB_END_B] = N_("both")};
    *out = '\0';
    switch ((enum lab_cell_kind)cell->kind) {
    case LAB_CELL_NONE: break;
    case LAB_CELL_BLOCKS: snprintf(out, LAB_CELL_TEXT_BYTES, "%s", _("blocks")); break;
    case LAB_CELL_RESULT: result_text(cell, out); break;
    case LAB_CELL_POLL: poll_text(cell->bits, out); break;
    case LAB_CELL_ERROR:
        snprintf(out, LAB_CELL_TEXT_BYTES, "%s", cell->error ? net_errno_name(cell->error) : "0");
        break;
    case LAB_CELL_STATES: states_text(cell, out); break;
    case LAB_CELL_SEGMENTS: segments_text(cell, out); break;
    case LAB_CELL_ENDS: snprintf(out, LAB_CELL_TEXT_BYTES, "%s", _(ends[cell->bits])); break;
    }
    return out;
}
