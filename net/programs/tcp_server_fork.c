// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_fork.c - a TCP server for many clients: a child process for each of them.
 *
 *   gcc tcp_server_fork.c -o tcp_server_fork
 *   ./tcp_server_fork                   and in other terminals, more than once:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   repeat=no         "yes": a child answers until its client leaves; "no": it answers once
 *   reap=handler      how ended children are collected: handler, once, sysv, none, ignore, nocldwait
 *   forget=nothing    which close() is left out: parent, child, nothing
 *   limit=none        how many children there may be at once; zombies count
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * The parent only accepts; each child serves one client and ends. They share no memory: what goes wrong in a child
 * (even a crash) ends that child alone. If the parent ends, its children serve on until their clients leave.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define MAX_LIMIT   4096

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *repeat, *reap, *forget, *sigpipe;
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* ---- children that have ended ------------------------------------------------------------------------------------ */

static size_t put_text(char *line, size_t at, const char *text)
{
    while (*text)
        line[at++] = *text++;
    return at;
}

static size_t put_number(char *line, size_t at, int number)
{
    char digits[12];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0)
        line[at++] = digits[--n];
    return at;
}

/*
 * Say how a child ended. This runs in a signal handler, which may have interrupted main() in the middle of a printf():
 * another printf() here could find its buffer half changed. write() is one of the few functions that are allowed.
 */
static void report(pid_t pid, int status)
{
    char line[80];
    size_t n = put_text(line, 0, "Child ");
    n = put_number(line, n, pid);
    n = put_text(line, n, WIFSIGNALED(status) ? " was killed by signal " : " ended with status ");
    n = put_number(line, n, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    n = put_text(line, n, ".\n");
    if (write(STDOUT_FILENO, line, n) < 0)
        return; // there is nobody to tell
}

/*
 * A child that has ended stays a zombie, an entry in the process table, until its parent asks how it ended. When
 * several children end at nearly the same time, the parent gets one SIGCHLD for all of them: so ask again until there
 * is no more. A handler may come between any two instructions of main(): it must leave errno as it found it.
 */
static void reap_all(int signo)
{
    int saved = errno, status;
    pid_t pid;
    (void)signo;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        report(pid, status);
    errno = saved;
}

/* The same with one waitpid() for one signal. It looks right, and leaves zombies behind. */
static void reap_one(int signo)
{
    int saved = errno, status;
    (void)signo;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid > 0)
        report(pid, status);
    errno = saved;
}

/* sigaction(), not signal(): what signal() means depends on how the program is compiled. */
static int handle(int signo, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static int set_up_signals(const struct settings *s)
{
    // Also where the default is wanted: a program inherits what was ignored by the program that started it.
    if (handle(SIGPIPE, is(s->sigpipe, "ignore") ? SIG_IGN : SIG_DFL, 0) < 0)
        return -1;
    // SA_RESTART: let accept() go on by itself after the handler has run.
    if (is(s->reap, "handler"))
        return handle(SIGCHLD, reap_all, SA_RESTART | SA_NOCLDSTOP);
    if (is(s->reap, "once"))
        return handle(SIGCHLD, reap_one, SA_RESTART | SA_NOCLDSTOP);
    // What signal() asks for in a program built with gcc -std=c17, as System V did: the handler is for the first signal
    // only, and a call that it interrupts fails with EINTR.
    if (is(s->reap, "sysv"))
        return handle(SIGCHLD, reap_all, SA_RESETHAND | SA_NODEFER);
    // Both tell the kernel that nobody will ask: it keeps no zombies, and nobody learns how a child ended.
    if (is(s->reap, "ignore"))
        return handle(SIGCHLD, SIG_IGN, 0);
    if (is(s->reap, "nocldwait"))
        return handle(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
    return handle(SIGCHLD, SIG_DFL, 0);
}

/*
 * Which of these processes still exist: signal 0 is sent to nobody, kill() only looks. A zombie does exist. (A number
 * may belong to another process by now; then the list is too long by one for a while.)
 */
static size_t keep_living(pid_t *pids, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kill(pids[i], 0) == 0)
            pids[kept++] = pids[i];
    return kept;
}

/* ---- the child: one client --------------------------------------------------------------------------------------- */

/* With idle, recv() and send() give up after so many seconds: they fail with EAGAIN. */
static void set_patience(int fd, long seconds)
{
    struct timeval patience = {.tv_sec = seconds};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
}

static int fail(const char *call)
{
    if (errno == EAGAIN)
        fprintf(stderr, "Client was silent for too long.\n");
    else
        perror(call);
    return -1;
}

/* The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. Print n bytes. */
static void show(const char *data, size_t n)
{
    printf("Client: ");
    fwrite(data, 1, n, stdout);
    printf("\n");
}

/* send() may take only a part of what it is given: go on with the rest. */
static int send_all(int fd, const char *data, size_t length, int flags)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, flags);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("send");
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Send back what comes, once or until the client leaves. A client that has sent more than was read will be reset. */
static int serve(int fd, const struct settings *s)
{
    char buffer[BUFFER_SIZE];
    int flags = is(s->sigpipe, "nosignal") ? MSG_NOSIGNAL : 0;

    if (s->idle)
        set_patience(fd, s->idle);
    do {
        ssize_t n;
        do
            n = recv(fd, buffer, sizeof buffer, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return fail("recv");
        if (n == 0)
            return 0; // the client has closed its end
        show(buffer, (size_t)n);
        if (send_all(fd, buffer, (size_t)n, flags) < 0)
            return -1;
    } while (is(s->repeat, "yes"));
    return 0;
}

/* ---- the parent: all clients ------------------------------------------------------------------------------------- */

static int open_listener(const struct settings *s)
{
    int reuse = is(s->reuseaddr, "yes");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = s->address};

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        perror("socket");
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) < 0)
        perror("setsockopt");
    else if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        perror("bind");
    else if (listen(fd, (int)s->backlog) < 0)
        perror("listen");
    else
        return fd;
    close(fd);
    return -1;
}

