"""The review queue of `framesift serve` in Chromium: `review.py FRAMESIFT SAMPLES FIXTURES`."""
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from browser import Browser
from cases import case
from dashboard import log_in, post, submit
from Live.station import Station
from pages import served

FRAMESIFT, SAMPLES, FIXTURES = sys.argv[1:4]
KEYS = """keys:
  - {key: key-of-alice, name: alice}
  - {key: key-of-carol, name: carol, roles: [review]}
  - {key: key-of-dave, name: dave, roles: [review]}
  - {key: key-of-root, name: root, roles: [submit, review, administer]}
"""
POLICY = "sample: 100%\n"


class Desk:
    """The server, its database, and people at their browsers."""

    def __init__(self, base, state):
        self.base, self.state = base, state
        self.database = os.path.join(state, "framesift", "framesift.sqlite")

    def ask(self, query, *values):
        with sqlite3.connect(self.database, timeout=30) as connection:
            return connection.execute(query, values).fetchall()

    def enter(self, browser, name, path="/review"):
        browser.open(self.base + "/login")
        browser.call("DELETE", "/cookie")
        log_in(browser, self.base, f"key-of-{name}")
        browser.wait("location.pathname === '/' && document.readyState === 'complete'")
        browser.open(self.base + path)

    def command(self, *arguments):
        return subprocess.run([FRAMESIFT, "review", *arguments], capture_output=True, text=True,
                              env={**os.environ, "XDG_STATE_HOME": self.state, "FRAMESIFT_STORE": ""})


def press(browser, key):
    browser.run("document.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))", key)


def card(browser):
    """The id of the case that is shown; empty for none."""
    return browser.run("return document.querySelector('#cards .case')?.dataset.case ?? ''")


def state_of(desk, case_id):
    return desk.ask("SELECT state, decided_by FROM review_case WHERE id = ?", case_id)[0]


def settle(browser, desk, case_id, state):
    """Until a decision is stored. The page changes once the next card has come."""
    browser.wait("document.getElementById('next').content.querySelector('.case') || document.querySelector('.done')")
    for _ in range(600):
        if state_of(desk, case_id)[0] == state:
            return
        browser.run("return 0")
    raise AssertionError((state_of(desk, case_id), state))


def shown(browser, desk):
    assert browser.run("return document.querySelector('.case h2').textContent") == "qr 100.0 %"
    browser.wait("document.querySelector('.still img').naturalWidth > 300")
    assert browser.run("return document.querySelectorAll('.case .veil.shown').length") == 0
    blurred = "return getComputedStyle(document.querySelector('.still img')).filter"
    assert "blur" in browser.run(blurred)
    strip = browser.run("return [...document.querySelectorAll('.strip figcaption')].map(one => one.textContent)")
    assert strip == ["0:04.500", "0:05", "0:05.500", "0:06", "0:06.500", "0:07", "0:07.500"], strip
    assert browser.run("return document.querySelectorAll('.lane .mark').length") == 1
    assert "reference up-1" in browser.run("return document.querySelector('.case p').textContent")
    press(browser, "u")
    assert browser.run("return document.querySelectorAll('.case .veil:not(.shown)').length") == 0
    assert browser.run(blurred) == "none"
    press(browser, "u")
    assert "blur" in browser.run(blurred)


def decided(browser, desk):
    first = card(browser)
    press(browser, "r")
    browser.wait("document.querySelector('#cards .case').dataset.case !== arguments[0]", first)
    settle(browser, desk, first, "rejected")
    assert state_of(desk, first) == ("rejected", "carol")
    assert json.loads(desk.ask("SELECT present FROM review_case WHERE id = ?", first)[0][0]) == ["qr"]
    press(browser, "z")
    browser.wait("document.querySelector('#cards .case').dataset.case === arguments[0]", first)
    assert state_of(desk, first) == ("open", "")
    press(browser, "a")
    browser.wait("document.querySelector('#cards .case').dataset.case !== arguments[0]", first)
    settle(browser, desk, first, "approved")
    # A hit that is none is feedback, as from the form of the run.
    assert desk.ask("SELECT key, model, class, url FROM feedback") == [("alice", "qr", "absent", "qr.mp4#t=6.000")]
    return first


