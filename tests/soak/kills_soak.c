// SPDX-License-Identifier: GPL-3.0-or-later
// Every process of a lab, killed by every signal that ends one, at every kind of moment; and its terminal closed. After
// each: no process, no mounted namespace, the terminal as it was, no file but what was asked for.
/*
 * The matrix is moments x victims x ways. Its rows are done in an order that the seed shuffles; a row whose victim is
 * not there at its moment (no actor before one is started) is none. What the lab may survive (the end of an actor;
 * SIGQUIT and SIGINT, which its keys mean) it must survive able to end: then it is told to, by SIGTERM.
 */
#include "tests/soak/soak.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

enum { WIDTH = 100, HEIGHT = 30, ENDS_MS = 20000, OPENS_MS = 60000, PROCESSES_MOST = 256 };

struct moment {
    const char *name;
    const char *arguments[4];
    const char *ready;    /* until this is shown; NULL: at once */
    const char *typed[3]; /* then; a key is a text of one letter */
    unsigned within_ms;   /* and kill at any time of so long */
};

#define FREE                                                                                                           \
    {                                                                                                                  \
        "free"                                                                                                         \
    }
static const struct moment moments[] = {
    {"the start", FREE, NULL, {NULL}, 150},
    {"the list of lessons", {NULL}, "quit", {NULL}, 50},
    {"a lesson's question", {"3.1:1"}, "quit", {NULL}, 50},
    {"an experiment", {"3.1:1"}, "quit", {"a"}, 800},
    {"an idle lab", FREE, "quit", {NULL}, 50},
    {"hands", FREE, "quit", {":", "server single | hand c1 | hand c2 as process | c1 connect | c1 recv\r"}, 600},
    {"children", FREE, "quit", {":", "server fork as process | hand c1 as process | c1 connect\r"}, 600},
    {"a crowd", FREE, "quit", {":", "server fork repeat=yes limit=none | clients 30 hold=ever as process\r"}, 900},
    {"a program of the learner's", FREE, "quit", {":", "start \"sleep 60\" on server as app | wait 60s\r"}, 900},
    {"a held wire", FREE, "quit", {":", "wire hold | server single | hand c1 | c1 connect\r"}, 600},
    {"saving", FREE, "quit", {":", "server epoll | clients 50 | wait 100ms | save run.tcplab\r"}, 900},
    {"exporting", FREE, "quit", {":", "server epoll | clients 50 | wait 100ms | export run.pcap\r"}, 900},
    {"a box", FREE, "quit", {"?"}, 200},
    {"the prompt", FREE, "quit", {":", "server si\t"}, 200},
    {"a search in the history", FREE, "quit", {":", "\x12s"}, 200},
    {"the end", FREE, "quit", {"q"}, 100},
    {"lines without a screen",
     {"-c", "server fork as process | hand c1 as process | c1 connect | wait 60s"},
     "c1 connect",
     {NULL},
     300},
};
enum victim { GUARD, WARDEN, LAB, ACTOR, OWN, GUARD_AND_LAB, GROUP, TERMINAL, VICTIMS };
static const char *const victim_names[VICTIMS] = {
    "the guard",     "the warden", "the lab",     "an actor", "the program of the learner's",
    "guard and lab", "the group",  "the terminal"};
