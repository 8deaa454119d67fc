"""What `framesift watch` tells of real streams. `scenarios.py FRAMESIFT FIXTURES NAME`: ends with 0 if it tells what
happened. Without arguments it prints the names.

Clips show a QR code from 3 to 6 s of each 10 s; their audio and video are sent as they are.
"""
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

from receiver import Receiver
from servers import Handler, Server, free_port, serve
from station import Station, Watching, until

FRAMESIFT, FIXTURES, SCENARIO = sys.argv[1:4] or [None] * 3
SRT_KEY = "passphrase=twelve-letters"
QR = ["--task", "qr_code_moderation", "--quiet"]


def clip(name):
    return os.path.join(FIXTURES, "live", name)


def watch(addresses, *arguments, **options):
    return Watching(FRAMESIFT, addresses, *QR, *arguments, **options)


def seconds(event):
    """The picture's own time, s."""
    numerator, denominator = map(int, event["time_base"].split("/"))
    return event["pts"] * numerator / denominator


def check_envelope(watching):
    """What every event has, whatever it says."""
    numbers = {}
    for _, event in watching.events:
        expected = numbers.get(event["stream"], 0) + 1
        assert event["sequence"] == expected, f"sequence {event['sequence']} instead of {expected}"
        numbers[event["stream"]] = expected
        assert event["time"].endswith("Z") and event["position"] >= 0 and event["continuity"] >= 0, event
    for frames in [watching.all("frame")]:
        positions = {}
        for event in frames:
            assert event["position"] > positions.get(event["stream"], -1), f"positions run backwards: {event}"
            positions[event["stream"]] = event["position"]


def check_gaps(watching, summary):
    """Each gap is told with the news that the stream is live again."""
    gaps = [event["gap"] for event in watching.all("stream.state") if event.get("gap")]
    assert summary["gaps"]["count"] == len(gaps) >= 1, (summary, gaps)
    assert summary["gaps"]["duration"] == sum(gap["end"] - gap["start"] for gap in gaps), (summary, gaps)


def check_counts(summary):
    parts = summary["nb_images_ok"] + summary["nb_images_ko"] + summary["nb_images_undetermined"]
    assert summary["nb_images"] == parts, summary


def code_on_air(station):
    """RTMP and HLS: the code is told when it comes on, and when it goes."""
    station.broadcast(clip("show.mp4"), "show")
    # Nothing may be given up only because the machine is busy.
    watching = watch([f"rtmp={station.address('show')}", f"hls={station.hls('show')}"], "--all-frames", "--max-lag", "60")
    for _ in range(2):
        opened = watching.wait(lambda event: event["type"] == "segment.opened", "segment.opened")
        assert opened["segment"]["category"] == "qr" and opened["segment"]["start"] == opened["position"], opened
        assert opened["scores"]["qr"] >= 0.5 and opened["lag"] >= 0, opened
        # RTMP's time is that of the broadcaster, who adds two pictures for reordering; HLS has an origin of its own.
        if opened["stream"] == "rtmp":
            assert 3 <= (seconds(opened) - 0.08) % 10 < 4.01, opened
    for _ in range(2):
        closed = watching.wait(lambda event: event["type"] == "segment.closed", "segment.closed")
        length = closed["segment"]["end"] - closed["segment"]["start"]
        assert 2900 <= length <= 3100 and closed["segment"]["nb_images"] == 3, closed
    summaries, code = watching.stop()
    check_envelope(watching)
    assert code == 130 and len(summaries) == 2, (code, summaries)
    for summary in summaries:
        check_counts(summary)
        assert summary["final_decision"] == "KO" and summary["dropped"] == 0 and summary["nb_images_undetermined"] == 0, summary
        # Not everything is decoded: of 25 pictures a second one is wanted, and those it needs.
        assert summary["sampling"]["packets_decoded"] < summary["sampling"]["packets_read"], summary
    frames = [event for event in watching.all("frame") if event["stream"] == "rtmp"]
    for event in frames:
        on_air = 3 <= (seconds(event) - 0.08) % 10 < 6
        assert (event["decision"] == "KO") == on_air, event


