// SPDX-License-Identifier: GPL-3.0-or-later
// libc's functions that print: what goes to the lab's screen is told in its place among the calls, line by line as on a
// terminal; what goes elsewhere is libc's affair.
/*
 * Left out: wide characters and the _unlocked functions; what they print comes out of the pipe that 1 and 2 are.
 */
#include "net/preload/preload.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int screen_of(FILE *file)
{
    return file == stdout ? STDOUT_FILENO : file == stderr ? STDERR_FILENO : -1;
}

/* The task that prints to the lab's screen by this file; NULL: libc prints. */
static struct net_task *enter_screen(FILE *file, void *caller)
{
    int fd = screen_of(file);
    struct net_task *t = fd < 0 ? NULL : net_preload_enter(caller);
    return t && net_is_screen(t, fd) ? t : NULL;
}

static int __attribute__((format(printf, 3, 0))) print(FILE *file, void *caller, const char *format, va_list list)
{
    return enter_screen(file, caller) ? net_vfprintf(0, file, format, list) : REAL(vfprintf)(file, format, list);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the program's */

/* ---- formatted ----------------------------------------------------------------------------------------------------
 */

#define PRINTF(file, format)                                                                                           \
    va_list list;                                                                                                      \
    va_start(list, format);                                                                                            \
    int n = print(file, CALLER, format, list);                                                                         \
    va_end(list);                                                                                                      \
    return n

EXPORT int printf(const char *format, ...)
{
    PRINTF(stdout, format);
}

EXPORT int fprintf(FILE *file, const char *format, ...)
{
    PRINTF(file, format);
}

EXPORT int vprintf(const char *format, va_list list)
{
    return print(stdout, CALLER, format, list);
}

EXPORT int vfprintf(FILE *file, const char *format, va_list list)
{
    return print(file, CALLER, format, list);
}

/* With _FORTIFY_SOURCE; the flag asks for checks that net_vfprintf() makes as it is compiled. */
EXPORT int __printf_chk(int flag, const char *format, ...) __attribute__((format(printf, 2, 3)));
EXPORT int __printf_chk(int flag, const char *format, ...)
{
    (void)flag;
    PRINTF(stdout, format);
}

EXPORT int __fprintf_chk(FILE *file, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));
EXPORT int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
    (void)flag;
    PRINTF(file, format);
}

EXPORT int __vprintf_chk(int flag, const char *format, va_list list) __attribute__((format(printf, 2, 0)));
EXPORT int __vprintf_chk(int flag, const char *format, va_list list)
{
    (void)flag;
    return print(stdout, CALLER, format, list);
}

EXPORT int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list) __attribute__((format(printf, 3, 0)));
EXPORT int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list)
{
    (void)flag;
    return print(file, CALLER, format, list);
}

/* ---- as it is ------------------------------------------------------------------------------------------------------
 */

EXPORT int puts(const char *text)
{
    return enter_screen(stdout, CALLER) ? net_puts(0, text) : REAL(puts)(text);
}

EXPORT int fputs(const char *text, FILE *file)
{
    return enter_screen(file, CALLER) ? net_fputs(0, text, file) : REAL(fputs)(text, file);
}

EXPORT int fputc(int c, FILE *file)
{
    return enter_screen(file, CALLER) ? net_fputc(0, c, file) : REAL(fputc)(c, file);
}

#undef putc
EXPORT int putc(int c, FILE *file)
{
    return enter_screen(file, CALLER) ? net_fputc(0, c, file) : REAL(putc)(c, file);
}

#undef putchar
EXPORT int putchar(int c)
{
    return enter_screen(stdout, CALLER) ? net_putchar(0, c) : REAL(putchar)(c);
}

EXPORT size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file)
{
    return enter_screen(file, CALLER) ? net_fwrite(0, bytes, size, count, file)
                                      : REAL(fwrite)(bytes, size, count, file);
}

EXPORT void perror(const char *text)
{
    if (enter_screen(stderr, CALLER))
        net_perror(0, text);
    else
        REAL(perror)(text);
}

EXPORT int fflush(FILE *file)
{
    struct net_task *t = net_self;
    if ((!file || file == stdout) && t && !t->unsafe && !t->in_call)
        net_output_flush(t);
    return REAL(fflush)(file);
}
