"""The recorder: what it writes is what the library's own models hold and compute, or it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archc.bodies import catalog as bodies
from archc.bodies.catalog import BodyNode, BodyRecord
from archc.bodies.reading import read_record
from archc.files.errors import WorldError
from archc.ops.facts import buffers, infer, parameters
from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.record.build import build
from archc.record.faults import Unrecordable
from archc.record.library import source, torchvision_names
from archc.record.proof import prove
from archc.record.source import Source
from archc.record.text import text_of
from archc.record.write import record, record_all, record_source
from archc.spec import layers as ops

pytest.importorskip("torchvision")

FEW = (
    "resnet18",
    "densenet121",
    "googlenet",
    "shufflenet_v2_x0_5",
    "efficientnet_b0",
    "vit_b_32",
    "convnext_tiny",
    "squeezenet1_1",
    "swin_t",
)


def ref_params(slow: bool = False) -> list[Any]:
    """A few refs in CI; the rest of the 80 under `slow`."""
    rest = [r for r in bodies.names() if r.removeprefix("torchvision/") not in FEW]
    few = [pytest.param(f"torchvision/{name}", id=name) for name in FEW]
    return few + [pytest.param(r, id=r.partition("/")[2], marks=pytest.mark.slow) for r in rest]


def linked(params: list[Any]) -> list[Any]:
    return [p for p in params if not bodies.find(p.values[0]).parts]


def test_all_of_the_librarys_classifiers_are_recorded() -> None:
    assert set(torchvision_names()) == set(bodies.names())


@pytest.mark.parametrize("ref", ref_params())
def test_recording_again_gives_the_shipped_file(ref: str) -> None:
    """The graph may not depend on the version that is installed; addresses of weights may."""
    again = json.loads(text_of(record(ref)))
    shipped = json.loads((bodies.SHIPPED / f"{ref}.json").read_text())
    if again["recorded_with"] == shipped["recorded_with"]:
        assert text_of(record(ref)) == (bodies.SHIPPED / f"{ref}.json").read_text()
    for key in ("recorded_with", "weights", "default_weights"):
        del again[key], shipped[key]
    assert again == shipped


@pytest.mark.parametrize("ref", ref_params())
def test_keys_and_shapes_are_the_librarys_own(ref: str) -> None:
    model = build(source(ref).make).model
    own = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    body = bodies.find(ref)
    assert state_of(body) == own


def state_of(body: BodyRecord) -> dict[str, tuple[int, ...]]:
    """Keys and shapes by the catalog's arithmetic."""
    image, types, state = TensorType((1, 3, *body.size)), list[TensorType](), {}
    for node in body.nodes:
        op, out = infer(node.op, tuple(types[i] if i >= 0 else image for i in node.inputs))
        types.append(out)
        for name, shape in (*parameters(op), *buffers(op)):
            state[f"{node.module}.{name}" if name else node.module] = shape
    return state


@pytest.mark.parametrize("ref", linked(ref_params()))
def test_the_recorded_graph_computes_what_the_library_computes(ref: str) -> None:
    body, model = bodies.find(ref), library_model(ref)
    side = body.size[0] if body.fixed_size else max(body.min_size, 65)
    image = torch.randn(
        2, 3, side, side if body.fixed_size else side + 12, generator=torch.Generator().manual_seed(1)
    )
    seen = watch_outputs(model)
    with torch.no_grad():
        expected = model(image)
        values = execute(body, model.state_dict(), image)
    assert_close(values[-1], expected)
    for path, output in seen.items():
        if path in body.exits:
            assert_close(values[body.exits[path]], output)


@pytest.mark.parametrize("ref", [pytest.param(f"torchvision/{n}", id=n) for n in ("swin_t", "maxvit_t")])
def test_a_body_in_parts_computes_what_the_library_computes(ref: str) -> None:
    assert prove(bodies.find(ref), source(ref).make) < 1e-5


