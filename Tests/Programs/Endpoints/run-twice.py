"""Runs a program twice at once: `run-twice.py STATE STATE RESULTS PROGRAM ARGUMENT…`.

Each run has its state in a folder of its own, or both in one; what they print goes to 0.json and 1.json in RESULTS.
"""
import os
import subprocess
import sys

states, results, command = sys.argv[1:3], sys.argv[3], sys.argv[4:]
programs = []
for number, state in enumerate(states):
    with open(f"{results}/{number}.json", "w") as output:
        programs.append(subprocess.Popen(command, stdout=output, env=dict(os.environ, XDG_STATE_HOME=state)))
for program in programs:
    program.wait()
