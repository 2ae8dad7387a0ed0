"""A library's own modules through torch's exporter: the one place where a model is traced."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from onnx import ModelProto, inliner
from torch import nn

from archc.export.faults import ExportFault, cause_of
from archc.ops.node import Node
from archc.plan.plan import Plan
from archc.spec.layers import LibraryPart


def traced_parts(plan: Plan, module: nn.Module, opset: int, dynamic: Iterable[str]) -> dict[str, ModelProto]:
    """Return the graph of each library's part of `plan`, as it is in `module`, by the name of its node.

    Raises:
        ExportFault: height or width are open, torch cannot trace a part, or its exporter is not installed.
    """
    nodes = [n for n in plan.nodes if isinstance(n.op, LibraryPart)]
    if nodes and {"height", "width"} & set(dynamic):
        # A trace follows the branches taken at its own size: at other sizes it may be silently wrong.
        raise ExportFault(
            f"`{nodes[0].name}` is a library's own module, which can be exported at one size only",
            'set `export.dynamic = ["batch"]`, or choose a body that archc links whole',
            nodes[0].origin,
        )
    types, wanted = plan.types(), set(dynamic)
    found: dict[str, ModelProto] = {}
    for node in nodes:
        shape = types[node.inputs[0]].shape
        sizes = [d if isinstance(d, int) else 1 for d in shape]
        body = module.get_submodule(node.module)
        found[node.name] = _traced(node, body, sizes[1:], opset, wanted)
    return found


def traced_kinds(plan: Plan, module: nn.Module, opset: int) -> None:
    """Trace one of the library's parts of each kind: of one class, with the same tensors, over one shape.

    Raises:
        ExportFault: torch cannot trace one of them, or its exporter is not installed.
    """
    types = plan.types()
    seen: set[object] = set()
    for node in plan.nodes:
        if not isinstance(node.op, LibraryPart):
            continue
        body = module.get_submodule(node.module)
        shape = types[node.inputs[0]].shape
        held = tuple(tuple(tensor.shape) for tensor in body.state_dict().values())
        kind = (type(body).__name__, held, tuple(map(str, shape)))
        if kind not in seen:
            seen.add(kind)
            _traced(node, body, [d if isinstance(d, int) else 1 for d in shape][1:], opset, {"batch"})


def _traced(node: Node, body: nn.Module, sizes: list[int], opset: int, dynamic: set[str]) -> ModelProto:
    body.eval()  # not for what it returns: a library's module may forget to return itself
    example = torch.zeros(2 if "batch" in dynamic else 1, *sizes)
    open_axes: dict[int, Any] = {0: torch.export.Dim.DYNAMIC} if "batch" in dynamic else {}
    try:
        with _quiet():
            program = torch.onnx.export(
                body,
                (example,),
                dynamo=True,
                opset_version=opset,
                dynamic_shapes=(open_axes,),
                verbose=False,
            )
    except ModuleNotFoundError as missing:
        raise ExportFault(
            f"to export `{node.name}`, a library's own module, torch needs the package `{missing.name}`",
            f"install `{missing.name}`",
            node.origin,
        ) from missing
    except Exception as failure:  # torch raises many kinds here, none of them ours
        raise ExportFault(
            f"`{node.name}` is a library's own module, and torch cannot trace it: {cause_of(failure)}",
            "choose a body that archc links whole",
            node.origin,
        ) from failure
    assert program is not None
    model: ModelProto = inliner.inline_local_functions(program.model_proto)
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch's exporter prints its progress and warns of its own insides; neither is the user's concern."""
    quieted = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(quieted)
