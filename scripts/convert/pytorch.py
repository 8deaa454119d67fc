"""Reads the weights of a PyTorch file without PyTorch: the zip format (since 1.6) and the one before it.

Its pickles may name tensors and dictionaries and nothing else, so an evil file runs no code.
"""
import array
import collections
import io
import itertools
import pickle
import struct
import sys
import zipfile

# Storage class: (letter of `array`, bytes an item).
ITEMS = {"FloatStorage": ("f", 4), "LongStorage": ("q", 8)}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001


class Refused(Exception):
    """The file is none that is understood, or holds what it must not."""


class Storage:
    def __init__(self, kind, key, count):
        self.letter, self.size = ITEMS[kind]
        self.key, self.count, self.data = key, count, None


class Tensor:
    """A view of a storage: `stride` and `offset` in items."""

    def __init__(self, storage, offset, shape, stride):
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)

    def bytes(self):
        """Its items in row-major order, little-endian. (Weights that came from TensorFlow are transposed views.)"""
        items = array.array(self.storage.letter)
        items.frombytes(self.storage.data)
        axes = [(count, step) for count, step in zip(self.shape, self.stride) if count != 1] or [(1, 1)]
        (last, step), result = axes[-1], array.array(self.storage.letter)
        for place in itertools.product(*(range(count) for count, _ in axes[:-1])):
            start = self.offset + sum(index * step for index, (_, step) in zip(place, axes))
            result.extend(items[start:start + (last - 1) * step + 1:step])
        if sys.byteorder == "big":
            result.byteswap()
        return result.tobytes()


class Nothing(pickle.Unpickler):
    """Numbers, texts, lists and dictionaries."""

    def find_class(self, module, name):
        raise Refused(f"{module}.{name} is not allowed")


class Weights(pickle.Unpickler):
    """Tensors too."""

    def __init__(self, stream):
        super().__init__(stream)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, stride, *_: Tensor(storage, offset, shape, stride)
        if module == "torch" and name in ITEMS:
            return name
        raise Refused(f"{module}.{name} is not allowed")

    def persistent_load(self, pid):
        tag, kind, key, _device, count = pid[:5]
        if tag != "storage" or kind not in ITEMS:
            raise Refused(f"{tag} {kind} is not allowed")
        return self.storages.setdefault(key, Storage(kind, key, count))


def read(path):
    """The tensors of a file, by name. Raises `Refused`."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        return read_zip(data) if data.startswith(b"PK\x03\x04") else read_legacy(io.BytesIO(data))
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"it is damaged ({type(error).__name__}: {error})") from error


def read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pickled = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        weights = Weights(io.BytesIO(archive.read(pickled)))
        state = weights.load()
        for storage in weights.storages.values():
            storage.data = archive.read(f"{pickled[:-len('data.pkl')]}data/{storage.key}")
    return state


def read_legacy(stream):
    if Nothing(stream).load() != LEGACY_MAGIC or Nothing(stream).load() != LEGACY_PROTOCOL:
        raise Refused("it is no PyTorch file")
    Nothing(stream).load()  # the machine it was written on
    weights = Weights(stream)
    state = weights.load()
    for key in Nothing(stream).load():  # then each storage: its count (64 bits) and its items
        storage = weights.storages[key]
        (count,) = struct.unpack("<q", stream.read(8))
        if count != storage.count:
            raise Refused("a storage has another size than it claims")
        storage.data = stream.read(count * storage.size)
    return state
