#!/usr/bin/env python3
"""Batches of `framesift check`, with the real program on real clips: `batches.py FRAMESIFT FIXTURES SAMPLES`.

What a batch decides is held against independent checks of one input each.
"""
import csv
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import servers
from cases import case

FRAMESIFT, FIXTURES, SAMPLES = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
MATRIX, BROKEN = FIXTURES / "matrix", FIXTURES / "broken"
CLIPS = [SAMPLES / "qr.mp4", SAMPLES / "phone.mp4", SAMPLES / "slideshow.mp4", MATRIX / "h264-open.mp4", MATRIX / "theora.ogg",
         MATRIX / "vp9-odd.webm", MATRIX / "animated.gif", FIXTURES / "stills" / "still.jpg"]


def command(*arguments):
    return [FRAMESIFT, "check", *map(str, arguments)]


def check(*arguments, task="qr", **options):
    """A finished run: its exit code, and what it said."""
    done = subprocess.run(command("--task", task, *arguments), stdin=options.pop("stdin", subprocess.DEVNULL),
                          capture_output=True, text=True, timeout=300, **options)
    return done.returncode, done.stderr


def index(folder):
    """The lines of an index, by input: each is there once."""
    lines = [json.loads(line) for line in (folder / "index.ndjson").read_text().splitlines()]
    found = {line["input"]: line for line in lines}
    assert len(found) == len(lines), lines
    return found


def results(folder):
    """The results in a folder, by name; index and leftovers are none."""
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.json") if not path.name.startswith(".")}


def essence(result):
    """What a judgement says, without when, how fast and under which id."""
    frames = [[frame["info"]["position"], frame["decision"], frame["scores"]] for frame in result["frames"]]
    counts = [result[name] for name in ("nb_images", "nb_images_ok", "nb_images_ko", "nb_images_undetermined")]
    segments = [[one["category"], one["start"], one["end"]] for one in result["segments"]]
    return [result["final_decision"], result["status"], counts, frames, segments]


def singles(clips):
    """Each clip checked by itself."""
    found = {}
    for clip in clips:
        done = subprocess.run(command("--task", "qr", "--format", "json", clip), capture_output=True, text=True, check=True)
        found[str(clip)] = essence(json.loads(done.stdout))
    return found


def hold_against(folder, expected):
    """Every input has exactly one result, and it is that of a check by itself."""
    lines, found = index(folder), results(folder)
    assert set(lines) == set(expected), (sorted(lines), sorted(expected))
    assert sorted(line["result"] for line in lines.values()) == sorted(found), (lines, sorted(found))
    for clip, wanted in expected.items():
        result = found[lines[clip]["result"]]
        assert essence(result) == wanted, (clip, essence(result), wanted)
        # Its own, not that of all who share the judge.
        assert sum(result["timing"]["packs"].values()) <= result["timing"]["judge"], result["timing"]
        assert lines[clip]["final_decision"] == wanted[0] and lines[clip]["nb_images"] == wanted[2][0], lines[clip]


def identities(folder):
    """The id that each judgement gave its result: another one after judging again."""
    return {name: result["media"]["id"] for name, result in results(folder).items()}


class Service(servers.Handler):
    """PicPurify, as far as a batch needs it."""
    reply = {"status": "success", "final_decision": "OK", "confidence_score_decision": 0.99, "units_consumed": 1,
             "porn_moderation": {"porn_content": False, "confidence_score": 0.99, "compute_time": 0.01},
             "media": {"media_id": "a"}}

    def do_POST(self):
        self.body()
        server = self.server
        with server.changed:
            server.asked += 1
            server.changed.notify_all()
            server.changed.wait_for(lambda: server.asked <= server.answers or server.is_over)
        refused = server.refuses_after is not None and server.asked > server.refuses_after
        self.answer(b"no" if refused else json.dumps(self.reply).encode(), status=401 if refused else 200)


def service(answers=10**9, refuses_after=None):
    """A service that answers so many requests and then says nothing, or refuses the credentials."""
    server = servers.Server(Service)
    server.changed, server.asked, server.is_over = threading.Condition(), 0, False
    server.answers, server.refuses_after = answers, refuses_after
    return server.start()


