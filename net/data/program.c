// SPDX-License-Identifier: GPL-3.0-or-later
// Chapter programs by name, and their parameters as their head comments describe them.

#include "net/data/program.h"

#include <stdbool.h>
#include <string.h>

const struct net_program *net_program_find(const char *name)
{
    static const char *const prefixes[] = {"", "tcp_server_", "tcp_"};
    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
        size_t skip = strlen(prefixes[p]);
        for (size_t i = 0; i < net_program_count; i++)
            if (strncmp(net_programs[i].name, prefixes[p], skip) == 0 && strcmp(net_programs[i].name + skip, name) == 0)
                return &net_programs[i];
    }
    return NULL;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

/* First line below " * Parameters:" in the first block comment; NULL when there is none. */
static const char *parameter_lines(const char *source)
{
    static const char heading[] = " * Parameters:\n";
    const char *end = strstr(source, "*/");
    for (const char *line = source; line && line < end; line = next_line(line))
        if (strncmp(line, heading, sizeof heading - 1) == 0)
            return next_line(line);
    return NULL;
}

static void copy_span(char *out, size_t room, const char *from, size_t n)
{
    if (n >= room)
        n = room - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

/*
 * One line " *   name=preset   help". The preset may hold blanks ("Hello from client!"): two of them end it.
 * False at the first line of another form, which ends the list.
 */
static bool parameter_line(const char *line, struct net_parameter *out)
{
    static const char start[] = " *   ";
    if (strncmp(line, start, sizeof start - 1) != 0)
        return false;
    const char *name = line + sizeof start - 1;
    const char *end = strchr(name, '\n');
    size_t length = end ? (size_t)(end - name) : strlen(name);
    const char *equals = memchr(name, '=', length);
    if (!equals || strcspn(name, " ") < (size_t)(equals - name))
        return false;
    const char *preset = equals + 1;
    const char *gap = strstr(preset, "  ");
    if (!gap || gap >= name + length)
        gap = name + length;
    const char *help = gap + strspn(gap, " ");
    copy_span(out->name, sizeof out->name, name, (size_t)(equals - name));
    copy_span(out->preset, sizeof out->preset, preset, (size_t)(gap - preset));
    copy_span(out->help, sizeof out->help, help, (size_t)(name + length - help));
    return true;
}

int net_program_parameter(const struct net_program *program, size_t i, struct net_parameter *out)
{
    const char *line = parameter_lines(program->source);
    struct net_parameter parameter;
    for (; line && parameter_line(line, &parameter); line = next_line(line)) {
        if (i-- > 0)
            continue;
        *out = parameter;
        return 0;
    }
    return -1;
}
