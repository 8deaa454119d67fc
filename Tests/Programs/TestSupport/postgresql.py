#!/usr/bin/env python3
"""A PostgreSQL server for tests, in a folder of its own, reached by a socket in it: `postgresql.py FOLDER`.

Prints where it listens. It ends when standard input does, so that it outlives nobody."""
import shutil
import signal
import sys

from postgres import Postgres

server = Postgres(sys.argv[1])
print(f"listening on {server.folder}", flush=True)
sys.stdin.read()
server.stop(signal.SIGQUIT)
shutil.rmtree(server.folder, ignore_errors=True)
