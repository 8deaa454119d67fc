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
import urllib.parse
import urllib.request

from servers import Handler, Server, free_port, serve

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


class Files(Handler):
    def do_GET(self):
        if self.server.server_address[0] != outside:
            seen_inside.append(self.path)
        if self.path in redirects:
            self.answer(status=302, headers=[("Location", redirects[self.path])])
        elif self.path in files:
            self.answer(files[self.path], "application/octet-stream")
        else:
            self.answer(status=404)


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
port, inner, metadata = (Server(Files, host).start().server_port for host in (outside, "127.0.0.1", "169.254.169.254"))
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
    """Up to the end: whoever connects and may not go on closes the connection."""
    connection.settimeout(60)
    try:
        rtsp_bytes.append(connection.recv(4096).decode("latin-1"))
    except OSError:
        rtsp_bytes.append("")


rtsp_inner = listen("127.0.0.1", note_bytes)


def send_elsewhere(connection):
    connection.settimeout(60)
    request = connection.recv(4096).decode("latin-1")
    number = [line for line in request.split("\r\n") if line.lower().startswith("cseq")]
    connection.sendall(("RTSP/1.0 302 Moved\r\n" + "".join(line + "\r\n" for line in number) +
                        f"Location: rtsp://127.0.0.1:{rtsp_inner}/x\r\n\r\n").encode())


rtsp_outer = listen(outside, send_elsewhere)

listening = free_port()
server, base = serve(framesift, listening), f"http://127.0.0.1:{listening}"


def ask(path, **fields):
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(base + path, body, timeout=60) as answer:
        return json.load(answer)


def image(url):
    return ask("/analyse/1.1", API_KEY="k", task="porn_moderation", url_image=url)


def video(url):
    return ask("/analyse_video.php", API_KEY="k", task="porn_moderation", url_video=url)


broadcasters = []


def broadcast(address, kind, table, port, query="", *options):
    """Sends the clip once to whoever connects; returns the address, once ffmpeg listens there."""
    sender = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", os.path.join(fixtures, "matrix/h264-closed.mp4"), "-c", "copy", "-f",
         kind, *options, address + query], stdout=subprocess.DEVNULL)
    broadcasters.append(sender)
    while not is_bound(table, port):
        # Asked again and again: ffmpeg does not say that it listens, and a connection would take the only place.
        try:
            sys.exit(f"{address}: ffmpeg ended with {sender.wait(0.05)}")
        except subprocess.TimeoutExpired:
            pass
    return address


def is_bound(table, port):
    """By the kernel's table."""
    with open("/proc/net/" + table) as lines:
        return any(f":{port:04X}" in line.split()[1] for line in lines)


rtmp = broadcast(f"rtmp://{outside}:19350/live/x", "flv", "tcp", 19350, "", "-listen", "1")
srt = broadcast(f"srt://{outside}:19351", "mpegts", "udp", 19351, "?mode=listener")
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
