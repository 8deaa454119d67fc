"""Two EfficientNets, from PyTorch weights to ONNX.

efficientnet-lite0  ImageNet's classes; weights named as in efficientnet-lite-pytorch, padding as TensorFlow has it
drawing             torchvision's efficientnet_b0 with one output, the probability of a photograph; takes 0…255
"""
import math

from . import onnx, pytorch

SIDE = 224
# Repeats, kernel, stride, expansion, output channels (Tan & Le 2019, table 1).
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]
STEM_CHANNELS = 32


class EfficientNet(onnx.Graph):
    def __init__(self, state, epsilon, same_padding):
        super().__init__(state)
        self.epsilon, self.same_padding = epsilon, same_padding
        self.side = SIDE  # of what the last convolution gave

    def convolution(self, x, weights, norm, stride=1, groups=1):
        """A convolution and its batch normalisation."""
        kernel = self.state[weights + ".weight"].shape[-1]
        output = math.ceil(self.side / stride)
        if self.same_padding:  # TensorFlow's SAME: an odd pixel goes right and below
            room = max((output - 1) * stride + kernel - self.side, 0)
            before, after = room // 2, room - room // 2
        else:
            before = after = (kernel - 1) // 2
        self.side = output
        x = self.node("Conv", [x, self.weight(weights + ".weight")], group=groups, kernel_shape=[kernel] * 2,
                      pads=[before, before, after, after], strides=[stride] * 2)
        parameters = [self.weight(f"{norm}.{name}") for name in ("weight", "bias", "running_mean", "running_var")]
        return self.node("BatchNormalization", [x] + parameters, epsilon=self.epsilon)

    def relu6(self, x):
        return self.node("Clip", [x, self.constant("zero", [], 0), self.constant("six", [], 6)])

    def silu(self, x):
        return self.node("Mul", [x, self.node("Sigmoid", [x])])

    def squeeze(self, x, weights):
        """Channels weighed by what the whole picture holds."""
        y = self.node("GlobalAveragePool", [x])
        for name, activation in (("fc1", self.silu), ("fc2", lambda y: self.node("Sigmoid", [y]))):
            parameters = [self.weight(f"{weights}.{name}.{part}") for part in ("weight", "bias")]
            y = activation(self.node("Conv", [y] + parameters, kernel_shape=[1, 1]))
        return self.node("Mul", [x, y])

    def head(self, x, weights):
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])], axis=1)
        return self.node("Gemm", [x, self.weight(weights + ".weight"), self.weight(weights + ".bias")], transB=1)

    def finished(self, x, name, outputs):
        return self.model(x, name, [1, 3, SIDE, SIDE], [1, outputs])


def lite0(state):
    net = EfficientNet(state, epsilon=1e-3, same_padding=True)
    x = net.relu6(net.convolution("image", "_conv_stem", "_bn0", stride=2))
    index, channels = 0, STEM_CHANNELS
    for repeats, _, stride, expansion, output in STAGES:
        for repeat in range(repeats):
            block, before, stride = f"_blocks.{index}.", x, stride if repeat == 0 else 1
            if expansion != 1:
                x = net.relu6(net.convolution(x, block + "_expand_conv", block + "_bn0"))
            x = net.relu6(net.convolution(
                x, block + "_depthwise_conv", block + "_bn1", stride, groups=channels * expansion))
            x = net.convolution(x, block + "_project_conv", block + "_bn2")
            if stride == 1 and channels == output:
                x = net.node("Add", [x, before])
            channels, index = output, index + 1
    x = net.relu6(net.convolution(x, "_conv_head", "_bn1"))
    return net.finished(net.node("Softmax", [net.head(x, "_fc")], axis=1), "efficientnet-lite0", 1000)


def drawing(state):
    net = EfficientNet(state, epsilon=1e-5, same_padding=False)
    # ImageNet's mean and deviation. They stand here because a pack's `scale` is one number for all channels.
    mean = net.constant("mean", [1, 3, 1, 1], 123.675, 116.28, 103.53)
    deviation = net.constant("std", [1, 3, 1, 1], 58.395, 57.12, 57.375)
    x = net.node("Div", [net.node("Sub", ["image", mean]), deviation])
    x = net.silu(net.convolution(x, "features.0.0", "features.0.1", stride=2))
    channels = STEM_CHANNELS
    for number, (repeats, _, stride, expansion, output) in enumerate(STAGES, 1):
        for repeat in range(repeats):
            block, before, stride = f"features.{number}.{repeat}.block", x, stride if repeat == 0 else 1
            at = 0
            if expansion != 1:
                x = net.silu(net.convolution(x, f"{block}.0.0", f"{block}.0.1"))
                at = 1
            x = net.silu(net.convolution(
                x, f"{block}.{at}.0", f"{block}.{at}.1", stride, groups=channels * expansion))
            x = net.squeeze(x, f"{block}.{at + 1}")
            x = net.convolution(x, f"{block}.{at + 2}.0", f"{block}.{at + 2}.1")
            if stride == 1 and channels == output:
                x = net.node("Add", [x, before])
            channels = output
    x = net.silu(net.convolution(x, "features.8.0", "features.8.1"))
    return net.finished(net.node("Sigmoid", [net.head(x, "classifier.1")]), "drawing", 1)


NETWORKS = {"efficientnet-lite0": lite0, "drawing": drawing}


def convert(network, source, target):
    """Writes the ONNX file `target` from the PyTorch file `source`. Raises `pytorch.Refused`."""
    data = NETWORKS[network](pytorch.read(source))
    with open(target, "wb") as file:
        file.write(data)
