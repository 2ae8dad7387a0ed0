"""Every model that fastai has settings for and torchvision still has: cut, features, head, numbers, groups.

In every run one of each family; all with `-m "slow or not slow"`.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.modules.build import build
from archc.modules.materialize import materialize
from archc.plan.groups.partition import parameter_groups
from archc.plan.plan import Plan
from archc.source.document.document import read_text
from archc.source.document.load import load
from archc.spec.train import Train
from archc.weights.files import save_weights
from tests.parity.specs import classifier, compiled
from tests.parity.test_fastai import (
    CLOSE,
    _our_layers,
    _their_layers,
    compare_starts,
    distance,
    pairs,
    share,
)

MODELS = (
    "alexnet",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "squeezenet1_0",
    "squeezenet1_1",
    "vgg11_bn",
    "vgg13_bn",
    "vgg16_bn",
    "vgg19_bn",
)
IN_EVERY_RUN = ("alexnet", "densenet121", "resnet18", "squeezenet1_1", "vgg11_bn")
SIZE = (64, 96)


@pytest.fixture(scope="module")
def fastai() -> SimpleNamespace:
    """fastai's table, and its own body and head of a model in it, with the head started as it starts it."""
    pytest.importorskip("fastai", reason="fastai is not installed: it is in the dev group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torchvision.models
        from fastai.layers import apply_init
        from fastai.vision.learner import create_body, create_head, model_meta, num_features_model

    meta = {function.__name__: entry for function, entry in model_meta.items()}

    def model(name: str, seed: int = 0) -> nn.Module:
        torch.manual_seed(seed)
        made: nn.Module = getattr(torchvision.models, name)(weights=None)
        return made

    def body(name: str, n_in: int = 3, pretrained: bool = False, seed: int = 0) -> nn.Module:
        made: nn.Module = create_body(
            model(name, seed), n_in=n_in, pretrained=pretrained, cut=meta[name]["cut"]
        )
        return made

    def features(name: str) -> int:
        return int(num_features_model(nn.Sequential(*body(name).children())))

    def whole(name: str, classes: int = 5) -> nn.Module:
        head = create_head(features(name), classes)
        apply_init(head, nn.init.kaiming_normal_)
        return nn.Sequential(body(name), head)

    return SimpleNamespace(
        meta=meta, model=model, body=body, features=features, whole=whole, head=create_head
    )


def _models() -> list[Any]:
    return [pytest.param(name, marks=() if name in IN_EVERY_RUN else pytest.mark.slow) for name in MODELS]


def plan_of(fastai: SimpleNamespace, name: str, **more: Any) -> Plan:
    """The plan of a classifier over the body cut at fastai's own number."""
    body = more.pop("body", "")
    cut = f"cut = {fastai.meta[name]['cut']}\n{body}"
    return compiled(classifier(f"torchvision/{name}", SIZE, classes=5, body=cut, **more)).plan


def test_these_are_all_that_torchvision_has_of_fastais_table(fastai: SimpleNamespace) -> None:
    import torchvision.models

    known = {name for name in fastai.meta if hasattr(torchvision.models, name)}
    assert known == set(MODELS)
    assert {name for name in fastai.meta if name not in known} == {
        name for name in fastai.meta if name.startswith("xresnet")
    }


@pytest.mark.parametrize("name", _models())
def test_cut_features_and_head_are_fastais(fastai: SimpleNamespace, name: str) -> None:
    plan, theirs = plan_of(fastai, name), fastai.whole(name)
    features = fastai.features(name)
    [cut] = [body.cut for body in plan.bodies]
    children = [child for child, _ in fastai.model(name).named_children()]
    assert cut == children[: fastai.meta[name]["cut"]][-1]
    last = [node for node in plan.nodes if node.module.startswith("body.")][-1]
    assert last.out.shape[1] == features
    assert _our_layers(plan) == _their_layers(theirs[1])


@pytest.mark.parametrize("name", _models())
def test_with_equal_weights_the_output_is_equal(fastai: SimpleNamespace, name: str) -> None:
    theirs, ours = fastai.whole(name), build(plan_of(fastai, name), initialize=False)
    share(theirs, ours)
    image = torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(1))
    assert distance(theirs, ours, image) <= CLOSE


