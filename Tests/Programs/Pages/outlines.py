"""The outlines of a report in Chromium: `outlines.py PAGE RESULT`. Every picture of the result has a line of text first and
a body part."""
import json
import sys

from cases import case
from pages import saved_page

# Of the still at an index: the outlines of a kind, as label, and left, top, right and bottom edge in fractions of its image.
BOXES = """
    const veil = document.querySelector(arguments[0]), image = veil.querySelector("img").getBoundingClientRect();
    return [...veil.querySelectorAll(".outline." + arguments[1])].map((box) => {
        const at = box.getBoundingClientRect();
        return [box.textContent, (at.left - image.left) / image.width, (at.top - image.top) / image.height,
            (at.right - image.left) / image.width, (at.bottom - image.top) / image.height];
    });"""
LABEL = "return getComputedStyle(document.querySelector('td .outline.line span')).display"
EDGE = "return getComputedStyle(document.querySelector('td .outline.line')).borderTopColor"
VEIL = "return getComputedStyle(document.querySelector('td .veil img')).filter"
PART = "return getComputedStyle(document.querySelector('td .outline.part')).backdropFilter"
NOTHING = "rgba(0, 0, 0, 0)"


def outlined(browser, veil, details):
    """Each line of text is where the result has it; so is the part."""
    lines = browser.run(BOXES, veil, "line")
    assert [line[0] for line in lines] == [line["text"] for line in details["lines"]], lines
    for line, expected in zip(lines, details["lines"]):
        xs, ys = [[corner[axis] for corner in expected["corners"]] for axis in "xy"]
        for seen, true in zip(line[1:], (min(xs), min(ys), max(xs), max(ys))):
            assert abs(seen - true) < 0.02, (line, expected)
    (label, *edges), = browser.run(BOXES, veil, "part")
    assert label == "belly exposed 80 %", label
    assert all(abs(seen - true) < 0.02 for seen, true in zip(edges, (0.3, 0.3, 0.6, 0.7))), edges


def press_key(browser):
    assert browser.run(LABEL) != "none" and browser.run(EDGE) != NOTHING
    pressed = "return document.getElementById('outlines').getAttribute('aria-pressed')"
    for focus, shown in (("body", "false"), ("#sample", "true"), ("#outlines", "false")):
        browser.type(focus, "b")
        assert browser.run(pressed) == shown
        assert (browser.run(LABEL) != "none") == (browser.run(EDGE) != NOTHING) == (shown == "true"), focus
        assert "blur" in browser.run(PART)
    browser.click("#outlines")
    assert browser.run(pressed) == "true" and browser.run(LABEL) != "none"
    assert "b outlines" in browser.run("return document.getElementById('browser').innerText")


def main():
    result = json.load(open(sys.argv[2]))
    at = {frame["info"]["position"]: frame["details"] for frame in result["frames"]}
    with saved_page(sys.argv[1]) as browser:
        with case("what was found is outlined where it is"):
            outlined(browser, "td .veil", at[result["segments"][0]["peak"]["position"]])
            outlined(browser, "#readout .veil", at[result["segments"][0]["start"]])
        with case("a click shows the picture, another its body parts, a third veils it"):
            states = [(browser.run(VEIL), browser.run(PART))]
            for _ in range(3):
                browser.click("td .veil")
                states.append((browser.run(VEIL), browser.run(PART)))
            blurred = [("blur" in veil, "blur" in part) for veil, part in states]
            assert blurred == [(True, True), (False, True), (False, False), (True, True)], states
        with case("a key takes the outlines away, whatever has the focus, but no blur"):
            press_key(browser)
        with case("what a picture says is text"):
            assert browser.run("return window.hacked === undefined && document.querySelector('.outline img') === null")


if __name__ == "__main__":
    main()
