"""An exported model measured on data as its torch module was: the same batches, the same metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.data.normalize import Normalizer
from archc.export.onnx.inputs import described
from archc.files.errors import WorldError
from archc.plan.inputs import ImageInput, Input, TensorInput
from archc.plan.plan import Plan
from archc.runtime.description import Output
from archc.runtime.inputs import Input as Told
from archc.runtime.inputs import TensorInput as ToldTensor
from archc.runtime.inputs import parsed
from archc.runtime.inputs.image import ImageInput as ToldImage
from archc.runtime.session import Model, require_finite


@dataclass(frozen=True, slots=True)
class OnnxPredict:
    """A session in the place of a module: inputs as `OnnxPrepare` makes them, to scores `(N, K, ...)`.

    Class numbers (an argmax inside the model) come back as scores of 0 and 1, the probabilities of labels as
    the scores they were made of.

    Attributes:
        counts: the classes of each output.
    """

    model: Model
    counts: Mapping[str, int]

    def __call__(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """Return the scores of a batch; of a model with several outputs, each by its name."""
        together = len(inputs[0]) if "batch" in self.model.description.dynamic else 1
        parts = [
            self._run(part) for part in zip(*(torch.split(given, together) for given in inputs), strict=True)
        ]
        scores = {
            output.name: _scores(
                output, torch.cat([part[output.name] for part in parts]), self.counts[output.name]
            )
            for output in self.model.description.outputs
        }
        return scores if len(scores) > 1 else next(iter(scores.values()))

    def _run(self, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
        named = zip(self.model.description.inputs, inputs, strict=True)
        found = self.model.run({given.name: value.contiguous().numpy() for given, value in named})
        require_finite(self.model, found)
        return {name: torch.from_numpy(values) for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class OnnxPrepare:
    """A batch as the model takes it: as files have it where the model preprocesses, else normalized."""

    model: Model
    given: tuple[Input, ...]
    normalizer: Normalizer

    def __call__(self, batch: Batch) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """Return inputs, and targets by name, class numbers as int64."""
        inputs, targets = self.normalizer(batch)
        if self.model.description.preprocess:
            return tuple(_as_in_files(given, batch.inputs[given.name]) for given in self.given), targets
        return inputs, targets


def _as_in_files(given: Input, values: Tensor) -> Tensor:
    """Return a batch of an input as a model that preprocesses takes it: images `(N, H, W, C)`."""
    match given:
        case ImageInput():
            return values.permute(0, 2, 3, 1)
        case TensorInput():
            return values
        case _:
            assert_never(given)


def predictor(model: Model, plan: Plan) -> OnnxPredict:
    """Return the file as what computes in the place of the plan's module.

    Raises:
        WorldError: it takes or answers something else, which could not be measured.
    """
    outputs = model.description.outputs
    takes = [_said(parsed(described(given))) for given in plan.inputs]
    found = [_said(given) for given in model.description.inputs]
    if takes != found:
        raise _other(model, f"takes {', '.join(found)}", f"takes {', '.join(takes)}")
    counts = {output.name: len(output.classes) for output in outputs}
    gives = [_sized(one.name, one.size if counts.get(one.name) else 0) for one in plan.outputs]
    found = [_sized(name, count) for name, count in counts.items()]
    if gives != found:
        raise _other(model, f"answers {', '.join(found)}", f"answers {', '.join(gives)}")
    return OnnxPredict(model, {one.name: one.size for one in plan.outputs})


def _scores(output: Output, answer: Tensor, classes: int) -> Tensor:
    match output.postprocess:
        case "argmax":
            return torch.nn.functional.one_hot(answer.long(), classes).movedim(-1, 1).float()
        case "sigmoid":
            return answer.logit()
        case "none" | "softmax":
            return answer
        case _:
            assert_never(output.postprocess)


def _said(given: Told) -> str:
    match given:
        case ToldImage():
            return _sized(given.name, given.channels)
        case ToldTensor():
            return f"`{given.name}`"
        case _:
            assert_never(given)


def _sized(name: str, count: int) -> str:
    return f"`{name}` of {count}" if count else f"`{name}`"


def _other(model: Model, found: str, wanted: str) -> WorldError:
    return WorldError(
        f"`{model.path}` is no export of this run's model: it {found}, the run's model {wanted}",
        "export the run anew: archc export RUN --onnx PATH",
    )
