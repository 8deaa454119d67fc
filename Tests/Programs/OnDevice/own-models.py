"""Makes Tests/OnDeviceTests/own-models: packs that make-zero-shot-pack makes of tiny models, and what the models' own libraries say.

    pip install torch pyyaml onnx onnxscript open_clip_torch transformers scikit-image
    own-models.py OUT       OUT must not be there yet

Run once, with torch 2.15.0, open_clip 3.3.0 and transformers 5.24.0; the tests read what it wrote. Weights are random:
large enough for the pictures to differ."""
import contextlib
import json
import os
import subprocess
import sys
import tempfile

import open_clip
import skimage
import torch
import transformers
from PIL import Image

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
SIDE = 64
# Wide, tall and square; larger than the networks' input by other factors.
PICTURES = ["astronaut.png", "coffee.png", "chelsea.png", "motorcycle_left.png", "page.png", "cell.png",
            "clock_motion.png", "color.png", "hubble_deep_field.jpg", "rocket.jpg", "brick.png", "ihc.png"]
PROMPTS = {
    "gore": ["a photo of a bloody open wound", "a photo of a corpse"],
    "tobacco": ["a photo of a person smoking a cigarette"],
    "neutral": ["a photo", "a photo of tomato sauce or ketchup", "a page of text"],
}
OUTPUTS = {"unsafe": "nudity.explicit", 2: "tobacco"}
TOWERS = {"width": 32, "layers": 2}
PREPROCESSING = {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28], "interpolation": "bicubic"}


def pictures():
    data = os.path.join(os.path.dirname(skimage.__file__), "data")
    for name in PICTURES:
        yield name, Image.open(os.path.join(data, name)).convert("RGB")


def make_pack(model, option, request, folder):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(request, file)  # YAML, too
        file.flush()
        subprocess.run(
            [sys.executable, os.path.join(ROOT, "scripts", "make-zero-shot-pack"), model, option, file.name,
             "--licence", "CC0-1.0", "--name", os.path.basename(folder), folder], check=True, stdout=sys.stderr)


@contextlib.contextmanager
def saving_as(name):
    with tempfile.TemporaryDirectory() as parent:
        folder = os.path.join(parent, name)
        os.mkdir(folder)
        yield folder


def zero_shot(folder, resize_mode, more):
    """Makes the pack; the probability of each sentence by picture, as open_clip gives it."""
    with saving_as("tiny-clip") as saved:
        config = {"model_cfg": {
            "embed_dim": 16, "vision_cfg": {**TOWERS, "image_size": SIDE, "patch_size": 16, "head_width": 16},
            "text_cfg": {**TOWERS, "heads": 2, "context_length": 77, "vocab_size": 49408},
            **more},
            "preprocess_cfg": {**PREPROCESSING, "size": SIDE, "resize_mode": resize_mode}}
        with open(os.path.join(saved, "open_clip_config.json"), "w") as file:
            json.dump(config, file)
        name = f"local-dir:{saved}"
        torch.manual_seed(7)
        model = open_clip.create_model(name, load_weights=False)
        spread(model.visual)
        torch.save(model.state_dict(), os.path.join(saved, "open_clip_pytorch_model.bin"))
        model, preprocess = open_clip.create_model_from_pretrained(name)
        tokens = open_clip.get_tokenizer(name)([text for texts in PROMPTS.values() for text in texts])
        make_pack(f"open_clip:{saved}", "--prompts", PROMPTS, folder)
    activation = torch.sigmoid if "init_logit_bias" in more else lambda logits: torch.softmax(logits, -1)
    return {name: answer(activation(model.get_logits(preprocess(picture)[None], tokens)[0])[0])
            for name, picture in pictures()}


def classifier(folder):
    """The same of the classes of a transformers classifier, which squashes."""
    with saving_as("tiny-vit") as saved:
        torch.manual_seed(7)
        model = transformers.ViTForImageClassification(transformers.ViTConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=SIDE,
            patch_size=16, id2label={0: "safe", 1: "unsafe", 2: "smoke"})).eval()
        spread(model)
        processor = transformers.ViTImageProcessor(size={"width": SIDE, "height": SIDE})
        model.save_pretrained(saved)
        processor.save_pretrained(saved)
        make_pack(f"transformers:{saved}", "--outputs", OUTPUTS, folder)
    return {name: answer(torch.softmax(model(**processor(picture, return_tensors="pt")).logits, -1)[0])
            for name, picture in pictures()}


@torch.no_grad()
def spread(model):
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.mul_(3)


def answer(probabilities):
    return [round(value, 6) for value in probabilities.tolist()]


out = sys.argv[1]
os.mkdir(out)
with torch.no_grad():
    result = {
        "crop": zero_shot(os.path.join(out, "crop"), "shortest", {}),
        "squash": zero_shot(os.path.join(out, "squash"), "squash", {}),
        "siglip": zero_shot(os.path.join(out, "siglip"), "squash", {"init_logit_bias": -2.0}),
        "classifier": classifier(os.path.join(out, "classifier")),
    }
with open(os.path.join(out, "expected.json"), "w") as file:
    json.dump(result, file, indent=1)
