"""A server while clients do their worst: how long /healthz takes meanwhile, and how much memory it costs."""
import http.client
import os
import re
import statistics
import struct
import subprocess
import tempfile
import threading
import time
import zlib

from table import FRAMESIFT, ROOT, write

CLIENTS = 64
PROBE_S = 0.02
BOUNDARY = "b"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(side, depth, colour, channels, text=b""):
    """A picture of zeros: few bytes, many pixels."""
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + side * channels * depth // 8)
    data = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def multipart(data, name="media"):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="x.png"\r\n\r\n'.encode()
    return head + data + f"\r\n--{BOUNDARY}--\r\n".encode()


SIGHTENGINE = "/1.0/nudity.json?api_user=u&api_secret=s"
PICPURIFY = "/analyse/1.1?API_KEY=k&task=porn_moderation"
FORM, FIELDS = f"multipart/form-data; boundary={BOUNDARY}", "application/x-www-form-urlencoded"


def attacks():
    text = chunk(b"zTXt", b"t\0\0" + zlib.compress(b"\0" * (300 << 20), 9))
    return {
        "64 PNGs of 8000 × 8000 at 16 bits": (SIGHTENGINE, FORM, multipart(png(8000, 16, 2, 3)), CLIENTS),
        "64 PNGs of 8000 × 8000 at 8 bits": (SIGHTENGINE, FORM, multipart(png(8000, 8, 2, 3)), CLIENTS),
        "64 PNGs with 300 MB of text": (SIGHTENGINE, FORM, multipart(png(64, 8, 2, 3, text)), CLIENTS),
        "8 forms of 22 MB of a&": (PICPURIFY, FIELDS, b"a&" * (11 << 20), 8),
        "8 bodies of 20 MB of blanks": (PICPURIFY, FORM, f"--{BOUNDARY}".encode() + b" " * (20 << 20), 8),
    }


class Server:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [FRAMESIFT, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "XDG_STATE_HOME": folder})
        self.port = int(re.search(r":(\d+)$", self.process.stderr.readline().strip()).group(1))
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def memory(self, field="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{field}:\s+(\d+)", status.read()).group(1)) / 1024

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0  # refused before all of it was sent
        finally:
            connection.close()


def measure(server, path, kind, body, clients):
    idle = server.memory()
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as refs:
        refs.write("5")  # the high-water mark starts anew
    threads = [
        threading.Thread(target=server.ask, args=("POST", path, body, {"Content-Type": kind})) for _ in range(clients)]
    for thread in threads:
        thread.start()
    took = []
    while any(thread.is_alive() for thread in threads) or len(took) < 50:
        began = time.monotonic()
        assert server.ask("GET", "/healthz") == 200
        took.append(time.monotonic() - began)
        time.sleep(PROBE_S)
    took.sort()
    return took[int(len(took) * 0.99)] * 1000, took[-1] * 1000, server.memory("VmHWM") - idle


def planning():
    """ms for 120 000 packets: with one that comes days later, and without."""
    folder = os.path.join(ROOT, ".build", "bench")
    os.makedirs(folder, exist_ok=True)
    sampler = os.path.join(ROOT, "Sources", "CFrameSampler")
    subprocess.run(
        ["gcc", "-std=gnu17", "-O2", "-w", "-D_Nullable=", "-D_Nonnull=", f"-I{sampler}", f"-I{sampler}/include",
         os.path.join(ROOT, "scripts", "benchmarks", "plan.c"), f"{sampler}/plan.c", "-lavcodec", "-lavformat",
         "-lavutil", "-lswscale", "-o", f"{folder}/plan"], check=True)
    lines = subprocess.run([f"{folder}/plan"], check=True, capture_output=True, text=True).stdout.splitlines()
    without, late = zip(*(map(float, line.split()) for line in lines))
    return statistics.median(late), statistics.median(without)


def main():
    late, without = planning()
    rows = [(
        "planning 120 000 packets, one of them 5.8 days late; the other: without", f"{late:.1f} ms", f"{without:.1f} ms",
        f"{late / without:.2f}", "≤ 1.2")]
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, kind, body, clients) in attacks().items():
            server = Server(folder)
            try:
                # Models are loaded with the first picture.
                server.ask("POST", SIGHTENGINE, multipart(png(64, 8, 2, 3)), {"Content-Type": FORM})
                p99, worst, memory = measure(server, path, kind, body, clients)
            finally:
                server.process.kill()
                server.process.wait()
            rows += [
                (f"/healthz during {name}: p99", f"{p99:.0f} ms", "–", "–", "≤ 500 ms"),
                (f"/healthz during {name}: slowest", f"{worst:.0f} ms", "–", "–", ""),
                (f"memory for {name}, above idle", f"{memory:.0f} MB", "–", "–", "≤ 500 MB"),
            ]
    write("A server at its worst", "What clients send at once, and how long /healthz takes meanwhile.", rows)


main()
