"""Parameter groups, weight decay and points on the schedule, as torch's optimizers see them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from archc.spec.train import Adam, Sgd
from archc.training.freeze import freeze
from archc.training.optimizer import make_optimizer, set_point, undecayed
from archc.training.schedule import Point


def test_every_trained_parameter_is_in_one_part_with_its_rate(small: Any) -> None:
    net = small.make_net()
    groups = small.groups_of(net)
    optimizer = make_optimizer(Adam(), net, groups, (1e-4, 1e-2))
    held = [id(p) for part in optimizer.param_groups for p in part["params"]]
    assert sorted(held) == sorted(id(p) for p in net.parameters())
    parts = {(p["name"], p["weight_decay"]): p for p in optimizer.param_groups}
    assert set(parts) == {("body", 0.01), ("body", 0.0), ("head", 0.01), ("head", 0.0)}
    assert {p["lr"] for (name, _), p in parts.items() if name == "body"} == {1e-4}
    assert [tuple(p.shape) for p in parts["body", 0.01]["params"]] == [(8, 3, 3, 3), (8, 8, 3, 3)]
    assert len(parts["body", 0.0]["params"]) == 6
    assert parts["body", 0.0]["betas"] == (0.9, 0.99)
    assert parts["body", 0.0]["eps"] == 1e-5


def test_decay_on_norms_and_biases_if_asked(small: Any) -> None:
    net = small.make_net()
    spec = Sgd(weight_decay=0.1, decay_norm_and_bias=True, nesterov=True)
    optimizer = make_optimizer(spec, net, small.groups_of(net), (0.1, 0.1))
    assert [part["weight_decay"] for part in optimizer.param_groups] == [0.1, 0.1]
    none = make_optimizer(Adam(weight_decay=0.0), net, small.groups_of(net), (0.1, 0.1))
    assert sum(len(part["params"]) for part in none.param_groups) == 10


class Odd(nn.Module):
    """A scale of one number and one of each channel, and a bias for each place of a map."""

    def __init__(self) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(2.0))
        self.gamma = nn.Parameter(torch.ones(4))
        self.position_bias = nn.Parameter(torch.zeros(4, 4))
        self.table = nn.Parameter(torch.zeros(4, 4))


def test_numbers_vectors_and_biases_of_any_shape_are_not_decayed() -> None:
    assert undecayed(Odd()) == {"temperature", "gamma", "position_bias"}


def test_what_is_not_decayed() -> None:
    net = nn.ModuleDict(
        {"norm": nn.GroupNorm(2, 4), "line": nn.Linear(3, 2), "attention": nn.MultiheadAttention(4, 2)}
    )
    assert undecayed(net) == {
        "norm.weight",
        "norm.bias",
        "line.bias",
        "attention.in_proj_bias",
        "attention.out_proj.bias",
    }


def test_frozen_parameters_are_left_out(small: Any) -> None:
    net = small.make_net()
    groups = small.groups_of(net)
    freeze(net, groups, ["head"])
    optimizer = make_optimizer(Adam(), net, groups, (1.0, 1.0))
    assert {part["name"] for part in optimizer.param_groups} == {"head"}


@pytest.mark.parametrize("spec", [Adam(), Sgd()])
def test_a_point_scales_every_groups_own_rate(small: Any, spec: Any) -> None:
    net = small.make_net()
    optimizer = make_optimizer(spec, net, small.groups_of(net), (1e-4, 1e-2))
    for _ in range(2):
        set_point(optimizer, Point(0.5, 0.8))
        assert {part["lr"] for part in optimizer.param_groups} == {5e-5, 5e-3}
    part = optimizer.param_groups[0]
    assert (part["betas"] == (0.8, 0.99)) if "betas" in part else (part["momentum"] == 0.8)
    set_point(optimizer, Point(1.0))
    assert (part["betas"][0] if "betas" in part else part["momentum"]) == 0.8


def test_a_step_is_fastais_adam() -> None:
    """p *= 1 - lr * wd, then p -= lr * mean / (sqrt(square) + eps), both debiased, by hand."""
    net = nn.ModuleDict({"head": nn.Linear(3, 2, bias=False)})
    from archc.plan.groups.partition import ParameterGroup

    optimizer = make_optimizer(Adam(), net, (ParameterGroup("head", ("head.weight",)),), (0.1,))
    weight = net["head"].weight
    p, mean, square = weight.detach().clone().double(), 0.0, 0.0
    for step in range(1, 6):
        grad = torch.sin(torch.arange(6.0).view(2, 3) * step)
        weight.grad = grad
        optimizer.step()
        g = grad.double()
        mean, square = 0.9 * mean + 0.1 * g, 0.99 * square + 0.01 * g * g
        p = p * (1 - 0.1 * 0.01)
        p = p - 0.1 * (mean / (1 - 0.9**step)) / ((square / (1 - 0.99**step)) ** 0.5 + 1e-5)  # type: ignore[operator]
    assert torch.allclose(weight.detach().double(), p, atol=1e-6)
