"""Lowering of `kind = "graph"`: named nodes over named inputs, modules that are used several times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from archc.bodies.catalog import UnknownCut
from archc.ops.facts import parameters
from archc.ops.initializers import Inits
from archc.ops.node import Node, SpecPath
from archc.plan.lower.body import Linked, link
from archc.plan.lower.builder import Builder
from archc.plan.lower.decoder import Place, add_decoder
from archc.plan.lower.fault import PlanFault, fault
from archc.plan.lower.graph_checks import check_forms, check_graph, require_arity
from archc.plan.lower.heads import add_head
from archc.plan.lower.orientation import check_orientation
from archc.plan.lower.references import NODES, Names, Reference, names_of, ordered, references
from archc.plan.lower.twins import Twins
from archc.plan.lower.unet import check_encoder
from archc.plan.plan import Ends
from archc.source.diagnostics.diagnostic import Label
from archc.source.document.wording import either
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Chained
from archc.spec.layers.closed_sets import NodeOp
from archc.spec.model import Decoder, Graph, GraphNode, Module

_MODULES: SpecPath = ("model", "modules")


@frozen
class _Use(Frozen):
    """A node in the plan: its value, the prefix and suffix of what is inside it, its body if it has one."""

    value: str
    prefix: str
    suffix: str = ""
    body: Linked | None = None
    image: str = ""


@dataclass(slots=True)
class _Lowering:
    """A graph as it is lowered: what the spec says, and the nodes that are done."""

    builder: Builder
    model: Graph
    class_count: Callable[[], int]
    names: Names
    uses: dict[str, _Use] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)


def lower_graph(builder: Builder, model: Graph, class_count: Callable[[], int]) -> Ends:
    """Return the outputs with their values; `class_count` is asked where a head or decoder names no classes.

    Raises:
        PlanFault: the graph is no graph, or something in it does not fit.
    """
    inputs = {name: builder.sizes[name][:-1] for name in builder.types}
    check_forms(model, inputs)
    names = names_of(model, inputs)
    reads = references(model, names)
    lowering = _Lowering(builder, model, class_count, names)
    for name in inputs:
        lowering.uses[name] = _Use(name, name)
    for index in ordered(model, reads, names):
        _add_node(lowering, index, reads[index])
    ends = [names.resolve(value, ("model", "outputs", name)) for name, value in model.outputs.items()]
    check_graph(builder, model, inputs, (*reads, tuple(ends)))
    return tuple((name, _value(lowering, end)) for name, end in zip(model.outputs, ends, strict=True))


def _add_node(lowering: _Lowering, index: int, reads: Sequence[Reference]) -> None:
    node, at = lowering.model.nodes[index], (*NODES, index)
    if node.decoder is not None:
        value = _decoded(lowering, node, node.decoder, reads, at)
        lowering.uses[node.name] = _Use(value, node.name)
        return
    values = [_value(lowering, read) for read in reads]
    if node.use is None:
        lowering.uses[node.name] = _applied(lowering, node, node.name, values, at, "")
        return
    module = (lowering.model.modules or {})[node.use]
    again = node.name if node.use in lowering.applied else ""
    lowering.applied.add(node.use)
    place = (*_MODULES, node.use)
    try:
        use = _applied(lowering, module, node.use, values, place, again, (*at, "from"))
    except PlanFault as found:
        raise _seen_from(found, (*at, "use")) if again else found from None
    lowering.uses[node.name] = use


def _applied(
    lowering: _Lowering,
    part: GraphNode | Module,
    prefix: str,
    values: Sequence[str],
    at: SpecPath,
    again: str,
    read_at: SpecPath = (),
) -> _Use:
    """Return what a module, or a node's own part, makes of the values; its weights are under `prefix`."""
    builder, suffix = lowering.builder, f"@{again}" if again else ""
    read_at = read_at or (*at, "from")
    if part.op is not None:
        value = _single(
            builder, part.op, prefix, values, tuple((part.init or {}).items()), at, again, read_at
        )
        return _Use(value, prefix, suffix)
    require_arity(values, 1, 1, read_at)
    if isinstance(part, Module) and part.body is not None:
        body = link(builder, part.body, values[0], (*at, "body"), prefix=prefix, again=again)
        return _Use(body.out, prefix, suffix, body, values[0])
    if part.head is not None:
        classes = part.classes or lowering.class_count()
        value = add_head(builder, part.head, values[0], classes, (*at, "head"), prefix=prefix, again=again)
    else:
        value = builder.chain(prefix, part.layers or (), values[0], (*at, "layers"), again=again)
    return _Use(value, prefix, suffix)


