// SPDX-License-Identifier: GPL-3.0-or-later
// The journal in memory, as JSON Lines and as a capture file.
#include "tests/fixtures/written.h"
#include "lab/journal/journal.h"

#include "net/data/call.h"
#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/journal_test.XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int make_directory(void **unused)
{
    (void)unused;
    return mkdtemp(directory) && setenv("XDG_CACHE_HOME", directory, 1) == 0 ? 0 : -1;
}

static int remove_directory(void **unused)
{
    (void)unused;
    unlink(path_of("run"));
    unlink(path_of("run.jsonl"));
    unlink(path_of("run.pcap"));
    unlink(path_of("run.pcapng"));
    return rmdir(directory);
}

/* ---- in memory --------------------------------------------------------------------------------------------------- */

static void copies_what_it_is_given(void **unused)
{
    (void)unused;
    struct lab_journal *j = lab_journal_new();
    uint8_t data[4] = {1, 2, 3, 4};
    struct net_event ev = {.time_ns = 5, .kind = NET_EV_OUTPUT, .data = data, .data_bytes = 4, .u.output = {.fd = 1}};
    assert_int_equal(lab_journal_append(j, &ev), 0);
    data[0] = 9;
    ev.u.output.fd = 2;
    const struct net_event *kept = lab_journal_at(j, 0);
    assert_int_equal(kept->data[0], 1);
    assert_int_equal(kept->u.output.fd, 1);
    assert_null(lab_journal_at(j, 1));
    lab_journal_free(j);
}

static void never_moves_an_event(void **unused)
{
    (void)unused;
    enum { EVENTS = 200000 };
    struct lab_journal *j = lab_journal_new();
    struct net_event ev = {.kind = NET_EV_CALL_ENTER};
    lab_journal_append(j, &ev);
    const struct net_event *first = lab_journal_at(j, 0);
    for (long i = 1; i < EVENTS; i++) {
        ev.u.call.args[0] = i;
        assert_int_equal(lab_journal_append(j, &ev), i);
    }
    assert_ptr_equal(lab_journal_at(j, 0), first);
    assert_int_equal(lab_journal_count(j), EVENTS);
    for (long i = 0; i < EVENTS; i++)
        assert_int_equal(lab_journal_at(j, (size_t)i)->u.call.args[0], i);
    lab_journal_free(j);
}

static void append_many(struct lab_journal *j, long from, long to)
{
    uint8_t data[3];
    struct net_event ev = {.kind = NET_EV_CALL_ENTER, .data = data, .data_bytes = sizeof data};
    for (long i = from; i < to; i++) {
        memset(data, (int)i, sizeof data);
        ev.u.call.args[0] = i;
        assert_int_equal(lab_journal_append(j, &ev), i);
    }
}

static void assert_many(const struct lab_journal *j, long count)
{
    assert_int_equal(lab_journal_count(j), count);
    for (long i = 0; i < count; i++) {
        const struct net_event *ev = lab_journal_at(j, (size_t)i);
        assert_int_equal(ev->u.call.args[0], i);
        assert_int_equal(ev->data[2], (uint8_t)i);
    }
}

static void many_events_stay_where_they_are(void **unused)
{
    (void)unused;
    enum { EVENTS = 100000 };
    struct lab_journal *j = lab_journal_new();
    append_many(j, 0, EVENTS);
    const struct net_event *first = lab_journal_at(j, 0), *last = lab_journal_at(j, EVENTS - 1);
    append_many(j, EVENTS, EVENTS + 50000);
    assert_ptr_equal(lab_journal_at(j, 0), first);
    assert_ptr_equal(lab_journal_at(j, EVENTS - 1), last);
    assert_many(j, EVENTS + 50000);
    lab_journal_free(j);
}

static void cuts_data_at_the_limit(void **unused)
{
    (void)unused;
    static uint8_t data[NET_EVENT_DATA_MAX + 1];
    struct lab_journal *j = lab_journal_new();
    struct net_event ev = {.kind = NET_EV_NOTE, .data = data, .data_bytes = sizeof data};
    lab_journal_append(j, &ev);
    ev = (struct net_event){.kind = NET_EV_NOTE, .data = NULL, .data_bytes = 7};
    lab_journal_append(j, &ev);
    assert_int_equal(lab_journal_at(j, 0)->data_bytes, NET_EVENT_DATA_MAX);
    assert_int_equal(lab_journal_at(j, 1)->data_bytes, 0);
    lab_journal_free(j);
}

