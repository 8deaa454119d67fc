"""An evaluation's page in Chromium: `evaluation.py PAGE JSON`. Ends with 0 if it shows what the JSON says."""
import json
import pathlib
import sys

from browser import Browser


def main():
    page, told = pathlib.Path(sys.argv[1]), json.load(open(sys.argv[2]))
    browser = Browser()
    try:
        browser.open(page.as_uri())
        browser.quiet()
        rows = browser.run("""return [...document.querySelectorAll('section[aria-labelledby=thresholds] tbody tr')]
            .map(row => [...row.cells].map(one => one.textContent))""")
        assert len(rows) == len(told["thresholds"]) == 21, rows
        for cells, row in zip(rows, told["thresholds"]):
            found, imagined = row["true_positive_rate"], row["false_positive_rate"]
            assert float(cells[0]) == row["threshold"], cells
            assert cells[1] == f"{100 * found['rate']:.1f} % ({100 * found['low']:.1f}–{100 * found['high']:.1f})", (cells, found)
            assert cells[2] == f"{found['count']} of {found['total']}", cells
            assert cells[4] == f"{imagined['count']} of {imagined['total']}", cells
        wished = browser.run("return document.querySelectorAll('section[aria-labelledby=wishes] tbody tr').length")
        assert wished == len(told["wishes"]) == 2
        # The curves begin and end where they have to, within the picture.
        curves = browser.run("return [...document.querySelectorAll('.curve path.judged')].map(one => one.getAttribute('d'))")
        assert len(curves) == 2 and curves[0].startswith("M46 308") and curves[0].endswith("L346 8"), curves
        kept = [wish for wish in told["wishes"] if "row" in wish]
        assert browser.run("return document.querySelectorAll('.curve circle').length") == 2 * len(kept) == 2
        # Mistakes, by name, veiled until they are clicked.
        for kind, examples in [("false-positives", told["false_positives"]), ("false-negatives", told["false_negatives"])]:
            items = browser.run(f"""return [...document.querySelectorAll('section[aria-labelledby={kind}] li')]
                .map(one => one.textContent)""")
            assert len(items) == len(examples) > 0, items
            for text, example in zip(items, examples):
                assert example["name"] in text, (text, example)
            assert browser.run(f"""return [...document.querySelectorAll('section[aria-labelledby={kind}] img')]
                .filter(one => one.complete && one.naturalWidth > 0).length""") == len(examples)
        blur = "return getComputedStyle(document.querySelector('.veil img')).filter"
        assert "blur" in browser.run(blur)
        browser.click(".veil")
        assert browser.run(blur) == "none"
        browser.click(".veil")
        assert "blur" in browser.run(blur)
        unjudged = browser.run("""return [...document.querySelectorAll('section[aria-labelledby=unjudged] tbody tr')]
            .map(row => row.cells[0].textContent)""")
        assert unjudged == [one["name"] for one in told["examples"] if "score" not in one] != [], unjudged
        # Nothing but text comes from names.
        assert browser.run("return document.querySelectorAll('i, b').length") == 0
        browser.check_page()
    finally:
        browser.close()


if __name__ == "__main__":
    main()
