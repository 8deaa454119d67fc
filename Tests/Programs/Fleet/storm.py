#!/usr/bin/env python3
"""A fleet in a storm: `storm.py FRAMESIFT FIXTURES SEED VIDEOS STREAMS BLOWS`.

A server accepts videos and live streams, four workers judge them out of one database: one through PgBouncer, one over a line
that is cut. Meanwhile workers are killed and told to stop, the database is stopped, and the receiver of callbacks fails now
and then, and so does the bucket that half of the videos go through. The same seed makes the same storm. What comes out is
compared with what each clip gets without a storm. Run with the Python of the environment `objectstorage`.

It takes its time: leases end by the database's clock, what fails is away for as long as an operator needs, and whoever is
refused asks again a little later. What is judged is what came out, never how long it took."""
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import servers
from bucket import Bucket
from cases import case
from Fleet.uploading import upload
from Live.station import Station
from postgres import PgBouncer, Postgres
from proxy import Proxy

FRAMESIFT, FIXTURES = (os.path.abspath(path) for path in sys.argv[1:3])
SEED, VIDEOS, STREAMS, BLOWS = (int(argument) for argument in sys.argv[3:7])
CLIPS = ["h264-open.mp4", "hevc-closed.mkv", "vp9-hidden.webm", "mpeg2.ts", "h264-vfr.mkv"]
LEASE = 30
# Whoever writes about a job that is not its own, seen from the database's side: this is asked of each row as it is written.
WATCH = """
    CREATE TABLE stale (writer text, media text, what text);
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM job JOIN process ON process.name = job.owner
            WHERE job.media = NEW.media AND job.owner = current_setting('framesift.process', true)
            AND process.lease > extract(epoch FROM clock_timestamp()))
        THEN INSERT INTO stale VALUES (current_setting('framesift.process', true), NEW.media, TG_TABLE_NAME); END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER watch BEFORE INSERT ON job_frame FOR EACH ROW EXECUTE FUNCTION watch();
    CREATE TRIGGER watch BEFORE INSERT ON callback FOR EACH ROW EXECUTE FUNCTION watch();
    CREATE TRIGGER watch BEFORE UPDATE OF frames, status ON job FOR EACH ROW
        WHEN (OLD.owner = NEW.owner) EXECUTE FUNCTION watch();
"""


class Receiver(servers.Handler):
    """Takes four callbacks of five."""
    chance, lock = random.Random(SEED + 1), threading.Lock()
    taken = collections.defaultdict(list)

    def do_POST(self):
        body = json.loads(self.body())
        with self.lock:
            is_taken = self.chance.random() < 0.8
            if is_taken:
                self.taken[body["media"]["id"]].append((self.headers["Idempotency-Key"], body["data"]["status"],
                                                        len(body["data"].get("frames") or [])))
        self.answer(b"{}", status=200 if is_taken else 503)


