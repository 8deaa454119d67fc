"""Verdicts that act: `hooks.py FRAMESIFT FIXTURES NAME` ends with 0 if they do. Without arguments it prints the names.

The clip shows a QR code from 3 to 6 s of each 10 s. Publishers are ffmpeg's, and the media server is nginx with its RTMP
module; where it is MediaMTX's turn, a stand-in does what MediaMTX's documentation says it does beside RTMP.
"""
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
import uuid

from receiver import Receiver
from servers import QUIET, Handler, Server, free_port
from station import Station, Watching, until

FRAMESIFT, FIXTURES, SCENARIO = sys.argv[1:4] or [None] * 3
SAMPLES = os.path.join(os.path.dirname(__file__), *[".."] * 3, "Samples", "hooks")
SECRET = "a-secret-that-nobody-may-see"
QR = ["--task", "qr_code_moderation", "--quiet"]


def clip():
    return os.path.join(FIXTURES, "live", "show.mp4")


def sample(name, folder, **replaced):
    """A copy of a recipe, with the ports of this run."""
    with open(os.path.join(SAMPLES, name)) as file:
        text = file.read()
    for old, new in replaced.items():
        assert (old := old.replace("port_", ":")) in text, (name, old)
        text = text.replace(old, f":{new}")
    return write(folder, name, text)


def write(folder, name, text, mode=0o644):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def program(folder, name, body):
    return write(folder, name, f"#!{sys.executable}\n{body}", 0o755)


class Serving:
    """`framesift serve` with a key for hooks, its log read as it comes."""

    def __init__(self, folder, *arguments, port=None, environment=None):
        self.port = port or free_port()
        keys = write(folder, "keys.yaml", "keys: [{key: KEY, name: hooks, dialects: [hooks, sightengine], policy: policy.yaml}]", 0o600)
        write(folder, "policy.yaml", "categories: {qr: {harmful: true, threshold: 0.6}}\n")
        self.process = subprocess.Popen(
            [FRAMESIFT, "serve", "--listen", f"127.0.0.1:{self.port}", "--log-level", "info", "--keys", keys, *arguments],
            **{**QUIET, "stderr": subprocess.PIPE, "text": True},
            env={**os.environ, "XDG_STATE_HOME": os.path.join(folder, "state"), **(environment or {})})
        self.log = []
        self.line("listening on")

    def line(self, *texts):
        """The next line of the log that has these texts."""
        for line in self.process.stderr:
            self.log.append(line)
            if all(text in line for text in texts):
                return line
        raise AssertionError(f"no {texts} in the log:\n" + "".join(self.log))

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def ongoing(self):
        return json.loads(self.get("/1.0/video/ongoing.json?api_user=hooks&api_secret=KEY"))["output"]["data"]

    def submit(self):
        command = ["curl", "-sS", "-F", "api_user=hooks", "-F", "api_secret=KEY", "-F", "models=qr-content", "-F", f"media=@{clip()}",
                   f"http://127.0.0.1:{self.port}/1.0/video/check.json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["media"]["id"]

    def stop(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.log += self.process.stderr.readlines()
        self.process.wait(60)


def counted(serving, trigger, outcome):
    match = re.search(rf'framesift_actions_total{{trigger="{trigger}",outcome="{outcome}"}} (\d+)', serving.get("/metrics"))
    return int(match[1]) if match else 0


def nginx_publisher_is_dropped(folder):
    """on_publish begins a watch; a hit drops the publisher; on_publish_done ends the watch."""
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hooks/nginx-rtmp?key=KEY&task=qr-content&interval=0.5"
    station = Station(f"on_publish {hook}; on_publish_done {hook};")
    serving = None
    try:
        serving = Serving(folder, "--rtmp", f"rtmp://127.0.0.1:{station.port}/",
                          "--on-ko", sample("drop-nginx.yaml", folder, port_8081=station.http), port=port)
        # What the publisher says of himself changes nothing.
        publisher = station.broadcast(clip(), "show?app=other&name=other&key=none")
        line = serving.line("action delivered", "trigger=ko")
        assert publisher.wait(60) != 0, "the publisher ended by himself"
        assert counted(serving, "ko", "delivered") == 1, serving.get("/metrics")
        media = re.search(r"media=(\S+)", line)[1]
        data = json.loads(serving.get(f"/1.0/video/byid.json?api_user=hooks&api_secret=KEY&id={media}"))["output"]
        assert data["media"]["uri"] == f"rtmp://127.0.0.1:{station.port}/live/show", data["media"]
        until(lambda: not serving.ongoing(), "the end of the watch")
        # He comes back, and is dropped again.
        assert station.broadcast(clip(), "show").wait(60) != 0
        serving.line("action delivered", "trigger=ko")
        # The control: without the code nobody is dropped.
        clean = station.broadcast(os.path.join(FIXTURES, "live", "show.mp4"), "clean", "-t", "2")
        assert clean.wait(60) == 0
    finally:
        if serving:
            serving.stop()
        station.stop()


def strangers_cannot_begin(folder):
    """Without the right key nginx lets nobody publish, and nothing is watched."""
    port = free_port()
    station = Station(f"on_publish http://127.0.0.1:{port}/hooks/nginx-rtmp?key=WRONG;")
    serving = None
    try:
        serving = Serving(folder, "--rtmp", f"rtmp://127.0.0.1:{station.port}", port=port)
        publishing = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", clip(), "-c", "copy", "-f", "flv",
                                     # His own key does not count, even if it is right.
                                     station.address("show?key=KEY")], capture_output=True, timeout=60)
        assert publishing.returncode != 0, publishing
        assert not serving.ongoing()
    finally:
        if serving:
            serving.stop()
        station.stop()


