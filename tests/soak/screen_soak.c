// SPDX-License-Identifier: GPL-3.0-or-later
// Random sessions at a real terminal: keys, mouse, bytes that mean nothing, commands, sizes, stops. The lab lives,
// answers, has nothing to do once it is told to clear up, and ends cleanly.
#include "tests/fixtures/random_line.h"
#include "tests/soak/soak.h"

#include <signal.h>
#include <sys/wait.h>

enum {
    INPUTS = 80,
    OPENS_MS = 60000,
    ANSWERS_MS = 15000,
    IDLE_MS = 60000,
    TRIES = 3,
    ESCAPE_MS = 100,
    ENDS_MS = 30000,
    PROCESSES_MOST = 512
};

static uint32_t below(void *user, uint32_t n)
{
    return soak_random(user, n);
}

static const struct {
    int columns, rows;
} sizes[] = {{80, 24}, {100, 30}, {120, 40}, {1, 1}, {2, 50}, {500, 200}, {30, 5}, {79, 23}};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void type_key(struct soak *s, struct terminal *t)
{
    static const char *const keys[] = {"\033[A",   "\033[B",  "\033[C",  "\033[D",  "\033OA",  "\033OD", "\033[H",
                                       "\033[F",   "\033[5~", "\033[6~", "\033[2~", "\033[3~", "\033OP", "\033[15~",
                                       "\033[24~", "\033[Z",  "\r",      "\t",      "\033",    " ",      "\177",
                                       "\f",       "?",       "/",       ":",       "\022",    "\025",   "\027"};
    /* Not q: most sessions shall last. Not ^Z: a session without a shell cannot go on from it. */
    char letter = (char)('!' + soak_random(s, '~' - '!'));
    if (soak_random(s, 2) == 0)
        terminal_type_text(t, keys[soak_random(s, COUNT(keys))]);
    else if (letter != 'q')
        terminal_type(t, &letter, 1);
}

/* Reports as xterm has them, old and new, whole and cut off. */
static void type_mouse(struct soak *s, struct terminal *t)
{
    static const unsigned buttons[] = {0, 1, 2, 3, 4, 16, 32, 35, 64, 65, 66, 67, 80, 128, 999};
    char bytes[64];
    int length;
    unsigned button = buttons[soak_random(s, COUNT(buttons))], x = soak_random(s, 130), y = soak_random(s, 50);
    if (soak_random(s, 5) == 0)
        length = snprintf(bytes, sizeof bytes, "\033[M%c%c%c", ' ' + (int)(button & 0x5F), '!' + (int)(x % 90),
                          '!' + (int)(y % 90));
    else
        length = snprintf(bytes, sizeof bytes, "\033[<%u;%u;%u%c", button, x, y, soak_random(s, 2) ? 'M' : 'm');
    if (soak_random(s, 4) == 0)
        length = 1 + (int)soak_random(s, (uint32_t)length);
    terminal_type(t, bytes, (size_t)length);
}

static void type_bytes(struct soak *s, struct terminal *t)
{
    unsigned char bytes[24];
    size_t count = 1 + soak_random(s, sizeof bytes);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (unsigned char)soak_random(s, 256);
        if (bytes[i] == 'q' || bytes[i] == 0x1A || bytes[i] == 0x1C || bytes[i] == 3)
            bytes[i] = 0xFF;
    }
    terminal_type(t, bytes, count);
}

static void stop_and_go(struct soak *s, struct terminal *t)
{
    pid_t pids[PROCESSES_MOST];
    size_t count = marked_processes(s->home, s->program, pids, PROCESSES_MOST);
    for (size_t i = 0; i < count && i < PROCESSES_MOST; i++)
        kill(pids[i], SIGSTOP);
    terminal_listen(t, (int)soak_random(s, 200));
    for (size_t i = 0; i < count && i < PROCESSES_MOST; i++)
        kill(pids[i], SIGCONT);
}

static void one_input(struct soak *s, struct terminal *t)
{
    char line[400];
    const uint32_t kind = soak_random(s, 100);
    if (kind < 30) {
        random_line(below, s, line, sizeof line);
        terminal_type_text(t, ":");
        terminal_type_text(t, line);
        terminal_type_text(t, "\r");
    } else if (kind < 65) {
        type_key(s, t);
    } else if (kind < 82) {
        type_mouse(s, t);
    } else if (kind < 90) {
        type_bytes(s, t);
    } else if (kind < 97) {
        size_t size = soak_random(s, COUNT(sizes));
        terminal_size(t, sizes[size].columns, sizes[size].rows);
    } else {
        stop_and_go(s, t);
    }
    terminal_listen(t, (int)soak_random(s, 40));
}