class Fleet:
    def __init__(self, folder):
        self.folder, self.paused = folder, None
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        os.mkdir(f"{folder}/bouncer")
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        self.postgres.create("fleet")
        self.line = Proxy(self.postgres.port)
        self.bucket = Bucket("uploads")
        self.bouncer = PgBouncer(f"{folder}/bouncer", self.postgres, "fleet")
        self.port = servers.free_port()
        self.server = servers.serve(FRAMESIFT, self.port, "--no-work", "--allow-private-urls", *self.media,
                                    env=self.environment("server", self.postgres.port))
        self.postgres.ask("fleet", WATCH)
        self.receiver = servers.Server(Receiver).start()
        self.workers = [self.work(number) for number in range(4)]

    media = ["--media", "s3://uploads/jobs/"]

    def environment(self, name, port):
        return {**os.environ, **self.bucket.environment, "XDG_STATE_HOME": f"{self.folder}/{name}",
                "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{port}/fleet"}

    def work(self, number):
        port = {0: self.line.port, 1: self.bouncer.port}.get(number, self.postgres.port)
        while True:
            process = subprocess.Popen(
                [FRAMESIFT, "work", "--videos", "2", "--streams", "4", "--allow-private-urls", "--log-level", "error",
                 "--grace", "2", *self.media], **{**servers.QUIET, "stderr": subprocess.PIPE, "text": True},
                env=self.environment(f"worker-{number}", port))
            try:
                servers.read_until(process.stderr, "listening on", "framesift work")
                return process
            except AssertionError:
                # The database is away: it says so and ends, and whoever runs it starts it again.
                assert process.wait() == 74
                time.sleep(0.5)

    @property
    def order(self):
        return {"models": "qr-content,properties", "interval": "0.2", "callback_url": f"{self.receiver.base}/callback"}

    def upload(self, clip):
        """Submits a file until it is accepted. What was not answered as accepted may be there all the same."""
        while True:
            with contextlib.suppress(OSError):
                status, answer = upload(self.port, f"{FIXTURES}/matrix/{clip}", self.order)
                if status == 200:
                    return answer["media"]["id"]
            time.sleep(0.5)

    def submit(self, address, **changes):
        """The same of an address."""
        fields = {**self.order, **changes, "stream_url": address, "api_user": "u", "api_secret": "s"}
        while True:
            with contextlib.suppress(OSError, urllib.error.HTTPError):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                            urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
                    return json.load(answer)["media"]["id"]
            time.sleep(0.5)

    def stop_job(self, media):
        query = urllib.parse.urlencode({"id": media, "api_user": "u", "api_secret": "s"})
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/1.0/video/byid.json?{query}", method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()

    def ask(self, query):
        """What the database says, once it is there."""
        while True:
            try:
                return self.postgres.ask("fleet", query)
            except subprocess.CalledProcessError as error:
                # psql's word for a connection that failed or was lost.
                if error.returncode != 2:
                    raise
                time.sleep(0.2)

    def frames(self, media):
        """Each frame's number, position, stream and judgement."""
        rows = self.ask(f"SELECT number, position, stream, convert_from(judgement, 'UTF8') FROM job_frame "
                        f"WHERE media = '{media}' ORDER BY number")
        return [[int(number), int(position), stream, json.loads(judgement or "null")] for number, position, stream, judgement in rows]

    def busy(self, chance):
        """The number of a worker, of one that has a job where there is such."""
        pids = {int(row[0]) for row in self.ask("SELECT pid FROM process JOIN job ON owner = name WHERE status = 'ongoing'")}
        able = [number for number, worker in enumerate(self.workers) if worker.pid != self.paused]
        return chance.choice([number for number in able if self.workers[number].pid in pids] or able)

    def stop(self):
        for process in [self.server, *self.workers]:
            process.kill()
            process.wait()
        self.bouncer.stop()
        self.postgres.stop(signal.SIGQUIT)
        self.bucket.stop()


# MARK: Blows

def kill(fleet, chance):
    number = fleet.busy(chance)
    fleet.workers[number].kill()
    fleet.workers[number].wait()
    time.sleep(chance.random())
    fleet.workers[number] = fleet.work(number)


def stop_worker(fleet, chance):
    number = fleet.busy(chance)
    fleet.workers[number].terminate()
    fleet.workers[number].wait()
    fleet.workers[number] = fleet.work(number)


def stop_database(fleet, chance):
    fleet.postgres.stop()
    time.sleep(5 if BLOWS < 10 else 20)
    fleet.postgres.start()


def lose_bucket(fleet, chance):
    """What is being read of it breaks off."""
    fleet.bucket.leave_after(chance.randrange(1 << 18))
    time.sleep(2)
    fleet.bucket.leave()
    time.sleep(10)
    fleet.bucket.come_back()


def cut(fleet):
    """The first worker's line is cut for longer than its lease."""
    fleet.line.cut()
    time.sleep(LEASE + 10)
    fleet.line.mend()


def pause(fleet):
    """A worker that watches a stream stands still for longer than its lease, and then goes on as if nothing had been."""
    watching = "SELECT pid FROM process JOIN job ON owner = name WHERE live AND pid <> " + str(fleet.workers[0].pid)
    [[pid], *_] = servers.until(lambda: fleet.ask(watching), "a worker that watches a stream")
    fleet.paused = int(pid)
    os.kill(fleet.paused, signal.SIGSTOP)
    try:
        others = f"SELECT 1 FROM job JOIN process ON owner = name WHERE live AND status = 'ongoing' AND pid <> {pid}"
        servers.until(lambda: len(fleet.ask(others)) == STREAMS, "other workers for its streams")
    finally:
        os.kill(int(pid), signal.SIGCONT)


def blow(fleet, chance):
    """All blows, one after the other, while the line is cut and a worker stands still."""
    long = [threading.Thread(target=action, args=(fleet,)) for action in (cut, pause)]
    for thread in long:
        thread.start()
    kinds = [lose_bucket, kill, stop_worker, stop_database]
    for number in range(BLOWS):
        time.sleep(chance.uniform(0.5, 3))
        (kinds[number] if number < len(kinds) else chance.choice([kill, *kinds]))(fleet, chance)
    for thread in long:
        thread.join()