def test_a_part_whose_sizes_follow_another_rule_is_seen() -> None:
    """A Swin merges 33 columns to 17; a rule that rounds down is right at most sizes, and wrong."""
    data = json.loads((bodies.SHIPPED / "torchvision/swin_t.json").read_text())
    merging = next(op for op in data["ops"] if op.get("path") == "features.2")
    assert merging["out"] == [[0, 1, 0], [1, 2, 1], [2, 2, 1], [-1, 1, 192]]
    merging["out"][2] = [2, 2, 0]
    record = read_record(json.dumps(data), "changed", trusted=False)
    with pytest.raises(
        Unrecordable, match=r"`body\.features\.2.*` .* is \(2, 12, 17, 192\), where .* predicts"
    ):
        prove(record, source("torchvision/swin_t").make)


def library_model(ref: str) -> nn.Module:
    """The library's model with random numbers everywhere, running statistics included."""
    model = source(ref).make().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.01)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1, generator=generator)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5, generator=generator)
    return model


def watch_outputs(model: nn.Module) -> dict[str, Tensor]:
    """Filled while the model runs: what the first application of each module returns."""
    seen: dict[str, Tensor] = {}

    def hook_for(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(module: nn.Module, given: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                seen.setdefault(name, output.clone())

        return hook

    for name, module in model.named_modules():
        if name:
            module.register_forward_hook(hook_for(name))
    return seen


def assert_close(found: Tensor, expected: Tensor) -> None:
    scale = expected.abs().max().clamp(min=1e-6)
    assert found.shape == expected.shape
    assert ((found - expected).abs().max() / scale).item() < 1e-5


def execute(body: BodyRecord, state: dict[str, Tensor], image: Tensor) -> list[Tensor]:
    """Every value of the recorded graph, by torch's functions alone."""
    values: list[Tensor] = []
    for node in body.nodes:
        values.append(apply(node, [values[i] if i >= 0 else image for i in node.inputs], state))
    return values


def apply(node: BodyNode, given: list[Tensor], state: dict[str, Tensor]) -> Tensor:
    def own(name: str) -> Tensor | None:
        return state.get(f"{node.module}.{name}")

    op, x = node.op, given[0] if given else torch.empty(0)
    weight, bias = own("weight"), own("bias")
    match op:
        case ops.Conv2d():
            assert weight is not None
            padding = op.padding if op.padding is not None else -1
            return F.conv2d(x, weight, bias, op.stride, padding, op.dilation, op.groups)
        case ops.Linear():
            assert weight is not None
            return F.linear(x, weight, bias)
        case ops.BatchNorm2d():
            return F.batch_norm(x, own("running_mean"), own("running_var"), weight, bias, eps=op.eps)
        case ops.LayerNorm():
            return F.layer_norm(x, x.shape[-1:], weight, bias, op.eps)
        case ops.LayerNorm2d():
            normed = F.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],), weight, bias, op.eps)
            return normed.permute(0, 3, 1, 2)
        case ops.MultiheadAttention():
            attention = nn.MultiheadAttention(x.shape[-1], op.num_heads, batch_first=True).eval()
            names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
            attention.load_state_dict({name: state[f"{node.module}.{name}"] for name in names})
            attended: Tensor = attention(x, x, x, need_weights=False)[0]
            return attended
        case ops.MaxPool2d():
            return F.max_pool2d(x, op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode)
        case ops.AvgPool2d():
            return F.avg_pool2d(x, op.kernel_size, op.stride, op.padding, op.ceil_mode, op.count_include_pad)
        case ops.AdaptiveAvgPool2d():
            return F.adaptive_avg_pool2d(x, op.output_size)
        case ops.Mean():
            return x.mean(op.dims, keepdim=op.keepdim)
        case ops.Add():
            return given[0] + given[1]
        case ops.Multiply():
            return given[0] * given[1]
        case ops.Concat():
            return torch.cat(given, op.dim)
        case ops.Flatten():
            return x.flatten(op.start_dim, op.end_dim)
        case ops.Permute():
            return x.permute(op.dims)
        case ops.Narrow():
            return x.narrow(op.dim, op.start, op.length)
        case ops.Select():
            return x.select(op.dim, op.index)
        case ops.ChannelShuffle():
            return F.channel_shuffle(x, op.groups)
        case ops.Parameter():
            return state[node.module]
        case ops.ExpandBatch():
            return x.expand(len(given[1]), *x.shape[1:])
        case ops.Gelu():
            return F.gelu(x, approximate=op.approximate)
        case ops.Dropout() | ops.StochasticDepth() | ops.Identity():
            return x
    activations: dict[str, Callable[[Tensor], Tensor]] = {
        "relu": F.relu,
        "relu6": F.relu6,
        "silu": F.silu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "hardswish": F.hardswish,
        "hardsigmoid": F.hardsigmoid,
    }
    return activations[op.op](x)


