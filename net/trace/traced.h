// SPDX-License-Identifier: GPL-3.0-or-later
// Given to the compiler before a chapter program (-include): its calls become traced ones.
/*
 * The program is an ordinary one and is not changed. First every header that it may include is read, with all that
 * GNU/Linux has; then the feature macros are taken back, so that the program may define its own; then each traced
 * function becomes a macro of its name that passes the line on.
 *
 * A macro with arguments leaves alone what is not a call: `struct sigaction`, a variable `listen`, an initialiser
 * `.send =`. What it cannot see is a function pointer
 * (`f = close`); tests/check/programs.sh looks for those.
 */
#ifndef NET_TRACE_TRACED_H
#define NET_TRACE_TRACED_H

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/trace/traced_calls.h"

#undef _GNU_SOURCE
#undef _DEFAULT_SOURCE
#undef _BSD_SOURCE
#undef _SVID_SOURCE
#undef _ISOC99_SOURCE
#undef _ISOC11_SOURCE
#undef _ISOC2X_SOURCE
#undef _POSIX_SOURCE
#undef _POSIX_C_SOURCE
#undef _XOPEN_SOURCE
#undef _XOPEN_SOURCE_EXTENDED
#undef _LARGEFILE_SOURCE
#undef _LARGEFILE64_SOURCE
#undef _FILE_OFFSET_BITS
#undef _ATFILE_SOURCE
#undef _DYNAMIC_STACK_SIZE_SOURCE
#undef _REENTRANT

#define socket(...)                 net_socket(__LINE__, __VA_ARGS__)
#define bind(...)                   net_bind(__LINE__, __VA_ARGS__)
#define listen(...)                 net_listen(__LINE__, __VA_ARGS__)
#define accept(...)                 net_accept(__LINE__, __VA_ARGS__)
#define accept4(...)                net_accept4(__LINE__, __VA_ARGS__)
#define connect(...)                net_connect(__LINE__, __VA_ARGS__)
#define send(...)                   net_send(__LINE__, __VA_ARGS__)
#define sendto(...)                 net_sendto(__LINE__, __VA_ARGS__)
#define write(...)                  net_write(__LINE__, __VA_ARGS__)
#define sendfile(...)               net_sendfile(__LINE__, __VA_ARGS__)
#define recv(...)                   net_recv(__LINE__, __VA_ARGS__)
#define recvfrom(...)               net_recvfrom(__LINE__, __VA_ARGS__)
#define read(...)                   net_read(__LINE__, __VA_ARGS__)
#define close(...)                  net_close(__LINE__, __VA_ARGS__)
#define shutdown(...)               net_shutdown(__LINE__, __VA_ARGS__)
#define setsockopt(...)             net_setsockopt(__LINE__, __VA_ARGS__)
#define getsockopt(...)             net_getsockopt(__LINE__, __VA_ARGS__)
#define getsockname(...)            net_getsockname(__LINE__, __VA_ARGS__)
#define getpeername(...)            net_getpeername(__LINE__, __VA_ARGS__)
#define fcntl(...)                  net_fcntl(__LINE__, __VA_ARGS__)
#define dup(...)                    net_dup(__LINE__, __VA_ARGS__)
#define dup2(...)                   net_dup2(__LINE__, __VA_ARGS__)
#define open(...)                   net_open(__LINE__, __VA_ARGS__)
#define getaddrinfo(...)            net_getaddrinfo(__LINE__, __VA_ARGS__)
#define poll(...)                   net_poll(__LINE__, __VA_ARGS__)
#define select(...)                 net_select(__LINE__, __VA_ARGS__)
#define epoll_create1(...)          net_epoll_create1(__LINE__, __VA_ARGS__)
#define epoll_ctl(...)              net_epoll_ctl(__LINE__, __VA_ARGS__)
#define epoll_wait(...)             net_epoll_wait(__LINE__, __VA_ARGS__)
#define sleep(...)                  net_sleep(__LINE__, __VA_ARGS__)
#define nanosleep(...)              net_nanosleep(__LINE__, __VA_ARGS__)
#define fork()                      net_fork(__LINE__)
#define waitpid(...)                net_waitpid(__LINE__, __VA_ARGS__)
#define wait(...)                   net_wait(__LINE__, __VA_ARGS__)
#define exit(...)                   net_exit(__LINE__, __VA_ARGS__)
#define _exit(...)                  net__exit(__LINE__, __VA_ARGS__)
#define abort()                     net_abort(__LINE__)
#define setrlimit(...)              net_setrlimit(__LINE__, __VA_ARGS__)
#define signal(...)                 net_signal(__LINE__, __VA_ARGS__)
#define sigaction(...)              net_sigaction(__LINE__, __VA_ARGS__)
#define kill(...)                   net_kill(__LINE__, __VA_ARGS__)
#define raise(...)                  net_raise(__LINE__, __VA_ARGS__)
#define pthread_create(...)         net_pthread_create(__LINE__, __VA_ARGS__)
#define pthread_join(...)           net_pthread_join(__LINE__, __VA_ARGS__)
#define pthread_detach(...)         net_pthread_detach(__LINE__, __VA_ARGS__)
#define pthread_exit(...)           net_pthread_exit(__LINE__, __VA_ARGS__)
#define pthread_mutex_lock(...)     net_pthread_mutex_lock(__LINE__, __VA_ARGS__)
#define pthread_mutex_unlock(...)   net_pthread_mutex_unlock(__LINE__, __VA_ARGS__)
#define pthread_cond_wait(...)      net_pthread_cond_wait(__LINE__, __VA_ARGS__)
#define pthread_cond_signal(...)    net_pthread_cond_signal(__LINE__, __VA_ARGS__)
#define pthread_cond_broadcast(...) net_pthread_cond_broadcast(__LINE__, __VA_ARGS__)
#define sem_wait(...)               net_sem_wait(__LINE__, __VA_ARGS__)
#define sem_post(...)               net_sem_post(__LINE__, __VA_ARGS__)
#define malloc(...)                 net_malloc(__LINE__, __VA_ARGS__)
#define calloc(...)                 net_calloc(__LINE__, __VA_ARGS__)
#define realloc(...)                net_realloc(__LINE__, __VA_ARGS__)
#define free(...)                   net_free(__LINE__, __VA_ARGS__)

