"""What somebody asks for: a model, and sentences or classes by category. Needs no PyTorch."""
import dataclasses
import os
import re

from . import Refused

NEUTRAL = "neutral"
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LIBRARIES = ("open_clip", "transformers", "timm")
RANDOM = "none"


@dataclasses.dataclass(frozen=True)
class Source:
    """A model: a library, a name in it, and a file of weights where they are not its own."""
    library: str
    name: str
    weights: str | None

    @property
    def is_random(self):
        return self.weights == RANDOM

    @property
    def is_folder(self):
        return os.path.isdir(self.name)

    @property
    def shown_name(self):
        """Names no folder of whoever made the pack."""
        return os.path.basename(os.path.abspath(self.name)) if self.is_folder else self.name

    @property
    def slug(self):
        return re.sub(r"[^a-z0-9.]+", "-", self.shown_name.lower()).strip("-.")

    def __str__(self):
        return f"{self.library}:{self.shown_name}"

    @staticmethod
    def named(text, weights):
        library, _, name = text.partition(":")
        if library not in LIBRARIES or not name:
            raise Refused(f"“{text}” is no model; one is LIBRARY:NAME, with a library of {', '.join(LIBRARIES)}")
        if weights not in (None, RANDOM) and not os.path.isfile(weights):
            raise Refused(f"there is no file of weights {weights}")
        return Source(library, name, weights)


def pack_name(name):
    if not WORD.fullmatch(name):
        raise Refused(f"a pack's name is made of letters, digits, - _ and .; “{name}” is not")
    return name


def prompts(path):
    """Pairs of category and sentence, in the order of the file."""
    pairs = []
    for category, sentences in mapping(path).items():
        sentences = [sentences] if isinstance(sentences, str) else sentences
        if not isinstance(sentences, list) or not all(isinstance(text, str) and text.strip() for text in sentences):
            raise Refused(f"{path}: {category} has something else than a list of sentences")
        check_category(path, category)
        pairs += [(category, text.strip()) for text in sentences]
    categories = {category for category, _ in pairs}
    if NEUTRAL not in categories:
        raise Refused(f"{path}: no prompt is neutral, so every picture would be one of the categories; "
                      f"add sentences under `{NEUTRAL}` for what is none of them")
    if categories == {NEUTRAL}:
        raise Refused(f"{path}: every prompt is neutral; name a category")
    return pairs


def outputs(path):
    """Category by class: by its name or its index."""
    result = mapping(path)
    for category in result.values():
        check_category(path, category)
    return result


def check_category(path, category):
    if not isinstance(category, str) or not WORD.fullmatch(category):
        raise Refused(f"{path}: “{category}” is no category; one is made of letters, digits, - _ and .")


def mapping(path):
    import yaml
    try:
        with open(path, encoding="utf-8") as file:
            result = yaml.safe_load(file)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused(f"{path} is no YAML" + (f" (line {mark.line + 1})" if mark else "")) from error
    if not isinstance(result, dict) or not result:
        raise Refused(f"{path} has no keys")
    return result
