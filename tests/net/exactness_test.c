// SPDX-License-Identifier: GPL-3.0-or-later
// Every change of state that the kernel makes is told, and in order.
/*
 * The kernel's own witness is the tracepoint sock:inet_sock_set_state. Two hands open and close 200 connections in
 * every order that there is, while a trace instance of its own records the tracepoint for the sockets of this test;
 * then, for each socket, what was told is compared with what was traced.
 *
 * What the two call differently (net/ipv4/tcp_minisocks.c, inet_connection_sock.c):
 *   - the tracepoint sees full sockets only. A socket that becomes a mini-socket (TIME_WAIT, orphaned FIN_WAIT2) goes
 * to CLOSE there, while the connection goes on. A server's socket in SYN_RECV is only a request; the tracepoint reports
 *     it when the full socket is made of it, on its way to ESTABLISHED;
 *   - a socket that the kernel has no more is told as gone: the tracepoint's last word on it is CLOSE.
 *
 * Needs root and tracefs; says so where there is none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/net_lab.h"

enum { CONNECTIONS = 200 };

/* The tracepoint is the whole machine's, and another run of this test may be going on: each has ports of its own. */
static uint16_t listen_port, nobodys_port, first_port, server_first_port;

static struct net_lab lab;
static uint32_t server, client;
static int listener_fd;
static char instance[200], private_mount[64];
static const char *why_not;

/* ---- the tracepoint ---------------------------------------------------------------------------------------------- */

static int write_text(const char *file, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", instance, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n < 0 ? -1 : 0;
}

/* Where tracefs is; mounted for this process alone if it is nowhere. NULL: why_not says why. */
static const char *find_tracefs(void)
{
    static const char usual[] = "/sys/kernel/tracing";
    if (access("/sys/kernel/tracing/instances", W_OK) == 0)
        return usual;
    snprintf(private_mount, sizeof private_mount, "/tmp/tcplab-tracefs-%d", (int)getpid());
    if (mkdir(private_mount, 0700) < 0 || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("none", private_mount, "tracefs", 0, NULL) < 0) {
        why_not = "tracefs is not mounted and may not be (root only)";
        return NULL;
    }
    return private_mount;
}

/* What a run that was killed has left. */
static void remove_orphans(const char *tracefs)
{
    char path[300];
    struct dirent *entry;
    int pid;
    snprintf(path, sizeof path, "%s/instances", tracefs);
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir)))
        if (sscanf(entry->d_name, "tcplab-%d", &pid) == 1 && kill(pid, 0) < 0 && errno == ESRCH)
            unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    if (dir)
        closedir(dir);
}

static int start_tracing(void)
{
    const char *tracefs = find_tracefs();
    char filter[200];
    if (!tracefs)
        return -1;
    remove_orphans(tracefs);
    snprintf(instance, sizeof instance, "%s/instances/tcplab-%d", tracefs, (int)getpid());
    if (mkdir(instance, 0700) < 0) {
        why_not = "a trace instance may not be made (root only)";
        instance[0] = '\0';
        return -1;
    }
    int first = listen_port, end = server_first_port + CONNECTIONS;
    snprintf(filter, sizeof filter, "(sport >= %d && sport < %d) || (dport >= %d && dport < %d)", first, end, first,
             end);
    if (write_text("buffer_size_kb", "4096") < 0 || write_text("events/sock/inet_sock_set_state/filter", filter) < 0 ||
        write_text("events/sock/inet_sock_set_state/enable", "1") < 0) {
        why_not = "this kernel has no tracepoint sock:inet_sock_set_state";
        return -1;
    }
    return 0;
}

static void end_tracing(void)
{
    if (instance[0]) {
        write_text("events/sock/inet_sock_set_state/enable", "0");
        rmdir(instance);
    }
    if (private_mount[0]) {
        umount(private_mount);
        rmdir(private_mount);
    }
}