def inits_of(ref: str) -> dict[str, Init]:
    nodes = bodies.find(f"torchvision/{ref}").nodes
    return {f"{n.module}.{name}" if name else n.module: init for n in nodes for name, init in n.init}


def test_initializers_are_the_librarys() -> None:
    resnet, vit, dense = inits_of("resnet18"), inits_of("vit_b_32"), inits_of("densenet121")
    assert resnet["conv1.weight"] == Init(kind="kaiming_normal", mode="fan_out", nonlinearity="relu")
    assert "bn1.weight" not in resnet, "1 and 0 are what torch's own batch norm starts from"
    assert "fc.weight" not in resnet
    assert vit["class_token"] == Init(kind="constant", value=0.0)
    assert vit["encoder.pos_embedding"] == Init(kind="normal", std=0.02)
    assert vit["heads.head.weight"] == Init(kind="constant", value=0.0)
    assert vit["encoder.layers.encoder_layer_0.mlp.0.bias"] == Init(kind="normal", std=1e-6)
    assert not any("self_attention" in name for name in vit)
    assert dense["classifier.bias"] == Init(kind="constant", value=0.0)
    assert "classifier.weight" not in dense
    convnext = inits_of("convnext_tiny")
    assert convnext["features.0.0.weight"] == Init(kind="trunc_normal", std=0.02, low=-2.0, high=2.0)
    assert convnext["features.1.0.layer_scale"] == Init(kind="constant", value=1e-6)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_the_transform_inside_two_published_nets_is_in_their_normalization(name: str) -> None:
    """`transform_input` of an ImageNet-normalized image is the plain image normalized by 0.5."""
    from torchvision import models

    body = bodies.find(f"torchvision/{name}")
    weights = body.weights["IMAGENET1K_V1"]
    net = models.get_model(name, weights=None, aux_logits=False, init_weights=False, transform_input=True)
    image = torch.rand(1, 3, 8, 8)
    preset = models.get_model_weights(name)["DEFAULT"].transforms()

    def normalized(mean: Any, std: Any) -> Tensor:
        return (image - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)

    inside = net._transform_input(normalized(preset.mean, preset.std))
    torch.testing.assert_close(inside, normalized(weights.mean, weights.std))
    assert body.unused_keys


def test_files_are_written_and_read_back(tmp_path: Path) -> None:
    [path] = record_all(["torchvision/alexnet"], tmp_path)
    assert path == tmp_path / "torchvision" / "alexnet.json"
    body = read_record(path.read_text(), "alexnet", trusted=False)
    assert (body.cut, len(body.nodes), body.min_size) == ("features", 22, 63)


@pytest.mark.parametrize(
    ("ref", "said"),
    [("torchvision/resnet35", "resnet34"), ("nowhere/net", "torchvision/NAME"), ("resnet34", "NAME")],
)
def test_unknown_models_are_one_clear_line(ref: str, said: str) -> None:
    with pytest.raises(WorldError, match=said):
        record(ref)


