// SPDX-License-Identifier: GPL-3.0-or-later
// A function that has nothing yet.
#include "headers.h"

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
