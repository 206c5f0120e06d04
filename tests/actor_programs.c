// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that end, wait, fork and make threads.
#include "tests/actor_program_parts.h"

#include "net/sanitized.h"

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static int returns(int argc, char **argv)
{
    return atoi(argument_of(argc, argv));
}
PROGRAM(returns, returns);

static void leave(void)
{
    exit(3);
}

static int exits(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    socket(AF_INET, SOCK_STREAM, 0);
    printf("unfinished");
    leave();
    return 0;
}
PROGRAM(exits, exits);

static int prints(int argc, char **argv)
{
    char line[3000];
    (void)argc;
    (void)argv;
    printf("one ");
    printf("line\n");
    fputs("second ", stdout);
    fprintf(stderr, "error\n");
    puts("line");
    putchar('3');
    fputc('\n', stdout);
    fwrite("four\nfive", 1, 9, stdout);
    fflush(stdout);
    write(STDOUT_FILENO, "\nsix\n", 5);
    errno = ECONNREFUSED;
    perror("connect");
    memset(line, 'x', sizeof line);
    printf("%.*s\n", (int)sizeof line, line);
    printf("%s %d", "end", 7);
    return 0;
}
PROGRAM(prints, prints);

static int loops(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (volatile long n = 0; n >= 0; n = n > 1000 ? 0 : n + 1)
        ;
    return 0;
}
PROGRAM(loops, loops);

static int deeper(volatile int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth < 0 ? 0 : deeper(depth + 1) + room[0];
}

static void on_fault(int signo)
{
    printf("handler %d\n", signo);
    exit(9);
}

static int crashes(int argc, char **argv)
{
    const char *how = argument_of(argc, argv);
    volatile uintptr_t low = 64; /* not NULL itself: a sanitizer would stop that */
    volatile int zero = 0;
    socket(AF_INET, SOCK_STREAM, 0);
    if (is(how, "handled"))
        signal(SIGSEGV, on_fault);
    if (is(how, "null") || is(how, "handled"))
        *(volatile int *)low = 1;
    else if (is(how, "stack"))
        return deeper(0);
    else if (is(how, "divide"))
        return argc * 7 / zero;
    else if (is(how, "raise"))
        raise(SIGTERM);
    else
        abort();
    return 0;
}
PROGRAM(crashes, crashes);

static void on_pipe(int signo)
{
    printf("handler %d\n", signo);
}

static int breaks_pipe(int argc, char **argv)
{
    const char *how = argument_of(argc, argv);
    struct linger now = {1, 0};
    int client, server, flags = is(how, "nosignal") ? MSG_NOSIGNAL : 0;
    char byte;
    if (is(how, "ignore"))
        signal(SIGPIPE, SIG_IGN);
    if (is(how, "handle"))
        signal(SIGPIPE, on_pipe);
    connection(&client, &server);
    setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(server);
    recv(client, &byte, 1, 0); /* takes the ECONNRESET */
    ssize_t n = send(client, "x", 1, flags);
    printf("send %zd %s\n", n, n < 0 && errno == EPIPE ? "EPIPE" : "?");
    return 5;
}
PROGRAM(breaks_pipe, breaks_pipe);

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void *wait_for_ever(void *unused)
{
    (void)unused;
    while (sleep(1000) + 1)
        ;
    return NULL;
}

static void wait_connect(void)
{
    struct sockaddr_in address;
    listener(0, &address);
    for (;;) { /* the queue holds one; the next one's SYN is not answered */
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        connect(fd, (struct sockaddr *)&address, sizeof address);
    }
}

static void wait_send(int fd)
{
    static const char bytes[65536];
    for (;;)
        send(fd, bytes, sizeof bytes, 0);
}

static void wait_recv(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);
    printf("recv %zd %s\n", n, n < 0 && errno == EINTR ? "EINTR" : "?");
}

/* Who is ended here leaves the mutex locked. On its stack TSan would take it for the one of the next thread there. */
static void wait_lock(const char *where)
{
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    sem_t semaphore;
    pthread_t thread;
    pthread_mutex_init(mutex, NULL);
    sem_init(&semaphore, 0, 0);
    pthread_mutex_lock(mutex);
    if (is(where, "mutex"))
        pthread_mutex_lock(mutex);
    else if (is(where, "cond"))
        pthread_cond_wait(&condition, mutex);
    else if (is(where, "sem"))
        printf("sem %d\n", sem_wait(&semaphore));
    else if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
        pthread_join(thread, NULL);
}

