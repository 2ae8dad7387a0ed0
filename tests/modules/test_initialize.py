"""How numbers start: by the seed alone, with the spread that each initializer promises."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from archc.modules.build import build
from archc.modules.initialize import initialize
from archc.ops.initializers import Init
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Op
from tests.modules.plans import Sketch, resnet


def _weight(how: Init, seed: int = 0, out: int = 64) -> Tensor:
    s = Sketch()
    plan = s.plan(
        s.add("conv", ops.Conv2d(out_channels=out, kernel_size=3), s.image(channels=32), weight=how)
    )
    return build(plan, seed=seed).get_parameter("conv.weight").detach()


FAN_IN, FAN_OUT = 32 * 9, 64 * 9


@pytest.mark.parametrize(
    ("how", "mean", "std"),
    [
        (Init(kind="normal", mean=0.5, std=0.2), 0.5, 0.2),
        (Init(kind="trunc_normal", std=0.02), 0.0, 0.02),
        (Init(kind="trunc_normal", std=1.0, low=-1.0, high=1.0), 0.0, 0.5396),
        (Init(kind="uniform", low=-1.0, high=3.0), 1.0, 4 / math.sqrt(12)),
        (Init(kind="kaiming_normal", nonlinearity="relu"), 0.0, math.sqrt(2 / FAN_IN)),
        (Init(kind="kaiming_normal", mode="fan_out", nonlinearity="relu"), 0.0, math.sqrt(2 / FAN_OUT)),
        (Init(kind="kaiming_uniform", a=1.0), 0.0, math.sqrt(1 / FAN_IN)),
        (Init(kind="xavier_normal", gain=2.0), 0.0, 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
        (Init(kind="xavier_uniform"), 0.0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
        (Init(kind="torch_default"), 0.0, math.sqrt(1 / FAN_IN / 3)),
        (Init(kind="icnr", scale=2), 0.0, math.sqrt(2 / FAN_IN)),
    ],
    ids=lambda v: v.kind if isinstance(v, Init) else "",
)
def test_spread_is_what_the_initializer_says(how: Init, mean: float, std: float) -> None:
    weight = _weight(how)
    assert weight.mean().item() == pytest.approx(mean, abs=0.03 * std + 0.02 * abs(mean) + 1e-3)
    assert weight.std().item() == pytest.approx(std, rel=0.04)


def test_constant() -> None:
    assert _weight(Init(kind="constant", value=1e-3)).unique().tolist() == [pytest.approx(1e-3)]


def test_icnr_makes_all_sub_pixels_equal() -> None:
    s = Sketch()
    x = s.image(channels=5)
    x = s.add("up.0", ops.Conv2d(out_channels=3 * 9, kernel_size=1), x, weight=Init(kind="icnr", scale=3))
    module = build(s.plan(s.add("up.1", ops.PixelShuffle(upscale_factor=3), x)), seed=1)
    nn.init.zeros_(module.get_parameter("up.0.bias"))
    made = module(torch.randn(2, 5, 4, 6))
    blocks = made.unflatten(3, (6, 3)).unflatten(2, (4, 3))
    assert torch.equal(blocks, blocks[:, :, :, :1, :, :1].expand_as(blocks))
    assert made.std() > 0.1


DEFAULTS: list[tuple[Op, type[nn.Module], tuple[int, ...]]] = [
    (ops.Conv2d(out_channels=32, kernel_size=3, groups=2), nn.Conv2d, (16, 32, 3, 1, 1, 1, 2)),
    (ops.ConvTranspose2d(out_channels=24, kernel_size=2), nn.ConvTranspose2d, (16, 24, 2)),
    (ops.Linear(out_features=40), nn.Linear, (30, 40)),
]


@pytest.mark.parametrize(("op", "cls", "arguments"), DEFAULTS, ids=lambda v: getattr(v, "op", ""))
def test_default_is_torchs_own(op: Op, cls: type[nn.Module], arguments: tuple[int, ...]) -> None:
    s = Sketch()
    x = s.image(channels=16)
    if isinstance(op, ops.Linear):
        x = s.add("flat", ops.Flatten(), s.add("pool", ops.AdaptiveAvgPool2d(output_size=(1, 1)), x))
        arguments = (16, 40)
    ours = build(s.plan(s.add("layer", op, x)), seed=0).get_submodule("layer")
    torch.manual_seed(0)
    theirs = cls(*arguments)
    for name, parameter in theirs.named_parameters():
        made = ours.get_parameter(name)
        assert made.shape == parameter.shape
        # Uniform between bounds: the largest of many draws is near the bound.
        assert made.abs().max().item() == pytest.approx(parameter.abs().max().item(), rel=0.15)


def test_attention_starts_as_torchs() -> None:
    s = Sketch()
    x = s.add("rows", ops.Flatten(start_dim=2), s.image(channels=4))
    x = s.add("columns", ops.Permute(dims=(0, 2, 1)), x)
    plan = s.plan(s.add("attend", ops.MultiheadAttention(num_heads=2), x))
    ours = build(plan, seed=0).get_submodule("attend").state_dict()
    bound = math.sqrt(6 / (4 + 12))
    assert ours["in_proj_weight"].abs().max() <= bound
    assert not ours["in_proj_bias"].any()
    assert not ours["out_proj.bias"].any()


def test_norms_start_as_the_identity() -> None:
    state = build(resnet(), seed=0).state_dict()
    for name, value in {
        "weight": 1,
        "bias": 0,
        "running_mean": 0,
        "running_var": 1,
        "num_batches_tracked": 0,
    }.items():
        assert (state[f"body.bn1.{name}"] == value).all(), name


def test_spectral_norm_starts_near_the_largest_singular_value() -> None:
    s = Sketch()
    module = build(s.plan(s.add("attend", ops.SelfAttention2d(), s.image(channels=64))), seed=0)
    state = module.state_dict()
    matrix = state["attend.value.weight_orig"].squeeze(2)
    estimate = state["attend.value.weight_u"] @ matrix @ state["attend.value.weight_v"]
    assert estimate.item() == pytest.approx(torch.linalg.matrix_norm(matrix, 2).item(), rel=0.05)
    assert state["attend.gamma"].tolist() == [0.0]


def test_every_tensor_is_given_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    real = torch.empty

    def unlucky(*size: object, **options: object) -> Tensor:
        made = real(*size, **options)  # type: ignore[call-overload]
        return made.fill_(math.nan) if made.is_floating_point() else made

    monkeypatch.setattr(torch, "empty", unlucky)
    s = Sketch()
    x = s.add(
        "attend", ops.SelfAttention2d(), s.add("conv", ops.Conv2d(out_channels=8, kernel_size=1), s.image())
    )
    x = s.add("up", ops.ConvTranspose2d(out_channels=8, kernel_size=2), x)
    x = s.add("scale", ops.Multiply(), x, s.add("gain", ops.Parameter(shape=(8, 1, 1))))
    x = s.add("norm", ops.GroupNorm(num_groups=2), s.add("last", ops.LayerNorm2d(), x))
    state = build(s.plan(x), seed=0).state_dict()
    assert [name for name, tensor in state.items() if not torch.isfinite(tensor).all()] == []


def test_same_seed_same_numbers() -> None:
    first, second, third = (build(resnet(), seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert not torch.equal(first["head.2.weight"], third["head.2.weight"])


def test_without_a_seed_two_builds_differ() -> None:
    first, second = (build(resnet()).state_dict() for _ in range(2))
    assert not torch.equal(first["head.2.weight"], second["head.2.weight"])


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = build(resnet(), seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    second = build(resnet(), seed=3).state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first)


def test_a_tensor_starts_the_same_whatever_else_is_built() -> None:
    small, large = build(resnet((1, 1)), seed=3).state_dict(), build(resnet((1, 2)), seed=3).state_dict()
    assert all(torch.equal(small[k], large[k]) for k in small)


def test_tensors_of_one_shape_differ() -> None:
    state = build(resnet((2,)), seed=3).state_dict()
    assert not torch.equal(state["body.layer1.0.conv1.weight"], state["body.layer1.0.conv2.weight"])


def test_skipped_keys_are_not_touched_and_the_rest_is_as_without() -> None:
    plan = resnet()
    whole = build(plan, seed=3).state_dict()
    rest = build(plan, initialize=False)
    for tensor in rest.state_dict().values():
        tensor.fill_(7)
    generator = torch.Generator().manual_seed(3)
    initialize(rest, plan, generator, skip=lambda key: key.startswith("body."))
    for key, tensor in rest.state_dict().items():
        assert (tensor == 7).all() if key.startswith("body.") else torch.equal(tensor, whole[key]), key


def _parameter_plan(how: Init | None) -> Plan:
    s = Sketch()
    image = s.image()
    bias = s.add("body.bias", ops.Parameter(shape=(3, 1, 1)), **({"": how} if how else {}))
    return s.plan(s.add("sum", ops.Add(), image, bias))


def test_a_parameter_of_its_own_starts_by_its_init_or_at_zero() -> None:
    assert not build(_parameter_plan(None)).get_parameter("body.bias").any()
    ones = build(_parameter_plan(Init(kind="constant", value=1.0))).get_parameter("body.bias")
    assert (ones == 1).all()
