// SPDX-License-Identifier: GPL-3.0-or-later
// Actors: every way to begin and to end, as a thread and as a process, and that nothing is left.
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/actor_world.h"

#include "net/actor/actor_private.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct net_ev_end end_of(struct world *w, uint32_t actor)
{
    size_t at = 0;
    return world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_ACTOR_END})->u.end;
}

static uint32_t task_of(struct world *w, uint32_t actor)
{
    size_t at = 0;
    return world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START})->task;
}

/* One way of running and what came of it, twice: as a thread and as a process. */
struct end_case {
    const struct net_program *program;
    const char *argument;
    uint8_t how;
    int value;
    const char *output; /* NULL: whatever */
};

static void check_end(struct world *w, const struct end_case *c, bool as_process)
{
    uint32_t actor = world_start(w, "it", c->program, as_process, c->argument);
    struct net_ev_end end = end_of(w, actor);
    print_message("         %s %s%s\n", c->program->name, c->argument ? c->argument : "",
                  as_process ? " as process" : "");
    assert_int_equal(end.how, c->how);
    assert_int_equal(c->how == NET_END_SIGNAL ? end.signo : end.status, c->value);
    if (c->output)
        assert_string_equal(world_output(w, actor, 1), c->output);
    assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_TASK_START}),
                     world_count(w, (struct want){.actor = actor, .kind = NET_EV_TASK_END}));
    assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_ACTOR_END}), 1);
}

static void check_ends(struct world *w, const struct end_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_end(w, &cases[i], false);
        check_end(w, &cases[i], true);
    }
}
#define CHECK_ENDS(w, cases) check_ends(w, cases, sizeof(cases) / sizeof(cases)[0])

static void a_program_returns_or_exits(void **state)
{
    static const struct end_case cases[] = {
        {&program_returns, "0", NET_END_RETURNED, 0, ""},
        {&program_returns, "42", NET_END_RETURNED, 42, ""},
        {&program_returns, "258", NET_END_RETURNED, 2, ""},
        {&program_exits, NULL, NET_END_EXIT, 3, "unfinished"},
        {&program_reads_input, NULL, NET_END_RETURNED, 0, NULL},
        {&program_bad_pointers, NULL, NET_END_RETURNED, 0, NULL},
        {&program_keeps_errno, NULL, NET_END_RETURNED, 0, NULL},
    };
    CHECK_ENDS(*state, cases);
}

static void a_crash_ends_its_actor_and_nothing_else(void **state)
{
    static const struct end_case cases[] = {
        {&program_crashes, "null", NET_END_SIGNAL, SIGSEGV, ""},
        {&program_crashes, "handled", NET_END_EXIT, 9, "handler 11\n"},
        {&program_crashes, "raise", NET_END_SIGNAL, SIGTERM, ""},
        {&program_crashes, "abort", NET_END_SIGNAL, SIGABRT, ""},
    };
    /* A sanitizer takes these itself. */
    static const struct end_case hard[] = {
        {&program_crashes, "stack", NET_END_SIGNAL, SIGSEGV, ""},
        {&program_crashes, "divide", NET_END_SIGNAL, SIGFPE, ""},
    };
    CHECK_ENDS(*state, cases);
    if (!under_asan && !under_tsan)
        CHECK_ENDS(*state, hard);
}

static void a_broken_pipe_does_what_the_program_asked_for(void **state)
{
    static const struct end_case cases[] = {
        {&program_breaks_pipe, "default", NET_END_SIGNAL, SIGPIPE, ""},
        {&program_breaks_pipe, "ignore", NET_END_RETURNED, 5, "send -1 EPIPE\n"},
        {&program_breaks_pipe, "handle", NET_END_RETURNED, 5, "handler 13\nsend -1 EPIPE\n"},
        {&program_breaks_pipe, "nosignal", NET_END_RETURNED, 5, "send -1 EPIPE\n"},
    };
    struct world *w = *state;
    CHECK_ENDS(w, cases);
    /* The return is told first, then the signal, then the end. */
    uint32_t actor = world_start(w, "it", &program_breaks_pipe, false, "default");
    size_t at = 0;
    end_of(w, actor);
    assert_non_null(
        world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_ENTER, .call = NET_CALL_SEND}));
    const struct net_event *ret = world_find(
        w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_SEND});
    assert_int_equal(ret->u.call.error, EPIPE);
    const struct net_event *signal = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_SIGNAL});
    assert_int_equal(signal->u.signal.signo, SIGPIPE);
    assert_int_equal(signal->u.signal.action, NET_SIG_DEFAULT);
    assert_non_null(world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_END}));
}

