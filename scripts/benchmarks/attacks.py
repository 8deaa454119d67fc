"""What clients do to a server at their worst."""
import contextlib
import http.client
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from server import Server
from table import DEPS, ROOT

sys.path.insert(0, os.path.join(ROOT, "Tests", "Programs", "Live"))
from station import Station  # noqa: E402

CLIENTS = 64
BOUNDARY = "b"
FORM, FIELDS = f"multipart/form-data; boundary={BOUNDARY}", "application/x-www-form-urlencoded"
KEY = "api_user=u&api_secret=s"
SIGHTENGINE = f"/1.0/nudity.json?{KEY}"
SUBMIT = f"/1.0/video/check.json?{KEY}&models=nudity"
ONGOING = f"/1.0/video/ongoing.json?{KEY}"
PICPURIFY = "/analyse/1.1?API_KEY=k&task=porn_moderation"
PICPURIFY_VIDEO = "/analyse_video/1.1?API_KEY=k&task=porn_moderation"
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin"]
FIXTURES = os.path.join(DEPS, "fixtures")


class Attack(NamedTuple):
    name: str
    # Returns once it is over, with a few words on what came of it.
    run: Callable[[Server], str]
    # The server's.
    arguments: tuple = ()


# MARK: What is sent

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(side, depth=8, text=b""):
    """A picture of zeros: few bytes, many pixels."""
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + side * 3 * depth // 8)
    data = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def part_head(name):
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'.encode()


PART_END = f"\r\n--{BOUNDARY}--\r\n".encode()


def multipart(data, name="media"):
    return part_head(name) + data + PART_END


def large_video(folder, size):
    """A video of so many bytes: pictures of noise, each whole in itself, over and over."""
    clip, video = os.path.join(folder, "clip.mkv"), os.path.join(folder, "video.mkv")
    subprocess.run([*FFMPEG, "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=4,noise=alls=100:allf=t", "-c:v", "mjpeg",
                    "-q:v", "1", "-pix_fmt", "yuvj444p", clip], check=True)
    subprocess.run([*FFMPEG, "-stream_loop", "-1", "-i", clip, "-c", "copy", "-fs", str(size), video], check=True)
    return video


def minute(folder):
    """A test clip, ten times in a row."""
    clip, video = os.path.join(FIXTURES, "matrix", "h264-open.mp4"), os.path.join(folder, "minute.mp4")
    subprocess.run([*FFMPEG, "-stream_loop", "9", "-i", clip, "-c", "copy", video], check=True)
    return video


def claims(name):
    """A test clip in a request that submits it."""
    with open(os.path.join(FIXTURES, "claims", name), "rb") as file:
        return multipart(file.read())


# MARK: How it is sent

def ask(server, method, path, body=None, kind=None):
    """Status and body; 0 where the server refused it before all of it was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def told(statuses):
    counts = sorted(Counter(statuses).items())
    return "answers: " + ", ".join(f"{count} × {status or 'none'}" for status, count in counts)


def at_once(requests):
    """Sends each on a connection of its own; their answers' statuses."""
    with ThreadPoolExecutor(len(requests)) as clients:
        return list(clients.map(lambda send: send()[0], requests))


def head(path, name, size):
    """The beginning of a request whose form has one file, of so many bytes."""
    part = part_head(name)
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {FORM}\r\n"
            f"Content-Length: {len(part) + size + len(PART_END)}\r\n\r\n").encode() + part


def posts(path, kind, body, clients=CLIENTS):
    return lambda server: told(at_once([lambda: ask(server, "POST", path, body, kind)] * clients))


def lua(content):
    return '"' + "".join(f"\\{byte:03d}" for byte in content) + '"'


