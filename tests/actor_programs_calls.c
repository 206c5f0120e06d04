// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that make calls, one of each kind.
#include "tests/actor_program_parts.h"

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static int echo(int argc, char **argv)
{
    struct sockaddr_in address = loopback((uint16_t)atoi(argument_of(argc, argv)));
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        return 1;
    }
    listen(fd, 1);
    int client = accept(fd, NULL, NULL);
    serve(client);
    close(fd);
    return 0;
}
PROGRAM(echo, echo);

static void socket_calls(void)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof address;
    int client, server, value = 1;
    char text[16];
    connection(&client, &server);
    getpeername(client, (struct sockaddr *)&address, &bytes);
    setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value);
    bytes = sizeof value;
    getsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &value, &bytes);
    send(client, "hello", 5, MSG_NOSIGNAL);
    recv(server, text, sizeof text, 0);
    sendto(client, "there", 5, 0, NULL, 0);
    recvfrom(server, text, sizeof text, 0, NULL, NULL);
    write(client, "again", 5);
    read(server, text, sizeof text);
    shutdown(client, SHUT_WR);
    recv(server, text, sizeof text, 0);
    fcntl(server, F_SETFL, O_NONBLOCK);
    fcntl(server, F_GETFL);
    recv(client, text, sizeof text, MSG_DONTWAIT);
    close(client);
    close(server);
}

static void descriptor_calls(void)
{
    struct sockaddr_in address;
    int fd = listener(1, &address), copy = dup(fd);
    struct pollfd one = {.fd = fd, .events = POLLIN};
    struct timeval now = {0};
    struct epoll_event event = {.events = EPOLLIN};
    fd_set set;
    int client, server, epoll = epoll_create1(0), file = open("/proc/self/exe", O_RDONLY);
    dup2(copy, 20);
    close(20);
    poll(&one, 1, 10);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, &now);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    epoll_wait(epoll, &event, 1, 0);
    connection(&client, &server);
    sendfile(client, file, NULL, 4);
    accept4(-1, NULL, NULL, SOCK_CLOEXEC);
}

static void other_calls(void)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    struct timespec short_time = {.tv_nsec = 1000};
    char *block = malloc(100);
    block = realloc(block, 200);
    free(block);
    block = calloc(3, 5);
    char *kept = strdup("not freed by the program");
    if (getaddrinfo("127.0.0.1", "80", &hints, &found) == 0)
        freeaddrinfo(found);
    nanosleep(&short_time, NULL);
    sleep(0);
    printf("%s %d\n", kept, block[3]);
}

static int calls(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    socket_calls();
    descriptor_calls();
    other_calls();
    return 0;
}
PROGRAM(calls, calls);

static int bad_pointers(int argc, char **argv)
{
    int client, server;
    struct sockaddr_in *nowhere = (struct sockaddr_in *)(uintptr_t)64;
    (void)argc;
    (void)argv;
    connection(&client, &server);
    if (send(client, nowhere, 10, 0) != -1 || errno != EFAULT)
        return 1;
    if (connect(client, (struct sockaddr *)nowhere, 16) != -1 || errno != EFAULT)
        return 2;
    if (setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, nowhere, 4) != -1 || errno != EFAULT)
        return 3;
    send(server, "x", 1, 0);
    if (recv(client, nowhere, 10, 0) != -1 || errno != EFAULT)
        return 4;
    return 0;
}
PROGRAM(bad_pointers, bad_pointers);

/* A call that succeeds leaves errno alone (errno(3)): a program may look at it later. */
static int keeps_errno(int argc, char **argv)
{
    enum { EARLIER = EXDEV };
    char buffer[8];
    int client, server;
    (void)argc;
    (void)argv;
    connection(&client, &server);
    errno = EARLIER;
    if (send(client, "one", 3, 0) != 3 || errno != EARLIER)
        return 1;
    if (write(client, "two", 3) != 3 || errno != EARLIER)
        return 2;
    if (recv(server, buffer, 6, MSG_WAITALL) != 6 || errno != EARLIER)
        return 3;
    if (printf("heard\n") != 6 || errno != EARLIER)
        return 4;
    if (close(server) != 0 || errno != EARLIER)
        return 5;
    if (recv(client, buffer, sizeof buffer, 0) != 0 || errno != EARLIER)
        return 6;
    free(malloc(100));
    if (errno != EARLIER)
        return 7;
    pid_t child = fork();
    if (child == 0)
        _exit(errno == EARLIER ? 0 : 1);
    if (child < 0 || errno != EARLIER)
        return 8;
    int status;
    if (waitpid(child, &status, 0) != child || status != 0 || errno != EARLIER)
        return 9;
    return 0;
}
PROGRAM(keeps_errno, keeps_errno);

static int steps(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    listen(fd, 1);
    shutdown(fd, SHUT_RDWR);
    close(fd);
    return 0;
}
PROGRAM(steps, steps);

static int reads_input(int argc, char **argv)
{
    char line[100];
    (void)argc;
    (void)argv;
    char *text = NULL;
    size_t room = 0;
    bool ended = read(STDIN_FILENO, line, sizeof line) == 0 && !fgets(line, sizeof line, stdin) &&
                 getline(&text, &room, stdin) == -1 && getchar() == EOF && feof(stdin);
    free(text);
    return ended ? 0 : 1;
}
PROGRAM(reads_input, reads_input);

static int talks(int argc, char **argv)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), value;
    socklen_t bytes = sizeof value;
    (void)argc;
    (void)argv;
    while (getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &bytes) == 0)
        ;
    return 0;
}
PROGRAM(talks, talks);

/* The same two descriptors again and again, each time another connection. */
static int reconnects(int argc, char **argv)
{
    struct sockaddr_in address, peer;
    char byte;
    int fd = listener(1, &address), rounds = atoi(argument_of(argc, argv));
    for (int i = 0; i < rounds; i++) {
        socklen_t bytes = sizeof peer;
        int client = socket(AF_INET, SOCK_STREAM, 0);
        connect(client, (struct sockaddr *)&address, sizeof address);
        int server = accept(fd, (struct sockaddr *)&peer, &bytes);
        close(client);
        recv(server, &byte, 1, 0);
        close(server);
    }
    return 0;
}
PROGRAM(reconnects, reconnects);

/* One socket, connected to one listener, dissolved (connect(2): AF_UNSPEC), and connected to another. */
static int dissolves(int argc, char **argv)
{
    struct sockaddr_in one, other, none = {.sin_family = AF_UNSPEC};
    int first = listener(1, &one), second = listener(1, &other), fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)argc;
    (void)argv;
    connect(fd, (struct sockaddr *)&one, sizeof one);
    connect(fd, (struct sockaddr *)&none, sizeof none);
    connect(fd, (struct sockaddr *)&other, sizeof other);
    close(fd);
    close(first);
    close(second);
    return 0;
}
PROGRAM(dissolves, dissolves);

/* The line of each call matters. */
/* clang-format off */
const int program_lines_at = __LINE__ + 4;
static int lines(int argc, char **argv)
{
    int fd, one = argc;
    (void)argv;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE,
               &one, sizeof one);
    close(fd);
    printf("%d\n", fd);
    return 0;
}
/* clang-format on */
PROGRAM(lines, lines);
