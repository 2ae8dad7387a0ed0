"""Records of the inside of a library's model: their content as plain data, and finding a cut in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archc.ops.initializers import Init
from archc.source.diagnostics.suggest import nearest
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import LibraryPart, Op

FORMAT = 1
"""The version of a record's file."""

IMAGE = -1
"""The input index that stands for the body's image."""


CHANNELS_FIRST = "_channels_first"
"""How the modules of nodes end that show a library's `(N, H, W, C)` map as `(N, C, H, W)`; they come last."""


class BodyNode(NamedTuple):
    """One application of an op. `inputs` are indices of earlier nodes, or `IMAGE`.

    `module` is the library's own path; for the op `parameter`, that of the parameter, whose init is named "".
    """

    name: str
    module: str
    op: Op
    inputs: tuple[int, ...]
    init: tuple[tuple[str, Init], ...]


class Stage(NamedTuple):
    """A unit on the way to the default cut that yields a map of side image / reduction.

    `node` is where its value leaves.
    """

    name: str
    channels: int
    reduction: int
    node: int


class Saved(NamedTuple):
    """A tensor of a library's state dict; one that is not learned is a buffer."""

    name: str
    shape: tuple[int, ...]
    learned: bool = True


class PublishedWeights(NamedTuple):
    """A file of weights, and the images it was trained on: `size` is `[height, width]` after a crop."""

    url: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size: tuple[int, int]
    resize: int
    interpolation: str


class UnknownCut(Exception):
    """A cut that is nothing inside the body.

    Attributes:
        existing: the children that may be named instead, in order.
        known: every name that may be written instead.
        near: the one of them that was perhaps meant.
    """

    def __init__(
        self, ref: str, cut: str | int, existing: tuple[str, ...], known: tuple[str, ...] = ()
    ) -> None:
        self.message = (
            f"children[:{cut}] of `{ref}` keeps nothing that is computed"
            if isinstance(cut, int)
            else f"`{cut}` is nothing inside `{ref}`"
        )
        super().__init__(self.message)
        self.ref, self.cut, self.existing, self.known = ref, cut, existing, known
        self.near = nearest(cut, known) if isinstance(cut, str) else None

    @property
    def help(self) -> str:
        """Return what there is instead."""
        meant = f"did you mean `{self.near}`? " if self.near else ""
        return meant + "its children are " + ", ".join(f"`{name}`" for name in self.existing)


@frozen
class BodyRecord(Frozen):
    """A library's model in eval mode, classification tail included.

    Attributes:
        size: height and width it is meant for; with `fixed_size`, the only ones it takes.
        children: the names of its top-level children in the library's order.
        cut: the default cut: the child or node whose value is what a head is put on.
        exits: the node whose value is meant by a module's path or a node's name.
        stages: units in execution order up to the default cut, each one passed by every path from the image.
        channels: the image's; other than 3 only in a body that a spec writes itself.
        unused_keys: prefixes of keys that published files have and the record has not.
        state: what those of its nodes save that are the library's own modules.
        export_fault: why it cannot be exported to ONNX, as tried when it was recorded: "" where it can, None
            where nobody tried.
    """

    ref: str
    size: tuple[int, int]
    fixed_size: bool
    min_size: int
    children: tuple[str, ...]
    cut: str
    nodes: tuple[BodyNode, ...]
    exits: Mapping[str, int]
    stages: tuple[Stage, ...]
    weights: Mapping[str, PublishedWeights]
    default_weights: str | None
    unused_keys: tuple[str, ...]
    state: tuple[Saved, ...]
    recorded_with: Mapping[str, str]
    channels: int = 3
    export_fault: str | None = None

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def parts(self) -> int:
        """Return how many of its nodes are the library's own modules, which archc does not see into."""
        return sum(isinstance(node.op, LibraryPart) for node in self.nodes)

    @property
    def in_one_piece(self) -> bool:
        """Return whether all of it, up to the classifier, is the library's own module."""
        return len(self.nodes) == 1 and self.parts == 1

    def computed_at(self, index: int) -> int:
        """Return the node that does the work of node `index`: itself, but for a map shown channels first."""
        node = self.nodes[index]
        return node.inputs[0] if node.module.endswith(CHANNELS_FIRST) else index

    def exit_of(self, cut: str | int) -> int:
        """Return the index of the node whose value a cut keeps.

        A name is a child's, any module's path or a node's; an integer is meant as in `children[:cut]`.

        Raises:
            UnknownCut: nothing of that name exists, or nothing is left.
        """
        name = self.child_at(cut) if isinstance(cut, int) else cut
        index = self.exits.get(name)
        if index is None:
            raise UnknownCut(self.ref, cut, self._cuts(), tuple(self.exits))
        return index

    def child_at(self, cut: int) -> str:
        """Return the last child that `children[:cut]` keeps. Raises `UnknownCut` where that is none."""
        kept = self.children[:cut]
        if not kept or cut > len(self.children):
            raise UnknownCut(self.ref, cut, self._cuts())
        return kept[-1]

    def ancestors(self, index: int) -> tuple[int, ...]:
        """Return the nodes that the value of node `index` depends on and itself, in execution order."""
        found = {index}
        for i in range(index, -1, -1):
            if i in found:
                found.update(self.nodes[i].inputs)
        return tuple(i for i in range(index + 1) if i in found)

    def within(self, index: int) -> tuple[int, ...]:
        """Return what can be tapped of a body cut after node `index`.

        These are its ancestors, and those that are shown channels first.
        """
        found = self.ancestors(index)
        known = set(found)
        shown = (i for i, _ in enumerate(self.nodes) if i not in known)
        return (*found, *(i for i in shown if self.computed_at(i) in known))

    def fitting_weights(self) -> tuple[str, ...]:
        """Return the published files that fit: all, but for a body of fixed size those of that size."""
        return tuple(n for n, w in self.weights.items() if not self.fixed_size or w.size == self.size)

    def _cuts(self) -> tuple[str, ...]:
        inside = [name for name in self.children if name in self.exits]
        return tuple(inside or [stage.name for stage in self.stages])
