// SPDX-License-Identifier: GPL-3.0-or-later
// The loop of a server with a process for each client: accept() has returned.
#include "headers.h"

extern int listener, client;
void serve(int);

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
