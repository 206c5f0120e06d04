// SPDX-License-Identifier: GPL-3.0-or-later
// The wire between the hosts: its thread, and the commands of the main thread.
/*
 * The thread sleeps in ppoll on both devices and an eventfd, without a time-out unless something is due by time: a
 * packet in flight, a ring that was full, the end of a load. It blocks all signals and takes no lock. At most
 * BATCH_PACKETS are read from a device in one go, so that neither direction nor a command waits for the other.
 *
 * A command is one struct that belongs to the main thread until it writes to the eventfd, and again after `done`:
 * nothing is shared in between, so nothing is locked. Its effects have happened when the call returns, unless the ring
 * was full (wire_carry.c).
 */
#include "net/wire/wire_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOAD_NS = 20 * 1000 * 1000, BLOCKED_NS = 1000 * 1000, CATCH_UP_NS = 2000 * 1000 };
enum { BELL = NET_HOSTS, SOURCES };

/* ---- the wire thread --------------------------------------------------------------------------------------------- */

/* When something will be due without a packet or a command; 0: never. */
static uint64_t next_deadline_ns(const struct net_wire *w)
{
    if (wire_is_blocked(w) || w->todo.first)
        return net_now_ns() + BLOCKED_NS;
    uint64_t flight_ns = w->flying.first ? w->flying.first->due_ns : 0, load_ns = w->load_until_ns;
    return flight_ns && (!load_ns || flight_ns < load_ns) ? flight_ns : load_ns;
}

static void wait_for_work(const struct net_wire *w, struct pollfd *source)
{
    uint64_t deadline_ns = next_deadline_ns(w), now_ns = deadline_ns ? net_now_ns() : 0;
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    bool full = wire_is_blocked(w);
    const struct timespec left = {(time_t)(left_ns / 1000000000u), (long)(left_ns % 1000000000u)};

    for (int h = 0; h < NET_HOSTS; h++)
        source[h] = (struct pollfd){.fd = full || w->dead[h] ? -1 : w->hosts->host[h].device_fd, .events = POLLIN};
    source[BELL] = (struct pollfd){.fd = w->bell_fd, .events = POLLIN};
    if (ppoll(source, SOURCES, deadline_ns ? &left : NULL, NULL) < 0)
        for (int i = 0; i < SOURCES; i++)
            source[i].revents = 0;
}

static bool devices_empty(const struct net_wire *w)
{
    struct pollfd device[NET_HOSTS];

    for (int h = 0; h < NET_HOSTS; h++)
        device[h] = (struct pollfd){.fd = w->dead[h] ? -1 : w->hosts->host[h].device_fd, .events = POLLIN};
    return poll(device, NET_HOSTS, 0) == 0;
}

/* All zero again, as its pages come back. */
static void tidy(struct net_wire *w)
{
    madvise(w->table, sizeof *w->table, MADV_DONTNEED);
    memset(w->flows, 0, FLOW_SLOTS * sizeof *w->flows);
    wire_nat_forget_all(w);
    net_ring_tidy(w->arena, w->ring);
}

/* Returns whether there may be more. */
static bool read_batch(struct net_wire *w, enum net_host from)
{
    uint8_t *bytes = ((struct wire_packet *)(void *)w->room)->bytes;

    for (int i = 0; i < BATCH_PACKETS && !wire_is_blocked(w); i++) {
        int n = net_packet_recv(w->hosts, from, bytes, PACKET_ROOM);
        if (n < 0) {
            w->dead[from] = errno != EAGAIN && errno != EINTR;
            return false;
        }
        wire_carry(w, from, (size_t)n);
    }
    return true;
}

/* What was sent before the command. */
static void read_sent(struct net_wire *w)
{
    uint64_t end_ns = net_now_ns() + CATCH_UP_NS;
    bool more = true;

    while (more && !w->todo.first && !wire_is_blocked(w) && net_now_ns() < end_ns) {
        for (int h = 0; h < NET_HOSTS; h++)
            if (!w->dead[h])
                read_batch(w, h);
        more = !devices_empty(w); /* what was delivered may have been answered */
    }
}

