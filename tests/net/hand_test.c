// SPDX-License-Identifier: GPL-3.0-or-later
// Hands: every call that they can make, one at a time, as threads and as processes.
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/actor_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* One hand and where the test is in the log. */
struct hand {
    struct world *w;
    uint32_t id, task;
    size_t at;
};

static struct hand hand_of(struct world *w, const char *name, bool as_process)
{
    struct hand h = {.w = w, .id = world_hand(w, name, as_process)};
    h.task = world_wait(w, &h.at, (struct want){.actor = h.id, .kind = NET_EV_TASK_START})->task;
    return h;
}

static void ask(struct hand *h, struct net_hand_request request)
{
    world_call(h->w, h->id, request);
}

static const struct net_event *answer(struct hand *h, uint16_t call)
{
    return world_wait(h->w, &h->at, (struct want){.actor = h->id, .kind = NET_EV_CALL_RETURN, .call = call});
}

static int64_t call(struct hand *h, struct net_hand_request request)
{
    ask(h, request);
    const struct net_event *ret = answer(h, request.call);
    assert_int_equal(ret->u.call.line, 0);
    return ret->u.call.error ? -ret->u.call.error : ret->u.call.ret;
}
#define CALL(hand, ...) call(hand, (struct net_hand_request){__VA_ARGS__})

static int64_t new_socket(struct hand *h)
{
    return CALL(h, .call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_STREAM, 0});
}

/* A listening hand and one that is connected to it: descriptors 3 and 4, and 3. */
static void connect_hands(struct hand *server, struct hand *client)
{
    uint16_t port = world_free_port();
    assert_int_equal(new_socket(server), 3);
    assert_int_equal(CALL(server, .call = NET_CALL_BIND, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
    assert_int_equal(CALL(server, .call = NET_CALL_LISTEN, .fd = 3, .args = {0, 5}), 0);
    assert_int_equal(new_socket(client), 3);
    assert_int_equal(CALL(client, .call = NET_CALL_CONNECT, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
    assert_int_equal(CALL(server, .call = NET_CALL_ACCEPT, .fd = 3), 4);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static void two_hands_talk(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        connect_hands(&s, &c);
        assert_int_equal(CALL(&c, .call = NET_CALL_SEND, .fd = 3, .data = (const uint8_t *)"hello", .data_bytes = 5),
                         5);
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 100, 0}});
        const struct net_event *got = answer(&s, NET_CALL_RECV);
        assert_int_equal(got->u.call.ret, 5);
        assert_memory_equal(got->data, "hello", 5);
        assert_int_equal(CALL(&s, .call = NET_CALL_WRITE, .fd = 4, .data = (const uint8_t *)"you", .data_bytes = 3), 3);
        assert_int_equal(CALL(&c, .call = NET_CALL_READ, .fd = 3, .args = {0, 0, 2}), 2);
        assert_int_equal(CALL(&c, .call = NET_CALL_READ, .fd = 3, .args = {0, 0, 2}), 1);
        assert_int_equal(CALL(&c, .call = NET_CALL_SHUTDOWN, .fd = 3, .args = {0, SHUT_WR}), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), -EBADF);
        assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 10, 0}), 0);
    }
}

static void options_names_flags_and_copies(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    const int one = 1;
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_SETSOCKOPT, .fd = 3, .args = {0, SOL_SOCKET, SO_KEEPALIVE},
                          .data = (const uint8_t *)&one, .data_bytes = sizeof one),
                     0);
    ask(&c, (struct net_hand_request){.call = NET_CALL_GETSOCKOPT, .fd = 3, .args = {0, SOL_SOCKET, SO_KEEPALIVE}});
    const struct net_event *ret = answer(&c, NET_CALL_GETSOCKOPT);
    assert_int_equal(ret->data_bytes, sizeof one);
    assert_memory_equal(ret->data, &one, sizeof one);
    struct sockaddr_in name, peer;
    ask(&c, (struct net_hand_request){.call = NET_CALL_GETSOCKNAME, .fd = 3});
    memcpy(&name, answer(&c, NET_CALL_GETSOCKNAME)->data, sizeof name);
    ask(&s, (struct net_hand_request){.call = NET_CALL_GETPEERNAME, .fd = 4});
    memcpy(&peer, answer(&s, NET_CALL_GETPEERNAME)->data, sizeof peer);
    assert_int_equal(name.sin_port, peer.sin_port);
    assert_int_equal(CALL(&c, .call = NET_CALL_FCNTL, .fd = 3, .args = {0, F_SETFL, O_NONBLOCK}), 0);
    assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 1, 0}), -EAGAIN);
    assert_int_equal(CALL(&c, .call = NET_CALL_DUP, .fd = 3), 4);
}

