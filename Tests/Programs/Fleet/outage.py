#!/usr/bin/env python3
"""A database in trouble: `outage.py FRAMESIFT SHOW`, as root, since a full disk is a small one that is mounted.

A server accepts and a worker watches a stream, each over a line of its own, while the database is away, slow, takes no
changes, or has no room left."""
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import servers
from cases import case
from Live.station import Station
from postgres import Postgres, unprivileged
from proxy import Proxy

FRAMESIFT, SHOW = sys.argv[1:3]


class Machines:
    def __init__(self, folder):
        self.folder = folder
        os.chmod(folder, 0o755)
        for name in ("postgres", "small"):
            os.mkdir(f"{folder}/{name}")
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", f"{folder}/small"], check=True)
        os.chown(f"{folder}/small", unprivileged().get("user", os.getuid()), -1)
        self.postgres.ask("postgres", f"CREATE TABLESPACE small LOCATION '{folder}/small'")
        self.postgres.ask("postgres", "CREATE DATABASE fleet TABLESPACE small")
        self.line = Proxy(self.postgres.port)
        self.port, self.work_port = servers.free_port(), servers.free_port()
        self.server = servers.serve(FRAMESIFT, self.port, "--no-work", "--allow-private-urls", env=self.environment("server"))
        self.worker = subprocess.Popen(
            [FRAMESIFT, "work", "--listen", f"127.0.0.1:{self.work_port}", "--allow-private-urls", "--log-level", "error"],
            **{**servers.QUIET, "stderr": subprocess.PIPE, "text": True}, env=self.environment("worker"))
        servers.read_until(self.worker.stderr, "listening on", "framesift work")

    def environment(self, name):
        return {**os.environ, "XDG_STATE_HOME": f"{self.folder}/{name}",
                "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{self.line.port}/fleet"}

    def submit(self, address):
        """The medium; None when it was refused."""
        fields = {"stream_url": address, "models": "qr-content", "interval": "0.5", "api_user": "u", "api_secret": "s"}
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                        urllib.parse.urlencode(fields).encode(), timeout=120) as answer:
                return re.search(r'"id"\s*:\s*"(med_\w+)"', answer.read().decode()).group(1)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            assert error.code in (500, 503) and '"failure"' in text and "med_" not in text, (error.code, text)
            return None

    def health(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def expect_trouble(self):
        """The server says that its state cannot be written."""
        status, text = servers.until(lambda: (found := self.health(self.port))[0] == 503 and found, "/healthz of the server")
        assert "The state cannot be written." in text, (status, text)

    def expect_health(self):
        for port in (self.port, self.work_port):
            servers.until(lambda port=port: self.health(port)[0] == 200, f"/healthz of {port}")

    def ask(self, query):
        return self.postgres.ask("fleet", query)

    def frames(self, media):
        return [[int(number), int(position)] for number, position in self.ask(
            f"SELECT number, position FROM job_frame WHERE media = '{media}' ORDER BY number")]

    def wait_for_more(self, media):
        before = len(self.frames(media))
        servers.until(lambda: len(self.frames(media)) > before, "more pictures")

    def stop(self):
        for process in (self.server, self.worker):
            process.kill()
            process.wait()
        self.postgres.stop()
        subprocess.run(["umount", f"{self.folder}/small"], check=True)


def expect_whole(machines, media):
    """The worker has kept the stream all the time, and nothing of it is missing."""
    assert machines.ask(f"SELECT status, epoch, missed FROM job WHERE media = '{media}'") == [["ongoing", "1", ""]]
    frames = machines.frames(media)
    assert [number for number, _ in frames] == list(range(1, len(frames) + 1)), frames
    assert {later - sooner for (_, sooner), (_, later) in zip(frames, frames[1:])} <= {500}, frames


def starts(machines):
    """A worker that begins now: how it ends, and what it says."""
    ended = subprocess.run([FRAMESIFT, "work", "--log-level", "error"], env=machines.environment("another"), timeout=120,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return ended.returncode, ended.stderr


def try_all(machines, station):
    address = station.address("live")
    stream = machines.submit(address)
    servers.until(lambda: machines.frames(stream), "the stream's first pictures")
    with case("away: nothing is accepted, and what was judged meanwhile is stored when it is back"):
        machines.postgres.stop()
        assert machines.submit(address) is None
        machines.expect_trouble()
        machines.postgres.start()
        machines.wait_for_more(stream)
        machines.expect_health()
        expect_whole(machines, stream)
    with case("slow: what is accepted is stored, if late"):
        machines.line.delay = 0.5
        media = machines.submit(address)
        machines.line.delay = 0
        assert machines.ask(f"SELECT count(*) FROM job WHERE media = '{media}'") == [["1"]]
        machines.wait_for_more(stream)
        expect_whole(machines, stream)
    with case("takes no changes: nothing is accepted, and what was judged meanwhile is stored later"):
        machines.ask("ALTER DATABASE fleet SET default_transaction_read_only = on")
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fleet' AND pid <> pg_backend_pid()"
        machines.ask(end)
        assert machines.submit(address) is None
        machines.expect_trouble()
        machines.postgres.ask("postgres", "ALTER DATABASE fleet RESET default_transaction_read_only")
        machines.ask(end)
        machines.wait_for_more(stream)
        machines.expect_health()
        expect_whole(machines, stream)
    with case("full: who is answered with an id is stored, and the others are told that it failed"):
        machines.ask("CREATE TABLE filler (content TEXT); ALTER TABLE filler ALTER content SET STORAGE PLAIN")
        for size in (1_000_000 // 4000, 1):
            with_room = True
            while with_room:
                try:
                    machines.ask(f"INSERT INTO filler SELECT repeat('x', 4000) FROM generate_series(1, {size})")
                except subprocess.CalledProcessError as error:
                    assert "No space left" in error.stderr, error.stderr
                    with_room = False
        accepted = []
        # What room the tables have left is used up.
        while (media := machines.submit("http://127.0.0.1:1/no.mp4?" + "x" * 2000)) is not None:
            accepted.append(media)
            assert len(accepted) < 500
        # Small changes still find room, such as the one that /healthz tries: it may say either.
        stored = {media for [media] in machines.ask("SELECT media FROM job")}
        assert set(accepted) <= stored, set(accepted) - stored
        machines.ask("DROP TABLE filler")
        servers.until(lambda: machines.submit("http://127.0.0.1:1/no.mp4") is not None, "room")
        machines.expect_health()
        machines.wait_for_more(stream)
        expect_whole(machines, stream)
    with case("silent: nothing is accepted, and a worker that begins ends with a sentence"):
        machines.line.cut()
        assert machines.submit(address) is None
        status, said = starts(machines)
        assert status == 74 and len(said.splitlines()) == 1 and "cannot be opened: " in said, (status, said)
        machines.line.mend()
        servers.until(lambda: machines.submit("http://127.0.0.1:1/no.mp4") is not None, "the line")


def main():
    with tempfile.TemporaryDirectory(prefix="framesift-outage-") as folder:
        station = Station()
        station.broadcast(SHOW, "live")
        machines = Machines(folder)
        try:
            try_all(machines, station)
        finally:
            machines.stop()
            station.stop()


if __name__ == "__main__":
    if "OUTAGE_INSIDE" not in os.environ:
        # What is mounted is seen here only.
        os.execvpe("unshare", ["unshare", "-m", sys.executable, "-u", *sys.argv], {**os.environ, "OUTAGE_INSIDE": "1"})
    main()
