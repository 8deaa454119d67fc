"""What a program tries, case by case. `CaseReport` reads what it prints, and has this folder on PYTHONPATH."""
import contextlib
import json
import traceback


@contextlib.contextmanager
def case(name):
    """Prints whether what happens within holds: a line of JSON. The cases after one that does not are tried all the same."""
    failure = None
    try:
        yield
    except Exception:
        failure = traceback.format_exc()
    print(json.dumps({"case": name, "failure": failure}), flush=True)
