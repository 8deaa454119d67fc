#!/usr/bin/env python3
"""Workers that have a service judge: `service.py FRAMESIFT CLIP`.

What the service was asked is compared with what it had to be asked: each picture once, so many at once."""
import collections
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import servers
from cases import case
from Live.station import Station
from postgres import Postgres

FRAMESIFT, CLIP = (os.path.abspath(path) for path in sys.argv[1:3])
# Of each worker, and how many answers wait to be written together.
CALLS, GROUP = 2, 16
ANSWER = json.dumps({
    "status": "success", "final_decision": "OK", "confidence_score_decision": 0.99, "units_consumed": 1,
    "porn_moderation": {"porn_content": False, "confidence_score": 0.99, "compute_time": 0.1},
    "media": {"media_id": "a"}}).encode()


class Service(servers.Handler):
    """PicPurify, which takes its time, so that calls meet. Counts how often it was asked about each picture."""
    lock, asked, running, most = threading.Lock(), collections.Counter(), 0, 0

    def do_POST(self):
        body = self.body()
        # The picture, whatever the border between the parts is.
        picture = hashlib.sha256(body[body.index(b"\xff\xd8"):body.rindex(b"\xff\xd9")]).digest()
        with self.lock:
            Service.asked[picture] += 1
            Service.running += 1
            Service.most = max(Service.most, Service.running)
        time.sleep(0.02)
        with self.lock:
            Service.running -= 1
        self.answer(ANSWER)

    @classmethod
    def forget(cls):
        with cls.lock:
            cls.asked, cls.most = collections.Counter(), 0

    @classmethod
    def requests(cls):
        with cls.lock:
            return cls.asked.total()


class Fleet:
    def __init__(self, folder):
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        self.folder = folder
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        self.postgres.create("fleet")
        self.environment = {
            **os.environ, "PICPURIFY_API_KEY": "k", "PICPURIFY_URL": servers.Server(Service).start().base,
            "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{self.postgres.port}/fleet"}
        self.judge = ["--provider", "picpurify", "--concurrency", str(CALLS), "--rate", "100000", "--allow-private-urls"]
        self.port = servers.free_port()
        self.running = [servers.serve(FRAMESIFT, self.port, "--no-work", *self.judge, env=self.of("server"))]

    def of(self, name):
        return {**self.environment, "XDG_STATE_HOME": f"{self.folder}/{name}"}

    def work(self, name):
        process = subprocess.Popen([FRAMESIFT, "work", "--videos", "1", "--streams", "0", "--log-level", "error", *self.judge],
                                   **{**servers.QUIET, "stderr": subprocess.PIPE, "text": True}, env=self.of(name))
        servers.read_until(process.stderr, "listening on", "framesift work")
        self.running.append(process)
        return process

    def end(self, process):
        process.kill()
        process.wait()
        self.running.remove(process)
        # As after 30 s.
        self.ask(f"UPDATE process SET lease = 0 WHERE pid = {process.pid}")

    def submit(self, address):
        fields = {"stream_url": address, "models": "nudity", "interval": "0.04", "api_user": "u", "api_secret": "s"}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                    urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
            return json.load(answer)["media"]["id"]

    def ask(self, query):
        return self.postgres.ask("fleet", query)

    def ended(self, media):
        """What became of a job, once it is over: status, pictures, and those that were judged."""
        over = f"SELECT status, frames, ok + ko FROM job WHERE status <> 'ongoing' AND media = '{media}'"
        return servers.until(lambda: self.ask(over), "the job's end")[0]

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
        self.postgres.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="framesift-service-") as folder:
        fleet, station = Fleet(folder), Station()
        try:
            address = station.file(CLIP, "clip.mp4")
            with case("two workers that judge the same clip at once pay for each picture once"):
                workers = [fleet.work(f"worker-{number}") for number in range(2)]
                ends = [fleet.ended(media) for media in [fleet.submit(address), fleet.submit(address)]]
                assert ends[0] == ends[1] and ends[0][0] == "finished" and ends[0][1] == ends[0][2], ends
                assert set(Service.asked.values()) == {1} and Service.requests() > 100, Service.asked.most_common(3)
                once = Service.requests()
            for worker in workers:
                fleet.end(worker)
            Service.forget()
            fleet.ask("DELETE FROM judgement")
            with case("a worker that is killed pays again for a group and its calls at most, and the result is whole"):
                media = fleet.submit(address)
                for kill in (1, 2):
                    worker = fleet.work("worker-0")
                    servers.until(lambda kill=kill: Service.requests() > kill * once / 3, "calls")
                    fleet.end(worker)
                fleet.work("worker-0")
                assert fleet.ended(media) == ends[0], ends
                again = Service.requests() - once
                assert len(Service.asked) == once and again <= 2 * (GROUP + 2 * CALLS), again
                assert fleet.ask(f"SELECT epoch FROM job WHERE media = '{media}'") == [["3"]]
                assert fleet.ask("SELECT count(*) FROM claim") == [["0"]]
            with case("a worker makes as many calls at once as it may, and no more"):
                assert Service.most == CALLS, Service.most
        finally:
            station.stop()
            fleet.stop()


if __name__ == "__main__":
    main()
