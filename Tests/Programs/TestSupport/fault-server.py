#!/usr/bin/env python3
"""A service that fails as it is told: `fault-server.py SCRIPT.json [CERTIFICATE KEY]`.

SCRIPT is a list of behaviours, one a request, the last one for all that follow; one that is `held` answers once standard
input has had a line. Prints its port, then a line of JSON a request (path and size of the body). On loopback only.
"""
import json
import socket
import ssl
import struct
import sys
import threading

with open(sys.argv[1]) as file:
    script = json.load(file)
context = None
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
lock, served = threading.Lock(), 0
released = threading.Event()


def note(path, size):
    """One write a line, and one at a time: those of several threads would run into each other."""
    with lock:
        sys.stdout.write(json.dumps({"path": path, "size": size}) + "\n")
        sys.stdout.flush()


def release_when_told():
    if sys.stdin.readline():
        released.set()


def next_behaviour():
    global served
    with lock:
        behaviour = script[min(served, len(script) - 1)]
        served += 1
        return behaviour


def read_request(connection):
    """Returns path and body's size; None at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
    size = len(body)
    while size < length:
        more = connection.recv(65536)
        if not more:
            return None
        size += len(more)
    return lines[0].split(" ")[1], size


def wait_for_end(connection):
    """Until the client has had enough."""
    while connection.recv(65536):
        pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def endlessly(connection, head, body):
    """Sends the body again and again, without saying how long it is, until the client has had enough; 256 MB at most."""
    try:
        connection.sendall(head)
        for _ in range((256 << 20) // len(body)):
            connection.sendall(body)
    except OSError:
        pass
    connection.close()


def answer(connection, behaviour):
    """Returns whether the connection goes on."""
    kind = behaviour.get("kind", "answer")
    if kind == "reset":
        reset(connection)
        return False
    if kind == "silence":
        wait_for_end(connection)
        return False
    body = behaviour.get("body", "").encode() * behaviour.get("times", 1)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **behaviour.get("headers", {})}
    head = f"HTTP/1.1 {behaviour.get('status', 200)} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    if kind == "endless":
        endlessly(connection, head.replace(f"Content-Length: {len(body)}\r\n", "").encode(), body)
        return False
    if kind == "end-mid-body":
        connection.sendall(head.encode() + body[: len(body) // 2])
        connection.shutdown(socket.SHUT_RDWR)
        return False
    if kind == "reset-mid-body":
        connection.sendall(head.encode() + body[: len(body) // 2])
        reset(connection)
        return False
    if kind == "stall-mid-body":
        connection.sendall(head.encode() + body[: len(body) // 2])
        wait_for_end(connection)
        return False
    try:
        connection.sendall(head.encode() + body)
    except OSError:
        return False
    return True


def serve(connection):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        while True:
            request = read_request(connection)
            if request is None:
                return
            behaviour = next_behaviour()
            note(*request)
            if behaviour.get("isHeld"):
                released.wait()
            if not answer(connection, behaviour):
                return
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=release_when_told, daemon=True).start()
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