def broadcaster_returns(station):
    """The gap is recorded, and the timeline goes on."""
    broadcaster = station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}"], "--all-frames", "--stalled-after", "1")
    watching.wait(lambda event: event["type"] == "frame" and event["position"] >= 2000, "frames")
    station.end(broadcaster)
    watching.state("stalled")
    station.broadcast(clip("show.mp4"), "show")
    live = watching.state("live")
    assert live["continuity"] == 2 and live["gap"]["end"] > live["gap"]["start"] + 900, live
    after = watching.wait(lambda event: event["type"] == "frame" and event["continuity"] == 2, "frames after the gap")
    assert after["position"] >= live["gap"]["end"], (after, live)
    watching.wait(lambda event: event["type"] == "segment.opened", "a segment after the gap")
    (summary,), _ = watching.stop()
    check_envelope(watching)
    check_counts(summary)
    check_gaps(watching, summary)


def server_returns(station):
    """The server is killed and started again; the stream is tried again until it is there."""
    broadcaster = station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}"], "--all-frames", "--open-deadline", "3")
    watching.wait(lambda event: event["type"] == "frame" and event["position"] >= 1000, "frames")
    station.end(station.process)
    station.end(broadcaster)
    lost = watching.state("reconnecting")
    assert lost["reason"] and lost["attempt"] == 1 and 400 <= lost["retry_in"] <= 1000, lost
    station.start()
    station.broadcast(clip("show.mp4"), "show")
    live = watching.state("live")
    assert live["gap"]["end"] > live["gap"]["start"] and live["continuity"] == 2, live
    (summary,), _ = watching.stop()
    check_envelope(watching)
    assert summary["connections"] >= 2, summary
    check_gaps(watching, summary)


def network_freezes(station):
    """Nothing comes for longer than the deadline; then it goes on."""
    station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}"], "--read-deadline", "2", "--open-deadline", "2", "--stalled-after", "1")
    watching.state("live")
    station.process.send_signal(signal.SIGSTOP)
    watching.state("stalled", reason="nothing received for 1 s")
    lost = watching.state("reconnecting")
    assert "deadline" in lost["reason"], lost
    station.process.send_signal(signal.SIGCONT)
    watching.state("live")
    (summary,), _ = watching.stop()
    check_gaps(watching, summary)


def cancelled_at_once(station):
    """Ctrl-C while a native call waits for a server that says nothing: it ends all the same."""
    station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}", f"nobody={station.address('nobody')}"], "--stalled-after", "1")
    watching.wait(lambda event: event["type"] == "stream.state" and event["state"] == "live", "live")
    station.process.send_signal(signal.SIGSTOP)
    watching.state("stalled")
    summaries, code = watching.stop()
    assert code == 130 and len(summaries) == 2, (code, summaries)


def bad_credentials(station):
    """A refusal is final: it is told once, and not tried again. The right ones open the same stream."""
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", clip("show.mp4"), "-c", "copy", "-hls_playlist_type", "vod",
                    f"{station.folder}/files/locked/show.m3u8"], check=True)
    address = f"127.0.0.1:{station.http}/locked/show.m3u8"
    watching = watch([f"bad=http://somebody:wrong@{address}"])
    failed = watching.state("failed")
    assert "401" in failed["reason"] and "wrong" not in str(watching.events), watching.events
    (summary,), code = watching.finish()
    assert code == 69 and summary["state"] == "failed" and summary["final_decision"] == "UNDETERMINED", (code, summary)
    watching = watch([f"good=http://somebody:secret@{address}"])
    watching.state("live")
    watching.stop()


