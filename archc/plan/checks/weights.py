"""Checks of what a spec says of a file of weights, as far as its model tells."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.checks.advice import body_path
from archc.plan.groups.partition import matches
from archc.plan.lower.fault import diagnostic
from archc.plan.lower.weights import name_of, place_fault
from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.diagnostics.suggest import correction, nearest
from archc.spec.document import Spec
from archc.spec.model import WeightsFile


def weights_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Yield the faults of tables of weights: names of no file, patterns that match no tensor of the model."""
    if isinstance(whole := spec.model.weights, str | WeightsFile) and whole != "none":
        at: SpecPath = ("model", "weights")
        if found := place_fault(name_of(whole), at if isinstance(whole, str) else (*at, "file")):
            known = {n for body in plan.bodies if body.record for n in body.record.fitting_weights()}
            inner = f'weights = "{name_of(whole)}"'
            yield found.changed(help=(f"write {inner} in the body",)) if name_of(whole) in known else found
        if isinstance(whole, WeightsFile):
            yield from _idle_patterns(plan, "", whole, at)
    for body in plan.bodies:
        if body.file is not None:
            yield from _idle_patterns(plan, f"{body.prefix}.", body.file, (*body_path(spec, body), "weights"))


def _idle_patterns(plan: Plan, prefix: str, file: WeightsFile, at: SpecPath) -> Iterator[Diagnostic]:
    if not file.skip:
        return
    every = (*named_parameters(plan), *named_buffers(plan))
    names = [t.name.removeprefix(prefix) for t in every if t.name.startswith(prefix)]
    for i, pattern in enumerate(file.skip):
        if not any(matches(pattern, name) for name in names):
            yield _idle(pattern, prefix, names, (*at, "skip", i))


def _idle(pattern: str, prefix: str, names: list[str], at: SpecPath) -> Diagnostic:
    parents = dict.fromkeys(n.rsplit(".", k)[0] for n in names for k in range(1, n.count(".") + 1))
    inner = pattern.removeprefix(prefix)
    near = inner if prefix and inner in parents else nearest(pattern, list(parents))
    tops = ", ".join(f"`{top}`" for top in dict.fromkeys(n.split(".", 1)[0] for n in names))
    return diagnostic(
        "ARC216",
        f"no tensor of the model is under `{pattern}`",
        at,
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            f"its parts are {tops}",
            "what only the file has stays there: it needs no `skip`",
        ),
        fix=correction(pattern, parents, at),
    )
