"""Lowered plans keep the invariants that `archc.ops.node` states, for every kind of model."""

from __future__ import annotations

import pytest

from archc.ops.facts import infer
from archc.plan.parameters import named_buffers, named_parameters
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, body, compiled, faults_of, plan_of

REFS = ["resnet18", "vgg16_bn", "densenet121", "mobilenet_v3_large", "convnext_tiny", "shufflenet_v2_x0_5"]


@pytest.mark.parametrize("text", [CLASSIFIER, UNET, SIAMESE])
@pytest.mark.parametrize("ref", REFS)
def test_invariants_of_a_plan(text: str, ref: str) -> None:
    plan = plan_of(text, body(ref))
    types = {given.name: given.type for given in plan.inputs}
    modules: dict[str, object] = {}
    for node in plan.nodes:
        assert node.name not in types
        resolved, out = infer(node.op, tuple(types[name] for name in node.inputs))
        assert (resolved, out) == (node.op, node.out)
        assert modules.setdefault(node.module, node.op) == node.op
        types[node.name] = out
    assert all(output.value in types for output in plan.outputs)
    names = [t.name for t in (*named_parameters(plan), *named_buffers(plan))]
    assert len(set(names)) == len(names)
    assert all(n.inputs or n.op.op == "parameter" for n in plan.nodes)


def test_origins_lead_to_what_was_written() -> None:
    plan = plan_of(CLASSIFIER, "model.head.hidden=[64]")
    assert {node.origin[:2] for node in plan.nodes} == {("model", "body"), ("model", "head")}


def test_a_siamese_model_applies_one_body_twice() -> None:
    plan = plan_of(SIAMESE)
    assert [given.name for given in plan.inputs] == ["left", "right"]
    assert len(plan.bodies) == 1
    twins = [node for node in plan.nodes if node.module == "body.conv1"]
    assert [(node.name, node.inputs) for node in twins] == [
        ("body.conv1", ("left",)),
        ("body.conv1@right", ("right",)),
    ]
    once = [t for t in named_parameters(plan) if t.name.startswith("body.")]
    alone = [t for t in named_parameters(plan_of(CLASSIFIER)) if t.name.startswith("body.")]
    assert [t.name for t in once] == [t.name for t in alone]
    assert str(plan.types()["merge"]) == "Nx1024x4x4"
    assert str(plan.nodes[-1].out) == "Nx2"


@pytest.mark.parametrize(
    ("merge", "channels"),
    [("concat", 1024), ("abs_difference", 512), ("squared_difference", 512), ("product", 512)],
)
def test_merges(merge: str, channels: int) -> None:
    assert plan_of(SIAMESE, f"model.merge={merge}").types()["merge"].shape[1] == channels


def test_named_inputs_keep_their_names_and_sizes() -> None:
    text = SIAMESE.replace("[input]", "[inputs.query]").replace(
        "[model]\n", "[inputs.key]\nsize = [128, 128]\n[model]\n", 1
    )
    plan = plan_of(text)
    assert [given.name for given in plan.inputs] == ["query", "key"]
    assert any(node.name == "body.conv1@key" for node in plan.nodes)


@pytest.mark.parametrize(("channels", "mean"), [(3, (0.485, 0.456, 0.406)), (1, (0.5,)), (4, (0.5,) * 4)])
def test_input_channels_reach_the_first_convolution(channels: int, mean: tuple[float, ...]) -> None:
    plan = plan_of(CLASSIFIER, f"input.channels={channels}")
    first = next(named_parameters(plan))
    assert (first.name, first.shape) == ("body.conv1.weight", (64, channels, 7, 7))
    assert plan.inputs[0].mean == mean
    assert plan.bodies[0].in_channels == channels


def test_normalization_that_is_written_wins() -> None:
    plan = plan_of(CLASSIFIER, "input.mean=[0.0, 0.1, 0.2]", "input.std=[1.0, 1.0, 1.0]")
    assert plan.inputs[0].mean == (0.0, 0.1, 0.2)
    assert plan.inputs[0].std == (1.0, 1.0, 1.0)
    assert [fault.code for fault in faults_of(CLASSIFIER, "input.mean=[]")] == ["ARC308"]


@pytest.mark.parametrize(
    ("cut", "name", "last"),
    [
        ("layer3", "layer3", "body.layer3.5.relu_1"),
        ("-3", "layer3", "body.layer3.5.relu_1"),
        ("8", "layer4", "body.layer4.2.relu_1"),
        ("layer2.0.conv1", "layer2.0.conv1", "body.layer2.0.conv1"),
    ],
)
def test_cuts_by_name_and_by_number(cut: str, name: str, last: str) -> None:
    plan = plan_of(CLASSIFIER, f"model.body.cut={cut}")
    assert plan.bodies[0].cut == name
    assert [node.name for node in plan.nodes if node.name.startswith("body.")][-1] == last


def test_a_plan_is_called_like_its_spec_or_its_file() -> None:
    assert plan_of(CLASSIFIER).name == "small"
    assert plan_of(CLASSIFIER.replace("archc = 1\n", 'archc = 1\nname = "mine"\n')).name == "mine"


def test_all_faults_are_found_at_once() -> None:
    """What needs no plan is reported beside the fault that left none."""
    faults = faults_of(CLASSIFIER, "model.body.cut=layer9", "model.head.output_range=[1.0, 0.0]")
    assert {fault.code for fault in faults} == {"ARC110", "ARC202"}


def test_warnings_stop_nothing() -> None:
    result = compiled(CLASSIFIER, "input.size=[32, 32]")
    assert [warning.code for warning in result.warnings] == ["ARC701"]
    assert not compiled(CLASSIFIER).warnings
