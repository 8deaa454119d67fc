"""Drawn hands, and what MediaPipe sees in them.

hands.py draw FOLDER [NAME …]  writes the pictures, or those of these names, as PNG into FOLDER
hands.py reference FOLDER      prints what mediapipe.solutions.hands finds in them, as JSON: Tests/OnDeviceTests/hands.json

The reference needs mediapipe==0.10.14, whose environment takes 1.1 GB; so the tests read hands.json, and only drawing
happens where they run.
"""
import functools
import itertools
import json
import os
import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 480, 360
# In lengths of the palm, of index, middle, ring and little finger: knuckles, bones, radii and sideways lean.
KNUCKLES = np.array([[-.30, .98, 0], [-.02, 1.0, 0], [.24, .93, 0], [.46, .80, 0]])
BONES = np.array([[.46, .27, .22], [.52, .32, .23], [.48, .30, .22], [.38, .21, .20]])
RADII = np.array([.12, .12, .115, .10])
LEANS = np.array([-.14, -.02, .10, .22])
BENDS = np.array([1.5, 1.7, 1.0])  # of a folded finger's joints, radians


def rotation(axis, angle):
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], float)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def hand(folded):
    """Tapered bars (two ends, two radii) of a hand that stands upright, the palm in front."""
    bars = []
    for knuckle, bones, radius, lean, fold in zip(KNUCKLES, BONES, RADII, LEANS, folded):
        forward = np.array([np.sin(lean), np.cos(lean), 0])
        across = np.array([np.cos(lean), -np.sin(lean), 0])
        start, angle = knuckle, 0
        for index, (bone, bend) in enumerate(zip(bones, BENDS)):
            angle += fold * bend
            end = start + rotation(across, angle) @ forward * bone
            bars.append((start, end, radius * (1 - .08 * index), radius * (.92 - .08 * index)))
            start = end
        bars.append((np.array([knuckle[0] * .55, .12, 0]), knuckle, .22, .16))
    bars += [(KNUCKLES[index], KNUCKLES[index + 1], .16, .16) for index in range(3)]
    thumb = .9 if sum(folded) > 1 else .1
    places, lean = [np.array([-.28, .35, .06])], .95 - thumb * .6
    for bone, turn, depth in ((.36, 0, .1 + .7 * thumb), (.30, 1.2, .1 + .3 * thumb), (.24, .8, .05)):
        lean -= thumb * turn
        places.append(places[-1] + bone * np.array([-np.sin(lean), np.cos(lean), depth]))
    bars += [(a, b, r, r - .015) for a, b, r in zip(places, places[1:], (.15, .13, .115))]
    bars.append((np.array([-.12, .1, .02]), np.array([-.28, .45, .08]), .20, .19))
    bars.append((np.array([0, .1, 0]), np.array([0, -1.6, 0]), .24, .32))
    return bars


def paint(picture, bars, centre, scale, turn, nod, back):
    """Adds a hand to the picture, as light from the upper left shows it."""
    light = np.array([-.35, .45, .82])
    turned = rotation((0, 0, 1), turn) @ rotation((1, 0, 0), nod) @ rotation((0, 1, 0), np.pi * back)
    depth = np.full((HEIGHT, WIDTH), -9.)
    normals = np.zeros((HEIGHT, WIDTH, 3))
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    xs, ys = (xs - centre[0]) / scale, (centre[1] - ys) / scale
    for start, end, first, last in bars:
        start, end = turned @ start, turned @ end
        for t in np.linspace(0, 1, 2 + int(np.linalg.norm(end - start) / .03)):
            middle, radius = start + (end - start) * t, first + (last - first) * t
            left, right = (int((middle[0] + side * radius) * scale + centre[0]) for side in (-1, 1))
            top, bottom = (int(centre[1] - (middle[1] - side * radius) * scale) for side in (-1, 1))
            part = (slice(max(0, top), max(0, bottom + 2)), slice(max(0, left), max(0, right + 2)))
            dx, dy = xs[part] - middle[0], ys[part] - middle[1]
            height = np.sqrt(np.maximum(radius ** 2 - dx ** 2 - dy ** 2, 0))
            nearer = (height > 0) & (middle[2] + height > depth[part])
            depth[part] = np.where(nearer, middle[2] + height, depth[part])
            normals[part] = np.where(nearer[..., None], np.stack([dx, dy, height], -1) / radius, normals[part])
    shade = (.38 + .62 * np.clip(normals @ light, 0, 1)) * (.7 + .3 * np.clip(normals[..., 2], 0, 1))
    return np.where((depth > -9)[..., None], np.array([214, 160, 130]) * shade[..., None], picture)


def softened(picture):
    for axis in (0, 1):
        picture = (np.roll(picture, 1, axis) + 2 * picture + np.roll(picture, -1, axis)) / 4
    return picture


def pictures():
    """Name and drawing: each way to fold four fingers, in two positions, and two hands in one picture."""
    positions = ((92, 0, -.3, 231), (70, -.35, 0, 84))

    def one(folded, back, scale, turn, nod, ground):
        return paint(np.full((HEIGHT, WIDTH, 3), float(ground)), hand(np.array(folded) * .83 + .02),
                     (240, 245), scale, turn, nod, back)

    def two(folded):
        picture = np.full((HEIGHT, WIDTH, 3), 231.)
        for fold, x in zip(folded, (130, 350)):
            picture = paint(picture, hand(np.array([fold, 0, fold, fold]) * .83 + .02), (x, 245), 85, 0, -.3, 0)
        return picture

    for folded in itertools.product((0, 1), repeat=4):
        for back, position in itertools.product((0, 1), positions):
            yield (f"{''.join(map(str, folded))}-{'back' if back else 'palm'}-{position[0]}",
                   functools.partial(one, folded, back, *position))
    for folded in itertools.product((0, 1), repeat=2):
        yield f"two-{folded[0]}{folded[1]}", functools.partial(two, folded)


def draw(folder, *names):
    for number, (name, paint_it) in enumerate(pictures()):
        if names and name not in names:
            continue
        picture = softened(softened(paint_it()))
        noisy = picture + np.random.default_rng(number).normal(0, 2.5, picture.shape)
        Image.fromarray(np.clip(noisy, 0, 255).astype("uint8")).save(f"{folder}/{name}.png")


def reference(folder):
    import mediapipe
    hands = mediapipe.solutions.hands.Hands(
        static_image_mode=True, max_num_hands=40, model_complexity=1, min_detection_confidence=.5,
        min_tracking_confidence=.5)

    def found(path):
        result = hands.process(np.asarray(Image.open(path).convert("RGB")))
        return [{"places": [[round(p.x, 6), round(p.y, 6)] for p in flat.landmark],
                 "metres": [[round(p.x, 6), round(p.y, 6), round(p.z, 6)] for p in space.landmark]}
                for flat, space in zip(result.multi_hand_landmarks or [], result.multi_hand_world_landmarks or [])]

    lines = [f"{json.dumps(name)}: {json.dumps(found(f'{folder}/{name}'))}" for name in sorted(os.listdir(folder))]
    print("{\n" + ",\n".join(lines) + "\n}")


{"draw": draw, "reference": reference}[sys.argv[1]](*sys.argv[2:])