static void take_command(struct net_wire *w)
{
    struct wire_command *command = &w->command;
    uint64_t rung;

    if (read(w->bell_fd, &rung, sizeof rung) < 0)
        return;
    read_sent(w);
    switch ((enum wire_order)atomic_load(&command->order)) {
    case ORDER_SET: wire_apply_settings(w, &command->settings); break;
    case ORDER_RELEASE:
    case ORDER_DROP:
    case ORDER_DUPLICATE: command->result = wire_take_held(w, command); break;
    case ORDER_NAT: wire_nat_tell(w, command); break;
    case ORDER_NAT_RESTART: command->result = wire_nat_restart(w); break;
    case ORDER_INJECT: wire_inject(w, command->packet); break;
    case ORDER_RST: command->result = wire_fault_rst(w, command); break;
    case ORDER_POWER_OFF: wire_apply_power(w, (enum net_host)command->n, false); break;
    case ORDER_POWER_ON: wire_apply_power(w, (enum net_host)command->n, true); break;
    case ORDER_QUIET: command->result = !w->flying.first && !w->todo.first && devices_empty(w); break;
    case ORDER_TIDY: tidy(w); break;
    case ORDER_STOP: w->stopping = true; break;
    case ORDER_CATCH_UP:
    case ORDER_NONE: break;
    }
}

static void end_load(struct net_wire *w)
{
    if (w->sparse && !wire_look_at_stale(w))
        return;
    w->load_until_ns = 0;
    if (w->sparse) {
        w->sparse = false;
        wire_put_settings(w);
    }
}

static void read_devices(struct net_wire *w, const struct pollfd *source)
{
    bool full = false;

    for (int h = 0; h < NET_HOSTS; h++)
        if (source[h].revents)
            full |= read_batch(w, h);
    if (full)
        w->load_until_ns = net_now_ns() + LOAD_NS;
    else if (w->load_until_ns && net_now_ns() >= w->load_until_ns && !wire_is_blocked(w))
        end_load(w);
}

static void *wire_main(void *user)
{
    struct net_wire *w = user;
    struct pollfd source[SOURCES];

    pthread_setname_np(pthread_self(), "wire");
    while (!w->stopping) {
        wait_for_work(w, source);
        if (source[BELL].revents)
            take_command(w);
        wire_run(w);
        if (source[BELL].revents)
            sem_post(&w->command.done);
        if (!w->todo.first)
            read_devices(w, source);
    }
    return NULL;
}

/* ---- the main thread --------------------------------------------------------------------------------------------- */

static unsigned order(struct net_wire *w, enum wire_order what, unsigned n, uint64_t id)
{
    const uint64_t ring = 1;

    w->command.n = n;
    w->command.id = id;
    w->command.result = 0;
    atomic_store(&w->command.order, what);
    /* Until it rings, whatever was refused: who is not rung at never answers. (Full, EAGAIN, it rings already.) */
    while (write(w->bell_fd, &ring, sizeof ring) < 0 && errno != EAGAIN)
        ;
    while (sem_wait(&w->command.done) && errno == EINTR)
        ;
    return w->command.result;
}

