"""A drawing in ink and flat colours: a boat on the sea, a lighthouse, a sun."""
import math

from PIL import Image, ImageDraw

INK, PAPER = (24, 24, 32), (250, 247, 238)


class Drawing:
    """Drawn twice as large and reduced, so that edges are smooth."""

    def __init__(self, width, height):
        self.size = (width, height)

    def picture(self, time):
        """
        :param time: Seconds since it began.
        """
        picture = Image.new("RGB", (self.size[0] * 2, self.size[1] * 2), PAPER)
        draw = ImageDraw.Draw(picture)
        self.sun(draw, time)
        for x, y, size in ((300, 190, 1.0), (980, 130, 0.8), (1560, 240, 1.2)):
            self.cloud(draw, x + 24 * time, y, size)
        self.lighthouse(draw)
        self.waves(draw, 640, time, 0.8, (168, 212, 226))
        self.boat(draw, 640 + 60 * time, 660 + 14 * math.sin(2.4 * time), 0.05 * math.sin(2 * time))
        self.waves(draw, 760, time + 3, 1.2, (112, 178, 206))
        self.waves(draw, 900, time + 5, 1.7, (62, 138, 180))
        for x, y in ((700, 240), (820, 300), (1180, 200)):
            self.gull(draw, x + 70 * time, y, 20 * math.sin(7 * time + x))
        return picture.resize(self.size, Image.Resampling.LANCZOS)

    @staticmethod
    def shape(draw, points, fill, width=7):
        draw.polygon(points, fill=fill)
        draw.line([*points, points[0], points[1]], fill=INK, width=width, joint="curve")

    @staticmethod
    def sun(draw, time):
        x, y = 1300, 330
        for ray in range(16):
            angle = ray * math.pi / 8 + 0.15 * time
            near, far = 160, 210 + 30 * (ray % 2)
            across, up = math.cos(angle), math.sin(angle)
            draw.line((x + near * across, y + near * up, x + far * across, y + far * up), fill=INK, width=8)
        draw.ellipse((x - 130, y - 130, x + 130, y + 130), fill=(250, 204, 84), outline=INK, width=8)

    @staticmethod
    def cloud(draw, x, y, size):
        puffs = ((-110, 20, 60), (-40, -20, 80), (50, -10, 70), (120, 24, 52))
        for grow, colour in ((7, INK), (0, (255, 255, 255))):
            for left, up, radius in puffs:
                reach = radius * size + grow
                at = (x + left * size, y + up * size)
                draw.ellipse((at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach), fill=colour)
            draw.rectangle((x - 110 * size, y + 10 * size, x + 120 * size, y + 76 * size + grow), fill=colour)

    def lighthouse(self, draw):
        self.shape(draw, [(1480, 700), (1600, 560), (1760, 540), (1920, 600), (1920, 760), (1480, 760)], (150, 176, 110))
        self.shape(draw, [(1650, 560), (1672, 250), (1768, 250), (1790, 560)], (248, 244, 236))
        for y in (300, 420):
            inset = (560 - y) * 22 / 310
            stripe = [(1650 + inset, y), (1790 - inset, y), (1794 - inset, y + 60), (1646 + inset, y + 60)]
            self.shape(draw, stripe, (206, 66, 54))
        self.shape(draw, [(1684, 250), (1684, 190), (1756, 190), (1756, 250)], (252, 226, 130))
        self.shape(draw, [(1670, 190), (1720, 140), (1770, 190)], (206, 66, 54))

    def waves(self, draw, y, time, size, colour):
        crest = [(x, y + 16 * size * math.sin(x / 70 / size + 1.8 * time)) for x in range(-20, 1961, 20)]
        draw.polygon([*crest, (1960, 1100), (-20, 1100)], fill=colour)
        draw.line(crest, fill=INK, width=7, joint="curve")

    def boat(self, draw, x, y, tilt):
        cos, sin = math.cos(tilt), math.sin(tilt)

        def turned(*points):
            return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in points]

        self.shape(draw, turned((-6, 0), (-6, -420), (6, -420), (6, 0)), (140, 92, 58))
        self.shape(draw, turned((20, -400), (20, -40), (230, -40)), (255, 252, 244))
        self.shape(draw, turned((-20, -360), (-20, -40), (-170, -40)), (236, 112, 84))
        self.shape(draw, turned((-220, -10), (250, -10), (180, 110), (-160, 110)), (172, 82, 60))
        draw.line(turned((-200, 24), (232, 24)), fill=INK, width=6)
        self.shape(draw, turned((6, -420), (90, -396), (6, -372)), (70, 120, 170))

    @staticmethod
    def gull(draw, x, y, lift):
        wings = ((x - 50, y - lift), (x - 24, y - 20), (x, y), (x + 24, y - 20), (x + 50, y - lift))
        draw.line(wings, fill=INK, width=7, joint="curve")