static void poll_tells_what_came(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    struct pollfd one;
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_POLL, .fd = 3, .args = {0, POLLIN, 0}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
    ask(&c, (struct net_hand_request){.call = NET_CALL_POLL, .fd = 3, .args = {0, POLLIN | POLLRDHUP, 5000}});
    const struct net_event *ret = answer(&c, NET_CALL_POLL);
    assert_int_equal(ret->u.call.ret, 1);
    assert_int_equal(ret->u.call.fd, 3);
    assert_int_equal(ret->data_bytes, sizeof one);
    memcpy(&one, ret->data, sizeof one);
    assert_int_equal(one.revents, POLLIN | POLLRDHUP);
}

/* More than a mailbox holds, in one send(): the pattern again and again. */
static void much_is_sent_in_one_call(void **state)
{
    enum { BYTES = 300000 };
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    size_t received = 0;
    connect_hands(&s, &c);
    ask(&c, (struct net_hand_request){.call = NET_CALL_SEND,
                                      .fd = 3,
                                      .args = {0, 0, BYTES, 0},
                                      .data = (const uint8_t *)"abc",
                                      .data_bytes = 3,
                                      .repeat = 1});
    while (received < BYTES) {
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 100000, 0}});
        const struct net_event *got = answer(&s, NET_CALL_RECV);
        assert_true(got->u.call.ret > 0);
        assert_int_equal(got->data[0], "abc"[received % 3]);
        received += (size_t)got->u.call.ret;
    }
    assert_int_equal(answer(&c, NET_CALL_SEND)->u.call.ret, BYTES);
    assert_int_equal(received, BYTES);
}

/* ---- epoll, select ----------------------------------------------------------------------------------------------- */

static int64_t watch(struct hand *h, int operation, uint32_t events)
{
    return CALL(h, .call = NET_CALL_EPOLL_CTL, .fd = 4, .args = {0, operation, events, -1});
}

static int64_t ready(struct hand *h)
{
    return CALL(h, .call = NET_CALL_EPOLL_WAIT, .fd = -1, .args = {0, 8, 0});
}

/* What the kernel itself says of the instance: /proc/PID/fdinfo has a line for each descriptor that it watches. */
static void assert_watched(int pid, int epoll, int fd, uint32_t events)
{
    char path[64], line[200], wanted[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, epoll);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    snprintf(wanted, sizeof wanted, "tfd: %8d events: %8x", fd, events);
    while (fgets(line, sizeof line, f))
        found = found || strncmp(line, wanted, strlen(wanted)) == 0;
    fclose(f);
    if (!found)
        fail_msg("%s has no line \"%s\"", path, wanted);
}

static void send_text(struct hand *h, const char *text)
{
    size_t n = strlen(text);
    assert_int_equal(CALL(h, .call = NET_CALL_SEND, .fd = 3, .data = (const uint8_t *)text, .data_bytes = (uint32_t)n),
                     (int64_t)n);
}

static void epoll_tells_by_level_by_edge_and_once(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", true), c = hand_of(w, "c1", false);
    size_t at = 0;
    int pid = world_wait(w, &at, (struct want){.actor = s.id, .kind = NET_EV_TASK_START})->u.task.pid;
    connect_hands(&s, &c);
    assert_int_equal(watch(&s, EPOLL_CTL_ADD, EPOLLIN), 0);
    assert_watched(pid, 5, 4, EPOLLIN | EPOLLERR | EPOLLHUP);
    assert_int_equal(ready(&s), 0);
    send_text(&c, "0123456789");
    assert_int_equal(ready(&s), 1);
    assert_int_equal(ready(&s), 1); /* as long as something is there */
    assert_int_equal(watch(&s, EPOLL_CTL_MOD, EPOLLIN | EPOLLET), 0);
    assert_watched(pid, 5, 4, EPOLLIN | EPOLLET | EPOLLERR | EPOLLHUP);
    assert_int_equal(ready(&s), 1);
    assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 4, 0}), 4);
    assert_int_equal(ready(&s), 0); /* six bytes are there, and are no news */
    send_text(&c, "more");
    assert_int_equal(ready(&s), 1);
    assert_int_equal(watch(&s, EPOLL_CTL_MOD, EPOLLIN | EPOLLONESHOT), 0);
    assert_int_equal(ready(&s), 1);
    assert_int_equal(ready(&s), 0);
    assert_watched(pid, 5, 4, EPOLLONESHOT);
    assert_int_equal(watch(&s, EPOLL_CTL_MOD, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL); /* with ADD only: epoll_ctl(2) */
    assert_int_equal(watch(&s, EPOLL_CTL_DEL, 0), 0);
    assert_int_equal(watch(&s, EPOLL_CTL_ADD, EPOLLIN | EPOLLEXCLUSIVE), 0);
    assert_watched(pid, 5, 4, EPOLLIN | EPOLLEXCLUSIVE | EPOLLERR | EPOLLHUP);
}