def nothing_published(station):
    """A stream nobody sends: tried until it is given up."""
    watching = watch([station.address("nobody")], "--open-deadline", "1", "--give-up-after", "3")
    told = watching.state("connecting", attempt=1)
    assert "deadline" in told["reason"], told
    failed = watching.state("failed")
    assert "nothing came within 3 s" in failed["reason"], failed
    _, code = watching.finish()
    assert code == 69, code


def sound_only(station):
    """Sound without pictures is told as such."""
    station.broadcast_sound = station.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", clip("sound.mp4"), "-c", "copy", "-f", "flv",
         station.address("sound")])
    watching = watch([station.address("sound")], "--give-up-after", "8")
    told = watching.state("connecting", attempt=1)
    assert "no video" in told["reason"], told
    _, code = watching.finish()
    assert code == 65, code


def stream_changes(station):
    """Another size, then another codec, in the same stream: every picture after the change is judged."""
    broadcaster = station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}"], "--all-frames", "--frame-interval", "0.5")
    watching.wait(lambda event: event["type"] == "frame" and event["decision"] == "KO", "a hit in the first")
    for number, name in enumerate(["small.mp4", "other-codec.flv", "show.mp4"]):
        station.end(broadcaster)
        broadcaster = station.broadcast(clip(name), "show")
        watching.wait(lambda event, least=number + 2: event["type"] == "stream.state" and event["state"] == "live"
                      and event["continuity"] >= least, f"live with {name}")
        watching.wait(lambda event: event["type"] == "frame" and event["decision"] == "OK", f"a clean picture of {name}")
        watching.wait(lambda event: event["type"] == "frame" and event["decision"] == "KO", f"a hit in {name}")
    (summary,), _ = watching.stop()
    check_envelope(watching)
    # What was cut off in the middle may have left one picture unfinished each time.
    assert summary["nb_images_undetermined"] <= 3, summary


def timestamps_restart(station):
    """Timestamps that start anew, and that pass the largest a transport stream can hold."""
    addresses = [f"{name}={station.file(clip(f'{name}.ts'), f'{name}.ts')}" for name in ("reset", "wrap")]
    # Read as fast as it comes, as a file is: nothing may be given up for that.
    watching = watch(addresses, "--all-frames", "--max-lag", "60")
    summaries, _ = watching.finish()
    check_envelope(watching)
    for name in ("reset", "wrap"):
        frames = [event for event in watching.all("frame") if event["stream"] == name]
        summary = next(one for one in summaries if one["stream"] == name)
        assert summary["state"] == "ended" and summary["connections"] == 1, summary
        hits = [event["position"] // 1000 for event in frames if event["decision"] == "KO"]
        unsure = [event["position"] for event in frames if event["decision"] == "UNDETERMINED"]
        if name == "reset":
            # The transport stream breaks where it was joined, and the picture before that may be incomplete.
            assert {event["continuity"] for event in frames} == {1, 2} and set(unsure) <= {4000}, frames
            assert [hit for hit in hits if hit != 4] == [3, 7, 8], hits
        else:
            assert hits == [3, 4, 5] and not unsure, (hits, unsure)
        assert 8 <= len(frames) <= 10, len(frames)


def picture_stands_still(station):
    """A camera that has frozen sends pictures all the same."""
    station.broadcast(clip("still.mp4"), "still")
    station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"still={station.address('still')}", f"moving={station.address('show')}"], "--frozen-after", "3",
                     "--all-frames")
    stalled = watching.state("stalled")
    assert stalled["stream"] == "still" and stalled["reason"] == "the same picture for 3 s", stalled
    watching.stop()
    # The other one may have been late on a busy machine, but never the same.
    told = [event.get("reason") for event in watching.all("stream.state") if event["stream"] == "moving"]
    assert stalled["reason"] not in told, told


