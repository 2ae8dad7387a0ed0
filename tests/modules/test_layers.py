"""Every op: what the catalog predicts of it is what torch makes of it."""

from __future__ import annotations

import pickle
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archc.modules.build import build
from archc.modules.layers.attention import MultiheadAttention, SelfAttention2d, SpectralConv1d
from archc.modules.layers.normalization import GlobalResponseNorm
from archc.modules.module_for import module_for
from archc.ops.facts import buffers, infer, multiply_adds, parameters
from archc.ops.node import Node
from archc.ops.tensors import Dtype, TensorType
from archc.plan.inputs import TensorInput
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Op

MAP = (2, 16, 13, 18)
TOKENS = (2, 5, 12)
FLAT = (3, 12)
LINE = (2, 16, 13)
BLOCK = (2, 8, 7, 9, 10)

Shapes = tuple[tuple[int, ...], ...]

CASES: list[tuple[Op, Shapes]] = [
    (ops.Conv2d(out_channels=6, kernel_size=3), (MAP,)),
    (ops.Conv2d(out_channels=6, kernel_size=(1, 7), stride=(2, 1), bias=False), (MAP,)),
    (ops.Conv2d(out_channels=8, kernel_size=4, stride=3, padding=(0, 2), dilation=2, groups=4), (MAP,)),
    (ops.Conv2d(out_channels=6, kernel_size=2), (MAP,)),
    (ops.ConvTranspose2d(out_channels=6, kernel_size=2, stride=2), (MAP,)),
    (
        ops.ConvTranspose2d(
            out_channels=8,
            kernel_size=(3, 5),
            stride=(2, 3),
            padding=1,
            output_padding=(1, 2),
            dilation=(1, 2),
            groups=2,
            bias=False,
        ),
        (MAP,),
    ),
    (ops.Conv1d(out_channels=6, kernel_size=3), (LINE,)),
    (
        ops.Conv1d(out_channels=8, kernel_size=4, stride=3, padding=2, dilation=2, groups=4, bias=False),
        (LINE,),
    ),
    (ops.Conv3d(out_channels=6, kernel_size=3), (BLOCK,)),
    (
        ops.Conv3d(out_channels=8, kernel_size=(1, 2, 3), stride=(2, 1, 3), padding=(0, 1, 2), groups=2),
        (BLOCK,),
    ),
    (ops.ConvTranspose1d(out_channels=6, kernel_size=4, stride=3, padding=1, output_padding=2), (LINE,)),
    (ops.ConvTranspose1d(out_channels=4, kernel_size=3, dilation=2, groups=4, bias=False), (LINE,)),
    (ops.ConvTranspose3d(out_channels=4, kernel_size=2, stride=2), (BLOCK,)),
    (
        ops.ConvTranspose3d(out_channels=4, kernel_size=3, stride=(1, 2, 3), output_padding=(0, 1, 2)),
        (BLOCK,),
    ),
    (ops.Embedding(num_embeddings=9, embedding_dim=5), ((2, 7),)),
    (ops.BatchNorm3d(), (BLOCK,)),
    (ops.BatchNorm3d(affine=False, momentum=0.2), (BLOCK,)),
    (ops.InstanceNorm1d(), (LINE,)),
    (ops.InstanceNorm1d(affine=True, eps=1e-3), (LINE,)),
    (ops.InstanceNorm2d(), (MAP,)),
    (ops.InstanceNorm2d(affine=True), (MAP,)),
    (ops.RmsNorm(), (TOKENS,)),
    (ops.RmsNorm(eps=1e-3, elementwise_affine=False), (MAP,)),
    (ops.LocalResponseNorm(size=5), (MAP,)),
    (ops.LocalResponseNorm(size=4, alpha=0.1, beta=0.5, k=2.0), (MAP,)),
    (ops.Prelu(), (MAP,)),
    (ops.Prelu(num_parameters=12), (FLAT,)),
    (ops.Prelu(num_parameters=16, init=0.1), (MAP,)),
    *((op, (MAP,)) for op in (ops.Elu(alpha=0.5), ops.Selu(), ops.Celu(alpha=2.0), ops.Mish())),
    *((op, (MAP,)) for op in (ops.Softplus(), ops.Softplus(beta=2.0, threshold=1.0), ops.Softsign())),
    *((op, (MAP,)) for op in (ops.LogSigmoid(), ops.Hardtanh(), ops.Hardtanh(min_val=0.0, max_val=6.0))),
    *((op, (MAP,)) for op in (ops.Hardshrink(), ops.Softshrink(lambd=0.2), ops.Tanhshrink())),
    *((op, (MAP,)) for op in (ops.Glu(), ops.Glu(dim=1), ops.LogSoftmax(), ops.LogSoftmax(dim=-1))),
    *((op, (LINE,)) for op in (ops.Dropout1d(), ops.AlphaDropout(p=0.2))),
    *((op, (shape,)) for op, shape in ((ops.Dropout2d(p=0.1), MAP), (ops.Dropout3d(), BLOCK))),
    (ops.MaxPool1d(kernel_size=3, stride=2, padding=1), (LINE,)),
    (ops.MaxPool1d(kernel_size=2, dilation=3, ceil_mode=True), (LINE,)),
    (ops.MaxPool3d(kernel_size=2), (BLOCK,)),
    (ops.MaxPool3d(kernel_size=(3, 2, 2), stride=2, padding=(1, 0, 1), ceil_mode=True), (BLOCK,)),
    (ops.AvgPool1d(kernel_size=2), (LINE,)),
    (ops.AvgPool1d(kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), (LINE,)),
    (ops.AvgPool3d(kernel_size=2), (BLOCK,)),
    (ops.AvgPool3d(kernel_size=(1, 2, 3), stride=2, ceil_mode=True), (BLOCK,)),
    (ops.AdaptiveAvgPool1d(output_size=4), (LINE,)),
    (ops.AdaptiveMaxPool1d(output_size=5), (LINE,)),
    (ops.AdaptiveAvgPool3d(output_size=(2, 3, 12)), (BLOCK,)),
    (ops.AdaptiveMaxPool3d(), (BLOCK,)),
    (ops.GlobalMaxPool2d(), (MAP,)),
    (ops.Reshape(shape=(4, -1)), (MAP,)),
    (ops.Reshape(shape=(3, 4)), (FLAT,)),
    (ops.Unflatten(dim=1, unflattened_size=(2, -1, 4)), (MAP,)),
    (ops.Unflatten(dim=-1, unflattened_size=(3, 6)), (MAP,)),
    (ops.Squeeze(dim=-1), ((2, 5, 1),)),
    (ops.Unsqueeze(dim=1), (MAP,)),
    (ops.Unsqueeze(dim=-1), (FLAT,)),
    (ops.Upsample(size=(20, 7)), (MAP,)),
    (ops.Upsample(size=9, mode="bilinear", align_corners=True), (MAP,)),
    (ops.Upsample(mode="bicubic"), (MAP,)),
    (ops.Upsample(size=(30, 11), mode="bicubic"), (MAP,)),
    (ops.PixelUnshuffle(downscale_factor=3), ((2, 4, 12, 9),)),
    (ops.Linear(out_features=7), (FLAT,)),
    (ops.Linear(out_features=7, bias=False), (TOKENS,)),
    (ops.BatchNorm1d(), (FLAT,)),
    (ops.BatchNorm1d(momentum=0.01, eps=1e-3), (TOKENS,)),
    (ops.BatchNorm2d(), (MAP,)),
    (ops.BatchNorm2d(affine=False), (MAP,)),
    (ops.LayerNorm(), (TOKENS,)),
    (ops.LayerNorm2d(), (MAP,)),
    (ops.GroupNorm(num_groups=4), (MAP,)),
    (ops.GlobalResponseNorm(), (MAP,)),
    (ops.GlobalResponseNorm(eps=1e-3), (MAP,)),
    (ops.SelfAttention2d(), (MAP,)),
    (ops.MultiheadAttention(num_heads=3, dropout=0.1), (TOKENS,)),
    (ops.PackedAttention(num_heads=3), ((2, 5, 36),)),
    *((op, (MAP,)) for op in (ops.Relu(), ops.Relu6(), ops.LeakyRelu(negative_slope=0.2), ops.Silu())),
    *((op, (MAP,)) for op in (ops.Gelu(), ops.Gelu(approximate="tanh"), ops.Sigmoid(), ops.Tanh())),
    *((op, (MAP,)) for op in (ops.Hardswish(), ops.Hardsigmoid(), ops.Softmax(), ops.Softmax(dim=-1))),
    *((op, (MAP,)) for op in (ops.Identity(), ops.Dropout(), ops.Dropout(p=0.0), ops.BlurPool2d())),
    (ops.OutputRange(low=-1.0, high=3.0), (FLAT,)),
    (ops.StochasticDepth(p=0.3), (MAP,)),
    (ops.StochasticDepth(p=0.3, mode="batch"), (TOKENS,)),
    (ops.MaxPool2d(kernel_size=3, stride=2, padding=1), (MAP,)),
    (ops.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True), (MAP,)),
    (ops.MaxPool2d(kernel_size=(2, 3), dilation=2), (MAP,)),
    (ops.AvgPool2d(kernel_size=2), (MAP,)),
    (ops.AvgPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), (MAP,)),
    (ops.AvgPool2d(kernel_size=1, stride=2, ceil_mode=True), (MAP,)),
    (ops.AdaptiveAvgPool2d(), (MAP,)),
    (ops.AdaptiveAvgPool2d(output_size=(3, 20)), (MAP,)),
    (ops.AdaptiveMaxPool2d(output_size=2), (MAP,)),
    (ops.AdaptiveConcatPool2d(), (MAP,)),
    (ops.AdaptiveConcatPool2d(output_size=(2, 3)), (MAP,)),
    (ops.GlobalAvgPool2d(), (MAP,)),
    (ops.Flatten(), (MAP,)),
    (ops.Flatten(start_dim=2, end_dim=-2), (MAP,)),
    (ops.Permute(dims=(0, 2, 3, 1)), (MAP,)),
    (ops.Permute(dims=(0, -1, 1)), (TOKENS,)),
    (ops.ChannelShuffle(groups=4), (MAP,)),
    (ops.Upsample(), (MAP,)),
    (ops.Upsample(scale_factor=3, mode="bilinear"), (MAP,)),
    (ops.PixelShuffle(upscale_factor=2), (MAP,)),
    (ops.Add(), (MAP, MAP)),
    (ops.Add(), (MAP, (1, 16, 1, 1), MAP)),
    (ops.Multiply(), (MAP, (2, 16, 1, 1))),
    (ops.Multiply(), ((2, 16, 1, 1), MAP, MAP)),
    (ops.AbsDifference(), (MAP, MAP)),
    (ops.SquaredDifference(), (MAP, MAP)),
    (ops.CosineSimilarity(), (MAP, MAP)),
    (ops.CosineSimilarity(dim=-1), (FLAT, FLAT)),
    (ops.CosineSimilarity(dim=-2), (TOKENS, TOKENS)),
    (ops.Concat(), (MAP, (2, 3, 13, 18), MAP)),
    (ops.Concat(dim=-1), (FLAT, (3, 1))),
    (ops.ResizeLike(), (MAP, (2, 1, 27, 35))),
    (ops.ResizeLike(mode="bilinear"), (MAP, (2, 1, 7, 9))),
    (ops.ExpandBatch(), ((1, 1, 12), (4, 5, 12))),
    (ops.Narrow(dim=1, start=3, length=8), (MAP,)),
    (ops.Select(dim=1, index=0), (TOKENS,)),
    (ops.Select(dim=-1, index=-2), (TOKENS,)),
    (ops.Mean(dims=(2, 3)), (MAP,)),
    (ops.Mean(dims=(-1, -2), keepdim=True), (MAP,)),
    (ops.Normalize(mean=(0.5,) * 16, std=(0.25,) * 16), (MAP,)),
    (ops.ImageToFloat(), ((2, 13, 18, 3),)),
    (ops.Argmax(), (MAP,)),
    (ops.Argmax(dim=-1), (FLAT,)),
]