def flood(server):
    """Each connection sends its next request once the last is answered: /healthz, a form and a picture in turn."""
    script = f"""
        local requests, sent = {{}}, 0
        init = function()
            requests = {{
                wrk.format("GET", "/healthz"),
                wrk.format("POST", "/analyse/1.1", {{["Content-Type"] = "{FIELDS}"}}, "API_KEY=k&task=porn_moderation"),
                wrk.format("POST", "{SIGHTENGINE}", {{["Content-Type"] = "{FORM}"}}, {lua(multipart(png(64)))}),
            }}
        end
        request = function()
            sent = sent + 1
            return requests[sent % #requests + 1]
        end"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        said = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", "-d10s", "-s", file.name, server.base], check=True,
                              capture_output=True, text=True).stdout
    return said.split("Requests/sec:")[1].split()[0] + " answers/s"


def drip(server):
    """Each connection sends a byte a second of a file."""
    with contextlib.ExitStack() as open_:
        clients = [open_.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(head(PICPURIFY, "file_image", 1_000_000))
        for _ in range(20):
            for client in clients:
                client.sendall(b"-")
            time.sleep(1)
        return f"{CLIENTS - len(select.select(clients, [], [], 0)[0])} of them still waited for after 20 s"


def wait_for_jobs(server, seconds):
    """Until none is in progress, but not longer than that. How many are left."""
    end = time.monotonic() + seconds
    while (left := ask(server, "GET", ONGOING)[1].count(b'"ongoing"')) and time.monotonic() < end:
        time.sleep(0.5)
    return left


def submit(body):
    def run(server):
        began = time.monotonic()
        statuses = at_once([lambda: ask(server, "POST", SUBMIT, body, FORM)] * CLIENTS)
        left = wait_for_jobs(server, 60)
        return f"{told(statuses)}; {left} not over after {time.monotonic() - began:.0f} s"
    return run


def submit_streams(clip):
    """Of one broadcast, in which each 30th picture claims to be shown 8000 s later: the most that FLV can say."""
    def run(server):
        station = Station()
        try:
            station.broadcast(clip, "late", "-bsf:v", "setts=pts=if(eq(mod(N\\,30)\\,29)\\,PTS+8000/TB\\,PTS)")
            paths = [f"{SUBMIT}&stream_url={station.address('late')}?{index}" for index in range(CLIENTS)]
            statuses = at_once([lambda path=path: ask(server, "GET", path) for path in paths])
            left = wait_for_jobs(server, 20)
            return f"{told(statuses)}; {left} still watched after 20 s"
        finally:
            station.stop()
    return run


def upload(path):
    def run(server):
        with open(path, "rb") as file, socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(head(PICPURIFY_VIDEO, "file_video", os.path.getsize(path)))
            began = time.monotonic()
            client.sendfile(file)
            client.sendall(PART_END)
            sent = time.monotonic()
            answer = http.client.HTTPResponse(client)
            answer.begin()
            return f"{told([answer.status])}; sent in {sent - began:.0f} s, judged in {time.monotonic() - sent:.0f} s"
    return run


def attacks(folder):
    """Makes what they send, large files in the folder."""
    subprocess.run([os.path.join(ROOT, "Tests", "Programs", "Fixtures", "make-fixtures"), FIXTURES], check=True)
    text = chunk(b"zTXt", b"t\0\0" + zlib.compress(b"\0" * (300 << 20), 9))
    many = ("--jobs", str(CLIENTS))
    return [
        Attack("64 PNGs of 8000 × 8000 at 16 bits", posts(SIGHTENGINE, FORM, multipart(png(8000, 16)))),
        Attack("64 PNGs of 8000 × 8000 at 8 bits", posts(SIGHTENGINE, FORM, multipart(png(8000)))),
        Attack("64 PNGs with 300 MB of text", posts(SIGHTENGINE, FORM, multipart(png(64, text=text)))),
        Attack("8 forms of 22 MB of a&", posts(PICPURIFY, FIELDS, b"a&" * (11 << 20), 8)),
        Attack("8 bodies of 20 MB of blanks",
               posts(PICPURIFY, FORM, f"--{BOUNDARY}".encode() + b" " * (20 << 20), 8)),
        Attack("10 s of requests on 64 connections, as fast as they are answered", flood),
        Attack("64 bodies of a byte a second", drip),
        Attack("64 submitted videos that claim to last 10^9 s, judged at once",
               submit(claims("lasts-for-ages.mp4")), many),
        Attack("64 submitted live streams with pictures 8000 s late, watched at once",
               submit_streams(minute(folder)), (*many, "--allow-private-urls")),
        Attack("an uploaded video of 2 GB", upload(large_video(folder, 2_000_000_000)), ("--max-upload", "2048")),
    ]