static const struct {
    int number;
    const char *name;
} ways[] = {{SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"},
            {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}};
#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { ROWS = COUNT(moments) * VICTIMS * COUNT(ways) };

struct found {
    pid_t guard, warden, lab, actor, own;
};

static pid_t parent_of(pid_t pid, char comm[32])
{
    char path[64], line[400] = "";
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *in = fopen(path, "re");
    if (in && fgets(line, sizeof line, in)) {
        char *open = strchr(line, '('), *close = strrchr(line, ')');
        if (open && close && sscanf(close + 1, " %*c %d", &parent) == 1)
            snprintf(comm, 32, "%.*s", (int)(close - open - 1), open + 1);
    }
    if (in)
        fclose(in);
    return parent;
}

static struct found find(const struct soak *s)
{
    pid_t all[PROCESSES_MOST], lab[PROCESSES_MOST];
    char comm[32];
    struct found f = {0};
    size_t ours = marked_processes(s->home, s->program, lab, PROCESSES_MOST);
    size_t every = marked_processes(s->home, NULL, all, PROCESSES_MOST);
    for (size_t i = 0; i < ours && i < PROCESSES_MOST; i++) {
        *comm = '\0';
        parent_of(lab[i], comm);
        if (strcmp(comm, "tcplab-guard") == 0)
            f.guard = lab[i];
        if (strcmp(comm, "lab-warden") == 0)
            f.warden = lab[i];
    }
    for (size_t i = 0; i < ours && i < PROCESSES_MOST; i++)
        if (f.warden && parent_of(lab[i], comm) == f.warden && (!f.lab || lab[i] < f.lab))
            f.lab = lab[i];
    for (size_t i = 0; i < every && i < PROCESSES_MOST; i++) {
        bool is_ours = false;
        for (size_t k = 0; k < ours && k < PROCESSES_MOST; k++)
            is_ours |= lab[k] == all[i];
        if (!is_ours)
            f.own = all[i];
        else if (all[i] != f.guard && all[i] != f.warden && all[i] != f.lab)
            f.actor = all[i];
    }
    return f;
}

/* Mounted namespaces, as long as none is made for this test alone: others' labs mount none. */
static int mounted(void)
{
    char line[4096];
    int count = 0;
    FILE *in = fopen("/proc/self/mountinfo", "re");
    while (in && fgets(line, sizeof line, in))
        count += strstr(line, " nsfs ") != NULL;
    if (in)
        fclose(in);
    return count;
}

/* What a lab keeps in its home, or was told to write: read whole, or not there. */
static bool is_expected(const char *name)
{
    static const char *const expected[] = {"tcplab", "run.tcplab", "run.pcap", ".", ".."};
    for (size_t i = 0; i < COUNT(expected); i++)
        if (strcmp(name, expected[i]) == 0)
            return true;
    return false;
}

static void look_at_files(struct soak *s, const char *row)
{
    DIR *dir = opendir(s->home);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (!is_expected(entry->d_name))
            soak_found(s, "%s: the file %s is left", row, entry->d_name);
    if (dir)
        closedir(dir);
}

/* False when the victim is not there. */
static bool kill_victim(struct soak *s, struct terminal *t, enum victim victim, int number)
{
    const struct found f = find(s);
    const pid_t pids[VICTIMS] = {[GUARD] = f.guard, [WARDEN] = f.warden,     [LAB] = f.lab,  [ACTOR] = f.actor,
                                 [OWN] = f.own,     [GUARD_AND_LAB] = f.lab, [GROUP] = f.lab};
    if (victim == TERMINAL) {
        terminal_hang_up(t);
        return true;
    }
    if (pids[victim] <= 1 || !f.guard)
        return false;
    pid_t group = getpgid(pids[victim]);
    if (victim == GROUP)
        return group > 1 && group != getpgrp() && kill(-group, number) == 0;
    if (victim == GUARD_AND_LAB)
        kill(f.guard, number);
    return kill(pids[victim], number) == 0;
}

static void look(struct soak *s, struct terminal *t, const char *row, bool may_live, int mounts)
{
    if (may_live && !terminal_ended(t, 300))
        kill(t->program, SIGTERM);
    if (!terminal_ended(t, ENDS_MS))
        soak_found(s, "%s: no end within %d s", row, ENDS_MS / 1000);
    if (!none_marked(s->home, NULL, ENDS_MS))
        soak_found(s, "%s: %zu processes are left", row, marked_processes(s->home, NULL, NULL, 0));
    terminal_listen(t, 1);
    const char *left = terminal_left(t);
    if (left)
        soak_found(s, "%s: the terminal is left with %s", row, left);
    if (soak_has_sanitizer(t->said))
        soak_found(s, "%s: %.2000s", row, t->said);
    if (mounted() > mounts)
        soak_found(s, "%s: a namespace is left mounted", row);
    look_at_files(s, row);
}

/* False: there is no such row. */
static bool one(struct soak *s, const struct moment *moment, enum victim victim, size_t way)
{
    char *argv[6] = {s->program}, row[200];
    struct terminal t;
    int mounts = mounted();
    for (size_t i = 0; i < COUNT(moment->arguments) && moment->arguments[i]; i++)
        argv[i + 1] = (char *)moment->arguments[i];
    snprintf(row, sizeof row, "%s of %s at %s", victim == TERMINAL ? "the closing" : ways[way].name,
             victim_names[victim], moment->name);
    terminal_open(&t, s->home, argv, WIDTH, HEIGHT);
    bool done = !moment->ready || terminal_said(&t, moment->ready, 0, OPENS_MS);
    if (!done)
        soak_found(s, "%s: it did not open: %.300s", row, t.said ? t.said : "");
    for (size_t i = 0; i < COUNT(moment->typed) && moment->typed[i]; i++)
        terminal_type_text(&t, moment->typed[i]);
    terminal_listen(&t, 1 + (int)soak_random(s, moment->within_ms));
    if (done && (done = kill_victim(s, &t, victim, ways[way].number))) {
        bool survives = victim == ACTOR || victim == OWN || victim == WARDEN || ways[way].number == SIGINT ||
                        ways[way].number == SIGQUIT;
        look(s, &t, row, survives && victim != TERMINAL, mounts);
        if (getenv("SAYS_ALL"))
            printf("done %s: status %#x\n", row, (unsigned)t.status);
    }
    terminal_close(&t);
    kill_marked(s->home, NULL);
    return done;
}

int main(int argc, char **argv)
{
    static unsigned order[ROWS];
    struct soak s = {0};
    (void)argc;
    soak_begin(&s, "kills", argv);
    s.state = s.seed;
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned k = soak_random(&s, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    unsigned rows = 0;
    for (unsigned i = 0; soak_next(&s); i = (i + 1) % ROWS) {
        const unsigned row = order[i], way = row % COUNT(ways), victim = row / COUNT(ways) % VICTIMS;
        /* A terminal is closed in one way. */
        bool is_row = victim != TERMINAL || way == 0;
        if (is_row && one(&s, &moments[row / COUNT(ways) / VICTIMS], victim, way))
            rows++;
        else
            s.runs--;
    }
    s.runs = rows;
    return soak_end(&s);
}
