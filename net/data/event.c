// SPDX-License-Identifier: GPL-3.0-or-later
// Names of what events carry.

#include "net/data/event.h"

#include "net/base/message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

size_t net_event_body_bytes(uint16_t kind)
{
    static const uint16_t bytes[NET_EV_KINDS] = {
        [NET_EV_ACTOR_START] = sizeof(struct net_ev_actor), [NET_EV_ACTOR_END] = sizeof(struct net_ev_end),
        [NET_EV_TASK_START] = sizeof(struct net_ev_task),   [NET_EV_TASK_END] = sizeof(struct net_ev_end),
        [NET_EV_TASK_REAPED] = sizeof(struct net_ev_end),   [NET_EV_CALL_ENTER] = sizeof(struct net_ev_call),
        [NET_EV_CALL_RETURN] = sizeof(struct net_ev_call),  [NET_EV_GATE] = sizeof(struct net_ev_gate),
        [NET_EV_SIGNAL] = sizeof(struct net_ev_signal),     [NET_EV_OUTPUT] = sizeof(struct net_ev_output),
        [NET_EV_SEGMENT] = sizeof(struct net_ev_segment),   [NET_EV_FATE] = sizeof(struct net_ev_fate),
        [NET_EV_SAMPLE] = sizeof(struct net_ev_sample),     [NET_EV_GONE] = sizeof(struct net_ev_sample),
        [NET_EV_TIMERS] = sizeof(struct net_ev_timers),     [NET_EV_WIRE] = sizeof(struct net_ev_wire),
        [NET_EV_NOTE] = sizeof(struct net_ev_note),         [NET_EV_COUNTER] = sizeof(struct net_ev_counter),
        [NET_EV_SITE] = sizeof(struct net_ev_site),         [NET_EV_FILE] = sizeof(struct net_ev_file),
        [NET_EV_IMAGE] = sizeof(struct net_ev_image),       [NET_EV_DIAGNOSTIC] = sizeof(struct net_ev_diagnostic),
    };
    return kind < NET_EV_KINDS ? bytes[kind] : 0;
}

static const char *name_in(const char *const *names, size_t count, size_t i)
{
    return i < count && names[i] ? names[i] : "?";
}

const char *net_event_kind_name(uint16_t kind)
{
    static const char *const names[NET_EV_KINDS] = {
        [NET_EV_NONE] = "none",
        [NET_EV_ACTOR_START] = "actor_start",
        [NET_EV_ACTOR_END] = "actor_end",
        [NET_EV_TASK_START] = "task_start",
        [NET_EV_TASK_END] = "task_end",
        [NET_EV_TASK_REAPED] = "task_reaped",
        [NET_EV_CALL_ENTER] = "call_enter",
        [NET_EV_CALL_RETURN] = "call_return",
        [NET_EV_GATE] = "gate",
        [NET_EV_SIGNAL] = "signal",
        [NET_EV_OUTPUT] = "output",
        [NET_EV_SEGMENT] = "segment",
        [NET_EV_FATE] = "fate",
        [NET_EV_SAMPLE] = "sample",
        [NET_EV_GONE] = "gone",
        [NET_EV_TIMERS] = "timers",
        [NET_EV_WIRE] = "wire",
        [NET_EV_NOTE] = "note",
        [NET_EV_COUNTER] = "counter",
        [NET_EV_SITE] = "site",
        [NET_EV_FILE] = "file",
        [NET_EV_IMAGE] = "image",
        [NET_EV_DIAGNOSTIC] = "diagnostic",
    };
    return name_in(names, COUNT(names), kind);
}

static const char *const state_names[NET_STATES] = {
    [NET_STATE_ABSENT] = "ABSENT",         [NET_STATE_ESTABLISHED] = "ESTABLISHED",
    [NET_STATE_SYN_SENT] = "SYN_SENT",     [NET_STATE_SYN_RECV] = "SYN_RECV",
    [NET_STATE_FIN_WAIT1] = "FIN_WAIT1",   [NET_STATE_FIN_WAIT2] = "FIN_WAIT2",
    [NET_STATE_TIME_WAIT] = "TIME_WAIT",   [NET_STATE_CLOSE] = "CLOSE",
    [NET_STATE_CLOSE_WAIT] = "CLOSE_WAIT", [NET_STATE_LAST_ACK] = "LAST_ACK",
    [NET_STATE_LISTEN] = "LISTEN",         [NET_STATE_CLOSING] = "CLOSING",
};

const char *net_state_name(unsigned state)
{
    return name_in(state_names, COUNT(state_names), state);
}

