"""Live streams: many at once, what one costs beside ffmpeg, how soon an event comes, and what memory does.

    scripts/bench live                many streams, their cost, latency and memory
    scripts/bench live --reconnect    how soon one is back
    scripts/bench live --long         memory over half an hour
"""
import os
import statistics
import subprocess
import sys
import time

from check import ffmpeg, make_clips
from table import DEPS, FRAMESIFT, ROOT, cpu, memory, write

sys.path.insert(0, os.path.join(ROOT, "Tests", "Programs", "Live"))
from station import Station, Watching  # noqa: E402

FOLDER = os.path.join(DEPS, "bench")
RUNS, WARM_UP, MEASURED = 3, 12, 60


def clip(b_frames):
    """30 pictures a second, 720p, groups of 2 s, a minute long."""
    path = os.path.join(FOLDER, f"live-720p-{b_frames}b.mp4")
    if not os.path.exists(path):
        make_clips()
        ffmpeg("-stream_loop", "29", "-i", os.path.join(FOLDER, "unit-2s.mp4"), "-vf", "scale=1280:720,fps=30", "-t", "60",
               "-c:v", "libx264", "-preset", "fast", "-b:v", "2500k", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf",
               str(b_frames), path)
    return path


def watch(addresses, *arguments):
    return Watching(FRAMESIFT, [f"s{index}={address}" for index, address in enumerate(addresses)], "--all-frames", *arguments)


def cost_of_one(station, b_frames):
    """CPU seconds a minute: framesift's and ffmpeg's, side by side on the same stream."""
    broadcaster = station.broadcast(clip(b_frames), f"cost{b_frames}")
    address = station.address(f"cost{b_frames}")
    watching = watch([address])
    other = subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-i", address, "-vf", "fps=1", "-f", "null", "-"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(WARM_UP)
    before = cpu(watching.process.pid), cpu(other.pid)
    time.sleep(MEASURED)
    after = cpu(watching.process.pid), cpu(other.pid)
    watching.stop()
    for process in (other, broadcaster):
        station.end(process)
    return [(late - early) * 60 / MEASURED for early, late in zip(before, after)]


def many(station, count, *arguments):
    """So many streams at once, each with a broadcaster's connection of its own to one of four broadcasts."""
    broadcasters = [station.broadcast(clip(2), f"many{index}") for index in range(4)]
    watching = watch([station.address(f"many{index % 4}") + f"?{index}" for index in range(count)], *arguments)
    time.sleep(WARM_UP)
    before = cpu(watching.process.pid)
    time.sleep(MEASURED)
    used, resident = (cpu(watching.process.pid) - before) / MEASURED, memory(watching.process.pid)
    began = time.time() - MEASURED
    lags = sorted(event["lag"] for at, event in watching.events if event["type"] == "frame" and at > began)
    frames = len(lags)
    summaries, _ = watching.stop()
    for process in broadcasters:
        station.end(process)
    return {"cpu": used, "memory": resident, "p99": lags[int(len(lags) * 0.99)], "median": statistics.median(lags),
            "frames": frames, "dropped": sum(one["dropped"] for one in summaries),
            "undetermined": sum(one["nb_images_undetermined"] for one in summaries)}


def reconnect(station):
    """Seconds from the broadcaster's return to the event; what of it the backoff had still to wait; and from sending the first
    picture that can be decoded to the event."""
    broadcaster = station.broadcast(clip(2), "again")
    watching = watch([station.address("again")], "--read-deadline", "2")
    time.sleep(8)
    # The server goes, and comes back with the broadcaster.
    station.end(station.process)
    station.end(broadcaster)
    time.sleep(4)
    station.start()
    broadcaster = station.broadcast(clip(2), "again")
    returned = time.time()
    time.sleep(12)
    states = [(at, event) for at, event in watching.events if event["type"] == "stream.state"]
    back = next(at for at, event in states if event["state"] == "live" and at > returned)
    planned = [at + event["retry_in"] / 1000 for at, event in states if "retry_in" in event and at < back]
    waited = max(0, planned[-1] - returned) if planned else 0
    first = next(event for at, event in watching.events if event["type"] == "frame" and at > returned)
    watching.stop()
    station.end(broadcaster)
    # Two pictures are added for reordering.
    return back - returned, waited, back - returned - (first["pts"] / 1000 - 2 / 30)


