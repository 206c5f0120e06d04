// SPDX-License-Identifier: GPL-3.0-or-later
// A function that has a connected socket, or one that is to be.
#include "headers.h"

extern int fd;

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