def nginx_is_not_kept_waiting(folder):
    """nginx-rtmp takes an answer to be whole when the connection ends, and else keeps the publisher waiting for 10 s."""
    serving = Serving(folder)
    try:
        request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n"
        with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as connection:
            # The control: who says nothing can ask again.
            for _ in range(2):
                connection.sendall(request % b"")
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
            # As nginx-rtmp writes it.
            connection.sendall(request % b"Connection: Close\r\n")
            answer = b""
            while more := connection.recv(1 << 16):
                answer += more
            assert answer.startswith(b"HTTP/1.1 200"), answer
    finally:
        serving.stop()


class MediaMTX:
    """What MediaMTX does beside RTMP: it runs the commands of its configuration, without a shell, with its variables put in
    their place; and its control API kicks a connection by its id."""

    def __init__(self):
        self.connections, self.kicked = {}, []
        outer = self

        class API(Handler):
            def do_POST(self):
                self.body()
                match = re.fullmatch(r"/v3/rtmpconns/kick/([^/?]+)", self.path)
                try:
                    number = str(uuid.UUID(match[1])) if match else None
                except ValueError:
                    return self.answer(b'{"status":"error","error":"invalid UUID"}', status=400)
                process = outer.connections.pop(number, None)
                if process is None:
                    return self.answer(b'{"status":"error","error":"connection not found"}', status=404)
                outer.kicked.append(number)
                process.kill()
                return self.answer(b'{"status":"ok"}')

        self.server = Server(API).start()

    def run(self, configuration, name, path, number):
        """Runs the command of a path."""
        with open(configuration) as file:
            command = re.search(rf"^  {name}: (.*)$", file.read(), re.MULTILINE)[1]
        variables = {"MTX_PATH": path, "MTX_SOURCE_ID": number, "MTX_SOURCE_TYPE": "rtmpConn", "MTX_QUERY": "", "RTSP_PORT": "8554"}
        parts = [re.sub(r"\$(\w+)", lambda found: variables.get(found[1], ""), part) for part in shlex.split(command)]
        done = subprocess.run(parts, capture_output=True, timeout=60)
        assert done.returncode == 0, done
        return done.stdout.decode()


