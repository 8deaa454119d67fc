"""Answers posts with these statuses, one after the other, and then with 200: `status-server.py STATUS…`.

Prints its port, then each body. On loopback only.
"""
import sys

from servers import Handler, Server

statuses = [int(text) for text in sys.argv[1:]]


class Receiver(Handler):
    def do_POST(self):
        sys.stdout.buffer.write(self.body() + b"\n")
        sys.stdout.buffer.flush()
        self.answer(status=statuses.pop(0) if statuses else 200, headers=[("Location", "http://127.0.0.1:1/")])


Server(Receiver).announce()
