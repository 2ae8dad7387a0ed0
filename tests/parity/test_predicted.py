"""What a plan predicts is what its module has: every body, both kinds of model, three sizes.

`python -m pytest -m "slow or not slow" tests/parity/test_predicted.py` runs all combinations, plain pytest
those of one body of each family.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from archc.bodies.catalog import find
from archc.modules.build import build
from archc.ops.dims import evaluate
from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan
from archc.record.build import build as uninitialized_library
from archc.record.library import source
from archc.source.document.document import SpecError
from tests.parity.specs import (
    Size,
    bodies,
    classifier,
    compiled,
    in_every_run,
    is_token,
    lowered,
    sizes_of,
    unet,
)

BATCH = 2


class Combination(NamedTuple):
    """A body in a kind of model at an input size."""

    ref: str
    kind: str
    size: Size


COMBINATIONS = tuple(
    Combination(ref, kind, size)
    for ref in bodies()
    for kind in ("classifier", "unet")
    for size in sizes_of(ref)
    if kind == "classifier" or not is_token(ref)
)
TOO_LARGE = "torchvision/regnet_y_128gf"
"""Its U-Net has 4.1 thousand million parameters, over the budget; what it predicts is right."""
REFUSED = tuple(ref for ref in bodies() if is_token(ref))


def test_how_many_combinations_there_are() -> None:
    by_kind = {kind: sum(c.kind == kind for c in COMBINATIONS) for kind in ("classifier", "unet")}
    assert len(bodies()) == 80
    assert by_kind == {"classifier": 3 * 74 + 6, "unet": 3 * 74 + 1}
    assert len(COMBINATIONS) == 451
    assert len(REFUSED) == 5


def _cases() -> list[Any]:
    return [
        pytest.param(
            case,
            id=f"{case.ref.partition('/')[2]}-{case.kind}-{case.size[0]}x{case.size[1]}",
            marks=() if in_every_run(case.ref) else pytest.mark.slow,
        )
        for case in COMBINATIONS
    ]


@pytest.mark.parametrize("case", _cases())
def test_predicted_is_real(case: Combination) -> None:
    plan = plan_of(case)
    module = on_meta(plan)
    check_values(plan, module, case.size)
    check_tensors(plan, module)
    check_body(plan, module, case.ref)


def plan_of(case: Combination) -> Plan:
    if case.kind == "unet" and case.ref == TOO_LARGE:
        return lowered(unet(case.ref, case.size))
    if case.kind == "unet":
        return compiled(unet(case.ref, case.size)).plan
    head = '[[model.head.layers]]\nop = "linear"\nout_features = 10' if is_token(case.ref) else ""
    return compiled(classifier(case.ref, case.size) + head).plan


def on_meta(plan: Plan) -> nn.Module:
    """The module without memory. A library starts its modules with numbers: those are built on the CPU."""
    if any(find(body.ref).parts for body in plan.bodies):
        return build(plan, initialize=False).to("meta").eval()
    with torch.device("meta"):
        return build(plan, device="meta").eval()


def check_values(plan: Plan, module: nn.Module, size: Size) -> None:
    """The type of the value of every node, and of the output."""
    image = torch.empty(BATCH, 3, *size, device="meta")
    with torch.no_grad():
        values = module.forward_values(image)  # type: ignore[operator]  # a PlanModule's
        out = module(image)
    predicted = {
        node.name: (tuple(evaluate(dim, {"N": BATCH}) for dim in node.out.shape), f"torch.{node.out.dtype}")
        for node in plan.nodes
    }
    assert {name: (tuple(v.shape), str(v.dtype)) for name, v in values.items()} == predicted
    assert (tuple(out.shape), str(out.dtype)) == predicted[plan.outputs[0].value]


def check_tensors(plan: Plan, module: nn.Module) -> None:
    """Names and shapes of what is learned and of what is saved, each once."""
    learned = [(t.name, t.shape) for t in named_parameters(plan)]
    saved = [(t.name, t.shape) for t in named_buffers(plan)]
    assert len(dict(learned + saved)) == len(learned) + len(saved)
    assert dict(learned) == {name: tuple(p.shape) for name, p in module.named_parameters()}
    keys = {name: tuple(t.shape) for name, t in module.state_dict().items()}
    assert dict(learned + saved) == keys
    assert dict(saved) == {name: keys[name] for name, _ in module.named_buffers() if name in keys}


def check_body(plan: Plan, module: nn.Module, ref: str) -> None:
    """Below `body.` the library's own keys: all of the children that the cut keeps, and no other."""
    own = {
        k.removeprefix("body."): tuple(t.shape)
        for k, t in module.state_dict().items()
        if k.startswith("body.")
    }
    assert own == kept_keys(ref, plan.bodies[0].cut)