const char *net_sight_name(unsigned sight)
{
    static const char *const names[NET_SIGHTS] = {
        [NET_SEEN] = "seen",
        [NET_UNSEEN_STATIC] = "static",
        [NET_UNSEEN_GO] = "go",
        [NET_UNSEEN_FOREIGN] = "foreign",
        [NET_UNSEEN_REFUSED] = "refused",
    };
    return name_in(names, COUNT(names), sight);
}

const char *net_lines_name(unsigned lines)
{
    static const char *const names[NET_LINES_KINDS] = {
        [NET_LINES] = "known", [NET_LINES_NONE] = "none", [NET_LINES_NO_READER] = "no reader"};
    return name_in(names, COUNT(names), lines);
}

const char *net_severity_name(unsigned severity)
{
    static const char *const names[NET_SEVERITIES] = {
        [NET_NOTE] = "note", [NET_WARNING] = "warning", [NET_ERROR] = "error", [NET_COMPILED] = "compiled"};
    return name_in(names, COUNT(names), severity);
}

const char *net_host_name(unsigned host)
{
    static const char *const names[NET_HOSTS] = {[NET_SERVER] = "server", [NET_CLIENT] = "client"};
    return name_in(names, COUNT(names), host);
}

const char *net_timer_name(unsigned timer)
{
    static const char *const names[NET_TIMERS] = {
        [NET_TIMER_NONE] = "none",         [NET_TIMER_RETRANSMIT] = "retransmit", [NET_TIMER_KEEPALIVE] = "keepalive",
        [NET_TIMER_TIMEWAIT] = "timewait", [NET_TIMER_PERSIST] = "persist",
    };
    return name_in(names, COUNT(names), timer);
}

const char *net_fate_name(unsigned fate)
{
    static const char *const names[NET_FATES] = {
        [NET_IN_FLIGHT] = N_("in flight"), [NET_HELD] = N_("held"),       [NET_REPEATED] = N_("repeated"),
        [NET_DELIVERED] = N_("delivered"), [NET_DROPPED] = N_("dropped"), [NET_DUPLICATED] = N_("duplicated"),
    };
    return name_in(names, COUNT(names), fate);
}

const char *net_wire_mode_name(unsigned mode)
{
    static const char *const names[NET_WIRE_MODES] = {
        [NET_WIRE_OPEN] = "open",
        [NET_WIRE_HELD] = "held",
        [NET_WIRE_CUT] = "cut",
        [NET_WIRE_UNREACHABLE] = "unreachable",
    };
    return name_in(names, COUNT(names), mode);
}

const char *net_origin_name(unsigned origin)
{
    static const char *const names[NET_ORIGINS] = {
        [NET_BEFORE_SEGMENT] = "before segment",
        [NET_AFTER_SEGMENT] = "after segment",
        [NET_BEFORE_CALL] = "before call",
        [NET_AFTER_CALL] = "after call",
        [NET_AT_DESTROY] = "destroy",
        [NET_AT_TICK] = "tick",
    };
    return name_in(names, COUNT(names), origin);
}

const char *net_end_name(unsigned how)
{
    static const char *const names[NET_ENDS] = {
        [NET_END_RETURNED] = "returned",
        [NET_END_EXIT] = "exit",
        [NET_END_SIGNAL] = "signal",
        [NET_END_LAB] = "lab",
    };
    return name_in(names, COUNT(names), how);
}

const char *net_task_kind_name(unsigned kind)
{
    static const char *const names[NET_TASK_KINDS] = {
        [NET_TASK_MAIN] = "main",
        [NET_TASK_CHILD] = "child",
        [NET_TASK_THREAD] = "thread",
    };
    return name_in(names, COUNT(names), kind);
}

const char *net_signal_action_name(unsigned action)
{
    static const char *const names[NET_SIG_ACTIONS] = {
        [NET_SIG_DEFAULT] = "default",
        [NET_SIG_IGNORED] = "ignored",
        [NET_SIG_HANDLED] = "handled",
    };
    return name_in(names, COUNT(names), action);
}

bool net_is_router(struct net_ip ip)
{
    return net_ip_same(ip, NET_ROUTER_IP) || net_ip_same(ip, NET_ROUTER_IP6);
}

bool net_is_icmp(unsigned protocol)
{
    return protocol == NET_ICMP || protocol == NET_ICMPV6;
}