@pytest.mark.parametrize("name", _models())
def test_groups_are_those_of_fastais_splitter(fastai: SimpleNamespace, name: str) -> None:
    """Equal as sets of parameters, group by group."""
    plan, theirs = plan_of(fastai, name), fastai.whole(name)
    ours = build(plan, initialize=False)
    keys = {id(p): key for key, p in ours.named_parameters()}
    key_of = {id(p): keys[id(q)] for _, p, q in pairs(theirs, ours) if isinstance(p, nn.Parameter)}
    wanted = [{key_of[id(p)] for p in group} for group in fastai.meta[name]["split"](theirs)]
    groups = parameter_groups(plan, Train(phases=(), groups="per_stage"))
    assert [set(group.parameters) for group in groups] == wanted
    assert sum(map(len, wanted)) == len(keys)


@pytest.mark.parametrize("name", _models())
def test_it_starts_as_fastais_starts(fastai: SimpleNamespace, name: str) -> None:
    torch.manual_seed(0)
    compare_starts(fastai.whole(name), build(plan_of(fastai, name), seed=0))


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("name", ["alexnet", "densenet121", "squeezenet1_1", "vgg11_bn"])
def test_other_channels_are_adapted_to_as_fastai_does(
    fastai: SimpleNamespace, name: str, channels: int, tmp_path: Path
) -> None:
    """But for the first layer's bias, which fastai draws anew and archc keeps."""
    state = {key: tensor.clone() for key, tensor in fastai.model(name, seed=3).state_dict().items()}
    save_weights(tmp_path / "weights.safetensors", state)
    theirs = fastai.body(name, n_in=channels, pretrained=True, seed=3)
    weights = json.dumps((tmp_path / "weights.safetensors").as_posix())
    plan = plan_of(fastai, name, body=f"weights = {weights}", channels=channels)
    ours = materialize(plan, seed=0).get_submodule("body")
    found = [(key, p, q) for key, (_, p, q) in zip(ours.state_dict(), pairs(theirs, ours), strict=True)]
    first = found[0][0].rpartition(".")[0]
    for key, p, q in found:
        if key == f"{first}.bias":
            assert torch.equal(q, state[key])
        else:
            assert torch.equal(p, q), key


TUTORIAL = """
archc = 1
[inputs.left]
size = [64, 96]
[inputs.right]
size = [64, 96]
[model]
kind = "siamese"
merge = "concat"
[model.body]
ref = "torchvision/resnet34"
cut = -2
"""


class _Tutorial(nn.Module):
    """The tutorial's model: one encoder, its two maps side by side, a head for twice the features."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        both = torch.cat([self.encoder(left), self.encoder(right)], dim=1)
        scores: Tensor = self.head(both)
        return scores


def test_the_siamese_tutorials_model_is_a_short_spec(fastai: SimpleNamespace) -> None:
    theirs = _Tutorial(fastai.body("resnet34"), fastai.head(1024, 2, ps=0.5))
    plan = compiled(TUTORIAL).plan
    ours = build(plan, initialize=False)
    share(theirs, ours)
    images = [torch.rand(2, 3, *SIZE, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    with torch.no_grad():
        wanted, found = theirs.eval()(*images), ours.eval()(*images)
        turned = ours(*reversed(images))
    assert float((wanted - found).abs().max() / wanted.abs().max()) <= CLOSE
    assert not torch.allclose(found, turned), "which image is left matters"
    groups = parameter_groups(plan, Train(phases=(), groups="body_head"))
    counts = [sum(p.numel() for p in part.parameters()) for part in (theirs.encoder, theirs.head)]
    sizes = {key: p.numel() for key, p in ours.named_parameters()}
    assert [sum(sizes[key] for key in group.parameters) for group in groups] == counts
    assert _our_layers(plan) == _their_layers(theirs.head)


def test_a_spec_for_a_table_entry_is_read_alike_by_number_and_name() -> None:
    text: Callable[[str], str] = lambda cut: classifier("torchvision/resnet18", SIZE, body=f"cut = {cut}")  # noqa: E731
    by_number, by_name = (compiled(text(cut)).plan for cut in ("-2", '"layer4"'))
    assert by_number == by_name
    assert load(read_text(text("-2"), "spec.toml")) != load(read_text(text('"layer4"'), "spec.toml"))
