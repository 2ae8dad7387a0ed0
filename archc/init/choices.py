"""Defaults of `archc init`: the usual choices for the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.bodies.catalog import BodyRecord
from archc.init.found import Listed, Look, Masks

Kind = Literal["classifier", "unet", "siamese", "graph"]
KINDS: tuple[Kind, ...] = ("classifier", "unet", "siamese", "graph")

_STEP = 32
_LONGEST = 512
_MANY, _FEW = 50, 50
"""Classes from which on, and images of each up to which, telling classes apart is learned from pairs."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices that a user can make. `root` is the data's folder as the spec writes it."""

    name: str
    kind: Kind
    record: BodyRecord
    size: tuple[int, int]
    weights: str
    root: str = ""


def usual_kind(look: Look | None) -> Kind:
    """Return the kind that suits the data: a U-Net for masks, a comparison for hundreds of small classes."""
    if look is None:
        return "classifier"
    if isinstance(look.data, Masks):
        return "unet"
    data = look.data
    few = len(data.classes) >= _MANY and data.images <= _FEW * len(data.classes)
    return "siamese" if few else "classifier"


def fitting_kinds(look: Look | None) -> tuple[Kind, ...]:
    """Return the kinds that can learn from the data."""
    if look is None:
        return KINDS
    if isinstance(look.data, Masks):
        return ("unet",)
    several = isinstance(look.data, Listed) and (look.data.target.kind != "label" or look.data.valid)
    if isinstance(look.data, Listed) and look.data.target.kind == "values":
        return ("classifier",)
    return ("classifier", "graph") if several else ("classifier", "siamese", "graph")


def usual_body(look: Look | None, kind: Kind) -> str:
    small = look is None or min(look.size) <= 128
    return "torchvision/resnet18" if small or kind == "siamese" else "torchvision/resnet34"


def usual_size(look: Look | None, kind: Kind, record: BodyRecord) -> tuple[int, int]:
    """Return a size that the body takes and that halves evenly all the way down."""
    if record.fixed_size:
        return record.size
    if look is None:
        return (256, 256) if kind == "unet" else (32, 32)
    height, width = look.size
    if kind in ("classifier", "graph"):
        side = min(224, _even(min(height, width)))
        return side, side
    scale = min(1.0, (_LONGEST if kind == "unet" else 128) / max(height, width))
    return _even(height * scale), _even(width * scale)


def _even(side: float) -> int:
    return max(_STEP, int(side) // _STEP * _STEP)