static void wait_many(const char *where, int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    struct epoll_event event = {.events = EPOLLIN};
    fd_set set;
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    if (is(where, "poll"))
        printf("poll %d\n", poll(&one, 1, -1));
    else if (is(where, "select"))
        printf("select %d\n", select(fd + 1, &set, NULL, NULL, NULL));
    else
        printf("epoll %d\n", epoll_wait(epoll, &event, 1, -1));
}

static int waits(int argc, char **argv)
{
    const char *where = argument_of(argc, argv);
    struct sockaddr_in address;
    int client, server;
    char byte;
    connection(&client, &server);
    if (is(where, "accept"))
        accept(listener(1, &address), NULL, NULL);
    else if (is(where, "connect"))
        wait_connect();
    else if (is(where, "send"))
        wait_send(client);
    else if (is(where, "recv"))
        wait_recv(client);
    else if (is(where, "read"))
        read(client, &byte, 1);
    else if (is(where, "sleep"))
        sleep(1000);
    else if (is(where, "poll") || is(where, "select") || is(where, "epoll"))
        wait_many(where, client);
    else
        wait_lock(where);
    return 0;
}
PROGRAM(waits, waits);

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void on_usr1(int signo)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("handler %d\n", signo);
    close(fd);
}

static int handles(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_usr1}, old;
    int client, server;
    char byte;
    if (is(argument_of(argc, argv), "restart"))
        action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR1, NULL, &old);
    connection(&client, &server);
    if (old.sa_handler == on_usr1)
        printf("ready\n");
    ssize_t n = recv(client, &byte, 1, 0);
    printf("recv %zd %s\n", n, n < 0 && errno == EINTR ? "EINTR" : "?");
    return 0;
}
PROGRAM(handles, handles);

static int kills(int argc, char **argv)
{
    const char *whom = argument_of(argc, argv);
    pid_t parent = getppid();
    int r = is(whom, "lab") ? kill(parent, SIGTERM) : is(whom, "group") ? kill(0, SIGTERM) : kill(-1, SIGTERM);
    if (is(whom, "self"))
        r = kill(getpid(), SIGTERM);
    printf("kill %d %s\n", r, errno == EPERM ? "EPERM" : "?");
    return 0;
}
PROGRAM(kills, kills);

/* ---- processes --------------------------------------------------------------------------------------------------- */

static int fork_and_wait(int how)
{
    int status = 0;
    printf("before");
    pid_t pid = fork();
    if (pid == 0) {
        printf("child\n");
        if (how == 0)
            exit(4);
        if (how < 0) {
            printf("lost: _exit() prints no unfinished line");
            _exit(-how);
        }
        raise(how);
        _exit(99);
    }
    pid_t got = waitpid(pid, &status, 0);
    printf(" after %s %d\n", got == pid ? "same" : "other", status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

static int fork_and_leave(const char *how)
{
    if (is(how, "ignores"))
        signal(SIGCHLD, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        if (is(how, "orphans"))
            sleep(1000);
        return 6;
    }
    if (is(how, "orphans"))
        return 0;
    if (is(how, "ignores")) {
        pid_t got = waitpid(pid, NULL, 0);
        printf("waitpid %d %s\n", got, errno == ECHILD ? "ECHILD" : "?");
        return 0;
    }
    sleep(1000);
    return 0;
}

static int fork_twice(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            printf("grandchild\n");
            return 8;
        }
        return wait(NULL) > 0 ? 9 : 1;
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int wait_without_child(void)
{
    pid_t pid = wait(NULL);
    printf("wait %d %s\n", pid, errno == ECHILD ? "ECHILD" : "?");
    return 0;
}

static int forks(int argc, char **argv)
{
    const char *how = argument_of(argc, argv);
    if (is(how, "exits"))
        return fork_and_wait(0);
    if (is(how, "dies"))
        return fork_and_wait(SIGKILL);
    if (is(how, "at once"))
        return fork_and_wait(-12);
    if (is(how, "alone"))
        return wait_without_child();
    if (is(how, "grandchild"))
        return fork_twice();
    return fork_and_leave(how);
}
PROGRAM(forks, forks);

static void on_child(int signo)
{
    int saved = errno;
    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static int fork_server(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
    struct sockaddr_in address = loopback((uint16_t)atoi(argument_of(argc, argv)));
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, interrupted = 0;
    sigaction(SIGCHLD, &action, NULL);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bind(fd, (struct sockaddr *)&address, sizeof address);
    listen(fd, 10);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0 && errno == EINTR) {
            printf("interrupted %d\n", ++interrupted);
            continue;
        }
        if (fork() == 0) {
            close(fd);
            serve(client);
            exit(0);
        }
        close(client);
    }
}
PROGRAM(fork_server, fork_server);

enum { STORM = 300 };

static int fork_storm(int argc, char **argv)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), killed = 0, status;
    (void)argc;
    (void)argv;
    for (int i = 0; i < STORM; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            int value;
            socklen_t bytes = sizeof value;
            setpriority(PRIO_PROCESS, 0, 19); /* it never sleeps: who is to kill it comes first */
            for (;;)
                getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &bytes);
        }
        if (i % 4 == 3)
            for (int k = 0; k < 4; k++)
                killed += wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    printf("killed %d\n", killed);
    return 0;
}
PROGRAM(fork_storm, fork_storm);

