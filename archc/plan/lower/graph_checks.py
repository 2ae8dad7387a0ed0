"""Checks of a graph's spec: forms, names, numbers of inputs, and that everything in it is used."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from archc.ops.facts import buffers, parameters
from archc.ops.node import Node, SpecPath
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import fault
from archc.plan.lower.references import NODES, Reference
from archc.source.diagnostics.diagnostic import Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import counted, either, only
from archc.spec.model import Graph, GraphNode, Module

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_OUTPUT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_NODE_FORMS = ("use", "layers", "op", "head", "decoder")
_MODULE_FORMS = ("body", "layers", "op", "head")
_COMPANIONS = {"classes": ("head", "decoder"), "init": ("op",), "merge": ("decoder",)}
"""Keys that go with some forms only."""


def check_forms(model: Graph, inputs: Collection[str]) -> None:
    """Check that every name can be one and that every node and module says once what it is."""
    for name, module in (model.modules or {}).items():
        at: SpecPath = ("model", "modules", name)
        _check_name(name, at, "key")
        _check_form(module, _MODULE_FORMS, f"module `{name}`", at)
    for i, node in enumerate(model.nodes):
        _check_name(node.name, (*NODES, i, "name"), "value")
        _check_form(node, _NODE_FORMS, f"node `{node.name}`", (*NODES, i))
        if node.use is not None and node.use not in (model.modules or {}):
            raise _unknown_module(node.use, model, (*NODES, i, "use"))
    for name in model.outputs:
        if not _OUTPUT.fullmatch(name) or name in inputs:
            raise fault(
                "ARC224",
                f"an output cannot be called `{name}`",
                ("model", "outputs", name),
                aim="key",
                label="is the name of an input" if name in inputs else "",
                help="use letters, digits and _, and no input's name",
            )


def _check_name(name: str, at: SpecPath, aim: str) -> None:
    if _NAME.fullmatch(name) and "training" not in name.split("."):
        return
    taken = "training" in name.split(".")
    raise fault(
        "ARC224",
        f"a part of the model cannot be called `{name}`",
        at,
        aim=aim,  # type: ignore[arg-type]
        label="torch's own name for a module's mode" if taken else "",
        help="choose another name"
        if taken
        else "use letters, digits and _, with dots between parts of a path",
    )


def _check_form(part: GraphNode | Module, forms: tuple[str, ...], what: str, at: SpecPath) -> None:
    written = [form for form in forms if getattr(part, form) is not None]
    if len(written) != 1:
        names = either([f"`{form}`" for form in forms])
        raise fault(
            "ARC221",
            f"{what} has {' and '.join(f'`{w}`' for w in written)}" if written else f"{what} does nothing",
            (*at, written[1]) if written else at,
            aim="key" if written else "header",
            also=(Label((*at, written[0]), "key"),) if written else (),
            help="keep one of them" if written else f"it needs one of {names}",
        )
    for key, fitting in _COMPANIONS.items():
        if getattr(part, key, None) is not None and written[0] not in fitting:
            raise fault(
                "ARC215",
                f"`{key}` does nothing beside `{written[0]}`",
                (*at, key),
                aim="key",
                help=f"it goes with {either([f'`{form}`' for form in fitting])}",
            )


def _unknown_module(name: str, model: Graph, at: SpecPath) -> Exception:
    known = tuple(model.modules or {})
    used = {node.use for node in model.nodes}
    near = nearest(name, known)
    return fault(
        "ARC225",
        f"there is no module `{name}`",
        at,
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            only("module", known) if known else f"write [model.modules.{name}] with a body or layers",
        ),
        fix=correction(name, [each for each in known if each in used], at),  # else it may be the mistyped one
    )


def require_arity(
    given: Sequence[object], least: int, most: int | None, at: SpecPath, what: str = "it"
) -> None:
    """Check that a part reads as many values as it takes (ARC229)."""
    if least <= len(given) and (most is None or len(given) <= most):
        return
    wanted = f"{least} or more values" if most is None else counted(least, "value")
    wanted = f"{least} or {most} values" if most is not None and most != least else wanted
    subject = f"`{what}`" if what != "it" else "a body, a head or a list of layers"
    raise fault(
        "ARC229",
        f"{subject} reads {wanted}, not {len(given)}",
        at,
        help="join values first, with a node whose op is concat or add"
        if len(given) > least
        else "name the others too: from = [..., ...]",
    )


def check_graph(
    builder: Builder, model: Graph, inputs: Collection[str], reads: Sequence[Sequence[Reference]]
) -> None:
    """Check that values have names of their own, that shared modules fit all uses, and that all is read."""
    _check_values(builder)
    _check_unread(model, inputs, {r.owner for found in reads for r in found})


def _check_values(builder: Builder) -> None:
    seen: dict[str, Node] = {}
    modules: dict[str, Node] = {}
    for node in builder.nodes:
        if node.name in seen:
            raise _taken(node, seen[node.name])
        seen[node.name] = node
        first = modules.setdefault(node.module, node)
        if first.op != node.op:
            raise fault(
                "ARC312",
                f"the shared `{node.module}` would need other weights in its second use",
                node.origin,
                label=f"reads {_read(builder, first)}, then {_read(builder, node)}",
                help="let both uses read values of the same channels, or use two modules",
            )
    held = {name for name, node in modules.items() if parameters(node.op) or buffers(node.op)}
    for name, node in modules.items():
        for end in _beginnings(name):
            if end in held:
                raise _taken(node, modules[end])


def _read(builder: Builder, node: Node) -> str:
    return ", ".join(str(builder.types[name]) for name in node.inputs)


def _beginnings(path: str) -> list[str]:
    segments = path.split(".")
    return [".".join(segments[:end]) for end in range(1, len(segments))]


def _taken(node: Node, other: Node) -> Exception:
    return fault(
        "ARC224",
        f"`{node.module}` is inside `{other.module}`, which is a layer"
        if node.module != other.module
        else f"two parts of the model are called `{node.name}`",
        node.origin,
        also=(Label(other.origin, "value", "the other"),),
        help="give one of the nodes another name",
    )


def _check_unread(model: Graph, inputs: Collection[str], read: Collection[str]) -> None:
    for i, node in enumerate(model.nodes):
        if node.name not in read:
            near = nearest(node.name, model.outputs.values())
            raise fault(
                "ARC226",
                f"nothing reads `{node.name}`",
                (*NODES, i, "name"),
                help=(
                    *((f"did you mean it in place of `{near}`?",) if near else ()),
                    "read it in another node, name it in `outputs`, or remove it",
                ),
            )
    used = {node.use for node in model.nodes}
    for name in model.modules or {}:
        if name not in used:
            at: SpecPath = ("model", "modules", name)
            raise fault("ARC226", f"no node uses the module `{name}`", at, aim="key", help="use or remove it")
    for name in inputs:
        if name not in read:
            raise fault(
                "ARC226",
                f"nothing reads the input `{name}`",
                ("inputs", name),
                aim="key",
                help="read it in a node, or remove it",
            )
