"""The index over results, and two side by side, in Chromium: `comparisons.py INDEX DIFF`."""
import pathlib
import sys

from browser import Browser
from cases import case


def index(browser, page):
    browser.open(page.as_uri())
    column = "return [...document.querySelectorAll('#results tbody tr')].map(row => row.cells[arguments[0]].textContent.trim())"

    def sort(number):
        browser.click(f"#results th:nth-child({number + 1}) button")
        return browser.run(column, number)

    with case("results sort by decision, both ways"):
        browser.quiet()
        assert sort(0) == ["KO", "KO", "KO", "OK"] and sort(0) == ["OK", "KO", "KO", "KO"], browser.run(column, 0)
    with case("results sort by when they were worst and by length, as times and not as words"):
        worst = [when for when, decision in zip(sort(4), browser.run(column, 0)) if decision == "KO"]
        assert worst == ["0:02", "0:03", "0:06"], worst
        assert sort(7) == ["0:04", "0:05", "0:10", "0:12"], browser.run(column, 7)
        assert browser.run("return document.querySelectorAll('th[aria-sort=ascending]').length") == 1
    with case("the index takes names for nothing but text"):
        assert browser.run("return document.querySelectorAll('#results i').length") == 0
    with case("the index has no serious faults"):
        assert browser.faults() == [], browser.faults()
    with case("each result leads to its own page"):
        browser.click("#results tbody tr:last-child a")
        browser.wait("document.querySelector('h1').textContent.endsWith('qr.mp4') && document.querySelector('.segment')")
        browser.quiet()


def differences(browser, page):
    browser.open(page.as_uri())
    with case("two results are told apart where they disagree"):
        browser.quiet()
        rows = browser.run("return [...document.querySelectorAll('table tbody tr')].map(row => [...row.cells].map(one => one.textContent))")
        # One second of sampling sees the code until 10 s; a tenth until 9.6 s.
        assert [row[:2] for row in rows] == [["0:09.600", "0:10"]], rows
        assert browser.run("return document.querySelectorAll('svg.chart').length") == 2
    with case("two results side by side have no serious faults"):
        assert browser.faults() == [], browser.faults()
        browser.quiet()


def main():
    pages = [pathlib.Path(path) for path in sys.argv[1:3]]
    with Browser() as browser:
        index(browser, pages[0])
        differences(browser, pages[1])


if __name__ == "__main__":
    main()
