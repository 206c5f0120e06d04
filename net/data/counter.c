// SPDX-License-Identifier: GPL-3.0-or-later
// The sentences follow include/uapi/linux/snmp.h, net/ipv4/tcp*.c and Documentation/networking/snmp_counter.rst.
#include "net/data/counter.h"

#include "net/base/message.h"

#include <strings.h>

#define EXT(id, name_, meaning_)                                                                                       \
    [NET_COUNTER_##id] = {.name = (name_), .group = NET_COUNTER_TCP_EXT, .meaning = (meaning_)}
#define EXT_ROUTINE(id, name_, meaning_)                                                                               \
    [NET_COUNTER_##id] = {.name = (name_), .group = NET_COUNTER_TCP_EXT, .routine = true, .meaning = (meaning_)}
#define TCP(id, name_, routine_, meaning_)                                                                             \
    [NET_COUNTER_##id] = {.name = (name_), .group = NET_COUNTER_TCP, .routine = (routine_), .meaning = (meaning_)}

const struct net_counter net_counters[NET_COUNTERS] = {
    EXT(LISTEN_OVERFLOWS, "ListenOverflows",
        N_("A SYN, or the last ACK of a handshake, was thrown away because the accept queue was full.")),
    EXT(LISTEN_DROPS, "ListenDrops",
        N_("A listening socket threw a SYN or the last ACK of a handshake away, or dropped a half-open connection "
           "because "
           "of "
           "an ICMP message.")),
    EXT(DEFER_ACCEPT_DROP, "TCPDeferAcceptDrop",
        N_("The last ACK of a handshake came without data and was put off, because of TCP_DEFER_ACCEPT.")),
    EXT(SYNCOOKIES_SENT, "SyncookiesSent",
        N_("A SYN was answered with a cookie in the sequence number: the server keeps nothing of this handshake.")),
    EXT(SYNCOOKIES_RECV, "SyncookiesRecv",
        N_("An ACK brought a valid SYN cookie back, and the connection was made of it.")),
    EXT(SYNCOOKIES_FAILED, "SyncookiesFailed", N_("An ACK to a listening port brought no valid SYN cookie.")),
    EXT(REQ_QUEUE_COOKIES, "TCPReqQFullDoCookies",
        N_("A SYN was answered with a cookie: the queue of half-open connections was full, or tcp_syncookies is 2.")),
    EXT(REQ_QUEUE_DROP, "TCPReqQFullDrop",
        N_("The queue of half-open connections was full, and a SYN was thrown away: SYN cookies are off.")),
    EXT(ABORT_ON_DATA, "TCPAbortOnData",
        N_("A connection was given up: data came after its program had closed it, the program closed it with SO_LINGER "
           "{1, 0}, "
           "or it lost its program with a negative TCP_LINGER2.")),
    EXT(ABORT_ON_CLOSE, "TCPAbortOnClose",
        N_("A reset was sent because a socket was closed with unread bytes in its queue.")),
    EXT(ABORT_ON_LINGER, "TCPAbortOnLinger",
        N_("A socket was closed in FIN_WAIT2 and given up at once, by RST: TCP_LINGER2 is negative.")),
    EXT(ABORT_ON_TIMEOUT, "TCPAbortOnTimeout",
        N_("A connection was given up: SYN, data or probes had no answer for too long, or the other side's window "
           "stayed "
           "0 for "
           "too long.")),
    EXT(ABORT_ON_MEMORY, "TCPAbortOnMemory",
        N_("An end without a program was given up: too many of them, or too little memory (tcp_max_orphans, "
           "tcp_mem).")),
    EXT(ABORT_FAILED, "TCPAbortFailed", N_("A reset could not be sent: no memory for it, or no way out of this host.")),
    EXT(TIME_WAIT_OVERFLOW, "TCPTimeWaitOverflow",
        N_("An end was forgotten instead of staying in TIME_WAIT, or in FIN_WAIT2 without a program: there are "
           "tcp_max_tw_buckets of them already.")),
    EXT(WIN_PROBE, "TCPWinProbe",
        N_("A window probe was sent: the other side's window is 0, and there is data for it.")),
    EXT(KEEP_ALIVE, "TCPKeepAlive", N_("A keep-alive probe was sent.")),
    EXT(CHALLENGE_ACK, "TCPChallengeACK",
        N_("A SYN, an RST or an ACK came that did not fit, and was answered with an ACK in place of being obeyed (RFC "
           "5961).")),
    EXT(SYN_CHALLENGE, "TCPSYNChallenge",
        N_("A SYN came for a connection that exists, and was answered with an ACK (RFC 5961).")),
    EXT_ROUTINE(DELAYED_ACKS, "DelayedACKs",
                N_("An ACK was put off, in case data could carry it, and sent when its time was up.")),
    EXT(DELAYED_ACK_LOST, "DelayedACKLost",
        N_("Data came again that had been received: the ACK was lost or late, or the network delivered the data "
           "twice.")),
    EXT_ROUTINE(AUTO_CORKING, "TCPAutoCorking",
                N_("A small segment waited because one was still in the device's queue (tcp_autocorking).")),
    EXT(PAWS_ESTAB, "PAWSEstab",
        N_("A segment was thrown away because its timestamp was older than the last one (PAWS).")),
    EXT(PAWS_OLD_ACK, "PAWSOldAck", N_("An ACK was ignored because its timestamp was older than the last one (PAWS).")),
    EXT(PAWS_TIME_WAIT, "PAWSTimewait",
        N_("A socket in TIME_WAIT refused a segment because its timestamp was older than the last one (PAWS).")),
    EXT(TO_ZERO_WINDOW, "TCPToZeroWindowAdv", N_("A window of 0 was announced: the receive queue is full.")),
    EXT(FROM_ZERO_WINDOW, "TCPFromZeroWindowAdv", N_("A window was opened again after 0 had been announced.")),
    EXT(WANT_ZERO_WINDOW, "TCPWantZeroWindowAdv",
        N_("A window of 0 was wanted, but a window that was announced may not be taken back.")),
    EXT(ZERO_WINDOW_DROP, "TCPZeroWindowDrop", N_("Data was thrown away because the window was 0 when it came.")),
    EXT(RCV_PRUNED, "RcvPruned",
        N_("Data was thrown away: there was no room in the receive queue even after tidying it.")),
    EXT(RCV_Q_DROP, "TCPRcvQDrop", N_("Data was thrown away because the receive queue had no room (SO_RCVBUF).")),
    EXT(BACKLOG_DROP, "TCPBacklogDrop",
        N_("A segment was thrown away because too many waited for a program that held the socket.")),
    EXT(OFO_QUEUE, "TCPOFOQueue", N_("Data came ahead of a gap, and waits for what is missing.")),
    EXT(OFO_DROP, "TCPOFODrop", N_("Data came ahead of a gap, and was thrown away: no room.")),
    EXT(TIMEOUTS, "TCPTimeouts", N_("A retransmission timer ran out: nothing was confirmed in time.")),
    EXT_ROUTINE(
        LOSS_PROBES, "TCPLossProbes",
        N_("The last segment again, or a new one, was sent early, to find out whether something was lost (RFC 8985).")),
    EXT(FAST_RETRANS, "TCPFastRetrans",
        N_("A segment was sent again because later ones were confirmed and it was not.")),
    EXT(SYN_RETRANS, "TCPSynRetrans", N_("A SYN, or a SYN ACK, was sent again.")),
    EXT(DSACK_RECV, "TCPDSACKRecv",
        N_("The other side says that it got data twice: it was sent again without need, or the network doubled it.")),
    EXT(SPURIOUS_RTOS, "TCPSpuriousRTOs", N_("A retransmission timer ran out although nothing was lost (RFC 5682).")),
    EXT(OUT_OF_WINDOW_ICMPS, "OutOfWindowIcmps",
        N_("An ICMP message was ignored: it quotes a segment that is not under way.")),
    EXT(EMBRYONIC_RSTS, "EmbryonicRsts", N_("A half-open connection ended by an RST, before its handshake was over.")),
    EXT(ACK_SKIPPED_SYN_RECV, "TCPACKSkippedSynRecv",
        N_("An ACK, or a SYN ACK once more, was not sent in SYN_RECV: one had been sent just before.")),
    EXT(ACK_SKIPPED_SEQ, "TCPACKSkippedSeq",
        N_("An ACK to a segment outside the window was not sent: one had been sent just before.")),
    EXT(ACK_SKIPPED_CHALLENGE, "TCPACKSkippedChallenge",
        N_("A challenge ACK was not sent: one had been sent just before.")),
    EXT(ACK_SKIPPED_TIME_WAIT, "TCPACKSkippedTimeWait",
        N_("An ACK was not sent in TIME_WAIT: one had been sent just before.")),
    EXT(ACK_SKIPPED_FIN_WAIT2, "TCPACKSkippedFinWait2",
        N_("An ACK was not sent in FIN_WAIT2: one had been sent just before.")),
    EXT(MTUP_FAIL, "TCPMTUPFail", N_("A probe for a larger segment size was lost (tcp_mtu_probing).")),
    EXT(MTUP_SUCCESS, "TCPMTUPSuccess", N_("A probe for a larger segment size arrived (tcp_mtu_probing).")),
    EXT(FASTOPEN_ACTIVE, "TCPFastOpenActive",
        N_("A SYN carried data, and the data was accepted (TCP Fast Open, client).")),
    EXT(FASTOPEN_ACTIVE_FAIL, "TCPFastOpenActiveFail",
        N_("A SYN carried data, and the data was not accepted (TCP Fast Open, client).")),
    EXT(FASTOPEN_PASSIVE, "TCPFastOpenPassive", N_("Data in a SYN was accepted (TCP Fast Open, server).")),
    EXT(FASTOPEN_PASSIVE_FAIL, "TCPFastOpenPassiveFail", N_("Data in a SYN was refused (TCP Fast Open, server).")),
    EXT(FASTOPEN_COOKIE_REQD, "TCPFastOpenCookieReqd", N_("A client asked for a Fast Open cookie.")),
    EXT_ROUTINE(
        TIME_WAIT, "TW",
        N_("An end went to TIME_WAIT, or to FIN_WAIT2 without a program, for more than 4 s (counted when it begins).")),
    EXT(TIME_WAIT_KILLED, "TWKilled",
        N_("An end went to TIME_WAIT, or to FIN_WAIT2 without a program, for 4 s or less (counted when it begins).")),
    TCP(ACTIVE_OPENS, "ActiveOpens", true, N_("A connect was begun: CLOSE to SYN_SENT.")),
    TCP(PASSIVE_OPENS, "PassiveOpens", true,
        N_("A handshake with a listening socket was completed (Linux counts it then, not when the SYN comes).")),
    TCP(ATTEMPT_FAILS, "AttemptFails", false, N_("A connection ended before it was ESTABLISHED.")),
    TCP(ESTAB_RESETS, "EstabResets", false,
        N_("A connection in ESTABLISHED or CLOSE_WAIT went to CLOSE without a FIN of both.")),
    TCP(RETRANS_SEGS, "RetransSegs", false, N_("A segment was sent again.")),
    TCP(IN_ERRS, "InErrs", false,
        N_("A segment came that was damaged or no TCP segment, or a SYN within an open connection.")),
    TCP(IN_CSUM_ERRORS, "InCsumErrors", false, N_("A segment came with a wrong checksum.")),
    TCP(OUT_RSTS, "OutRsts", false, N_("An RST was sent.")),
};

const char *net_counter_group_name(enum net_counter_group group)
{
    static const char *const names[NET_COUNTER_GROUPS] = {[NET_COUNTER_TCP_EXT] = "TcpExt", [NET_COUNTER_TCP] = "Tcp"};
    return names[group];
}

const char *net_counter_name(unsigned id)
{
    return id < NET_COUNTERS ? net_counters[id].name : "";
}

int net_counter_find(const char *name)
{
    for (int i = 0; i < NET_COUNTERS; i++)
        if (strcasecmp(net_counters[i].name, name) == 0)
            return i;
    return -1;
}
