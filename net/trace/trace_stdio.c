// SPDX-License-Identifier: GPL-3.0-or-later
// What a program prints and reads: stdout and stderr become events, stdin is at its end, other files are as they are.
/*
 * Left out: stdin with something in it; scanf() from it (its result is EOF); wide characters.
 */
#include "net/trace/span.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int screen_of(FILE *file)
{
    return file == stdout ? STDOUT_FILENO : file == stderr ? STDERR_FILENO : -1;
}

static size_t put(FILE *file, int line, const char *text, size_t bytes)
{
    struct net_task *t = net_self;
    int fd = screen_of(file);
    net_unsafe_begin(t);
    size_t n = bytes;
    if (fd >= 0)
        net_output(t, fd, line, text, bytes);
    else
        n = fwrite(text, 1, bytes, file);
    net_unsafe_end(t);
    return n;
}

/* ---- formatted --------------------------------------------------------------------------------------------------- */

static int __attribute__((format(printf, 4, 0)))
print_long(FILE *file, int line, size_t bytes, const char *format, va_list list)
{
    char *text = malloc(bytes + 1);
    if (!text)
        return -1;
    vsnprintf(text, bytes + 1, format, list);
    put(file, line, text, bytes);
    free(text);
    return (int)bytes;
}

int net_vfprintf(int line, FILE *file, const char *format, va_list list)
{
    struct net_task *t = net_self;
    char text[1024];
    va_list again;
    int saved = errno;
    net_unsafe_begin(t);
    errno = saved; /* %m */
    va_copy(again, list);
    int n = vsnprintf(text, sizeof text, format, list);
    if (n >= (int)sizeof text)
        n = print_long(file, line, (size_t)n, format, again);
    else if (n > 0)
        put(file, line, text, (size_t)n);
    va_end(again);
    errno = saved;
    net_unsafe_end(t);
    return n;
}

int net_vprintf(int line, const char *format, va_list list)
{
    return net_vfprintf(line, stdout, format, list);
}

int net_printf(int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = net_vfprintf(line, stdout, format, list);
    va_end(list);
    return n;
}

int net_fprintf(int line, FILE *file, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = net_vfprintf(line, file, format, list);
    va_end(list);
    return n;
}

int net_dprintf(int line, int fd, const char *format, ...)
{
    struct net_task *t = net_self;
    char text[1024];
    va_list list;
    net_unsafe_begin(t);
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    net_unsafe_end(t);
    if (n <= 0)
        return n;
    return (int)net_write(line, fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* ---- as it is ---------------------------------------------------------------------------------------------------- */

int net_puts(int line, const char *text)
{
    put(stdout, line, text, strlen(text));
    return put(stdout, line, "\n", 1) == 1 ? 1 : EOF;
}

int net_fputs(int line, const char *text, FILE *file)
{
    size_t n = strlen(text);
    return put(file, line, text, n) == n ? 1 : EOF;
}

int net_fputc(int line, int c, FILE *file)
{
    char one = (char)c;
    return put(file, line, &one, 1) == 1 ? (unsigned char)one : EOF;
}

int net_putchar(int line, int c)
{
    return net_fputc(line, c, stdout);
}

size_t net_fwrite(int line, const void *bytes, size_t size, size_t count, FILE *file)
{
    return size ? put(file, line, bytes, size * count) / size : 0;
}

void net_perror(int line, const char *text)
{
    int saved = errno;
    const char *meaning = net_strerror(saved);
    if (text && *text)
        net_fprintf(line, stderr, "%s: %s\n", text, meaning);
    else
        net_fprintf(line, stderr, "%s\n", meaning);
    errno = saved;
}

int net_fflush(int line, FILE *file)
{
    struct net_task *t = net_self;
    int r = 0;
    (void)line;
    net_unsafe_begin(t);
    if (!file || file == stdout)
        net_output_flush(t);
    else if (file != stderr)
        r = fflush(file);
    net_unsafe_end(t);
    return r;
}

/* The program's own buffering of stdout would be the lab's. */
int net_setvbuf(int line, FILE *file, char *buffer, int mode, size_t bytes)
{
    (void)line;
    return screen_of(file) >= 0 || file == stdin ? 0 : setvbuf(file, buffer, mode, bytes);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

char *net_fgets(int line, char *text, int room, FILE *file)
{
    struct net_task *t = net_self;
    (void)line;
    if (file == stdin)
        return NULL;
    net_unsafe_begin(t);
    char *got = fgets(text, room, file);
    net_unsafe_end(t);
    return got;
}

ssize_t net_getline(int line, char **text, size_t *room, FILE *file)
{
    struct net_task *t = net_self;
    (void)line;
    if (file == stdin)
        return -1;
    net_unsafe_begin(t);
    ssize_t n = getline(text, room, file);
    net_unsafe_end(t);
    return n;
}

int net_fgetc(int line, FILE *file)
{
    struct net_task *t = net_self;
    (void)line;
    if (file == stdin)
        return EOF;
    net_unsafe_begin(t);
    int c = fgetc(file);
    net_unsafe_end(t);
    return c;
}

size_t net_fread(int line, void *bytes, size_t size, size_t count, FILE *file)
{
    struct net_task *t = net_self;
    (void)line;
    if (file == stdin)
        return 0;
    net_unsafe_begin(t);
    size_t n = fread(bytes, size, count, file);
    net_unsafe_end(t);
    return n;
}

int net_feof(FILE *file)
{
    return file == stdin ? 1 : feof(file);
}