class Net(nn.Module):
    """A net whose middle is the function under test."""

    def __init__(self, middle: Callable[[nn.Module, Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        for name, part in parts.items():
            self.add_module(name, part)
        self.head = nn.Conv2d(4, 2, 1)
        self.middle = middle

    def forward(self, x: Tensor) -> Any:
        return self.head(self.middle(self, self.stem(x)))


def recorded(middle: Callable[[Any, Tensor], Any], **parts: Callable[[], nn.Module]) -> dict[str, Any]:
    made = Source(make=lambda: Net(middle, **{name: part() for name, part in parts.items()}))
    return record_source("own/net", made)


def names_of(record: dict[str, Any]) -> list[str]:
    return [row[0] for row in record["nodes"]]


@pytest.mark.parametrize(
    ("middle", "said"),
    [
        (lambda net, x: torch.fft.fft(x), "fft"),
        (lambda net, x: x * 2, "mul"),
        (lambda net, x: x.clamp(0), "clamp"),
        (lambda net, x: x if x.sum() > 0 else -x, "decides"),
        (lambda net, x: x.view(x.shape[0], 2, -1, 4), "view"),
        (lambda net, x: x[:, ::2], "slice"),
        (lambda net, x: nn.functional.max_pool2d(x, 2, return_indices=True)[0], "max_pool2d"),
        (lambda net, x: torch.relu_(x) + x, "relu_"),
    ],
)
def test_what_has_no_op_is_refused_by_name(middle: Callable[[Any, Tensor], Any], said: str) -> None:
    with pytest.raises(Unrecordable, match=said):
        recorded(middle)


def test_a_module_that_looks_like_an_op_is_looked_into() -> None:
    class Odd(nn.Conv2d):
        def forward(self, input: Tensor) -> Tensor:
            return super().forward(input).cos()

    with pytest.raises(Unrecordable, match=r"`conv2d` in `odd`|`odd`"):
        recorded(lambda net, x: net.odd(x), odd=lambda: Odd(4, 4, 1))


def test_settings_without_a_field_are_refused() -> None:
    with pytest.raises(Unrecordable, match=r"`part` \(Conv2d\) has padding_mode 'circular'"):
        recorded(lambda net, x: net.part(x), part=lambda: nn.Conv2d(4, 4, 3, padding_mode="circular"))


def test_reading_a_value_after_it_was_changed_in_place_is_refused() -> None:
    with pytest.raises(Unrecordable, match=r"`add` reads a value that `act` has changed in place"):
        recorded(lambda net, x: net.act(x) + x, act=lambda: nn.ReLU(inplace=True))
    assert "add" in names_of(recorded(lambda net, x: net.act(x) + x, act=nn.ReLU))


def test_names_are_unique_and_keep_clear_of_modules() -> None:
    found = recorded(lambda net, x: net.act(net.act(x) + x) + x, act=nn.ReLU, add=nn.Identity)
    assert names_of(found) == ["stem", "act", "add_1", "act_1", "add_2", "head"]
    assert [row[1] for row in found["nodes"]][3] == "act"


def test_what_is_never_used_is_left_out_and_its_keys_are_told() -> None:
    def middle(net: Any, x: Tensor) -> Tensor:
        net.dead(x)
        return x

    found = recorded(middle, dead=lambda: nn.Conv2d(4, 4, 1), never=lambda: nn.BatchNorm2d(4))
    assert names_of(found) == ["stem", "head"]
    assert found["unused_keys"] == ["dead.", "never."]


def test_weights_started_in_an_unknown_way_are_refused() -> None:
    def scaled() -> nn.Module:
        part = nn.Conv2d(4, 4, 1)
        with torch.no_grad():
            part.weight.mul_(2)
        return part

    def halves() -> nn.Module:
        part = nn.Conv2d(4, 4, 1)
        nn.init.zeros_(part.weight[:2])
        return part

    for part in (scaled, halves):
        with pytest.raises(Unrecordable, match=r"part\.weight"):
            recorded(lambda net, x: net.part(x), part=part)


def test_building_leaves_torch_as_it_was() -> None:
    before = nn.init.normal_, nn.Linear.reset_parameters
    build(lambda: nn.Linear(2, 2))
    assert (nn.init.normal_, nn.Linear.reset_parameters) == before
    assert nn.Linear(64, 64).weight.std().item() > 0.01
