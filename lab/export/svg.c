// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The ladder alone, as a picture:
 *
 *              client                              server
 *     0.012    SYN_SENT    |---------- SYN -------->|  SYN_RECV
 *     0.013    ESTABLISHED |<------- SYN ACK -------|
 *     0.015                |---- RST --x  lost      |
 *
 * A state stands where it is entered. It is drawn with lines and texts alone, so that every program that shows SVG 1.1
 * shows it, and in colours that are told apart on paper, too: a segment that did not arrive is broken and says why.
 */
#include "lab/base/columns.h"
#include "lab/base/text.h"
#include "lab/export/escape.h"
#include "lab/export/write_inside.h"

#include "net/data/call.h"

#include <string.h>

enum { WIDTH = 760, TOP = 96, ROW = 34, LEFT = 230, RIGHT = 610, STATE_GAP = 10, TIME_X = 12, ROWS_MAX = 400 };
enum { LABEL_COLUMNS = 46 /* between the two lines */, SCENE_ROW = 30 };

static void put(const char *text, FILE *out)
{
    lab_put_escaped(LAB_AS_XML, text, out);
}

static void put_text(int x, int y, const char *anchor, const char *class, const char *text, FILE *out)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
    put(text, out);
    fputs("</text>\n", out);
}

static void put_states(const struct lab_page_row *row, int y, FILE *out)
{
    if (row->has_moved[NET_CLIENT])
        put_text(LEFT - STATE_GAP, y + 4, "end", "client", lab_page_state_name(row->beside[NET_CLIENT]), out);
    if (row->has_moved[NET_SERVER])
        put_text(RIGHT + STATE_GAP, y + 4, "start", "server", lab_page_state_name(row->beside[NET_SERVER]), out);
}

static void put_head(int x, int y, bool to_right, FILE *out)
{
    int back = to_right ? x - 9 : x + 9;
    fprintf(out, "<path d=\"M %d %d L %d %d L %d %d Z\" class=\"head\"/>\n", x, y, back, y - 4, back, y + 4);
}

static void put_arrow(const struct lab_page_row *row, bool many, int y, FILE *out)
{
    bool to_right = row->host == NET_CLIENT;
    int from = to_right ? LEFT : RIGHT, to = to_right ? RIGHT : LEFT;
    int end = row->arrived ? to : from + (to - from) * 6 / 10;
    char label[160];
    if (many && row->of_port)
        snprintf(label, sizeof label, ":%u  %s", row->of_port, row->label);
    else
        snprintf(label, sizeof label, "%s", row->label);
    size_t cut = lab_columns_cut(label, LABEL_COLUMNS);
    if (label[cut])
        snprintf(label + cut, sizeof label - cut, "..");
    fprintf(out, "<g class=\"%s\">\n<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"%s/>\n",
            row->is_reset ? "reset" : "segment", from, y, end, y, row->arrived ? "" : " stroke-dasharray=\"6 4\"");
    if (row->arrived)
        put_head(to, y, to_right, out);
    else {
        put_text(end, y + 5, "middle", "lost", "\xc3\x97", out);
        put_text(to_right ? end + 10 : end - 10, y + 4, to_right ? "start" : "end", "lost", row->fate, out);
    }
    put_text((from + end) / 2, y - 5, "middle", "label", label, out);
    fputs("</g>\n", out);
}

static void put_rung(const struct lab_page_row *row, bool many, int y, FILE *out)
{
    char time[24];
    /* Six decimals are more than a picture needs. */
    snprintf(time, sizeof time, "%.*s", (int)strcspn(row->parts.time, ".") + 4, row->parts.time);
    put_text(TIME_X, y + 4, "start", "time", time, out);
    put_states(row, y, out);
    if (row->kind == LAB_PAGE_SEGMENT)
        put_arrow(row, many, y, out);
    else
        put_text(row->host == NET_CLIENT ? LEFT + STATE_GAP : RIGHT - STATE_GAP, y + 4,
                 row->host == NET_CLIENT ? "start" : "end", "time", row->label, out);
}

static size_t count_rungs(const struct lab_page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->row_count; i++)
        count += lab_page_is_rung(&page->rows[i]);
    return count;
}