static void threads_of_a_program_end_with_it(void **state)
{
    static const struct end_case cases[] = {
        {&program_threads, "join", NET_END_RETURNED, 12, ""},
        {&program_threads, "detach", NET_END_RETURNED, 1, ""},
        {&program_threads, "pool", NET_END_RETURNED, 40, ""},
        {&program_threads, "hands", NET_END_RETURNED, 21, ""},
        {&program_threads, "exit", NET_END_EXIT, 7, "thread"},
        {&program_threads, "leaves", NET_END_RETURNED, 11, ""},
        {&program_threads, "main_exits", NET_END_RETURNED, 0, "still here\n"},
        {&program_threads, "dies", NET_END_SIGNAL, SIGTERM, ""},
    };
    static const struct end_case hard[] = {{&program_threads, "overflows", NET_END_SIGNAL, SIGSEGV, ""}};
    /* A thread of the lab that lives meanwhile is none of theirs, wherever its stack lies. */
    world_start(*state, "other", &program_waits, false, "recv");
    CHECK_ENDS(*state, cases);
    if (!under_asan && !under_tsan)
        CHECK_ENDS(*state, hard);
}

static void a_thread_has_the_number_that_the_kernel_gave_it(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_threads, as_process, "number");
        size_t at = 0;
        char number[16];
        end_of(w, actor);
        const struct net_event *start = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START});
        start = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START});
        assert_int_equal(start->u.task.kind, NET_TASK_THREAD);
        snprintf(number, sizeof number, "%d\n", start->u.task.tid);
        assert_string_equal(world_output(w, actor, 1), number);
    }
}

/* ---- children ---------------------------------------------------------------------------------------------------- */

static void children_are_processes(void **state)
{
    static const struct end_case cases[] = {
        {&program_forks, "exits", NET_END_RETURNED, 4, "beforechild\n after same 1024\n"},
        {&program_forks, "dies", NET_END_RETURNED, SIGKILL, "beforechild\n after same 9\n"},
        {&program_forks, "at once", NET_END_RETURNED, 12, "beforechild\n after same 3072\n"},
        {&program_forks, "grandchild", NET_END_RETURNED, 9, "grandchild\n"},
        {&program_forks, "ignores", NET_END_RETURNED, 0, "waitpid -1 ECHILD\n"},
        {&program_threads, "fork", NET_END_RETURNED, 20, ""},
    };
    struct world *w = *state;
    CHECK_ENDS(w, cases);
    /* Each child is told once, ends once, is reaped once, in this order. */
    for (size_t at = 0, then;;) {
        const struct net_event *start = world_find(w, &at, (struct want){.kind = NET_EV_TASK_START});
        if (!start)
            break;
        if (start->u.task.kind != NET_TASK_CHILD)
            continue;
        then = at;
        uint32_t task = start->task;
        assert_int_not_equal(start->u.task.pid, getpid());
        assert_true(start->u.task.parent > 0);
        assert_non_null(world_wait(w, &then, (struct want){.task = task, .kind = NET_EV_TASK_END}));
        assert_non_null(world_wait(w, &then, (struct want){.task = task, .kind = NET_EV_TASK_REAPED}));
        assert_int_equal(world_count(w, (struct want){.task = task, .kind = NET_EV_TASK_END}), 1);
        assert_int_equal(world_count(w, (struct want){.task = task, .kind = NET_EV_TASK_REAPED}), 1);
    }
}

static uint32_t child_of(struct world *w, uint32_t actor)
{
    size_t at = 0;
    for (;;) {
        const struct net_event *ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START});
        if (ev->u.task.kind == NET_TASK_CHILD)
            return ev->task;
    }
}