def environment(server, state):
    return {**os.environ, "PICPURIFY_API_KEY": "k", "PICPURIFY_URL": server.base, "XDG_STATE_HOME": str(state)}


PAID = ["--provider", "picpurify", "--rate", "1000", "--concurrency", "4"]


def folders(place):
    media = place / "media"
    (media / "sub").mkdir(parents=True)
    (media / ".hidden").mkdir()
    shutil.copy(SAMPLES / "phone.mp4", media / "phone.mp4")
    shutil.copy(SAMPLES / "phone.mp4", media / ".hidden" / "hidden.mp4")
    shutil.copy(SAMPLES / "slideshow.mp4", media / "sub" / "named.txt")
    shutil.copy(BROKEN / "no-moov.mp4", media / "sub" / "broken.mp4")
    shutil.copy(BROKEN / "audio-only.m4a", media / "sub" / "song.m4a")
    (media / "notes.txt").write_text("Nothing to see.\n")
    (media / "sub" / "up").symlink_to(media)
    (media / "linked.mp4").symlink_to(SAMPLES / "qr.mp4")
    with case("a folder's videos are judged whatever their names, and what is none of its files' fault is told apart"):
        code, said = check(media, "-o", place / "out")
        states = {os.path.relpath(name, media): (line["state"], line.get("final_decision"))
                  for name, line in index(place / "out").items()}
        assert states == {
            "phone.mp4": ("finished", "KO"), "linked.mp4": ("finished", "KO"), "sub/named.txt": ("finished", "KO"),
            "sub/broken.mp4": ("failed", None), "sub/song.m4a": ("not_media", None), "notes.txt": ("not_media", None),
        }, states
        assert code == 65 and "1 failed, 2 not media" in said, (code, said)
    with case("a folder without anything broken ends well, and its own results are not looked at"):
        os.remove(media / "sub" / "broken.mp4")
        for state in ("finished", "skipped"):
            code, said = check(media, "-o", media / "results")
            found = index(media / "results")
            assert code == 0 and len(found) == 5, (code, said, found)
            assert {line["state"] for line in found.values()} == {state, "not_media"}, found
    with case("the table and the page have a row for each input"):
        rows = list(csv.DictReader((place / "out" / "index.csv").open(newline="")))
        lines = index(place / "out")
        assert {row["input"]: row["state"] for row in rows} == {name: line["state"] for name, line in lines.items()}, rows
        assert {row["final_decision"] for row in rows} == {"KO", ""}, rows
        page = (place / "out" / "index.html").read_text()
        assert page.count("<tr><td") == len(rows) and "<h1>6 inputs</h1>" in page and page.endswith("</html>\n"), page[-300:]


def names(place):
    media = place / "names"
    media.mkdir()
    clip = (SAMPLES / "slideshow.mp4").read_bytes()
    long = "x" * 246 + ".mp4"
    for number, name in enumerate(["two\nlines.mp4", "-o.mp4", long, "<i>&\".mp4"]):
        # Not alike, so that each has a result of its own, and still a video.
        (media / name).write_bytes(clip + bytes([0, 0, 0, 9]) + b"free" + bytes([number]))
    with case("names are only names"):
        code, said = check(media, "-o", place / "named", "--format", "html")
        lines = index(place / "named")
        assert code == 0 and len(lines) == 4 and {line["final_decision"] for line in lines.values()} == {"KO"}, (code, said, lines)
        assert str(media / "two\nlines.mp4") in lines and len(results(place / "named")) == 4
        assert all(name[0] not in ".-" and len(name) < 110 and name.isascii() for name in results(place / "named"))
        assert "<i>" not in (place / "named" / "index.html").read_text()
    with case("a name that is not text fails by itself"):
        try:
            with open(os.fsencode(media) + b"/\xff.mp4", "wb") as file:
                file.write(clip)
        except OSError:
            return  # This file system has no such names.
        code, said = check(media, "-o", place / "named")
        states = [line["state"] for line in index(place / "named").values()]
        assert code == 65 and sorted(states) == ["failed"] + ["skipped"] * 4, (code, said, states)


