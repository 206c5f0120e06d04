// SPDX-License-Identifier: GPL-3.0-or-later
// The warden: what ends everything of a lab, whoever is killed.
#ifndef UI_WARDEN_H
#define UI_WARDEN_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Between the guard and the lab, and in a session of its own: what kills a whole group of processes, or all that are
 * called tcplab, does not reach it. Whatever a program of the lab leaves behind, however it did so, has the warden for
 * its next ancestor that reaps (PR_SET_CHILD_SUBREAPER): so it can end all of it when the lab is gone, and does, also
 * when the guard went first. A death signal for each process instead (PR_SET_PDEATHSIG) would also end the children of
 * a server that has ended by itself, and these have to go on.
 *
 * It shares this page with the guard, and rings with SIGCHLD when it has put something there. The page is plain
 * memory: when the warden itself is killed, the lab is asked to end by its own death signal, and becomes the guard's
 * child.
 */
struct ui_warden {
    _Atomic int lab;      /* its process id; below 0: none could be made */
    _Atomic bool stopped; /* the lab is stopped; the guard takes it */
    _Atomic bool follows; /* the guard looks at that, and stops too: whoever lets the lab go on meanwhile wakes it */
    _Atomic bool over;    /* the lab has ended, and nothing of it is left */
    _Atomic int status;   /* as of waitpid(), when it is over */
};

/*
 * Start a warden and, below it, the lab.
 *
 *   before   the signal mask that the lab gets; all signals are blocked in the warden.
 *   alone    called in the warden when the lab was killed, and the guard is dead: what the guard would have done. The
 *            terminal is still open then.
 *   returns  0 in the lab; the warden's process id in the guard, when *page says who the lab is; -1, errno: there is
 *            neither.
 *   thread   the only one there is.
 */
pid_t ui_warden(struct ui_warden **page, const sigset_t *before, void (*alone)(void *user), void *user);

#endif