static void a_zombie_waits_for_its_parent(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_forks, as_process, "leaves");
        uint32_t child = child_of(w, actor);
        size_t at = 0;
        const struct net_event *end = world_wait(w, &at, (struct want){.task = child, .kind = NET_EV_TASK_END});
        struct net_error err;
        assert_true(end->u.end.zombie);
        assert_int_equal(end->u.end.status, 6);
        assert_int_equal(world_count(w, (struct want){.task = child, .kind = NET_EV_TASK_REAPED}), 0);
        assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGKILL, &err), 0);
        assert_int_equal(end_of(w, actor).signo, SIGKILL);
        world_wait(w, &at, (struct want){.task = child, .kind = NET_EV_TASK_REAPED});
    }
}

static void a_child_survives_its_parent_until_clear(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_forks, as_process, "orphans");
        uint32_t child = child_of(w, actor);
        size_t at = 0;
        end_of(w, actor);
        world_wait_blocked(w, child, NET_CALL_SLEEP);
        assert_int_equal(world_count(w, (struct want){.task = child, .kind = NET_EV_TASK_END}), 0);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
        assert_int_equal(world_wait(w, &at, (struct want){.task = child, .kind = NET_EV_TASK_END})->u.end.how,
                         NET_END_LAB);
    }
}

/* A set of signals that the kernel keeps of a process (proc(5)), SIGHUP is bit 0. */
static unsigned long long signals_of(int pid, const char *which)
{
    char path[40], line[128];
    unsigned long long set = ~0ull;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, which, strlen(which)) == 0)
            set = strtoull(line + strlen(which), NULL, 16);
    fclose(file);
    return set;
}

#define BIT(signo) (1ull << ((signo)-1))

/* It has its program's dispositions and not the lab's, whoever forked it. (32 and 33 are the C library's own.) */
static void a_child_has_nothing_of_the_lab_s_signals(void **state)
{
    const unsigned long long traced = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(NET_STOP_SIGNAL);
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_forks, as_process, "orphans");
        uint32_t child = child_of(w, actor);
        size_t at = 0;
        int pid = world_wait(w, &at, (struct want){.task = child, .kind = NET_EV_TASK_START})->u.task.pid;
        world_wait_blocked(w, child, NET_CALL_SLEEP);
        assert_int_equal(signals_of(pid, "SigCgt:") & (BIT(32) - 1), traced);
        assert_int_equal(signals_of(pid, "SigBlk:"), BIT(SIGPIPE));
        end_of(w, actor);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
    }
}

/* Threads of one process, but not of one program. */
static void a_program_waits_for_its_own_children_only(void **state)
{
    struct world *w = *state;
    uint32_t parent = world_start(w, "parent", &program_forks, false, "leaves");
    uint32_t child = child_of(w, parent);
    size_t at = 0;
    world_wait(w, &at, (struct want){.task = child, .kind = NET_EV_TASK_END});
    uint32_t other = world_start(w, "other", &program_forks, false, "alone");
    assert_int_equal(end_of(w, other).how, NET_END_RETURNED);
    assert_string_equal(world_output(w, other, 1), "wait -1 ECHILD\n");
    assert_int_equal(world_count(w, (struct want){.task = child, .kind = NET_EV_TASK_REAPED}), 0);
}

static bool has_children(struct world *w, void *user)
{
    uint32_t *actor = user;
    size_t children = 0;
    for (size_t at = 0;;) {
        const struct net_event *ev = world_find(w, &at, (struct want){.actor = *actor, .kind = NET_EV_TASK_REAPED});
        if (!ev)
            return children == 5;
        children++;
    }
}

static bool was_interrupted(struct world *w, void *user)
{
    uint32_t *actor = user;
    return strstr(world_output(w, *actor, 1), "interrupted 1\n") != NULL;
}

