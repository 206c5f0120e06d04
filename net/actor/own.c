// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/actor/own.h"

#include "net/base/message.h"
#include "net/trace/image.h"
#include "net/actor/lines.h"
#include "net/actor/preload.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { ARENA_FD = 3, LIBRARY_FD = 4, FIRST_OF_OURS = 10, TAKE_BYTES = 2000, TAKES_AT_ONCE = 16, HIDDEN_MOST = 4096 };
/* In an epoll event, where a task's id has 32 bits. */
#define PIPE_TAG ((uint64_t)1 << 40)

/* ---- in the lab: before its start -------------------------------------------------------------------------------- */

/* Beyond the numbers that are given away in the new process. */
static int move_up(int fd)
{
    int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OF_OURS);
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return moved;
}

static int open_library(void)
{
    int fd = move_up(memfd_create("libtcplab-trace.so", MFD_CLOEXEC));
    for (size_t at = 0; fd >= 0 && at < net_preload_bytes;) {
        ssize_t n = write(fd, net_preload_text + at, net_preload_bytes - at);
        if (n <= 0) {
            close(fd);
            return -1;
        }
        at += (size_t)n;
    }
    return fd;
}

static bool open_pipe(int ends[2])
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return false;
    ends[0] = move_up(pair[0]);
    ends[1] = move_up(pair[1]);
    if (ends[0] >= 0)
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return ends[0] >= 0 && ends[1] >= 0;
}

int net_own_open(struct net_actors *all, struct net_actor *actor, const char **call)
{
    *call = "memfd_create";
    if (all->library_fd < 0 && (all->library_fd = open_library()) < 0)
        return errno;
    *call = "pipe";
    for (int k = 0; k < 2; k++)
        if (!open_pipe(actor->output[k]))
            return errno;
    return 0;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void net_own_close(struct net_actors *all, struct net_actor *actor)
{
    for (int k = 0; actor->is_own && k < 2; k++) {
        if (actor->output[k][0] >= 0)
            epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, actor->output[k][0], NULL);
        shut(&actor->output[k][0]);
        shut(&actor->output[k][1]);
    }
}

int net_own_give(const struct net_actors *all, const struct net_actor *actor, posix_spawn_file_actions_t *actions)
{
    int error = posix_spawn_file_actions_adddup2(actions, all->library_fd, LIBRARY_FD);
    for (int k = 0; k < 2 && !error; k++)
        error = posix_spawn_file_actions_adddup2(actions, actor->output[k][1], STDOUT_FILENO + k);
    return error;
}

/* ---- in the lab: what it prints ---------------------------------------------------------------------------------- */

void net_own_listen(struct net_actors *all, struct net_actor *actor)
{
    for (int k = 0; k < 2; k++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = PIPE_TAG | (uint64_t)actor->id << 1 | (unsigned)k};
        shut(&actor->output[k][1]);
        epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, actor->output[k][0], &event);
    }
}

static void post_output(struct net_actors *all, struct net_actor *actor, int fd, const char *text, size_t bytes)
{
    struct net_event ev = {.kind = NET_EV_OUTPUT,
                           .actor = actor->id,
                           .task = actor->first_task,
                           .data = (const uint8_t *)text,
                           .data_bytes = (uint32_t)bytes,
                           .u.output = {.fd = fd}};
    if (actor->printed >= NET_PRINTED_MOST)
        return;
    actor->printed += bytes;
    ev.u.output.is_last = actor->printed >= NET_PRINTED_MOST;
    net_arena_post(all->arena, &ev);
}

/* A line each, as the others are told. False: there is no more for now. */
static bool take_some(struct net_actors *all, struct net_actor *actor, int k)
{
    char text[TAKE_BYTES];
    ssize_t n = actor->output[k][0] < 0 ? 0 : read(actor->output[k][0], text, sizeof text);
    if (n < 0)
        return errno == EINTR;
    if (n == 0) { /* nobody has the other end any more */
        if (actor->output[k][0] >= 0)
            epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, actor->output[k][0], NULL);
        shut(&actor->output[k][0]);
        return false;
    }
    for (ssize_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', (size_t)(n - at));
        size_t bytes = end ? (size_t)(end - text - at) + 1 : (size_t)(n - at);
        post_output(all, actor, STDOUT_FILENO + k, text + at, bytes);
        at += (ssize_t)bytes;
    }
    return true;
}

