"""Checks of what the exported file makes of its scores."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.lower.fault import diagnostic
from archc.plan.meanings import Task, output_tasks, postprocess_of
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.wording import either
from archc.spec.document import PostprocessWord, Spec

_AT: SpecPath = ("export", "postprocess")
_SAID: dict[Task, str] = {
    "classification": "one class",
    "segmentation": "one class a pixel",
    "multi_label": "several labels",
    "regression": "numbers",
    "embedding": "embeddings",
    "tensor": "anything",
}
_FITTING: dict[Task, tuple[PostprocessWord, ...]] = {
    "classification": ("softmax", "argmax", "none"),
    "segmentation": ("softmax", "argmax", "none"),
    "multi_label": ("sigmoid", "none"),
    "regression": ("none",),
    "embedding": ("none",),
    "tensor": (),
}


def postprocess_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Words that do not fit an output's task."""
    said = spec.export.postprocess
    tasks = output_tasks(spec, plan)
    if not isinstance(said, str) and not all(name in tasks for name in said):
        return  # said where names are checked
    for output, task in tasks.items():
        word = postprocess_of(spec.export, output)
        if _FITTING[task] and word not in _FITTING[task]:
            yield _misfit(word, output, task, alone=len(tasks) == 1, named=not isinstance(said, str))


def _misfit(word: str, output: str, task: Task, *, alone: bool, named: bool) -> Diagnostic:
    what, fitting = "the model" if alone else f"the output `{output}`", _FITTING[task]
    help = f"use {either([f'`{one}`' for one in fitting])}"
    if not alone and not named:
        help = f'say it of each output, such as postprocess = {{ {output} = "{fitting[0]}" }}'
    return diagnostic(
        "ARC602",
        f"`{word}` does not fit: {what} answers with {_SAID[task]}",
        (*_AT, output) if named else _AT,
        help=help,
    )
