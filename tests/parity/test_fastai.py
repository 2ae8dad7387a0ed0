"""With equal weights, archc's nets compute what fastai's compute; without, they start as fastai's start.

The options that take long are slow: `python -m pytest -m "slow or not slow" tests/parity/test_fastai.py`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.modules.build import build
from archc.modules.materialize import materialize
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.weights.assign import adapt_input_channels
from archc.weights.files import save_weights
from tests.parity.specs import Size, classifier, compiled, settings, unet

CLOSE = 1e-5
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "blur": {"blur": True},
    "self_attention": {"self_attention": True},
    "no_cross": {"last_cross": False},
    "blur_but_last_and_range": {"blur": True, "blur_final": False, "output_range": [-1.0, 2.0]},
}
HEADS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "hidden": ({"hidden": [256, 128]}, {"lin_ftrs": [256, 128]}),
    "one_linear": ({"hidden": []}, {"lin_ftrs": []}),
    "dropouts": (
        {"hidden": [64, 32], "dropout": [0.1, 0.2, 0.3]},
        {"lin_ftrs": [64, 32], "ps": [0.1, 0.2, 0.3]},
    ),
    "no_dropout": ({"dropout": 0.0}, {"ps": 0.0}),
    "linear_first": ({"linear_first": True}, {"lin_first": True}),
    "linear_first_deep": (
        {"linear_first": True, "hidden": [64, 32], "dropout": [0.1, 0.2, 0.3], "first_norm": False},
        {"lin_first": True, "lin_ftrs": [64, 32], "ps": [0.1, 0.2, 0.3], "first_bn": False},
    ),
    "no_first_norm": ({"first_norm": False}, {"first_bn": False}),
    "final_norm": ({"final_norm": True}, {"bn_final": True}),
    "mean_pool": ({"pool": "avg"}, {"concat_pool": False}),
    "range": ({"output_range": [-1.0, 2.0]}, {"y_range": (-1.0, 2.0)}),
    "range_behind_norm": (
        {"output_range": [0.0, 5.0], "final_norm": True},
        {"y_range": (0.0, 5.0), "bn_final": True},
    ),
}
LAYERS = {
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_concat_pool2d": "AdaptiveConcatPool2d",
    "flatten": "Flatten",
    "relu": "ReLU",
}
RESNET18 = "torchvision/resnet18"


@pytest.fixture(scope="module")
def fastai() -> SimpleNamespace:
    """What of fastai is compared with; its import takes some ten seconds."""
    pytest.importorskip("fastai", reason="fastai is not installed: it is in the dev group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torchvision.models
        from fastai.layers import apply_init
        from fastai.vision.learner import _update_first_layer, create_body, create_head
        from fastai.vision.models.unet import DynamicUnet

    def body(name: str) -> nn.Module:
        made: nn.Module = create_body(
            getattr(torchvision.models, name)(weights=None), pretrained=False, cut=-2
        )
        return made

    def dynamic_unet(name: str, size: Size, classes: int, options: dict[str, Any]) -> nn.Module:
        renamed = {("y_range" if key == "output_range" else key): value for key, value in options.items()}
        made: nn.Module = DynamicUnet(body(name), classes, size, **renamed)
        return made

    def headed(**options: Any) -> nn.Module:
        head = create_head(512, 5, **options)
        apply_init(head, nn.init.kaiming_normal_)
        return nn.Sequential(body("resnet18"), head)

    return SimpleNamespace(
        unet=dynamic_unet, classifier=headed, body=body, create_body=create_body, adapt=_update_first_layer
    )


def holders(module: nn.Module) -> list[nn.Module]:
    """The modules that own tensors, in order."""
    return [part for part in module.modules() if part._parameters or part._buffers]


def own(part: nn.Module) -> dict[str, Tensor]:
    """A module's own tensors, without those of modules in it."""
    every = part._parameters | part._buffers
    return {name: tensor for name, tensor in every.items() if tensor is not None}


def pairs(theirs: nn.Module, ours: nn.Module) -> list[tuple[str, Tensor, Tensor]]:
    """Every tensor of both, which have them in one order and in the same shapes."""
    left, right = holders(theirs), holders(ours)
    assert len(left) == len(right)
    found = []
    for a, b in zip(left, right, strict=True):
        first, second = own(a), own(b)
        assert [t.shape for t in first.values()] == [t.shape for t in second.values()], (a, b)
        found += [(name, p, q) for (name, p), q in zip(first.items(), second.values(), strict=True)]
    return found


@torch.no_grad()
def share(theirs: nn.Module, ours: nn.Module, seed: int = 0) -> None:
    """Random numbers in both: weights that keep activations alive, norms' statistics off their start."""
    generator = torch.Generator().manual_seed(seed)
    for name, p, q in pairs(theirs, ours):
        if p.is_floating_point():
            spread, middle = (0.5, 0.75) if name in ("running_var", "weight") and p.ndim == 1 else (0.1, 0.0)
            if p.ndim > 1:
                spread = float((24 / p[0].numel()) ** 0.5)  # uniform, with the variance 2 / fan in
            p.copy_((torch.rand(p.shape, generator=generator) - 0.5) * spread + middle)
        q.copy_(p)


