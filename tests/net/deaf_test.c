// SPDX-License-Identifier: GPL-3.0-or-later
// A program that no signal reaches: the engine closes without it, and it goes on without harm to anybody.
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "net/engine.h"
#include "net/trace/traced_calls.h"

enum { PATIENCE_S = 10 };

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static sem_t is_deaf, may_speak, is_over;
static pthread_key_t key;

static bool comes(sem_t *what)
{
    struct timespec until;
    int result;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    do
        result = sem_timedwait(what, &until);
    while (result < 0 && errno == EINTR);
    return result == 0;
}

/* As the thread ends, however it does. */
static void at_the_end(void *what)
{
    sem_post(what);
}

/* It ends in its one traced call, which looks for the wish of the lab. */
static int deaf(int argc, char **argv)
{
    sigset_t all;
    (void)argc;
    (void)argv;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_setspecific(key, &is_over);
    sem_post(&is_deaf);
    sem_wait(&may_speak);
    net_socket(__LINE__, AF_INET, SOCK_STREAM, 0);
    return 0;
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
    assert_true(comes(&is_deaf));
    net_engine_close(&engine);
    assert_int_equal(sem_trywait(&is_over), -1); /* it goes on */
    sem_post(&may_speak);
    assert_true(comes(&is_over));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_engine_closes_without_it)};
    sem_init(&is_deaf, 0, 0);
    sem_init(&may_speak, 0, 0);
    sem_init(&is_over, 0, 0);
    pthread_key_create(&key, at_the_end);
    return cmocka_run_group_tests_name("deaf", tests, NULL, NULL);
}
