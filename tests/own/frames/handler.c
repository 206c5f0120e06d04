// SPDX-License-Identifier: GPL-3.0-or-later
// A function whose program has a handler.
#include "headers.h"

void reap(int);

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
