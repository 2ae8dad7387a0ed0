"""A spec written out as TOML, with a word on where each layer comes from: `archc build SPEC --emit spec`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.files.errors import printable
from archc.ops.node import Node, SpecPath
from archc.plan.plan import Plan
from archc.source.document.wording import dotted
from archc.source.text.toml_text import Comments, toml_text
from archc.spec.document import Spec
from archc.views.written_names import written_names
from archc.views.written_out import written_out


def written_text(spec: Spec, plan: Plan) -> str:
    """Return a spec of kind graph that compiles to the same plan, every layer a node of its own."""
    data = written_out(spec, plan)
    called = written_names(plan).layers
    nodes = {called[node.name]: node for node in plan.nodes if node.name in called}
    above: dict[SpecPath, str] = {}
    behind: dict[SpecPath, str] = {}
    last = None
    for i, written in enumerate(data["model"]["nodes"]):
        at: SpecPath = ("model", "nodes", i)
        node = nodes.get(written["name"])
        if node is None:  # a body, entered under its module's name
            again = ", the same weights again" if written["name"] != written["use"] else ""
            above[at], last = f"the body of `model.modules.{written['use']}`{again}", None
            continue
        behind[at] = "x".join(map(str, node.out.shape[1:])) or "a number"
        if (place := _place(node)) != last:
            above[at], last = _heading(spec, node), place
    head = (
        f"# {printable(plan.name)}, a {spec.model.kind} written out: each layer a node, beside it its shape\n"
        "# It compiles to the same plan as the spec it was made from.\n"
    )
    return head + toml_text(data, Comments(above, behind))


def _place(node: Node) -> tuple[SpecPath, str]:
    """Return what a heading is for: a place in the spec, and a block that it became."""
    return node.origin[:3], _block(node)


def _block(node: Node) -> str:
    """Return a node's container down to its first number: `decoder.blocks.0`; "" for a layer by itself."""
    segments = node.name.split("@")[0].split(".")
    number = next((i for i, segment in enumerate(segments) if segment.isdigit()), len(segments))
    return ".".join(segments[: number + 1]) if number + 1 < len(segments) else ""


def _heading(spec: Spec, node: Node) -> str:
    told = f"from `{dotted(node.origin)}`" + "".join(_said(spec, node.origin))
    block = _block(node)
    return f"{block}, {told}" if block else told


def _said(spec: Spec, origin: SpecPath) -> Iterator[str]:
    """Yield the preset, or the way of upsampling, that the layers stand for."""
    part: Any = spec
    for key in origin:
        part = part[key] if isinstance(part, tuple | dict) else getattr(part, str(key), None)  # type: ignore[index]
    for key in ("preset", "upsample"):
        value = getattr(part, key, None)
        if isinstance(value, str):
            yield f', {key} "{value}"'
