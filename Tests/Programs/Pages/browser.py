"""Chromium, by the W3C WebDriver protocol: https://www.w3.org/TR/webdriver2/"""
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

AXE = os.path.join(os.path.dirname(__file__), "../../../.deps/axe/axe_core_python/axe.min.js")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, width=1200, height=900, arguments=()):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = f"http://127.0.0.1:{line.split('port')[-1].strip(' .' + chr(10))}"
                break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                            f"--window-size={width},{height}", *arguments]}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.base += f"/session/{session['sessionId']}"

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{path}: {problem.read().decode()}") from None

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs the body of a function in the page and returns what that returns."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, condition, *arguments):
        """Until an expression in the page holds: asked whenever the page changes, for a minute at most."""
        self.call("POST", "/timeouts", {"script": 5000})
        script = f"""
            const done = arguments[arguments.length - 1];
            const check = () => {{ try {{ return ({condition}); }} catch (problem) {{ return false; }} }};
            if (check()) {{ done(true); return; }}
            const observer = new MutationObserver(() => {{ if (check()) {{ observer.disconnect(); done(true); }} }});
            const settle = () => {{ if (check()) done(true); }};
            document.addEventListener("readystatechange", settle);
            window.addEventListener("load", settle);
            observer.observe(document.documentElement, {{ childList: true, subtree: true, characterData: true, attributes: true }});
            """
        end = time.monotonic() + 60
        while True:
            try:
                return self.call("POST", "/execute/async", {"script": script, "args": list(arguments)})
            except AssertionError as problem:
                # The page that was asked may have gone; the next one is asked.
                if time.monotonic() > end:
                    text = self.run("return location.href + '\\n' + document.body.innerText")
                    raise AssertionError(f"not within a minute: {condition}\n{text}") from problem

    def faults(self):
        """What axe-core finds that is serious: https://github.com/dequelabs/axe-core"""
        with open(AXE) as script:
            self.call("POST", "/execute/sync", {"script": script.read(), "args": []})
        found = self.call("POST", "/execute/async", {"script": """
            const done = arguments[arguments.length - 1];
            axe.run().then((result) => done({ passes: result.passes.length, violations: result.violations
                .filter((one) => ["serious", "critical"].includes(one.impact))
                .map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" ")) }));""", "args": []})
        assert found["passes"] > 5, "axe has not looked"
        return found["violations"]

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def problems(self):
        """What stands in the console that is not mere information."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"}) if entry["level"] != "INFO"]

    def quiet(self):
        """Fails when something stands in the console."""
        problems = self.problems()
        assert not problems, problems

    def check_page(self):
        """Fails where a page has serious faults, is wider than a phone, or has something in the console."""
        faults = self.faults()
        assert faults == [], faults
        self.call("POST", "/window/rect", {"width": 500, "height": 900})
        assert self.run("return document.documentElement.scrollWidth <= window.innerWidth")
        self.quiet()

    def screenshot(self):
        """PNG, base64."""
        return self.call("GET", "/screenshot")

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.close()

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.kill()
            self.driver.wait()