def other_protocols(station):
    """RTSP, SRT with a password, and RTP, served by other programs."""
    port = free_port()
    here = os.path.dirname(os.path.abspath(__file__))
    rtsp = station.run(["/usr/bin/python3", "-u", os.path.join(here, "rtsp-server.py"), clip("show.mp4")],
                       stdout=subprocess.PIPE, text=True)
    rtsp_address = rtsp.stdout.readline().strip()
    feeding = subprocess.Popen(["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", clip("show.mp4"), "-c", "copy",
                                "-f", "mpegts", "-flush_packets", "1", "pipe:1"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    station.children.append(feeding)
    station.run(["srt-live-transmit", "file://con", f"srt://127.0.0.1:{port}?mode=listener&{SRT_KEY}"], stdin=feeding.stdout)
    rtp, description = free_port() & ~1, f"{station.folder}/stream.sdp"
    sender = station.run(["ffmpeg", "-v", "error", "-nostdin", "-stats_period", "0.05", "-progress", "pipe:1", "-re", "-stream_loop",
                          "-1", "-i", clip("show.mp4"), "-an", "-c", "copy", "-sdp_file", description, "-f", "rtp",
                          f"rtp://127.0.0.1:{rtp}"], stdout=subprocess.PIPE, text=True)
    # The description is written before the first packet.
    station.wait_for_pictures(sender)
    names = ["rtsp", "srt", "rtp"]
    watching = watch([f"rtsp={rtsp_address}", f"srt=srt://localhost:{port}?{SRT_KEY}&latency=200000", f"rtp={description}"], "--all-frames")
    found = set()
    while found != set(names):
        event = watching.wait(lambda event: event["type"] == "segment.closed", f"hits of {set(names) - found}")
        found.add(event["stream"])
    watching.stop()
    check_envelope(watching)
    over_udp = watch([f"rtsp={rtsp_address}"], "--rtsp-transport", "udp")
    # What UDP loses on a busy machine may cost it several tries.
    over_udp.wait(lambda event: event["type"] == "segment.closed", "hits over UDP", 240)
    over_udp.stop()


def evidence_is_kept(station):
    """The picture of a hit, and a clip of it that other programs play."""
    station.broadcast(clip("show.mp4"), "show")
    with tempfile.TemporaryDirectory() as folder:
        watching = watch([f"s={station.address('show')}"], "--evidence", folder, "--clips", "--clip-margin", "1",
                         "--evidence-files", "3")
        cut = watching.wait(lambda event: event["type"] == "segment.updated" and any(
            name.endswith(".mp4") for name in event["segment"]["evidence"]), "a clip")
        movie = next(name for name in cut["segment"]["evidence"] if name.endswith(".mp4"))
        picture = next(name for name in cut["segment"]["evidence"] if name.endswith(".jpg"))
        size = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", picture],
                              capture_output=True, text=True, check=True).stdout.strip()
        assert size == "640,360", size
        decoded = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", movie, "-f", "null", "-"], capture_output=True, text=True)
        assert decoded.returncode == 0 and not decoded.stderr, decoded.stderr
        length = float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", movie],
                                      capture_output=True, text=True, check=True).stdout)
        # A second before and after the opening, from the keyframe before that; nothing from before the first picture.
        start = cut["segment"]["start"] / 1000
        wanted = start + 1 - max(0, start - 1)
        assert wanted - 0.1 <= length <= wanted + 1.1, (length, cut)
        # Another hit goes over the bound of files: the oldest has to go.
        watching.wait(lambda event: event["type"] == "segment.opened", "the next hit")
        watching.wait(lambda event: event["type"] == "segment.updated" and len(event["segment"]["evidence"]) == 2, "the next clip")
        watching.stop()
        assert not os.path.exists(picture) and len(os.listdir(folder)) == 3, os.listdir(folder)