def _label(case: tuple[Op, Shapes]) -> str:
    return case[0].op


def _input(op: Op, shape: tuple[int, ...]) -> Tensor:
    if isinstance(op, ops.ImageToFloat):
        return torch.randint(0, 256, shape, dtype=torch.uint8)
    if isinstance(op, ops.Embedding):
        return torch.randint(0, op.num_embeddings, shape)
    return torch.randn(shape)


def _types(op: Op, shapes: Shapes) -> tuple[TensorType, ...]:
    integers: dict[type, Dtype] = {ops.ImageToFloat: "uint8", ops.Embedding: "int64"}
    return tuple(TensorType(shape, integers.get(type(op), "float32")) for shape in shapes)


def _started(module: object) -> None:
    """Finite numbers in a module whose parameters were left as memory had them."""
    if isinstance(module, nn.Module):
        for tensor in (*module.parameters(), *(b for k, b in module.named_buffers() if "weight_" in k)):
            nn.init.uniform_(tensor, 0.1, 0.2)


def test_table_has_every_op_that_needs_no_library() -> None:
    listed = {type(op) for op, _ in CASES}
    assert set(get_args(Op)) - listed == {
        ops.Parameter,
        ops.LibraryPart,
        ops.ExtensionOp,
    }


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", CASES, ids=_label)
def test_shape_and_dtype_are_as_predicted(case: tuple[Op, Shapes], training: bool) -> None:
    op, shapes = case
    resolved, out = infer(op, _types(op, shapes))
    module = module_for(resolved)
    _started(module)
    if isinstance(module, nn.Module):
        module.train(training)
    made = module(*(_input(op, shape) for shape in shapes))
    assert tuple(made.shape) == out.shape
    assert str(made.dtype) == f"torch.{out.dtype}"
    assert bool(torch.isfinite(made).all())


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_parameters_and_buffers_are_as_predicted(case: tuple[Op, Shapes]) -> None:
    op, shapes = case
    resolved, _ = infer(op, _types(op, shapes))
    module = module_for(resolved)
    if not isinstance(module, nn.Module):
        assert parameters(resolved) == buffers(resolved) == ()
        return
    assert tuple((k, tuple(p.shape)) for k, p in module.named_parameters()) == parameters(resolved)
    saved = set(module.state_dict()) - {k for k, _ in module.named_parameters()}
    assert {k: tuple(b.shape) for k, b in module.named_buffers() if k in saved} == dict(buffers(resolved))


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_shape_on_meta_is_as_predicted(case: tuple[Op, Shapes]) -> None:
    op, shapes = case
    resolved, out = infer(op, _types(op, shapes))
    with torch.device("meta"):
        module = module_for(resolved)
    given = [_input(op, shape).to("meta") for shape in shapes]
    if isinstance(module, nn.Module):
        module.eval()
    assert tuple(module(*given).shape) == out.shape


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_multiply_adds_are_half_of_the_operations_that_torch_counts(case: tuple[Op, Shapes]) -> None:
    op, shapes = case
    one = tuple((1, *shape[1:]) for shape in shapes)
    resolved, out = infer(op, _types(op, one))
    module = module_for(resolved)
    _started(module)
    if isinstance(module, nn.Module):
        module.eval()
    with FlopCounterMode(display=False) as counted, sdpa_kernel(SDPBackend.MATH):
        module(*(_input(op, shape) for shape in one))
    assert 2 * multiply_adds(resolved, _types(op, one), out) == counted.get_total_flops()


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_inputs_are_not_written_to(case: tuple[Op, Shapes]) -> None:
    op, shapes = case
    module = module_for(infer(op, _types(op, shapes))[0])
    _started(module)
    given = [_input(op, shape) for shape in shapes]
    before = [x.clone() for x in given]
    module(*given)
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_what_does_the_work_can_be_pickled(case: tuple[Op, Shapes]) -> None:
    op, shapes = case
    module = module_for(infer(op, _types(op, shapes))[0])
    assert type(pickle.loads(pickle.dumps(module))) is type(module)


