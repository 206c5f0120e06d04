// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that stand for the traced ones: the same, after the line of the call.
#ifndef NET_TRACE_TRACED_CALLS_H
#define NET_TRACE_TRACED_CALLS_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

int net_socket(int line, int domain, int type, int protocol);
int net_bind(int line, int fd, const struct sockaddr *, socklen_t);
int net_listen(int line, int fd, int backlog);
int net_accept(int line, int fd, struct sockaddr *, socklen_t *);
int net_accept4(int line, int fd, struct sockaddr *, socklen_t *, int flags);
int net_connect(int line, int fd, const struct sockaddr *, socklen_t);
ssize_t net_send(int line, int fd, const void *, size_t, int flags);
ssize_t net_sendto(int line, int fd, const void *, size_t, int flags, const struct sockaddr *, socklen_t);
ssize_t net_write(int line, int fd, const void *, size_t);
ssize_t net_sendfile(int line, int out_fd, int in_fd, off_t *, size_t);
ssize_t net_recv(int line, int fd, void *, size_t, int flags);
ssize_t net_recvfrom(int line, int fd, void *, size_t, int flags, struct sockaddr *, socklen_t *);
ssize_t net_read(int line, int fd, void *, size_t);
int net_close(int line, int fd);
int net_shutdown(int line, int fd, int how);
int net_setsockopt(int line, int fd, int level, int option, const void *, socklen_t);
int net_getsockopt(int line, int fd, int level, int option, void *, socklen_t *);
int net_getsockname(int line, int fd, struct sockaddr *, socklen_t *);
int net_getpeername(int line, int fd, struct sockaddr *, socklen_t *);
int net_fcntl(int line, int fd, int command, ...);
int net_dup(int line, int fd);
int net_dup2(int line, int fd, int to);
int net_open(int line, const char *path, int flags, ...);
int net_getaddrinfo(int line, const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **);

/* Of a learner's program, or a hand: no chapter program makes them. */
ssize_t net_readv(int line, int fd, const struct iovec *, int count);
ssize_t net_writev(int line, int fd, const struct iovec *, int count);
ssize_t net_recvmsg(int line, int fd, struct msghdr *, int flags);
ssize_t net_sendmsg(int line, int fd, const struct msghdr *, int flags);
ssize_t net_splice(int line, int in, off_t *in_at, int out, off_t *out_at, size_t, unsigned flags);
int net_pipe2(int line, int ends[2], int flags);
int net_memfd_create(int line, const char *name, unsigned flags);
int net_ioctl(int line, int fd, unsigned long request, void *);
int net_execve(int line, const char *path, char *const *argv, char *const *environment);
bool net_ioctl_is_traced(unsigned long request); /* the others are about no TCP */

int net_poll(int line, struct pollfd *, nfds_t, int timeout_ms);
int net_select(int line, int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *);
int net_epoll_create1(int line, int flags);
int net_epoll_ctl(int line, int epoll, int operation, int fd, struct epoll_event *);
int net_epoll_wait(int line, int epoll, struct epoll_event *, int room, int timeout_ms);
unsigned net_sleep(int line, unsigned seconds);
int net_nanosleep(int line, const struct timespec *, struct timespec *);

pid_t net_fork(int line);
pid_t net_waitpid(int line, pid_t, int *status, int options);
pid_t net_wait(int line, int *status);
_Noreturn void net_exit(int line, int status);
_Noreturn void net__exit(int line, int status);
_Noreturn void net_abort(int line);
int net_setrlimit(int line, int resource, const struct rlimit *);
typedef void net_handler(int signo);
net_handler *net_signal(int line, int signo, net_handler *);
int net_sigaction(int line, int signo, const struct sigaction *, struct sigaction *old);
int net_kill(int line, pid_t, int signo);
int net_raise(int line, int signo);

int net_pthread_create(int line, pthread_t *, const pthread_attr_t *, void *(*start)(void *), void *);
int net_pthread_join(int line, pthread_t, void **result);
int net_pthread_detach(int line, pthread_t);
_Noreturn void net_pthread_exit(int line, void *result);
int net_pthread_mutex_lock(int line, pthread_mutex_t *);
int net_pthread_mutex_unlock(int line, pthread_mutex_t *);
int net_pthread_cond_wait(int line, pthread_cond_t *, pthread_mutex_t *);
int net_pthread_cond_signal(int line, pthread_cond_t *);
int net_pthread_cond_broadcast(int line, pthread_cond_t *);
int net_sem_wait(int line, sem_t *);
int net_sem_post(int line, sem_t *);

void *net_malloc(int line, size_t);
void *net_calloc(int line, size_t count, size_t);
void *net_realloc(int line, void *, size_t);
void net_free(int line, void *);

/* No events of their own: guarded, since libc holds a lock in them. */
char *net_strdup(const char *);
char *net_strndup(const char *, size_t);
char *net_strerror(int error);
struct tm *net_localtime(const time_t *);
struct tm *net_localtime_r(const time_t *, struct tm *);
size_t net_strftime(char *, size_t, const char *format, const struct tm *) __attribute__((format(strftime, 3, 0)));
int net_rand(void);
void net_srand(unsigned seed);
void net_freeaddrinfo(struct addrinfo *);

int net_printf(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));
int net_vprintf(int line, const char *format, va_list) __attribute__((format(printf, 2, 0)));
int net_fprintf(int line, FILE *, const char *format, ...) __attribute__((format(printf, 3, 4)));
int net_vfprintf(int line, FILE *, const char *format, va_list) __attribute__((format(printf, 3, 0)));
int net_dprintf(int line, int fd, const char *format, ...) __attribute__((format(printf, 3, 4)));
int net_puts(int line, const char *);
int net_fputs(int line, const char *, FILE *);
int net_fputc(int line, int c, FILE *);
int net_putchar(int line, int c);
size_t net_fwrite(int line, const void *, size_t, size_t count, FILE *);
void net_perror(int line, const char *);
int net_fflush(int line, FILE *);
int net_setvbuf(int line, FILE *, char *, int mode, size_t);
char *net_fgets(int line, char *, int room, FILE *);
ssize_t net_getline(int line, char **, size_t *room, FILE *);
int net_fgetc(int line, FILE *);
size_t net_fread(int line, void *, size_t, size_t count, FILE *);
int net_feof(FILE *);

#endif
