#!/usr/bin/env python3
"""The Debian package and the image of scripts/package: `package.py REPOSITORY BUILD DEBIAN_TAR CLIP`, as root. The package
is made of the program in BUILD; CLIP shows a QR code."""
import filecmp
import glob
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import servers
from cases import case
from Packaging import asking, trees

REPOSITORY, BUILD, DEBIAN_TAR, CLIP = sys.argv[1:5]
STATE = "/var/lib/framesift"
NOBODY = 65534


def out(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def packages(folder):
    """Packages twice at once, the second time with other settings of the machine, which must not show."""
    def start(name, **options):
        command = [f"{REPOSITORY}/scripts/package", "--image", "--level", "0", "--build", BUILD, "--into"]
        return subprocess.Popen([*command, f"{folder}/{name}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)

    elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "HOME": folder}
    runs = [start("first"), start("second", umask=0o077, env=elsewhere)]
    for run in runs:
        _, said = run.communicate(timeout=600)
        assert run.returncode == 0, said
    [package] = glob.glob(f"{folder}/first/*.deb")
    return package


def differing(first, second):
    """The files of two folders that are not the same, or not in both."""
    def files(folder):
        return {os.path.relpath(f"{at}/{name}", folder) for at, _, names in os.walk(folder) for name in names}

    both = files(first) & files(second)
    return (files(first) ^ files(second)) | set(filecmp.cmpfiles(first, second, both, shallow=False)[1])


def digests(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            with open(f"{at}/{name}", "rb") as file:
                found[os.path.relpath(f"{at}/{name}", folder)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def listing(tree):
    """All paths on the disk of a tree, but for what any package's coming and going writes."""
    kept = [word for path in ("var/lib/dpkg", "var/log", "var/cache", "run") for word in ("-not", "-path", f"*/{path}/*")]
    found = out("find", tree.root, "-xdev", *kept, "-not", "-name", "*-", "-not", "-name", ".pwd.lock").splitlines()
    return {path.removeprefix(tree.root) for path in found}


def needed_packages(tree):
    """The packages of the libraries that what is installed names."""
    private = glob.glob(tree.path("/usr/lib/framesift/**"), recursive=True)
    names = set()
    for path in private:
        if os.path.isfile(path):
            names |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", out("readelf", "-d", path)))
    libraries = names - {os.path.basename(path) for path in private}
    owners = tree.run("dpkg-query", "--search", *[f"*/{name}" for name in libraries])
    found = {line.rsplit(": ", 1)[1].rsplit("/", 1)[1]: line.split(":")[0] for line in owners.splitlines()}
    assert set(found) >= libraries, libraries - set(found)
    return {found[name] for name in libraries}


def check(tree):
    """The verdict on the clip, of a user who has nothing."""
    shutil.copy(CLIP, tree.path("/tmp/clip.mp4"))
    os.chmod(tree.path("/tmp/clip.mp4"), 0o644)
    return json.loads(tree.run("framesift", "check", "/tmp/clip.mp4", "--task", "porn_moderation,qr_code_moderation",
                               "--format", "json", user=NOBODY, variables={"HOME": "/nonexistent"}))


def newer(package, folder):
    """The same package, as a version that comes later."""
    subprocess.run(["dpkg-deb", "--raw-extract", package, f"{folder}/newer"], check=True)
    control = f"{folder}/newer/DEBIAN/control"
    with open(control, encoding="utf-8") as file:
        text = file.read()
    with open(control, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^(Version: .*)$", r"\1+later", text))
    out("dpkg-deb", "--root-owner-group", "-Znone", "--build", f"{folder}/newer", f"{folder}/newer.deb")
    shutil.rmtree(f"{folder}/newer")
    return f"{folder}/newer.deb"


def install(tree, package):
    shutil.copy(package, tree.path("/tmp/package.deb"))
    tree.run("dpkg", "--install", "/tmp/package.deb")


def version(tree):
    return tree.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "framesift")


def serve(tree, unit):
    """Runs the service as its unit says, as far as that goes without systemd, and asks it."""
    with open(tree.path("/etc/passwd"), encoding="utf-8") as file:
        [user] = [int(line.split(":")[2]) for line in file if line.startswith(unit.one("User") + ":")]
    assert os.stat(tree.path(STATE)).st_uid == user and os.stat(tree.path(STATE)).st_mode & 0o777 == 0o700
    asking.put_keys(tree, unit.credentials, user)
    # The state stays on the disk, so that it is there for the versions that follow.
    with tempfile.TemporaryDirectory() as state:
        subprocess.run(["mount", "--bind", tree.path(STATE), state], check=True)
        try:
            with tree.read_only(("/tmp", None)):
                subprocess.run(["mount", "--bind", state, tree.path(STATE)], check=True)
                try:
                    with tree.running(unit.command, user, unit.variables):
                        servers.until(asking.is_up, "the service", 60)
                        return asking.judged(CLIP), asking.judged(CLIP, "someone-else"), digests(state)
                finally:
                    subprocess.run(["umount", tree.path(STATE)], check=True)
        finally:
            subprocess.run(["umount", state], check=True)


def is_kept(answer):
    return answer["status"] == "success" and answer["final_decision"] == "KO"


def of_the_package(folder, package):
    tree = trees.unpacked(DEBIAN_TAR, f"{folder}/tree")
    before = listing(tree)
    with case("a Debian without a compiler, sources or a network takes it"):
        for name in ("cc", "gcc", "clang", "swift", "swiftc", "framesift"):
            assert shutil.which(name, path=":".join(map(tree.path, trees.PATH.split(":")))) is None, name
        install(tree, package)
        assert version(tree).startswith("installed "), version(tree)
    with case("it depends on the packages of all libraries that its files name"):
        depends = out("dpkg-deb", "--field", package, "Depends")
        named = {re.match(r"[a-z0-9.+-]+", part.strip()).group() for part in re.split(r"[,|]", depends)}
        missing = needed_packages(tree) - named
        assert not missing, missing
        assert "libavformat59" in named and "libopenvino" not in depends, depends
    with case("once installed it judges a clip, for anybody"):
        verdict = check(tree)
        assert verdict["status"] == "success" and verdict["final_decision"] == "KO", verdict
        assert set(tree.run("framesift", "packs", "verify").split()) >= {"open-nsfw", "faces", "pp-ocr"}
        # And without the models it would not.
        os.rename(tree.path("/usr/share/framesift"), tree.path("/usr/share/away"))
        tree.run("framesift", "check", "/tmp/clip.mp4", "--format", "json", status=69)
        os.rename(tree.path("/usr/share/away"), tree.path("/usr/share/framesift"))
    unit = asking.Unit(tree.path("/usr/lib/systemd/system/framesift.service"))
    with case("its unit leaves the service as little as the one it is made of"):
        security = ["systemd-analyze", "security", "--offline=true"]
        units = [tree.path("/usr/lib/systemd/system/framesift.service"), f"{REPOSITORY}/Samples/deploy/framesift.service"]
        found = [float(re.search(r"exposure level for \S+ ([0-9.]+)", out(*security, path)).group(1)) for path in units]
        assert found[0] <= max(2, found[1]), found
        assert unit.command[0] == "/usr/bin/framesift" and "/opt/" not in unit.text
        verified = f"{folder}/framesift.service"
        broken = unit.text.replace("ProtectSystem=strict", "ProtectSystem=strictly")
        for text, is_right in [(unit.text, True), (broken, False)]:
            with open(verified, "w", encoding="utf-8") as file:
                file.write(text.replace("=/usr/bin/framesift", f"={tree.root}/usr/lib/framesift/framesift")
                           .replace("User=framesift", "User=daemon"))
            ended = subprocess.run(["systemd-analyze", "verify", "--man=no", verified], capture_output=True, text=True)
            assert (ended.stderr == "") == is_right, ended
    with case("the service answers as its user, who can write nothing but its state"):
        answer, refused, state = serve(tree, unit)
        assert is_kept(answer), answer
        assert refused["status"] == "failure", refused
        assert state
    kept = digests(tree.path(STATE))
    with case("an upgrade keeps the state"):
        install(tree, newer(package, folder))
        assert version(tree).endswith("+later") and digests(tree.path(STATE)) == kept and kept
        assert is_kept(serve(tree, unit)[0])
    kept = digests(tree.path(STATE))
    with case("removal takes the program away and keeps the state"):
        tree.run("dpkg", "--remove", "framesift")
        assert not os.path.lexists(tree.path("/usr/bin/framesift")) and not os.path.exists(tree.path("/usr/lib/framesift"))
        assert not os.path.exists(tree.path("/usr/share/framesift"))
        assert digests(tree.path(STATE)) == kept and kept
    with case("a purge leaves nothing"):
        assert os.path.exists(tree.path(STATE)) and listing(tree) - before
        tree.run("dpkg", "--purge", "framesift")
        left = {path for path in listing(tree) - before if not path.startswith("/tmp/")}
        assert not left, left


def of_the_contents(folder, package):
    subprocess.run(["dpkg-deb", "--extract", package, f"{folder}/contents"], check=True)
    documents = f"{folder}/contents/usr/share/doc/framesift"
    with case("all that it ships has its licence beside it"):
        with open(f"{REPOSITORY}/Package.resolved", encoding="utf-8") as file:
            places = [pin["location"] for pin in json.load(file)["pins"]]
        resolved = {place.rstrip("/").rsplit("/", 1)[1].removesuffix(".git") for place in places}
        licences = set(os.listdir(f"{documents}/licenses"))
        assert licences == resolved | {"swift", "openvino"}, licences ^ resolved
        texts = "".join(open(path, encoding="utf-8", errors="replace").read() for path in
                        glob.glob(f"{documents}/licenses/openvino/**", recursive=True) if os.path.isfile(path))
        assert "hwloc" in texts and "oneTBB" in texts and "oneDNN" in texts
        with open(f"{documents}/licenses/swift/LICENSE.txt", encoding="utf-8") as file:
            assert "Runtime Library Exception" in file.read()
        with open(f"{REPOSITORY}/Sources/OnDevice/Packs/sources.json", encoding="utf-8") as file:
            catalogue = json.load(file)["packs"]
        shipped = set(os.listdir(f"{folder}/contents/usr/share/framesift/packs"))
        assert shipped == {name for name in catalogue if not catalogue[name].get("onlyByName")}, shipped
        with open(f"{documents}/copyright", encoding="utf-8") as file:
            copyright = file.read()
        assert "nudenet" in catalogue and "open_nsfw" in copyright and "common-licenses/Apache-2.0" in copyright
    with case("each command has its page, and shells complete it"):
        told = re.findall(r"(?m)^  ([a-z]+)  ", out(f"{BUILD}/framesift", "--help").split("SUBCOMMANDS:")[1])
        assert "check" in told and "serve" in told
        pages = {os.path.basename(path) for path in glob.glob(f"{folder}/contents/usr/share/man/man1/*")}
        assert pages == {"framesift.1.gz"} | {f"framesift-{name}.1.gz" for name in told}, pages
        with gzip.open(f"{folder}/contents/usr/share/man/man1/framesift-check.1.gz", "rt", encoding="utf-8") as file:
            page = file.read()
        for option in re.findall(r"(?m)^  (--[a-z-]+)", out(f"{BUILD}/framesift", "check", "--help")):
            assert "\\fB" + option.replace("-", "\\-") + "\\fR" in page, option
        completions = f"{folder}/contents/usr/share/bash-completion/completions/framesift"
        complete = """source "$1"; COMP_WORDS=(framesift chec) COMP_CWORD=1 COMP_LINE="framesift chec" COMP_POINT=14
            _framesift framesift chec framesift; echo "${COMPREPLY[@]}" """
        assert "check" in out("bash", "-c", complete, "bash", completions).split()


def of_the_image(folder, image):
    with case("the image is one that other programs read"):
        with open(f"{image}/index.json", encoding="utf-8") as file:
            [manifest] = json.load(file)["manifests"]
        name = f"{image}:{manifest['annotations']['org.opencontainers.image.ref.name']}"
        told = json.loads(out("skopeo", "inspect", "--config", f"oci:{name}"))
        assert told["config"]["ExposedPorts"] == {"8080/tcp": {}} and told["config"]["Entrypoint"] == ["framesift"], told
        # Looks at every digest on the way.
        subprocess.run(["umoci", "unpack", "--image", name, f"{folder}/bundle"], check=True, capture_output=True)
    with case("the image serves without root, a root that can be written or a network, and tells whether it is well"):
        with open(f"{folder}/bundle/config.json", encoding="utf-8") as file:
            process = json.load(file)["process"]
        user = process["user"]["uid"]
        assert user == process["user"]["gid"] == 10001, process
        variables = dict(pair.split("=", 1) for pair in process["env"])
        with open(f"{image}/blobs/{manifest['digest'].replace(':', '/')}", encoding="utf-8") as file:
            config = json.load(file)["config"]["digest"]
        with open(f"{image}/blobs/{config.replace(':', '/')}", encoding="utf-8") as file:
            [kind, *health] = json.load(file)["config"]["Healthcheck"]["Test"]
        assert kind == "CMD"
        tree = trees.Tree(f"{folder}/bundle/rootfs")
        asking.put_keys(tree, "/run/keys", user)
        with tree.read_only(("/tmp", None), (STATE, user)):
            early = subprocess.run(tree.command(health, user), env=tree.environment(variables), capture_output=True)
            assert early.returncode != 0, early
            with tree.running(process["args"], user, variables):
                servers.until(asking.is_up, "the image", 60)
                tree.run(*health, user=user, variables=variables)
                assert is_kept(asking.judged(CLIP))


def main():
    if not trees.alone("FRAMESIFT_PACKAGE_TEST"):
        return
    folder = os.environ["FRAMESIFT_PACKAGE_TEST"]
    with case("two runs make the same bytes"):
        package = packages(folder)
        changed = differing(f"{folder}/first", f"{folder}/second")
        assert not changed, changed
        # And it would show.
        with open(f"{folder}/second/{os.path.basename(package)}", "ab") as file:
            file.write(b"\n")
        assert differing(f"{folder}/first", f"{folder}/second") == {os.path.basename(package)}
    shutil.rmtree(f"{folder}/second")
    of_the_contents(folder, package)
    of_the_package(folder, package)
    of_the_image(folder, f"{folder}/first/image")


if __name__ == "__main__":
    main()
