// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that happened: plain data, no header of the system, so that every layer may read it.
#ifndef NET_DATA_EVENT_H
#define NET_DATA_EVENT_H

/*
 * Everything that the lab knows, it knows from events. They are made where the thing happens (in the
 * actor's thread or process, in the wire thread, on the main thread) and reach the main thread in one
 * order, that of time_ns (net/engine.h). The lab's journal keeps them; its state is a fold of them.
 *
 * Who may make which:
 *   a task (actor, its children, its threads)   CALL_ENTER, CALL_RETURN, OUTPUT, SIGNAL, TASK_*, GATE, SAMPLE, TIMERS,
 *                                               SITE, IMAGE
 *   the wire thread                             SEGMENT, FATE, SAMPLE, GONE
 *   the main thread                             ACTOR_*, TASK_END of a killed task, WIRE, SAMPLE, GONE, COUNTER, FILE,
 * DIAGNOSTIC, OUTPUT of a program that is not traced, and the lab's own NOTE
 *
 * Addresses and ports in events are in host byte order; seq and ack as on the wire (host order, raw).
 */

#include "net/base/names.h"
#include "net/data/address.h"
#include "net/data/fault.h"
#include "net/data/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_host { NET_SERVER, NET_CLIENT, NET_HOSTS };

/* The kernel's own numbers (include/net/tcp_states.h); ABSENT: the kernel has no such socket. */
enum net_state {
    NET_STATE_ABSENT,
    NET_STATE_ESTABLISHED,
    NET_STATE_SYN_SENT,
    NET_STATE_SYN_RECV,
    NET_STATE_FIN_WAIT1,
    NET_STATE_FIN_WAIT2,
    NET_STATE_TIME_WAIT,
    NET_STATE_CLOSE,
    NET_STATE_CLOSE_WAIT,
    NET_STATE_LAST_ACK,
    NET_STATE_LISTEN,
    NET_STATE_CLOSING,
    NET_STATES
};

enum net_event_kind {
    NET_EV_NONE,
    NET_EV_ACTOR_START, /* u.actor; data: its command line, NUL between words */
    NET_EV_ACTOR_END,   /* u.end: the actor itself is over (its children may live on) */
    NET_EV_TASK_START,  /* u.task: a task begins: the actor's own first one, a forked child, a thread it made */
    NET_EV_TASK_END,    /* u.end */
    NET_EV_TASK_REAPED, /* u.end: a parent's wait collected a zombie */
    NET_EV_CALL_ENTER,  /* u.call; data: what goes in (bytes to send, address, option value, text) */
    NET_EV_CALL_RETURN, /* u.call; data: what came out (bytes received, address, option value) */
    NET_EV_GATE,        /* u.gate: a task waits before a call, or was let go */
    NET_EV_SIGNAL,      /* u.signal: a signal reached a task */
    NET_EV_OUTPUT,      /* u.output; data: what a program printed */
    NET_EV_SEGMENT,     /* u.segment: a packet left a host; data: the whole IP packet */
    NET_EV_FATE,        /* u.fate: what became of it */
    NET_EV_SAMPLE,      /* u.sample: what the kernel says of one socket, asked between begin_ns and time_ns */
    NET_EV_GONE,        /* u.sample: identity only: the kernel no longer has this socket */
    NET_EV_TIMERS,      /* u.timers: the time limits of a socket, when one was set or inherited */
    NET_EV_WIRE,        /* u.wire: the wire's settings changed */
    NET_EV_NOTE,        /* u.note: the lab's own: a command, a prediction, an expectation; data: its text */
    NET_EV_COUNTER,     /* u.counter: a counter of a host's kernel has moved */
    NET_EV_SITE,        /* u.site: a place that a program of the learner's calls from; data: its file, program or
                           library. It ends at net/actor, which makes a line of it */
    NET_EV_FILE,        /* u.file: a source file that later lines are of; data: its path */
    NET_EV_IMAGE,       /* u.image: a task runs this program file from now on; data: its path */
    NET_EV_DIAGNOSTIC,  /* u.diagnostic: what the compiler says of a line; data: its words */
    NET_EV_KINDS
};

/* A call, entered or returned. Which of args are shown, and how, is the call's row in net/data/call.h. */
struct net_ev_call {
    uint16_t call; /* enum net_call */
    uint16_t line; /* of the program's source; 0: typed by hand */
    int32_t fd;    /* the descriptor that the call is about, or the one it made; -1 none */
    int64_t args[6];
    uint32_t site;       /* where a program of the learner's makes it (NET_EV_SITE); 0: line says */
    uint16_t file;       /* NET_EV_FILE that line is of; 0: a chapter program's own */
    int64_t ret;         /* CALL_RETURN only, from here on */
    int32_t error;       /* errno when ret says failure, else 0 */
    uint32_t data_all;   /* full length of what data is the beginning of */
    uint64_t enter_ns;   /* when it was entered */
    uint64_t cookie;     /* of the socket fd (SO_COOKIE), where the call made one or has changed it; else 0 */
    bool requested;      /* it failed because the learner wanted it: the kernel was not asked */
    uint32_t limit;      /* it failed at the lab's own limit, so many processes and threads, likewise; else 0 */
    struct net_ip to_ip; /* ENTER too: where a sendto() goes; 0.0.0.0 and port 0: nowhere */
    uint16_t to_port;
};