def apart(browser, other, desk):
    mine, theirs = card(browser), card(other)
    assert mine and theirs and mine != theirs, (mine, theirs)
    held = desk.ask("SELECT count(*), count(DISTINCT holder) FROM review_case WHERE holder <> ''")
    assert held == [(4, 2)], held


def told(browser, desk, change, sentence):
    """What somebody hears whose card is no longer theirs. The next one is shown all the same."""
    mine = card(browser)
    browser.wait("document.getElementById('next').content.querySelector('.case')")
    desk.ask(*change, mine)
    press(browser, "a")
    browser.wait("document.getElementById('said').textContent === arguments[0]", sentence)
    assert card(browser) not in ("", mine)


def appealed(browser, other, desk, first):
    browser.open(f"{desk.base}/review/cases/{first}")
    browser.type("#reason", "it is there, look again")
    browser.click("form[action$='/appeal'] button")
    browser.wait("document.querySelector('.decision').textContent === 'open'")
    trail = browser.run("return [...document.querySelectorAll('tbody tr')].map(row => [...row.cells].slice(1, 3).map(cell => cell.textContent).join(' '))")
    assert trail == ["carol reject", "carol undo", "carol approve", "carol appeal"], trail
    browser.open(f"{desk.base}/review?case={first}")
    assert card(browser) == "", "whose decision it was decides again"
    other.open(f"{desk.base}/review?case={first}")
    assert card(other) == first
    press(other, "r")
    other.wait("document.querySelector('.done')")
    settle(other, desk, first, "rejected")


def without_scripts(browser, desk):
    """The forms of the page alone."""
    browser.open(desk.base + "/review")
    cookie = browser.call("GET", "/cookie/framesift_session")["value"]
    form = browser.run("""const form = document.querySelector(".case form[action$='/escalate']");
                          return [form.getAttribute('action'), Object.fromEntries(new FormData(form))]""")
    assert post(desk.base, form[0], cookie, {**form[1], "csrf": "0" * 64}) == 403
    assert post(desk.base, form[0], cookie, form[1]) == 303
    assert state_of(desk, form[0].split("/")[3])[0] == "escalated"
    browser.open(desk.base + "/review?state=escalated")
    assert "administer" in browser.run("return document.querySelector('[role=alert]').textContent")


def live(browser, desk, submitter):
    station = Station()
    try:
        station.broadcast(os.path.join(FIXTURES, "live", "show.mp4"), "show")
        desk.enter(submitter, "root", "/")
        submit(submitter, desk.base, url=station.address("show"))
        browser.wait("[...document.querySelectorAll('.arrivals li')].some(line => line.textContent.includes('/live/show'))")
        browser.click(".arrivals a")
        browser.wait("document.querySelector('.case h2').textContent.startsWith('qr ')")
        browser.wait("document.querySelector('.still img').naturalWidth > 300")
        submitter.click("#stop")
        submitter.wait("document.getElementById('state').textContent === 'stopped'")
    finally:
        station.stop()


def erased(browser, desk, media):
    cases = desk.ask("SELECT id FROM review_case WHERE media = ?", media)
    desk.enter(browser, "root", f"/review/cases/{cases[0][0]}")
    browser.click("form[action$='/erase'] button")
    browser.wait("document.querySelector('[role=status]').textContent.startsWith('Deleted of 1 media:')")
    for table in ("review_case", "evidence", "job", "job_frame"):
        assert desk.ask(f"SELECT count(*) FROM {table} WHERE media = ?", media) == [(0,)], table
    assert desk.ask("SELECT actor, action FROM review_step WHERE media = ?", media) == [("root", "erase")]


