"""From a hit to the end of its publisher: nginx with its RTMP module calls `framesift serve` when somebody begins to publish,
and is told to drop who shows a QR code.

    scripts/bench hooks
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

from table import DEPS, FRAMESIFT, ROOT, write

sys.path.insert(0, os.path.join(ROOT, "Tests", "Programs", "Live"))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Programs"))
from servers import QUIET, free_port, read_until  # noqa: E402
from station import Station  # noqa: E402

TIMES = 20
# The clip shows the code from here on, s. The positions that are looked at begin with the first picture, so each publisher
# begins the clip somewhat later: the code comes at any time between two of them.
SHOWN = 3.0
INTERVAL = 0.5
CLIP = os.path.join(DEPS, "fixtures", "live", "show.mp4")


def publish(station, name, skipped):
    """Seconds from sending the first picture with the code to the publisher's end.

    - skipped: Of the clip's beginning, s.
    """
    command = ["ffmpeg", "-v", "error", "-nostdin", "-stats_period", "0.02", "-progress", "pipe:1", "-re", "-ss", str(skipped),
               "-i", CLIP, "-vf", "setpts=PTS-STARTPTS", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0", "-an",
               "-f", "flv", station.address(name)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    begins = []
    for line in process.stdout:
        # ffmpeg sends in real time, so the least difference of its time and the clock's tells when it began.
        if (match := re.match(r"out_time_us=(\d+)", line)) and int(match[1]) > 0:
            begins.append(time.time() - int(match[1]) / 1e6)
    process.wait()
    return time.time() - min(begins) - (SHOWN - skipped)


def main():
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hooks/nginx-rtmp?key=any&task=qr-content&interval=0.5"
    station = Station(f"on_publish {hook}; on_publish_done {hook};")
    with tempfile.TemporaryDirectory() as folder:
        on_ko = os.path.join(folder, "on-ko.yaml")
        with open(os.path.join(ROOT, "Samples", "hooks", "drop-nginx.yaml")) as recipe, open(on_ko, "w") as file:
            file.write(recipe.read().replace(":8081", f":{station.http}"))
        server = subprocess.Popen(
            [FRAMESIFT, "serve", "--listen", f"127.0.0.1:{port}", "--log-level", "error", "--rtmp", f"rtmp://127.0.0.1:{station.port}",
             "--on-ko", on_ko], **{**QUIET, "stderr": subprocess.PIPE, "text": True}, env={**os.environ, "XDG_STATE_HOME": folder})
        try:
            read_until(server.stderr, "listening on", "framesift serve")
            publish(station, "warm", 0)
            found = sorted(publish(station, f"s{index}", index * INTERVAL / TIMES) for index in range(TIMES))
        finally:
            server.kill()
            station.stop()
    print(json.dumps([round(one, 3) for one in found]), file=sys.stderr)
    p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
    write("From a hit to its publisher's end", f"{TIMES} publishers, one after the other, to nginx with its RTMP module on the same "
          "cores, which calls `framesift serve`: a picture every half second, QR codes, on-device. From sending the first picture with "
          "the code to the end of the publisher's connection; the broadcaster's buffers, nginx and ffmpeg included.",
          [("hit → publisher dropped: median (p99)", f"{statistics.median(found):.2f} s ({p99:.2f} s)", "", "", "≤ 3 s")])


if __name__ == "__main__":
    main()