/* ---- there and back ---------------------------------------------------------------------------------------------- */

static void line_of(const struct net_event *ev, char *line, size_t room)
{
    FILE *out = fmemopen(line, room, "w");
    assert_int_equal(lab_event_write_json(ev, 0, out), 0);
    fclose(out);
}

/* The line has every field (that is what every_kind_comes_back_byte_for_byte proves) and nothing of the padding. */
static void assert_same(const struct net_event *a, const struct net_event *b, bool padding_too)
{
    char line_a[8192], line_b[8192];
    line_of(a, line_a, sizeof line_a);
    line_of(b, line_b, sizeof line_b);
    assert_string_equal(line_a, line_b);
    assert_int_equal(a->kind, b->kind);
    if (padding_too && net_event_body_bytes(a->kind))
        assert_memory_equal(&a->u, &b->u, net_event_body_bytes(a->kind));
}

/* What comes back from a file is what was put into it, event by event. */
static void assert_comes_back_by(const char *name, const struct lab_journal *j, uint64_t start_ns, bool padding_too)
{
    struct net_error err = {0};
    uint64_t start = 0;
    if (lab_journal_save(j, start_ns, "tun", to(path_of(name)), NULL, &err) < 0)
        fail_msg("%s", err.text);
    struct lab_journal *back = lab_journal_load(path_of(name), false, &start, &err);
    if (!back)
        fail_msg("%s", err.text);
    assert_int_equal(start, start_ns);
    assert_int_equal(lab_journal_count(back), lab_journal_count(j));
    for (size_t i = 0; i < lab_journal_count(j); i++)
        assert_same(lab_journal_at(back, i), lab_journal_at(j, i), padding_too);
    lab_journal_free(back);
}

/* Packed, and as JSON Lines. */
static void assert_comes_back(const struct lab_journal *j, uint64_t start_ns, bool padding_too)
{
    assert_comes_back_by("run", j, start_ns, padding_too);
    assert_comes_back_by("run.jsonl", j, start_ns, padding_too);
}

/* Every byte of a body at its extreme, but for booleans, which have two, and for what no field occupies. */
static void fill(struct net_event *ev, uint8_t byte)
{
    memset(&ev->u, byte, sizeof ev->u);
    bool yes = byte != 0;
    switch (ev->kind) {
    case NET_EV_ACTOR_START: ev->u.actor.as_process = ev->u.actor.is_hand = ev->u.actor.is_own = yes; break;
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END:
    case NET_EV_TASK_REAPED: ev->u.end.zombie = yes; break;
    case NET_EV_CALL_ENTER:
    case NET_EV_CALL_RETURN: ev->u.call.requested = ev->u.call.to_ip.is_v6 = yes; break;
    case NET_EV_GATE: ev->u.gate.waiting = yes; break;
    case NET_EV_OUTPUT: ev->u.output.is_last = yes; break;
    case NET_EV_SEGMENT:
        ev->u.segment.sack_permitted = ev->u.segment.has_timestamp = ev->u.segment.checksum_ok = ev->u.segment.by_box =
            ev->u.segment.injected = yes;
        ev->u.segment.src_ip.is_v6 = ev->u.segment.dst_ip.is_v6 = yes;
        break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE:
        ev->u.sample.has_info = ev->u.sample.v6only = yes;
        ev->u.sample.local_ip.is_v6 = ev->u.sample.remote_ip.is_v6 = yes;
        break;
    case NET_EV_TIMERS: ev->u.timers.keepalive = ev->u.timers.linger = yes; break;
    case NET_EV_WIRE: ev->u.wire.sparse = yes; break;
    case NET_EV_NOTE: ev->u.note.of_setting = yes; break;
    default: break;
    }
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(body) __builtin_clear_padding(&(body))
#endif
#endif
#ifdef CLEAR_PADDING
enum { can_clear_padding = 1 };
#else
enum { can_clear_padding = 0 };
#define CLEAR_PADDING(body) ((void)0)
#endif

static void clear_padding(struct net_event *ev)
{
    switch (ev->kind) {
    case NET_EV_ACTOR_START: CLEAR_PADDING(ev->u.actor); break;
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END:
    case NET_EV_TASK_REAPED: CLEAR_PADDING(ev->u.end); break;
    case NET_EV_TASK_START: CLEAR_PADDING(ev->u.task); break;
    case NET_EV_CALL_ENTER:
    case NET_EV_CALL_RETURN: CLEAR_PADDING(ev->u.call); break;
    case NET_EV_GATE: CLEAR_PADDING(ev->u.gate); break;
    case NET_EV_SIGNAL: CLEAR_PADDING(ev->u.signal); break;
    case NET_EV_OUTPUT: CLEAR_PADDING(ev->u.output); break;
    case NET_EV_SEGMENT: CLEAR_PADDING(ev->u.segment); break;
    case NET_EV_FATE: CLEAR_PADDING(ev->u.fate); break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: CLEAR_PADDING(ev->u.sample); break;
    case NET_EV_TIMERS: CLEAR_PADDING(ev->u.timers); break;
    case NET_EV_WIRE: CLEAR_PADDING(ev->u.wire); break;
    case NET_EV_NOTE: CLEAR_PADDING(ev->u.note); break;
    case NET_EV_SITE: CLEAR_PADDING(ev->u.site); break;
    case NET_EV_FILE: CLEAR_PADDING(ev->u.file); break;
    case NET_EV_IMAGE: CLEAR_PADDING(ev->u.image); break;
    case NET_EV_DIAGNOSTIC: CLEAR_PADDING(ev->u.diagnostic); break;
    default: break;
    }
}

/* 0x7f makes the largest signed numbers, 0x80 the smallest, 0xff the largest unsigned ones. */
static void every_kind_comes_back_byte_for_byte(void **unused)
{
    (void)unused;
    static const uint8_t bytes[] = {0, 1, 2, 5, 0x41, 0x5c, 0x7f, 0x80, 0xff};
    if (!can_clear_padding)
        skip();
    struct lab_journal *j = lab_journal_new();
    for (uint16_t kind = 0; kind < NET_EV_KINDS; kind++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            struct net_event ev = {.time_ns = 0x0101010101010101u * bytes[i],
                                   .actor = 0x01010101u * bytes[i],
                                   .task = bytes[i],
                                   .kind = kind,
                                   .data = bytes,
                                   .data_bytes = (uint32_t)i};
            fill(&ev, bytes[i]);
            clear_padding(&ev);
            assert_true(lab_journal_append(j, &ev) >= 0);
        }
    }
    assert_comes_back(j, 0, true);
    assert_comes_back(j, 123456789, true);
    assert_comes_back(j, UINT64_MAX, true);
    lab_journal_free(j);
}

