// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of the wire: everything here belongs to the wire thread, but what a command carries.
#ifndef NET_WIRE_WIRE_PRIVATE_H
#define NET_WIRE_WIRE_PRIVATE_H

#include "net/socket/diag.h"
#include "net/base/clock.h"
#include "net/wire/inject.h"
#include "net/wire/nat.h"

#include <pthread.h>
#include <semaphore.h>

enum { PACKET_ROOM = 65536, BATCH_PACKETS = 32, TABLE_BITS = 10, TABLE_SETS = 1 << TABLE_BITS, TABLE_WAYS = 4 };

/* What is to be done with a packet that has left the lists of those held and in flight. */
enum wire_plan {
    PLAN_DELIVER,
    PLAN_DUPLICATE,
    PLAN_DROP,
    PLAN_HOLD,
    PLAN_MADE /* by a box: not told yet */,
    PLAN_SETTINGS /* no packet: tell the settings */
};

struct wire_packet {
    struct wire_packet *next;
    struct net_ev_segment segment;
    uint64_t due_ns; /* in flight: when it arrives */
    uint32_t repeats;
    uint8_t plan, why;
    bool marked;                 /* ECN */
    bool translated;             /* its bytes have been, by the NAT */
    bool duplicate;              /* the draw said so: a second copy follows */
    _Alignas(8) uint8_t bytes[]; /* not in the padding of the rest, which is cleared as a whole */
};

struct wire_list {
    struct wire_packet *first, **end;
    uint32_t count;
};

/* A socket as the wire last saw it. */
struct wire_seen {
    bool known;
    bool stale; /* a segment went by since, under load, and nobody looked */
    uint64_t look_ns;
    struct net_tuple tuple;
    uint64_t segs_in;          /* at the last look */
    struct net_ev_sample last; /* the one that was put */
};

struct wire_table {
    struct wire_seen seen[NET_HOSTS][TABLE_SETS][TABLE_WAYS];
};

/* A connection as a box between the hosts sees it; at each host's index what that host has sent. */
struct wire_flow {
    bool known, forgotten, over;
    uint64_t last_ns; /* of the last segment that a box which forgets has let pass */
    struct net_ip ip[NET_HOSTS];
    uint16_t port[NET_HOSTS];
    uint16_t nat_port; /* 0: not translated */
    struct {
        uint32_t next, ack; /* behind its last byte; what it has confirmed */
        bool seen, fin;
    } side[NET_HOSTS];
};
/* A row of the NAT's table: the place in it is the port. */
struct wire_nat {
    bool used, over;
    uint16_t port, server_port;
    struct net_ip ip, server_ip;
    uint64_t last_ns;
};

enum { FLOW_SLOTS = 1 << 13, FLOW_PROBES = 32 };

enum wire_order {
    ORDER_NONE,
    ORDER_SET,
    ORDER_RELEASE,
    ORDER_DROP,
    ORDER_DUPLICATE,
    ORDER_CATCH_UP,
    ORDER_INJECT, /* packet */
    ORDER_NAT,    /* nat, n: room there */
    ORDER_NAT_RESTART,
    ORDER_RST,       /* n: bits of the hosts in whose name; id: so far from what is expected */
    ORDER_POWER_OFF, /* n: the host */
    ORDER_POWER_ON,
    ORDER_QUIET,
    ORDER_TIDY,
    ORDER_STOP
};

/* The main thread fills it, stores the order last, writes to bell_fd, and waits for done: it belongs to one of them at
 * a time. */
struct wire_command {
    _Atomic uint32_t order; /* enum wire_order */
    unsigned n;
    uint64_t id; /* 0: by n */
    struct net_wire_settings settings;
    struct net_nat_entry *nat;  /* filled by the wire */
    struct wire_packet *packet; /* the wire's from here on */
    unsigned result;
    sem_t done;
};

struct net_wire {
    const struct net_hosts *hosts;
    struct net_arena *arena;
    struct net_ring *ring;
    pthread_t thread;
    int bell_fd;
    struct wire_command command;
    struct net_wire_settings main_settings; /* the main thread's copy */

    struct net_wire_settings settings;
    uint64_t next_id, random;
    uint64_t last_due_ns[NET_HOSTS]; /* of the last packet in flight from a host: none overtakes another */
    struct wire_list held, flying, todo;
    struct wire_flow *flows; /* FLOW_SLOTS; by addresses and ports */
    struct wire_nat *nat;    /* NET_NAT_PORTS */
    unsigned nat_next, nat_used;
    bool nat_lost;                    /* restarted: who is not in the table has been there before */
    uint64_t forget_since_ns;         /* when the box that forgets was turned on */
    uint64_t line_free_ns[NET_HOSTS]; /* rate: when the line has sent all that waits before it */
    bool off[NET_HOSTS];              /* without power */
    struct wire_list waiting;         /* for a host that is off */
    uint64_t load_until_ns;           /* 0: no load */
    bool sparse;                      /* told: plain data is not always looked at */
    bool stopping;
    bool dead[NET_HOSTS];     /* the device was taken away: asking again would spin */
    struct wire_table *table; /* pages of its own */
    _Alignas(16) uint8_t room[sizeof(struct wire_packet) + PACKET_ROOM];
};

