"""A fleet on one machine: what it asks of its database, how it grows with its workers, and how soon another worker goes on.

A server that accepts and workers that judge, each a process of its own, with PostgreSQL on a socket of this machine.
`fleet.py scaling` does one part only and writes nothing; the others are judging, takeovers and idle.
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
# A service that answers after so many ms, so many calls at once of each worker, its videos at once, and their pictures.
LATENCY, CALLS, SIDE_BY_SIDE, PICTURES, WORKERS, RUNS = 100, 2, 4, 200, 8, 3
MANY_CALLS = 16
CLIPS = os.path.join(DEPS, "bench", "fleet")


class Fleet:
    def __init__(self, folder, *judge, **service):
        """`judge`: arguments that say who judges; `service`: environment variables for it."""
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        self.folder, self.count, self.asked, self.judge, self.service = folder, 0, 0, judge, service
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        self.postgres.create("fleet")
        self.port = servers.free_port()
        self.server = servers.serve(FRAMESIFT, self.port, "--no-work", "--allow-private-urls", *judge,
                                    env=self.environment("server"))
        self.workers = []

    def environment(self, name):
        return {**os.environ, **self.service, "XDG_STATE_HOME": f"{self.folder}/{name}", "FRAMESIFT_OFFLINE": "1",
                "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{self.postgres.port}/fleet"}

    def work(self, *arguments):
        self.count += 1
        process = subprocess.Popen([FRAMESIFT, "work", "--allow-private-urls", "--log-level", "error", *self.judge, *arguments],
                                   **{**servers.QUIET, "stderr": subprocess.PIPE, "text": True},
                                   env=self.environment(f"worker-{self.count}"))
        servers.read_until(process.stderr, "listening on", "framesift work")
        self.workers.append(process)
        return process

    def submit(self, address, interval, models="qr-content"):
        fields = {"stream_url": address, "models": models, "interval": interval, "api_user": "u", "api_secret": "s"}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                    urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
            return json.load(answer)["media"]["id"]

    def ask(self, query):
        self.asked += 1
        return self.postgres.ask("fleet", query)

    def number(self, query):
        return int(self.ask(query)[0][0])

    def transactions(self):
        """Those of the fleet so far. Asking here is two: one to connect, and the question."""
        # Processes tell of theirs once a second at most.
        time.sleep(2)
        ours = 2 * self.asked
        return self.number("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'fleet'") - ours

    def end(self, process, how=signal.SIGKILL):
        process.send_signal(how)
        process.wait()
        self.workers.remove(process)

    def stop(self):
        for process in [self.server, *self.workers]:
            process.kill()
            process.wait()
        self.postgres.stop(signal.SIGQUIT)


def judging(rows):
    print("judging", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder:
        fleet, station = Fleet(folder), Station()
        try:
            judge(fleet, station, rows)
        finally:
            station.stop()
            fleet.stop()


def judge(fleet, station, rows):
    fleet.work(), fleet.work()
    address = station.file(CLIP, "clip.mp4")
    database = fleet.postgres.process.pid
    before, used, began = fleet.transactions(), cpu(database), time.monotonic()
    for _ in range(VIDEOS):
        fleet.submit(address, "0.1")
    while fleet.number("SELECT count(*) FROM job WHERE status = 'ongoing'") > 0:
        time.sleep(0.5)
    took = time.monotonic() - began
    pictures = fleet.number("SELECT sum(frames) FROM job")
    transactions = fleet.transactions() - before
    rows.append((f"transactions a judged picture ({pictures} pictures, {VIDEOS} videos; looking for jobs included)",
                 f"{transactions}", "–", f"{transactions / pictures:.3f}", "≤ 0.2"))
    rows.append(("pictures stored a second while two workers judge; CPU of the database for 1000 of them",
                 f"{pictures / took:.0f}", f"{(cpu(database) - used) / pictures * 1000:.2f} s", "–", "–"))


class Service:
    """What `latency-server.py` is, and what it counted once it has ended."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(ROOT, "scripts", "benchmarks", "latency-server.py"),
                                         str(LATENCY), "0"], stdout=subprocess.PIPE, text=True)
        self.address = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def stop(self):
        self.process.terminate()
        return json.loads(self.process.communicate()[0])


def clip(number):
    """320 × 180, one picture a second, no two alike, in this clip or another: decoding costs next to nothing."""
    path = os.path.join(CLIPS, f"{number:02}.mp4")
    if not os.path.exists(path):
        os.makedirs(CLIPS, exist_ok=True)
        picture = f"testsrc2=s=320x180:r=1:d={PICTURES},hue=h={number * 37 % 360},noise=all_seed={number}:alls=8:allf=t"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset",
                        "veryfast", "-crf", "28", "-g", "10", "-pix_fmt", "yuv420p", path + ".partial.mp4"], check=True)
        os.rename(path + ".partial.mp4", path)
    return path


