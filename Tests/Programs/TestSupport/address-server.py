"""Serves a folder in the ways that servers do: `address-server.py FOLDER`. Prints its port. On loopback only.

/files/NAME in parts, as asked for; /whole/NAME without parts; /moved/NAME elsewhere, by a redirect; /cookies/NAME only to
who was given a cookie with a playlist; /locked/NAME to somebody with the password s@cret; /status/CODE that status.
"""
import base64
import os
import re
import sys
import urllib.parse

from servers import Handler, Server

folder = sys.argv[1]
PASSWORD = "Basic " + base64.b64encode(b"somebody:s@cret").decode()


class Addresses(Handler):
    def do_GET(self):
        _, way, name = urllib.parse.unquote(self.path).split("/", 2)
        if way == "status":
            self.answer(status=int(name))
        elif way == "moved":
            self.answer(status=302, headers=[("Location", "/files/" + urllib.parse.quote(name))])
        elif way == "locked" and self.headers.get("Authorization") != PASSWORD:
            self.answer(status=401, headers=[("WWW-Authenticate", 'Basic realm="locked"')])
        elif way == "cookies" and not name.endswith(".m3u8") and "pass=1" not in self.headers.get("Cookie", ""):
            self.answer(status=403)
        else:
            self.send(way, name)

    def send(self, way, name):
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        headers = [("Set-Cookie", "pass=1; Path=/")] if way == "cookies" else []
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if way == "whole":
            return self.answer(data, "video/mp4", headers=headers)
        headers.append(("Accept-Ranges", "bytes"))
        if not wanted:
            return self.answer(data, "video/mp4", headers=headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
        headers.append(("Content-Range", f"bytes {first}-{last}/{len(data)}"))
        return self.answer(data[first:last + 1], "video/mp4", 206, headers)


Server(Addresses).announce()
