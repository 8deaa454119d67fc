"""A report opened from disk in Chromium: `report.py PAGE RESULT`."""
import json
import pathlib
import sys

from browser import Browser
from cases import case
from pages import saved_page

RIGHT, LEFT, END = "\ue014", "\ue012", "\ue010"


def without_scripts(page, segments):
    with Browser(arguments=["--blink-settings=scriptEnabled=false"]) as browser:
        browser.open(pathlib.Path(page).as_uri())
        text = browser.call("GET", f"/element/{browser.find('#segment-0')}/text")
        assert segments[0]["category"] in text and "100.0 %" in text, text
        assert browser.call("GET", f"/element/{browser.find('#browser')}/displayed") is False


def seek(browser, frames, segments):
    """It begins at the first segment; arrow keys move along the samples, and a click on a segment goes there."""
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
    browser.click(".go")
    assert browser.run(value) == first


def check_lanes(browser, result):
    frames, segments = result["frames"], result["segments"]
    lanes = browser.run("return [...document.querySelectorAll('.label')].map(one => one.textContent)")
    assert lanes == sorted(result["categories"]), lanes
    places = browser.run("""return [...document.querySelectorAll('rect.segment')].map(one =>
        [Number(one.getAttribute('x')) / 1000, Number(one.getAttribute('width')) / 1000])""")
    end = max(result["media"]["duration"], frames[-1]["info"]["position"] + 1000 * result["frame_interval"])
    for (left, width), segment in zip(places, segments, strict=True):
        assert abs(left - segment["start"] / end) < 0.001 and abs(left + width - segment["end"] / end) < 0.003, (places, segments)
    rows = browser.run("return document.querySelectorAll('#segment-0, [id^=segment-]').length")
    assert rows == len(segments), rows


def main():
    page, result = sys.argv[1], json.load(open(sys.argv[2]))
    with saved_page(page) as browser:
        with case("its title says the decision"):
            browser.quiet()
            assert browser.run("return document.title").startswith(result["final_decision"])
        with case("each category has a lane, with its segments where the result has them"):
            check_lanes(browser, result)
        with case("arrow keys move along the samples, and a click goes to a segment"):
            seek(browser, result["frames"], result["segments"])
        with case("pictures are veiled until they are clicked"):
            blur = "return getComputedStyle(document.querySelector('td .veil img')).filter"
            assert "blur" in browser.run(blur)
            assert browser.run("return document.querySelector('td .veil img').naturalWidth") > 0
            browser.click("td .veil")
            assert browser.run(blur) == "none"
        with case("second looks are told apart, where there were some"):
            looks = result.get("confirmation")
            assert (browser.run("return document.querySelectorAll('path.dense[d^=M]').length") > 0) == bool(looks)
            words = browser.run("return [...document.querySelectorAll('[id^=segment-] td')].map(one => one.textContent)")
            assert ("confirmed" in words) == bool(looks), words
        with case("names are nothing but text"):
            assert browser.run("return document.querySelectorAll('h1 *').length") == 0
            assert result["media"]["uri"] == browser.run("return document.querySelector('h1').textContent")
            assert browser.run("return window.hacked === undefined")
    with case("without scripts the tables are there, and nothing that would not work"):
        without_scripts(page, result["segments"])


if __name__ == "__main__":
    main()
