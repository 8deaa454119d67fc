"""The page of two hours at one sample a second: its size, the time to render it, and to its first paint in Chromium."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

from table import FRAMESIFT, ROOT, write

sys.path.append(os.path.join(ROOT, "Tests", "Programs", "Pages"))
from browser import Browser  # noqa: E402

RUNS = 5
PAINT = """const done = arguments[0];
new PerformanceObserver((list, observer) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) { observer.disconnect(); done(entry.startTime); }
}).observe({ type: "paint", buffered: true });"""


def seconds(*command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def first_paint(page):
    """Of a browser that has just started: ms from the navigation on."""
    browser = Browser()
    try:
        browser.open("file://" + page)
        return browser.call("POST", "/execute/async", {"script": PAINT, "args": []})
    finally:
        browser.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        clip, empty = f"{folder}/two-hours.mp4", f"{folder}/empty.html"
        subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", "599", "-i", f"{ROOT}/Samples/qr.mp4", "-c", "copy", clip],
                       check=True)
        subprocess.run([FRAMESIFT, "check", clip, "--task", "porn_moderation,qr_code_moderation", "--format", "html,json",
                        "-o", folder], check=True)
        with open(empty, "w") as file:
            file.write("<!doctype html><title>A page</title><p>of one sentence.")
        page, saved = f"{folder}/report.html", f"{folder}/report.json"
        with open(page) as file:
            text = file.read()
        pictures = sum(len(one) for one in re.findall(r"[A-Za-z0-9+/=]{1000,}", text))
        rendered = [(seconds(FRAMESIFT, "report", saved, "--format", "html", "-o", f"{folder}/again.html"),
                     seconds("python3", "-m", "json.tool", "--compact", saved, f"{folder}/again.json")) for _ in range(RUNS)]
        ours, theirs = (statistics.median(side) for side in zip(*rendered))
        painted = [(first_paint(page), first_paint(empty)) for _ in range(RUNS)]
        paint, least = (statistics.median(side) for side in zip(*painted))
    rows = [
        ("page of 7200 samples: without its thumbnails (with them)",
         f"{(len(text) - pictures) / 1e6:.2f} MB ({len(text) / 1e6:.2f} MB)", "", "", "≤ 2 MB"),
        ("reading the saved result and rendering its page, against `python3 -m json.tool` of the result", f"{ours:.2f} s",
         f"{theirs:.2f} s", f"{ours / theirs:.2f}", "≤ 1 s"),
        ("first contentful paint in headless Chromium, against a page of one sentence", f"{paint:.0f} ms", f"{least:.0f} ms",
         f"{paint / least:.2f}", "≤ 1 s"),
    ]
    write("Reports", f"Medians of {RUNS} runs. `qr.mp4` 600 times in a row, two categories, one sample a second.", rows)


if __name__ == "__main__":
    main()
