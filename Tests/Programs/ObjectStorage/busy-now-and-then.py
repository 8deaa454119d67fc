#!/usr/bin/env python3
"""Hashes a clip of a storage that refuses every second request: `busy-now-and-then.py FRAMESIFT CLIP`. Prints the hashes."""
import os
import subprocess
import sys

from servers import Handler, Server

program, clip = sys.argv[1:]
with open(clip, "rb") as file:
    CONTENT = file.read()
asked = []


class Object(Handler):
    def do_GET(self):
        asked.append(self.headers.get("Range"))
        if len(asked) % 2:
            return self.answer(b"<Error><Code>SlowDown</Code></Error>", "application/xml", 503)
        first, _, last = (asked[-1] or "bytes=0-").removeprefix("bytes=").partition("-")
        body = CONTENT[int(first): int(last) + 1 if last else None]
        place = f"bytes {first}-{int(first) + len(body) - 1}/{len(CONTENT)}"
        self.answer(body, "video/mp4", 206 if asked[-1] else 200, [("Content-Range", place), ("Accept-Ranges", "bytes")])


server = Server(Object).start()
environment = {**os.environ, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": server.base}
status = subprocess.run([program, "hash", "s3://clips/clip.mp4"], env=environment, timeout=120).returncode
# Each request was refused once, and made again.
assert len(asked) >= 8 and asked[::2] == asked[1::2], asked
sys.exit(status)
