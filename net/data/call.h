// SPDX-License-Identifier: GPL-3.0-or-later
// The table of traced calls: plain data.
#ifndef NET_DATA_CALL_H
#define NET_DATA_CALL_H

#include "net/data/event.h"

/* What a call does, as far as anybody asks. */
enum net_call_flag {
    NET_BLOCKS = 1,    /* its return may wait for somebody else; the screen shows how long it has */
    NET_READS = 2,     /* takes bytes out of a socket */
    NET_WRITES = 4,    /* puts bytes into a socket */
    NET_ACCEPTS = 8,   /* takes a connection out of a listener's queue */
    NET_MAKES_FD = 16, /* returns a new descriptor */
    NET_BY_HAND = 32,  /* a hand can make it (net/actor/hand.h) */
    NET_INTERNAL = 64, /* memory, locks: nothing that the network or another process could see */
    NET_CLOSES = 128,  /* ends a connection, or one direction of it */
    NET_ONLY_OWN = 256 /* no chapter program can make it: only the learner's (net/preload), or a hand */
};

/*
 * One row per call that a chapter program may make and the lab records.
 *
 * args  one letter per argument, in order; it says how the argument is printed and what data holds:
 *   f  descriptor            a  address family       t  socket type (with SOCK_NONBLOCK ...)
 *   i  int                   z  size                 m  MSG_* flags          h  SHUT_*
 *   S  address in (data at entry)                    A  address out (data at return)
 *   B  bytes in (data at entry)                      b  bytes out (data at return)
 *   l  option level          o  option name          V  option value in      v  option value out
 *   s  text in               p  pointer              g  signal               k  pid
 *   w  wait status out       W  wait options         c  fcntl command        O  open flags
 *   H  signal handler: 0 SIG_DFL, 1 SIG_IGN, else a function                    r  SA_* flags
 *   P  struct pollfd array (in and out)              n  CLONE_* flags        -  not shown
 *   E  struct epoll_event in (data at entry)         T  those that epoll_wait() answers (data at return)
 *   N  int or pair of ints out (data at return)      D  where a sendto() goes: to_ip and to_port
 *   C  control messages that came: struct net_control in args[3..5] of the return
 */