def _single(
    builder: Builder,
    op: NodeOp,
    module: str,
    values: Sequence[str],
    init: Inits,
    at: SpecPath,
    again: str,
    read_at: SpecPath,
) -> str:
    here = (*at, "op")
    if isinstance(op, Chained):
        require_arity(values, 1, 1, read_at, op.op)
        value = builder.layer(module, op, values[0], init=init, origin=here, again=again)
        _check_starts(builder.nodes[-1], init, at)
        return value
    pairs = op.op in ("abs_difference", "squared_difference", "cosine_similarity", "resize_like")
    require_arity(values, 2, 2 if pairs else None, read_at, op.op)
    name = f"{module}@{again}" if again else module
    value = builder.add(module, op, *values, init=init, origin=here, name=name)
    if builder.types[value].shape[0] != builder.types[values[0]].shape[0]:
        raise fault(
            "ARC310",
            f"`{op.op}` mixes the examples of a batch",
            (*here, "dim"),
            label=f"makes {builder.types[value]}",
            help="dimension 0 is the batch: join along another, such as 1, the channels",
        )
    return value


def _check_starts(node: Node, init: Inits, at: SpecPath) -> None:
    """Check that starts are of parameters that the layer has."""
    known = [name for name, _ in parameters(node.op)]
    for name, _ in init:
        if name not in known:
            raise fault(
                "ARC215",
                f"`{node.op.op}` has no parameter `{name}` to start",
                (*at, "init", name),
                aim="key",
                help=f"its parameters are {either([f'`{each}`' for each in known])}"
                if known
                else "leave it out",
            )


def _decoded(
    lowering: _Lowering, node: GraphNode, decoder: Decoder, reads: Sequence[Reference], at: SpecPath
) -> str:
    """Return the scores of a decoder over a body's maps, or over the merge of two uses of one body."""
    builder = lowering.builder
    require_arity(reads, 1, 2, (*at, "from"), "decoder")
    bodies = [(_encoder(lowering, read), lowering.uses[read.owner].image) for read in reads]
    images = tuple(image for _, image in bodies)
    classes = node.classes or lowering.class_count()
    place = Place(node.name, (*at, "decoder"), (*at, "classes") if node.classes else (*at, "decoder"))
    first = bodies[0][0]
    if len(bodies) == 1:
        return add_decoder(builder, decoder, first, images, classes, place)
    second = bodies[1][0]
    if first.prefix != second.prefix:
        raise fault(
            "ARC229",
            "a decoder over two maps needs two uses of one module",
            (*at, "from", 1),
            label=f"uses `{second.prefix}`, the first `{first.prefix}`",
            help="let both nodes `use` one module",
        )
    merge = node.merge or "concat"
    twins = Twins(builder, first, second, merge, f"{node.name}.merge", (*at, "merge"))
    return add_decoder(builder, decoder, twins, images, classes, place)


def _encoder(lowering: _Lowering, read: Reference) -> Linked:
    use = lowering.uses[read.owner]
    if use.body is None or read.inside:
        raise fault(
            "ARC229",
            "a decoder stands on a node that uses a body",
            read.at,
            label=f"`{read.inside}` is a part of it" if read.inside else "uses no body",
            help="name the node itself: its inner maps are the skips, its `cut` says where it ends"
            if read.inside
            else "give it a module with a `body`, or write the layers as nodes",
        )
    module = (lowering.model.modules or {})[use.prefix]
    assert module.body is not None
    check_encoder(lowering.builder, use.body, module.body, (*_MODULES, use.prefix, "body"))
    return use.body


def _value(lowering: _Lowering, read: Reference) -> str:
    """Return the plan's name of a value that a spec names.

    Raises:
        PlanFault: there is nothing of that name inside the node (ARC222), or it is not computed (ARC206).
    """
    use = lowering.uses[read.owner]
    if not read.inside:
        return use.value
    if use.body is not None:
        return use.body.value(_tap(use.body, read))
    value = f"{use.prefix}.{read.inside}{use.suffix}"
    if value not in lowering.builder.types:
        raise fault(
            "ARC222",
            f"there is no `{read.inside}` inside `{read.owner}`",
            read.at,
            help="a node's layers are called 0, 1 and so on: `archc build SPEC --emit plan` shows them",
        )
    return value


def _tap(body: Linked, read: Reference) -> int:
    try:
        index = body.record.exit_of(read.inside)
    except UnknownCut as unknown:
        raise fault(
            "ARC222",
            f"there is no `{read.inside}` inside `{body.record.ref}`",
            read.at,
            help=(
                *((f"did you mean `{unknown.near}`?",) if unknown.near else ()),
                f"its parts are {', '.join(f'`{name}`' for name in unknown.existing)}",
            ),
        ) from None
    if index not in body.record.within(body.cut):
        raise fault(
            "ARC206",
            f"`{read.inside}` comes after the cut `{body.cut_name}`",
            read.at,
            help="read something before the cut, or cut later",
        )
    check_orientation(body.record, index, read.inside, read.at)
    return index


def _seen_from(found: PlanFault, use_at: SpecPath) -> PlanFault:
    """Return the fault of a module's later use, with the place that uses it."""
    also = Label(use_at, "value", "used here once more")
    return PlanFault(replace(found.diagnostic, labels=(*found.diagnostic.labels, also)))
