// SPDX-License-Identifier: GPL-3.0-or-later
// A screen without a terminal and a lab without a kernel: for tests of what is drawn.
#ifndef TESTS_SCREEN_FAKE_H
#define TESTS_SCREEN_FAKE_H

/*
 * A fake is a journal written by hand, folded by the real lab_state_apply() into the state that views draw. Every
 * function that adds an event gives it fake->now_ns, which fake_after() moves on. Include after cmocka.h.
 *
 * The screen is a newterm() on memory: what a window holds is read back as text, trailing blanks removed.
 */
#include "net/call.h"
#include "ui/pane.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct fake {
    struct lab_journal *journal;
    struct lab_state *state;
    struct ui_model model;
    uint64_t now_ns;
    uint32_t last_id;
    uint64_t last_segment;
};

enum { FAKE_START_MS = 1000000, FAKE_SERVER_PORT = 12345, FAKE_CLIENT_PORT = 40000, FAKE_TEXT_BYTES = 65536 };

static inline void fake_after(struct fake *f, unsigned ms)
{
    f->now_ns += ms * 1000000ull;
    f->model.now_ns = f->now_ns;
}

static inline long fake_put(struct fake *f, struct net_event ev)
{
    ev.time_ns = f->now_ns;
    long index = lab_journal_append(f->journal, &ev);
    assert_true(index >= 0);
    assert_int_equal(lab_state_apply(f->state, f->journal, (size_t)index), 0);
    return index;
}

static inline void fake_open(struct fake *f)
{
    *f = (struct fake){.journal = lab_journal_new(), .state = lab_state_new(), .now_ns = FAKE_START_MS * 1000000ull};
    assert_non_null(f->journal);
    assert_non_null(f->state);
    f->model = (struct ui_model){.journal = f->journal,
                                 .state = f->state,
                                 .now_ns = f->now_ns,
                                 .start_ns = f->now_ns,
                                 .has_wire = true,
                                 .lesson = -1,
                                 .experiment = -1,
                                 .selected_event = -1,
                                 .selected_socket = -1};
}

static inline void fake_close(struct fake *f)
{
    lab_state_free(f->state);
    lab_journal_free(f->journal);
}

static inline long fake_note(struct fake *f, enum lab_note_kind kind, unsigned flags, const char *text)
{
    return fake_put(f, (struct net_event){.kind = NET_EV_NOTE,
                                          .data = (const uint8_t *)text,
                                          .data_bytes = (uint32_t)strlen(text),
                                          .u.note = {.kind = (uint16_t)kind, .flags = (uint16_t)flags}});
}

/* A task of an actor: the first one when parent is 0. Returns its id; pid and tid are 4000 + id. */
static inline uint32_t fake_task(struct fake *f, uint32_t actor, uint32_t parent, enum net_task_kind kind)
{
    uint32_t id = ++f->last_id;
    int32_t tid = 4000 + (int32_t)id;
    fake_put(f, (struct net_event){.kind = NET_EV_TASK_START,
                                   .actor = actor,
                                   .task = id,
                                   .u.task = {.kind = (uint8_t)kind,
                                              .pid = kind == NET_TASK_CHILD ? tid : 4000,
                                              .tid = tid,
                                              .parent = parent}});
    return id;
}

/* An actor with its first task: task id = actor id + 1. program "hand" makes a hand. Returns the actor's id. */
static inline uint32_t fake_actor(struct fake *f, const char *name, const char *program, enum net_host host)
{
    struct net_event ev = {.kind = NET_EV_ACTOR_START, .actor = ++f->last_id, .u.actor = {.host = (uint8_t)host}};
    ev.task = ev.actor + 1;
    ev.u.actor.is_hand = strcmp(program, "hand") == 0;
    snprintf(ev.u.actor.name, sizeof ev.u.actor.name, "%s", name);
    snprintf(ev.u.actor.program, sizeof ev.u.actor.program, "%s", program);
    ev.data = (const uint8_t *)program;
    ev.data_bytes = (uint32_t)strlen(program) + 1;
    fake_put(f, ev);
    fake_task(f, ev.actor, 0, NET_TASK_MAIN);
    return ev.actor;
}

