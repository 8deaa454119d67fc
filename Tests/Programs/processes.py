"""The processes of a `framesift` that runs: its decoders, as /proc tells of them."""
import os
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