@torch.no_grad()
def distance(theirs: nn.Module, ours: nn.Module, image: Tensor) -> float:
    """The largest difference of the outputs over the largest output."""
    wanted = theirs.eval()(image).as_subclass(Tensor)
    found = ours.eval()(image)
    assert wanted.shape == found.shape
    assert wanted.std() > 0
    return float((wanted - found).abs().max() / wanted.abs().max())


def _unet_cases() -> list[Any]:
    return [
        pytest.param(
            name, size, option, id=f"{name}-{size[0]}x{size[1]}-{option}", marks=_marks(name, size, option)
        )
        for name in ("resnet18", "resnet34", "resnet50")
        for size in ((64, 64), (65, 97))
        for option in OPTIONS
    ]


def _marks(name: str, size: Size, option: str) -> Any:
    """In every run: all of resnet18, and resnet34 at the odd size; resnet50 has 339 million parameters."""
    often = name == "resnet18" or (name == "resnet34" and size == (65, 97))
    return () if often else pytest.mark.slow


@pytest.mark.parametrize(("name", "size", "option"), _unet_cases())
def test_a_unet_computes_what_dynamic_unet_computes(
    fastai: SimpleNamespace, name: str, size: Size, option: str
) -> None:
    options = OPTIONS[option]
    plan = compiled(unet(f"torchvision/{name}", size, decoder=settings(options))).plan
    theirs = fastai.unet(name, size, 5, options)
    ours = build(plan, initialize=False)
    share(theirs, ours)
    image = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1))
    assert distance(theirs, ours, image) <= CLOSE
    assert _count(theirs) == _count(ours) == sum(t.size for t in named_parameters(plan))


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("name", "count"), [("resnet18", 31_116_008), ("resnet34", 41_224_168), ("resnet50", 339_078_760)]
)
def test_unets_have_as_many_parameters_as_fastais(name: str, count: int) -> None:
    plan = compiled(unet(f"torchvision/{name}", (64, 64), classes=32)).plan
    assert sum(t.size for t in named_parameters(plan)) == count


@pytest.mark.parametrize("variant", HEADS)
def test_a_classifier_has_the_layers_of_create_head_and_computes_the_same(
    fastai: SimpleNamespace, variant: str
) -> None:
    spec, arguments = HEADS[variant]
    plan = compiled(classifier(RESNET18, (64, 96), classes=5, head=settings(spec))).plan
    theirs = fastai.classifier(**arguments)
    assert _our_layers(plan) == _their_layers(theirs[1])
    ours = build(plan, initialize=False)
    share(theirs, ours)
    assert distance(theirs, ours, torch.rand(3, 3, 64, 96)) <= CLOSE


def _our_layers(plan: Plan) -> list[tuple[Any, ...]]:
    """The head's layers with their settings; a dropout of 0, which fastai leaves out, is left out."""
    found: list[tuple[Any, ...]] = []
    for node in plan.nodes:
        op: Any = node.op
        if not node.module.startswith("head."):
            continue
        match op.op:
            case "dropout":
                found += [("Dropout", op.p)] if op.p else []
            case "linear":
                found.append(("Linear", op.in_features, op.out_features, op.bias))
            case "batch_norm1d":
                found.append(("BatchNorm1d", op.num_features, op.momentum, op.eps))
            case "output_range":
                found.append(("SigmoidRange", op.low, op.high))
            case other:
                found.append((LAYERS[other],))
    return found


def _their_layers(head: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for layer in [
        part for child in head for part in (child if isinstance(child, nn.Sequential) else (child,))
    ]:
        name = type(layer).__name__
        match name:
            case "Dropout":
                found.append((name, layer.p))
            case "Linear":
                found.append((name, layer.in_features, layer.out_features, layer.bias is not None))
            case "BatchNorm1d":
                found.append((name, layer.num_features, layer.momentum, layer.eps))
            case "SigmoidRange":
                found.append((name, layer.low, layer.high))
            case _:
                found.append((name,))
    return found


@pytest.mark.parametrize("channels", [1, 2, 4, 6])
def test_first_layers_are_adapted_to_other_channels_as_fastai_does(
    fastai: SimpleNamespace, channels: int, tmp_path: Path
) -> None:
    import torchvision.models

    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None)
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    save_weights(tmp_path / "resnet18.safetensors", state)
    theirs = fastai.create_body(model, n_in=channels, pretrained=True, cut=-2)
    body = f'weights = "{(tmp_path / "resnet18.safetensors").as_posix()}"'
    plan = compiled(classifier(RESNET18, (64, 64), body=body, channels=channels)).plan
    ours = materialize(plan, seed=0).get_submodule("body")
    assert torch.equal(theirs[0].weight, adapt_input_channels(state["conv1.weight"], channels))
    for (_, p), (_, q) in zip(theirs.state_dict().items(), ours.state_dict().items(), strict=True):
        assert torch.equal(p, q)


