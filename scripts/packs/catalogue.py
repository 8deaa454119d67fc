"""What can be fetched: a folder with `sources.json` and a manifest for each pack, NAME.yaml."""
import json
import os
import re

# A manifest's files: "file" and "sha256" stand together.
FILE = re.compile(r"\bfile:\s*([^\s,}]+)[\s,]+sha256:\s*([0-9a-f]{64})")


class Catalogue:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "sources.json"), encoding="utf-8") as file:
            sources = json.load(file)
        self.wheels = sources["wheels"]
        self.retired = sources.get("retired", [])  # names that other packs took the place of
        self.packs = {
            name: pack["files"] for name, pack in sources["packs"].items() if os.path.exists(self.manifest(name))}
        self.free = [name for name in self.packs if not sources["packs"][name].get("onlyByName")]

    def manifest(self, name):
        return os.path.join(self.folder, name + ".yaml")

    def checksums(self, name):
        """SHA-256 of each file that the manifest names."""
        with open(self.manifest(name), encoding="utf-8") as file:
            return dict(FILE.findall(file.read()))

    def wheels_of(self, names):
        return sorted({file["wheel"] for name in names for file in self.packs[name]})