bool net_own_take(struct net_actors *all, uint64_t tag)
{
    struct net_actor *actor = tag & PIPE_TAG ? net_actor_by_id(all, (uint32_t)((tag & ~PIPE_TAG) >> 1)) : NULL;
    for (int times = 0; actor && times < TAKES_AT_ONCE; times++)
        if (!take_some(all, actor, tag & 1))
            break;
    return (tag & PIPE_TAG) != 0;
}

void net_own_take_all(struct net_actors *all, struct net_actor *actor)
{
    for (int k = 0; k < 2; k++)
        while (actor->output[k][0] >= 0 && take_some(all, actor, k))
            ;
}

/* ---- in the lab: its events -------------------------------------------------------------------------------------- */

/* Where in an event its place stands, and where its line goes. */
struct placed {
    uint32_t *site;
    uint16_t *file, *line;
};

static struct placed places_of(struct net_event *ev)
{
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_CALL_ENTER:
    case NET_EV_CALL_RETURN: return (struct placed){&ev->u.call.site, &ev->u.call.file, &ev->u.call.line};
    case NET_EV_GATE: return (struct placed){&ev->u.gate.site, &ev->u.gate.file, &ev->u.gate.line};
    case NET_EV_SIGNAL: return (struct placed){&ev->u.signal.site, &ev->u.signal.file, &ev->u.signal.line};
    case NET_EV_OUTPUT: return (struct placed){&ev->u.output.site, &ev->u.output.file, &ev->u.output.line};
    default: return (struct placed){NULL, NULL, NULL};
    }
}

static void tell_file(struct net_actors *all, const struct net_event *like, unsigned file, net_sink_fn *sink,
                      void *user)
{
    const char *path = net_lines_path(all->lines, file);
    struct net_event ev = {.time_ns = like->time_ns,
                           .kind = NET_EV_FILE,
                           .data = (const uint8_t *)path,
                           .data_bytes = (uint32_t)strlen(path),
                           .u.file = {.id = (uint16_t)file}};
    sink(user, &ev);
}

void net_own_put_unseen(struct net_actors *all, const struct net_actor *actor, enum net_sight sight)
{
    struct net_event ev = {.kind = NET_EV_IMAGE,
                           .actor = actor->id,
                           .task = actor->first_task,
                           .data = (const uint8_t *)actor->file,
                           .data_bytes = (uint32_t)strlen(actor->file),
                           .u.image = {.sight = (uint8_t)sight, .lines = NET_LINES_NONE}};
    net_arena_post(all->arena, &ev);
}

static void pass_image(struct net_actors *all, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    struct net_event own = *ev;
    char path[NET_EVENT_DATA_MAX + 1];
    snprintf(path, sizeof path, "%.*s", (int)ev->data_bytes, ev->data_bytes ? (const char *)ev->data : "");
    if (ev->u.image.sight == NET_SEEN && ev->u.image.lines != NET_LINES) /* it does not know them by itself */
        own.u.image.lines = (uint8_t)net_lines_has(all->lines, path);
    struct net_actor *actor = net_actor_by_id(all, ev->actor);
    if (actor)
        actor->has_image = true;
    sink(user, &own);
}

void net_own_pass(struct net_actors *all, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    struct net_event own = *ev;
    struct placed at = places_of(&own);
    unsigned fresh = 0;
    if (ev->kind == NET_EV_SITE) {
        net_arena_site_is(all->arena, ev->u.site.id, net_lines_learn(all->lines, ev, &fresh));
        if (fresh)
            tell_file(all, ev, fresh, sink, user);
        return;
    }
    if (ev->kind == NET_EV_IMAGE) {
        pass_image(all, ev, sink, user);
        return;
    }
    if (!at.site || !*at.site) {
        sink(user, ev);
        return;
    }
    struct net_line line = net_lines_of(all->lines, *at.site);
    *at.file = line.file;
    *at.line = line.line;
    *at.site = 0; /* of no meaning outside of net/actor */
    sink(user, &own);
}

/* ---- in the new process ------------------------------------------------------------------------------------------ */

