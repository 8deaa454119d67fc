"""Answers with what was sent, as Python's own parsers read it: prints its port, and answers with JSON. On loopback only.

A form is {name: value}, a multipart body {name: [filename, type, text]}, any other its text.
"""
import email
import json
import urllib.parse

from servers import Handler, Server


def parsed(kind, body):
    if kind == "application/x-www-form-urlencoded":
        return {"form": dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))}
    if kind and kind.startswith("multipart/form-data"):
        message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        return {"parts": {part.get_param("name", header="content-disposition"): [
            part.get_filename(), part.get("content-type"), part.get_payload(decode=True).decode("latin-1")]
            for part in message.get_payload()}}
    return {"text": body.decode("latin-1")}


class Echo(Handler):
    def echo(self):
        found = parsed(self.headers.get("Content-Type"), self.body())
        found |= {"method": self.command, "path": self.path, "agent": self.headers.get("User-Agent")}
        self.answer(json.dumps(found).encode(), headers=[("Retry-After", "7")])

    do_GET = do_POST = do_PUT = echo


Server(Echo).announce()
