#!/usr/bin/env python3
"""Uploads that go through a bucket: `media.py FRAMESIFT CLIP`. Run with the Python of the environment `objectstorage`.

A server takes uploads, and a worker with another folder for its state judges them."""
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid

import boto3
from moto.server import ThreadedMotoServer

import servers
from cases import case
from postgres import Postgres

FRAMESIFT, CLIP = sys.argv[1], sys.argv[2]
KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


def upload(port):
    """Submits the clip. The status, and the job's medium."""
    border = uuid.uuid4().hex
    fields = {"models": "qr-content", "interval": "1", "api_user": "u", "api_secret": "s"}
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    with open(CLIP, "rb") as file:
        parts.append(f'--{border}\r\nContent-Disposition: form-data; name="media"; filename="clip.mp4"\r\n\r\n'.encode()
                     + file.read() + f"\r\n--{border}--\r\n".encode())
    request = urllib.request.Request(f"http://127.0.0.1:{port}/1.0/video/check.json", b"".join(parts),
                                     {"Content-Type": f"multipart/form-data; boundary={border}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)["media"]["id"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def main():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    endpoint = "http://{}:{}".format(*moto.get_host_and_port())
    storage = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="id", aws_secret_access_key="secret",
                           region_name="us-east-1")
    storage.create_bucket(Bucket="uploads")
    with tempfile.TemporaryDirectory(prefix="framesift-media-") as folder:
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/postgres")
        postgres = Postgres(f"{folder}/postgres", servers.free_port())
        postgres.create("fleet")
        environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL_S3": endpoint,
                       "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{postgres.port}/fleet"}

        def serve(bucket):
            port = servers.free_port()
            return port, servers.serve(FRAMESIFT, port, "--no-work", "--media", f"s3://{bucket}/jobs/",
                                       env={**environment, "XDG_STATE_HOME": f"{folder}/server"})

        def keys():
            return [one["Key"] for one in storage.list_objects_v2(Bucket="uploads").get("Contents", [])]

        port, server = serve("uploads")
        other, missing = serve("nowhere")
        running = [server, missing]
        try:
            with case("an upload waits in the bucket, and not on the server"):
                status, media = upload(port)
                assert status == 200 and keys() == [f"jobs/{media}"], (status, media, keys())
                files = [name for _, _, names in os.walk(f"{folder}/server") for name in names if name.endswith(".job")]
                assert files == [], files
            with case("a worker of another machine judges it, and then it is gone"):
                worker = subprocess.Popen(
                    [FRAMESIFT, "work", "--media", "s3://uploads/jobs/", "--log-level", "error"], **servers.QUIET,
                    env={**environment, "XDG_STATE_HOME": f"{folder}/worker"})
                running.append(worker)
                servers.until(lambda: postgres.ask("fleet", "SELECT status, frames, ko FROM job") == [["finished", "12", "4"]],
                              "the worker's verdict")
                servers.until(lambda: keys() == [], "the object's end")
            with case("a bucket that is not there refuses the upload, in the API's words"):
                status, answer = upload(other)
                assert status == 503 and answer["status"] == "failure", (status, answer)
                assert postgres.ask("fleet", "SELECT count(*) FROM job") == [["1"]]
        finally:
            for process in running:
                process.kill()
                process.wait()
            postgres.stop()
    moto.stop()


if __name__ == "__main__":
    main()
