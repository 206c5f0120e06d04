// SPDX-License-Identifier: GPL-3.0-or-later
// The two hosts as the kernel has them, what they leave of the machine, and every refusal that can be had for real.
#include "tests/fixtures/two_hosts.h"

#include "net/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SERVER_PORT = 12345, CLIENT_PORT = 40000, TEXT_BYTES = 4096 };

/* What a command prints, run in a host (or where the process is: host -1). */
static void output_of(int host, const char *command, char out[TEXT_BYTES])
{
    if (host >= 0)
        assert_int_equal(net_hosts_enter(&lab.hosts, (enum net_host)host), 0);
    FILE *pipe = popen(command, "r");
    size_t n = fread(out, 1, TEXT_BYTES - 1, pipe);
    out[n] = 0;
    pclose(pipe);
    if (host >= 0)
        assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
}

static ino_t network_namespace(void)
{
    struct stat here;

    assert_int_equal(stat("/proc/self/ns/net", &here), 0);
    return here.st_ino;
}

/* ---- the hosts --------------------------------------------------------------------------------------------------- */

static void a_host_has_one_address_and_one_neighbour(void **state)
{
    char text[TEXT_BYTES];
    (void)state;

    output_of(NET_SERVER, "ip -4 -o addr show wire0; ip route; cat /proc/sys/net/ipv6/conf/wire0/disable_ipv6", text);
    assert_non_null(strstr(text, "192.0.2.1 peer 192.0.2.2/32"));
    assert_non_null(strstr(text, "192.0.2.2 dev wire0 "));
    output_of(NET_CLIENT, "ip -4 -o addr show wire0; ip -o link show wire0; cat /proc/sys/net/ipv4/tcp_ehash_entries",
              text);
    assert_non_null(strstr(text, "192.0.2.2 peer 192.0.2.1/32"));
    assert_non_null(strstr(text, "mtu 1500"));
    assert_non_null(strstr(text, "qlen 5000"));
    assert_non_null(strstr(text, "NOARP"));
    assert_non_null(strstr(text, "\n1024\n")); /* a connection table of their own */
    for (int h = 0; h < NET_HOSTS; h++) {      /* and yet room for a crowd in TIME_WAIT */
        output_of(h, "cat /proc/sys/net/ipv4/tcp_max_tw_buckets", text);
        assert_string_equal(text, "65536\n");
    }
    output_of(NET_CLIENT, "ip -6 -o addr show wire0", text);
    assert_int_equal(strstr(text, "2001:db8::2 peer 2001:db8::1/128") != NULL, lab.hosts.has_ipv6);
    assert_null(strstr(text, "fe80")); /* a second one, which nobody gave it */
    output_of(NET_CLIENT, "ip -o addr show lo", text);
    assert_non_null(strstr(text, "127.0.0.1"));
}

