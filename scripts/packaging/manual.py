#!/usr/bin/env python3
"""Manual pages, out of what the program says of itself: `manual.py FOLDER DATE < HELP`.

HELP is what `framesift --experimental-dump-help` prints; DATE stands at the foot of each page, with the version in
FRAMESIFT_VERSION. There is a page for the program and one for each command, which tells of its own commands, too."""
import json
import os
import re
import sys


def escaped(text):
    """Text as roff shows it unchanged."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def discussion(text):
    """As it is: commands stand in it, a line each."""
    return [".nf", escaped(text.rstrip()), ".fi"]


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def cursive(text):
    return f"\\fI{escaped(text)}\\fR"


def spelled(name):
    """`-o`, `--output` or `-output`."""
    return {"long": "--", "short": "-", "longWithSingleDash": "-"}[name["kind"]] + name["name"]


def title(argument):
    value = cursive(f"<{argument['valueName']}>")
    if argument["kind"] == "positional":
        return value
    names = ", ".join(bold(spelled(name)) for name in argument["names"])
    return names if argument["kind"] == "flag" else f"{names} {value}"


def described(argument):
    parts = [argument.get("abstract", ""), argument.get("discussion", "")]
    if argument.get("allValues") and argument["kind"] != "flag":
        parts.append("One of: " + ", ".join(argument["allValues"]) + ".")
    if argument.get("defaultValue") and argument["kind"] != "flag":
        parts.append(f"Default: {argument['defaultValue']}.")
    return escaped(" ".join(part for part in parts if part))


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]


def subcommands(command):
    """But for those that only the program itself calls."""
    return [other for other in command.get("subcommands", [])
            if other["commandName"] != "help" and other["shouldDisplay"]]


def synopsis(path, command):
    words = [bold(" ".join(path))]
    for argument in shown(command):
        if argument["kind"] == "positional":
            word = title(argument) + (" ..." if argument["isRepeating"] else "")
            words.append(f"[{word}]" if argument["isOptional"] else word)
    if any(argument["kind"] != "positional" for argument in shown(command)):
        words.insert(1, "[" + cursive("options") + "]")
    if subcommands(command):
        words.append(cursive("command") + " ...")
    return " ".join(words)


def options(command):
    return [line for argument in shown(command) for line in (".TP", title(argument), described(argument))]


def page(path, command, parent, version, date):
    name = "-".join(path)
    lines = [
        f'.TH "{name.upper()}" 1 "{date}" "framesift {version}" "Framesift"', ".SH NAME",
        f"{escaped(name)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS", synopsis(path, command)]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", *discussion(command["discussion"])]
    lines += [".SH OPTIONS", *options(command)]
    inner = subcommands(command)
    if inner:
        lines.append(".SH COMMANDS")
    for other in inner:
        if parent is None:
            lines += [".TP", bold(f"framesift-{other['commandName']}") + "(1)", escaped(other.get("abstract", ""))]
        else:
            lines += [f".SS {escaped(other['commandName'])}", synopsis([*path, other["commandName"]], other), ".PP",
                      escaped(other.get("abstract", ""))]
            lines += discussion(other["discussion"]) if other.get("discussion") else []
            lines += options(other)
    if parent is not None:
        lines += [".SH SEE ALSO", bold(parent) + "(1)"]
    return name, "\n".join(lines) + "\n"


def main():
    folder, date = sys.argv[1:]
    program = json.load(sys.stdin)["command"]
    version = os.environ["FRAMESIFT_VERSION"]
    name = program["commandName"]
    pages = [page([name], program, None, version, date)]
    pages += [page([name, command["commandName"]], command, name, version, date) for command in subcommands(program)]
    for name, text in pages:
        with open(f"{folder}/{name}.1", "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
