#!/usr/bin/env python3
"""Runs a program where one name is never resolved: `black-hole.py PROGRAM`, under `unshare -rnm`.

In a network and a file system of their own, the only name server is a socket on loopback that answers for `named.test` and
`mixed.test`, which has a public address, too, and says nothing about `hole.test`. Prints one JSON object: the program's lines, and which names were asked for.
"""
import json
import socket
import subprocess
import sys
import tempfile
import threading

from servers import Handler, Server

program = sys.argv[1]
PRIVATE, PUBLIC = "127.0.0.1", "8.8.8.8"
NAMES = {"named.test": [PRIVATE], "mixed.test": [PRIVATE, PUBLIC]}
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"], check=True)
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
        if name.endswith(".test"):  # else it is what a server of this program wants to know of itself
            asked.add(name)
        if name == "hole.test":
            continue
        addresses = NAMES.get(name, []) if kind == 1 else []
        answers = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + socket.inet_aton(address) for address in addresses)
        counts = b"\0\1\0" + bytes([len(addresses)]) + b"\0\0\0\0"
        server.sendto(question[:2] + b"\x81\x80" + counts + section + answers, client)


class NoContent(Handler):
    protocol_version = "HTTP/1.0"  # a connection a call

    def do_GET(self):
        self.answer(status=204)


threading.Thread(target=serve, daemon=True).start()
http = Server(NoContent).start()
Server(NoContent, PUBLIC, http.server_port).start()
addresses = [f"http://{host}:{http.server_port}/" for host in (PRIVATE, "hole.test", "named.test", "mixed.test")]
lines = subprocess.run([program] + addresses, capture_output=True, text=True).stdout.splitlines()
print(json.dumps({"lines": lines, "asked": sorted(asked)}))
