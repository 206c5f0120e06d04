# SPDX-License-Identifier: GPL-3.0-or-later
# As a learner may write one: Python's socketserver, a thread for each client.
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        text = self.request.recv(64)
        print("got", len(text))
        self.request.sendall(text)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


Server(("", int(sys.argv[1])), Echo).serve_forever()
