"""Servers, as the programs of this folder start them: their own, on loopback, and `framesift serve`."""
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def until(answer, what, seconds=120):
    """Asks until the answer is true, which is returned: what is told only to who asks. Fails when it never is."""
    end = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        os.sched_yield()
    return found


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Handler(BaseHTTPRequestHandler):
    """Says nothing, and keeps connections."""
    protocol_version = "HTTP/1.1"

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, body=b"", kind="application/json", status=200, headers=()):
        self.send_response(status)
        for name, value in [*headers, ("Content-Type", kind), ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    """On a port that the system picks."""
    daemon_threads = True

    def __init__(self, handler, host="127.0.0.1", port=0):
        super().__init__((host, port), handler)
        self.base = f"http://{host}:{self.server_port}"

    def handle_error(self, *arguments):
        # Clients that are killed go without a word.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*arguments)

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def announce(self):
        """Prints the port, and serves until the program is killed: `RunningProgram` waits for the line."""
        print(self.server_port, flush=True)
        self.serve_forever()


def read_until(stream, text, what):
    """Reads a program's lines up to one with the text, which is returned, and lets the rest go in the background."""
    for line in stream:
        if text in line:
            threading.Thread(target=stream.read, daemon=True).start()
            return line
    raise AssertionError(f"{what}: ended without saying {text!r}")


def serve(program, port, *arguments, **options):
    """`framesift serve`, once it listens."""
    process = subprocess.Popen([program, "serve", "--listen", f"127.0.0.1:{port}", "--log-level", "error", *arguments],
                               **{**QUIET, "stderr": subprocess.PIPE, "text": True, **options})
    read_until(process.stderr, "listening on", "framesift serve")
    return process
