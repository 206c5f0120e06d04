// SPDX-License-Identifier: GPL-3.0-or-later
// What the programs of the soak share. Each is called
//
//   NAME_soak SEED SECONDS RUNS     environment: TCPLAB, the program; SAYS_ALL: a line for what was well, too;
//                                   KEEPS_HOMES: do not remove what a run leaves, such as a core
//
// does at most RUNS runs (0: as many as there is time for) within about SECONDS, prints a line `not ok ...` for each
// finding, and in the end "NAME: R runs, F findings". The same seed does the same runs. Exit status 1: findings.
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include "tests/fixtures/terminal.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct soak {
    const char *name;
    char program[4096]; /* the lab, as a whole path */
    char home[200];     /* the folder of this run: empty when it begins */
    uint64_t seed, state;
    double end_s;
    long runs, most, findings;
};

static inline uint32_t soak_random(struct soak *s, uint32_t below)
{
    s->state = s->state * 6364136223846793005u + 1442695040888963407u;
    return below ? (uint32_t)((s->state >> 33) % below) : 0;
}

static inline void soak_begin(struct soak *s, const char *name, char **argv)
{
    const char *program = getenv("TCPLAB");
    if (!argv[1] || !argv[2] || !argv[3] || !program || !realpath(program, s->program)) {
        fprintf(stderr, "TCPLAB=PROGRAM %s SEED SECONDS RUNS\n", argv[0]);
        exit(2);
    }
    s->name = name;
    s->seed = strtoull(argv[1], NULL, 10);
    s->end_s = now_s() + strtod(argv[2], NULL);
    s->most = strtol(argv[3], NULL, 10);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

static inline int soak_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

/* False when it is enough. Each run begins with a state of its own, so that run N can be done again alone. */
static inline bool soak_next(struct soak *s)
{
    const char *folder = getenv("TMPDIR");
    if (*s->home && !getenv("KEEPS_HOMES"))
        nftw(s->home, soak_remove, 16, FTW_DEPTH | FTW_PHYS);
    if ((s->most && s->runs >= s->most) || now_s() >= s->end_s)
        return false;
    s->state = (s->seed + (uint64_t)s->runs++) * 0x9E3779B97F4A7C15u + 1;
    soak_random(s, 1);
    snprintf(s->home, sizeof s->home, "%.150s/tcplab-soak.XXXXXX", folder ? folder : "/tmp");
    if (!mkdtemp(s->home)) {
        perror(s->home);
        exit(3);
    }
    return true;
}

static inline void soak_found(struct soak *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void soak_found(struct soak *s, const char *format, ...)
{
    va_list args;
    s->findings++;
    printf("not ok %s, seed %llu: ", s->name, (unsigned long long)s->seed + (unsigned long long)s->runs - 1);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* What a sanitizer would have said. */
static inline bool soak_has_sanitizer(const char *text)
{
    return text && (strstr(text, "Sanitizer") || strstr(text, "runtime error:"));
}

static inline int soak_end(struct soak *s)
{
    printf("%s: %ld runs, %ld findings\n", s->name, s->runs, s->findings);
    return s->findings > 0;
}

#endif
