#!/usr/bin/env python3
"""Damaged files by the hundred, side by side with clean ones: `damage-storm.py FRAMESIFT FIXTURES COUNT`.

The same seed makes the same files. What clean ones get is compared with a server that decodes in its own process.
"""
import concurrent.futures
import itertools
import json
import os
import random
import re
import sys
import tempfile
import urllib.error
import urllib.request
import uuid

import processes
import servers
from cases import case

FRAMESIFT, FIXTURES, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
AT_ONCE, EACH_CLEAN_AFTER = 4, 5
# What this process holds for each of its workers: eight sockets and an eventfd.
DESCRIPTORS_A_WORKER, SPARE_WORKERS = 9, 1 + 8
VIDEOS = [
    "av1.mkv", "animated.gif", "flv1.flv", "h264-422-10bit.mkv", "h264-fragmented.mp4", "h264-interlaced.ts",
    "h264-open.flv", "h264-open.mov", "h264-open.ts", "h264-vfr.mkv", "hevc-10bit.mp4", "hevc-open.ts", "mjpeg.avi",
    "mpeg2.mpg", "mpeg4-b.mp4", "mpeg4.avi", "theora.ogg", "vp8-hidden.webm", "vp9-odd.webm", "wmv1.asf", "wmv2.wmv"]
IMAGES = [
    "300-frames.gif", "720p.jpg", "cmyk.jpg", "exif-6.jpg", "picture.bmp", "picture.gif", "picture.ico", "picture.jpg",
    "picture.png", "picture.tiff", "picture.webp", "progressive.jpg", "reddening.gif"]
CLEAN = ["h264-open.mp4", "hevc-closed.mkv", "mpeg2.ts", "vp9-hidden.webm", "720p.jpg", "picture.png", "picture.gif"]


def read(name):
    folder = "images" if os.path.exists(f"{FIXTURES}/images/{name}") else "matrix"
    with open(f"{FIXTURES}/{folder}/{name}", "rb") as file:
        return file.read()


# MARK: Damage

def flip(chance, content, _):
    damaged = bytearray(content)
    # Damage to a header may hide all the rest.
    reach = len(damaged) if chance.random() < 0.8 else min(len(damaged), 1024)
    for _ in range(chance.choice([1, 4, 16, 64])):
        damaged[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def cut(chance, content, _):
    begin, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:end] if chance.random() < 0.5 else content[:begin] + content[end:]


def splice(chance, content, other):
    return content[:chance.randrange(1, len(content) + 1)] + other[chance.randrange(len(other)):]


def damaged_files(chance):
    """Names and bytes, without an end."""
    names = VIDEOS + IMAGES
    for number in itertools.count():
        name = names[number % len(names)] if number < len(names) else chance.choice(names)
        damage = chance.choice([flip, flip, flip, cut, splice])
        yield name, damage(chance, read(name), read(chance.choice(names)))


# MARK: Asking

def ask(base, name, content):
    """The status and the JSON that a file gets."""
    is_image = name in IMAGES
    path = "check.json" if is_image else "video/check-sync.json"
    fields = {"api_user": "u", "api_secret": "s", "models": "qr-content,properties"}
    if not is_image:
        fields["interval"] = "2"
    border = uuid.uuid4().hex
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    parts.append(f'--{border}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\n\r\n')
    body = "".join(parts).encode() + content + f"\r\n--{border}--\r\n".encode()
    request = urllib.request.Request(f"{base}/1.0/{path}", body, {
        "Content-Type": f"multipart/form-data; boundary={border}", "Connection": "close"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def told(answer):
    """An answer without what is new each time: identifiers and times."""
    def plain(value, key=None):
        if isinstance(value, dict):
            return {name: plain(inner, name) for name, inner in value.items() if name not in ("id", "timestamp", "uri", "request")}
        return [plain(inner) for inner in value] if isinstance(value, list) else value
    return answer[0], plain(answer[1])


def ask_for_clean(base, rounds):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = CLEAN * rounds
        return list(zip(wanted, pool.map(lambda name: told(ask(base, name, read(name))), wanted)))


def decoder_counts(base):
    with urllib.request.urlopen(f"{base}/metrics", timeout=30) as answer:
        lines = re.findall(r'^framesift_(decoder\w*)(?:\{reason="(\w+)"\})? (\d+)$', answer.read().decode(), re.MULTILINE)
    return {reason or name: int(value) for name, reason, value in lines}


# MARK: Storm

def storm(base):
    """What clean files got, and how often each status was the answer to a damaged one."""
    damaged, clean = damaged_files(random.Random(11)), itertools.cycle(CLEAN)
    work = []
    for number in range(COUNT):
        work.append((True, *next(damaged)))
        if number % EACH_CLEAN_AFTER == 0:
            name = next(clean)
            work.append((False, name, read(name)))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda one: told(ask(base, *one[1:])), work))
    statuses = {}
    for (is_damaged, *_), answer in zip(work, answers):
        if is_damaged:
            statuses[answer[0]] = statuses.get(answer[0], 0) + 1
    return [(name, answer) for (is_damaged, name, _), answer in zip(work, answers) if not is_damaged], statuses