/* Of one kernel socket. Join by (host, cookie): it is the same from SYN_RECV to the end of TIME_WAIT. */
struct net_ev_sample {
    uint64_t begin_ns;
    uint64_t cookie;
    uint32_t inode; /* 0: no descriptor refers to it (not accepted yet, orphaned, or a mini-socket) */
    uint8_t host, state, timer /* enum net_timer */, retransmits;
    struct net_ip local_ip, remote_ip; /* of a socket of AF_INET6 addresses of IPv6, mapped ones too */
    uint16_t local_port, remote_port;
    uint32_t rqueue; /* bytes unread; LISTEN: connections waiting for accept */
    uint32_t wqueue; /* bytes not acknowledged by the peer; LISTEN: the backlog */
    uint32_t timer_ms;
    uint8_t origin; /* enum net_origin */
    bool v6only;    /* IPV6_V6ONLY, of one that is not connected: it takes no IPv4 */
    bool has_info;  /* the rest is valid (mini-sockets have none) */
    uint8_t backoff, probes, ca_state, wscale_in, wscale_out, tcpi_options;
    uint32_t rto_us, rtt_us, rttvar_us, snd_mss_bytes, rcv_mss_bytes, unacked_segs, lost_segs, retrans_segs,
        total_retrans_segs, cwnd_segs, ssthresh_segs, pmtu_bytes, last_data_sent_ms, last_data_recv_ms,
        last_ack_recv_ms, notsent_bytes, snd_wnd_bytes, rcv_wnd_bytes;
    uint64_t bytes_sent, bytes_acked, bytes_received, segs_out, segs_in;
};

/* As getsockopt(2) says them, whoever set them: the program, the listener that it was accepted from, a sysctl. */
struct net_ev_timers {
    uint64_t cookie;
    uint32_t keep_idle_s, keep_interval_s, keep_count;
    uint32_t user_timeout_ms; /* 0: none */
    int32_t linger_s;
    uint8_t host;
    bool keepalive, linger; /* SO_KEEPALIVE is on; SO_LINGER's l_onoff */
};

/* The kernel's idiag_timer. */
enum net_timer {
    NET_TIMER_NONE,
    NET_TIMER_RETRANSMIT,
    NET_TIMER_KEEPALIVE,
    NET_TIMER_TIMEWAIT,
    NET_TIMER_PERSIST,
    NET_TIMERS
};

/* Who asked, and when. */
enum net_origin {
    NET_BEFORE_SEGMENT,
    NET_AFTER_SEGMENT,
    NET_BEFORE_CALL,
    NET_AFTER_CALL,
    NET_AT_DESTROY,
    NET_AT_TICK,
    NET_ORIGINS
};

enum net_tcp_flag {
    NET_FIN = 1,
    NET_SYN = 2,
    NET_RST = 4,
    NET_PSH = 8,
    NET_ACK = 16,
    NET_URG = 32,
    NET_ECE = 64,
    NET_CWR = 128
};

struct net_ev_segment {
    uint64_t id;  /* counts from 1, over both directions, in the order in which they left their hosts */
    uint8_t from; /* whose device it was read from; of the router's, the host that it comes instead of */
    uint8_t protocol /* IPPROTO_*; fields below the packet length are set for 6 only, addresses also for ICMP */, flags,
        ttl;
    uint16_t packet_bytes, payload_bytes, payload_at /* offset of the payload in the packet */;
    uint16_t window; /* as in the header, not scaled */
    struct net_ip src_ip, dst_ip;
    uint16_t src_port, dst_port;
    uint32_t seq, ack;
    uint16_t mss;  /* option, 0 absent */
    int8_t wscale; /* option, -1 absent */
    bool sack_permitted, has_timestamp, checksum_ok;
    uint8_t sack_blocks;
    uint32_t ts_value, ts_echo;
    uint8_t icmp_type, icmp_code; /* of ICMP and ICMPv6, whose numbers differ */
    bool by_box;                  /* no host sent it: something on the way did, in the name of `from` */
    uint16_t nat_port;            /* of NET_NAT_IP: what the client's address and port are to the server; 0: the same */
    bool injected;                /* the same: the learner did */
};

