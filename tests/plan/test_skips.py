"""Where the automatic decoder draws its skips, for the families that one meets most."""

from __future__ import annotations

import pytest

from archc.plan.plan import Plan
from tests.plan.texts import UNET, body, faults_of, plan_of


def joined(plan: Plan) -> list[tuple[str, int]]:
    """Each block's skip without the body's prefix, and the input's size over its size."""
    types = plan.types()
    side = plan.inputs[0].type.shape[2]
    assert isinstance(side, int)
    found = []
    for node in plan.nodes:
        if node.name.startswith("decoder.blocks.") and node.op.op == "concat":
            norm = next(n for n in plan.nodes if n.name == node.inputs[1])
            (skip,) = norm.inputs
            height = types[skip].shape[2]
            assert isinstance(height, int)
            found.append((skip.removeprefix("body."), round(side / height)))
    return found


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("resnet34", [("layer3.5.relu_1", 16), ("layer2.3.relu_1", 8), ("layer1.2.relu_1", 4), ("relu", 2)]),
        (
            "vgg16_bn",
            [
                ("features.42", 16),
                ("features.32", 8),
                ("features.22", 4),
                ("features.12", 2),
                ("features.5", 1),
            ],
        ),
        (
            "densenet121",
            [
                ("features.denseblock3.cat", 16),
                ("features.denseblock2.cat", 8),
                ("features.denseblock1.cat", 4),
                ("features.relu0", 2),
            ],
        ),
        (
            "efficientnet_b0",
            [
                ("features.5.2.add", 16),
                ("features.3.1.add", 8),
                ("features.2.1.add", 4),
                ("features.1.0.block.2.1", 2),
            ],
        ),
        ("convnext_tiny", [("features.5.8.add", 16), ("features.3.2.add", 8), ("features.1.2.add", 4)]),
        (
            "mobilenet_v3_large",
            [("features.12.add", 16), ("features.6.add", 8), ("features.3.add", 4), ("features.1.add", 2)],
        ),
    ],
)
def test_the_last_part_at_each_resolution(ref: str, expected: list[tuple[str, int]]) -> None:
    assert joined(plan_of(UNET, body(ref))) == expected


@pytest.mark.parametrize("ref", ["alexnet", "inception_v3", "googlenet", "squeezenet1_0", "regnet_y_400mf"])
def test_no_skip_is_the_cut_itself(ref: str) -> None:
    """Unpadded stems leave maps a little short of a power of two's share; each still counts as one."""
    plan = plan_of(UNET, body(ref))
    cut = next(n.inputs[0] for n in plan.nodes if n.name == "decoder.norm")
    found = joined(plan)
    assert len(found) >= 3
    assert cut.removeprefix("body.") not in [name for name, _ in found]
    reductions = [reduction for _, reduction in found]
    assert reductions == sorted(set(reductions), reverse=True)


def test_named_skips_are_those_named() -> None:
    plan = plan_of(UNET, 'model.decoder.skips=["layer3", "layer2.3.bn2"]')
    assert joined(plan) == [("layer3.5.relu_1", 16), ("layer2.3.bn2", 8)]


def test_no_skips_at_all_is_a_decoder_too() -> None:
    plan = plan_of(UNET, "model.decoder.skips=[]")
    assert joined(plan) == []
    assert str(plan.nodes[-1].out) == "Nx10x128x128"


@pytest.mark.parametrize("size", ["[128, 128]", "[97, 127]", "[33, 65]"])
@pytest.mark.parametrize("upsample", ["pixel_shuffle", "nearest", "bilinear", "transposed"])
def test_the_answer_has_the_inputs_size(size: str, upsample: str) -> None:
    plan = plan_of(UNET, f"input.size={size}", f"model.decoder.upsample={upsample}")
    assert plan.nodes[-1].out.shape[2:] == plan.inputs[0].type.shape[2:]


def test_widths_are_those_of_fastais_dynamic_unet() -> None:
    plan = plan_of(UNET)
    widths = [plan.types()[f"decoder.blocks.{i}.conv2.relu"].shape[1] for i in range(4)]
    assert widths == [512, 384, 256, 96]
    assert plan.types()["decoder.cross.concat"].shape[1] == 99


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (('model.decoder.skips=["layer2"]',), "ARC301"),
        (('model.decoder.skips=["layer3", "layer3"]',), "ARC301"),
        (('model.decoder.skips=["layer9"]',), "ARC205"),
        (('model.decoder.skips=["avgpool"]',), "ARC206"),
        (("model.body.cut=layer2", 'model.decoder.skips=["layer3"]'), "ARC206"),
        (("model.body.cut=avgpool",), "ARC306"),
        (("model.body.cut=fc",), "ARC306"),
        ((body("vgg16_bn"), "model.body.cut=avgpool"), "ARC306"),
    ],
)
def test_what_does_not_fit_is_one_fault(flags: tuple[str, ...], code: str) -> None:
    assert [fault.code for fault in faults_of(UNET, *flags)] == [code]


def test_stages_written_by_hand_join_where_they_say() -> None:
    stages = (
        "model.decoder.stages=["
        "{ skip = 'layer3', layers = [{ op = 'conv2d', out_channels = 64, kernel_size = 3 }] },"
        " { upsample = [{ op = 'upsample', scale_factor = 2 }], skip = 'layer2' }]"
    )
    plan = plan_of(UNET, stages)
    types = plan.types()
    assert str(types["decoder.stages.0.up.shuffle"]) == "Nx256x8x8"
    assert str(types["decoder.stages.0.concat"]) == "Nx512x8x8"
    assert str(types["decoder.stages.0.layers.0"]) == "Nx64x8x8"
    assert str(types["decoder.stages.1.concat"]) == "Nx192x16x16"
    assert "decoder.cross.concat" not in types
    assert str(plan.nodes[-1].out) == "Nx10x128x128"


def test_a_decoder_without_stages_only_enlarges() -> None:
    plan = plan_of(UNET, "model.decoder.stages=[]")
    assert [n.name for n in plan.nodes if n.name.startswith("decoder.")] == [
        "decoder.resize",
        "decoder.output",
    ]