/* The answer names the descriptor and its events, in C's own words. */
static void epoll_says_what_it_was_asked_and_what_it_answered(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    struct net_poll_entry entry;
    char text[200];
    size_t from;
    connect_hands(&s, &c);
    from = s.at;
    assert_int_equal(watch(&s, EPOLL_CTL_ADD, EPOLLIN | EPOLLET), 0);
    net_call_text(world_wait(w, &from, (struct want){.kind = NET_EV_CALL_ENTER, .call = NET_CALL_EPOLL_CTL}), NULL,
                  text, sizeof text);
    assert_string_equal(text, "epoll_ctl(5, EPOLL_CTL_ADD, 4, {EPOLLIN|EPOLLET, 4})");
    send_text(&c, "x");
    ask(&s, (struct net_hand_request){.call = NET_CALL_EPOLL_WAIT, .fd = 5, .args = {0, 8, 5000}});
    const struct net_event *enter = world_wait(w, &from,
                                               (struct want){.kind = NET_EV_CALL_ENTER, .call = NET_CALL_EPOLL_WAIT});
    const struct net_event entered = *enter;
    const struct net_event *ret = answer(&s, NET_CALL_EPOLL_WAIT);
    net_call_text(&entered, ret, text, sizeof text);
    assert_string_equal(text, "epoll_wait(5, [{EPOLLIN, 4}], 8, 5000)");
    assert_true(net_poll_entry_at(ret, 0, &entry));
    assert_int_equal(entry.fd, 4);
    assert_int_equal(entry.answered, POLLIN);
    assert_false(net_poll_entry_at(ret, 1, &entry));
}

static void select_tells_one_set(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    connect_hands(&s, &c);
    assert_int_equal(CALL(&s, .call = NET_CALL_SELECT, .fd = 4, .args = {0, POLLIN, 0}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_SELECT, .fd = 4, .args = {0, POLLOUT, 0}), 1);
    send_text(&c, "x");
    assert_int_equal(CALL(&s, .call = NET_CALL_SELECT, .fd = 4, .args = {0, POLLIN, -1}), 1);
}

/* ---- other ways to move bytes ------------------------------------------------------------------------------------ */

static void pieces_are_one_stream(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", true);
    connect_hands(&s, &c);
    assert_int_equal(
        CALL(&c, .call = NET_CALL_WRITEV, .fd = 3, .piece = {2, 3}, .data = (const uint8_t *)"abcde", .data_bytes = 5),
        5);
    ask(&s, (struct net_hand_request){.call = NET_CALL_READV, .fd = 4, .piece = {3, 100}});
    const struct net_event *got = answer(&s, NET_CALL_READV);
    assert_int_equal(got->u.call.ret, 5);
    assert_memory_equal(got->data, "abcde", 5);
}

/* A file, and a pipe in between: what arrives is what was in the file. */
static void files_and_pipes_carry_bytes(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", true);
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_SENDFILE, .fd = 3, .args = {0, -1, 30}), 30);
    assert_int_equal(CALL(&s, .call = NET_CALL_IOCTL, .fd = 4, .args = {0, FIONREAD}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_SPLICE, .fd = 4, .args = {0, 0, 1000}), 30);
    assert_int_equal(CALL(&s, .call = NET_CALL_SPLICE, .fd = 4, .args = {0, 1, 1000}), 30);
    ask(&c, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 100, 0}});
    const struct net_event *got = answer(&c, NET_CALL_RECV);
    assert_int_equal(got->u.call.ret, 30);
    assert_memory_equal(got->data, "abcdefghijklmnopqrstuvwxyzabcd", 30);
}