/* Both ends of what net_packet_recv() and net_packet_send() promise: bare IP packets, with their checksums. */
static void packets_are_bare_and_checksummed(void **state)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(7), .sin_addr.s_addr = htonl(NET_SERVER_IP.word[3])};
    uint8_t packet[2048];
    char got[8];
    int n, sender, receiver;
    (void)state;

    net_wire_stop(lab.wire); /* the test is the wire */
    lab.wire = NULL;
    assert_int_equal(net_hosts_enter(&lab.hosts, NET_CLIENT), 0);
    sender = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_hosts_enter(&lab.hosts, NET_SERVER), 0);
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(setns(lab.hosts.home_fd, CLONE_NEWNET), 0);
    assert_int_equal(bind(receiver, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(net_packet_recv(&lab.hosts, NET_CLIENT, packet, sizeof packet), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(sendto(sender, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    while ((n = net_packet_recv(&lab.hosts, NET_CLIENT, packet, sizeof packet)) < 0)
        assert_int_equal(errno, EAGAIN);
    assert_int_equal(n, 20 + 8 + 5);
    assert_int_equal(packet[0], 0x45);
    assert_int_equal(packet[9], 17);
    assert_true(packet[26] || packet[27]); /* a UDP checksum */
    assert_memory_equal(packet + 28, "hello", 5);
    assert_int_equal(net_packet_send(&lab.hosts, NET_SERVER, packet, (size_t)n), 0);
    assert_int_equal(recv(receiver, got, sizeof got, 0), 5);
    assert_int_equal(net_packet_recv(&lab.hosts, NET_SERVER, packet, sizeof packet),
                     -1); /* what was sent does not come back */
    close(sender);
    close(receiver);
}

/* ---- kernel parameters ------------------------------------------------------------------------------------------- */

static void a_parameter_belongs_to_one_host(void **state)
{
    char value[64];
    struct net_error err = {0};
    (void)state;

    assert_int_equal(net_sysctl_set(&lab.hosts, NET_SERVER, "tcp_keepalive_time", "60", &err), 0);
    assert_int_equal(net_sysctl_get(&lab.hosts, NET_SERVER, "net.ipv4.tcp_keepalive_time", value, sizeof value, &err),
                     0);
    assert_string_equal(value, "60");
    assert_int_equal(net_sysctl_get(&lab.hosts, NET_CLIENT, "net/ipv4/tcp_keepalive_time", value, sizeof value, &err),
                     0);
    assert_string_equal(value, "7200");
    assert_int_equal(net_sysctl_get(&lab.hosts, NET_CLIENT, "net.core.somaxconn", value, sizeof value, &err), 0);
    assert_true(atoi(value) > 0);
}

static void check_refused(const char *name, const char *value, const char *expected)
{
    struct net_error err = {0};
    ino_t before = network_namespace();

    assert_int_equal(net_sysctl_set(&lab.hosts, NET_SERVER, name, value, &err), -1);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
    assert_int_equal(network_namespace(), before);
}

static void bad_parameters_are_explained(void **state)
{
    (void)state;
    check_refused("tcp_keepaliv_time", "1", "no kernel parameter");
    check_refused("tcp_keepalive_time", "soon", "\"soon\"");
    check_refused("tcp_available_congestion_control", "reno", "read-only");
    check_refused("kernel.hostname", "x", "not the name");
    check_refused("net.netfilter.nf_hooks_lwtunnel", "1", "not the name");
    check_refused("net/unix/max_dgram_qlen", "1", "not the name");
    check_refused("net.ipv4x.tcp_sack", "1", "not the name");
    check_refused("net.ipv4.../../kernel/hostname", "x", "not the name");
    check_refused("../../kernel/hostname", "x", "not the name");
    check_refused("", "x", "not the name");
    check_refused("net.core.nothing.at.all", "x", "no kernel parameter");
}

static void the_names_can_be_completed(void **state)
{
    const char *name, *last = "";
    bool found = false;
    (void)state;

    for (size_t i = 0; (name = net_sysctl_name_at(&lab.hosts, i)); i++) {
        assert_true(strncmp(name, "tcp_", 4) == 0);
        assert_true(strcmp(last, name) < 0);
        found |= strcmp(name, "tcp_fin_timeout") == 0;
        last = name;
    }
    assert_true(found);
}

/* ---- patience ---------------------------------------------------------------------------------------------------- */

#define TIMERS                                                                                                         \
    "ip route; cd /proc/sys/net/ipv4; grep . tcp_syn_retries tcp_synack_retries tcp_retries2 tcp_orphan_retries"

static void raised_limits_are_restored_exactly(void **state)
{
    char before[NET_HOSTS][TEXT_BYTES], text[TEXT_BYTES];
    struct net_error err = {0};
    (void)state;

    assert_int_equal(net_sysctl_set(&lab.hosts, NET_SERVER, "tcp_syn_retries", "4", &err), 0); /* the learner's */
    for (int h = 0; h < NET_HOSTS; h++)
        output_of(h, TIMERS, before[h]);
    assert_int_equal(net_hosts_be_patient(&lab.hosts, false, &err), 0); /* nothing to restore */
    assert_int_equal(net_hosts_be_patient(&lab.hosts, true, &err), 0);
    assert_int_equal(net_hosts_be_patient(&lab.hosts, true, &err), 0); /* twice must not forget what was before */
    assert_true(net_hosts_are_patient(&lab.hosts));
    output_of(NET_SERVER, TIMERS, text);
    assert_null(strstr(text, "rto_min"));
    assert_non_null(strstr(text, "tcp_syn_retries:127"));
    assert_int_equal(net_sysctl_get_own(&lab.hosts, NET_SERVER, "net.ipv4.tcp_syn_retries", text, sizeof text, &err),
                     0);
    assert_string_equal(text, "4");
    assert_int_equal(net_hosts_be_patient(&lab.hosts, false, &err), 0);
    for (int h = 0; h < NET_HOSTS; h++) {
        output_of(h, TIMERS, text);
        assert_string_equal(text, before[h]);
    }
    assert_false(net_hosts_are_patient(&lab.hosts));
}

static void what_the_learner_sets_meanwhile_stays(void **state)
{
    char value[32];
    struct net_error err = {0};
    (void)state;

    assert_int_equal(net_hosts_be_patient(&lab.hosts, true, &err), 0);
    assert_int_equal(net_sysctl_set(&lab.hosts, NET_CLIENT, "tcp_syn_retries", "2", &err), 0);
    assert_int_equal(net_hosts_be_patient(&lab.hosts, false, &err), 0);
    assert_int_equal(net_sysctl_get(&lab.hosts, NET_CLIENT, "tcp_syn_retries", value, sizeof value, &err), 0);
    assert_string_equal(value, "2");
}

static uint32_t rto_of(int fd)
{
    struct net_ev_sample sample;

    assert_int_equal(net_sample_fd(fd, NET_CLIENT, &(struct net_who){0}, &sample), 0);
    return sample.rto_us;
}

/* The kernel's own time-out for data, of a connection that is born while the hosts are patient and of one born after.
 */
static void patience_changes_no_time_out(void **state)
{
    struct net_error err = {0};
    (void)state;
    int listener = listen_on(NET_SERVER, SERVER_PORT, 8);

    assert_int_equal(net_hosts_be_patient(&lab.hosts, true, &err), 0);
    int early = start_connect(NET_CLIENT, CLIENT_PORT, NET_SERVER, SERVER_PORT);
    wait_state(NET_CLIENT, CLIENT_PORT, SERVER_PORT, NET_STATE_ESTABLISHED);
    assert_true(rto_of(early) < 1000 * 1000);
    assert_int_equal(net_hosts_be_patient(&lab.hosts, false, &err), 0);
    int late = start_connect(NET_CLIENT, CLIENT_PORT + 1, NET_SERVER, SERVER_PORT);
    wait_state(NET_CLIENT, CLIENT_PORT + 1, SERVER_PORT, NET_STATE_ESTABLISHED);
    assert_true(rto_of(late) < 1000 * 1000);
    close(early);
    close(late);
    close(listener);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

/* A process as another terminal of the same user would have it: outside of the lab's namespaces. It waits for a lab to
 * name. */
struct outsider {
    pid_t pid;
    int tell, hear;
};
static struct outsider outsider;

static void be_outsider(int hear, int tell)
{
    char sh[] = "sh", c[] = "-c";
    char script[] =
        "ip -4 -o addr show wire0; id -u; ip link set lo down && echo done"; /* what needs a capability, too */
    char *const command[] = {sh, c, script, NULL};
    struct net_error err = {0};
    int lab_pid;

    if (read(hear, &lab_pid, sizeof lab_pid) != sizeof lab_pid)
        _exit(0); /* not wanted */
    dup2(tell, 1);
    if (net_exec(lab_pid, NET_CLIENT, command, &err) != 0)
        dprintf(1, "failed: %s", err.text);
    _exit(0);
}

static void fork_outsider(void)
{
    int to[2], from[2];

    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        abort();
    outsider.pid = fork();
    if (outsider.pid == 0) {
        close(to[1]);
        close(from[0]);
        prctl(PR_SET_DUMPABLE, 1);
        be_outsider(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    outsider.tell = to[1];
    outsider.hear = from[0];
}

static void ask_outsider(int lab_pid, char text[TEXT_BYTES])
{
    ssize_t n, all = 0;

    assert_int_equal(write(outsider.tell, &lab_pid, sizeof lab_pid), sizeof lab_pid);
    while ((n = read(outsider.hear, text + all, (size_t)(TEXT_BYTES - 1 - all))) > 0)
        all += n;
    text[all] = 0;
}

static void a_command_joins_a_running_lab(void **state)
{
    char text[TEXT_BYTES], uid[16];
    struct net_error err = {0};
    (void)state;
    int published = net_exec_publish(&lab.hosts, &err);

    assert_true(published >= 0);
    ask_outsider(getpid(), text);
    snprintf(uid, sizeof uid, "\n%u\n", getuid());
    if (!strstr(text, "192.0.2.2 peer 192.0.2.1/32") || !strstr(text, uid) || !strstr(text, "\ndone\n"))
        fail_msg("the command said: %s", text);
    close(published);
}

static void without_a_lab_there_is_nothing_to_join(void **state)
{
    struct net_error err = {0};
    char program[] = "true";
    char *const command[] = {program, NULL};
    (void)state;

    assert_int_equal(net_exec(getpid(), NET_SERVER, command, &err), -1);
    assert_non_null(strstr(err.text, "no running lab"));
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

/* Each runs in a process of its own: 0 as expected. What is printed is for the reader of a failure. */
static int expect_fallback(enum net_mode expected, const char *const words[])
{
    struct net_error err = {0};
    struct net_hosts hosts;
    struct stat before, after;
    int status = 0;

    stat("/proc/self/ns/net", &before);
    if (net_hosts_open(&hosts, NET_MODE_AUTO, &err))
        return printf("# cannot open: %s\n", err.text), 1;
    stat("/proc/self/ns/net", &after);
    status |= hosts.mode != expected;
    /* On the machine's own loopback the process must still be on the machine. */
    status |= hosts.mode == NET_MODE_LOOPBACK && before.st_ino != after.st_ino;
    for (size_t i = 0; words[i]; i++)
        status |= !strstr(hosts.why_not, words[i]);
    if (status)
        printf("# got %s: %s\n", net_mode_name(hosts.mode), hosts.why_not);
    net_hosts_close(&hosts);
    return status;
}

static void install(struct sock_filter *code, size_t n)
{
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        abort();
}

/* EPERM for a call whose argument (low half) has one of these bits, or is this value. */
static void forbid(uint32_t call, unsigned argument, uint16_t compare, uint32_t value)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument)),
        BPF_JUMP(BPF_JMP | compare | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    install(code, sizeof code / sizeof *code);
}

static void give_up_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};

    if (syscall(SYS_capset, &header, data))
        abort();
}

static int user_clone_is_filtered(void)
{
    forbid(SYS_clone, 0, BPF_JSET, CLONE_NEWUSER);
    return expect_fallback(NET_MODE_LOOPBACK, (const char *[]){"clone(CLONE_NEWUSER)", "EPERM", "seccomp", NULL});
}

static int user_maps_are_filtered(void)
{
    char map[48];
    int n = snprintf(map, sizeof map, "%u %u 1\n", getuid(), getuid());

    forbid(SYS_write, 2, BPF_JEQ, (uint32_t)n); /* the one write of that length */
    return expect_fallback(NET_MODE_LOOPBACK, (const char *[]){"write(/proc/self/uid_map)", "EPERM", "seccomp", NULL});
}

static int hosts_are_filtered(void)
{
    forbid(SYS_unshare, 0, BPF_JSET, CLONE_NEWNET);
    return expect_fallback(NET_MODE_LOOPBACK, (const char *[]){"unshare(CLONE_NEWNET)", "EPERM", "seccomp", NULL});
}

/* In a user namespace of one's own that allows no further one. */
static int user_namespaces_are_used_up(void)
{
    char map[48];

    if (is_thread_sanitized())
        return 77;
    snprintf(map, sizeof map, "%u %u 1\n", getuid(), getuid());
    int fd, failed = unshare(CLONE_NEWUSER);
    failed |= (fd = open("/proc/self/uid_map", O_WRONLY)) < 0 || write(fd, map, strlen(map)) < 0;
    failed |= (fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY)) < 0 || write(fd, "0", 1) < 0;
    if (failed)
        return printf("# cannot be arranged: %s\n", strerror(errno)), 1;
    give_up_capabilities();
    return expect_fallback(NET_MODE_LOOPBACK,
                           (const char *[]){"ENOSPC", "user.max_user_namespaces is 0", "sysctl", NULL});
}

static void *sleep_for_ever(void *user)
{
    pause();
    return user;
}

static int several_threads_run(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, sleep_for_ever, NULL))
        return 1;
    return expect_fallback(NET_MODE_LOOPBACK, (const char *[]){"setns(CLONE_NEWUSER)", "EINVAL", "threads", NULL});
}

static int a_user_may_not_open_the_tun_node(void)
{
    if (is_thread_sanitized() || access("/dev/net/tun", R_OK | W_OK) == 0)
        return 77;
    return expect_fallback(NET_MODE_VETH,
                           (const char *[]){"veth in place of TUN", "open(/dev/net/tun)", "EACCES", "chmod", NULL});
}

static void hide_tun_node(unsigned minor)
{
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("none", "/dev/net", "tmpfs", 0, NULL))
        abort();
    if (minor && mknod("/dev/net/tun", S_IFCHR | 0666, (dev_t)(10 << 8 | minor)))
        abort();
}

