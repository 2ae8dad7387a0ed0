"""Pages on parts of a spec, as Markdown: a key, a kind of table, a layer, a body."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from archc.bodies.body import BodyRecord
from archc.lsp import wording
from archc.lsp.analysis import Analysis
from archc.lsp.parts import Part, part_at
from archc.ops.faults import ShapeFault
from archc.source.document.wording import either, scaled
from archc.source.text.cells import quoted
from archc.source.text.spans import Path
from archc.spec import keys as language
from archc.spec.keys import value_at
from archc.views.survey import parts

_MOST = 12


def key_page(path: Path, data: Any) -> str | None:
    """Return what the language says of the key at `path`, and of the table that it is."""
    key = language.key_at(path, data)
    named = path
    while named and isinstance(named[-1], int):
        named = named[:-1]
    if key is None:
        return _table_page(path, data)
    if language.tag_at(named[:-1], data) == key.name:
        tags = language.kinds_at(named[:-1], data)
        return f"**`{key.name}`** — which of {len(tags)} kinds of table this is · required"
    table = _table_page(named, data) or _table_page((*named, 0), data)
    return wording.key_page(key) + (f"\n\n{table}" if table and not key.doc else "")


def _table_page(path: Path, data: Any) -> str | None:
    """Return what the class of a table says of itself, where it is known which class that is."""
    known = [hint for hint in language.hints_at(path, data) if hasattr(hint, "__dataclass_fields__")]
    return language.summary(known[0]) if len(known) == 1 else None


def kind_page(path: Path, data: Any, tag: object) -> str | None:
    """Return what a kind of table is, by the value of the key that tells it, with its arguments."""
    cls = language.kinds_at(path, data).get(str(tag))
    if cls is None:
        return None
    name = language.tag_at(path, data)
    keys = [key for key in language.keys_of_class(cls) if key.name != name]
    lines = [f"**`{tag}`** — {language.summary(cls)}"]
    lines += ["\n".join(_argument(key) for key in keys[:_MOST])] if keys else []
    return "\n\n".join(lines)


def _argument(key: language.Key) -> str:
    required = " · required" if language.is_required(key) else ""
    return f"- `{key.name}`: {wording.kind(key.hint)}{required}"


def layer_page(analysis: Analysis, path: Path, data: Any) -> str | None:
    """Return the shape and costs of what the table at `path` became."""
    part = part_at(analysis, path) if path else None
    if part is None:
        return None
    name = _layer_name(value_at(data, path), path)
    lines = [f"**{name}** → `{_outputs(analysis, path) or part.out}`", _figures(part)]
    return "\n\n".join(lines)


def _layer_name(table: Any, path: Path) -> str:
    held = table if isinstance(table, dict) else {}
    named = held.get("op") if isinstance(held.get("op"), str) else held.get("name")
    word = named if isinstance(named, str) else next((s for s in reversed(path) if isinstance(s, str)), "")
    return f"`{shown(word)}`"


def shown(word: object) -> str:
    """Return a name from the text as it may stand in code within Markdown."""
    return quoted(str(word)).replace("`", "'")


def _outputs(analysis: Analysis, path: Path) -> str:
    """Return the shapes of a whole model's outputs."""
    if path != ("model",) or analysis.plan is None:
        return ""
    types = analysis.plan.types()
    return ", ".join(f"{output.name}: {types[output.value]}" for output in analysis.plan.outputs)


def _figures(part: Part) -> str:
    rows = [
        f"reads: {', '.join(f'`{each}`' for each in dict.fromkeys(part.reads))}" if part.reads else "",
        f"parameters: {part.parameters:,}",
        f"multiply-adds: {work(part)}",
        f"layers: {part.nodes}" if part.nodes > 1 else "",
        f"applied {part.uses} times with one set of weights" if part.uses > 1 else "",
    ]
    return "\n".join(f"- {row}" for row in rows if row)


def work(part: Part) -> str:
    """Return the multiply-adds of a part, as far as they are known."""
    if part.counted:
        return f"{scaled(part.multiply_adds)} an example"
    if part.multiply_adds == 0:
        return "not known of a library's own modules"
    return f"{scaled(part.multiply_adds)} an example beside those of a library's own modules"


def body_page(record: BodyRecord, size: tuple[int, int]) -> str:
    """Return a library's network: where it can be cut, with the shapes for an image of `size`."""
    head = f"**`{record.ref}`** — cut after `{record.cut}` where nothing is written"
    rows = [f"| `{stage.name}` | {stage.channels} | 1/{stage.reduction} |" for stage in record.stages]
    table = "\n".join(["| stage | channels | of the size |", "|---|---|---|", *rows])
    parts = f"its parts: {either([f'`{name}`' for name in record.children])}"
    fitting = record.fitting_weights()
    weights = f"weights: {', '.join(f'`{name}`' for name in fitting)}" if fitting else "no published weights"
    return "\n\n".join(line for line in (head, _totals(record, size), table, parts, weights) if line)


def _totals(record: BodyRecord, size: tuple[int, int]) -> str:
    """Return what lies up to the cut that is taken where none is written."""
    found = shapes(record, size)
    cut = found.get(record.cut)
    if cut is None:
        return (
            "" if record.nodes else f"- {len(record.state):,} saved tensors; its inside is the library's own"
        )
    return (
        f"- up to there {cut[1]:,} parameters, {scaled(cut[2])} multiply-adds for a "
        f"{size[0]}×{size[1]} image, `{cut[0]}`"
    )


@lru_cache(maxsize=16)
def shapes(record: BodyRecord, size: tuple[int, int]) -> dict[str, tuple[str, int, int]]:
    """Return for every possible cut the shape there, and parameters and multiply-adds up to it."""
    if not record.nodes:
        return {}
    fits = record.size if record.fixed_size else size
    try:
        found = parts(record, fits)
    except ShapeFault:
        return {}
    return {
        name: (str(found[index].out), found[index].parameters, found[index].multiply_adds)
        for name, index in record.exits.items()
    }


def weights_page(record: BodyRecord, name: str) -> str | None:
    """Return a published file of weights: what it was trained on."""
    weights = record.weights.get(name)
    if weights is None:
        return None
    numbers = "mean {}, {}, {} · std {}, {}, {}".format(*weights.mean, *weights.std)
    return f"**`{name}`** of `{record.ref}` — {weights.size[0]}×{weights.size[1]} pixels\n\n- {numbers}"
