// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of the state share among themselves (state*.c alone).
#ifndef LAB_STATE_STATE_INSIDE_H
#define LAB_STATE_STATE_INSIDE_H

#include "lab/base/map.h"
#include "lab/state/state.h"

/*
 * Beside each public array stands one with what only the fold needs, with the same indices. One hash map finds
 * everything; its keys begin with what they are the key of.
 */
enum lab_key_of {
    LAB_KEY_ACTOR,        /* id */
    LAB_KEY_TASK,         /* id */
    LAB_KEY_PID,          /* pid: the latest task that had it */
    LAB_KEY_FORKED,       /* pid: the table of a child that has not shown itself yet */
    LAB_KEY_SOCKET,       /* host, cookie */
    LAB_KEY_LISTENER,     /* host, port: the latest socket that listened there */
    LAB_KEY_SEGMENT,      /* id */
    LAB_KEY_CONVERSATION, /* both ends: the present generation */
    LAB_KEY_LAST_FD       /* table, descriptor: the latest socket that it was */
};

/* A descriptor that refers to a socket. */
struct lab_holder {
    int table, fd;
};

struct lab_socket_more {
    struct lab_holder *holders;
    size_t owner; /* which of them is the socket's owner */
    long mover; /* index of the latest CALL_ENTER (or TASK_END) that could make the kernel change its state; LAB_NONE */
    bool calls; /* its program has called connect() */
    int exiting;      /* the table whose task entered exit() (that is then the mover); LAB_NONE */
    bool in_no_table; /* the kernel said so, and has not said otherwise since */
    size_t trim_at;   /* with so many uses it is trimmed; 0: LAB_LONG */
};

/*
 * Of a connection that goes on and on the state has the beginning and the end: its first LAB_LONG_HEAD segments and its
 * last LAB_LONG_TAIL, besides those under way; of a socket as many calls, besides those that have not returned. What
 * lies between is forgotten when there are LAB_LONG (or, where more than half had to stay, twice as many as stayed).
 */
enum { LAB_LONG = 4096, LAB_LONG_HEAD = 64, LAB_LONG_TAIL = 2048 - LAB_LONG_HEAD };

enum { LAB_RECENT = 8, LAB_WANTED = 4, LAB_AHEAD = 8 };

/* One end of a connection, by what left it and what arrived at it. */
struct lab_end {
    uint32_t sent_to; /* the sequence number after the last byte it sent */
    uint32_t acked;   /* the highest number that it acknowledged */
    uint32_t window;  /* that it announced last, in bytes */
    bool has_sent, has_acked;
    bool has_injected;       /* the learner has sent in its name */
    uint32_t una;            /* the highest number that was acknowledged to it */
    uint32_t edge, edge_seq; /* where the window ends that was announced to it, and by the segment of which number */
    bool has_una, has_edge;
    uint32_t received_to; /* all before it has arrived */
    bool has_received;
    uint32_t time; /* the timestamp that it takes no older ones than (ts_recent of RFC 7323) */
    bool has_time;
    uint32_t ahead[LAB_AHEAD][2]; /* what has arrived beyond a hole: the first number, and the one behind the last */
    unsigned ahead_count;
    uint32_t sacked_to; /* the highest edge of SACK that came */
    bool has_sacked;
    uint32_t recover; /* what it had sent when a hole was told: until all of that is confirmed, it recovers */
    bool recovers;
    unsigned duplicates_in;                /* duplicate ACKs that came since una moved */
    unsigned duplicates;                   /* that it sent in a row */
    unsigned probes;                       /* that it sent in a row */
    size_t recent[LAB_RECENT];             /* the last segments delivered to it: indices, newest at (recent_count - 1) %
                                              LAB_RECENT */
    size_t recent_count, recent_when_sent; /* that one: when it sent last */
    struct lab_wanted {
        uint64_t id, time_ns;
        uint8_t answer;   /* enum net_segment_kind that the answer then is */
    } wanted[LAB_WANTED]; /* what arrived and has an ACK for an answer, the oldest first */
    unsigned wanted_count;
};

struct lab_conversation_more {
    struct lab_end end[NET_HOSTS];
    bool reset;     /* a RST was delivered: another SYN begins another conversation */
    size_t trim_at; /* with so many segments it is trimmed; 0: LAB_LONG */
};

/* The use that a task is in the middle of; socket LAB_NONE: none. */
/* A call that a signal handler interrupted: the calls of the handler come in between. */
struct lab_outer_call {
    long enter;
    int socket;
    size_t use;
};
enum { LAB_CALLS_DEEP = 4 };
struct lab_task_more {
    int socket;
    size_t use;
    struct lab_outer_call outer[LAB_CALLS_DEEP]; /* the innermost last */
    unsigned outer_count;
};

struct lab_maps {
    struct lab_map map;
    struct lab_task_more *tasks;
    struct lab_socket_more *sockets;
    struct lab_conversation_more *conversations;
    size_t *table_users; /* live tasks that use each table */
    bool is_long;        /* something has grown to what it is trimmed at */
    long end_after;      /* while the end of a task is folded in: the last thing that it did; else LAB_NONE */
};

