#!/usr/bin/env python3
"""Draws street.mp4's pictures: `street.py QR.png`. Raw RGB, 960×540, 25 a second, to standard output.

A street in the evening sun, along which the camera goes; from 13.5 s on a drawing. Needs numpy and Pillow.
"""
import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from drawing import Drawing

WIDTH, HEIGHT, RATE = 960, 540, 25
SPEED = 6  # pixels a picture that the camera goes
CAPTION, CAPTION_TIME = "this traffic sucks", (4.5, 8.5)
POSTER_AT, POSTER_SIZE = 2040, 270  # its code is in view from 8.8 s on
STREET_END, END = 13.5, 18
LENGTH = int(STREET_END * RATE * SPEED) + WIDTH
PAVEMENT, ROAD = 410, 440
GRAIN = 13  # levels of 255
random = numpy.random.default_rng(7)


def cloudy(width, height, first, octaves):
    """Noise 0…1 of several sizes, finer ones fainter."""
    total, weight = numpy.zeros((height, width)), 1.0
    for octave in range(octaves):
        cells = random.random((max(2, height * 2**octave // first), max(2, width * 2**octave // first)))
        fine = Image.fromarray(cells.astype("float32")).resize((width, height), Image.Resampling.BICUBIC)
        total, weight = total + weight * numpy.asarray(fine), weight * 0.55
    return (total - total.min()) / (total.max() - total.min())


def shaded(picture, amount, first=60, octaves=6):
    """With stains as on a rough surface, and grain as on film."""
    width, height = picture.size
    pixels = numpy.asarray(picture).astype(float)
    stains = 1 + amount * (cloudy(width, height, first, octaves) - 0.5)
    cells = random.normal(0, GRAIN, (height // 3 + 1, width // 3 + 1)).astype("float32")
    grain = numpy.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC))
    pixels[..., :3] = pixels[..., :3] * stains[..., None] + grain[..., None]
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"), picture.mode)


def downwards(top, bottom, width, height):
    """From one colour to another."""
    share = numpy.linspace(0, 1, height)[:, None, None]
    return numpy.broadcast_to((1 - share) * numpy.array(top) + share * numpy.array(bottom), (height, width, 3))


def letters(size):
    return ImageFont.load_default(size)


def layer(width=LENGTH):
    return Image.new("RGBA", (width, HEIGHT), (0, 0, 0, 0))


def shadow(under, box, strength=110, blur=9):
    """A soft dark patch."""
    patch = Image.new("L", under.size, 0)
    ImageDraw.Draw(patch).rectangle(box, fill=strength)
    region = (max(0, box[0] - 40), max(0, box[1] - 40), box[2] + 40, box[3] + 40)
    soft = patch.crop(region).filter(ImageFilter.GaussianBlur(blur))
    under.paste((18, 14, 26, 255), region[:2], soft)


# MARK: What stands still


def sky():
    width = WIDTH + int(STREET_END * RATE)
    light = downwards((70, 120, 190), (250, 205, 165), width, HEIGHT)
    clouds = (cloudy(width, HEIGHT, 340, 7) - 0.45).clip(0, 0.35)[..., None] / 0.35
    lit = downwards((255, 250, 244), (255, 222, 196), width, HEIGHT)
    return shaded(Image.fromarray((light * (1 - 0.85 * clouds) + lit * 0.85 * clouds).astype("uint8")), 0)


def skyline():
    far = layer(LENGTH // 3 + WIDTH)
    draw, x = ImageDraw.Draw(far), -20
    while x < far.width:
        width, top = int(random.integers(50, 120)), int(random.integers(170, 270))
        tone = int(random.integers(0, 16))
        draw.rectangle((x, top, x + width, HEIGHT), fill=(136 + tone, 138 + tone, 160 + tone, 255))
        for window_y in range(top + 10, PAVEMENT, 16):
            for window_x in range(x + 8, x + width - 8, 14):
                glow = int(random.integers(0, 26))
                draw.rectangle((window_x, window_y, window_x + 6, window_y + 8), fill=(150 + glow, 146 + glow, 158, 255))
        x += width + int(random.integers(-8, 20))
    return far.filter(ImageFilter.GaussianBlur(1.6))


def glass(top, bottom, width, height, depth):
    """What is mirrored in a pane."""
    mirrored = depth * (cloudy(width, height, 30, 3) - 0.5)
    return Image.fromarray((downwards(top, bottom, width, height) + mirrored[..., None]).clip(0, 255).astype("uint8"))


def window(house, box):
    x1, y1, x2, y2 = box
    shadow(house, (x1 - 3, y1 - 2, x2 + 5, y2 + 6), 120, 4)
    house.paste(glass((92, 112, 140), (214, 184, 158), x2 - x1, y2 - y1, 40), (x1, y1))
    draw = ImageDraw.Draw(house)
    if random.random() < 0.4:
        curtain = int(random.integers(190, 235))
        folds = ((x1, y1), (x1 + (x2 - x1) // 3, y1), (x1 + 3, y2), (x1, y2))
        draw.polygon(folds, fill=(curtain, curtain - 8, curtain - 22, 255))
    frame = (236, 230, 220, 255)
    draw.rectangle((x1 - 3, y1 - 3, x2 + 2, y2 + 2), outline=frame, width=3)
    draw.line((x1, (y1 + y2) // 2, x2, (y1 + y2) // 2), fill=frame, width=2)
    draw.line(((x1 + x2) // 2, y1, (x1 + x2) // 2, y2), fill=frame, width=2)
    draw.rectangle((x1 - 6, y2 + 3, x2 + 6, y2 + 8), fill=(205, 196, 184, 255))


def bricks(width, height, colour):
    wall = Image.new("RGBA", (width, height), tuple(value - 34 for value in colour) + (255,))
    draw = ImageDraw.Draw(wall)
    for row, y in enumerate(range(0, height, 8)):
        for x in range(-10 * (row % 2), width, 20):
            tone = int(random.integers(-14, 15))
            draw.rectangle((x, y, x + 18, y + 6), fill=tuple(value + tone for value in colour) + (255,))
    return wall


def house(street, x, width, top, colour, shop=None, windows=True):
    """With rows of windows; with a shop's name, a shop below them."""
    draw = ImageDraw.Draw(street)
    draw.polygon(((x - 8, top), (x + 26, top - 62), (x + width - 26, top - 62), (x + width + 8, top)), fill=(112, 66, 58, 255))
    for y in range(top - 60, top, 7):
        draw.line((x - 8 + (top - y) // 2, y, x + width + 8 - (top - y) // 2, y), fill=(90, 50, 46, 255), width=2)
    draw.rectangle((x + width - 70, top - 96, x + width - 46, top - 50), fill=(128, 80, 70, 255))
    wall = bricks(width, PAVEMENT - top, colour)
    street.paste(wall, (x, top))
    shadow(street, (x, top - 2, x + width, top + 8), 130, 7)
    draw.rectangle((x - 8, top - 5, x + width + 8, top + 3), fill=(226, 214, 200, 255))
    ground = 300 if shop else PAVEMENT - 8
    if windows:
        for y in range(top + 24, ground - 60, 84):
            for window_x in range(x + 26, x + width - 56, 78):
                window(street, (window_x, y, window_x + 40, y + 54))
    if shop:
        shop_front(street, x, width, shop)
    shadow(street, (x, PAVEMENT - 10, x + width, PAVEMENT + 4), 150, 8)


def shop_front(street, x, width, name):
    draw = ImageDraw.Draw(street)
    draw.rectangle((x + 8, 296, x + width - 8, PAVEMENT), fill=(58, 44, 40, 255))
    street.paste(glass((120, 112, 104), (236, 190, 132), width - 110, 62, 60), (x + 22, 340))
    draw.rectangle((x + width - 76, 336, x + width - 26, PAVEMENT), fill=(112, 70, 44, 255))
    draw.rectangle((x + width - 68, 344, x + width - 34, 384), fill=(206, 178, 140, 255))
    for index, left in enumerate(range(x, x + width, 20)):
        stripe = (178, 52, 44, 255) if index % 2 else (240, 232, 218, 255)
        draw.polygon(((left + 4, 300), (left + 24, 300), (left + 20, 334), (left, 334)), fill=stripe)
    shadow(street, (x + 8, 336, x + width - 8, 344), 140, 6)
    draw.rectangle((x + 8, 262, x + width - 8, 300), fill=(34, 62, 54, 255))
    draw.text((x + width // 2, 281), name, fill=(246, 232, 196, 255), font=letters(30), anchor="mm")


def tree(street, x, height, spread):
    """Leaves are many small dabs, lighter where the sun comes from."""
    draw = ImageDraw.Draw(street)
    foot, crown = PAVEMENT + 6, PAVEMENT - height
    draw.polygon(((x - 7, foot), (x - 4, crown), (x + 4, crown), (x + 8, foot)), fill=(66, 48, 40, 255))
    for _ in range(1500):
        angle, distance = random.random() * 6.283, random.random() ** 0.5
        left, up = numpy.cos(angle) * distance, numpy.sin(angle) * distance
        light = 0.55 + 0.35 * max(-0.9, (up + 0.6 * left)) + 0.25 * (random.random() - 0.5)
        colour = tuple(int(value * light) for value in (152, 168, 74)) + (255,)
        at_x, at_y, size = x + left * spread, PAVEMENT - height - 30 - up * spread * 0.8, random.integers(2, 6)
        draw.ellipse((at_x - size, at_y - size * 0.7, at_x + size, at_y + size * 0.7), fill=colour)


def sign(street, x, text):
    draw = ImageDraw.Draw(street)
    draw.rectangle((x - 4, 190, x + 4, PAVEMENT + 14), fill=(98, 100, 104, 255))
    draw.rectangle((x - 1, 190, x + 1, PAVEMENT + 14), fill=(176, 176, 174, 255))
    shadow(street, (x - 118, 150, x + 122, 204), 90, 6)
    draw.rounded_rectangle((x - 120, 146, x + 120, 200), 8, fill=(22, 104, 62, 255), outline=(240, 240, 232, 255), width=3)
    draw.text((x, 173), text, fill=(248, 248, 240, 255), font=letters(32), anchor="mm")


def poster(street, code):
    x, y = POSTER_AT, 84
    shadow(street, (x - 4, y - 2, x + POSTER_SIZE + 10, y + POSTER_SIZE + 14), 150, 9)
    paper = Image.fromarray(downwards((226, 212, 184), (206, 188, 156), POSTER_SIZE, POSTER_SIZE).astype("uint8"))
    edge = (POSTER_SIZE - code.width) // 2
    paper.paste((30, 26, 34), (edge, edge), ImageOps.invert(code))
    street.paste(paper, (x, y))


def street(code):
    whole = layer()
    draw = ImageDraw.Draw(whole)
    colours = [(172, 104, 84), (196, 168, 128), (150, 132, 128), (184, 120, 92), (206, 178, 150), (160, 96, 82)]
    x, index, names = 20, 0, {1: "Corner Bakery", 4: "Old Books"}
    while x < LENGTH + 100:
        width = (310, 300, 240, 330, 280, 260)[index % 6]
        if x <= POSTER_AT < x + width + 40:
            width = POSTER_AT + POSTER_SIZE + 60 - x
            house(whole, x, width, 60, (188, 140, 108), windows=False)
        else:
            house(whole, x, width, int(random.integers(90, 150)), colours[index % 6], names.get(index))
        x, index = x + width + int(random.integers(4, 40)), index + 1
    poster(whole, code)
    draw.rectangle((0, PAVEMENT, LENGTH, ROAD), fill=(158, 148, 140, 255))
    for left in range(0, LENGTH, 64):
        draw.line((left, PAVEMENT, left - 14, ROAD), fill=(126, 118, 114, 255), width=2)
    draw.rectangle((0, ROAD - 6, LENGTH, ROAD), fill=(196, 188, 178, 255))
    draw.rectangle((0, ROAD, LENGTH, HEIGHT), fill=(74, 72, 78, 255))
    for left in range(0, LENGTH, 150):
        draw.polygon(((left, 498), (left + 80, 498), (left + 76, 505), (left - 4, 505)), fill=(222, 216, 200, 255))
    for at in (60, 650, 1170, 1800, 2560, 2900):
        tree(whole, at, 120, int(random.integers(52, 72)))
    sign(whole, 745, "Maple Street")
    whole = shaded(whole.filter(ImageFilter.GaussianBlur(0.7)), 0.5)
    return whole


# MARK: What moves


def car(colour):
    """Facing left, drawn twice as large."""
    big = Image.new("RGBA", (480, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    draw.ellipse((20, 160, 460, 196), fill=(20, 18, 24, 150))
    dark = tuple(value * 6 // 10 for value in colour)
    draw.polygon(((120, 84), (176, 26), (322, 26), (392, 84)), fill=dark + (255,))
    draw.polygon(((138, 84), (182, 36), (240, 36), (240, 84)), fill=(154, 170, 188, 255))
    draw.polygon(((252, 84), (252, 36), (314, 36), (368, 84)), fill=(124, 138, 158, 255))
    draw.rounded_rectangle((22, 80, 458, 158), 34, fill=colour + (255,))
    draw.rounded_rectangle((22, 124, 458, 160), 20, fill=dark + (255,))
    draw.line((60, 92, 420, 92), fill=tuple(min(255, value + 60) for value in colour) + (255,), width=5)
    draw.ellipse((26, 98, 56, 120), fill=(255, 244, 210, 255))
    draw.rectangle((440, 98, 458, 118), fill=(190, 40, 34, 255))
    for x in (110, 370):
        draw.ellipse((x - 40, 118, x + 40, 198), fill=(24, 22, 26, 255))
        draw.ellipse((x - 20, 138, x + 20, 178), fill=(168, 168, 172, 255))
    return shaded(big, 0.3, 80, 5).resize((240, 100), Image.Resampling.LANCZOS)


def cars():
    """Picture, first place in the street, pixels a picture, distance from the top."""
    red, blue, white, green = car((176, 44, 38)), car((52, 84, 140)), car((214, 210, 204)), car((70, 110, 84))
    turned = [one.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for one in (blue, white)]
    leftwards = [(red, 900, -3, 424), (green, 2300, -4, 424), (white, 3300, -3, 424)]
    return leftwards + [(turned[0], 300, 8, 446), (turned[1], -700, 11, 446)]


def evening(picture, glow):
    """Paler and darker, the corners most."""
    pixels = numpy.asarray(picture).astype(float)
    pale = 0.72 * pixels + 0.28 * pixels.mean(axis=2, keepdims=True)
    return Image.fromarray((255 * (pale / 255) ** 1.12 + glow).clip(0, 255).astype("uint8"))


def captioned(picture):
    """Like a subtitle, in a soft shadow."""
    place, font = (WIDTH // 2, 476), letters(42)
    dark = Image.new("L", picture.size, 0)
    ImageDraw.Draw(dark).text(place, CAPTION, fill=255, font=font, anchor="mm", stroke_width=5)
    picture.paste((12, 10, 14), (0, 0), dark.filter(ImageFilter.GaussianBlur(4)))
    ImageDraw.Draw(picture).text(place, CAPTION, fill=(240, 236, 226), font=font, anchor="mm")


def main():
    code = Image.open(sys.argv[1]).convert("RGBA").convert("L")
    above, far, near, traffic = sky(), skyline(), street(code), cars()
    glow = (downwards((14, 6, -6), (22, 8, -14), WIDTH, HEIGHT)
            - 46 * numpy.hypot(*numpy.meshgrid(numpy.linspace(-1, 1, WIDTH), numpy.linspace(-1, 1, HEIGHT)))[..., None] ** 2 / 2)
    drawing = Drawing(WIDTH, HEIGHT)
    for index in range(int(END * RATE)):
        time, left = index / RATE, index * SPEED
        if time >= STREET_END:
            sys.stdout.buffer.write(drawing.picture(time - STREET_END).tobytes())
            continue
        picture = above.crop((index, 0, index + WIDTH, HEIGHT))
        for one, at in ((far, left // 3), (near, left)):
            part = one.crop((at, 0, at + WIDTH, HEIGHT))
            picture.paste(part, (0, 0), part)
        for one, start, speed, y in traffic:
            picture.paste(one, (start + speed * index - left, y), one)
        picture = evening(picture, glow)
        if CAPTION_TIME[0] <= time < CAPTION_TIME[1]:
            captioned(picture)
        sys.stdout.buffer.write(picture.tobytes())


if __name__ == "__main__":
    main()
