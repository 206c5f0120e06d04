// SPDX-License-Identifier: GPL-3.0-or-later
// A program that no signal reaches: the engine closes without it, and it goes on without harm to anybody.
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <time.h>

#include "net/engine.h"
#include "net/traced_calls.h"

enum { PATIENCE_MS = 10000 };

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static _Atomic int is_deaf, may_speak;

static void pause_ms(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* It ends in its one traced call, which looks for the wish of the lab. */
static int deaf(int argc, char **argv)
{
    sigset_t all;
    (void)argc;
    (void)argv;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    atomic_store(&is_deaf, 1);
    while (!atomic_load(&may_speak))
        pause_ms();
    net_socket(__LINE__, 2, 1, 0);
    return 0;
}

static unsigned count_threads(void)
{
    unsigned threads = 0;
    DIR *dir = opendir("/proc/self/task");
    assert_non_null(dir);
    while (readdir(dir))
        threads++;
    closedir(dir);
    return threads;
}

static void nothing(void *user, const struct net_event *ev)
{
    (void)user;
    (void)ev;
}

static void the_engine_closes_without_it(void **state)
{
    static const struct net_program program = {.name = "deaf", .main = deaf, .source = ""};
    static const char *const argv[] = {"deaf"};
    const struct net_engine_spec how = {.mode = NET_MODE_LOOPBACK};
    const struct net_actor_spec spec = {
        .name = "deaf", .host = NET_SERVER, .program = &program, .argc = 1, .argv = argv};
    static struct net_engine engine;
    struct net_error err;
    (void)state;
    assert_int_equal(net_engine_open(&engine, &how, &err), 0);
    if (__lsan_disable) /* what the thread was started with stays with it */
        __lsan_disable();
    assert_true(net_actor_start(engine.actors, &spec, &err) > 0);
    if (__lsan_enable)
        __lsan_enable();
    for (int ms = 0; !atomic_load(&is_deaf) && ms < PATIENCE_MS; ms++)
        net_engine_wait(&engine, -1, net_now_ns() + 1000000, 1, nothing, NULL);
    assert_true(atomic_load(&is_deaf));
    const unsigned threads = count_threads(); /* on the loopback the engine has none of its own */
    net_engine_close(&engine);
    assert_int_equal(count_threads(), threads);
    atomic_store(&may_speak, 1);
    for (int ms = 0; count_threads() == threads && ms < PATIENCE_MS; ms++)
        pause_ms();
    assert_int_equal(count_threads(), threads - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_engine_closes_without_it)};
    return cmocka_run_group_tests_name("deaf", tests, NULL, NULL);
}
