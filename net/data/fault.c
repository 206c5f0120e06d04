// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/data/fault.h"

#include "net/base/message.h"
#include "net/base/plain.h"
#include "net/data/event.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)NET_FAULT_WAYS == (int)NET_HOSTS, "a way begins at each host");

/* Linux takes no path for narrower than 552 bytes (ip_rt_min_pmtu), and the devices carry 1500. */
enum { MTU_LEAST = 552, MTU_MOST = 1500, FORGET_MOST_MS = 24 * 3600 * 1000, RATE_MOST_KBIT = 10000000 };

/* clang-format off */
static const struct net_fault rows[NET_FAULTS] = {
    [NET_FAULT_DELAY] = {
        .both = N_("delay %u ms"), .one = N_("delay %u ms from %s"), .largest = NET_DELAY_MAX_MS,
        .limits = N_("A delay of %u ms is too long: %u to %u ms each way.")},
    [NET_FAULT_LOSS] = {
        .both = N_("loss %u %%"), .one = N_("loss %u %% from %s"), .largest = 100,
        .limits = N_("A loss of %u %% is none: %u to %u %%.")},
    [NET_FAULT_DUPLICATE] = {
        .both = N_("twice %u %%"), .one = N_("twice %u %% from %s"), .largest = 100,
        .limits = N_("A share of %u %% cannot come twice: %u to %u %%.")},
    [NET_FAULT_CUT] = {
        .both = N_("cut each way"), .one = N_("cut from %s"), .largest = 1,
        .limits = N_("A way is cut or not; %u is neither %u nor %u.")},
    [NET_FAULT_HOLD] = {
        .both = N_("held each way"), .one = N_("held from %s"), .largest = 1,
        .limits = N_("A way is held or not; %u is neither %u nor %u.")},
    [NET_FAULT_MTU] = {
        .both = N_("mtu %u B"), .one = N_("mtu %u B from %s"), .least = MTU_LEAST, .largest = MTU_MOST,
        .limits = N_("An MTU of %u bytes cannot be: %u to %u bytes.")},
    [NET_FAULT_MTU_SILENT] = {
        .both = N_("mtu %u B, silent"), .one = N_("mtu %u B from %s, silent"), .least = MTU_LEAST, .largest = MTU_MOST,
        .limits = N_("An MTU of %u bytes cannot be: %u to %u bytes.")},
    [NET_FAULT_FORGET] = {
        .both = N_("forgets after %u ms"), .one = N_("forgets after %u ms, asked from %s"), .largest = FORGET_MOST_MS,
        .limits = N_("Idle for %u ms is too long: %u to %u ms.")},
    [NET_FAULT_FORGET_RST] = {
        .both = N_("forgets after %u ms, says RST"), .one = N_("forgets after %u ms, says RST to %s"),
        .largest = FORGET_MOST_MS, .limits = N_("Idle for %u ms is too long: %u to %u ms.")},
    [NET_FAULT_FORGET_ICMP] = {
        .both = N_("forgets after %u ms, says ICMP"), .one = N_("forgets after %u ms, says ICMP to %s"),
        .largest = FORGET_MOST_MS, .limits = N_("Idle for %u ms is too long: %u to %u ms.")},
    [NET_FAULT_MARK] = {
        .both = N_("marks ECN %u %%"), .one = N_("marks ECN %u %% from %s"), .largest = 100,
        .limits = N_("A share of %u %% cannot be marked: %u to %u %%.")},
    [NET_FAULT_CORRUPT] = {
        .both = N_("corrupts %u %%"), .one = N_("corrupts %u %% from %s"), .largest = 100,
        .limits = N_("A share of %u %% cannot be corrupted: %u to %u %%.")},
    [NET_FAULT_RATE] = {
        .both = N_("rate %u kbit/s"), .one = N_("rate %u kbit/s from %s"), .largest = RATE_MOST_KBIT,
        .limits = N_("A rate of %u kbit/s is too high: %u to %u kbit/s.")},
    [NET_FAULT_JITTER] = {
        .both = N_("jitter %u ms"), .one = N_("jitter %u ms from %s"), .largest = NET_DELAY_MAX_MS,
        .limits = N_("A jitter of %u ms is too long: %u to %u ms each way.")},
    [NET_FAULT_REORDER] = {
        .both = N_("reorders %u %%"), .one = N_("reorders %u %% from %s"), .largest = 100,
        .limits = N_("A share of %u %% cannot come late: %u to %u %%.")},
    [NET_FAULT_NAT] = {
        .both = N_("nat"), .one = N_("nat of %s"), .largest = 1,
        .limits = N_("Addresses are translated or not; %u is neither %u nor %u.")},
    [NET_FAULT_BE] = {
        .both = N_("you are both hosts"), .one = N_("you get what %s sends"), .largest = 1,
        .limits = N_("A host is the learner or not; %u is neither %u nor %u.")},
};

