#!/usr/bin/env python3
"""Evidence of a live stream in a bucket: `evidence-bucket.py FRAMESIFT SHOW`, with the Python of `objectstorage`."""
import json
import os
import signal
import subprocess
import sys
import tempfile

import servers
from bucket import Bucket
from cases import case
from Live.station import Station

FRAMESIFT, SHOW = sys.argv[1:3]


def watch(bucket, address, temporary, place):
    return subprocess.Popen(
        [FRAMESIFT, "watch", f"s={address}", "--task", "qr-content", "--evidence", place, "--clips", "--clip-margin", "1",
         "--evidence-files", "3"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **bucket.environment, "TMPDIR": temporary})


def segment(watching, is_wanted):
    """The first segment with the evidence that is wanted."""
    for line in watching.stdout:
        event = json.loads(line)
        if event["type"].startswith("segment.") and is_wanted(event["segment"]["evidence"]):
            return event["segment"]
    raise AssertionError(watching.stderr.read())


def end(watching):
    """What it said besides its events."""
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=60)
    assert watching.returncode == 130, (watching.returncode, said)
    return said


def try_all(bucket, address, temporary):
    place = "s3://uploads/hits/"
    with case("pictures and clips of hits are objects, as the events say, and the oldest goes"):
        watching = watch(bucket, address, temporary, place)
        first = segment(watching, lambda evidence: any(name.endswith(".mp4") for name in evidence))
        assert all(name.startswith(place) for name in first["evidence"]), first
        servers.until(lambda: {place + key.removeprefix("hits/") for key in bucket.keys()} >= set(first["evidence"]), "objects")
        for key in bucket.keys():
            found = bucket.client.get_object(Bucket="uploads", Key=key)
            body, kind = found["Body"].read(), found["ContentType"]
            assert kind == ("video/mp4" if key.endswith(".mp4") else "image/jpeg"), (key, kind)
            assert body[4:8] == b"ftyp" if key.endswith(".mp4") else body[:2] == b"\xff\xd8", (key, body[:16])
        oldest = first["evidence"][0].removeprefix("s3://uploads/")
        segment(watching, lambda evidence: len(evidence) >= 2 and first["evidence"][0] not in evidence)
        servers.until(lambda: oldest not in bucket.keys() and len(bucket.keys()) == 3, "the limit")
        said = end(watching)
        assert "is full" in said and "not kept" not in said, said
    with case("what the bucket does not take while it is away is stored when it is back"):
        bucket.leave()
        watching = watch(bucket, address, temporary, "s3://uploads/away/")
        opened = segment(watching, lambda evidence: evidence)
        key = opened["evidence"][0].removeprefix("s3://uploads/")
        assert key not in bucket.keys()
        bucket.come_back()
        servers.until(lambda: key in bucket.keys(), "the picture")
        end(watching)
    with case("what is not stored at the end is counted, and nothing is left in the temporary folder"):
        bucket.leave()
        watching = watch(bucket, address, temporary, "s3://uploads/lost/")
        segment(watching, lambda evidence: evidence)
        said = end(watching)
        bucket.come_back()
        assert "pictures and clips of hits were not kept" in said and "secret" not in said, said
        assert os.listdir(temporary) == [], os.listdir(temporary)


def main():
    bucket, station = Bucket("uploads"), Station()
    try:
        station.broadcast(SHOW, "show")
        with tempfile.TemporaryDirectory(prefix="framesift-evidence-") as temporary:
            try_all(bucket, station.address("show"), temporary)
    finally:
        station.stop()
        bucket.stop()


if __name__ == "__main__":
    main()
