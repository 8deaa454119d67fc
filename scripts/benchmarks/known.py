"""Known content: one picture against a million hashes, and the reference package on the same picture."""
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

from table import DEPS, FRAMESIFT, ROOT, write

HASHES = 1_000_000
REFERENCE = """
import time, numpy, pdqhash
picture = numpy.random.default_rng(1).integers(0, 256, (1080, 1920, 3), dtype=numpy.uint8)
for _ in range(9):
    began = time.perf_counter()
    pdqhash.compute(picture)
    print((time.perf_counter() - began) * 1000)
"""


def kernel():
    """ms: the whole picture hashed, all of it, and of that the search."""
    folder = os.path.join(ROOT, ".build", "bench")
    os.makedirs(folder, exist_ok=True)
    shim = os.path.join(ROOT, "Sources", "CPDQ")
    # The compiler that builds the program.
    clang = os.path.join(os.path.dirname(os.path.realpath(shutil.which("swift"))), "clang")
    sources = [os.path.join(shim, name) for name in sorted(os.listdir(shim)) if name.endswith(".c")]
    subprocess.run(
        [clang, "-std=gnu17", "-O2", f"-I{shim}/include", os.path.join(ROOT, "scripts", "benchmarks", "known.c"), *sources, "-lm", "-o", f"{folder}/known"], check=True)
    lines = subprocess.run([f"{folder}/known"], check=True, capture_output=True, text=True).stdout.splitlines()
    rounds = [[float(word) for word in line.split()] for line in lines]
    median = statistics.median
    return median(r[0] for r in rounds), median(sum(r) for r in rounds), median(r[3] for r in rounds)


def reference():
    python = os.path.join(DEPS, "environments", "reference", "bin", "python")
    lines = subprocess.run([python, "-c", REFERENCE], check=True, capture_output=True, text=True).stdout.split()
    return statistics.median(map(float, lines))


def reading():
    """Seconds and MB for a whole check of one picture with a list of a million lines."""
    with tempfile.TemporaryDirectory() as folder:
        draw = random.Random(1)
        with open(f"{folder}/list.txt", "w") as text:
            text.writelines(f"{n},100,{draw.getrandbits(256):064x},{n}.000\n" for n in range(HASHES))
        picture = os.path.join(DEPS, "fixtures", "images", "720p.jpg")
        took = []
        for _ in range(3):
            began = time.monotonic()
            subprocess.run(
                [FRAMESIFT, "check", picture, "--task", "known", "--known", f"{folder}/list.txt", "--quiet"],
                check=True, stdout=subprocess.DEVNULL)
            took.append(time.monotonic() - began)
    return statistics.median(took), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main():
    hashed, whole, searched = kernel()
    other = reference()
    seconds, memory = reading()
    write("Known content", "One core. The other: pdqhash 0.2.8, whose C++ is Meta's.", [
        ("a million hashes, one picture, all turns, bars cut: the search", f"{searched:.1f} ms", "–", "–", "≤ 40 ms"),
        ("the same with hashing both forms of a 1080p picture", f"{whole:.1f} ms", "–", "–", ""),
        ("PDQ of a 1080p picture", f"{hashed:.1f} ms", f"{other:.1f} ms", f"{hashed / other:.2f}", ""),
        ("check of a 720p picture with a list of a million lines, from start to end", f"{seconds:.2f} s", "–", "–", ""),
        ("memory of that, at most", f"{memory:.0f} MB", "–", "–", ""),
    ])


main()
