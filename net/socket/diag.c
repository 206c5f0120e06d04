// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel says of TCP sockets: sock_diag, and getsockopt for a descriptor of one's own.
/*
 * Requests are INET_DIAG (linux/inet_diag.h) over libmnl's message helpers, but on bare descriptors: net_hosts opens
 * them in the host, and the wire thread has one of its own. An exact look-up finds request sockets (SYN_RECV) and
 * mini-sockets (TIME_WAIT, orphaned FIN_WAIT2) as well; they carry no tcp_info. Asked for a connection of IPv4 the
 * kernel finds one of AF_INET6 too, whose addresses are then mapped ones, as those of a dual-stack server are.
 *
 * The BACKLOG of a socket matters to the wire: a segment that arrives while a program's call has the socket locked
 * waits there, and the socket looks unchanged until the call lets go. SK_MEMINFO_BACKLOG says so.
 */
#include "net/socket/diag.h"

#include "net/base/clock.h"
#include "net/socket/diag_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ALL_STATES = ~0u >> 1, /* with bit 13, BOUND_INACTIVE: bound, neither connected nor listening (Linux 6.5) */
    EXTENSIONS = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1),
    ANSWER_BYTES = 32768,
};

/* tcp_info as this file needs it: fields newer than the headers that it may be compiled with. */
struct tcp_info_now {
    struct tcp_info info;
    uint32_t room[16]; /* the kernel copies as much of its own as fits */
};
enum { INFO_SND_WND_AT = 228, INFO_RCV_WND_AT = 232 };

/* ---- tcp_info ---------------------------------------------------------------------------------------------------- */

static uint32_t u32_at(const struct tcp_info_now *now, size_t offset)
{
    uint32_t value;

    memcpy(&value, (const char *)now + offset, sizeof value);
    return value;
}

static void fill_counters(const struct tcp_info *info, struct net_ev_sample *out)
{
    out->bytes_sent = info->tcpi_bytes_sent;
    out->bytes_acked = info->tcpi_bytes_acked;
    out->bytes_received = info->tcpi_bytes_received;
    out->segs_out = info->tcpi_segs_out;
    out->segs_in = info->tcpi_segs_in;
    out->last_data_sent_ms = info->tcpi_last_data_sent;
    out->last_data_recv_ms = info->tcpi_last_data_recv;
    out->last_ack_recv_ms = info->tcpi_last_ack_recv;
}