def storm(fleet, station, chance):
    addresses = [station.file(f"{FIXTURES}/matrix/{clip}", clip) for clip in CLIPS]
    calm = {clip: fleet.submit(address) for clip, address in zip(CLIPS, addresses)}
    servers.until(lambda: fleet.ask("SELECT count(*) FROM job WHERE status = 'ongoing'") == [["0"]], "the calm")
    expected = {clip: fleet.frames(media) for clip, media in calm.items()}
    assert fleet.ask("SELECT count(*) FROM job WHERE status = 'finished'") == [[str(len(CLIPS))]], fleet.ask("SELECT media, status, problem FROM job")
    for number in range(STREAMS):
        station.broadcast(f"{FIXTURES}/live/show.mp4", f"live{number}")
    # Ten pictures a second in all: what nobody has the time to judge is given up, which is not what this is about.
    streams = [fleet.submit(station.address(f"live{number}"), interval=f"{0.1 * STREAMS:.1f}") for number in range(STREAMS)]
    storming = threading.Thread(target=blow, args=(fleet, chance))
    storming.start()
    submitted = {}
    for number in range(VIDEOS):
        clip = number % len(CLIPS)
        media = fleet.upload(CLIPS[clip]) if number % 2 else fleet.submit(addresses[clip])
        submitted[media] = CLIPS[clip]
        time.sleep(chance.uniform(0, 0.4))
    storming.join()
    before = {media: int(fleet.ask(f"SELECT frames FROM job WHERE media = '{media}'")[0][0]) for media in streams}
    try:
        servers.until(lambda: fleet.ask("SELECT count(*) FROM job WHERE status = 'ongoing' AND NOT live") == [["0"]],
                      "the videos", 300)
    except AssertionError as late:
        left = fleet.ask("SELECT media, owner, epoch, starts, frames, postponed, due - extract(epoch FROM now()) "
                         "FROM job WHERE status = 'ongoing' AND NOT live")
        raise AssertionError(f"{late}: {left}, {fleet.ask('SELECT * FROM process')}") from None
    servers.until(lambda: all(int(fleet.ask(f"SELECT frames FROM job WHERE media = '{media}'")[0][0]) > count
                              for media, count in before.items()), "pictures of each stream after the storm")
    for media in streams:
        servers.until(lambda media=media: attempt(fleet.stop_job, media), "a stream's end")
    fleet.ask("UPDATE callback SET next = 0")
    servers.until(lambda: drained(fleet), "the callbacks", 300)
    return expected, submitted, streams


def attempt(action, *arguments):
    try:
        action(*arguments)
        return True
    except OSError:
        return False


def drained(fleet):
    if fleet.ask("SELECT count(*) FROM callback") == [["0"]]:
        return True
    time.sleep(1)
    # The waits between attempts, which are minutes in the end, are not what this is about.
    fleet.ask("UPDATE callback SET next = 0 WHERE next > extract(epoch FROM now())")
    return False


def main():
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="framesift-fleet-") as folder, contextlib.ExitStack() as ending:
        fleet = Fleet(folder)
        ending.callback(fleet.stop)
        station = Station()
        ending.callback(station.stop)
        expected, submitted, streams = storm(fleet, station, chance)
        with case("each video has one result, that of a calm day"):
            assert all(expected.values())
            for media, clip in submitted.items():
                assert fleet.ask(f"SELECT status FROM job WHERE media = '{media}'") == [["finished"]], media
                assert fleet.frames(media) == expected[clip], (media, clip)
        with case("no picture of a stream is lost once it is stored, and none is stored twice"):
            for media in streams:
                frames = fleet.frames(media)
                numbers, positions = [frame[0] for frame in frames], [frame[1] for frame in frames]
                unjudged = [frame[:2] for frame in frames if frame[3] is None]
                assert not unjudged, (media, unjudged)
                count = int(fleet.ask(f"SELECT frames FROM job WHERE media = '{media}'")[0][0])
                assert numbers == list(range(max(1, count - 999), count + 1)), (media, count, numbers)
                assert positions == sorted(set(positions)), (media, positions)
        with case("nobody writes about a job that is not its own"):
            assert fleet.ask("SELECT * FROM stale") == []
        with case("each callback is delivered, in order, under one key"):
            for media in [*submitted, *streams]:
                events = Receiver.taken[media]
                assert events and events[-1][1] in ("finished", "stopped"), (media, events)
                fresh = list(dict.fromkeys(events))
                assert len({key for key, _, _ in fresh}) == len(fresh), (media, events)
                assert [frames for _, _, frames in fresh] == sorted(frames for _, _, frames in fresh), (media, events)
        with case("the storm has taken jobs from workers"):
            assert int(fleet.ask("SELECT sum(epoch) - count(*) FROM job")[0][0]) > 0


if __name__ == "__main__":
    main()
