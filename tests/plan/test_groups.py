"""Parameter groups are a partition, whatever way they are asked for."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.bodies.catalog import find
from archc.bodies.catalog import names as bodies
from archc.plan.groups.partition import ParameterGroup, group_faults, matches, parameter_groups, selected
from archc.plan.lower.fault import PlanFault
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.spec.train import Group, Phase, Train
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, body, plan_of

Named = Literal["body_head", "per_stage", "per_block"]
NAMED: tuple[Named, ...] = ("body_head", "per_stage", "per_block")
RESNET34 = plan_of(CLASSIFIER)


def train(groups: Named | tuple[Group, ...]) -> Train:
    return Train(groups=groups, phases=(Phase(epochs=1),))


def split(plan: Plan, groups: Named | tuple[Group, ...]) -> dict[str, tuple[str, ...]]:
    return {g.name: g.parameters for g in parameter_groups(plan, train(groups))}


def names(plan: Plan) -> list[str]:
    return [tensor.name for tensor in named_parameters(plan)]


@pytest.mark.parametrize("groups", NAMED)
@pytest.mark.parametrize("text", [CLASSIFIER, UNET, SIAMESE])
@pytest.mark.parametrize(
    "ref",
    ["resnet34", "vgg16_bn", "densenet121", "efficientnet_b0", "convnext_tiny", "alexnet"],
)
def test_every_parameter_is_in_exactly_one_group(text: str, ref: str, groups: Named) -> None:
    plan = plan_of(text, body(ref))
    grouped = [name for members in split(plan, groups).values() for name in members]
    assert sorted(grouped) == sorted(names(plan))
    assert all(split(plan, groups).values())


def test_a_group_takes_what_any_of_its_patterns_matches() -> None:
    written = (Group(name="ends", match=("body.conv1", "head")), Group(name="rest", match=("body",)))
    found = split(RESNET34, written)
    assert {name.split(".")[0] for name in found["ends"]} == {"body", "head"}
    assert "body.conv1.weight" in found["ends"]
    assert all(name.startswith("body.") and "conv1" not in name.split(".")[1] for name in found["rest"])


PREFIXES = sorted({".".join(n.split(".")[:k]) for n in names(RESNET34) for k in (1, 2, 3)})


@given(st.lists(st.sampled_from([*PREFIXES, "*", "body.*.0", "*.layer3"]), min_size=1, max_size=6))
def test_written_groups_partition_or_name_the_orphans(patterns: list[str]) -> None:
    written = tuple(Group(name=f"g{i}", match=(pattern,)) for i, pattern in enumerate(patterns))
    covered = {n for n in names(RESNET34) if any(matches(p, n) for p in patterns)}
    if covered != set(names(RESNET34)):
        with pytest.raises(PlanFault, match="ARC401"):
            split(RESNET34, written)
        return
    found = split(RESNET34, written)
    grouped = [name for members in found.values() for name in members]
    assert sorted(grouped) == sorted(names(RESNET34))
    for index, pattern in enumerate(patterns):
        for name in found.get(f"g{index}", ()):
            assert matches(pattern, name)
            assert not any(matches(earlier, name) for earlier in patterns[:index])


@pytest.mark.parametrize(
    ("pattern", "name", "is_under"),
    [
        ("body", "body.conv1.weight", True),
        ("body.layer1", "body.layer1.0.conv1.weight", True),
        ("body.layer1", "body.layer10.weight", False),
        ("body.lay", "body.layer1.weight", False),
        ("*.layer1", "body.layer1.weight", True),
        ("body.*.0", "body.layer3.0.bn1.bias", True),
        ("body.*.0", "body.layer3.1.bn1.bias", False),
        ("body.layer*", "body.layer1.weight", False),
        ("body.conv1.weight", "body.conv1.weight", True),
        ("body.conv1.weight.x", "body.conv1.weight", False),
    ],
)
def test_patterns_match_whole_segments(pattern: str, name: str, is_under: bool) -> None:
    assert matches(pattern, name) is is_under


@pytest.mark.parametrize(
    ("ref", "first_early", "first_late"),
    [
        ("resnet34", "body.conv1.weight", "body.layer3.0.conv1.weight"),
        ("resnet50", "body.conv1.weight", "body.layer3.0.conv1.weight"),
        ("vgg16_bn", "body.features.0.weight", "body.features.24.weight"),
        ("densenet121", "body.features.conv0.weight", "body.features.transition2.norm.weight"),
        ("squeezenet1_1", "body.features.0.weight", "body.features.6.squeeze.weight"),
        ("alexnet", "body.features.0.weight", "body.features.6.weight"),
    ],
)
def test_per_stage_is_fastais_split(ref: str, first_early: str, first_late: str) -> None:
    """Source: `model_meta` of fastai, where a body's halves are slices of its children."""
    found = split(plan_of(CLASSIFIER, body(ref)), "per_stage")
    assert list(found) == ["body.early", "body.late", "head"]
    assert found["body.early"][0] == first_early
    assert found["body.late"][0] == first_late


