// SPDX-License-Identifier: GPL-3.0-or-later
// The state of the lab as a fold of the journal.
#ifndef LAB_STATE_STATE_H
#define LAB_STATE_STATE_H

#include "lab/journal/journal.h"
#include "net/data/counter.h"

/*
 * lab_state_apply() is the only function that changes a state, and it knows nothing but events; so a state at any
 * earlier moment is the same fold over fewer events (rewind), and a loaded run shows as a live one does. Main thread.
 * All arrays grow, and indices keep their meaning, until a CLEARED note: what is over by then is forgotten, and what
 * still lives has other indices (state_clear.c). The middle of a connection of thousands of segments is forgotten too,
 * and segments have other indices then: the state has as much of a long run as somebody can look at, and whoever wants
 * to see what was before goes back to it. Pointers into the arrays are valid until the next apply. Strings are
 * NUL-terminated.
 */

enum { LAB_NONE = -1 };

struct lab_actor {
    uint32_t id;
    char name[16], program[32];
    uint8_t host;
    bool is_hand, is_own, as_process, alive;
    long image;            /* journal index of the IMAGE event of what its first process runs; LAB_NONE */
    struct net_ev_end end; /* when not alive */
    uint64_t start_ns, end_ns;
    uint32_t first_task;
    int children, zombies, threads; /* now: children alive, children ended but not reaped, threads with the first one */
    int children_most, zombies_most, threads_most;
    int latest_socket; /* index in sockets of the one it made, accepted or used last (a wait in accept is no use);
                          LAB_NONE */
};

struct lab_task {
    uint32_t id, actor, parent;
    uint32_t child_of; /* is_child: id of the actor that counts it among its children */
    bool is_child;
    uint8_t kind; /* enum net_task_kind */
    int32_t pid, tid;
    bool alive, zombie, at_gate;
    uint64_t gate_ns; /* since when it waits at its gate */
    struct net_ev_end end;
    uint64_t start_ns, end_ns;
    long enter;          /* journal index of the CALL_ENTER it is in; LAB_NONE when in its own code */
    long last_return;    /* index of its last CALL_RETURN; LAB_NONE */
    uint16_t line, file; /* of the present or last call */
    int table;           /* its descriptor table, index in tables */
};

/* A state that a socket entered, and by what. */
struct lab_step {
    uint64_t time_ns;
    uint8_t state;
    long cause; /* journal index of the SEGMENT delivered, the CALL_ENTER made, the TASK_END of the owner that died;
                   LAB_NONE: a timer or unknown */
    long event; /* journal index of the sample that showed it */
};

/* A call that a program made on a socket. */
struct lab_use {
    long enter, ret; /* journal indices of CALL_ENTER and CALL_RETURN; LAB_NONE: not in the journal (yet) */
};

struct lab_socket {
    uint8_t host;
    uint64_t cookie;
    struct net_ev_sample now; /* the latest sample; now.state ABSENT when gone */
    uint64_t now_ns;
    struct net_ev_timers timers; /* cookie 0: nothing but the defaults, as far as is known */
    uint64_t born_ns, gone_ns;
    struct lab_step *steps; /* path through the states; steps[0] is the first seen */
    size_t step_count;
    struct lab_use *uses; /* in order of entry; the first of a socket that a program made is socket() or accept() */
    size_t use_count;
    uint32_t owner_actor, owner_task; /* who holds a descriptor now (the latest); 0: nobody */
    int fd;                           /* its number there; LAB_NONE when closed or never had */
    int references;                   /* descriptors known to refer to it, in all tables */
    int conversation;                 /* index; LAB_NONE */
};

struct lab_segment {
    uint64_t id;
    long event;                           /* journal index of SEGMENT */
    const struct net_ev_segment *segment; /* into the journal */
    uint8_t fate, why;                    /* never REPEATED or DUPLICATED: those are counted */
    uint32_t repeats;
    uint32_t copies; /* delivered besides it (DUPLICATED) */
    uint64_t sent_ns, fate_ns;
    int conversation;
    size_t left_out;       /* so many of its connection, right before it, the state has forgotten */
    uint32_t is;           /* bits NET_SEGMENT_IS(enum net_segment_kind) */
    uint16_t nth;          /* of a retransmission, a probe or a duplicate ACK: the how-manieth in a row, from 1 */
    uint64_t answers;      /* id of the segment that it answers; 0: none that is known */
    bool retransmission;   /* that bit of `is`: its bytes (or SYN/FIN) were sent before by the same end */
    bool keepalive_probe;  /* that bit of `is` */
    int8_t window_shift;   /* its window counts in units of 1 << so many bytes; LAB_NONE: not known */
    uint32_t window_bytes; /* scaled, as far as is known */
    const uint8_t *packet; /* into the journal */
    uint32_t packet_bytes; /* of it that are there */
    uint32_t seq_relative, ack_relative;  /* to the initial numbers; raw when those were not seen */
    uint8_t state_sender, state_receiver; /* when it was sent: as last sampled */
    uint8_t receiver_after;               /* after delivery */
    bool sender_told;                     /* the kernel was asked for state_sender beside this very segment */
    uint64_t receiver_told_ns;            /* when it was asked for receiver_after; 0: it was not */
};

