#!/usr/bin/env python3
"""`framesift jobs` beside a server and its worker: `jobs.py FRAMESIFT sqlite|postgresql`.

With SQLite the server is its own worker. A stream that nobody sends stays ongoing, and a file that is not there fails."""
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import servers
from cases import case
from Fleet.uploading import upload
from postgres import Postgres

FRAMESIFT, STORE = sys.argv[1:3]


class House:
    def __init__(self, folder):
        os.chmod(folder, 0o755)
        self.environment = {**os.environ, "XDG_STATE_HOME": f"{folder}/state", "FRAMESIFT_STORE": ""}
        self.postgres, self.running, self.port = None, [], servers.free_port()
        if STORE == "postgresql":
            os.mkdir(f"{folder}/postgres")
            self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
            self.postgres.create("fleet")
            self.environment["FRAMESIFT_STORE"] = f"postgresql://framesift@127.0.0.1:{self.postgres.port}/fleet"
        options = ["--no-work"] if self.postgres else []
        self.running.append(servers.serve(FRAMESIFT, self.port, *options, "--allow-private-urls", env=self.environment))

    def work(self):
        """Its process id is the server's where that works itself."""
        if self.postgres:
            self.running.append(subprocess.Popen(
                [FRAMESIFT, "work", "--allow-private-urls", "--log-level", "error"], **servers.QUIET, env=self.environment))
        return self.running[-1].pid

    def jobs(self, *arguments):
        return subprocess.run([FRAMESIFT, "jobs", *arguments], env=self.environment, capture_output=True, text=True)

    def show(self, media):
        return json.loads(self.jobs("show", media).stdout)

    def submit(self, address):
        fields = {"stream_url": address, "models": "qr-content", "api_user": "u", "api_secret": "s"}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/1.0/video/check.json",
                                    urllib.parse.urlencode(fields).encode()) as answer:
            return json.load(answer)["media"]["id"]

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
        if self.postgres:
            self.postgres.stop()


def refused(found, words):
    assert found.returncode == 64 and words in found.stderr and len(found.stderr.splitlines()) == 1, found


def main():
    with tempfile.TemporaryDirectory(prefix="framesift-jobs-") as folder:
        house = House(folder)
        try:
            tell(house)
        finally:
            house.stop()


def tell(house):
    stream = house.submit("rtmp://somebody:s3cret@127.0.0.1:1/live/show?token=s3cret")
    missing = house.submit("http://127.0.0.1:1/none.mp4?token=s3cret")
    worker = house.work()
    with case("jobs are listed with who has them, and without what may be secret"):
        servers.until(lambda: house.show(stream).get("worker"), "somebody who has the stream")
        shown, table = house.show(stream), house.jobs("list")
        assert table.returncode == 0 and "s3cret" not in table.stdout + json.dumps(shown), table
        head, *rows = table.stdout.splitlines()
        assert head.split()[:5] == ["ID", "STATUS", "KIND", "KEY", "WORKER"], head
        assert {row.split()[0] for row in rows} == {stream, missing}, rows
        assert shown["kind"] == "stream" and shown["input"] == "rtmp://127.0.0.1:1/live/show", shown
        assert shown["worker"] == (f"{os.uname().nodename}/{worker}" if house.postgres else "here"), shown
        assert 0 < shown["lease_left"] <= 30 if house.postgres else "lease_left" not in shown, shown
        assert shown["taken"] >= shown["submitted"] > 0 and shown["epoch"] == 1, shown
    with case("jobs are filtered, and printed as JSON"):
        servers.until(lambda: house.show(missing)["status"] == "failure", "the failure")
        failed = house.jobs("list", "--status", "failure", "--json").stdout.splitlines()
        assert [json.loads(line)["id"] for line in failed] == [missing], failed
        assert house.show(missing)["problem"] and "s3cret" not in json.dumps(house.show(missing)), house.show(missing)
        assert len(house.jobs("--limit", "1", "--json").stdout.splitlines()) == 1
        assert house.jobs("list", "--key", "nobody", "--json").stdout == ""
    with case("a stream is stopped, whoever has it"):
        assert house.jobs("stop", stream).returncode == 0
        assert house.show(stream)["status"] == "stopped" and not {"worker", "lease_left"} & house.show(stream).keys(), house.show(stream)
        assert house.jobs("stop", stream).returncode == 0
    with case("only what failed is tried again"):
        refused(house.jobs("retry", stream), "is stopped")
        before = house.show(missing)
        assert house.jobs("retry", missing).returncode == 0
        servers.until(lambda: house.show(missing)["epoch"] > before["epoch"] + 1, "another start")
        servers.until(lambda: house.show(missing)["status"] == "failure", "another failure")
    with case("an upload that failed is gone, and is not tried again"):
        status, answer = upload(house.port, __file__, {"models": "qr-content"})
        assert status == 200, answer
        media = answer["media"]["id"]
        servers.until(lambda: house.show(media)["status"] == "failure", "a failure of what is no video")
        refused(house.jobs("retry", media), "was an upload")
        assert house.show(media)["status"] == "failure"
    with case("a job that nobody knows is refused"):
        for action in ("show", "stop", "retry"):
            refused(house.jobs(action, "med_none"), "There is no job med_none.")
    with case("the processes of a fleet are listed"):
        rows = house.jobs("workers").stdout.splitlines()[1:]
        pids = {row.split()[0] for row in rows}
        wanted = {f"{os.uname().nodename}/{process.pid}" for process in house.running}
        assert pids == (wanted if house.postgres else set()), rows


if __name__ == "__main__":
    main()
