// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/explain/sight.h"

#include <string.h>

/* Scripts point at things when they are over: what came long before the end is not looked through. */
enum { LOOKED_THROUGH = 3000 };

bool lab_is_sight(const struct net_event *ev)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_EXPECT_HELD && ev->u.note.command == LAB_COMMAND_SEE;
}

void lab_sights(const struct lab_journal *journal, size_t first, size_t out[LAB_SIGHTS + 1])
{
    size_t count = lab_journal_count(journal), begin = count > LOOKED_THROUGH ? count - LOOKED_THROUGH : 0;
    memset(out, 0, (LAB_SIGHTS + 1) * sizeof *out);
    for (size_t i = begin > first ? begin : first; i < count; i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev && lab_is_sight(ev) && ev->u.note.value[0] >= 1 && ev->u.note.value[0] <= LAB_SIGHTS)
            out[ev->u.note.value[0]] = (size_t)ev->u.note.value[1] + 1;
    }
}

int lab_sight_of(const size_t sights[LAB_SIGHTS + 1], size_t event)
{
    for (int number = 1; number <= LAB_SIGHTS; number++)
        if (sights[number] == event + 1)
            return number;
    return 0;
}

const char *lab_sight_sign(int number)
{
    static const char *const signs[LAB_SIGHTS + 1] = {"", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"};
    return number >= 0 && number <= LAB_SIGHTS ? signs[number] : "";
}
