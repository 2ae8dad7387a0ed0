"""`per_block`: a parameter group for each block of a body, one for its stem, one for what is behind them.

Where the blocks are is read from the plan: a residual network adds inside its blocks; DenseNet, Inception and
ShuffleNet concatenate. The modules that do so are blocks, those as deep as most of them; so are their like of
two layers or more that join nothing, as the strided blocks of EfficientNet. A body that joins nothing is a
chain of layers (VGG, AlexNet), whose units lie between two reductions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from archc.plan.parameters import Tensor
from archc.plan.plan import BodyUse, Plan
from archc.spec.frozen import Frozen, frozen

Segments = tuple[str, ...]
Pair = tuple[str, str]


@frozen
class _Place(Frozen):
    """The module below the body that a parameter is counted to, and whether that is a block."""

    path: Segments
    block: bool


def block_groups(plan: Plan, body: BodyUse, tensors: Sequence[Tensor]) -> Iterator[Pair]:
    """Yield the group of each parameter of a body, and its name.

    `tensors` are its parameters by name and shape, in execution order; each group is one run of them.
    """
    prefix, joining = body.prefix, _joining(plan, body)
    places = _places(prefix, tensors, joining) if joining else []
    blocks = [i for i, place in enumerate(places) if place.block]
    if not blocks:
        yield from _between_reductions(prefix, tensors)
        return
    around = {places[i].path[:k] for i in blocks for k in range(len(places[i].path))}
    group, used = f"{prefix}.stem", set()
    for i, (tensor, place) in enumerate(zip(tensors, places, strict=True)):
        path = ".".join((prefix, *place.path))
        if i > blocks[-1]:
            group = f"{prefix}.tail"
        elif i >= blocks[0] and place.path not in around and path not in used:
            group = path  # what lies beside the blocks without a module of its own goes with the one before
        used.add(group)
        yield group, tensor.name


def _joining(plan: Plan, body: BodyUse) -> frozenset[Segments]:
    """Return the modules that join, below the body and of one depth; none in a chain of layers."""
    for join in ("add", "concat"):
        joins = (node.module for node in plan.nodes if node.op.op == join and body.holds(node))
        owners = {_below(body.prefix, module)[:-1] for module in joins}
        depths = Counter(len(owner) for owner in owners if owner)
        if depths:
            usual = min(depths, key=lambda depth: (-depths[depth], depth))
            return frozenset(owner for owner in owners if len(owner) == usual)
    return frozenset()


def _places(prefix: str, tensors: Sequence[Tensor], joining: frozenset[Segments]) -> list[_Place]:
    depth = len(next(iter(joining)))
    layers: Counter[Segments] = Counter()
    for tensor in tensors:
        if sum(size > 1 for size in tensor.shape) > 1:  # a weight, not a norm's scale or a bias
            layers[_below(prefix, tensor.name)[:depth]] += 1
    blocks = {path for path, count in layers.items() if len(path) == depth and count > 1} | joining
    return [_place(_below(prefix, tensor.name)[:-1], depth, blocks) for tensor in tensors]


def _place(module: Segments, depth: int, blocks: Set[Segments]) -> _Place:
    if module[:depth] in blocks:
        return _Place(module[:depth], True)
    return _Place(module[: min(depth, len(module) - 1)], False)


def _between_reductions(prefix: str, tensors: Sequence[Tensor]) -> Iterator[Pair]:
    """Yield a group for the layers that answer at one size of map, called like the first of them."""
    group, size = prefix, None
    for tensor in tensors:
        if tensor.node.out.shape[2:] != size:
            group, size = tensor.name.rpartition(".")[0], tensor.node.out.shape[2:]
        yield group, tensor.name


def _below(prefix: str, name: str) -> Segments:
    return tuple(name.removeprefix(f"{prefix}.").split("."))
