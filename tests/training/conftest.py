"""Small things to train: a three-layer network, made-up data, specs and plans of just what training reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from archc.data.datasets import Datasets
from archc.data.examples import ONLY, VOID, Files, Raw
from archc.data.facts import TargetFacts
from archc.ops.tensors import TensorType
from archc.plan.groups.partition import ParameterGroup
from archc.plan.inputs import ImageInput
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec.data import Augment
from archc.spec.document import Spec
from archc.spec.grammar import validator
from archc.spec.train import CrossEntropy
from archc.training.engine import PlainEngine
from archc.training.events import EpochEnd, Progress
from archc.training.fit import fit


class Net(nn.Module):
    """body: two convolutions with batch norms; head: one more. A score for each class and pixel."""

    def __init__(self, classes: int = 2, channels: int = 3, wide: int = 8) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, wide, 3, padding=1),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, wide, 3, padding=1),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Dropout(0.1),
        )
        self.head = nn.Conv2d(wide, classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        scores: Tensor = self.head(self.body(image))
        return scores


class Classifier(Net):
    """The same with its scores averaged over the picture."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image).mean((2, 3))


@dataclass(frozen=True, slots=True)
class Halves:
    """Noise, bright where the mask is 1: the left or the right half."""

    count: int
    seed: int = 0
    in_memory: bool = True

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        return f"half {index}"

    def files(self, index: int) -> Files:
        return Files()

    def load(self, index: int) -> Raw:
        random = np.random.default_rng((self.seed, index))
        mask = np.zeros((8, 12), dtype=np.uint8)
        mask[:, 6:] = 1
        mask = mask if index % 2 else mask[:, ::-1]
        image = random.integers(0, 120, (8, 12, 3)) + 110 * mask[..., None]
        mask = mask.copy()
        mask[0] = VOID
        return Raw({"image": Image.fromarray(image.astype(np.uint8))}, {ONLY: Image.fromarray(mask)})


def make_net(seed: int = 1, kind: type[Net] = Net, **options: Any) -> Net:
    torch.manual_seed(seed)
    return kind(**options)


def groups_of(module: nn.Module) -> tuple[ParameterGroup, ...]:
    names = [name for name, _ in module.named_parameters()]
    parts = dict.fromkeys(name.split(".")[0] for name in names)
    return tuple(ParameterGroup(part, tuple(n for n in names if n.startswith(part))) for part in parts)


def make_plan(channels: int = 3, spec: Spec | None = None) -> Plan:
    """The loss and the metrics are the spec's, or the usual ones of class maps."""
    kinds = spec.metrics.kinds if spec is not None and spec.metrics is not None else ()
    scores = Output(
        "scores",
        "head",
        "segmentation",
        size=2,
        rank=4,
        supervised=True,
        loss=(spec.loss if spec is not None else None) or CrossEntropy(),
        metrics=kinds or ("mean_iou", "pixel_accuracy"),
    )
    given = ImageInput("image", TensorType((1, channels, 8, 12)), (0.5,) * channels, (0.25,) * channels)
    return Plan("net", (given,), (), (scores,))


def make_spec(**changes: Any) -> Spec:
    train = {"batch_size": 4, "phases": [{"epochs": 2, "lr": 0.01}], **changes.pop("train", {})}
    whole = {
        "archc": 1,
        "input": {"size": [8, 12]},
        "model": {"kind": "unet", "body": {"ref": "torchvision/resnet18"}},
        "train": train,
        **changes,
    }
    spec: Spec = validator().validate_python(whole)
    return spec


def make_data(train: Any = None, valid: Any = None) -> Datasets:
    return Datasets(
        train=train or Halves(18),
        valid=valid or Halves(6, seed=1),
        targets={
            ONLY: TargetFacts(
                classes=("dark", "bright"),
                task="segmentation",
                ignore=VOID,
                class_counts=(300, 100),
                examples=18,
            )
        },
        augment=Augment(horizontal_flip=0.5),
        size=(8, 12),
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What tests train: `run` trains with changes to the spec and gives all that was told."""

    make_net: Callable[..., Net] = make_net
    classifier: type[Net] = Classifier
    halves: type[Halves] = Halves
    groups_of: Callable[[nn.Module], tuple[ParameterGroup, ...]] = groups_of
    plan: Callable[..., Plan] = make_plan
    spec: Callable[..., Spec] = make_spec
    data: Callable[..., Datasets] = make_data

    def progress(
        self, module: nn.Module, data: Datasets | None = None, run: Any = None, **changes: Any
    ) -> Iterator[Progress]:
        engine = PlainEngine(torch.device("cpu"))
        spec, groups = make_spec(**changes), groups_of(module)
        return fit(spec, make_plan(spec=spec), module, data or make_data(), groups, run, engine=engine)

    def run(self, module: nn.Module, data: Datasets | None = None, **changes: Any) -> list[Progress]:
        return list(self.progress(module, data, **changes))

    def ends(self, told: list[Progress]) -> list[EpochEnd]:
        return [event for event in told if isinstance(event, EpochEnd)]


@pytest.fixture
def small() -> Setting:
    return Setting()
