// SPDX-License-Identifier: GPL-3.0-or-later
// Descriptor tables: which descriptor of which task refers to which socket.
//
// A table belongs to a process: its threads share it, a forked child gets a copy. A socket lives as long as one
// descriptor in any table refers to it, which is why close() in the parent of a fork server ends nothing. Only
// descriptors of sockets are kept; files and epoll instances are not the lab's subject.
//
// Each table is sorted by descriptor; each socket has the list of its holders, one of which is shown as its owner: the
// one that used it last, or, when that one closed it, the newest of the rest.

#include "lab/state/state_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- holders ----------------------------------------------------------------------------------------------------- */

/* A live task that uses a table: the one it was made for, as long as that lives. */
static const struct lab_task *user_of(const struct lab_state *st, int table)
{
    const struct lab_task *owner = lab_task_by_id(st, st->tables[table].owner_task);
    if (owner && owner->alive)
        return owner;
    for (size_t i = 0; st->maps->table_users[table] > 0 && i < st->task_count; i++)
        if (st->tasks[i].table == table && st->tasks[i].alive)
            return &st->tasks[i];
    return owner;
}

static void show_owner(struct lab_state *st, int socket, const struct lab_task *task)
{
    struct lab_socket *s = &st->sockets[socket];
    const struct lab_socket_more *more = &st->maps->sockets[socket];
    if (s->references == 0) {
        s->owner_actor = s->owner_task = 0;
        s->fd = LAB_NONE;
        return;
    }
    const struct lab_holder *holder = &more->holders[more->owner];
    if (!task)
        task = user_of(st, holder->table);
    s->owner_task = task ? task->id : st->tables[holder->table].owner_task;
    s->owner_actor = task ? task->actor : 0;
    s->fd = holder->fd;
}

static int hold(struct lab_state *st, int socket, int table, int fd)
{
    struct lab_socket_more *more = &st->maps->sockets[socket];
    size_t count = (size_t)st->sockets[socket].references;
    struct lab_holder *holders = lab_grown(more->holders, count, sizeof *holders);
    if (!holders)
        return -1;
    more->holders = holders;
    holders[count] = (struct lab_holder){table, fd};
    st->sockets[socket].references++;
    if (count == 0) {
        more->owner = 0;
        show_owner(st, socket, NULL);
    }
    return 0;
}

static size_t holder_at(const struct lab_state *st, int socket, int table, int fd)
{
    const struct lab_holder *holders = st->maps->sockets[socket].holders;
    size_t i = (size_t)st->sockets[socket].references;
    while (i > 0 && (holders[i - 1].table != table || holders[i - 1].fd != fd))
        i--;
    return i - 1; /* SIZE_MAX: none */
}

