"""Proof that a file computes what the torch module computes, at sizes it was not written at as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from archc.export.faults import ExportFault, ParityError
from archc.export.onnx.inputs import probe
from archc.export.onnx.retyping import Sizes, retyped
from archc.plan.exporting import Open, open_sizes, size_step
from archc.plan.inputs import images
from archc.plan.plan import Plan
from archc.runtime.library import said
from archc.spec.document import Export

Array = npt.NDArray[Any]
Values = dict[str, Array]
Computes = Callable[[Values], Values]
"""Named arrays in, named arrays out."""

FAILS_ABOVE = 1e-4
WARNS_ABOVE = 1e-5


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison: a batch, each input's height and width, and the worst scaled error over the outputs."""

    batch: int
    sizes: Mapping[str, tuple[int, int]]
    error: float = 0.0

    def __str__(self) -> str:
        shapes = dict.fromkeys(f"{h}x{w}" for h, w in self.sizes.values())
        return f"{', '.join(shapes)}, batch {self.batch}"


def prove(
    plan: Plan,
    options: Export,
    reference: Computes,
    exported: Computes,
    on_trial: Callable[[Trial], None] = lambda trial: None,
) -> tuple[Trial, ...]:
    """Return every trial with its error; `plan` is as before processing, inputs are as the file takes them.

    `reference` answers with scores where the file answers with class numbers.

    Raises:
        ParityError: an error above 1e-4, or a number that is not finite.
    """
    done: list[Trial] = []
    for trial in trials(plan, options):
        inputs = random_inputs(plan, trial, options.preprocess, seed=len(done))
        expected, found = reference(inputs), _run(exported, inputs, trial)
        if not all(np.isfinite(expected[output.name]).all() for output in plan.outputs):
            raise ParityError(
                f"the model's own answer is not finite at {trial}, before any export; no file was written",
                "its weights have diverged: train it with a lower rate",
            )
        error = max(_error(expected[one.name], found[one.name]) for one in plan.outputs)
        if not error <= FAILS_ABOVE:
            raise ParityError(
                f"the exported model differs from torch's by {error:.1e} of its largest value at {trial} "
                f"(allowed: {FAILS_ABOVE:.0e}); no file was written",
                "report this with the spec: an export must be exact",
            )
        done.append(replace(trial, error=error))
        on_trial(done[-1])
    return tuple(done)


def trials(plan: Plan, options: Export) -> Iterator[Trial]:
    """Yield the sizes to try: the spec's own; an odd and an oblong one where open; two batches where open."""
    own: dict[str, tuple[int, int]] = {}
    for given in images(plan.inputs):
        height, width = given.size
        assert isinstance(height, int)
        assert isinstance(width, int)
        own[given.name] = (height, width)
    dynamic = open_sizes(plan, options.dynamic)
    step = size_step(plan)
    larger = 2 if "batch" in dynamic else 1
    yield Trial(1, own)
    found = 0
    for batch, candidates in ((larger, _ODD), (1, _OBLONG)):
        for change in candidates:
            sizes = {name: _changed(size, change, dynamic, step) for name, size in own.items()}
            if sizes != own and _fits(plan, sizes):
                found += 1
                yield Trial(batch, sizes)
                break
    if not found and larger > 1:
        yield Trial(larger, own)


Change = Callable[[int, int], tuple[int, int]]
# Smaller first: a proof at half the size costs a quarter. The next ones are for models that need theirs.
_ODD: tuple[Change, ...] = (
    lambda h, w: (h // 2 | 1, w // 2 | 1),
    lambda h, w: ((h * 3 // 4) | 1, (w * 3 // 4) | 1),
    lambda h, w: ((h + 1) | 1, (w + 1) | 1),
    lambda h, w: (2 * h, 2 * w),
)
_OBLONG: tuple[Change, ...] = (
    lambda h, w: (h * 3 // 4, w // 2 + 6),
    lambda h, w: (h, w + 22),
    lambda h, w: (h, 2 * w),
)


def _changed(size: tuple[int, int], change: Change, dynamic: tuple[Open, ...], step: int) -> tuple[int, int]:
    height, width = (_multiple(side, step) for side in change(*size))
    return (
        height if "height" in dynamic else size[0],
        width if "width" in dynamic else size[1],
    )


def _multiple(side: int, step: int) -> int:
    """Return the multiple of `step` that is nearest, at least one."""
    return max(round(side / step), 1) * step


def _fits(plan: Plan, sizes: Mapping[str, tuple[int, int]]) -> bool:
    given: Sizes = {name: (h, w) for name, (h, w) in sizes.items()}
    try:
        retyped(plan, 1, given)
    except ExportFault:
        return False
    return True


def random_inputs(plan: Plan, trial: Trial, preprocess: bool, seed: int) -> Values:
    """Return random values of every input, as the file takes them."""
    random = np.random.default_rng(seed)
    return {
        given.name: probe(given, trial.batch, trial.sizes.get(given.name), preprocess, random)
        for given in plan.inputs
    }


def refused(action: str, failure: Exception) -> ParityError:
    """Return the fault that onnxruntime cannot `action` the exported model, in its own words."""
    return ParityError(
        f"onnxruntime cannot {action} the exported model: {said(failure)}; no file was written",
        "report this with the spec: an export must run",
    )


def _run(exported: Computes, inputs: Values, trial: Trial) -> Values:
    try:
        return exported(inputs)
    except Exception as failure:  # onnxruntime's kinds are private; whatever it says, the proof has failed
        raise refused(f"run, at {trial},", failure) from failure


def _error(scores: Array, answer: Array) -> float:
    """Return max|d| / max|y|; of class numbers, how far the chosen score falls short of the best so."""
    if answer.dtype == np.int64 and scores.dtype != np.int64:
        if (scores.shape[0], *scores.shape[2:]) != answer.shape:
            return float("inf")
        chosen = np.take_along_axis(scores, np.expand_dims(answer, 1), axis=1)
        return _scaled(scores.max(axis=1, keepdims=True) - chosen, scores)
    if scores.shape != answer.shape:
        return float("inf")
    return _scaled(answer.astype(np.float64) - scores, scores)


def _scaled(difference: Array, scores: Array) -> float:
    if not difference.size:
        return 0.0
    largest = float(np.abs(scores).max())
    return float(np.abs(difference).max()) / largest if largest else float(np.abs(difference).max())
