// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal: whether there is one, its modes, its size, going to sleep and coming back.
//
// raw(), not cbreak(): Ctrl-C, Ctrl-Z and Ctrl-S are keys like others, and Ctrl-V reaches readline. Input is
// read by ui/draw/keys.c. Only presses of mouse buttons are asked for, so that the terminal goes on selecting text with
// Shift, and moving the mouse costs nothing.
#include "ui/draw/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

int ui_terminal_check(struct net_error *err)
{
    const char *term = getenv("TERM");
    int status = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return net_fail(err, 0, NULL,
                        "standard input and output are not a terminal: start tcplab in one, or use `tcplab run FILE`");
    if (!term || !*term)
        return net_fail(err, 0, NULL,
                        "TERM is not set: say what your terminal is, for example TERM=xterm-256color tcplab");
    if (setupterm(term, STDOUT_FILENO, &status) != OK)
        return net_fail(err, 0, NULL,
                        "TERM is \"%.40s\", which is not known here: try TERM=xterm-256color or TERM=vt100", term);
    bool can_draw = cursor_address && clear_screen;
    del_curterm(cur_term);
    if (!can_draw)
        return net_fail(
            err, 0, NULL,
            "TERM is \"%.40s\", which cannot place its cursor: tcplab needs a terminal that can, such as vt100", term);
    return 0;
}

/*
 * Until it has come back from endwin() once, ncurses (6.4 at least, lib_mvcur.c: ewInitial) takes a program for one
 * that moves the cursor by hand, and writes to the terminal at every move: a frame of 120 columns was over a hundred
 * writes of ten bytes. So leave and come back once, while there is nothing to see.
 */
static void come_back_once(void)
{
    endwin();
    refresh();
}

/* terminfo has no name for it; a terminal that does not know it skips it. */
static void bracket_pastes(bool on)
{
    fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
    fflush(stdout);
}

int ui_terminal_open(struct net_error *err)
{
    const WINDOW *screen = initscr();
    if (!screen)
        return net_fail_errno(err, "initscr()");
    come_back_once();
    raw();
    noecho();
    nonl();
    typeahead(-1);
    mouseinterval(0);
    ui_terminal_raw(false);
    bracket_pastes(true);
    return 0;
}

void ui_terminal_close(void)
{
    if (isendwin())
        return;
    bracket_pastes(false);
    mousemask(0, NULL);
    curs_set(1);
    endwin();
}

void ui_terminal_raw(bool is_raw)
{
    keypad(stdscr, !is_raw);
    mousemask(is_raw ? 0 : BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

bool ui_terminal_resized(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col)
        return false;
    if (size.ws_row == LINES && size.ws_col == COLS)
        return false;
    return resizeterm(size.ws_row, size.ws_col) == OK;
}

void ui_terminal_lend(void)
{
    bracket_pastes(false);
    curs_set(1);
    endwin();
}

void ui_terminal_take_back(void)
{
    ui_terminal_resized();
    clearok(curscr, TRUE);
    doupdate();
    bracket_pastes(true);
}

/*
 * The whole foreground job stops, as it would have by the terminal's own Ctrl-Z: a shell that waits for `make run` sees
 * nothing of a child of make that stops alone. The signal is blocked outside of the lab's wait, so it is let in here.
 */
void ui_terminal_stop(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, before;
    sigset_t stop, mask;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigaction(SIGTSTP, &usual, &before);
    kill(0, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTSTP, &before, NULL);
}

void ui_terminal_suspend(void)
{
    bracket_pastes(false);
    endwin();
    ui_terminal_stop();
    ui_terminal_take_back();
}
