"""Checks of what the exported file makes of its scores."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.lower.fault import diagnostic
from archc.plan.outputs import Output, postprocess_of, task_facts
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.wording import either
from archc.spec.document import Spec
from archc.spec.outputs import PostprocessWord

_AT: SpecPath = ("export", "postprocess")


def postprocess_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report words that do not fit an output's task."""
    said = spec.export.postprocess
    names = {output.name for output in plan.outputs}
    if not isinstance(said, str) and not said.keys() <= names:
        return  # said where names are checked
    for output in plan.outputs:
        word, fitting = postprocess_of(spec.export, output.name), task_facts(output.task).postprocess
        if fitting and word not in fitting:
            yield _misfit(word, output, fitting, alone=len(names) == 1, named=not isinstance(said, str))


def _misfit(
    word: str, output: Output, fitting: tuple[PostprocessWord, ...], *, alone: bool, named: bool
) -> Diagnostic:
    what = "the model" if alone else f"the output `{output.name}`"
    help = f"use {either([f'`{one}`' for one in fitting])}"
    if not alone and not named:
        help = f'say it of each output, such as postprocess = {{ {output.name} = "{fitting[0]}" }}'
    return diagnostic(
        "ARC602",
        f"`{word}` does not fit: {what} answers with {task_facts(output.task).said}",
        (*_AT, output.name) if named else _AT,
        help=help,
    )