static const struct net_drop drops[NET_DROPS] = {
    [NET_DROP_NONE] = {.name = "none", .fate = N_("dropped"), .reason = "", .told = N_("The wire dropped the {name}, so {other} knows nothing of it.")},
    [NET_DROP_ASKED] = {.name = "asked", .fate = N_("dropped"), .reason = N_(", as asked"),
        .told = N_("The wire dropped the {name} as asked, so {other} knows nothing of it.")},
    [NET_DROP_LOSS] = {.name = "loss", .fate = N_("lost"), .reason = N_(", by loss"), .told = N_("The wire lost the {name}, so {other} knows nothing of it.")},
    [NET_DROP_CUT] = {.name = "cut", .fate = N_("cut"), .reason = N_(", the cable is cut"),
        .told = N_("The wire is cut and dropped the {name}, so {other} knows nothing of it.")},
    [NET_DROP_REFUSED] = {.name = "refused", .fate = N_("refused"), .reason = N_(", the device refused it"),
        .told = N_("The device refused the {name}, so {other} knows nothing of it.")},
    [NET_DROP_UNREACHABLE] = {.name = "unreachable", .fate = N_("no way"), .reason = N_(", no way leads to the host"),
        .told = N_("A router could not deliver the {name} and said so (ICMP), so {other} knows nothing of it.")},
    [NET_DROP_FORGOTTEN] = {.name = "forgotten", .fate = N_("forgotten"), .reason = N_(", a box has forgotten its connection"),
        .told = N_("A box on the wire has forgotten the connection and dropped the {name} without a word, so {other} knows nothing of it."),
        .waits = N_("A box on the wire has forgotten the connection and dropped the {name} #{id} of {host} at {at}, without a word.")},
    [NET_DROP_FORGOTTEN_RST] = {.name = "forgotten_rst", .fate = N_("forgotten"),
        .reason = N_(", a box has forgotten its connection and answers RST"),
        .told = N_("A box on the wire has forgotten the connection, dropped the {name} and answered it by RST, so {other} knows nothing of it."),
        .waits = N_("A box on the wire has forgotten the connection, dropped the {name} #{id} of {host} at {at} and answered it by RST.")},
    [NET_DROP_FORGOTTEN_ICMP] = {.name = "forgotten_icmp", .fate = N_("forgotten"),
        .reason = N_(", a box has forgotten its connection and says so"),
        .told = N_("A box on the wire has forgotten the connection, dropped the {name} and said so (ICMP), so {other} knows nothing of it."),
        .waits = N_("A box on the wire has forgotten the connection, dropped the {name} #{id} of {host} at {at} and said so (ICMP).")},
    [NET_DROP_TOO_BIG] = {.name = "too_big", .fate = N_("too big"), .reason = N_(", too big for the way, and its sender is told"),
        .told = N_("The {name} is too big for the way, and a router said so (ICMP), so {other} knows nothing of it."),
        .waits = N_("The way is too narrow for the {name} #{id} of {host} at {at}, and a router has said so (ICMP).")},
    [NET_DROP_TOO_BIG_SILENT] = {.name = "too_big_silent", .fate = N_("too big"), .reason = N_(", too big for the way, and nobody is told"),
        .told = N_("The {name} is too big for the way and was dropped without a word, so {other} knows nothing of it."),
        .waits = N_("The way is too narrow for the {name} #{id} of {host} at {at}, and nobody has said so.")},
    [NET_DROP_CORRUPT] = {.name = "corrupt", .fate = N_("corrupt"), .reason = N_(", a bit of it was wrong, and so was its checksum"),
        .told = N_("The wire changed a bit of the {name}, and its receiver threw it away for its checksum, so {other} knows nothing of it."),
        .waits = N_("The wire changed a bit of the {name} #{id} of {host} at {at}, and its receiver threw it away for its checksum.")},
    [NET_DROP_QUEUE] = {.name = "queue", .fate = N_("no room"), .reason = N_(", the queue before the slow line is full"),
        .told = N_("The queue before the slow line had no room for the {name}, so {other} knows nothing of it."),
        .waits = N_("The queue before the slow line had no room for the {name} #{id} of {host} at {at}.")},
    [NET_DROP_MARKED] = {.name = "marked", .fate = N_("marked"), .reason = N_(", marked: congestion (ECN CE)"),
        .told = N_("The wire marked the {name} (ECN CE).")},
    [NET_DROP_NAT] = {.name = "nat", .fate = N_("no entry"), .reason = N_(", the NAT has no entry for it"),
        .told = N_("The NAT has no entry in its table for the {name} and dropped it without a word, so {other} knows nothing of it."),
        .waits = N_("The NAT has no entry in its table for the {name} #{id} of {host} at {at}, and dropped it without a word.")},
    [NET_DROP_TAKEN] = {.name = "taken", .fate = N_("taken"), .reason = N_(", you took it in the place of its receiver"),
        .told = N_("You took the {name} in the place of {other}, whose kernel knows nothing of it."),
        .waits = N_("You have taken the {name} #{id} of {host} at {at} in the place of its receiver.")},
    [NET_DROP_CHECKSUM] = {.name = "checksum", .fate = N_("bad sum"), .reason = N_(", by its receiver: its checksum was written wrong"),
        .told = N_("The {name} was written with a wrong checksum, and its receiver threw it away, so {other} knows nothing of it."),
        .waits = N_("Its receiver threw away the {name} #{id} of {host} at {at} for its checksum, which was written wrong.")},
};
/* clang-format on */

