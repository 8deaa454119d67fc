"""A report opened from disk in Chromium: `report.py PAGE RESULT`. Ends with 0 if it shows the result, and does what it says."""
import json
import pathlib
import sys

from browser import Browser

RIGHT, LEFT, END = "\ue014", "\ue012", "\ue010"


def without_scripts(page, segments):
    """The tables are there all the same, and nothing that would not work."""
    browser = Browser(arguments=["--blink-settings=scriptEnabled=false"])
    try:
        browser.open(page.as_uri())
        text = browser.call("GET", f"/element/{browser.find('#segment-0')}/text")
        assert segments[0]["category"] in text and "100.0 %" in text, text
        assert browser.call("GET", f"/element/{browser.find('#browser')}/displayed") is False
    finally:
        browser.close()


def main():
    page, result = pathlib.Path(sys.argv[1]), json.load(open(sys.argv[2]))
    frames, segments = result["frames"], result["segments"]
    browser = Browser()
    try:
        browser.open(page.as_uri())
        browser.quiet()
        assert browser.run("return document.title").startswith(result["final_decision"])
        # A lane a category; segments where the result has them.
        lanes = browser.run("return [...document.querySelectorAll('.label')].map(one => one.textContent)")
        assert lanes == sorted(result["categories"]), lanes
        places = browser.run("""return [...document.querySelectorAll('rect.segment')].map(one =>
            [Number(one.getAttribute('x')) / 1000, Number(one.getAttribute('width')) / 1000])""")
        end = max(result["media"]["duration"], frames[-1]["info"]["position"] + 1000 * result["frame_interval"])
        for (left, width), segment in zip(places, segments, strict=True):
            assert abs(left - segment["start"] / end) < 0.001 and abs(left + width - segment["end"] / end) < 0.003, (places, segments)
        rows = browser.run("return document.querySelectorAll('#segment-0, [id^=segment-]').length")
        assert rows == len(segments), rows
        # It begins at the first segment; arrow keys move along the samples.
        first = next(index for index, frame in enumerate(frames) if frame["info"]["position"] == segments[0]["start"])
        value = "return Number(document.getElementById('sample').value)"
        assert browser.run(value) == first
        shown = "const image = document.querySelector('#readout img'); return image ? image.src.length : 0"
        assert browser.run(shown) > 1000
        browser.type("#sample", RIGHT)
        assert browser.run(value) == first + 1
        assert browser.run(shown) > 1000
        browser.type("#sample", LEFT + LEFT)
        assert browser.run(value) == first - 1
        text = browser.run("return document.getElementById('readout').textContent")
        before = frames[first - 1]
        assert before["decision"] in text, text
        for name, score in before["scores"].items():
            assert f"{name}: {100 * round(score, 3):.1f} %" in text, text
        browser.type("#sample", END)
        assert browser.run(value) == len(frames) - 1
        # A click on a segment goes there.
        browser.click(".go")
        assert browser.run(value) == first
        # Pictures are veiled until they are clicked.
        blur = "return getComputedStyle(document.querySelector('td .veil img')).filter"
        assert "blur" in browser.run(blur)
        assert browser.run("return document.querySelector('td .veil img').naturalWidth") > 0
        browser.click("td .veil")
        assert browser.run(blur) == "none"
        # Second looks are told apart, where there were some.
        looks = result.get("confirmation")
        assert (browser.run("return document.querySelectorAll('path.dense[d^=M]').length") > 0) == bool(looks)
        words = browser.run("return [...document.querySelectorAll('[id^=segment-] td')].map(one => one.textContent)")
        assert ("confirmed" in words) == bool(looks), words
        # Nothing but text comes from names.
        assert browser.run("return document.querySelectorAll('h1 *').length") == 0
        assert result["media"]["uri"] == browser.run("return document.querySelector('h1').textContent")
        assert browser.run("return window.hacked === undefined")
        browser.check_page()
    finally:
        browser.close()
    without_scripts(page, segments)


if __name__ == "__main__":
    main()