/* The array with room for one element more, or NULL without memory; it grows in powers of two. */
void *lab_grown(void *array, size_t count, size_t element_bytes);
int lab_find(const struct lab_state *, enum lab_key_of, uint64_t a, uint64_t b);           /* LAB_NONE */
int lab_remember(struct lab_state *, enum lab_key_of, uint64_t a, uint64_t b, long index); /* -1 without memory */

enum lab_key_of lab_key_of(struct lab_key);
/* What a socket has for itself. */
void lab_socket_fini(struct lab_state *, size_t socket);
/* The arrays and the map, without what their elements have for themselves. */
void lab_state_free_arrays(struct lab_state *, struct lab_maps *);

/* state_clear.c. Without memory nothing is forgotten. */
void lab_fold_clear(struct lab_state *);
void lab_fold_trim(struct lab_state *);

/* Everything below returns 0, or -1 without memory, unless it says otherwise. */

/* state_tasks.c */
int lab_fold_actor_start(struct lab_state *, const struct net_event *);
int lab_fold_actor_end(struct lab_state *, const struct net_event *, long index);
int lab_fold_task_start(struct lab_state *, const struct net_event *);
int lab_fold_task_end(struct lab_state *, const struct net_event *, long index);
int lab_fold_task_reaped(struct lab_state *, const struct net_event *);
int lab_fold_gate(struct lab_state *, const struct net_event *);
int lab_fold_image(struct lab_state *, const struct net_event *, long index);
/* The task of an event, made if it is not known (a journal that begins in the middle). *task LAB_NONE when the event
 * has none. */
int lab_need_task(struct lab_state *, const struct net_event *, int *task);
struct lab_actor *lab_actor_of(struct lab_state *, uint32_t id); /* NULL unknown */

/* state_tables.c */
int lab_table_new(struct lab_state *, uint32_t owner_task, int *table);
/* FD_CLOEXEC of a descriptor that is there; and an exec, which closes those that have it. */
void lab_table_cloexec(struct lab_state *, int table, int fd, bool on);
int lab_table_exec(struct lab_state *, int table, long event);
int lab_table_copy(struct lab_state *, int from, uint32_t owner_task, int *table);
/* The task that a table was made for has shown itself: what it owns is its own. */
void lab_table_claimed(struct lab_state *, int table);
int lab_table_socket(const struct lab_state *, int table, int fd); /* index, LAB_NONE */
int lab_table_set(struct lab_state *, int table, int fd, int socket, long event);
/* The descriptor is closed by the event of that index (CALL_ENTER, CALL_RETURN or TASK_END). */
int lab_table_drop(struct lab_state *, int table, int fd, long event);
int lab_table_end(struct lab_state *, int table, long event);
/* A task uses a descriptor: it is the owner to show. */
void lab_table_used(struct lab_state *, int table, int fd, uint32_t task);

/* state_calls.c */
int lab_fold_enter(struct lab_state *, const struct net_event *, long index);
int lab_fold_return(struct lab_state *, const struct lab_journal *, const struct net_event *, long index);

/* state_sockets.c */
int lab_socket_add_use(struct lab_state *, int socket, struct lab_use);
int lab_socket_need(struct lab_state *, unsigned host, uint64_t cookie, uint64_t born_ns, int *socket);
int lab_socket_enter_state(struct lab_state *, int socket, const struct lab_step *);
int lab_fold_sample(struct lab_state *, const struct lab_journal *, const struct net_event *, long index);
int lab_fold_timers(struct lab_state *, const struct net_event *);
int lab_fold_gone(struct lab_state *, const struct lab_journal *, const struct net_event *, long index);
/* The last descriptor of a socket, in this table, was closed by the event of that index. */
int lab_socket_let_go(struct lab_state *, int socket, int table, long event);
/* The state as last known of who listens, or would answer, at host and port: LISTEN or ABSENT. */
uint8_t lab_port_state(const struct lab_state *, unsigned host, uint16_t port);

/* state_wire.c */
int lab_fold_segment(struct lab_state *, const struct net_event *, long index);
int lab_fold_fate(struct lab_state *, const struct net_event *);
/* The conversation of a socket that has both addresses, found or made; the socket joins it. */
int lab_join(struct lab_state *, int socket, const struct net_ev_sample *);
/* Which end of its conversation a socket is; 0 or 1. */
unsigned lab_side_of(const struct lab_state *, int socket);
/* Which end of its conversation has sent a segment; 0 or 1. */
unsigned lab_sender_of(const struct lab_state *, const struct lab_segment *);
/* What a sample tells about the segments that it was taken beside. */
void lab_tell_segments(struct lab_state *, int socket, const struct net_ev_sample *);

/* segment_kinds.c */
/* A segment that left an end, before it is one of its conversation's; then it has arrived, or another copy of it. */
void lab_kinds_sent(struct lab_state *, size_t segment, unsigned side);
void lab_kinds_arrived(struct lab_state *, size_t segment, unsigned to, uint64_t time_ns, bool is_copy);

#endif
