"""A fleet on one machine: what it asks of its database, and how soon another worker goes on.

A server that accepts and workers that judge, each a process of its own, with PostgreSQL on a socket of this machine.
"""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from table import DEPS, FRAMESIFT, ROOT, cpu, write

sys.path[:0] = [os.path.join(ROOT, "Tests", "Programs")]
import servers  # noqa: E402
from Live.station import Station  # noqa: E402
from postgres import Postgres  # noqa: E402

CLIP = os.path.join(DEPS, "fixtures", "live", "show.mp4")
VIDEOS, IDLE, IDLE_SECONDS, TAKEOVERS = 40, 8, 30, 5


class Fleet:
    def __init__(self, folder):
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        self.folder, self.count = folder, 0
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        self.postgres.create("fleet")
        self.port = servers.free_port()
        self.server = servers.serve(FRAMESIFT, self.port, "--no-work", "--allow-private-urls", env=self.environment("server"))
        self.workers = []

    def environment(self, name):
        return {**os.environ, "XDG_STATE_HOME": f"{self.folder}/{name}", "FRAMESIFT_OFFLINE": "1",
                "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{self.postgres.port}/fleet"}

    def work(self):
        self.count += 1
        process = subprocess.Popen([FRAMESIFT, "work", "--allow-private-urls", "--log-level", "error"],
                                   **{**servers.QUIET, "stderr": subprocess.PIPE, "text": True},
                                   env=self.environment(f"worker-{self.count}"))
        servers.read_until(process.stderr, "listening on", "framesift work")
        self.workers.append(process)
        return process

    def submit(self, address, interval):
        fields = {"stream_url": address, "models": "qr-content", "interval": interval, "api_user": "u", "api_secret": "s"}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                    urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
            return json.load(answer)["media"]["id"]

    def number(self, query):
        return int(self.postgres.ask("fleet", query)[0][0])

    def transactions(self):
        # Processes tell of theirs once a second at most.
        time.sleep(2)
        return self.number("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'fleet'")

    def end(self, process, how=signal.SIGKILL):
        process.send_signal(how)
        process.wait()
        self.workers.remove(process)

    def stop(self):
        for process in [self.server, *self.workers]:
            process.kill()
            process.wait()
        self.postgres.stop(signal.SIGQUIT)


def judging(fleet, station, rows):
    fleet.work(), fleet.work()
    address = station.file(CLIP, "clip.mp4")
    database = fleet.postgres.process.pid
    before, used, began = fleet.transactions(), cpu(database), time.monotonic()
    for _ in range(VIDEOS):
        fleet.submit(address, "0.1")
    # Asking is a transaction, too.
    asked = 0
    while fleet.number("SELECT count(*) FROM job WHERE status = 'ongoing'") > 0:
        asked += 1
        time.sleep(0.5)
    took = time.monotonic() - began
    pictures = fleet.number("SELECT sum(frames) FROM job")
    transactions = fleet.transactions() - before - asked - 3
    rows.append((f"transactions a judged picture ({pictures} pictures, {VIDEOS} videos; looking for jobs included)",
                 f"{transactions}", "–", f"{transactions / pictures:.3f}", "≤ 0.2"))
    rows.append(("pictures stored a second while two workers judge; CPU of the database for 1000 of them",
                 f"{pictures / took:.0f}", f"{(cpu(database) - used) / pictures * 1000:.2f} s", "–", "–"))


def takeover(fleet, frames, owner, how):
    """Seconds from the end of the worker that watches to the next picture that another one has stored."""
    before = fleet.number(frames)
    servers.until(lambda: fleet.number(frames) > before, "the stream's pictures")
    [[name, pid]] = fleet.postgres.ask("fleet", f"SELECT name, pid FROM process WHERE name = ({owner})")
    worker = next(one for one in fleet.workers if one.pid == int(pid))
    began = time.monotonic()
    fleet.end(worker, how)
    stored = fleet.number(frames)
    servers.until(lambda: fleet.postgres.ask("fleet", owner) not in ([[name]], [[""]]) and fleet.number(frames) > stored,
                  "another worker")
    took = time.monotonic() - began
    fleet.work()
    return took


def takeovers(fleet, station, how):
    media = fleet.submit(station.address("live"), "1")
    frames, owner = (f"SELECT {what} FROM job WHERE media = '{media}'" for what in ("frames", "owner"))
    return [takeover(fleet, frames, owner, how) for _ in range(TAKEOVERS)]


def main():
    rows = []
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder:
        fleet, station = Fleet(folder), Station()
        try:
            print("judging", file=sys.stderr)
            judging(fleet, station, rows)
            station.broadcast(CLIP, "live")
            for what, how, aim in (("killed", signal.SIGKILL, "≤ 35 s"), ("told to stop", signal.SIGTERM, "≤ 5 s")):
                print(what, file=sys.stderr)
                took = takeovers(fleet, station, how)
                rows.append((f"a worker is {what}: another one has stored a picture of its stream ({TAKEOVERS} times)",
                             f"{statistics.median(took):.1f} s", f"{max(took):.1f} s at most", "–", aim))
        finally:
            station.stop()
            fleet.stop()
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder:
        fleet = Fleet(folder)
        try:
            print("idle", file=sys.stderr)
            fleet.server.kill()
            fleet.server.wait()
            for _ in range(IDLE):
                fleet.work()
            before, began = fleet.transactions(), time.monotonic()
            time.sleep(IDLE_SECONDS)
            each = (fleet.transactions() - before) / (time.monotonic() - began) / IDLE
            rows.append((f"{IDLE} idle workers: transactions a second and worker, of one query each", f"{each:.2f}", "–", "–",
                         "≤ 2"))
        finally:
            fleet.stop()
    write("A fleet", "A server, and workers on the same machine and the same cores; PostgreSQL 15 without fsync. "
          "Pictures of a stream wait up to 5 s to be stored together, which is part of all takeovers but those whose first "
          "picture the clock saw.", rows)


if __name__ == "__main__":
    main()