static void a_fork_server_reaps_by_signal(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint16_t port = world_free_port();
        char text[8];
        snprintf(text, sizeof text, "%u", port);
        uint32_t server = world_start(w, "server", &program_fork_server, as_process, text);
        uint32_t parent = task_of(w, server);
        size_t accepted = 0;
        world_wait_blocked(w, parent, NET_CALL_ACCEPT);
        for (int i = 0; i < 5; i++) {
            uint32_t hand = world_hand(w, "c", false);
            size_t at = 0;
            world_call(w, hand,
                       (struct net_hand_request){.call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_STREAM, 0}});
            world_wait(w, &at, (struct want){.actor = hand, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_SOCKET});
            world_call(
                w, hand,
                (struct net_hand_request){.call = NET_CALL_CONNECT, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port});
            world_wait(w, &at, (struct want){.actor = hand, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_CONNECT});
            /* The child has to end while its parent is in accept(): that is the call which the signal interrupts. */
            world_wait(w, &accepted, (struct want){.task = parent, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_FORK});
            world_wait_blocked(w, parent, NET_CALL_ACCEPT);
            world_call(w, hand,
                       (struct net_hand_request){
                           .call = NET_CALL_SEND, .fd = 3, .data = (const uint8_t *)"hi", .data_bytes = 2});
            world_wait(w, &at, (struct want){.actor = hand, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_SEND});
            world_call(w, hand, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 10, 0}});
            const struct net_event *got = world_wait(
                w, &at, (struct want){.actor = hand, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_RECV});
            assert_int_equal(got->u.call.ret, 2);
            assert_memory_equal(got->data, "hi", 2);
            world_call(w, hand, (struct net_hand_request){.call = NET_CALL_EXIT});
        }
        world_wait_for(w, has_children, &server);
        if (!under_tsan) /* which may put the handler off until accept() has returned */
            world_wait_for(w, was_interrupted, &server);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
        world_drain(w);
    }
}

/* Each child of the storm is killed in the middle of its calls: nothing is torn, nobody waits for ever, every end is
 * told. */
static void a_storm_of_kills(void **state)
{
    enum { STORM = 300 };
    struct world *w = *state;
    w->stormy = NET_CALL_GETSOCKOPT;
    uint32_t actor = world_start(w, "it", &program_fork_storm, false, NULL);
    size_t at = 0, calls = 0;
    for (int killed = 0; killed < STORM;) {
        const struct net_event *ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START});
        struct net_error err;
        if (ev->u.task.kind != NET_TASK_CHILD)
            continue;
        uint32_t child = ev->task;
        size_t then = at;
        world_wait(w, &then, (struct want){.task = child, .kind = NET_EV_CALL_RETURN});
        calls++;
        if (net_actor_signal(w->actors, actor, child, SIGKILL, &err) < 0)
            fail_msg("child %zu: %s", calls, err.text);
        killed++;
    }
    assert_int_equal(end_of(w, actor).status, 0);
    assert_string_equal(world_output(w, actor, 1), "killed 300\n");
    assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_TASK_END}), STORM + 1);
    assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_TASK_REAPED}), STORM);
    assert_int_equal(calls, STORM);
}

/* ---- ending from outside ----------------------------------------------------------------------------------------- */

static void kill_ends_an_endless_loop(void **state)
{
    struct world *w = *state;
    for (int as_process = under_tsan; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_loops, as_process, NULL);
        struct net_error err;
        task_of(w, actor);
        assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGKILL, &err), 0);
        struct net_ev_end end = end_of(w, actor);
        assert_int_equal(end.how, NET_END_SIGNAL);
        assert_int_equal(end.signo, SIGKILL);
        assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGKILL, &err), -1);
        assert_non_null(strstr(err.text, "has ended"));
    }
}

static void clear_ends_what_loops_talks_or_waits(void **state)
{
    static const char *const where[] = {"accept", "recv",  "connect", "send", "read", "sleep", "poll",
                                        "select", "epoll", "cond",    "sem",  "join", "mutex"};
    static const uint16_t call[] = {NET_CALL_ACCEPT,
                                    NET_CALL_RECV,
                                    NET_CALL_CONNECT,
                                    NET_CALL_SEND,
                                    NET_CALL_READ,
                                    NET_CALL_SLEEP,
                                    NET_CALL_POLL,
                                    NET_CALL_SELECT,
                                    NET_CALL_EPOLL_WAIT,
                                    NET_CALL_PTHREAD_COND_WAIT,
                                    NET_CALL_SEM_WAIT,
                                    NET_CALL_PTHREAD_JOIN,
                                    NET_CALL_PTHREAD_MUTEX_LOCK};
    struct world *w = *state;
    size_t count = sizeof where / sizeof where[0] - (under_tsan ? 1 : 0);
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor[16];
        for (size_t i = 0; i < count; i++)
            actor[i] = world_start(w, where[i], &program_waits, as_process, where[i]);
        if (!under_tsan)
            world_start(w, "loop", &program_loops, as_process, NULL);
        world_start(w, "talk", &program_talks, as_process, NULL);
        for (size_t i = 0; i < count; i++)
            world_wait_blocked(w, task_of(w, actor[i]), call[i]);
        assert_true(net_actors_alive(w->actors) >= count + 1);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
        assert_int_equal(net_actors_alive(w->actors), 0);
        world_drain(w);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(end_of(w, actor[i]).how, NET_END_LAB);
    }
}

