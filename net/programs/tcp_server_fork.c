// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_fork.c - a TCP server with a child process for each client.
 *   gcc tcp_server_fork.c -o tcp_server_fork
 *   ./tcp_server_fork      and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   repeat=no         "yes": a child answers until its client leaves
 *   reap=handler      handler, once, sysv, none, ignore, nocldwait
 *   forget=nothing    which close() is left out: parent, child, nothing
 *   limit=none        how many children at once, up to 4096, and zombies
 *   idle=none         after how many seconds of silence one is given up
 *   sigpipe=nosignal  send() to nobody: default (death), ignore, nosignal
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int has(char **argv, const char *parameter);
static void set_up_signals(char **argv);
static int may_go_on(int error);
static int count_living(pid_t *children, int count);
static int serve(int fd, char **argv);

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    int on = 1, limit = atoi(word(argv, "limit=", "none")), count = 0;
    pid_t children[4096], pid;
    if (limit > 4096) limit = 4096;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // or children print the rest again
    set_up_signals(argv);
    // 1. to 3. socket(), bind(), listen(), in the family of the address
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), 2;
    int server_fd = socket(own->ai_family, SOCK_STREAM, 0);
    if (server_fd < 0) return perror("socket"), freeaddrinfo(own), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server_fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), EXIT_FAILURE;
    freeaddrinfo(own);
    if (listen(server_fd, atoi(word(argv, "backlog=", "10"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %s...\n", port);
    // 4. accept()
    for (;;) {
        int client_fd = accept(server_fd, NULL, NULL);
        if (client_fd < 0 && may_go_on(errno)) continue;
        if (client_fd < 0) return EXIT_FAILURE;
        if (limit && count == limit &&
            (count = count_living(children, count)) == limit) {
            fprintf(stderr, "Too many clients: %d.\n", count);
            close(client_fd);
            continue;
        }
        // 5. fork(): the child serves, the parent accepts the next.
        if ((pid = fork()) == 0) {
            if (!has(argv, "forget=child")) // or the port outlives us
                close(server_fd);
            int result = serve(client_fd, argv);
            close(client_fd);
            exit(result < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
        }
        if (pid < 0) perror("fork");
        if (pid > 0 && limit) children[count++] = pid;
        // 6. close(): a connection ends with its last descriptor.
        if (pid < 0 || !has(argv, "forget=parent")) close(client_fd);
    }
}

static int fail(const char *call)
{
    if (errno != EAGAIN) return perror(call), -1;
    fprintf(stderr, "Client was silent for too long.\n");
    return -1;
}

/* Send back what comes, once or until the client leaves. */
static int serve(int fd, char **argv)
{
    struct timeval idle = {.tv_sec = atoi(word(argv, "idle=", "none"))};
    const char *sigpipe = word(argv, "sigpipe=", "nosignal");
    int flags = strcmp(sigpipe, "nosignal") ? 0 : MSG_NOSIGNAL;
    unsigned char data[1024];
    ssize_t n, sent, part;
    if (idle.tv_sec) { // recv() and send() then fail with EAGAIN
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
    }
    do {
        while ((n = recv(fd, data, sizeof data, 0)) < 0 && errno == EINTR) {}
        if (n <= 0) return n < 0 ? fail("recv") : 0; // 0: the client's end
        printf("Client: ");
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(data[i] < ' ' || data[i] > '~' ? "\\x%02x" : "%c", data[i]);
        printf("\n");
        for (sent = 0; sent < n; sent += part) // it may take a part
            if ((part = send(fd, data + sent, (size_t)(n - sent), flags)) < 0)
                return fail("send");
    } while (has(argv, "repeat=yes"));
    return 0;
}

/* printf() may be half done when a signal comes. These may be called. */
static void append(char *line, int n)
{
    if (n > 9) append(line, n / 10);
    strncat(line, &"0123456789"[n % 10], 1);
}

/* Ended children are zombies until waitpid() has collected them. */
static void collect(int only_one)
{
    int saved = errno, status; // main() may be about to look at errno
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        int killed = WIFSIGNALED(status);
        char line[80] = "Child ";
        append(line, pid);
        strcat(line, killed ? " was killed by signal " : " ended with status ");
        append(line, killed ? WTERMSIG(status) : WEXITSTATUS(status));
        strcat(line, ".\n");
        if (write(STDOUT_FILENO, line, strlen(line)) < 0 || only_one) break;
    }
    errno = saved;
}

/* A second SIGCHLD while one is pending is lost: ask for all children. */
static void on_signal(int signo)
{
    if (signo == SIGTERM) _exit(EXIT_SUCCESS);
    collect(0);
}

static void set_up_signals(char **argv)
{
    struct sigaction child = {.sa_flags = SA_RESTART | SA_NOCLDSTOP};
    int none = has(argv, "reap=none") || has(argv, "reap=nocldwait");
    child.sa_handler = has(argv, "reap=ignore") ? SIG_IGN
                       : has(argv, "reap=once") ? collect
                       : none                   ? SIG_DFL
                                                : on_signal;
    if (has(argv, "reap=sysv")) // what signal() asks for in C17
        child.sa_flags = SA_RESETHAND | SA_NODEFER;
    if (has(argv, "reap=nocldwait")) child.sa_flags = SA_NOCLDWAIT;
    sigaction(SIGCHLD, &child, NULL);
    signal(SIGPIPE, has(argv, "sigpipe=ignore") ? SIG_IGN : SIG_DFL);
    signal(SIGTERM, on_signal);
}

/* After accept() failed: the errors of accept(2) that pass. */
static int may_go_on(int error)
{
    if (error == EINTR || error == ECONNABORTED || error == EPROTO ||
        error == ENETDOWN || error == ENETUNREACH || error == ENONET ||
        error == EHOSTDOWN || error == EHOSTUNREACH || error == ENOPROTOOPT ||
        error == EOPNOTSUPP)
        return 1;
    perror("accept");
    if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
        error != ENOMEM)
        return 0;
    sleep(1); // nothing is left, and the client still waits
    return 1;
}

/* kill() with 0 only looks whether there is such a process. */
static int count_living(pid_t *children, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (kill(children[i], 0) == 0) children[kept++] = children[i];
    return kept;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}

static int has(char **argv, const char *parameter)
{
    while (*++argv && strcmp(*argv, parameter) != 0) {}
    return *argv != NULL;
}
