"""Every example in specs/ is true: it validates, builds, learns, exports and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.cli.demo import SPEC
from archc.export.onnx.write import export_onnx
from archc.modules.materialize import materialize
from archc.plan.compile import Compiled, compile_document
from archc.runtime.outputs import Classes, ClassMap
from archc.runtime.predict import predict
from archc.runtime.session import open_model
from archc.source.document.document import read
from archc.source.document.overrides import with_overrides

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.toml"))
UNKNOWING = 'model.body.weights="none"'
"""Nothing is downloaded here."""
SMALL = {
    "change_detection": ["inputs.before.size=[64, 96]", "inputs.after.size=[64, 96]"],
    "four_channels": ["input.size=[64, 64]", UNKNOWING],
    "multi_task": ["input.size=[64, 96]"],
    "pets_resnet34": ["input.size=[64, 64]", UNKNOWING],
    "unet_camvid": ["input.size=[64, 97]"],
    "unet_camvid_small": ["input.size=[64, 96]"],
    "unet_nearest": ["input.size=[64, 96]"],
    "unet_pixel_shuffle": ["input.size=[64, 96]"],
    "unet_transposed": ["input.size=[64, 96]"],
}
STARTS_AT_REST = "attention"
"""Self-attention is scaled by a number that starts at 0: what is inside learns from the second step on."""


def compiled(path: Path) -> Compiled:
    return compile_document(with_overrides(read(path), SMALL.get(path.stem, [])))


@pytest.fixture(params=SPECS, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> Compiled:
    return compiled(request.param)


def test_there_are_examples() -> None:
    assert {"digits", "siamese_omniglot", *SMALL} <= {path.stem for path in SPECS}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_is_fine_as_written(path: Path) -> None:
    assert compile_document(read(path)).warnings == ()


def test_it_learns_exports_and_answers(example: Compiled, tmp_path: Path) -> None:
    module = materialize(example.plan, seed=1)
    images = tuple(torch.rand(4, *given.type.shape[1:]) for given in example.plan.inputs)  # type: ignore[arg-type]
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-2)
    outputs = answered(example, module, images)
    for output in example.plan.outputs:
        scores = outputs[output.name]
        assert tuple(scores.shape[1:]) == example.plan.types()[output.value].shape[1:]
        assert scores.shape[1] == output.size
    sum(loss_of(scores) for scores in outputs.values()).backward()  # type: ignore[union-attr]
    optimizer.step()
    for name, p in module.named_parameters():
        assert p.ndim < 2 or STARTS_AT_REST in name or not torch.equal(p, before[name]), name

    report = export_onnx(
        example.plan,
        module,
        tmp_path / "model.onnx",
        options=example.spec.export,
        spec_text=example.document.text,
    )
    assert report.worst < 1e-5

    picture = tmp_path / "picture.png"
    pixels = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    (predicted,) = predict(open_model(tmp_path / "model.onnx"), [picture] * len(images))
    assert list(predicted.outputs) == [output.name for output in example.plan.outputs]
    for output in example.plan.outputs:
        found = predicted.outputs[output.name]
        if output.dense:
            assert isinstance(found, ClassMap)
            assert found.classes.shape == (50, 70)
        else:
            assert isinstance(found, Classes)
            assert found.best[0].name in output.classes


def answered(example: Compiled, module: torch.nn.Module, images: tuple[torch.Tensor, ...]) -> dict[str, Any]:
    """The outputs by name, however many there are."""
    found = module(*images)
    return found if isinstance(found, dict) else {example.plan.outputs[0].name: found}


def loss_of(scores: torch.Tensor) -> torch.Tensor:
    """Something small where every example, or pixel, is of class 0."""
    target = torch.zeros(scores.shape[0], *scores.shape[2:], dtype=torch.long)
    return torch.nn.functional.cross_entropy(scores, target)


def test_the_demo_trains_the_digits_of_the_examples() -> None:
    assert SPEC.read_bytes() == (SPECS[0].parent / "digits.toml").read_bytes()
