"""Models whose own `forward` has no ops: one part up to the classifier, measured from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import nn

from archc.bodies.body import IMAGE
from archc.ops.facts import infer
from archc.ops.tensors import TensorType
from archc.record.draft import DraftNode
from archc.record.faults import Unrecordable
from archc.record.graph import Graph
from archc.record.parts import measured, state


@dataclass(frozen=True, slots=True)
class Whole:
    """A model without its classifier as a graph of one node."""

    graph: Graph
    node: str
    free: bool
    smallest: int


def read_whole(headless: nn.Module, ref: str, size: tuple[int, int], image: TensorType) -> Whole:
    """Return the model as one part: its last map, or its pooled features where that is no map.

    Raises:
        Unrecordable: the library's model does not say where its features end, or does not run.
    """
    if not hasattr(headless, "forward_features") or not hasattr(headless, "forward_head"):
        raise Unrecordable(
            f"{type(headless).__name__} has no `forward_features`: where its head begins is unknown"
        )
    for name, only in product(("forward_features", "forward_head"), (False, True)):
        try:
            seen = measured(_Outside(headless, name), ref, size, only=only)
            part = seen.part("inside")
        except Unrecordable:
            continue
        if len(part.out) == (4 if name == "forward_features" else 2):
            op = replace(part, path="", state=_state(headless))
            fitting = image if seen.free else TensorType((image.shape[0], 3, *size))
            _, out = infer(op, (fitting,))
            graph = Graph(fitting, (DraftNode(name, "", op, (IMAGE,)),), (out,), {})
            return Whole(graph, name, seen.free, seen.smallest)
    raise Unrecordable(f"{type(headless).__name__} gives neither a map nor a vector")


def _state(headless: nn.Module) -> tuple[tuple[str, tuple[int, ...], bool], ...]:
    return tuple((name, tuple(shape), not buffer) for name, shape, *buffer in state(headless))


class _Outside(nn.Module):
    """A model whose features are what its one part gives."""

    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.inside = _Inside(model, name)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the features of images (N, C, H, W)."""
        out: torch.Tensor = self.inside(x)
        return out


class _Inside(nn.Module):
    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the features of images (N, C, H, W), pooled unless they are those of `forward_features`."""
        features = self.model.forward_features(x)  # type: ignore[operator]  # its presence is checked
        if self.name == "forward_features":
            return features  # type: ignore[no-any-return]
        return self.model.forward_head(features, pre_logits=True)  # type: ignore[operator,no-any-return]
