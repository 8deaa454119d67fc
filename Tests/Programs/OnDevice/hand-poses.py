"""Hands in space with each combination of bent fingers, and how much each shows the raised middle finger alone.

Prints [{metres, gesture}] as JSON. The rule is written here a second time, to tell the product's by.
"""
import itertools
import json

import numpy as np

FINGERS = dict(index=(5, 6, 7, 8), middle=(9, 10, 11, 12), ring=(13, 14, 15, 16), little=(17, 18, 19, 20))
KNUCKLES = dict(index=(-.03, .09), middle=(-.01, .095), ring=(.01, .09), little=(.03, .08))
BONES = (.045, .027, .02)


def pose(bends, random):
    """Fingers bent by so much of a fist; turned at random in space."""
    places = np.zeros((21, 3))
    places[1:5] = [(-.025, .02, 0), (-.045, .045, 0), (-.055, .065, .01), (-.06, .08, .02)]
    for (finger, joints), bend in zip(FINGERS.items(), bends):
        place, angle = np.array([*KNUCKLES[finger], 0]), 0
        places[joints[0]] = place
        for joint, bone, most in zip(joints[1:], BONES, (1.4, 1.7, 1.2)):
            angle += bend * most
            place = place + bone * np.array([0, np.cos(angle), np.sin(angle)])
            places[joint] = place
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return (places + random.normal(0, .002, places.shape)) @ turn


def ramp(x, low, high):
    return float(np.clip((x - low) / (high - low), 0, 1))


def raised_middle_finger(metres):
    up, height = {}, {}
    palm = metres[9] - metres[0]
    for finger, (m, p, d, t) in FINGERS.items():
        length = sum(np.linalg.norm(metres[b] - metres[a]) for a, b in ((m, p), (p, d), (d, t)))
        straightness = np.linalg.norm(metres[t] - metres[m]) / length
        reach = np.linalg.norm(metres[t] - metres[0]) / np.linalg.norm(metres[p] - metres[0])
        up[finger] = min(ramp(straightness, .80, .93), ramp(reach, 1.05, 1.30))
        height[finger] = (metres[t] - metres[0]) @ palm / (palm @ palm)
    others = [finger for finger in FINGERS if finger != "middle"]
    beyond = height["middle"] - max(height[finger] for finger in others)
    return min(up["middle"], 1 - max(up[finger] for finger in others), ramp(beyond, .25, .50))


random = np.random.default_rng(5)
poses = [pose(bends, random) for bends in itertools.product((0, .1, .2, .6, 1), repeat=4)]
print(json.dumps([{"metres": metres.tolist(), "gesture": raised_middle_finger(metres)} for metres in poses]))
