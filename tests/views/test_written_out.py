"""Sugar is only sugar: each kind of model, written out as a graph, compiles to the same plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from archc.ops.node import Node
from archc.plan.compile import Compiled, compile_document
from archc.plan.plan import Plan
from archc.source.document.document import read_text
from archc.views.written_out import written_out
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, body, compiled

SMALL = ("input.size=[64, 96]", body("resnet18"))
CHANGE = SIAMESE + "[model.decoder]\n"
OWN_BODY = (
    "{stages=[{name='stem', layers=[{op='conv2d', out_channels=8, kernel_size=3, stride=2}, {op='relu'}]},"
    " {name='block', layers=[{op='residual', layers=[{op='conv2d', out_channels=8, kernel_size=3}]}]}]}"
)
SUGAR = {
    "classifier": (CLASSIFIER, SMALL),
    "classifier_of_four_channels": (CLASSIFIER, (*SMALL, "input.channels=4", "input.mean=[0.1,0.2,0.3,0.4]")),
    "classifier_cut": (CLASSIFIER, (*SMALL, "model.body.cut=layer3", "model.head.hidden=[32, 16]")),
    "classifier_started_otherwise": (CLASSIFIER, (*SMALL, "model.head.init=xavier_normal")),
    "classifier_densenet": (CLASSIFIER, ("input.size=[64, 64]", body("densenet121"))),
    "classifier_vit": (CLASSIFIER, ("input.size=[224, 224]", body("vit_b_32"))),
    "classifier_in_parts": (CLASSIFIER, ("input.size=[224, 224]", body("swin_t"))),
    "classifier_of_its_own_body": (CLASSIFIER, ("model.body=" + OWN_BODY,)),
    "unet": (UNET, SMALL),
    "unet_convnext": (UNET, ("input.size=[64, 96]", body("convnext_tiny"))),
    "unet_options": (
        UNET,
        (
            *SMALL,
            "model.decoder.self_attention=true",
            "model.decoder.blur=true",
            "model.decoder.bottleneck=true",
            "model.decoder.norm=batch",
            "model.decoder.output_range=[0.0, 1.0]",
        ),
    ),
    "unet_nearest": (UNET, (*SMALL, "model.decoder.upsample=nearest")),
    "unet_transposed": (UNET, (*SMALL, "model.decoder.upsample=transposed")),
    "unet_by_hand": (
        UNET,
        (
            *SMALL,
            "model.decoder.stages=[{skip='layer3', layers=[{op='conv2d', out_channels=8, kernel_size=3}]}]",
        ),
    ),
    "siamese": (SIAMESE, SMALL),
    "siamese_cosine": (SIAMESE, (*SMALL, "model.merge=cosine")),
    "siamese_embedding": (SIAMESE, (*SMALL, "model.embedding=32")),
    "siamese_decoder": (CHANGE, SMALL),
    "siamese_decoder_difference": (CHANGE, (*SMALL, "model.merge=abs_difference")),
}


def graph_of(result: Compiled) -> Compiled:
    """The same spec as a graph, compiled."""
    data = written_out(result.spec, result.plan)
    assert data["model"]["kind"] == "graph"
    return compile_document(read_text(json.dumps(data), "small.json", "json"))


def canonical(plan: Plan) -> tuple[Any, ...]:
    """A plan with its values numbered, and without the places in the spec that it came from."""
    number = {
        name: i for i, name in enumerate((*(i.name for i in plan.inputs), *(n.name for n in plan.nodes)))
    }

    def seen(node: Node) -> Node:
        reads = tuple(str(number[i]) for i in node.inputs)
        return replace(node, name=str(number[node.name]), inputs=reads, origin=())

    outputs = tuple((output.name, number[output.value]) for output in plan.outputs)
    return plan.inputs, tuple(seen(n) for n in plan.nodes), outputs, plan.bodies


@pytest.mark.parametrize(("text", "flags"), SUGAR.values(), ids=SUGAR)
def test_sugar_and_graph_have_one_plan(text: str, flags: tuple[str, ...]) -> None:
    sugar = compiled(text, *flags)
    graph = graph_of(sugar)
    assert canonical(graph.plan) == canonical(sugar.plan)


@pytest.mark.parametrize("name", [name for name in SUGAR if not name.startswith("siamese")])
def test_with_one_input_the_names_agree_too(name: str) -> None:
    text, flags = SUGAR[name]
    sugar = compiled(text, *flags)
    assert [n.name for n in graph_of(sugar).plan.nodes] == [n.name for n in sugar.plan.nodes]


def test_a_graph_written_out_is_itself() -> None:
    once = graph_of(compiled(CHANGE, *SMALL))
    assert canonical(graph_of(once).plan) == canonical(once.plan)


@pytest.mark.parametrize("name", ["classifier", "unet", "siamese", "siamese_decoder", "siamese_embedding"])
def test_with_equal_weights_the_outputs_are_equal(name: str) -> None:
    torch = pytest.importorskip("torch")
    from archc.modules.build import build

    text, flags = SUGAR[name]
    sugar = compiled(text, *flags)
    one, other = build(sugar.plan, seed=3).eval(), build(graph_of(sugar).plan, initialize=False).eval()
    other.load_state_dict(one.state_dict())
    images = tuple(torch.rand(2, *given.type.shape[1:]) for given in sugar.plan.inputs)
    with torch.no_grad():
        expected, found = one(*images), other(*images)
    if isinstance(expected, dict):
        assert expected.keys() == found.keys()
        expected, found = torch.cat([*expected.values()]), torch.cat([*found.values()])
    assert torch.equal(expected, found)
