"""Learning rates over parameter groups."""

from __future__ import annotations

from archc.spec.train import Phase


def phase_rates(phase: Phase, groups: int) -> tuple[float, ...]:
    """Return a phase's peak rate for each of its groups, from the input's to the output's.

    With `layer_decay` the last group has `lr` and each one before it that share of its successor's, as vision
    transformers are fine-tuned; else as `spread` has it.
    """
    if phase.layer_decay is None or isinstance(phase.lr, tuple):
        return spread(phase.lr, groups)
    return tuple(phase.lr * phase.layer_decay ** (groups - 1 - i) for i in range(groups))


def spread(lr: float | tuple[float, ...], groups: int) -> tuple[float, ...]:
    """Return one rate for each group, from the input's to the output's.

    A number is everybody's; (first, last) is spread geometrically, the last alone counting where there is one
    group; a rate for each group is taken as it is. All groups count, frozen ones too, so that a group keeps
    its rate whichever others are trained (fastai's `slice(lo, hi)`).

    Raises:
        ValueError: another number of rates; the checks of a spec do not let it come here.
    """
    if isinstance(lr, int | float):
        return (float(lr),) * groups
    if len(lr) == groups:
        return lr
    if len(lr) != 2:
        raise ValueError(f"{len(lr)} learning rates for {groups} parameter groups")
    first, last = lr
    if groups == 1:
        return (last,)
    return tuple(first * (last / first) ** (i / (groups - 1)) for i in range(groups))