/* 1,000 of them, at whatever point of the call they are. */
static void a_storm_of_stops(void **state)
{
    enum { AT_ONCE = 20 };
    static const char *const where[] = {"accept", "recv", "connect", "send"};
    struct world *w = *state;
    int rounds = under_asan || under_tsan ? 3 : 12;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < AT_ONCE * 4; i++)
            world_start(w, "it", &program_waits, false, where[i % 4]);
        if (round % 2)
            world_drain(w);
        assert_int_equal(net_actors_clear(w->actors, 10000), 0);
        world_drain(w);
    }
    assert_int_equal(world_count(w, (struct want){.kind = NET_EV_ACTOR_END}), (size_t)rounds * AT_ONCE * 4);
    assert_int_equal(world_count(w, (struct want){.kind = NET_EV_TASK_START}),
                     world_count(w, (struct want){.kind = NET_EV_TASK_END}));
}

static void what_a_thread_held_open_is_closed_before_it_is_over(void **state)
{
    struct world *w = *state;
    char port[8];
    snprintf(port, sizeof port, "%u", world_free_port());
    for (int i = 0; i < 50; i++) {
        uint32_t actor = world_start(w, "server", &program_fork_server, false, port);
        world_wait_blocked(w, task_of(w, actor), NET_CALL_ACCEPT);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
        world_drain(w);
        assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_SAMPLE}), 3);
    }
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void a_handler_runs_and_its_call_goes_on_or_breaks(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        bool restarts = i % 2;
        uint32_t actor = world_start(w, "it", &program_handles, i / 2, restarts ? "restart" : "break");
        uint32_t task = task_of(w, actor);
        struct net_error err;
        size_t at = 0;
        world_wait_blocked(w, task, NET_CALL_RECV);
        assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGUSR1, &err), 0);
        const struct net_event *ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_SIGNAL});
        assert_int_equal(ev->u.signal.signo, SIGUSR1);
        assert_int_equal(ev->u.signal.action, NET_SIG_HANDLED);
        assert_int_equal(ev->u.signal.from_pid, getpid());
        world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_CLOSE});
        if (restarts) {
            assert_int_equal(
                world_count(w, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_RECV}), 0);
            assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGTERM, &err), 0);
            assert_int_equal(end_of(w, actor).signo, SIGTERM);
        } else {
            assert_int_equal(end_of(w, actor).how, NET_END_RETURNED);
            assert_string_equal(world_output(w, actor, 1), "ready\nhandler 10\nrecv -1 EINTR\n");
        }
    }
}

static void cancel_breaks_the_present_call_only(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = world_start(w, "it", &program_waits, as_process, "recv");
        uint32_t task = task_of(w, actor);
        size_t at = 0;
        struct net_error err;
        world_wait_blocked(w, task, NET_CALL_RECV);
        assert_int_equal(net_actor_cancel(w->actors, actor, 0, &err), 0);
        const struct net_event *ev = world_wait(
            w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_RECV});
        assert_int_equal(ev->u.call.error, EINTR);
        assert_int_equal(end_of(w, actor).how, NET_END_RETURNED);
        assert_string_equal(world_output(w, actor, 1), "recv -1 EINTR\n");
        actor = world_start(w, "it", &program_waits, as_process, "cond");
        world_wait_blocked(w, task_of(w, actor), NET_CALL_PTHREAD_COND_WAIT);
        assert_int_equal(net_actor_cancel(w->actors, actor, 0, &err), -1);
        assert_non_null(strstr(err.text, "pthread_cond_wait"));
    }
}