/* The two ends of one connection. */
struct lab_conversation {
    struct net_ip ip[NET_HOSTS]; /* net_ip_plain() */
    uint16_t port[NET_HOSTS];
    uint16_t nat_port;     /* of NET_NAT_IP: what the client is to the server; 0: nothing stands between */
    int socket[NET_HOSTS]; /* index; LAB_NONE */
    uint32_t initial_seq[NET_HOSTS];
    bool initial_known[NET_HOSTS];
    int8_t wscale[NET_HOSTS]; /* that each end's SYN announced; -1 none */
    int older;                /* the one before it at the same addresses; LAB_NONE */
    size_t *segments;         /* indices, in order */
    size_t segment_count;
    uint64_t start_ns;
};

struct lab_table {
    uint32_t owner_task;
    struct lab_fd {
        int fd, socket;
        bool cloexec; /* FD_CLOEXEC */
    } * fds;
    size_t fd_count;
};

/* A counter of one host's kernel since the experiment began. */
struct lab_counter {
    uint64_t by; /* how much it has moved */
    long last;   /* journal index of the event that said so last; of no meaning when by is 0 */
};

struct lab_state {
    size_t applied;   /* events folded in */
    uint64_t time_ns; /* of the last one */
    struct lab_actor *actors;
    size_t actor_count;
    struct lab_task *tasks;
    size_t task_count;
    struct lab_socket *sockets;
    size_t socket_count;
    struct lab_segment *segments;
    size_t segment_count;
    struct lab_conversation *conversations;
    size_t conversation_count;
    struct lab_table *tables;
    size_t table_count;
    struct net_ev_wire wire;
    struct lab_counter counters[NET_HOSTS][NET_COUNTERS];
    long diagnostic_first,
        diagnostic_last; /* journal indices of what the compiler said for the latest start; LAB_NONE */
    long *files;         /* by number (net_ev_file): journal index of the FILE event; LAB_NONE: unknown */
    size_t file_count;
    long experiment;                    /* journal index of the last EXPERIMENT or CLEARED note; LAB_NONE */
    long measured_first, measured_last; /* journal indices of the MEASURED notes of the latest comparison; LAB_NONE */
    long set_first, set_last; /* journal indices of what `set` answered: the first and the last REPLY; LAB_NONE */
    struct lab_maps *maps;    /* hash indices, private to state*.c */
};

struct lab_state *lab_state_new(void);
void lab_state_free(struct lab_state *);
/* Fold in event number index of the journal (must be the next one). 0, or -1 without memory. */
int lab_state_apply(struct lab_state *, const struct lab_journal *, size_t index);
/* The state after the first n events, from nothing. */
struct lab_state *lab_state_at(const struct lab_journal *, size_t n);
/* NULL: no memory. */
struct lab_state *lab_state_copy(const struct lab_state *);

const struct lab_actor *lab_actor_by_name(const struct lab_state *,
                                          const char *name); /* the latest of that name; NULL */
const struct lab_actor *lab_actor_by_id(const struct lab_state *, uint32_t id);
/* When the experiment began (0: with the session), and the latest actor of that name in it; NULL. */
uint64_t lab_experiment_ns(const struct lab_state *, const struct lab_journal *);
const struct lab_actor *lab_actor_in_experiment(const struct lab_state *, const struct lab_journal *, const char *name);
const struct lab_task *lab_task_by_id(const struct lab_state *, uint32_t id);
/* Of its actor: it is called by the actor's name. So is a hand that another one has made by fork(). */
bool lab_task_is_first(const struct lab_state *, const struct lab_task *);
/* The path of a source file by its number in an event; false: none is known. */
bool lab_file_path(const struct lab_state *, const struct lab_journal *, unsigned file, char *out, size_t out_bytes);
int lab_socket_of(const struct lab_state *, uint32_t task, int fd); /* index, LAB_NONE */
/* What ACTOR.FD means: that descriptor of the actor's first task, else of its newest task that has it, else what it
 * last was before it was closed. */
int lab_socket_named(const struct lab_state *, uint32_t actor, int fd);
int lab_socket_by_cookie(const struct lab_state *, unsigned host, uint64_t cookie);
int lab_segment_by_id(const struct lab_state *, uint64_t id);
/* The number behind the last byte that an end has sent; false: it has sent nothing that is known. */
bool lab_conversation_next(const struct lab_state *, int conversation, unsigned side, uint32_t *number);
/* So many conversations since then are within one host: no wire sees what they say. */
unsigned lab_within_host(const struct lab_state *, uint64_t since_ns);

#endif