static int the_tun_node_is_missing(void)
{
    hide_tun_node(0);
    return expect_fallback(
        NET_MODE_VETH, (const char *[]){"veth in place of TUN", "open(/dev/net/tun)", "ENOENT", "modprobe tun", NULL});
}

static int the_tun_node_has_no_driver(void)
{
    hide_tun_node(254);
    return expect_fallback(
        NET_MODE_VETH, (const char *[]){"veth in place of TUN", "open(/dev/net/tun)", "ENODEV", "modprobe tun", NULL});
}

/* Both ways are closed, and each is explained; the machine's loopback is still there. */
static int neither_tun_nor_veth_can_be_had(void)
{
    hide_tun_node(0);
    forbid(SYS_socket, 0, BPF_JEQ, AF_PACKET);
    return expect_fallback(NET_MODE_LOOPBACK,
                           (const char *[]){"ENOENT", "veth instead of TUN", "socket(AF_PACKET)", "EPERM", NULL});
}

/* As many containers have it: the hosts work, their parameters cannot be set, and time can still be stopped. */
static int parameters_are_read_only(void)
{
    struct net_error err = {0};
    struct net_hosts hosts;

    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) ||
        mount(NULL, "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
        abort();
    if (net_hosts_open(&hosts, NET_MODE_AUTO, &err) || hosts.mode == NET_MODE_LOOPBACK)
        return printf("# %s\n", err.text), 1;
    int failed = net_sysctl_set(&hosts, NET_SERVER, "tcp_keepalive_time", "60", &err) != -1 || err.code != EROFS ||
                 net_hosts_be_patient(&hosts, true, &err) || net_hosts_are_patient(&hosts) ||
                 net_hosts_be_patient(&hosts, false, &err);
    net_hosts_close(&hosts);
    return failed ? printf("# %s\n", err.text), 1 : 0;
}

