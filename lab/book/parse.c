// SPDX-License-Identifier: GPL-3.0-or-later
// Where a block that is read stands: in its file, and in the book that it is a translation of.
#include "lab/book/parse.h"

#include "lab/commands/commands.h"
#include "lab/session/session.h"

#include <errno.h>

static bool is_the_books(const struct lab_parse *p)
{
    const struct lab_markdown *original = &p->merged->original;
    bool same = original->count == p->markdown.count;
    for (size_t i = 0; i < p->markdown.count && same; i++)
        same = original->blocks[i].kind == p->markdown.blocks[i].kind;
    return same;
}

int lab_parse_blocks(struct lab_parse *p, const char *text, size_t bytes)
{
    if (lab_markdown_parse(text, bytes, p->pool, &p->markdown) < 0)
        return net_fail(p->err, ENOMEM, "malloc", "no memory for the lessons");
    if (!p->merged || is_the_books(p))
        return 0;
    return lab_fault(p->faults, p->err, p->merged->translation.file, 1, 1,
                     "a line of this translation means something else beside the blocks of %.60s",
                     p->merged->book.file) < 0
               ? -1
               : (p->merged = NULL, 0);
}

const struct lab_block *lab_parse_original(const struct lab_parse *p, size_t block)
{
    return p->merged ? &p->merged->original.blocks[block] : &p->markdown.blocks[block];
}

const struct lab_markdown_source *lab_parse_original_source(const struct lab_parse *p, size_t block)
{
    return p->merged ? &p->merged->original.sources[block] : &p->markdown.sources[block];
}

int lab_parse_line(const struct lab_parse *p, size_t block)
{
    return lab_parse_original(p, block)->line;
}

int lab_parse_fail(const struct lab_parse *p, size_t block, const char *sentence)
{
    int line = p->markdown.blocks[block].line;
    const char *file = p->merged ? lab_merged_place(p->merged, line, &line) : p->file;
    return lab_fault(p->faults, p->err, file, line, p->markdown.sources[block].column, "%s", sentence);
}

int lab_parse_script(const struct lab_parse *p, int line, const char *script)
{
    const struct lab_place first = {.file = p->file, .line = line, .column = 1, .from = LAB_FROM_SCRIPT};
    struct lab_faults found = {0};
    if (!p->merged)
        return lab_script_check(&lab_language, &first, script, p->faults, p->err);
    int result = lab_script_check(&lab_language, &first, script, &found, p->err);
    for (size_t i = 0; i < found.count && result == 0; i++) {
        int at = found.items[i].line;
        const char *file = lab_merged_place(p->merged, at, &at);
        result = lab_fault(p->faults, p->err, file, at, found.items[i].column, "%s", found.items[i].text);
    }
    lab_faults_fini(&found);
    return result;
}
