"""Plan to nn.Module: paths, sharing, forward, and what torch does with modules."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import weakref
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archc.modules.build import build
from archc.ops.dims import evaluate
from archc.ops.facts import buffers, parameters
from archc.plan.plan import Plan
from archc.spec import layers as ops
from tests.modules.plans import Sketch, resnet


def _siamese() -> Plan:
    s = Sketch()
    ends = []
    for side in ("left", "right"):
        x = s.image(side)
        x = s.add(f"conv@{side}", ops.Conv2d(out_channels=4, kernel_size=3), x, module="encoder.conv")
        ends.append(s.add(f"norm@{side}", ops.BatchNorm2d(), x, module="encoder.norm"))
    apart = s.add("apart", ops.AbsDifference(), *ends)
    return s.plan(apart=apart, left=ends[0])


@pytest.mark.parametrize("size", [(32, 32), (33, 65), (7, 40)])
def test_every_value_has_the_predicted_shape(size: tuple[int, int]) -> None:
    plan = resnet()
    values = build(plan, seed=0).forward_values(torch.randn(2, 3, *size))
    sizes = {"n": 2, "h": size[0], "w": size[1]}
    assert {k: tuple(v.shape) for k, v in values.items()} == {
        node.name: tuple(evaluate(d, sizes) for d in node.out.shape) for node in plan.nodes
    }


def test_state_dict_is_the_plans_parameters_and_buffers_in_order() -> None:
    plan = resnet()
    wanted = {
        f"{node.module}.{name}": shape
        for node in plan.modules()
        for name, shape in (*parameters(node.op), *buffers(node.op))
    }
    assert {k: tuple(v.shape) for k, v in build(plan).state_dict().items()} == wanted
    assert list(build(plan).state_dict()) == list(wanted)


def test_submodules_are_at_the_plans_paths() -> None:
    module = build(resnet())
    assert type(module.get_submodule("body.layer1.0.conv1")) is nn.Conv2d
    assert type(module.get_submodule("body.layer1.0.relu")) is nn.ReLU
    assert "body.layer1.0.add" not in dict(module.named_modules())


def test_forward_is_the_written_out_computation() -> None:
    module = build(resnet((1,)), seed=0).eval()
    x = torch.randn(2, 3, 33, 40)
    at = module.get_submodule
    y = F.max_pool2d(at("body.bn1")(at("body.conv1")(x)).relu(), 3, 2, 1)
    z = at("body.layer1.0.bn1")(at("body.layer1.0.conv1")(y)).relu()
    y = (at("body.layer1.0.bn2")(at("body.layer1.0.conv2")(z)) + y).relu()
    assert torch.equal(module(x), at("head.2")(y.mean((2, 3), keepdim=True).flatten(1)))


def test_several_outputs_come_by_name() -> None:
    made = build(_siamese(), seed=0)(torch.randn(1, 3, 8, 8), torch.randn(1, 3, 8, 8))
    assert list(made) == ["apart", "left"]
    assert made["apart"].shape == (1, 4, 8, 8)


def test_inputs_by_name_or_in_order() -> None:
    module = build(_siamese(), seed=0).eval()
    a, b = torch.randn(1, 3, 8, 8), torch.randn(1, 3, 8, 8)
    wanted = module(a, b)["left"]
    assert torch.equal(module(right=b, left=a)["left"], wanted)
    assert torch.equal(module(a, right=b)["left"], wanted)
    for wrong in (
        lambda: module(a),
        lambda: module(a, left=b),
        lambda: module(a, b, b),
        lambda: module(a, up=b),
    ):
        with pytest.raises(TypeError, match="left, right"):
            wrong()


def test_an_input_may_be_an_output() -> None:
    s = Sketch()
    image = s.image()
    x = torch.randn(1, 3, 4, 4)
    made = build(s.plan(image, s.add("twice", ops.Add(), image, image)))(x)
    assert torch.equal(made["image"], x)
    assert torch.equal(made["twice"], x + x)


def test_one_path_is_one_set_of_weights() -> None:
    module = build(_siamese(), seed=0)
    assert list(module.state_dict()) == [
        *("encoder.conv.weight", "encoder.conv.bias", "encoder.norm.weight", "encoder.norm.bias"),
        *("encoder.norm.running_mean", "encoder.norm.running_var", "encoder.norm.num_batches_tracked"),
    ]
    x = torch.randn(2, 3, 8, 8)
    made = module.eval()(x, x)
    assert not made["apart"].any()
    module.train()(x, x)
    assert module.state_dict()["encoder.norm.num_batches_tracked"] == 2


def test_two_different_layers_at_one_path_are_refused() -> None:
    s = Sketch()
    x = s.add("a", ops.Conv2d(out_channels=3, kernel_size=3), s.image(), module="conv")
    plan = s.plan(s.add("b", ops.Conv2d(out_channels=4, kernel_size=3), x, module="conv"))
    with pytest.raises(ValueError, match="`conv`"):
        build(plan)


def test_a_layer_that_holds_layers_is_refused() -> None:
    s = Sketch()
    x = s.add("a", ops.Conv2d(out_channels=3, kernel_size=3), s.image(), module="head")
    plan = s.plan(s.add("b", ops.Conv2d(out_channels=4, kernel_size=3), x, module="head.conv"))
    with pytest.raises(ValueError, match="`head`"):
        build(plan)


def test_ops_without_state_need_no_place_of_their_own() -> None:
    """Functions called in a library's `forward` have the path of their caller, or none."""
    s = Sketch()
    x = s.add("body.conv", ops.Conv2d(out_channels=3, kernel_size=3), s.image())
    x = s.add("body.dropped", ops.Dropout(), x, module="body")
    x = s.add("rectified", ops.Relu(), x, module="")
    x = s.add("pooled", ops.MaxPool2d(kernel_size=2), x, module="")
    module = build(s.plan(x), seed=0)
    assert list(dict(module.named_modules())) == [
        "",
        "body",
        "body.conv",
        "body.dropped",
        "rectified",
        "pooled",
    ]
    x = torch.randn(1, 3, 8, 8)
    assert not torch.equal(module(x), module.eval()(x))
    assert torch.equal(module(x), module(x))


