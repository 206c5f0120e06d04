// SPDX-License-Identifier: GPL-3.0-or-later
// A journal as a file: a saved run.
//
// The head says what follows, how many events, on which kernel and when; then come the events, as lines of JSON
// (event_json.c) or packed (journal_packed.c). A file that is not whole is refused with the line or the event that is
// wrong: half a run would show things that did not happen so.

#include "lab/journal/journal_file.h"

#include "lab/base/file.h"
#include "lab/journal/event_cbor.h"
#include "lab/journal/journal_packed.h"
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

enum { FORMAT = 2, FORMAT_OLDEST = 1, FORMAT_PACKED = 3, NS_PER_S = 1000000000, LINE_BYTES_MAX = 1 << 20 };

static int fail_read(struct net_error *err, const char *path)
{
    int code = errno;
    return net_fail(err, code, "read", "cannot read %.120s: %s (%s)", path, net_errno_text(code), net_errno_name(code));
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

/* events -1: not known. NULL: no memory. */
static char *head_text(const struct lab_journal *j, uint64_t start_ns, const char *net_mode, json_int_t events,
                       bool packed)
{
    const struct lab_origin *origin = lab_journal_origin(j);
    struct utsname machine;
    char start[64];
    const char *kernel = uname(&machine) == 0 ? machine.release : "";
    iso_text(lab_journal_wall_ns(j, start_ns), start, sizeof start);
    json_t *head = json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "kind", "run", "tcplab", packed ? FORMAT_PACKED : FORMAT,
                             "kernel", origin->loaded ? origin->kernel : kernel, "net",
                             origin->loaded ? origin->net : net_mode, "start", start, "start_ns",
                             json_sprintf("%" PRIu64, start_ns));
    if (events >= 0) {
        json_object_set_new(head, "events", json_integer(events));
        put_texts(j, head);
    }
    if (packed) {
        json_t *words = lab_event_words();
        json_object_update(head, words);
        json_decref(words);
    }
    char *text = head ? json_dumps(head, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(head);
    return text;
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
    if (json_integer_value(format) < FORMAT_OLDEST || json_integer_value(format) > FORMAT_PACKED)
        return net_fail(err, 0, NULL, "the run was saved in format %lld, this tcplab reads formats %d to %d",
                        (long long)json_integer_value(format), FORMAT_OLDEST, FORMAT_PACKED);
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
    char *head = head_text(j, start_ns, net_mode, -1, false);
    int result = head && fprintf(out, "%s\n", head) >= 0 ? 0 : -1;
    free(head);
    return result;
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

struct lab_saving {
    const struct lab_journal *journal;
    struct lab_file *file;
    struct lab_packer *packer; /* NULL: as JSON Lines */
    uint64_t start_ns;
    size_t done, count;
    int code; /* errno of what went wrong; 0 */
};

/* What is read by other programs: by its name, or what goes to them. */
static bool is_json(const char *name)
{
    const char *end = strrchr(name, '.');
    return strcmp(name, "-") == 0 || (end && (strcmp(end, ".json") == 0 || strcmp(end, ".jsonl") == 0));
}

static int begin_file(struct lab_saving *s, const char *net_mode, bool packed)
{
    FILE *out = lab_file_stream(s->file);
    char *head = head_text(s->journal, s->start_ns, net_mode, (json_int_t)s->count, packed);
    int result = head ? 0 : -1;
    if (packed)
        s->packer = lab_packer_new(out, s->start_ns);
    if (head && packed)
        result = s->packer ? lab_packer_head(s->packer, head) : -1;
    else if (head)
        result = fprintf(out, "%s\n", head) < 0 ? -1 : 0;
    free(head);
    return result;
}

struct lab_saving *lab_saving_begin(const struct lab_journal *j, uint64_t start_ns, const char *net_mode,
                                    const struct lab_file_wish *wish, struct net_error *err)
{
    struct lab_saving *s = calloc(1, sizeof *s);
    if (!s) {
        net_fail_errno(err, "malloc");
        return NULL;
    }
    s->file = lab_file_new(wish, err);
    if (!s->file) {
        free(s);
        return NULL;
    }
    s->journal = j;
    s->start_ns = start_ns;
    s->count = lab_journal_count(j);
    errno = ENOMEM; /* where it fails without a system call that does */
    s->code = begin_file(s, net_mode, !is_json(wish->name)) < 0 ? errno : 0;
    return s;
}

size_t lab_saving_step(struct lab_saving *s, size_t events)
{
    FILE *out = lab_file_stream(s->file);
    errno = ENOMEM;
    for (; s->code == 0 && events > 0 && s->done < s->count; events--) {
        lab_journal_passed(s->journal, s->done);
        const struct net_event *ev = lab_journal_at(s->journal, s->done++);
        if ((s->packer ? lab_packer_event(s->packer, ev) : lab_event_write_json(ev, s->start_ns, out)) < 0)
            s->code = errno;
    }
    return s->code ? 0 : s->count - s->done;
}

int lab_saving_end(struct lab_saving *s, char *path, struct net_error *err)
{
    lab_saving_step(s, s->count);
    errno = ENOMEM;
    if (s->code == 0 && s->packer && lab_packer_end(s->packer) < 0)
        s->code = errno;
    lab_packer_free(s->packer);
    int result = lab_file_end(s->file, s->code, path, err);
    free(s);
    return result;
}

void lab_saving_drop(struct lab_saving *s)
{
    struct net_error unused;
    if (!s)
        return;
    lab_packer_free(s->packer);
    lab_file_end(s->file, LAB_FILE_TOLD, NULL, &unused);
    free(s);
}

int lab_journal_save(const struct lab_journal *j, uint64_t start_ns, const char *net_mode,
                     const struct lab_file_wish *wish, char *path, struct net_error *err)
{
    struct lab_saving *saving = lab_saving_begin(j, start_ns, net_mode, wish, err);
    return saving ? lab_saving_end(saving, path, err) : -1;
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
        return fail_read(err, path);
    if (result == 0 && number == 0)
        return net_fail(err, 0, NULL, "%.120s is empty, expected a run saved by tcplab", path);
    if (result == 0 && l->events >= 0 && (size_t)l->events != lab_journal_count(l->journal))
        return net_fail(err, 0, NULL, "%.120s ends after line %zu: %lld events were saved and %zu are there", path,
                        number, (long long)l->events, lab_journal_count(l->journal));
    return result;
}

static int whole(const struct loading *l, const char *path, struct net_error *err)
{
    size_t count = lab_journal_count(l->journal);
    if (l->events < 0 || (size_t)l->events == count)
        return 0;
    return net_fail(err, 0, NULL, "%.120s is not whole: %lld events were saved and %zu are there", path,
                    (long long)l->events, count);
}

static int take_packed(struct loading *l, FILE *in, const char *path, struct net_error *err)
{
    struct lab_unpacker *unpacker = lab_unpacker_new(in);
    struct net_error why;
    struct net_event ev;
    net_fail(&why, ENOMEM, "malloc", "no memory");
    json_t *head = unpacker ? lab_unpacker_head(unpacker, &why) : NULL;
    int result = head ? take_object(l, head, 1, &why) : -1, got = 1;
    json_decref(head);
    while (result == 0 && got > 0) {
        got = lab_unpacker_event(unpacker, l->start_ns, &ev, &why);
        result = got < 0 ? -1 : 0;
        if (got > 0 && lab_journal_append(l->journal, &ev) < 0)
            result = net_fail(&why, ENOMEM, "malloc", "no memory");
    }
    lab_unpacker_free(unpacker);
    if (result == 0)
        return whole(l, path, err);
    if (!head)
        return net_fail(err, why.code, why.call, "%.80s is not a run that can be read: %s", path, why.text);
    return net_fail(err, why.code, why.call, "%.80s: event %zu cannot be read: %s", path,
                    lab_journal_count(l->journal) + 1, why.text);
}

static int take_file(struct loading *l, FILE *in, const char *path, struct net_error *err)
{
    int first = getc(in);
    if (first != EOF)
        ungetc(first, in);
    return first == LAB_PACKED_FIRST_BYTE ? take_packed(l, in, path, err) : take_lines(l, in, path, err);
}

struct lab_journal *lab_journal_load(const char *path, bool pipes, uint64_t *start_ns, struct net_error *err)
{
    struct loading l = {.journal = lab_journal_new(), .events = -1};
    FILE *in = lab_file_open(path, pipes, err);
    if (!in || !l.journal || take_file(&l, in, path, err) < 0) {
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
