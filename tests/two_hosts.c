// SPDX-License-Identifier: GPL-3.0-or-later
// Two hosts with their wire, for tests.
#include "tests/two_hosts.h"

#include "net/sanitized.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEST_UID = 65534, WAIT_MS = 5000 };

struct lab lab;

/* ---- variants ---------------------------------------------------------------------------------------------------- */

bool is_thread_sanitized(void)
{
    return NET_UNDER_TSAN;
}

void become_user(void)
{
    if (setgroups(0, NULL) || setresgid(TEST_UID, TEST_UID, TEST_UID) || setresuid(TEST_UID, TEST_UID, TEST_UID))
        abort();
    prctl(PR_SET_DUMPABLE, 1); /* else /proc/self belongs to root, as it would not in a shell of that user */
}

static int in_child(int (*body)(const struct variant *), const struct variant *variant)
{
    int status;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (variant->as_user)
            become_user();
        status = body(variant);
        fflush(NULL);
        _exit(status > 250 ? 250 : status);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* 0 when this variant can be had here; the sentence that says why not goes to the log. */
static int probe(const struct variant *variant)
{
    struct net_error err = {0};
    struct net_hosts hosts;

    if (net_hosts_open(&hosts, variant->mode, &err) == 0)
        return 0;
    printf("skip %s: %s\n", variant->name, err.text);
    return 1;
}

static const struct variant *current;

static int open_for_test(void **state)
{
    (void)state;
    lab_open(current->mode);
    return 0;
}

static int close_after_test(void **state)
{
    (void)state;
    lab_close();
    return 0;
}

int run_lab_tests(const struct variant *variant, struct CMUnitTest *test, size_t count)
{
    char(*name)[128] = calloc(count, sizeof *name);

    current = variant;
    for (size_t i = 0; i < count; i++) {
        snprintf(name[i], sizeof name[i], "%s: %s", variant->name, test[i].name);
        test[i].name = name[i];
        test[i].setup_func = open_for_test;
        test[i].teardown_func = close_after_test;
    }
    int failed = _cmocka_run_group_tests(variant->name, test, count, NULL, NULL);
    free(name);
    return failed;
}

int run_in_variants(int (*tests)(const struct variant *))
{
    static const struct variant variants[] = {
        {"tun", NET_MODE_TUN, false}, {"veth", NET_MODE_VETH, false}, {"veth as a user", NET_MODE_VETH, true}};
    int failed = 0, ran = 0;

    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const struct variant *variant = &variants[i];
        if (variant->as_user && geteuid() != 0)
            continue; /* the variants before it were that already */
        if ((variant->as_user || geteuid() != 0) && NET_UNDER_TSAN) {
            printf("skip %s: the thread sanitizer's own thread keeps a user from joining a user namespace\n",
                   variant->name);
            continue;
        }
        if (in_child(probe, variant))
            continue;
        ran++;
        failed |= in_child(tests, variant);
    }
    if (!ran && !NET_UNDER_TSAN)
        printf("# nothing could be tested\n");
    return failed || (!ran && !NET_UNDER_TSAN);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void keep_event(void *user, const struct net_event *ev)
{
    (void)user;
    if (lab.events % 256 == 0)
        lab.event = realloc(lab.event, (lab.events + 256) * sizeof *lab.event);
    struct net_event *kept = &lab.event[lab.events++];
    *kept = *ev;
    kept->data = NULL;
    if (ev->data_bytes) {
        uint8_t *data = malloc(ev->data_bytes);
        memcpy(data, ev->data, ev->data_bytes);
        kept->data = data;
    }
}

void lab_drain(void)
{
    net_arena_drain(lab.arena, true, keep_event, NULL);
}

void lab_clear(void)
{
    lab_drain();
    for (size_t i = 0; i < lab.events; i++)
        free((void *)(uintptr_t)lab.event[i].data);
    free(lab.event);
    lab.event = NULL;
    lab.events = 0;
}

void lab_open(enum net_mode mode)
{
    struct net_error err = {0};

    lab = (struct lab){0};
    if (net_hosts_open(&lab.hosts, mode, &err))
        fail_msg("net_hosts_open: %s", err.text);
    lab.arena = net_arena_new();
    assert_non_null(lab.arena);
    lab.wire = net_wire_start(&lab.hosts, lab.arena, &err);
    if (!lab.wire)
        fail_msg("net_wire_start: %s", err.text);
}

void lab_close(void)
{
    net_wire_stop(lab.wire);
    lab_clear();
    net_arena_free(lab.arena);
    net_hosts_close(&lab.hosts);
}

/* The last ones, so that a failed wait says what came instead. */
static void print_events(void)
{
    char flags[64];

    for (size_t i = lab.events > 40 ? lab.events - 40 : 0; i < lab.events; i++) {
        const struct net_event *ev = &lab.event[i];
        fprintf(stderr, "#   %llu %s", (unsigned long long)ev->time_ns, net_event_kind_name(ev->kind));
        if (ev->kind == NET_EV_SEGMENT)
            fprintf(stderr, " %llu from %s %s %u bytes", (unsigned long long)ev->u.segment.id,
                    net_host_name(ev->u.segment.from), net_flags_text(ev->u.segment.flags, flags, sizeof flags),
                    ev->u.segment.payload_bytes);
        else if (ev->kind == NET_EV_FATE)
            fprintf(stderr, " %llu %s", (unsigned long long)ev->u.fate.segment, net_fate_name(ev->u.fate.fate));
        else if (ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE)
            fprintf(stderr, " %s %u-%u %s", net_host_name(ev->u.sample.host), ev->u.sample.local_port,
                    ev->u.sample.remote_port, net_state_name(ev->u.sample.state));
        fprintf(stderr, "\n");
    }
}

void wait_until(condition_fn *holds, const void *user, const char *what)
{
    const struct timespec tick = {0, 200 * 1000};

    for (int i = 0; i < WAIT_MS * 5; i++) {
        lab_drain();
        if (holds(user))
            return;
        nanosleep(&tick, NULL);
    }
    print_events();
    fail_msg("after 5 s still not: %s", what);
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

static struct sockaddr_in address_of(enum net_host host, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(lab.hosts.host[host].ip)};
}

int tcp_on(enum net_host host)
{
    assert_int_equal(net_hosts_enter(&lab.hosts, host), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
    assert_true(fd >= 0);
    return fd;
}

static void bind_to(int fd, enum net_host host, uint16_t port)
{
    const struct sockaddr_in address = address_of(host, port);
    const int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
}

int listen_on(enum net_host host, uint16_t port, int backlog)
{
    int fd = tcp_on(host);

    bind_to(fd, host, port);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

int start_connect(enum net_host from, uint16_t from_port, enum net_host to, uint16_t to_port)
{
    const struct sockaddr_in address = address_of(to, to_port);
    int fd = tcp_on(from);

    bind_to(fd, from, from_port);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        fail_msg("connect: %s", strerror(errno));
    return fd;
}

uint16_t port_of(int fd)
{
    struct sockaddr_in name;
    socklen_t bytes = sizeof name;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &bytes), 0);
    return ntohs(name.sin_port);
}

uint64_t cookie_of(int fd)
{
    uint64_t cookie;
    socklen_t bytes = sizeof cookie;

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &bytes), 0);
    return cookie;
}

