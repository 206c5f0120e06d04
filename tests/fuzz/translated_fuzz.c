// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a translation of a book, and as the book: a merged text, or faults; never a crash. A line of zero bytes
// alone divides both.
#include "lab/book/translated.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct lab_merged *merged)
{
    size_t lines = 0;
    require(strlen(merged->text) == merged->bytes || memchr(merged->text, 0, merged->bytes));
    for (size_t i = 0; i < merged->bytes; i++)
        lines += merged->text[i] == '\n';
    require(lines == merged->line_count);
    for (size_t i = 0; i < lines; i++) {
        int line;
        require(lab_merged_place(merged, (int)i + 1, &line) != NULL && line > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const uint8_t *middle = bytes ? memchr(data, 0, bytes) : NULL;
    size_t first = middle ? (size_t)(middle - data) : bytes / 2, second = middle ? first + 1 : first;
    const struct lab_text texts[] = {
        {.file = "B.md", .text = (const char *)data, .bytes = first, .line = 1},
        {.file = "B.ko.md", .text = (const char *)data + second, .bytes = bytes - second, .line = 1}};
    struct lab_pool *pool = lab_pool_new();
    struct lab_faults faults = {0};
    struct lab_merged merged;
    struct net_error err = {0};
    require(pool != NULL);
    if (lab_translated_merge(&texts[0], &texts[1], pool, &merged, &faults, &err) == 0) {
        if (faults.count == 0)
            check(&merged);
        lab_merged_fini(&merged);
    }
    lab_faults_fini(&faults);
    lab_pool_free(pool);
    return 0;
}
