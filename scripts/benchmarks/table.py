"""What the benchmarks share: where things are, and the tables in Samples/bench.md."""
import datetime
import os
import platform
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPS = os.path.join(ROOT, ".deps")
FRAMESIFT = os.path.join(ROOT, ".build", "release", "framesift")
BUILT = os.path.join(ROOT, ".build", "bench")  # what benchmarks make for one run
REPORT = os.path.join(ROOT, "Samples", "bench.md")


def processor():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())


def write(title, introduction, rows):
    """Replaces one section of the report, and prints it."""
    head = f"## {title}\n\n{datetime.date.today()}, {processor()}, {os.cpu_count()} cores. {introduction}\n\n"
    table = "| figure | Framesift | the other | ratio | aim |\n|---|---|---|---|---|\n"
    section = head + table + "".join("| " + " | ".join(row) + " |\n" for row in rows)
    with open(REPORT) as report:
        sections = re.split(r"(?m)^(?=## )", report.read())
    place = next((i for i, one in enumerate(sections) if one.startswith(f"## {title}\n")), len(sections))
    sections[place:place + 1] = [section]
    with open(REPORT, "w") as report:
        report.write("\n".join(one.rstrip() + "\n" for one in sections))
    print(section)
