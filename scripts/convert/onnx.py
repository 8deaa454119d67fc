"""Writes a network as ONNX (opset 13), field by field of its protocol buffers; field numbers are those of onnx.proto.

Weights are copied and nothing is computed, so the same weights give the same bytes on every machine.
"""
import struct

FLOAT = 1
IR_VERSION, OPSET = 7, 13
ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS = 1, 2, 7


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(field, value):
    return varint(field << 3) + varint(value)


def message(field, value):
    """A message, a text or bytes."""
    if isinstance(value, str):
        value = value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, raw):
    return b"".join(integer(1, side) for side in shape) + integer(2, FLOAT) + message(8, name) + message(9, raw)


def attribute(name, value):
    if isinstance(value, float):
        return message(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + integer(20, ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return message(1, name) + integer(3, value) + integer(20, ATTRIBUTE_INT)
    return message(1, name) + b"".join(integer(8, item) for item in value) + integer(20, ATTRIBUTE_INTS)


def floats(name, shape):
    """An input or an output."""
    sides = b"".join(message(1, integer(1, side)) for side in shape)
    return message(1, name) + message(2, message(1, integer(1, FLOAT) + message(2, sides)))


class Graph:
    """A network being made from `state`, tensors by name."""

    def __init__(self, state):
        self.state, self.used, self.nodes, self.weights = state, set(), [], []

    def weight(self, name):
        if name not in self.used:
            self.used.add(name)
            self.weights.append(tensor(name, self.state[name].shape, self.state[name].bytes()))
        return name

    def constant(self, name, shape, *values):
        if name not in self.used:
            self.used.add(name)
            self.weights.append(tensor(name, shape, struct.pack(f"<{len(values)}f", *values)))
        return name

    def node(self, operator, inputs, output=None, **attributes):
        output = output or f"t{len(self.nodes) + 1}"
        self.nodes.append(
            b"".join(message(1, name) for name in inputs) + message(2, output) + message(3, output)
            + message(4, operator)
            + b"".join(message(5, attribute(name, value)) for name, value in sorted(attributes.items())))
        return output

    def model(self, result, name, input_shape, output_shape):
        """The file's bytes. Its input is `image`, its output `probabilities`. Every weight must have been used."""
        unused = [name for name in self.state if name not in self.used and not name.endswith("num_batches_tracked")]
        if unused:
            raise ValueError(f"weights without a place: {unused[:4]}")
        self.node("Identity", [result], output="probabilities")
        graph = (
            b"".join(message(1, node) for node in self.nodes) + message(2, name)
            + b"".join(message(5, weight) for weight in self.weights)
            + message(11, floats("image", input_shape)) + message(12, floats("probabilities", output_shape)))
        opset = message(1, "") + integer(2, OPSET)
        return integer(1, IR_VERSION) + message(2, "framesift") + message(7, graph) + message(8, opset)
