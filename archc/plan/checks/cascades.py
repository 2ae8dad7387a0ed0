"""Faults that follow from another fault: repairing the one repairs them all, so only the one is shown."""

from __future__ import annotations

from collections.abc import Iterable

from archc.source.diagnostics.diagnostic import Diagnostic

_ECHOES: dict[str, frozenset[str]] = {
    "ARC502": frozenset(("ARC505", "ARC515")),  # data of another kind has other losses and metrics
    "ARC507": frozenset(("ARC505", "ARC515")),
    "ARC508": frozenset(("ARC501", "ARC503")),  # a class twice makes one class too many
    "ARC512": frozenset(("ARC502",)),
}
"""The codes of the faults that each code may bring with it."""


def without_echoes(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without those that another one among them explains."""
    found = tuple(found)
    echoes = {echo for each in found for echo in _ECHOES.get(each.code, ())}
    return tuple(each for each in found if each.code not in echoes) if echoes else found
