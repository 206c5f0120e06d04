// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/trace/image.h"

#include "net/base/message.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRIPTS_DEEP = 4, SECTIONS_MOST = 4096, NAMES_MOST = 65536 };

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static bool along_path(const char *word, char *out)
{
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path; path += *path == ':') {
        size_t n = strcspn(path, ":");
        snprintf(out, PATH_MAX, "%.*s/%s", (int)n, n ? path : ".", word);
        if (is_program(out))
            return true;
        path += n;
    }
    return false;
}

int net_image_find(const char *word, char *out, struct net_error *err)
{
    struct stat file;
    if (!strchr(word, '/') && along_path(word, out))
        return 0;
    if (!strchr(word, '/'))
        return net_fail(err, ENOENT, NULL,
                        "there is no program `%.80s` in $PATH: a file of yours is named with its "
                        "folder, as in ./%.80s",
                        word, word);
    if (stat(word, &file) < 0)
        return net_fail(err, errno, "stat",
                        errno == ENOENT ? "there is no file `%.120s`" : N_("`%.120s` cannot be read"), word);
    if (S_ISDIR(file.st_mode))
        return net_fail(err, EISDIR, NULL, "`%.120s` is a folder without a Makefile: name the program in it", word);
    if (!is_program(word))
        return net_fail(err, EACCES, NULL, "`%.120s` may not be run: chmod +x makes a program of a file, if it is one",
                        word);
    if (!realpath(word, out))
        return net_fail_errno(err, "realpath");
    return 0;
}

/* ---- looking -------------------------------------------------------------------------------------------------------
 */

static bool read_at(int fd, void *out, size_t bytes, uint64_t at)
{
    return pread(fd, out, bytes, (off_t)at) == (ssize_t)bytes;
}

static bool has_interpreter(int fd, const ElfW(Ehdr) * head)
{
    ElfW(Phdr) part;
    for (unsigned i = 0; i < head->e_phnum; i++)
        if (read_at(fd, &part, sizeof part, head->e_phoff + (uint64_t)i * head->e_phentsize) &&
            part.p_type == PT_INTERP)
            return true;
    return false;
}

/* A Go program that uses cgo is linked with libc, but asks the kernel itself all the same. */
static bool is_go(int fd, const ElfW(Ehdr) * head)
{
    ElfW(Shdr) names, one;
    char name[24];
    if (head->e_shnum > SECTIONS_MOST ||
        !read_at(fd, &names, sizeof names, head->e_shoff + (uint64_t)head->e_shstrndx * head->e_shentsize))
        return false;
    for (unsigned i = 0; i < head->e_shnum; i++) {
        if (!read_at(fd, &one, sizeof one, head->e_shoff + (uint64_t)i * head->e_shentsize) ||
            pread(fd, name, sizeof name - 1, (off_t)(names.sh_offset + one.sh_name)) <= 0)
            continue;
        name[sizeof name - 1] = '\0';
        if (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0)
            return true;
    }
    return false;
}

static bool is_foreign(const ElfW(Ehdr) * head)
{
#if defined __x86_64__
    const unsigned machine = EM_X86_64;
#elif defined __aarch64__
    const unsigned machine = EM_AARCH64;
#else
    const unsigned machine = head->e_machine;
#endif
    return head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) || head->e_machine != machine;
}

static enum net_sight sight_of(const char *path, int deep)
{
    union {
        ElfW(Ehdr) head;
        char text[256];
    } file = {.text = ""};
    char interpreter[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, &file, sizeof file - 1, 0);
    enum net_sight sight = NET_SEEN;
    if (n > 2 && memcmp(file.text, "#!", 2) == 0) {
        close(fd);
        file.text[n] = '\0';
        return deep < SCRIPTS_DEEP && sscanf(file.text + 2, " %255s", interpreter) == 1
                   ? sight_of(interpreter, deep + 1)
                   : NET_SEEN;
    }
    if (n >= (ssize_t)sizeof file.head && memcmp(file.head.e_ident, ELFMAG, SELFMAG) == 0)
        sight = is_foreign(&file.head)             ? NET_UNSEEN_FOREIGN
                : is_go(fd, &file.head)            ? NET_UNSEEN_GO
                : !has_interpreter(fd, &file.head) ? NET_UNSEEN_STATIC
                                                   : NET_SEEN;
    if (fd >= 0)
        close(fd);
    return sight;
}

enum net_sight net_image_sight(const char *path)
{
    return sight_of(path, 0);
}
