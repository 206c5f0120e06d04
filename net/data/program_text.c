// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The text of a chapter program with its comments in the learner's language. The code, and how many lines there are, is
 * that of the file: only what stands in a comment is looked up, piece by piece, where two blanks or more end a piece,
 * as they do in its list of parameters. tools/messages.sh finds the same pieces.
 */
#include "net/base/message.h"
#include "net/data/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 400, PROGRAMS_MOST = 64 };

static void put_piece(FILE *out, const char *piece, size_t bytes)
{
    char message[LINE_BYTES];
    snprintf(message, sizeof message, "%.*s", (int)bytes, piece);
    fputs(net_message(message), out);
}

/* The text of a comment, without the signs around it. */
static void put_comment(FILE *out, const char *text, size_t bytes)
{
    while (bytes) {
        size_t blanks = strspn(text, " "), piece = 0;
        blanks = blanks < bytes ? blanks : bytes;
        fwrite(text, 1, blanks, out);
        text += blanks;
        bytes -= blanks;
        while (piece < bytes && !(text[piece] == ' ' && (piece + 1 == bytes || text[piece + 1] == ' ')))
            piece++;
        put_piece(out, text, piece);
        text += piece;
        bytes -= piece;
    }
}

/* One line. Programs are plain: no string has the signs of a comment. Returns whether a comment goes on behind it. */
static bool put_line(FILE *out, const char *line, size_t bytes, bool in_block)
{
    char text[LINE_BYTES];
    snprintf(text, sizeof text, "%.*s", (int)bytes, line);
    char *slashes = in_block ? NULL : strstr(text, "//"), *block = in_block || slashes ? NULL : strstr(text, "/*");
    char *begin = in_block ? text + strspn(text, " *") : slashes ? slashes + 2 : block ? block + 2 : NULL;
    if (!begin) {
        fputs(text, out);
        return false;
    }
    if (in_block && strncmp(text, " */", 3) == 0)
        begin = text + 1;
    char *end = slashes ? NULL : strstr(begin, "*/");
    fwrite(text, 1, (size_t)(begin - text), out);
    put_comment(out, begin, end ? (size_t)(end - begin) : strlen(begin));
    fputs(end ? end : "", out);
    return !slashes && !end;
}

static char *translate(const char *source)
{
    char *text = NULL;
    size_t bytes;
    bool in_block = false;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    for (const char *line = source; *line;) {
        size_t n = strcspn(line, "\n");
        in_block = put_line(out, line, n, in_block);
        line += n;
        if (*line == '\n')
            fputc(*line++, out);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

const char *net_program_text(const struct net_program *program)
{
    static char *kept[PROGRAMS_MOST];
    size_t i = (size_t)(program - net_programs);
    if (!net_messages_are_translated() || i >= PROGRAMS_MOST)
        return program->source;
    if (!kept[i])
        kept[i] = translate(program->source);
    return kept[i] ? kept[i] : program->source;
}
