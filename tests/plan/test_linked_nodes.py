"""Nodes of a body that are kept are those that would be added one by one."""

from __future__ import annotations

import pytest

from archc.bodies.catalog import find, names
from archc.ops.tensors import TensorType
from archc.plan.bounds import Bounds
from archc.plan.lower.body import _add_each, link
from archc.plan.lower.builder import BATCH, Builder
from archc.plan.lower.fault import PlanFault
from archc.plan.lower.linked_nodes import Place, linked_nodes
from archc.spec import layers as ops
from archc.spec.model import Body, BodyStage

BODIES = [ref for ref in names() if not find(ref).in_one_piece]
PLACE = Place("image", "body", "", ("model", "body"))


def image(height: int, width: int, channels: int = 3) -> TensorType:
    return TensorType((BATCH, channels, height, width))


@pytest.mark.parametrize("ref", BODIES[::6])
def test_they_are_those_that_are_added_one_by_one(ref: str) -> None:
    record = find(ref)
    cut = record.exit_of(record.cut)
    height, width = record.size
    sizes = [(height, width)] if record.fixed_size else [(height, width), (256, 352), (320, 256), (256, 352)]
    for channels in (3, 1):
        for size in sizes:
            builder = Builder({"image": image(*size, channels)})
            _add_each(builder, record, cut, PLACE)
            known = linked_nodes(record, cut, image(*size, channels), PLACE)
            assert known is not None
            assert known[0] == tuple(builder.nodes)
            assert dict(known[1]) == {node.name: node.out for node in builder.nodes}


def test_a_second_use_has_nodes_of_its_own() -> None:
    builder = Builder({"left": image(64, 64), "right": image(64, 64)})
    body = Body(ref="torchvision/resnet18")
    first = link(builder, body, "left", ("model", "body"))
    second = link(builder, body, "right", ("model", "body"), again="right")
    assert (first.out, second.out) == ("body.layer4.1.relu_1", "body.layer4.1.relu_1@right")
    assert len({node.name for node in builder.nodes}) == len(builder.nodes)
    assert builder.types[first.out] == builder.types[second.out]
    assert [node.inputs for node in builder.nodes if node.name == "body.conv1@right"] == [("right",)]


def test_a_fault_is_told_where_the_body_stands() -> None:
    builder = Builder({"image": image(3, 3)})
    with pytest.raises(PlanFault) as caught:
        link(builder, Body(ref="torchvision/vgg11"), "image", ("model", "body"))
    assert caught.value.diagnostic.labels[0].path[:2] == ("model", "body")


@pytest.mark.parametrize(("most", "fits"), [(66, True), (65, False)])
def test_the_bound_on_nodes_holds(most: int, fits: bool) -> None:
    builder = Builder({"image": image(64, 64)}, bounds=Bounds(nodes=most))
    body = Body(ref="torchvision/resnet18")
    if fits:
        link(builder, body, "image", ("model", "body"))
        assert len(builder.nodes) == most
    else:
        with pytest.raises(PlanFault, match="ARC352"):
            link(builder, body, "image", ("model", "body"))


def test_a_layer_that_an_images_size_decides_is_filled_in_anew() -> None:
    """A linear layer over a map has as many features as the map has values."""
    stage = BodyStage(name="flat", layers=(ops.Flatten(), ops.Linear(out_features=8)))
    for side in (64, 96, 64):
        builder = Builder({"image": image(side, side)})
        link(builder, Body(stages=(stage,)), "image", ("model", "body"))
        last = builder.nodes[-1].op
        assert isinstance(last, ops.Linear)
        assert last.in_features == 3 * side * side