static void a_thread_refuses_what_needs_a_process(void **state)
{
    struct world *w = *state;
    uint32_t actor = world_start(w, "it", &program_waits, false, "recv");
    struct net_error err;
    assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGSTOP, &err), -1);
    assert_non_null(strstr(err.text, "as process"));
    assert_int_equal(net_actor_signal(w->actors, actor, 0, 99, &err), -1);
    assert_int_equal(net_actor_signal(w->actors, 12345, 0, SIGTERM, &err), -1);
}

static bool is_in_state(struct world *w, void *user)
{
    const uint32_t *wanted = user;
    return net_task_state_letter(w->actors, wanted[0]) == (char)wanted[1];
}

static void a_process_stops_and_continues(void **state)
{
    struct world *w = *state;
    uint32_t actor = world_start(w, "it", &program_waits, true, "recv");
    uint32_t task = task_of(w, actor);
    struct net_error err;
    struct net_task_memory memory;
    world_wait_blocked(w, task, NET_CALL_RECV);
    assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGSTOP, &err), 0);
    world_wait_for(w, is_in_state, (uint32_t[]){task, 'T'});
    assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGCONT, &err), 0);
    world_wait_for(w, is_in_state, (uint32_t[]){task, 'S'});
    assert_int_equal(net_task_memory(w->actors, task, &memory), 0);
    assert_true(memory.rss_bytes > 0 && memory.vm_bytes >= memory.rss_bytes);
    assert_int_equal(net_task_state_letter(w->actors, 99999), 0);
}

static void a_program_signals_only_its_own(void **state)
{
    static const struct end_case cases[] = {
        {&program_kills, "group", NET_END_RETURNED, 0, "kill -1 EPERM\n"},
        {&program_kills, "all", NET_END_RETURNED, 0, "kill -1 EPERM\n"},
        {&program_kills, "lab", NET_END_RETURNED, 0, "kill -1 EPERM\n"},
        {&program_kills, "self", NET_END_SIGNAL, SIGTERM, NULL},
    };
    CHECK_ENDS(*state, cases);
}

static void limits_are_a_process_s(void **state)
{
    struct world *w = *state;
    uint32_t actor = world_start(w, "it", &program_limits, false, NULL);
    assert_int_equal(end_of(w, actor).how, NET_END_RETURNED);
    assert_string_equal(world_output(w, actor, 2), "socket: Too many open files\n");
    size_t at = 0;
    assert_true(world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_ACTOR_START})->u.actor.as_process);
}

static bool starts_as_process(struct world *w, const struct net_program *program, enum net_way as)
{
    const char *argv[] = {program->name, "exits"};
    const struct net_actor_spec spec = {
        .name = "it", .host = NET_SERVER, .program = program, .argc = 2, .argv = argv, .as = as};
    struct net_error err;
    size_t at = 0;
    net_trace_init();
    uint32_t actor = net_actor_start(w->actors, &spec, &err);
    assert_true(actor > 0);
    end_of(w, actor);
    return world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_ACTOR_START})->u.actor.as_process;
}

static void who_forks_or_makes_threads_is_a_process_unless_told_otherwise(void **state)
{
    struct net_program forks = program_forks;
    forks.makes_tasks = false;
    assert_false(starts_as_process(*state, &forks, NET_AS_USUAL));
    forks.makes_tasks = true;
    assert_true(starts_as_process(*state, &forks, NET_AS_USUAL));
    assert_true(starts_as_process(*state, &forks, NET_AS_PROCESS));
    assert_false(starts_as_process(*state, &forks, NET_AS_THREAD));
}

/* ---- the gate ---------------------------------------------------------------------------------------------------- */

static void one_call_at_a_time_passes_the_gate(void **state)
{
    static const uint16_t call[] = {NET_CALL_SOCKET, NET_CALL_LISTEN, NET_CALL_SHUTDOWN, NET_CALL_CLOSE};
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        const char *argv[] = {"steps"};
        struct net_actor_spec spec = {.name = "it",
                                      .program = &program_steps,
                                      .argc = 1,
                                      .argv = argv,
                                      .as = as_process ? NET_AS_PROCESS : NET_AS_THREAD,
                                      .stepped = true};
        struct net_error err;
        uint32_t actor = net_actor_start(w->actors, &spec, &err);
        size_t at = 0;
        for (size_t i = 0; i < 4; i++) {
            const struct net_event *ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_GATE});
            assert_true(ev->u.gate.waiting);
            assert_int_equal(ev->u.gate.call, call[i]);
            assert_true(ev->u.gate.line > 0);
            assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN}), i);
            assert_int_equal(net_actor_gate(w->actors, actor, i < 3 ? NET_GATE_ONE : NET_GATE_OPEN, &err), 0);
            ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_GATE});
            assert_false(ev->u.gate.waiting);
        }
        end_of(w, actor);
        assert_int_equal(net_actor_gate(w->actors, actor, NET_GATE_OPEN, &err), -1);
    }
}

