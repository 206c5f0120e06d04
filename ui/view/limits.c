// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Keep-alive: after keep_idle_s of silence a probe every keep_interval_s; when keep_count of them stay unanswered, one
 * interval after the last the connection is dead: idle + count x interval (net/ipv4/tcp_timer.c tcp_keepalive_timer()).
 * With data in flight the retransmission timer rules instead, and keep-alive does nothing. TCP_USER_TIMEOUT takes the
 * place of the count. A timer that runs keeps its moment when TCP_KEEPINTVL is changed: what the kernel says is left of
 * it goes before the numbers.
 */
#include "ui/view/limits.h"

#include "lab/base/durations.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "ui/draw/text.h"

#include <stdio.h>
#include <string.h>

static const uint64_t second_ns = 1000000000u;
enum { GAUGE_MOST = 60, WIDE = 68 };

static uint64_t since(const struct ui_model *model, uint64_t then_ns)
{
    return model->now_ns > then_ns ? model->now_ns - then_ns : 0;
}

/* How long nothing has come from the peer. */
static uint64_t silent_ns(const struct ui_model *model, const struct lab_socket *s)
{
    uint32_t ms = s->now.last_data_recv_ms < s->now.last_ack_recv_ms ? s->now.last_data_recv_ms
                                                                     : s->now.last_ack_recv_ms;
    return (uint64_t)ms * 1000000u + since(model, s->now_ns);
}

static uint64_t death_ns(const struct net_ev_timers *t)
{
    return ((uint64_t)t->keep_idle_s + (uint64_t)t->keep_count * t->keep_interval_s) * second_ns;
}

/* How much silence the first probe and the end need. */
struct schedule {
    uint64_t first_ns, death_ns;
    bool is_older; /* the timer runs since before the numbers were changed, and goes by the old ones once more */
};

static struct schedule schedule_of(const struct lab_socket *s, uint64_t silent, uint64_t left)
{
    const struct net_ev_timers *t = &s->timers;
    struct schedule plan = {.first_ns = t->keep_idle_s * second_ns, .death_ns = death_ns(t)};
    uint64_t so_far = (uint64_t)s->now.probes * t->keep_interval_s * second_ns, next = silent + left;
    if (s->now.timer != NET_TIMER_KEEPALIVE || next < so_far || next < plan.first_ns + so_far + second_ns + next / 20)
        return plan;
    plan.is_older = true;
    plan.death_ns += next - so_far - plan.first_ns;
    plan.first_ns = next - so_far;
    return plan;
}

/* "|----o--*-o---o--|": the probes (o), and how far the silence has come (*). */
static void gauge(const struct net_ev_timers *t, const struct schedule *plan, uint64_t silent, int width, char *out,
                  size_t room)
{
    uint64_t cell = plan->death_ns / (uint64_t)width;
    size_t used = (size_t)snprintf(out, room, "%s", ui_glyph(UI_TEE_L));
    for (int x = 0; x < width && used + 8 < room; x++) {
        uint64_t from = cell * (uint64_t)x, to = from + cell;
        const char *sign = ui_glyph(UI_HORIZONTAL);
        for (uint32_t i = 0; i < t->keep_count && i < 200; i++) {
            uint64_t probe = plan->first_ns + (uint64_t)i * t->keep_interval_s * second_ns;
            if (probe >= from && probe < to)
                sign = ui_glyph(UI_RING);
        }
        if ((silent >= from && silent < to) || (silent >= to && x == width - 1))
            sign = ui_glyph(UI_FULL);
        used += (size_t)snprintf(out + used, room - used, "%s", sign);
    }
    snprintf(out + used, room - used, "%s", ui_glyph(UI_TEE_R));
}

static bool is_open(const struct lab_socket *s)
{
    return s->now.has_info && s->now.state != NET_STATE_LISTEN && s->now.state != NET_STATE_CLOSE &&
           s->now.state != NET_STATE_ABSENT && s->now.state != NET_STATE_SYN_SENT;
}

