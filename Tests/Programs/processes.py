"""The processes of a `framesift` that runs: its decoders, as /proc tells of them."""
import os
import re
import select


def children(parent):
    """Numbers of the processes that one started and that still run, with the zombies left out."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, above = file.read().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(above) == parent and state != "Z":
            found.append(int(name))
    return found


def decoders(program):
    """The process that a running `framesift` has its decoders forked from, and those."""
    return [(start, children(start)) for start in children(program) if command(start) == "decoder"]


def command(process):
    try:
        with open(f"/proc/{process}/comm") as file:
            return file.read().strip()
    except OSError:
        return None


def all_decoders(program):
    """All of them in one list, the one that forks first; empty when there are none."""
    return [one for start, forked in decoders(program) for one in [start, *forked]]


def running(processes):
    """Those that still are decoders: a number may have gone to another process."""
    return [one for one in processes if command(one) == "decoder" and not is_zombie(one)]


def wait_for_end(processes, seconds=20):
    """Waits until none of these decoders runs any more; the kernel tells of each."""
    for one in running(processes):
        try:
            end = os.pidfd_open(one)
        except ProcessLookupError:
            continue
        try:
            assert select.select([end], [], [], seconds)[0], f"decoder {one} still runs after {seconds} s"
        finally:
            os.close(end)


def is_zombie(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def holds(process, secrets):
    """Which of the secrets a process has: in its environment, its arguments, or memory that it can write to."""
    found = set()
    for name in ("environ", "cmdline"):
        with open(f"/proc/{process}/{name}", "rb") as file:
            content = file.read()
        found |= {secret for secret in secrets if secret.encode() in content}
    with open(f"/proc/{process}/maps") as file:
        stretches = re.findall(r"^(\w+)-(\w+) rw", file.read(), re.MULTILINE)
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for begin, end in ((int(begin, 16), int(end, 16)) for begin, end in stretches):
            found |= search(memory, begin, end, secrets)
    return found


def search(memory, begin, end, secrets):
    found, step, overlap = set(), 16 << 20, 256
    for at in range(begin, end, step - overlap):
        try:
            memory.seek(at)
            content = memory.read(min(step, end - at))
        except OSError:
            continue  # Such as what the kernel keeps there.
        found |= {secret for secret in secrets if secret.encode() in content}
    return found