/* The same where the compiler cannot clear padding: what a run is made of, with names instead of numbers. */
static void a_run_comes_back(void **unused)
{
    (void)unused;
    struct story s;
    story_begin(&s);
    story_connect(&s);
    story_task_end(&s, 1, 1, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = SIGPIPE, .pid = 101});
    story_put(&s, (struct net_event){.kind = NET_EV_CALL_RETURN,
                                     .u.call = {.call = NET_CALL_RECV, .ret = -1, .error = ECONNRESET}});
    story_put(&s, (struct net_event){.kind = 999, .actor = 1, .data = (const uint8_t *)"later", .data_bytes = 5});
    assert_comes_back(s.journal, STORY_START_NS, false);
    story_end(&s);
}

static void every_errno_signal_and_flag_comes_back(void **unused)
{
    (void)unused;
    struct lab_journal *j = lab_journal_new();
    struct net_event ev = {.kind = NET_EV_CALL_RETURN};
    for (int i = -2; i < 300; i++) {
        memset(&ev.u, 0, sizeof ev.u);
        ev.kind = NET_EV_CALL_RETURN;
        ev.u.call.error = i;
        ev.u.call.call = (uint16_t)(i + 2);
        lab_journal_append(j, &ev);
        memset(&ev.u, 0, sizeof ev.u);
        ev.kind = NET_EV_SIGNAL;
        ev.u.signal.signo = i;
        lab_journal_append(j, &ev);
        memset(&ev.u, 0, sizeof ev.u);
        ev.kind = NET_EV_SEGMENT;
        ev.u.segment.flags = (uint8_t)i;
        lab_journal_append(j, &ev);
    }
    assert_comes_back(j, 0, true);
    lab_journal_free(j);
}

