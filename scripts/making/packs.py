"""Writes packs: the network as ONNX, and a manifest as Framesift reads it."""
import hashlib
import json
import os
import shutil
import tempfile
import warnings

import torch
from onnx_ir.passes.common import ClearMetadataAndDocStringPass

from . import Refused, models

OPSET = 18
# Framesift reads no more of a manifest.
LARGEST_MANIFEST = 64 * 1024
MANIFEST = "pack.yaml"


def zero_shot(source, prompts, name, licence, folder):
    torch.manual_seed(0)  # of random weights
    model = models.load(source, models.TwoTowers)
    own = model.preprocessing
    if own.side != own.scaled:
        raise Refused(f"{source} cuts pictures of {own.side} pixels out of larger ones, which no zero-shot pack can do")
    with torch.no_grad(), models.explained(f"{source} does not understand the prompts"):
        text = torch.nn.functional.normalize(model.text([sentence for _, sentence in prompts]).float(), dim=-1)
    if not text.isfinite().all():
        raise Refused(f"{source} makes numbers of the prompts that are none")
    network = models.Network(own, lambda pixels: torch.nn.functional.normalize(model.image(pixels), dim=-1))
    with staged(folder) as stage:
        export(source, network, own.side, stage.path("image.onnx"), "embedding")
        text.numpy().astype("<f4").tofile(stage.path("text.f32"))
        stage.write_manifest(source, name, "zero-shot", licence, {"image": "image.onnx", "text": "text.f32"}, [
            "input:",
            "  layout: nchw",
            "  channels: rgb",
            f"  side: {own.side}",
            f"  resize: {'squash' if own.squash else 'shortest-side-then-crop'}",
            f"  filter: {own.filter}",
            *PIXELS,
            f"dimension: {text.shape[1]}",
            f"logit_scale: {model.scale!r}",
            *([] if model.bias is None else [f"logit_bias: {model.bias!r}"]),
            f"activation: {'softmax' if model.bias is None else 'sigmoid'}",
            "prompts:                # in the order of text.f32",
            *(f"  - {{category: {category}, text: {json.dumps(sentence, ensure_ascii=False)}}}"
              for category, sentence in prompts),
        ])


def classifier(source, outputs, name, licence, folder):
    torch.manual_seed(0)
    model = models.load(source, models.ImageClassifier)
    own = model.preprocessing
    categories = {index_of(key, model.names, source): category for key, category in outputs.items()}
    alone = len(model.names) == 1

    def probabilities(pixels):
        logits = model.run(pixels)
        return torch.sigmoid(logits) if model.is_multiple or alone else torch.softmax(logits, -1)

    with staged(folder) as stage:
        network = models.Network(own, probabilities)
        export(source, network, own.side, stage.path("classifier.onnx"), "probabilities")
        stage.write_manifest(source, name, "classifier", licence, {"classifier": "classifier.onnx"}, [
            "input:",
            "  layout: nchw",
            "  channels: rgb",
            f"  resize: [{own.scaled}, {own.scaled}]",
            *([f"  crop: [{own.side}, {own.side}]"] if own.side != own.scaled else []),
            *PIXELS,
            f"views: {'whole' if own.squash else 'centre'}",
            "outputs:",
            *(f"  {index}: {category}   # {json.dumps(str(model.names[index]))}" for index, category in sorted(categories.items())),
        ])


# The network does the rest.
PIXELS = ["  mean: [0, 0, 0]", f"  scale: {1 / 255!r}"]


def index_of(key, names, source):
    """The index of a class that is given by its name or its index."""
    if str(key) in names:
        return names.index(str(key))
    if str(key).isdecimal() and int(key) < len(names):
        return int(key)
    some = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    raise Refused(f"{source} has no class “{key}”; it has {some}")


def export(source, network, side, path, output):
    pixels = torch.rand(1, 3, side, side)
    with torch.no_grad(), warnings.catch_warnings(), models.explained(f"{source} cannot be written as ONNX"):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.eval(), (pixels,), input_names=["image"], output_names=[output], opset_version=OPSET, dynamo=True,
            verbose=False)
    # They say where in whose Python each operation stood.
    ClearMetadataAndDocStringPass()(program.model)
    program.save(path, external_data=False)


class staged:
    """A folder that takes its name when it is complete."""

    def __init__(self, folder):
        self.target = os.path.abspath(folder)

    def __enter__(self):
        os.makedirs(os.path.dirname(self.target), exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix=".making-", dir=os.path.dirname(self.target))
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            os.rename(self.folder, self.target)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, file):
        return os.path.join(self.folder, file)

    def write_manifest(self, source, name, kind, licence, files, options):
        sums = {model: sha256(self.path(file)) for model, file in files.items()}
        # Another version for other weights or sentences: what was judged by the old ones is not taken for theirs.
        version = hashlib.sha256("".join([*sums.values(), *options]).encode()).hexdigest()[:12]
        lines = [
            f"# Made by make-zero-shot-pack of {source}; nobody measured how well it judges.",
            f"name: {json.dumps(name)}",
            f'version: "{version}"',
            f"kind: {kind}",
            f"licence: {json.dumps(licence)}",
            "models:",
            *(f"  {model}: {{file: {file}, sha256: {sums[model]}}}" for model, file in files.items()),
            *options,
        ]
        text = ("\n".join(lines) + "\n").encode()
        if len(text) > LARGEST_MANIFEST:
            raise Refused(f"the manifest would have {len(text)} bytes, and {LARGEST_MANIFEST} are allowed; "
                          "use fewer prompts or shorter ones")
        with open(self.path(MANIFEST), "wb") as file:
            file.write(text)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
