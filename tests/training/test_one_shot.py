"""One-shot trials: what they are, and that a model that knows is always right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.data.examples import ONLY, Batch, Files, Raw
from archc.data.facts import TargetFacts
from archc.data.kinds.pairs import Drawn, draw_from
from archc.files.errors import WorldError
from archc.plan.outputs import Output
from archc.spec.train import Contrastive, CrossEntropy, Loss
from archc.training.loss import make_loss
from archc.training.objectives import Objective
from archc.training.one_shot import draw_trials, one_shot

CLASSES = [f"{alphabet}/{letter}" for alphabet in "ABC" for letter in range(8)]
LABELS = tuple(label for label in range(len(CLASSES)) for _ in range(5))


@dataclass(frozen=True)
class Shades:
    """Plain pictures; each class has a shade of its own."""

    labels: tuple[int, ...] = LABELS
    in_memory: bool = True

    def __len__(self) -> int:
        return len(self.labels)

    def name(self, index: int) -> str:
        return str(index)

    def files(self, index: int) -> Files:
        return Files()

    def load(self, index: int) -> Raw:
        shade = np.full((4, 4), 10 * self.labels[index], dtype=np.uint8)
        return Raw({"image": Image.fromarray(shade)}, {ONLY: self.labels[index]})


def drawn() -> Drawn:
    return draw_from(Shades(), CLASSES, ("left", "right"), same=0.5, count=None, seed=0, fresh=False)


def objective(loss: Loss) -> Objective:
    known = TargetFacts(task="classification", classes=("n", "y"), class_counts=(1, 1), examples=2)
    made = make_loss(loss, known, torch.device("cpu"))
    scores = Output(
        "scores", "scores", "classification", size=2, supervised=True, loss=loss, metrics=("accuracy",)
    )
    return Objective(name="", outputs=(scores,), target=ONLY, facts=known, spec=loss, loss=made)


def prepare(batch: Batch) -> tuple[tuple[torch.Tensor, ...], dict[str, torch.Tensor]]:
    return tuple(image.float() for image in batch.inputs.values()), {}


def test_trials_are_what_they_say() -> None:
    pairs = drawn()
    for trial in draw_trials(pairs, 5, 50):
        classes = [LABELS[number] for number in trial.support]
        assert len(set(classes)) == 5
        assert LABELS[trial.query] == classes[0]
        assert trial.query != trial.support[0]
    assert draw_trials(pairs, 5, 50) == draw_trials(pairs, 5, 50)
    assert draw_trials(pairs, 5, 50) != draw_trials(pairs, 5, 50, seed=1)


def test_trials_within_a_group_have_its_classes_alone() -> None:
    for trial in draw_trials(drawn(), 8, 30, within=True):
        assert len({CLASSES[LABELS[number]][0] for number in trial.support}) == 1
    with pytest.raises(WorldError, match="no 9 classes"):
        draw_trials(drawn(), 9, 1, within=True)


def test_who_knows_is_always_right_and_who_does_not_is_not() -> None:
    trials = draw_trials(drawn(), 5, 40)

    def knows(left: Any, right: Any) -> torch.Tensor:
        apart = (left - right).abs().mean((1, 2, 3))
        return torch.stack([apart, -apart], 1)

    def wrong(left: Any, right: Any) -> torch.Tensor:
        return -knows(left, right)

    def embeds(left: Any, right: Any) -> dict[str, torch.Tensor]:
        return {"scores": left.mean((2, 3)), "other": right.mean((2, 3))}

    scores = objective(CrossEntropy())
    assert one_shot(knows, prepare, scores, drawn(), trials, (4, 4)) == 1.0
    assert one_shot(wrong, prepare, scores, drawn(), trials, (4, 4)) == 0.0
    import dataclasses

    made = objective(Contrastive())
    embedded = dataclasses.replace(made, outputs=(made.outputs[0], Output("other", "other")))
    assert one_shot(embeds, prepare, embedded, drawn(), trials, (4, 4)) == 1.0
