"""One body applied to two images, its maps merged."""

from __future__ import annotations

from archc.bodies.catalog import BodyRecord
from archc.ops.node import SpecPath
from archc.plan.lower.body import Linked
from archc.plan.lower.builder import Builder
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Op
from archc.spec.model import Merge

MERGES: dict[Merge, Op] = {
    "concat": ops.Concat(dim=1),
    "abs_difference": ops.AbsDifference(),
    "squared_difference": ops.SquaredDifference(),
    "product": ops.Multiply(),
    "cosine": ops.CosineSimilarity(dim=1),
}


@frozen
class Twins(Frozen):
    """The encoder under a decoder where two share one set of weights: each map is a merge of theirs."""

    builder: Builder
    first: Linked
    second: Linked
    merge: Merge
    prefix: str
    origin: SpecPath

    @property
    def record(self) -> BodyRecord:
        return self.first.record

    @property
    def cut(self) -> int:
        return self.first.cut

    @property
    def cut_name(self) -> str:
        return self.first.cut_name

    @property
    def out(self) -> str:
        return self.value(self.cut)

    def value(self, index: int) -> str:
        """Return the merge of the twins' values of a node of the record, made when it is first asked for."""
        return self.merged(self.record.nodes[index].name, self.first.value(index), self.second.value(index))

    def merged(self, name: str, first: str, second: str) -> str:
        """Return the merge of any two values, called `name` under the prefix."""
        path = f"{self.prefix}.{name}"
        if path in self.builder.types:
            return path
        return self.builder.add(path, MERGES[self.merge], first, second, origin=self.origin)
