"""Passes that simplify an inference graph: over plan and weights, each exact up to rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from archc.export.onnx.rewiring import only_reader, readers, without
from archc.ops.facts import traits
from archc.ops.geometry import spread
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Op

Array = npt.NDArray[Any]
Norm = ops.BatchNorm1d | ops.BatchNorm2d | ops.BatchNorm3d
_CONVS = (ops.Conv1d, ops.Conv2d, ops.Conv3d)
_TRANSPOSED = (ops.ConvTranspose1d, ops.ConvTranspose2d, ops.ConvTranspose3d)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A plan and its weights by name; a pass changes both together."""

    plan: Plan
    weights: Mapping[str, Array]


def simplified(given: Weighted) -> Weighted:
    """Return plan and weights after every pass."""
    for one in PASSES:
        given = one(given)
    return given


def drop_unread(given: Weighted) -> Weighted:
    """Drop the nodes that no output depends on."""
    wanted = {output.value for output in given.plan.outputs}
    kept = []
    for node in reversed(given.plan.nodes):
        if node.name in wanted:
            kept.append(node)
            wanted.update(node.inputs)
    return replace(given, plan=replace(given.plan, nodes=tuple(reversed(kept))))


def drop_no_ops(given: Weighted) -> Weighted:
    """Drop nodes that do nothing at inference: dropout, identity, a resize to the size it already has."""
    types = given.plan.types()
    idle = {n.name: n.inputs[0] for n in given.plan.nodes if _does_nothing(n, types)}
    return replace(given, plan=without(given.plan, idle)) if idle else given


def fold_into_previous(given: Weighted) -> Weighted:
    """Fold batch norms into the convolution or linear layer that they follow.

    A layer used several times is folded only if the same norm follows every use: its weights exist once.
    """
    plan, found = given.plan, readers(given.plan)
    outputs = {output.value for output in plan.outputs}
    uses = _uses(plan, (*_CONVS, *_TRANSPOSED, ops.Linear))
    weights, stand_ins, with_bias = dict(given.weights), dict[str, str](), set[str]()
    for module, nodes in uses.items():
        norms = [only_reader(n.name, found, outputs) for n in nodes]
        norm = _one_norm(norms)
        if norm is None or any(isinstance(n.op, ops.Linear) and len(n.out.shape) != 2 for n in nodes):
            continue
        scale, shift = affine(norm, given.weights)
        _scale_outputs(nodes[0].op, module, scale, shift, weights)
        with_bias.add(module)
        stand_ins |= {reader.name: n.name for reader, n in zip(norms, nodes, strict=True) if reader}
    folded = without(plan, stand_ins)
    return Weighted(_biased(folded, with_bias), weights) if stand_ins else given


def fold_into_next(given: Weighted) -> Weighted:
    """Fold batch norms into the linear layer or unpadded convolution that alone reads them."""
    plan, found = given.plan, readers(given.plan)
    outputs = {output.value for output in plan.outputs}
    by_name = {n.name: n for n in plan.nodes}
    weights, stand_ins, with_bias = dict(given.weights), dict[str, str](), set[str]()
    for module, nodes in _uses(plan, (*_CONVS, ops.Linear)).items():
        before = [by_name.get(n.inputs[0]) for n in nodes]
        norm = _one_norm(before)
        if norm is None or not all(_takes_affine(n) for n in nodes):
            continue
        if any(b is None or only_reader(b.name, found, outputs) is None for b in before):
            continue
        _scale_inputs(module, *affine(norm, given.weights), weights)
        with_bias.add(module)
        stand_ins |= {b.name: b.inputs[0] for b in before if b}
    folded = without(plan, stand_ins)
    return Weighted(_biased(folded, with_bias), weights) if stand_ins else given


PASSES: tuple[Callable[[Weighted], Weighted], ...] = (
    drop_unread,
    drop_no_ops,
    fold_into_previous,
    fold_into_next,
)


def affine(norm: Node, weights: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return scale and shift, float64 `(C,)` each, that a batch norm applies at inference."""
    assert isinstance(norm.op, Norm)
    mean = weights[f"{norm.module}.running_mean"].astype(np.float64)
    scale = 1.0 / np.sqrt(weights[f"{norm.module}.running_var"].astype(np.float64) + norm.op.eps)
    if norm.op.affine:
        scale = scale * weights[f"{norm.module}.weight"]
        return scale, weights[f"{norm.module}.bias"] - mean * scale
    return scale, -mean * scale


def _does_nothing(node: Node, types: Mapping[str, TensorType]) -> bool:
    idle = traits(node.op).idle
    match idle:
        case "never":
            return False
        case "always":
            return True
        case "same":
            return types[node.inputs[0]] == node.out
        case "alone":
            return len(node.inputs) == 1
        case _:
            assert_never(idle)


def _uses(plan: Plan, kinds: tuple[type[Op], ...]) -> Mapping[str, list[Node]]:
    """Return the nodes of each module of some kinds."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in plan.nodes:
        if isinstance(node.op, kinds):
            found[node.module].append(node)
    return found


def _one_norm(nodes: list[Node | None]) -> Node | None:
    """Return the batch norm that all `nodes` are uses of, if they are."""
    first = nodes[0]
    if first is None or not isinstance(first.op, Norm):
        return None
    return first if all(n is not None and n.module == first.module for n in nodes) else None


def _takes_affine(node: Node) -> bool:
    # Padding is zeros after the norm, not before it: only without padding is the fold exact.
    if isinstance(node.op, _CONVS):
        return node.op.groups == 1 and not any(spread(node.op.padding or 0, 1))
    return len(node.out.shape) == 2


def _scale_outputs(op: Op, module: str, scale: Array, shift: Array, weights: dict[str, Array]) -> None:
    weight = weights[f"{module}.weight"]
    weights[f"{module}.weight"] = weight * _along_outputs(op, weight, scale).astype(weight.dtype)
    bias = weights.get(f"{module}.bias")
    total = shift if bias is None else bias * scale + shift
    weights[f"{module}.bias"] = total.astype(weight.dtype)


def _along_outputs(op: Op, weight: Array, scale: Array) -> Array:
    """Return `scale` shaped to multiply the weight's output channels."""
    if not isinstance(op, _TRANSPOSED):
        return scale.reshape(-1, *(1,) * (weight.ndim - 1))
    # (in, out / groups, ...): group g of the inputs feeds group g of the outputs
    rows = np.repeat(scale.reshape(op.groups, -1), weight.shape[0] // op.groups, axis=0)
    return rows.reshape(*weight.shape[:2], *(1,) * (weight.ndim - 2))


def _scale_inputs(module: str, scale: Array, shift: Array, weights: dict[str, Array]) -> None:
    weight = weights[f"{module}.weight"]
    exact = weight.astype(np.float64)
    added = np.tensordot(exact.sum(axis=tuple(range(2, exact.ndim))), shift, axes=([1], [0]))
    bias = weights.get(f"{module}.bias", 0.0)
    weights[f"{module}.weight"] = (exact * scale.reshape(-1, *(1,) * (exact.ndim - 2))).astype(weight.dtype)
    weights[f"{module}.bias"] = (added + bias).astype(weight.dtype)


def _biased(plan: Plan, modules: set[str]) -> Plan:
    """Return the plan in which those modules have a bias."""
    return replace(plan, nodes=tuple(_with_bias(n) if n.module in modules else n for n in plan.nodes))


def _with_bias(node: Node) -> Node:
    op = node.op
    assert isinstance(op, (*_CONVS, *_TRANSPOSED, ops.Linear))
    return node if op.bias else replace(node, op=replace(op, bias=True))
