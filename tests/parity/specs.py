"""Specs that the parity tests compile: a few lines of TOML each, through the whole front end."""

from __future__ import annotations

import json
from typing import Any

from archc.bodies.catalog import find, names
from archc.plan.compile import Compiled, compile_document
from archc.plan.lower.model import lower
from archc.plan.plan import Plan
from archc.source.document.document import read_text
from archc.source.document.load import load

Size = tuple[int, int]

SIZES: tuple[Size, ...] = ((128, 128), (161, 161), (136, 224))
"""A power of two, one that is odd after every halving, and one that is not square."""

LARGER: tuple[Size, ...] = ((256, 256), (301, 301), (264, 352))
"""The same for bodies which need more pixels; 301 is odd after four, and again after eight and sixteen."""

FAMILIES = (
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "swin_v2_t",
    "vgg11_bn",
    "vit_b_32",
)
"""A body of each family, for every run of the tests; the sweeps over all are slow."""


def compiled(toml: str, name: str = "spec.toml") -> Compiled:
    """The compiled spec of a text."""
    return compile_document(read_text(toml, name))


def lowered(toml: str) -> Plan:
    """The plan of a text, whatever the checks over it would say."""
    return lower(load(read_text(toml, "spec.toml")))


def classifier(
    ref: str, size: Size, classes: int = 10, *, channels: int = 3, body: str = "", head: str = ""
) -> str:
    """The text of a classifier; `body` and `head` are lines for these tables."""
    return _spec("classifier", ref, size, classes, channels, body, f"[model.head]\n{head}" if head else "")


def unet(ref: str, size: Size, classes: int = 5, *, decoder: str = "") -> str:
    """The text of a U-Net; `decoder` is lines for this table."""
    return _spec("unet", ref, size, classes, 3, "", f"[model.decoder]\n{decoder}")


def _spec(kind: str, ref: str, size: Size, classes: int, channels: int, body: str, rest: str) -> str:
    return (
        f"archc = 1\n[input]\nsize = {list(size)}\nchannels = {channels}\n"
        f'[model]\nkind = "{kind}"\nclasses = {classes}\n'
        f"[model.body]\nref = {json.dumps(ref)}\n{body}\n{rest}\n"
    )


def settings(options: dict[str, Any]) -> str:
    """Lines of TOML; numbers, booleans, words and lists are written alike in JSON."""
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in options.items())


def sizes_of(ref: str) -> tuple[Size, ...]:
    """The sizes to try a body at: its only one, or three."""
    record = find(ref)
    if record.fixed_size:
        return (record.size,)
    return SIZES if record.min_size <= min(SIZES[0]) else LARGER


def bodies() -> tuple[str, ...]:
    """Every body of torchvision in the catalog."""
    return tuple(ref for ref in names() if ref.startswith("torchvision/"))


def is_token(ref: str) -> bool:
    """Whether a body gives one vector an image, not a map: the vision transformers."""
    return ref.startswith("torchvision/vit_")


def in_every_run(ref: str) -> bool:
    """Whether a body stands for its family in every run."""
    return ref.partition("/")[2] in FAMILIES
