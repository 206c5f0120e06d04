// SPDX-License-Identifier: GPL-3.0-or-later
// Many clients at once at a server inside the lab, with the screen live: does it stay quick, and lose nothing?
/*
 *   crowd_bench LAB DIRECTORY CLIENTS SERVER... LAB is build/.../bench/tcplab (timed_frames.c); SERVER may be of
 *                                               several words: "fork as thread"
 *
 * The lab runs on a terminal of its own (a pty) and is typed at, as by a learner. While the clients come and are
 * answered, characters are typed at the prompt that stand nowhere else on the screen, each one once: from the write of
 * its bytes until they are read back is key to screen. Frames are timed inside (timed_frames.c). When the last client
 * is answered, the run is saved, and the events in the file are counted: of each call both ends. Then `clear`, and what
 * the lab's processes hold is compared with what they held before: memory too, but for the pages of code that a first
 * use reads in. (The journal stays, it is what `save` saves: in a file.)
 *
 * All rows of one server come from one run; nothing is repeated until it looks well.
 */
#include "tests/bench/timed_frames.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    QUIET_MS = 150,
    SETTLE_MS = 1000,
    APART_MS = 15,
    KEYS_MOST = 4000,
    KEYS_PER_LINE = 25,
    PATIENCE_MS = 240000,
    CODE_MB = 2,
    EVENT_BYTES = 320 /* what happened stays known, to go back to: the journal, and what the heap lost to its order */
};
enum { TASKS_MOST = 32768 /* tasks are told apart by number */ };

struct run {
    const char *lab, *dir, *server;
    long clients;
    struct frames *frames;
    pid_t pid;
    int fd;
    double key_ms[KEYS_MOST];
    int keys;
    uint32_t first_frame, last_frame;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void give_up(const struct run *r, const char *what)
{
    fprintf(stderr, "crowd_bench: %s: %s\n", r->server, what);
    kill(r->pid, SIGTERM);
    exit(1);
}

/* ---- the terminal ------------------------------------------------------------------------------------------------ */

static void open_lab(struct run *r)
{
    const struct winsize size = {.ws_col = 120, .ws_row = 40};
    r->pid = forkpty(&r->fd, NULL, NULL, &size);
    if (r->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        execl(r->lab, r->lab, "free", (char *)NULL);
        _exit(127);
    }
}

/* What is written within so many milliseconds; whether `wanted` was among it, at once when it was. */
static bool read_for(const struct run *r, double ms, const char *wanted)
{
    static char buffer[1 << 16];
    size_t kept = 0, bytes = wanted ? strlen(wanted) : 0;
    double end = now_ms() + ms;
    for (double left = ms; left > 0; left = end - now_ms()) {
        struct pollfd p = {.fd = r->fd, .events = POLLIN};
        if (poll(&p, 1, (int)left + 1) <= 0)
            continue;
        ssize_t n = read(r->fd, buffer + kept, sizeof buffer - kept);
        if (n <= 0)
            give_up(r, "the lab has ended");
        if (wanted && memmem(buffer, kept + (size_t)n, wanted, bytes))
            return true;
        /* What was sought may be cut in two. */
        kept += (size_t)n;
        size_t keep = bytes && kept >= bytes ? bytes - 1 : bytes ? kept : 0;
        memmove(buffer, buffer + kept - keep, keep);
        kept = keep;
    }
    return false;
}

static void settle(const struct run *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    for (double begin = now_ms(); poll(&p, 1, QUIET_MS) > 0 && now_ms() - begin < SETTLE_MS;)
        read_for(r, 1, NULL);
}

static void until_open(const struct run *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    if (poll(&p, 1, 5000) <= 0)
        give_up(r, "the lab shows nothing");
    settle(r);
}

static void type(const struct run *r, const char *text)
{
    if (write(r->fd, text, strlen(text)) < 0)
        give_up(r, "the lab has ended");
}

static void command(const struct run *r, const char *text)
{
    type(r, ":");
    type(r, text);
    type(r, "\r");
}

static void until_echo(const struct run *r, uint32_t echoes)
{
    for (double end = now_ms() + PATIENCE_MS; atomic_load(&r->frames->echoes) < echoes;) {
        read_for(r, 20, NULL);
        if (now_ms() > end)
            give_up(r, "it takes too long");
    }
    settle(r);
}

/* ---- what the lab holds ------------------------------------------------------------------------------------------ */

struct held {
    int descriptors, threads, processes;
    double rss_mb; /* of the lab's own process; of its watcher there is nothing to see */
};

static int entries(pid_t pid, const char *what)
{
    char path[128];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    if (dir)
        closedir(dir);
    return count;
}

static bool shares_table(int tid, int other)
{
    enum { KCMP_FILES = 2 };
    return syscall(SYS_kcmp, tid, other, KCMP_FILES, 0, 0) == 0;
}

/* Threads of the lab have descriptor tables of their own, and share them with the threads that they made. */
static int descriptors_of(pid_t pid)
{
    enum { TABLES_MOST = 64 };
    int seen[TABLES_MOST], tables = 0, count = 0;
    char path[64], fds[96];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) && tables < TABLES_MOST;) {
        int tid = atoi(entry->d_name), i = 0;
        while (i < tables && !shares_table(tid, seen[i]))
            i++;
        if (tid == 0 || i < tables)
            continue;
        seen[tables++] = tid;
        snprintf(fds, sizeof fds, "task/%d/fd", tid);
        count += entries(pid, fds);
    }
    if (dir)
        closedir(dir);
    return count;
}