#define strdup(...)       net_strdup(__VA_ARGS__)
#define strndup(...)      net_strndup(__VA_ARGS__)
#define strerror(...)     net_strerror(__VA_ARGS__)
#define localtime(...)    net_localtime(__VA_ARGS__)
#define localtime_r(...)  net_localtime_r(__VA_ARGS__)
#define strftime(...)     net_strftime(__VA_ARGS__)
#define rand()            net_rand()
#define srand(...)        net_srand(__VA_ARGS__)
#define freeaddrinfo(...) net_freeaddrinfo(__VA_ARGS__)

/* With _FORTIFY_SOURCE some of these are macros already. */
#undef printf
#undef fprintf
#undef dprintf
#define printf(...)   net_printf(__LINE__, __VA_ARGS__)
#define vprintf(...)  net_vprintf(__LINE__, __VA_ARGS__)
#define fprintf(...)  net_fprintf(__LINE__, __VA_ARGS__)
#define vfprintf(...) net_vfprintf(__LINE__, __VA_ARGS__)
#define dprintf(...)  net_dprintf(__LINE__, __VA_ARGS__)
#define puts(...)     net_puts(__LINE__, __VA_ARGS__)
#define fputs(...)    net_fputs(__LINE__, __VA_ARGS__)
#define fputc(...)    net_fputc(__LINE__, __VA_ARGS__)
#define fwrite(...)   net_fwrite(__LINE__, __VA_ARGS__)
#define perror(...)   net_perror(__LINE__, __VA_ARGS__)
#define fflush(...)   net_fflush(__LINE__, __VA_ARGS__)
#define setvbuf(...)  net_setvbuf(__LINE__, __VA_ARGS__)
#define fgets(...)    net_fgets(__LINE__, __VA_ARGS__)
#define getline(...)  net_getline(__LINE__, __VA_ARGS__)
#define fgetc(...)    net_fgetc(__LINE__, __VA_ARGS__)
#define fread(...)    net_fread(__LINE__, __VA_ARGS__)

/* libc may have some of these as macros or built-ins already. */
#undef putchar
#define putchar(...) net_putchar(__LINE__, __VA_ARGS__)
#undef putc
#define putc(...) net_fputc(__LINE__, __VA_ARGS__)
#undef getc
#define getc(...) net_fgetc(__LINE__, __VA_ARGS__)
#undef getchar
#define getchar() net_fgetc(__LINE__, stdin)
#undef feof
#define feof(...) net_feof(__VA_ARGS__)

#endif