def mediamtx_publisher_is_kicked(folder):
    """The same with MediaMTX's hooks and control API."""
    station, mediamtx = Station(), MediaMTX()
    serving = None
    try:
        serving = Serving(folder, "--rtmp", f"rtmp://127.0.0.1:{station.port}",
                          "--on-ko", sample("kick-mediamtx.yaml", folder, port_9997=mediamtx.server.server_port))
        hooks = sample("mediamtx.yml", folder, port_8080=serving.port)
        with open(hooks) as file:
            text = file.read().replace("task=nudity", "task=qr-content")
        write(folder, "mediamtx.yml", text)
        publisher = station.broadcast(clip(), "show")
        number = str(uuid.uuid4())
        mediamtx.connections[number] = publisher
        # Somebody else, who shows nothing.
        other = str(uuid.uuid4())
        mediamtx.connections[other] = None
        assert mediamtx.run(hooks, "runOnAvailable", "live/show", number) == ""
        serving.line("action delivered", "trigger=ko")
        publisher.wait(60)
        assert mediamtx.kicked == [number], mediamtx.kicked
        assert len(serving.ongoing()) == 1
        assert mediamtx.run(hooks, "runOnUnavailable", "live/show", number) == ""
        assert not serving.ongoing()
    finally:
        if serving:
            serving.stop()
        station.stop()


def watch_tells_what_became_of_it(folder):
    """`watch`: the publisher is dropped once for each hit, and an event says so, in the sequence."""
    station = Station()
    try:
        on_ko = write(folder, "drop.yaml", f"""
            request: {{method: GET, url: "http://127.0.0.1:{station.http}/control/drop/publisher?app=live&name={{{{stream}}}}"}}
            """)
        publisher = station.broadcast(clip(), "show")
        watching = Watching(FRAMESIFT, [f"show={station.address('show')}"], *QR, "--on-ko", on_ko)
        opened = watching.wait(lambda event: event["type"] == "segment.opened", "a hit")
        told = watching.wait(lambda event: event["type"] == "action", "the action")
        assert publisher.wait(60) != 0
        action = told["action"]
        assert action["outcome"] == "delivered" and action["trigger"] == "ko" and action["attempts"] == 1, action
        assert action["segment"] == opened["segment"]["id"] and action["at"].endswith("Z"), action
        watching.stop()
        assert [event["sequence"] for _, event in watching.events] == list(range(1, len(watching.events) + 1))
        assert watching.events[-1][1]["type"] == "summary" and len(watching.all("action")) == 1
    finally:
        station.stop()


def failed_action_is_told(folder):
    """A target that is away: each attempt is told, and that it was given up."""
    station = Station()
    try:
        station.broadcast(clip(), "show")
        url = f"http://127.0.0.1:{free_port()}/{{{{id}}}}"
        on_ko = write(folder, "away.yaml", f'request: {{url: "{url}", headers: {{X: "{{{{env.TOKEN}}}}"}}}}\nretries: 1\nbackoff: 0.1\nenv: [TOKEN]')
        watching = Watching(FRAMESIFT, [f"show={station.address('show')}"], *QR, "--on-ko", on_ko, environment={"TOKEN": SECRET})
        first = watching.wait(lambda event: event["type"] == "action", "the first attempt")["action"]
        second = watching.wait(lambda event: event["type"] == "action", "the second attempt")["action"]
        assert first["outcome"] == "failed" and 50 <= first["retry_in"] <= 100 and first["problem"], first
        assert second["outcome"] == "given_up" and second["attempts"] == 2 and second["id"] == first["id"], second
        watching.stop()
        assert SECRET not in str(watching.events)
    finally:
        station.stop()


