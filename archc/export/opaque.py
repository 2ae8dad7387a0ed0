"""Opaque bodies through torch's own exporter: the one place where a model is traced."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from onnx import ModelProto, inliner
from torch import nn

from archc.catalog.graph import Node
from archc.export.faults import ExportFault
from archc.plan.plan import Plan
from archc.spec.layers import OpaqueBody


def opaque_graphs(plan: Plan, module: nn.Module, opset: int, dynamic: Iterable[str]) -> dict[str, ModelProto]:
    """The graph of each opaque body of `plan`, as it is in `module`, by the name of its node.

    Raises:
        ExportFault: torch cannot trace a body with those sizes open, or its exporter is not installed.
    """
    nodes = [n for n in plan.nodes if isinstance(n.op, OpaqueBody)]
    types, wanted = plan.types(), set(dynamic)
    found: dict[str, ModelProto] = {}
    for node in nodes:
        shape = types[node.inputs[0]].shape
        sizes = [d if isinstance(d, int) else 1 for d in shape]
        body = module.get_submodule(node.module)
        found[node.name] = _traced(node, body, sizes[1:], opset, wanted)
    return found


def _traced(node: Node, body: nn.Module, sizes: list[int], opset: int, dynamic: set[str]) -> ModelProto:
    example = torch.zeros(2 if "batch" in dynamic else 1, *sizes)
    axes = [("batch", 0), ("height", 2), ("width", 3)]
    open_axes: dict[int, Any] = {axis: torch.export.Dim.DYNAMIC for name, axis in axes if name in dynamic}
    try:
        with _quiet():
            program = torch.onnx.export(
                body.eval(),
                (example,),
                dynamo=True,
                opset_version=opset,
                dynamic_shapes=(open_axes,),
                verbose=False,
            )
    except ModuleNotFoundError as missing:
        raise ExportFault(
            f"`{node.name}` is an opaque body, which torch's exporter needs the package `{missing.name}` for",
            f"install `{missing.name}`",
            node.origin,
        ) from missing
    except Exception as failure:  # torch raises many kinds here, none of them ours
        raise ExportFault(*_remedy(node, dynamic, failure), node.origin) from failure
    assert program is not None
    model: ModelProto = inliner.inline_local_functions(program.model_proto)
    return model


def _remedy(node: Node, dynamic: set[str], failure: Exception) -> tuple[str, str]:
    body = f"`{node.name}` is a body that archc does not see into, and torch's exporter cannot trace it"
    if dynamic & {"height", "width"}:
        return f"{body} with open height and width", 'set `export.dynamic = ["batch"]`'
    first = str(failure).strip().splitlines()
    return f"{body}: {first[0][:200] if first else type(failure).__name__}", "choose a body that archc links"


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch's exporter prints its progress and warns of its own insides; neither is the user's concern."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