/* Processor time of all that carries the mark, in ticks of the clock. */
static unsigned long used(const struct soak *s)
{
    pid_t pids[PROCESSES_MOST];
    unsigned long sum = 0;
    size_t count = marked_processes(s->home, NULL, pids, PROCESSES_MOST);
    for (size_t i = 0; i < count && i < PROCESSES_MOST; i++) {
        char path[64], line[600] = "";
        unsigned long user, system;
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pids[i]);
        FILE *in = fopen(path, "re");
        const char *at = in && fgets(line, sizeof line, in) ? strrchr(line, ')') : NULL;
        if (at && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
            sum += user + system;
        if (in)
            fclose(in);
    }
    return sum;
}

static bool is_idle(struct soak *s, struct terminal *t, int ms)
{
    const unsigned long per_second = (unsigned long)sysconf(_SC_CLK_TCK);
    for (double end = now_s() + ms / 1e3; now_s() < end && !t->ended;) {
        unsigned long before = used(s);
        double began = now_s();
        terminal_listen(t, 500);
        unsigned long ticks = used(s) - before;
        if ((double)ticks < 0.1 * (now_s() - began) * (double)per_second)
            return true;
    }
    return t->ended;
}

/* An Escape that is read together with what follows it is another key: then it is all typed once more. */
static bool is_idle_once_cleared(struct soak *s, struct terminal *t)
{
    for (int tries = 0; tries < TRIES; tries++) {
        for (int i = 0; i < 2; i++) {
            terminal_type_text(t, "\033");
            terminal_listen(t, ESCAPE_MS);
        }
        terminal_type_text(t, ":clear\r");
        if (is_idle(s, t, IDLE_MS / TRIES))
            return true;
    }
    return t->ended;
}

static void look(struct soak *s, struct terminal *t)
{
    if (!t->ended) {
        terminal_listen(t, 0);
        size_t from = t->said_bytes;
        terminal_size(t, 81, 25); /* none of those above */
        if (!terminal_said(t, "\033", from, ANSWERS_MS) && !t->ended)
            soak_found(s, "it draws nothing for %d s", ANSWERS_MS / 1000);
        if (!is_idle_once_cleared(s, t))
            soak_found(s, "it is busy %d s after the last key", IDLE_MS / 1000);
        if (!t->ended)
            kill(t->program, SIGTERM);
    }
    if (!terminal_ended(t, ENDS_MS))
        soak_found(s, "no end within %d s", ENDS_MS / 1000);
    else if (WIFSIGNALED(t->status) && WTERMSIG(t->status) != SIGTERM)
        soak_found(s, "it ended by signal %d, and said in the end: %.600s", WTERMSIG(t->status),
                   t->said_bytes > 600 ? t->said + t->said_bytes - 600 : t->said);
    if (soak_has_sanitizer(t->said))
        soak_found(s, "%.4000s", strstr(t->said, "ERROR: ") ? strstr(t->said, "ERROR: ") : t->said);
    if (!none_marked(s->home, NULL, ENDS_MS))
        soak_found(s, "%zu processes are left", marked_processes(s->home, NULL, NULL, 0));
    const char *left = terminal_left(t);
    if (left)
        soak_found(s, "the terminal is left with %s", left);
}

static void one(struct soak *s)
{
    static const char *const places[] = {"free", "free", "free", "3.1", "3.1:1", NULL};
    const char *place = places[soak_random(s, COUNT(places))];
    size_t size = soak_random(s, COUNT(sizes));
    char *argv[] = {s->program, (char *)place, NULL};
    struct terminal t;
    terminal_open(&t, s->home, argv, sizes[size].columns, sizes[size].rows);
    if (!terminal_said(&t, "\033[?1049h", 0, OPENS_MS))
        soak_found(s, "it did not open: %.300s", t.said ? t.said : "");
    terminal_listen(&t, 200);
    for (int i = 0; i < INPUTS && !t.ended; i++)
        one_input(s, &t);
    look(s, &t);
    if (getenv("SAYS_ALL"))
        printf("done screen, seed %llu: status %#x, %zu bytes\n",
               (unsigned long long)s->seed + (unsigned long long)s->runs - 1, (unsigned)t.status, t.said_bytes);
    terminal_close(&t);
    kill_marked(s->home, NULL);
}

int main(int argc, char **argv)
{
    struct soak s = {0};
    (void)argc;
    soak_begin(&s, "screen", argv);
    while (soak_next(&s))
        one(&s);
    return soak_end(&s);
}
