// SPDX-License-Identifier: GPL-3.0-or-later
// Actors that are threads of the lab: how one begins, and what is left to do when it has ended.
/*
 * Such a thread moves into its host's namespace and has a table of descriptors of its own, with nothing in it but 0 to
 * 2. Its program is called there (net_task_run()).
 */
#include "net/actor/actor_private.h"

#include "net/base/confine.h"
#include "net/base/message.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What its entry into the host failed with, and where. */
static _Thread_local struct net_error refused;

static int cannot_begin(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    net_fprintf(0, stderr, _("cannot enter its host: %s\n"), refused.text);
    return 126;
}

/* -1: the descriptors that it sees are still the lab's. */
static int enter_world(const struct net_actor *actor)
{
    if (net_hosts_enter(actor->hosts, actor->host) < 0)
        return net_fail_errno(&refused, "setns");
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE) < 0)
        return net_fail_errno(&refused, "close_range");
    int null = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
    for (int fd = 0; fd <= NET_LAST_NULL && null >= 0; fd++)
        if (fd != null)
            syscall(SYS_dup3, null, fd, 0);
    if (null > 2)
        syscall(SYS_close, null);
    if (actor->folder)
        net_confine(NET_CONFINED_PROGRAM, actor->folder); /* where the kernel can */
    return 0;
}

static void *actor_thread(void *argument)
{
    struct net_actor *actor = argument;
    prctl(PR_SET_NAME, actor->name, 0, 0, 0);
    bool entered = enter_world(actor) == 0;
    actor->group->task.has_lab_files = !entered;
    net_task_run(&actor->group->task,
                 !entered         ? cannot_begin
                 : actor->program ? actor->program->main
                                  : net_hand_main,
                 actor->argc, actor->argv);
    return NULL;
}

int net_actor_start_thread(struct net_actors *all, struct net_actor *actor, const char **call)
{
    *call = "malloc";
    actor->group = net_task_group_new(all->arena, actor->ring, net_arena_room(all->arena, actor->ring));
    if (!actor->group)
        return ENOMEM;
    actor->group->task.is_hand = !actor->program;
    actor->group->task.from_pid = all->pid;
    *call = "pthread_create";
    int error = pthread_create(&actor->thread, NULL, actor_thread, actor);
    actor->has_thread = error == 0;
    return error;
}

/* The thread's last act was to mark its ring: it is gone in a moment. */
void net_actor_finish_thread(struct net_actor *actor)
{
    if (actor->has_thread)
        pthread_join(actor->thread, NULL);
    actor->has_thread = false;
    net_task_group_free(actor->group);
    free(actor->argv);
    actor->group = NULL;
    actor->argv = NULL;
    actor->ring = NULL;
}
