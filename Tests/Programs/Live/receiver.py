"""Somebody who is called back: notes what comes, and answers as it is told."""
import hashlib
import hmac
import json
import threading

from servers import Handler, Server


class Receiver:
    def __init__(self, secret=None):
        self.status, self.taken, self.refused, self.secret = 200, [], [], secret
        self.came = threading.Condition()
        outer = self

        class Answering(Handler):
            def do_POST(self):
                body = self.body()
                one = {"id": self.headers["Idempotency-Key"], "body": body, "json": json.loads(body),
                       "signed": outer.holds(self.headers.get("X-Framesift-Signature"), body)}
                with outer.came:
                    (outer.taken if outer.status < 300 else outer.refused).append(one)
                    outer.came.notify_all()
                self.answer(status=outer.status)

        self.server = Server(Answering).start()
        self.address = self.server.base + "/callback"

    def holds(self, signature, body):
        if not self.secret or not signature:
            return False
        time, code = (part.split("=", 1)[1] for part in signature.split(","))
        expected = hmac.new(self.secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(code, expected)

    def wait(self, holds, what, seconds=120):
        """Until what came is as wanted."""
        with self.came:
            if not self.came.wait_for(lambda: holds(self), seconds):
                raise AssertionError(f"{what}: not within {seconds} s")

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.server.shutdown()
        self.server.server_close()
