// SPDX-License-Identifier: GPL-3.0-or-later
// A client that has the name of its server.
#include "headers.h"

int frame(const char *name);
int frame(const char *name)
{
#include "fragment.h"
    return fd;
}
