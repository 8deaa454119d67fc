"""A broadcast on loopback: nginx with its RTMP module, and ffmpeg sending a clip that was encoded before."""
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Station:
    """nginx on ports that the system picked. Streams are published to and played from `address(name)`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="framesift-station-")
        self.port, self.http = free_port(), free_port()
        with open(os.path.join(self.folder.name, "nginx.conf"), "w") as config:
            config.write(f"""
                daemon off; master_process off; worker_processes 1; pid {self.folder.name}/pid; error_log {self.folder.name}/log;
                load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
                events {{ worker_connections 2048; }}
                rtmp {{ server {{ listen 127.0.0.1:{self.port}; application live {{ live on; }} }} }}
                """)
        self.start()

    def start(self):
        self.process = subprocess.Popen(["nginx", "-p", self.folder.name, "-c", os.path.join(self.folder.name, "nginx.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("nginx does not start")

    def address(self, name):
        return f"rtmp://127.0.0.1:{self.port}/live/{name}"

    def broadcast(self, clip, name):
        """Sends the clip over and over, as fast as it is shown."""
        return subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f",
                                 "flv", self.address(name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def broadcast_begun(self, clip, name):
        """The same; returns once it is on air."""
        process = subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-stats_period", "0.05", "-progress", "pipe:1", "-re",
                                    "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "flv", self.address(name)],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:
            if line.startswith("frame=") and int(line[6:]) > 0:
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        return process

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()