static int let_go(struct lab_state *st, int socket, int table, int fd, long event)
{
    struct lab_socket_more *more = &st->maps->sockets[socket];
    struct lab_socket *s = &st->sockets[socket];
    size_t at = holder_at(st, socket, table, fd);
    if (at == SIZE_MAX)
        return 0;
    s->references--;
    size_t left = (size_t)s->references;
    memmove(&more->holders[at], &more->holders[at + 1], (left - at) * sizeof *more->holders);
    if (more->owner > at) {
        more->owner--;
    } else if (more->owner == at) {
        more->owner = left ? left - 1 : 0;
        show_owner(st, socket, NULL);
    }
    if (left > 0 && more->exiting == table) { /* its exit() has closed nothing: others have the socket still */
        more->exiting = LAB_NONE;
        more->mover = LAB_NONE;
    }
    return left == 0 ? lab_socket_let_go(st, socket, table, event) : 0;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

int lab_table_new(struct lab_state *st, uint32_t owner_task, int *table)
{
    struct lab_table *tables = lab_grown(st->tables, st->table_count, sizeof *tables);
    if (!tables)
        return -1;
    st->tables = tables;
    size_t *users = lab_grown(st->maps->table_users, st->table_count, sizeof *users);
    if (!users)
        return -1;
    st->maps->table_users = users;
    tables[st->table_count] = (struct lab_table){.owner_task = owner_task};
    users[st->table_count] = 0;
    *table = (int)st->table_count++;
    return 0;
}

/* Where a descriptor is in a table, or would be. */
static size_t position(const struct lab_table *t, int fd)
{
    size_t low = 0, high = t->fd_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->fds[middle].fd < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has(const struct lab_table *t, size_t at, int fd)
{
    return at < t->fd_count && t->fds[at].fd == fd;
}

int lab_table_socket(const struct lab_state *st, int table, int fd)
{
    if (table < 0)
        return LAB_NONE;
    const struct lab_table *t = &st->tables[table];
    size_t at = position(t, fd);
    return has(t, at, fd) ? t->fds[at].socket : LAB_NONE;
}

int lab_table_set(struct lab_state *st, int table, int fd, int socket, long event)
{
    if (table < 0 || fd < 0 || lab_table_socket(st, table, fd) == socket)
        return 0;
    if (lab_table_drop(st, table, fd, event) < 0)
        return -1;
    struct lab_table *t = &st->tables[table];
    struct lab_fd *fds = lab_grown(t->fds, t->fd_count, sizeof *fds);
    if (!fds)
        return -1;
    t->fds = fds;
    if (hold(st, socket, table, fd) < 0)
        return -1;
    size_t at = position(t, fd);
    memmove(&fds[at + 1], &fds[at], (t->fd_count - at) * sizeof *fds);
    fds[at] = (struct lab_fd){.fd = fd, .socket = socket};
    t->fd_count++;
    return lab_remember(st, LAB_KEY_LAST_FD, (uint32_t)table, (uint32_t)fd, socket);
}

void lab_table_cloexec(struct lab_state *st, int table, int fd, bool on)
{
    struct lab_table *t = table < 0 ? NULL : &st->tables[table];
    size_t at = t ? position(t, fd) : 0;
    if (t && has(t, at, fd))
        t->fds[at].cloexec = on;
}

int lab_table_exec(struct lab_state *st, int table, long event)
{
    int result = 0;
    for (size_t i = table < 0 ? 0 : st->tables[table].fd_count; i-- > 0;)
        if (st->tables[table].fds[i].cloexec && lab_table_drop(st, table, st->tables[table].fds[i].fd, event) < 0)
            result = -1;
    return result;
}

int lab_table_copy(struct lab_state *st, int from, uint32_t owner_task, int *table)
{
    if (lab_table_new(st, owner_task, table) < 0)
        return -1;
    for (size_t i = 0; from >= 0 && i < st->tables[from].fd_count; i++) {
        struct lab_fd fd = st->tables[from].fds[i];
        if (lab_table_set(st, *table, fd.fd, fd.socket, LAB_NONE) < 0)
            return -1;
        lab_table_cloexec(st, *table, fd.fd, fd.cloexec);
    }
    return 0;
}

void lab_table_claimed(struct lab_state *st, int table)
{
    for (size_t i = 0; i < st->tables[table].fd_count; i++) {
        int socket = st->tables[table].fds[i].socket;
        const struct lab_socket_more *more = &st->maps->sockets[socket];
        if (more->holders[more->owner].table == table)
            show_owner(st, socket, NULL);
    }
}

int lab_table_drop(struct lab_state *st, int table, int fd, long event)
{
    if (table < 0)
        return 0;
    struct lab_table *t = &st->tables[table];
    size_t at = position(t, fd);
    if (!has(t, at, fd))
        return 0;
    int socket = t->fds[at].socket;
    t->fd_count--;
    memmove(&t->fds[at], &t->fds[at + 1], (t->fd_count - at) * sizeof *t->fds);
    return let_go(st, socket, table, fd, event);
}

int lab_table_end(struct lab_state *st, int table, long event)
{
    int result = 0;
    while (table >= 0 && st->tables[table].fd_count > 0)
        if (lab_table_drop(st, table, st->tables[table].fds[st->tables[table].fd_count - 1].fd, event) < 0)
            result = -1;
    return result;
}

void lab_table_used(struct lab_state *st, int table, int fd, uint32_t task)
{
    int socket = lab_table_socket(st, table, fd);
    if (socket == LAB_NONE)
        return;
    if (st->sockets[socket].owner_task == task && st->sockets[socket].fd == fd)
        return;
    size_t at = holder_at(st, socket, table, fd);
    if (at != SIZE_MAX) {
        st->maps->sockets[socket].owner = at;
        show_owner(st, socket, lab_task_by_id(st, task));
    }
}