def test_a_bias_of_the_first_layer_is_kept_which_fastai_draws_anew(tmp_path: Path) -> None:
    import torchvision.models

    state = torchvision.models.alexnet(weights=None).state_dict()
    save_weights(tmp_path / "alexnet.safetensors", state)
    body = f'weights = "{(tmp_path / "alexnet.safetensors").as_posix()}"'
    plan = compiled(classifier("torchvision/alexnet", (64, 64), body=body, channels=1)).plan
    ours = materialize(plan, seed=0).state_dict()
    assert torch.equal(ours["body.features.0.bias"], state["features.0.bias"])
    assert torch.equal(ours["body.features.0.weight"], state["features.0.weight"].sum(1, keepdim=True))


@pytest.mark.parametrize("option", ["plain", "self_attention"])
def test_a_unet_starts_as_dynamic_unet_starts(fastai: SimpleNamespace, option: str) -> None:
    torch.manual_seed(0)
    options = OPTIONS[option]
    theirs = fastai.unet("resnet18", (64, 64), 64, options)
    ours = build(compiled(unet(RESNET18, (64, 64), classes=64, decoder=settings(options))).plan, seed=0)
    compare_starts(theirs, ours)


@pytest.mark.parametrize("variant", ["plain", "linear_first", "final_norm", "dropouts"])
def test_a_head_starts_as_fastais_starts(fastai: SimpleNamespace, variant: str) -> None:
    torch.manual_seed(0)
    spec, arguments = HEADS[variant]
    ours = build(compiled(classifier(RESNET18, (64, 64), classes=5, head=settings(spec))).plan, seed=0)
    compare_starts(fastai.classifier(**arguments), ours)


def compare_starts(theirs: nn.Module, ours: nn.Module) -> None:
    """Constants are equal; what is drawn has the same spread, and the same form: normal or uniform."""
    keys = iter(ours.state_dict())
    for name, p, q in pairs(theirs, ours):
        key = next(keys)
        if name.startswith(("weight_u", "weight_v")):
            continue  # estimates of singular vectors, which power iteration moves
        if p.numel() == 1 or p.float().std() == 0:
            assert torch.equal(p, q), key
            continue
        far = 6 / (2 * p.numel()) ** 0.5
        assert float(q.std() / p.std()) == pytest.approx(1, abs=max(far, 0.01) * _repeats(key)), key
        assert abs(float(q.mean() - p.mean())) <= 6 * float(p.std()) * (2 / p.numel()) ** 0.5 * _repeats(
            key
        ), key
        if p.numel() > 2000:
            assert (float(p.abs().max() / p.std()) > 2.5) == (float(q.abs().max() / q.std()) > 2.5), key


def _repeats(key: str) -> float:
    """How much wider the spread of an estimate is where four numbers in a row are one."""
    return 2.0 if ".up.conv" in key or ".final." in key else 1.0


def test_sub_pixels_start_equal(fastai: SimpleNamespace) -> None:
    theirs = fastai.unet("resnet18", (64, 64), 5, {})
    ours = build(compiled(unet(RESNET18, (64, 64))).plan, seed=3)
    both = zip(_shuffled(theirs), _shuffled(ours), strict=True)
    seen = 0
    for p, q in both:
        for weight in (p, q):
            grouped = weight.reshape(-1, 4, *weight.shape[1:])
            assert torch.equal(grouped, grouped[:, :1].expand_as(grouped))
            assert not torch.equal(grouped[0], grouped[1])
        seen += 1
    assert seen == 5


def _shuffled(module: nn.Module) -> list[Tensor]:
    """The kernels in front of pixel shuffles."""
    convolutions: list[Tensor] = []
    found: list[Tensor] = []
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            convolutions.append(part.weight)
        elif isinstance(part, nn.PixelShuffle):
            found.append(convolutions[-1])
    return found


def test_new_norms_start_with_a_bias_of_a_thousandth() -> None:
    unet_state = build(compiled(unet(RESNET18, (64, 64))).plan, seed=0).state_dict()
    head_state = build(compiled(classifier(RESNET18, (64, 64))).plan, seed=0).state_dict()
    for state, key in (
        (unet_state, "decoder.norm"),
        (unet_state, "decoder.blocks.0.skip_norm"),
        (head_state, "head.2"),
    ):
        assert torch.equal(state[f"{key}.bias"], torch.full_like(state[f"{key}.bias"], 1e-3))
        assert torch.equal(state[f"{key}.weight"], torch.ones_like(state[f"{key}.weight"]))
    assert not unet_state["body.bn1.bias"].any()
