// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: a thread for each of two clients, and a count under a lock.
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int served;

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char text[64];
    ssize_t n = read(fd, text, sizeof text);
    if (n > 0)
        write(fd, text, (size_t)n);
    pthread_mutex_lock(&lock);
    served++;
    pthread_mutex_unlock(&lock);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argc > 1 ? argv[1] : "12345"))};
    pthread_t thread[2];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 1;
    for (int i = 0; i < 2; i++) {
        int fd = accept(listener, NULL, NULL);
        pthread_create(&thread[i], NULL, serve, (void *)(intptr_t)fd);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    printf("served %d\n", served);
    return 0;
}
