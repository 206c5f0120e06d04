// SPDX-License-Identifier: GPL-3.0-or-later
// Actors that are processes of their own: how the lab starts one, and how it begins.
/*
 * A process actor is the program file that is running, started once more (/proc/self/exe, which is that file even when
 * another has taken its name on the disk). It has none of the lab's memory. What it needs is in the arena, which it
 * inherits as a descriptor, maps and closes, so that its program's first socket is 3 (or maps by its number, where it
 * is no file); an environment variable says which ring is its own. What it is to run is said as a distance in the
 * program file, since that is mapped somewhere else.
 *
 * The namespace of its host is inherited from the lab's main thread, which moves there for the moment of the start.
 *
 * It begins in a constructor and not by a call in main(), so that every program which is linked with libnet.a can have
 * process actors: one without that call would, as its own child, do all that it does again, and so on without end.
 */
#include "net/actor/own.h"

#include "net/base/confine.h"
#include "net/base/message.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define ACTOR_VARIABLE "TCPLAB_ACTOR"
enum { ARENA_FD = 3 };

/* What a process is to do, in the room of its ring. */
struct start {
    struct net_hand_box box;
    int lab_pid;
    char name[16];
    bool is_hand;
    char folder[PATH_MAX]; /* "": it may write wherever the user may */
    bool is_own;
    intptr_t main_at; /* from net_hand_main() on */
    struct net_own_start own;
};
_Static_assert(sizeof(struct start) <= NET_ROOM_BYTES, "it fits into a ring's room");

/* ---- in the lab -------------------------------------------------------------------------------------------------- */

static void write_start(struct net_actors *all, const struct net_actor *actor)
{
    struct start *start = net_arena_room(all->arena, actor->ring);
    start->lab_pid = all->pid;
    memcpy(start->name, actor->name, sizeof start->name);
    start->is_hand = !actor->program && !actor->is_own;
    start->is_own = actor->is_own;
    start->own.traced = actor->is_traced;
    snprintf(start->own.path, sizeof start->own.path, "%s", actor->is_own ? actor->file : "");
    snprintf(start->own.language, sizeof start->own.language, "%s", net_messages_language());
    snprintf(start->folder, sizeof start->folder, "%s", actor->folder ? actor->folder : "");
    start->main_at = actor->program ? (intptr_t)actor->program->main - (intptr_t)net_hand_main : 0;
}

/* The variable first, then the lab's own environment: if that has one of the same name, getenv() does not come to it.
 * LANGUAGE is the one of who started the lab. The caller frees the list, not its words. */
static char **add_to_environment(char *variable)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **all = malloc((count + 3) * sizeof *all);
    if (!all)
        return NULL;
    all[0] = variable;
    size_t kept = 1;
    for (size_t i = 0; i < count; i++)
        if (!*net_messages_language() || strncmp(environ[i], "LANGUAGE=", 9) != 0)
            all[kept++] = environ[i];
    if (*net_messages_language() && net_messages_former_language())
        all[kept++] = (char *)net_messages_former_language(); /* posix_spawn() changes no word */
    all[kept] = NULL;
    return all;
}

/* The arena first: its number may be one of those that are given away next. */
static int arrange_descriptors(const struct net_actors *all, const struct net_actor *actor,
                               posix_spawn_file_actions_t *actions)
{
    int arena_fd = net_arena_fd(all->arena);
    int error = arena_fd < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, arena_fd, ARENA_FD);
    if (!error)
        error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    for (int fd = STDOUT_FILENO; fd <= NET_LAST_NULL && !error; fd++)
        error = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, fd);
    if (!error && actor->is_own)
        error = net_own_give(all, actor, actions);
    return error;
}

/* posix_spawn() in the host's namespace. 0, or errno; *call is then what failed. */
static int spawn_there(const struct net_actor *actor, const posix_spawn_file_actions_t *actions, char **environment,
                       pid_t *pid, const char **call)
{
    static char word[] = "hand", *const hand[] = {word, NULL};
    *call = "setns";
    if (net_hosts_enter(actor->hosts, actor->host) < 0)
        return errno;
    *call = "posix_spawn";
    int error = posix_spawn(pid, "/proc/self/exe", actions, NULL, actor->argc ? actor->argv : hand, environment);
    net_hosts_leave(actor->hosts);
    return error;
}

int net_actor_spawn(struct net_actors *all, struct net_actor *actor, const char **call)
{
    char variable[40];
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    write_start(all, actor);
    snprintf(variable, sizeof variable, ACTOR_VARIABLE "=%zu,%d", net_arena_index(all->arena, actor->ring),
             net_arena_shared_id(all->arena));
    char **environment = add_to_environment(variable);
    *call = "malloc";
    if (!environment || posix_spawn_file_actions_init(&actions) != 0) {
        free(environment);
        return ENOMEM;
    }
    int error = arrange_descriptors(all, actor, &actions);
    if (!error)
        error = spawn_there(actor, &actions, environment, &pid, call);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    if (!error)
        atomic_store(&actor->ring->pid, pid);
    return error;
}

