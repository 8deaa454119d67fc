"""A batch of many short clips, against the same clips one `check` after another.

Clips: 10 s of 360p25 H.264, a test picture in other colors and with other noise each. Nudity, one picture a second.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

from table import DEPS, FRAMESIFT, Peak, write

CLIPS = os.path.join(DEPS, "bench", "batch")
COUNT, SECONDS, RUNS = 200, 10, 3
TASK = ["--task", "porn_moderation", "--quiet"]


def make_clips():
    """Each made once. No two are alike: each has colors and noise of its own."""
    os.makedirs(CLIPS, exist_ok=True)
    paths = [os.path.join(CLIPS, f"{number:03}.mp4") for number in range(COUNT)]
    for number, path in enumerate(paths):
        if os.path.exists(path):
            continue
        picture = f"testsrc2=s=640x360:r=25:d={SECONDS},hue=h={number * 37 % 360}:s={1 + number % 5 / 4},noise=all_seed={number}:alls=4:allf=t"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset",
                        "veryfast", "-crf", "28", "-g", "50", "-pix_fmt", "yuv420p", path + ".partial.mp4"], check=True)
        os.rename(path + ".partial.mp4", path)
    return paths


def measure(commands):
    """Seconds for all of them, one after another, and the most memory that one of them and its children had, MB."""
    began, most = time.monotonic(), 0
    for command in commands:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = Peak(process.pid)
        if process.wait() != 0:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        most = max(most, peak.stop())
    return time.monotonic() - began, most


def main():
    clips = make_clips()
    runs = []
    for number in range(RUNS):
        print(f"run {number + 1} of {RUNS}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            batch = [FRAMESIFT, "check", CLIPS, *TASK, "-o", f"{folder}/results"]
            ours = measure([batch])
            again = measure([batch])
            theirs = measure([[FRAMESIFT, "check", clip, *TASK, "-o", f"{folder}/{at}.json"] for at, clip in enumerate(clips)])
            assert len([name for name in os.listdir(f"{folder}/results") if name.endswith(".json")]) == COUNT
        runs.append((ours, theirs, again))
    ours, theirs, again = ([statistics.median(run[side][figure] for run in runs) for figure in (0, 1)] for side in range(3))
    write("Batches", f"""Medians of {RUNS} runs, each beside its counterpart.
{COUNT} clips of {SECONDS} s: 360p25 H.264, generated, no two alike. Nudity, interval 1 s, `--jobs` as by default. The other:
one `check` after another. Memory is that of all processes of a command, what they share counted once.""", [
        (f"{COUNT} clips: wall against one `check` after another", f"{ours[0]:.1f} s", f"{theirs[0]:.1f} s",
         f"{ours[0] / theirs[0]:.2f}", "≤ 0.5"),
        (f"{COUNT} clips: × real time", f"{COUNT * SECONDS / ours[0]:.0f} ×", f"{COUNT * SECONDS / theirs[0]:.0f} ×", "", ""),
        ("peak memory of the batch against the largest of one `check`", f"{ours[1]:.0f} MB", f"{theirs[1]:.0f} MB",
         f"{ours[1] / theirs[1]:.2f}", "≤ 1.3"),
        ("the same batch again, with nothing left to judge", f"{again[0]:.2f} s", "–", "–", ""),
    ])


if __name__ == "__main__":
    main()