static void fill_info(const struct tcp_info_now *now, struct net_ev_sample *out)
{
    const struct tcp_info *info = &now->info;

    out->has_info = true;
    out->backoff = info->tcpi_backoff;
    out->probes = info->tcpi_probes;
    out->ca_state = info->tcpi_ca_state;
    out->wscale_in = info->tcpi_rcv_wscale;
    out->wscale_out = info->tcpi_snd_wscale;
    out->tcpi_options = info->tcpi_options;
    out->rto_us = info->tcpi_rto;
    out->rtt_us = info->tcpi_rtt;
    out->rttvar_us = info->tcpi_rttvar;
    out->snd_mss_bytes = info->tcpi_snd_mss;
    out->rcv_mss_bytes = info->tcpi_rcv_mss;
    out->unacked_segs = info->tcpi_unacked;
    out->lost_segs = info->tcpi_lost;
    out->retrans_segs = info->tcpi_retrans;
    out->total_retrans_segs = info->tcpi_total_retrans;
    out->cwnd_segs = info->tcpi_snd_cwnd;
    out->ssthresh_segs = info->tcpi_snd_ssthresh;
    out->pmtu_bytes = info->tcpi_pmtu;
    out->notsent_bytes = info->tcpi_notsent_bytes;
    out->snd_wnd_bytes = u32_at(now, INFO_SND_WND_AT);
    out->rcv_wnd_bytes = u32_at(now, INFO_RCV_WND_AT);
    fill_counters(info, out);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static int read_attribute(const struct nlattr *attribute, void *user)
{
    struct net_diag_answer *answer = user;
    size_t bytes = mnl_attr_get_payload_len(attribute);
    const void *payload = mnl_attr_get_payload(attribute);

    if (mnl_attr_get_type(attribute) == INET_DIAG_INFO) {
        struct tcp_info_now now = {0};
        memcpy(&now, payload, bytes < sizeof now ? bytes : sizeof now);
        fill_info(&now, &answer->sample);
    } else if (mnl_attr_get_type(attribute) == INET_DIAG_SKMEMINFO &&
               bytes >= (SK_MEMINFO_BACKLOG + 1) * sizeof(uint32_t)) {
        memcpy(&answer->backlog_bytes, (const uint32_t *)payload + SK_MEMINFO_BACKLOG, sizeof(uint32_t));
    } else if (mnl_attr_get_type(attribute) == INET_DIAG_SKV6ONLY && bytes > 0) {
        answer->sample.v6only = *(const uint8_t *)payload;
    }
    return MNL_CB_OK;
}

/* What a socket comes in: an answer has the type of its question. */
static bool is_socket(const struct nlmsghdr *message)
{
    return message->nlmsg_type == SOCK_DIAG_BY_FAMILY || message->nlmsg_type == TCPDIAG_GETSOCK;
}

/* false: no socket, or cut short. */
static bool read_message(const struct nlmsghdr *message, enum net_host host, struct net_diag_answer *answer)
{
    const struct inet_diag_msg *m = mnl_nlmsg_get_payload(message);
    struct net_ev_sample *out = &answer->sample;

    if (!is_socket(message) || mnl_nlmsg_get_payload_len(message) < sizeof *m)
        return false;
    *answer = (struct net_diag_answer){0};
    out->local_ip = net_ip_of_bytes((const uint8_t *)m->id.idiag_src, m->idiag_family == AF_INET6);
    out->remote_ip = net_ip_of_bytes((const uint8_t *)m->id.idiag_dst, m->idiag_family == AF_INET6);
    out->host = (uint8_t)host;
    out->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
    out->inode = m->idiag_inode;
    out->state = m->idiag_state;
    out->timer = m->idiag_timer;
    out->timer_ms = m->idiag_expires;
    out->retransmits = m->idiag_retrans;
    out->local_port = ntohs(m->id.idiag_sport);
    out->remote_port = ntohs(m->id.idiag_dport);
    out->rqueue = m->idiag_rqueue;
    out->wqueue = m->idiag_wqueue;
    mnl_attr_parse(message, sizeof *m, read_attribute, answer);
    return out->state < NET_STATES; /* TCP_NEW_SYN_RECV and BOUND_INACTIVE do not leave the kernel under these names */
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static struct inet_diag_req_v2 *start(char *buffer, uint16_t type, uint16_t flags, struct nlmsghdr **request)
{
    *request = mnl_nlmsg_put_header(buffer);
    (*request)->nlmsg_type = type;
    (*request)->nlmsg_flags = NLM_F_REQUEST | flags;
    struct inet_diag_req_v2 *r = mnl_nlmsg_put_extra_header(*request, sizeof *r);
    r->sdiag_protocol = IPPROTO_TCP;
    r->idiag_ext = EXTENSIONS;
    r->idiag_states = (uint32_t)ALL_STATES;
    return r;
}

static void put_ip(__be32 words[4], struct net_ip ip)
{
    uint8_t bytes[16];

    memcpy(words, bytes, net_ip_bytes(ip, bytes));
}

static void set_id(struct inet_diag_req_v2 *r, const struct net_tuple *tuple, uint64_t cookie)
{
    r->sdiag_family = tuple->local_ip.is_v6 ? AF_INET6 : AF_INET;
    put_ip(r->id.idiag_src, tuple->local_ip);
    put_ip(r->id.idiag_dst, tuple->remote_ip);
    r->id.idiag_sport = htons(tuple->local_port);
    r->id.idiag_dport = htons(tuple->remote_port);
    r->id.idiag_cookie[0] = (uint32_t)cookie;
    r->id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
}

/*
 * "source port == port or destination port == port" in the kernel's filter code: each comparison is an op and a second
 * one that holds the port; yes and no are byte offsets from the op; the end accepts, four beyond it rejects.
 */
static void put_port_filter(struct nlmsghdr *request, uint16_t port)
{
    const struct inet_diag_bc_op code[] = {
        {.code = INET_DIAG_BC_S_GE, .yes = 8, .no = 20}, {.no = port}, /*  0 */
        {.code = INET_DIAG_BC_S_LE, .yes = 8, .no = 12}, {.no = port}, /*  8 */
        {.code = INET_DIAG_BC_JMP, .yes = 4, .no = 20},                /* 16: accept */
        {.code = INET_DIAG_BC_D_GE, .yes = 8, .no = 20}, {.no = port}, /* 20 */
        {.code = INET_DIAG_BC_D_LE, .yes = 8, .no = 12}, {.no = port}, /* 28 */
    };

    mnl_attr_put(request, INET_DIAG_REQ_BYTECODE, sizeof code, code);
}

static int send_request(int fd, const struct nlmsghdr *request)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    return sendto(fd, request, request->nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0 ? -1 : 0;
}

struct dump {
    enum net_host host;
    net_sample_fn *sink;
    void *user;
    uint64_t begin_ns; /* the batch was not filled before this time */
};

/* 1: go on reading; 0: the dump is complete; -1: errno. */
static int read_dump_batch(const struct dump *dump, const char *batch, int left)
{
    struct net_diag_answer answer;
    const struct nlmsghdr *message;

    for (message = (const void *)batch; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type == NLMSG_ERROR) {
            errno = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(message))->error;
            return -1;
        }
        if (read_message(message, dump->host, &answer)) {
            answer.sample.begin_ns = dump->begin_ns;
            dump->sink(dump->user, &answer.sample);
        }
    }
    return 1;
}

