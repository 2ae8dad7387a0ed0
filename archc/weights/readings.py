"""The ways in which a table of a checkpoint can be read, each held against what a model wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from archc.weights.stored import Entry, Stored

Kind = Literal["float", "integer", "boolean"]

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("F64", "F32", "F16", "BF16"), "float"),
    **dict.fromkeys(("I64", "I32", "I16", "I8", "U8"), "integer"),
    "BOOL": "boolean",
}
_ANCHORS = 3
_MOST_PREFIXES = 24
_COUNTER = "num_batches_tracked"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tensor of the model."""

    shape: tuple[int, ...]
    kind: Kind = "float"


@dataclass(frozen=True, slots=True)
class Asked:
    """The reading that the spec asks for; None leaves a part of it open."""

    entry: str | None = None
    prefix: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)


def _never(name: str) -> bool:
    return False


def _same(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Target:
    """A model, or a body of it, that takes tensors.

    Attributes:
        name: for messages: "the body `torchvision/resnet18`".
        wanted: its tensors.
        skips: whether a tensor keeps the start it has without the file.
        beyond: whether a name is of the whole network, and was cut off here.
        adapts: whether a kernel of this name and shape in the file can be made the wanted one.
        today: a name of an older release of the library in today's form.
        preferred: entries to take without a word where several fit, in order: those of a published file.
    """

    name: str
    wanted: Mapping[str, Wanted]
    skips: Callable[[str], bool] = _never
    beyond: Callable[[str], bool] = _never
    adapts: Callable[[str, tuple[int, ...]], bool] = lambda name, shape: False
    today: Callable[[str], str] = _same
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A checkpoint read one way, against what is wanted."""

    entry: Entry
    prefix: str
    given: Mapping[str, Stored]
    missing: tuple[str, ...]
    shapes: tuple[str, ...]
    kinds: tuple[str, ...]
    extra: tuple[str, ...]
    absent: tuple[str, ...]
    kept: tuple[str, ...]
    cut: tuple[str, ...]
    foreign: tuple[str, ...]
    matched: int

    @property
    def fits(self) -> bool:
        """Return whether all tensors that are wanted are there, and none that the model would leave out."""
        return bool(self.matched) and not (self.missing or self.shapes or self.kinds or self.extra)


def readings(entry: Entry, target: Target, asked: Asked) -> Iterator[Reading]:
    """Yield every way to read an entry that the spec leaves open, the plainest first."""
    if asked.prefix is not None:
        below = _below(entry.tensors, _dotted(asked.prefix))
        yield _read(entry, _dotted(asked.prefix), _renamed(below, asked.rename), target)
        return
    named = _renamed(entry.tensors, asked.rename)
    for prefix in _prefixes(named, target):
        yield _read(entry, prefix, _below(named, prefix), target)


def _dotted(prefix: str) -> str:
    return prefix if not prefix or prefix.endswith((".", "/", "_")) else f"{prefix}."


def _below(tensors: Mapping[str, Stored], prefix: str) -> dict[str, Stored]:
    return {n.removeprefix(prefix): stored for n, stored in tensors.items() if n.startswith(prefix)}


def _renamed(tensors: Mapping[str, Stored], rules: Mapping[str, str]) -> dict[str, Stored]:
    """Return the tensors under the names that the longest rule that begins each gives it."""
    if not rules:
        return dict(tensors)
    by_length = sorted(rules, key=len, reverse=True)

    def new(name: str) -> str:
        rule = next((rule for rule in by_length if name.startswith(rule)), None)
        return name if rule is None else rules[rule] + name.removeprefix(rule)

    return {new(name): stored for name, stored in tensors.items()}


def _prefixes(tensors: Mapping[str, Stored], target: Target) -> list[str]:
    """Return what may stand before the model's names: what does before some of them; first nothing."""
    anchors = [n for n in target.wanted if not n.endswith(_COUNTER) and not target.skips(n)][:_ANCHORS]
    found = dict.fromkeys([""])
    for anchor in anchors:
        dotted = f".{anchor}"
        found |= dict.fromkeys(n[: -len(anchor)] for n in tensors if n.endswith(dotted))
    return list(found)[:_MOST_PREFIXES]


def _read(entry: Entry, prefix: str, below: dict[str, Stored], target: Target) -> Reading:
    given = {target.today(name): stored for name, stored in below.items()}
    wanted = {name: want for name, want in target.wanted.items() if not target.skips(name)}
    here = [name for name in wanted if name in given]
    absent = tuple(
        n for n, want in wanted.items() if n not in given and want.shape == () and n.endswith(_COUNTER)
    )
    shapes = tuple(n for n in here if not _shaped(n, given[n], wanted[n], target))
    kinds = tuple(n for n in here if _KINDS.get(given[n].dtype) != wanted[n].kind)
    other = [name for name in given if name not in wanted]
    cut = tuple(name for name in other if target.skips(name) or target.beyond(name))
    parts = {name.partition(".")[0] for name in target.wanted}
    strange = [name for name in other if not target.skips(name) and not target.beyond(name)]
    outside = [n for n in entry.tensors if not n.startswith(prefix)] if prefix else []
    return Reading(
        entry,
        prefix,
        given,
        missing=tuple(name for name in wanted if name not in given and name not in absent),
        shapes=shapes,
        kinds=kinds,
        extra=tuple(name for name in strange if name.partition(".")[0] in parts),
        absent=absent,
        kept=tuple(name for name in target.wanted if target.skips(name)),
        cut=cut,
        foreign=(*(prefix + n for n in strange if n.partition(".")[0] not in parts), *outside),
        matched=len(here) - len({*shapes, *kinds}),
    )


def _shaped(name: str, stored: Stored, want: Wanted, target: Target) -> bool:
    return stored.shape == want.shape or target.adapts(name, stored.shape)
