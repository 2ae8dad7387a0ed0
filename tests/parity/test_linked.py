"""A linked body with the library's weights computes the library's own output.

`python -m pytest -m "slow or not slow" tests/parity/test_linked.py` runs all bodies, plain pytest one a family.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from archc.catalog.bodies import find
from archc.modules.materialise import materialise
from archc.modules.record_library import source
from tests.parity.specs import bodies, classifier, compiled, in_every_run

LINKED = tuple(ref for ref in bodies() if not find(ref).opaque)


def test_how_many_bodies_are_linked() -> None:
    assert len(LINKED) == 73


def _refs() -> list[Any]:
    return [
        pytest.param(ref, id=ref.partition("/")[2], marks=() if in_every_run(ref) else pytest.mark.slow)
        for ref in LINKED
    ]


@pytest.mark.parametrize("ref", _refs())
def test_the_output_is_the_librarys(ref: str, tmp_path: Path) -> None:
    side = _side(ref)
    image = _images(side)
    wanted = _librarys(ref, image, tmp_path / "weights.safetensors")
    found = _ours(ref, image, tmp_path / "weights.safetensors")
    (tmp_path / "weights.safetensors").unlink()
    scale = wanted.abs().max()
    assert (found - wanted).abs().max() <= 1e-5 * scale
    assert (wanted[0] - wanted[1]).abs().max() > 0.01 * scale, "images that look alike to the net prove nothing"


def _side(ref: str) -> int:
    """Small, but no smaller than the body takes."""
    record = find(ref)
    return record.size[0] if record.fixed_size else max(64, record.min_size)


def _images(side: int) -> Tensor:
    """Two images of coarse patches `(2, 3, side, side)`: fine noise looks the same to a deep net."""
    coarse = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return F.interpolate(coarse, size=(side, side), mode="nearest")


@torch.no_grad()
def _librarys(ref: str, image: Tensor, file: Path) -> Tensor:
    """The output of torchvision's own model with random weights, which `file` then holds."""
    torch.manual_seed(0)
    model = source(ref).make()
    _stir(model)
    model.train()(image)
    _bound(model)
    out: Tensor = model.eval()(image)
    save_file(model.state_dict(), file)
    return out


def _stir(model: nn.Module) -> None:
    """Everything off its start where an omission would not show: norms, zeros, ConvNeXt's millionths.

    Batch norms take the statistics of the next training pass as their own, so that activations stay alive.
    """
    for part in model.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.momentum = 1.0
        if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
            part.weight.uniform_(0.5, 1.5)
            part.bias.normal_(0, 0.1)
    for name, tensor in model.named_parameters():
        if name.endswith("layer_scale") or not tensor.any():
            tensor.normal_(0, 0.1)


def _bound(model: nn.Module) -> None:
    """Variances no smaller than a trained net's: divided by less, float32 itself is off by more than 1e-5."""
    for part in model.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            assert part.running_var is not None
            part.running_var.clamp_(min=0.05)


@torch.no_grad()
def _ours(ref: str, image: Tensor, file: Path) -> Tensor:
    """The output of the whole net linked from its record, with the weights in `file`."""
    last = find(ref).nodes[-1].name
    spec = classifier(
        ref,
        (image.shape[2], image.shape[3]),
        classes=1000,
        body=f'cut = "{last}"\nweights = "{file.as_posix()}"',
        head="layers = []",
    )
    out: Tensor = materialise(compiled(spec).plan).eval()(image)
    return out
