"""An S3 server that checks every signature: moto stores, botocore's own signer says what is signed right.

Prints the port, and ends with its standard input. Then follows lines on standard input, each a JSON list of a method of boto3's client and its arguments, and
prints its answer. Called with a region, it takes only requests that are signed for it.
"""
import datetime
import hashlib
import http.client
import json
import logging
import os
import re
import sys
import urllib.parse

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from servers import Handler, Server

KEY, SECRET, TOKEN = "AKIDFRAMESIFTTEST", "a+secret/that=no:one&sees", "temporary+token/of==a-session"
HEADER = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)")

# What was asked: method, path and whether it was let through.
SEEN = []
# Paths whose next answer breaks off in the middle.
CUT = set()


def error(code, region):
    more = f"<Region>{region}</Region>" if region else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>no</Message>{more}</Error>'.encode()


def encode(text, safe):
    return urllib.parse.quote(urllib.parse.unquote_to_bytes(text), safe=safe)


def canonical(path):
    """As S3 reads an address: what was sent is decoded, and encoded anew."""
    raw, _, query = path.partition("?")
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    again = "&".join(f"{encode(name, '-_.~')}={encode(value, '-_.~')}" for name, value in pairs)
    return encode(raw, "/-_.~") + ("?" + again if again else "")


def problem(method, path, headers, body, region):
    """Why S3 would refuse a request; None if it would not."""
    match = HEADER.fullmatch(headers.get("Authorization", ""))
    if not match:
        return "AccessDenied"
    key, day, scope, names, signature = match.groups()
    if key != KEY:
        return "InvalidAccessKeyId"
    if region and scope != region:
        return "AuthorizationHeaderMalformed"
    names = names.split(";")
    date = headers.get("X-Amz-Date", "")
    moment = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    if abs(datetime.datetime.now(datetime.UTC) - moment) > datetime.timedelta(minutes=15) or day != date[:8]:
        return "RequestTimeTooSkewed"
    needed = {"host"} | {name.lower() for name in headers if name.lower().startswith("x-amz-")}
    if not needed <= set(names):
        return "AccessDenied"
    content = headers.get("X-Amz-Content-Sha256")
    if content != hashlib.sha256(body).hexdigest():
        return "XAmzContentSHA256Mismatch"
    token = headers.get("X-Amz-Security-Token")
    if token is not None and token != TOKEN:
        return "InvalidToken"
    request = AWSRequest(method, f"http://{headers['Host']}{canonical(path)}",
                         headers={name: headers[name] for name in names if name != "host"})
    request.context["timestamp"] = date
    signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", scope)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return None if expected == signature else "SignatureDoesNotMatch"


def gate(store, region):
    class Gate(Handler):
        def do_GET(self):
            body = self.body()
            found = problem(self.command, self.path, self.headers, body, region)
            SEEN.append([self.command, self.path, self.headers.get("Range"), found])
            if found:
                return self.answer(error(found, region), "application/xml", 400 if "Malformed" in found else 403)
            connection = http.client.HTTPConnection("127.0.0.1", store)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.path in CUT:
                CUT.remove(self.path)
                content, self.close_connection = content[:len(content) // 2], True
            self.wfile.write(content)

        do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

    return Server(Gate).start()


def follow(client, command):
    name, arguments = command
    if name == "seen":
        return SEEN
    if name == "cut":
        return CUT.add(arguments["Path"])
    if name == "digest":
        content = client.get_object(**arguments)["Body"].read()
        return hashlib.sha256(content).hexdigest()
    if name == "fill":
        for number in range(arguments["count"]):
            client.put_object(Bucket=arguments["Bucket"], Key=arguments["Prefix"] + f"{number:05}", Body=b"x" * (number % 7))
        return None
    if "File" in arguments:
        with open(arguments.pop("File"), "rb") as file:
            arguments["Body"] = file.read()
    answer = getattr(client, name)(**arguments)
    answer.pop("ResponseMetadata")
    return answer


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, store = server.get_host_and_port()
    front = gate(store, sys.argv[1] if len(sys.argv) > 1 else None)
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{store}", region_name="us-east-1", aws_access_key_id="any",
                          aws_secret_access_key="any", config=Config(s3={"addressing_style": "path"}))
    print(front.server_port, flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps(follow(client, json.loads(line)), default=str), flush=True)
        except Exception as problem:
            print(json.dumps({"problem": str(problem)}), flush=True)
    # Whoever started it is gone.
    os._exit(0)


main()
