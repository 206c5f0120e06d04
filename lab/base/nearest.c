// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/nearest.h"

#include "net/base/message.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NEAREST_BYTES = 40 };

/* Optimal string alignment: insert, leave out, change, swap two neighbours; each costs one. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t n = strnlen(a, NEAREST_BYTES), m = strnlen(b, NEAREST_BYTES);
    unsigned cost[NEAREST_BYTES + 1][NEAREST_BYTES + 1];
    for (size_t i = 0; i <= n; i++)
        cost[i][0] = (unsigned)i;
    for (size_t j = 0; j <= m; j++)
        cost[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            unsigned best = cost[i - 1][j - 1] + (x != y);
            if (cost[i - 1][j] + 1 < best)
                best = cost[i - 1][j] + 1;
            if (cost[i][j - 1] + 1 < best)
                best = cost[i][j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]) &&
                cost[i - 2][j - 2] + 1 < best)
                best = cost[i - 2][j - 2] + 1;
            cost[i][j] = best;
        }
    }
    return cost[n][m];
}

void lab_nearest_init(struct lab_nearest *nearest, const char *wrong)
{
    *nearest = (struct lab_nearest){.wrong = wrong, .distance = UINT_MAX};
}

void lab_nearest_offer(struct lab_nearest *nearest, const char *right)
{
    size_t typed = strlen(nearest->wrong);
    unsigned distance = edit_distance(nearest->wrong, right);
    /* The beginning of a word, or a word with something behind it, is near whatever the length. */
    size_t n = strlen(right);
    if (typed >= 3 && n >= 3 && strncasecmp(nearest->wrong, right, typed < n ? typed : n) == 0)
        distance = 1;
    unsigned bound = typed < 5 ? 1 : (unsigned)(typed + 1) / 3;
    if (distance > bound || distance >= nearest->distance)
        return;
    nearest->distance = distance;
    snprintf(nearest->best, sizeof nearest->best, "%s", right);
}

const char *lab_nearest_hint(struct lab_nearest *nearest)
{
    if (nearest->distance == UINT_MAX)
        nearest->hint[0] = '\0';
    else
        snprintf(nearest->hint, sizeof nearest->hint, _("; did you mean `%s`?"), nearest->best);
    return nearest->hint;
}
