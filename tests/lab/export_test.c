// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in exported files: any bytes as text of each format, and the rows of a run made by hand.
#include "lab/export/escape.h"
#include "lab/export/export.h"
#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void assert_escaped(enum lab_escape as, const char *text, const char *expected)
{
    char *got = NULL;
    size_t bytes;
    FILE *out = open_memstream(&got, &bytes);
    assert_non_null(out);
    lab_put_escaped(as, text, out);
    fclose(out);
    assert_string_equal(got, expected);
    free(got);
}

static void xml_holds_any_bytes_as_text(void **unused)
{
    (void)unused;
    assert_escaped(LAB_AS_XML, "<a href=\"x\">&'</a>", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
    assert_escaped(LAB_AS_XML, "a\x1b[31m\n\t\x7f", "a\\x1b[31m\\x0a\\x09\\x7f");
    assert_escaped(LAB_AS_XML, "\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x80",
                   "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xe2\\x80");
    assert_escaped(LAB_AS_XML, "\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xc2\x85\xef\xbf\xbe\xef\xbb\xbf",
                   "\\u202e\\u2066\\u200b\\u0085\\ufffe\\ufeff");
    assert_escaped(LAB_AS_XML, "\xea\xb0\x80 \xc3\xa9 \xf0\x9f\x98\x80", "\xea\xb0\x80 \xc3\xa9 \xf0\x9f\x98\x80");
}

static void markdown_holds_any_bytes_as_text(void **unused)
{
    (void)unused;
    assert_escaped(LAB_AS_MARKDOWN, "a|b *c* _d_ `e` [f](g) <h> &amp;",
                   "a\\|b \\*c\\* \\_d\\_ \\`e\\` \\[f](g) \\<h> \\&amp;");
    assert_escaped(LAB_AS_MARKDOWN, "SYN_SENT", "SYN_SENT");
    assert_escaped(LAB_AS_MARKDOWN, "see http://x, WWW.x and a@b", "see http\\://x, WWW\\.x and a\\@b");
    assert_escaped(LAB_AS_MARKDOWN, "- a", "\\- a");
    assert_escaped(LAB_AS_MARKDOWN, "    # a", "\\# a");
    assert_escaped(LAB_AS_MARKDOWN, "12. a", "12\\. a");
    assert_escaped(LAB_AS_MARKDOWN, "0.014  a", "0.014  a");
    assert_escaped(LAB_AS_MARKDOWN, "a\\\x1b\n\xff\xe2\x80\xae", "a\\\\\\\\x1b\\\\x0a\\\\xff\\\\u202e");
}

static void a_name_says_what_it_becomes(void **unused)
{
    (void)unused;
    assert_int_equal(lab_export_kind_of("a.html"), LAB_EXPORT_HTML);
    assert_int_equal(lab_export_kind_of("a.b/c.SVG"), LAB_EXPORT_SVG);
    assert_int_equal(lab_export_kind_of("a.md"), LAB_EXPORT_MARKDOWN);
    assert_int_equal(lab_export_kind_of("a.pcapng"), LAB_EXPORT_CAPTURE);
    assert_int_equal(lab_export_kind_of("html"), LAB_EXPORT_CAPTURE);
    assert_int_equal(lab_export_kind_of(".md"), LAB_EXPORT_CAPTURE);
}

static struct lab_page *read_part(const struct story *s, uint64_t from_ns, size_t rows_max)
{
    struct lab_page_part part = {.journal = s->journal,
                                 .end = lab_journal_count(s->journal),
                                 .from_ns = from_ns,
                                 .to_ns = UINT64_MAX,
                                 .start_ns = STORY_START_NS,
                                 .rows_max = rows_max,
                                 .has_wire = true,
                                 .about = "made by hand"};
    struct lab_page *page = lab_page_read(&part);
    assert_non_null(page);
    return page;
}

/* Each row is the line that `show` would print then; the states beside a segment are those that came of it. */
static void rows_are_the_lines_of_show(void **state)
{
    struct story *s = *state;
    char line[800], of_row[800];
    story_connect(s);
    struct lab_page *page = read_part(s, 0, LAB_PAGE_ROWS_MAX);
    struct lab_state *st = lab_state_new();
    size_t row = 0, segments = 0;
    for (size_t i = 0; i < lab_journal_count(s->journal); i++) {
        assert_int_equal(lab_state_apply(st, s->journal, i), 0);
        if (!lab_event_line_tells(st, s->journal, i))
            continue;
        const struct lab_event_parts *parts = &page->rows[row].parts;
        assert_int_equal(page->rows[row].event, i);
        lab_event_line(st, s->journal, STORY_START_NS, i, line, sizeof line);
        snprintf(of_row, sizeof of_row, *parts->because ? "%11s  %-8s  %s  (because %s)" : "%11s  %-8s  %s",
                 parts->time, parts->who, parts->what, parts->because);
        assert_string_equal(line, of_row);
        segments += page->rows[row++].kind == LAB_PAGE_SEGMENT;
    }
    assert_int_equal(row, page->row_count);
    assert_int_equal(segments, s->segments);
    assert_true(segments >= 3);
    assert_int_equal(page->rows[row - 1].state[NET_CLIENT], NET_STATE_ESTABLISHED);
    assert_int_equal(page->rows[row - 1].state[NET_SERVER], NET_STATE_ESTABLISHED);
    assert_int_equal(page->rows[row - 1].port, STORY_CLIENT_PORT);
    lab_state_free(st);
    lab_page_free(page);
}

static void a_part_leaves_out_and_says_so(void **state)
{
    struct story *s = *state;
    char text[300];
    story_connect(s);
    struct lab_page *whole = read_part(s, 0, LAB_PAGE_ROWS_MAX);
    assert_string_equal(lab_page_left_out(whole, text, sizeof text), "");
    struct lab_page *short_one = read_part(s, 0, whole->row_count - 2);
    assert_int_equal(short_one->left_out, 2);
    assert_non_null(strstr(lab_page_left_out(short_one, text, sizeof text), "2 rows after "));
    assert_non_null(strstr(text, "export FILE from "));
    struct lab_page *part = read_part(s, whole->rows[4].time_ns, LAB_PAGE_ROWS_MAX);
    assert_int_equal(part->rows[0].event, whole->rows[4].event);
    assert_int_equal(part->row_count, whole->row_count - 4);
    lab_page_free(part);
    lab_page_free(short_one);
    lab_page_free(whole);
}

/* What the lesson's text points at has its number, in the scene in which `see` stands. */
static void what_the_text_points_at_has_its_number(void **state)
{
    struct story *s = *state;
    struct net_event see = {.kind = NET_EV_NOTE, .u.note.kind = LAB_NOTE_EXPECT_HELD};
    story_connect(s);
    struct lab_page *page = read_part(s, 0, LAB_PAGE_ROWS_MAX);
    size_t event = page->rows[2].event;
    lab_page_free(page);
    see.u.note.command = LAB_COMMAND_SEE;
    see.u.note.value[0] = 3;
    see.u.note.value[1] = (int64_t)event;
    story_put(s, see);
    page = read_part(s, 0, LAB_PAGE_ROWS_MAX);
    for (size_t i = 0; i < page->row_count; i++)
        assert_int_equal(page->rows[i].sight, page->rows[i].event == event ? 3 : 0);
    lab_page_free(page);
}

/* What was over before the clean slate is told before it. */
static void a_clean_slate_begins_a_scene(void **state)
{
    struct story *s = *state;
    story_connect(s);
    story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note.kind = LAB_NOTE_CLEARED});
    story_program(s, 7, "again", NET_CLIENT);
    struct lab_page *page = read_part(s, 0, LAB_PAGE_ROWS_MAX);
    assert_int_equal(page->scene_count, 2);
    assert_true(page->scenes[0].text_count > 0);
    assert_int_equal(page->texts[page->scenes[0].first_text].kind, LAB_PAGE_CONNECTION);
    assert_int_equal(page->scenes[0].row_count + page->scenes[1].row_count, page->row_count);
    lab_page_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_holds_any_bytes_as_text),
        cmocka_unit_test(markdown_holds_any_bytes_as_text),
        cmocka_unit_test(a_name_says_what_it_becomes),
        cmocka_unit_test_setup_teardown(rows_are_the_lines_of_show, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(a_part_leaves_out_and_says_so, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(what_the_text_points_at_has_its_number, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(a_clean_slate_begins_a_scene, story_setup, story_teardown),
    };
    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
