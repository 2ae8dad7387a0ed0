"""The things that a name may stand for, by their kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archc.bodies import catalog
from archc.bodies.body import BodyRecord
from archc.lsp import pages
from archc.lsp.analysis import Analysis, folders_of
from archc.lsp.draft import Draft
from archc.lsp.parts import value_type
from archc.lsp.references import Reference, body_of, image_size, names, nodes, record_at
from archc.plan.groups.partition import parameter_groups
from archc.plan.lower.fault import PlanFault
from archc.plan.parameters import named_parameters
from archc.source.document.wording import scaled
from archc.source.text.spans import Path

_MOST = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name, a few words on what it is, and a page of Markdown."""

    name: str
    detail: str = ""
    page: str = ""


def candidates(reference: Reference, draft: Draft, analysis: Analysis, typed: str) -> tuple[Candidate, ...]:
    """Return the names that fit; of dotted ones those below the dots that are `typed` already."""
    match reference.meaning:
        case "body":
            found: Iterable[Candidate] = _bodies(analysis)
        case "weights":
            found = _weights(_record(reference, draft, analysis))
        case "cut" | "skip":
            found = _inside(reference, draft, analysis, typed)
        case "value":
            found = _values(reference, draft, analysis, typed)
        case "node":
            found = (_shaped(name, analysis) for name in _node_names(draft))
        case "module":
            found = (Candidate(name) for name in names(draft, ("model", "modules")))
        case "group":
            found = _groups(draft, analysis)
        case "pattern":
            found = _patterns(analysis, typed, _prefix_of(reference.path))
    return tuple(each for each, _ in zip(found, range(_MOST), strict=False))


def _record(reference: Reference, draft: Draft, analysis: Analysis) -> BodyRecord | None:
    return record_at(draft, body_of(reference, draft), analysis.document.name)


def _bodies(analysis: Analysis) -> Iterator[Candidate]:
    for name in catalog.names(folders_of(analysis.document.name)):
        yield Candidate(name, "", "")


def _weights(record: BodyRecord | None) -> Iterator[Candidate]:
    yield Candidate("none", "as the library starts it")
    if record is None:
        return
    for name in record.fitting_weights():
        size = record.weights[name].size
        default = ", the default" if name == record.default_weights else ""
        yield Candidate(name, f"{size[0]}×{size[1]} pixels{default}", pages.weights_page(record, name) or "")


def _inside(reference: Reference, draft: Draft, analysis: Analysis, typed: str) -> Iterator[Candidate]:
    """Yield the names inside a body: for a skip first those of "auto"; deeper ones below a dot."""
    record = _record(reference, draft, analysis)
    if record is None:
        stages = draft.value((*(body_of(reference, draft) or ()), "stages"))
        for stage in stages if isinstance(stages, list) else ():
            if isinstance(stage, dict) and isinstance(stage.get("name"), str):
                yield Candidate(stage["name"])
        return
    yield from _of_record(record, image_size(draft, record), typed, stages=reference.meaning == "skip")


def _of_record(record: BodyRecord, size: tuple[int, int], typed: str, *, stages: bool) -> Iterator[Candidate]:
    reductions = {stage.name: f"{stage.channels} channels at 1/{stage.reduction}" for stage in record.stages}
    shapes = pages.shapes(record, size)
    within = typed[: typed.rfind(".") + 1]
    usual = {stage.reduction: stage.name for stage in record.stages}  # the last at each resolution
    first = [
        *(reversed(usual.values()) if stages and not within else ()),
        *(() if within else record.children),
    ]
    below = [name for name in record.exits if name.startswith(within) and "." not in name[len(within) :]]
    for name in dict.fromkeys((*first, *below)):
        if name in record.exits:
            shape, parameters, work = shapes.get(name, ("", 0, 0))
            figures = f"{parameters:,} parameters and {scaled(work)} multiply-adds up to here"
            yield Candidate(name, shape or reductions.get(name, ""), figures if shape else "")


def _values(reference: Reference, draft: Draft, analysis: Analysis, typed: str) -> Iterator[Candidate]:
    owner, dot, inside = typed.partition(".")
    if dot:
        body = _read_by(draft, owner)
        record = record_at(draft, body, analysis.document.name)
        if record is not None:
            for each in _of_record(record, image_size(draft, record), inside, stages=True):
                yield Candidate(f"{owner}.{each.name}", each.detail, each.page)
        return
    own = draft.value((*reference.path[:3], "name"))
    for name in (*_input_names(draft), *(name for name in _node_names(draft) if name != own)):
        yield _shaped(name, analysis)


def _read_by(draft: Draft, owner: str) -> tuple[str | int, ...] | None:
    used = next((node.get("use") for node in nodes(draft) if node.get("name") == owner), None)
    return ("model", "modules", used, "body") if isinstance(used, str) else None


def _shaped(name: str, analysis: Analysis) -> Candidate:
    kind = value_type(analysis, name)
    return Candidate(name, str(kind) if kind else "")


def _input_names(draft: Draft) -> list[str]:
    return names(draft, ("inputs",)) or ["image"]


def _node_names(draft: Draft) -> list[str]:
    return [node["name"] for node in nodes(draft) if isinstance(node.get("name"), str)]


def _groups(draft: Draft, analysis: Analysis) -> Iterator[Candidate]:
    written = draft.value(("train", "groups"))
    if isinstance(written, list):
        found = [table.get("name") for table in written if isinstance(table, dict)]
        yield from (Candidate(name) for name in found if isinstance(name, str))
        return
    if analysis.spec is None or analysis.plan is None or analysis.spec.train is None:
        return
    try:
        groups = parameter_groups(analysis.plan, analysis.spec.train)
    except PlanFault:
        return
    parents = dict.fromkeys(group.name.split(".")[0] for group in groups)
    counts = {group.name: f"{len(group.parameters)} tensors" for group in groups}
    yield from (Candidate(name, counts.get(name, "")) for name in dict.fromkeys((*parents, *counts)))


def _prefix_of(path: Path) -> str:
    """Return what a pattern leaves out of parameters' names: of a body's weights, the body's own."""
    inside = path[: path.index("weights")] if "weights" in path else ()
    if inside[-1:] != ("body",):
        return ""
    return f"{inside[-2] if len(inside) > 2 else 'body'}."


def _patterns(analysis: Analysis, typed: str, prefix: str) -> Iterator[Candidate]:
    """Yield beginnings of parameters' names, one segment further than what is typed."""
    if analysis.plan is None:
        return
    level = typed.count(".") + 1
    sums: dict[str, int] = {}
    inside = (t for t in named_parameters(analysis.plan) if t.name.startswith(prefix))
    for tensor in inside:
        name = ".".join(tensor.name.removeprefix(prefix).split(".")[:level])
        sums[name] = sums.get(name, 0) + tensor.size
    within = typed[: typed.rfind(".") + 1]
    for name, count in sums.items():
        if name.startswith(within):
            yield Candidate(name, f"{count:,} parameters")
