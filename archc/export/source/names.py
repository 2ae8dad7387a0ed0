"""Names of classes, from what a part does and from the words of its path."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Sequence

from archc.export.source.classes import Class
from archc.export.source.tree import Container, Leaf
from archc.plan.plan import Plan
from archc.spec import layers as ops

_WORDS = {
    "conv2d": "Conv",
    "conv_transpose2d": "ConvTranspose",
    "batch_norm1d": "Norm",
    "batch_norm2d": "Norm",
    "layer_norm": "Norm",
    "layer_norm2d": "Norm",
    "relu6": "Relu6",
    "linear": "Linear",
    "max_pool2d": "MaxPool",
    "avg_pool2d": "AvgPool",
    "pixel_shuffle": "Shuffle",
}
_GENERIC = {"", "layer", "block", "blocks", "conv", "f", "branch", "features"}
_JOINS = ("add", "multiply", "concat")
_PYTHON = frozenset(("Tensor", "F", "OrderedDict", *dir(builtins), *keyword.kwlist))


def name_classes(classes: Sequence[Class], plan: Plan, taken: set[str]) -> None:
    """Gives each class a name of its own; the last is the model's."""
    bodies = {tuple(body.prefix.split(".")): _library_name(body.ref) for body in plan.bodies}
    chosen = taken | _PYTHON
    whole = camel(plan.name) or "Model"
    if whole in chosen:
        whole += "Model"
    classes[-1].name = whole
    chosen.add(whole)
    for made in classes[:-1]:
        body = next((bodies[p.path] for p in made.parts if p.path in bodies), None)
        name = _wanted(made) if body is None else f"{body}Body"
        made.name = _free(name, made, classes, chosen)
        chosen.add(made.name)


def _library_name(ref: str) -> str:
    """Return `torchvision/resnet18` as `Resnet18`; nothing for a body that the spec itself describes."""
    _, slash, name = ref.rpartition("/")
    return camel(name) if slash else ""


def camel(text: str) -> str:
    """Return `unet_camvid` as `UnetCamvid`, without what Python does not allow in names."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", text) if word]
    name = "".join(word[0].upper() + word[1:] for word in words)
    name = re.sub(r"(?<=[a-z])(layer|block|norm)(?=$|[A-Z])", lambda m: m[0].capitalize(), name)
    return name if not name[:1].isdigit() else f"Model{name}"


def _free(name: str, made: Class, classes: Sequence[Class], chosen: set[str]) -> str:
    """Return the name, or with what sets the class apart from those that have it already."""
    if name not in chosen:
        return name
    others = [c for c in classes if c.name.startswith(name)]
    known = {child for other in others for child in other.parts[0].children}
    extra = [
        child
        for child in made.parts[0].children
        if child not in known and child.isidentifier() and child.isalpha()
    ]
    if extra and (longer := f"{name}With{camel(extra[0])}") not in chosen:
        return longer
    number = 2
    while f"{name}{number}" in chosen:
        number += 1
    return f"{name}{number}"


def _wanted(made: Class) -> str:
    part = made.parts[0]
    nodes = [leaf.node for leaf in _leaves(part)]
    kinds = [node.op.op for node in nodes]
    gates = _ends_in(part, "multiply") and "sigmoid" in kinds[-1]
    words = {_bare(p.path[-1]) for p in made.parts}
    word = words.pop() if len(words) == 1 else ""
    if word and not gates and (word not in _GENERIC or len(made.parts) == 1):
        return camel(word)
    short = len(kinds) <= 4 and all(isinstance(c, Leaf) for c in part.children.values())
    joins = any(step.inline is not None and step.inline.kind in _JOINS for step in part.statements)
    if (made.sequential or short) and not joins:
        return "".join(_WORDS.get(kind, camel(kind)) for kind in kinds)
    if gates and len(kinds) <= 6:
        return "SqueezeExcitation"
    if _ends_in(part, "add"):
        return _residual(part)
    if any(isinstance(n.op, ops.Conv2d) and n.op.groups == n.op.in_channels != 1 for n in nodes):
        return "DepthwiseBlock"
    return _by_parents(made)


def _residual(part: Container) -> str:
    convs = [leaf.node.op for leaf in _leaves(part) if isinstance(leaf.node.op, ops.Conv2d)]
    if any(op.groups == op.in_channels != 1 for op in convs):
        return "InvertedResidual"
    first = convs[0].kernel_size if convs else 0  # 1 in what the paper calls a bottleneck
    return "Bottleneck" if len(convs) > 2 and first in (1, (1, 1)) else "ResidualBlock"


def _by_parents(made: Class) -> str:
    """Return `decoder.blocks.0` as `DecoderBlock`, `decoder.stages.0` as `DecoderStage`."""
    named = [word for segment in made.parts[0].path if (word := _bare(segment))]
    if named[-1:] in (["stages"], ["blocks"], ["layers"]):
        return camel(" ".join([*named[-2:-1], named[-1][:-1]]))
    useful = [word for word in named if word not in _GENERIC]
    return f"{camel(useful[-1]) if useful else ''}Block"


def _bare(segment: str) -> str:
    """Return a name without the number at its end: `layer1` as `layer`, `inception3a` as `inception`."""
    return re.sub(r"[-_]?\d+[a-z]?([-_]\d+)*$", "", segment)


def _ends_in(part: Container, kind: str) -> bool:
    """Return True where the part's last join, an activation behind it or not, is of this kind."""
    return any(step.inline is not None and step.inline.kind == kind for step in part.statements[-2:])


def _leaves(part: Container) -> Iterator[Leaf]:
    for child in part.children.values():
        if isinstance(child, Leaf):
            yield child
        else:
            yield from _leaves(child)
