// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Words into a condition about segments:
 *
 *   segment FIN from server then within 50ms ACK without data at most 2
 *
 * What is said of one segment is a form; forms follow each other behind `then`; how many stands anywhere, and is about
 * the last one.
 */

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/condition_reader.h"
#include "net/data/segment_kind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct segment_word {
    const char *name;
    unsigned flag, trait;
} segment_words[] = {{"SYN", NET_SYN, 0},
                     {"FIN", NET_FIN, 0},
                     {"RST", NET_RST, 0},
                     {"PSH", NET_PSH, 0},
                     {"ACK", NET_ACK, 0},
                     {"URG", NET_URG, 0},
                     {"ECE", NET_ECE, 0},
                     {"CWR", NET_CWR, 0},
                     {"data", 0, LAB_SEGMENT_DATA},
                     {"probe", 0, LAB_SEGMENT_PROBE},
                     {"retransmission", 0, LAB_SEGMENT_RETRANSMISSION},
                     {"ICMP", 0, LAB_SEGMENT_ICMP},
                     {"ICMPv6", 0, LAB_SEGMENT_ICMPV6}};
enum { SEGMENT_WORDS = sizeof segment_words / sizeof segment_words[0] };

static struct lab_segment_form *form_of(const struct condition_reader *r)
{
    return &r->condition->segments[r->condition->segment_count - 1];
}

static int unknown_word(struct condition_reader *r, const char *name)
{
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < SEGMENT_WORDS; i++)
        lab_nearest_offer(&nearest, segment_words[i].name);
    for (int kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        lab_nearest_offer(&nearest, net_segment_kinds[kind].word);
    for (const struct lab_segment_field *field = lab_segment_fields; field->word; field++)
        lab_nearest_offer(&nearest, field->word);
    return net_fail(
        r->err, 0, NULL,
        "`%.24s` is nothing that a segment is: flags (SYN+ACK), data, probe, ICMP, a word or a number of `help "
        "segment`, from HOST, to HOST, without ..., xN, then ...%s",
        name, lab_nearest_hint(&nearest));
}

static struct lab_segment_claim *new_claim(struct condition_reader *r, const struct lab_segment_field *field)
{
    struct lab_segment_form *form = form_of(r);
    if (form->claim_count == LAB_SEGMENT_CLAIMS) {
        net_fail(r->err, 0, NULL, "no more than %d numbers of one segment can be asked for", LAB_SEGMENT_CLAIMS);
        return NULL;
    }
    struct lab_segment_claim *claim = &form->claims[form->claim_count++];
    claim->field = field;
    return claim;
}

static int add_word(struct condition_reader *r, const char *name, bool without)
{
    struct lab_segment_form *form = form_of(r);
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        if (strcmp(segment_words[i].name, name) != 0)
            continue;
        *(without ? &form->flags_clear : &form->flags_set) |= segment_words[i].flag;
        *(without ? &form->no_traits : &form->traits) |= segment_words[i].trait;
        return 0;
    }
    int kind = net_segment_kind_number(name);
    if (kind >= 0) {
        *(without ? &form->no_kinds : &form->kinds) |= NET_SEGMENT_IS(kind);
        return 0;
    }
    const struct lab_segment_field *field = lab_segment_field_find(name);
    if (!field)
        return unknown_word(r, name);
    struct lab_segment_claim *claim = new_claim(r, field);
    if (!claim)
        return -1;
    claim->what = without ? LAB_CLAIM_WITHOUT : LAB_CLAIM_HAS;
    return 0;
}

/* SYN+ACK, retransmission, ts: joined by +. */
static int read_words(struct condition_reader *r, bool without)
{
    const char *word = lab_reader_peek(r);
    if (!word)
        return lab_reader_expected(r, _("what it has not: a flag, a kind or an option, as in: without PSH+ts"));
    for (;;) {
        char name[32];
        size_t n = strcspn(word, "+|");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), word);
        if (add_word(r, name, without) < 0)
            return -1;
        word += n;
        if (!*word++)
            break;
    }
    r->at++;
    return 0;
}

/* len>0, win = 0. False: the next word is no field with a number. */
static bool read_claim(struct condition_reader *r, int *result)
{
    char name[32];
    const char *word = lab_reader_peek(r), *next;
    size_t n = word ? strcspn(word, "=<>!") : 0;
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), word ? word : "");
    const struct lab_segment_field *field = lab_segment_field_find(name);
    if (!field)
        return false;
    next = word[n] ? word + n : r->at + 1 < r->count ? r->words[r->at + 1].text : "";
    if (!*next || !strchr("=<>!", *next))
        return false;
    *result = -1;
    struct lab_segment_claim *claim = new_claim(r, field);
    if (!claim)
        return true;
    claim->what = LAB_CLAIM_NUMBER;
    word += n;
    lab_reader_compare(&word, &claim->compare);
    if (!*word) {
        r->at++;
        word = lab_reader_comparison(r, &claim->compare);
    }
    if (!word || lab_word_number(word, 0, UINT32_MAX, &claim->number, NULL) < 0) {
        lab_reader_expected(r, _("a number from 0 to 4294967295"));
        return true;
    }
    r->at++;
    *result = 0;
    return true;
}

