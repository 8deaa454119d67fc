"""Words drawn over photographs, and what rapidocr reads there.

text.py FOLDER SIDE  writes the pictures as PNG into FOLDER and prints as JSON, for each,
{"drawn": [{"text", "box": [x1, y1, x2, y2]}], "read": [{"text", "corners": [[x, y] × 4]}], "width", "height"}, in pixels.
rapidocr's detector sees the pictures with a longest side of SIDE at most.
text.py FOLDER       writes crowded.png there, a page with 500 words, each by itself, and cup.png, a cup without text.
"""
import json
import os
import random
import sys

import skimage
from PIL import Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

PHOTOGRAPHS = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "grass.png",
               "hubble_deep_field.jpg", "brick.png", "ihc.png", "gravel.png"]
SCANS = ["page.png"]
WORDS = ("about above account across action answer before behind between bridge bright button camera capital carbon "
         "centre change church circle coffee corner country danger December design dinner doctor Dublin eleven empire "
         "energy engine father figure finger flower forest Friday future garden ground harbour history hundred island "
         "January journey kitchen library London market meeting minute morning mother mountain number October office "
         "orange painting paper people picture planet player pocket quarter question railway record river school second "
         "silver simple station street student summer Sunday system teacher thirty Tuesday village water weather window "
         "winter yellow").split()


def draw(picture, chance):
    """A line of one to four words in each of four bands; what was drawn, and where."""
    canvas, drawn = ImageDraw.Draw(picture), []
    words = chance.sample(WORDS, 16)
    for band in range(4):
        text = " ".join(words.pop() for _ in range(chance.randint(1, 4)))
        if chance.random() < 0.3:
            text = text.upper()
        size = chance.randint(18, 40)
        font = ImageFont.load_default(size=size)
        while canvas.textlength(text, font=font) > picture.width * 0.9:
            text = text.rsplit(" ", 1)[0]
        x = chance.uniform(0.03, 0.97 - canvas.textlength(text, font=font) / picture.width) * picture.width
        y = (band + chance.uniform(0.1, 0.4)) * picture.height / 4
        fill, stroke = chance.choice([("white", "black"), ("yellow", "black"), ("black", "white"), ("white", "navy")])
        canvas.text((x, y), text, font=font, fill=fill, stroke_width=max(1, size // 16), stroke_fill=stroke)
        drawn.append({"text": text, "box": canvas.textbbox((x, y), text, font=font)})
    return drawn


def crowded():
    picture = Image.new("RGB", (640, 500), "white")
    canvas, font = ImageDraw.Draw(picture), ImageFont.load_default(size=10)
    for number in range(500):
        canvas.text((number % 20 * 32 + 3, number // 20 * 20 + 3), str(100 + number), font=font, fill="black")
    return picture


folder = sys.argv[1]
data = os.path.join(os.path.dirname(skimage.__file__), "data")
if len(sys.argv) == 2:
    crowded().save(f"{folder}/crowded.png")
    # The recogniser takes the cup, at this size and sharpness, for an 8.
    cup = Image.open(os.path.join(data, "coffee.png")).convert("RGB")
    cup.resize((640, 360), Image.Resampling.BICUBIC).save(f"{folder}/cup.png")
    sys.exit()
side = int(sys.argv[2])
reader = RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", "Det.limit_type": "max",
                          "Det.limit_side_len": side})
answer = {}
for number, name in enumerate(PHOTOGRAPHS + SCANS):
    picture = Image.open(os.path.join(data, name)).convert("RGB")
    drawn = draw(picture, random.Random(number)) if name in PHOTOGRAPHS else []
    path = f"{folder}/{name.rsplit('.', 1)[0]}.png"
    picture.save(path)
    read = reader(path)
    lines = [] if read.boxes is None else zip(read.txts, read.boxes)
    answer[os.path.basename(path)] = {
        "drawn": drawn, "read": [{"text": text, "corners": [[float(v) for v in c] for c in box]} for text, box in lines],
        "width": picture.width, "height": picture.height}
print(json.dumps(answer))
