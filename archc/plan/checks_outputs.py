"""Checks of what is said about a model's outputs: losses and metrics by name, and expectations."""

from __future__ import annotations

from collections.abc import Iterator

from archc.catalog.graph import SpecPath
from archc.plan.expectations import expectation_faults, unknown_output
from archc.plan.fault import diagnostic
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic, Label
from archc.source.wording import counted
from archc.spec.document import Spec

_OVER_SEVERAL = ("contrastive", "triplet")
"""Losses that take all outputs of a model together."""


def _names(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    known = {name for name, _ in plan.outputs}
    named: tuple[tuple[SpecPath, object], ...] = (
        (("losses",), spec.losses),
        (("metrics", "of"), spec.metrics.of if spec.metrics else None),
    )
    for at, table in named:
        for name in table if isinstance(table, dict) else ():
            if name not in known:
                yield unknown_output(name, plan, (*at, name))


def _loss_form(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.loss is not None and spec.losses is not None:
        yield _both(("loss",), ("losses",))
    elif spec.loss is not None and len(plan.outputs) > 1 and spec.loss.kind not in _OVER_SEVERAL:
        yield _open("loss", plan, ("loss",), "[losses.{}] for each of them")
    elif spec.train is not None and spec.loss is None and spec.losses is None and len(plan.outputs) > 1:
        yield diagnostic(
            "ARC228",
            f"the model has {counted(len(plan.outputs), 'output')}, and no loss is said for any",
            ("train",),
            aim="header",
            help=f"write [losses.{plan.outputs[0][0]}], and one for each other output that is to be trained",
        )


def _metric_form(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.metrics is None or not spec.metrics.kinds:
        return
    if spec.metrics.of is not None:
        yield _both(("metrics", "kinds"), ("metrics", "of"))
    elif len(plan.outputs) > 1 and (spec.loss is None or spec.loss.kind not in _OVER_SEVERAL):
        yield _open("metrics", plan, ("metrics", "kinds"), "of = {{ {} = [...] }} in [metrics]")


def _both(one: SpecPath, other: SpecPath) -> Diagnostic:
    return diagnostic(
        "ARC228",
        f"there is both `{one[-1]}` and `{other[-1]}`",
        other,
        aim="key",
        also=(Label(one, "key"),),
        help=f"`{one[-1]}` is for a model with one output, `{other[-1]}` for several: keep one",
    )


def _open(what: str, plan: Plan, at: SpecPath, form: str) -> Diagnostic:
    return diagnostic(
        "ARC228",
        f"the model has {counted(len(plan.outputs), 'output')}: it is open which one `{what}` means",
        at,
        aim="key",
        help=f"write {form.format(plan.outputs[0][0])}",
    )


def _expectations(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    yield from expectation_faults(spec, plan)


OUTPUT_CHECKS = (_names, _loss_form, _metric_form, _expectations)