def test_layers_are_of_torchs_own_classes() -> None:
    op, _ = infer(ops.Conv2d(out_channels=4, kernel_size=3), (TensorType(MAP),))
    assert type(module_for(op)) is nn.Conv2d


def test_concat_pool_has_the_maximum_first() -> None:
    x = torch.arange(8.0).view(1, 2, 2, 2)
    made = _run(ops.AdaptiveConcatPool2d(), x)
    assert made.flatten().tolist() == [3.0, 7.0, 1.5, 5.5]


def test_blur_is_padding_left_and_top_then_a_mean() -> None:
    x = torch.randn(2, 3, 5, 7)
    wanted = nn.Sequential(nn.ReplicationPad2d((1, 0, 1, 0)), nn.AvgPool2d(2, stride=1))(x)
    assert torch.equal(_run(ops.BlurPool2d(), x), wanted)


def test_output_range() -> None:
    x = torch.tensor([[-100.0, 0.0, 100.0]])
    assert _run(ops.OutputRange(low=-1.0, high=3.0), x).tolist() == [[-1.0, 1.0, 3.0]]


def test_image_to_float() -> None:
    x = torch.randint(0, 256, (2, 4, 5, 3), dtype=torch.uint8)
    assert torch.equal(_run(ops.ImageToFloat(), x), x.permute(0, 3, 1, 2).float() / 255)


