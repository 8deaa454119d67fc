"""What the programs of pages share, with the cases that all of them end with."""
import contextlib
import os
import pathlib
import tempfile

from browser import Browser
from cases import case
from servers import free_port, serve


@contextlib.contextmanager
def saved_page(path):
    """A browser that shows a page on disk."""
    with Browser() as browser:
        browser.open(pathlib.Path(path).as_uri())
        yield browser
        with case("the page has no serious faults, and fits a phone"):
            browser.check_page()


@contextlib.contextmanager
def served(program, *arguments):
    """`framesift serve`: its address, and the folder of its state."""
    with tempfile.TemporaryDirectory() as state:
        port = free_port()
        server = serve(program, port, *arguments, env={**os.environ, "XDG_STATE_HOME": state})
        try:
            yield f"http://127.0.0.1:{port}", state
        finally:
            with case("the server stops as it should"):
                server.terminate()
                assert server.wait(30) == 0
