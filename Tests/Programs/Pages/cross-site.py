"""Pages of other sites, in Chromium, against `framesift serve` without keys: `cross-site.py FRAMESIFT PICTURE`."""
import base64
import sys
import urllib.request

from browser import Browser
from cases import case
from pages import served
from servers import Handler, Server

FRAMESIFT, PICTURE = sys.argv[1:3]
ELSEWHERE = "elsewhere.example"
CREDENTIALS = "api_user=u&api_secret=s"
# Returns [what the page could read, or the name of the error].
READ = """
const done = arguments[arguments.length - 1];
fetch(arguments[0], arguments[1]).then((answer) => answer.text()).then(done, (problem) => done(problem.name));"""
JUDGE = """
const done = arguments[arguments.length - 1];
const form = new FormData();
form.append("file", new Blob([Uint8Array.from(atob(arguments[1]), (one) => one.charCodeAt(0))]), "picture.jpg");
fetch(arguments[0], {method: "POST", body: form, mode: "no-cors"}).then(() => done("sent"), (problem) => done(problem.name));"""


class Page(Handler):
    def do_GET(self):
        self.answer(b"<!doctype html><title>page</title><p>A page.", "text/html")


def judged(base):
    text = urllib.request.urlopen(base + "/metrics", timeout=30).read().decode()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("framesift_pictures_judged_total"))


def ask(browser, script, *arguments):
    return browser.call("POST", "/execute/async", {"script": script, "args": list(arguments)})


def try_pages(browser, base, pages, picture):
    """Pages of three hosts, all of them on this machine."""
    listing = f"{base}/1.0/video/ongoing.json?{CREDENTIALS}"
    stopping = f"{base}/1.0/video/byid.json?{CREDENTIALS}&id=med_1"
    for host, may in (("localhost", True), ("127.0.0.1", True), (ELSEWHERE, False)):
        with case(f"a page of {host} can {'read and ask' if may else 'neither read nor ask'}"):
            browser.open(f"http://{host}:{pages}/")
            for url, how in ((listing, {}), (stopping, {"method": "DELETE"})):
                seen = ask(browser, READ, url, how)
                assert (seen == "TypeError") != may and ('"status":' in seen) == may, (host, url, seen)
            before = judged(base)
            ask(browser, JUDGE, base + "/moderate/?key=k", picture)
            assert judged(base) == before + may, host


def main():
    pages = Server(Page).start().server_port
    with open(PICTURE, "rb") as file:
        picture = base64.b64encode(file.read()).decode()
    resolving = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    with served(FRAMESIFT) as (base, _), Browser(arguments=[resolving]) as browser:
        try_pages(browser, base, pages, picture)
        with case("under the name of another site there is a refusal, and no page to log in on"):
            browser.open(base.replace("127.0.0.1", ELSEWHERE) + "/login")
            assert browser.run("return document.querySelector('form') === null && document.body.innerText.includes('localhost')")
            seen = ask(browser, READ, f"/1.0/video/ongoing.json?{CREDENTIALS}", {})
            assert '"status":"failure"' in seen, seen
        with case("a link of another site leads to the dashboard all the same"):
            browser.open(f"http://{ELSEWHERE}:{pages}/")
            browser.run("location.href = arguments[0]", base + "/login")
            browser.wait("document.getElementById('key') !== null")


if __name__ == "__main__":
    main()
