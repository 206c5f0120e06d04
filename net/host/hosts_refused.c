// SPDX-License-Identifier: GPL-3.0-or-later
// Why this machine refuses namespaces, and what would allow them.
/*
 * An errno alone is a riddle: EPERM is what a container's seccomp filter, AppArmor, a distribution's switch and a
 * chroot all say. The files that each of them leaves in /proc tell them apart, so the sentence claims only what was
 * read.
 */
#include "net/host/hosts_private.h"

#include "net/base/message.h"
#include "net/base/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Mode 2: a filter looks at this process's system calls. */
static bool seccomp_filtered(void)
{
    char status[4096];
    uint64_t mode = 0;
    return net_proc_read(getpid(), 0, "status", status, sizeof status) > 0 &&
           net_proc_number(status, "Seccomp:", &mode) && mode == 2;
}

static const char *why_no_space(void)
{
    if (net_file_number("/proc/sys/user/max_user_namespaces", 1) == 0)
        return _("user.max_user_namespaces is 0; `sudo sysctl user.max_user_namespaces=10000` allows them");
    if (net_file_number("/proc/sys/user/max_net_namespaces", 1) == 0)
        return _("user.max_net_namespaces is 0; `sudo sysctl user.max_net_namespaces=10000` allows them");
    return _(
        "the limit on namespaces is reached; raise user.max_user_namespaces and user.max_net_namespaces with `sudo "
        "sysctl`");
}

static const char *why_not_permitted(void)
{
    if (net_file_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
        return _("AppArmor restricts user namespaces; `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` "
                 "or a profile with `userns,` allows them, or run with sudo");
    if (net_file_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
        return _(
            "user namespaces are switched off; `sudo sysctl kernel.unprivileged_userns_clone=1` allows them, or run "
            "with sudo");
    if (seccomp_filtered())
        return _(
            "this process runs under a seccomp filter, as containers do; run outside of it, or start the container "
            "with "
            "--security-opt seccomp=unconfined");
    return _("the system's policy forbids new namespaces (container, chroot, security module); run outside of it, or "
             "with sudo");
}

int net_refused(struct net_error *err, int code, const char *call)
{
    const char *why = _("namespaces cannot be had here");

    if (net_is_used_up(code)) {
        errno = code;
        return net_fail_errno(err, call);
    }
    if (code == ENOSPC || code == EUSERS)
        why = why_no_space();
    else if (code == EPERM || code == EACCES)
        why = why_not_permitted();
    else if (code == EINVAL && strncmp(call, "setns", 5) == 0)
        why = _("this process already has several threads; the hosts must be opened before the first one is made");
    else if (code == EINVAL || code == ENOSYS)
        why = _("this kernel was built without user or network namespaces (CONFIG_USER_NS, CONFIG_NET_NS)");
    return net_fail(err, code, call, "%s: %s: %s.", call, net_errno_name(code), why);
}
