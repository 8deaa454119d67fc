#!/usr/bin/env python3
"""A client that sends without an end and looks for an answer meanwhile: `endless.py PORT LENGTH HEAD`.

HEAD is a request's head, LENGTH a Content-Length, or `chunked`. Sends at most 256 MB, which no refusal lets through.
Prints one JSON object: bytes sent, the answer, whether the server closed the connection.
"""
import json
import selectors
import socket
import sys

port, length, head = sys.argv[1:4]
most = 256 << 20
block = b"x" * 65536
framing = "Transfer-Encoding: chunked" if length == "chunked" else f"Content-Length: {length}"
if length == "chunked":
    block = b"%x\r\n%s\r\n" % (len(block), block)
client = socket.create_connection(("127.0.0.1", int(port)), timeout=60)
client.sendall(f"{head}\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
client.setblocking(False)
selector = selectors.DefaultSelector()
selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
sent, answer, closed, rest = 0, b"", False, b""
while not closed and sent < most:
    events = selector.select(60)
    assert events, "nothing happens"
    for _, mask in events:
        try:
            if mask & selectors.EVENT_READ:
                read = client.recv(65536)
                answer += read
                closed = closed or not read
            if mask & selectors.EVENT_WRITE:
                rest = rest or block
                count = client.send(rest)
                rest = rest[count:]
                sent += count
        except (BrokenPipeError, ConnectionResetError):
            closed = True
head, _, body = answer.partition(b"\r\n\r\n")
lines = head.decode().split("\r\n")
print(json.dumps({
    "sent": sent, "closed": closed, "status": int((lines[0].split() + ["0", "0"])[1]), "body": body.decode(),
    "headers": {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])},
}))
