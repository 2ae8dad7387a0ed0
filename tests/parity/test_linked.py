"""A body with the library's weights, linked whole or in parts, computes the library's own output.

`python -m pytest -m "slow or not slow" tests/parity/test_linked.py` runs all bodies, plain pytest one of each
family.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from archc.bodies.catalog import find
from archc.modules.materialize import materialize
from archc.record.library import source
from tests.parity.specs import bodies, classifier, compiled, in_every_run

LINKED = tuple(ref for ref in bodies() if not find(ref).parts)


def test_how_many_bodies_are_linked() -> None:
    assert len(bodies()) == 80
    assert len(LINKED) == 73


def _refs() -> list[Any]:
    return [
        pytest.param(ref, id=ref.partition("/")[2], marks=() if in_every_run(ref) else pytest.mark.slow)
        for ref in bodies()
    ]


@pytest.mark.parametrize("ref", _refs())
def test_the_output_is_the_librarys(ref: str, tmp_path: Path) -> None:
    image = _images(_side(ref))
    file = tmp_path / "weights.safetensors"
    wanted = _librarys(ref, image, file)
    found = _ours(ref, image, file)
    file.unlink()
    scale = wanted.abs().max()
    assert (found - wanted).abs().max() <= 1e-5 * scale
    seen = (wanted[0] - wanted[1]).abs().max()
    assert seen > 0.01 * scale, "images that look alike to the net prove nothing"


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
    _settle(model, image)
    save_file(model.state_dict(), file)
    out: Tensor = model.eval()(image)
    return out


def _stir(model: nn.Module) -> None:
    """Everything off its start where an omission would not show: norms, zeros, ConvNeXt's millionths."""
    for part in model.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
            part.weight.uniform_(0.5, 1.5)
            part.bias.normal_(0, 0.1)
    for name, tensor in model.named_parameters():
        if tensor.ndim == 4:
            nn.init.kaiming_normal_(tensor)
        elif name.endswith("layer_scale") or not tensor.any():
            tensor.normal_(0, 0.1)


def _settle(model: nn.Module, image: Tensor) -> None:
    """Statistics of the batch norms as of a batch with `image` in it, which bound a deep net's values.

    Nothing is dropped in that pass and no variance is tiny: else roundings grow from layer to layer.
    """
    norms = [part for part in model.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = 1.0
    for part in model.modules():
        if type(part).__name__ in ("Dropout", "StochasticDepth"):
            part.p = 0.0  # type: ignore[assignment]  # a number in both, which nn.Module does not say
    model.train()(torch.cat([image, torch.randn(6, *image.shape[1:])]))
    for norm in norms:
        assert norm.running_var is not None
        norm.running_var.clamp_(min=0.05)


@torch.no_grad()
def _ours(ref: str, image: Tensor, file: Path) -> Tensor:
    """The output of the whole net linked from its record, with the weights in `file`."""
    record = find(ref)
    last = max(i for i, _ in enumerate(record.nodes) if record.computed_at(i) == i)
    spec = classifier(
        ref,
        (image.shape[2], image.shape[3]),
        classes=1000,
        body=f'cut = "{record.nodes[last].name}"\nweights = "{file.as_posix()}"',
        head="layers = []",
    )
    model = materialize(compiled(spec).plan).eval()
    for tensor in (*model.parameters(), *model.buffers()):
        # A mapped file's tensors lie unaligned, for which torch takes kernels that round otherwise.
        tensor.data = tensor.data.clone()
    out: Tensor = model(image)
    return out
