// SPDX-License-Identifier: GPL-3.0-or-later
// The hosts' devices as TUN: a packet that a host sends is read from a descriptor, whole and checksummed.
#include "net/host/hosts_private.h"

#include "net/base/message.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TUN_NODE "/dev/net/tun"

/* One sentence: which call, the errno, why, what would allow it. */
static int tun_refused(struct net_error *err, int code, const char *call)
{
    const char *why = _("it failed");
    char mode[160];
    struct stat node;

    if (code == ENOENT)
        why = _(
            "the device node does not exist; `sudo modprobe tun` makes it, a container needs --device /dev/net/tun");
    else if (code == ENODEV || code == ENXIO)
        why = _("the kernel's tun driver is not loaded; `sudo modprobe tun` loads it");
    else if (code == EACCES && stat(TUN_NODE, &node) == 0) {
        snprintf(mode, sizeof mode, _("its mode is %04o; `sudo chmod 0666 /dev/net/tun` opens it to everybody"),
                 (unsigned)node.st_mode & 07777);
        why = mode;
    } else if (code == EPERM)
        why = _("the device rules of a container forbid it; start the container with --device /dev/net/tun");
    else if (net_is_used_up(code)) {
        errno = code;
        return net_fail_errno(err, call);
    }
    return net_fail(err, code, call, "%s: %s: %s.", call, net_errno_name(code), why);
}

/* The descriptor is bound to the namespace in which it was opened, so the thread must be in the host. */
static int open_in_host(struct net_error *err)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open(TUN_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC), code;

    if (fd < 0)
        return tun_refused(err, errno, "open(" TUN_NODE ")");
    strcpy(request.ifr_name, NET_DEVICE);
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return fd;
    code = errno;
    close(fd);
    return tun_refused(err, code, "ioctl(TUNSETIFF)");
}

int net_tun_open(struct net_hosts *hosts, struct net_error *err)
{
    for (int h = 0; h < NET_HOSTS; h++) {
        if (setns(hosts->host[h].ns_fd, CLONE_NEWNET))
            return net_fail_errno(err, "setns");
        hosts->host[h].device_fd = open_in_host(err);
        if (setns(hosts->home_fd, CLONE_NEWNET))
            return net_fail_errno(err, "setns");
        if (hosts->host[h].device_fd < 0)
            return -1;
    }
    return 0;
}