/* RFC 792 and 1812: the codes of destination unreachable. */
enum {
    NET_ICMP_UNREACHABLE = 3,
    NET_ICMP_HOST = 1,
    NET_ICMP_PROTOCOL,
    NET_ICMP_PORT,
    NET_ICMP_TOO_BIG,
    NET_ICMP_PROHIBITED = 13
};
/* RFC 4443: types, and codes of the first and the last one. */
enum { NET_ICMPV6_UNREACHABLE = 1, NET_ICMPV6_TOO_BIG, NET_ICMPV6_PARAMETER = 4 };
enum { NET_ICMPV6_NO_ROUTE, NET_ICMPV6_PROHIBITED, NET_ICMPV6_ADDRESS = 3, NET_ICMPV6_PORT };
enum { NET_ICMPV6_NEXT_HEADER = 1 };
bool net_is_icmp(unsigned protocol); /* of either family */
/* 192.0.2.253: a box that translates addresses, towards the server. */
#define NET_NAT_IP NET_IP4(0xC00002FDu)
/* 192.0.2.254 and 2001:db8::fe: what tells on the way, by ICMP, that a packet goes no further. */
#define NET_ROUTER_IP  NET_IP4(0xC00002FEu)
#define NET_ROUTER_IP6 NET_IP6(0x20010db8u, 0, 0, 0xFEu)
bool net_is_router(struct net_ip);

enum net_fate_of {
    NET_IN_FLIGHT,  /* on its way (delay) */
    NET_HELD,       /* waits for release */
    NET_REPEATED,   /* the host sent a held segment again: folded into that one; u.fate.repeats counts */
    NET_DELIVERED,  /* written to the other host's device */
    NET_DROPPED,    /* by the learner, by loss, or by the cut cable: u.fate.why */
    NET_DUPLICATED, /* a second copy was delivered */
    NET_FATES
};

struct net_ev_fate {
    uint64_t segment;
    uint32_t repeats;
    uint8_t fate, why;
};

enum net_wire_mode { NET_WIRE_OPEN, NET_WIRE_HELD, NET_WIRE_CUT, NET_WIRE_UNREACHABLE, NET_WIRE_MODES };

struct net_ev_wire {
    uint8_t mode;
    bool sparse;        /* under load, from here to the next event: plain data segments are not all sampled */
    uint32_t held_segs; /* waiting now */
    struct net_faults faults;
};

enum net_end_how { NET_END_RETURNED, NET_END_EXIT, NET_END_SIGNAL, NET_END_LAB /* ended by clear */ };
enum { NET_ENDS = NET_END_LAB + 1 };

struct net_ev_end {
    uint8_t how;    /* enum net_end_how */
    bool zombie;    /* not yet reaped by its parent */
    int32_t status; /* RETURNED, EXIT: exit status 0-255 */
    int32_t signo;  /* SIGNAL: e.g. 13 */
    int32_t pid;
};

struct net_ev_actor {
    uint8_t host;
    bool as_process, is_hand;
    bool is_own; /* a program of the learner's */
    char name[16];
    char program[32]; /* name in net_programs; "hand" for a hand; an own program's file name, or its beginning */
};

enum net_task_kind { NET_TASK_MAIN, NET_TASK_CHILD, NET_TASK_THREAD };
enum { NET_TASK_KINDS = NET_TASK_THREAD + 1 };

struct net_ev_task {
    uint8_t kind;
    int32_t pid, tid;
    uint32_t parent; /* task that made it; 0: the lab */
};

struct net_ev_gate {
    bool waiting;
    uint16_t call, line, file;
    uint32_t site;
};

struct net_ev_signal {
    int32_t signo, from_pid;
    uint8_t action;      /* enum net_signal_action */
    uint16_t line, file; /* of a crash in a program of the learner's; 0: not known */
    uint32_t site;
};
enum net_signal_action { NET_SIG_DEFAULT, NET_SIG_IGNORED, NET_SIG_HANDLED };
enum { NET_SIG_ACTIONS = NET_SIG_HANDLED + 1 };

struct net_ev_output {
    int32_t fd; /* 1 or 2 */
    uint16_t line, file;
    uint32_t site;
    bool is_last; /* the program has printed more than is kept: the rest is left out */
};

/* Of a program file or a library of a program of the learner's. Ids are those of net_arena_next_id(). */
enum { NET_SITE_CALLERS = 6 };
struct net_ev_site {
    uint32_t id;
    uint64_t address; /* in the file as it is linked (ELF), of the byte after the call */
    /* Likewise, from inside out, of the calls that have led there: for a place in the code of a library that is
     * compiled into the program. 0: no more. */
    int64_t callers[NET_SITE_CALLERS];
};

struct net_ev_file {
    uint16_t id; /* counts from 1 */
};