def hits_are_confirmed(station):
    """A hit is told at once, then looked at again in the packets that are kept, and borne out or taken back."""
    station.broadcast(clip("show.mp4"), "show")
    watching = watch([f"s={station.address('show')}"], "--confirm")
    opened = watching.wait(lambda event: event["type"] == "segment.opened" and event["position"] > 1000, "a hit")["segment"]
    assert opened["confirmation"] == "unconfirmed", opened
    again = watching.wait(lambda event: event["type"].startswith("segment.") and event["segment"]["id"] == opened["id"]
                          and event["segment"]["confirmation"] == "confirmed", "its confirmation")["segment"]
    # The code comes between two samples: the look finds where.
    assert opened["start"] - 1000 < again["start"] <= opened["start"], (opened, again)
    watching.stop()
    check_envelope(watching)
    # A code in a single picture is a hit, which those around it refute.
    station.broadcast(clip("flash.mp4"), "flash")
    watching = watch([f"s={station.address('flash')}"], "--confirm", "--all-frames")
    refuted = watching.wait(lambda event: event["type"] == "segment.closed"
                            and event["segment"]["confirmation"] == "refuted", "a hit that is taken back")["segment"]
    (summary,), _ = watching.stop()
    check_envelope(watching)
    check_counts(summary)
    hits = [frame for frame in watching.all("frame") if frame["decision"] == "KO"]
    assert refuted["start"] in [frame["position"] for frame in hits] and refuted["nb_images"] == 1, (refuted, hits)
    told = [event["segment"] for event in watching.all("segment.closed")]
    assert summary["nb_images_ko"] == sum(one["nb_images"] for one in told if one["confirmation"] != "refuted"), (summary, told)

def receiver_returns(station):
    """Callbacks for a receiver that is down: each comes once it is up again, in order, signed."""
    station.broadcast(clip("show.mp4"), "show")
    with Receiver(secret="s3cret") as receiver, tempfile.TemporaryDirectory() as state:
        receiver.status = 503
        watching = watch([f"s={station.address('show')}"], "--callback-url", receiver.address, state=state,
                         environment={"FRAMESIFT_CALLBACK_SECRET": "s3cret"})
        watching.wait(lambda event: event["type"] == "segment.opened", "a hit")
        receiver.wait(lambda one: one.refused, "a refused callback")
        receiver.status = 204
        receiver.wait(lambda one: one.taken, "the callback again")
        watching.stop()
        receiver.wait(lambda one: len(one.taken) >= 2, "the last callback")
        identifiers = [one["id"] for one in receiver.taken]
        assert len(set(identifiers)) == len(identifiers), identifiers
        assert receiver.taken[0]["id"] == receiver.refused[0]["id"] and receiver.taken[0]["body"] == receiver.refused[0]["body"]
        first, last = receiver.taken[0]["json"], receiver.taken[-1]["json"]
        assert first["data"]["status"] == "ongoing" and last["data"]["status"] == "stopped", (first, last)
        assert first["media"] == last["media"] and first["request"] == last["request"]
        assert last["data"]["frames"][:len(first["data"]["frames"])] == first["data"]["frames"]
        assert all(one["signed"] for one in receiver.taken), "a signature that does not hold"


def killed_watch(station):
    """SIGKILL with callbacks owed: the next watch delivers them."""
    station.broadcast(clip("show.mp4"), "show")
    with Receiver() as receiver, tempfile.TemporaryDirectory() as state:
        receiver.status = 503
        arguments = [f"s={station.address('show')}"], "--callback-url", receiver.address
        watching = watch(*arguments, state=state)
        watching.wait(lambda event: event["type"] == "segment.opened", "a hit")
        receiver.wait(lambda one: one.refused, "a refused callback")
        watching.process.kill()
        watching.finish()
        receiver.status = 200
        again = watch(*arguments, state=state)
        owed = receiver.refused[0]
        receiver.wait(lambda seen: any(one["id"] == owed["id"] for one in seen.taken), "the callback of the killed watch")
        again.stop()


