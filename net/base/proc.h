// SPDX-License-Identifier: GPL-3.0-or-later
// Small files of the kernel: /proc and /proc/sys.
#ifndef NET_BASE_PROC_H
#define NET_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The file as text, NUL-terminated. Bytes read, or -1 with errno; out is "" then. */
ssize_t net_file_read(const char *path, char *out, size_t room);
/* Write text to an existing file; -1 with errno. */
int net_file_write(const char *path, const char *text);
/* The number at the beginning of a file; missing when it cannot be read. */
long net_file_number(const char *path, long missing);

/* net_file_read() of /proc/PID/NAME, or with a tid of /proc/PID/task/TID/NAME. */
ssize_t net_proc_read(int pid, int tid, const char *name, char *out, size_t room);
/* The number after a line's label, as in "VmPTE:\t      76 kB". False: there is no such line. */
bool net_proc_number(const char *text, const char *label, uint64_t *out);

struct net_proc_stat {
    char state; /* 'R', 'S', 'Z' ... */
    int parent;
    int status; /* as wait(2) gives it, once state is 'Z' or 'X'; the kernel shows it to the same user only */
};
/* proc(5), /proc/PID/stat. -1 with errno. */
int net_proc_stat(int pid, int tid, struct net_proc_stat *);
/* Its state; '\0' when there is no such task, '?' when descriptors or memory are used up and /proc cannot be read. */
char net_proc_state(int pid, int tid);

#endif