static void queues_are_asked_by_ioctl(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    int number = -1;
    connect_hands(&s, &c);
    send_text(&c, "1234567");
    ask(&s, (struct net_hand_request){.call = NET_CALL_IOCTL, .fd = 4, .args = {0, FIONREAD}});
    const struct net_event *ret = answer(&s, NET_CALL_IOCTL);
    assert_int_equal(ret->data_bytes, sizeof number);
    memcpy(&number, ret->data, sizeof number);
    assert_int_equal(number, 7);
    assert_int_equal(CALL(&s, .call = NET_CALL_IOCTL, .fd = 4, .args = {0, FIONREAD}, .null_data = true), -EFAULT);
    assert_int_equal(CALL(&s, .call = NET_CALL_IOCTL, .fd = 3, .args = {0, FIONREAD}), -EINVAL); /* it listens */
}

static void set_number(struct hand *h, int fd, int level, int option, int value)
{
    assert_int_equal(CALL(h, .call = NET_CALL_SETSOCKOPT, .fd = fd, .args = {0, level, option},
                          .data = (const uint8_t *)&value, .data_bytes = sizeof value),
                     0);
}

static void messages_come_with_what_is_beside_them(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    struct timespec now;
    struct net_control control = {0};
    connect_hands(&s, &c);
    set_number(&s, 4, IPPROTO_TCP, 36 /* TCP_INQ */, 1);
    set_number(&s, 4, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    clock_gettime(CLOCK_REALTIME, &now);
    /* A worker of the kernel's turns the clock for segments on, when it comes to run. */
    for (time_t end = time(NULL) + 30; time(NULL) < end && !(control.kinds & NET_CONTROL_TIME);) {
        send_text(&c, "0123456789");
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECVMSG, .fd = 4, .args = {0, 0, 4, 0}});
        const struct net_event *ret = answer(&s, NET_CALL_RECVMSG);
        control = net_control_of(&ret->u.call);
        assert_int_equal(ret->u.call.ret, 4);
        assert_memory_equal(ret->data, "0123", 4);
        assert_int_equal(control.kinds & ~NET_CONTROL_TIME, NET_CONTROL_QUEUE);
        assert_int_equal(control.queue, 6);
        assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 100, 0}), 6);
    }
    assert_in_range(control.time_ns, (now.tv_sec - 60) * 1000000000LL, (now.tv_sec + 60) * 1000000000LL);
}

/* The kernel tells in the error queue which of the calls has let go of its memory; on the loopback it has copied it. */
static void zerocopy_is_told_in_the_error_queue(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    struct pollfd one = {0};
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_RECVMSG, .fd = 3, .args = {0, 0, 10, MSG_ERRQUEUE}), -EAGAIN);
    set_number(&c, 3, SOL_SOCKET, SO_ZEROCOPY, 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(CALL(&c, .call = NET_CALL_SEND, .fd = 3, .args = {0, 0, 20000, MSG_ZEROCOPY}), 20000);
    ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 40000, MSG_WAITALL}});
    assert_int_equal(answer(&s, NET_CALL_RECV)->u.call.ret, 40000);
    for (uint32_t done = 0; done < 2;) {
        ask(&c, (struct net_hand_request){.call = NET_CALL_POLL, .fd = 3, .args = {0, 0, 20000}});
        const struct net_event *polled = answer(&c, NET_CALL_POLL);
        memcpy(&one, polled->data, sizeof one);
        assert_int_equal(one.revents & POLLERR, POLLERR);
        ask(&c, (struct net_hand_request){.call = NET_CALL_RECVMSG, .fd = 3, .args = {0, 0, 10, MSG_ERRQUEUE}});
        const struct net_event *told = answer(&c, NET_CALL_RECVMSG);
        struct net_control control = net_control_of(&told->u.call);
        assert_int_equal(control.kinds & NET_CONTROL_ZEROCOPY, NET_CONTROL_ZEROCOPY);
        assert_int_equal(control.first, done);
        done = control.last + 1;
    }
}

/* ---- bad arguments ----------------------------------------------------------------------------------------------- */

