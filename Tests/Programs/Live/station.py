"""A broadcast on loopback: nginx with its RTMP module, ffmpeg as the broadcaster, and framesift watching."""
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

# scripts/benchmarks import this file by its folder.
sys.path.append(os.path.abspath(os.path.join(os.path.dirname(__file__), "..")))

from servers import QUIET, free_port, read_until, serve, until  # noqa: E402, F401


class Station:
    """nginx on ports that the system picked: RTMP in, RTMP and HLS out, files over HTTP, some behind a password; under
    /control publishers can be dropped."""

    def __init__(self, application=""):
        """`application`: further settings of the RTMP application."""
        self.temporary = tempfile.TemporaryDirectory(prefix="framesift-station-")
        self.folder = self.temporary.name
        self.port, self.http = free_port(), free_port()
        os.makedirs(f"{self.folder}/files/locked")
        os.chmod(self.folder, 0o755)
        with open(f"{self.folder}/users", "w") as users:
            users.write("somebody:{PLAIN}secret\n")
        with open(f"{self.folder}/nginx.conf", "w") as config:
            config.write(f"""
                daemon off; master_process off; worker_processes 1; pid {self.folder}/pid; error_log stderr notice;
                load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
                events {{ worker_connections 2048; }}
                rtmp {{ server {{ listen 127.0.0.1:{self.port}; application live {{
                    live on; hls on; hls_path {self.folder}/files/hls; hls_fragment 1s; hls_playlist_length 6s;
                    {application} }} }} }}
                http {{ access_log off;
                    client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2; fastcgi_temp_path {self.folder}/t3;
                    uwsgi_temp_path {self.folder}/t4; scgi_temp_path {self.folder}/t5;
                    server {{ listen 127.0.0.1:{self.http}; root {self.folder}/files;
                        types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; }}
                        location /control {{ rtmp_control all; }}
                        location /locked {{ auth_basic "locked"; auth_basic_user_file {self.folder}/users; }} }} }}
                """)
        self.children = []
        self.start()

    def start(self):
        self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf"],
                                        **{**QUIET, "stderr": subprocess.PIPE, "text": True})
        # Said after its sockets are listening.
        read_until(self.process.stderr, "using the \"epoll\" event method", "nginx")

    def address(self, name):
        return f"rtmp://127.0.0.1:{self.port}/live/{name}"

    def hls(self, name):
        return f"http://127.0.0.1:{self.http}/hls/{name}.m3u8"

    def file(self, path, name):
        """The address of a file."""
        os.symlink(path, f"{self.folder}/files/{name}")
        return f"http://127.0.0.1:{self.http}/{name}"

    def broadcast(self, clip, name, *arguments):
        """Sends the clip over and over, as fast as it is shown. Returns once it is on air."""
        process = subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-stats_period", "0.05", "-progress", "pipe:1", "-re",
                                    "-stream_loop", "-1", "-i", clip, "-c", "copy", *arguments, "-f", "flv", self.address(name)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.children.append(process)
        self.wait_for_pictures(process)
        return process

    @staticmethod
    def wait_for_pictures(ffmpeg):
        """Until ffmpeg, which tells its progress, has sent something."""
        for line in ffmpeg.stdout:
            if line.startswith("frame=") and int(line[6:]) > 0:
                break
        else:
            raise AssertionError(f"ffmpeg sends nothing: {ffmpeg.args}")
        threading.Thread(target=ffmpeg.stdout.read, daemon=True).start()

    def run(self, command, **options):
        """Any other program, ended with the station."""
        process = subprocess.Popen(command, **{**QUIET, **options})
        self.children.append(process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()

    def stop(self):
        for process in [self.process, *self.children]:
            process.send_signal(signal.SIGCONT)
            self.end(process)
        self.temporary.cleanup()


class Watching:
    """`framesift watch`, its events read as they come."""

    def __init__(self, program, addresses, *arguments, state=None, environment=None):
        self.own_state = None if state else tempfile.TemporaryDirectory(prefix="framesift-state-")
        self.process = subprocess.Popen(
            [program, "watch", *addresses, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "XDG_STATE_HOME": state or self.own_state.name, **(environment or {})})
        self.events, self.fresh = [], queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append((time.time(), event))
            self.fresh.put(event)
        self.fresh.put(None)

    def wait(self, matches, what, seconds=60):
        """The next event that matches; those before it are passed over."""
        end = time.monotonic() + seconds
        while True:
            try:
                event = self.fresh.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                event = None
            if event is None:
                raise AssertionError(f"no event: {what}; there were:\n" + "\n".join(str(one) for _, one in self.events))
            if matches(event):
                return event

    def state(self, name, **expected):
        return self.wait(lambda event: event["type"] == "stream.state" and event["state"] == name
                         and all(event.get(key) == value for key, value in expected.items()), f"state {name} {expected}")

    def all(self, kind):
        return [event for _, event in self.events if event["type"] == kind]

    def stop(self):
        """Ctrl-C. Returns the summaries and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self, seconds=60):
        self.process.wait(seconds)
        self.reader.join(10)
        if self.own_state:
            self.own_state.cleanup()
        return self.all("summary"), self.process.returncode