/* SYN means the first one of a handshake, not SYN+ACK; ACK alone one that does nothing else. */
static int finish_form(struct condition_reader *r)
{
    struct lab_segment_form *f = form_of(r);
    bool asks_length = false;
    if ((f->flags_set & f->flags_clear) || (f->traits & f->no_traits) || (f->kinds & f->no_kinds))
        return net_fail(r->err, 0, NULL, "no segment both is something and is without it");
    for (size_t i = 0; i < f->claim_count; i++)
        asks_length |= strcmp(f->claims[i].field->word, "len") == 0;
    if ((f->flags_set & NET_SYN) && !(f->flags_set & NET_ACK))
        f->flags_clear |= NET_ACK;
    if (f->flags_set != NET_ACK)
        return 0;
    f->flags_clear |= NET_SYN | NET_FIN | NET_RST;
    if (!(f->traits & LAB_SEGMENT_DATA) && !asks_length)
        f->traits |= LAB_SEGMENT_EMPTY;
    return 0;
}

static int begin_form(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    if (c->segment_count == LAB_SEGMENT_ORDER)
        return net_fail(r->err, 0, NULL, "no more than %d segments can be asked for in a row", LAB_SEGMENT_ORDER);
    struct lab_segment_form *form = &c->segments[c->segment_count++];
    form->from = -1;
    form->within_ns = UINT64_MAX;
    return 0;
}

static int read_distance(struct condition_reader *r, uint64_t *ns)
{
    const char *word = lab_reader_peek(r);
    if (!word)
        return lab_reader_expected(r, _("a time, such as 200ms"));
    if (lab_word_time(word, ns, r->err) < 0)
        return -1;
    r->at++;
    return 0;
}

static int read_then(struct condition_reader *r)
{
    if (finish_form(r) < 0 || begin_form(r) < 0)
        return -1;
    struct lab_segment_form *form = form_of(r);
    for (;;) {
        if (lab_reader_take(r, "after")) {
            if (read_distance(r, &form->after_ns) < 0)
                return -1;
        } else if (lab_reader_take(r, "within")) {
            if (read_distance(r, &form->within_ns) < 0)
                return -1;
        } else {
            break;
        }
    }
    if (form->after_ns > form->within_ns)
        return net_fail(r->err, 0, NULL, "no time is that long and that short: after is more than within");
    return r->at < r->count ? 0 : lab_reader_expected(r, _("the segment that comes then, such as ACK from client"));
}

static int read_direction(struct condition_reader *r, bool to)
{
    int host;
    struct lab_segment_form *form = form_of(r);
    if (lab_reader_host(r, &host) < 0)
        return -1;
    if (to)
        host = host == NET_SERVER ? NET_CLIENT : NET_SERVER;
    if (form->from >= 0 && form->from != host && r->at--)
        return net_fail(r->err, 0, NULL, "what crosses the wire goes from one host to the other");
    form->from = host;
    return 0;
}

/* x2, at least 2, at most 2. False: nothing of that. */
static bool read_times(struct condition_reader *r, int *result)
{
    struct lab_condition *c = r->condition;
    const char *word = r->words[r->at].text;
    *result = -1;
    if (lab_reader_take(r, "at")) {
        bool least = lab_reader_take(r, "least");
        if (!least && !lab_reader_take(r, "most")) {
            lab_reader_expected(r, _("least or most, as in: at least 2"));
            return true;
        }
        c->compare = least ? LAB_MORE_EQUAL : LAB_LESS_EQUAL;
        word = lab_reader_peek(r);
        if (!word || lab_word_number(word, least, 1000000, &c->number, NULL) < 0) {
            lab_reader_expected(r, _("how many times"));
            return true;
        }
    } else if (word[0] == 'x' && isdigit((unsigned char)word[1])) {
        c->compare = LAB_EQUAL;
        if (lab_word_number(word + 1, 1, 1000000, &c->number, r->err) < 0)
            return true;
    } else {
        return false;
    }
    r->at++;
    *result = 0;
    return true;
}

int lab_read_segments(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    int result = begin_form(r);
    c->kind = LAB_SEGMENTS;
    c->compare = LAB_MORE_EQUAL;
    c->number = 1;
    while (result == 0 && r->at < r->count) {
        if (lab_reader_take(r, "from"))
            result = read_direction(r, false);
        else if (lab_reader_take(r, "to"))
            result = read_direction(r, true);
        else if (lab_reader_take(r, "without"))
            result = read_words(r, true);
        else if (lab_reader_take(r, "then"))
            result = read_then(r);
        else if (!read_times(r, &result) && !read_claim(r, &result))
            result = read_words(r, false);
    }
    return result == 0 ? finish_form(r) : -1;
}