def lists(place):
    listed = place / "list.ndjson"
    listed.write_text("\n".join([
        json.dumps({"input": str(SAMPLES / "qr.mp4"), "reference_id": "r-1", "origin_id": "o-1"}), "",
        "{\"reference_id\": \"without an input\"}", "{no json", str(SAMPLES / "phone.mp4"),
        json.dumps({"input": str(place / "missing.mp4"), "reference_id": "r-2"}), "y" * 100_000]) + "\n")
    with case("a list brings references, and a line that makes no sense fails alone"):
        code, said = check("--inputs-from", listed, "-o", place / "listed")
        lines = index(place / "listed")
        assert code == 65 and len(lines) == 6, (code, said, lines)
        first = lines[str(SAMPLES / "qr.mp4")]
        assert (first["reference_id"], first["origin_id"], first["final_decision"]) == ("r-1", "o-1", "KO"), first
        media = results(place / "listed")[first["result"]]["media"]
        assert (media["reference_id"], media["origin_id"]) == ("r-1", "o-1"), media
        assert lines[str(place / "missing.mp4")]["reference_id"] == "r-2"
        for number, reason in ((3, "“input”"), (4, "JSON"), (7, "longer")):
            line = lines[f"line {number} of {listed}"]
            assert line["state"] == "failed" and reason in line["error"], line
    with case("a list comes through a pipe, too, and its inputs are judged as they come"):
        process = subprocess.Popen(command("--task", "qr", "--inputs-from", "-", "-o", place / "piped"), text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for number, clip in enumerate(CLIPS[:3], 1):
            process.stdin.write(f"{clip}\n")
            process.stdin.flush()
            servers.until(functools.partial(has_lines, place / "piped", number), "the line of an input")
        process.stdin.close()
        assert process.wait(60) == 0 and set(index(place / "piped")) == set(map(str, CLIPS[:3]))


def has_lines(folder, count):
    """Whether the index has so many lines by now."""
    try:
        return len((folder / "index.ndjson").read_text().splitlines()) == count
    except FileNotFoundError:
        return False


def run_until(folder, count):
    """Runs the batch of all clips until so many results are there, and kills it then; whether it was."""
    process = subprocess.Popen(command("--task", "qr", *CLIPS, "-o", folder), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    servers.until(lambda: process.poll() is not None or len(list(folder.glob("*.json"))) >= count, "results")
    if process.poll() is None:
        process.kill()
        process.wait()
        return True
    assert process.returncode == 0, process.returncode
    return False


def killed(place):
    expected = singles(CLIPS)
    with case("a batch decides as checks of one input do"):
        code, said = check(*CLIPS, "-o", place / "whole")
        assert code == 0, said
        hold_against(place / "whole", expected)
    with case("killed again and again, a batch goes on, and what was finished is not judged again"):
        folder, before, kills = place / "killed", {}, 0
        # Each time when two more are finished than before.
        while run_until(folder, len(before) + 2):
            kills += 1
            now = identities(folder)
            assert before.items() <= now.items(), (before, now)
            before = now
        assert kills >= 2, kills
        assert before.items() <= identities(folder).items()
        hold_against(folder, expected)
        assert {line["state"] for line in index(folder).values()} >= {"skipped"}
    with case("what is finished is judged again where that is asked for"):
        before = identities(folder)
        code, said = check(*CLIPS, "-o", folder)
        assert code == 0 and identities(folder) == before, said
        assert {line["state"] for line in index(folder).values()} == {"skipped"}
        code, said = check(*CLIPS, "-o", folder, "--again")
        assert code == 0 and set(identities(folder).values()).isdisjoint(before.values()), said
        assert set(identities(folder)) == set(before) and {line["state"] for line in index(folder).values()} == {"finished"}
        hold_against(folder, expected)
    with case("another question is another result"):
        check(CLIPS[0], CLIPS[1], "-o", folder, "--frame-interval", "2")
        assert {line["state"] for line in index(folder).values()} == {"finished"}
        assert len(results(folder)) == len(CLIPS) + 2


def twins(place):
    media = place / "twins"
    (media / "a").mkdir(parents=True)
    (media / "b").mkdir()
    for name in ("a", "b"):
        shutil.copy(SAMPLES / "phone.mp4", media / name / "same.mp4")
    with case("equal files of one name are judged once, and each has its line"):
        code, said = check(media, "-o", place / "twice", "--jobs", "2")
        states = sorted(line["state"] for line in index(place / "twice").values())
        assert code == 0 and states == ["finished", "skipped"] and len(results(place / "twice")) == 1, (code, said, states)


def stopped(place):
    clips = [SAMPLES / "phone.mp4", SAMPLES / "qr.mp4"]
    with case("interrupted, a batch ends with 130, and what it had begun is judged by the next run"):
        # Five pictures of the first clip are answered, and none of the second.
        server = service(answers=5)
        process = subprocess.Popen(
            command("--task", "porn_moderation", *PAID, "--jobs", "1", *clips, "-o", place / "stopped"),
            env=environment(server, place / "state-1"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        with server.changed:
            assert server.changed.wait_for(lambda: server.asked > 5, 60)
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
        with server.changed:
            server.is_over = True
            server.changed.notify_all()
        lines = index(place / "stopped")
        assert code == 130 and {name: line["state"] for name, line in lines.items()} == {str(clips[0]): "finished"}, (code, lines)
        code, said = check(*PAID, *clips, "-o", place / "stopped", task="porn_moderation", env=environment(server, place / "state-1"))
        states = [index(place / "stopped")[str(clip)]["state"] for clip in clips]
        assert code == 0 and states == ["skipped", "finished"], (code, said, states)
    with case("a service that refuses ends the batch, and what is judged stays"):
        server = service(refuses_after=5)
        code, said = check(*PAID, "--jobs", "1", *clips, SAMPLES / "slideshow.mp4", "-o", place / "refused",
                           task="porn_moderation", env=environment(server, place / "state-2"))
        states = {name: line["state"] for name, line in index(place / "refused").items()}
        assert code == 77 and states == {str(clips[0]): "finished", str(clips[1]): "failed"}, (code, said, states)
        assert len(results(place / "refused")) == 1
    with case("a judge that ends the batch does not wait for a list"):
        server = service(refuses_after=0)
        process = subprocess.Popen(
            command("--task", "porn_moderation", *PAID, "--inputs-from", "-", "-o", place / "listening"),
            env=environment(server, place / "state-4"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        process.stdin.write(f"{clips[0]}\n".encode())
        process.stdin.flush()
        assert process.wait(60) == 77 and len(index(place / "listening")) == 1
        process.stdin.close()
    with case("each result tells what it cost, though all share a judge"):
        server = service()
        code, said = check(*PAID, *clips, "-o", place / "paid", task="porn_moderation", env=environment(server, place / "state-3"))
        costs = [result["cost"] for result in results(place / "paid").values()]
        assert code == 0 and sum(cost["requests"] for cost in costs) == server.asked, (said, costs, server.asked)
        assert all(0 < cost["requests"] < server.asked and cost["operations"] == cost["requests"] for cost in costs), costs


def codes(place):
    ok, ko, cut = MATRIX / "h264-open.mp4", SAMPLES / "phone.mp4", BROKEN / "half.ts"
    out = iter(range(1000))

    def code(*arguments):
        return check(*arguments, "-o", place / f"code-{next(out)}")[0]

    with case("the exit code is that of the worst that happened"):
        found = [code(ok, ok), code(ok, ko), code(ok, ko, "--fail-on-ko"), code(ok, ko, cut, "--fail-on-ko"),
                 code(ok, ko, cut, place / "missing.mp4", "--fail-on-ko")]
        assert found == [0, 0, 1, 2, 65], found
    with case("what makes no sense with several inputs is refused before any work, in a sentence"):
        several = [ok, ko, "-o", place / "never"]
        for arguments in ([ok, ko], [place], ["--inputs-from", place / "list.ndjson"], [ok, ko, "-o", "-"],
                          [*several, "--reference-id", "r"], [*several, "--origin-id", "o"], [*several, "--video", "v"],
                          [*several, "--dry-run"], [*several, "-"], [*several, "--jobs", "0"], [*several, "--jobs", "65"]):
            code, said = check(*arguments)
            assert code == 64 and said and "Fatal" not in said, (arguments, code, said)
        assert not (place / "never").exists()
        assert check("--inputs-from", place / "no-list", "-o", place / "never")[0] == 65
    with case("what cannot be written ends the batch"):
        (place / "full").mkdir()
        (place / "full" / "index.html").mkdir()
        code, said = check(ok, ko, "-o", place / "full")
        assert code == 74 and "index.html" in said and len(results(place / "full")) == 2, (code, said)
        (place / "file").write_text("")
        assert check(ok, ko, "-o", place / "file")[0] == 74
    with case("a folder takes one batch at a time"):
        process = subprocess.Popen(command("--task", "qr", "--inputs-from", "-", "-o", place / "busy"), stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write(f"{ok}\n".encode())
        process.stdin.flush()
        servers.until(functools.partial(has_lines, place / "busy", 1), "the line of an input")
        code, said = check(ok, ko, "-o", place / "busy")
        assert code == 74 and "another batch" in said, (code, said)
        process.stdin.close()
        assert process.wait(60) == 0 and len(index(place / "busy")) == 1
        assert check(ok, ko, "-o", place / "busy")[0] == 0
    with case("a result whose file is cut short is judged again, and one whose input is, is not"):
        assert check(ok, cut, "-o", place / "cut")[0] == 2
        lines = index(place / "cut")
        saved = place / "cut" / lines[str(ok)]["result"]
        saved.write_bytes(saved.read_bytes()[:100])
        assert check(ok, cut, "-o", place / "cut")[0] == 2
        states = [index(place / "cut")[str(clip)]["state"] for clip in (ok, cut)]
        assert states == ["finished", "skipped"] and json.loads(saved.read_text()), states
    with case("formats lie beside each result, and are made where they are missing"):
        for formats, state in (("json", "finished"), ("html,thumbnails", "finished"), ("html", "skipped")):
            assert check(ko, ok, "-o", place / "formats", "--format", formats)[0] == 0
            assert {line["state"] for line in index(place / "formats").values()} == {state}, formats
        name = index(place / "formats")[str(ko)]["result"].removesuffix(".json")
        found = {path.name.removeprefix(name) for path in (place / "formats").glob(name + "*")}
        assert found == {".json", ".html", ".thumbnails.vtt", ".thumbnails.jpg"}, found
        assert f"{name}.thumbnails.jpg#xywh=" in (place / "formats" / f"{name}.thumbnails.vtt").read_text()
        assert f'href="./{name}.html"' in (place / "formats" / "index.html").read_text()


def addresses(place):
    class Files(servers.Handler):
        def do_GET(self):
            clip = SAMPLES / "phone.mp4"
            if not self.path.startswith("/phone.mp4"):
                return self.answer(b"gone", status=404)
            self.answer(clip.read_bytes(), kind="video/mp4")
            return None

    server = servers.Server(Files).start()
    with case("addresses are inputs, and what they hide stays hidden"):
        for state in ("finished", "skipped"):
            code, said = check(f"{server.base}/phone.mp4?key=secret-1", f"{server.base}/gone.mp4?key=secret-2", "-o", place / "fetched")
            lines = index(place / "fetched")
            assert code == 65 and lines[f"{server.base}/phone.mp4"]["state"] == state, (code, said, lines)
            assert lines[f"{server.base}/gone.mp4"]["state"] == "failed"
        for path in (place / "fetched").iterdir():
            assert "secret" not in path.name and b"secret" not in path.read_bytes(), path


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder).resolve()
        for part in (folders, names, lists, killed, twins, stopped, codes, addresses):
            part(place)


if __name__ == "__main__":
    main()