static void open_all(void)
{
    struct net_error err;
    /* The tracepoint does not tell hosts apart. No other test has ports from 2048 to 6968, and 12345 is in many. */
    listen_port = (uint16_t)(2048 + getpid() % 12 * 410);
    nobodys_port = (uint16_t)(listen_port + 1);
    first_port = (uint16_t)(listen_port + 2);
    server_first_port = (uint16_t)(first_port + CONNECTIONS);
    if (geteuid() != 0)
        why_not = "only root may read a tracepoint";
    else if (start_tracing() == 0 && net_lab_open(&lab, NET_MODE_AUTO, &err) < 0)
        why_not = "hosts are refused";
    else if (!why_not && lab.engine.hosts.mode == NET_MODE_LOOPBACK)
        why_not = "there is no wire here, and without one not every state is seen";
}

static void close_all(void)
{
    if (lab.engine.arena)
        net_lab_close(&lab);
    end_tracing();
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* One connection: the client's port and descriptor, the server's descriptor. */
struct link {
    uint16_t port;
    int client_fd, server_fd;
};

static void set_wire(enum net_wire_mode mode)
{
    const struct net_wire_settings settings = {.mode = mode};
    assert_int_equal(net_wire_set(lab.engine.wire, &settings, NULL), 0);
}

static unsigned count_held(const struct net_lab *l)
{
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->all[i].kind == NET_EV_FATE && l->all[i].u.fate.fate == NET_HELD;
    return n;
}

static unsigned count_returns(uint32_t hand, unsigned call)
{
    unsigned n = 0;
    while (net_lab_return(&lab, hand, call, n))
        n++;
    return n;
}

static bool holds_two_more(struct net_lab *l, void *user)
{
    return count_held(l) >= *(unsigned *)user + 2;
}

/* Let one segment of each end cross the other's. */
static void cross(unsigned held_before)
{
    assert_true(net_lab_until(&lab, holds_two_more, &held_before));
    set_wire(NET_WIRE_OPEN);
    net_wire_release(lab.engine.wire, 0);
}

static int bound_socket(uint32_t hand, uint16_t port)
{
    int fd = net_lab_socket_fd(&lab, hand);
    assert_true(fd > 2);
    assert_int_equal(net_lab_bind(&lab, hand, fd, NET_IP4(0), port), 0);
    return fd;
}

static void begin_connect(uint32_t hand, int fd, struct net_ip ip, uint16_t port)
{
    const struct net_hand_request r = {.call = NET_CALL_CONNECT, .fd = fd, .ip = ip, .port = port};
    assert_true(net_lab_begin(&lab, hand, &r));
}

/* Their SYNs cross on the wire (RFC 9293, figure 7). */
static void open_both_at_once(struct link *l, unsigned i)
{
    uint16_t other = (uint16_t)(server_first_port + i);
    unsigned held = count_held(&lab);
    l->server_fd = bound_socket(server, other);
    set_wire(NET_WIRE_HELD);
    unsigned of_client = count_returns(client, NET_CALL_CONNECT), of_server = count_returns(server, NET_CALL_CONNECT);
    begin_connect(client, l->client_fd, NET_SERVER_IP, other);
    begin_connect(server, l->server_fd, NET_CLIENT_IP, l->port);
    cross(held);
    assert_non_null(net_lab_await_return(&lab, client, NET_CALL_CONNECT, of_client));
    assert_non_null(net_lab_await_return(&lab, server, NET_CALL_CONNECT, of_server));
}

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static void reset(uint32_t hand, int fd)
{
    const int now[2] = {1, 0};
    const struct net_hand_request r = {.call = NET_CALL_SETSOCKOPT,
                                       .fd = fd,
                                       .args = {fd, SOL_SOCKET, SO_LINGER},
                                       .data = (const uint8_t *)now,
                                       .data_bytes = sizeof now};
    const struct net_event *ev = net_lab_ask(&lab, hand, &r);
    assert_true(ev && ev->u.call.ret == 0);
    net_lab_close_fd(&lab, hand, fd);
}

static void begin(uint32_t hand, unsigned call, int fd)
{
    const struct net_hand_request r = {.call = (uint16_t)call, .fd = fd, .args = {fd, SHUT_WR}};
    assert_true(net_lab_begin(&lab, hand, &r));
}

static void both_at_once(const struct link *l, unsigned call, bool crossing)
{
    unsigned held = count_held(&lab), of_client = count_returns(client, call), of_server = count_returns(server, call);
    if (crossing)
        set_wire(NET_WIRE_HELD);
    begin(client, call, l->client_fd);
    begin(server, call, l->server_fd);
    assert_non_null(net_lab_await_return(&lab, client, call, of_client));
    assert_non_null(net_lab_await_return(&lab, server, call, of_server));
    if (crossing)
        cross(held);
}

/*
 * A script of one letter per act, small for the client, capital for the server: close, half-close (shutdown WR), reset
 * (SO_LINGER {1, 0} and close), data, take it (recv). For both: b close at once, x close with FINs that cross,
 * X half-close with FINs that cross; then a accept, which comes first otherwise.
 */
static void act(struct link *l, char what)
{
    int result = 0;
    switch (what) {
    case 'a': result = l->server_fd = net_lab_accept(&lab, server, listener_fd); break;
    case 'c': result = net_lab_close_fd(&lab, client, l->client_fd); break;
    case 'C': result = net_lab_close_fd(&lab, server, l->server_fd); break;
    case 'h': result = net_lab_shutdown(&lab, client, l->client_fd, SHUT_WR); break;
    case 'H': result = net_lab_shutdown(&lab, server, l->server_fd, SHUT_WR); break;
    case 'r': reset(client, l->client_fd); break;
    case 'R': reset(server, l->server_fd); break;
    case 'd': result = net_lab_send(&lab, client, l->client_fd, "data"); break;
    case 'D': result = net_lab_send(&lab, server, l->server_fd, "data"); break;
    case 't': result = net_lab_recv(&lab, client, l->client_fd, 10); break;
    case 'T': result = net_lab_recv(&lab, server, l->server_fd, 10); break;
    case 'b': both_at_once(l, NET_CALL_CLOSE, false); break;
    case 'x': both_at_once(l, NET_CALL_CLOSE, true); break;
    case 'X': both_at_once(l, NET_CALL_SHUTDOWN, true); break;
    default: fail_msg("no act %c", what);
    }
    if (result < 0 && result != -ENOTCONN) /* a half-close after the other end's reset */
        fail_msg("%c on port %u: %s", what, l->port, strerror(-result));
}

static const char *const scripts[] = {
    "acC",  "aCc",  "ahCc",  "aHcC",  "ahHcC", "aHhCc",    "ahHCc", "arC",  "aRc",     "ahrC",   "aHRc",
    "adcC", "adCc", "aDcC",  "aDCc",  "ab",    "ax",       "aXcC",  "aXCc", "adTDtcC", "adThCc", "aDtHcC",
    "caC",  "raC",  "dcaTC", "dhaCc", "adDb",  "adhTDtCc", "acTC",  "aCtc", "ahTCc",   "aHtcC",
};

static void run(const char *script, unsigned i)
{
    struct link l = {.port = (uint16_t)(first_port + i)};
    l.client_fd = bound_socket(client, l.port);
    if (i % 10 == 9) {
        open_both_at_once(&l, i);
    } else if (i % 10 == 4) {
        assert_int_equal(net_lab_connect(&lab, client, l.client_fd, NET_SERVER_IP, nobodys_port), -ECONNREFUSED);
        net_lab_close_fd(&lab, client, l.client_fd);
        return;
    } else {
        assert_int_equal(net_lab_connect(&lab, client, l.client_fd, NET_SERVER_IP, listen_port), 0);
    }
    /*
     * Acts follow each other at once, so that FINs meet calls in every way. But a reset may meet a call too, and if it
     * wins within the few microseconds between a look and a delivery, nobody sees the state that the call had made.
     */
    bool has_resets = strpbrk(script, "rRdD") != NULL;
    for (; *script; script++) {
        if (*script != 'a' || i % 10 != 9)
            act(&l, *script);
        if (has_resets)
            assert_true(net_lab_await_quiet(&lab));
    }
}

/* ---- what was told and what was traced --------------------------------------------------------------------------- */

enum { STEPS = 24, SHOWN = 10 };

/* The way of one socket. */
struct way {
    uint64_t cookie; /* of what was told */
    uint16_t local, remote;
    uint8_t host;
    bool was_mini;
    unsigned count;
    uint8_t state[STEPS];
};

struct ways {
    struct way all[3 * CONNECTIONS];
    size_t count;
};

static void step(struct way *way, unsigned state)
{
    if (way->count > 0 && way->state[way->count - 1] == state)
        return;
    assert_true(way->count < STEPS);
    way->state[way->count++] = (uint8_t)state;
}

static struct way *new_way(struct ways *ways)
{
    assert_true(ways->count < sizeof ways->all / sizeof ways->all[0]);
    struct way *way = &ways->all[ways->count++];
    *way = (struct way){0};
    return way;
}

static struct way *told_way(struct ways *ways, const struct net_ev_sample *s)
{
    for (size_t i = 0; i < ways->count; i++)
        if (ways->all[i].cookie == s->cookie && ways->all[i].host == s->host)
            return &ways->all[i];
    struct way *way = new_way(ways);
    way->cookie = s->cookie;
    way->host = s->host;
    return way;
}

/* In the tracepoint's words: gone is CLOSE, and after TIME_WAIT there is nothing more. */
static void take_told(struct ways *ways, const struct net_event *ev)
{
    const struct net_ev_sample *s = &ev->u.sample;
    struct way *way = told_way(ways, s);
    if (s->remote_port) {
        way->local = s->local_port;
        way->remote = s->remote_port;
    } else if (way->local == 0) {
        way->local = s->local_port;
    }
    if (s->state == NET_STATE_TIME_WAIT)
        way->was_mini = true;
    if (way->was_mini)
        return;
    if (ev->kind == NET_EV_GONE || s->state == NET_STATE_CLOSE) {
        if (way->count > 0 && way->state[way->count - 1] != NET_STATE_FIN_WAIT2 &&
            way->state[way->count - 1] != NET_STATE_CLOSING)
            step(way, NET_STATE_CLOSE);
        return;
    }
    step(way, s->state);
}

static struct way *traced_way(struct ways *ways, unsigned local, unsigned remote)
{
    for (size_t i = 0; i < ways->count; i++)
        if (ways->all[i].local == local && ways->all[i].remote == remote)
            return &ways->all[i];
    struct way *way = new_way(ways);
    way->local = (uint16_t)local;
    way->remote = (uint16_t)remote;
    return way;
}

/* The whole machine is traced: other programs' connections have other ports. */
static bool is_ours(unsigned number)
{
    return number == listen_port || (number >= first_port && number < first_port + 2u * CONNECTIONS);
}

/* "... sport=20000 dport=7007 ... oldstate=TCP_CLOSE newstate=TCP_SYN_SENT" */
static unsigned take_traced(struct ways *ways, const char *line)
{
    const char *ports = strstr(line, "sport="), *state = strstr(line, "newstate=TCP_");
    unsigned local, remote;
    char name[32];
    if (!ports || !state || sscanf(ports, "sport=%u dport=%u", &local, &remote) != 2 ||
        sscanf(state, "newstate=TCP_%31s", name) != 1 || !(is_ours(local) || is_ours(remote)))
        return 0;
    int number = net_state_number(name);
    assert_true(number > 0);
    struct way *way = traced_way(ways, local, remote);
    uint8_t last = way->count ? way->state[way->count - 1] : NET_STATE_CLOSE;
    if (number != NET_STATE_CLOSE || (last != NET_STATE_FIN_WAIT2 && last != NET_STATE_CLOSING))
        step(way, (unsigned)number);
    return 1;
}

static unsigned read_trace(struct ways *ways)
{
    char path[300], line[1000];
    unsigned n = 0;
    snprintf(path, sizeof path, "%s/trace", instance);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        assert_null(strstr(line, "LOST"));
        n += take_traced(ways, line);
    }
    fclose(f);
    return n;
}

