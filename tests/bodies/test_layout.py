"""Which of a body's values have their channels last, against what the sizes of a tall image say."""

from __future__ import annotations

import pytest

from archc.bodies.catalog import IMAGE, BodyRecord, find
from archc.bodies.layout import channels_last
from archc.ops.facts import infer
from archc.ops.tensors import Shape, TensorType

WITH_PERMUTATIONS = ("convnext_tiny", "swin_t", "swin_v2_t", "resnet18", "mobilenet_v3_small")


def _shapes(record: BodyRecord, height: int, width: int) -> list[Shape]:
    types = {IMAGE: TensorType((1, 3, height, width))}
    for index, node in enumerate(record.nodes):
        types[index] = infer(node.op, tuple(types[i] for i in node.inputs))[1]
    return [types[index].shape for index, _ in enumerate(record.nodes)]


@pytest.mark.parametrize("name", WITH_PERMUTATIONS)
def test_channels_are_last_where_the_last_size_never_changes(name: str) -> None:
    record = find(f"torchvision/{name}")
    small, large = _shapes(record, 256, 512), _shapes(record, 512, 768)
    moving = [
        index
        for index, (one, other) in enumerate(zip(small, large, strict=True))
        if len(one) == 4 and one[1] != other[1] and one[3] == other[3]
    ]
    assert sorted(i for i in channels_last(record) if len(small[i]) == 4) == moving
    assert bool(moving) == (name not in ("resnet18", "mobilenet_v3_small"))


def test_parts_made_for_one_size_are_channels_first() -> None:
    assert channels_last(find("torchvision/maxvit_t")) == frozenset()


@pytest.mark.parametrize("name", WITH_PERMUTATIONS)
def test_every_stage_is_channels_first(name: str) -> None:
    record = find(f"torchvision/{name}")
    assert not channels_last(record) & {stage.node for stage in record.stages}
    assert record.exit_of(record.cut) not in channels_last(record)