static void saving_a_loaded_run_changes_nothing(void **unused)
{
    (void)unused;
    struct story s;
    struct net_error err;
    uint64_t start;
    char first[8192], second[8192];
    story_begin(&s);
    story_program(&s, 1, "server", NET_SERVER);
    assert_int_equal(lab_journal_save(s.journal, STORY_START_NS, "veth", to(path_of("run")), NULL, &err), 0);
    FILE *in = fopen(path_of("run"), "r");
    size_t n = fread(first, 1, sizeof first, in);
    fclose(in);
    struct lab_journal *back = lab_journal_load(path_of("run"), false, &start, &err);
    assert_int_equal(lab_journal_save(back, start, "loopback", to(path_of("run")), NULL, &err), 0);
    in = fopen(path_of("run"), "r");
    assert_int_equal(fread(second, 1, sizeof second, in), n);
    fclose(in);
    assert_memory_equal(first, second, n);
    lab_journal_free(back);
    story_end(&s);
}

/* ---- the form of a line ------------------------------------------------------------------------------------------ */

static void assert_line(const struct net_event *ev, uint64_t start_ns, const char *expected)
{
    char line[4096] = "";
    FILE *out = fmemopen(line, sizeof line, "w");
    assert_int_equal(lab_event_write_json(ev, start_ns, out), 0);
    fclose(out);
    assert_string_equal(line, expected);
}

