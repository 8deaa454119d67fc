"""Models of three libraries, made alike: pixels in, and what a pack says of them."""
import contextlib
import dataclasses
import math

import torch

from . import Refused


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """What becomes of a picture before the network sees it."""
    # Width and height that the network takes.
    side: int
    # Width and height that the shorter side, or with `squash` both, are scaled to; the middle is cut out of that.
    scaled: int
    squash: bool
    # bilinear or bicubic
    filter: str
    # Of channels from 0 to 1.
    mean: tuple
    deviation: tuple

    def __post_init__(self):
        if self.filter not in ("bilinear", "bicubic"):
            raise Refused(f"the model's pictures are scaled by the filter {self.filter}, which no pack can do")


class Network(torch.nn.Module):
    """Takes pixels from 0 to 1, so that a pack need not know how they are normalised."""

    def __init__(self, preprocessing, run):
        super().__init__()
        self.register_buffer("mean", torch.tensor(preprocessing.mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(preprocessing.deviation).view(1, 3, 1, 1))
        self.run = run

    def forward(self, image):
        return self.run((image - self.mean) / self.deviation)


@dataclasses.dataclass(frozen=True)
class TwoTowers:
    """A CLIP or a SigLIP."""
    preprocessing: Preprocessing
    # Normalised pixels to embeddings of any length.
    image: callable
    # A list of sentences to embeddings of any length.
    text: callable
    scale: float
    # SigLIP's; None: the sentences share one probability.
    bias: float | None


@dataclasses.dataclass(frozen=True)
class ImageClassifier:
    preprocessing: Preprocessing
    # Normalised pixels to one number for each class.
    run: callable
    # Where known.
    names: list
    # Each class has a probability of its own.
    is_multiple: bool


def square(source, size):
    """One side of two that must be alike."""
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise Refused(f"{source} takes pictures that are not square")
    return sides.pop()


def of_open_clip(source):
    import open_clip
    name, _, tag = source.name.partition("/")
    if source.is_folder:
        name, tag = f"local-dir:{source.name}", ""
    elif source.name.startswith("hf-hub:"):
        name, tag = source.name, ""
    elif not tag and source.weights is None:
        raise Refused(f"{source} names no weights; write {source}/WEIGHTS, or --weights")
    model = open_clip.create_model(
        name, pretrained=None if source.is_random else source.weights or tag or None,
        load_weights=not source.is_random, pretrained_text=False).eval()
    tokenizer = open_clip.get_tokenizer(name)
    own = open_clip.get_model_preprocess_cfg(model)
    if own["resize_mode"] not in ("shortest", "squash"):
        raise Refused(f"{source} scales pictures by {own['resize_mode']}, which no pack can do")
    side = square(source, own["size"])
    bias = getattr(model, "logit_bias", None)
    return TwoTowers(
        Preprocessing(side, side, own["resize_mode"] == "squash", own["interpolation"], own["mean"], own["std"]),
        model.encode_image, lambda sentences: model.encode_text(tokenizer(sentences)),
        model.logit_scale.exp().item(), None if bias is None else bias.item())


def of_transformers_two_towers(source):
    import transformers
    model = loaded_by_transformers(source, transformers.AutoModel)
    if not hasattr(model, "get_image_features") or not hasattr(model, "logit_scale"):
        raise Refused(f"{source} is no CLIP or SigLIP")
    processor = transformers.AutoProcessor.from_pretrained(source.name)
    # What SigLIP was trained with; CLIP looks at the end of the sentence and no further.
    length = model.config.text_config.max_position_embeddings

    def text(sentences):
        tokens = processor(
            text=sentences, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
        return pooled(model.get_text_features(**tokens))

    bias = getattr(model, "logit_bias", None)
    return TwoTowers(
        preprocessing_of_transformers(source, processor.image_processor),
        lambda pixels: pooled(model.get_image_features(pixel_values=pixels)), text,
        model.logit_scale.exp().item(), None if bias is None else bias.item())


def pooled(features):
    return features if isinstance(features, torch.Tensor) else features.pooler_output


def of_transformers_classifier(source):
    import transformers
    model = loaded_by_transformers(source, transformers.AutoModelForImageClassification)
    processor = transformers.AutoImageProcessor.from_pretrained(source.name)
    names = [model.config.id2label[index] for index in range(model.config.num_labels)]
    return ImageClassifier(
        preprocessing_of_transformers(source, processor), lambda pixels: model(pixel_values=pixels).logits, names,
        model.config.problem_type == "multi_label_classification")


def loaded_by_transformers(source, kind):
    import transformers
    if source.is_random:
        return kind.from_config(transformers.AutoConfig.from_pretrained(source.name)).eval()
    if source.weights:
        raise Refused("a model of transformers has its weights in its folder; name that instead of --weights")
    model, loading = kind.from_pretrained(source.name, dtype=torch.float32, output_loading_info=True)
    if loading["missing_keys"]:  # the library would make them up
        raise Refused(f"{source} has no weights for a model of this kind ({sorted(loading['missing_keys'])[0]})")
    return model.eval()


def preprocessing_of_transformers(source, own):
    size = dict(getattr(own, "size", None) or {})
    width, height, shorter = (size.get(key) for key in ("width", "height", "shortest_edge"))
    filters = {2: "bilinear", 3: "bicubic"}
    if not own.do_resize or (shorter is None and width is None):
        raise Refused(f"{source} does not scale pictures to one size")
    scaled = shorter or square(source, (width, height))
    side, squash = scaled, shorter is None
    crop_share = getattr(own, "crop_pct", None)
    if shorter and crop_share:  # ConvNeXt: the size is that of the crop, and large ones are squashed
        squash = shorter >= 384
        scaled = shorter if squash else int(shorter / crop_share)
    elif getattr(own, "do_center_crop", None):
        crop = dict(own.crop_size)
        side = square(source, (crop["width"], crop["height"]))
    elif shorter:
        raise Refused(f"{source} takes pictures that are not square")
    if not math.isclose(own.rescale_factor, 1 / 255, rel_tol=1e-3):
        raise Refused(f"{source} takes pixels in a range of its own")
    mean, deviation = (own.image_mean, own.image_std) if own.do_normalize else ((0.0,) * 3, (1.0,) * 3)
    return Preprocessing(
        side, scaled, squash, filters.get(int(own.resample), str(own.resample)), tuple(mean), tuple(deviation))


def of_timm(source):
    import timm
    path = None if source.is_random else source.weights
    model = timm.create_model(source.name, pretrained=source.weights is None, checkpoint_path=path or "").eval()
    own = timm.data.resolve_model_data_config(model)
    side = square(source, own["input_size"][1:])
    if own["crop_mode"] not in ("center", "squash"):
        raise Refused(f"{source} cuts pictures by {own['crop_mode']}, which no pack can do")
    preprocessing = Preprocessing(
        side, math.floor(side / own["crop_pct"]), own["crop_mode"] == "squash", own["interpolation"], own["mean"],
        own["std"])
    names = model.pretrained_cfg.get("label_names") or [str(index) for index in range(model.num_classes)]
    return ImageClassifier(preprocessing, model, list(names), is_multiple=False)


def load(source, kind):
    """`TwoTowers` or an `ImageClassifier`."""
    loaders = {
        TwoTowers: {"open_clip": of_open_clip, "transformers": of_transformers_two_towers},
        ImageClassifier: {"timm": of_timm, "transformers": of_transformers_classifier},
    }[kind]
    if source.library not in loaders:
        raise Refused(f"{source} is not for this: --prompts is for open_clip and transformers, "
                      "--outputs for timm and transformers")
    with explained(f"{source} cannot be loaded"):
        return loaders[source.library](source)


@contextlib.contextmanager
def explained(failure):
    """Makes one sentence of whatever a library throws: for a wrong name, without a network, for broken weights."""
    try:
        yield
    except (Refused, ModuleNotFoundError):
        raise
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Refused(f"{failure} ({said.rstrip('.')})") from error
