"""The published SqueezeNet 1.0 as other people's scripts would wrap it: the same features each time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from archc.modules.materialize import materialize
from archc.plan.compile import compile_document
from archc.source.document.document import read_text

SPEC = """archc = 1
[input]
size = [64, 64]
[model]
kind = "classifier"
classes = 2
[model.body]
ref = "torchvision/squeezenet1_0"
weights = "{}"
"""

State = dict[str, torch.Tensor]
WRAPS: dict[str, Callable[[State], Any]] = {
    "plain": lambda s: s,
    "lightning": lambda s: {"state_dict": {f"net.{k}": v for k, v in s.items()}, "epoch": 1},
    "timm": lambda s: {"state_dict": s, "args": argparse.Namespace(lr=0.1)},
    "dino": lambda s: {"teacher": {f"backbone.{k}": v for k, v in s.items()}},
}


def features(weights: str, folder: Path) -> torch.Tensor:
    """The output of the body over one fixed image."""
    plan = compile_document(read_text(SPEC.format(weights), "s.toml")).plan
    module = materialize(plan, seed=0, spec_dir=folder).eval()
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        return next(v for n, v in module.forward_values(image).items() if n.startswith("head."))


@pytest.mark.parametrize("wrap", WRAPS)
def test_equal_features_however_it_is_wrapped(wrap: str, shared_data: Path, tmp_path: Path) -> None:
    real = shared_data / "squeezenet1_0/squeezenet1_0.safetensors"
    state = load_file(real)
    torch.save(WRAPS[wrap](state), tmp_path / "w.ckpt")
    assert torch.equal(features("w.ckpt", tmp_path), features(str(real), tmp_path))