static int limits(int argc, char **argv)
{
    struct rlimit few = {.rlim_cur = 10, .rlim_max = 10};
    int fd = 0;
    (void)argc;
    (void)argv;
    if (setrlimit(RLIMIT_NOFILE, &few) < 0)
        return 1;
    while (fd >= 0)
        fd = socket(AF_INET, SOCK_STREAM, 0);
    perror("socket");
    return 0;
}
const struct net_program program_limits = {.name = "limits", .main = limits, .source = "setrlimit(RLIMIT_NOFILE"};

/* ---- threads ----------------------------------------------------------------------------------------------------- */

struct work {
    pthread_mutex_t mutex;
    pthread_cond_t more;
    sem_t done;
    int waiting, taken;
    bool over;
};

static void *twice(void *number)
{
    int *n = number;
    *n *= 2;
    if (*n == 6)
        pthread_exit(n);
    return n;
}

static int join_some(void)
{
    int number[3] = {1, 2, 3}, sum = 0;
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, twice, &number[i]);
    for (int i = 0; i < 3; i++) {
        void *result = NULL;
        pthread_join(thread[i], &result);
        sum += *(int *)result;
    }
    return sum;
}

static void *detached(void *semaphore)
{
    pthread_detach(pthread_self());
    sem_post(semaphore);
    return NULL;
}

static int detach_some(int count)
{
    sem_t done;
    sem_init(&done, 0, 0);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, detached, &done);
        sem_wait(&done);
    }
    return 1;
}

static void *exits_all(void *unused)
{
    (void)unused;
    printf("thread");
    exit(7);
}

static void *dies(void *unused)
{
    (void)unused;
    raise(SIGTERM);
    return NULL;
}

static void *prints_later(void *semaphore)
{
    sem_wait(semaphore);
    printf("still here\n");
    return NULL;
}

