"""How lowering and checks report: a diagnostic that ends the step which found it."""

from __future__ import annotations

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label, Severity
from archc.source.text.spans import Aim, Path


class PlanFault(Exception):
    """A fault in the spec that what follows cannot do without."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(f"{diagnostic.code}: {diagnostic.message}")
        self.diagnostic = diagnostic


def diagnostic(
    code: str,
    message: str,
    path: Path,
    *,
    label: str = "",
    help: str | tuple[str, ...] = (),
    aim: Aim = "value",
    also: tuple[Label, ...] = (),
    severity: Severity = "error",
    fix: Fix | None = None,
) -> Diagnostic:
    """Return a diagnostic with one primary place, and others in `also`."""
    helps = ((help,) if help else ()) if isinstance(help, str) else help
    return Diagnostic(code, message, (Label(path, aim, label), *also), helps, severity, fix)


def fault(
    code: str,
    message: str,
    path: Path,
    *,
    label: str = "",
    help: str | tuple[str, ...] = (),
    aim: Aim = "value",
    also: tuple[Label, ...] = (),
    fix: Fix | None = None,
) -> PlanFault:
    """Return the exception that carries such a diagnostic."""
    return PlanFault(diagnostic(code, message, path, label=label, help=help, aim=aim, also=also, fix=fix))