/* ---- the wire ---------------------------------------------------------------------------------------------------- */

void wire_mode(enum net_wire_mode mode)
{
    struct net_wire_settings settings;
    struct net_error err = {0};

    net_wire_get(lab.wire, &settings);
    settings.mode = mode;
    if (net_wire_set(lab.wire, &settings, &err))
        fail_msg("%s", err.text);
}

/* By the events: HELD, less what then went on. */
unsigned held_count(void)
{
    unsigned held = 0;

    for (size_t i = 0; i < lab.events; i++) {
        const struct net_ev_fate *fate = &lab.event[i].u.fate;
        bool was_held = false;
        if (lab.event[i].kind != NET_EV_FATE)
            continue;
        for (size_t j = 0; j < i; j++)
            was_held |= lab.event[j].kind == NET_EV_FATE && lab.event[j].u.fate.fate == NET_HELD &&
                        lab.event[j].u.fate.segment == fate->segment;
        if (fate->fate == NET_HELD)
            held++;
        else if (was_held && (fate->fate == NET_DELIVERED || fate->fate == NET_DROPPED))
            held--;
    }
    return held;
}

static bool is_held(const void *user)
{
    return held_count() == *(const unsigned *)user;
}

void wait_held(unsigned n)
{
    char what[64];

    snprintf(what, sizeof what, "%u segments held", n);
    wait_until(is_held, &n, what);
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

static struct net_tuple tuple_of(enum net_host host, uint16_t local_port, uint16_t remote_port)
{
    return (struct net_tuple){lab.hosts.host[host].ip, lab.hosts.host[!host].ip, local_port, remote_port};
}

enum net_state state_now(enum net_host host, uint16_t local_port, uint16_t remote_port)
{
    const struct net_tuple tuple = tuple_of(host, local_port, remote_port);
    struct net_ev_sample sample;
    int found = net_diag_one(lab.hosts.host[host].diag_fd, host, &tuple, &sample);

    assert_true(found >= 0);
    if (!found)
        return NET_STATE_ABSENT;
    assert_int_equal(sample.host, host);
    assert_int_equal(sample.local_port, local_port);
    assert_int_equal(sample.remote_port, remote_port);
    return sample.state;
}

static enum net_state state_named_by_ss(const char *name)
{
    static const char *const names[NET_STATES] = {
        [NET_STATE_ESTABLISHED] = "ESTAB",    [NET_STATE_SYN_SENT] = "SYN-SENT",
        [NET_STATE_SYN_RECV] = "SYN-RECV",    [NET_STATE_FIN_WAIT1] = "FIN-WAIT-1",
        [NET_STATE_FIN_WAIT2] = "FIN-WAIT-2", [NET_STATE_TIME_WAIT] = "TIME-WAIT",
        [NET_STATE_CLOSE] = "UNCONN",         [NET_STATE_CLOSE_WAIT] = "CLOSE-WAIT",
        [NET_STATE_LAST_ACK] = "LAST-ACK",    [NET_STATE_LISTEN] = "LISTEN",
        [NET_STATE_CLOSING] = "CLOSING"};

    for (int i = 1; i < NET_STATES; i++)
        if (strcmp(names[i], name) == 0)
            return (enum net_state)i;
    fail_msg("ss says a state \"%s\"", name);
    return NET_STATE_ABSENT;
}

/* Descriptor to what `ss -tanH` prints, run in the host by a child. */
static FILE *ss_of(enum net_host host, pid_t *pid)
{
    int pipe_fd[2];

    assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
    fflush(NULL);
    *pid = fork();
    assert_true(*pid >= 0);
    if (*pid == 0) {
        dup2(pipe_fd[1], 1);
        if (net_hosts_enter(&lab.hosts, host) == 0)
            execlp("ss", "ss", "-tanH", (char *)NULL);
        _exit(127);
    }
    close(pipe_fd[1]);
    return fdopen(pipe_fd[0], "r");
}

enum net_state state_by_ss(enum net_host host, uint16_t local_port, uint16_t remote_port)
{
    char line[512], name[16], local[64], remote[64], end_local[16], end_remote[16];
    enum net_state state = NET_STATE_ABSENT;
    int status;
    pid_t pid;
    FILE *ss = ss_of(host, &pid);

    snprintf(end_local, sizeof end_local, ":%u", local_port);
    snprintf(end_remote, sizeof end_remote, ":%u", remote_port);
    while (fgets(line, sizeof line, ss))
        if (sscanf(line, "%15s %*s %*s %63s %63s", name, local, remote) == 3 &&
            strcmp(strrchr(local, ':'), end_local) == 0 &&
            strcmp(strrchr(remote, ':'), remote_port ? end_remote : ":*") == 0)
            state = state_named_by_ss(name);
    fclose(ss);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return state;
}

struct expected_state {
    enum net_host host;
    uint16_t local_port, remote_port;
    enum net_state state;
};

static bool is_in_state(const void *user)
{
    const struct expected_state *expected = user;

    return state_now(expected->host, expected->local_port, expected->remote_port) == expected->state;
}

void wait_state(enum net_host host, uint16_t local_port, uint16_t remote_port, enum net_state state)
{
    const struct expected_state expected = {host, local_port, remote_port, state};
    char what[96];

    snprintf(what, sizeof what, "%s %u-%u in %s", net_host_name(host), local_port, remote_port, net_state_name(state));
    wait_until(is_in_state, &expected, what);
}

const char *path_of_socket(enum net_host host, uint64_t cookie, char *out, size_t out_bytes)
{
    size_t n = 0;
    int last = -1;

    *out = 0;
    for (size_t i = 0; i < lab.events; i++) {
        const struct net_ev_sample *sample = &lab.event[i].u.sample;
        bool gone = lab.event[i].kind == NET_EV_GONE;
        int state = gone ? NET_STATE_ABSENT : sample->state;
        if ((!gone && lab.event[i].kind != NET_EV_SAMPLE) || sample->host != host || sample->cookie != cookie ||
            state == last)
            continue;
        n += (size_t)snprintf(out + n, n < out_bytes ? out_bytes - n : 0, "%s%s", n ? " " : "",
                              gone ? "GONE" : net_state_name(state));
        last = state;
    }
    return out;
}
