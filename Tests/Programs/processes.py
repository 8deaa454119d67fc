"""The processes of a `framesift` that runs: its decoders, as /proc tells of them."""
import os
import time


def until(answer, what, seconds=60):
    """Asks until the answer is true, which is returned: what nobody tells of. Fails when it never is."""
    end = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return found


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


def is_zombie(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
