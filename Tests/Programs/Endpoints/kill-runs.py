#!/usr/bin/env python3
"""Kills a run again and again: `kill-runs.py FRAMESIFT CLIP STATE RUNS`.

A service on loopback counts which pictures it is asked for, and kills the program when a certain request arrives, before or
after it is answered. At each kill as many requests can be without a judgement on disk as the program has pictures in work.
CLIP has twelve seconds of 25 pictures.
"""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading

import servers
from cases import case

framesift, clip, state, runs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random.seed(7)
# --concurrency 4 keeps five pictures at the service or waiting to be asked again, and one that is being made.
at_once = 6
reply = json.dumps({
    "status": "success", "final_decision": "OK", "confidence_score_decision": 0.99, "units_consumed": 1,
    "porn_moderation": {"porn_content": False, "confidence_score": 0.99, "compute_time": 0.01},
    "media": {"media_id": "a"}}).encode()


class Run:
    """What one run asks for, and when it is killed."""

    def __init__(self, goal, kills_before_answer):
        self.goal, self.kills_before_answer = goal, kills_before_answer
        self.asked, self.killed_at, self.process = [], None, None

    def kill(self):
        if self.killed_at is None and len(self.asked) >= self.goal:
            self.killed_at = len(self.asked)
            self.process.send_signal(signal.SIGKILL)


changed, connections, run = threading.Condition(), 0, None


class Service(servers.Handler):
    def do_POST(self):
        body = self.body()
        start = body.index(b"\xff\xd8\xff")
        with changed:
            run.asked.append(hashlib.sha256(body[start:body.rindex(b"\r\n--")]).hexdigest())
            if run.kills_before_answer:
                run.kill()
        self.answer(reply)
        with changed:
            run.kill()


class Server(servers.Server):
    def process_request_thread(self, request, client_address):
        global connections
        with changed:
            connections += 1
        super().process_request_thread(request, client_address)
        with changed:
            connections -= 1
            changed.notify_all()


environment = dict(os.environ, PICPURIFY_API_KEY="k", XDG_STATE_HOME=state, PICPURIFY_URL=Server(Service).start().base)
command = [framesift, "check", clip, "--provider", "picpurify", "--task", "porn_moderation", "--frame-interval", "0.04",
           "--rate", "1000", "--concurrency", "4", "--format", "json"]


def perform(goal, kills_before_answer):
    """Runs until killed or done, and until the service has seen all it sent. Returns the run and its output."""
    global run
    with changed:
        run = Run(goal, kills_before_answer)
        run.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output, _ = run.process.communicate()
    with changed:
        changed.wait_for(lambda: connections == 0)
    return run, output


asked, killed, in_flight = [], 0, 0
for number in range(runs + 1):
    last = number == runs
    done, output = perform(float("inf") if last else random.randint(4, 12), random.random() < 0.5)
    asked += done.asked
    if done.killed_at is not None:
        killed += 1
        in_flight += min(at_once, len(done.asked))
with case("every picture is judged"):
    # 25 a second, some of them alike.
    result = json.loads(output)
    assert result["status"] == "success" and result["nb_images"] == result["nb_images_ok"] == 300, result
    assert len(set(asked)) > 290, len(set(asked))
with case("only what was in flight is asked again"):
    assert len(asked) - len(set(asked)) <= in_flight, (len(asked), len(set(asked)), in_flight)
with case("each run but the last was killed"):
    assert killed == runs, killed
