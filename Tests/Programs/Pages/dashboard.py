"""The dashboard of `framesift serve` in Chromium: `dashboard.py FRAMESIFT SAMPLES FIXTURES`."""
import os
import shutil
import sqlite3
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from browser import Browser
from cases import case
from Live.station import Station
from pages import served

FRAMESIFT, SAMPLES, FIXTURES = sys.argv[1:4]
NAME = "<script>window.hacked = 1<\u2215script>.mp4"


class Quiet(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def post(base, path, cookie, fields):
    """Status of a form that is sent without a browser."""
    request = urllib.request.Request(base + path, urllib.parse.urlencode(fields).encode(), {"Cookie": f"framesift_session={cookie}"})
    try:
        return urllib.request.build_opener(Quiet).open(request, timeout=30).status
    except urllib.error.HTTPError as answer:
        return answer.code


def log_in(browser, base, key):
    browser.open(base)
    assert browser.run("return location.pathname") == "/login"
    browser.type("#key", key)
    browser.click(".fields button")


def submit(browser, base, **fields):
    browser.open(base)
    for name, value in fields.items():
        browser.type("#" + name, value)
    browser.run("""for (const box of document.querySelectorAll('[type=checkbox]')) box.checked = box.name === 'task.qr';
                   document.getElementById('interval').value = '0.5'""")
    browser.click(".fields button")
    browser.wait("location.pathname.startsWith('/runs/med_') && document.readyState === 'complete'")
    return browser.run("return location.pathname")


def uploaded(browser, base, folder):
    """Returns the run's path."""
    clip = os.path.join(folder, NAME)
    shutil.copy(os.path.join(SAMPLES, "qr.mp4"), clip)
    path = submit(browser, base, media=clip)
    # Updates come by themselves; a run that is over reloads its page for what can be said of it then.
    browser.wait("document.getElementById('state').textContent === 'finished' && !document.getElementById('stop')")
    assert browser.run("return document.querySelector('.decision').textContent") == "KO"
    rows = browser.run("return [...document.querySelector('#progress tbody').rows].map(row => [...row.cells].map(cell => cell.textContent))")
    assert rows == [["qr", "0:06", "0:10", "8", "100.0 %"]], rows
    assert browser.run("return document.querySelector('h1').textContent") == NAME
    assert browser.run("return window.hacked === undefined && document.querySelectorAll('h1 *').length === 0")
    assert browser.faults() == [], browser.faults()
    return path


def answered(browser, state):
    browser.click("td form button")
    browser.wait("document.querySelector('[role=status]').textContent === 'Your feedback was noted.'")
    rows = sqlite3.connect(os.path.join(state, "framesift", "framesift.sqlite")).execute("SELECT key, model, class, url FROM feedback").fetchall()
    assert rows == [("alice", "qr", "absent", NAME + "#t=6.000")], rows


def reported(browser, base, path):
    browser.open(base + path + "/report")
    assert browser.run("return document.title") == f"KO: {NAME}"
    assert browser.run("return document.getElementById('browser').hidden") is False, "its script did not run"
    browser.quiet()


def streamed(browser, base):
    station = Station()
    try:
        station.broadcast(os.path.join(FIXTURES, "live", "show.mp4"), "show")
        submit(browser, base, url=station.address("show") + "?token=secret-9")
        browser.wait("document.getElementById('state').textContent === 'live'")
        # A segment appears while one looks on.
        browser.wait("document.querySelector('#progress tbody tr') !== null")
        work = "[...document.querySelectorAll('#progress p')].some(line => /^With here since .*, attempt 1\\.$/.test(line.textContent))"
        assert browser.run(f"return {work}")
        browser.click("#stop")
        browser.wait("document.getElementById('state').textContent === 'stopped'")
        assert not browser.run(f"return {work}")
        browser.quiet()
        # Whoever looks over one's shoulder sees no token.
        page = "return document.documentElement.outerHTML"
        assert "/live/show" in browser.run(page) and "secret-9" not in browser.run(page)
        browser.open(base)
        assert "/live/show" in browser.run(page) and "secret-9" not in browser.run(page)
    finally:
        station.stop()


def forged(browser, base, path):
    """Forms that no page of the session sent, and those of one that is over."""
    cookie = browser.call("GET", "/cookie/framesift_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie
    browser.open(base)
    token = browser.run("return document.querySelector('[name=csrf]').value")
    feedback = {"position": "6000", "category": "qr", "class": "absent"}
    assert post(base, path + "/feedback", cookie["value"], feedback) == 403
    assert post(base, path + "/feedback", cookie["value"], {**feedback, "csrf": token[::-1]}) == 403
    assert post(base, path + "/feedback", cookie["value"], {**feedback, "csrf": token}) == 303
    assert post(base, path + "/feedback", "0" * 64, {**feedback, "csrf": token}) == 303  # to the login
    assert post(base, "/login", "0" * 64, {"csrf": token, "key": "key-of-alice"}) == 403
    browser.click(".bar button")
    browser.wait("location.pathname === '/login'")
    assert post(base, path + "/feedback", cookie["value"], {**feedback, "csrf": token}) == 303


def kept_apart(browser, base, path):
    log_in(browser, base, "key-of-bob")
    browser.wait("document.getElementById('runs') !== null")
    assert browser.run("return document.querySelectorAll('#runs tr').length") == 0
    browser.open(base + path)
    assert browser.run("return document.querySelector('[role=alert]').textContent") == "There is no such media."
    assert browser.run("return document.querySelectorAll('table').length") == 0


def try_all(browser, base, state):
    for key, reason in (("key-of-nobody", "The API key is not known."), ("key-of-carol", "The API key is not valid for this API.")):
        with case(f"{key} is told: {reason}"):
            log_in(browser, base, key)
            browser.wait("document.querySelector('[role=alert]').textContent === arguments[0]", reason)
    browser.problems()  # 403s stand in the console
    with case("the page to log in on has no serious faults"):
        browser.open(base + "/login")
        assert browser.faults() == [], browser.faults()
    with case("a key leads in"):
        log_in(browser, base, "key-of-alice")
        browser.wait("location.pathname === '/' && document.readyState === 'complete'")
        assert browser.faults() == [], browser.faults()
    path = None
    with case("a video that is uploaded is told of until it is judged"):
        path = uploaded(browser, base, state)
    with case("feedback on a hit is noted"):
        answered(browser, state)
    with case("a run has its report"):
        reported(browser, base, path)
    with case("a stream is told of while it is live, can be stopped, and keeps its token to itself"):
        streamed(browser, base)
    with case("both runs are listed"):
        browser.open(base)
        browser.wait("document.querySelectorAll('#runs tbody tr').length === 2")
        assert browser.faults() == [], browser.faults()
        browser.quiet()
    with case("a form that no page of the session sent is refused"):
        forged(browser, base, path)
    with case("somebody else's runs are not there"):
        kept_apart(browser, base, path)


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = os.path.join(folder, "keys.yaml")
        with open(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("keys:\n  - {key: key-of-alice, name: alice}\n  - {key: key-of-bob, name: bob}\n"
                       "  - {key: key-of-carol, name: carol, dialects: [picpurify]}\n")
        with served(FRAMESIFT, "--keys", keys, "--allow-private-urls") as (base, state), Browser() as browser:
            try_all(browser, base, state)


if __name__ == "__main__":
    main()
