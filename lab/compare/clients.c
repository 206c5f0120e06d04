// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/compare/clients.h"

#include "lab/base/text.h"
#include "net/data/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FD_MAX = 1 << 20 };

void lab_clients_init(struct lab_clients *c, uint32_t actor, size_t from)
{
    *c = (struct lab_clients){.actor = actor, .seen = from};
}

void lab_clients_fini(struct lab_clients *c)
{
    free(c->waited_ns);
    free(c->clients);
    *c = (struct lab_clients){0};
}

/* The place of a descriptor; NULL without memory, or for a number that no descriptor has. */
static struct lab_client *client_of(struct lab_clients *c, int fd)
{
    if (fd < 0 || fd > FD_MAX)
        return NULL;
    if ((size_t)fd >= c->client_count) {
        size_t count = (size_t)fd < 64 ? 128 : 2 * (size_t)fd;
        struct lab_client *more = reallocarray(c->clients, count, sizeof *more);
        if (!more)
            return NULL;
        memset(more + c->client_count, 0, (count - c->client_count) * sizeof *more);
        c->clients = more;
        c->client_count = count;
    }
    return &c->clients[fd];
}

static bool is_same(const struct lab_client_reason *a, const struct lab_client_reason *b)
{
    return a->call == b->call && a->error == b->error && a->is_others == b->is_others;
}

static void count_failure(struct lab_clients *c, const struct lab_client_reason *why)
{
    size_t i = 0;
    while (i < LAB_CLIENTS_REASONS - 1 && c->reasons[i].count && !is_same(&c->reasons[i].why, why))
        i++;
    if (!c->reasons[i].count)
        c->reasons[i].why = *why;
    else if (!is_same(&c->reasons[i].why, why))
        c->reasons[i].why = (struct lab_client_reason){.is_others = true};
    c->reasons[i].count++;
    c->failed++;
}

static int begin_client(struct lab_clients *c, const struct net_event *enter)
{
    struct lab_client *client = client_of(c, enter->u.call.fd);
    if (!client)
        return -1;
    *client = (struct lab_client){.since_ns = enter->time_ns};
    if (!c->first_ns)
        c->first_ns = enter->time_ns;
    return 0;
}

static int answer_client(struct lab_clients *c, struct lab_client *client, uint64_t now_ns)
{
    if (c->answered == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        uint64_t *more = reallocarray(c->waited_ns, room, sizeof *more);
        if (!more)
            return -1;
        c->waited_ns = more;
        c->room = room;
    }
    c->waited_ns[c->answered++] = now_ns - client->since_ns;
    c->last_ns = now_ns;
    client->since_ns = 0;
    return 0;
}

/* What a non-blocking call says instead of waiting. */
static bool is_later(int error)
{
    return error == EAGAIN || error == EINTR || error == EINPROGRESS;
}

/* The error of a connect() that did not wait is asked for by getsockopt(SO_ERROR). */
static int socket_error(const struct net_event *ret)
{
    int error = 0;
    if (ret->u.call.ret == 0 && ret->data_bytes >= sizeof error)
        memcpy(&error, ret->data, sizeof error);
    return error;
}

static int see_return(struct lab_clients *c, const struct net_event *ret)
{
    unsigned call = ret->u.call.call;
    int error = ret->u.call.error;
    if (call == NET_CALL_SOCKET && error) {
        count_failure(c, &(struct lab_client_reason){.call = NET_CALL_SOCKET, .error = error});
        return 0;
    }
    if (ret->u.call.fd < 0 || (size_t)ret->u.call.fd >= c->client_count)
        return 0;
    struct lab_client *client = &c->clients[ret->u.call.fd];
    if (!client->since_ns)
        return 0;
    if (call == NET_CALL_RECV && ret->u.call.ret > 0)
        return answer_client(c, client, ret->time_ns);
    if (call == NET_CALL_RECV && ret->u.call.ret == 0)
        client->reason = (struct lab_client_reason){.call = NET_CALL_RECV};
    if (call == NET_CALL_GETSOCKOPT) {
        call = NET_CALL_CONNECT;
        error = socket_error(ret);
    }
    if (error && !is_later(error))
        client->reason = (struct lab_client_reason){.call = (uint16_t)call, .error = error};
    return 0;
}

static void close_client(struct lab_clients *c, int fd)
{
    if (fd < 0 || (size_t)fd >= c->client_count || !c->clients[fd].since_ns)
        return;
    struct lab_client *client = &c->clients[fd];
    count_failure(c, &client->reason);
    client->since_ns = 0;
}

static int see(struct lab_clients *c, const struct net_event *ev)
{
    if (ev->actor != c->actor || (ev->kind != NET_EV_CALL_ENTER && ev->kind != NET_EV_CALL_RETURN))
        return 0;
    if (ev->kind == NET_EV_CALL_RETURN)
        return see_return(c, ev);
    if (ev->u.call.call == NET_CALL_CONNECT)
        return begin_client(c, ev);
    if (ev->u.call.call == NET_CALL_CLOSE)
        close_client(c, ev->u.call.fd);
    return 0;
}

int lab_clients_read(struct lab_clients *c, const struct lab_journal *journal)
{
    for (size_t count = lab_journal_count(journal); c->seen < count; c->seen++)
        if (see(c, lab_journal_at(journal, c->seen)) < 0)
            return -1;
    return 0;
}

static void reason_text(const struct lab_client_reason *why, unsigned count, char *out, size_t out_bytes)
{
    if (why->is_others)
        snprintf(out, out_bytes, _("%u for other reasons"), count);
    else if (why->call == NET_CALL_NONE)
        snprintf(out, out_bytes, _("%u no answer in time"), count);
    else if (!why->error)
        snprintf(out, out_bytes, _("%u closed without an answer"), count);
    else
        snprintf(out, out_bytes, _("%u %s %s"), count, net_call_row(why->call)->name, net_errno_name(why->error));
}

const char *lab_clients_reasons(const struct lab_clients *c, char *out, size_t out_bytes)
{
    *out = '\0';
    for (size_t i = 0; i < LAB_CLIENTS_REASONS && c->reasons[i].count; i++) {
        char text[120];
        reason_text(&c->reasons[i].why, c->reasons[i].count, text, sizeof text);
        lab_append(out, out_bytes, i ? ", %s" : "%s", text);
    }
    return out;
}
