// SPDX-License-Identifier: GPL-3.0-or-later
// The lab as lines of text: `tcplab -`.
#ifndef UI_LINES_RUN_H
#define UI_LINES_RUN_H

#include "ui/app/run.h"

/*
 * The same lab without a screen that is drawn on: for a screen reader, a serial line, `script`, a pipe. A lesson's
 * text, its question, what happens as it happens, and the result are whole lines, written once and in their order;
 * only the line that is being typed is ever written over. Standard input and output need not be a terminal.
 *
 *   options  open: as the screen takes it; tried and saved runs are not shown so.
 *   returns  the exit status: 0; 2 when it could not begin, or when its output cannot be written to any more; 128 + N
 *            after a signal.
 *   thread   the only one there is (net_hosts_open).
 */
int ui_lines_run(const struct ui_options *);

#endif