def reconnects():
    station = Station()
    runs = [reconnect(station) for _ in range(7)]
    station.stop()
    beyond = sorted(took - waited for took, waited, _ in runs)
    after = sorted(delay for _, _, delay in runs)
    write("Coming back to a live stream", "Server and broadcaster are killed and come back together; 7 times. A server hands out a stream "
          "from wherever it is, and nothing can be decoded before the next keyframe: with one every 2 s that alone is up to 2 s.",
          [("back on air → `live`, beyond what was left of the backoff: median (slowest)",
            f"{statistics.median(beyond):.1f} s ({beyond[-1]:.1f} s)", "", "", "≤ 2 s"),
           ("first keyframe that is received, sent → `live`: median (slowest)",
            f"{statistics.median(after):.2f} s ({after[-1]:.2f} s)", "", "", "–")])


def half_hour(station):
    """Memory of one looping stream after 5 and after 35 minutes, MB."""
    broadcaster = station.broadcast(clip(2), "long")
    watching = watch([station.address("long")])
    time.sleep(300)
    early = memory(watching.process.pid)
    time.sleep(1800)
    late = memory(watching.process.pid)
    watching.stop()
    station.end(broadcaster)
    return early, late


def long():
    station = Station()
    early, late = half_hour(station)
    station.stop()
    write("A live stream for half an hour", "One looping 720p30 RTMP stream, on-device nudity, one sample a second.",
          [("resident memory after 35 minutes against after 5", f"{late:.1f} MB", f"{early:.1f} MB", f"{late / early:.3f}",
            "≤ 1.02")])


def main():
    if "--long" in sys.argv:
        return long()
    if "--reconnect" in sys.argv:
        return reconnects()
    station = Station()
    rows = []
    for b_frames, words, aim in ((2, "2 B-frames", 0.60), (0, "no B-frames", 0.80)):
        print(words, file=sys.stderr)
        runs = [cost_of_one(station, b_frames) for _ in range(RUNS)]
        ours, other = (statistics.median(run[side] for run in runs) for side in (0, 1))
        ratio = statistics.median(run[0] / run[1] for run in runs)
        rows.append((f"CPU of one 720p30 stream a minute, judging included, against `ffmpeg -vf fps=1` ({words})", f"{ours:.2f} s",
                     f"{other:.2f} s", f"{ratio:.2f}", f"≤ {aim:.2f}"))
    for count, arguments, words, aim in ((16, (), "exact", "≥ 16, none dropped"), (100, ("--keyframes",), "`--keyframes`",
                                                                                   "≥ 100, none dropped")):
        print(count, file=sys.stderr)
        found = many(station, count, *arguments)
        rows.append((f"{count} streams at once, {words}: samples in a minute; dropped; undetermined; cores used",
                     f"{found['frames']}; {found['dropped']}; {found['undetermined']}; {found['cpu']:.2f}", "", "", aim))
        if count == 16:
            full = found
    print("half load", file=sys.stderr)
    half, one = many(station, 8), many(station, 1)
    rows.append(("picture received → event written, 8 streams: p99 (median)", f"{half['p99']} ms ({half['median']:.0f} ms)", "", "",
                 "≤ 500 ms"))
    rows.append(("memory a stream: 16 against 1", f"{(full['memory'] - one['memory']) / 15:.1f} MB",
                 f"{one['memory']:.0f} MB with one", "", "≤ 25 MB"))
    station.stop()
    write("Live streams", f"On-device nudity, one sample a second; the broadcasts (nginx, `ffmpeg -c copy`) run on the same cores. "
          f"Medians of {RUNS} runs of {MEASURED} s for ratios.", rows)


if __name__ == "__main__":
    main()