def test_channel_shuffle_is_torchs() -> None:
    x = torch.randn(MAP)
    assert torch.equal(_run(ops.ChannelShuffle(groups=4), x), nn.ChannelShuffle(4)(x))


def test_layer_norm2d_normalizes_channels() -> None:
    x = torch.randn(MAP)
    op, _ = infer(ops.LayerNorm2d(), (TensorType(MAP),))
    module = module_for(op)
    assert isinstance(module, nn.Module)
    nn.init.ones_(module.weight)  # type: ignore[arg-type]
    nn.init.zeros_(module.bias)  # type: ignore[arg-type]
    wanted = (x - x.mean(1, keepdim=True)) / (x.var(1, correction=0, keepdim=True) + 1e-6).sqrt()
    assert torch.allclose(module(x), wanted, atol=1e-5)


@pytest.mark.parametrize("eps", [1e-6, 0.5])
def test_global_response_norm_is_the_papers(eps: float) -> None:
    x, gamma, beta = torch.randn(2, 3, 5, 4), torch.randn(3), torch.randn(3)
    module = GlobalResponseNorm(3, eps)
    module.load_state_dict({"weight": gamma, "bias": beta})
    size = x.square().sum((2, 3)).sqrt()  # (N, C)
    share = size / (size.sum(1, keepdim=True) / 3 + eps)
    wanted = gamma.view(3, 1, 1) * (x * share[:, :, None, None]) + beta.view(3, 1, 1) + x
    assert torch.allclose(module(x), wanted, atol=1e-6)


