"""The index over results, and two side by side, in Chromium: `comparisons.py INDEX DIFF`. Ends with 0 if they show what they should."""
import pathlib
import sys

from browser import Browser


def main():
    index, diff = (pathlib.Path(path) for path in sys.argv[1:3])
    browser = Browser()
    try:
        browser.open(index.as_uri())
        browser.quiet()
        column = "return [...document.querySelectorAll('#results tbody tr')].map(row => row.cells[arguments[0]].textContent.trim())"

        def sort(number):
            browser.click(f"#results th:nth-child({number + 1}) button")
            return browser.run(column, number)

        # By decision, both ways; by when, as times and not as words; by length.
        assert sort(0) == ["KO", "KO", "KO", "OK"] and sort(0) == ["OK", "KO", "KO", "KO"], browser.run(column, 0)
        worst = [when for when, decision in zip(sort(4), browser.run(column, 0)) if decision == "KO"]
        assert worst == ["0:02", "0:03", "0:06"], worst
        assert sort(7) == ["0:04", "0:05", "0:10", "0:12"], browser.run(column, 7)
        assert browser.run("return document.querySelectorAll('th[aria-sort=ascending]').length") == 1
        assert browser.run("return document.querySelectorAll('#results i').length") == 0
        assert browser.faults() == [], browser.faults()
        # Each leads to its own page.
        browser.click("#results tbody tr:last-child a")
        browser.wait("document.querySelector('h1').textContent.endsWith('qr.mp4') && document.querySelector('.segment')")
        browser.quiet()

        browser.open(diff.as_uri())
        browser.quiet()
        rows = browser.run("return [...document.querySelectorAll('table tbody tr')].map(row => [...row.cells].map(one => one.textContent))")
        # One second of sampling sees the code until 10 s; a tenth until 9.6 s.
        assert [row[:2] for row in rows] == [["0:09.600", "0:10"]], rows
        assert browser.run("return document.querySelectorAll('svg.chart').length") == 2
        assert browser.faults() == [], browser.faults()
        browser.quiet()
    finally:
        browser.close()


if __name__ == "__main__":
    main()
