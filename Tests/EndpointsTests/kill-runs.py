#!/usr/bin/env python3
"""Kills a run again and again: `kill-runs.py FRAMESIFT CLIP STATE RUNS`.

A service on loopback counts which pictures it is asked for. Prints one JSON object: pictures, requests, repeated ones, and
how many were in flight at the kills (not answered yet, or answered within the last moments).
"""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

framesift, clip, state, runs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random.seed(7)
lock, asked, unanswered, answered = threading.Lock(), [], {}, []
reply = json.dumps({
    "status": "success", "final_decision": "OK", "confidence_score_decision": 0.99, "units_consumed": 1,
    "porn_moderation": {"porn_content": False, "confidence_score": 0.99, "compute_time": 0.01},
    "media": {"media_id": "a"}}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        start = body.index(b"\xff\xd8\xff")
        picture = hashlib.sha256(body[start:body.rindex(b"\r\n--")]).hexdigest()
        with lock:
            asked.append(picture)
            unanswered[threading.get_ident()] = picture
        time.sleep(0.02)
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)
        except OSError:
            pass
        with lock:
            unanswered.pop(threading.get_ident(), None)
            answered.append((time.monotonic(), picture))

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = dict(os.environ, PICPURIFY_API_KEY="k", XDG_STATE_HOME=state,
                   PICPURIFY_URL=f"http://127.0.0.1:{server.server_address[1]}")
command = [framesift, "check", clip, "--provider", "picpurify", "--task", "porn_moderation", "--frame-interval", "0.04",
           "--rate", "1000", "--concurrency", "4", "--format", "json"]
in_flight, killed = 0, 0
for _ in range(runs):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with lock:
        before = len(asked)
    # Some way into the judging: counted in requests, so that a slow machine kills no later.
    goal, deadline = before + random.randint(1, 12), time.monotonic() + 10
    while len(asked) < goal and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0005)
    time.sleep(random.random() * 0.02)
    if process.poll() is not None:
        continue
    process.send_signal(signal.SIGKILL)
    now = time.monotonic()
    process.wait()
    killed += 1
    with lock:
        # What was answered a moment ago may not have been written down yet.
        in_flight += len(unanswered) + sum(1 for when, _ in answered if now - when < 0.05)
    time.sleep(0.03)
finished = subprocess.run(command, env=environment, capture_output=True, text=True)
result = json.loads(finished.stdout)
print(json.dumps({
    "pictures": len(set(asked)), "requests": len(asked), "repeated": len(asked) - len(set(asked)), "in_flight": in_flight,
    "killed": killed, "judged": result["nb_images_ok"], "positions": result["nb_images"], "status": result["status"],
    "requests_of_last": result["cost"]["requests"]}))
