// SPDX-License-Identifier: GPL-3.0-or-later
// The lab with a stopwatch at its frames: linked into build/.../bench/tcplab alone.
/*
 * The linker sends two calls through here (--wrap): the drawing of a frame, whose time is written down, and the note
 * that `echo` begins, which is how crowd_bench learns from outside that what was typed before it is done. The lab
 * itself is linked as it is, and pays nothing. The numbers go to the file in TCPLAB_FRAMES, a struct frames, which the
 * reader maps too.
 */
#include "tests/bench/timed_frames.h"

#include "lab/session/doing.h"
#include "net/engine.h"
#include "ui/app/app.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The names that --wrap asks for. */
void __real_ui_app_frame(struct ui_app *);
void __wrap_ui_app_frame(struct ui_app *);
void __real_lab_session_note_about(struct lab_session *, const struct net_ev_note *, const char *);
void __wrap_lab_session_note_about(struct lab_session *, const struct net_ev_note *, const char *);

static struct frames *frames(void)
{
    static struct frames *shared;
    static bool asked;
    const char *path = asked ? NULL : getenv("TCPLAB_FRAMES");
    asked = true;
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *map = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        shared = map == MAP_FAILED ? NULL : map;
        close(fd);
    }
    return shared;
}

void __wrap_ui_app_frame(struct ui_app *app)
{
    struct frames *shared = frames();
    uint64_t begin_ns = net_now_ns();
    __real_ui_app_frame(app);
    if (shared) {
        uint32_t count = atomic_load(&shared->count);
        shared->us[count % FRAMES_MOST] = (uint32_t)((net_now_ns() - begin_ns) / 1000);
        atomic_store(&shared->count, count + 1);
    }
}

void __wrap_lab_session_note_about(struct lab_session *session, const struct net_ev_note *note, const char *text)
{
    struct frames *shared = frames();
    __real_lab_session_note_about(session, note, text);
    if (shared && note->kind == LAB_NOTE_COMMAND && strncmp(text, "echo", 4) == 0)
        atomic_fetch_add(&shared->echoes, 1);
}