/* The next client; -1 when there can be no more. */
static int next_client(int server_fd)
{
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd >= 0)
            return fd;
        // A signal came, or the client left while it waited: neither is this server's end.
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        // No descriptor or no memory is left. The client stays in the queue, and accept() would fail again at once, for
        // ever: wait a little, until something may have been given back.
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept");
        if (!shortage)
            return -1;
        sleep(1);
    }
}

/* The new process for one client, or -1. Only the parent returns from here. */
static pid_t start_child(int server_fd, int client_fd, const struct settings *s)
{
    fflush(stdout); // what is still unwritten would be written by the child once more
    pid_t pid = fork();
    if (pid < 0)
        perror("fork");
    if (pid != 0)
        return pid;

    // The child: the listener is none of its business. If it kept it, the port would stay open after the parent has
    // ended.
    if (!is(s->forget, "child"))
        close(server_fd);
    int status = serve(client_fd, s) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    close(client_fd);
    exit(status);
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"repeat", .word = &s->repeat, .words = "yes|no"},
        {"reap", .word = &s->reap, .words = "handler|once|sysv|none|ignore|nocldwait"},
        {"forget", .word = &s->forget, .words = "parent|child|nothing"},
        {"limit", .number = &s->limit, .low = 1, .high = MAX_LIMIT, .may_be_none = 1},
        {"idle", .number = &s->idle, .low = 1, .high = 86400, .may_be_none = 1},
        {"sigpipe", .word = &s->sigpipe, .words = "default|ignore|nosignal"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 10,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .repeat = "no",
                         .reap = "handler",
                         .forget = "nothing",
                         .sigpipe = "nosignal"};
    pid_t children[MAX_LIMIT];
    size_t count = 0;

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    if (set_up_signals(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("Server listening on port %ld...\n", s.port);

    int client_fd;
    while ((client_fd = next_client(server_fd)) >= 0) {
        if (s.limit && count == (size_t)s.limit)
            count = keep_living(children, count);
        if (s.limit && count == (size_t)s.limit) {
            fprintf(stderr, "Too many clients: %zu.\n", count);
            close(client_fd);
            continue;
        }

        pid_t pid = start_child(server_fd, client_fd, &s);
        if (s.limit && pid > 0)
            children[count++] = pid;
        // A connection ends when its last descriptor is closed. If the parent kept this one, the client would never see
        // the end. Without a child there is nobody else to close it.
        if (pid < 0 || !is(s.forget, "parent"))
            close(client_fd);
    }
    close(server_fd);
    return EXIT_FAILURE;
}