@pytest.mark.parametrize(
    "name", ["type", "forward", "register_buffer", "_modules", "half", "inputs", "_program"]
)
def test_paths_that_nn_module_has_names_for(name: str) -> None:
    s = Sketch()
    x = s.add(f"{name}.{name}", ops.Conv2d(out_channels=3, kernel_size=1), s.image())
    x = s.add(f"body.{name}.0", ops.BatchNorm2d(), x)
    gain = s.add(f"{name}.weight", ops.Parameter(shape=(3, 1, 1)))
    module = build(s.plan(s.add("out", ops.Multiply(), x, gain)), seed=0)
    assert f"{name}.{name}.weight" in module.state_dict()
    assert {k for k, _ in module.named_parameters()} >= {f"{name}.weight", f"body.{name}.0.bias"}
    other = copy.deepcopy(module)
    other.load_state_dict({k: torch.ones_like(v) for k, v in module.state_dict().items()})
    x = torch.randn(1, 3, 4, 4)
    other.eval().to(torch.float64)(x.double()).sum().backward()
    assert all(p.grad is not None and p.dtype == torch.float64 for p in other.parameters())
    assert not torch.equal(module.eval()(x), other(x.double()).float())


@pytest.mark.parametrize("path", ["training", "body.training.0", "body.training"])
def test_the_one_name_that_cannot_be(path: str) -> None:
    s = Sketch()
    plan = s.plan(s.add(path, ops.Conv2d(out_channels=3, kernel_size=1), s.image()))
    with pytest.raises(ValueError, match="`training`"):
        build(plan)


def _parameter_plan() -> Plan:
    s = Sketch()
    x = s.add("conv", ops.Conv2d(out_channels=3, kernel_size=1), s.image())
    return s.plan(s.add("sum", ops.Add(), x, s.add("body.bias", ops.Parameter(shape=(3, 1, 1)))))


def test_a_parameter_is_read_where_it_stands_now() -> None:
    module = build(_parameter_plan(), seed=0)
    x = torch.randn(1, 3, 4, 4)
    before = module(x)
    module.load_state_dict(module.state_dict() | {"body.bias": torch.full((3, 1, 1), 2.0)}, assign=True)
    assert torch.allclose(module(x), before + 2)
    module(x).sum().backward()
    assert module.get_parameter("body.bias").grad is not None


def test_a_module_put_in_anothers_place_is_the_one_that_runs() -> None:
    module = build(resnet(), seed=0)
    module.get_submodule("head").add_module("2", nn.Linear(16, 9))
    assert module(torch.randn(2, 3, 32, 32)).shape == (2, 9)


def test_values_are_freed_after_their_last_reader() -> None:
    s = Sketch()
    x = first = s.add("first", ops.Identity(), s.add("start", ops.Tanh(), s.image()))
    alive: list[int] = []
    for index in range(4):
        x = s.add(f"step{index}", ops.Tanh(), x)
    module = build(s.plan(s.add("join", ops.Add(), x, first)))
    seen: list[weakref.ref[Tensor]] = []

    def watch(_: nn.Module, __: object, out: Tensor) -> None:
        alive.append(sum(ref() is not None for ref in seen))
        seen.append(weakref.ref(out))

    for index in range(4):
        module.get_submodule(f"step{index}").register_forward_hook(watch)
    gc.disable()  # freed by count, not by luck
    with torch.no_grad():
        module(torch.randn(1, 3, 4, 4))
    gc.enable()
    assert alive == [0, 1, 1, 1]  # only the value that is being read