def test_global_response_norm_is_timms() -> None:
    grn = pytest.importorskip("timm.layers.grn")
    theirs = grn.GlobalResponseNorm(6, channels_last=False)
    nn.init.normal_(theirs.weight)
    nn.init.normal_(theirs.bias)
    ours = GlobalResponseNorm(6)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 6, 5, 4)
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)


def test_global_response_norm_starts_as_the_identity() -> None:
    op, out = infer(ops.GlobalResponseNorm(), (TensorType(MAP),))
    node = Node("norm", op, ("x",), "norm", out)
    plan = Plan("one", (TensorInput("x", out),), (node,), (Output("y", "norm"),))
    x = torch.randn(MAP)
    assert torch.equal(build(plan, seed=0)(x), x)


def test_resize_like_resamples_at_equal_size_too() -> None:
    x, other = torch.randn(1, 2, 5, 7), torch.randn(1, 4, 9, 3)
    assert torch.equal(_run(ops.ResizeLike(), x, other), F.interpolate(x, size=(9, 3)))
    assert torch.equal(_run(ops.ResizeLike(), x, x), x)


def test_cosine_similarity_keeps_the_dimension() -> None:
    a, b = torch.randn(TOKENS), torch.randn(TOKENS)
    made = _run(ops.CosineSimilarity(dim=2), a, b)
    assert torch.allclose(made.squeeze(2), F.cosine_similarity(a, b, dim=2))