def exported(desk, first):
    """What the export says is what the database says."""
    lines = [json.loads(line) for line in desk.command("export").stdout.splitlines()]
    assert [line["case"] for line in lines] == [row[0] for row in desk.ask(
        "SELECT id FROM review_case WHERE state IN ('approved', 'rejected') ORDER BY decided")], lines
    assert [(line["decision"], line["present"], line["by"]) for line in lines if line["case"] == first] == [("reject", ["qr"], "dave")], lines
    calibrated = subprocess.run([FRAMESIFT, "policy", "calibrate", "-", "--format", "json"], input=desk.command("export").stdout,
                                capture_output=True, text=True)
    assert calibrated.returncode == 0 and json.loads(calibrated.stdout)["decisions"] == len(lines), calibrated
    trail = desk.command("trail", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(trail.stdout)))
    steps = [(row["actor"], row["action"]) for row in rows if row["case"] == first]
    assert steps == [("carol", "reject"), ("carol", "undo"), ("carol", "approve"), ("carol", "appeal"), ("dave", "reject")], steps
    assert trail.returncode == 0 and {row["intact"] for row in rows} == {"true"}
    # Whoever has the file can take the guard away, but not what the chain tells.
    desk.ask("DROP TRIGGER review_step_kept")
    desk.ask("UPDATE review_step SET actor = 'mallory' WHERE case_id = ? AND action = 'undo'", first)
    broken = desk.command("trail")
    assert broken.returncode == 65, broken
    assert [json.loads(line)["actor"] for line in broken.stdout.splitlines() if not json.loads(line)["intact"]] == ["mallory"]


def refused(desk):
    form = urllib.parse.urlencode({"API_KEY": "key-of-carol", "task": "porn_moderation", "url_image": "http://127.0.0.1:1/a.jpg"})
    with urllib.request.urlopen(f"{desk.base}/analyse/1.1", form.encode(), timeout=30) as answer:
        told = json.load(answer)
    assert told["status"] == "failure" and told["error"]["errorMsg"] == "The API key is not valid for this API.", told


def try_all(browser, other, desk):
    with case("a key without the role is told which one it needs"):
        desk.enter(browser, "alice")
        assert browser.run("return document.querySelector('[role=alert]').textContent") == "The key has no role “review”."
        browser.problems()  # The 403 stands in the console.
    with case("a key that only reviews submits nothing, in the words of the API that it asks"):
        refused(desk)
    path = submit(browser, desk.base, media=os.path.abspath(os.path.join(SAMPLES, "qr.mp4")), reference="up-1")
    browser.wait("document.getElementById('state').textContent === 'finished' && !document.getElementById('stop')")
    browser.click(".bar button")
    desk.enter(browser, "carol")
    with case("a hit is a card with its picture, veiled until it is asked for, with what is around it"):
        shown(browser, desk)
    with case("the page has no serious faults"):
        assert browser.faults() == [], browser.faults()
        browser.quiet()
    first = None
    with case("keys decide, and take back"):
        first = decided(browser, desk)
    with case("two reviewers never have the same card"):
        desk.enter(other, "dave")
        apart(browser, other, desk)
    with case("whose card somebody else has is told so"):
        told(browser, desk, ["UPDATE review_case SET holder = 'other', held = held + 60 WHERE id = ?"],
             "Somebody else has this case.")
    with case("whose card was deleted is told so"):
        told(browser, desk, ["DELETE FROM review_case WHERE id = ?"], "This case was deleted.")
    browser.problems()  # 409 and 410 stand in the console.
    with case("an appeal goes to somebody else"):
        appealed(browser, other, desk, first)
    with case("without scripts the forms do it, of that session alone"):
        without_scripts(browser, desk)
        browser.problems()
    with case("a hit of a live stream comes up by itself"):
        browser.open(desk.base + "/review")
        live(browser, desk, other)
    with case("the trail and the decisions are taken out, and a step that was changed shows"):
        exported(desk, first)
    with case("how right the judge was is shown by category"):
        browser.open(desk.base + "/review/statistics")
        assert "qr" in browser.run("return [...document.querySelectorAll('section h2')].map(one => one.textContent)")
        assert browser.run("return document.querySelectorAll('svg.curve').length") > 0
        browser.check_page()
    with case("what is deleted leaves nothing but that it was"):
        erased(other, desk, path.split("/")[-1])
    with case("cards fit a phone"):
        browser.open(desk.base + "/review")
        browser.check_page()


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys, policy = os.path.join(folder, "keys.yaml"), os.path.join(folder, "policy.yaml")
        with open(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(KEYS)
        with open(policy, "w") as file:
            file.write(POLICY)
        with served(FRAMESIFT, "--keys", keys, "--policy", policy, "--keep", "evidence", "--allow-private-urls") as (base, state), \
                Browser() as browser, Browser() as other:
            try_all(browser, other, Desk(base, state))


if __name__ == "__main__":
    main()