static struct net_wire *wire_new(const struct net_hosts *hosts, struct net_arena *arena)
{
    struct net_wire *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->hosts = hosts;
    w->arena = arena;
    w->ring = net_arena_ring(arena, NET_WIRE_RING);
    w->next_id = 1;
    w->random = 1;
    wire_list_init(&w->held);
    wire_list_init(&w->flying);
    wire_list_init(&w->todo);
    wire_list_init(&w->waiting);
    sem_init(&w->command.done, 0, 0);
    w->table = mmap(NULL, sizeof *w->table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (w->table == MAP_FAILED)
        w->table = NULL;
    w->flows = calloc(FLOW_SLOTS, sizeof *w->flows);
    w->nat = calloc(NET_NAT_PORTS, sizeof *w->nat);
    w->bell_fd = eventfd(0, EFD_CLOEXEC);
    return w;
}

static void wire_free(struct net_wire *w)
{
    if (w->bell_fd >= 0)
        close(w->bell_fd);
    wire_list_clear(&w->held);
    wire_list_clear(&w->flying);
    wire_list_clear(&w->todo);
    wire_list_clear(&w->waiting);
    sem_destroy(&w->command.done);
    free(w->flows);
    free(w->nat);
    if (w->table)
        munmap(w->table, sizeof *w->table);
    free(w);
}

static int start_thread(struct net_wire *w)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* the thread inherits the mask */
    int code = pthread_create(&w->thread, NULL, wire_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

struct net_wire *net_wire_start(const struct net_hosts *hosts, struct net_arena *arena, struct net_error *err)
{
    if (hosts->mode == NET_MODE_LOOPBACK) {
        net_fail(err, 0, NULL, "On the machine's own loopback there is no wire: segments cannot be seen, held or cut.");
        return NULL;
    }
    struct net_wire *w = wire_new(hosts, arena);
    bool made = w && w->table && w->flows && w->nat && w->bell_fd >= 0;
    if (made) {
        errno = start_thread(w);
        if (errno == 0)
            return w;
    }
    net_fail_errno(err, made ? "pthread_create(wire)" : w && w->table && w->flows && w->nat ? "eventfd" : "malloc");
    if (w)
        wire_free(w);
    return NULL;
}

void net_wire_stop(struct net_wire *w)
{
    if (!w)
        return;
    order(w, ORDER_STOP, 0, 0);
    pthread_join(w->thread, NULL);
    wire_free(w);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows' own */
static int check_faults(const struct net_faults *faults, struct net_error *err)
{
    for (unsigned id = 0; id < NET_FAULTS; id++)
        for (unsigned way = 0; way < NET_FAULT_WAYS; way++) {
            const struct net_fault *row = net_fault((enum net_fault_id)id);
            uint32_t value = faults->value[id][way];
            if (value && (value < row->least || value > row->largest))
                return net_fail(err, 0, NULL, row->limits, value, row->least, row->largest);
        }
    return 0;
}
#pragma GCC diagnostic pop

int net_wire_set(struct net_wire *w, const struct net_wire_settings *settings, struct net_error *err)
{
    if (settings->mode >= NET_WIRE_MODES)
        return net_fail(err, 0, NULL, "The wire is open, held, cut or unreachable; mode %u is none of them.",
                        (unsigned)settings->mode);
    if (check_faults(&settings->faults, err) < 0)
        return -1;
    w->command.settings = *settings;
    order(w, ORDER_SET, 0, 0);
    uint64_t seed = settings->seed ? settings->seed : w->main_settings.seed;
    w->main_settings = *settings;
    w->main_settings.seed = seed;
    return 0;
}

void net_wire_get(struct net_wire *w, struct net_wire_settings *out)
{
    *out = w->main_settings;
}

unsigned net_wire_release(struct net_wire *w, unsigned n)
{
    return order(w, ORDER_RELEASE, n, 0);
}

unsigned net_wire_drop(struct net_wire *w, unsigned n)
{
    return order(w, ORDER_DROP, n, 0);
}

unsigned net_wire_release_id(struct net_wire *w, uint64_t segment)
{
    return segment ? order(w, ORDER_RELEASE, 0, segment) : 0;
}

unsigned net_wire_drop_id(struct net_wire *w, uint64_t segment)
{
    return segment ? order(w, ORDER_DROP, 0, segment) : 0;
}

unsigned net_wire_duplicate_id(struct net_wire *w, uint64_t segment)
{
    return segment ? order(w, ORDER_DUPLICATE, 0, segment) : 0;
}

unsigned net_wire_rst(struct net_wire *w, unsigned names, uint32_t beyond)
{
    return order(w, ORDER_RST, names, beyond);
}

void wire_order_inject(struct net_wire *w, struct wire_packet *packet)
{
    w->command.packet = packet;
    order(w, ORDER_INJECT, 0, 0);
}

size_t net_wire_nat(struct net_wire *w, struct net_nat_entry *out, size_t most)
{
    w->command.nat = out;
    return order(w, ORDER_NAT, (unsigned)most, 0);
}

unsigned net_wire_nat_restart(struct net_wire *w)
{
    return order(w, ORDER_NAT_RESTART, 0, 0);
}

void net_wire_catch_up(struct net_wire *w)
{
    order(w, ORDER_CATCH_UP, 0, 0);
}

void net_wire_power(struct net_wire *w, enum net_host host, bool on)
{
    order(w, on ? ORDER_POWER_ON : ORDER_POWER_OFF, (unsigned)host, 0);
}

bool net_wire_quiet(struct net_wire *w)
{
    return order(w, ORDER_QUIET, 0, 0) != 0;
}

void net_wire_tidy(struct net_wire *w)
{
    order(w, ORDER_TIDY, 0, 0);
}
