// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/actor/build.h"

#include "net/actor/build_private.h"
#include "net/base/message.h"
#include "net/trace/image.h"
#include "net/actor/lines.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 96, SAID_BYTES = 256 * 1024, TAKE_BYTES = 4096, DIAGNOSTICS_MOST = 100, LAST_LINES = 6 };

struct net_build {
    struct net_build *next;
    uint32_t id;
    enum net_build_state state;
    pid_t pid;
    int fd; /* what it says */
    char folder[PATH_MAX], program[PATH_MAX], what[128];
    bool by_make, is_cut;
    char *said; /* a zero after it */
    size_t said_bytes;
    char command[512];
    unsigned errors, diagnostics;
    unsigned first_line;
    char first[160];
};

/* The words of a command, some of them in `text`. */
struct words {
    const char *word[WORDS_MOST];
    size_t count;
    char text[2][PATH_MAX];
};

/* ---- what is a source -------------------------------------------------------------------------------------------- */

static const char *ending(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && !strchr(dot, '/') ? dot + 1 : "";
}

static bool is_c(const char *name)
{
    return strcmp(ending(name), "c") == 0;
}

static bool is_cpp(const char *name)
{
    const char *end = ending(name);
    return strcmp(end, "cc") == 0 || strcmp(end, "cpp") == 0 || strcmp(end, "cxx") == 0;
}