def hanging_program_is_ended(folder):
    """A program that does not end is ended with its children, and an event says so."""
    station = Station()
    try:
        station.broadcast(clip(), "show")
        pids = os.path.join(folder, "pids")
        hook = program(folder, "hang", f"""
import json, os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
event = json.load(sys.stdin)
child = subprocess.Popen(["sleep", "1000"])
print(event["trigger"], event["segment"]["category"], flush=True)
open({pids!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
while True: time.sleep(1000)
""")
        on_ko = write(folder, "hang.yaml", f"program: [{hook}]\ndeadline: 2\nretries: 0\n")
        watching = Watching(FRAMESIFT, [f"show={station.address('show')}"], *QR, "--on-ko", on_ko)
        action = watching.wait(lambda event: event["type"] == "action", "the action")["action"]
        assert action["outcome"] == "given_up" and action["ended"] is True and action["output"] == "ko qr\n", action
        assert "after 2 s" in action["problem"], action
        with open(pids) as file:
            for pid in file.read().split():
                until(lambda pid=pid: not alive(pid), "the end of the program")
        watching.stop()
    finally:
        station.stop()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def confined_server_runs_programs(folder):
    """`serve` may start no program; another process of its own does it, with secrets that nobody sees."""
    told = os.path.join(folder, "event.json")
    hook = program(folder, "hook", f"""
import os, sys
open({told!r}, "w").write(sys.stdin.read())
print("token", os.environ["TOKEN"], len(os.listdir("/proc/self/fd")))
""")
    on_ko = write(folder, "program.yaml", f"program: [{hook}, argument]\nenv: [TOKEN]\n")
    serving = Serving(folder, "--on-ko", on_ko, environment={"TOKEN": SECRET})
    try:
        media = serving.submit()
        line = serving.line("action delivered", f"media={media}")
        # Standard input, output and errors, and the folder that is listed.
        assert 'output="token *** 4\\n"' in line, line
        with open(told) as file:
            event = json.load(file)
        assert event["trigger"] == "ko" and event["decision"] == "KO" and event["media"] == media, event
        assert [one["category"] for one in event["segments"]] == ["qr"] and event["segments"][0]["start"] == 3000, event
        assert counted(serving, "ko", "delivered") == 1
        # The control: the server itself cannot start programs.
        with open(f"/proc/{serving.process.pid}/status") as file:
            assert "Seccomp:\t2" in file.read()
        assert "not confined" not in "".join(serving.log), serving.log
    finally:
        serving.stop(signal.SIGTERM)
    assert SECRET not in "".join(serving.log)
    for root, _, names in os.walk(os.path.join(folder, "state")):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                assert SECRET.encode() not in file.read(), name


def helper_ends_with_the_server(folder):
    """A server that is killed leaves no program behind."""
    pids = os.path.join(folder, "pids")
    hook = program(folder, "hook", f"import os, time; open({pids!r} + '.new', 'w').write(f'{{os.getpid()}} {{os.getppid()}}'); "
                                   f"os.rename({pids!r} + '.new', {pids!r}); time.sleep(1000)")
    serving = Serving(folder, "--on-ko", write(folder, "program.yaml", f"program: [{hook}]\ndeadline: 300\n"))
    try:
        serving.submit()
        until(lambda: os.path.exists(pids), "the program")
    finally:
        serving.stop()
    with open(pids) as file:
        for pid in file.read().split():
            until(lambda pid=pid: not alive(pid), "the end of the program and of who started it")


def killed_server_acts_later(folder):
    """SIGKILL with an action owed: the next server does it, under the same key; one without the action leaves it."""
    with Receiver() as receiver:
        receiver.status = 503
        on_ko = write(folder, "post.yaml", f"""
            request:
              url: {receiver.address}
              headers: {{X-Token: "{{{{env.TOKEN}}}}"}}
              body: '{{"media": "{{{{media}}}}", "reason": "{{{{reason}}}}"}}'
            env: [TOKEN]
            backoff: 0.1
            retries: 100
            """)
        serving = Serving(folder, "--on-ko", on_ko, environment={"TOKEN": SECRET})
        try:
            media = serving.submit()
            receiver.wait(lambda one: one.refused, "a refused action")
        finally:
            serving.stop()
        receiver.status = 200
        # It has no such action, and would have done it by the end of another job's.
        serving = Serving(folder)
        serving.submit()
        until(lambda: not serving.ongoing(), "the end of the job")
        serving.stop()
        assert not receiver.taken, receiver.taken
        serving = Serving(folder, "--on-ko", on_ko, environment={"TOKEN": SECRET})
        try:
            receiver.wait(lambda one: one.taken, "the action of the killed server")
            assert receiver.taken[0]["id"] == receiver.refused[0]["id"], receiver.taken
            assert receiver.taken[0]["json"] == {"media": media, "reason": "the decision is KO"}, receiver.taken
        finally:
            serving.stop()


SCENARIOS = {one.__name__: one for one in (
    nginx_publisher_is_dropped, strangers_cannot_begin, nginx_is_not_kept_waiting, mediamtx_publisher_is_kicked, watch_tells_what_became_of_it,
    failed_action_is_told, hanging_program_is_ended, confined_server_runs_programs, helper_ends_with_the_server,
    killed_server_acts_later)}


def main():
    if SCENARIO is None:
        print("\n".join(SCENARIOS))
        return
    with tempfile.TemporaryDirectory(prefix="framesift-hooks-") as folder:
        SCENARIOS[SCENARIO](folder)


if __name__ == "__main__":
    main()
