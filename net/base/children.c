// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/children.h"

#include "net/base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int signal_listed(FILE *list, int signo)
{
    int pid, count = 0;
    while (fscanf(list, "%d", &pid) == 1) {
        kill(pid, signo);
        count++;
    }
    return count;
}

/* Where the kernel keeps no list (CONFIG_PROC_CHILDREN), look at every process. */
static int signal_searched(int signo)
{
    DIR *proc = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        struct net_proc_stat stat;
        int pid = atoi(entry->d_name);
        if (pid <= 0 || net_proc_stat(pid, 0, &stat) < 0 || stat.parent != getpid())
            continue;
        kill(pid, signo);
        count++;
    }
    if (proc)
        closedir(proc);
    return count;
}

int net_children_signal(int signo)
{
    FILE *list = fopen("/proc/thread-self/children", "re");
    if (!list)
        return signal_searched(signo);
    int count = signal_listed(list, signo);
    fclose(list);
    return count;
}

void net_children_end(void)
{
    while (net_children_signal(SIGKILL) > 0)
        if (waitpid(-1, NULL, 0) < 0 && errno != EINTR)
            return;
}
