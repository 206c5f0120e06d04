// SPDX-License-Identifier: GPL-3.0-or-later
// Sysctls of the hosts.

#include "lab/base/nearest.h"
#include "lab/commands/rows.h"
#include "lab/session/doing.h"
#include "net/data/sysctl_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What it was before the first change, for clear. */
static int keep_sysctl(struct lab_session *s, enum net_host host, const char *name, struct net_error *err)
{
    for (struct lab_kept_sysctl *kept = s->sysctls; kept; kept = kept->next)
        if (kept->host == host && strcmp(kept->name, name) == 0)
            return 0;
    struct lab_kept_sysctl *kept = calloc(1, sizeof *kept);
    if (!kept)
        return net_fail_errno(err, "malloc");
    kept->host = host;
    snprintf(kept->name, sizeof kept->name, "%s", name);
    if (net_sysctl_get_own(&s->engine.hosts, host, name, kept->value, sizeof kept->value, err) < 0) {
        free(kept);
        return -1;
    }
    kept->next = s->sysctls;
    s->sysctls = kept;
    return 0;
}

/* An unknown name is answered by the nearest one. */
static enum lab_outcome refused(struct lab_doing *d, const char *name)
{
    const struct net_hosts *hosts = &d->session->engine.hosts;
    struct lab_nearest nearest;
    const char *known;
    if (d->err->code != ENOENT)
        return LAB_ERROR;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; (known = net_sysctl_name_at(hosts, i)); i++)
        lab_nearest_offer(&nearest, known);
    for (size_t i = 0; i < net_sysctl_count; i++)
        lab_nearest_offer(&nearest, net_sysctls[i].name);
    net_fail(d->err, ENOENT, d->err->call, "a host has no kernel parameter `%.60s`%s", name,
             lab_nearest_hint(&nearest));
    return LAB_ERROR;
}

static enum lab_outcome run_net(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct net_hosts *hosts = &d->session->engine.hosts;
    enum net_host host = (enum net_host)value[0].number;
    const char *name = value[1].text;
    char now[128];
    if (value[2].given && (keep_sysctl(d->session, host, name, d->err) < 0 ||
                           net_sysctl_set(hosts, host, name, value[2].text, d->err) < 0))
        return refused(d, name);
    if (net_sysctl_get(hosts, host, name, now, sizeof now, d->err) < 0)
        return refused(d, name);
    lab_reply(d->session, "%s %s = %s", net_host_name(host), name, now);
    return LAB_DONE;
}

/* ---- the rows ---- */

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "net", .group = LAB_GROUP_WIRE, .id = LAB_COMMAND_NET, .run = run_net,
     .help = N_("show or set a sysctl of one host, inside the lab only"),
     .slots = {SLOT(HOST, "HOST"), SLOT(SYSCTL, "SYSCTL"), OPTIONAL(REST, "VALUE")}},
};
/* clang-format on */
const struct lab_family lab_family_net = LAB_FAMILY(rows);