/* ---- in the process ---------------------------------------------------------------------------------------------- */

/* For an exec: under a number beyond those that the hand gets for its files. */
static void keep_arena(const struct net_arena *arena)
{
    int shared_id = net_arena_shared_id(arena);
    int hidden = shared_id < 0 ? net_own_hide(ARENA_FD) : -1;
    if (hidden > ARENA_FD)
        syscall(SYS_close_range, ARENA_FD, hidden - 1, 0);
    syscall(SYS_close_range, hidden > ARENA_FD ? hidden + 1 : ARENA_FD, ~0U, 0);
    net_hand_keep_arena(hidden, shared_id);
}

/* After the exec of a hand. */
static _Noreturn void live_again(struct net_arena *arena, struct net_ring *ring, int fd, int shared_id)
{
    struct net_hand_box *box = net_arena_room(arena, ring);
    struct net_task_group *group = net_task_group_new(arena, ring, box);
    uint64_t ignored;
    if (!group)
        net_exit_now(126);
    memcpy(&ignored, box->data, sizeof ignored);
    for (int signo = 1; signo < 64; signo++)
        if (ignored >> signo & 1)
            group->dispositions[signo].sa_handler = SIG_IGN;
    net_trace_init();
    struct net_task *t = &group->task;
    t->kind = ring->parent_task ? NET_TASK_CHILD : NET_TASK_MAIN;
    t->is_process = t->is_hand = t->goes_on = true;
    t->from_pid = getppid();
    net_hand_keep_arena(fd, shared_id);
    net_signals_make_real(t);
    net_signals_mask_process();
    net_hand_box_init(box);
    net_task_run(t, net_hand_main, 0, NULL);
    net_exit_now(0); /* not reached: a process ends in there */
}

static void become_hand_again_if_asked(void)
{
    size_t index;
    int fd, shared_id;
    const char *word = getenv(NET_HAND_AGAIN);
    bool is_asked = word && sscanf(word, NET_HAND_AGAIN_FORM, &index, &fd, &shared_id) == 3 &&
                    index >= NET_FIRST_TASK_RING;
    if (word)
        unsetenv(NET_HAND_AGAIN);
    struct net_arena *arena = !is_asked ? NULL : shared_id < 0 ? net_arena_map(fd) : net_arena_attach(shared_id);
    struct net_ring *ring = arena ? net_arena_ring(arena, index) : NULL;
    if (ring && atomic_load(&ring->pid) == getpid() && atomic_load(&ring->use) == NET_RING_LIVE)
        live_again(arena, ring, fd, shared_id);
}

static _Noreturn void live(struct net_arena *arena, struct net_ring *ring, int argc, char **argv)
{
    struct start *start = net_arena_room(arena, ring);
    struct net_task_group *group = net_task_group_new(arena, ring, &start->box);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGXFSZ, SIG_DFL); /* the lab ignores it */
    if (!group || getppid() != start->lab_pid)
        net_exit_now(126);
    if (start->is_own)
        net_own_become(group, &start->own, argv);
    if (start->is_hand)
        keep_arena(arena);
    else
        syscall(SYS_close_range, ARENA_FD, ~0U, 0);
    prctl(PR_SET_NAME, start->name);
    if (*start->folder)
        net_confine(NET_CONFINED_PROGRAM, start->folder); /* where the kernel can */
    net_trace_init();
    group->task.is_hand = start->is_hand;
    group->task.from_pid = start->lab_pid;
    net_signals_make_real(&group->task);
    net_signals_mask_process();
    net_task_run(&group->task, (int (*)(int, char **))((intptr_t)net_hand_main + start->main_at), argc, argv);
    net_exit_now(0); /* not reached: a process ends in there */
}

/* Where nobody has started this as an actor, the variable means nothing: whoever set it, it is not passed on.
 * The C library gives a constructor what it gives main(). */
static void __attribute__((constructor)) become_actor_if_asked(int argc, char **argv)
{
    size_t index;
    int shared_id;
    become_hand_again_if_asked();
    const char *word = getenv(ACTOR_VARIABLE);
    bool is_asked = word && sscanf(word, "%zu,%d", &index, &shared_id) == 2 && index >= NET_FIRST_TASK_RING;
    if (word)
        unsetenv(ACTOR_VARIABLE);
    struct net_arena *arena = !is_asked ? NULL : shared_id < 0 ? net_arena_map(ARENA_FD) : net_arena_attach(shared_id);
    struct net_ring *ring = arena ? net_arena_ring(arena, index) : NULL;
    if (!ring)
        return;
    live(arena, ring, argc, argv);
}