def service_reads(station):
    """A stream that a service reads itself, its API being answered by `framesift serve`: told as one that is read here."""
    station.broadcast(clip("show.mp4"), "show")
    port = free_port()
    with tempfile.TemporaryDirectory() as state:
        station.children.append(serve(FRAMESIFT, port, "--allow-private-urls", env={**os.environ, "XDG_STATE_HOME": state}))
        account = {"SIGHTENGINE_URL": f"http://127.0.0.1:{port}", "SIGHTENGINE_API_USER": "u", "SIGHTENGINE_API_SECRET": "secret-2"}
        for way in ([], ["posted"]):
            listening = free_port()
            arguments = ["--callback-listen", f"127.0.0.1:{listening}", "--public-url", f"http://127.0.0.1:{listening}"] if way else []
            watching = Watching(FRAMESIFT, [f"s={station.address('show')}"], "--provider", "sightengine", "--mode", "native", "--task",
                                "nudity", "--quiet", "--all-frames", "--frame-interval", "0.5", *arguments, environment=account)
            if not way:
                # Asked every 3 s; a callback comes only when something is crossed, or at the end.
                watching.state("live")
                watching.wait(lambda event: event["type"] == "frame" and event["position"] >= 2000, "frames")
            else:
                watching.state("connecting")
                until(lambda: ongoing(port), "the job")
            (summary,), code = watching.stop()
            check_envelope(watching)
            assert code == 130 and "secret-2" not in str(watching.events), (code, watching.events)
            # The service was told to stop, too.
            until(lambda: not ongoing(port), "the end of the job")


def stopped_while_submitting(station):
    """A watch that is stopped before the service has answered stops the service's job all the same: it would be billed. One
    that was to last some seconds stops it after these."""
    requests, begun, interrupts = queue.Queue(), threading.Event(), True

    class Service(Handler):
        def handle_any(self):
            self.body()
            if self.command == "POST" and interrupts:
                begun.wait()
                watching.process.send_signal(signal.SIGINT)
            body = json.dumps({"status": "success", "request": {"id": "r", "timestamp": 1.0, "operations": 0},
                               "media": {"id": "med_job", "uri": "x"}, "callback": ""}).encode()
            self.answer(body)
            requests.put((self.command, self.path))

        do_POST = do_DELETE = do_GET = handle_any

    account = {"SIGHTENGINE_URL": Server(Service).start().base, "SIGHTENGINE_API_USER": "u", "SIGHTENGINE_API_SECRET": "s"}

    def watch(*arguments):
        return Watching(FRAMESIFT, ["s=rtmp://example.org/live/x"], "--provider", "sightengine", "--mode", "native", "--task", "nudity",
                        "--quiet", *arguments, environment=account)

    def job_is_stopped():
        assert requests.get(timeout=60)[0] == "POST"
        while (request := requests.get(timeout=60))[0] != "DELETE":
            pass
        assert "/1.0/video/byid.json" in request[1], request

    watching = watch()
    begun.set()
    job_is_stopped()
    assert watching.finish()[1] == 130
    interrupts = False
    watching = watch("--duration", "0.5")
    job_is_stopped()
    (summary,), code = watching.finish()
    # Nothing was judged, so nothing is known.
    assert summary["state"] == "ended" and code == 2, (summary, code)


def ongoing(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/1.0/video/ongoing.json?api_user=u&api_secret=s") as answer:
        return json.load(answer)["output"]["data"]


SCENARIOS = {one.__name__: one for one in (
    code_on_air, broadcaster_returns, server_returns, network_freezes, cancelled_at_once, bad_credentials, nothing_published,
    sound_only, stream_changes, timestamps_restart, picture_stands_still, other_protocols, evidence_is_kept, hits_are_confirmed,
    receiver_returns, killed_watch, service_reads, stopped_while_submitting)}


def main():
    if SCENARIO is None:
        print("\n".join(SCENARIOS))
        return
    station = Station()
    try:
        SCENARIOS[SCENARIO](station)
    finally:
        station.stop()


if __name__ == "__main__":
    main()
