"""The review queue in Chromium: a reviewer who only presses keys, several at once, a long queue, and hits of a live stream."""
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from table import BUILT, DEPS, FRAMESIFT, ROOT, write

sys.path[:0] = [os.path.join(ROOT, "Tests", "Programs"), os.path.join(ROOT, "Tests", "Programs", "Pages")]
from browser import Browser  # noqa: E402
from Live.station import Station  # noqa: E402
from servers import free_port, serve  # noqa: E402

CASES, REVIEWERS, LONG, HITS, PERIOD = 200, 4, 100_000, 50, 4
# Presses a key as soon as a card's picture is there, and times until the next one's is.
WORK = """
    const done = arguments[arguments.length - 1], most = arguments[0], times = [], seen = [];
    const shown = () => document.querySelector('#cards .case');
    const loaded = (card) => new Promise((go) => {
      const image = card.querySelector('.still img');
      if (!image || image.complete) go(); else { image.onload = go; image.onerror = go; }
    });
    const next = (last) => new Promise((go) => {
      const look = () => { const card = shown(); if (card && card.dataset.case !== last) go(card); else if (document.querySelector('.done')) go(null); else setTimeout(look, 5); };
      look();
    });
    (async () => {
      let card = shown();
      while (card && times.length < most) {
        await loaded(card);
        seen.push(card.dataset.case);
        const began = performance.now();
        document.dispatchEvent(new KeyboardEvent('keydown', { key: times.length % 2 ? 'a' : 'r', bubbles: true }));
        card = await next(seen[seen.length - 1]);
        if (card) await loaded(card);
        times.push(performance.now() - began);
      }
      done({ times, seen });
    })();"""


