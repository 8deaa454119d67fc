#!/usr/bin/env python3
"""Runs a program where one name is never resolved: `black-hole.py PROGRAM`, under `unshare -rnm`.

In a network and a file system of their own, the only name server is a socket on loopback that answers for `named.test` and
says nothing about `hole.test`. Prints one JSON object: the program's lines, and which names were asked for.
"""
import json
import socket
import subprocess
import sys
import tempfile
import threading

from servers import Handler, Server

program = sys.argv[1]
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
settings = tempfile.NamedTemporaryFile("w")
settings.write("nameserver 127.0.0.53\noptions timeout:30 attempts:1\n")
settings.flush()
subprocess.run(["mount", "--bind", settings.name, "/etc/resolv.conf"], check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.53", 53))
asked = set()


def name_of(question):
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    return ".".join(labels), question[12:at + 5], question[at + 2]


def serve():
    while True:
        question, client = server.recvfrom(4096)
        name, section, kind = name_of(question)
        asked.add(name)
        if name != "named.test":
            continue
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if kind == 1 else b""
        server.sendto(question[:2] + b"\x81\x80\0\1\0" + bytes([kind == 1]) + b"\0\0\0\0" + section + answer, client)


class NoContent(Handler):
    protocol_version = "HTTP/1.0"  # a connection a call

    def do_GET(self):
        self.answer(status=204)


threading.Thread(target=serve, daemon=True).start()
http = Server(NoContent).start()
addresses = [f"http://{host}:{http.server_port}/" for host in ("127.0.0.1", "hole.test", "named.test")]
lines = subprocess.run([program] + addresses, capture_output=True, text=True).stdout.splitlines()
print(json.dumps({"lines": lines, "asked": sorted(asked)}))
