"""`framesift serve` as the benchmarks run it."""
import os
import re
import subprocess
import tempfile
import threading

from table import FRAMESIFT, Peak, memory


class Server:
    """Listens on loopback, on a port that the system picks, with a state of its own."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.state = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [FRAMESIFT, "serve", "--listen", "127.0.0.1:0", "--log-level", "error", *self.arguments],
            env=dict(os.environ, XDG_STATE_HOME=self.state.name), stderr=subprocess.PIPE, text=True)
        line = next(line for line in self.process.stderr if "listening on" in line)
        self.port = int(re.search(r":(\d+)$", line.strip()).group(1))
        self.base = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        return self

    def __exit__(self, *problem):
        self.process.kill()
        self.process.wait()
        self.state.cleanup()

    def memory(self):
        """MB, of the server and its decoders."""
        return memory(self.process.pid)

    def peak(self):
        """The most of it from now on, until its `stop`."""
        return Peak(self.process.pid)
