// SPDX-License-Identifier: GPL-3.0-or-later
// How exactly keep-alive dies, and how fast an option changes under a call that sleeps.
/*
 *   ends_bench ROUNDS
 *
 * Keep-alive: five connections with other numbers each, idle, and then a cut cable for all of them. A death is the
 * return of the watcher's recv() with ETIMEDOUT; it is counted from the last segment that reached that end, as the
 * kernel counts, and compared with idle + count x interval. The connections inherit their settings: where SO_KEEPALIVE
 * is set later, the first wait begins there (tcp_set_keepalive()). The kernel rounds a wait up to an eighth of it at
 * most (kernel/time/timer.c: of 512 to 4095 ticks to a multiple of 64, which is 0.26 s of 3 s at 250 Hz), each wait by
 * itself: that is what is seen here, and why no setting has a single long wait only.
 *
 * An option: the watcher, a thread and then a process, sleeps in recv(). From before the change to after the kernel has
 * told the new value; and how many of those calls had returned by then.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/commands/commands.h"
#include "lab/session/session.h"

enum { SETTINGS = 5, ROUNDS_MOST = 1001, PORT = 12345 };

static const struct setting {
    unsigned idle_s, interval_s, count;
} settings[SETTINGS] = {{1, 1, 3}, {2, 1, 3}, {1, 2, 2}, {2, 2, 1}, {3, 2, 4}};

static struct lab_session *session;

static int run(const char *script)
{
    const struct lab_place place = {
        .file = "bench", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT, .reach = LAB_REACH_USER};
    struct net_error err = {0};
    if (lab_session_start_script(session, script, &place, false, false, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    while (lab_session_script_state(session) == LAB_SCRIPT_RUNNING)
        lab_session_wait(session, -1, 0);
    if (lab_session_script_state(session) != LAB_SCRIPT_FAILED)
        return 0;
    fprintf(stderr, "%s\n", lab_session_script_error(session)->text);
    return -1;
}

/* ---- keep-alive -------------------------------------------------------------------------------------------------- */

/* s: from the last segment that reached the end of actor `sI` to the return of its recv(); 0: it did not die so. */
static double death_of(unsigned i)
{
    const struct lab_journal *journal = lab_session_journal(session);
    const struct lab_state *state = lab_session_state(session);
    char name[16];
    snprintf(name, sizeof name, "s%u", i);
    int actor = lab_actor_by_name(state, name) ? (int)lab_actor_by_name(state, name)->id : 0;
    uint64_t last_ns = 0;
    for (size_t k = 0; k < state->segment_count; k++) {
        const struct lab_segment *seg = &state->segments[k];
        if (seg->segment->from == NET_CLIENT && seg->fate == NET_DELIVERED && seg->segment->dst_port == PORT + i)
            last_ns = seg->fate_ns;
    }
    for (size_t k = lab_journal_count(journal); k-- > 0;) {
        const struct net_event *ev = lab_journal_at(journal, k);
        if (ev->kind == NET_EV_CALL_RETURN && ev->actor == (uint32_t)actor && ev->u.call.error == ETIMEDOUT)
            return (double)(ev->time_ns - last_ns) / 1e9;
    }
    return 0;
}

static int connect_one(unsigned i)
{
    char script[600];
    const struct setting *s = &settings[i];
    snprintf(script, sizeof script,
             "hand s%u on server\ns%u bind %u\ns%u listen 1\n"
             "s%u.3 set TCP_KEEPIDLE %u\ns%u.3 set TCP_KEEPINTVL %u\ns%u.3 set TCP_KEEPCNT %u\n"
             "s%u.3 set SO_KEEPALIVE 1\n"
             "hand c%u\nc%u connect server:%u\ns%u.3 accept\ns%u.4 recv\n",
             i, i, PORT + i, i, i, s->idle_s, i, s->interval_s, i, s->count, i, i, i, PORT + i, i, i);
    return run(script);
}

static int keepalive_rows(void)
{
    double worst = 0;
    char all[200] = "";
    for (unsigned i = 0; i < SETTINGS; i++)
        if (connect_one(i) < 0)
            return -1;
    if (run("wait quiet\nwire cut\nwait 12500ms\n") < 0)
        return -1;
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        double law = s->idle_s + (double)s->count * s->interval_s, died = death_of(i);
        double off = 100 * fabs(died - law) / law;
        worst = off > worst ? off : worst;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.2f of %.0f s", i ? ", " : "", died, law);
    }
    printf("| death by keep-alive, off idle + count x interval | %.1f %% | %s | within 5 %% |\n", worst, all);
    return 0;
}

/* ---- an option under a call that sleeps -------------------------------------------------------------------------- */

static size_t recv_returns(void)
{
    const struct lab_journal *journal = lab_session_journal(session);
    size_t count = 0;
    for (size_t i = 0; i < lab_journal_count(journal); i++)
        count += lab_journal_at(journal, i)->kind == NET_EV_CALL_RETURN &&
                 strcmp(net_call_row(lab_journal_at(journal, i)->u.call.call)->name, "recv") == 0;
    return count;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int option_row(int rounds, const char *how)
{
    static double ms[ROUNDS_MOST];
    const struct net_option *option = net_option_find("TCP_KEEPIDLE");
    char script[200];
    snprintf(
        script, sizeof script,
        "clear\nhand s on server%s\ns bind %d\ns listen 1\nhand c\nc connect\ns accept\ns.4 recv\nwait s recv blocks\n",
        how, PORT);
    if (run(script) < 0)
        return -1;
    struct net_actors *actors = lab_session_engine(session)->actors;
    uint32_t task = lab_actor_by_name(lab_session_state(session), "s")->first_task;
    size_t before = recv_returns();
    for (int i = 0; i < rounds; i++) {
        struct net_option_value value = {.number = 1 + i % 1000};
        struct net_error err;
        uint64_t begin_ns = net_now_ns();
        if (net_actor_option(actors, task, 4, option, true, &value, &err) < 0 || value.number != 1 + i % 1000) {
            fprintf(stderr, "%s\n", err.text);
            return -1;
        }
        ms[i] = (double)(net_now_ns() - begin_ns) / 1e6;
    }
    if (run("wait s recv blocks\n") < 0)
        return -1;
    qsort(ms, (size_t)rounds, sizeof *ms, by_size);
    printf("| an option set under recv(), of a %s | %.3f ms | worst %.3f; %zu of %d calls returned | under 5 ms, 0 |\n",
           *how ? "process" : "thread", ms[rounds / 2], ms[rounds - 1], recv_returns() - before, rounds);
    return 0;
}

int main(int argc, char **argv)
{
    const struct lab_session_spec spec = {.language = &lab_language, .headless = true};
    struct net_error err;
    int rounds = argc == 2 ? atoi(argv[1]) : 0, failed = 0;
    if (rounds < 1 || rounds > ROUNDS_MOST) {
        fprintf(stderr, "usage: ends_bench ROUNDS (1 to %d)\n", ROUNDS_MOST);
        return 2;
    }
    session = lab_session_open(&spec, &err);
    if (!session) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (lab_session_engine(session)->wire)
        failed = keepalive_rows() < 0;
    failed |= option_row(rounds, "") < 0 || option_row(rounds, " as process") < 0;
    lab_session_close(session);
    return failed;
}
