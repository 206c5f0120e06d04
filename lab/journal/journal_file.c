// SPDX-License-Identifier: GPL-3.0-or-later
// A journal as a file: a saved run.
//
// The first line says what follows, how many events, on which kernel and when; then one event a line (event_json.c). A
// file that is not whole is refused with the line that is wrong: half a run would show things that did not happen so.

#include "lab/journal/journal_file.h"

#include "lab/base/file.h"
#include "net/base/names.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { FORMAT = 2, FORMAT_OLDEST = 1, NS_PER_S = 1000000000, LINE_BYTES_MAX = 1 << 20 };

static int fail_file(struct net_error *err, const char *call, const char *what, const char *path)
{
    int code = errno;
    return net_fail(err, code, call, "%s %.120s: %s (%s)", what, path, net_errno_text(code), net_errno_name(code));
}

/* ---- the first line ---------------------------------------------------------------------------------------------- */

static void iso_text(int64_t wall_ns, char *out, size_t room)
{
    int64_t ns = ((wall_ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
    time_t seconds = (time_t)((wall_ns - ns) / NS_PER_S);
    struct tm t;
    char whole[40] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &t))
        strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(out, room, "%s.%09dZ", whole, (int)ns);
}

static bool iso_read(const char *text, int64_t *wall_ns)
{
    struct tm t = {0};
    char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &t) : NULL;
    int64_t ns = 0, unit = NS_PER_S;
    if (!rest)
        return false;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++)
            ns += (*rest - '0') * (unit /= 10);
    int64_t seconds = (int64_t)timegm(&t);
    if (seconds < INT64_MIN / NS_PER_S + 1 || seconds > INT64_MAX / NS_PER_S - 1)
        return false;
    *wall_ns = seconds * NS_PER_S + ns;
    return strcmp(rest, "Z") == 0;
}

/* "lessons": what its experiments are about. */
static void put_texts(const struct lab_journal *j, json_t *head)
{
    const char *name, *markdown;
    json_t *texts = json_object();
    for (size_t i = 0; (markdown = lab_journal_text_at(j, i, &name)); i++)
        json_object_set_new(texts, name, json_string(markdown));
    if (json_object_size(texts) > 0)
        json_object_set(head, "lessons", texts);
    json_decref(texts);
}

static void take_texts(struct lab_journal *j, json_t *texts)
{
    const char *name;
    json_t *text;
    json_object_foreach(texts, name, text) if (json_is_string(text))
        lab_journal_put_text(j, name, json_string_value(text));
}

/* events -1: not known. */
static int write_head(const struct lab_journal *j, uint64_t start_ns, const char *net_mode, json_int_t events,
                      FILE *out)
{
    const struct lab_origin *origin = lab_journal_origin(j);
    struct utsname machine;
    char start[64];
    const char *kernel = uname(&machine) == 0 ? machine.release : "";
    iso_text(lab_journal_wall_ns(j, start_ns), start, sizeof start);
    json_t *head = json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "kind", "run", "tcplab", FORMAT, "kernel",
                             origin->loaded ? origin->kernel : kernel, "net", origin->loaded ? origin->net : net_mode,
                             "start", start, "start_ns", json_sprintf("%" PRIu64, start_ns));
    if (events >= 0)
        json_object_set_new(head, "events", json_integer(events));
    if (events >= 0)
        put_texts(j, head);
    int result = head ? json_dumpf(head, out, JSON_COMPACT | JSON_ENSURE_ASCII) : -1;
    json_decref(head);
    return result < 0 || fputc('\n', out) == EOF ? -1 : 0;
}

static int read_head(const json_t *head, struct lab_origin *origin, uint64_t *start_ns, json_int_t *events,
                     struct net_error *err)
{
    const char *kernel = json_string_value(json_object_get(head, "kernel"));
    const char *net = json_string_value(json_object_get(head, "net"));
    const char *start = json_string_value(json_object_get(head, "start_ns"));
    const json_t *count = json_object_get(head, "events"), *format = json_object_get(head, "tcplab");
    if (!json_is_integer(format))
        return net_fail(err, 0, NULL, "it is not the head of a saved run, {\"tcplab\":%d, ...}", FORMAT);
    if (json_integer_value(format) < FORMAT_OLDEST || json_integer_value(format) > FORMAT)
        return net_fail(err, 0, NULL, "the run was saved in format %lld, this tcplab reads formats %d to %d",
                        (long long)json_integer_value(format), FORMAT_OLDEST, FORMAT);
    if (!kernel || !net || !start || !iso_read(json_string_value(json_object_get(head, "start")), &origin->wall_ns))
        return net_fail(err, 0, NULL, "it must say \"kernel\", \"net\", \"start\" and \"start_ns\"");
    snprintf(origin->kernel, sizeof origin->kernel, "%s", kernel);
    snprintf(origin->net, sizeof origin->net, "%s", net);
    origin->loaded = true;
    *start_ns = strtoull(start, NULL, 10);
    *events = json_is_integer(count) ? json_integer_value(count) : -1;
    return 0;
}