/*
 * Asked in the old way, of before each family had its own requests, the kernel tells the sockets of both in one walk
 * through its table of connections (inet_diag_rcv_msg_compat()). The machine's own, on loopback, has hundreds of
 * thousands of buckets where memory is plenty: a walk takes over a millisecond though there is no socket at all.
 */
static void start_dump(char *buffer, uint16_t port, struct nlmsghdr **request)
{
    *request = mnl_nlmsg_put_header(buffer);
    (*request)->nlmsg_type = TCPDIAG_GETSOCK;
    (*request)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct inet_diag_req *r = mnl_nlmsg_put_extra_header(*request, sizeof *r);
    r->idiag_ext = EXTENSIONS;
    r->idiag_states = (uint32_t)ALL_STATES;
    if (port)
        put_port_filter(*request, port);
}

/* The kernel fills the first batch when it is asked, and each other one when the one before it is read. */
static int dump_sockets(int fd, uint16_t port, struct dump *dump)
{
    _Alignas(8) char buffer[ANSWER_BYTES];
    struct nlmsghdr *request;
    int more;

    start_dump(buffer, port, &request);
    dump->begin_ns = net_now_ns();
    if (send_request(fd, request))
        return -1;
    do {
        uint64_t next_begin_ns = net_now_ns();
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n < 0)
            return -1;
        more = read_dump_batch(dump, buffer, (int)n);
        dump->begin_ns = next_begin_ns;
    } while (more > 0);
    return more;
}

int net_diag_dump(int fd, enum net_host host, uint16_t port, net_sample_fn *sink, void *user, struct net_error *err)
{
    struct dump dump = {host, sink, user, 0};

    return dump_sockets(fd, port, &dump) ? net_fail_errno(err, "sock_diag") : 0;
}

/* ---- one socket -------------------------------------------------------------------------------------------------- */

int net_diag_ask(int fd, enum net_host host, const struct net_tuple *tuple, struct net_diag_answer *out)
{
    _Alignas(8) char buffer[1024];
    struct nlmsghdr *request;
    uint64_t begin_ns = net_now_ns();

    set_id(start(buffer, SOCK_DIAG_BY_FAMILY, 0, &request), tuple, ~UINT64_C(0));
    if (send_request(fd, request))
        return -1;
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n < 0)
        return -1;
    if (!mnl_nlmsg_ok(request, (int)n))
        return errno = EBADMSG, -1;
    if (request->nlmsg_type == NLMSG_ERROR) {
        errno = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(request))->error;
        return errno == ENOENT ? 0 : -1;
    }
    if (!read_message(request, host, out))
        return 0;
    out->sample.begin_ns = begin_ns;
    return 1;
}

int net_diag_one(int fd, enum net_host host, const struct net_tuple *tuple, struct net_ev_sample *out)
{
    struct net_diag_answer answer;
    int found = net_diag_ask(fd, host, tuple, &answer);

    if (found <= 0 || answer.sample.state == NET_STATE_LISTEN)
        return found < 0 ? -1 : 0;
    *out = answer.sample;
    return 1;
}

bool net_diag_may_miss(unsigned state)
{
    static const bool may[NET_STATES] = {
        [NET_STATE_SYN_SENT] = true,  [NET_STATE_SYN_RECV] = true,  [NET_STATE_ESTABLISHED] = true,
        [NET_STATE_FIN_WAIT1] = true, [NET_STATE_FIN_WAIT2] = true, [NET_STATE_CLOSING] = true,
    };
    return state < NET_STATES && may[state];
}

