"""Writes small DNGs: 16 bits, uncompressed, with filters in the order red, green, green, blue."""
import struct

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, SRATIONAL: 8}
# From XYZ to the camera's colors, which are those of sRGB.
COLOR_MATRIX = [3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570]
PREVIEW, SENSOR = 1, 0  # the kinds of pictures a DNG holds


def encode(kind, values):
    if kind in (BYTE, ASCII):
        return bytes(values)
    if kind == SHORT:
        return struct.pack(f"<{len(values)}H", *values)
    if kind == LONG:
        return struct.pack(f"<{len(values)}I", *values)
    letters = "<iI" if kind == SRATIONAL else "<II"
    return b"".join(struct.pack(letters, round(value * 10000), 10000) for value in values)


def directory(tags, at, following=0):
    """A TIFF directory that lies at a place, with what does not fit in its entries behind it."""
    entries, extra = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for tag, kind, values in sorted(tags):
        data = encode(kind, values)
        count = len(data) // SIZES[kind]
        if len(data) > 4:
            extra += b"\0" * (len(extra) % 2)
            data, extra = struct.pack("<I", behind + len(extra)), extra + data
        entries += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + extra


def sensor_tags(width, height, orientation, at, size):
    return [
        (254, LONG, [SENSOR]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [16]), (259, SHORT, [1]),
        (262, SHORT, [32803]), (271, ASCII, b"Framesift\0"), (272, ASCII, b"Test\0"), (273, LONG, [at]),
        (274, SHORT, [orientation]), (277, SHORT, [1]), (278, LONG, [height]), (279, LONG, [size]),
        (284, SHORT, [1]), (33421, SHORT, [2, 2]), (33422, BYTE, [0, 1, 1, 2]), (50706, BYTE, [1, 4, 0, 0]),
        (50707, BYTE, [1, 1, 0, 0]), (50708, ASCII, b"Framesift Test\0"), (50717, LONG, [65535]),
        (50721, SRATIONAL, COLOR_MATRIX), (50728, RATIONAL, [1, 1, 1]), (50778, SHORT, [21]),
    ]


def preview_tags(data, width, height, at, is_jpeg):
    return [
        (254, LONG, [PREVIEW]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [8, 8, 8]),
        (259, SHORT, [7 if is_jpeg else 1]), (262, SHORT, [6 if is_jpeg else 2]), (273, LONG, [at]), (277, SHORT, [3]),
        (278, LONG, [height]), (279, LONG, [len(data)]), (284, SHORT, [1]),
    ]


def dng(width, height, color, orientation=1, jpeg=None, first=None, data=None):
    """`color` gives a pixel's R, G and B, 0…65535 each. `jpeg`: a preview and its size. `first`: RGB pixels that programs
    see which know nothing of cameras, and their size; what the sensor saw lies in a directory below then. `data`: the samples, instead of `color`."""
    data = data or encode(SHORT, [
        color(x, y)[(0, 1, 1, 2)[y % 2 * 2 + x % 2]] for y in range(height) for x in range(width)])

    def sensor(at):
        return sensor_tags(width, height, orientation, at, len(data))

    # Directories first, then what they point to. Their lengths do not depend on the places.
    shown = first or jpeg
    if not shown:
        body = 8 + len(directory(sensor(0), 8)) + 1 & ~1
        return (b"II*\0" + struct.pack("<I", 8) + directory(sensor(body), 8)).ljust(body, b"\0") + data

    def preview(at):
        return preview_tags(shown[0], *shown[1], at, not first)

    if first:
        version = [(50706, BYTE, [1, 4, 0, 0]), (271, ASCII, b"Framesift\0"), (272, ASCII, b"Test\0")]
        below = 8 + len(directory(preview(0) + version + [(330, LONG, [0])], 8)) + 1 & ~1
        body = below + len(directory(sensor(0), below)) + 1 & ~1
        top = directory(preview(body + len(data)) + version + [(330, LONG, [below])], 8)
        second = directory(sensor(body), below)
    else:
        below = 8 + len(directory(sensor(0), 8)) + 1 & ~1
        body = below + len(directory(preview(0), below)) + 1 & ~1
        top, second = directory(sensor(body), 8, below), directory(preview(body + len(data)), below)
    out = (b"II*\0" + struct.pack("<I", 8) + top).ljust(below, b"\0") + second
    return out.ljust(body, b"\0") + data + shown[0]
