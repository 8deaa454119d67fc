#!/usr/bin/env python3
"""Sightengine's asynchronous video API as its documentation has it, with made-up results: prints its port, then a line of JSON
a request (method, path, size of the body). On loopback only.

A job is ongoing when it is first asked for, and finished after that. A callback address gets an event of another media, an
ongoing one, and the finished one, twice.
"""
import json
import re
import threading
import urllib.request
from urllib.parse import parse_qs, urlparse

from servers import Handler, Server

asked = {}


def frames(media, count):
    return [{"info": {"id": f"{media}_{n + 1}", "position": 1000 * n},
             "nudity": {"raw": 0.9 if n == 2 else 0.01, "partial": 0.01, "safe": 0.09 if n == 2 else 0.98}}
            for n in range(count)]


def progress(media, status, count):
    return {"media": {"id": media, "uri": "x"}, "request": "req_submit",
            "data": {"status": status, "started": 1.0, "last_update": 2.0, "operations": count, "frames": frames(media, count)}}


def post_callbacks(address, media):
    for body in (progress("med_other", "finished", 9), progress(media, "ongoing", 2), progress(media, "finished", 4),
                 progress(media, "finished", 4)):
        request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=10).read()
        except OSError:
            pass


class Service(Handler):
    def reply(self, body):
        self.answer(json.dumps(body).encode())

    def handle_any(self):
        body = self.body()
        url = urlparse(self.path)
        print(json.dumps({"method": self.command, "path": url.path, "size": len(body)}), flush=True)
        envelope = {"status": "success", "request": {"id": "req_x", "timestamp": 1.0, "operations": 0}}
        if url.path == "/1.0/upload/create-video.json":
            self.reply({**envelope, "media": {"id": "med_uploaded"}, "upload": {"url": self.server.base + "/put/here", "expires": 2.0}})
        elif url.path == "/put/here":
            self.reply({})
        elif url.path == "/1.0/video/byid.json":
            media = parse_qs(url.query)["id"][0]
            asked[media] = asked.get(media, 0) + 1
            done = asked[media] > 1
            self.reply({**envelope, "output": progress(media, "finished" if done else "ongoing", 4 if done else 1)})
        elif url.path == "/1.0/video/check.json":
            self.reply({**envelope, "media": {"id": "med_job", "uri": "x"}, "callback": "x"})
            callback = re.search(rb'name="callback_url"\r\n\r\n(.*?)\r\n', body)
            if callback:
                threading.Thread(target=post_callbacks, args=(callback.group(1).decode(), "med_job")).start()
        else:
            self.reply({"status": "failure", "error": {"type": "request_error", "code": 9106, "message": "?"}})

    do_GET = do_POST = do_PUT = handle_any


Server(Service).announce()
