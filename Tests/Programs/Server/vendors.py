#!/usr/bin/env python3
"""The vendors' own client programs against a server: `vendors.py BASE FILES PICTURE VIDEO PORTRAIT STREET`.

Only the host is changed. FILES is the address of a file server that has the picture and the video. Prints one JSON
object of what the clients returned.
"""
import json
import sys

import picpurify.api as picpurify
import requests
from sightengine.client import SightengineClient

base, files, picture, video, portrait, street = sys.argv[1:7]
send = requests.Session.send


def redirected(self, request, **settings):
    for host in ("https://api.sightengine.com", "https://www.picpurify.com"):
        request.url = request.url.replace(host, base)
    return send(self, request, **settings)


requests.Session.send = redirected
client = SightengineClient("1234", "secret")
found = {
    "set_url": client.check("nudity").set_url(files + "/picture.jpg"),
    "set_file": client.check("nudity", "properties", "faces").set_file(picture),
    "set_bytes": client.check("nudity").set_bytes(open(picture, "rb").read()),
    "video_sync": client.check("nudity", "faces").video_sync(files + "/video.mp4"),
    "video_later": client.check("nudity", "faces").video(files + "/video.mp4", files + "/nobody-listens"),
    "feedback_url": client.feedback("nudity", "safe", files + "/picture.jpg"),
    "feedback_file": client.feedback("wad", "weapons", picture),
    "wrong_class": client.feedback("nudity", "nonsense", picture),
}
found |= {
    "portrait": client.check("wad", "type", "face-attributes").set_file(portrait),
    "street": client.check("wad", "text", "type").set_file(street),
    "street_sync": client.check("wad", "text", "type", "face-attributes").video_sync(files + "/street.mp4"),
}
images = picpurify.PicPurifyImage("key", ["porn_moderation", "qr_code_moderation", "face_detection"])
videos = picpurify.PicPurifyVideo("key", ["porn_moderation"])
found |= {
    "pp_file": images.analyse(picture, reference_id="r1"),
    "pp_url": images.analyse(files + "/picture.jpg"),
    "pp_is_safe": images.isSafe(picture),
    "pp_faces": picpurify.getNbFace("key", picture),
    "pp_age": picpurify.PicPurifyImage(
        "key", ["face_gender_age_detection", "weapon_moderation", "obscene_gesture_moderation"]).analyse(portrait),
    "pp_video": videos.analyse(files + "/video.mp4", frame_interval=2),
}
try:
    picpurify.PicPurifyImage("key", ["gore_moderation"]).analyse(picture)
except picpurify.PicPurifyException as problem:
    found["pp_unserved"] = [problem.errorCode, problem.errorMsg]
print(json.dumps(found))
