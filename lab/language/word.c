// SPDX-License-Identifier: GPL-3.0-or-later
// Words of the command language as values.

#include "lab/language/word.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lab_word_number(const char *word, int64_t min, int64_t max, int64_t *out, struct net_error *err)
{
    char *end;
    errno = 0;
    long long value = strtoll(word, &end, 10);
    if (*word == '\0' || isspace((unsigned char)*word) || *end || errno)
        return net_fail(err, 0, NULL, "`%.40s` is no number", word);
    if (value < min || value > max)
        return net_fail(err, 0, NULL, "%lld is out of range: from %lld to %lld", value, (long long)min, (long long)max);
    *out = value;
    return 0;
}

int lab_word_time(const char *word, uint64_t *out_ns, struct net_error *err)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"min", 60e9}, {"h", 3600e9}};
    char *end = NULL;
    double value = isdigit((unsigned char)word[0]) ? strtod(word, &end) : -1;
    for (size_t i = 0; end && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        if (!(value * units[i].ns <= 36000e9))
            return net_fail(err, 0, NULL, "%.40s is too long: at most 600min", word);
        *out_ns = (uint64_t)(value * units[i].ns);
        return 0;
    }
    return net_fail(err, 0, NULL, "`%.40s` is no time: write it as 200ms, 2s or 1.5min", word);
}

int lab_word_percent(const char *word, int64_t *out, struct net_error *err)
{
    char digits[8];
    size_t n = strlen(word);
    if (n > 0 && word[n - 1] == '%')
        n--;
    if (n == 0 || n >= sizeof digits || strspn(word, "0123456789") != n)
        return net_fail(err, 0, NULL, "`%.40s` is no share: write it as 10%%", word);
    memcpy(digits, word, n);
    digits[n] = '\0';
    return lab_word_number(digits, 0, 100, out, err);
}

int lab_word_host(const char *word, int64_t *out, struct net_error *err)
{
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        if (strcmp(word, net_host_name(host)) == 0) {
            *out = host;
            return 0;
        }
    }
    return net_fail(err, 0, NULL, "`%.40s` is no host: the two are server and client", word);
}

/* "[2001:db8::1]" without the brackets, which an address of IPv6 must have before a port, and no other may. */
static bool read_ip(const char *text, struct net_ip *out)
{
    char inside[NET_IP_TEXT_BYTES];
    size_t n = strlen(text);
    bool bracketed = n > 2 && text[0] == '[' && text[n - 1] == ']';
    snprintf(inside, sizeof inside, "%.*s", (int)(bracketed ? n - 2 : n), text + bracketed);
    return strlen(inside) == n - 2 * bracketed && net_ip_read(inside, out) && out->is_v6 == bracketed;
}

int lab_word_address(const char *word, struct lab_address *out, struct net_error *err)
{
    struct lab_address address = {0};
    const char *colon = strrchr(word, ':');
    int64_t port;
    if (colon) {
        char host[NET_ADDRESS_TEXT_BYTES];
        snprintf(host, sizeof host, "%.*s", (int)(colon - word), word);
        address.has_ip = true;
        address.is_host = lab_word_host(host, &address.host, NULL) == 0;
        if (!address.is_host && strcmp(host, "any") != 0 && !read_ip(host, &address.ip))
            return net_fail(
                err, 0, NULL,
                "`%.60s` is no address: write PORT, IP:PORT, [IPV6]:PORT, server:PORT, client:PORT or any:PORT", word);
    }
    if (lab_word_number(colon ? colon + 1 : word, 0, 65535, &port, NULL) < 0)
        return net_fail(err, 0, NULL,
                        "`%.60s` is no address: a port is a number from 0 to 65535, as in 12345, 192.0.2.1:12345 or "
                        "[2001:db8::1]:12345",
                        word);
    address.port = (uint16_t)port;
    *out = address;
    return 0;
}

bool lab_word_at(const char *list, size_t i, char *out, size_t out_bytes)
{
    for (; *list; i--) {
        size_t n = strcspn(list, " ");
        if (i == 0) {
            snprintf(out, out_bytes, "%.*s", (int)n, list);
            return true;
        }
        list += n;
        list += strspn(list, " ");
    }
    return false;
}

int lab_word_index(const char *list, const char *word)
{
    char known[40];
    for (size_t i = 0; lab_word_at(list, i, known, sizeof known); i++)
        if (strcmp(known, word) == 0)
            return (int)i;
    return -1;
}