int lab_journal_write_head(const struct lab_journal *j, uint64_t start_ns, const char *net_mode, FILE *out)
{
    return write_head(j, start_ns, net_mode, -1, out);
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

static int write_all(const struct lab_journal *j, uint64_t start_ns, const char *net_mode, FILE *out)
{
    if (write_head(j, start_ns, net_mode, (json_int_t)lab_journal_count(j), out) < 0)
        return -1;
    for (size_t i = 0; i < lab_journal_count(j); i++)
        if (lab_event_write_json(lab_journal_at(j, i), start_ns, out) < 0)
            return -1;
    return 0;
}

int lab_journal_save(const struct lab_journal *j, uint64_t start_ns, const char *net_mode,
                     const struct lab_file_wish *wish, char *path, struct net_error *err)
{
    struct lab_file *file = lab_file_new(wish, err);
    if (!file)
        return -1;
    errno = ENOMEM; /* where it fails without a system call that does */
    int code = write_all(j, start_ns, net_mode, lab_file_stream(file)) < 0 ? errno : 0;
    return lab_file_end(file, code, path, err);
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

struct loading {
    struct lab_journal *journal;
    struct lab_origin origin;
    uint64_t start_ns;
    json_int_t events; /* -1: the head does not say */
};

static int take_object(struct loading *l, const json_t *object, size_t number, struct net_error *err)
{
    uint8_t data[NET_EVENT_DATA_MAX];
    struct net_event ev;
    if (number == 1) {
        take_texts(l->journal, json_object_get(object, "lessons"));
        return read_head(object, &l->origin, &l->start_ns, &l->events, err);
    }
    const char *kind = json_string_value(json_object_get(object, "kind"));
    if (kind && strcmp(kind, "versus") == 0) /* --json writes it between events: what they show side by side */
        return 0;
    if (lab_event_read_json(object, l->start_ns, &ev, data, err) < 0)
        return -1;
    return lab_journal_append(l->journal, &ev) < 0 ? net_fail(err, ENOMEM, "malloc", "no memory") : 0;
}

static int take_line(struct loading *l, const char *text, size_t bytes, size_t number, struct net_error *err)
{
    json_error_t why;
    if (bytes == LINE_BYTES_MAX)
        return net_fail(err, 0, NULL, "it is longer than any, %d bytes", LINE_BYTES_MAX);
    if (l->events >= 0 && (json_int_t)lab_journal_count(l->journal) >= l->events)
        return net_fail(err, 0, NULL, "the head says that there are %lld", (long long)l->events);
    json_t *object = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!object)
        return net_fail(err, 0, NULL, "column %d: %s", why.column, why.text);
    int result = take_object(l, object, number, err);
    json_decref(object);
    return result;
}

/* The next line, without its end; as many bytes as one may have, when there are more. -1: there is none. */
static ssize_t next_line(FILE *in, char *line)
{
    size_t bytes = 0;
    int c = EOF;
    while (bytes < LINE_BYTES_MAX && (c = getc_unlocked(in)) != EOF && c != '\n')
        line[bytes++] = (char)c;
    return bytes == 0 && c == EOF ? -1 : (ssize_t)bytes;
}

static int take_lines(struct loading *l, FILE *in, const char *path, struct net_error *err)
{
    char *line = malloc(LINE_BYTES_MAX);
    size_t number = 0;
    ssize_t bytes;
    struct net_error why;
    int result = line ? 0 : net_fail_errno(err, "malloc");
    while (result == 0 && (bytes = next_line(in, line)) >= 0)
        if (take_line(l, line, (size_t)bytes, ++number, &why) < 0)
            result = net_fail(err, why.code, why.call, "%.80s: line %zu is not an event: %s", path, number, why.text);
    free(line);
    if (result == 0 && ferror(in))
        return fail_file(err, "read", "cannot read", path);
    if (result == 0 && number == 0)
        return net_fail(err, 0, NULL, "%.120s is empty, expected a run saved by tcplab", path);
    if (result == 0 && l->events >= 0 && (size_t)l->events != lab_journal_count(l->journal))
        return net_fail(err, 0, NULL, "%.120s ends after line %zu: %lld events were saved and %zu are there", path,
                        number, (long long)l->events, lab_journal_count(l->journal));
    return result;
}

struct lab_journal *lab_journal_load(const char *path, bool pipes, uint64_t *start_ns, struct net_error *err)
{
    struct loading l = {.journal = lab_journal_new(), .events = -1};
    FILE *in = lab_file_open(path, pipes, err);
    if (!in || !l.journal || take_lines(&l, in, path, err) < 0) {
        lab_journal_free(l.journal);
        l.journal = NULL;
    }
    if (in)
        fclose(in);
    if (!l.journal)
        return NULL;
    lab_journal_set_origin(l.journal, &l.origin);
    *start_ns = l.start_ns;
    return l.journal;
}