static double rss_mb_of(pid_t pid)
{
    char path[64], line[128];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return (double)kb / 1000;
}

static void add_tree(pid_t pid, struct held *held)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    held->descriptors += descriptors_of(pid);
    held->threads += entries(pid, "task");
    held->processes++;
    double rss_mb = rss_mb_of(pid);
    held->rss_mb = rss_mb > held->rss_mb ? rss_mb : held->rss_mb;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char children[64 + sizeof entry->d_name + 16];
        int child;
        snprintf(children, sizeof children, "%s/%s/children", path, entry->d_name);
        FILE *file = isdigit((unsigned char)entry->d_name[0]) ? fopen(children, "r") : NULL;
        while (file && fscanf(file, "%d", &child) == 1)
            add_tree(child, held);
        if (file)
            fclose(file);
    }
    if (dir)
        closedir(dir);
}

static struct held look(const struct run *r)
{
    struct held held = {0};
    add_tree(r->pid, &held);
    return held;
}

/* ---- a key's way to the screen ----------------------------------------------------------------------------------- */

/* The n-th Hangul syllable as UTF-8: no word of the lab is written in them. */
static void unique(int n, char out[4])
{
    int code = 0xac00 + n;
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 63));
    out[2] = (char)(0x80 | (code & 63));
    out[3] = '\0';
}

static void type_until_echo(struct run *r, uint32_t echoes)
{
    type(r, ":");
    read_for(r, 2 * APART_MS, NULL);
    for (double end = now_ms() + PATIENCE_MS; atomic_load(&r->frames->echoes) < echoes && r->keys < KEYS_MOST;) {
        char text[4];
        unique(r->keys, text);
        double begin = now_ms();
        if (begin > end)
            give_up(r, "the crowd takes too long");
        type(r, text);
        if (!read_for(r, 10000, text))
            give_up(r, "a key was not shown within 10 s");
        r->key_ms[r->keys++] = now_ms() - begin;
        read_for(r, APART_MS, NULL);
        if (r->keys % KEYS_PER_LINE == 0) {
            type(r, "\025"); /* Ctrl-U: an empty line again */
            read_for(r, APART_MS, NULL);
        }
    }
    type(r, "\003"); /* Ctrl-C leaves the prompt */
    settle(r);
}

/* ---- the events in the journal ----------------------------------------------------------------------------------- */

struct tally {
    long connected, sent, answered, accepted, events, half; /* half: entered or returned alone, of a task that is not in
                                                               that call now */
    int open[TASKS_MOST];                                   /* calls entered less returned, by task */
};

static long number_after(const char *line, const char *key)
{
    const char *found = strstr(line, key);
    return found ? strtol(found + strlen(key), NULL, 10) : -1;
}

static bool is_call(const char *line, const char *name)
{
    char text[40];
    snprintf(text, sizeof text, "\"call\":\"%s\"", name);
    return strstr(line, text) != NULL;
}

static void count_line(struct tally *t, const char *line)
{
    bool enters = strstr(line, "\"kind\":\"call_enter\""), returns = strstr(line, "\"kind\":\"call_return\"");
    long task = number_after(line, "\"task\":"), ret = number_after(line, "\"ret\":");
    t->events++;
    if (task >= 0 && task < TASKS_MOST)
        t->open[task] += enters - returns;
    if (!returns)
        return;
    t->connected += is_call(line, "connect");
    t->accepted += (is_call(line, "accept") || is_call(line, "accept4")) && ret >= 3;
    /* The clients' own send() has its message; a server's answer is counted with what it received. */
    t->sent += is_call(line, "send") && ret > 0;
    t->answered += is_call(line, "recv") && ret > 0;
}