static void *worker(void *shared)
{
    struct work *w = shared;
    pthread_mutex_lock(&w->mutex);
    for (;;) {
        while (w->waiting == 0 && !w->over)
            pthread_cond_wait(&w->more, &w->mutex);
        if (w->waiting == 0)
            break;
        w->waiting--;
        w->taken++;
        sem_post(&w->done);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static int pool(void)
{
    struct work w = {.mutex = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
    pthread_t thread[4];
    sem_init(&w.done, 0, 0);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, worker, &w);
    for (int i = 0; i < 40; i++) {
        pthread_mutex_lock(&w.mutex);
        w.waiting++;
        pthread_cond_signal(&w.more);
        pthread_mutex_unlock(&w.mutex);
    }
    for (int i = 0; i < 40; i++)
        sem_wait(&w.done);
    pthread_mutex_lock(&w.mutex);
    w.over = true;
    pthread_cond_broadcast(&w.more);
    pthread_mutex_unlock(&w.mutex);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    return w.taken;
}

/* One place, many hands: who waits for it to be empty and who waits for it to be full wait on the same two conditions,
 * and are woken one by one, with the mutex in hand or without. A wake-up that is lost holds them for ever. */
struct place {
    pthread_mutex_t mutex;
    pthread_cond_t is_free, is_taken;
    int item, sum;
};
enum { ITEMS = 400, HANDS = 4 };

static void hand_over(struct place *p, int from, int to, pthread_cond_t *wait_for, pthread_cond_t *then)
{
    for (int i = 1; i <= ITEMS; i++) {
        pthread_mutex_lock(&p->mutex);
        while ((p->item != 0) != from)
            pthread_cond_wait(wait_for, &p->mutex);
        p->sum += p->item;
        p->item = to ? i : 0;
        if (i % 2)
            pthread_cond_signal(then);
        pthread_mutex_unlock(&p->mutex);
        if (i % 2 == 0)
            pthread_cond_signal(then);
    }
}

static void *puts_items(void *place)
{
    struct place *p = place;
    hand_over(p, 0, 1, &p->is_free, &p->is_taken);
    return NULL;
}

static void *takes_items(void *place)
{
    struct place *p = place;
    hand_over(p, 1, 0, &p->is_taken, &p->is_free);
    return NULL;
}

static int from_hand_to_hand(void)
{
    struct place place = {
        .mutex = PTHREAD_MUTEX_INITIALIZER, .is_free = PTHREAD_COND_INITIALIZER, .is_taken = PTHREAD_COND_INITIALIZER};
    pthread_t thread[2 * HANDS];
    for (int i = 0; i < 2 * HANDS; i++)
        pthread_create(&thread[i], NULL, i % 2 ? puts_items : takes_items, &place);
    for (int i = 0; i < 2 * HANDS; i++)
        pthread_join(thread[i], NULL);
    return place.sum == HANDS * ITEMS * (ITEMS + 1) / 2 ? 21 : 1;
}

static void *says_its_number(void *unused)
{
    printf("%ld\n", (long)gettid());
    return unused;
}

static int number_of_a_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, says_its_number, NULL);
    pthread_join(thread, NULL);
    return 0;
}

static void *overflows(void *unused)
{
    (void)unused;
    deeper(0);
    return NULL;
}

static int start_and(const char *how)
{
    pthread_t thread, other;
    pthread_create(&other, NULL, wait_for_ever, NULL);
    if (is(how, "exit"))
        pthread_create(&thread, NULL, exits_all, NULL);
    else if (is(how, "dies"))
        pthread_create(&thread, NULL, dies, NULL);
    else if (is(how, "overflows"))
        pthread_create(&thread, NULL, overflows, NULL);
    else
        return 11; /* leaves: returning from main ends the other */
    wait_for_ever(NULL);
    return 0;
}

static void *comes_and_goes(void *unused)
{
    return unused;
}

static bool has_a_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, comes_and_goes, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static void *has_threads(void *over)
{
    while (!atomic_load((atomic_bool *)over))
        has_a_thread();
    return NULL;
}

/*
 * How many of 20 children could make a thread, while another thread of their parent was in the middle of the same. A
 * sanitizer keeps its own lock held in such a child: there they just end.
 */
static int fork_amid_threads(void)
{
    atomic_bool over = false;
    pthread_t thread;
    int good = 0, status;
    pthread_create(&thread, NULL, has_threads, &over);
    for (int i = 0; i < 20; i++) {
        if (fork() == 0)
            _exit(!NET_UNDER_ASAN && !NET_UNDER_TSAN && !has_a_thread());
        good += wait(&status) > 0 && status == 0;
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    return good;
}

static int main_exits(void)
{
    sem_t *semaphore = malloc(sizeof *semaphore);
    pthread_t thread;
    sem_init(semaphore, 0, 0);
    pthread_create(&thread, NULL, prints_later, semaphore);
    sem_post(semaphore);
    pthread_exit(NULL);
}

static int threads(int argc, char **argv)
{
    const char *how = argument_of(argc, argv);
    if (is(how, "join"))
        return join_some();
    if (is(how, "detach"))
        return detach_some(20);
    if (is(how, "pool"))
        return pool();
    if (is(how, "hands"))
        return from_hand_to_hand();
    if (is(how, "number"))
        return number_of_a_thread();
    if (is(how, "fork"))
        return fork_amid_threads();
    if (is(how, "main_exits"))
        return main_exits();
    return start_and(how);
}
PROGRAM(threads, threads);
