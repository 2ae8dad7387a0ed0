"""`archc params SPEC`: what each phase does to each parameter group, without training."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, compiled
from archc.files.errors import WorldError
from archc.views.tables import aligned

if TYPE_CHECKING:
    from archc.plan.compile import Compiled


@dataclass(frozen=True, slots=True)
class Line:
    """One group in one phase."""

    phase: int
    epochs: int
    group: str
    tensors: int
    parameters: int
    lr: float
    weight_decay: float
    frozen: bool
    norm: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print group by phase: parameters, rate, decay, frozen, norm mode."""
    lines = _lines(compiled(arguments))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
        return 0
    header = ["phase", "epochs", "group", "tensors", "parameters", "peak lr", "decay", "state", "norms"]
    cells = [
        [
            str(line.phase),
            str(line.epochs),
            line.group,
            str(line.tensors),
            f"{line.parameters:,}",
            f"{line.lr:.2e}",
            f"{line.weight_decay:g}",
            "frozen" if line.frozen else "trained",
            line.norm,
        ]
        for line in lines
    ]
    sys.stdout.write(aligned(header, cells, frozenset({0, 1, 3, 4, 5, 6})))
    return 0


def _lines(result: Compiled) -> list[Line]:
    from archc.plan.groups.partition import parameter_groups, selected
    from archc.plan.groups.rates import phase_rates
    from archc.plan.parameters import named_parameters

    train = result.spec.train
    if train is None:
        raise WorldError(
            "the spec has no [train]: there are no groups to show", "add [train] with [[train.phases]]"
        )
    groups = parameter_groups(result.plan, train)
    sizes = {tensor.name: tensor.size for tensor in named_parameters(result.plan)}
    lines = []
    for number, phase in enumerate(train.phases, 1):
        rates = phase_rates(phase, len(groups))
        for group, lr in zip(groups, rates, strict=True):
            names = phase.train
            frozen = names is not None and not any(group.name in selected(groups, n) for n in names)
            held = {"none": "kept", "statistics": "statistics updated", "all": "trained"}[phase.train_norm]
            lines.append(
                Line(
                    phase=number,
                    epochs=phase.epochs,
                    group=group.name,
                    tensors=len(group.parameters),
                    parameters=sum(sizes[p] for p in group.parameters),
                    lr=0.0 if frozen else lr,
                    weight_decay=train.optimizer.weight_decay,
                    frozen=frozen,
                    norm=held if frozen else "trained",
                )
            )
    return lines
