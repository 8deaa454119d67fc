"""A service with a fixed latency, on loopback, asked for every picture of a clip."""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

from check import ffmpeg, make_clips
from table import DEPS, FRAMESIFT, ROOT, Peak, write

FOLDER = os.path.join(DEPS, "bench")
LATENCY, CONCURRENCY, FRAMES, RUNS = 100, 16, 600, 5


def clip(frames):
    """720p of the other benchmarks' scene, 25 a second. Every 500 pictures brighter than before, so that none comes twice."""
    path = os.path.join(FOLDER, f"720p-{frames}.mp4")
    if os.path.exists(path):
        return path
    make_clips()
    unit, parts = os.path.join(FOLDER, "unit-2s.mp4"), []
    for index in range(-(-frames // 500)):
        part = f"{path}.{index}.mp4"
        ffmpeg("-i", unit, "-vf", f"scale=1280:720,eq=brightness={index * 0.02}", "-frames:v", str(min(500, frames - index * 500)),
               "-c:v", "libx264", "-preset", "fast", "-crf", "28", "-g", "50", part)
        parts.append(part)
    with open(path + ".txt", "w") as listing:
        listing.writelines(f"file '{part}'\n" for part in parts)
    ffmpeg("-f", "concat", "-safe", "0", "-i", path + ".txt", "-c", "copy", path)
    for name in parts + [path + ".txt"]:
        os.remove(name)
    return path


def moderate(path, failures=0.0):
    """One run. Returns the result, wall and CPU seconds, memory in MB, and the server's counts."""
    server = subprocess.Popen([sys.executable, os.path.join(ROOT, "scripts", "benchmarks", "latency-server.py"), str(LATENCY),
                               str(failures)], stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as state:
        environment = dict(os.environ, XDG_STATE_HOME=state, PICPURIFY_API_KEY="k",
                           PICPURIFY_URL=f"http://127.0.0.1:{port}")
        process = subprocess.Popen(
            [FRAMESIFT, "check", path, "--provider", "picpurify", "--task", "porn_moderation", "--frame-interval", "0.04",
             "--rate", "100000", "--concurrency", str(CONCURRENCY), "--format", "json", "--quiet"], env=environment,
            stdout=subprocess.PIPE, text=True)
        peak = Peak(process.pid)
        result = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
    server.send_signal(signal.SIGTERM)
    counts = json.loads(server.stdout.readline())
    if status != 0:
        sys.exit(f"framesift ended with {status}")
    return result, result["timing"]["wall"], usage.ru_utime + usage.ru_stime, peak.stop(), counts


def decoding(path):
    """CPU seconds for decoding and JPEGs alone."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([FRAMESIFT, "sample", path, "-o", folder, "--frame-interval", "0.04", "--quiet"])
        _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main():
    ideal = FRAMES * LATENCY / 1000 / CONCURRENCY
    short, long = clip(FRAMES), clip(10 * FRAMES)
    print("latency", file=sys.stderr)
    runs = [moderate(short) for _ in range(RUNS)]
    wall = statistics.median(run[1] for run in runs)
    connections = max(run[4]["connections"] for run in runs)
    rows = [(f"{FRAMES} frames, {LATENCY} ms latency, concurrency {CONCURRENCY}: wall against the ideal, decoding included",
             f"{wall:.2f} s", f"{ideal:.2f} s", f"{wall / ideal:.2f}", "≤ 1.10")]
    print("failures", file=sys.stderr)
    failing = [moderate(short, 0.05) for _ in range(RUNS)]
    slow = statistics.median(run[1] for run in failing)
    lost = max(FRAMES - run[0]["nb_images_ok"] for run in failing)
    rows.append(("the same with 5 % of answers 503: wall; frames lost", f"{slow:.2f} s; {lost}", f"{ideal:.2f} s",
                 f"{slow / ideal:.2f}", "≤ 1.35; 0"))
    print("CPU", file=sys.stderr)
    cpu = statistics.median(run[2] for run in runs)
    alone = statistics.median(decoding(short) for _ in range(RUNS))
    rows.append(("CPU a frame outside decoding and JPEG (`sample` does these), 720p",
                 f"{(cpu - alone) / FRAMES * 1000:.2f} ms", f"{alone / FRAMES * 1000:.2f} ms for those", "", "≤ 1 ms"))
    print("memory", file=sys.stderr)
    large = moderate(long)
    small = statistics.median(run[3] for run in runs)
    rows.append((f"memory, {10 * FRAMES} frames against {FRAMES}", f"{large[3]:.0f} MB", f"{small:.0f} MB",
                 f"{large[3] / small:.2f}", "≤ 1.05"))
    rows.append((f"connections opened for {FRAMES} calls", str(connections), str(CONCURRENCY), "", f"≤ {CONCURRENCY}"))
    write("Services as judges", f"Medians of {RUNS} runs. The service is a program on the same cores that answers after "
          f"{LATENCY} ms.", rows)


if __name__ == "__main__":
    main()
