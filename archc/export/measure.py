"""An exported model measured on data as its torch module was: the same batches, the same metrics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data import Batch, Normaliser
from archc.runtime.session import Model


@dataclass(frozen=True, slots=True)
class OnnxPredict:
    """A session in the place of a module: inputs as `OnnxPrepare` makes them, to scores `(N, K, ...)`.

    Class numbers (an argmax inside the model) come back as scores of 0 and 1.
    """

    model: Model
    classes: int

    def __call__(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """The scores of a batch; of a model with several outputs, each by its name."""
        pictures = self.model.description.pictures
        given = {p.name: value.contiguous().numpy() for p, value in zip(pictures, inputs, strict=True)}
        answers = self.model.run(given)
        if len(answers) > 1:
            return {name: torch.from_numpy(values) for name, values in answers.items()}
        answer = torch.from_numpy(answers[self.model.outputs[0]])
        if self.model.description.postprocess != "argmax":
            return answer
        return torch.nn.functional.one_hot(answer.long(), self.classes).movedim(-1, 1).float()


@dataclass(frozen=True, slots=True)
class OnnxPrepare:
    """A batch as the model takes it: bytes `(N, H, W, C)` where it normalises inside, else floats."""

    model: Model
    normaliser: Normaliser

    def __call__(self, batch: Batch) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """Inputs, and targets by name, class numbers as int64."""
        inputs, targets = self.normaliser(batch)
        if self.model.description.preprocess:
            return tuple(image.permute(0, 2, 3, 1) for image in batch.inputs), targets
        return inputs, targets