static int what_was_asked_for_is_had_or_refused(void)
{
    struct net_error err = {0};
    struct net_hosts hosts;
    ino_t before = network_namespace();

    hide_tun_node(0);
    if (net_hosts_open(&hosts, NET_MODE_TUN, &err) != -1 || err.code != ENOENT || network_namespace() != before)
        return printf("# %s\n", err.text), 1;
    return 0;
}

static int loopback_is_the_machine_as_it_is(void)
{
    struct net_error err = {0};
    struct net_hosts hosts;
    ino_t before = network_namespace();

    if (net_hosts_open(&hosts, NET_MODE_LOOPBACK, &err))
        return printf("# %s\n", err.text), 1;
    int failed = hosts.why_not[0] || network_namespace() != before ||
                 !net_ip_same(hosts.host[NET_SERVER].ip, NET_LOOPBACK_IP) || hosts.host[NET_CLIENT].ns_fd >= 0 ||
                 net_hosts_enter(&hosts, NET_CLIENT) || net_hosts_be_patient(&hosts, true, &err) ||
                 net_sysctl_set(&hosts, NET_SERVER, "tcp_keepalive_time", "60", &err) != -1 ||
                 !strstr(err.text, "this machine") || net_wire_start(&hosts, NULL, &err) ||
                 !strstr(err.text, "no wire");
    net_hosts_close(&hosts);
    return failed;
}