/* A call of the actor's first task. Fill fd, args and line; data goes in. Returns the index of the entry. */
static inline long fake_enter(struct fake *f, uint32_t actor, struct net_ev_call call, const void *data, size_t bytes)
{
    call.enter_ns = f->now_ns;
    call.data_all = (uint32_t)bytes;
    return fake_put(f, (struct net_event){.kind = NET_EV_CALL_ENTER,
                                          .actor = actor,
                                          .task = actor + 1,
                                          .data = data,
                                          .data_bytes = (uint32_t)bytes,
                                          .u.call = call});
}

/* Its return, with ret, error, fd, cookie set by the caller in call; enter is what fake_enter() returned. */
static inline long fake_return(struct fake *f, long enter, struct net_ev_call call, const void *data, size_t bytes)
{
    const struct net_event *entry = lab_journal_at(f->journal, (size_t)enter);
    call.call = entry->u.call.call;
    call.line = entry->u.call.line;
    call.enter_ns = entry->time_ns;
    call.data_all = (uint32_t)bytes;
    memcpy(call.args, entry->u.call.args, sizeof call.args);
    return fake_put(f, (struct net_event){.kind = NET_EV_CALL_RETURN,
                                          .actor = entry->actor,
                                          .task = entry->task,
                                          .data = data,
                                          .data_bytes = (uint32_t)bytes,
                                          .u.call = call});
}

/* What the kernel says of a socket; address and ports are filled in when they are 0. */
static inline long fake_sample(struct fake *f, struct net_ev_sample sample)
{
    bool server = sample.host == NET_SERVER;
    sample.begin_ns = f->now_ns;
    sample.local_ip = server ? NET_SERVER_IP : NET_CLIENT_IP;
    if (!sample.local_port)
        sample.local_port = server ? FAKE_SERVER_PORT : FAKE_CLIENT_PORT;
    if (sample.state != NET_STATE_LISTEN && sample.state != NET_STATE_CLOSE) {
        sample.remote_ip = server ? NET_CLIENT_IP : NET_SERVER_IP;
        if (!sample.remote_port)
            sample.remote_port = server ? FAKE_CLIENT_PORT : FAKE_SERVER_PORT;
    }
    bool gone = sample.state == NET_STATE_ABSENT;
    return fake_put(f, (struct net_event){.kind = gone ? NET_EV_GONE : NET_EV_SAMPLE, .u.sample = sample});
}

/* A segment between the two default ports. seq and ack raw. Returns its id; fake_fate() says what becomes of it. */
static inline uint64_t fake_segment(struct fake *f, enum net_host from, unsigned flags, uint32_t seq, uint32_t ack,
                                    unsigned payload)
{
    bool server = from == NET_SERVER;
    struct net_ev_segment segment = {.id = ++f->last_segment,
                                     .from = (uint8_t)from,
                                     .protocol = 6,
                                     .flags = (uint8_t)flags,
                                     .ttl = 64,
                                     .packet_bytes = (uint16_t)(40 + payload),
                                     .payload_bytes = (uint16_t)payload,
                                     .payload_at = 40,
                                     .window = 64240,
                                     .src_ip = server ? NET_SERVER_IP : NET_CLIENT_IP,
                                     .dst_ip = server ? NET_CLIENT_IP : NET_SERVER_IP,
                                     .src_port = server ? FAKE_SERVER_PORT : FAKE_CLIENT_PORT,
                                     .dst_port = server ? FAKE_CLIENT_PORT : FAKE_SERVER_PORT,
                                     .seq = seq,
                                     .ack = ack,
                                     .wscale = -1,
                                     .checksum_ok = true};
    uint8_t packet[2048] = {0};
    fake_put(f, (struct net_event){
                    .kind = NET_EV_SEGMENT, .data = packet, .data_bytes = segment.packet_bytes, .u.segment = segment});
    return segment.id;
}

static inline void fake_fate(struct fake *f, uint64_t segment, enum net_fate_of fate)
{
    fake_put(f, (struct net_event){.kind = NET_EV_FATE, .u.fate = {.segment = segment, .fate = (uint8_t)fate}});
}

