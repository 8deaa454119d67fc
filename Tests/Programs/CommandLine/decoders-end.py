#!/usr/bin/env python3
"""Whether decoders end with their program, and hold none of its secrets: `decoders-end.py FRAMESIFT FIXTURES`."""
import contextlib
import functools
import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import processes
import servers
from cases import case

FRAMESIFT, FIXTURES = sys.argv[1], sys.argv[2]
CLIP = f"{FIXTURES}/live/show.mp4"
SECRETS = {"FRAMESIFT_CALLBACK_SECRET": "callback-secret-3f9c", "PICPURIFY_API_KEY": "service-key-71ab"}
PASSWORD = "address-password-5d02"


@contextlib.contextmanager
def program(*arguments, **options):
    """A command that decodes. Ended in any case."""
    with tempfile.TemporaryDirectory() as state:
        environment = {**os.environ, "XDG_STATE_HOME": state, **options.pop("env", {})}
        process = subprocess.Popen([FRAMESIFT, *arguments], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def check(clip, *arguments, **options):
    return program("check", clip, "--sandbox", "on", "--task", "qr", "--frame-interval", "0.04", "--format", "json", *arguments, **options)


@contextlib.contextmanager
def server(*arguments, **environment):
    with tempfile.TemporaryDirectory() as state:
        port = servers.free_port()
        process = servers.serve(FRAMESIFT, port, "--sandbox", "on", *arguments,
                                env={**os.environ, "XDG_STATE_HOME": state, **environment})
        try:
            yield process, f"http://127.0.0.1:{port}/1.0"
        finally:
            process.kill()
            process.wait()


def healthz(base):
    """The status and what is said."""
    try:
        with urllib.request.urlopen(base.removesuffix("/1.0") + "/healthz", timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def submit(base, name, path):
    """What a file gets: the status."""
    with open(path, "rb") as file:
        content = file.read()
    head = b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % field for field in (
        (b"api_user", b"u"), (b"api_secret", b"s"), (b"models", b"qr-content"), (b"interval", b"0.05")))
    head += b'--x\r\nContent-Disposition: form-data; name="media"; filename="x"\r\n\r\n'
    request = urllib.request.Request(f"{base}/{name}", head + content + b"\r\n--x--\r\n", {
        "Content-Type": "multipart/form-data; boundary=x", "Connection": "close"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def processor_ticks(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:13])
    except OSError:
        return 0


def decoding(process):
    """All decoders of a program, once one of them works."""
    def found():
        known = processes.all_decoders(process.pid)
        return known if any(processor_ticks(one) > 5 for one in known[1:]) else None
    return servers.until(found, "a decoder works")


def forked(process):
    """All decoders of a program, once one is forked."""
    def found():
        known = processes.all_decoders(process.pid)
        return known if len(known) > 1 else None
    return servers.until(found, "a decoder is forked")


def expect_gone(known):
    processes.wait_for_end(known)


# MARK: Ends

def ends():
    with case("a killed run takes its decoders along"), check(CLIP) as process:
        known = decoding(process)
        assert processes.running(known) == known, known
        process.kill()
        process.wait()
        expect_gone(known)
    with case("an interrupted run reports what it has, and its decoders end"), check(CLIP) as process:
        known = decoding(process)
        process.send_signal(signal.SIGINT)
        report = json.loads(process.communicate(timeout=60)[0])
        assert not report["complete"], report
        expect_gone(known)
    with case("a server that is stopped ends its decoders"), server("--grace", "1") as (process, base):
        asking = threading.Thread(target=submit, args=(base, "video/check-sync.json", CLIP), daemon=True)
        asking.start()
        known = decoding(process)
        process.terminate()
        process.wait(timeout=60)
        expect_gone(known)
    with case("a server that loses its decoders says so and goes on"), server() as (process, base):
        image = f"{FIXTURES}/images/picture.png"
        assert submit(base, "check.json", image) == 200
        assert healthz(base)[0] == 200
        (start, _), = processes.decoders(process.pid)
        known = processes.all_decoders(process.pid)
        os.kill(start, signal.SIGKILL)
        expect_gone(known)
        answers = [submit(base, name, path) for name, path in (
            ("check.json", image), ("video/check-sync.json", f"{FIXTURES}/matrix/h264-open.mp4")) for _ in range(3)]
        assert process.poll() is None and all(answer and answer >= 400 for answer in answers), answers
        status, health = healthz(base)
        assert status == 503 and "No decoder" in health["problem"], (status, health)


# MARK: Secrets

def expect_none(process, secrets, decoders):
    known = decoders(process)
    assert processes.holds(process.pid, secrets) == secrets, "the program itself holds them"
    searched = {one: processes.holds(one, secrets) for one in known}
    assert len(searched) > 1 and not any(searched.values()), searched


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def secrets():
    with case("a server's keys are in none of its decoders"):
        with server("--provider", "picpurify", **SECRETS) as (process, base):
            submit(base, "check.json", f"{FIXTURES}/images/picture.png")
            expect_none(process, set(SECRETS.values()), forked)
    with case("a password in an address is in none of a run's decoders"):
        files = servers.Server(functools.partial(Files, directory=os.path.dirname(CLIP))).start()
        address = files.base.replace("//", f"//user:{PASSWORD}@") + "/show.mp4"
        with check(address) as process:
            expect_none(process, {PASSWORD}, decoding)


if __name__ == "__main__":
    ends()
    secrets()
