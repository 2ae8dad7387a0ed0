"""Frozen means frozen: parameters bit for bit, statistics as `train_norm` says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.files.errors import WorldError
from archc.modules.layers.normalization import GlobalResponseNorm, LayerNorm2d
from archc.plan.groups.partition import ParameterGroup
from archc.training.freeze import freeze, training_mode

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def trained(small: Any, train_norm: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """State before and after two epochs in which only the head is trained."""
    net = small.make_net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    phase = {"epochs": 2, "lr": 0.01, "train": ["head"], "train_norm": train_norm}
    small.run(net, train={"phases": [phase]})
    return before, net.state_dict()


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def is_statistic(name: str) -> bool:
    return name.endswith(STATISTICS)


@pytest.mark.parametrize("train_norm", ["none", "statistics", "all"])
def test_what_moves_in_a_frozen_body(small: Any, train_norm: str) -> None:
    before, after = trained(small, train_norm)
    moved = changed(before, after)
    statistics = {name for name in before if is_statistic(name)}
    norms = {f"body.{i}.{kind}" for i in (1, 4) for kind in ("weight", "bias")}
    head = {"head.weight", "head.bias"}
    wanted = {"none": head, "statistics": head | statistics, "all": head | statistics | norms}
    assert moved == wanted[train_norm]


def test_unfrozen_in_a_second_phase_everything_moves(small: Any) -> None:
    net = small.make_net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    small.run(net, train={"phases": [{"epochs": 1, "train": ["head"]}, {"epochs": 1, "lr": [1e-4, 1e-2]}]})
    assert changed(before, net.state_dict()) == set(before)


def test_a_part_names_all_groups_below_it() -> None:
    net = nn.ModuleDict({"early": nn.Linear(1, 1), "late": nn.Linear(1, 1), "head": nn.Linear(1, 1)})
    names = [name for name, _ in net.named_parameters()]
    groups = tuple(
        ParameterGroup(group, tuple(n for n in names if n.startswith(part)))
        for group, part in (("body.early", "early"), ("body.late", "late"), ("head", "head"))
    )
    assert freeze(net, groups, ["body"]).groups == ("head",)
    assert freeze(net, groups, ["body.late", "head"]).groups == ("body.early",)
    assert freeze(net, groups, None).groups == ()
    assert all(p.requires_grad for p in net.parameters())


def test_only_norms_of_frozen_groups_are_held(small: Any) -> None:
    net = small.make_net()
    frozen = freeze(net, small.groups_of(net), ["head"], "none")
    net.eval()
    training_mode(net, frozen)
    assert net.training
    assert [layer.training for layer in net.body] == [True, False, True, True, False, True, True]
    training_mode(net, freeze(net, small.groups_of(net), None, "none"))
    assert all(layer.training for layer in net.body)


def test_a_norm_without_weights_goes_with_its_relatives() -> None:
    net = nn.ModuleDict(
        {
            "body": nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2, affine=False)),
            "head": nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2, affine=False)),
        }
    )
    groups = (
        ParameterGroup("body", ("body.0.weight", "body.0.bias")),
        ParameterGroup("head", ("head.0.weight", "head.0.bias")),
    )
    held = freeze(net, groups, ["head"], "none").held
    assert held == (net["body"][1],)  # type: ignore[index]


@pytest.mark.parametrize("norm", [nn.RMSNorm(2), LayerNorm2d(2), GlobalResponseNorm(2)])
def test_norms_of_frozen_groups_are_trained_where_that_is_asked(norm: nn.Module) -> None:
    net = nn.ModuleDict({"body": nn.Sequential(nn.Conv2d(1, 2, 1), norm), "head": nn.Linear(2, 2)})
    groups = (ParameterGroup("body", tuple(f"body.{k}" for k, _ in net["body"].named_parameters())),)
    frozen = freeze(net, groups, ["head"], "all")
    assert {name for name in frozen.trained if name.startswith("body")} == {
        f"body.1.{name}" for name, _ in norm.named_parameters()
    }


def test_a_norm_that_is_trained_in_part_is_not_held() -> None:
    net = nn.ModuleDict({"norm": nn.BatchNorm2d(2), "head": nn.Linear(2, 2)})
    groups = (
        ParameterGroup("scales", ("norm.weight",)),
        ParameterGroup("rest", ("norm.bias", "head.weight")),
    )
    assert freeze(net, groups, ["rest"], "none").held == ()
    assert freeze(net, groups, [], "none").held == (net["norm"],)


def test_a_phase_that_trains_nothing_says_so(small: Any) -> None:
    with pytest.raises(WorldError, match="phase 1 trains nothing"):
        small.run(small.make_net(), train={"phases": [{"epochs": 1, "train": []}]})