#define NET_CALLS(X)                                                                                                   \
    /* id, name, args, flags */                                                                                        \
    X(SOCKET, "socket", "ati", NET_MAKES_FD | NET_BY_HAND)                                                             \
    X(BIND, "bind", "fSi", NET_BY_HAND)                                                                                \
    X(LISTEN, "listen", "fi", NET_BY_HAND)                                                                             \
    X(ACCEPT, "accept", "fA-", NET_BLOCKS | NET_ACCEPTS | NET_MAKES_FD | NET_BY_HAND)                                  \
    X(ACCEPT4, "accept4", "fA-t", NET_BLOCKS | NET_ACCEPTS | NET_MAKES_FD)                                             \
    X(CONNECT, "connect", "fSi", NET_BLOCKS | NET_BY_HAND)                                                             \
    X(SEND, "send", "fBzm", NET_BLOCKS | NET_WRITES | NET_BY_HAND)                                                     \
    X(RECV, "recv", "fbzm", NET_BLOCKS | NET_READS | NET_BY_HAND)                                                      \
    X(SENDTO, "sendto", "fBzmD-", NET_BLOCKS | NET_WRITES | NET_BY_HAND)                                               \
    X(RECVFROM, "recvfrom", "fbzm--", NET_BLOCKS | NET_READS)                                                          \
    X(READ, "read", "fbz", NET_BLOCKS | NET_READS | NET_BY_HAND)                                                       \
    X(WRITE, "write", "fBz", NET_BLOCKS | NET_WRITES | NET_BY_HAND)                                                    \
    X(SENDFILE, "sendfile", "ff-z", NET_BLOCKS | NET_WRITES | NET_BY_HAND)                                             \
    X(CLOSE, "close", "f", NET_BLOCKS | NET_CLOSES | NET_BY_HAND)                                                      \
    X(SHUTDOWN, "shutdown", "fh", NET_CLOSES | NET_BY_HAND)                                                            \
    X(SETSOCKOPT, "setsockopt", "floVi", NET_BY_HAND)                                                                  \
    X(GETSOCKOPT, "getsockopt", "flov-", NET_BY_HAND)                                                                  \
    X(GETSOCKNAME, "getsockname", "fA-", NET_BY_HAND)                                                                  \
    X(GETPEERNAME, "getpeername", "fA-", NET_BY_HAND)                                                                  \
    X(FCNTL, "fcntl", "fci", NET_BY_HAND)                                                                              \
    X(DUP, "dup", "f", NET_MAKES_FD | NET_BY_HAND)                                                                     \
    X(DUP2, "dup2", "ff", NET_MAKES_FD)                                                                                \
    X(OPEN, "open", "sOi", NET_MAKES_FD)                                                                               \
    X(POLL, "poll", "Pii", NET_BLOCKS | NET_BY_HAND)                                                                   \
    X(SELECT, "select", "i---p", NET_BLOCKS | NET_BY_HAND)                                                             \
    X(EPOLL_CREATE1, "epoll_create1", "i", NET_MAKES_FD | NET_BY_HAND)                                                 \
    X(EPOLL_CTL, "epoll_ctl", "fifE", NET_BY_HAND)                                                                     \
    X(EPOLL_WAIT, "epoll_wait", "fTii", NET_BLOCKS | NET_BY_HAND)                                                      \
    X(GETADDRINFO, "getaddrinfo", "ss--", NET_BLOCKS)                                                                  \
    X(FORK, "fork", "", 0)                                                                                             \
    X(WAITPID, "waitpid", "kwW", NET_BLOCKS | NET_BY_HAND)                                                             \
    X(WAIT, "wait", "w", NET_BLOCKS)                                                                                   \
    X(EXIT, "exit", "i", NET_BY_HAND)                                                                                  \
    X(_EXIT, "_exit", "i", 0)                                                                                          \
    X(KILL, "kill", "kg", 0)                                                                                           \
    X(RAISE, "raise", "g", NET_BY_HAND)                                                                                \
    X(ABORT, "abort", "", NET_BY_HAND)                                                                                 \
    X(SIGNAL, "signal", "gH", 0)                                                                                       \
    X(SIGACTION, "sigaction", "gHr", NET_BY_HAND)                                                                      \
    X(PTHREAD_CREATE, "pthread_create", "----", 0)                                                                     \
    X(PTHREAD_JOIN, "pthread_join", "--", NET_BLOCKS)                                                                  \
    X(PTHREAD_DETACH, "pthread_detach", "-", 0)                                                                        \
    X(PTHREAD_EXIT, "pthread_exit", "-", 0)                                                                            \
    X(PTHREAD_MUTEX_LOCK, "pthread_mutex_lock", "p", NET_BLOCKS | NET_INTERNAL)                                        \
    X(PTHREAD_MUTEX_UNLOCK, "pthread_mutex_unlock", "p", NET_INTERNAL)                                                 \
    X(PTHREAD_COND_WAIT, "pthread_cond_wait", "pp", NET_BLOCKS | NET_INTERNAL)                                         \
    X(PTHREAD_COND_SIGNAL, "pthread_cond_signal", "p", NET_INTERNAL)                                                   \
    X(PTHREAD_COND_BROADCAST, "pthread_cond_broadcast", "p", NET_INTERNAL)                                             \
    X(SEM_WAIT, "sem_wait", "p", NET_BLOCKS | NET_INTERNAL)                                                            \
    X(SEM_POST, "sem_post", "p", NET_INTERNAL)                                                                         \
    X(MALLOC, "malloc", "z", NET_INTERNAL)                                                                             \
    X(FREE, "free", "p", NET_INTERNAL)                                                                                 \
    X(SLEEP, "sleep", "i", NET_BLOCKS)                                                                                 \
    X(NANOSLEEP, "nanosleep", "--", NET_BLOCKS)                                                                        \
    X(SETRLIMIT, "setrlimit", "iz", NET_BY_HAND) /* the limit, not its address */                                      \
    X(DUP3, "dup3", "ffi", NET_MAKES_FD | NET_ONLY_OWN)                                                                \
    X(READV, "readv", "fbi", NET_BLOCKS | NET_READS | NET_ONLY_OWN | NET_BY_HAND)                                      \
    X(WRITEV, "writev", "fBi", NET_BLOCKS | NET_WRITES | NET_ONLY_OWN | NET_BY_HAND)                                   \
    X(RECVMSG, "recvmsg", "fbmC", NET_BLOCKS | NET_READS | NET_ONLY_OWN | NET_BY_HAND)                                 \
    X(SENDMSG, "sendmsg", "fBm", NET_BLOCKS | NET_WRITES | NET_ONLY_OWN | NET_BY_HAND)                                 \
    X(PPOLL, "ppoll", "Pi--", NET_BLOCKS | NET_ONLY_OWN)                                                               \
    X(PSELECT, "pselect", "i", NET_BLOCKS | NET_ONLY_OWN)                                                              \
    X(EPOLL_PWAIT, "epoll_pwait", "fTii", NET_BLOCKS | NET_ONLY_OWN)                                                   \
    X(IOCTL, "ioctl", "fiN", NET_ONLY_OWN | NET_BY_HAND)                                                               \
    X(EXECVE, "execve", "s--", NET_ONLY_OWN | NET_BY_HAND)                                                             \
    X(POSIX_SPAWN, "posix_spawn", "-s", NET_ONLY_OWN)                                                                  \
    X(WAIT4, "wait4", "kwW", NET_BLOCKS | NET_ONLY_OWN)                                                                \
    X(WAITID, "waitid", "--pW", NET_BLOCKS | NET_ONLY_OWN)                                                             \
    X(USLEEP, "usleep", "i", NET_BLOCKS | NET_ONLY_OWN)                                                                \
    X(VFORK, "vfork", "", NET_ONLY_OWN)                                                                                \
    X(EPOLL_CREATE, "epoll_create", "i", NET_MAKES_FD | NET_ONLY_OWN)                                                  \
    X(PAUSE, "pause", "", NET_BLOCKS | NET_ONLY_OWN)                                                                   \
    X(CLOCK_NANOSLEEP, "clock_nanosleep", "----", NET_BLOCKS | NET_ONLY_OWN)                                           \
    X(SPLICE, "splice", "fpfpzx", NET_BLOCKS | NET_READS | NET_WRITES | NET_ONLY_OWN | NET_BY_HAND)                    \
    X(PIPE2, "pipe2", "NO", NET_ONLY_OWN | NET_BY_HAND)                                                                \
    X(MEMFD_CREATE, "memfd_create", "si", NET_MAKES_FD | NET_ONLY_OWN | NET_BY_HAND)                                   \
    X(UNSHARE, "unshare", "n", NET_ONLY_OWN)                                                                           \
    X(SETNS, "setns", "fn", NET_ONLY_OWN)

