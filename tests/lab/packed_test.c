// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run in its packed form: whole or refused, bounded, and read by another tcplab.
#include "lab/journal/event_cbor.h"
#include "lab/journal/journal_packed.h"

#include "tests/fixtures/story.h"
#include "tests/fixtures/written.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/packed_test.XXXXXX", run[64];

static int make_directory(void **unused)
{
    (void)unused;
    if (!mkdtemp(directory))
        return -1;
    snprintf(run, sizeof run, "%s/run", directory);
    return 0;
}

static int remove_directory(void **unused)
{
    (void)unused;
    unlink(run);
    return rmdir(directory);
}

static struct lab_journal *load(struct net_error *err)
{
    uint64_t start;
    *err = (struct net_error){0};
    return lab_journal_load(run, false, &start, err);
}

static size_t read_run(uint8_t *bytes, size_t room)
{
    FILE *in = fopen(run, "r");
    size_t n = fread(bytes, 1, room, in);
    fclose(in);
    assert_true(n < room);
    return n;
}

static void write_run(const uint8_t *bytes, size_t n)
{
    FILE *out = fopen(run, "w");
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(out);
}

static void write_story(void)
{
    struct story s;
    struct net_error err;
    story_begin(&s);
    story_connect(&s);
    assert_int_equal(lab_journal_save(s.journal, STORY_START_NS, "tun", to(run), NULL, &err), 0);
    story_end(&s);
}

/* Cut anywhere, or with any byte changed: one sentence, which names the file. */
static void a_damaged_file_is_refused(void **unused)
{
    (void)unused;
    static uint8_t whole[65536], broken[65536];
    struct net_error err;
    write_story();
    size_t n = read_run(whole, sizeof whole);
    for (size_t cut = 0; cut < n; cut += 7) {
        write_run(whole, cut);
        assert_null(load(&err));
        assert_non_null(strstr(err.text, run));
    }
    for (size_t at = 0; at < n; at++) {
        memcpy(broken, whole, n);
        broken[at] ^= 0x55;
        write_run(broken, n);
        struct lab_journal *j = load(&err);
        if (j)
            fail_msg("byte %zu of %zu is changed, and the run was opened", at, n);
        assert_non_null(strstr(err.text, run));
    }
    write_run(whole, n);
    struct lab_journal *j = load(&err);
    assert_non_null(j);
    lab_journal_free(j);
}

/* What the zstd around it cannot know: items that are none, fields of another form. */
static void damage_within_is_refused(void **unused)
{
    (void)unused;
    const struct net_event ev = {
        .time_ns = 9, .kind = NET_EV_CALL_RETURN, .u.call = {.call = NET_CALL_RECV, .ret = -1}};
    struct net_error err;
    uint8_t item[LAB_EVENT_CBOR_BYTES], broken[LAB_EVENT_CBOR_BYTES];
    json_t *words = lab_event_words();
    struct lab_event_reader *reader = lab_event_reader_new(words, &err);
    uint64_t last_ns = 0;
    size_t n = (size_t)(lab_event_put_cbor(&ev, 0, &last_ns, item) - item), refused = 0;
    assert_non_null(reader);
    for (size_t at = 0; at < n; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            struct net_event back;
            memcpy(broken, item, n);
            broken[at] = (uint8_t)byte;
            struct lab_cbor in = {.at = broken, .end = broken + n};
            last_ns = 0;
            refused += lab_event_read_cbor(reader, &in, 0, &last_ns, &back, &err) < 0;
            assert_true(in.at <= in.end);
        }
    }
    assert_true(refused > 20 * n);
    lab_event_reader_free(reader);
    json_decref(words);
}

static void write_events(const char *head, const struct net_event *ev, size_t count)
{
    FILE *out = fopen(run, "w");
    struct lab_packer *packer = lab_packer_new(out, 0);
    assert_int_equal(lab_packer_head(packer, head), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(lab_packer_event(packer, ev), 0);
    assert_int_equal(lab_packer_end(packer), 0);
    lab_packer_free(packer);
    fclose(out);
}

static json_t *head_of(json_int_t events)
{
    json_t *head = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I}", "kind", "run", "tcplab", 3, "kernel", "6", "net",
                             "tun", "start", "2026-01-02T03:04:05.000000006Z", "start_ns", "0", "events", events);
    json_t *words = lab_event_words();
    json_object_update(head, words);
    json_decref(words);
    return head;
}