static void begin(const struct lab_page *page, int height, FILE *out)
{
    char about[400];
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
            "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"title about\">\n"
            "<title id=\"title\">",
            WIDTH, height, WIDTH, height);
    put(lab_page_title(page), out);
    fputs("</title>\n<desc id=\"about\">", out);
    snprintf(about, sizeof about,
             _("The segments between client and server in order, with the states of both ends; %s"), page->about);
    put(about, out);
    fputs("</desc>\n<style>\n"
          "text { font-family: monospace; font-size: 13px; fill: #1b1b1b }\n"
          ".name { font-weight: bold; font-size: 15px }\n"
          ".time, .about { fill: #595959; font-size: 12px }\n"
          ".client { fill: #0b57a4; font-weight: bold }\n"
          ".server { fill: #8a3b00; font-weight: bold }\n"
          ".end { stroke: #8c8c8c; stroke-width: 1.5 }\n"
          ".segment line { stroke: #1b1b1b; stroke-width: 1.5 }\n"
          ".reset line { stroke: #b00020; stroke-width: 1.5 }\n"
          ".segment .head { fill: #1b1b1b }\n"
          ".reset .head, .reset text, text.lost { fill: #b00020 }\n"
          "</style>\n",
          out);
    fprintf(out, "<rect x=\"0\" y=\"0\" width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
    put_text(TIME_X, 24, "start", "name", lab_page_title(page), out);
    put_text(TIME_X, 44, "start", "about", page->about, out);
    put_text(LEFT, 72, "middle", "name client", "client", out);
    put_text(RIGHT, 72, "middle", "name server", "server", out);
}

const char *lab_page_svg_left_out(const struct lab_page *page, char *out, size_t out_bytes)
{
    size_t rungs = count_rungs(page);
    if (!page->has_wire)
        snprintf(out, out_bytes, "%s", _("No wire here: the lab did not see the segments."));
    else if (rungs == 0)
        snprintf(out, out_bytes, "%s", _("No segment was sent."));
    else if (rungs > ROWS_MAX)
        snprintf(out, out_bytes, _("The first %d of %zu rows: export FILE from TIME shows a part."), ROWS_MAX, rungs);
    else if (page->left_out)
        snprintf(out, out_bytes, "%s", _("There is more behind it: export FILE from TIME shows a part."));
    else
        *out = '\0';
    return out;
}

static int put_scene(const struct lab_page *page, const struct lab_page_scene *scene, size_t *left, int y, FILE *out)
{
    bool many = lab_page_has_many(page, scene);
    if (page->scene_count > 1 && *scene->title) {
        put_text(TIME_X, y, "start", "about", scene->title, out);
        y += SCENE_ROW;
    }
    for (size_t i = 0; i<scene->row_count && * left> 0; i++) {
        const struct lab_page_row *row = &page->rows[scene->first_row + i];
        if (!lab_page_is_rung(row))
            continue;
        put_rung(row, many, y, out);
        y += ROW;
        (*left)--;
    }
    return y;
}

static int titles(const struct lab_page *page)
{
    int count = 0;
    for (size_t i = 0; i < page->scene_count && page->scene_count > 1; i++)
        count += *page->scenes[i].title != '\0';
    return count;
}

void lab_page_write_svg(const struct lab_page *page, FILE *out)
{
    char text[240];
    size_t rungs = count_rungs(page), left = rungs < ROWS_MAX ? rungs : ROWS_MAX;
    int bottom = TOP + (int)left * ROW + titles(page) * SCENE_ROW, y = TOP + ROW / 2;
    begin(page, bottom + 40, out);
    fprintf(out, "<line x1=\"%d\" y1=\"80\" x2=\"%d\" y2=\"%d\" class=\"end\"/>\n", LEFT, LEFT, bottom);
    fprintf(out, "<line x1=\"%d\" y1=\"80\" x2=\"%d\" y2=\"%d\" class=\"end\"/>\n", RIGHT, RIGHT, bottom);
    for (size_t i = 0; i < page->scene_count; i++)
        y = put_scene(page, &page->scenes[i], &left, y, out);
    if (*lab_page_svg_left_out(page, text, sizeof text))
        put_text(TIME_X, bottom + 24, "start", "about", text, out);
    fputs("</svg>\n", out);
}