static inline void fake_wire(struct fake *f, struct net_ev_wire wire)
{
    fake_put(f, (struct net_event){.kind = NET_EV_WIRE, .u.wire = wire});
}

/*
 * A whole first contact, 100 ms apart: `server` (actor 1, tcp_server_single) listens on fd 3 (cookie 0x51) and accepts
 * fd 4 (0x52); the hand c1 (actor 3) connects fd 3 (0xc1), sends "hello" and closes: the server is in recv(4), its
 * socket in CLOSE_WAIT with 5 bytes unread, c1's in FIN_WAIT2 and without an owner.
 */
static inline void fake_handshake(struct fake *f, uint32_t c1)
{
    long connect = fake_enter(f, c1, (struct net_ev_call){.call = NET_CALL_CONNECT, .fd = 3, .args = {3}}, NULL, 0);
    uint64_t syn = fake_segment(f, NET_CLIENT, NET_SYN, 1000, 0, 0);
    fake_sample(f, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_SYN_SENT, .inode = 9});
    fake_fate(f, syn, NET_DELIVERED);
    fake_sample(f, (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_SYN_RECV});
    uint64_t syn_ack = fake_segment(f, NET_SERVER, NET_SYN | NET_ACK, 7000, 1001, 0);
    fake_fate(f, syn_ack, NET_DELIVERED);
    fake_sample(f,
                (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_ESTABLISHED, .inode = 9});
    uint64_t ack = fake_segment(f, NET_CLIENT, NET_ACK, 1001, 7001, 0);
    fake_fate(f, ack, NET_DELIVERED);
    fake_sample(f,
                (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_ESTABLISHED, .inode = 8});
    fake_return(f, connect, (struct net_ev_call){.fd = 3, .cookie = 0xc1}, NULL, 0);
}