/* Links, addresses, routes and parameters of the machine, before a lab, during it and after it. */
static int the_machine_is_not_changed(void)
{
    static const char list[] =
        "ip -o link; ip -o addr; ip route; ip rule; cat /proc/sys/net/ipv4/tcp_child_ehash_entries "
        "/proc/sys/net/ipv6/conf/*/disable_ipv6 2>/dev/null";
    char before[TEXT_BYTES], during[TEXT_BYTES];
    struct net_error err = {0};
    struct net_hosts hosts;
    int ready[2];

    output_of(-1, list, before);
    if (pipe(ready))
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        int failed = net_hosts_open(&hosts, NET_MODE_AUTO, &err) || net_hosts_be_patient(&hosts, true, &err);
        failed |= write(ready[1], "x", 1) != 1;
        pause();
        _exit(failed);
    }
    if (read(ready[0], during, 1) != 1)
        return 1;
    output_of(-1, list, during);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return strcmp(before, during) != 0;
}

/* ---- running them ------------------------------------------------------------------------------------------------ */

struct refusal {
    const char *name;
    int (*body)(void);
    bool as_user; /* else as root */
};

#define REFUSAL(name, as_user)                                                                                         \
    {                                                                                                                  \
#name, name, as_user                                                                                           \
    }

/* -1 when it cannot be tried here: as an ordinary user, what needs root. */
static int run_refusal(const struct refusal *refusal)
{
    bool root = geteuid() == 0;
    int status;

    if (!root && !refusal->as_user)
        return -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (root && refusal->as_user)
            become_user();
        status = refusal->body();
        fflush(NULL);
        _exit(status);
    }
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return 1;
    return WEXITSTATUS(status) == 77 ? -1 : WEXITSTATUS(status);
}

