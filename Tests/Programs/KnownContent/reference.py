"""Hashes of the reference package.

reference.py FOLDER        writes pictures as PNG into FOLDER and prints {name: [hash, quality]} as JSON.
reference.py FOLDER turns  the same of a few pictures, turned and mirrored, and of the picture they were made of:
                           {name: {turn: hash of the turned picture, "dihedral": the package's own eight}}
"""
import json
import os
import sys

import numpy as np
import pdqhash
import skimage
from PIL import Image

DATA = os.path.join(os.path.dirname(skimage.__file__), "data")
NATURAL = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "retina.jpg", "motorcycle_left.png",
           "hubble_deep_field.jpg", "color.png", "ihc.png", "grass.png", "brick.png"]
TURNS = {
    "none": lambda a: a, "mirrored": lambda a: a[:, ::-1], "flipped": lambda a: a[::-1],
    "rotated90": lambda a: np.rot90(a, -1), "rotated180": lambda a: np.rot90(a, 2), "rotated270": np.rot90,
    "transposed": lambda a: a.transpose(1, 0, 2), "transversed": lambda a: np.rot90(a, 2).transpose(1, 0, 2)}
# Odd multiples of 64, for which the samples of a mirrored picture are the picture's.
ODD = (832, 576)
# The order in which the package gives them.
DIHEDRAL = ["none", "rotated270", "rotated180", "rotated90", "flipped", "mirrored", "transposed", "transversed"]


def hexadecimal(bits):
    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes().hex()


def natural(name):
    return Image.open(os.path.join(DATA, name)).convert("RGB")


def pictures():
    random = np.random.default_rng(7)
    for name in NATURAL:
        yield name.split(".")[0], np.array(natural(name))
    for number in range(100):
        picture = natural(NATURAL[number % len(NATURAL)])
        size = int(random.integers(5, 900)), int(random.integers(5, 700))
        yield f"sized-{number:03}", np.array(picture.resize(size))
    noise = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    yield "64-by-64", noise
    yield "5-by-5", noise[:5, :5]
    yield "20-to-1", np.array(natural("coffee.png").resize((1200, 60)))
    yield "1-to-20", np.array(natural("coffee.png").resize((60, 1200)))
    yield "one-colour", np.full((120, 90, 3), (200, 30, 30), dtype=np.uint8)
    yield "black", np.zeros((50, 300, 3), dtype=np.uint8)


def main():
    folder, turned = sys.argv[1], len(sys.argv) > 2
    told = {}
    for name, pixels in pictures() if not turned else [(n.split(".")[0], np.array(natural(n).resize(ODD))) for n in NATURAL[:5]]:
        pixels = np.ascontiguousarray(pixels)
        Image.fromarray(pixels).save(f"{folder}/{name}.png")
        if turned:
            told[name] = {turn: hexadecimal(pdqhash.compute(np.ascontiguousarray(make(pixels)))[0])
                          for turn, make in TURNS.items()}
            own = {turn: hexadecimal(bits) for turn, bits in zip(DIHEDRAL, pdqhash.compute_dihedral(pixels)[0])}
            told[name + "/dihedral"] = own
        else:
            bits, quality = pdqhash.compute(pixels)
            told[name] = {"hash": hexadecimal(bits), "quality": str(quality)}
    print(json.dumps(told))


main()
