"""Pages of other sites, in Chromium, against `framesift serve` without keys: `cross-site.py FRAMESIFT PICTURE`."""
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request

from browser import Browser
from cases import case
from Live.station import free_port, serve

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


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>page</title><p>A page."
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def judged(base):
    text = urllib.request.urlopen(base + "/metrics", timeout=30).read().decode()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("framesift_pictures_judged_total"))


def main():
    with tempfile.TemporaryDirectory() as state:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        server = serve(FRAMESIFT, port, env={**os.environ, "XDG_STATE_HOME": state})
        pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        browser = Browser(arguments=[f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"])
        picture = subprocess.run(["base64", "-w0", PICTURE], check=True, capture_output=True, text=True).stdout
        listing = f"{base}/1.0/video/ongoing.json?{CREDENTIALS}"
        stopping = f"{base}/1.0/video/byid.json?{CREDENTIALS}&id=med_1"

        def ask(script, *arguments):
            return browser.call("POST", "/execute/async", {"script": script, "args": list(arguments)})
        try:
            for host, may in (("localhost", True), ("127.0.0.1", True), (ELSEWHERE, False)):
                with case(f"a page of {host} can {'read and ask' if may else 'neither read nor ask'}"):
                    browser.open(f"http://{host}:{pages.server_port}/")
                    for url, how in ((listing, {}), (stopping, {"method": "DELETE"})):
                        seen = ask(READ, url, how)
                        assert (seen == "TypeError") != may and ('"status":' in seen) == may, (host, url, seen)
                    before = judged(base)
                    ask(JUDGE, base + "/moderate/?key=k", picture)
                    assert judged(base) == before + may, host
            with case("under the name of another site there is a refusal, and no page to log in on"):
                browser.open(f"http://{ELSEWHERE}:{port}/login")
                assert browser.run("return document.querySelector('form') === null && document.body.innerText.includes('localhost')")
                seen = ask(READ, f"/1.0/video/ongoing.json?{CREDENTIALS}", {})
                assert '"status":"failure"' in seen, seen
            with case("a link of another site leads to the dashboard all the same"):
                browser.open(f"http://{ELSEWHERE}:{pages.server_port}/")
                browser.run("location.href = arguments[0]", base + "/login")
                browser.wait("document.getElementById('key') !== null")
        finally:
            browser.close()
            with case("the server stops as it should"):
                server.terminate()
                assert server.wait(30) == 0


if __name__ == "__main__":
    main()