static void refused(void **state)
{
    const struct refusal *refusal = *state;
    int status = run_refusal(refusal);

    if (status < 0)
        skip();
    assert_int_equal(status, 0);
}

static int refusals(void)
{
    static const struct refusal all[] = {
        REFUSAL(user_clone_is_filtered, true),
        REFUSAL(user_maps_are_filtered, true),
        REFUSAL(hosts_are_filtered, true),
        REFUSAL(user_namespaces_are_used_up, true),
        REFUSAL(several_threads_run, true),
        REFUSAL(a_user_may_not_open_the_tun_node, true),
        REFUSAL(the_tun_node_is_missing, false),
        REFUSAL(the_tun_node_has_no_driver, false),
        REFUSAL(neither_tun_nor_veth_can_be_had, false),
        REFUSAL(parameters_are_read_only, false),
        REFUSAL(what_was_asked_for_is_had_or_refused, false),
        REFUSAL(loopback_is_the_machine_as_it_is, true),
        REFUSAL(the_machine_is_not_changed, true),
        REFUSAL(the_machine_is_not_changed, false),
    };
    struct CMUnitTest test[sizeof all / sizeof *all];

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        test[i] = (struct CMUnitTest){all[i].name, refused, NULL, NULL, (void *)(uintptr_t)&all[i]};
    return cmocka_run_group_tests_name("refusals", test, NULL, NULL);
}

static int tests(const struct variant *variant)
{
    struct CMUnitTest all[] = {
        cmocka_unit_test(a_host_has_one_address_and_one_neighbour),
        cmocka_unit_test(packets_are_bare_and_checksummed),
        cmocka_unit_test(a_parameter_belongs_to_one_host),
        cmocka_unit_test(bad_parameters_are_explained),
        cmocka_unit_test(the_names_can_be_completed),
        cmocka_unit_test(raised_limits_are_restored_exactly),
        cmocka_unit_test(what_the_learner_sets_meanwhile_stays),
        cmocka_unit_test(patience_changes_no_time_out),
        cmocka_unit_test(a_command_joins_a_running_lab),
        cmocka_unit_test(without_a_lab_there_is_nothing_to_join),
    };

    fork_outsider();
    return run_lab_tests(variant, all, sizeof all / sizeof *all);
}

int main(void)
{
    int failed = refusals();

    return run_in_variants(tests) || failed;
}
