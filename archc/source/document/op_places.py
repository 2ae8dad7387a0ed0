"""An op that the language knows, written where it cannot stand: what it is, and where it belongs."""

from __future__ import annotations

from typing import get_args

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.text.spans import Path
from archc.spec.fields import tag_of
from archc.spec.layers import Composite, Internal, Joining, Nesting

_INSTEAD = {
    "argmax": ('`export.postprocess = "argmax"` adds it to the exported model',),
    "image_to_float": ("`export.preprocess = true` adds it to the exported model",),
    "normalize": ("`mean` and `std` of [input] say how images are normalized",),
    "mean": ("`global_avg_pool2d` takes the mean of each map",),
}
"""The keys that a spec has in place of some of them."""


def misplaced(op: str, at: Path) -> Diagnostic | None:
    """Return the diagnostic for a known op at a place that takes others; None for a word that is no op."""
    if op in _names(Joining):
        return _told(
            f"`{op}` joins several values, so it is the `op` of a node and not one of its `layers`",
            at,
            f'in a model of kind graph: name = "joined", from = ["a", "b"], op = {{ op = "{op}" }}',
            'in a chain, `residual` adds its layers to what they read: { op = "residual", layers = [...] }',
        )
    if op in _names(Composite) or op in _names(Nesting):
        return _told(
            f"`{op}` stands for several layers, so it is one of `layers` and not a single `op`",
            at,
            f'write it in a list: layers = [{{ op = "{op}", ... }}]',
        )
    if op in _names(Internal):
        return _told(
            f"`{op}` is an op that archc adds itself, which no spec writes",
            at,
            *_INSTEAD.get(op, ()),
        )
    return None


def _told(message: str, at: Path, *help: str) -> Diagnostic:
    return Diagnostic("ARC104", message, (Label(at, "value"),), help)


def _names(union: object) -> frozenset[str]:
    return frozenset(tag_of(cls, "op") for cls in get_args(union))
