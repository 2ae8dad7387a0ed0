"""The text about a kind of fault."""

from __future__ import annotations

from archc.source.diagnostics.diagnostic import Severity
from archc.spec.frozen import Frozen, frozen


@frozen
class Code(Frozen):
    """A kind of fault. `what` it is, `why` it is one, the `remedy`: a paragraph each."""

    name: str
    summary: str
    what: str
    why: str
    remedy: str
    severity: Severity = "error"
