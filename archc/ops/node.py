"""The node form that bodies are recorded in and plans are made of.

Invariants (held by tests over every lowering):
- names are unique; an input of a node names an earlier node or a graph input;
- a node with parameters or buffers has a module path; nodes with one module path share one set of weights
  and have equal ops;
- `op` is resolved: nothing that shapes decide is left None; `out` is what `infer` says.
"""

from __future__ import annotations

from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Op

SpecPath = tuple[str | int, ...]


@frozen
class Node(Frozen):
    """One application of an op.

    Attributes:
        name: the value's name, unique in the graph.
        module: dotted path of the submodule that does the work, which prefixes its parameters' names; two
            nodes with one module share its weights. For the op `parameter` it is the parameter's own name.
        inputs: names of the values it reads.
        out: the type of the value it makes.
        init: how each of its own parameters starts, by the parameter's name; absent means torch's default.
        origin: the place in the spec it comes from.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    module: str
    out: TensorType
    init: tuple[tuple[str, Init], ...] = ()
    origin: SpecPath = ()
