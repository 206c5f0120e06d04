// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What a hand is asked to do. A command is over when its call has returned, or when it sleeps in the kernel and nothing
 * that could wake it is under way; the hand is then busy. At the prompt a busy hand refuses; in a script its next
 * command waits.
 */

#include "lab/commands/hand.h"

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include "net/data/call.h"
#include "net/data/linux.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const uint64_t FREE_NS = 10000000000, CALL_NS = 2000000000;
enum { PORT = 12345, RECV_BYTES = 1024, BACKLOG = 1, BYTES_MAX = 1000000000, PIECES_BYTES = 4096 };

enum phase { WAIT_UNTIL_FREE, SOCKET_ASKED, CALL_ASKED };

const struct lab_task *lab_hand_task(const struct lab_session *s, uint32_t actor)
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
int lab_hand_fd(const struct lab_session *s, const struct lab_actor *actor, unsigned call)
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

static struct net_ip host_ip(const struct lab_session *s, int64_t host, bool is_v6)
{
    return is_v6 ? s->engine.hosts.host[host].ip6 : s->engine.hosts.host[host].ip;
}

/* Of AF_INET6: what is left out of an address then is of IPv6, too. */
static bool is_v6_socket(const struct lab_doing *d, int fd)
{
    const struct lab_state *state = d->session->state;
    const struct lab_actor *actor = lab_actor_by_id(state, d->actor);
    int socket = actor ? lab_socket_of(state, actor->first_task, fd) : LAB_NONE;
    return socket != LAB_NONE && state->sockets[socket].now.local_ip.is_v6;
}

static int connect_to(struct lab_doing *d, const struct lab_value *value, struct net_hand_request *request)
{
    const struct lab_session *s = d->session;
    const struct lab_address *address = &value->address;
    bool is_v6 = is_v6_socket(d, request->fd);
    request->ip = !value->given || !address->has_ip ? host_ip(s, NET_SERVER, is_v6)
                  : address->is_host                ? host_ip(s, address->host, is_v6)
                                                    : address->ip;
    request->port = value->given ? address->port : PORT;
    return lab_need_ipv6(d, request->ip.is_v6) || lab_doing_may_reach(d, request->ip, false) ? -1 : 0;
}