/* A number that the program does not get for a file of its own: from its limit on where the hard one leaves room. */
int net_own_hide(int fd)
{
    struct rlimit limit, raised;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t first = limit.rlim_cur < HIDDEN_MOST ? limit.rlim_cur : HIDDEN_MOST;
    raised = limit;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < first + 2)
        first = limit.rlim_max - 2;
    raised.rlim_cur = first + 2 > limit.rlim_cur ? first + 2 : limit.rlim_cur;
    setrlimit(RLIMIT_NOFILE, &raised);
    int hidden = fcntl(fd, F_DUPFD, (int)first);
    setrlimit(RLIMIT_NOFILE, &limit);
    close(fd);
    return hidden;
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit now;
    getrlimit(resource, &now);
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > hard)
        now.rlim_max = hard;
    if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > soft)
        now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
    setrlimit(resource, &now);
}

/* AddressSanitizer and ThreadSanitizer reserve terabytes of addresses, which a limit of memory would refuse. */
static bool is_sanitized(const char *path)
{
    static const char *const words[] = {"__asan_init", "__tsan_init"};
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t bytes = fd >= 0 && fstat(fd, &file) == 0 && file.st_size > 0 ? (size_t)file.st_size : 0;
    void *text = bytes ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    bool found = false;
    for (size_t i = 0; text != MAP_FAILED && i < sizeof words / sizeof words[0]; i++)
        found = found || memmem(text, bytes, words[i], strlen(words[i])) != NULL;
    if (text != MAP_FAILED)
        munmap(text, bytes);
    if (fd >= 0)
        close(fd);
    return found;
}

static void put_limits(const char *path)
{
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t memory = half < NET_OWN_MEMORY_BYTES ? half : NET_OWN_MEMORY_BYTES;
    limit(RLIMIT_CPU, NET_OWN_CPU_S, NET_OWN_CPU_S + 5);
    if (!is_sanitized(path) && (rlim_t)memory == memory)
        limit(RLIMIT_DATA, (rlim_t)memory, (rlim_t)memory);
    limit(RLIMIT_FSIZE, NET_OWN_FILE_BYTES, NET_OWN_FILE_BYTES);
    limit(RLIMIT_CORE, 0, 0);
}

static uint64_t inode_of(int fd)
{
    struct stat file;
    return fstat(fd, &file) == 0 ? file.st_ino : 0;
}

/* Ours first: what the learner has set stays behind it. */
static void hand_over(int shared_id)
{
    char text[4200], number[80];
    const char *before = getenv("LD_PRELOAD"), *asan = getenv("ASAN_OPTIONS");
    int arena_fd = shared_id < 0 ? net_own_hide(ARENA_FD) : -1;
    int library_fd = net_own_hide(LIBRARY_FD);
    snprintf(text, sizeof text, "/proc/self/fd/%d%s%s", library_fd, before && *before ? ":" : "", before ? before : "");
    setenv("LD_PRELOAD", text, 1);
    snprintf(number, sizeof number, "%d,%d,%d,%" PRIu64 ",%" PRIu64, arena_fd, shared_id, library_fd,
             inode_of(STDOUT_FILENO), inode_of(STDERR_FILENO));
    setenv("TCPLAB_TRACE", number, 1);
    /* AddressSanitizer wants to be the first library of all, or to be told that it need not. */
    snprintf(text, sizeof text, "verify_asan_link_order=0%s%s", asan ? ":" : "", asan ? asan : "");
    setenv("ASAN_OPTIONS", text, 1);
}

_Noreturn void net_own_become(struct net_task_group *group, const struct net_own_start *start, char **argv)
{
    struct net_task *t = &group->task;
    sigset_t none;
    setpgid(0, 0); /* kill(0, ...) means its own processes */
    net_task_begin(t);
    if (start->traced)
        hand_over(net_arena_shared_id(t->arena));
    net_self = NULL;
    for (int fd = ARENA_FD; fd < FIRST_OF_OURS; fd++)
        close(fd);
    setenv("PYTHONUNBUFFERED", "1", 0); /* line by line, as on a terminal */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    net_task_be_ordinary();
    put_limits(start->path);
    for (int signo = 1; signo < NET_SIGNALS; signo++)
        signal(signo, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(start->path, argv);
    int error = errno;
    if (*start->language)
        net_messages_begin(start->language);
    dprintf(STDERR_FILENO, _("%s cannot be run: %s\n"), argv[0], net_errno_text(error));
    net_exit_now(127);
}
