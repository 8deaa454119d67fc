"""Writes squares of 224 pixels, cut from scikit-image's pictures, as PNG files into a folder. Nothing is scaled."""
import os
import sys

import numpy
import skimage
from PIL import Image

SIDE = 224
PICTURES = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg",
            "motorcycle_left.png", "logo.png", "page.png", "horse.png"]


def crops():
    data = os.path.join(os.path.dirname(skimage.__file__), "data")
    for name in PICTURES:
        picture = Image.open(os.path.join(data, name)).convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        pixels = numpy.asarray(Image.alpha_composite(white, picture).convert("RGB"))
        for number, (top, left) in enumerate([(0, 0), (40, 120), (90, 30)]):
            crop = pixels[top:top + SIDE, left:left + SIDE]
            if crop.shape == (SIDE, SIDE, 3):
                yield f"{name.split('.')[0]}-{number}.png", crop


if __name__ == "__main__":
    for name, crop in crops():
        Image.fromarray(crop).save(os.path.join(sys.argv[1], name))