def kept_keys(ref: str, cut: str) -> dict[str, tuple[int, ...]]:
    """The library's keys with their shapes, but for those of children behind the cut."""
    keys, children = library(ref)
    if is_token(ref):  # the last thing before `heads`: its child `encoder` and what `forward` does after it
        dropped: tuple[str, ...] = ("heads.",)
    else:
        parts = cut.split(".")
        dropped = tuple(f"{name}." for name in children[children.index(parts[0]) + 1 :])
        assert len(parts) == 1 or keys_after(keys, cut) <= {k for k in keys if k.startswith(dropped)}
    return {key: shape for key, shape in keys.items() if not key.startswith(dropped)}


def keys_after(keys: dict[str, tuple[int, ...]], path: str) -> set[str]:
    """Keys that come after the last one below `path`."""
    listed = list(keys)
    last = max(index for index, key in enumerate(listed) if key.startswith(f"{path}."))
    return set(listed[last + 1 :])


@lru_cache(maxsize=1)
def library(ref: str) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Keys and children of torchvision's own model, which is never given numbers."""
    model = uninitialized_library(source(ref).make).model
    keys = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    return keys, [name for name, _ in model.named_children()]


@pytest.mark.parametrize("ref", [pytest.param(ref, id=ref.partition("/")[2]) for ref in REFUSED])
def test_bodies_without_maps_inside_are_refused_as_encoders(ref: str) -> None:
    with pytest.raises(SpecError) as caught:
        compiled(unet(ref, sizes_of(ref)[0]))
    assert [d.code for d in caught.value.diagnostics] == ["ARC306"]


def test_a_model_over_the_budget_is_refused_before_it_is_built() -> None:
    with pytest.raises(SpecError) as caught:
        compiled(unet(TOO_LARGE, (128, 128)))
    assert [d.code for d in caught.value.diagnostics] == ["ARC350"]


@pytest.mark.parametrize("size", [(64, 64), (65, 97)])
@pytest.mark.parametrize(
    "decoder",
    [
        "self_attention = true\nblur = true",
        'upsample = "nearest"\nnorm = "batch"',
        'upsample = "bilinear"\nlast_cross = false\noutput_range = [0.0, 1.0]',
        'upsample = "transposed"\nbottleneck = true\nblur = true\nblur_final = false',
        'skips = ["layer3", "layer2"]',
    ],
)
def test_predicted_is_real_with_the_decoders_options(decoder: str, size: Size) -> None:
    plan = compiled(unet("torchvision/resnet18", size, decoder=decoder)).plan
    module = on_meta(plan)
    check_values(plan, module, size)
    check_tensors(plan, module)


@pytest.mark.parametrize("ref", ["swin_t", "swin_v2_t", "maxvit_t"])
def test_a_body_in_parts_holds_at_every_cut_what_the_library_has_there(ref: str) -> None:
    record = find(f"torchvision/{ref}")
    for stage in record.stages:
        spec = classifier(record.ref, record.size, body=f'cut = "{stage.name}"')
        plan = compiled(spec).plan
        module = on_meta(plan)
        check_values(plan, module, record.size)
        check_tensors(plan, module)


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize(
    "ref", ["resnet18", "swin_t", "maxvit_t", "vit_b_32", "shufflenet_v2_x0_5", "convnext_tiny"]
)
def test_other_channels_change_the_first_layer_alone(ref: str, channels: int) -> None:
    record = find(f"torchvision/{ref}")
    case = Combination(record.ref, "classifier", record.size)
    head = '[[model.head.layers]]\nop = "linear"\nout_features = 10' if is_token(record.ref) else ""
    plan = compiled(classifier(record.ref, record.size, channels=channels) + head).plan
    check_tensors(plan, on_meta(plan))
    changed = {t.name: t.shape for t in named_parameters(plan)}.items() - {
        t.name: t.shape for t in named_parameters(plan_of(case))
    }.items()
    assert len(changed) == 1
    assert next(iter(changed))[1][1] == channels
