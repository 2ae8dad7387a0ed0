"""What there is to say about a kind of fault."""

from __future__ import annotations

from dataclasses import dataclass

from archc.source.diagnostic import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of fault. `what` it is, `why` it is one, the `remedy`: a paragraph each."""

    name: str
    summary: str
    what: str
    why: str
    remedy: str
    severity: Severity = "error"
