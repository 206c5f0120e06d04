// SPDX-License-Identifier: GPL-3.0-or-later
// A function that has a listening socket and a connection.
#include "headers.h"

extern int listener, fd;

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