static int bind_to(struct lab_doing *d, const struct lab_value *value, struct net_hand_request *request)
{
    const struct lab_session *s = d->session;
    const struct lab_address *address = &value->address;
    bool loopback = s->engine.hosts.mode == NET_MODE_LOOPBACK;
    bool is_v6 = is_v6_socket(d, request->fd);
    struct net_ip any = {.is_v6 = is_v6};
    request->port = address->port;
    request->ip = address->is_host ? host_ip(s, address->host, is_v6) : address->has_ip ? address->ip : any;
    if (loopback && !address->has_ip)
        request->ip = lab_bound_ip(s, is_v6);
    return lab_need_ipv6(d, request->ip.is_v6) || (loopback && lab_doing_may_reach(d, request->ip, true)) ? -1 : 0;
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

static void poll_what(const struct lab_command *command, struct net_hand_request *request)
{
    bool forever = command->row->argument == LAB_HAND_FOREVER;
    const struct lab_value *events = &command->value[forever ? 1 : 0], *time = &command->value[1];
    request->args[1] = events->given ? events->number : POLLIN | POLLOUT | POLLRDHUP;
    request->args[2] = forever ? -1 : (int64_t)(time->ns / 1000000);
}

static void disposition(const struct lab_command *command, struct net_hand_request *request)
{
    request->args[0] = command->value[0].number;
    request->args[1] = command->row->argument;
    request->args[2] = command->value[1].given ? SA_RESTART : 0;
}

/* NULL, or so many bytes as its length; the address itself is what it is. */
static void address_room(const struct lab_command *command, size_t slot, struct net_hand_request *request)
{
    if (command->row->argument == LAB_HAND_NULL)
        request->address_bytes = NET_HAND_NO_ADDRESS;
    else if (command->value[slot].given)
        request->address_bytes = (int32_t)command->value[slot].number;
}

/* What FLAGS or an address make another call of: send() to an address is sendto(). */
static int send_to(struct lab_doing *d, struct net_hand_request *request)
{
    const struct lab_command *command = d->command;
    size_t last = command->row->slots[0].kind == LAB_SLOT_NUMBER ? 3 : 2;
    bool connects = request->args[3] & NET_MSG_FASTOPEN;
    if (request->call != NET_CALL_SEND || (!connects && !command->value[last].given))
        return 0;
    request->call = NET_CALL_SENDTO;
    return connect_to(d, &command->value[last], request);
}

static int connect_what(struct lab_doing *d, struct net_hand_request *request)
{
    if (d->command->row->argument == LAB_HAND_UNSPEC) {
        request->family = NET_HAND_UNSPEC;
        return 0;
    }
    address_room(d->command, 1, request);
    return d->command->row->argument == LAB_HAND_NULL ? 0 : connect_to(d, &d->command->value[0], request);
}

static void null_bytes(const struct lab_command *command, struct net_hand_request *request)
{
    request->null_data = true;
    request->args[2] = command->value[1].number;
    request->args[3] = command->value[2].number;
}

static int fill_request(struct lab_doing *d, struct net_hand_request *request, uint8_t *bytes, size_t room)
{
    const struct lab_command *command = d->command;
    const struct lab_value *value = command->value;
    bool is_null = command->row->argument == LAB_HAND_NULL;
    switch (request->call) {
    case NET_CALL_BIND: address_room(command, 1, request); return is_null ? 0 : bind_to(d, &value[0], request);
    case NET_CALL_CONNECT: return connect_what(d, request);
    case NET_CALL_ACCEPT:
    case NET_CALL_GETSOCKNAME:
    case NET_CALL_GETPEERNAME: address_room(command, 0, request); break;
    case NET_CALL_LISTEN: request->args[1] = value[0].given ? value[0].number : BACKLOG; break;
    case NET_CALL_SEND:
    case NET_CALL_SENDMSG:
    case NET_CALL_WRITE:
        if (is_null) {
            null_bytes(command, request);
            break;
        }
        send_what(command, request);
        return send_to(d, request);
    case NET_CALL_RECV:
    case NET_CALL_READ:
        if (is_null) {
            null_bytes(command, request);
            break;
        }
        request->args[2] = value[0].given ? value[0].number : RECV_BYTES;
        request->args[3] = value[1].number;
        break;
    case NET_CALL_SHUTDOWN: request->args[1] = value[0].number; break; /* rd wr both, as the kernel counts */
    case NET_CALL_POLL: poll_what(command, request); break;
    case NET_CALL_FCNTL:
        request->args[1] = command->row->argument ? F_SETFD : F_SETFL;
        request->args[2] = value[0].number == 1 ? 0 : command->row->argument ? FD_CLOEXEC : O_NONBLOCK;
        break;
    case NET_CALL_EXIT: request->args[0] = value[0].number; break;
    case NET_CALL_SETRLIMIT: request->args[1] = value[0].number; break;
    case NET_CALL_RAISE: request->args[0] = value[0].given ? value[0].number : SIGSEGV; break;
    case NET_CALL_SIGACTION: disposition(command, request); break;
    default: return lab_hand_fill(d, request, bytes, room);
    }
    return 0;
}

/* The address that the command names, if it does. */
static const struct lab_value *address_slot(const struct lab_command *command)
{
    size_t i = 0;
    while (i < LAB_SLOTS && command->row->slots[i].kind != LAB_SLOT_ADDRESS)
        i++;
    return i < LAB_SLOTS && command->value[i].given ? &command->value[i] : NULL;
}

/* As the address that the command names, which it makes a socket for, needs it. */
static int socket_request(const struct lab_doing *d, struct net_hand_request *request)
{
    const struct lab_value *named = address_slot(d->command);
    bool is_v6 = named && named->address.ip.is_v6;
    *request = (struct net_hand_request){
        .call = NET_CALL_SOCKET, .fd = -1, .args = {is_v6 ? NET_AF_INET6 : NET_AF_INET, NET_SOCK_STREAM, 0}};
    return lab_need_ipv6(d, is_v6);
}

/* socket() as the words say; a type of flags alone is a stream. */
static int socket_what(const struct lab_doing *d, struct net_hand_request *request)
{
    const struct lab_value *value = d->command->value;
    socket_request(d, request);
    if (value[0].given)
        request->args[0] = value[0].number;
    if (value[1].given)
        request->args[1] = value[1].number & NET_SOCK_TYPE_MASK ? value[1].number : value[1].number | NET_SOCK_STREAM;
    request->args[2] = value[2].number;
    return lab_need_ipv6(d, request->args[0] == NET_AF_INET6);
}

/* It is about a descriptor, or about a list of them; an epoll instance is the hand's own where none is said. */
static bool needs_socket(unsigned call)
{
    char first = *net_call_row(call)->args;
    return (first == 'f' || first == 'P' || call == NET_CALL_SELECT) && call != NET_CALL_EPOLL_WAIT;
}

static bool makes_socket(const struct lab_command *command)
{
    unsigned call = (unsigned)command->row->number;
    bool connects = call == NET_CALL_SEND && (command->value[1].number | command->value[2].number) & NET_MSG_FASTOPEN;
    return call == NET_CALL_CONNECT || call == NET_CALL_BIND || connects;
}

/* ---- asking ---- */

enum lab_outcome lab_hand_ask(struct lab_doing *d, const struct net_hand_request *request, int phase)
{
    lab_session_drain(d->session);
    d->mark = lab_journal_count(d->session->journal);
    if (net_actor_hand_call(d->session->engine.actors, d->actor, request, d->err) < 0)
        return LAB_ERROR;
    lab_doing_next(d);
    d->phase = phase;
    return lab_doing_wait(d, CALL_NS, phase == CALL_ASKED, "%s", d->command->text);
}

enum lab_outcome lab_hand_until_free(struct lab_doing *d)
{
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    char busy[300];
    if (!actor)
        return LAB_ERROR;
    if (!actor->is_hand)
        return lab_doing_fail(d, "%s runs a program: `%s` is for hands", actor->name, d->command->row->words);
    const struct lab_task *task = lab_hand_task(d->session, actor->id);
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

bool lab_hand_has_returned(const struct lab_doing *d)
{
    const struct lab_task *task = lab_hand_task(d->session, d->actor);
    return !task || !task->alive || (task->last_return != LAB_NONE && (size_t)task->last_return >= d->mark);
}

/* With all that it brought about in the hand. */
static bool has_come_back(const struct lab_doing *d)
{
    struct lab_session *s = d->session;
    if (!lab_hand_has_returned(d) || net_actor_hand_busy(s->engine.actors, d->actor))
        return false;
    lab_session_drain(s);
    return true;
}

bool lab_hand_call_is_over(struct lab_doing *d)
{
    return has_come_back(d) || lab_settled(d, d->actor);
}

/* Which program chooses among listeners is a listener's affair. */
static unsigned suiting_call(unsigned call)
{
    return call == NET_CALL_SETSOCKOPT ? NET_CALL_ACCEPT : call;
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
        if (socket_what(d, &request) < 0)
            return LAB_ERROR;
        return lab_hand_ask(d, &request, CALL_ASKED);
    }
    if (request.fd < 0 && request.call != NET_CALL_EPOLL_WAIT)
        request.fd = lab_hand_fd(d->session, actor, suiting_call(request.call));
    if (request.fd < 0 && needs_socket(request.call))
        return lab_doing_fail(d, "%s has no socket open: `%s connect` or `%s socket` makes one", actor->name,
                              actor->name, actor->name);
    request.args[0] = request.fd;
    uint8_t bytes[PIECES_BYTES];
    return fill_request(d, &request, bytes, sizeof bytes) < 0 ? LAB_ERROR : lab_hand_ask(d, &request, CALL_ASKED);
}

static enum lab_outcome run_hand(struct lab_doing *d)
{
    struct net_hand_request request;
    enum lab_outcome outcome;
    unsigned call = (unsigned)d->command->row->number;
    switch ((enum phase)d->phase) {
    case WAIT_UNTIL_FREE:
        outcome = lab_hand_until_free(d);
        if (outcome != LAB_DONE)
            return outcome;
        lab_doing_next(d);
        if (!makes_socket(d->command) || d->command->fd >= 0 ||
            lab_hand_fd(d->session, lab_actor_by_id(d->session->state, d->actor), call) >= 0)
            return ask_command(d);
        return socket_request(d, &request) < 0 ? LAB_ERROR : lab_hand_ask(d, &request, SOCKET_ASKED);
    case SOCKET_ASKED: return lab_hand_has_returned(d) || lab_doing_late(d) ? ask_command(d) : LAB_WAITS;
    case CALL_ASKED: break;
    }
    return lab_hand_call_is_over(d) ? LAB_DONE : LAB_WAITS;
}

/* ---- the rows ---- */

/* What they have in common; the number is the call. */
#define HAND .who = LAB_WHO_HAND, .group = LAB_GROUP_HANDS, .id = LAB_COMMAND_HAND_CALL, .run = run_hand

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "socket", HAND, .number = NET_CALL_SOCKET,
     .help = N_("make a TCP socket, or any other: AF_INET6, SOCK_DGRAM, any number"),
     .slots = {OPTIONAL_NAMES("FAMILY", lab_socket_families), OPTIONAL_NAMES("TYPE", lab_socket_types),
               OPTIONAL_NAMES("PROTOCOL", lab_socket_protocols)}},
    {.words = "bind", HAND, .number = NET_CALL_BIND,
     .help = N_("bind to a port of all its addresses, or to an address and port: 192.0.2.1:7000, [2001:db8::1]:7000, [::]:7000"),
     .slots = {SLOT(ADDRESS, "PORT|IP:PORT"), OPTIONAL_NUMBER("LENGTH", 1, INT32_MAX)}},
    {.words = "bind", HAND, .number = NET_CALL_BIND, .argument = LAB_HAND_NULL,
     .help = N_("bind without an address"),
     .slots = {KEYWORD("NULL")}},
    {.words = "listen", HAND, .number = NET_CALL_LISTEN,
     .help = N_("listen for connections: N (1) and one more may wait for accept"),
     .slots = {OPTIONAL_NUMBER("N", -1, INT32_MAX)}},
    {.words = "accept", HAND, .number = NET_CALL_ACCEPT,
     .help = N_("take the next connection; LENGTH: with less room for its address than that needs"),
     .slots = {OPTIONAL_NUMBER("LENGTH", 1, INT32_MAX)}},
    {.words = "accept", HAND, .number = NET_CALL_ACCEPT, .argument = LAB_HAND_NULL,
     .help = N_("take the next connection, and do not ask whose it is"),
     .slots = {KEYWORD("NULL")}},
    {.words = "connect", HAND, .number = NET_CALL_CONNECT,
     .help = N_("connect, to the server's port 12345 if nothing else is said"),
     .slots = {OPTIONAL(ADDRESS, "IP:PORT"), OPTIONAL_NUMBER("LENGTH", 1, INT32_MAX)}},
    {.words = "connect", HAND, .number = NET_CALL_CONNECT, .argument = LAB_HAND_NULL,
     .help = N_("connect without an address"),
     .slots = {KEYWORD("NULL")}},
    {.words = "connect", HAND, .number = NET_CALL_CONNECT, .argument = LAB_HAND_UNSPEC,
     .help = N_("take the connection back: RST, and the socket can connect or listen anew"),
     .slots = {KEYWORD("AF_UNSPEC")}},
    {.words = "send", HAND, .number = NET_CALL_SEND,
     .help = N_("send N bytes"),
     .slots = {NUMBER("N", 0, BYTES_MAX), KEYWORD("bytes"), OPTIONAL(FLAGS, "FLAGS"), OPTIONAL(ADDRESS, "IP:PORT")}},
    {.words = "send", HAND, .number = NET_CALL_SEND, .argument = LAB_HAND_NULL,
     .help = N_("send N bytes from an address that is none"),
     .slots = {KEYWORD("NULL"), NUMBER("N", 0, BYTES_MAX), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "send", HAND, .number = NET_CALL_SEND,
     .help = N_("send a text; to an address by sendto(); MSG_FASTOPEN connects to it, or to the server's port 12345"),
     .slots = {SLOT(TEXT, "\"TEXT\""), OPTIONAL(FLAGS, "FLAGS"), OPTIONAL(ADDRESS, "IP:PORT")}},
    {.words = "recv", HAND, .number = NET_CALL_RECV,
     .help = N_("receive up to N bytes (1024)"),
     .slots = {OPTIONAL_NUMBER("N", 0, BYTES_MAX), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "recv", HAND, .number = NET_CALL_RECV, .argument = LAB_HAND_NULL,
     .help = N_("receive up to N bytes to an address that is none"),
     .slots = {KEYWORD("NULL"), NUMBER("N", 0, BYTES_MAX), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "sendmsg", HAND, .number = NET_CALL_SENDMSG,
     .help = N_("send N bytes by sendmsg()"),
     .slots = {NUMBER("N", 0, BYTES_MAX), KEYWORD("bytes"), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "sendmsg", HAND, .number = NET_CALL_SENDMSG,
     .help = N_("send a text by sendmsg()"),
     .slots = {SLOT(TEXT, "\"TEXT\""), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "recvmsg", HAND, .number = NET_CALL_RECVMSG,
     .help = N_("receive up to N bytes (1024), and what comes beside them: TCP_INQ, SO_TIMESTAMPNS; MSG_ERRQUEUE"),
     .slots = {OPTIONAL_NUMBER("N", 0, BYTES_MAX), OPTIONAL(FLAGS, "FLAGS")}},
    {.words = "writev", HAND, .number = NET_CALL_WRITEV,
     .help = N_("write up to four texts at once"),
     .slots = {SLOT(TEXT, "\"TEXT\""), OPTIONAL(TEXT, "\"TEXT\""), OPTIONAL(TEXT, "\"TEXT\""),
               OPTIONAL(TEXT, "\"TEXT\"")}},
    {.words = "readv", HAND, .number = NET_CALL_READV,
     .help = N_("read into up to four pieces of memory of N bytes"),
     .slots = {NUMBER("N", 1, BYTES_MAX), OPTIONAL_NUMBER("N", 1, BYTES_MAX), OPTIONAL_NUMBER("N", 1, BYTES_MAX),
               OPTIONAL_NUMBER("N", 1, BYTES_MAX)}},
    {.words = "memfd_create", HAND, .number = NET_CALL_MEMFD_CREATE,
     .help = N_("make a file of N bytes (1000) in memory"),
     .slots = {OPTIONAL_NUMBER("N", 0, BYTES_MAX)}},
    {.words = "sendfile", HAND, .number = NET_CALL_SENDFILE,
     .help = N_("send N bytes of a file: of descriptor FD, or of the hand's latest, made when there is none"),
     .slots = {NUMBER("N", 0, BYTES_MAX), OPTIONAL_NUMBER("FD", 0, 1 << 20)}},
    {.words = "splice", HAND, .number = NET_CALL_SPLICE,
     .help = N_("move N bytes (1000) from the socket into the hand's pipe (in), or from the pipe into the socket (out)"),
     .slots = {KEYWORD("in out"), OPTIONAL_NUMBER("N", 0, BYTES_MAX)}},
    {.words = "ioctl", HAND, .number = NET_CALL_IOCTL,
     .help = N_("ask how much is in a queue: FIONREAD, SIOCOUTQ"),
     .slots = {NAMES("REQUEST", lab_requests)}},
    {.words = "write", HAND, .number = NET_CALL_WRITE,
     .help = N_("write a text, as to a file"),
     .slots = {SLOT(TEXT, "\"TEXT\"")}},
    {.words = "read", HAND, .number = NET_CALL_READ,
     .help = N_("read up to N bytes (1024), as from a file"),
     .slots = {OPTIONAL_NUMBER("N", 0, BYTES_MAX)}},
    {.words = "shutdown", HAND, .number = NET_CALL_SHUTDOWN,
     .help = N_("end one direction, or both, and keep the socket"),
     .slots = {KEYWORD("rd wr both")}},
    {.words = "close", HAND, .number = NET_CALL_CLOSE,
     .help = N_("close the descriptor")},
    {.words = "dup", HAND, .number = NET_CALL_DUP,
     .help = N_("make a second descriptor for the same socket")},
    {.words = "poll", HAND, .number = NET_CALL_POLL,
     .help = N_("ask what the socket is ready for, waiting at most TIME (0)"),
     .slots = {OPTIONAL(POLL, "EVENTS"), OPTIONAL(TIME, "TIME")}},
    {.words = "poll", HAND, .number = NET_CALL_POLL, .argument = LAB_HAND_FOREVER,
     .help = N_("the same, without a limit of time"),
     .slots = {KEYWORD("forever"), OPTIONAL(POLL, "EVENTS")}},
    {.words = "select", HAND, .number = NET_CALL_SELECT,
     .help = N_("the same by select(): whether it can be read, written, or has an urgent byte"),
     .slots = {KEYWORD("read write except"), OPTIONAL(TIME, "TIME")}},
    {.words = "select", HAND, .number = NET_CALL_SELECT, .argument = LAB_HAND_FOREVER,
     .help = N_("the same, without a limit of time"),
     .slots = {KEYWORD("read write except"), KEYWORD("forever")}},
    {.words = "epoll_create1", HAND, .number = NET_CALL_EPOLL_CREATE1,
     .help = N_("make an epoll instance: the one meant from now on"),
     .slots = {OPTIONAL_KEYWORD("EPOLL_CLOEXEC")}},
    {.words = "epoll_ctl", HAND, .number = NET_CALL_EPOLL_CTL,
     .help = N_("let the epoll instance (its descriptor EPFD, or the latest) watch the socket for EVENTS (EPOLLIN)"),
     .slots = {KEYWORD("ADD MOD DEL"), OPTIONAL_NAMES("EVENTS", lab_epoll_flags),
               OPTIONAL_NUMBER("EPFD", 0, 1 << 20)}},
    {.words = "epoll", HAND, .number = NET_CALL_EPOLL_CTL, .argument = LAB_HAND_WATCH,
     .help = N_("the same in short: epoll_ctl ADD for EPOLLIN and EVENTS, as in `epoll ET`"),
     .slots = {OPTIONAL_NAMES("EVENTS", lab_epoll_flags)}},
    {.words = "epoll_wait", HAND, .number = NET_CALL_EPOLL_WAIT,
     .help = N_("ask the epoll instance for at most N (64) that are ready, waiting at most TIME (0)"),
     .slots = {OPTIONAL_NUMBER("N", 1, 64), OPTIONAL(TIME, "TIME")}},
    {.words = "epoll_wait", HAND, .number = NET_CALL_EPOLL_WAIT, .argument = LAB_HAND_FOREVER,
     .help = N_("the same, without a limit of time"),
     .slots = {KEYWORD("forever"), OPTIONAL_NUMBER("N", 1, 64)}},
    {.words = "nonblock", HAND, .number = NET_CALL_FCNTL,
     .help = N_("calls return EAGAIN instead of waiting"),
     .slots = {OPTIONAL_KEYWORD("on off")}},
    {.words = "cloexec", HAND, .number = NET_CALL_FCNTL, .argument = 1,
     .help = N_("exec closes the descriptor (FD_CLOEXEC)"),
     .slots = {OPTIONAL_KEYWORD("on off")}},
    {.words = "getsockname", HAND, .number = NET_CALL_GETSOCKNAME,
     .help = N_("ask for the address of its own end; LENGTH: with so many bytes of room"),
     .slots = {OPTIONAL_NUMBER("LENGTH", 1, INT32_MAX)}},
    {.words = "getpeername", HAND, .number = NET_CALL_GETPEERNAME,
     .help = N_("ask for the address of the other end; LENGTH: with so many bytes of room"),
     .slots = {OPTIONAL_NUMBER("LENGTH", 1, INT32_MAX)}},
    {.words = "reuseport_cbpf", HAND, .number = NET_CALL_SETSOCKOPT,
     .help = N_("of listeners with SO_REUSEPORT, let the Nth get every connection (SO_ATTACH_REUSEPORT_CBPF)"),
     .slots = {NUMBER("N", 0, 1000)}},
    {.words = "reuseport_cbpf", HAND, .number = NET_CALL_SETSOCKOPT, .argument = LAB_HAND_BY_CPU,
     .help = N_("let the number of the processor choose"),
     .slots = {KEYWORD("cpu")}},
    {.words = "waitpid", HAND, .number = NET_CALL_WAITPID,
     .help = N_("collect a child that has ended, waiting for one; WNOHANG: not waiting"),
     .slots = {OPTIONAL_KEYWORD("WNOHANG")}},
    {.words = "exit", HAND, .number = NET_CALL_EXIT,
     .help = N_("end as a program does that returns from main"),
     .slots = {OPTIONAL_NUMBER("STATUS", 0, 255)}},
    {.words = "abort", HAND, .number = NET_CALL_ABORT,
     .help = N_("end by abort(): SIGABRT")},
    {.words = "crash", HAND, .number = NET_CALL_RAISE,
     .help = N_("die by SIGSEGV, as a program does that follows a null pointer")},
    {.words = "files", HAND, .number = NET_CALL_SETRLIMIT,
     .help = N_("let it have at most N descriptors (RLIMIT_NOFILE); a process only"),
     .slots = {NUMBER("N", 0, 1024)}},
    {.words = "raise", HAND, .number = NET_CALL_RAISE,
     .help = N_("send itself a signal"),
     .slots = {SLOT(SIGNAL, "SIGNAL")}},
    {.words = "handle", HAND, .number = NET_CALL_SIGACTION, .argument = NET_HAND_SIG_HANDLE,
     .help = N_("catch a signal with a function that does nothing; `restart`: calls go on after it (SA_RESTART)"),
     .slots = {SLOT(SIGNAL, "SIGNAL"), OPTIONAL_KEYWORD("restart")}},
    {.words = "ignore", HAND, .number = NET_CALL_SIGACTION, .argument = NET_HAND_SIG_IGN,
     .help = N_("ignore a signal (SIG_IGN)"),
     .slots = {SLOT(SIGNAL, "SIGNAL")}},
    {.words = "default", HAND, .number = NET_CALL_SIGACTION, .argument = NET_HAND_SIG_DFL,
     .help = N_("let a signal do again what it does by itself (SIG_DFL)"),
     .slots = {SLOT(SIGNAL, "SIGNAL")}},
};
/* clang-format on */
const struct lab_family lab_family_hand = LAB_FAMILY(rows);