def test_per_stage_of_resnet34_by_name() -> None:
    found = split(RESNET34, "per_stage")
    stages = [{name.split(".")[1] for name in members} for members in found.values()]
    assert stages[:2] == [{"conv1", "bn1", "layer1", "layer2"}, {"layer3", "layer4"}]
    assert all(name.startswith("head.") for name in found["head"])


@pytest.mark.parametrize("ref", ["mobilenet_v3_small", "efficientnet_b0", "convnext_tiny", "swin_t"])
def test_per_stage_of_other_bodies_is_body_and_head(ref: str) -> None:
    plan = plan_of(CLASSIFIER, body(ref), "input.size=[224, 224]")
    assert list(split(plan, "per_stage")) == ["body", "head"]


def test_a_cut_before_the_late_half_leaves_it_out() -> None:
    assert list(split(plan_of(CLASSIFIER, "model.body.cut=layer2"), "per_stage")) == ["body.early", "head"]


def test_per_block_has_a_group_for_every_residual_block() -> None:
    found = list(split(RESNET34, "per_block"))
    blocks = [f"body.layer{s}.{b}" for s, depth in ((1, 3), (2, 4), (3, 6), (4, 3)) for b in range(depth)]
    assert found == ["body.stem", *blocks, "head"]


@pytest.mark.parametrize(
    ("ref", "count", "some"),
    [
        ("vgg16_bn", 5, ["body.features.0", "body.features.7", "body.features.34"]),
        ("alexnet", 3, ["body.features.0", "body.features.3", "body.features.6"]),
        ("squeezenet1_1", 9, ["body.stem", "body.features.3", "body.features.12"]),
        ("densenet121", 1 + 6 + 1 + 12 + 1 + 24 + 1 + 16 + 1, ["body.features.transition1", "body.tail"]),
        ("googlenet", 10, ["body.stem", "body.inception3a", "body.inception5b"]),
        ("shufflenet_v2_x1_0", 18, ["body.stem", "body.stage2.0", "body.tail"]),
        ("efficientnet_b0", 18, ["body.stem", "body.features.1.0", "body.features.2.0", "body.tail"]),
        ("efficientnet_v2_s", 42, ["body.stem", "body.features.1.0", "body.features.1.1", "body.tail"]),
        ("convnext_tiny", 22, ["body.stem", "body.features.1.0", "body.features.2", "body.features.7.2"]),
        ("vit_b_32", 14, ["body.stem", "body.encoder.layers.encoder_layer_0", "body.tail"]),
    ],
)
def test_per_block_finds_the_units_of_other_bodies(ref: str, count: int, some: list[str]) -> None:
    found = [name for name in split(plan_at_its_size(f"torchvision/{ref}"), "per_block") if name != "head"]
    assert len(found) == count
    assert [name for name in found if name in some] == some


def plan_at_its_size(ref: str) -> Plan:
    height, width = find(ref).size
    return plan_of(CLASSIFIER, f"model.body.ref={ref}", f"input.size=[{height}, {width}]")


@pytest.mark.parametrize("ref", [ref for ref in bodies() if ref.startswith("torchvision/")])
def test_per_block_partitions_every_body_in_runs(ref: str) -> None:
    plan = plan_at_its_size(ref)
    found = split(plan, "per_block")
    assert [name for members in found.values() for name in members] == names(plan)
    assert list(found)[-1] == "head"
    assert len(found) > 3
    largest = max(len(members) for members in found.values())
    assert largest <= len(names(plan)) / 2, "no group holds most of the network"


def test_a_written_body_of_plain_layers_is_grouped_by_reductions() -> None:
    convs = [f"{{op='conv2d', out_channels=8, kernel_size=3, stride={stride}}}" for stride in (1, 2, 1, 2)]
    written = f"model.body={{stages=[{{name='one', layers=[{', '.join(convs)}]}}]}}"
    assert list(split(plan_of(CLASSIFIER, written), "per_block")) == [
        "body.one.0",
        "body.one.1",
        "body.one.3",
        "head",
    ]


def test_a_phase_means_a_group_or_all_below_a_path() -> None:
    groups = parameter_groups(RESNET34, train("per_block"))
    assert selected(groups, "head") == ("head",)
    assert selected(groups, "body.layer1") == ("body.layer1.0", "body.layer1.1", "body.layer1.2")
    assert len(selected(groups, "body")) == 17
    assert selected(groups, "bod") == ()
    assert selected((ParameterGroup("a.b", ()),), "a.b") == ("a.b",)


def test_group_faults_are_all_reported() -> None:
    written = (
        Group(name="a", match=("body.layer1", "body.nowhere")),
        Group(name="a", match=("*",)),
        Group(name="b", match=("head",)),
    )
    assert [d.code for d in group_faults(RESNET34, train(written))] == ["ARC403", "ARC402", "ARC404"]
