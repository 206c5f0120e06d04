// SPDX-License-Identifier: GPL-3.0-or-later
// The sysctls of a host that a learner meets, one row each. Any other of the host's can be set as well
// (net/host/sysctl.c).
//
// A preset is what the kernel gives to a new namespace whatever the machine's administrator has set; those that the
// kernel copies from the machine, or counts from its memory, have none. tests/net/option_test.c holds the table against
// the running kernel.

#include "net/data/sysctl_table.h"

#include "net/base/message.h"

#include <string.h>

const struct net_sysctl net_sysctls[] = {
    {"tcp_keepalive_time", "s", "7200", "TCP_KEEPIDLE",
     N_("silence before the first keep-alive probe; only for sockets with SO_KEEPALIVE, and a timer that runs keeps "
        "its "
        "old deadline")},
    {"tcp_keepalive_intvl", "s", "75", "TCP_KEEPINTVL", N_("time between keep-alive probes, and after the last one")},
    {"tcp_keepalive_probes", "", "9", "TCP_KEEPCNT", N_("unanswered keep-alive probes that end the connection")},
    {"tcp_retries1", "", "3", NULL, N_("so many times data is sent again before the kernel looks for another way")},
    {"tcp_retries2", "", "15", "TCP_USER_TIMEOUT",
     N_("data is sent again before ETIMEDOUT for as long as so many times would take with doubled patience; 15: about "
        "15 "
        "minutes, 3: about 6 s")},
    {"tcp_syn_retries", "", "6", "TCP_SYNCNT",
     N_("so many times connect() sends its SYN again with doubled patience before ETIMEDOUT")},
    {"tcp_syn_linear_timeouts", "", "4", NULL,
     N_("so many SYNs are sent again a second apart, before the patience doubles")},
    {"tcp_synack_retries", "", "5", NULL,
     N_("so many times SYN+ACK is sent again before the half connection is forgotten")},
    {"tcp_orphan_retries", "", "0", NULL, N_("the same for data of a socket that its program has closed; 0 means 8")},
    {"tcp_fin_timeout", "s", "60", "TCP_LINGER2",
     N_("how long a closed socket waits in FIN_WAIT2 for the other end's FIN; not how long TIME_WAIT lasts")},
    {"tcp_max_tw_buckets", "", "", NULL, N_("so many sockets in TIME_WAIT are kept; more are dropped at once")},
    {"tcp_tw_reuse", "", "2", NULL,
     N_("connect() may take a port in TIME_WAIT after a second, if timestamps are on: 0 never, 1 always, 2 on "
        "loopback")},
    {"net.core.somaxconn", "", "4096", "backlog", N_("the largest backlog that listen() gives")},
    {"tcp_max_syn_backlog", "", "", NULL, N_("half connections (SYN_RECV) of one listener before SYN cookies")},
    {"tcp_syncookies", "", "1", NULL, N_("when the queue of half connections is full: answer with a cookie instead")},
    {"tcp_abort_on_overflow", "", "0", NULL,
     N_("1: a client that finds the accept queue full gets RST; 0: no answer, so that it tries again")},
    {"tcp_rmem", N_("bytes"), "", "SO_RCVBUF", N_("receive buffer: least, at the beginning, most that tuning gives")},
    {"tcp_wmem", N_("bytes"), "", "SO_SNDBUF", N_("send buffer: least, at the beginning, most that tuning gives")},
    {"tcp_moderate_rcvbuf", "", "1", NULL, N_("tune receive buffers of sockets that have not set SO_RCVBUF")},
    {"tcp_notsent_lowat", N_("bytes"), "4294967295", "TCP_NOTSENT_LOWAT",
     N_("poll() says POLLOUT only while less than this waits to be sent")},
    {"tcp_autocorking", "", "1", NULL, N_("join small writes into one segment while another one is on its way out")},
    {"tcp_window_scaling", "", "1", NULL, N_("offer windows above 64 KiB; agreed in the SYNs")},
    {"tcp_timestamps", "", "1", NULL, N_("put times into segments, to measure round trips; agreed in the SYNs")},
    {"tcp_sack", "", "1", NULL, N_("tell which segments beyond a gap have arrived; agreed in the SYNs")},
    {"tcp_ecn", "", "2", NULL,
     N_("explicit congestion notification: 0 no, 1 ask for it, 2 only if the other end asks")},
    {"tcp_congestion_control", "", "", "TCP_CONGESTION", N_("the algorithm of new sockets")},
    {"tcp_slow_start_after_idle", "", "1", NULL, N_("after a pause begin with a small congestion window again")},
    {"tcp_fastopen", "", "1", "TCP_FASTOPEN", N_("data in the SYN: 1 as a client, 2 as a server, 3 both")},
    {"net.ipv4.ip_local_port_range", "", "32768 60999", NULL, N_("the ports that connect() takes for its own end")},
    {"net.ipv4.ip_unprivileged_port_start", "", "1024", NULL,
     N_("below this port bind() says EACCES to a program without privilege")},
    {"net.ipv4.ip_default_ttl", N_("hops"), "64", "IP_TTL", N_("routers that a packet may pass")},
};
const size_t net_sysctl_count = sizeof net_sysctls / sizeof net_sysctls[0];

const struct net_sysctl *net_sysctl_find(const char *name)
{
    static const char *const prefixes[] = {"", "net.ipv4.", "net.core."};
    for (size_t i = 0; i < net_sysctl_count; i++)
        for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
            size_t skip = strlen(prefixes[p]);
            if (strcmp(net_sysctls[i].name, name) == 0 ||
                (strncmp(net_sysctls[i].name, prefixes[p], skip) == 0 &&
                 strcmp(net_sysctls[i].name + skip, name) == 0) ||
                (strncmp(name, prefixes[p], skip) == 0 && strcmp(net_sysctls[i].name, name + skip) == 0))
                return &net_sysctls[i];
        }
    return NULL;
}
