// SPDX-License-Identifier: GPL-3.0-or-later
// A function whose program has one for a thread.
#include "headers.h"

extern void *argument;
void *serve(void *);

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
