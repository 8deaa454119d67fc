"""What everything costs that the judge on this machine can tell of a picture, and what it holds in memory."""
import json
import os
import statistics
import subprocess
import tempfile

from check import CLIPS, PYTHON, ffmpeg, measure
from table import FRAMESIFT, write

RUNS = 3
# Photographs of things, of scikit-image: no people, no text.
THINGS = ["coffee.png", "chelsea.png", "hubble_deep_field.jpg", "grass.png", "gravel.png"]
SHORT, LONG = 60, 180


def make_clips():
    """1080p25, each photograph for 12 s, moving, three times over in the longer one."""
    short, long = (os.path.join(CLIPS, f"things-{seconds}.mp4") for seconds in (SHORT, LONG))
    if os.path.exists(long):
        return short, long
    os.makedirs(CLIPS, exist_ok=True)
    where = "import os, skimage; print(os.path.join(os.path.dirname(skimage.__file__), 'data'))"
    data = subprocess.run([PYTHON, "-c", where], check=True, capture_output=True, text=True).stdout.strip()
    seconds = str(SHORT // len(THINGS))
    stills = sum((["-loop", "1", "-framerate", "25", "-t", seconds, "-i", os.path.join(data, name)] for name in THINGS), [])
    move = ("scale=2304:1296:force_original_aspect_ratio=increase:flags=bicubic,crop=1920:1080:"
            "x='(iw-1920)/2*(1+sin(t*0.7))':y='(ih-1080)/2*(1+cos(t*0.5))',setsar=1,format=yuv420p")
    parts = "".join(f"[{index}]{move}[v{index}];" for index in range(len(THINGS)))
    joined = "".join(f"[v{index}]" for index in range(len(THINGS)))
    ffmpeg(*stills, "-filter_complex", f"{parts}{joined}concat=n={len(THINGS)}[v]", "-map", "[v]", "-c:v", "libx264",
           "-preset", "medium", "-crf", "24", "-g", "50", short)
    ffmpeg("-stream_loop", str(LONG // SHORT - 1), "-i", short, "-c", "copy", long + ".partial.mp4")
    os.rename(long + ".partial.mp4", long)
    return short, long


def median(command):
    """Wall and CPU seconds, and peak memory in MB."""
    runs = [measure(command) for _ in range(RUNS)]
    return [statistics.median(run[figure] for run in runs) for figure in range(3)]


def milliseconds_by_pack(clip):
    """ms a picture, by pack, as many pictures at once as there are cores."""
    told = subprocess.run(
        [FRAMESIFT, "check", clip, "--task", "all", "--format", "json", "--quiet"], capture_output=True, text=True).stdout
    result = json.loads(told)
    count = len(result["frames"])
    return {name: 1000 * seconds / count for name, seconds in result["timing"]["packs"].items()}


def main():
    short, long = make_clips()
    with tempfile.TemporaryDirectory() as folder:
        def check(clip, task):
            return [FRAMESIFT, "check", clip, "--task", task, "--quiet"]

        def sample(clip):
            return [FRAMESIFT, "sample", clip, "-o", folder + "/pictures", "--quiet"]

        one_core = ["taskset", "-c", "0"]
        pictures = LONG - SHORT
        # The start, and loading packs, is in both and falls out.
        whole = (median([*one_core, *check(long, "all")])[1] - median([*one_core, *check(short, "all")])[1]) / pictures
        seen = (median([*one_core, *sample(long)])[1] - median([*one_core, *sample(short)])[1]) / pictures
        everything = median(check(long, "all"))
        nudity = median(check(long, "porn_moderation"))
    packs = sorted(milliseconds_by_pack(short).items(), key=lambda pack: -pack[1])
    write("Everything the machine tells", f"""Medians of {RUNS} runs. A clip of {LONG} s, 1080p25 H.264: photographs of things, moving; no people, no text. One sample a
second. The other: `porn_moderation` alone. On one core the CPU is that of {LONG} s less that of {SHORT} s.""", [
        ("`check --task all`, one core: CPU a picture, decoding 25 included", f"{1000 * whole:.0f} ms", "–", "–", "≤ 200 ms"),
        ("of that for decoding and a JPEG (`sample`)", f"{1000 * seen:.0f} ms", "–", "–", ""),
        ("`check --task all`, two cores: × real time", f"{LONG / everything[0]:.1f} ×", f"{LONG / nudity[0]:.1f} ×",
         f"{nudity[0] / everything[0]:.2f}", "≥ 5 ×"),
        ("memory at most, every pack loaded", f"{everything[2]:.0f} MB", f"{nudity[2]:.0f} MB",
         f"{everything[2] / nudity[2]:.2f}", "≤ 900 MB"),
        *((f"{name}: a picture, two at once on two cores", f"{taken:.1f} ms", "–", "–", "") for name, taken in packs),
    ])


if __name__ == "__main__":
    main()