static void print_way(const char *who, const struct way *way)
{
    print_error("    %s", who);
    for (unsigned i = 0; i < way->count; i++)
        print_error(" %s", net_state_name(way->state[i]));
    print_error("\n");
}

static bool is_same(const struct way *a, const struct way *b)
{
    return a->count == b->count && memcmp(a->state, b->state, a->count) == 0;
}

static unsigned compare(const struct ways *told, const struct ways *traced)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < traced->count; i++) {
        const struct way *t = &traced->all[i], *mine = NULL;
        for (size_t k = 0; k < told->count && !mine; k++)
            if (told->all[k].local == t->local && told->all[k].remote == t->remote)
                mine = &told->all[k];
        if (mine && is_same(mine, t))
            continue;
        if (wrong++ >= SHOWN)
            continue;
        print_error("%u -> %u", t->local, t->remote);
        if (t->local >= first_port && t->local < first_port + CONNECTIONS)
            print_error(" %s", scripts[(t->local - first_port) % (sizeof scripts / sizeof scripts[0])]);
        print_error("\n");
        print_way("traced:", t);
        print_way("told:  ", mine ? mine : &(struct way){0});
    }
    return wrong;
}

static void take_all(struct ways *told)
{
    told->count = 0;
    for (size_t i = 0; i < lab.count; i++)
        if (lab.all[i].kind == NET_EV_SAMPLE || lab.all[i].kind == NET_EV_GONE)
            take_told(told, &lab.all[i]);
}