def held(program):
    """Descriptors of the server, without those of its workers."""
    workers = [one for _, forked in processes.decoders(program) for one in forked]
    return len(os.listdir(f"/proc/{program}/fd")) - DESCRIPTORS_A_WORKER * len(workers)


def wait_for_spare(server):
    """Waits until only spare workers are left."""
    servers.until(
        lambda: sum(len(forked) for _, forked in processes.decoders(server.pid)) <= SPARE_WORKERS,
        "workers of inputs that have ended are gone")


def start(state, *arguments):
    port = servers.free_port()
    server = servers.serve(FRAMESIFT, port, "--videos", str(AT_ONCE), *arguments, env={**os.environ, "XDG_STATE_HOME": state})
    return server, f"http://127.0.0.1:{port}"


def judge_without():
    with tempfile.TemporaryDirectory() as state:
        server, base = start(state, "--sandbox", "off")
        found = dict(ask_for_clean(base, 1))
        assert decoder_counts(base)["decoders_started_total"] == 0
        server.kill()
        server.wait()
    return found


def check(server, base, expected):
    ask_for_clean(base, 2)
    wait_for_spare(server)
    before = held(server.pid)
    clean, statuses = storm(base)
    counts = decoder_counts(base)
    print(f"answers to damaged files {statuses}, decoders {counts}", file=sys.stderr)
    with case("the server is alive"):
        assert server.poll() is None
        assert told(ask(base, CLEAN[0], read(CLEAN[0])))[0] == 200
    with case("each damaged file is answered, and some are judged"):
        assert sum(statuses.values()) == COUNT and set(statuses) <= {200, 400} and len(statuses) == 2, statuses
    with case("clean files get what they get without a storm and without a sandbox"):
        assert all(answer[0] == 200 for answer in expected.values()), expected
        wrong = [(name, answer, expected[name]) for name, answer in clean if answer != expected[name]]
        assert not wrong, wrong[:3]
    with case("no worker is left over beyond the spare ones"):
        wait_for_spare(server)
    with case("no descriptor is left over"):
        servers.until(lambda: held(server.pid) <= before, f"{before} descriptors, as before: {links(server.pid)}")
    with case("the counts of decoders agree"):
        counts = decoder_counts(base)
        deaths = {reason: counts[reason] for reason in ("crash", "limit", "hang", "garbled", "forbidden")}
        workers = sum(len(forked) for _, forked in processes.decoders(server.pid))
        # One of them waits for its first input.
        assert counts["decoders"] <= workers <= counts["decoders"] + 1, (counts, workers)
        assert counts["decoders_started_total"] >= sum(deaths.values()) + counts["decoders"], counts
        # A video has one of its own.
        assert counts["decoders_started_total"] > sum(name not in IMAGES for name, _ in clean), counts
        # Damage is no attack.
        assert deaths["garbled"] == deaths["forbidden"] == 0, deaths


def links(program):
    return sorted(os.readlink(f"/proc/{program}/fd/{name}") for name in os.listdir(f"/proc/{program}/fd"))


def main():
    expected = judge_without()
    with tempfile.TemporaryDirectory() as state:
        server, base = start(state, "--sandbox", "on")
        try:
            check(server, base, expected)
            known = processes.all_decoders(server.pid)
            server.terminate()
            server.wait(timeout=60)
            with case("no worker outlives the server"):
                assert len(known) > 1
                processes.wait_for_end(known)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
