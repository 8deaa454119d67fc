#!/usr/bin/env python3
"""PgBouncer before a database of `postgresql.py`, in transaction mode: `pgbouncer.py FOLDER DATABASE`, the server's folder.

Prints its port, and ends when standard input does."""
import os
import sys
import tempfile
import types

from postgres import PgBouncer

with tempfile.TemporaryDirectory(prefix="framesift-pgbouncer-") as folder:
    os.chmod(folder, 0o755)
    bouncer = PgBouncer(folder, types.SimpleNamespace(folder=sys.argv[1], port=None), sys.argv[2])
    print(bouncer.port, flush=True)
    sys.stdin.read()
    bouncer.stop()
