// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Keep-alive: after keep_idle_s of silence a probe every keep_interval_s; when keep_count of them stay unanswered, one
 * interval after the last the connection is dead: idle + count x interval (net/ipv4/tcp_timer.c tcp_keepalive_timer()).
 * With data in flight the retransmission timer rules instead, and keep-alive does nothing. TCP_USER_TIMEOUT takes the
 * place of the count.
 */
#include "ui/limits.h"

#include "net/call.h"
#include "ui/text.h"

#include <stdio.h>
#include <string.h>

static const uint64_t second_ns = 1000000000u;
enum { GAUGE_MOST = 60 };

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

/* "|----o--*-o---o--|": the probes (o), and how far the silence has come (*). */
static void gauge(const struct net_ev_timers *t, uint64_t silent, int width, char *out, size_t room)
{
    uint64_t cell = death_ns(t) / (uint64_t)width;
    size_t used = (size_t)snprintf(out, room, "%s", ui_glyph(UI_TEE_L));
    for (int x = 0; x < width && used + 8 < room; x++) {
        uint64_t from = cell * (uint64_t)x, to = from + cell;
        const char *sign = ui_glyph(UI_HORIZONTAL);
        for (uint32_t i = 0; i < t->keep_count && i < 200; i++) {
            uint64_t probe = ((uint64_t)t->keep_idle_s + (uint64_t)i * t->keep_interval_s) * second_ns;
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

static int keepalive_lines(const struct ui_model *model, const struct lab_socket *s, const char *name, int columns,
                           struct ui_limit_line *out)
{
    const struct net_ev_timers *t = &s->timers;
    char time[40], all[40], bar[UI_LIMIT_BYTES - 64];
    uint64_t silent = silent_ns(model, s), died = died_after_ns(model, s);
    snprintf(out[0].text, sizeof out[0].text, "%s  keep-alive %u s + %u x %u s = %s", name, t->keep_idle_s,
             t->keep_count, t->keep_interval_s, ui_time_text(death_ns(t), all, sizeof all));
    out[0].meaning = UI_TEXT;
    if (died) {
        snprintf(out[1].text, sizeof out[1].text, "dead after %s of silence; predicted %s",
                 ui_time_text(died, time, sizeof time), all);
        out[1].meaning = UI_FAILED;
        return 2;
    }
    if (!is_open(s))
        return 1;
    int width = columns - 24 > GAUGE_MOST ? GAUGE_MOST : columns - 24;
    gauge(t, silent, width > 4 ? width : 4, bar, sizeof bar);
    snprintf(out[1].text, sizeof out[1].text, "%s  silent %s", bar, ui_time_text(silent, time, sizeof time));
    out[1].meaning = silent >= t->keep_idle_s * second_ns ? UI_WAITS : UI_DIM;
    uint64_t left = (uint64_t)s->now.timer_ms * 1000000u;
    left = left > since(model, s->now_ns) ? left - since(model, s->now_ns) : 0;
    if (s->now.timer == NET_TIMER_KEEPALIVE)
        snprintf(out[2].text, sizeof out[2].text,
                 s->now.probes ? "probe %u of %u unanswered, next %s" : "%u of %u probes unanswered, next %s",
                 s->now.probes, t->keep_count, ui_time_text(left, time, sizeof time));
    else if (s->now.timer == NET_TIMER_RETRANSMIT)
        snprintf(out[2].text, sizeof out[2].text, "data in flight: the retransmission timer rules, keep-alive waits");
    else
        return 2;
    out[2].meaning = s->now.probes ? UI_WAITS : UI_DIM;
    return 3;
}

/* The task that is in close() of this socket. */
static const struct net_event *closing_call(const struct ui_model *model, const struct lab_socket *s)
{
    for (size_t i = 0; i < model->state->task_count; i++) {
        const struct lab_task *task = &model->state->tasks[i];
        const struct net_event *enter = task->alive && task->enter != LAB_NONE
                                            ? lab_journal_at(model->journal, (size_t)task->enter)
                                            : NULL;
        if (enter && enter->u.call.call == NET_CALL_CLOSE &&
            lab_socket_of(model->state, task->id, enter->u.call.fd) == (int)(s - model->state->sockets))
            return enter;
    }
    return NULL;
}

static int linger_lines(const struct ui_model *model, const struct lab_socket *s, const char *name,
                        struct ui_limit_line *out)
{
    const struct net_event *enter = closing_call(model, s);
    char time[40];
    if (enter)
        snprintf(out->text, sizeof out->text, "%s  SO_LINGER %d s: close() has waited %s, %u B not acknowledged, %s",
                 name, s->timers.linger_s, ui_time_text(since(model, enter->time_ns), time, sizeof time), s->now.wqueue,
                 net_state_name(s->now.state));
    else if (s->now.state == NET_STATE_ABSENT || s->now.state == NET_STATE_TIME_WAIT)
        return 0;
    else if (s->timers.linger_s == 0)
        snprintf(out->text, sizeof out->text, "%s  SO_LINGER 0 s: close() will send RST at once", name);
    else
        snprintf(out->text, sizeof out->text, "%s  SO_LINGER %d s: close() will wait for the last ACK, %d s at most",
                 name, s->timers.linger_s, s->timers.linger_s);
    out->meaning = enter ? UI_WAITS : UI_DIM;
    return 1;
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
                 "%s  TCP_USER_TIMEOUT %u ms: dead when nothing sent is acknowledged that long", name,
                 s->timers.user_timeout_ms);
        out[n++].meaning = UI_DIM;
    }
    if (s->timers.linger && n < UI_LIMIT_LINES)
        n += linger_lines(model, s, name, out + n);
    return n;
}
