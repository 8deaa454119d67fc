"""An S3 server that can be away, as the programs of this folder need it: moto behind a front that refuses. Run with the
Python of the environment `objectstorage`."""
import http.client
import itertools
import threading

import boto3
from moto.server import ThreadedMotoServer

from servers import Handler, Server

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
BUSY = b"<Error><Code>SlowDown</Code></Error>"


class Bucket:
    """A bucket by its name, on ports that the system picked."""

    def __init__(self, name):
        self.name, self.lock = name, threading.Lock()
        self.is_away, self.left, self.refused, self.outages = False, None, itertools.count(), 0
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        self.store = self.moto.get_host_and_port()[1]
        self.client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.store}", aws_access_key_id="id",
                                   aws_secret_access_key="secret", region_name="us-east-1")
        self.client.create_bucket(Bucket=name)
        self.front = Server(front(self)).start()
        self.environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": self.front.base}

    def keys(self):
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def leave(self):
        """Refuses everything: every other request with 503, the others without a word. What is on its way breaks off."""
        with self.lock:
            self.is_away, self.left = True, None
            self.outages += 1

    def leave_after(self, count, for_good=True):
        """Breaks off after so many bytes of objects; and is away then, or refuses nothing."""
        with self.lock:
            self.left, self.for_good = count, for_good

    def come_back(self):
        with self.lock:
            self.is_away, self.left = False, None

    def allow(self, count):
        """How many of so many bytes of an object are sent now."""
        with self.lock:
            if self.is_away:
                return 0
            if self.left is None:
                return count
            allowed = min(count, self.left)
            self.left -= allowed
            if allowed < count:
                self.is_away, self.left = self.for_good, None
                self.outages += 1
            return allowed

    def stop(self):
        self.front.shutdown()
        self.moto.stop()


def front(bucket):
    class Front(Handler):
        def do_GET(self):
            body = self.body()
            if bucket.is_away:
                self.close_connection = True
                return self.answer(BUSY, "application/xml", 503) if next(bucket.refused) % 2 else None
            connection = http.client.HTTPConnection("127.0.0.1", bucket.store)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            step = 16 << 10
            for begin in range(0, len(content), step):
                part = content[begin:begin + step]
                allowed = bucket.allow(len(part)) if self.command == "GET" else len(part)
                self.wfile.write(part[:allowed])
                if allowed < len(part):
                    self.close_connection = True
                    return None
            return None

        do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

    return Front
