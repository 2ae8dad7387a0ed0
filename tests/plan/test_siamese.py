"""Siamese models: every merge, a decoder in place of a head, embeddings of pairs and triplets."""

from __future__ import annotations

import pytest

from archc.plan.parameters import named_parameters
from tests.plan.texts import SIAMESE, UNET, body, faults_of, plan_of

SMALL = (body("resnet18"), "input.size=[64, 96]")
CHANGE = SIAMESE + "[model.decoder]\n"
TRIPLET = SIAMESE.replace("[input]\nsize = [128, 128]\n", "").replace(
    "[model]\n",
    "".join(f"[inputs.{n}]\nsize = [64, 64]\n" for n in ("anchor", "positive", "negative")) + "[model]\n",
)


def test_fastais_siamese_head() -> None:
    """The encoders' maps are joined before the pooling: it sees 2 * 512 channels, and doubles them."""
    plan = plan_of(SIAMESE)
    linear = next(node for node in plan.nodes if node.op.op == "linear")
    assert linear.op.in_features == 2 * 2 * 512  # type: ignore[union-attr]


def test_cosine_merges_over_the_channels() -> None:
    plan = plan_of(SIAMESE, *SMALL, "model.merge=cosine")
    assert str(plan.types()["merge"]) == "Nx1x2x3"


@pytest.mark.parametrize("merge", ["concat", "abs_difference", "squared_difference", "product", "cosine"])
def test_a_decoder_joins_the_merge_of_the_twins_maps(merge: str) -> None:
    plan = plan_of(CHANGE, *SMALL, f"model.merge={merge}")
    nodes = {node.name: node for node in plan.nodes}
    skip = nodes["merge.layer3.1.relu_1"]
    assert skip.inputs == ("body.layer3.1.relu_1", "body.layer3.1.relu_1@right")
    assert nodes["decoder.blocks.0.skip_norm"].inputs == (skip.name,)
    assert nodes["merge.image"].inputs == ("left", "right")
    assert [(a.name, a.size, a.dense) for a in plan.outputs] == [("scores", 2, True)]
    assert str(plan.types()[plan.outputs[0].value]) == "Nx2x64x96"


def test_the_encoder_of_twins_has_the_parameters_of_one() -> None:
    def of_body(text: str) -> list[str]:
        return [t.name for t in named_parameters(plan_of(text, *SMALL)) if t.name.startswith("body.")]

    assert of_body(CHANGE) == of_body(UNET)


def test_a_decoder_written_by_hand_over_twins() -> None:
    stages = "model.decoder.stages=[{skip='layer3', layers=[{op='conv2d', out_channels=8, kernel_size=3}]}]"
    plan = plan_of(CHANGE, *SMALL, stages)
    assert any(node.name == "merge.layer3.1.relu_1" for node in plan.nodes)
    (fault,) = faults_of(CHANGE, *SMALL, stages.replace("layer3", "layer1"))
    assert fault.code == "ARC301"


def test_embeddings_of_a_pair_share_one_head() -> None:
    plan = plan_of(SIAMESE, *SMALL, "model.embedding=32")
    assert [(a.name, a.size) for a in plan.outputs] == [("embedding_left", 32), ("embedding_right", 32)]
    heads = [node.name for node in plan.nodes if node.module == "head.2"]
    assert heads == ["head.2", "head.2@right"]
    assert not any(node.op.op == "concat" for node in plan.nodes)


def test_embeddings_of_a_triplet() -> None:
    plan = plan_of(TRIPLET, body("resnet18"), "model.embedding=16")
    assert [output.name for output in plan.outputs] == [
        "embedding_anchor",
        "embedding_positive",
        "embedding_negative",
    ]
    assert [fault.code for fault in faults_of(TRIPLET, body("resnet18"))] == ["ARC210"]


def test_an_encoder_that_gives_no_map_takes_no_decoder() -> None:
    (fault,) = faults_of(CHANGE, *SMALL, "model.body.cut=avgpool")
    assert fault.code == "ARC306"


def test_a_merge_of_embeddings_does_nothing() -> None:
    flags = ("model.embedding=8", "model.merge=product")
    assert [fault.code for fault in faults_of(SIAMESE, *SMALL, *flags)] == ["ARC215"]
