// SPDX-License-Identifier: GPL-3.0-or-later
// Words into a condition: what a socket holds now. Options, fields of TCP_INFO, queues.

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/condition_reader.h"

#include <stdio.h>
#include <string.h>

/* Options of one number are compared as numbers; of the rest there is only = and !=. */
static bool has_one_number(const struct net_option *option)
{
    return option->type != NET_OPT_LINGER && option->type != NET_OPT_NAME && option->type != NET_OPT_COOKIE;
}

static bool is_time(const struct net_option *option)
{
    return strcmp(option->unit, "ms") == 0 || strcmp(option->unit, "s") == 0;
}

/* What is no value that the kernel takes can be compared with it all the same: SO_RCVBUF < 5000000000. */
static bool plain_number(const struct net_option *option, const char *word, int64_t *out)
{
    if (option->type == NET_OPT_ERRNO)
        *out = strcmp(word, "0") == 0 ? 0 : net_errno_number(word);
    if (option->type == NET_OPT_ERRNO)
        return *out || strcmp(word, "0") == 0;
    if (option->type == NET_OPT_BACKLOG && strcmp(word, "none") == 0) {
        *out = -1;
        return true;
    }
    return !is_time(option) && lab_word_number(word, INT64_MIN, INT64_MAX, out, NULL) == 0;
}

static int read_number(struct condition_reader *r, const struct net_option *option, const char *word)
{
    struct lab_condition *c = r->condition;
    if (plain_number(option, word, &c->number)) {
        r->at++;
        return 0;
    }
    if (option->type == NET_OPT_ERRNO)
        return lab_reader_error(r, word);
    if (!option->can_set)
        return net_fail(r->err, 0, NULL, "`%.40s` is no number", word);
    if (net_option_parse(option, 1, &word, &c->option_value, r->err) < 0)
        return -1;
    c->number = c->option_value.number;
    r->at++;
    return 0;
}

/* All that is left, as `set` takes it. */
static int read_words(struct condition_reader *r, const struct net_option *option)
{
    struct lab_condition *c = r->condition;
    const char *words[4];
    int count = 0;
    if (option->type == NET_OPT_COOKIE)
        return net_fail(r->err, 0, NULL, "%s is the kernel's own choice: nothing can be expected of it", option->name);
    if (c->compare != LAB_EQUAL && c->compare != LAB_UNEQUAL)
        return net_fail(r->err, 0, NULL, "%s is no single number: it can only be = or !=", option->name);
    for (size_t i = r->at; i < r->count && count < 4; i++)
        words[count++] = r->words[i].text;
    /* The first word may have its sign in front: =1. */
    enum lab_compare again;
    if (count > 0)
        lab_reader_compare(&words[0], &again);
    if (net_option_parse(option, count, words, &c->option_value, r->err) < 0)
        return -1;
    r->at = r->count;
    return 0;
}

/* ---- TCP_INFO ---- */

static int read_info_number(struct condition_reader *r, const char *word)
{
    struct lab_condition *c = r->condition;
    uint64_t ns;
    int64_t unit_ns = strcmp(c->info->unit, "us") == 0 ? 1000 : strcmp(c->info->unit, "ms") == 0 ? 1000000 : 0;
    if (strcmp(c->info->name, "state") == 0 && net_state_number(word) >= 0)
        c->number = net_state_number(word);
    else if (!unit_ns && lab_word_number(word, 0, INT64_MAX, &c->number, r->err) < 0)
        return -1;
    else if (unit_ns && lab_word_time(word, &ns, r->err) < 0)
        return -1;
    else if (unit_ns)
        c->number = (int64_t)ns / unit_ns;
    r->at++;
    return 0;
}

static int read_info(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    struct lab_nearest nearest;
    char name[40];
    const char *word = lab_reader_peek(r);
    c->kind = LAB_SOCKET_INFO;
    if (!word)
        return lab_reader_expected(r, _("a field of struct tcp_info, such as rtt or snd_cwnd"));
    size_t n = strcspn(word, "=<>!");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), word);
    c->info = net_info_field_find(name);
    if (!c->info) {
        lab_nearest_init(&nearest, name);
        for (size_t i = 0; i < net_info_field_count; i++)
            lab_nearest_offer(&nearest, net_info_fields[i].name);
        const char *hint = lab_nearest_hint(&nearest);
        return net_fail(r->err, 0, NULL, "`%s` is no field of struct tcp_info%s", name,
                        *hint ? hint : _("; `help TCP_INFO` lists them"));
    }
    word += n;
    if (*word) {
        lab_reader_compare(&word, &c->compare);
        return read_info_number(r, word);
    }
    r->at++;
    word = lab_reader_comparison(r, &c->compare);
    return word ? read_info_number(r, word) : lab_reader_expected(r, _("a number, such as = 0 or < 50ms"));
}

/* ---- any option, and the queues ---- */

int lab_read_option(struct condition_reader *r, const struct net_option *option)
{
    struct lab_condition *c = r->condition;
    if (option->type == NET_OPT_INFO)
        return read_info(r);
    c->kind = LAB_SOCKET_OPTION;
    c->option = option;
    const char *word = lab_reader_comparison(r, &c->compare);
    if (!has_one_number(option))
        return read_words(r, option);
    return word ? read_number(r, option, word) : lab_reader_expected(r, _("its value, such as = 1 or >= 4096"));
}

int lab_read_queue(struct condition_reader *r, bool sending)
{
    r->condition->kind = LAB_SOCKET_QUEUE;
    r->condition->send_queue = sending;
    return lab_reader_count(r, _("how many bytes, such as = 0 or >= 1000"));
}