@pytest.mark.parametrize("training", [False, True])
def test_multihead_attention_is_torchs(training: bool) -> None:
    ours = MultiheadAttention(12, 3).train(training)
    theirs = nn.MultiheadAttention(12, 3, batch_first=True).train(training)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(TOKENS)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert torch.allclose(ours(x), theirs(x, x, x, need_weights=False)[0], atol=1e-6)


def _with_torchs_norm(ours: SpectralConv1d) -> nn.Module:
    outputs, inputs, _ = ours.weight_orig.shape
    theirs = nn.utils.spectral_norm(nn.Conv1d(inputs, outputs, 1, bias=False))
    theirs.load_state_dict(ours.state_dict())
    return theirs


def test_spectral_norm_is_torchs_step_for_step() -> None:
    ours = SpectralConv1d(12, 5)
    for tensor in ours.state_dict().values():
        nn.init.normal_(tensor)
    theirs = _with_torchs_norm(ours)
    for training in (True, True, False):
        x = torch.randn(2, 12, 7)
        assert torch.allclose(ours.train(training)(x), theirs.train(training)(x), atol=1e-5)
    assert torch.allclose(ours.weight_u, theirs.weight_u, atol=1e-6)  # type: ignore[arg-type]


def test_spectral_norm_applied_twice_has_gradients() -> None:
    layer = SelfAttention2d(16)
    _started(layer)
    (layer(torch.randn(MAP)).sum() + layer(torch.randn(MAP)).sum()).backward()
    assert all(p.grad is not None for p in layer.parameters())


def test_self_attention_starts_as_the_identity() -> None:
    layer = SelfAttention2d(16)
    _started(layer)
    nn.init.zeros_(layer.gamma)
    x = torch.randn(MAP)
    assert torch.equal(layer(x), x)


def test_self_attention_is_fastais() -> None:
    fastai = pytest.importorskip("fastai.layers")
    theirs = fastai.SelfAttention(16)
    with torch.no_grad():
        theirs.gamma.fill_(0.7)
    ours = SelfAttention2d(16)
    ours.load_state_dict({k.replace(".0.", "."): v for k, v in theirs.state_dict().items()})
    x = torch.randn(MAP)
    for training in (True, False):
        assert torch.allclose(ours.train(training)(x), theirs.train(training)(x), atol=1e-5)


def test_stochastic_depth_drops_rows_and_keeps_the_mean() -> None:
    module = module_for(ops.StochasticDepth(p=0.25))
    assert isinstance(module, nn.Module)
    x = torch.ones(4000, 2, 1, 1)
    made = module.train()(x)
    assert {round(v, 4) for v in made.flatten().tolist()} == {0.0, round(1 / 0.75, 4)}
    assert torch.equal(made[:, 0], made[:, 1])
    assert abs(made.mean().item() - 1) < 0.05
    assert torch.equal(module.eval()(x), x)


def _run(op: Op, *given: Tensor) -> Tensor:
    types = tuple(TensorType(tuple(x.shape), "uint8" if x.dtype == torch.uint8 else "float32") for x in given)
    made: Tensor = module_for(infer(op, types)[0])(*given)
    return made
