// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: C++ with iostreams, a thread and an exception.
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int fd)
{
    char text[64];
    ssize_t n = recv(fd, text, sizeof text, 0);
    std::cout << "got " << n << std::endl;
    if (n > 0 && send(fd, text, static_cast<size_t>(n), 0) != n)
        throw std::runtime_error("send");
    close(fd);
}

int main(int argc, char **argv)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(std::stoi(argc > 1 ? argv[1] : "12345")));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    try {
        if (bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0)
            throw std::runtime_error("bind");
        listen(listener, 8);
        std::thread thread(serve, accept(listener, nullptr, nullptr));
        thread.join();
    } catch (const std::exception &why) {
        std::cerr << why.what() << std::endl;
        return 1;
    }
    std::cout << "done\n";
}
