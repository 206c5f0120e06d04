// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/debug.h"

#include "net/base/clock.h"
#include "net/base/error.h"
#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEBUG_VARIABLE "TCPLAB_DEBUG"
enum { LINE_BYTES = 480 };

static const struct room {
    const char *name;
    unsigned bit;
} rooms[] = {
    {"engine", NET_DEBUG_ENGINE}, {"host", NET_DEBUG_HOST},   {"wire", NET_DEBUG_WIRE},
    {"socket", NET_DEBUG_SOCKET}, {"actor", NET_DEBUG_ACTOR}, {"all", NET_DEBUG_ALL},
};

unsigned net_debug_rooms;
static int debug_fd = -1;

/* The bits of "engine,wire", n bytes; 0: a word of it is no room. */
static unsigned read_rooms(const char *list, size_t n)
{
    unsigned bits = 0;
    for (size_t at = 0; at < n;) {
        size_t word = strcspn(list + at, ",:"), i = 0;
        while (i < sizeof rooms / sizeof *rooms &&
               (strlen(rooms[i].name) != word || strncmp(rooms[i].name, list + at, word) != 0))
            i++;
        if (i == sizeof rooms / sizeof *rooms)
            return 0;
        bits |= rooms[i].bit;
        at += word + 1;
    }
    return bits;
}

int net_debug_open(struct net_error *err)
{
    const char *said = getenv(DEBUG_VARIABLE), *file = said ? strchr(said, ':') : NULL;
    if (!said || !*said || debug_fd >= 0)
        return 0;
    unsigned wanted = file ? read_rooms(said, (size_t)(file - said)) : 0;
    if (!wanted || !file[1])
        return net_fail(err, 0, NULL,
                        "%s=%.60s makes no sense: write rooms and a file, as in %s=engine,wire:debug.log; the rooms "
                        "are engine, host, wire, socket, actor, or all",
                        DEBUG_VARIABLE, said, DEBUG_VARIABLE);
    debug_fd = open(file + 1, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (debug_fd < 0)
        return net_fail(err, errno, "open", "%s: %.120s cannot be written: %s", DEBUG_VARIABLE, file + 1,
                        net_errno_text(errno));
    net_debug_rooms = wanted;
    return 0;
}

void net_debug_close(void)
{
    net_debug_rooms = 0;
    if (debug_fd >= 0)
        close(debug_fd);
    debug_fd = -1;
}

void net_debug_line(enum net_debug_room room, const char *format, ...)
{
    char line[LINE_BYTES];
    uint64_t now_ns = net_now_ns();
    const char *name = "";
    va_list args;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        if (rooms[i].bit == (unsigned)room)
            name = rooms[i].name;
    int used = snprintf(line, sizeof line, "%" PRIu64 ".%06" PRIu64 " %-6s %ld  ", now_ns / 1000000000,
                        now_ns / 1000 % 1000000, name, (long)syscall(SYS_gettid));
    va_start(args, format);
    int more = vsnprintf(line + used, sizeof line - (size_t)used - 1, format, args);
    va_end(args);
    size_t all = (size_t)used + (more > 0 ? (size_t)more : 0);
    if (all > sizeof line - 2)
        all = sizeof line - 2;
    line[all++] = '\n';
    if (write(debug_fd, line, all) < 0)
        return; /* a full disk loses a line of a log */
}