static void bad_arguments_get_the_kernels_answer(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    int64_t port = world_free_port();
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_SOCKET, .fd = -1, .args = {99, SOCK_STREAM, 0}), -EAFNOSUPPORT);
    assert_int_equal(CALL(&c, .call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, 77, 0}), -EINVAL);
    assert_int_equal(CALL(&c, .call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_STREAM, IPPROTO_UDP}),
                     -EPROTONOSUPPORT);
    assert_int_equal(CALL(&c, .call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_RAW, 6}), -EPERM);
    assert_int_equal(CALL(&c, .call = NET_CALL_SEND, .fd = 3, .args = {0, 0, 10, 0}, .null_data = true), -EFAULT);
    send_text(&c, "x");
    assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}, .null_data = true), -EFAULT);
    assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}), 1);
    assert_int_equal(new_socket(&c), 4);
    assert_int_equal(CALL(&c, .call = NET_CALL_BIND, .fd = 4, .address_bytes = NET_HAND_NO_ADDRESS), -EINVAL);
    assert_int_equal(CALL(&c, .call = NET_CALL_BIND, .fd = 4, .address_bytes = 8), -EINVAL);
    assert_int_equal(
        CALL(&c, .call = NET_CALL_CONNECT, .fd = 4, .ip = NET_LOOPBACK_IP, .port = (uint16_t)port, .address_bytes = 15),
        -EINVAL);
    assert_int_equal(CALL(&c, .call = NET_CALL_CONNECT, .fd = 4, .ip = NET_LOOPBACK_IP, .port = (uint16_t)port,
                          .address_bytes = 4000),
                     -EINVAL);
    ask(&c, (struct net_hand_request){.call = NET_CALL_GETSOCKNAME, .fd = 3, .address_bytes = 4});
    assert_int_equal(answer(&c, NET_CALL_GETSOCKNAME)->data_bytes, 4);
    assert_int_equal(CALL(&c, .call = NET_CALL_GETSOCKNAME, .fd = 3, .address_bytes = NET_HAND_NO_ADDRESS), -EFAULT);
}

/* AF_UNSPEC takes a connection back: the other end gets RST, and the socket can be used again. */
static void a_connection_is_taken_back(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_CONNECT, .fd = 3, .family = NET_HAND_UNSPEC), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}), -ECONNRESET);
    assert_int_equal(CALL(&c, .call = NET_CALL_GETPEERNAME, .fd = 3), -ENOTCONN);
}

/* ---- fork -------------------------------------------------------------------------------------------------------- */

static struct hand forked(struct hand *parent, const char *name)
{
    struct net_error err = {0};
    struct hand child = {.w = parent->w, .id = net_actor_hand_fork(parent->w->actors, parent->id, name, &err)};
    if (!child.id)
        fail_msg("%s", err.text);
    child.task = world_wait(child.w, &child.at, (struct want){.actor = child.id, .kind = NET_EV_TASK_START})->task;
    assert_true(answer(parent, NET_CALL_FORK)->u.call.ret > 0);
    return child;
}

static uint64_t inode_of(int pid, int fd)
{
    char path[64], target[64] = "";
    unsigned long long inode = 0;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    if (readlink(path, target, sizeof target - 1) > 0)
        sscanf(target, "socket:[%llu]", &inode);
    return inode;
}

