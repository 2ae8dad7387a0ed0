"""Names for the values of a plan in a written-out graph.

A plan names the inside of a body by dotted paths below the body's module, `encoder.layer1.0.conv1`, and marks
a second use of a module with `@`. A graph has neither: there a body is one node, and what is inside it is
read as `NODE.INSIDE`. A node of the user's may lie below the same path (`encoder.tail` beside the module
`encoder`), and a reference belongs to the longest name that begins it: names are chosen so that none begins
the inside of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archc.ops.node import Node
from archc.plan.plan import BodyUse, Plan
from archc.spec.frozen import Frozen, frozen

_LONGEST = 200
Use = tuple[str, str]
"""A body's prefix, and which further use of it is meant; "" for the first."""


@frozen
class WrittenNames(Frozen):
    """The graph's names of the layers, by the plan's, and of the nodes that use bodies."""

    layers: Mapping[str, str]
    uses: Mapping[Use, str]

    def value(self, name: str, node: Node | None, body: BodyUse | None) -> str:
        """Return what the graph calls the value `name` of the plan, made by `node` of `body` or an input."""
        if node is None:
            return name
        if body is None:
            return self.layers[name]
        return f"{self.uses[use_of(node, body)]}.{_inside(node, body)}"


def use_of(node: Node, body: BodyUse) -> Use:
    """Return which use of the body a node belongs to."""
    return body.prefix, node.name.partition("@")[2]


def written_names(plan: Plan) -> WrittenNames:
    """Return names for all layers and all uses of bodies, each its own."""
    owned = [(node, plan.body_of(node)) for node in plan.nodes]
    taken = {given.name for given in plan.inputs}
    layers: dict[str, str] = {}
    outside = sorted((node for node, body in owned if body is None), key=lambda node: "@" in node.name)
    for node in outside:
        layers[node.name] = _free(node.name.replace("@", "_at_"), taken)
        taken.add(layers[node.name])
    inside: dict[Use, list[str]] = {}
    for node, body in owned:
        if body is not None:
            inside.setdefault(use_of(node, body), []).append(_inside(node, body))
    taken |= {body.prefix for body in plan.bodies}
    uses: dict[Use, str] = {}
    for use, names in inside.items():
        prefix, again = use
        wanted = f"{prefix}_at_{again}" if again else prefix
        others = taken if again else taken - {prefix}
        uses[use] = _free(wanted, others, names)
        taken.add(uses[use])
    return WrittenNames(layers, uses)


def _free(wanted: str, taken: Iterable[str], inside: Iterable[str] = ()) -> str:
    """Return the name, or one like it that is nobody's and whose inside no other name begins."""
    known = frozenset(taken)
    name = wanted if len(wanted) <= _LONGEST else wanted[: _LONGEST - 20].rstrip(".")
    while name in known or _captured(name, known, inside):
        name += "_"
    return name


def _captured(name: str, taken: frozenset[str], inside: Iterable[str]) -> bool:
    """Return whether another name begins the path to something inside, and would be read in its place."""
    below = [each.removeprefix(f"{name}.") for each in taken if each.startswith(f"{name}.")]
    return any(path == each or path.startswith(f"{each}.") for path in inside for each in below)


def _inside(node: Node, body: BodyUse) -> str:
    return node.name.partition("@")[0].removeprefix(f"{body.prefix}.")