/* Whether the calls of a program file can be seen, and why not. */
enum net_sight {
    NET_SEEN,
    NET_UNSEEN_STATIC,  /* linked without a C library of its own choice: there is nothing to load into */
    NET_UNSEEN_GO,      /* made by the Go compiler: it asks the kernel itself */
    NET_UNSEEN_FOREIGN, /* of another kind of processor, or 32 bits */
    NET_UNSEEN_REFUSED, /* the loader took no library with it */
    NET_SIGHTS
};
enum net_lines_known { NET_LINES, NET_LINES_NONE, NET_LINES_NO_READER /* libdw is missing */, NET_LINES_KINDS };

struct net_ev_image {
    uint8_t sight; /* enum net_sight */
    uint8_t lines; /* enum net_lines_known: has it debug information */
};

enum net_severity { NET_NOTE, NET_WARNING, NET_ERROR, NET_COMPILED /* data: by which command */, NET_SEVERITIES };

struct net_ev_diagnostic {
    uint8_t severity;            /* enum net_severity */
    uint16_t file, line, column; /* file 0: about no file */
};

/*
 * kind, flags and id have meaning to the lab alone (lab/journal/journal.h). The rest says in numbers what a command,
 * its answer or its error was about, so that nobody has to read it back out of the text.
 */
struct net_ev_note {
    uint16_t kind;
    uint16_t flags;
    uint32_t id;
    uint16_t command; /* enum lab_command_id; 0: nothing is said, below neither */
    uint16_t call;    /* enum net_call: the one that it makes, or lets fail; 0 none */
    uint16_t option;  /* 1 + index in net_options; 0 none */
    bool of_setting;  /* carried out under one setting of `versus` alone */
    uint32_t subject; /* id of the actor that it is about; 0 none */
    int32_t fd;       /* of ACTOR.FD; -1: none was named */
    int32_t error;    /* errno; 0 none */
    int64_t value[2]; /* its numbers: of an option, a count, a time in ns, a signal */
};

/*
 * Of one host (net/data/counter.h). It moved between begin_ns, when it was read before, and time_ns: by what happened
 * in between, or by one of the things that did.
 */
struct net_ev_counter {
    uint64_t begin_ns;
    uint64_t by, total;
    uint32_t counter; /* enum net_counter_id */
    uint32_t host;
};

struct net_event {
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint32_t actor;   /* id from 1; 0 none */
    uint32_t task;    /* id from 1; 0 none */
    uint16_t kind;    /* enum net_event_kind */
    uint16_t reserved;
    uint32_t data_bytes;
    const uint8_t *data; /* owned by whoever holds the event; valid during a sink's call unless it copies */
    union {
        struct net_ev_call call;
        struct net_ev_sample sample;
        struct net_ev_timers timers;
        struct net_ev_segment segment;
        struct net_ev_fate fate;
        struct net_ev_wire wire;
        struct net_ev_end end;
        struct net_ev_actor actor;
        struct net_ev_task task;
        struct net_ev_gate gate;
        struct net_ev_signal signal;
        struct net_ev_output output;
        struct net_ev_note note;
        struct net_ev_counter counter;
        struct net_ev_site site;
        struct net_ev_file file;
        struct net_ev_image image;
        struct net_ev_diagnostic diagnostic;
    } u;
};

enum { NET_EVENT_DATA_MAX = 2048 }; /* bytes of data that one event carries at most */

/* Bytes of u that this kind uses; what a ring copies and a file saves. 0 for an unknown kind. */
size_t net_event_body_bytes(uint16_t kind);

/* Names as the field writes them ("FIN_WAIT1", "retransmit", "SYN·ACK" is the screen's affair). Never NULL. */
const char *net_event_kind_name(uint16_t kind);
const char *net_state_name(unsigned state);
const char *net_host_name(unsigned host);
const char *net_timer_name(unsigned timer);
const char *net_fate_name(unsigned fate);
const char *net_wire_mode_name(unsigned mode);
const char *net_origin_name(unsigned origin);
const char *net_end_name(unsigned how);
const char *net_task_kind_name(unsigned kind);
const char *net_signal_action_name(unsigned action);
const char *net_sight_name(unsigned sight);
const char *net_lines_name(unsigned lines);
const char *net_severity_name(unsigned severity);

/* "ICMP host unreachable", "ICMPv6 packet too big"; "ICMP type 8" and the like (static per thread) for what has no name
 * here. */
const char *net_icmp_name(const struct net_ev_segment *);
/* It says that a packet could not be delivered. */
bool net_is_icmp_error(const struct net_ev_segment *);
/* enum net_state by name ("FIN_WAIT2", also the spellings "FIN-WAIT-2" of ss), -1 when unknown. */
int net_state_number(const char *name);
/* "SYN ACK", "RST ACK", "-" into out; returns out. Order: SYN FIN RST PSH ACK URG ECE CWR. */
const char *net_flags_text(unsigned flags, char *out, size_t out_bytes);

#endif
