"""An evaluation's page in Chromium, against what its JSON says: `evaluation.py PAGE JSON`."""
import json
import sys

from cases import case
from pages import saved_page


def check_rates(browser, told):
    rows = browser.run("""return [...document.querySelectorAll('section[aria-labelledby=thresholds] tbody tr')]
        .map(row => [...row.cells].map(one => one.textContent))""")
    thresholds = [row["threshold"] for row in told["thresholds"]]
    assert [float(cells[0]) for cells in rows] == thresholds == [number / 20 for number in range(21)], rows
    for cells, row in zip(rows, told["thresholds"]):
        found, imagined = row["true_positive_rate"], row["false_positive_rate"]
        assert cells[1] == f"{100 * found['rate']:.1f} % ({100 * found['low']:.1f}–{100 * found['high']:.1f})", (cells, found)
        assert cells[2] == f"{found['count']} of {found['total']}", cells
        assert cells[4] == f"{imagined['count']} of {imagined['total']}", cells


def check_curves(browser, told):
    """They begin and end where they have to, within the picture."""
    wished = browser.run("return document.querySelectorAll('section[aria-labelledby=wishes] tbody tr').length")
    assert wished == len(told["wishes"]) == 2
    curves = browser.run("return [...document.querySelectorAll('.curve path.judged')].map(one => one.getAttribute('d'))")
    assert len(curves) == 2 and curves[0].startswith("M46 308") and curves[0].endswith("L346 8"), curves
    kept = [wish for wish in told["wishes"] if "row" in wish]
    assert browser.run("return document.querySelectorAll('.curve circle').length") == 2 * len(kept) == 2


def check_mistakes(browser, told):
    for kind, examples in [("false-positives", told["false_positives"]), ("false-negatives", told["false_negatives"])]:
        items = browser.run(f"""return [...document.querySelectorAll('section[aria-labelledby={kind}] li')]
            .map(one => one.textContent)""")
        assert len(items) == len(examples) > 0, items
        for text, example in zip(items, examples):
            assert example["name"] in text, (text, example)
        assert browser.run(f"""return [...document.querySelectorAll('section[aria-labelledby={kind}] img')]
            .filter(one => one.complete && one.naturalWidth > 0).length""") == len(examples)


def main():
    told = json.load(open(sys.argv[2]))
    with saved_page(sys.argv[1]) as browser:
        with case("rates stand beside their thresholds, with their bounds"):
            browser.quiet()
            check_rates(browser, told)
        with case("curves are drawn, with what was wished on them"):
            check_curves(browser, told)
        with case("mistakes are shown by name"):
            check_mistakes(browser, told)
        with case("pictures are veiled until they are clicked, and again after that"):
            blur = "return getComputedStyle(document.querySelector('.veil img')).filter"
            assert "blur" in browser.run(blur)
            browser.click(".veil")
            assert browser.run(blur) == "none"
            browser.click(".veil")
            assert "blur" in browser.run(blur)
        with case("what could not be judged is listed"):
            unjudged = browser.run("""return [...document.querySelectorAll('section[aria-labelledby=unjudged] tbody tr')]
                .map(row => row.cells[0].textContent)""")
            assert unjudged == [one["name"] for one in told["examples"] if "score" not in one] != [], unjudged
        with case("names are nothing but text"):
            assert browser.run("return document.querySelectorAll('i, b').length") == 0


if __name__ == "__main__":
    main()
