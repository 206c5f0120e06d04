// SPDX-License-Identifier: GPL-3.0-or-later
// What the lab tells against what others see: its sockets against ss, its calls against strace of the program built
// alone.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/socket/diag.h"
#include "tests/fixtures/net_lab.h"

enum { PORT = 12345, TEXT_MAX = 65536 };

static struct net_lab lab;
static char directory[] = "/tmp/tcplab-witness-XXXXXX";

static int open_lab(void **state)
{
    (void)state;
    return net_lab_set_up(&lab, NET_MODE_AUTO);
}

static int close_lab(void **state)
{
    (void)state;
    net_lab_close(&lab);
    return 0;
}

/* ---- other programs ---------------------------------------------------------------------------------------------- */

/* On a host of the lab, its output into a file. */
static pid_t start(enum net_host host, const char *output, const char *const *argv)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || net_hosts_enter(&lab.engine.hosts, host) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(126);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static int finish(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *in_directory(const char *name)
{
    static char path[4][100];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
    return path[turn];
}

static const char *contents(const char *path)
{
    static char text[TEXT_MAX];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

/* Whether a program is installed and may do its work here. */
static bool works(const char *const *argv)
{
    return finish(start(NET_SERVER, in_directory("try"), argv)) == 0;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

static int count_told(enum net_host host)
{
    int n = 0;
    for (size_t i = 0; i < lab.count; i++) {
        const struct net_ev_sample *s = &lab.all[i].u.sample;
        if ((lab.all[i].kind != NET_EV_SAMPLE && lab.all[i].kind != NET_EV_GONE) || s->host != host)
            continue;
        bool is_last = true;
        for (size_t k = i + 1; k < lab.count && is_last; k++)
            is_last = !((lab.all[k].kind == NET_EV_SAMPLE || lab.all[k].kind == NET_EV_GONE) &&
                        lab.all[k].u.sample.host == host && lab.all[k].u.sample.cookie == s->cookie);
        n += is_last && lab.all[i].kind == NET_EV_SAMPLE && s->state != NET_STATE_CLOSE;
    }
    return n;
}

static const struct net_ev_sample *told_socket(enum net_host host, unsigned local, unsigned remote)
{
    for (size_t i = lab.count; i-- > 0;) {
        const struct net_ev_sample *s = &lab.all[i].u.sample;
        if ((lab.all[i].kind == NET_EV_SAMPLE || lab.all[i].kind == NET_EV_GONE) && s->host == host &&
            s->local_port == local && s->remote_port == remote)
            return s;
    }
    return NULL;
}

/* "ESTAB 0 0 192.0.2.1:12345 192.0.2.2:34567" */
static bool agrees(enum net_host host, const char *line)
{
    char state[32], local[64], remote[64];
    unsigned rqueue, wqueue;
    if (sscanf(line, "%31s %u %u %63s %63s", state, &rqueue, &wqueue, local, remote) != 5)
        return false;
    const char *local_port = strrchr(local, ':') + 1, *remote_port = strrchr(remote, ':') + 1;
    const struct net_ev_sample *s = told_socket(host, (unsigned)atoi(local_port), (unsigned)atoi(remote_port));
    if (s && s->state == net_state_number(state) && s->rqueue == rqueue && s->wqueue == wqueue)
        return true;
    print_error("%s: ss says: %s\n", net_host_name(host), line);
    print_error("the lab says: %s %u %u\n", s ? net_state_name(s->state) : "nothing", s ? s->rqueue : 0,
                s ? s->wqueue : 0);
    return false;
}

static void assert_ss_agrees(enum net_host host, int expected)
{
    static const char *const ss[] = {"ss", "-tanH", NULL};
    int n = 0;
    assert_int_equal(finish(start(host, in_directory("ss"), ss)), 0);
    char *rest = strdup(contents(in_directory("ss"))), *text = rest;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (*line == '\0')
            continue;
        n++;
        assert_true(agrees(host, line));
    }
    free(text);
    assert_int_equal(n, expected);
    assert_int_equal(count_told(host), expected);
}

static void assert_both_agree(int on_server, int on_client)
{
    assert_true(net_lab_await_quiet(&lab));
    assert_ss_agrees(NET_SERVER, on_server);
    assert_ss_agrees(NET_CLIENT, on_client);
}

static void set_wire(enum net_wire_mode mode)
{
    const struct net_wire_settings settings = {.mode = mode};
    assert_int_equal(net_wire_set(lab.engine.wire, &settings, NULL), 0);
}

static void begin(uint32_t hand, const struct net_hand_request *request)
{
    assert_true(net_lab_begin(&lab, hand, request));
}

static bool has_released(struct net_lab *l, void *user)
{
    (void)user;
    return net_wire_release(l->engine.wire, 1) == 1;
}

/* The next held segment; it may be a while until the kernel sends it (an acknowledgement is delayed by 40 ms). */
static void release_next(void)
{
    assert_true(net_lab_until(&lab, has_released, NULL));
}

/* From the first SYN to TIME_WAIT, held still at every state that a held segment can keep. */
static void sockets_are_as_ss_sees_them(void **state)
{
    static const char *const ss[] = {"ss", "-tanH", NULL};
    (void)state;
    if (!lab.engine.wire || !works(ss))
        skip();
    uint32_t server = net_lab_hand(&lab, "s1", NET_SERVER, false), client = net_lab_hand(&lab, "c1", NET_CLIENT, false);
    net_lab_socket_fd(&lab, server);
    assert_int_equal(net_lab_bind(&lab, server, 3, NET_IP4(0), PORT), 0);
    assert_int_equal(net_lab_listen(&lab, server, 3, 7), 0);
    assert_both_agree(1, 0);

    set_wire(NET_WIRE_HELD);
    net_lab_socket_fd(&lab, client);
    begin(client, &(struct net_hand_request){.call = NET_CALL_CONNECT, .fd = 3, .ip = NET_SERVER_IP, .port = PORT});
    assert_both_agree(1, 1); /* SYN_SENT */
    release_next();
    assert_both_agree(2, 1); /* SYN_RECV */
    release_next();
    assert_both_agree(2, 1); /* ESTABLISHED at one end */
    release_next();
    assert_both_agree(2, 1); /* in the accept queue */
    assert_int_equal(net_lab_accept(&lab, server, 3), 4);
    assert_int_equal(net_lab_send(&lab, client, 3, "hello"), 5);
    assert_both_agree(2, 1); /* not acknowledged */
    set_wire(NET_WIRE_OPEN);
    net_wire_release(lab.engine.wire, 0);
    assert_both_agree(2, 1); /* not read */
    assert_int_equal(net_lab_recv(&lab, server, 4, 3), 3);
    assert_both_agree(2, 1); /* partly read */
    assert_int_equal(net_lab_recv(&lab, server, 4, 3), 2);

    set_wire(NET_WIRE_HELD);
    assert_int_equal(net_lab_close_fd(&lab, client, 3), 0);
    assert_both_agree(2, 1); /* FIN_WAIT1 */
    release_next();
    assert_both_agree(2, 1); /* CLOSE_WAIT */
    release_next();
    assert_both_agree(2, 1); /* FIN_WAIT2 */
    assert_int_equal(net_lab_close_fd(&lab, server, 4), 0);
    assert_both_agree(2, 1); /* LAST_ACK */
    release_next();
    assert_both_agree(2, 1); /* TIME_WAIT */
    release_next();
    assert_both_agree(1, 1);
    assert_int_equal(net_lab_close_fd(&lab, server, 3), 0);
    assert_true(net_lab_await_state(&lab, NET_SERVER, PORT, 0, NET_STATE_ABSENT));
    assert_both_agree(0, 1);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

struct call_line {
    char text[200];
};

/* `recv "Hello from client!" = 18`, `accept = 4`: what both witnesses can say. */
static size_t told_calls(uint32_t actor, struct call_line *lines, size_t room)
{
    const struct net_event *enter = NULL;
    size_t n = 0;
    for (size_t i = 0; i < lab.count && n < room; i++) {
        const struct net_event *ev = &lab.all[i];
        if (ev->actor == actor && ev->kind == NET_EV_CALL_ENTER)
            enter = ev;
        if (ev->actor != actor || ev->kind != NET_EV_CALL_RETURN)
            continue;
        /* strace is asked for the network and close(): these are no system calls, or not of those. */
        if (ev->u.call.call == NET_CALL_GETADDRINFO || ev->u.call.call == NET_CALL_SIGNAL ||
            ev->u.call.call == NET_CALL_FREE)
            continue;
        char data[100] = "", result[40];
        const struct net_event *with_data = ev->u.call.call == NET_CALL_SEND ? enter : ev;
        if (ev->u.call.call == NET_CALL_SEND || ev->u.call.call == NET_CALL_RECV)
            net_bytes_text(with_data->data, with_data->data_bytes, with_data->u.call.data_all, data, sizeof data);
        net_result_text(ev, result, sizeof result);
        snprintf(lines[n++].text, sizeof lines[0].text, "%s %s = %s", net_call_row(ev->u.call.call)->name, data,
                 result);
    }
    return n;
}

/* `recvfrom(4, "Hello"..., 1024, 0, NULL, NULL) = 18`; false: no call, or one before the first socket(). */
static bool strace_call(const char *line, struct call_line *out)
{
    char name[32], data[100] = "";
    const char *open = strchr(line, '('), *equals = strstr(line, " = "), *next;
    if (!open || !equals || (size_t)(open - line) >= sizeof name)
        return false;
    while ((next = strstr(equals + 1, " = ")))
        equals = next;
    snprintf(name, sizeof name, "%.*s", (int)(open - line), line);
    const char *quote = strchr(open, '"');
    if (!strcmp(name, "sendto") || !strcmp(name, "recvfrom")) {
        name[4] = '\0'; /* send() and recv() have no system call of their own */
        const char *end = quote ? strchr(quote + 1, '"') : NULL;
        if (end)
            snprintf(data, sizeof data, "%.*s", (int)(end - quote + 1), quote);
    }
    /* "-1 ECONNREFUSED (Connection refused)" */
    int length = (int)strcspn(equals + 3, "(\n");
    while (length > 0 && equals[3 + length - 1] == ' ')
        length--;
    snprintf(out->text, sizeof out->text, "%s %s = %.*s", name, data, length, equals + 3);
    return true;
}

/* libc opens and closes descriptors of its own: before main(), and in perror(). */
static bool is_the_programs(const char *line, const struct call_line *call, bool open_fd[100])
{
    unsigned fd;
    if (sscanf(call->text, "socket = %u", &fd) == 1 || sscanf(call->text, "accept = %u", &fd) == 1)
        return open_fd[fd % 100] = true;
    if (sscanf(line, "close(%u", &fd) != 1)
        return true;
    bool was_open = open_fd[fd % 100];
    open_fd[fd % 100] = false;
    return was_open;
}

static size_t traced_calls(const char *path, struct call_line *lines, size_t room)
{
    size_t n = 0;
    FILE *f = fopen(path, "r");
    bool open_fd[100] = {false};
    char line[500];
    assert_non_null(f);
    while (n < room && fgets(line, sizeof line, f))
        if (strace_call(line, &lines[n]) && is_the_programs(line, &lines[n], open_fd))
            n++;
    fclose(f);
    return n;
}

static void assert_same_calls(uint32_t actor, const char *trace)
{
    struct call_line told[40], traced[40];
    size_t n = told_calls(actor, told, 40), m = traced_calls(trace, traced, 40);
    for (size_t i = 0; i < n && i < m; i++)
        assert_string_equal(told[i].text, traced[i].text);
    assert_int_equal(n, m);
    assert_true(n >= 3);
}

static pid_t start_traced(enum net_host host, const char *trace, const char *program, const char *word)
{
    const char *const argv[] = {"strace", "-e", "trace=network,close", "-o", trace, program, word, NULL};
    return start(host, in_directory("output"), argv);
}

static void find_listener(void *user, const struct net_ev_sample *s)
{
    *(bool *)user |= s->state == NET_STATE_LISTEN && s->local_port == PORT;
}

static void await_listener(void)
{
    bool listens = false;
    uint64_t end_ns = net_now_ns() + NET_LAB_PATIENCE_MS * UINT64_C(1000000);
    while (!listens && net_now_ns() < end_ns)
        net_diag_dump(lab.engine.hosts.host[NET_SERVER].diag_fd, NET_SERVER, 0, find_listener, &listens, NULL);
    assert_true(listens);
}

static bool built_alone(const char *name)
{
    char command[300];
    snprintf(command, sizeof command, "gcc net/programs/%s.c -o %s/%s", name, directory, name);
    return system(command) == 0;
}

/* The lab's two programs, and then the same two as anybody would run them, on the same hosts. */
static void calls_are_as_strace_sees_them(void **state)
{
    static const char *const strace[] = {"strace", "-o", "/dev/null", "true", NULL};
    (void)state;
    if (!lab.engine.wire || !works(strace) || !built_alone("tcp_server_single") || !built_alone("tcp_client"))
        skip();
    uint32_t refused = net_lab_start(&lab, "c0", NET_CLIENT, "tcp_client address=192.0.2.1", false);
    assert_non_null(net_lab_await_end(&lab, refused));
    uint32_t server = net_lab_start(&lab, "server", NET_SERVER, "tcp_server_single", false);
    assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
    uint32_t client = net_lab_start(&lab, "client", NET_CLIENT, "tcp_client address=192.0.2.1", false);
    assert_non_null(net_lab_await_end(&lab, client));
    assert_non_null(net_lab_await_end(&lab, server));

    pid_t pid = start_traced(NET_CLIENT, in_directory("c0"), in_directory("tcp_client"), "address=192.0.2.1");
    assert_int_equal(finish(pid), 1);
    assert_same_calls(refused, in_directory("c0"));
    pid = start_traced(NET_SERVER, in_directory("s"), in_directory("tcp_server_single"), NULL);
    await_listener();
    assert_int_equal(
        finish(start_traced(NET_CLIENT, in_directory("c"), in_directory("tcp_client"), "address=192.0.2.1")), 0);
    assert_int_equal(finish(pid), 0);
    assert_same_calls(server, in_directory("s"));
    assert_same_calls(client, in_directory("c"));
}

#define WITH_LAB(test) cmocka_unit_test_setup_teardown(test, open_lab, close_lab)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LAB(sockets_are_as_ss_sees_them),
        WITH_LAB(calls_are_as_strace_sees_them),
    };
    if (!mkdtemp(directory))
        return 1;
    int failed = cmocka_run_group_tests_name("witness", tests, NULL, NULL);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) != 0 || failed;
}
