"""An exported model measured on data as its torch module was: the same batches, the same metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.data.normalize import Normalizer
from archc.files.errors import WorldError
from archc.plan.lower.outputs import answers
from archc.plan.plan import Plan
from archc.runtime.description import Output
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
        """The scores of a batch; of a model with several outputs, each by its name."""
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
        pictures = self.model.description.pictures
        given = {p.name: value.contiguous().numpy() for p, value in zip(pictures, inputs, strict=True)}
        found = self.model.run(given)
        require_finite(self.model, found)
        return {name: torch.from_numpy(values) for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class OnnxPrepare:
    """A batch as the model takes it: bytes `(N, H, W, C)` where it normalizes inside, else floats."""

    model: Model
    normalizer: Normalizer

    def __call__(self, batch: Batch) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """Inputs, and targets by name, class numbers as int64."""
        inputs, targets = self.normalizer(batch)
        if self.model.description.preprocess:
            return tuple(image.permute(0, 2, 3, 1) for image in batch.inputs), targets
        return inputs, targets


def predictor(model: Model, plan: Plan) -> OnnxPredict:
    """The file in the place of the plan's module, if its inputs and outputs are the plan's.

    Raises:
        WorldError: it takes or answers something else, which could not be measured.
    """
    pictures, outputs = model.description.pictures, model.description.outputs
    takes = [_sized(given.name, int(str(given.type.shape[1]))) for given in plan.inputs]
    found = [_sized(picture.name, picture.channels) for picture in pictures]
    if takes != found:
        raise _other(model, f"takes {', '.join(found)}", f"takes {', '.join(takes)}")
    counts = {output.name: len(output.classes) for output in outputs}
    gives = [_sized(one.output, one.classes if counts.get(one.output) else 0) for one in answers(plan)]
    found = [_sized(name, count) for name, count in counts.items()]
    if gives != found:
        raise _other(model, f"answers {', '.join(found)}", f"answers {', '.join(gives)}")
    return OnnxPredict(model, {one.output: one.classes for one in answers(plan)})


def _scores(output: Output, answer: Tensor, classes: int) -> Tensor:
    match output.postprocess:
        case "argmax":
            return torch.nn.functional.one_hot(answer.long(), classes).movedim(-1, 1).float()
        case "sigmoid":
            return answer.logit()
        case _:
            return answer


def _sized(name: str, count: int) -> str:
    return f"`{name}` of {count}" if count else f"`{name}`"


def _other(model: Model, found: str, wanted: str) -> WorldError:
    return WorldError(
        f"`{model.path}` is no export of this run's model: it {found}, the run's model {wanted}",
        "export the run anew: archc export RUN --onnx PATH",
    )
