// SPDX-License-Identifier: GPL-3.0-or-later
// What an explanation could not find out.

#include "lab/explain/unseen.h"

#include "lab/explain/because.h"
#include "lab/explain/event_line.h"
#include "lab/explain/explanation.h"
#include "net/base/message.h"

const struct lab_unseen_row lab_unseen_rows[LAB_UNSEENS] = {
    [LAB_UNSEEN_END] = {.name = "end",
                        .format = N_("What ended the end of {who} cannot be seen: no call, no segment, no timer and no "
                                     "counter of its kernel tells.")},
    [LAB_UNSEEN_RESET] = {.name = "reset",
                          .format = N_(
                              "Why that was a reset cannot be seen: no byte was unread when the lab last looked, "
                              "and SO_LINGER {1, 0} was not set.")},
    [LAB_UNSEEN_RST] = {.name = "rst", .format = N_("The kernel of {host} sent RST, and why cannot be seen.")},
    [LAB_UNSEEN_ACK] = {.name = "ack",
                        .format = N_("The end of {who} has been in SYN_RECV since {since}, though the last ACK of the "
                                     "handshake arrived: why it did not count cannot be seen.")},
    [LAB_UNSEEN_HOLDER] = {.name = "holder",
                           .format = N_("Who has that port cannot be seen: no socket of the lab has it.")},
    [LAB_UNSEEN_OUTSIDE] = {.name = "outside",
                            .format = N_(
                                "A program outside of the lab closed it: whether with SO_LINGER {1, 0} or with "
                                "bytes unread cannot be seen.")},
    [LAB_UNSEEN_ACCEPTED] = {.name = "accepted",
                             .format = N_("Whether a program outside of the lab has accepted it cannot be seen: no "
                                          "descriptor was found when the lab looked.")},
    [LAB_UNSEEN_CALL] = {.name = "call", .format = N_("Why cannot be seen.")},
};

/* The counts as they were before the present line. */
struct counting {
    unsigned *count, before;
    lab_unseen_line_fn *line;
    void *user;
};

static unsigned sum(const unsigned count[LAB_UNSEENS])
{
    unsigned n = 0;
    for (int i = 0; i < LAB_UNSEENS; i++)
        n += count[i];
    return n;
}

static void take_line(void *user, const char *line)
{
    struct counting *c = user;
    unsigned now = sum(c->count);
    if (now > c->before)
        c->line(c->user, line);
    c->before = now;
}

static bool lacks_cause(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long index)
{
    char reason[LAB_REASON_BYTES];
    const struct net_event *ev = lab_journal_at(journal, (size_t)index);
    return ev->kind == NET_EV_CALL_RETURN && ev->u.call.ret < 0 && ev->u.call.error != 0 &&
           !lab_because(journal, st, start_ns, index, reason, sizeof reason);
}

void lab_unseen_count(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns,
                      unsigned count[LAB_UNSEENS], lab_unseen_line_fn *line, void *user)
{
    struct counting c = {.count = count, .before = sum(count), .line = line, .user = user};
    long first = st->experiment == LAB_NONE ? 0 : st->experiment;
    const struct net_event *begin = lab_journal_at(journal, (size_t)first);
    char text[1000];
    for (size_t i = 0; begin && i < st->conversation_count; i++)
        if (st->conversations[i].start_ns >= begin->time_ns)
            lab_explain_count(journal, st, start_ns, (int)i, take_line, &c, count);
    for (long i = first; i < (long)st->applied; i++) {
        if (!lacks_cause(journal, st, start_ns, i))
            continue;
        count[LAB_UNSEEN_CALL]++;
        line(user, lab_event_line(st, journal, start_ns, (size_t)i, text, sizeof text));
    }
}