static void write_with_head(json_t *head, const struct net_event *ev, size_t count)
{
    char *text = json_dumps(head, JSON_COMPACT);
    write_events(text, ev, count);
    free(text);
    json_decref(head);
}

static void swap(json_t *array, size_t a, size_t b)
{
    json_t *first = json_incref(json_array_get(array, a)), *second = json_incref(json_array_get(array, b));
    json_array_set_new(array, a, second);
    json_array_set_new(array, b, first);
}

/* Its head says what its numbers mean. */
static void another_tcplab_may_count_otherwise(void **unused)
{
    (void)unused;
    const struct net_event ev = {.kind = NET_EV_TASK_END, .u.end = {.how = NET_END_EXIT, .status = 7}};
    struct net_error err;
    json_t *head = head_of(1), *how = json_object_get(json_object_get(head, "names"), "how");
    swap(json_object_get(head, "kinds"), NET_EV_TASK_END, NET_EV_TASK_REAPED);
    swap(how, NET_END_EXIT, NET_END_LAB);
    write_with_head(head, &ev, 1);
    struct lab_journal *j = load(&err);
    assert_non_null(j);
    assert_int_equal(lab_journal_at(j, 0)->kind, NET_EV_TASK_REAPED);
    assert_int_equal(lab_journal_at(j, 0)->u.end.how, NET_END_LAB);
    assert_int_equal(lab_journal_at(j, 0)->u.end.status, 7);
    lab_journal_free(j);
    /* Names and kinds that are not known here are no harm until they are used. */
    head = head_of(1);
    json_array_set_new(json_object_get(json_object_get(head, "names"), "how"), NET_END_EXIT, json_string("vanished"));
    write_with_head(head, &ev, 1);
    assert_null(load(&err));
    assert_non_null(strstr(err.text, "event 1 cannot be read: its how is one that this tcplab does not know"));
    head = head_of(1);
    json_array_append_new(json_array_get(json_object_get(head, "kinds"), NET_EV_TASK_END), json_string("status"));
    write_with_head(head, &ev, 1);
    assert_null(load(&err));
    assert_non_null(strstr(err.text, "its head must name the field status of task_end once"));
}

static void a_small_file_does_not_become_a_large_one(void **unused)
{
    (void)unused;
    static const uint8_t zeros[NET_EVENT_DATA_MAX];
    const struct net_event ev = {.kind = NET_EV_OUTPUT, .data = zeros, .data_bytes = sizeof zeros};
    struct net_error err;
    write_with_head(head_of(100000), &ev, 100000); /* 200 MB */
    assert_null(load(&err));
    assert_non_null(strstr(err.text, "it unpacks to more than any run does"));
}

/* What is appended meanwhile is not in the file; given up, there is none. */
static void a_run_is_saved_in_steps(void **unused)
{
    (void)unused;
    struct story s;
    struct net_error err;
    unlink(run);
    story_begin(&s);
    story_connect(&s);
    size_t count = lab_journal_count(s.journal), left;
    struct lab_saving *saving = lab_saving_begin(s.journal, STORY_START_NS, "tun", to(run), &err);
    for (left = lab_saving_step(saving, 5); left > 0; left = lab_saving_step(saving, 5)) {
        story_gone(&s, NET_CLIENT, 22);
        assert_int_equal(access(run, F_OK), -1);
    }
    assert_int_equal(lab_saving_end(saving, NULL, &err), 0);
    struct lab_journal *j = load(&err);
    assert_non_null(j);
    assert_int_equal(lab_journal_count(j), count);
    lab_journal_free(j);
    unlink(run);
    saving = lab_saving_begin(s.journal, STORY_START_NS, "tun", to(run), &err);
    lab_saving_step(saving, 5);
    lab_saving_drop(saving);
    assert_int_equal(access(run, F_OK), -1);
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_file_is_refused),
        cmocka_unit_test(damage_within_is_refused),
        cmocka_unit_test(another_tcplab_may_count_otherwise),
        cmocka_unit_test(a_small_file_does_not_become_a_large_one),
        cmocka_unit_test(a_run_is_saved_in_steps),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
