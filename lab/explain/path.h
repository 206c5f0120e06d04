// SPDX-License-Identifier: GPL-3.0-or-later
// The path that each end of a connection has walked through the states of TCP.
#ifndef LAB_EXPLAIN_PATH_H
#define LAB_EXPLAIN_PATH_H

#include "lab/state/state.h"

enum { LAB_PATH_STEPS = 24 };

struct lab_path_step {
    uint8_t from, to; /* enum net_state; from ABSENT: the first that was seen */
    uint64_t time_ns;
    long cause;       /* as in struct lab_step */
    long event;       /* the sample that showed it */
    bool of_listener; /* a step of the listening socket that this end came from, which stays in LISTEN */
};

struct lab_path {
    struct lab_path_step step[LAB_PATH_STEPS]; /* when there were more, the latest */
    size_t count;
    uint8_t now;  /* its state; LISTEN while only the listening socket is there */
    int socket;   /* index in the state: the end's own; LAB_NONE */
    int listener; /* LAB_NONE */
};

/*
 * The path of one end, as the state has folded it.
 *
 *   conversation  index; LAB_NONE: of `socket` alone.
 *   side          which end: enum net_host.
 *   socket        that end's; LAB_NONE: then the socket that listens at its port stands for it.
 *   returns       false when there is neither: path->count is 0.
 */
bool lab_path_of(const struct lab_state *, int conversation, unsigned side, int socket, struct lab_path *path);

/*
 * What brought a step about, as the journal shows it: "rcv SYN,ACK #2", "close(3)", "server/4127: close(4)", "c1 died:
 * SIGKILL", "`reboot client`"; "3 probes, no answer" for a timer or limit of the kernel
 * (lab/explain/limit.h); "no call, no segment" for a program outside the lab. Short, without control characters;
 * returns out.
 */
const char *lab_path_cause_text(const struct lab_journal *, const struct lab_state *, const struct lab_path_step *,
                                char *out, size_t out_bytes);

#endif