def through_service(station, workers, calls=CALLS, videos=SIDE_BY_SIDE):
    """Pictures a second, transactions a picture, and processor seconds of everybody for a thousand pictures, where so many
    workers have a service judge so many videos at once each."""
    service = Service()
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder:
        fleet = Fleet(folder, "--provider", "picpurify", "--concurrency", str(calls), "--rate", "10000",
                      PICPURIFY_API_KEY="k", PICPURIFY_URL=service.address)
        try:
            for _ in range(workers):
                fleet.work("--videos", str(videos), "--streams", "0")
            everybody = [fleet.postgres.process.pid, fleet.server.pid, service.process.pid, *(one.pid for one in fleet.workers)]
            addresses = [station.file(clip(number), f"{workers}-{number}-{time.monotonic_ns()}.mp4")
                         for number in range(workers * videos)]
            before, used, began = fleet.transactions(), sum(map(cpu, everybody)), time.monotonic()
            for address in addresses:
                fleet.submit(address, "1", "nudity")
            while fleet.number("SELECT count(*) FROM job WHERE status = 'ongoing'") > 0:
                time.sleep(0.25)
            took = time.monotonic() - began
            load = sum(map(cpu, everybody)) - used
            pictures = fleet.number("SELECT sum(frames) FROM job WHERE status = 'finished'")
            transactions = fleet.transactions() - before
        finally:
            fleet.stop()
            counts = service.stop()
    wanted = workers * videos * PICTURES
    assert pictures == wanted == counts["requests"] and counts["most"] <= workers * calls, (pictures, wanted, counts)
    return pictures / took, transactions / pictures, load / pictures * 1000


def scaling(rows):
    station, runs = Station(), []
    try:
        for number in range(RUNS):
            print(f"scaling, run {number + 1} of {RUNS}", file=sys.stderr)
            runs.append([through_service(station, 1), through_service(station, WORKERS),
                         through_service(station, 1, MANY_CALLS, 2 * SIDE_BY_SIDE)])
    finally:
        station.stop()
    (one, each, _), (many, each_of_many, load), (_, busy, _) = (
        [statistics.median(run[side][figure] for run in runs) for figure in range(3)] for side in range(3))
    rows.append((f"{WORKERS} workers against one, through a service that answers after {LATENCY} ms, {CALLS} calls at once of "
                 "each: pictures a second", f"{many:.0f}", f"{one:.1f}", f"{many / one:.2f}", "≥ 7"))
    rows.append((f"the same: transactions a picture, of {WORKERS} workers and of one (looking for jobs included)",
                 f"{each_of_many:.3f}", f"{each:.3f}", "–", "–"))
    rows.append((f"one worker with {MANY_CALLS} calls at once: transactions a picture (looking for jobs included)",
                 f"{busy:.3f}", "–", "–", "≤ 0.2"))
    rows.append((f"{WORKERS} workers: CPU of all, the database and the service for 1000 pictures", f"{load:.1f} s", "–", "–", "–"))


def takeover(fleet, frames, owner, how):
    """Seconds from the end of the worker that watches until another one has the stream, and until it has stored a picture."""
    before = fleet.number(frames)
    servers.until(lambda: fleet.number(frames) > before, "the stream's pictures")
    [[name, pid]] = fleet.ask(f"SELECT name, pid FROM process WHERE name = ({owner})")
    worker = next(one for one in fleet.workers if one.pid == int(pid))
    began = time.monotonic()
    fleet.end(worker, how)
    stored = fleet.number(frames)
    servers.until(lambda: fleet.ask(owner) not in ([[name]], [[""]]), "another worker")
    taken = time.monotonic() - began
    servers.until(lambda: fleet.number(frames) > stored, "its first picture")
    took = time.monotonic() - began
    fleet.work()
    return taken, took


def takeovers(rows):
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder:
        fleet, station = Fleet(folder), Station()
        try:
            fleet.work(), fleet.work()
            station.broadcast(CLIP, "live")
            for what, how, aim in (("killed", signal.SIGKILL, "≤ 35 s"), ("told to stop", signal.SIGTERM, "≤ 5 s")):
                print(what, file=sys.stderr)
                media = fleet.submit(station.address("live"), "1")
                frames, owner = (f"SELECT {what} FROM job WHERE media = '{media}'" for what in ("frames", "owner"))
                taken, took = zip(*(takeover(fleet, frames, owner, how) for _ in range(TAKEOVERS)))
                for did, times, limit in (("has its stream", taken, "–"), ("has stored a picture of it", took, aim)):
                    rows.append((f"a worker is {what}: another one {did} ({TAKEOVERS} times)", f"{statistics.median(times):.1f} s",
                                 f"{max(times):.1f} s at most", "–", limit))
        finally:
            station.stop()
            fleet.stop()


def idle(rows):
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


def main():
    parts, rows = {"judging": judging, "scaling": scaling, "takeovers": takeovers, "idle": idle}, []
    for name in sys.argv[1:] or parts:
        parts[name](rows)
    if sys.argv[1:]:
        return print(*rows, sep="\n")
    write("A fleet", f"A server, and workers on the same machine and the same cores; PostgreSQL 15 without fsync. With the "
          f"service, medians of {RUNS} runs: {SIDE_BY_SIDE} videos at once of each worker, {PICTURES} pictures of 320 × 180 in each.",
          rows)


if __name__ == "__main__":
    main()
