// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/export/export.h"

#include "lab/base/text.h"
#include "lab/export/write_inside.h"
#include "lab/journal/journal_file.h"
#include "net/base/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

static const struct {
    const char *ending;
    enum lab_export_kind kind;
} endings[] = {
    {".html", LAB_EXPORT_HTML}, {".htm", LAB_EXPORT_HTML}, {".svg", LAB_EXPORT_SVG}, {".md", LAB_EXPORT_MARKDOWN}};

enum lab_export_kind lab_export_kind_of(const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i].ending);
        if (n > end && strcasecmp(path + n - end, endings[i].ending) == 0)
            return endings[i].kind;
    }
    return LAB_EXPORT_CAPTURE;
}

const char *lab_export_about(const struct lab_journal *journal, uint64_t start_ns, const char *net, char *out,
                             size_t out_bytes)
{
    const struct lab_origin *origin = lab_journal_origin(journal);
    time_t seconds = (time_t)(lab_journal_wall_ns(journal, start_ns) / NS_PER_S);
    struct utsname name = {0};
    struct tm t;
    char when[40] = "";
    if (gmtime_r(&seconds, &t))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &t);
    uname(&name);
    const char *kernel = origin->loaded ? origin->kernel : name.release, *with = origin->loaded ? origin->net : net;
    if (*when)
        snprintf(out, out_bytes, _("recorded %s on Linux %.40s with %.15s"), when, kernel, with);
    else
        snprintf(out, out_bytes, _("recorded on Linux %.40s with %.15s"), kernel, with);
    return out;
}

/* ---- what the formats share -------------------------------------------------------------------------------------- */

bool lab_page_is_rung(const struct lab_page_row *row)
{
    return row->kind == LAB_PAGE_SEGMENT || row->is_silent;
}

const char *lab_page_state_name(unsigned state)
{
    return state == NET_STATE_ABSENT ? _("gone") : net_state_name(state);
}

bool lab_page_has_many(const struct lab_page *page, const struct lab_page_scene *scene)
{
    uint16_t port = 0;
    for (size_t i = scene->first_row; i < scene->first_row + scene->row_count; i++) {
        if (port && page->rows[i].of_port && page->rows[i].of_port != port)
            return true;
        port = page->rows[i].of_port ? page->rows[i].of_port : port;
    }
    return false;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int cannot(const char *path, int code, struct net_error *err)
{
    return net_fail(err, code, "open", "cannot write %.120s: %s (%s)", path, net_errno_text(code),
                    net_errno_name(code));
}

static int write_page(const struct lab_export *export, const struct lab_page *page, char *path, struct net_error *err)
{
    struct lab_file *file = lab_file_new(&export->file, err);
    if (!file)
        return -1;
    FILE *out = lab_file_stream(file);
    switch (lab_export_kind_of(export->file.name)) {
    case LAB_EXPORT_HTML: lab_page_write_html(page, out); break;
    case LAB_EXPORT_SVG: lab_page_write_svg(page, out); break;
    case LAB_EXPORT_MARKDOWN: lab_page_write_markdown(page, export->blanks, out); break;
    case LAB_EXPORT_CAPTURE: break;
    }
    return lab_file_end(file, 0, path, err);
}

static void say(const struct lab_export *export, const struct lab_page *page, const char *path, char *said,
                size_t said_bytes)
{
    char left_out[500] = "";
    switch (lab_export_kind_of(export->file.name)) {
    case LAB_EXPORT_HTML: snprintf(said, said_bytes, _("the page is in %.150s"), path); break;
    case LAB_EXPORT_SVG: snprintf(said, said_bytes, _("the ladder is in %.150s"), path); break;
    case LAB_EXPORT_MARKDOWN: snprintf(said, said_bytes, _("the hand-out is in %.150s"), path); break;
    case LAB_EXPORT_CAPTURE: break;
    }
    if (lab_export_kind_of(export->file.name) == LAB_EXPORT_SVG)
        lab_page_svg_left_out(page, left_out, sizeof left_out);
    else
        lab_page_left_out(page, left_out, sizeof left_out);
    if (*left_out)
        lab_append(said, said_bytes, ". %s", left_out);
}

int lab_export_page(const struct lab_export *export, const struct lab_page_part *part, char *said, size_t said_bytes,
                    struct net_error *err)
{
    char path[PATH_MAX] = "";
    const char *name = export->file.name;
    struct lab_page *page = lab_page_read(part);
    if (!page)
        return cannot(name, ENOMEM, err);
    int result = page->row_count == 0
                     ? net_fail(err, 0, NULL, "nothing has happened in that part: %.120s is not written", name)
                     : write_page(export, page, path, err);
    if (result == 0)
        say(export, page, path, said, said_bytes);
    lab_page_free(page);
    return result;
}
