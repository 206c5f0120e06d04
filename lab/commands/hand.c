// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What a hand is asked to do. A command is over when its call has returned, or when it sleeps in the kernel and nothing
 * that could wake it is under way; the hand is then busy. At the prompt a busy hand refuses; in a script its next
 * command waits.
 */

#include "lab/session/command_run.h"
#include "lab/session/session_inside.h"

#include "net/data/call.h"
#include "net/actor/hand.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const uint64_t FREE_NS = 10000000000, CALL_NS = 2000000000;
enum { PORT = 12345, RECV_BYTES = 1024, BACKLOG = 1 };

enum phase { WAIT_UNTIL_FREE, SOCKET_ASKED, CALL_ASKED };

static const struct lab_task *first_task(const struct lab_session *s, uint32_t actor)
{
    const struct lab_actor *found = lab_actor_by_id(s->state, actor);
    return found ? lab_task_by_id(s->state, found->first_task) : NULL;
}

bool lab_hand_is_free(const struct lab_session *s, const struct lab_actor *actor)
{
    const struct lab_task *task = lab_task_by_id(s->state, actor->first_task);
    return actor->is_hand && actor->alive && task && task->enter == LAB_NONE;
}

/* ---- which socket ---- */

/* A listening socket is for accept, any other for what moves bytes; the rest takes what there is. */
static bool suits(const struct lab_session *s, int socket, unsigned call)
{
    bool listens = socket != LAB_NONE && s->state->sockets[socket].now.state == NET_STATE_LISTEN;
    switch (call) {
    case NET_CALL_ACCEPT: return listens;
    case NET_CALL_SEND:
    case NET_CALL_RECV:
    case NET_CALL_READ:
    case NET_CALL_WRITE:
    case NET_CALL_SHUTDOWN:
    case NET_CALL_GETPEERNAME: return !listens;
    default: return true;
    }
}

/* The descriptor meant when none is named: of the latest socket, else the newest that suits, else any; -1 when none is
 * open. */
static int choose_fd(const struct lab_session *s, const struct lab_actor *actor, unsigned call)
{
    const struct lab_task *task = lab_task_by_id(s->state, actor->first_task);
    if (!task || task->table < 0 || (size_t)task->table >= s->state->table_count)
        return -1;
    const struct lab_table *table = &s->state->tables[task->table];
    int any = -1, good = -1;
    for (size_t i = 0; i < table->fd_count; i++) {
        const struct lab_fd *open = &table->fds[i];
        any = open->fd > any ? open->fd : any;
        if (!suits(s, open->socket, call))
            continue;
        if (open->socket == actor->latest_socket)
            return open->fd;
        good = open->fd > good ? open->fd : good;
    }
    return good >= 0 ? good : any;
}

/* ---- the request ---- */

static uint32_t host_ip(const struct lab_session *s, int64_t host)
{
    return s->engine.hosts.host[host].ip;
}

static void connect_to(const struct lab_session *s, const struct lab_value *value, struct net_hand_request *request)
{
    const struct lab_address *address = &value->address;
    request->ip = !value->given || !address->has_ip ? host_ip(s, NET_SERVER)
                  : address->is_host                ? host_ip(s, address->host)
                                                    : address->ip;
    request->port = value->given ? address->port : PORT;
}

/* On the machine's own loopback, nothing that the learner types may open a port to the network unless --bind said so.
 */
static int bind_to(struct lab_doing *d, const struct lab_value *value, struct net_hand_request *request)
{
    const struct lab_session *s = d->session;
    const struct lab_address *address = &value->address;
    bool loopback = s->engine.hosts.mode == NET_MODE_LOOPBACK;
    uint32_t allowed = s->spec.bind_ip ? s->spec.bind_ip : NET_LOOPBACK_IP;
    request->port = address->port;
    request->ip = address->is_host ? host_ip(s, address->host) : address->ip;
    if (!loopback)
        return 0;
    if (!address->has_ip)
        request->ip = allowed;
    if (request->ip >> 24 == 127 || (s->spec.bind_ip && (request->ip == allowed || allowed == 0)))
        return 0;
    lab_doing_fail(d, "on the machine's own loopback the lab binds to 127.0.0.1 only: start it with --bind to open a "
                      "port to the network");
    return -1;
}

