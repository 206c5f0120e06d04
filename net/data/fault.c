// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/data/fault.h"

#include "net/data/event.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)NET_FAULT_WAYS == (int)NET_HOSTS, "a way begins at each host");

/* clang-format off */
static const struct net_fault rows[NET_FAULTS] = {
    [NET_FAULT_DELAY] = {
        .both = "delay %u ms", .one = "delay %u ms from %s", .largest = NET_DELAY_MAX_MS,
        .limits = "A delay of %u ms is too long: %u to %u ms each way."},
    [NET_FAULT_LOSS] = {
        .both = "loss %u %%", .one = "loss %u %% from %s", .largest = 100,
        .limits = "A loss of %u %% is none: %u to %u %%."},
    [NET_FAULT_DUPLICATE] = {
        .both = "twice %u %%", .one = "twice %u %% from %s", .largest = 100,
        .limits = "A share of %u %% cannot come twice: %u to %u %%."},
};
/* clang-format on */

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
        char text[80];
        if (!value[way])
            continue;
        snprintf(text, sizeof text, same ? rows[id].both : rows[id].one, value[way], net_host_name(way));
        used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : before, text);
        used = used < room ? used : room - 1;
    }
    return used;
}
#pragma GCC diagnostic pop

const char *net_fault_text(const struct net_faults *faults, enum net_fault_id id, char *out, size_t out_bytes)
{
    put_one(faults, id, "", out, out_bytes);
    return out;
}

const char *net_faults_text(const struct net_faults *faults, char *out, size_t out_bytes)
{
    size_t used = 0;
    *out = '\0';
    for (unsigned id = 0; id < NET_FAULTS; id++)
        used += put_one(faults, (enum net_fault_id)id, ", ", out + used, out_bytes - used);
    return out;
}
