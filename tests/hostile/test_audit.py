"""Validation runs nothing that a spec says, and reads nothing but the spec and the records of its bodies.

The interpreter's own audit events are counted while specs full of hostile strings are validated.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SCRIPT = r"""
import importlib, json, pkgutil, random, sys
from dataclasses import fields, is_dataclass
from pathlib import Path
import archc.bodies, archc.files, archc.ops, archc.plan, archc.source, archc.spec
from archc.bodies.catalog import SHIPPED, names
from archc.plan.compile import compile_document
from archc.source.document.document import SpecError
from archc.source.document.document import read_text
from archc.source.render.text import render
from archc.spec.frozen import Frozen
from archc.spec.grammar import classes
from archc.spec.keys import keys_of_class
from archc.files.errors import WorldError
from tests.plan.test_no_traceback import SPECS, changed, paths

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])
HOSTILE = [
    "os:system", "os.system", "__import__('os').system('touch pwned')", "${HOME}", "$HOME", "~/.ssh/id_rsa",
    "file:///etc/passwd", "{0.__class__}", "{stem.__class__}", "%(x)s", "/etc/passwd", "/etc/passwd.pth",
    "/etc/shadow.safetensors", "../../../etc/passwd", "timm/../../x", "torchvision/../../x", "/dev/zero",
    "/proc/self/environ.pth", "torchvision/resnet18/../resnet34", "timm/resnet18", "hf-hub:x/y", "a\0b",
    "torch.hub:load", "builtins.exec", "eval", "exec('1')", "!!python/object:os.system", "`id`", "$(id)",
    "http://localhost/x.pth", "https://localhost/x.safetensors", "\\\\host\\share\\x.pth", "C:\\x.pth",
    "**/*", "[", "(?P<label>(a+)+$)", "(?#", "archc.cli.main:main", "numpy", "torch", "subprocess", "pickle",
    "lambda: 0", "H.__class__", "N**999999999", "__builtins__", "\x1b[2J", "\u202e", "*" * 50, "|id",
]

def strings(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(inner, str):
            yield (*path, key)
        yield from strings(inner, (*path, key))

def attacked(draw):
    spec = draw.choice(SPECS)
    for _ in range(draw.randint(1, 3)):
        places = list(strings(spec)) if draw.random() < 0.8 else paths(spec)[1:]
        spec = changed(spec, draw.choice(places), draw.choice(HOSTILE), False)
    if draw.random() < 0.2:
        layer = {"op": "extension", "name": draw.choice(HOSTILE), "arguments": {"x": draw.choice(HOSTILE)}}
        spec = changed(spec, ("model", "head"), {"layers": [layer]}, False)
    return json.dumps(spec)

def validate(text):
    try:
        document = read_text(text, "<stdin>", "json")
        compile_document(document)
    except SpecError as error:
        render(error.diagnostics, error.document)
    except WorldError:
        pass

seen = []
def hook(event, arguments):
    if watching and not event.startswith(("sys._getframe", "object.__getattr__", "marshal.", "builtins.id")):
        seen.append((event, repr(arguments)[:200]))

watching = False
sys.addaudithook(hook)
for floor in (archc.spec, archc.files, archc.source, archc.ops, archc.bodies, archc.plan):
    for module in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}."):
        importlib.import_module(module.name)  # archc's own, at first use
for cls in classes().values():
    keys_of_class(cls)  # the language's own annotations, which are read where a message quotes them
def below(cls):
    return {cls}.union(*map(below, cls.__subclasses__()))
for cls in filter(is_dataclass, below(Frozen)):
    fields(cls)  # what dataclasses ask of a class is made when they first ask, by compiling its signature
for path in names():
    validate(json.dumps(SPECS[0] | {"model": {"kind": "classifier", "classes": 10, "body": {"ref": path}}}))
draw = random.Random(SEED + 1)
for _ in range(400):  # what is imported at first use, by whatever kind of fault
    validate(attacked(draw))
draw = random.Random(SEED)
for _ in range(COUNT):
    text = attacked(draw)
    watching = True
    validate(text)
    watching = False

allowed = {}
for event, said in seen:
    place = said.split("'")[1] if "'" in said else ""
    reads = event in ("open", "os.listdir", "os.scandir", "glob.glob", "pathlib.Path.glob")
    record = place.startswith(str(SHIPPED)) or "archc_bodies" in place
    metadata = place in (*sys.path, ".") or place.endswith("entry_points.txt")  # who offers `extension`
    known = reads and (record or metadata)
    allowed.setdefault(known, set()).add((event, said))
print(json.dumps({"forbidden": sorted(allowed.get(False, ())), "known": len(allowed.get(True, ()))}))
"""


def events(folder: Path, count: int, seed: int) -> list[list[str]]:
    """What was opened, imported or run beside the catalog of bodies, over as many hostile specs."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, str(count), str(seed)]
    done = subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[list[str]] = json.loads(done.stdout)["forbidden"]
    return found


def test_hostile_strings_run_and_open_nothing(tmp_path: Path) -> None:
    """Fails as soon as anything imports, formats or opens what a spec says: tried with an `open` of
    `body.weights` in `_check_weights`, and an `importlib.import_module` of an extension's name."""
    assert events(tmp_path, 500, 1) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_hundred_thousand_hostile_specs(seed: int, tmp_path: Path) -> None:
    assert events(tmp_path, 10_000, 100 + seed) == []
    assert list(tmp_path.iterdir()) == []
