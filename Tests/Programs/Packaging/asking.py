"""A server that was installed: how it is started, and what it is asked."""
import json
import os
import shlex
import urllib.error
import urllib.request
import uuid

BASE = "http://127.0.0.1:8080"
KEY = "the-shop"
KEYS = f"keys: [{{key: {KEY}, name: shop}}]\n"


def put_keys(tree, folder, owner):
    """The file of keys, as systemd or a container hands it over."""
    os.makedirs(tree.path(folder), exist_ok=True)
    path = tree.path(f"{folder}/keys.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(KEYS)
    os.chmod(path, 0o400)
    os.chown(path, owner, owner)


class Unit:
    """What a unit of systemd says, with its folders as systemd names them."""
    credentials = "/run/credentials/framesift.service"

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.settings = {}
        for line in self.text.splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                value = value.replace("%S", "/var/lib").replace("%d", self.credentials)
                self.settings.setdefault(name, []).append(value)

    def one(self, name):
        [value] = self.settings[name]
        return value

    @property
    def command(self):
        return shlex.split(self.one("ExecStart"))

    @property
    def variables(self):
        pairs = [pair for line in self.settings["Environment"] for pair in shlex.split(line)]
        return {**dict(pair.split("=", 1) for pair in pairs), "CREDENTIALS_DIRECTORY": self.credentials}


def is_up():
    try:
        with urllib.request.urlopen(BASE + "/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def judged(video, key=KEY):
    """PicPurify's answer about a video."""
    boundary = uuid.uuid4().hex
    parts = [(f'name="{name}"', value.encode()) for name, value in [("API_KEY", key), ("task", "qr_code_moderation")]]
    with open(video, "rb") as file:
        parts.append(('name="file_video"; filename="clip.mp4"', file.read()))
    line = b"--" + boundary.encode()
    body = b"".join(line + b"\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), value)
                    for head, value in parts) + line + b"--\r\n"
    request = urllib.request.Request(BASE + "/analyse_video.php", body,
                                     {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)
