"""Repairs until nothing is left that may be repaired: each kept only if the spec is better for it."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import NamedTuple

from archc.plan.bounds import USUAL, Bounds
from archc.plan.compile import Checked, checked
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError, read_text
from archc.source.document.fix import fixed, repairable
from archc.source.text.spans import Path
from archc.spec.frozen import Frozen, frozen

_ROUNDS = 20
_MANY = 1_000
"""Errors beyond which nobody mistyped anything, and every round takes its time."""
_TRIES = 15
"""How many parts of a round's repairs are tried where all together do not help."""


class Repair(NamedTuple):
    """One repair that was made, and the document whose text it was made in."""

    diagnostic: Diagnostic
    document: Document


@frozen
class Repaired(Frozen):
    """The last text that is better than the one before it, the repairs that led there, what is left."""

    document: Document
    repairs: tuple[Repair, ...]
    left: tuple[Diagnostic, ...]


class _State(NamedTuple):
    """A document, its diagnostics, and how far it is checked.

    The depth is 0 as text, 1 in structure, 2 as a model, 3 with nothing but warnings.
    """

    document: Document
    found: tuple[Diagnostic, ...]
    depth: int

    @property
    def errors(self) -> int:
        return sum(each.severity == "error" for each in self.found)


def repaired(error: SpecError, bounds: Bounds = USUAL) -> Repaired:
    """Return a refused document after all certain repairs, with the faults that are left of it.

    A round's repairs are tried together, and in ever smaller parts where together they do not help.
    """
    state = _State(error.document, error.diagnostics, _depth(error.document, bounds))
    repairs: list[Repair] = []
    for _ in range(_ROUNDS if state.errors < _MANY else 2):
        better, made = _round(state, bounds)
        if not made:
            break
        repairs += [Repair(each, state.document) for each in made]
        state = better
    return Repaired(state.document, tuple(repairs), state.found)


def _round(state: _State, bounds: Bounds) -> tuple[_State, tuple[Diagnostic, ...]]:
    """Return the state after one round, and the faults repaired in it; none where nothing helped."""
    parts = deque([repairable(state.document, state.found)])
    for _ in range(_TRIES):
        if not parts:
            break
        chosen = parts.popleft()
        parts += [chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]] if len(chosen) > 1 else []
        text, applied = fixed(state.document, chosen)
        if applied and text != state.document.text:
            after = _checked(state.document, text, bounds)
            if _better(state, after, applied):
                return after, applied
    return state, ()


def _checked(before: Document, text: str, bounds: Bounds) -> _State:
    try:
        document = read_text(text, before.name, before.format)
        if before.flags:
            from archc.source.document.overrides import with_overrides

            document = with_overrides(document, before.flags)
    except SpecError as error:
        return _State(error.document, error.diagnostics, _depth(error.document, bounds))
    result = checked(document, bounds=bounds)
    return _State(document, result.found, _reached(result))


def _depth(document: Document, bounds: Bounds) -> int:
    return _reached(checked(document, bounds=bounds)) if document.marks else 0


def _reached(result: Checked) -> int:
    if result.spec is None:
        return 1
    return 2 if any(each.severity == "error" for each in result.found) else 3


def _better(before: _State, after: _State, applied: tuple[Diagnostic, ...]) -> bool:
    """Return True where fewer faults are left of those seen before, and what was written fits its place.

    A document that is checked further shows faults that were hidden; so does a table whose kind can be told
    now, and lowering, which stops at its first fault. Those do not count, but for faults of the very places
    that were repaired.
    """
    if any(map(partial(_unfit, after), applied)):
        return False
    if after.depth != before.depth:
        return after.depth > before.depth
    if after.depth == 0:
        return _first(after) > _first(before)
    if after.errors < before.errors:
        return True
    places = {_repaired_place(each) for each in applied}
    if any((each.code, each.labels[0].path) in places for each in after.found):
        return False
    tables = {table for _, path in places for table in (path, path[:-1])} - {()}
    return after.depth == 2 or _outside(after, tables) <= _outside(before, tables)


def _unfit(after: _State, made: Diagnostic) -> bool:
    """Return True where the new name or value is itself at fault: of the wrong type, or unknown.

    What is inside of a table that was renamed may be: it could not be seen before; and a second slip waits.
    """
    place = _repaired_place(made)[1]
    told = ("ARC1", "ARC2")
    at = [each for each in after.found if each.labels[0].path == place and each.fix is None]
    return any(each.code.startswith(told) for each in at)


def _repaired_place(diagnostic: Diagnostic) -> tuple[str, Path]:
    """Return the code of a fault that must not be found again, and where it would stand now."""
    fix, path = diagnostic.fix, diagnostic.labels[0].path
    renamed = fix is not None and fix.action == "rename"
    return diagnostic.code, (*path[:-1], str(fix.to)) if fix and renamed else path


def _outside(state: _State, tables: set[Path]) -> int:
    """Return the errors that stand in none of the tables."""
    errors = (each.labels[0].path for each in state.found if each.severity == "error")
    return sum(not any(path[:length] in tables for length in range(len(path) + 1)) for path in errors)


def _first(state: _State) -> int:
    """The offset of the fault of a text that cannot be parsed: the parser stops at its first."""
    at = state.found[0].labels[0].at if state.found else None
    return at.span.start if at else 0