static void the_child_of_a_hand_is_a_hand(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", false);
        connect_hands(&s, &c);
        struct hand child = forked(&s, "s2");
        size_t at = 0;
        const struct net_event *start = world_wait(w, &at,
                                                   (struct want){.actor = child.id, .kind = NET_EV_ACTOR_START});
        assert_string_equal(start->u.actor.name, "s2");
        assert_true(start->u.actor.is_hand && start->u.actor.as_process);
        int pid = world_wait(w, &at, (struct want){.actor = child.id, .kind = NET_EV_TASK_START})->u.task.pid;
        assert_int_not_equal(inode_of(pid, 4), 0); /* the kernel says that it has them */
        assert_int_not_equal(inode_of(pid, 3), 0);
        if (as_process) {
            size_t from = 0;
            int parent = world_wait(w, &from, (struct want){.actor = s.id, .kind = NET_EV_TASK_START})->u.task.pid;
            assert_true(inode_of(pid, 4) == inode_of(parent, 4));
        }
        /* Two hands on one socket: what one has read the other does not get, and the last close() ends it. */
        send_text(&c, "abcd");
        assert_int_equal(CALL(&child, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 2, 0}), 2);
        assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 2, 0}), 2);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
        assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 2, MSG_DONTWAIT}), -EAGAIN);
        assert_int_equal(CALL(&child, .call = NET_CALL_CLOSE, .fd = 4), 0);
        assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 2, 0}), 0);
        /* It ends as a child does: its parent collects it. */
        ask(&child, (struct net_hand_request){.call = NET_CALL_EXIT, .args = {7}});
        ask(&s, (struct net_hand_request){.call = NET_CALL_WAITPID, .fd = -1});
        assert_int_equal(answer(&s, NET_CALL_WAITPID)->u.call.ret, pid);
        const struct net_event *end = world_wait(w, &child.at,
                                                 (struct want){.actor = child.id, .kind = NET_EV_ACTOR_END});
        assert_int_equal(end->u.end.status, 7);
        assert_int_equal(CALL(&s, .call = NET_CALL_WAITPID, .fd = -1), -ECHILD);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 3), 0);
        assert_int_equal(CALL(&c, .call = NET_CALL_CLOSE, .fd = 3), 0);
    }
}

/* A grandchild; and a child that is killed, whose parent is told. */
static void hands_fork_again_and_are_killed(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", true);
    struct hand child = forked(&s, "s2"), grandchild = forked(&child, "s3");
    struct net_error err;
    assert_int_equal(new_socket(&grandchild), 3);
    assert_int_equal(net_actor_signal(w->actors, child.id, 0, SIGKILL, &err), 0);
    world_wait(w, &child.at, (struct want){.actor = child.id, .kind = NET_EV_ACTOR_END});
    assert_true(CALL(&s, .call = NET_CALL_WAITPID, .fd = -1) > 0);
    assert_int_equal(CALL(&grandchild, .call = NET_CALL_CLOSE, .fd = 3), 0); /* it has lost its parent, and lives */
}

static void a_hand_that_forks_without_end_is_bounded(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", true);
    struct net_error err = {0};
    char name[16];
    for (int i = 0; i < NET_HANDS_FORKED; i++) {
        snprintf(name, sizeof name, "s%d", i + 2);
        forked(&s, name);
    }
    assert_int_equal(net_actor_hand_fork(w->actors, s.id, "more", &err), 0);
    assert_non_null(strstr(err.text, "s1 may not fork: 64 hands"));
    assert_int_equal(new_socket(&s), 3); /* and it is none the worse for it */
}

static void a_fork_that_fails_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", true);
    struct net_error err = {0};
    assert_int_equal(net_actor_fail(w->actors, s.id, NET_CALL_FORK, EAGAIN, 0, 1, &err), 0);
    assert_int_not_equal(net_actor_hand_fork(w->actors, s.id, "s2", &err), 0);
    assert_int_equal(answer(&s, NET_CALL_FORK)->u.call.error, EAGAIN);
    forked(&s, "s2");
    assert_int_equal(world_count(w, (struct want){.kind = NET_EV_ACTOR_START}), 2);
}

/* What exec leaves: the process, its descriptors but those with FD_CLOEXEC, what it ignores; and it is a hand. */
static void exec_keeps_what_it_keeps(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", true), c = hand_of(w, "c1", false);
    size_t at = 0;
    int pid = world_wait(w, &at, (struct want){.actor = s.id, .kind = NET_EV_TASK_START})->u.task.pid;
    connect_hands(&s, &c);
    uint64_t listener = inode_of(pid, 3);
    assert_int_equal(CALL(&s, .call = NET_CALL_DUP, .fd = 4), 5);
    assert_int_equal(CALL(&s, .call = NET_CALL_FCNTL, .fd = 5, .args = {0, F_SETFD, FD_CLOEXEC}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_SIGACTION, .args = {SIGUSR1, NET_HAND_SIG_IGN}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_EXECVE, .fd = -1), 0);
    assert_true(inode_of(pid, 3) == listener);
    assert_int_equal(inode_of(pid, 5), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 5, .data = (const uint8_t *)"x", .data_bytes = 1), -EBADF);
    assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 4, .data = (const uint8_t *)"still", .data_bytes = 5), 5);
    assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 100, 0}), 5);
    assert_int_equal(CALL(&s, .call = NET_CALL_RAISE, .args = {SIGUSR1}), 0);
    assert_int_equal(new_socket(&s), 5); /* nothing of the lab's is in the way */
    /* A child can do the same, and so can this one again. */
    struct hand child = forked(&s, "s2");
    assert_int_equal(CALL(&child, .call = NET_CALL_EXECVE, .fd = -1), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_EXECVE, .fd = -1), 0);
    assert_int_equal(CALL(&child, .call = NET_CALL_CLOSE, .fd = 4), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
    assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 100, 0}), 0);
}