static void send_what(const struct lab_command *command, struct net_hand_request *request)
{
    static const uint8_t alphabet[] = "abcdefghijklmnopqrstuvwxyz";
    const struct lab_value *value = command->value;
    bool counted = command->row->slots[0].kind == LAB_SLOT_NUMBER;
    request->data = counted ? alphabet : (const uint8_t *)value[0].text;
    request->data_bytes = counted ? sizeof alphabet - 1 : (uint32_t)value[0].bytes;
    request->args[2] = counted ? value[0].number : (int64_t)value[0].bytes;
    request->args[3] = value[counted ? 2 : 1].number;
    request->repeat = counted;
    if (counted && request->args[2] < request->data_bytes)
        request->data_bytes = (uint32_t)request->args[2];
}

static void poll_what(const struct lab_value *value, struct net_hand_request *request)
{
    uint64_t ms = value[1].ns / 1000000;
    request->args[1] = value[0].given ? value[0].number : POLLIN | POLLOUT | POLLRDHUP;
    request->args[2] = (int64_t)ms;
}

static void disposition(const struct lab_command *command, struct net_hand_request *request)
{
    const char *words = command->row->words;
    request->args[0] = command->value[0].number;
    request->args[1] = strcmp(words, "ignore") == 0   ? NET_HAND_SIG_IGN
                       : strcmp(words, "handle") == 0 ? NET_HAND_SIG_HANDLE
                                                      : NET_HAND_SIG_DFL;
    request->args[2] = command->value[1].given ? SA_RESTART : 0;
}

static int fill_request(struct lab_doing *d, struct net_hand_request *request)
{
    const struct lab_command *command = d->command;
    const struct lab_value *value = command->value;
    switch (request->call) {
    case NET_CALL_BIND: return bind_to(d, &value[0], request);
    case NET_CALL_CONNECT: connect_to(d->session, &value[0], request); break;
    case NET_CALL_LISTEN: request->args[1] = value[0].given ? value[0].number : BACKLOG; break;
    case NET_CALL_SEND:
    case NET_CALL_WRITE: send_what(command, request); break;
    case NET_CALL_RECV:
    case NET_CALL_READ:
        request->args[2] = value[0].given ? value[0].number : RECV_BYTES;
        request->args[3] = value[1].number;
        break;
    case NET_CALL_SHUTDOWN: request->args[1] = value[0].number; break; /* rd wr both, as the kernel counts */
    case NET_CALL_POLL: poll_what(value, request); break;
    case NET_CALL_FCNTL:
        request->args[1] = F_SETFL;
        request->args[2] = value[0].number == 1 ? 0 : O_NONBLOCK;
        break;
    case NET_CALL_EXIT: request->args[0] = value[0].number; break;
    case NET_CALL_SETRLIMIT: request->args[1] = value[0].number; break;
    case NET_CALL_RAISE: request->args[0] = value[0].given ? value[0].number : SIGSEGV; break;
    case NET_CALL_SIGACTION: disposition(command, request); break;
    default: break;
    }
    return 0;
}

static void socket_request(struct net_hand_request *request)
{
    *request = (struct net_hand_request){.call = NET_CALL_SOCKET, .fd = -1, .args = {NET_AF_INET, NET_SOCK_STREAM, 0}};
}

static bool needs_no_socket(unsigned call)
{
    return call == NET_CALL_SOCKET || call == NET_CALL_EXIT || call == NET_CALL_ABORT || call == NET_CALL_RAISE ||
           call == NET_CALL_SIGACTION || call == NET_CALL_SETRLIMIT;
}

