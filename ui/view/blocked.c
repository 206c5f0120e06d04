// SPDX-License-Identifier: GPL-3.0-or-later
// How long a call has been blocked: its text, and when that text changes next.
#include "ui/view/blocked.h"

#include <stdio.h>

enum { TENTH_NS = 100000000 };
static const uint64_t second_ns = 1000000000u;

static uint64_t resolution_ns(uint64_t for_ns)
{
    return for_ns < 10 * second_ns ? TENTH_NS : for_ns < 60 * second_ns ? second_ns : 60 * second_ns;
}

const char *ui_blocked_text(uint64_t ns, char *out, size_t out_bytes)
{
    if (ns < 10 * second_ns)
        snprintf(out, out_bytes, "%.1f s", (double)(ns / TENTH_NS) / 10);
    else if (ns < 60 * second_ns)
        snprintf(out, out_bytes, "%u s", (unsigned)(ns / second_ns));
    else
        snprintf(out, out_bytes, "%u min", (unsigned)(ns / second_ns / 60));
    return out;
}

uint64_t ui_blocked_stale_ns(const struct ui_pane *pane, const struct ui_model *model)
{
    uint64_t soonest = 0;
    (void)pane;
    for (size_t i = 0; i < model->state->task_count && !model->rewound; i++) {
        const struct lab_task *task = &model->state->tasks[i];
        const struct net_event *enter = task->alive && task->enter != LAB_NONE
                                            ? lab_journal_at(model->journal, (size_t)task->enter)
                                            : NULL;
        if (!enter || enter->time_ns > model->now_ns)
            continue;
        uint64_t for_ns = model->now_ns - enter->time_ns;
        uint64_t step = resolution_ns(for_ns);
        uint64_t at = model->now_ns + step - for_ns % step;
        if (!soonest || at < soonest)
            soonest = at;
    }
    return soonest;
}