/* ---- wire_carry.c: what becomes of a packet ---- */
/* A packet of so many bytes, read from a host into w->room: tell it, and deliver, delay, hold or drop it. */
void wire_carry(struct net_wire *, enum net_host from, size_t bytes);
/* Take effect; what cannot be done at once is added to w->todo. */
void wire_apply_settings(struct net_wire *, const struct net_wire_settings *);
unsigned wire_take_held(struct net_wire *, const struct wire_command *);
void wire_apply_power(struct net_wire *, enum net_host, bool on);
/* Do what is planned, and what is due. Stops when the ring is full; then wire_is_blocked(). */
void wire_run(struct net_wire *);
bool wire_is_blocked(const struct net_wire *);
void wire_put_settings(struct net_wire *);
/* What the learner has said in the name of a host confirms what waits for it at that end: that is taken. */
void wire_take_confirmed(struct net_wire *, const struct net_ev_segment *by);
/* What a box has made is told and delivered; it belongs to the wire from here on. */
void wire_plan_made(struct net_wire *, struct wire_packet *);
void wire_list_init(struct wire_list *);
void wire_list_clear(struct wire_list *);

/* ---- wire_look.c: what the kernel says of both ends ---- */
/* Whether this segment must be looked at, or may go by (load). */
bool wire_must_look(struct net_wire *, const struct net_ev_segment *);
/* Sample the end of a host, or both, and put what is new. */
void wire_look_at_sender(struct net_wire *, const struct net_ev_segment *);
void wire_look_before(struct net_wire *, const struct net_ev_segment *);
void wire_look_after(struct net_wire *, const struct net_ev_segment *);
/* The sender of that segment, which was told what became of it. */
void wire_look_at_told(struct net_wire *, const struct net_ev_segment *);
/* The load is over: look at every socket that was let go by. false: the ring is full, call again. */
bool wire_look_at_stale(struct net_wire *);

/* ---- wire_fault.c: what stands between the hosts ---- */
/* Its place, made where it has none yet. */
struct wire_flow *wire_flow_of(struct net_wire *, const struct net_ev_segment *);
/* Keep count of the connection that a packet is of, as it leaves its host. */
void wire_flow_see(struct net_wire *, const struct net_ev_segment *);
/* The same of one that was put in, where its number is the next one. A SYN by hand does not end a connection that is
 * open: no host has begun anew. */
void wire_flow_injected(struct net_wire *, const struct net_ev_segment *);
/* What the boxes that are on do with a packet on an open wire; they may change its bytes. NET_DROP_NONE: it passes. */
enum net_drop_why wire_fault_meets(struct net_wire *, struct wire_packet *);
/* The settings are new: what the boxes have kept in mind of the old ones. */
void wire_fault_changed(struct net_wire *, const struct net_faults *old);
/* It takes time from its host to the other. */
bool wire_fault_takes_time(const struct net_wire *, unsigned from);
/* When it arrives, at the earliest; *late: what comes behind it may overtake. */
uint64_t wire_fault_due_ns(struct net_wire *, const struct wire_packet *, bool *late);
/* RSTs that nobody sent, into w->todo, for every connection that is not over. Returns how many. */
unsigned wire_fault_rst(struct net_wire *, const struct wire_command *);

/* ---- wire_router.c ---- */
/* What a router tells the sender of a packet that it cannot deliver: malloc'd, without an id. code: NET_ICMP_HOST and
 * the like, also where ICMPv6 has another. NULL: nothing, or no memory. */
struct wire_packet *wire_router_answer(const struct wire_packet *, unsigned code, uint32_t mtu);
/* The RST that the receiver of a segment would send if it had no such connection (RFC 9293, 3.10.7.1), in its name. */
struct wire_packet *wire_router_rst(const struct net_ev_segment *about);
/* A TCP packet without data, in the name of numbers->from. */
struct wire_packet *wire_router_made(const struct net_ev_segment *numbers);
/* The Internet checksum of bytes (RFC 1071), put at `at`; sum: of what is not in the bytes. */
void wire_put_sum(uint8_t *at, const uint8_t *, size_t bytes, uint64_t sum);
size_t wire_ip_bytes(struct net_ip); /* of the header of a packet in its family */
/* The header of a packet with so many bytes behind it; both addresses are of one family. */
void wire_write_ip(uint8_t *out, size_t behind, unsigned protocol, struct net_ip src, struct net_ip dst);
void wire_put16(uint8_t *, uint32_t);
void wire_put32(uint8_t *, uint32_t);

/* ---- nat.c ---- */
/* As a packet leaves its host, before it is told: put in the segment whose it is (the client's own address, nat_port).
 * Of the server's, NET_DROP_NAT: nobody's. */
enum net_drop_why wire_nat_meets(struct net_wire *, struct wire_packet *);
/* Of one that was made on the wire in the name of a host. */
void wire_nat_made(struct net_wire *, struct net_ev_segment *);
/* As it reaches the other host: once. */
void wire_nat_translate(struct net_wire *, struct wire_packet *);
void wire_nat_is_over(struct net_wire *, uint16_t port, bool over);
unsigned wire_nat_restart(struct net_wire *);
void wire_nat_tell(const struct net_wire *, struct wire_command *);
void wire_nat_forget_all(struct net_wire *);

/* ---- inject.c ---- */
/* malloc'd, without an id; options and data must fit. NULL: no memory. */
struct wire_packet *wire_inject_make(const struct net_inject *);
void wire_inject(struct net_wire *, struct wire_packet *);

/* ---- wire.c, main thread ---- */
void wire_order_inject(struct net_wire *, struct wire_packet *);

#endif
