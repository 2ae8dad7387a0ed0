"""Every example in specs/ is true: it validates, builds, learns, exports and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from archc.cli.demo import SPEC
from archc.export.write import export_onnx
from archc.modules.materialise import materialise
from archc.plan.classes import class_names
from archc.plan.compile import Compiled, compile_document
from archc.runtime.predict import Classes, ClassMap, predict
from archc.runtime.session import open_model
from archc.source.document import read
from archc.spec.model import Unet

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.toml"))
SMALL = {"unet_camvid": ["input.size=[64, 97]"], "unet_camvid_small": ["input.size=[64, 96]"]}


def compiled(path: Path) -> Compiled:
    return compile_document(read(path).with_overrides(SMALL.get(path.stem, [])))


@pytest.fixture(params=SPECS, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> Compiled:
    return compiled(request.param)


def test_there_are_examples() -> None:
    assert {"digits", "unet_camvid", "unet_camvid_small"} <= {path.stem for path in SPECS}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_is_fine_as_written(path: Path) -> None:
    assert compile_document(read(path)).warnings == ()


def test_it_learns_exports_and_answers(example: Compiled, tmp_path: Path) -> None:
    module = materialise(example.plan, seed=1)
    images = tuple(torch.rand(4, *given.type.shape[1:]) for given in example.plan.inputs)  # type: ignore[arg-type]
    before = [p.detach().clone() for p in module.parameters()]
    optimiser = torch.optim.SGD(module.parameters(), lr=1e-2)
    scores = module(*images)
    assert tuple(scores.shape[1:]) == example.plan.types()[example.plan.outputs[0][1]].shape[1:]
    target = torch.zeros(scores.shape[0], *scores.shape[2:], dtype=torch.long)
    torch.nn.functional.cross_entropy(scores, target).backward()
    optimiser.step()
    assert all(not torch.equal(p, q) for p, q in zip(before, module.parameters(), strict=True) if q.ndim > 1)

    dense = isinstance(example.spec.model, Unet)
    report = export_onnx(
        example.plan,
        module,
        tmp_path / "model.onnx",
        options=example.spec.export,
        spec_text=example.document.text,
        classes=class_names(example.spec),
        task="segmentation" if dense else "classification",
    )
    assert report.worst < 1e-5

    picture = tmp_path / "picture.png"
    pixels = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    (answer,) = predict(open_model(tmp_path / "model.onnx"), [picture])
    if dense:
        assert isinstance(answer, ClassMap)
        assert answer.classes.shape == (50, 70)
    else:
        assert isinstance(answer, Classes)
        assert answer.best[0].name in class_names(example.spec)


def test_the_demo_trains_the_digits_of_the_examples() -> None:
    assert SPEC.read_bytes() == (SPECS[0].parent / "digits.toml").read_bytes()
