"""Checks of what is said about a model's outputs by name: losses, metrics, expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.ops.node import SpecPath
from archc.plan.losses import loss_facts
from archc.plan.lower.fault import diagnostic
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import counted, only
from archc.spec.document import Spec


def _names(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report each name that is no output's, at all the places that speak of it."""
    known = {output.name for output in plan.outputs}
    places = named_outputs(spec)
    for name in dict.fromkeys(path[-1] for path in places):
        if name not in known:
            yield _unknown_output(str(name), spec, plan, [path for path in places if path[-1] == name])


def named_outputs(spec: Spec) -> list[SpecPath]:
    """Return every place that speaks of an output by its name, which the place's path ends in."""
    said = spec.export.postprocess
    named: tuple[tuple[SpecPath, Mapping[str, object] | None], ...] = (
        (("losses",), spec.losses),
        (("metrics", "of"), spec.metrics.of if spec.metrics else None),
        (("expect", "outputs"), spec.expect.outputs if spec.expect else None),
        (("export", "postprocess"), None if isinstance(said, str) else said),
    )
    return [(*at, name) for at, table in named for name in table or ()]


def _unknown_output(name: str, spec: Spec, plan: Plan, places: list[SpecPath]) -> Diagnostic:
    known = [output.name for output in plan.outputs]
    near = nearest(name, known)
    named = spec.model.kind == "graph" and near is not None
    meant = (Label(("model", "outputs", near or ""), "key", "is called so here"),) if named else ()
    return diagnostic(
        "ARC227",
        f"the model has no output `{name}`",
        places[0],
        aim="key",
        also=(*(Label(place, "key") for place in places[1:]), *meant),
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            only("output", known),
        ),
        fix=correction(name, known, places[0], key=True) if len(places) == 1 else None,
    )


def _loss_form(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.loss is not None and spec.losses is not None:
        yield _both(("loss",), ("losses",))
    elif spec.loss is not None and len(plan.outputs) > 1 and loss_facts(spec.loss).outputs == 1:
        yield _open("loss", plan, ("loss",), "[losses.{}] for each of them")
    elif spec.train is not None and spec.loss is None and spec.losses is None and len(plan.outputs) > 1:
        yield diagnostic(
            "ARC228",
            f"the model has {counted(len(plan.outputs), 'output')}, and no loss is said for any",
            ("train",),
            aim="header",
            help=f"write [losses.{plan.outputs[0].name}],"
            " and one for each other output that is to be trained",
        )


def _metric_form(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    if spec.metrics is None or not spec.metrics.kinds:
        return
    if spec.metrics.of is not None:
        yield _both(("metrics", "kinds"), ("metrics", "of"))
    elif len(plan.outputs) > 1 and (spec.loss is None or loss_facts(spec.loss).outputs == 1):
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
        help=f"write {form.format(plan.outputs[0].name)}",
    )


OUTPUT_CHECKS = (_names, _loss_form, _metric_form)