static void a_closed_gate_is_inherited_and_does_not_keep_from_ending(void **state)
{
    struct world *w = *state;
    struct net_error err;
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_CLOSE, &err), 0);
    uint32_t actor = world_start(w, "it", &program_steps, false, NULL);
    size_t at = 0;
    assert_true(world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_GATE})->u.gate.waiting);
    assert_int_equal(net_actors_clear(w->actors, 5000), 0);
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_OPEN, &err), 0);
    world_drain(w);
    assert_int_equal(end_of(w, actor).how, NET_END_LAB);
    assert_int_equal(world_count(w, (struct want){.actor = actor, .kind = NET_EV_CALL_ENTER}), 0);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void options_of_a_socket_in_use_are_read_and_set(void **state)
{
    struct world *w = *state;
    const struct net_option *option = net_option_find("SO_KEEPALIVE");
    assert_non_null(option);
    for (int i = 0; i < 4; i++) {
        uint32_t actor = world_start(w, "it", &program_waits, i % 2, "recv");
        uint32_t task = task_of(w, actor);
        struct net_option_value value = {.number = 1};
        struct net_error err;
        w->actors->without_pidfd_getfd = i / 2;
        world_wait_blocked(w, task, NET_CALL_RECV);
        assert_int_equal(net_actor_option(w->actors, task, 4, option, true, &value, &err), 0);
        value.number = 9;
        assert_int_equal(net_actor_option(w->actors, task, 4, option, false, &value, &err), 0);
        assert_int_equal(value.number, 1);
        assert_int_equal(net_actor_option(w->actors, task, 77, option, false, &value, &err), -1);
        assert_int_equal(err.code, EBADF);
        assert_int_equal(net_actor_option(w->actors, task, 0, option, false, &value, &err), -1);
        assert_int_equal(err.code, ENOTSOCK);
        assert_int_equal(world_count(w, (struct want){.task = task, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_RECV}),
                         0);
        assert_int_equal(net_actors_clear(w->actors, 5000), 0);
        world_drain(w);
        assert_int_equal(net_actor_option(w->actors, task, 3, option, false, &value, &err), -1);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        TEST(a_program_returns_or_exits),
        TEST(a_crash_ends_its_actor_and_nothing_else),
        TEST(a_broken_pipe_does_what_the_program_asked_for),
        TEST(threads_of_a_program_end_with_it),
        TEST(a_thread_has_the_number_that_the_kernel_gave_it),
        TEST(children_are_processes),
        TEST(a_zombie_waits_for_its_parent),
        TEST(a_child_survives_its_parent_until_clear),
        TEST(a_child_has_nothing_of_the_lab_s_signals),
        TEST(a_program_waits_for_its_own_children_only),
        TEST(a_fork_server_reaps_by_signal),
        TEST(a_storm_of_kills),
        TEST(kill_ends_an_endless_loop),
        TEST(clear_ends_what_loops_talks_or_waits),
        TEST(a_storm_of_stops),
        TEST(what_a_thread_held_open_is_closed_before_it_is_over),
        TEST(a_handler_runs_and_its_call_goes_on_or_breaks),
        TEST(cancel_breaks_the_present_call_only),
        TEST(a_thread_refuses_what_needs_a_process),
        TEST(a_process_stops_and_continues),
        TEST(a_program_signals_only_its_own),
        TEST(limits_are_a_process_s),
        TEST(who_forks_or_makes_threads_is_a_process_unless_told_otherwise),
        TEST(one_call_at_a_time_passes_the_gate),
        TEST(a_closed_gate_is_inherited_and_does_not_keep_from_ending),
        TEST(options_of_a_socket_in_use_are_read_and_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