/* ---- one at a time ----------------------------------------------------------------------------------------------- */

static void a_busy_hand_refuses_names_its_call_and_can_be_freed(void **state)
{
    struct world *w = *state;
    struct net_hand_request close_it = {.call = NET_CALL_CLOSE, .fd = 3};
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        struct net_error err;
        connect_hands(&s, &c);
        assert_int_equal(net_actor_cancel(w->actors, c.id, 0, &err), -1);
        ask(&c, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 10, 0}});
        world_wait_blocked(w, c.task, NET_CALL_RECV);
        assert_int_equal(net_actor_hand_call(w->actors, c.id, &close_it, &err), -1);
        assert_int_equal(err.code, EBUSY);
        assert_non_null(strstr(err.text, "c1 is still in recv"));
        assert_int_equal(net_actor_cancel(w->actors, c.id, 0, &err), 0);
        assert_int_equal(answer(&c, NET_CALL_RECV)->u.call.error, EINTR);
        assert_int_equal(CALL(&c, .call = NET_CALL_CLOSE, .fd = 3), 0);
    }
}

static void what_a_hand_cannot_do_is_refused(void **state)
{
    static uint8_t much[NET_HAND_DATA_MAX + 1];
    struct world *w = *state;
    struct net_error err;
    struct hand c = hand_of(w, "c1", false);
    uint32_t program = world_start(w, "server", &program_waits, false, "recv");
    struct net_hand_request fork_it = {.call = NET_CALL_FORK}, close_it = {.call = NET_CALL_CLOSE, .fd = 3};
    struct net_hand_request send_it = {.call = NET_CALL_SEND, .fd = 3, .data = much, .data_bytes = sizeof much};
    assert_int_equal(net_actor_hand_call(w->actors, c.id, &fork_it, &err), -1);
    assert_int_equal(net_actor_hand_call(w->actors, c.id, &send_it, &err), -1);
    assert_int_equal(net_actor_hand_call(w->actors, program, &close_it, &err), -1);
    assert_non_null(strstr(err.text, "only a hand"));
    assert_int_equal(net_actor_hand_call(w->actors, 4711, &close_it, &err), -1);
    assert_int_equal(new_socket(&c), 3); /* and it is none the worse for it */
}

static void a_thousand_calls_follow_one_another_at_once(void **state)
{
    struct world *w = *state;
    struct hand c = hand_of(w, "c1", false);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(new_socket(&c), 3);
        assert_int_equal(CALL(&c, .call = NET_CALL_CLOSE, .fd = 3), 0);
    }
}

/* A gate is for programs: a hand does one call at a time anyway. */
static void hands_have_no_gate(void **state)
{
    struct world *w = *state;
    struct net_error err;
    struct hand before = hand_of(w, "c1", false);
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_CLOSE, &err), 0);
    struct hand after = hand_of(w, "c2", false);
    assert_int_equal(new_socket(&before), 3);
    assert_int_equal(new_socket(&after), 3);
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_OPEN, &err), 0);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static struct net_ev_end end_of(struct hand *h)
{
    return world_wait(h->w, &h->at, (struct want){.actor = h->id, .kind = NET_EV_ACTOR_END})->u.end;
}

static void hands_end_as_programs_do(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        static const struct {
            struct net_hand_request request;
            uint8_t how;
            int value;
        } ends[] = {
            {{.call = NET_CALL_EXIT, .args = {7}}, NET_END_EXIT, 7},
            {{.call = NET_CALL_ABORT}, NET_END_SIGNAL, SIGABRT},
            {{.call = NET_CALL_RAISE, .args = {SIGSEGV}}, NET_END_SIGNAL, SIGSEGV},
            {{.call = NET_CALL_RAISE, .args = {SIGTERM}}, NET_END_SIGNAL, SIGTERM},
        };
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            struct hand h = hand_of(w, "c1", as_process);
            struct net_hand_request again = {.call = NET_CALL_SOCKET, .fd = -1};
            struct net_error err;
            ask(&h, ends[i].request);
            struct net_ev_end end = end_of(&h);
            assert_int_equal(end.how, ends[i].how);
            assert_int_equal(end.how == NET_END_EXIT ? end.status : end.signo, ends[i].value);
            assert_int_equal(net_actor_hand_call(w->actors, h.id, &again, &err), -1);
            assert_non_null(strstr(err.text, "has ended"));
        }
    }
}

