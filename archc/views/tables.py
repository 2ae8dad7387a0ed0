"""Tables in plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from archc.files.errors import printable
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput, Input, TensorInput
from archc.spec.pixels import RANGES

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.plan.totals import Totals
    from archc.views.table import Row


def aligned(
    header: Sequence[str], lines: Sequence[Sequence[str]], right: frozenset[int] = frozenset()
) -> str:
    """Return columns wide enough for their longest cell; those in `right` are aligned to the right.

    Cells may be names of strangers: what is not printable in them is escaped.
    """
    lines = [[printable(cell) for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in (header, *lines)) for i in range(len(header))]
    rule = ["-" * w for w in widths]

    def row(cells: Sequence[str]) -> str:
        padded = (
            c.rjust(w) if i in right else c.ljust(w)
            for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join(row(line) for line in (header, rule, *lines)) + "\n"


def whole_table(result: Compiled, *, full: bool = False, batch: int | None = None) -> str:
    """Return the layer table with its summary; `full` folds no blocks, `batch` is that of the memory."""
    from archc.plan.totals import totals

    count = batch or (result.spec.train.batch_size if result.spec.train else 1)
    table = layer_table(grouped_rows(result, full=full), result)
    return table + summary(totals(result.plan, count), result, count)


def grouped_rows(result: Compiled, *, full: bool = False) -> tuple[Row, ...]:
    """Return the rows of the layer table, each with the parameter group that training puts it in."""
    from archc.plan.groups.partition import parameter_groups
    from archc.views.table import rows

    train = result.spec.train
    groups = parameter_groups(result.plan, train) if train else ()
    named = {parameter: group.name for group in groups for parameter in group.parameters}
    return rows(result.plan, named, full=full)


def layer_table(rows: Sequence[Row], result: Compiled) -> str:
    """Return the layers: path, op, output, parameters, multiply-adds, [train] group, frozen phases."""
    header = ["layer", "op", "output", "parameters", "mult-adds"]
    lines = [
        [r.path, r.op, shape_text(r.out), f"{r.parameters:,}" if r.parameters else "", count(r.multiply_adds)]
        for r in rows
    ]
    if result.spec.train is not None:
        header += ["group", "frozen in"]
        for line, r in zip(lines, rows, strict=True):
            phases = frozen_in(r.group, result)
            line += [r.group, "phase " + ", ".join(str(p) for p in phases) if phases else ""]
    return aligned(header, lines, frozenset({3, 4}))


def frozen_in(group: str, result: Compiled) -> list[int]:
    """Return the phases, counted from 1, in which a group is frozen."""
    from archc.plan.groups.partition import parameter_groups, selected

    train = result.spec.train
    if train is None or not group:
        return []
    groups = parameter_groups(result.plan, train)
    return [
        i + 1
        for i, phase in enumerate(train.phases)
        if phase.train is not None and not any(group in selected(groups, name) for name in phase.train)
    ]


def _said_of(given: Input) -> str:
    """Return what there is to say of an input beside its name and shape."""
    match given:
        case ImageInput():
            mean, std = (", ".join(f"{v:g}" for v in values) for values in (given.mean, given.std))
            return f"{_samples(given)}, normalized by mean {mean} and std {std}"
        case TensorInput():
            return ""
        case _:
            assert_never(given)


def _samples(given: ImageInput) -> str:
    """Return how an image's samples become 0 to 1, where they are not bytes."""
    if (given.dtype, given.range) == ("uint8", RANGES["uint8"]):
        return ""
    return f", {given.dtype} samples of {given.range[0]:g} to {given.range[1]:g}"


def summary(totals: Totals, result: Compiled, batch: int) -> str:
    """Return what stands under the layer table: inputs, totals and memory."""
    plan = result.plan
    lines = [""]
    for given in plan.inputs:
        lines.append(f"input       {given.name}: {shape_text(given.type)}{_said_of(given)}")
    for body in plan.bodies:
        lines.append(f"body        {body.ref}, cut after {body.cut}, weights {body.weights}")
    if plan.start is not None:
        lines.append(f"start       {plan.start.file}")
    lines += [
        f"parameters  {totals.parameters:,} ({size(totals.parameters * 4)} as float32),"
        f" {totals.buffers:,} in buffers",
        f"mult-adds   {count(totals.multiply_adds)} an image",
        f"activations {size(totals.kept)} kept for training, {size(totals.peak)} at most alive when it only"
        f" answers, for a batch of {batch}",
    ]
    return "\n".join(lines) + "\n"


def shape_text(type: TensorType) -> str:
    """Return the shape of one image's value: `64x56x56`."""
    return "x".join(str(d) for d in type.shape[1:]) or "1"


def count(number: int) -> str:
    """Return a large number in three or four digits: 3.67 G."""
    for unit, name in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.2f} {name}"
    return str(number) if number else ""


def size(bytes: int) -> str:
    """Return bytes in MB, or GB from 10 GB on."""
    return f"{bytes / 1e9:.1f} GB" if bytes >= 10**10 else f"{bytes / 1e6:.1f} MB"