int net_diag_destroy(int fd, const struct net_ev_sample *sample, struct net_error *err)
{
    const struct net_tuple tuple = {sample->local_ip, sample->remote_ip, sample->local_port, sample->remote_port};
    _Alignas(8) char buffer[1024];
    struct nlmsghdr *request;

    set_id(start(buffer, SOCK_DESTROY, NLM_F_ACK, &request), &tuple, sample->cookie);
    if (send_request(fd, request))
        return net_fail_errno(err, "sock_diag(SOCK_DESTROY)");
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n < 0)
        return net_fail_errno(err, "sock_diag(SOCK_DESTROY)");
    if (!mnl_nlmsg_ok(request, (int)n) || request->nlmsg_type != NLMSG_ERROR)
        return net_fail(err, EBADMSG, "sock_diag(SOCK_DESTROY)", "The kernel's answer to SOCK_DESTROY makes no sense.");
    errno = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(request))->error;
    if (errno == ENOENT)
        return net_fail(err, ENOENT, "sock_diag(SOCK_DESTROY)",
                        "That socket is gone already (ENOENT): nothing was destroyed.");
    if (errno == EOPNOTSUPP)
        return net_fail(err, EOPNOTSUPP, "sock_diag(SOCK_DESTROY)",
                        "This kernel was built without INET_DIAG_DESTROY: a socket can be ended by its program only.");
    return errno ? net_fail_errno(err, "sock_diag(SOCK_DESTROY)") : 0;
}

/* Each comes by itself, of about 500 bytes, and a thousand clients leave thousands: as many at one go as may be. */
enum { AT_ONCE = 16, NOTICE_BYTES = 2048 };
struct notices {
    struct mmsghdr message[AT_ONCE];
    struct iovec room[AT_ONCE];
    _Alignas(8) char bytes[AT_ONCE][NOTICE_BYTES];
};

static int take_notices(int fd, struct notices *n)
{
    for (int i = 0; i < AT_ONCE; i++) {
        n->room[i] = (struct iovec){n->bytes[i], NOTICE_BYTES};
        n->message[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &n->room[i], .msg_iovlen = 1}};
    }
    return recvmmsg(fd, n->message, AT_ONCE, MSG_DONTWAIT, NULL);
}

