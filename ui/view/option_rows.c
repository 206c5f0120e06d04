// SPDX-License-Identifier: GPL-3.0-or-later
// Options and sysctls as rows of text; their values asked of the kernel.
#include "ui/view/option_rows.h"

#include "lab/base/text.h"
#include "net/data/sysctl_table.h"

#include <stdio.h>
#include <string.h>

static bool is_loopback(const struct ui_model *model)
{
    return model->session && lab_session_engine(model->session)->hosts.mode == NET_MODE_LOOPBACK;
}

static enum net_host host_of(enum ui_settings page)
{
    return page == UI_SETTINGS_CLIENT ? NET_CLIENT : NET_SERVER;
}

size_t ui_settings_count(enum ui_settings page)
{
    return page == UI_SETTINGS_SOCKET ? net_option_count : net_sysctl_count;
}

bool ui_settings_exist(const struct ui_model *model, enum ui_settings page)
{
    return page != UI_SETTINGS_CLIENT || !is_loopback(model);
}

const char *ui_settings_host(const struct ui_model *model, enum ui_settings page)
{
    return is_loopback(model) ? "this machine" : net_host_name(host_of(page));
}

static struct ui_setting of_option(const struct net_option *option)
{
    struct ui_setting s = {.name = option->name,
                           .preset = option->preset,
                           .when = option->can_set ? _(option->when) : "read only",
                           .effect = _(option->effect),
                           .can_set = option->can_set,
                           .is_switch = option->type == NET_OPT_BOOL || option->type == NET_OPT_FILE_FLAG,
                           .clears = option->type == NET_OPT_ERRNO};
    char takes[160];
    net_option_takes(option, takes, sizeof takes);
    if (option->can_set)
        snprintf(s.facts, sizeof s.facts,
                 option->inherited ? "Takes %s; an accepted socket has it from its listener."
                                   : "Takes %s; an accepted socket does not have it from its listener.",
                 takes);
    else
        snprintf(s.facts, sizeof s.facts, "Can only be read.");
    return s;
}

static struct ui_setting of_sysctl(const struct ui_model *model, const struct net_sysctl *sysctl)
{
    bool can_set = !is_loopback(model);
    struct ui_setting s = {.name = sysctl->name,
                           .preset = sysctl->preset,
                           .when = sysctl->option ? sysctl->option : "-",
                           .effect = _(sysctl->effect),
                           .can_set = can_set};
    if (!can_set)
        lab_append(s.facts, sizeof s.facts, "Can only be read: it is this machine's. ");
    if (*sysctl->unit)
        lab_append(s.facts, sizeof s.facts, "In %s. ", _(sysctl->unit));
    if (sysctl->option)
        lab_append(s.facts, sizeof s.facts, "What a socket itself has goes before it: %s.", sysctl->option);
    else
        lab_append(s.facts, sizeof s.facts, "No socket has its own.");
    return s;
}

struct ui_setting ui_setting_at(const struct ui_model *model, enum ui_settings page, size_t i)
{
    return page == UI_SETTINGS_SOCKET ? of_option(&net_options[i]) : of_sysctl(model, &net_sysctls[i]);
}

static void ask_option(const struct ui_model *model, int socket, const struct net_option *option,
                       struct ui_setting_value *out, struct net_error *err)
{
    const struct lab_socket *of = &model->state->sockets[socket];
    struct net_option_value value;
    struct net_actors *actors = lab_session_engine(model->session)->actors;
    if (!net_option_is_of(option, of->now.local_ip.is_v6))
        snprintf(out->text, sizeof out->text, "-");
    else if (net_actor_option(actors, of->owner_task, of->fd, option, false, &value, err) == 0) {
        net_option_text(option, &value, out->text, sizeof out->text);
        net_option_words(option, &value, out->words, sizeof out->words);
    }
}

static void ask_sysctl(const struct ui_model *model, enum net_host host, const char *name, struct ui_setting_value *out,
                       struct net_error *err)
{
    if (net_sysctl_get(&lab_session_engine(model->session)->hosts, host, name, out->text, sizeof out->text, err) >= 0)
        snprintf(out->words, sizeof out->words, "%s", out->text);
}

void ui_setting_ask(const struct ui_model *model, enum ui_settings page, int socket, size_t i,
                    struct ui_setting_value *out)
{
    struct net_error err = {.code = 0};
    out->text[0] = out->words[0] = '\0';
    if (!model->session)
        return;
    if (page == UI_SETTINGS_SOCKET)
        ask_option(model, socket, &net_options[i], out, &err);
    else
        ask_sysctl(model, host_of(page), net_sysctls[i].name, out, &err);
    if (err.text[0])
        snprintf(out->text, sizeof out->text, "%s", err.code ? net_errno_name(err.code) : "?");
}