def test_values_by_name() -> None:
    module = build(resnet(), seed=0).eval()
    x = torch.randn(1, 3, 32, 32)
    assert list(module.forward_values(x, only=["head.1", "body.relu"])) == ["body.relu", "head.1"]
    assert torch.equal(module.forward_values(x)["head.2"], module(x))
    with pytest.raises(KeyError, match="nothing"):
        module.forward_values(x, only=["nothing"])


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_copies_are_whole_and_apart(copied: Callable[[nn.Module], nn.Module]) -> None:
    module = build(_siamese(), seed=0)
    x = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8)
    module(*x)["apart"].sum().backward()  # also after training
    other = copied(module)
    assert torch.equal(module.eval()(*x)["apart"], other.eval()(*x)["apart"])
    with torch.no_grad():
        for p in other.parameters():
            p.add_(1)
    assert not torch.equal(module(*x)["left"], other(*x)["left"])


def test_on_the_meta_device() -> None:
    made = build(resnet(), device="meta")(torch.empty(2, 3, 32, 32, device="meta"))
    assert made.device.type == "meta"
    assert made.shape == (2, 5)


def test_a_plan_is_not_changed_and_builds_again() -> None:
    plan = resnet()
    before = replace(plan)
    first, second = build(plan, seed=0), build(plan, seed=0)
    assert plan == before
    assert first.get_parameter("head.2.weight") is not second.get_parameter("head.2.weight")


_FRESH = """
import sys
from archc.modules.build import build
from tests.modules.plans import resnet
build(resnet(), seed=0)
print([name for name in ("torchvision", "torch._dynamo", "pydantic", "timm", "onnx") if name in sys.modules])
"""


def test_a_build_imports_no_more_than_torch(
    fresh_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = fresh_python("-c", _FRESH)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_compiles_as_one_graph(training: bool) -> None:
    module = build(_busy(), seed=0).train(training)
    other = copy.deepcopy(module)
    compiled = torch.compile(other, fullgraph=True, backend="aot_eager")
    for size in ((2, 3, 16, 16), (2, 3, 24, 20)):
        x = torch.randn(size)
        a, b = module(x), compiled(x)
        assert torch.allclose(a, b, atol=1e-5)
        a.square().sum().backward()
        b.square().sum().backward()
    for (name, p), q in zip(module.named_parameters(), other.parameters(), strict=True):
        assert p.grad is not None
        assert q.grad is not None
        assert torch.allclose(p.grad, q.grad, rtol=1e-3, atol=1e-4), name


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_exports_for_any_size(training: bool) -> None:
    module = build(_busy(), seed=0).train(training)
    n = torch.export.Dim("n", min=2, max=4096)
    h, w = (torch.export.Dim(name, min=8, max=4096) for name in "hw")
    exported = torch.export.export(
        module, (torch.randn(2, 3, 17, 30),), dynamic_shapes={"inputs": (({0: n, 2: h, 3: w}),)}
    )
    x = torch.randn(3, 3, 40, 21)
    assert torch.allclose(exported.module()(x), copy.deepcopy(module)(x), atol=1e-5)


def _busy() -> Plan:
    """A little of everything that a U-Net, a ViT and a ShuffleNet hold."""
    s = Sketch()
    image = s.image()
    skip = s.add("enc.relu", ops.Relu(), s.add("enc.conv", ops.Conv2d(out_channels=16, kernel_size=3), image))
    x = s.add("enc.pool", ops.MaxPool2d(kernel_size=2), skip)
    x = s.add("attend", ops.SelfAttention2d(), s.add("norm", ops.BatchNorm2d(), x))
    x = s.add("shuffle", ops.ChannelShuffle(groups=4), x)
    x = s.add(
        "up", ops.PixelShuffle(upscale_factor=2), s.add("wide", ops.Conv2d(out_channels=32, kernel_size=1), x)
    )
    x = s.add("blur", ops.BlurPool2d(), x)
    x = s.add("join", ops.Concat(), s.add("resize", ops.ResizeLike(), x, skip), skip, image)
    x = s.add("scaled", ops.Multiply(), x, s.add("gain", ops.Parameter(shape=(27, 1, 1))))
    x = s.add("pooled", ops.AdaptiveConcatPool2d(output_size=(2, 2)), s.add("ln", ops.LayerNorm2d(), x))
    x = s.add("tokens", ops.Permute(dims=(0, 2, 1)), s.add("rows", ops.Flatten(start_dim=2), x))
    token = s.add("token", ops.Parameter(shape=(1, 1, 54)))
    x = s.add("all", ops.Concat(dim=1), s.add("tokened", ops.ExpandBatch(), token, x), x)
    x = s.add("heads", ops.MultiheadAttention(num_heads=3), x)
    return s.plan(s.add("first", ops.Select(dim=1, index=0), s.add("last", ops.LayerNorm(), x)))
