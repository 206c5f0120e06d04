// SPDX-License-Identifier: GPL-3.0-or-later
// A function of one of many threads.
#include "headers.h"

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