static inline void fake_first_contact(struct fake *f)
{
    uint32_t server = fake_actor(f, "server", "tcp_server_single", NET_SERVER);
    struct net_ev_call call = {.call = NET_CALL_SOCKET, .line = 18, .fd = -1, .args = {2, 1, 0}};
    long enter = fake_enter(f, server, call, NULL, 0);
    fake_return(f, enter, (struct net_ev_call){.ret = 3, .fd = 3, .cookie = 0x51}, NULL, 0);
    call = (struct net_ev_call){.call = NET_CALL_LISTEN, .line = 37, .fd = 3, .args = {3, 1}};
    enter = fake_enter(f, server, call, NULL, 0);
    fake_return(f, enter, (struct net_ev_call){.fd = 3, .cookie = 0x51}, NULL, 0);
    fake_sample(f, (struct net_ev_sample){
                       .host = NET_SERVER, .cookie = 0x51, .state = NET_STATE_LISTEN, .inode = 7, .wqueue = 1});
    call = (struct net_ev_call){.call = NET_CALL_ACCEPT, .line = 46, .fd = 3, .args = {3}};
    long accept = fake_enter(f, server, call, NULL, 0);
    fake_after(f, 100);
    uint32_t c1 = fake_actor(f, "c1", "hand", NET_CLIENT);
    call = (struct net_ev_call){.call = NET_CALL_SOCKET, .fd = -1, .args = {2, 1, 0}};
    enter = fake_enter(f, c1, call, NULL, 0);
    fake_return(f, enter, (struct net_ev_call){.ret = 3, .fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_handshake(f, c1);
    fake_return(f, accept, (struct net_ev_call){.ret = 4, .fd = 4, .cookie = 0x52}, NULL, 0);
    fake_after(f, 100);
    call = (struct net_ev_call){.call = NET_CALL_SEND, .fd = 3, .args = {3, 0, 5, 0}};
    enter = fake_enter(f, c1, call, "hello", 5);
    fake_return(f, enter, (struct net_ev_call){.fd = 3, .ret = 5, .cookie = 0xc1}, NULL, 0);
    fake_fate(f, fake_segment(f, NET_CLIENT, NET_PSH | NET_ACK, 1001, 7001, 5), NET_DELIVERED);
    fake_after(f, 100);
    call = (struct net_ev_call){.call = NET_CALL_CLOSE, .fd = 3, .args = {3}};
    enter = fake_enter(f, c1, call, NULL, 0);
    uint64_t fin = fake_segment(f, NET_CLIENT, NET_FIN | NET_ACK, 1006, 7001, 0);
    fake_sample(f, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_FIN_WAIT1});
    fake_return(f, enter, (struct net_ev_call){.fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_fate(f, fin, NET_DELIVERED);
    fake_sample(f, (struct net_ev_sample){
                       .host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_CLOSE_WAIT, .inode = 8, .rqueue = 5});
    uint64_t ack = fake_segment(f, NET_SERVER, NET_ACK, 7001, 1007, 0);
    fake_fate(f, ack, NET_DELIVERED);
    fake_sample(f, (struct net_ev_sample){.host = NET_CLIENT,
                                          .cookie = 0xc1,
                                          .state = NET_STATE_FIN_WAIT2,
                                          .timer = NET_TIMER_TIMEWAIT,
                                          .timer_ms = 59000});
    fake_enter(f, server, (struct net_ev_call){.call = NET_CALL_RECV, .line = 57, .fd = 4, .args = {4, 0, 1023, 0}},
               NULL, 0);
}

struct fake_screen {
    SCREEN *screen;
    FILE *in, *out;
};

/* A screen of that size in a locale ("C.UTF-8", "C") and of a terminal type; colours only where the type has them. */
static inline void fake_screen_open(struct fake_screen *s, int rows, int columns, const char *locale, const char *term)
{
    char number[16];
    assert_non_null(setlocale(LC_ALL, locale));
    snprintf(number, sizeof number, "%d", rows);
    setenv("LINES", number, 1);
    snprintf(number, sizeof number, "%d", columns);
    setenv("COLUMNS", number, 1);
    s->in = fopen("/dev/null", "r");
    s->out = tmpfile();
    assert_true(s->in && s->out);
    s->screen = newterm(term, s->out, s->in);
    assert_non_null(s->screen);
    ui_theme_init(false);
}

static inline void fake_screen_close(struct fake_screen *s)
{
    endwin();
    delscreen(s->screen);
    fclose(s->in);
    fclose(s->out);
}

/* The text of a window: one line per row, trailing blanks removed, trailing empty rows too. free() it. */
static inline char *fake_text(WINDOW *window)
{
    char *text = calloc(1, FAKE_TEXT_BYTES), *at = text, *end = text;
    assert_non_null(text);
    for (int row = 0; row < getmaxy(window); row++) {
        for (int column = 0; column < getmaxx(window);) {
            cchar_t cell;
            wchar_t chars[CCHARW_MAX + 1] = L"";
            attr_t attr;
            short pair;
            mvwin_wch(window, row, column, &cell);
            getcchar(&cell, chars, &attr, &pair, NULL);
            int width = chars[0] ? wcwidth(chars[0]) : 1;
            assert_true(at - text < FAKE_TEXT_BYTES - 64);
            at += snprintf(at, 64, "%ls", chars);
            column += width > 0 ? width : 1;
        }
        while (at > text && at[-1] == ' ')
            at--;
        *at++ = '\n';
        if (at - text > 1 && at[-2] != '\n')
            end = at;
    }
    *end = '\0';
    return text;
}

/* Draw a view into a window of its own and compare what it shows. */
static inline char *fake_draw(struct ui_pane *pane, const struct ui_model *model, int rows, int columns)
{
    pane->window = newwin(rows, columns, 0, 0);
    assert_non_null(pane->window);
    pane->rows = rows;
    pane->columns = columns;
    pane->view->draw(pane, model);
    char *text = fake_text(pane->window);
    delwin(pane->window);
    pane->window = NULL;
    return text;
}

#define assert_screen(actual, expected)                                                                                \
    do {                                                                                                               \
        char *screen_text = (actual);                                                                                  \
        if (strcmp(screen_text, (expected)) != 0)                                                                      \
            fprintf(stderr, "expected:\n%s\nseen:\n%s\n", (expected), screen_text);                                    \
        assert_string_equal(screen_text, (expected));                                                                  \
        free(screen_text);                                                                                             \
    } while (0)

#endif
