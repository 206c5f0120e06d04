// SPDX-License-Identifier: GPL-3.0-or-later
// Random commands, typed as lines of text, and as a script in which every line can be read: it ends, with a status that
// means something, and leaves nothing.
#include "lab/commands/commands.h"
#include "lab/session/session.h"
#include "tests/fixtures/random_line.h"
#include "tests/soak/soak.h"

#include <sys/wait.h>

enum { LINES = 12, LINE_BYTES = 400, ENDS_MS = 200000 };

static uint32_t below(void *user, uint32_t n)
{
    return soak_random(user, n);
}

/* As many lines; of a script only such as can be read behind those before. */
static void make_lines(struct soak *s, bool is_script, char text[(LINES + 2) * LINE_BYTES])
{
    const struct lab_place first = {.file = "F", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    struct net_error err;
    strcpy(text, "server single\nhand c1\n");
    for (int i = 0, tries = 0; i < LINES && tries < 20 * LINES; tries++) {
        size_t before = strlen(text);
        random_line(below, s, text + before, LINE_BYTES - 1);
        strcat(text, "\n");
        if (!is_script || lab_script_check(&lab_language, &first, text, NULL, &err) == 0)
            i++;
        else
            text[before] = '\0';
    }
}

static void one(struct soak *s)
{
    static char text[(LINES + 2) * LINE_BYTES];
    const bool is_script = soak_random(s, 2) == 0;
    char path[300];
    make_lines(s, is_script, text);
    snprintf(path, sizeof path, "%s/lines", s->home);
    FILE *out = fopen(path, "we");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0) {
        perror(path);
        exit(3);
    }
    char *typed = (char *)"exec \"$0\" - free <lines", *script = (char *)"exec \"$0\" run --limit 20s lines";
    char *argv[] = {(char *)"sh", (char *)"-c", is_script ? script : typed, s->program, NULL};
    struct terminal t;
    terminal_open(&t, s->home, argv, 80, 24);
    bool ended = terminal_ended(&t, ENDS_MS);
    const char *said = t.said ? t.said : "";
    if (!ended)
        soak_found(s, "no end within %d s of:\n%s", ENDS_MS / 1000, text);
    else if (soak_has_sanitizer(said))
        soak_found(s, "%s\nof:\n%s", said, text);
    else if (!WIFEXITED(t.status) || WEXITSTATUS(t.status) > 2 || strstr(said, "the lab was ended by"))
        soak_found(s, "status %#x of:\n%s%s", (unsigned)t.status, text, said);
    if (memchr(said, '\033', t.said_bytes) || strstr(said, "\xe2\x80\xae"))
        soak_found(s, "a byte of a line reached the terminal:\n%s", text);
    if (ended && !none_marked(s->home, NULL, 30000))
        soak_found(s, "%zu processes are left of:\n%s", marked_processes(s->home, NULL, NULL, 0), text);
    if (getenv("SAYS_ALL"))
        printf("done lines: status %#x of:\n%s", (unsigned)t.status, text);
    terminal_close(&t);
    kill_marked(s->home, NULL);
}

int main(int argc, char **argv)
{
    struct soak s = {0};
    (void)argc;
    soak_begin(&s, "lines", argv);
    while (soak_next(&s))
        one(&s);
    return soak_end(&s);
}