const struct net_drop *net_drop(unsigned why)
{
    return &drops[why < NET_DROPS ? why : NET_DROP_NONE];
}

const char *net_drop_name(unsigned why)
{
    return why < NET_DROPS ? net_drop(why)->name : "?";
}

const struct net_fault *net_fault(enum net_fault_id id)
{
    return &rows[id];
}

const char *net_fault_name(unsigned id)
{
    static const char *const names[NET_FAULTS] = {
#define NAME(id_, name_) [NET_FAULT_##id_] = (name_),
        NET_FAULT_LIST(NAME)
#undef NAME
    };
    return id < NET_FAULTS ? names[id] : "?";
}

void net_fault_set(struct net_faults *faults, enum net_fault_id id, uint32_t value)
{
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++)
        faults->value[id][way] = value;
}

bool net_fault_is_on(const struct net_faults *faults, enum net_fault_id id)
{
    return faults->value[id][NET_SERVER] || faults->value[id][NET_CLIENT];
}

bool net_faults_are_on(const struct net_faults *faults)
{
    for (unsigned id = 0; id < NET_FAULTS; id++)
        if (net_fault_is_on(faults, (enum net_fault_id)id))
            return true;
    return false;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows' own */
static size_t put_one(const struct net_faults *faults, enum net_fault_id id, const char *before, char *out, size_t room)
{
    const uint32_t *value = faults->value[id];
    bool same = value[NET_SERVER] == value[NET_CLIENT];
    size_t used = 0;
    if (room)
        *out = '\0';
    for (unsigned way = 0; way < (same ? 1 : NET_FAULT_WAYS); way++) {
        char text[160];
        if (!value[way])
            continue;
        const char *format = net_message(same ? rows[id].both : rows[id].one);
        if (rows[id].largest == 1)
            snprintf(text, sizeof text, format, net_host_name(way));
        else
            snprintf(text, sizeof text, format, value[way], net_host_name(way));
        used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : before, text);
        used = used < room ? used : room - 1;
    }
    return used;
}
#pragma GCC diagnostic pop

/* The first box from which nothing comes out, in the order in which a segment meets them; NULL: none is. */
static const char *first_end(const struct net_faults *faults, unsigned way, enum net_fault_id *id)
{
    static const struct {
        enum net_fault_id id;
        uint32_t least;
        const char *said;
    } ends[] = {
        {NET_FAULT_CUT, 1,
         N_("what %s sends is cut before it comes to any other box: `wire open` takes all of them away")},
        {NET_FAULT_BE, 1, N_("what %s sends is yours before it comes to any other box: `be nobody` ends that")},
        {NET_FAULT_HOLD, 1,
         N_("what %s sends is held, and delivered as it is when you let it go: no other box acts on it")},
        {NET_FAULT_LOSS, 100,
         N_("all that %s sends is lost before it comes to any other box: `wire loss 0%%` ends that")},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (faults->value[ends[i].id][way] >= ends[i].least) {
            *id = ends[i].id;
            return net_message(ends[i].said);
        }
    return NULL;
}

/* One that a segment from that host would meet behind the first. */
static bool another_is_on(const struct net_faults *faults, unsigned way, enum net_fault_id but)
{
    for (unsigned id = 0; id < NET_FAULTS; id++)
        if (id != but && id != NET_FAULT_NAT && id != NET_FAULT_BE && faults->value[id][way])
            return true;
    return false;
}

bool net_faults_contradict(const struct net_faults *faults, unsigned mode, char *out, size_t out_bytes)
{
    static const char *const modes[NET_WIRE_MODES] = {
        [NET_WIRE_HELD] = N_(
            "the wire is held, and what you let go is delivered as it is: no box acts until `wire open`"),
        [NET_WIRE_CUT] = N_("the wire is cut: no segment comes to a box until `wire join`"),
        [NET_WIRE_UNREACHABLE] = N_("no way leads to the other host: no segment comes to a box until `wire join`")};
    enum net_fault_id id = NET_FAULTS;
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++) {
        const char *end = first_end(faults, way, &id);
        if (mode < NET_WIRE_MODES && modes[mode] && another_is_on(faults, way, NET_FAULTS)) {
            snprintf(out, out_bytes, "%s", net_message(modes[mode]));
            return true;
        }
        if (!end || !another_is_on(faults, way, id))
            continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of ends */
        snprintf(out, out_bytes, end, net_host_name(way));
#pragma GCC diagnostic pop
        return true;
    }
    return false;
}

const char *net_fault_text(const struct net_faults *faults, enum net_fault_id id, char *out, size_t out_bytes)
{
    put_one(faults, id, "", out, out_bytes);
    net_whole(out);
    return out;
}

const char *net_faults_text(const struct net_faults *faults, char *out, size_t out_bytes)
{
    size_t used = 0;
    *out = '\0';
    for (unsigned id = 0; id < NET_FAULTS; id++)
        used += put_one(faults, (enum net_fault_id)id, ", ", out + used, out_bytes - used);
    net_whole(out);
    return out;
}
