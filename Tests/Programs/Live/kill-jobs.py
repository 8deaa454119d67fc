"""`framesift serve` killed again and again while it judges submitted videos: `kill-jobs.py FRAMESIFT FIXTURES ROUNDS`.

Each job has to come to its end: every frame once, and its last callback, whatever was killed when. The kills are decided by
what the server has judged, so that each falls into the middle of some job.
"""
import functools
import http.server
import json
import os
import random
import sys
import tempfile
import urllib.parse
import urllib.request

import servers
from cases import case
from receiver import Receiver
from station import until

FRAMESIFT, FIXTURES, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
CREDENTIALS = {"api_user": "u", "api_secret": "s"}


class Server:
    def __init__(self, state, port):
        self.port = port
        self.process = servers.serve(FRAMESIFT, port, "--jobs", "8", "--allow-private-urls", env={**os.environ, "XDG_STATE_HOME": state})

    def ask(self, path, fields, method="GET"):
        query = urllib.parse.urlencode({**CREDENTIALS, **fields})
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/1.0/{path}?{query}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def progress(self, media):
        return self.ask("video/byid.json", {"id": media})["output"]["data"]

    def kill(self):
        self.process.kill()
        self.process.wait()


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def check(server, receiver, jobs):
    with case("the last callback of each job comes"):
        receiver.wait(lambda seen: {one["json"]["media"]["id"] for one in seen.taken
                                    if one["json"]["data"]["status"] == "finished"} == set(jobs), "the last callbacks")
    with case("each job comes to its end"):
        found = {media: server.progress(media)["status"] for media in jobs}
        assert set(found.values()) == {"finished"}, found
    with case("each frame of a job is told of once"):
        for media in jobs:
            frames = server.progress(media)["frames"]
            positions = [frame["info"]["position"] for frame in frames]
            assert positions == [50 * index for index in range(len(positions))] and len(positions) >= 199, positions
            codes = sum(1 for frame in frames if frame.get("qr"))
            assert codes == 0 or codes > 50, codes
    with case("no callback comes again, but for one a kill"):
        # Again with the same id where a kill came between delivery and noting it.
        repeated = len(receiver.taken) - len({one["id"] for one in receiver.taken})
        assert repeated <= ROUNDS, repeated


def main():
    chance = random.Random(7)
    clip = os.path.join(FIXTURES, "live", "show.mp4")
    with Receiver() as receiver, tempfile.TemporaryDirectory() as state:
        port = servers.free_port()
        files = servers.Server(functools.partial(Files, directory=os.path.dirname(clip))).start()
        server = Server(state, port)
        jobs = []
        try:
            for _ in range(ROUNDS):
                answer = server.ask("video/check.json", {
                    "models": "qr-content,properties", "stream_url": f"{files.base}/show.mp4", "interval": "0.05",
                    "callback_url": receiver.address})
                jobs.append(answer["media"]["id"])
                enough = chance.randrange(1, 150)
                until(lambda server=server, enough=enough: (now := server.progress(jobs[-1]))["status"] != "ongoing"
                      or len(now["frames"]) >= enough, "frames")
                server.kill()
                server = Server(state, port)
            check(server, receiver, jobs)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
