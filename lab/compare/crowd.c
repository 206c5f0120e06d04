// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/compare/crowd.h"

#include "lab/base/text.h"
#include "net/data/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FD_MAX = 1 << 20 };

void lab_crowd_init(struct lab_crowd *c, uint32_t actor, size_t from)
{
    *c = (struct lab_crowd){.actor = actor, .seen = from};
}

void lab_crowd_fini(struct lab_crowd *c)
{
    free(c->waited_ns);
    free(c->clients);
    *c = (struct lab_crowd){0};
}

/* The place of a descriptor; NULL without memory, or for a number that no descriptor has. */
static struct lab_crowd_client *client_of(struct lab_crowd *c, int fd)
{
    if (fd < 0 || fd > FD_MAX)
        return NULL;
    if ((size_t)fd >= c->client_count) {
        size_t count = (size_t)fd < 64 ? 128 : 2 * (size_t)fd;
        struct lab_crowd_client *more = reallocarray(c->clients, count, sizeof *more);
        if (!more)
            return NULL;
        memset(more + c->client_count, 0, (count - c->client_count) * sizeof *more);
        c->clients = more;
        c->client_count = count;
    }
    return &c->clients[fd];
}

static void count_failure(struct lab_crowd *c, const char *reason)
{
    size_t i = 0;
    while (i < LAB_CROWD_REASONS - 1 && c->reasons[i].count && strcmp(c->reasons[i].text, reason) != 0)
        i++;
    bool is_new = !c->reasons[i].count;
    if (is_new || strcmp(c->reasons[i].text, reason) != 0)
        snprintf(c->reasons[i].text, sizeof c->reasons[i].text, "%s", is_new ? reason : "for other reasons");
    c->reasons[i].count++;
    c->failed++;
}

static int begin_client(struct lab_crowd *c, const struct net_event *enter)
{
    struct lab_crowd_client *client = client_of(c, enter->u.call.fd);
    if (!client)
        return -1;
    *client = (struct lab_crowd_client){.since_ns = enter->time_ns};
    if (!c->first_ns)
        c->first_ns = enter->time_ns;
    return 0;
}

static int answer_client(struct lab_crowd *c, struct lab_crowd_client *client, uint64_t now_ns)
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

static int see_return(struct lab_crowd *c, const struct net_event *ret)
{
    unsigned call = ret->u.call.call;
    int error = ret->u.call.error;
    if (call == NET_CALL_SOCKET && error) {
        char reason[LAB_CROWD_REASON_BYTES];
        snprintf(reason, sizeof reason, "socket %s", net_errno_name(error));
        count_failure(c, reason);
        return 0;
    }
    if (ret->u.call.fd < 0 || (size_t)ret->u.call.fd >= c->client_count)
        return 0;
    struct lab_crowd_client *client = &c->clients[ret->u.call.fd];
    if (!client->since_ns)
        return 0;
    if (call == NET_CALL_RECV && ret->u.call.ret > 0)
        return answer_client(c, client, ret->time_ns);
    if (call == NET_CALL_RECV && ret->u.call.ret == 0)
        snprintf(client->reason, sizeof client->reason, "closed without an answer");
    if (call == NET_CALL_GETSOCKOPT) {
        call = NET_CALL_CONNECT;
        error = socket_error(ret);
    }
    if (error && !is_later(error))
        snprintf(client->reason, sizeof client->reason, "%s %s", net_call_row(call)->name, net_errno_name(error));
    return 0;
}

static void close_client(struct lab_crowd *c, int fd)
{
    if (fd < 0 || (size_t)fd >= c->client_count || !c->clients[fd].since_ns)
        return;
    struct lab_crowd_client *client = &c->clients[fd];
    count_failure(c, *client->reason ? client->reason : "no answer in time");
    client->since_ns = 0;
}

static int see(struct lab_crowd *c, const struct net_event *ev)
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

int lab_crowd_read(struct lab_crowd *c, const struct lab_journal *journal)
{
    for (size_t count = lab_journal_count(journal); c->seen < count; c->seen++)
        if (see(c, lab_journal_at(journal, c->seen)) < 0)
            return -1;
    return 0;
}

const char *lab_crowd_reasons(const struct lab_crowd *c, char *out, size_t out_bytes)
{
    *out = '\0';
    for (size_t i = 0; i < LAB_CROWD_REASONS && c->reasons[i].count; i++)
        lab_append(out, out_bytes, "%s%u %s", i ? ", " : "", c->reasons[i].count, c->reasons[i].text);
    return out;
}
