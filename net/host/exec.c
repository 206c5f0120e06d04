// SPDX-License-Identifier: GPL-3.0-or-later
// Any command on a host of a running lab: the witnesses (ss, tcpdump, strace, nc) that the lab does not control.
/*
 * A lab holds a memory file named "tcplab-hosts" whose text says which process it is and which of its descriptors are
 * the hosts' namespaces. Whoever looks for labs reads the links in /proc/PID/fd: nothing is written to a disk, and
 * nothing can be left behind by a lab that died. A process forked by the lab may have the file too; the process id in
 * the text tells it from the lab.
 *
 * The command gets every capability that the lab's user namespace grants. They would be lost at exec, because the
 * user's id is not 0 in there; ambient capabilities (capabilities(7)) last. None of them is worth anything outside of
 * the lab's own namespaces.
 */
#include "net/host/exec.h"

#include "net/base/proc.h"
#include "net/host/exec_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOSTS_FILE "tcplab-hosts"
#define HOSTS_FORM "pid %d\nmode %d\nserver %d\nclient %d\n"

struct found_lab {
    int pid, mode, ns_fd[NET_HOSTS];
};

int net_exec_publish(const struct net_hosts *hosts, struct net_error *err)
{
    int fd = memfd_create(HOSTS_FILE, MFD_CLOEXEC);

    if (fd < 0)
        return net_fail_errno(err, "memfd_create");
    if (dprintf(fd, HOSTS_FORM, getpid(), (int)hosts->mode, hosts->host[NET_SERVER].ns_fd,
                hosts->host[NET_CLIENT].ns_fd) > 0)
        return fd;
    net_fail_errno(err, "write(memfd)");
    close(fd);
    return -1;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static bool read_hosts(const char *path, struct found_lab *lab)
{
    FILE *file = fopen(path, "re");
    struct stat owner;

    if (!file)
        return false;
    /* Root looks into every process, but believes no other user's: it would enter whatever that one says. */
    if (fstat(fileno(file), &owner) || owner.st_uid != geteuid()) {
        fclose(file);
        return false;
    }
    int fields = fscanf(file, HOSTS_FORM, &lab->pid, &lab->mode, &lab->ns_fd[NET_SERVER], &lab->ns_fd[NET_CLIENT]);
    fclose(file);
    return fields == 4;
}

/* Whether this process is a lab, by the links of its descriptors. */
static bool is_lab(int pid, struct found_lab *lab)
{
    char path[64], link[64];
    struct dirent *entry;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    while (!found && (entry = readdir(dir))) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        link[n > 0 ? n : 0] = 0;
        if (strncmp(link, "/memfd:" HOSTS_FILE, sizeof "/memfd:" HOSTS_FILE - 1) != 0)
            continue;
        snprintf(path, sizeof path, "/proc/%d/fd/%.20s", pid, entry->d_name);
        found = read_hosts(path, lab) && lab->pid == pid;
    }
    closedir(dir);
    return found;
}

static bool is_ours(int proc_fd, const char *name)
{
    struct stat owner;

    return fstatat(proc_fd, name, &owner, 0) == 0 && owner.st_uid == geteuid();
}

/* A child, or a child's: between the process that the user started and the lab stands the warden. */
static bool is_below(int pid, int ancestor)
{
    struct net_proc_stat stat, parent;
    return net_proc_stat(pid, 0, &stat) == 0 &&
           (stat.parent == ancestor || (net_proc_stat(stat.parent, 0, &parent) == 0 && parent.parent == ancestor));
}

/* How many labs this user runs, of all (parent 0) or below one process; the last one in *lab, all their ids in text. */
static int find_labs(int parent, struct found_lab *lab, char *text, size_t text_bytes)
{
    DIR *proc = opendir("/proc");
    struct found_lab candidate;
    struct dirent *entry;
    size_t n = 0;
    int labs = 0;

    *text = 0;
    while (proc && (entry = readdir(proc))) {
        int pid = atoi(entry->d_name);
        if (pid <= 0 || !is_ours(dirfd(proc), entry->d_name) || (parent && !is_below(pid, parent)) ||
            !is_lab(pid, &candidate))
            continue;
        *lab = candidate;
        if (n < text_bytes)
            n += (size_t)snprintf(text + n, text_bytes - n, "%s%d", labs ? ", " : "", pid);
        labs++;
    }
    if (proc)
        closedir(proc);
    return labs;
}

static int choose_lab(int wanted, struct found_lab *lab, struct net_error *err)
{
    char pids[96];

    /* What a shell calls the lab's process is the one that watches over it. */
    if (wanted)
        return is_lab(wanted, lab) || find_labs(wanted, lab, pids, sizeof pids) == 1
                   ? 0
                   : net_fail(err, 0, NULL,
                              "Process %d is no running lab of yours: `pgrep tcplab` lists those that could be.",
                              wanted);
    int labs = find_labs(0, lab, pids, sizeof pids);
    if (labs == 0)
        return net_fail(err, 0, NULL,
                        "No lab of yours is running: start `tcplab` in another terminal, then run this again.");
    if (labs > 1)
        return net_fail(err, 0, NULL, "%d labs of yours are running: say which one, exec --lab PID (%s).", labs, pids);
    return 0;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static int join(const char *path, int kind, struct net_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return net_fail_errno(err, "open(/proc/PID/ns)");
    int failed = setns(fd, kind), code = errno;
    close(fd);
    errno = code;
    return failed ? net_fail_errno(err, "setns") : 0;
}

/* A process that is in that user namespace already must not join it again (EINVAL). */
static int join_user_namespace(int pid, struct net_error *err)
{
    struct stat mine, theirs;
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    if (stat("/proc/self/ns/user", &mine) || stat(path, &theirs))
        return net_fail_errno(err, "stat(/proc/PID/ns/user)");
    return mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev ? 0 : join(path, CLONE_NEWUSER, err);
}

static void keep_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data))
        return;
    data[0].inheritable = data[0].permitted;
    data[1].inheritable = data[1].permitted;
    if (syscall(SYS_capset, &header, data))
        return;
    for (unsigned capability = 0; capability < 64; capability++)
        if (data[capability / 32].permitted & 1u << capability % 32)
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

static int join_host(const struct found_lab *lab, enum net_host host, struct net_error *err)
{
    char path[64];

    if (lab->mode == NET_MODE_LOOPBACK)
        return 0;
    if (join_user_namespace(lab->pid, err))
        return -1;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", lab->pid, lab->ns_fd[host]);
    if (join(path, CLONE_NEWNET, err))
        return -1;
    keep_capabilities();
    return 0;
}

/* Of the lab that was found, and of no process that has got its number since. */
static int hold(const struct found_lab *lab, struct net_error *err)
{
    struct found_lab again;
    int fd = (int)syscall(SYS_pidfd_open, lab->pid, 0);

    if (fd >= 0 && is_lab(lab->pid, &again))
        return fd;
    if (fd >= 0)
        close(fd);
    return net_fail(err, 0, NULL, "The lab has just ended: start `tcplab` again, then run this again.");
}

int net_exec(int lab_pid, enum net_host host, char *const argv[], struct net_error *err)
{
    struct found_lab lab;

    if (choose_lab(lab_pid, &lab, err))
        return -1;
    int lab_fd = hold(&lab, err);
    if (lab_fd < 0 || join_host(&lab, host, err))
        return -1;
    return net_exec_watched(lab_fd, argv, err);
}