/* Its sockets are closed by its end: the other one reads 0. */
static void the_end_of_a_hand_closes_its_sockets(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        struct net_error err;
        connect_hands(&s, &c);
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}});
        world_wait_blocked(w, s.task, NET_CALL_RECV);
        assert_int_equal(net_actor_signal(w->actors, c.id, 0, SIGKILL, &err), 0);
        assert_int_equal(answer(&s, NET_CALL_RECV)->u.call.ret, 0);
        assert_int_equal(end_of(&c).signo, SIGKILL);
        /* The second send after the end meets the RST that the first one was answered with. */
        assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 4, .args = {0, 0, 0, MSG_NOSIGNAL},
                              .data = (const uint8_t *)"x", .data_bytes = 1),
                         1);
        assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 4, .args = {0, 0, 0, 0}, .data = (const uint8_t *)"x",
                              .data_bytes = 1),
                         -EPIPE);
        assert_int_equal(end_of(&s).signo, SIGPIPE);
    }
}

static bool is_free(uint16_t port)
{
    struct sockaddr_in own = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool good = bind(fd, (struct sockaddr *)&own, sizeof own) == 0;
    close(fd);
    return good;
}

/* Told means done: a port that it listened on is free at once. */
static void what_a_hand_held_is_closed_when_its_end_is_told(void **state)
{
    struct world *w = *state;
    uint16_t port = world_free_port();
    for (int i = 0; i < 100; i++) {
        struct hand h = hand_of(w, "s1", i % 2);
        new_socket(&h);
        assert_int_equal(CALL(&h, .call = NET_CALL_BIND, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
        assert_int_equal(CALL(&h, .call = NET_CALL_LISTEN, .fd = 3, .args = {0, 1}), 0);
        ask(&h, (struct net_hand_request){.call = NET_CALL_EXIT});
        end_of(&h);
        assert_true(is_free(port));
    }
}

/* What it was sending from is given back even when it is ended in the middle. */
static void a_hand_that_is_ended_in_a_great_send_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    connect_hands(&s, &c);
    ask(&c, (struct net_hand_request){.call = NET_CALL_SEND, .fd = 3, .args = {0, 0, 50000000, 0}});
    world_wait_blocked(w, c.task, NET_CALL_SEND);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(two_hands_talk),
        TEST(options_names_flags_and_copies),
        TEST(poll_tells_what_came),
        TEST(much_is_sent_in_one_call),
        TEST(epoll_tells_by_level_by_edge_and_once),
        TEST(epoll_says_what_it_was_asked_and_what_it_answered),
        TEST(select_tells_one_set),
        TEST(pieces_are_one_stream),
        TEST(files_and_pipes_carry_bytes),
        TEST(queues_are_asked_by_ioctl),
        TEST(messages_come_with_what_is_beside_them),
        TEST(zerocopy_is_told_in_the_error_queue),
        TEST(bad_arguments_get_the_kernels_answer),
        TEST(a_connection_is_taken_back),
        TEST(the_child_of_a_hand_is_a_hand),
        TEST(hands_fork_again_and_are_killed),
        TEST(a_hand_that_forks_without_end_is_bounded),
        TEST(a_fork_that_fails_leaves_nothing),
        TEST(exec_keeps_what_it_keeps),
        TEST(a_busy_hand_refuses_names_its_call_and_can_be_freed),
        TEST(what_a_hand_cannot_do_is_refused),
        TEST(a_thousand_calls_follow_one_another_at_once),
        TEST(hands_have_no_gate),
        TEST(hands_end_as_programs_do),
        TEST(the_end_of_a_hand_closes_its_sockets),
        TEST(what_a_hand_held_is_closed_when_its_end_is_told),
        TEST(a_hand_that_is_ended_in_a_great_send_leaves_nothing),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
