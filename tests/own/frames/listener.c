// SPDX-License-Identifier: GPL-3.0-or-later
// A function that has a socket which is to listen, or listens.
#include "headers.h"

extern int listener;

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
