"""The specs that paths stand for: files as they are named, folders searched.

A search follows no link to a folder, so links in a circle end nowhere, and leaves out hidden folders, virtual
environments, `node_modules`, byte code and the folders of runs.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archc.files.errors import WorldError, from_os_error
from archc.run.layout import is_run
from archc.source.text.limits import Format
from archc.source.text.nodes import Node
from archc.source.text.spelling import name_of
from archc.source.text.tree import tree_of

SUFFIXES = (".toml", ".json")
CERTAIN = (".arch.toml", ".arch.json")
"""Names that say by themselves that a file is a spec."""

_HEAD = 65_536
_LEFT_OUT = frozenset(("node_modules", "__pycache__", "site-packages"))
_SCHEMA = re.compile(r"#:schema[ \t]\S*archc\.schema")
_COMMANDS = ("::", "##[")
"""Beginnings that a line must not have in the log of a CI runner, which would take it for a command."""


class Found(NamedTuple):
    """A spec by the name it is shown under, or what keeps it from being read."""

    name: str
    missing: WorldError | None = None


def specs(paths: Iterable[str], *, skip_others: bool = False) -> Iterator[Found]:
    """Yield every spec once, in the order of the paths and, below a folder, of names; `-` stays `-`.

    Args:
        skip_others: leave out also files that are named but are no specs, and folders without any.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _below(path, skip_others):
            place = found.name if found.name == "-" else os.path.normpath(found.name)
            if place not in seen:
                seen.add(place)
                yield found


def _below(path: str, skip_others: bool) -> Iterator[Found]:
    if path == "-":
        yield Found(path)
    elif not os.path.isdir(path):
        if not skip_others or not os.path.exists(path) or _named_like_spec(path):
            yield Found(_shown(path))
    else:
        found = tuple(_searched(path))
        if not found and not skip_others:
            help = "a spec is a .toml or .json file with the key archc"
            yield Found(path, WorldError(f"{path}: no spec in this folder", help))
        yield from found


def _searched(top: str) -> Iterator[Found]:
    root = os.path.realpath(top)
    todo: list[os.DirEntry[str] | str] = [top]
    while todo:
        entry = todo.pop()
        path = entry if isinstance(entry, str) else entry.path
        if not isinstance(entry, str) and not _is_folder(entry):
            if _belongs(entry, root):
                yield Found(_shown(path))
            continue
        try:
            with os.scandir(path) as inside:
                entries = sorted(inside, key=lambda each: each.name)
        except OSError as error:
            yield Found(path, from_os_error("search", path, error))
            continue
        if path == top or not _left_out(entries):
            todo += (e for e in reversed(entries) if not (_hidden(e.name) and os.path.isdir(e.path)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return True where a search goes on inside; a folder that may not be looked at is none."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _named_like_spec(path: str) -> bool:
    name = path.lower()
    return name.endswith(SUFFIXES) and _is_spec(path, certain=name.endswith(CERTAIN))


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT


def _left_out(entries: list[os.DirEntry[str]]) -> bool:
    """Return True where a folder is a virtual environment or a run, by what lies in it."""
    names = {each.name for each in entries}
    return "pyvenv.cfg" in names or is_run(names)


def _belongs(entry: os.DirEntry[str], root: str) -> bool:
    """Return True where a file in a folder is a spec; a link that leads out must be one by content."""
    name = entry.name.lower()
    if not name.endswith(SUFFIXES):
        return False
    inside = not entry.is_symlink() or os.path.realpath(entry.path).startswith(os.path.join(root, ""))
    return _is_spec(entry.path, certain=inside and name.endswith(CERTAIN))


def _is_spec(path: str, *, certain: bool) -> bool:
    """Return True for a file that is a spec and not some other TOML or JSON.

    A file that may not be read counts as one: the reader reports it. Pipes and devices, which no search may
    wait for, and links that lead nowhere are no specs.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        if certain:
            return True
        with open(path, "rb") as file:
            raw = file.read(_HEAD)
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ELOOP)
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return looks_like_spec(raw.decode("utf-16" if utf16 else "utf-8-sig", "replace"), path.lower())


def looks_like_spec(text: str, name: str) -> bool:
    """Return True where a text, even a broken one, has the key `archc` or names our schema at its top."""
    if "archc" not in text:  # of most files that is all there is to say, and they may be many
        return False
    return _json_top(text) if name.endswith(".json") else _toml_top(text)


def _toml_top(text: str) -> bool:
    for each in tree_of(text, "toml").root.children:
        written = text[each.start : each.end]
        if each.kind == "header":
            return False
        if each.kind == "comment" and _SCHEMA.match(written):
            return True
        if each.kind == "pair" and each.child("=") and _name(each, text, "toml") == "archc":
            return True
    return False


def _json_top(text: str) -> bool:
    top = tree_of(text, "json").root.value()
    for each in top.children if top else ():
        name = _name(each, text, "json") if each.kind == "pair" and each.child(":") else ""
        value = each.value()
        if name == "archc":
            return True
        if name == "$schema" and value and "archc.schema" in text[value.start : value.end]:
            return True
    return False


def _name(pair: Node, text: str, format: Format) -> str:
    """Return the key of a pair; nothing for a dotted one."""
    key = pair.children[0]
    return name_of(text[key.start : key.end], format) if len(key.children) == 1 else ""


def _shown(path: str) -> str:
    """Return the path as it is shown and opened.

    `./` is left out where it says nothing, and put before a name that a runner's log would take for a
    command.
    """
    bare = path[2:] if path.startswith("./") and not path.startswith(".//") and len(path) > 2 else path
    return os.path.join(".", bare) if bare.startswith((*_COMMANDS, "-")) else bare
