// SPDX-License-Identifier: GPL-3.0-or-later
// A thread of a pool, which shares a queue with the others.
#include "headers.h"

extern pthread_mutex_t lock;
extern pthread_cond_t not_empty, not_full;
extern int queue[], waiting;
void serve(int);

int frame(void);
int frame(void)
{
#include "fragment.h"
    return 0;
}