int net_diag_destroyed(int fd, enum net_host host, net_sample_fn *sink, void *user)
{
    const struct dump dump = {host, sink, user, net_now_ns()};
    struct notices notices;
    int all = 0, n;
    bool lost = false;

    do {
        n = take_notices(fd, &notices);
        lost |= n < 0 && errno == ENOBUFS; /* it is said once, and what was kept comes after it */
        for (int i = 0; i < n; i++) {
            lost |= (notices.message[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
            read_dump_batch(&dump, notices.bytes[i], (int)notices.message[i].msg_len);
        }
        all += n > 0 ? n : 0;
    } while (n == AT_ONCE || (n < 0 && errno == ENOBUFS));
    if (n < 0 && errno != EAGAIN)
        return -1;
    if (lost)
        errno = ENOBUFS;
    return lost ? -1 : all;
}

/* ---- a descriptor of one's own ----------------------------------------------------------------------------------- */

/* Bare system calls: an actor's descriptors have the numbers of other actors', which a thread sanitizer takes for
 * races. */
static int get_option(int fd, int level, int option, void *value, socklen_t *bytes)
{
    return (int)syscall(SYS_getsockopt, fd, level, option, value, bytes);
}

static void fill_name(long call, int fd, struct net_ip *ip, uint16_t *port)
{
    struct sockaddr_in6 name;
    socklen_t bytes = sizeof name;

    if (syscall(call, fd, &name, &bytes) == 0)
        net_address_of((const uint8_t *)&name, bytes, ip, port);
}

/*
 * tcp_info tells without another call that nothing was ever received, or that nothing waits to be sent or confirmed
 * (tcp_sock: snd_una = snd_nxt = write_seq). In CLOSE the counts of a connection that was cut off stay as they were.
 */
static void fill_queues(int fd, const struct tcp_info *info, struct net_ev_sample *out)
{
    bool closed = out->state == NET_STATE_CLOSE;
    int bytes;

    if (out->state == NET_STATE_LISTEN) { /* the kernel reuses two fields for the accept queue */
        out->rqueue = info->tcpi_unacked;
        out->wqueue = info->tcpi_sacked;
        return;
    }
    if ((closed || info->tcpi_bytes_received) && syscall(SYS_ioctl, fd, SIOCINQ, &bytes) == 0)
        out->rqueue = (uint32_t)bytes;
    if ((closed || info->tcpi_unacked || info->tcpi_notsent_bytes) && syscall(SYS_ioctl, fd, SIOCOUTQ, &bytes) == 0)
        out->wqueue = (uint32_t)bytes;
}

static bool is_v6only(int fd)
{
    int on = 0;
    socklen_t bytes = sizeof on;

    return get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, &bytes) == 0 && on;
}

/* Unconnected, a socket has names that can change. */
static void fill_names(int fd, struct net_who *who, struct net_ev_sample *out)
{
    bool lasts = out->state != NET_STATE_CLOSE && out->state != NET_STATE_SYN_SENT;
    struct net_who names = lasts ? *who : (struct net_who){0};

    if (!names.local_port)
        fill_name(SYS_getsockname, fd, &names.local_ip, &names.local_port);
    if (!names.remote_port && out->state != NET_STATE_LISTEN)
        fill_name(SYS_getpeername, fd, &names.remote_ip, &names.remote_port);
    names.remote_ip.is_v6 |= names.local_ip.is_v6 && !names.remote_port;
    out->local_ip = names.local_ip;
    out->remote_ip = names.remote_ip;
    out->local_port = names.local_port;
    out->remote_port = names.remote_port;
    out->v6only = names.local_ip.is_v6 && (out->state == NET_STATE_LISTEN || out->state == NET_STATE_CLOSE) &&
                  is_v6only(fd);
    if (!lasts)
        return;
    who->local_ip = names.local_ip;
    who->remote_ip = names.remote_ip;
    who->local_port = names.local_port;
    who->remote_port = names.remote_port;
}

int net_sample_fd(int fd, enum net_host host, struct net_who *who, struct net_ev_sample *out)
{
    struct tcp_info_now now = {0};
    struct stat inode;
    socklen_t bytes = sizeof now;
    uint64_t begin_ns = net_now_ns();

    if (get_option(fd, IPPROTO_TCP, TCP_INFO, &now, &bytes))
        return -1;
    *out = (struct net_ev_sample){.begin_ns = begin_ns, .host = (uint8_t)host, .state = now.info.tcpi_state};
    out->retransmits = now.info.tcpi_retransmits;
    fill_info(&now, out);
    bytes = sizeof who->cookie;
    if (!who->cookie)
        get_option(fd, SOL_SOCKET, SO_COOKIE, &who->cookie, &bytes);
    if (!who->inode && syscall(SYS_fstat, fd, &inode) == 0)
        who->inode = (uint32_t)inode.st_ino;
    out->cookie = who->cookie;
    out->inode = who->inode;
    fill_names(fd, who, out);
    fill_queues(fd, &now.info, out);
    return 0;
}

bool net_sets_timer(int level, int option)
{
    if (level == SOL_SOCKET)
        return option == SO_KEEPALIVE || option == SO_LINGER;
    return level == IPPROTO_TCP &&
           (option == TCP_KEEPIDLE || option == TCP_KEEPINTVL || option == TCP_KEEPCNT || option == TCP_USER_TIMEOUT);
}

/* Whether any is set, three calls tell: of most accepted sockets nothing more is to be known. */
int net_timers_of_fd(int fd, enum net_host host, bool only_if_set, struct net_ev_timers *out)
{
    int on = 0;
    struct linger linger = {0};
    socklen_t bytes = sizeof on, number = sizeof(int);
    *out = (struct net_ev_timers){.host = (uint8_t)host};
    if (get_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &out->user_timeout_ms, &number))
        return -1;
    get_option(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &bytes);
    out->keepalive = on != 0;
    bytes = sizeof linger;
    get_option(fd, SOL_SOCKET, SO_LINGER, &linger, &bytes);
    out->linger = linger.l_onoff != 0;
    out->linger_s = linger.l_linger;
    if (only_if_set && !out->keepalive && !out->linger && !out->user_timeout_ms)
        return -1;
    get_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, &out->keep_idle_s, &number);
    get_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, &out->keep_interval_s, &number);
    get_option(fd, IPPROTO_TCP, TCP_KEEPCNT, &out->keep_count, &number);
    bytes = sizeof out->cookie;
    get_option(fd, SOL_SOCKET, SO_COOKIE, &out->cookie, &bytes);
    return 0;
}

enum net_state net_state_of_fd(int fd)
{
    struct tcp_info info;
    socklen_t bytes = sizeof info;

    return get_option(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) ? NET_STATE_ABSENT : (enum net_state)info.tcpi_state;
}