static bool has_makefile(const char *folder)
{
    static const char *const names[] = {"GNUmakefile", "makefile", "Makefile"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

bool net_build_is_source(const char *const *words, size_t count)
{
    struct stat file;
    if (count == 1 && stat(words[0], &file) == 0 && S_ISDIR(file.st_mode))
        return has_makefile(words[0]);
    for (size_t i = 0; i < count; i++)
        if (!is_c(words[i]) && !is_cpp(words[i]))
            return false;
    return count > 0;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void add(struct words *w, const char *word)
{
    if (w->count + 1 < WORDS_MOST)
        w->word[w->count++] = word;
    w->word[w->count] = NULL;
}

/* A variable's words, as make would split them. */
static void add_variable(struct words *w, const char *name, const char *otherwise, char *text, size_t room)
{
    const char *value = getenv(name);
    snprintf(text, room, "%s", value && *value ? value : otherwise);
    for (char *word; (word = strsep(&text, " \t")) != NULL;)
        if (*word)
            add(w, word);
}

static int find_compiler(const struct words *w, bool cpp, struct net_error *err)
{
    char path[PATH_MAX];
    if (w->count > 0 && net_image_find(w->word[0], path, NULL) == 0)
        return 0;
    return net_fail(err, ENOENT, NULL,
                    cpp ? "there is no C++ compiler `%.60s`: install one (Debian and Ubuntu: apt-get install g++), or "
                          "name yours in $CXX"
                        : N_("there is no C compiler `%.60s`: install one (Debian and Ubuntu: apt-get install gcc "
                             "libc6-dev), or name yours in $CC"),
                    w->count > 0 ? w->word[0] : "cc");
}

/* As a learner would type it: the lab's own place for the program left out. */
static void say_command(struct net_build *b, const struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        size_t used = strlen(b->command);
        bool ours = strcmp(w->word[i], "-o") == 0;
        if (used + 1 < sizeof b->command && !ours)
            snprintf(b->command + used, sizeof b->command - used, "%s%s", used ? " " : "", w->word[i]);
        i += ours;
    }
}

static int compiler_words(struct net_build *b, struct words *w, const char *const *files, size_t count,
                          struct net_error *err)
{
    bool cpp = false;
    for (size_t i = 0; i < count; i++) {
        cpp = cpp || is_cpp(files[i]);
        if (access(files[i], R_OK) < 0)
            return net_fail(err, errno, "open",
                            errno == ENOENT ? "there is no file `%.120s`" : N_("`%.120s` cannot be read"), files[i]);
    }
    add_variable(w, cpp ? "CXX" : "CC", cpp ? "c++" : "cc", w->text[0], sizeof w->text[0]);
    if (find_compiler(w, cpp, err) < 0)
        return -1;
    static const char *const ours[] = {"-g", "-O0", "-Wall", "-Wextra", "-pthread"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        add(w, ours[i]);
    add_variable(w, cpp ? "CXXFLAGS" : "CFLAGS", "", w->text[1], sizeof w->text[1]);
    const char *name = strrchr(files[0], '/') ? strrchr(files[0], '/') + 1 : files[0];
    snprintf(b->program, sizeof b->program, "%.3000s/%.*s", b->folder, (int)strcspn(name, "."), name);
    add(w, "-o");
    add(w, b->program);
    for (size_t i = 0; i < count; i++)
        add(w, files[i]);
    say_command(b, w);
    return 0;
}

static int make_words(struct net_actors *all, struct net_build *b, struct words *w, const char *folder,
                      struct net_error *err)
{
    char path[PATH_MAX], copy[PATH_MAX];
    if (net_image_find("make", path, NULL) < 0)
        return net_fail(err, ENOENT, NULL, "there is no `make`: install it (Debian and Ubuntu: apt-get install make)");
    if (!realpath(folder, path))
        return net_fail_errno(err, "realpath");
    snprintf(copy, sizeof copy, "%.3000s/source", b->folder);
    net_lines_rename(net_build_shop(all)->lines, copy, path);
    b->by_make = true;
    snprintf(w->text[0], sizeof w->text[0], "%s", path);
    snprintf(w->text[1], sizeof w->text[1], "%s", copy);
    add(w, "sh");
    add(w, "-c");
    add(w, "cp -R -- \"$1\" \"$2\" && exec make --no-print-directory -C \"$2\"");
    add(w, "tcplab");
    add(w, w->text[0]);
    add(w, w->text[1]);
    snprintf(b->command, sizeof b->command, _("make, in a copy of %.400s"), path);
    return 0;
}

/* ---- its folder -------------------------------------------------------------------------------------------------- */

static int make_folder(struct net_build_shop *shop, struct net_build *b, struct net_error *err)
{
    const char *under = getenv("TMPDIR");
    if (!*shop->folder) {
        snprintf(shop->folder, sizeof shop->folder, "%.2000s/tcplab-XXXXXX", under && *under ? under : "/tmp");
        if (!mkdtemp(shop->folder)) {
            *shop->folder = '\0';
            return net_fail(err, errno, "mkdtemp", "no folder can be made for what is compiled, in %.100s: %s (%s)",
                            under && *under ? under : "/tmp", net_errno_text(errno), net_errno_name(errno));
        }
    }
    snprintf(b->folder, sizeof b->folder, "%.2100s/%u", shop->folder, b->id);
    return mkdir(b->folder, 0700) < 0 ? net_fail_errno(err, "mkdir") : 0;
}

static int remove_one(const char *path, const struct stat *file, int type, struct FTW *at)
{
    (void)file, (void)type, (void)at;
    remove(path);
    return 0;
}

void net_build_close(struct net_build_shop *shop)
{
    if (*shop->folder)
        nftw(shop->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    *shop->folder = '\0';
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* In the lab's own namespace, a group of its own, so that make's children end with it. */
static int spawn(struct net_build *b, const struct words *w, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, every;
    sigemptyset(&none);
    sigfillset(&every);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    static char locale[] = "LC_ALL=C";
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = malloc((count + 2) * sizeof *environment);
    if (environment) { /* words as the C locale has them */
        environment[0] = locale;
        memcpy(environment + 1, environ, (count + 1) * sizeof *environment);
    }
    int error = posix_spawnp(&b->pid, w->word[0], &actions, &attributes, (char **)(uintptr_t)w->word,
                             environment ? environment : environ);
    free(environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static int begin(struct net_build_shop *shop, struct net_build *b, const struct words *w, struct net_error *err)
{
    int ends[2];
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = NET_BUILD_TAG | b->id};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return net_fail_errno(err, "pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int error = spawn(b, w, ends[1]);
    close(ends[1]);
    b->fd = ends[0];
    if (error) {
        errno = error;
        return net_fail_errno(err, "posix_spawn");
    }
    epoll_ctl(shop->epoll_fd, EPOLL_CTL_ADD, b->fd, &event);
    b->next = shop->builds;
    shop->builds = b;
    return 0;
}

struct net_build *net_build_start(struct net_actors *all, const char *const *words, size_t count, struct net_error *err)
{
    struct net_build_shop *shop = net_build_shop(all);
    struct net_build *b = calloc(1, sizeof *b);
    struct words *w = calloc(1, sizeof *w);
    if (!b || !w || !(b->said = calloc(1, SAID_BYTES + 1))) {
        net_fail_errno(err, "malloc");
        free(b);
        free(w);
        return NULL;
    }
    b->fd = -1;
    b->id = ++shop->count;
    snprintf(b->what, sizeof b->what, "%s", words[0]);
    bool is_files = is_c(words[0]) || is_cpp(words[0]);
    int failed = make_folder(shop, b, err) < 0 ||
                 (is_files ? compiler_words(b, w, words, count, err) : make_words(all, b, w, words[0], err)) < 0 ||
                 begin(shop, b, w, err) < 0;
    free(w);
    if (!failed)
        return b;
    net_build_free(all, b);
    return NULL;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static void post(struct net_actors *all, struct net_build *b, struct net_ev_diagnostic d, const char *file,
                 const char *words, size_t bytes)
{
    struct net_event ev = {.kind = NET_EV_DIAGNOSTIC, .data = (const uint8_t *)words, .data_bytes = (uint32_t)bytes};
    struct net_event name = {.kind = NET_EV_FILE};
    char path[PATH_MAX];
    unsigned fresh = 0;
    if (b->diagnostics++ >= DIAGNOSTICS_MOST && d.severity != NET_COMPILED)
        return;
    if (*file)
        d.file = net_lines_file(net_build_shop(all)->lines, realpath(file, path) ? path : file, &fresh);
    if (fresh) {
        const char *known = net_lines_path(net_build_shop(all)->lines, fresh);
        name.u.file.id = (uint16_t)fresh;
        name.data = (const uint8_t *)known;
        name.data_bytes = (uint32_t)strlen(known);
        net_arena_post(net_build_shop(all)->arena, &name);
    }
    ev.u.diagnostic = d;
    net_arena_post(net_build_shop(all)->arena, &ev);
}

static uint16_t small(unsigned n)
{
    return (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

static void note_error(struct net_build *b, unsigned line, const char *words, size_t bytes)
{
    if (b->errors++ > 0)
        return;
    b->first_line = line;
    snprintf(b->first, sizeof b->first, "%.*s", (int)bytes, words);
}

/* FILE:LINE:COLUMN: SEVERITY: WORDS. False: it is no such line. */
static bool take_diagnostic(struct net_actors *all, struct net_build *b, const char *line, size_t bytes)
{
    static const struct {
        const char *word;
        enum net_severity severity;
    } severities[] = {
        {"fatal error: ", NET_ERROR}, {"error: ", NET_ERROR}, {"warning: ", NET_WARNING}, {"note: ", NET_NOTE}};
    char file[PATH_MAX];
    unsigned number, column;
    int used = 0;
    char text[1200];
    snprintf(text, sizeof text, "%.*s", (int)bytes, line);
    const char *colon = strchr(text, ':');
    if (!colon || sscanf(colon, ":%u:%u: %n", &number, &column, &used) != 2 || used == 0)
        return false;
    snprintf(file, sizeof file, "%.*s", (int)(colon - text), text);
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++) {
        size_t n = strlen(severities[i].word);
        const char *words = colon + used + n;
        if (strncmp(colon + used, severities[i].word, n) != 0)
            continue;
        if (severities[i].severity == NET_ERROR)
            note_error(b, number, words, strlen(words));
        post(all, b,
             (struct net_ev_diagnostic){
                 .severity = (uint8_t)severities[i].severity, .line = small(number), .column = small(column)},
             file, words, strlen(words));
        return true;
    }
    return false;
}

/* The first line that looks like a reason, else the last one. */
static void note_reason(struct net_build *b)
{
    static const char *const reasons[] = {"undefined reference", "multiple definition", "***", "cannot find"};
    const char *last = "";
    for (char *rest = b->said, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
        last = line;
        for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
            if (strstr(line, reasons[i]))
                note_error(b, 0, line, strlen(line));
    }
    for (size_t i = 0; i < b->said_bytes; i++)
        b->said[i] = b->said[i] ? b->said[i] : '\n';
    if (b->errors == 0 && *last)
        snprintf(b->first, sizeof b->first, "%s", last);
}

/* A linker, or make: its last lines say why. */
static void take_last_lines(struct net_actors *all, struct net_build *b)
{
    size_t begin = b->said_bytes, lines = 0;
    while (begin > 0 && (b->said[begin - 1] != '\n' || lines++ < LAST_LINES))
        begin--;
    note_reason(b);
    for (size_t at = begin, n; at < b->said_bytes; at += n + 1) {
        const char *end = memchr(b->said + at, '\n', b->said_bytes - at);
        n = end ? (size_t)(end - b->said) - at : b->said_bytes - at;
        if (n == 0)
            continue;
        post(all, b, (struct net_ev_diagnostic){.severity = NET_ERROR}, "", b->said + at, n);
    }
}

static void take_lines(struct net_actors *all, struct net_build *b, bool failed)
{
    for (size_t at = 0, n; at < b->said_bytes; at += n + 1) {
        const char *end = memchr(b->said + at, '\n', b->said_bytes - at);
        n = end ? (size_t)(end - b->said) - at : b->said_bytes - at;
        take_diagnostic(all, b, b->said + at, n);
    }
    if (failed && b->errors == 0)
        take_last_lines(all, b);
}

/* ---- its end ----------------------------------------------------------------------------------------------------- */

static struct {
    struct timespec made;
    char path[PATH_MAX];
} newest; /* nftw() has no argument for its function */

static int look_for_program(const char *path, const struct stat *file, int type, struct FTW *at)
{
    unsigned char head[EI_NIDENT + 2] = {0};
    (void)at;
    if (type != FTW_F || !(file->st_mode & S_IXUSR))
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    bool is_elf = n == (ssize_t)sizeof head && memcmp(head, ELFMAG, SELFMAG) == 0;
    bool is_newer = file->st_mtim.tv_sec > newest.made.tv_sec ||
                    (file->st_mtim.tv_sec == newest.made.tv_sec && file->st_mtim.tv_nsec >= newest.made.tv_nsec);
    if (is_elf && is_newer && strcmp(ending(path), "so") != 0 && strcmp(ending(path), "o") != 0) {
        newest.made = file->st_mtim;
        snprintf(newest.path, sizeof newest.path, "%s", path);
    }
    return 0;
}

/* What make has made last. */
static bool find_made(struct net_build *b)
{
    memset(&newest, 0, sizeof newest);
    nftw(b->folder, look_for_program, 16, FTW_PHYS);
    snprintf(b->program, sizeof b->program, "%s", newest.path);
    return *b->program != '\0';
}

static void finish(struct net_actors *all, struct net_build *b)
{
    int status = 0;
    epoll_ctl(net_build_shop(all)->epoll_fd, EPOLL_CTL_DEL, b->fd, NULL);
    close(b->fd);
    b->fd = -1;
    waitpid(b->pid, &status, 0);
    b->pid = 0;
    bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    take_lines(all, b, failed);
    if (!failed && b->by_make && !find_made(b)) {
        failed = true;
        snprintf(b->first, sizeof b->first, "%s", _("make has made no program: its first target is to be one"));
    }
    b->state = failed ? NET_BUILD_FAILED : NET_BUILD_DONE;
    if (!failed)
        post(all, b, (struct net_ev_diagnostic){.severity = NET_COMPILED}, "", b->command, strlen(b->command));
}

bool net_build_take(struct net_actors *all, uint64_t tag)
{
    struct net_build *b = tag & NET_BUILD_TAG ? net_build_shop(all)->builds : NULL;
    char text[TAKE_BYTES];
    while (b && b->id != (uint32_t)tag)
        b = b->next;
    for (ssize_t n; b && b->fd >= 0;) {
        n = read(b->fd, text, sizeof text);
        if (n < 0)
            break;
        size_t room = SAID_BYTES - b->said_bytes, taken = (size_t)n < room ? (size_t)n : room;
        memcpy(b->said + b->said_bytes, text, taken);
        b->said_bytes += taken;
        if (n == 0)
            finish(all, b);
    }
    return (tag & NET_BUILD_TAG) != 0;
}

enum net_build_state net_build_state(const struct net_build *b)
{
    return b->state;
}

const char *net_build_program(const struct net_build *b)
{
    return b->program;
}

void net_build_why(const struct net_build *b, struct net_error *err)
{
    if (b->first_line && b->errors > 1)
        net_fail(err, 0, NULL, "%.80s does not compile: line %u: %.100s (the first of %u errors)", b->what,
                 b->first_line, b->first, b->errors);
    else if (b->first_line)
        net_fail(err, 0, NULL, "%.80s does not compile: line %u: %.130s", b->what, b->first_line, b->first);
    else
        net_fail(err, 0, NULL, "%.80s cannot be built: %.140s", b->what,
                 *b->first ? b->first : _("the compiler said nothing"));
}

void net_build_free(struct net_actors *all, struct net_build *b)
{
    struct net_build **at = &net_build_shop(all)->builds;
    if (!b)
        return;
    while (*at && *at != b)
        at = &(*at)->next;
    if (*at)
        *at = b->next;
    if (b->pid > 0) {
        kill(-b->pid, SIGKILL);
        waitpid(b->pid, NULL, 0);
    }
    if (b->fd >= 0) {
        epoll_ctl(net_build_shop(all)->epoll_fd, EPOLL_CTL_DEL, b->fd, NULL);
        close(b->fd);
    }
    free(b->said);
    free(b);
}
