#!/usr/bin/env python3
"""Uploads that go through a bucket: `media.py FRAMESIFT CLIP`. Run with the Python of the environment `objectstorage`.

A server takes uploads, and a worker with another folder for its state judges them, also when the bucket goes away meanwhile."""
import json
import os
import subprocess
import sys
import tempfile

import servers
from bucket import Bucket
from cases import case
from Fleet.uploading import upload
from postgres import Postgres

FRAMESIFT, CLIP = sys.argv[1], sys.argv[2]


class Machines:
    """A server and a worker that share a database and a bucket, and nothing else."""

    def __init__(self, folder):
        self.folder, self.running = folder, []
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        self.bucket = Bucket("uploads")
        self.postgres = Postgres(f"{folder}/postgres", servers.free_port())
        self.postgres.create("fleet")

    def environment(self, name):
        return {**os.environ, **self.bucket.environment, "XDG_STATE_HOME": f"{self.folder}/{name}",
                "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{self.postgres.port}/fleet"}

    def serve(self, bucket):
        """A server's port."""
        port = servers.free_port()
        self.running.append(servers.serve(FRAMESIFT, port, "--no-work", "--media", f"s3://{bucket}/jobs/",
                                          env=self.environment(f"server-{bucket}")))
        return port

    def work(self):
        self.running.append(subprocess.Popen(
            [FRAMESIFT, "work", "--media", "s3://uploads/jobs/", "--log-level", "error"], **servers.QUIET,
            env=self.environment("worker")))

    def ask(self, query):
        return self.postgres.ask("fleet", query)

    def job(self, media):
        return self.ask(f"SELECT status, frames, ko FROM job WHERE media = '{media}'")[0]

    def frames(self, media):
        rows = self.ask("SELECT number, position, stream, convert_from(judgement, 'UTF8') FROM job_frame "
                        f"WHERE media = '{media}' ORDER BY number")
        return [[*place, json.loads(judgement)] for *place, judgement in rows]

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
        self.postgres.stop()
        self.bucket.stop()


def submit(port):
    status, answer = upload(port, CLIP, {"models": "qr-content", "interval": "1"})
    assert status == 200, (status, answer)
    return answer["media"]["id"]


def outages(machines, port, calm):
    """What becomes of a video while the bucket is away."""
    size, bucket = os.path.getsize(CLIP), machines.bucket
    with case("a connection that breaks off once is not noticed"):
        bucket.leave_after(size // 2, for_good=False)
        media = submit(port)
        servers.until(lambda: machines.job(media) == ["finished", "12", "4"], "the verdict")
        assert bucket.outages == 1 and machines.frames(media) == machines.frames(calm), machines.frames(media)
        assert machines.ask(f"SELECT epoch FROM job WHERE media = '{media}'") == [["1"]]
    with case("a video whose bucket goes away is put off, and comes to the same once it is back"):
        bucket.leave_after(size // 2)
        media = submit(port)
        waits = f"SELECT status, owner FROM job WHERE media = '{media}' AND postponed > 0 AND owner = ''"
        servers.until(lambda: machines.ask(waits) == [["ongoing", ""]], "the job's return")
        assert bucket.outages == 2
        status, answer = upload(port, CLIP, {"models": "qr-content"})
        assert status == 503 and answer["status"] == "failure", (status, answer)
        assert machines.ask("SELECT count(*) FROM job WHERE status = 'ongoing'") == [["1"]]
        bucket.come_back()
        # The wait is minutes in the end, and not what this is about.
        machines.ask("UPDATE job SET due = 0")
        servers.until(lambda: machines.job(media) == ["finished", "12", "4"], "the verdict")
        assert machines.frames(media) == machines.frames(calm), machines.frames(media)
        servers.until(lambda: bucket.keys() == [], "the object's end")
    with case("a job whose bucket stays away fails, and says why"):
        bucket.leave_after(size // 2)
        media = submit(port)
        servers.until(lambda: machines.ask(f"SELECT 1 FROM job WHERE media = '{media}' AND postponed > 0"), "the return")
        machines.ask(f"UPDATE job SET due = 0, postponed = 100 WHERE media = '{media}'")
        servers.until(lambda: machines.job(media)[0] == "failure", "the job's end")
        [[problem]] = machines.ask(f"SELECT problem FROM job WHERE media = '{media}'")
        assert "could not be read from the storage" in problem, problem
        bucket.come_back()


def main():
    with tempfile.TemporaryDirectory(prefix="framesift-media-") as folder:
        machines = Machines(folder)
        try:
            port, other = machines.serve("uploads"), machines.serve("nowhere")
            bucket, calm = machines.bucket, None
            with case("an upload waits in the bucket, and not on the server"):
                calm = submit(port)
                assert bucket.keys() == [f"jobs/{calm}"], bucket.keys()
                files = [name for _, _, names in os.walk(f"{folder}/server-uploads") for name in names
                         if name.endswith(".job")]
                assert files == [], files
            with case("a worker of another machine judges it, and then it is gone"):
                machines.work()
                servers.until(lambda: machines.job(calm) == ["finished", "12", "4"], "the worker's verdict")
                servers.until(lambda: bucket.keys() == [], "the object's end")
            with case("a bucket that is not there refuses the upload, in the API's words"):
                status, answer = upload(other, CLIP, {"models": "qr-content"})
                assert status == 503 and answer["status"] == "failure", (status, answer)
                assert machines.ask("SELECT count(*) FROM job") == [["1"]]
            outages(machines, port, calm)
        finally:
            machines.stop()


if __name__ == "__main__":
    main()
