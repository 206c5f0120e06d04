// SPDX-License-Identifier: GPL-3.0-or-later
// The requests of a hand's less common calls, from the words of their commands.

#include "lab/commands/hand.h"

#include "net/data/call.h"
#include "net/data/linux.h"
#include "net/data/option.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

enum { ROOM = 64, BYTES = 1000, RECV_BYTES = 1024, SOCK_FLAGS_CLOEXEC = 02000000, IN = 1 };
enum { LEVEL_SOCKET = 1, ATTACH_REUSEPORT_CBPF = 51 };

/* A time, or `forever`; else it asks only. */
static int64_t limit_ms(const struct lab_command *command, size_t slot)
{
    const struct lab_value *value = &command->value[slot];
    if (command->row->argument == LAB_HAND_FOREVER)
        return -1;
    return value->given ? (int64_t)(value->ns / 1000000) : 0;
}

static void select_what(const struct lab_command *command, struct net_hand_request *request)
{
    static const int64_t sets[] = {POLLIN, POLLOUT, POLLPRI};
    request->args[1] = sets[command->value[0].number];
    request->args[2] = limit_ms(command, 1);
}

static void wait_what(const struct lab_command *command, struct net_hand_request *request)
{
    const struct lab_value *room = &command->value[command->row->argument == LAB_HAND_FOREVER ? 1 : 0];
    request->args[1] = room->given ? room->number : ROOM;
    request->args[2] = limit_ms(command, 1);
}

/* ADD MOD DEL, as the kernel counts from 1: ADD 1, DEL 2, MOD 3. */
static void control_what(const struct lab_command *command, struct net_hand_request *request)
{
    static const int64_t operations[] = {1, 3, 2};
    const struct lab_value *value = command->value;
    if (command->row->argument == LAB_HAND_WATCH) {
        request->args[1] = operations[0];
        request->args[2] = value[0].number | IN;
        request->args[3] = -1;
        return;
    }
    request->args[1] = operations[value[0].number];
    request->args[2] = value[1].given ? value[1].number : IN;
    request->args[3] = value[2].given ? value[2].number : -1;
}

/* The words one after the other in d's memory, which is the doing's until the hand has its copy. */
static int pieces_what(struct lab_doing *d, struct net_hand_request *request, uint8_t *bytes, size_t room)
{
    const struct lab_value *value = d->command->value;
    bool sends = request->call == NET_CALL_WRITEV;
    for (size_t i = 0; i < NET_HAND_PIECES && value[i].given; i++) {
        size_t n = sends ? value[i].bytes : (size_t)value[i].number;
        if (sends && n > room - request->data_bytes)
            return net_fail(d->err, 0, NULL, "these are more bytes than a hand holds (%zu)", room);
        if (sends && n)
            memcpy(bytes + request->data_bytes, value[i].text, n);
        request->piece[i] = (uint32_t)n;
        request->data_bytes += sends ? (uint32_t)n : 0;
    }
    request->data = bytes;
    if (!request->piece[0])
        return net_fail(d->err, 0, NULL, "a piece of no bytes ends the list: give the first one some");
    return 0;
}

static void attach_what(const struct lab_command *command, struct net_hand_request *request)
{
    request->args[1] = LEVEL_SOCKET;
    request->args[2] = ATTACH_REUSEPORT_CBPF;
    request->args[3] = command->row->argument == LAB_HAND_BY_CPU ? NET_HAND_BY_CPU : command->value[0].number;
}

int lab_hand_fill(struct lab_doing *d, struct net_hand_request *request, uint8_t *bytes, size_t room)
{
    const struct lab_value *value = d->command->value;
    switch (request->call) {
    case NET_CALL_SELECT: select_what(d->command, request); break;
    case NET_CALL_EPOLL_CREATE1: request->args[1] = value[0].given ? SOCK_FLAGS_CLOEXEC : 0; break;
    case NET_CALL_EPOLL_CTL: control_what(d->command, request); break;
    case NET_CALL_EPOLL_WAIT: wait_what(d->command, request); break;
    case NET_CALL_READV:
    case NET_CALL_WRITEV: return pieces_what(d, request, bytes, room);
    case NET_CALL_RECVMSG:
        request->args[2] = value[0].given ? value[0].number : RECV_BYTES;
        request->args[3] = value[1].number;
        break;
    case NET_CALL_SENDFILE:
        request->args[1] = value[1].given ? value[1].number : -1;
        request->args[2] = value[0].number;
        break;
    case NET_CALL_SPLICE:
        request->args[1] = value[0].number;
        request->args[2] = value[1].given ? value[1].number : BYTES;
        break;
    case NET_CALL_MEMFD_CREATE: request->args[2] = value[0].given ? value[0].number : BYTES; break;
    case NET_CALL_IOCTL: request->args[1] = value[0].number; break;
    case NET_CALL_WAITPID: request->args[1] = value[0].given ? WNOHANG : 0; break;
    case NET_CALL_SETSOCKOPT: attach_what(d->command, request); break;
    default: break;
    }
    return 0;
}
