"""Decoding in processes apart beside decoding in the program itself: `--sandbox on` against `off`, in turns."""
import asyncio
import os
import statistics
import sys
import tempfile
import time

from check import CLIPS, SECONDS, make_clips, measure
from live import clip, watch
from serve import TYPE, body, ffmpeg, latencies, make_files, wrk
from server import Server
from station import Station
from table import FRAMESIFT, cpu, memory, tree, write

RUNS, WARM_UP, MEASURED, STREAMS = 5, 12, 40, 16
MODES = ("on", "off")


def medians(run):
    """Of each figure that `run` gives, with the sandbox and without, in turns."""
    runs = [[run(mode) for mode in MODES] for _ in range(RUNS)]
    return [[statistics.median(pair[side][figure] for pair in runs) for figure in range(len(runs[0][0]))]
            for side in (0, 1)]


def of_files(rows):
    make_clips()
    path = os.path.join(CLIPS, f"2s-{SECONDS}.mp4")
    with tempfile.TemporaryDirectory() as folder:
        for label, command in (
                ("`sample`, 1080p", ["sample", path, "-o", folder + "/frames", "--quiet"]),
                ("`check`, nudity, 1080p", ["check", path, "--task", "porn_moderation", "--quiet"])):
            print(label, file=sys.stderr)
            on, off = medians(lambda mode, command=command: measure([FRAMESIFT, *command, "--sandbox", mode])[:2])
            for figure, kind in ((1, "CPU"), (0, "wall")):
                rows.append((f"{label}: {kind}", f"{on[figure]:.2f} s", f"{off[figure]:.2f} s",
                             f"{on[figure] / off[figure]:.3f}", "≤ 1.03"))
        print("first picture", file=sys.stderr)
        on, off = medians(lambda mode: [statistics.median(measure(
            [FRAMESIFT, "sample", path, "-o", folder + "/one", "--max-frames", "1", "--quiet", "--sandbox", mode])[0]
            for _ in range(5))])
        rows.append(("`sample --max-frames 1`, from start to end", f"{on[0] * 1000:.1f} ms", f"{off[0] * 1000:.1f} ms",
                     f"{(on[0] - off[0]) * 1000:+.1f} ms", "≤ +15 ms"))


def small_request(folder):
    """A picture of 35 kB, in a request and for `wrk`."""
    picture = os.path.join(folder, "small.jpg")
    ffmpeg("-f", "lavfi", "-i", "mandelbrot=s=640x360:start_scale=0.02", "-vf", "noise=alls=3:allf=u", "-frames:v", "1",
           "-q:v", "25", picture)
    request, script = os.path.join(folder, "small.bin"), os.path.join(folder, "small.lua")
    with open(request, "wb") as file:
        file.write(body("file_image", picture))
    with open(script, "w") as file:
        file.write(f'local file = io.open("{request}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n'
                   f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "{TYPE}"\n')
    return picture, request, script


def p99(server, content, rate):
    took = sorted(asyncio.run(latencies(server.port, content, rate, 10)))
    return took[int(len(took) * 0.99)]


def of_pictures(rows, picture, request, script):
    name = f"`serve`, {os.path.getsize(picture) // 1000} kB pictures"
    with open(request, "rb") as file:
        content = file.read()
    with Server("--sandbox", "on") as on, Server("--sandbox", "off") as off:
        servers = dict(zip(MODES, (on, off)))
        for server in servers.values():
            wrk(server, script)
        (ours,), (theirs,) = medians(lambda mode: [wrk(servers[mode], script)])
        rows.append((f"{name}: requests/s", f"{ours:.1f}/s", f"{theirs:.1f}/s", f"{ours / theirs:.3f}", "≥ 0.95"))
        rate = min(ours, theirs) / 2
        (ours,), (theirs,) = medians(lambda mode: [p99(servers[mode], content, rate)])
        rows.append((f"{name}: p99 at half that rate", f"{ours * 1000:.1f} ms", f"{theirs * 1000:.1f} ms",
                     f"{(ours - theirs) * 1000:+.1f} ms", "≤ +4 ms"))


def of_server(rows):
    picture, (request, script, _, _) = make_files()
    with tempfile.TemporaryDirectory() as folder:
        for files in ((picture, request, script), small_request(folder)):
            print(f"serve, {files[0]}", file=sys.stderr)
            of_pictures(rows, *files)


def of_streams(rows):
    station = Station()
    try:
        broadcasters = [station.broadcast(clip(2), f"many{index}") for index in range(4)]
        used, dropped = {}, {}
        for mode in MODES:
            print(f"{STREAMS} streams, {mode}", file=sys.stderr)
            watching = watch([station.address(f"many{index % 4}") + f"?{index}" for index in range(STREAMS)],
                             "--sandbox", mode)
            time.sleep(WARM_UP)
            before = cpu(watching.process.pid)
            time.sleep(MEASURED)
            used[mode] = (cpu(watching.process.pid) - before) / MEASURED
            if mode == "on":
                decoders = len(tree(watching.process.pid)) - 2
                whole = memory(watching.process.pid)
            else:
                alone = memory(watching.process.pid)
            summaries, _ = watching.stop()
            dropped[mode] = sum(one["dropped"] for one in summaries)
        for process in broadcasters:
            station.end(process)
    finally:
        station.stop()
    rows.append((f"{STREAMS} live streams (RTMP): cores used; dropped", f"{used['on']:.2f}; {dropped['on']}",
                 f"{used['off']:.2f}; {dropped['off']}", f"{used['on'] / used['off']:.3f}", "≤ 1.05"))
    rows.append((f"memory of all, proportional, and a decoder's share of the difference ({decoders} of them)",
                 f"{whole:.0f} MB", f"{alone:.0f} MB", f"{(whole - alone) / max(1, decoders):+.1f} MB", "≤ 12 MB"))


def main():
    parts = {"files": of_files, "serve": of_server, "streams": of_streams}
    rows = []
    for name in sys.argv[1:] or parts:
        parts[name](rows)
    write("The sandbox", f"`--sandbox on` against `off`, in turns; medians of {RUNS} runs, of the streams one run of "
          f"{MEASURED} s each. Processor time and memory are those of all processes together.", rows)


if __name__ == "__main__":
    main()