enum net_call {
    NET_CALL_NONE,
#define NET_CALL_ENUM(id, name, args, flags) NET_CALL_##id,
    NET_CALLS(NET_CALL_ENUM)
#undef NET_CALL_ENUM
        NET_CALL_COUNT
};

struct net_call_row {
    const char *name, *args;
    unsigned flags; /* enum net_call_flag */
};

/* Row of a call; never NULL (row NONE for an unknown number). */
const struct net_call_row *net_call_row(unsigned call);
/* Whether a call has one of these flags. */
bool net_call_is(unsigned call, unsigned flags);
/* The MSG_* flags of a call that takes some; 0 for any other. */
unsigned net_call_message_flags(const struct net_ev_call *);
/* enum net_call by name, NET_CALL_NONE when unknown. */
unsigned net_call_number(const char *name);

/* Whether it can fail on request (net_actor_fail): without having happened, so that a program can act on it. */
bool net_call_can_fail(unsigned call);

/* Which way a call moves bytes through its descriptor fd: NET_READS, NET_WRITES, or 0. splice() does either. */
unsigned net_call_moves(const struct net_ev_call *);
/* How many bytes it asked for or handed over; -1: it does not say. */
int64_t net_call_size(const struct net_ev_call *);

/*
 * What came with the bytes of a recvmsg(), in args[3] to args[5] of its return.
 *   queue    bytes that are left in the receive queue (TCP_INQ)
 *   time_ns  when the kernel got the segment (SO_TIMESTAMPNS), of CLOCK_REALTIME
 *   first, last   MSG_ZEROCOPY: calls first to last, counted from 0 on each socket, have let go of their memory
 */
enum net_control_kind {
    NET_CONTROL_QUEUE = 1,
    NET_CONTROL_TIME = 2,
    NET_CONTROL_ZEROCOPY = 4,
    NET_CONTROL_COPIED = 8, /* with ZEROCOPY: the kernel has copied the bytes after all */
    NET_CONTROL_OTHER = 16,
    NET_CONTROL_CUT = 32 /* there was no room for all (MSG_CTRUNC) */
};
struct net_control {
    unsigned kinds;
    int64_t queue, time_ns;
    uint32_t first, last;
};
static inline void net_control_put(const struct net_control *control, struct net_ev_call *call)
{
    bool zerocopy = control->kinds & NET_CONTROL_ZEROCOPY;
    call->args[3] = control->kinds;
    call->args[4] = zerocopy ? (int64_t)((uint64_t)control->last << 32 | control->first) : control->queue;
    call->args[5] = control->time_ns;
}
struct net_control net_control_of(const struct net_ev_call *);

/* Whether a call answers with events of descriptors: the polls and epoll_wait(). */
bool net_call_answers(unsigned call);
/* The i-th descriptor of a poll()'s entry or return, and its events, or of epoll_wait()'s return; false: there is no
 * such, or it is none of these. */
struct net_poll_entry {
    int fd;
    unsigned asked, answered; /* POLL* */
};
bool net_poll_entry_at(const struct net_event *, size_t i, struct net_poll_entry *out);

/*
 * Whether letters beyond ASCII are shown as such where data is UTF-8, instead of byte by byte: for a screen that can
 * show them. At first they are not, so that a log is ASCII. A letter that a call cut in two is bytes in both.
 *   thread the main one, before there are others.
 */
void net_text_shows_letters(bool);

/*
 * Write a call as C, from its entry and, once there is one, its return: `recv(4, "hello", 1023, 0)`.
 * Bytes from a peer are escaped (printable ASCII stays, and letters where they are shown; the rest \n \r \t \xNN): the
 * text never holds a control character.
 *
 *   ret    NULL: not returned yet; buffers that only the return knows print as `buf`.
 *   out    always NUL-terminated; cut with "..." when it does not fit.
 *   returns the length that it has.
 *   thread any.
 */
size_t net_call_text(const struct net_event *enter, const struct net_event *ret, char *out, size_t out_bytes);
/* Its result: "18", "-1 ECONNRESET", "4". */
size_t net_result_text(const struct net_event *ret, char *out, size_t out_bytes);
/* Bytes as a quoted C string ("..." added when data_all > bytes). */
size_t net_bytes_text(const uint8_t *bytes, size_t n, size_t all, char *out, size_t out_bytes);

#endif