static bool makes_socket(unsigned call)
{
    return call == NET_CALL_CONNECT || call == NET_CALL_BIND;
}

/* ---- asking ---- */

static enum lab_outcome ask(struct lab_doing *d, const struct net_hand_request *request, enum phase phase)
{
    lab_session_drain(d->session);
    d->mark = lab_journal_count(d->session->journal);
    if (net_actor_hand_call(d->session->engine.actors, d->actor, request, d->err) < 0)
        return LAB_ERROR;
    lab_doing_next(d);
    d->phase = (int)phase;
    return lab_doing_wait(d, CALL_NS, phase == CALL_ASKED, "%s", d->command->text);
}

/* Wait until the hand can take a call. LAB_DONE: it can. */
static enum lab_outcome until_free(struct lab_doing *d)
{
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    char busy[200];
    if (!actor)
        return LAB_ERROR;
    if (!actor->is_hand)
        return lab_doing_fail(d, "%s runs a program: `%s` is for hands", actor->name, d->command->row->words);
    const struct lab_task *task = first_task(d->session, actor->id);
    d->actor = actor->id;
    if (!task)
        return lab_doing_wait(d, CALL_NS, false, "%s to begin", actor->name);
    if (task->enter == LAB_NONE)
        return LAB_DONE;
    lab_busy_text(d->session, task, busy, sizeof busy);
    if (lab_doing_at_prompt(d) || lab_doing_late(d))
        return lab_doing_fail(d, "%s; `%s cancel` frees it", busy, actor->name);
    return lab_doing_wait(d, FREE_NS, false, "%s to be free: it is in a call", actor->name);
}

static bool has_returned(const struct lab_doing *d)
{
    const struct lab_task *task = first_task(d->session, d->actor);
    return !task || !task->alive || (task->last_return != LAB_NONE && (size_t)task->last_return >= d->mark);
}

/* With all that it brought about in the hand. */
static bool is_call_over(const struct lab_doing *d)
{
    struct lab_session *s = d->session;
    if (!has_returned(d) || net_actor_hand_busy(s->engine.actors, d->actor))
        return false;
    lab_session_drain(s);
    return true;
}

static enum lab_outcome ask_command(struct lab_doing *d)
{
    struct net_hand_request request = {.call = (uint16_t)d->command->row->number, .fd = d->command->fd};
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    if (!actor)
        return LAB_ERROR;
    if (request.call == NET_CALL_SETRLIMIT && !actor->as_process)
        return lab_doing_fail(d,
                              "%s is a thread, and the limit would be the lab's own: begin with `hand %s as process`",
                              actor->name, actor->name);
    if (request.call == NET_CALL_SOCKET) {
        socket_request(&request);
        return ask(d, &request, CALL_ASKED);
    }
    if (request.fd < 0)
        request.fd = choose_fd(d->session, actor, request.call);
    if (request.fd < 0 && !needs_no_socket(request.call))
        return lab_doing_fail(d, "%s has no socket open: `%s connect` or `%s socket` makes one", actor->name,
                              actor->name, actor->name);
    request.args[0] = request.fd;
    return fill_request(d, &request) < 0 ? LAB_ERROR : ask(d, &request, CALL_ASKED);
}

enum lab_outcome lab_run_hand(struct lab_doing *d)
{
    struct net_hand_request request;
    enum lab_outcome outcome;
    unsigned call = (unsigned)d->command->row->number;
    switch ((enum phase)d->phase) {
    case WAIT_UNTIL_FREE:
        outcome = until_free(d);
        if (outcome != LAB_DONE)
            return outcome;
        lab_doing_next(d);
        if (!makes_socket(call) || d->command->fd >= 0 ||
            choose_fd(d->session, lab_actor_by_id(d->session->state, d->actor), call) >= 0)
            return ask_command(d);
        socket_request(&request);
        return ask(d, &request, SOCKET_ASKED);
    case SOCKET_ASKED: return has_returned(d) || lab_doing_late(d) ? ask_command(d) : LAB_WAITS;
    case CALL_ASKED: break;
    }
    return is_call_over(d) || lab_settled(d, d->actor) ? LAB_DONE : LAB_WAITS;
}

