// SPDX-License-Identifier: GPL-3.0-or-later
// The table of traced calls: plain data.
#ifndef NET_DATA_CALL_H
#define NET_DATA_CALL_H

#include "net/data/event.h"

/*
 * One row per call that a chapter program may make and the lab records. A call that blocks is one whose
 * return may wait for somebody else; the screen shows how long it has.
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
 *   P  struct pollfd array (in and out)              -  not shown
 */
#define NET_CALLS(X)                                                                                                   \
    /* id, name, args, blocks */                                                                                       \
    X(SOCKET, "socket", "ati", false)                                                                                  \
    X(BIND, "bind", "fSi", false)                                                                                      \
    X(LISTEN, "listen", "fi", false)                                                                                   \
    X(ACCEPT, "accept", "fA-", true)                                                                                   \
    X(ACCEPT4, "accept4", "fA-t", true)                                                                                \
    X(CONNECT, "connect", "fSi", true)                                                                                 \
    X(SEND, "send", "fBzm", true)                                                                                      \
    X(RECV, "recv", "fbzm", true)                                                                                      \
    X(SENDTO, "sendto", "fBzm--", true)                                                                                \
    X(RECVFROM, "recvfrom", "fbzm--", true)                                                                            \
    X(READ, "read", "fbz", true)                                                                                       \
    X(WRITE, "write", "fBz", true)                                                                                     \
    X(SENDFILE, "sendfile", "ff-z", true)                                                                              \
    X(CLOSE, "close", "f", true)                                                                                       \
    X(SHUTDOWN, "shutdown", "fh", false)                                                                               \
    X(SETSOCKOPT, "setsockopt", "floVi", false)                                                                        \
    X(GETSOCKOPT, "getsockopt", "flov-", false)                                                                        \
    X(GETSOCKNAME, "getsockname", "fA-", false)                                                                        \
    X(GETPEERNAME, "getpeername", "fA-", false)                                                                        \
    X(FCNTL, "fcntl", "fci", false)                                                                                    \
    X(DUP, "dup", "f", false)                                                                                          \
    X(DUP2, "dup2", "ff", false)                                                                                       \
    X(OPEN, "open", "sOi", false)                                                                                      \
    X(POLL, "poll", "Pii", true)                                                                                       \
    X(SELECT, "select", "i---p", true)                                                                                 \
    X(EPOLL_CREATE1, "epoll_create1", "i", false)                                                                      \
    X(EPOLL_CTL, "epoll_ctl", "fifp", false)                                                                           \
    X(EPOLL_WAIT, "epoll_wait", "fpii", true)                                                                          \
    X(GETADDRINFO, "getaddrinfo", "ss--", true)                                                                        \
    X(FORK, "fork", "", false)                                                                                         \
    X(WAITPID, "waitpid", "kwW", true)                                                                                 \
    X(WAIT, "wait", "w", true)                                                                                         \
    X(EXIT, "exit", "i", false)                                                                                        \
    X(_EXIT, "_exit", "i", false)                                                                                      \
    X(KILL, "kill", "kg", false)                                                                                       \
    X(RAISE, "raise", "g", false)                                                                                      \
    X(ABORT, "abort", "", false)                                                                                       \
    X(SIGNAL, "signal", "gH", false)                                                                                   \
    X(SIGACTION, "sigaction", "gHr", false)                                                                            \
    X(PTHREAD_CREATE, "pthread_create", "----", false)                                                                 \
    X(PTHREAD_JOIN, "pthread_join", "--", true)                                                                        \
    X(PTHREAD_DETACH, "pthread_detach", "-", false)                                                                    \
    X(PTHREAD_EXIT, "pthread_exit", "-", false)                                                                        \
    X(PTHREAD_MUTEX_LOCK, "pthread_mutex_lock", "p", true)                                                             \
    X(PTHREAD_MUTEX_UNLOCK, "pthread_mutex_unlock", "p", false)                                                        \
    X(PTHREAD_COND_WAIT, "pthread_cond_wait", "pp", true)                                                              \
    X(PTHREAD_COND_SIGNAL, "pthread_cond_signal", "p", false)                                                          \
    X(PTHREAD_COND_BROADCAST, "pthread_cond_broadcast", "p", false)                                                    \
    X(SEM_WAIT, "sem_wait", "p", true)                                                                                 \
    X(SEM_POST, "sem_post", "p", false)                                                                                \
    X(MALLOC, "malloc", "z", false)                                                                                    \
    X(FREE, "free", "p", false)                                                                                        \
    X(SLEEP, "sleep", "i", true)                                                                                       \
    X(NANOSLEEP, "nanosleep", "--", true)                                                                              \
    X(SETRLIMIT, "setrlimit", "iz", false) /* the limit, not its address */

enum net_call {
    NET_CALL_NONE,
#define NET_CALL_ENUM(id, name, args, blocks) NET_CALL_##id,
    NET_CALLS(NET_CALL_ENUM)
#undef NET_CALL_ENUM
        NET_CALL_COUNT
};

struct net_call_row {
    const char *name, *args;
    bool blocks;
};

/* Row of a call; never NULL (row NONE for an unknown number). */
const struct net_call_row *net_call_row(unsigned call);
/* enum net_call by name, NET_CALL_NONE when unknown. */
unsigned net_call_number(const char *name);

/* Whether it can fail on request (net_actor_fail): without having happened, so that a program can act on it. */
bool net_call_can_fail(unsigned call);

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
/* One value with a C name: an address "192.0.2.1:12345", bytes as a quoted C string ("..." added when data_all >
 * bytes). */
size_t net_bytes_text(const uint8_t *bytes, size_t n, size_t all, char *out, size_t out_bytes);
size_t net_address_text(uint32_t ip, uint16_t port, char *out, size_t out_bytes);

#endif
