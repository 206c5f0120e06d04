// SPDX-License-Identifier: GPL-3.0-or-later
// The word that was probably meant.
#ifndef LAB_BASE_NEAREST_H
#define LAB_BASE_NEAREST_H

/*
 * The word nearest to a wrong one, by the number of letters to change, insert, leave out or swap, without regard to
 * case. Offer every word that would be right; lab_nearest_hint() is then "; did you mean `connect`?", or "" when none
 * is near.
 */
struct lab_nearest {
    const char *wrong;
    char best[64];
    unsigned distance;
    char hint[96];
};
void lab_nearest_init(struct lab_nearest *, const char *wrong);
void lab_nearest_offer(struct lab_nearest *, const char *right);
const char *lab_nearest_hint(struct lab_nearest *);

#endif