static bool is_open(const struct way *way)
{
    uint8_t last = way->count ? way->state[way->count - 1] : NET_STATE_CLOSE;
    return !way->was_mini && last != NET_STATE_CLOSE && last != NET_STATE_FIN_WAIT2;
}

static struct ways told;

static bool is_over(struct net_lab *l, void *user)
{
    (void)l;
    (void)user;
    take_all(&told);
    for (size_t i = 0; i < told.count; i++)
        if (is_open(&told.all[i]))
            return false;
    return true;
}

static void print_open(void)
{
    for (size_t i = 0; i < told.count; i++) {
        if (!is_open(&told.all[i]))
            continue;
        print_error("%u -> %u is not over\n", told.all[i].local, told.all[i].remote);
        print_way("told:  ", &told.all[i]);
    }
}

static void every_transition_is_told_in_order(void **state)
{
    static struct ways traced;
    (void)state;
    server = net_lab_hand(&lab, "s1", NET_SERVER, false);
    client = net_lab_hand(&lab, "c1", NET_CLIENT, false);
    listener_fd = bound_socket(server, listen_port);
    assert_int_equal(net_lab_listen(&lab, server, listener_fd, 8), 0);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        run(scripts[i % (sizeof scripts / sizeof scripts[0])], i);
    net_lab_close_fd(&lab, server, listener_fd);
    if (!net_lab_until(&lab, is_over, NULL))
        print_open();
    take_all(&told);
    unsigned transitions = read_trace(&traced);
    unsigned wrong = compare(&told, &traced);
    print_message("%u transitions of %zu sockets, %u sockets told otherwise\n", transitions, traced.count, wrong);
    assert_true(traced.count > CONNECTIONS);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_transition_is_told_in_order)};
    open_all();
    int failed = 0;
    if (why_not)
        printf("skip exactness: %s\n", why_not);
    else
        failed = cmocka_run_group_tests_name("exactness", tests, NULL, NULL);
    close_all();
    return failed;
}