static struct tally *count_saved(const struct run *r, const char *path)
{
    static struct tally t;
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        give_up(r, "no run was saved");
    t = (struct tally){0};
    while (getline(&line, &room, file) > 0) {
        count_line(&t, line);
        if (strstr(line, "\"note\":\"cleared\""))
            t = (struct tally){0}; /* of the crowd alone */
    }
    for (int i = 0; i < TASKS_MOST; i++)
        t.half += t.open[i] != 0 && t.open[i] != 1;
    free(line);
    fclose(file);
    return &t;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row_times(const struct run *r, const char *what, double *ms, size_t n, const char *goal)
{
    qsort(ms, n, sizeof *ms, by_value);
    size_t over = 0;
    double limit = strtod(goal, NULL);
    while (over < n && ms[n - 1 - over] > limit)
        over++;
    if (n)
        printf("| %s, %ld clients at %s | %.1f ms | 99 of 100 within %.1f, worst %.1f; %zu of %zu over | under %s |\n",
               what, r->clients, r->server, ms[n / 2], ms[n * 99 / 100], ms[n - 1], over, n, goal);
}

static void rows_of_times(struct run *r)
{
    static double frame_ms[FRAMES_MOST];
    size_t n = 0;
    for (uint32_t i = r->first_frame; i != r->last_frame && n < FRAMES_MOST; i++)
        frame_ms[n++] = r->frames->us[i % FRAMES_MOST] / 1e3;
    row_times(r, "a frame", frame_ms, n, "16 ms");
    row_times(r, "key to screen", r->key_ms, (size_t)r->keys, "50 ms");
}

static void row_of_events(const struct run *r, const struct tally *t)
{
    long lost = 4 * r->clients - t->connected - t->accepted + t->half;
    lost -= t->sent < 2 * r->clients ? t->sent : 2 * r->clients;
    long lost_answers = 2 * r->clients - t->answered;
    printf("| events lost, %ld clients at %s | %ld | of %ld: %ld connected, %ld accepted, %ld times sent, %ld received "
           "| 0 "
           "|\n",
           r->clients, r->server, lost + (lost_answers > 0 ? lost_answers : 0), t->events, t->connected, t->accepted,
           t->sent, t->answered);
}

static void row_of_held(const struct run *r, const struct held *before, const struct held *most,
                        const struct held *after, long events)
{
    double kept_mb = CODE_MB + (double)events * EVENT_BYTES / 1e6;
    bool same = before->descriptors == after->descriptors && before->threads == after->threads &&
                before->processes == after->processes && after->rss_mb < before->rss_mb + kept_mb;
    printf(
        "| held after a crowd at %s and `clear` | %s | descriptors %d, %d, %d; threads %d, %d, %d; processes %d, %d, "
        "%d; memory %.1f, %.1f, %.1f MB: before, at most, after, for %ld events | as before, and the journal |\n",
        r->server, same ? "as before" : "MORE", before->descriptors, most->descriptors, after->descriptors,
        before->threads, most->threads, after->threads, before->processes, most->processes, after->processes,
        before->rss_mb, most->rss_mb, after->rss_mb, events);
}

static void measure(struct run *r)
{
    char text[300], saved[200];
    bool loops = strncmp(r->server, "fork", 4) == 0 || strncmp(r->server, "pthread", 7) == 0;
    snprintf(saved, sizeof saved, "%s/crowd.tcplab", r->dir);
    open_lab(r);
    until_open(r);
    /* What a first use costs is not what a crowd costs. */
    command(r, "server single ; client hello ; wait quiet ; clear ; echo begun");
    until_echo(r, 1);
    struct held before = look(r);
    snprintf(text, sizeof text, "server %s backlog=%ld%s", r->server, r->clients, loops ? " repeat=yes" : "");
    command(r, text);
    settle(r);
    r->first_frame = atomic_load(&r->frames->count);
    snprintf(text, sizeof text,
             "clients %ld hold=ever patience=1000 ; wait within 230s clients recv #%ld returns ; echo all", r->clients,
             r->clients);
    command(r, text);
    type_until_echo(r, 2);
    r->last_frame = atomic_load(&r->frames->count);
    struct held most = look(r);
    snprintf(text, sizeof text, "save %s ; echo saved", saved);
    command(r, text);
    until_echo(r, 3);
    type(r, "\033"); /* two lines of answer stand in a box */
    settle(r);
    command(r, "clear ; echo cleared");
    until_echo(r, 4);
    struct held after = look(r);
    rows_of_times(r);
    const struct tally *tally = count_saved(r, saved);
    row_of_events(r, tally);
    row_of_held(r, &before, &most, &after, tally->events);
    fflush(stdout);
    type(r, "q");
    for (int tries = 0; waitpid(r->pid, NULL, WNOHANG) == 0 && tries < 500; tries++) {
        struct pollfd p = {.fd = r->fd, .events = POLLIN};
        if (poll(&p, 1, 20) > 0 && read(r->fd, text, sizeof text) < 0)
            poll(NULL, 0, 20);
    }
    kill(r->pid, SIGTERM);
    close(r->fd);
    unlink(saved);
}

static struct frames *share(const char *dir)
{
    char path[200];
    snprintf(path, sizeof path, "%s/frames", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct frames)) < 0)
        return NULL;
    void *map = mmap(NULL, sizeof(struct frames), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    setenv("TCPLAB_FRAMES", path, 1);
    return map == MAP_FAILED ? NULL : map;
}

int main(int argc, char **argv)
{
    static struct run run;
    long clients = argc > 4 ? atol(argv[3]) : 0;
    if (clients < 1) {
        fprintf(stderr, "usage: crowd_bench LAB DIRECTORY CLIENTS SERVER...\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        run = (struct run){.lab = argv[1], .dir = argv[2], .clients = clients, .server = argv[i]};
        run.frames = share(argv[2]);
        if (!run.frames) {
            perror("crowd_bench");
            return 1;
        }
        measure(&run);
        munmap(run.frames, sizeof *run.frames);
    }
    return 0;
}
