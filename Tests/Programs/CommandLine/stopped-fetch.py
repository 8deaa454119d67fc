"""Stops a program while it fetches: stopped-fetch.py PROGRAM ARGUMENTS...

Its index is a server that takes connections and never answers. Once the connection stands, the program is interrupted;
then everything it began has to end too. Seen by its standard error, which all of them hold.
"""
import os
import signal
import socket
import subprocess
import sys

index = socket.create_server(("127.0.0.1", 0))
address = f"http://127.0.0.1:{index.getsockname()[1]}/"
environment = {**os.environ, "PIP_INDEX_URL": address, "PIP_EXTRA_INDEX_URL": "", "PIP_NO_INDEX": "0"}
program = subprocess.Popen(sys.argv[1:], env=environment, stderr=subprocess.PIPE)
index.settimeout(60)
connection, _ = index.accept()
program.send_signal(signal.SIGINT)
try:
    program.communicate(timeout=60)
except subprocess.TimeoutExpired:
    sys.exit("what it began goes on")
connection.settimeout(60)
while connection.recv(4096):  # ends when the other side is gone
    pass