/* When it died of silence: how long the silence had lasted, 0 when it did not. */
static uint64_t died_after_ns(const struct ui_model *model, const struct lab_socket *s)
{
    const struct lab_step *last = s->step_count ? &s->steps[s->step_count - 1] : NULL;
    if (!last || last->cause != LAB_NONE || (last->state != NET_STATE_CLOSE && last->state != NET_STATE_ABSENT) ||
        s->conversation == LAB_NONE)
        return 0;
    const struct lab_conversation *c = &model->state->conversations[s->conversation];
    for (size_t i = c->segment_count; i-- > 0;) {
        const struct lab_segment *segment = &model->state->segments[c->segments[i]];
        if (segment->segment->from != s->host && segment->fate == NET_DELIVERED && segment->fate_ns < last->time_ns)
            return last->time_ns - segment->fate_ns;
    }
    return 0;
}

/* Behind the socket's own numbers the kernel's defaults, for comparison. */
static void add_default(char *out, size_t room)
{
    static const struct net_ev_timers preset = {.keep_idle_s = 7200, .keep_interval_s = 75, .keep_count = 9};
    char time[40];
    size_t used = strlen(out);
    snprintf(out + used, room - used, _("   (default %s)"), lab_duration_text(death_ns(&preset), time, sizeof time));
}

static int keepalive_lines(const struct ui_model *model, const struct lab_socket *s, const char *name, int columns,
                           struct ui_limit_line *out)
{
    const struct net_ev_timers *t = &s->timers;
    char time[40], all[40], bar[UI_LIMIT_BYTES - 64];
    uint64_t silent = silent_ns(model, s), died = died_after_ns(model, s);
    snprintf(out[0].text, sizeof out[0].text, _("%s  keep-alive %u s + %u x %u s = %s"), name, t->keep_idle_s,
             t->keep_count, t->keep_interval_s, lab_duration_text(death_ns(t), all, sizeof all));
    out[0].meaning = UI_TEXT;
    if (columns >= WIDE)
        add_default(out[0].text, sizeof out[0].text);
    if (died) {
        snprintf(out[1].text, sizeof out[1].text, _("dead after %s, predicted %s"),
                 lab_duration_text(died, time, sizeof time), all);
        out[1].meaning = UI_FAILED;
        return 2;
    }
    if (!is_open(s))
        return 1;
    uint64_t left = (uint64_t)s->now.timer_ms * 1000000u;
    left = left > since(model, s->now_ns) ? left - since(model, s->now_ns) : 0;
    struct schedule plan = schedule_of(s, silent, left);
    if (plan.is_older)
        snprintf(out[0].text, sizeof out[0].text, _("%s  timer set earlier: dead after %s"), name,
                 lab_duration_text(plan.death_ns, time, sizeof time));
    int width = columns - 24 > GAUGE_MOST ? GAUGE_MOST : columns - 24;
    gauge(t, &plan, silent, width > 4 ? width : 4, bar, sizeof bar);
    snprintf(out[1].text, sizeof out[1].text, _("%s  silent %s"), bar, lab_duration_text(silent, time, sizeof time));
    out[1].meaning = silent >= plan.first_ns ? UI_WAITS : UI_DIM;
    if (s->now.timer == NET_TIMER_KEEPALIVE)
        snprintf(out[2].text, sizeof out[2].text,
                 s->now.probes ? _("probe %u of %u unanswered, next %s") : _("%u of %u probes unanswered, next %s"),
                 s->now.probes, t->keep_count, lab_duration_text(left, time, sizeof time));
    else if (s->now.timer == NET_TIMER_RETRANSMIT)
        snprintf(out[2].text, sizeof out[2].text, "%s",
                 columns >= WIDE ? _("data in flight: the retransmission timer rules, keep-alive waits")
                                 : _("data in flight: keep-alive waits"));
    else
        return 2;
    out[2].meaning = s->now.probes ? UI_WAITS : UI_DIM;
    return 3;
}

/* The last close() of the socket; NULL. ret: its return, NULL while it waits. The descriptor is no more from the moment
 * that it was entered. */
static const struct net_event *last_close(const struct ui_model *model, const struct lab_socket *s,
                                          const struct net_event **ret)
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct lab_use *use = &s->uses[i];
        const struct net_event *enter = use->enter == LAB_NONE ? NULL
                                                               : lab_journal_at(model->journal, (size_t)use->enter);
        if (!enter || enter->u.call.call != NET_CALL_CLOSE)
            continue;
        *ret = use->ret == LAB_NONE ? NULL : lab_journal_at(model->journal, (size_t)use->ret);
        return enter;
    }
    return NULL;
}