enum { ANY_CODE = 256 };
static const struct icmp {
    uint8_t protocol, type;
    uint16_t code;
    bool is_error;
    const char *name;
} icmps[] = {
    {NET_ICMP, NET_ICMP_UNREACHABLE, 0, true, "ICMP net unreachable"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, NET_ICMP_HOST, true, "ICMP host unreachable"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, NET_ICMP_PROTOCOL, true, "ICMP protocol unreachable"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, NET_ICMP_PORT, true, "ICMP port unreachable"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, NET_ICMP_TOO_BIG, true, "ICMP fragmentation needed"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, NET_ICMP_PROHIBITED, true, "ICMP administratively prohibited"},
    {NET_ICMP, NET_ICMP_UNREACHABLE, ANY_CODE, true, NULL},
    {NET_ICMP, 0, ANY_CODE, false, "ICMP echo reply"},
    {NET_ICMP, 8, ANY_CODE, false, "ICMP echo"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, NET_ICMPV6_NO_ROUTE, true, "ICMPv6 no route"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, NET_ICMPV6_PROHIBITED, true, "ICMPv6 administratively prohibited"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, 2, true, "ICMPv6 beyond scope"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, NET_ICMPV6_ADDRESS, true, "ICMPv6 address unreachable"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, NET_ICMPV6_PORT, true, "ICMPv6 port unreachable"},
    {NET_ICMPV6, NET_ICMPV6_UNREACHABLE, ANY_CODE, true, NULL},
    {NET_ICMPV6, NET_ICMPV6_TOO_BIG, ANY_CODE, true, "ICMPv6 packet too big"},
    {NET_ICMPV6, NET_ICMPV6_PARAMETER, NET_ICMPV6_NEXT_HEADER, true, "ICMPv6 unrecognized next header"},
    {NET_ICMPV6, NET_ICMPV6_PARAMETER, ANY_CODE, true, "ICMPv6 parameter problem"},
    {NET_ICMPV6, 128, ANY_CODE, false, "ICMPv6 echo"},
    {NET_ICMPV6, 129, ANY_CODE, false, "ICMPv6 echo reply"},
};

static const struct icmp *icmp_of(const struct net_ev_segment *s)
{
    for (size_t i = 0; i < COUNT(icmps); i++)
        if (icmps[i].protocol == s->protocol && icmps[i].type == s->icmp_type &&
            (icmps[i].code == s->icmp_code || icmps[i].code == ANY_CODE))
            return &icmps[i];
    return NULL;
}

const char *net_icmp_name(const struct net_ev_segment *s)
{
    static _Thread_local char other[24];
    const struct icmp *icmp = icmp_of(s);
    if (icmp && icmp->name)
        return icmp->name;
    snprintf(other, sizeof other, s->protocol == NET_ICMP ? "ICMP type %u" : "ICMPv6 type %u", s->icmp_type);
    return other;
}

bool net_is_icmp_error(const struct net_ev_segment *s)
{
    const struct icmp *icmp = icmp_of(s);
    return icmp && icmp->is_error;
}

/* ss writes "FIN-WAIT-2" where the kernel has FIN_WAIT2: the words are the same once the joints are left out. */
static bool same_but_joints(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

int net_state_number(const char *name)
{
    static const struct {
        const char *name;
        enum net_state state;
    } also[] = {
        {"ESTAB", NET_STATE_ESTABLISHED}, /* ss */
        {"UNCONN", NET_STATE_CLOSE},      /* ss */
        {"CLOSED", NET_STATE_CLOSE},      /* RFC 9293 */
        {"SYN_RECEIVED", NET_STATE_SYN_RECV},
    };
    for (int state = 0; state < NET_STATES; state++)
        if (same_but_joints(name, state_names[state]))
            return state;
    for (size_t i = 0; i < COUNT(also); i++)
        if (same_but_joints(name, also[i].name))
            return (int)also[i].state;
    return -1;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

const char *net_flags_text(unsigned flags, char *out, size_t out_bytes)
{
    static const struct {
        unsigned flag;
        const char *name;
    } order[] = {{NET_SYN, "SYN"}, {NET_FIN, "FIN"}, {NET_RST, "RST"}, {NET_PSH, "PSH"},
                 {NET_ACK, "ACK"}, {NET_URG, "URG"}, {NET_ECE, "ECE"}, {NET_CWR, "CWR"}};
    size_t n = 0;
    if (out_bytes == 0)
        return out;
    snprintf(out, out_bytes, "-");
    for (size_t i = 0; i < COUNT(order); i++) {
        if (!(flags & order[i].flag) || n + 5 > out_bytes)
            continue;
        n += (size_t)snprintf(out + n, out_bytes - n, "%s%s", n ? " " : "", order[i].name);
    }
    return out;
}
