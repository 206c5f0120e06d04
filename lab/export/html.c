// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A page as HTML that is XML, too.
 *
 *   time       who   client        wire                       server
 *   0.012                                                                  a command
 *   0.012      c1    connect(3, 192.0.2.1:12345, 16) = 0
 *   0.012      wire  SYN_SENT      ────── SYN ──────>         SYN_RECV
 *                                  #1 client:40000 > server:12345 ...
 *
 * On a narrow screen the cells of a row stand one below the other. Each row carries the states of both ends as they
 * were then, for the script that steps (page.js); its words stand in the attributes of the bar. Roles are said although
 * the elements have them: browsers take them away where a style sheet lays a table out as something else.
 */
#include "lab/export/escape.h"
#include "lab/export/write_inside.h"

#include "lab/base/text.h"
#include "lab/explain/sight.h"
#include "net/data/call.h"

#include <inttypes.h>
#include <string.h>

extern const char lab_page_css_text[], lab_page_js_text[];

static void put(const char *text, FILE *out)
{
    lab_put_escaped(LAB_AS_XML, text, out);
}

/* An element whose text is escaped. tag: with its attributes, which are ours. */
static void put_element(const char *name, const char *attributes, const char *text, FILE *out)
{
    fprintf(out, "<%s%s>", name, attributes);
    put(text, out);
    fprintf(out, "</%s>", name);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static const char *const kind_class[LAB_PAGE_KINDS] = {
    [LAB_PAGE_COMMAND] = "command", [LAB_PAGE_SAID] = "said", [LAB_PAGE_CALL] = "call",  [LAB_PAGE_SEGMENT] = "segment",
    [LAB_PAGE_STATE] = "state",     [LAB_PAGE_END] = "end",   [LAB_PAGE_OTHER] = "other"};

static const char *now_name(unsigned state)
{
    return state == NET_STATE_ABSENT ? _("no socket") : net_state_name(state);
}

static void begin_row(const struct lab_page_row *row, FILE *out)
{
    fprintf(out, "<tr role=\"row\" class=\"%s %s\" data-client=\"%s\" data-server=\"%s\"", kind_class[row->kind],
            row->host < NET_HOSTS ? net_host_name(row->host) : "nobody", now_name(row->state[NET_CLIENT]),
            now_name(row->state[NET_SERVER]));
    if (row->port) {
        fputs(" data-of=\"", out);
        fprintf(out, _("client port %u"), row->port);
        fputs("\"", out);
    }
    fputs(">", out);
    put_element("th", " scope=\"row\" role=\"rowheader\" class=\"t\"", row->parts.time, out);
    put_element("td", " role=\"cell\" class=\"who\"", row->parts.who, out);
}

static void put_sight(const struct lab_page_row *row, FILE *out)
{
    if (row->sight)
        fprintf(out, "<span class=\"sight\">%s</span> ", lab_sight_sign(row->sight));
}

static void put_because(const struct lab_page_row *row, FILE *out)
{
    char text[sizeof row->parts.because + 60];
    if (!*row->parts.because)
        return;
    snprintf(text, sizeof text, _("because %s"), row->parts.because);
    put_element("span", " class=\"because\"", text, out);
}

static void put_beside(const struct lab_page_row *row, unsigned host, FILE *out)
{
    fprintf(out, "<td role=\"cell\" class=\"beside %s%s\">", net_host_name(host), row->has_moved[host] ? "" : " same");
    if (row->beside[host] != NET_STATE_ABSENT || row->has_moved[host])
        fputs(lab_page_state_name(row->beside[host]), out);
    fputs("</td>", out);
}

static const char *ending_class(const struct lab_page_row *row)
{
    return row->arrived ? "" : row->fate_is == NET_DROPPED ? " lost" : " held";
}

/* The line is drawn by the style sheet; the words tell it to who does not see it. */
static void put_arrow(const struct lab_page_row *row, bool many, FILE *out)
{
    bool to_server = row->host == NET_CLIENT;
    fprintf(out, "<span class=\"arrow %s%s%s\"><span class=\"label\">", to_server ? "to-server" : "to-client",
            ending_class(row), row->is_reset ? " reset" : "");
    put(row->label, out);
    fputs("</span><span class=\"head\">", out);
    if (row->arrived)
        fputs(to_server ? "\xe2\x96\xb6" : "\xe2\x97\x80", out);
    else {
        fputs("\xc3\x97 ", out);
        put(row->fate, out);
    }
    fprintf(out, "</span><span class=\"hidden\"> %s</span></span>",
            to_server ? _("from client to server") : _("from server to client"));
    if (!many || !row->of_port)
        return;
    fputs("<span class=\"small\">", out);
    fprintf(out, _("client port %u"), row->of_port);
    fputs("</span> ", out);
}

static void put_rung(const struct lab_page_row *row, bool many, FILE *out)
{
    put_beside(row, NET_CLIENT, out);
    fputs("<td role=\"cell\" class=\"wire\">", out);
    if (row->kind == LAB_PAGE_SEGMENT)
        put_arrow(row, many, out);
    else
        put_element("span", " class=\"small\"", row->label, out);
    put_sight(row, out);
    put_element("code", " class=\"text small\" dir=\"ltr\"", row->parts.what, out);
    put_because(row, out);
    fputs("</td>", out);
    put_beside(row, NET_SERVER, out);
}

static void put_row(const struct lab_page_row *row, bool many, FILE *out)
{
    begin_row(row, out);
    if (lab_page_is_rung(row))
        put_rung(row, many, out);
    else {
        fputs("<td role=\"cell\" class=\"what\" colspan=\"3\">", out);
        put_sight(row, out);
        put_element("code", " class=\"text\" dir=\"ltr\"", row->parts.what, out);
        put_because(row, out);
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void put_heads(FILE *out)
{
    static const char *const classes[] = {"", "", " class=\"of-client\"", "", " class=\"of-server\""};
    char heads[120], *rest = heads, *head;
    /* TRANSLATORS: the heads of five columns, with | between them. */
    snprintf(heads, sizeof heads, "%s", _("Time|Who|Client|Wire|Server"));
    fputs("<thead role=\"rowgroup\"><tr role=\"row\">", out);
    for (size_t i = 0; i < sizeof classes / sizeof *classes && (head = strsep(&rest, "|")); i++)
        fprintf(out, "<th scope=\"col\" role=\"columnheader\"%s>%s</th>", classes[i], head);
    fputs("</tr></thead>\n", out);
}

static void put_rows(const struct lab_page *page, const struct lab_page_scene *scene, FILE *out)
{
    bool many = lab_page_has_many(page, scene);
    fputs("<table role=\"table\" class=\"run\">\n", out);
    put_element("caption", "",
                _("Commands begin with >. Beside an arrow stands the state in which its sender sent it, and the state "
                  "that the receiver was led to. Times are seconds."),
                out);
    fputc('\n', out);
    put_heads(out);
    fputs("<tbody role=\"rowgroup\">\n", out);
    for (size_t i = 0; i < scene->row_count; i++)
        put_row(&page->rows[scene->first_row + i], many, out);
    fputs("</tbody>\n</table>\n", out);
}

/* ---- behind the rows --------------------------------------------------------------------------------------------- */

/* The texts of one kind (and host) that stand one behind the other from i on; the index behind them. */
static size_t run_of(const struct lab_page *page, size_t i, size_t end)
{
    const struct lab_page_text *first = &page->texts[i];
    while (i < end && page->texts[i].kind == first->kind && page->texts[i].host == first->host)
        i++;
    return i;
}

static void put_path(const struct lab_page *page, size_t i, size_t end, FILE *out)
{
    fprintf(out, "<div><h4 class=\"of-%s\">%s</h4>\n<ol class=\"path\">\n", net_host_name(page->texts[i].host),
            page->texts[i].host == NET_CLIENT ? _("The client's end") : _("The server's end"));
    for (; i < end; i++) {
        fputs("<li>", out);
        put_element("b", "", page->texts[i].text, out);
        fputs(" <span class=\"small\">", out);
        put(page->texts[i].when, out);
        fputs("</span> ", out);
        put(page->texts[i].cause, out);
        fputs("</li>\n", out);
    }
    fputs("</ol></div>\n", out);
}

static void put_list(const struct lab_page *page, size_t i, size_t end, const char *heading, FILE *out)
{
    fprintf(out, "<h4>%s</h4>\n<ul>\n", heading);
    for (; i < end; i++) {
        put_element("li", "", page->texts[i].text, out);
        fputc('\n', out);
    }
    fputs("</ul>\n", out);
}

static void put_texts(const struct lab_page *page, const struct lab_page_scene *scene, FILE *out)
{
    size_t i = scene->first_text, end = i + scene->text_count;
    bool in_ends = false;
    while (i < end) {
        const struct lab_page_text *text = &page->texts[i];
        size_t next = text->kind == LAB_PAGE_CONNECTION ? i + 1 : run_of(page, i, end);
        if (text->kind == LAB_PAGE_STEP && !in_ends)
            fputs("<div class=\"ends\">\n", out);
        if (text->kind != LAB_PAGE_STEP && in_ends)
            fputs("</div>\n", out);
        in_ends = text->kind == LAB_PAGE_STEP;
        switch ((enum lab_page_text_kind)text->kind) {
        case LAB_PAGE_CONNECTION: put_element("h3", "", text->text, out); break;
        case LAB_PAGE_STEP: put_path(page, i, next, out); break;
        case LAB_PAGE_WHY: put_list(page, i, next, _("Why"), out); break;
        case LAB_PAGE_WAITS: put_list(page, i, next, _("What waits"), out); break;
        case LAB_PAGE_MORE: put_element("p", "", text->text, out); break;
        }
        i = next;
    }
    if (in_ends)
        fputs("</div>\n", out);
}

static void put_scene(const struct lab_page *page, const struct lab_page_scene *scene, FILE *out)
{
    bool has_title = page->scene_count > 1 && *scene->title, has_lesson = lab_page_has_lesson(scene);
    fputs("<section class=\"scene\">\n", out);
    if (has_title) {
        put_element("h2", "", scene->title, out);
        fputc('\n', out);
    }
    if (has_lesson)
        lab_page_lesson_as_html(&scene->lesson, out);
    if (has_lesson || !has_title)
        fprintf(out, "<h2>%s</h2>\n", _("What happened"));
    put_rows(page, scene, out);
    if (scene->text_count) {
        fprintf(out, "<div class=\"after\">\n<h2>%s</h2>\n", _("How it went, and why"));
        put_texts(page, scene, out);
        fputs("</div>\n", out);
    }
    fputs("</section>\n", out);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void put_head(const struct lab_page *page, FILE *out)
{
    /* The policy lets a browser refuse whatever would have to be fetched: a page that is mailed around tells nobody. */
    fprintf(
        out,
        "<!DOCTYPE html>\n<html lang=\"%s\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta "
        "charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta "
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src "
        "'unsafe-inline'\"/>\n<meta name=\"generator\" content=\"tcplab\"/>\n<title>",
        /* TRANSLATORS: the tag of the language that you translate into, as in <html lang="..."> */
        _("en"));
    put(lab_page_title(page), out);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", lab_page_css_text);
    put_element("h1", "", lab_page_title(page), out);
    fputc('\n', out);
    put_element("p", " class=\"about\"", page->about, out);
    fputc('\n', out);
}

static void put_notes(const struct lab_page *page, FILE *out)
{
    char text[500];
    if (!page->has_wire)
        fprintf(out, "<p class=\"note\">%s</p>\n",
                _("No wire here: the machine's own loopback carried the segments, and the lab did not see them."));
    if (*lab_page_left_out(page, text, sizeof text)) {
        put_element("p", " class=\"note\"", text, out);
        fputc('\n', out);
    }
}

static void put_bar(FILE *out)
{
    static const struct {
        const char *id, *name, *sign;
    } buttons[] = {{"first", N_("First step (Home)"), "|\xe2\x97\x80"},
                   {"back", N_("Back (left arrow)"), "\xe2\x97\x80"},
                   {"on", N_("On (right arrow)"), "\xe2\x96\xb6"},
                   {"last", N_("All of it (End)"), "\xe2\x96\xb6|"}};
    fprintf(out,
            "<div id=\"bar\" class=\"bar\" role=\"toolbar\" aria-label=\"%s\" hidden=\"hidden\" data-key=\"%s\" "
            "data-step=\"%s\" data-step-of=\"%s\"><div>\n<output id=\"say\" aria-live=\"polite\"></output>\n",
            _("Steps"), _("(key a)"), _("Step {step} of {steps}: client {client}, server {server}"),
            _("Step {step} of {steps}: client {client}, server {server} ({of})"));
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
        fprintf(out, "<button type=\"button\" id=\"%s\" aria-label=\"%s\" title=\"%s\">%s</button>\n", buttons[i].id,
                _(buttons[i].name), _(buttons[i].name), buttons[i].sign);
    fputs("</div></div>\n", out);
}

void lab_page_write_html(const struct lab_page *page, FILE *out)
{
    put_head(page, out);
    put_notes(page, out);
    for (size_t i = 0; i < page->scene_count; i++)
        put_scene(page, &page->scenes[i], out);
    fputs("</main>\n", out);
    put_bar(out);
    fprintf(out, "<script>\n%s</script>\n</body>\n</html>\n", lab_page_js_text);
}