/* FIN leads through FIN_WAIT1 or LAST_ACK; RST does not. */
static bool sent_fin(const struct lab_socket *s, uint64_t since_ns)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (s->steps[i].time_ns >= since_ns &&
            (s->steps[i].state == NET_STATE_FIN_WAIT1 || s->steps[i].state == NET_STATE_LAST_ACK))
            return true;
    return false;
}

static int lingering_lines(const struct ui_model *model, const struct lab_socket *s, const struct net_event *enter,
                           const struct net_event *ret, struct ui_limit_line *out)
{
    const struct lab_actor *actor = lab_actor_by_id(model->state, enter->actor);
    const char *who = actor ? actor->name : "?";
    char took[40], left[40];
    uint64_t until_ns = ret ? ret->time_ns : model->now_ns;
    lab_duration_text(until_ns > enter->time_ns ? until_ns - enter->time_ns : 0, took, sizeof took);
    snprintf(out[0].text, sizeof out[0].text,
             ret ? _("%s  close() took %s, SO_LINGER %d s") : _("%s  in close() %s of SO_LINGER %d s"), who, took,
             s->timers.linger_s);
    bool fin = sent_fin(s, enter->time_ns);
    if (s->now.state == NET_STATE_TIME_WAIT || s->now.timer == NET_TIMER_TIMEWAIT) {
        uint64_t timer_ns = (uint64_t)s->now.timer_ms * 1000000u, gone_ns = since(model, s->now_ns);
        snprintf(out[1].text, sizeof out[1].text, _("FIN acknowledged; %s %s"), net_state_name(s->now.state),
                 lab_duration_text(timer_ns > gone_ns ? timer_ns - gone_ns : 0, left, sizeof left));
    } else if (s->now.state == NET_STATE_ABSENT || s->now.state == NET_STATE_CLOSE) {
        snprintf(out[1].text, sizeof out[1].text, "%s", fin ? _("FIN; no TIME_WAIT") : _("RST; no TIME_WAIT"));
    } else {
        snprintf(out[1].text, sizeof out[1].text,
                 fin ? _("FIN, %u B not acknowledged, %s") : _("%u B not acknowledged, %s"), s->now.wqueue,
                 net_state_name(s->now.state));
    }
    out[0].meaning = out[1].meaning = ret ? UI_TEXT : UI_WAITS;
    return 2;
}

static int linger_lines(const struct ui_model *model, const struct lab_socket *s, const char *name,
                        struct ui_limit_line *out)
{
    const struct net_event *ret = NULL, *enter = s->references == 0 ? last_close(model, s, &ret) : NULL;
    if (enter)
        return lingering_lines(model, s, enter, ret, out);
    if (s->now.state == NET_STATE_ABSENT || s->now.state == NET_STATE_TIME_WAIT)
        return 0;
    snprintf(out[0].text, sizeof out[0].text, "%s  SO_LINGER %d s", name, s->timers.linger_s);
    if (s->timers.linger_s == 0)
        snprintf(out[1].text, sizeof out[1].text, "%s", _("close() will send RST at once"));
    else
        snprintf(out[1].text, sizeof out[1].text, _("close() will wait %d s at most for the ACK"), s->timers.linger_s);
    out[0].meaning = out[1].meaning = UI_DIM;
    return 2;
}

int ui_limit_lines(const struct ui_model *model, const struct lab_socket *s, const char *name, int columns,
                   struct ui_limit_line out[UI_LIMIT_LINES])
{
    int n = 0;
    if (!s->timers.cookie || s->now.state == NET_STATE_LISTEN)
        return 0;
    if (s->timers.keepalive && (is_open(s) || died_after_ns(model, s)))
        n += keepalive_lines(model, s, name, columns, out);
    if (s->timers.user_timeout_ms && is_open(s) && n < UI_LIMIT_LINES) {
        snprintf(out[n].text, sizeof out[n].text,
                 columns >= WIDE + 10
                     ? _("%s  TCP_USER_TIMEOUT %u ms: dead when nothing sent is acknowledged that long")
                     : "%s  TCP_USER_TIMEOUT %u ms",
                 name, s->timers.user_timeout_ms);
        out[n++].meaning = UI_DIM;
    }
    if (s->timers.linger && n + 2 <= UI_LIMIT_LINES)
        n += linger_lines(model, s, name, out + n);
    return n;
}