static void a_line_reads_as_c_does(void **unused)
{
    (void)unused;
    struct net_event ev = {.time_ns = 5217000001,
                           .actor = 1,
                           .task = 2,
                           .kind = NET_EV_CALL_RETURN,
                           .u.call = {.call = NET_CALL_RECV,
                                      .line = 58,
                                      .fd = 4,
                                      .args = {4, 0, 1023},
                                      .ret = -1,
                                      .error = ECONNRESET,
                                      .enter_ns = 2000000000}};
    assert_line(&ev, 1000000000,
                "{\"t\":4.217000001,\"kind\":\"call_return\",\"actor\":1,\"task\":2,\"call\":\"recv\",\"line\":58,"
                "\"fd\":4,\"args\":[4,0,1023],\"ret\":-1,\"error\":\"ECONNRESET\",\"enter_ns\":1000000000}\n");
    ev = (struct net_event){.time_ns = 1,
                            .kind = NET_EV_OUTPUT,
                            .u.output = {.fd = 1},
                            .data = (const uint8_t *)"say \"hello\"\n",
                            .data_bytes = 11};
    assert_line(&ev, 3,
                "{\"t\":-0.000000002,\"kind\":\"output\",\"actor\":0,\"task\":0,\"fd\":1,\"line\":0,"
                "\"data\":\"say \\\"hello\\\"\"}\n");
    ev.data_bytes = 12;
    assert_line(&ev, 3,
                "{\"t\":-0.000000002,\"kind\":\"output\",\"actor\":0,\"task\":0,\"fd\":1,\"line\":0,"
                "\"data\":\"say \\\"hello\\\"\\n\"}\n");
    /* Text is UTF-8; what is not, is bytes. */
    ev.data = (const uint8_t *)"\xed\x95\x9c\0\x1b";
    ev.data_bytes = 5;
    assert_line(&ev, 3,
                "{\"t\":-0.000000002,\"kind\":\"output\",\"actor\":0,\"task\":0,\"fd\":1,\"line\":0,"
                "\"data\":\"\\uD55C\\u0000\\u001B\"}\n");
    ev.data_bytes = 2;
    assert_line(&ev, 3,
                "{\"t\":-0.000000002,\"kind\":\"output\",\"actor\":0,\"task\":0,\"fd\":1,\"line\":0,"
                "\"hex\":\"ed95\"}\n");
    /* An address is none, whatever its bytes look like. */
    ev = (struct net_event){.kind = NET_EV_CALL_ENTER,
                            .u.call = {.call = NET_CALL_BIND, .fd = 3},
                            .data = (const uint8_t *)"ABCD",
                            .data_bytes = 4};
    assert_line(&ev, 0,
                "{\"t\":0.000000000,\"kind\":\"call_enter\",\"actor\":0,\"task\":0,\"call\":\"bind\",\"line\":0,"
                "\"fd\":3,\"args\":[],\"hex\":\"41424344\"}\n");
    ev = (struct net_event){.kind = NET_EV_FATE, .u.fate = {.segment = 7, .fate = NET_DROPPED, .why = NET_DROP_CUT}};
    assert_line(&ev, 0,
                "{\"t\":0.000000000,\"kind\":\"fate\",\"actor\":0,\"task\":0,\"segment\":7,\"fate\":\"dropped\","
                "\"why\":\"cut\",\"repeats\":0}\n");
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

#define HEAD                                                                                                           \
    "{\"tcplab\":1,\"kernel\":\"6\",\"net\":\"tun\",\"start\":\"2026-01-02T03:04:05.000000006Z\",\"start_ns\":\"7\""
#define GATE "{\"t\":1,\"kind\":\"gate\",\"actor\":1,\"task\":1,"

static void a_damaged_file_is_refused_with_its_line(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *said;
    } files[] = {
        {"", "is empty, expected a run saved by tcplab"},
        {"{}\n", "line 1 is not an event: it is not the head of a saved run, {\"tcplab\":2, ...}"},
        {"{\"tcplab\":4}\n", "the run was saved in format 4, this tcplab reads formats 1 to 3"},
        {"{\"tcplab\":1}\n", "it must say \"kernel\", \"net\", \"start\" and \"start_ns\""},
        {HEAD "}\n{\"t\":0,\n", "line 2 is not an event: column "},
        {HEAD "}\n[]\n", "line 2 is not an event: it is no JSON object"},
        {HEAD "}\n{\"t\":0}\n", "\"kind\" is missing"},
        {HEAD "}\n{\"t\":0,\"kind\":\"birth\"}\n",
         "\"kind\" is \"birth\", expected a kind of event that this tcplab knows"},
        {HEAD "}\n{\"kind\":\"none\"}\n", "\"t\" is missing"},
        {HEAD "}\n{\"t\":20000000,\"kind\":\"none\"}\n", "\"t\" is 20000000, expected seconds since the start"},
        {HEAD "}\n{\"t\":0,\"kind\":\"none\",\"actor\":-1}\n", "\"actor\" is -1, expected 0 to 4294967295"},
        {HEAD "}\n" GATE "\"call\":\"recv\",\"line\":1}\n", "\"waiting\" is missing"},
        {HEAD "}\n" GATE "\"waiting\":1,\"call\":\"recv\",\"line\":1}\n", "\"waiting\" is 1, expected true or false"},
        {HEAD "}\n" GATE "\"waiting\":true,\"call\":\"revc\",\"line\":1}\n",
         "\"call\" is \"revc\", expected one of the names"},
        {HEAD "}\n" GATE "\"waiting\":true,\"call\":\"recv\",\"line\":65536}\n",
         "\"line\" is 65536, expected 0 to 65535"},
        {HEAD "}\n" GATE "\"waiting\":true,\"call\":\"recv\",\"line\":1,\"hex\":\"0g\"}\n",
         "\"hex\" is \"0g\", expected pairs"},
        {HEAD "}\n" GATE "\"waiting\":true,\"call\":\"recv\",\"line\":1,\"hex\":\"000\"}\n",
         "an even number of digits"},
        {HEAD ",\"events\":2}\n" GATE "\"waiting\":true,\"call\":\"recv\",\"line\":1}\n",
         "ends after line 2: 2 events were saved and 1 are there"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct net_error err = {0};
        uint64_t start;
        FILE *out = fopen(path_of("run"), "w");
        fputs(files[i].text, out);
        fclose(out);
        assert_null(lab_journal_load(path_of("run"), false, &start, &err));
        if (!strstr(err.text, files[i].said))
            fail_msg("expected \"%s\" in \"%s\"", files[i].said, err.text);
    }
}

/* As tcplab 0.1 has written it: text that is not printable ASCII is "hex". */
static void a_run_of_version_1_is_read(void **unused)
{
    (void)unused;
    struct net_error err = {0};
    uint64_t start;
    FILE *out = fopen(path_of("run"), "w");
    fputs(HEAD ",\"events\":1}\n{\"t\":0,\"kind\":\"output\",\"actor\":1,\"task\":1,\"fd\":1,\"line\":7,"
               "\"hex\":\"68690a\"}\n",
          out);
    fclose(out);
    struct lab_journal *j = lab_journal_load(path_of("run"), false, &start, &err);
    if (!j)
        fail_msg("%s", err.text);
    assert_int_equal(lab_journal_at(j, 0)->data_bytes, 3);
    assert_memory_equal(lab_journal_at(j, 0)->data, "hi\n", 3);
    lab_journal_free(j);
}

static void what_cannot_be_opened_is_said(void **unused)
{
    (void)unused;
    struct net_error err = {0};
    uint64_t start;
    struct lab_journal *j = lab_journal_new();
    assert_null(lab_journal_load("/nonexistent/run", false, &start, &err));
    assert_string_equal(err.text, "cannot read /nonexistent/run: No such file or directory (ENOENT)");
    assert_int_equal(lab_journal_save(j, 0, "tun", to("/nonexistent/run"), NULL, &err), -1);
    assert_string_equal(err.text, "cannot write /nonexistent/run: No such file or directory (ENOENT)");
    assert_int_equal(err.code, ENOENT);
    assert_int_equal(lab_journal_save(j, 0, "tun", to("/dev/full"), NULL, &err), -1);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device (ENOSPC)");
    assert_int_equal(lab_journal_export(j, 0, true, to("/nonexistent/run.pcap"), NULL, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent/run.pcap"));
    assert_int_equal(lab_journal_export(j, 0, true, to("/dev/full"), NULL, &err), -1);
    lab_journal_free(j);
}

/* ---- captures ---------------------------------------------------------------------------------------------------- */

static void put_packet(struct story *s, enum net_fate_of fate, uint8_t mark)
{
    uint8_t packet[40] = {0x45, 0, 0, 40, mark};
    struct net_event ev = {.kind = NET_EV_SEGMENT,
                           .data = packet,
                           .data_bytes = sizeof packet,
                           .u.segment = {.id = ++s->segments, .packet_bytes = sizeof packet}};
    story_put(s, ev);
    story_fate(s, s->segments, fate);
}

/* The marks of the packets in the capture, in order. */
static void assert_capture(const struct story *s, const char *name, bool all, const char *marks)
{
    struct net_error err = {0};
    char text[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *head;
    const u_char *bytes;
    int64_t before_ns = 0;
    if (lab_journal_export(s->journal, STORY_START_NS, all, to(path_of(name)), NULL, &err) < 0)
        fail_msg("%s", err.text);
    pcap_t *in = pcap_open_offline_with_tstamp_precision(path_of(name), PCAP_TSTAMP_PRECISION_NANO, text);
    assert_non_null(in);
    assert_int_equal(pcap_datalink(in), DLT_RAW);
    for (; pcap_next_ex(in, &head, &bytes) == 1; marks++) {
        int64_t now_ns = head->ts.tv_sec * INT64_C(1000000000) + head->ts.tv_usec;
        assert_int_equal(head->caplen, 40);
        assert_int_equal(head->len, 40);
        assert_int_equal(bytes[4], *marks);
        assert_true(before_ns == 0 || (now_ns - before_ns) % STORY_MS == 0);
        assert_true(now_ns > before_ns);
        before_ns = now_ns;
    }
    assert_int_equal(*marks, '\0');
    pcap_close(in);
}

/* libpcap reads both formats: which one it is, the first number says. */
static void assert_begins(const char *name, uint32_t expected)
{
    uint32_t first = 0;
    FILE *in = fopen(path_of(name), "r");
    assert_non_null(in);
    assert_int_equal(fread(&first, sizeof first, 1, in), 1);
    fclose(in);
    assert_int_equal(first, expected);
}

static void a_capture_has_what_came_out_of_the_wire(void **unused)
{
    (void)unused;
    struct story s;
    story_begin(&s);
    put_packet(&s, NET_HELD, 'a');
    put_packet(&s, NET_DELIVERED, 'b');
    put_packet(&s, NET_DROPPED, 'c');
    story_fate(&s, 1, NET_DELIVERED);
    story_fate(&s, 2, NET_DUPLICATED);
    story_fate(&s, 77, NET_DELIVERED);
    assert_capture(&s, "run.pcap", false, "bab");
    assert_capture(&s, "run.pcap", true, "bcab");
    assert_begins("run.pcap", 0xa1b23c4d);
    assert_capture(&s, "run.pcapng", false, "bab");
    assert_capture(&s, "run.pcapng", true, "bcab");
    assert_begins("run.pcapng", 0x0a0d0d0a);
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_what_it_is_given),
        cmocka_unit_test(never_moves_an_event),
        cmocka_unit_test(many_events_stay_where_they_are),
        cmocka_unit_test(cuts_data_at_the_limit),
        cmocka_unit_test(every_kind_comes_back_byte_for_byte),
        cmocka_unit_test(a_run_comes_back),
        cmocka_unit_test(every_errno_signal_and_flag_comes_back),
        cmocka_unit_test(saving_a_loaded_run_changes_nothing),
        cmocka_unit_test(a_line_reads_as_c_does),
        cmocka_unit_test(a_damaged_file_is_refused_with_its_line),
        cmocka_unit_test(a_run_of_version_1_is_read),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(a_capture_has_what_came_out_of_the_wire),
    };
    return cmocka_run_group_tests_name("journal", tests, make_directory, remove_directory);
}
