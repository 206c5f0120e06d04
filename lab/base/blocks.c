// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks as Markdown again: what does not depend on who will read it.
#include "lab/base/blocks.h"

void lab_block_put_row(const struct lab_block *row, lab_put_span *put, FILE *out)
{
    for (size_t c = 0, span = 0; c < row->cell_count; c++) {
        fputs("| ", out);
        for (; span < row->cell_end[c]; span++)
            put(&row->spans[span], out);
        fputc(' ', out);
    }
    fputs("|\n", out);
    for (size_t c = 0; row->is_header && c < row->cell_count; c++)
        fputs(c + 1 < row->cell_count ? "| --- " : "| --- |\n", out);
}

void lab_span_put_marked(const struct lab_span *span, const char *mark, lab_put_span *put, FILE *out)
{
    struct lab_span inner = *span;
    int before = 0, after = 0;
    for (; inner.bytes > 0 && *inner.text == ' '; inner.text++, inner.bytes--)
        before++;
    for (; inner.bytes > 0 && inner.text[inner.bytes - 1] == ' '; inner.bytes--)
        after++;
    const char *around = inner.bytes > 0 ? mark : "";
    fprintf(out, "%*s%s", before, "", around);
    put(&inner, out);
    fprintf(out, "%s%*s", around, after, "");
}

const char *lab_style_mark(enum lab_style style)
{
    static const char *const mark[] = {
        [LAB_PLAIN] = "", [LAB_EMPHASIS] = "*", [LAB_STRONG] = "**", [LAB_CODE_STYLE] = ""};
    return mark[style];
}
