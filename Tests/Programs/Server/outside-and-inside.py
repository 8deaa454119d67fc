#!/usr/bin/env python3
"""What a server fetches for strangers: `outside-and-inside.py FRAMESIFT FIXTURES`, in a network of its own.

Run under `unshare -rn`. 11.0.0.1, a public address, is given to the loopback device, so that an outside and an inside
exist on one machine and nothing leaves it. Prints one JSON object: what each request was answered, and what the inside
got to see.
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

framesift, fixtures = sys.argv[1:3]
outside = "11.0.0.1"
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["ip", "addr", "add", outside + "/32", "dev", "lo"], check=True)
subprocess.run(["ip", "addr", "add", "169.254.169.254/32", "dev", "lo"], check=True)


def read(name):
    with open(os.path.join(fixtures, name), "rb") as file:
        return file.read()


seen_inside = []
files = {"/picture.jpg": read("images/picture.jpg"), "/clip.ts": read("matrix/h264-closed.mp4")}
subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", os.path.join(fixtures, "matrix/h264-closed.mp4"), "-c", "copy",
                "/tmp/framesift-outside.ts"], check=True)
with open("/tmp/framesift-outside.ts", "rb") as file:
    files["/clip.ts"] = file.read()
os.remove("/tmp/framesift-outside.ts")


def playlist(address):
    return (f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\n{address}\n#EXT-X-ENDLIST\n").encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.server_address[0] != outside:
            seen_inside.append(self.path)
        if self.path in redirects:
            self.send_response(302)
            self.send_header("Location", redirects[self.path])
            self.end_headers()
        elif self.path in files:
            self.send_response(200)
            self.send_header("Content-Length", str(len(files[self.path])))
            self.end_headers()
            self.wfile.write(files[self.path])
        else:
            self.send_error(404)

    def log_message(self, *arguments):
        pass


def serve(host):
    server = ThreadingHTTPServer((host, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def listen(host, answer):
    """A raw listener: calls `answer(connection)` for each connection."""
    listener = socket.create_server((host, 0))

    def run():
        while True:
            connection, _ = listener.accept()
            answer(connection)
            connection.close()
    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


redirects = {}
port, inner = serve(outside), serve("127.0.0.1")
metadata = serve("169.254.169.254")
redirects["/to-inside"] = f"http://127.0.0.1:{inner}/picture.jpg"
redirects["/to-metadata"] = f"http://169.254.169.254:{metadata}/picture.jpg"
redirects["/twice"] = f"http://{outside}:{port}/to-inside"
redirects["/to-outside"] = f"http://{outside}:{port}/picture.jpg"
redirects["/in-circles"] = f"http://{outside}:{port}/in-circles"
redirects["/to-file"] = "file:///etc/passwd"
files["/good.m3u8"] = playlist(f"http://{outside}:{port}/clip.ts")
files["/bad.m3u8"] = playlist(f"http://127.0.0.1:{inner}/clip.ts")
files["/worse.m3u8"] = playlist(f"http://{outside}:{port}/to-inside-clip")
redirects["/to-inside-clip"] = f"http://127.0.0.1:{inner}/clip.ts"

rtsp_bytes = []


def note_bytes(connection):
    connection.settimeout(2)
    try:
        rtsp_bytes.append(connection.recv(4096).decode("latin-1"))
    except OSError:
        rtsp_bytes.append("")


rtsp_inner = listen("127.0.0.1", note_bytes)


def send_elsewhere(connection):
    connection.settimeout(5)
    request = connection.recv(4096).decode("latin-1")
    number = [line for line in request.split("\r\n") if line.lower().startswith("cseq")]
    connection.sendall(("RTSP/1.0 302 Moved\r\n" + "".join(line + "\r\n" for line in number) +
                        f"Location: rtsp://127.0.0.1:{rtsp_inner}/x\r\n\r\n").encode())


rtsp_outer = listen(outside, send_elsewhere)

server = subprocess.Popen([framesift, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"],
                          stderr=subprocess.PIPE, text=True)
base = None
for line in server.stderr:
    if "listening on" in line:
        base = "http://" + line.rsplit(" ", 1)[1].strip()
        break
threading.Thread(target=server.stderr.read, daemon=True).start()


def ask(path, **fields):
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(base + path, body, timeout=60) as answer:
        return json.load(answer)


def image(url):
    return ask("/analyse/1.1", API_KEY="k", task="porn_moderation", url_image=url)


def video(url):
    return ask("/analyse_video.php", API_KEY="k", task="porn_moderation", url_video=url)


broadcasters = []


def broadcast(scheme, kind, port, query="", *options):
    """Sends the clip once to whoever connects; returns the address."""
    address = f"{scheme}://{outside}:{port}/live/x" if scheme == "rtmp" else f"{scheme}://{outside}:{port}"
    broadcasters.append(subprocess.Popen(
        ["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", os.path.join(fixtures, "matrix/h264-closed.mp4"), "-c", "copy", "-f",
         kind, *options, address + query], stdout=subprocess.DEVNULL))
    return address


def wait_for(table, port):
    """Until something is bound, told by the kernel's table: a connection would take the only place."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open("/proc/net/" + table) as lines:
            if any(f":{port:04X}" in line.split()[1] for line in lines):
                return
    sys.exit(f"nothing listens on {table} port {port}")


rtmp = broadcast("rtmp", "flv", 19350, "", "-listen", "1")
srt = broadcast("srt", "mpegts", 19351, "?mode=listener")
wait_for("tcp", 19350)
wait_for("udp", 19351)
at = f"http://{outside}:{port}"
images = {name: image(url) for name, url in {
    "outside": at + "/picture.jpg", "to-outside": at + "/to-outside", "to-inside": at + "/to-inside",
    "to-metadata": at + "/to-metadata", "twice": at + "/twice", "in-circles": at + "/in-circles", "to-file": at + "/to-file",
    "loopback": f"http://127.0.0.1:{inner}/picture.jpg", "name": f"http://localhost:{inner}/picture.jpg",
    "decimal": f"http://2130706433:{inner}/picture.jpg", "short": f"http://127.1:{inner}/picture.jpg",
    "hexadecimal": f"http://0x7f000001:{inner}/picture.jpg", "ipv6": f"http://[::1]:{inner}/picture.jpg",
    "mapped": f"http://[::ffff:127.0.0.1]:{inner}/picture.jpg", "any": f"http://0.0.0.0:{inner}/picture.jpg",
    "metadata": f"http://169.254.169.254:{metadata}/picture.jpg",
    "user": f"http://{outside}:1@127.0.0.1:{inner}/picture.jpg",
}.items()}
videos = {name: video(url) for name, url in {
    "outside": at + "/clip.ts", "outside-rtmp": rtmp, "outside-srt": srt, "good-playlist": at + "/good.m3u8", "bad-playlist": at + "/bad.m3u8",
    "worse-playlist": at + "/worse.m3u8", "to-inside-clip": at + "/to-inside-clip",
    "loopback": f"http://127.0.0.1:{inner}/clip.ts", "rtmp": f"rtmp://127.0.0.1:{rtsp_inner}/a/b",
    "rtsp": f"rtsp://127.0.0.1:{rtsp_inner}/x", "rtsp-redirect": f"rtsp://{outside}:{rtsp_outer}/x",
    "srt": f"srt://127.0.0.1:{rtsp_inner}", "multicast": "rtp://239.1.1.1:5004",
}.items()}
for program in [server] + broadcasters:
    program.kill()
print(json.dumps({"images": images, "videos": videos, "inside": seen_inside, "rtsp": rtsp_bytes}))
