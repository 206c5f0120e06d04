// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lab_append(char *out, size_t out_bytes, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + used, out_bytes - used, format, args);
    va_end(args);
}

const char *lab_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
