"""A line between a program and a server, which can be cut, or slow."""
import contextlib
import socket
import threading
import time


class Proxy:
    """Passes connections on to a port of loopback."""

    def __init__(self, target):
        self.target, self.is_cut, self.delay = target, False, 0
        self.open, self.lock = set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            with self.lock:
                self.open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                time.sleep(self.delay)
                # What is sent while the line is cut is gone, as behind a firewall that says nothing.
                if not self.is_cut:
                    sink.sendall(content)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Nothing passes any more, and nobody is told."""
        self.is_cut = True

    def mend(self):
        """New connections pass again; those of before are over."""
        with self.lock:
            over, self.open = self.open, set()
        for one in over:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.is_cut = False
