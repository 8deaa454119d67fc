#!/usr/bin/env python3
"""Looks for credentials in the memory of decoders that read a signed address: `decoders-know-nothing.py FRAMESIFT CLIP`.

A server takes the clip for an object and holds its answer to the second request, which a decoder has asked for. Meanwhile
the memory of that decoder, and of the process that it was forked from, is searched for the secret key and the token; so is
that of framesift itself, where they are.
"""
import os
import subprocess
import sys

import processes
from servers import QUIET, Handler, Server, until

SECRET, TOKEN = "a-secret-key-that-is-nowhere-else", "a-token-that-is-nowhere-else"
program, clip = sys.argv[1:]
with open(clip, "rb") as file:
    CONTENT = file.read()
asked, found = [], []


class Object(Handler):
    def do_GET(self):
        asked.append(self.path)
        assert self.headers.get("X-Amz-Security-Token") == TOKEN
        if len(asked) == 2:
            secrets = {SECRET, TOKEN}
            found.append([processes.holds(one, secrets) for one in processes.all_decoders(started.pid)])
            found.append(processes.holds(started.pid, secrets) == secrets)
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        body = CONTENT[int(first): int(last) + 1 if last else None]
        size = len(CONTENT)
        self.answer(body, "video/mp4", 206, [("Content-Range", f"bytes {first}-{int(first) + len(body) - 1}/{size}")])


server = Server(Object).start()
environment = {**os.environ, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET,
               "AWS_SESSION_TOKEN": TOKEN, "AWS_ENDPOINT_URL": server.base}
started = subprocess.Popen([program, "hash", "s3://clips/clip.mp4", "--sandbox", "on"],
                           **QUIET, env=environment)
until(lambda: len(found) == 2, "the clip is asked for")
started.wait()
decoders, itself = found
print(f"decoders that have the secret: {sum(map(bool, decoders))} of {len(decoders)}; framesift has it: {itself}")
