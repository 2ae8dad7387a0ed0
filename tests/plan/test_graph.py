"""Graphs: named nodes in any order, shared modules, taps, several inputs and outputs."""

from __future__ import annotations

import pytest

from archc.plan.parameters import named_parameters
from archc.spec.train import CrossEntropy
from tests.plan.texts import compiled, faults_of, plan_of

TASKS = """\
archc = 1
[input]
size = [64, 96]
[model]
kind = "graph"
outputs = { mask = "segment", scene = "classify" }
[model.modules.encoder]
body = { ref = "torchvision/resnet18" }
[[model.nodes]]
name = "classify"
from = "features.layer3"
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "linear", out_features = 5 }]
[[model.nodes]]
name = "segment"
from = "features"
decoder = { upsample = "nearest" }
classes = 11
[[model.nodes]]
name = "features"
use = "encoder"
from = "image"
"""
TWO_INPUTS = """\
archc = 1
[inputs.color]
size = [32, 32]
[inputs.depth]
size = [32, 32]
channels = 1
[model]
kind = "graph"
outputs = { scores = "answer" }
[model.modules.stem]
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
[[model.nodes]]
name = "depth3"
from = ["depth", "depth", "depth"]
op = { op = "concat" }
[[model.nodes]]
name = "a"
use = "stem"
from = "color"
[[model.nodes]]
name = "b"
use = "stem"
from = "depth3"
[[model.nodes]]
name = "both"
from = ["a", "b"]
op = { op = "abs_difference" }
[[model.nodes]]
name = "answer"
from = "both"
head = { preset = "concat_pool_mlp", hidden = [], dropout = 0.0 }
classes = 2
"""


def test_several_outputs_in_their_order_with_their_own_classes() -> None:
    plan = plan_of(TASKS)
    assert [(a.name, a.size, a.dense) for a in plan.outputs] == [
        ("mask", 11, True),
        ("scene", 5, False),
    ]
    assert str(plan.types()["segment.output"]) == "Nx11x64x96"
    assert plan.bodies[0].prefix == "encoder"


def test_nodes_come_after_what_they_read_whatever_the_order_they_are_written_in() -> None:
    plan = plan_of(TASKS)
    seen = {given.name for given in plan.inputs}
    for node in plan.nodes:
        assert set(node.inputs) <= seen
        seen.add(node.name)


def test_a_tap_reads_inside_a_body_by_the_node_or_by_the_module_that_is_used_once() -> None:
    plan = plan_of(TASKS)
    pooled = next(node for node in plan.nodes if node.name == "classify.0")
    assert pooled.inputs == ("encoder.layer3.1.relu_1",)
    assert plan_of(TASKS.replace("features.layer3", "encoder.layer3")).nodes == plan.nodes


def test_a_module_used_twice_has_one_set_of_weights() -> None:
    plan = plan_of(TWO_INPUTS)
    names = [tensor.name for tensor in named_parameters(plan)]
    assert names[:2] == ["stem.0.weight", "stem.0.bias"]
    assert len(names) == len(set(names))
    assert [n.name for n in plan.nodes if n.module == "stem.0"] == ["stem.0", "stem.0@b"]
    assert [given.name for given in plan.inputs] == ["color", "depth"]


def test_layers_inside_a_node_can_be_read() -> None:
    plan = plan_of(TWO_INPUTS.replace('from = ["a", "b"]', 'from = ["a.0", "b.0"]'))
    both = next(node for node in plan.nodes if node.name == "both")
    assert both.inputs == ("stem.0", "stem.0@b")


def test_a_module_whose_second_use_does_not_fit_is_refused_at_its_uses() -> None:
    (fault,) = faults_of(TWO_INPUTS.replace('from = "depth3"', 'from = "depth"').replace("depth3", "rest"))
    assert fault.code in ("ARC226", "ARC312", "ARC302")
    text = TWO_INPUTS.replace("kernel_size = 3, stride = 2", "kernel_size = 3, in_channels = 3")
    (fault,) = faults_of(text.replace('from = ["depth", "depth", "depth"]', 'from = ["depth", "depth"]'))
    assert fault.code == "ARC302"
    assert [label.path for label in fault.labels][-1] == ("model", "nodes", 2, "use")


@pytest.mark.parametrize("merge", ["concat", "abs_difference", "squared_difference", "product", "cosine"])
def test_a_decoder_over_twins(merge: str) -> None:
    text = TASKS.replace(
        'from = "features"\ndecoder', f'from = ["features", "again"]\nmerge = "{merge}"\ndecoder'
    )
    text += '[[model.nodes]]\nname = "again"\nuse = "encoder"\nfrom = "image"\n'
    plan = plan_of(text)
    assert len(plan.bodies) == 1
    assert sum(node.module == "encoder.conv1" for node in plan.nodes) == 2
    assert str(plan.types()["segment.output"]) == "Nx11x64x96"


def test_losses_and_metrics_go_to_their_outputs() -> None:
    more = """
[losses.scene]
kind = "cross_entropy"
weight = 0.3
[losses.mask]
kind = "cross_entropy"
[metrics.of]
mask = ["mean_iou"]
scene = ["accuracy"]
"""
    result = compiled(TASKS + more)
    mask, scene = result.plan.outputs
    assert (mask.loss, scene.loss) == (CrossEntropy(), CrossEntropy(weight=0.3))
    assert (mask.metrics, scene.metrics) == (("mean_iou",), ("accuracy",))
    assert (mask.watched, scene.watched) == (True, False)


def test_one_loss_goes_to_the_only_output() -> None:
    result = compiled(TWO_INPUTS + '[loss]\nkind = "cross_entropy"\n[metrics]\nkinds = ["accuracy"]\n')
    (scores,) = result.plan.outputs
    assert (scores.loss, scores.metrics) == (CrossEntropy(), ("accuracy",))


def test_a_long_chain_written_backwards_is_put_in_order() -> None:
    count = 400
    chain = "".join(
        f'[[model.nodes]]\nname = "n{i}"\nfrom = "{f"n{i - 1}" if i else "image"}"\nop = {{ op = "relu" }}\n'
        for i in reversed(range(count))
    )
    head = 'archc = 1\n[input]\nsize = [8, 8]\n[model]\nkind = "graph"\n'
    plan = plan_of(f'{head}outputs = {{ map = "n{count - 1}" }}\n{chain}')
    assert [node.name for node in plan.nodes] == [f"n{i}" for i in range(count)]


def test_the_start_of_parameters_is_kept() -> None:
    conv = '{ op = "conv2d", out_channels = 4, kernel_size = 1 }'
    node = f'[[model.nodes]]\nname = "up"\nfrom = "image"\nop = {conv}\n'
    start = 'init = { weight = { kind = "icnr", scale = 2 }, bias = { kind = "constant", value = 0.5 } }\n'
    head = 'archc = 1\n[input]\nsize = [8, 8]\n[model]\nkind = "graph"\noutputs = { map = "up" }\n'
    (made,) = plan_of(head + node + start).nodes
    assert [(name, init.kind, init.scale, init.value) for name, init in made.init] == [
        ("weight", "icnr", 2, 0.0),
        ("bias", "constant", 1, 0.5),
    ]