/* ---- options, as a call of the hand ---- */

static void option_request(const struct lab_command *command, bool set, struct net_hand_request *request,
                           uint8_t *bytes, size_t room)
{
    const struct net_option *option = command->value[0].option_row;
    if (option->type == NET_OPT_FILE_FLAG) {
        request->call = NET_CALL_FCNTL;
        request->args[1] = set ? F_SETFL : F_GETFL;
        request->args[2] = command->value[1].option.number ? option->number : 0;
        return;
    }
    if (option->type == NET_OPT_BACKLOG) {
        if (set) {
            request->call = NET_CALL_LISTEN;
            request->args[1] = command->value[1].option.number;
            return;
        }
        option = net_option_find("TCP_INFO"); /* which tells it */
    }
    request->call = set ? NET_CALL_SETSOCKOPT : NET_CALL_GETSOCKOPT;
    request->args[1] = option->level;
    request->args[2] = option->number;
    if (set)
        request->data_bytes = (uint32_t)net_option_encode(option, &command->value[1].option, bytes, room);
    request->data = bytes;
}

/* What the kernel answered to `get`, from the call's return. */
static void reply_option(struct lab_doing *d)
{
    const struct lab_task *task = first_task(d->session, d->actor);
    const struct net_option *option = d->command->value[0].option_row;
    const struct net_event *ret = task && task->last_return != LAB_NONE
                                      ? lab_journal_at(d->session->journal, (size_t)task->last_return)
                                      : NULL;
    struct net_option_value value = {0};
    char text[NET_OPTION_TEXT_BYTES] = "?";
    if (!ret)
        return;
    if (ret->u.call.ret < 0)
        net_result_text(ret, text, sizeof text);
    else if (option->type == NET_OPT_FILE_FLAG)
        snprintf(text, sizeof text, "%d", (ret->u.call.ret & option->number) != 0);
    else if (net_option_decode(option, ret->data, ret->data_bytes, &value) == 0)
        net_option_text(option, &value, text, sizeof text);
    lab_reply(d->session, "%s.%d %s = %s", d->command->actor, ret->u.call.fd, option->name, text);
}

static bool listens(const struct lab_session *s, const struct lab_actor *actor, int fd)
{
    uint32_t task;
    int socket = lab_find_socket(s, actor, fd, &task, &fd);
    return socket != LAB_NONE && s->state->sockets[socket].now.state == NET_STATE_LISTEN;
}

enum lab_outcome lab_run_hand_option(struct lab_doing *d, bool set)
{
    if (d->phase > 0) {
        if (!has_returned(d) && !lab_doing_late(d))
            return LAB_WAITS;
        if (!set)
            reply_option(d);
        return LAB_DONE;
    }
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    if (!actor)
        return LAB_ERROR;
    uint8_t bytes[64];
    struct net_hand_request request = {.fd = d->command->fd};
    option_request(d->command, set, &request, bytes, sizeof bytes);
    d->actor = actor->id;
    bool of_listener = d->command->value[0].option_row->type == NET_OPT_BACKLOG;
    if (request.fd < 0)
        request.fd = choose_fd(d->session, actor, of_listener ? NET_CALL_ACCEPT : request.call);
    if (of_listener && set && request.fd >= 0 && !listens(d->session, actor, request.fd))
        return lab_doing_fail(d, "%s.%d does not listen, so it has no backlog: `%s listen` first", actor->name,
                              request.fd, actor->name);
    if (request.fd < 0)
        return lab_doing_fail(d, "%s has no socket open: `%s socket` or `%s connect` makes one", actor->name,
                              actor->name, actor->name);
    request.args[0] = request.fd;
    return ask(d, &request, CALL_ASKED);
}
