"""A server while clients do their worst: how long /healthz takes meanwhile, and how much memory it costs."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from attacks import FORM, SIGHTENGINE, ask, attacks, multipart, png
from server import Server
from table import BUILT, ROOT, write

PROBE_S = 0.02


def judged(server):
    """Pictures so far."""
    return int(re.search(rb"(?m)^framesift_pictures_judged_total (\d+)", ask(server, "GET", "/metrics")[1]).group(1))


def measure(attack):
    """What came of it; /healthz meanwhile: p99 and slowest, ms; memory above idle, MB."""
    with Server(*attack.arguments) as server, ThreadPoolExecutor(1) as attacker:
        # Models are loaded with the first picture.
        ask(server, "POST", SIGHTENGINE, multipart(png(64)), FORM)
        before, idle = judged(server), server.memory()
        peak = server.peak()
        attacking = attacker.submit(attack.run, server)
        took = []
        while not attacking.done() or len(took) < 50:
            began = time.monotonic()
            assert ask(server, "GET", "/healthz")[0] == 200
            took.append((time.monotonic() - began) * 1000)
            time.sleep(PROBE_S)
        took.sort()
        outcome = f"{attacking.result()}; pictures judged: {judged(server) - before}"
        return outcome, took[int(len(took) * 0.99)], took[-1], peak.stop() - idle


def planning():
    """ms for 120 000 packets: with one that comes days later, and without."""
    sampler = os.path.join(ROOT, "Sources", "CFrameSampler")
    subprocess.run(
        ["gcc", "-std=gnu17", "-O2", "-w", "-D_Nullable=", "-D_Nonnull=", f"-I{sampler}", f"-I{sampler}/include",
         os.path.join(ROOT, "scripts", "benchmarks", "plan.c"),
         *(f"{sampler}/{file}.c" for file in ("plan", "grid", "reordering", "bitstream")), "-lavcodec", "-lavformat",
         "-lavutil", "-lswscale", "-o", f"{BUILT}/plan"], check=True)
    lines = subprocess.run([f"{BUILT}/plan"], check=True, capture_output=True, text=True).stdout.splitlines()
    without, late = zip(*(map(float, line.split()) for line in lines))
    return statistics.median(late), statistics.median(without)


def main():
    os.makedirs(BUILT, exist_ok=True)
    late, without = planning()
    rows = [(
        "planning 120 000 packets, one of them 5.8 days late; the other: without", f"{late:.1f} ms",
        f"{without:.1f} ms", f"{late / without:.2f}", "≤ 1.2")]
    with tempfile.TemporaryDirectory(dir=BUILT) as folder:
        for attack in attacks(folder):
            print(attack.name, file=sys.stderr)
            outcome, p99, slowest, memory = measure(attack)
            rows += [
                (f"/healthz during {attack.name} ({outcome}): p99", f"{p99:.0f} ms", "–", "–", "≤ 500 ms"),
                (f"/healthz during {attack.name}: slowest", f"{slowest:.0f} ms", "–", "–", ""),
                (f"memory for {attack.name}, above idle", f"{memory:.0f} MB", "–", "–", "≤ 500 MB"),
            ]
    write("A server at its worst", "What clients send at once, and how long /healthz takes meanwhile.", rows)


main()