class Desk:
    """A server with keys for reviewers, and its database."""

    def __init__(self, folder):
        keys = os.path.join(folder, "keys.yaml")
        with open(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("keys:\n" + "".join(f"  - {{key: key-{n}, name: reviewer-{n}, roles: [submit, review]}}\n" for n in range(REVIEWERS)))
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.server = serve(FRAMESIFT, self.port, "--keys", keys, "--keep", "evidence", "--allow-private-urls", "--jobs", "8",
                            env={**os.environ, "XDG_STATE_HOME": folder})
        self.database = os.path.join(folder, "framesift", "framesift.sqlite")

    def fill(self, count):
        """Cases as a server makes them, of media that are no longer stored."""
        with open(os.path.join(DEPS, "fixtures", "images", "720p.jpg"), "rb") as file:
            still = file.read()
        with sqlite3.connect(self.database, timeout=60) as database:
            database.execute("DELETE FROM review_case")
            database.execute("DELETE FROM evidence")
            for number in range(count):
                score = 0.5 + (number * 7919 % 1000) / 2000
                found = json.dumps({"reason": "ko", "category": "nudity.explicit", "start": 1000, "end": 3000, "peak": 2000,
                                    "probability": score, "scores": ["nudity.explicit", score], "weight": 1})
                database.execute(
                    "INSERT INTO review_case (id, media, key, uri, reference, live, found, reason, category, probability, begins, ends, created, state) "
                    "VALUES (?, ?, 'shop', 'clip.mp4', '', 0, ?, 'ko', 'nudity.explicit', ?, 1000, 3000, ?, 'open')",
                    (f"case_{number:020}", f"med_{number}", found.encode(), score, time.time()))
                if number < CASES:
                    database.execute("INSERT INTO evidence VALUES (?, -1, 2000, 'still', ?, ?, ?)",
                                     (f"med_{number}", time.time(), len(still), still))

    def enter(self, browser, number=0, path="/review"):
        browser.open(self.base + "/login")
        browser.type("#key", f"key-{number}")
        browser.click(".fields button")
        browser.wait("location.pathname === '/' && document.readyState === 'complete'")
        browser.open(self.base + path)

    def ask(self, query):
        with sqlite3.connect(self.database, timeout=60) as database:
            return database.execute(query).fetchall()


def work(browser, most):
    browser.call("POST", "/timeouts", {"script": 600_000})
    return browser.call("POST", "/execute/async", {"script": WORK, "args": [most]})


def alone(desk):
    desk.fill(CASES)
    with Browser() as browser:
        desk.enter(browser)
        told = work(browser, CASES)
    assert len(set(told["seen"])) == CASES, len(set(told["seen"]))
    return sorted(told["times"])


def together(desk):
    """How many cases were lost, and how many decided twice, with all reviewers at once."""
    desk.fill(CASES)
    before = desk.ask("SELECT max(number) FROM review_step")[0][0] or 0
    browsers = [Browser() for _ in range(REVIEWERS)]
    try:
        for number, browser in enumerate(browsers):
            desk.enter(browser, number)
        threads = [threading.Thread(target=work, args=(browser, CASES)) for browser in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for browser in browsers:
            browser.close()
    decided = [row[0] for row in desk.ask(f"SELECT case_id FROM review_step WHERE number > {before} AND action IN ('approve', 'reject')")]
    return CASES - len(set(decided)), len(decided) - len(set(decided))


def paint(desk):
    """The first contentful paint, in ms: the median of seven."""
    with Browser() as browser:
        desk.enter(browser)
        times = []
        for _ in range(7):
            browser.open(desk.base + "/review")
            browser.wait("performance.getEntriesByName('first-contentful-paint').length > 0")
            times.append(browser.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    return statistics.median(times)


def flashing():
    """Ten minutes with a code for a second, every four seconds."""
    path = os.path.join(BUILT, "flashing.mp4")
    if not os.path.exists(path):
        os.makedirs(BUILT, exist_ok=True)
        code = os.path.join(BUILT, "code.png")
        subprocess.run(["qrencode", "-s", "8", "-o", code, "framesift"], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=600", "-i", code,
                        "-filter_complex", f"overlay=200:60:enable='lt(mod(t,{PERIOD}),1)'", "-c:v", "libx264", "-preset", "ultrafast",
                        "-g", "25", path], check=True)
    return path


def live(desk):
    """Seconds from a hit on the air to its card in the list."""
    desk.fill(0)
    station = Station()
    try:
        process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-nostdin", "-stats_period", "0.05", "-progress", "pipe:1", "-re", "-i", flashing(), "-c", "copy", "-f", "flv",
             station.address("flash")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        station.children.append(process)
        begun = []

        def follow():
            for line in process.stdout:
                if line.startswith("out_time_us=") and line[12:].strip().lstrip("-").isdigit():
                    # When the clip's first picture was sent, at the latest.
                    begun.append(time.time() - int(line[12:]) / 1e6)
        threading.Thread(target=follow, daemon=True).start()
        with Browser() as browser:
            desk.enter(browser, 0, "/")
            browser.type("#url", station.address("flash"))
            browser.run("""for (const box of document.querySelectorAll('[type=checkbox]')) box.checked = box.name === 'task.qr';
                           document.getElementById('interval').value = '0.5'""")
            browser.click(".fields button")
            browser.wait("location.pathname.startsWith('/runs/med_') && document.readyState === 'complete'")
            browser.open(desk.base + "/review")
            browser.call("POST", "/timeouts", {"script": 1_200_000})
            arrivals = browser.call("POST", "/execute/async", {"script": """
                const done = arguments[arguments.length - 1], seen = new Map();
                new MutationObserver(() => {
                  for (const link of document.querySelectorAll('.arrivals a')) if (!seen.has(link.id)) seen.set(link.id, Date.now() / 1000);
                  if (seen.size >= arguments[0]) done([...seen.values()]);
                }).observe(document.getElementById('arrivals'), { childList: true, subtree: true });""", "args": [HITS]})
        start = min(begun)
        return sorted((arrival - start) % PERIOD for arrival in arrivals)
    finally:
        station.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        try:
            times = alone(desk)
            lost, twice = together(desk)
            desk.fill(0)
            empty = paint(desk)
            desk.fill(LONG)
            full = paint(desk)
            hits = live(desk) if "--live" in sys.argv else None
        finally:
            desk.server.terminate()
            desk.server.wait(30)
    rows = [
        (f"{CASES} cases by keys alone: from the key to the next card with its picture, median (p99)",
         f"{statistics.median(times) / 1000:.3f} s ({times[int(len(times) * 0.99) - 1] / 1000:.3f} s)", "–", "–", "≤ 0.4 s"),
        (f"{REVIEWERS} reviewers at {CASES} cases: lost; decided twice", f"{lost}; {twice}", "–", "–", "0; 0"),
        (f"first contentful paint with {LONG} waiting cases, against none", f"{full:.0f} ms", f"{empty:.0f} ms", f"{full / empty:.2f}", "+ 500 ms"),
    ]
    if hits:
        rows.append((f"a hit of a live stream on the air → in the reviewer's list, p99 of {HITS} (median)",
                     f"{hits[-1]:.2f} s ({statistics.median(hits):.2f} s)", "–", "–", "≤ 2 s"))
    write("Review", "Chromium without a window, on the cores of the server. A key is pressed as soon as a card's picture is there.", rows)


if __name__ == "__main__":
    main()
