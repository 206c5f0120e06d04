// SPDX-License-Identifier: GPL-3.0-or-later
// A function that is to send a text.
#include "headers.h"

extern int fd;

int frame(const char *text, size_t bytes);
int frame(const char *text, size_t bytes)
{
#include "fragment.h"
    return 0;
}
