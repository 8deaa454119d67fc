"""What the benchmarks share: where things are, and the tables in Samples/bench.md."""
import datetime
import os
import platform
import re
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPS = os.path.join(ROOT, ".deps")
FRAMESIFT = os.path.join(ROOT, ".build", "release", "framesift")
BUILT = os.path.join(ROOT, ".build", "bench")  # what benchmarks make for one run
REPORT = os.path.join(ROOT, "Samples", "bench.md")


def tree(pid):
    """A process and those that it started, and they."""
    found, parents = [], {pid}
    listed = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as stat:
                listed[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            pass  # It has ended meanwhile.
    while parents:
        found += parents
        parents = {child for child, parent in listed.items() if parent in parents}
    return found


def memory(pid):
    """MB of a process and those that it started: what they share counts once."""
    total = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/smaps_rollup") as rollup:
                total += next((int(line.split()[1]) for line in rollup if line.startswith("Pss:")), 0)
        except OSError:
            pass
    return total / 1024


class Peak:
    """The most that `memory` was of a process while it is looked at, MB."""

    def __init__(self, pid):
        self.most, self.ended = memory(pid), threading.Event()
        self.thread = threading.Thread(target=self.look, args=(pid,), daemon=True)
        self.thread.start()

    def look(self, pid):
        while not self.ended.wait(0.1):
            self.most = max(self.most, memory(pid))

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.most


def cpu(pid):
    """Seconds of processor time of a process and those that it started, so far."""
    total = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/stat") as stat:
                total += sum(int(field) for field in stat.read().rpartition(")")[2].split()[11:15])
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")


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
