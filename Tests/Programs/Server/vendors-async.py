#!/usr/bin/env python3
"""Sightengine's asynchronous client against a server: `vendors-async.py BASE FILES PICTURE`.

Only the host is changed. Its types describe a later API, but for the image's properties. Prints one JSON object.
"""
import asyncio
import json
import sys

from sightengine import client as module
from sightengine.client import SightEngineClient
from sightengine.models import CheckRequest

base, files, picture = sys.argv[1:4]
module.BASE_URL = base + "/1.0/"


async def main():
    client = SightEngineClient(api_user="1234", api_secret="secret")
    found = {
        "url": await client.check(CheckRequest(models=["properties"], url=files + "/picture.jpg")),
        "file": await client.check(CheckRequest(models=["properties"], file=picture)),
    }
    print(json.dumps({name: answer.model_dump(mode="json") for name, answer in found.items()}))


asyncio.run(main())
