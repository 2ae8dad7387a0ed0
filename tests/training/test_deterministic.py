"""`deterministic = "strict"`: torch is told while a run lasts, and what it refuses is said in a line."""

from __future__ import annotations

import os

import pytest
import torch

from archc.files.errors import WorldError
from archc.training.deterministic import deterministic


def test_torch_is_told_while_it_lasts() -> None:
    with deterministic(True):
        assert torch.are_deterministic_algorithms_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"]
    assert not torch.are_deterministic_algorithms_enabled()


def test_nothing_is_changed_unless_it_is_wanted() -> None:
    with deterministic(False):
        assert not torch.are_deterministic_algorithms_enabled()


def test_what_torch_refuses_is_a_fault_of_the_world() -> None:
    said = "adaptive_max_pool2d_backward_cuda does not have a deterministic implementation, but you set ..."
    refused = "`adaptive_max_pool2d_backward_cuda` has no deterministic form"
    with pytest.raises(WorldError, match=refused), deterministic(True):
        raise RuntimeError(said)
    assert not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(RuntimeError, match="out of memory"), deterministic(True):
        raise RuntimeError("out of memory")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_what_the_check_names_is_what_torch_refuses() -> None:
    x = torch.randn(2, 3, 8, 8, device="cuda", requires_grad=True)
    target = torch.zeros(2, 8, 8, dtype=torch.long, device="cuda")
    for loss in (
        lambda: torch.nn.functional.adaptive_max_pool2d(x, 1).sum(),
        lambda: torch.nn.functional.adaptive_avg_pool2d(x, 3).sum(),
        lambda: torch.nn.functional.cross_entropy(x, target),
    ):
        with pytest.raises(WorldError), deterministic(True):
            loss().backward()
    with deterministic(True):
        torch.nn.functional.adaptive_avg_pool2d(x, 1).sum().backward()
        torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear").sum().backward()
