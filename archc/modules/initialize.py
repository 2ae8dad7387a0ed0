"""How a model's numbers start: from a seed, by the plan's initializers, whatever the image size."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import assert_never

import torch
from torch import Tensor, nn
from torch.nn import init

from archc.modules.layers.attention import SpectralConv1d
from archc.ops.facts import buffers, parameters, start
from archc.ops.initializers import TORCH_DEFAULT, Init
from archc.ops.node import Node
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Op

_POWER_ITERATIONS = 15  # what torch's parametrized spectral norm begins with; with none, outputs can be 1e34


@torch.no_grad()
def initialize(
    module: nn.Module,
    plan: Plan,
    generator: torch.Generator,
    *,
    skip: Callable[[str], bool] = lambda key: False,
) -> None:
    """Give all tensors of `module`, on the CPU, their first values, but for those that `skip` takes.

    One number is drawn from `generator`; each tensor's own generator follows from that and its key. So a
    tensor starts the same whatever other layers the model has and whichever of them come from a file.
    """
    base = int(torch.randint(2**62, (), generator=generator))
    tensors = module.state_dict(keep_vars=True)
    for node in plan.modules():
        if isinstance(node.op, ops.LibraryPart):
            _initialize_part(node, node.op, tensors, base, skip)
            continue
        chosen = dict(node.init)
        for name, _ in parameters(node.op):
            key = f"{node.module}.{name}" if name else node.module
            if not skip(key):
                how = chosen.get(name, TORCH_DEFAULT)
                fill(tensors[key], how, node.op, name, generator_for(base, key))
        for name, _ in buffers(node.op):
            if not skip(key := f"{node.module}.{name}"):
                _fill_buffer(tensors[key], name, generator_for(base, key))
    for key, part in module.named_modules():
        if isinstance(part, SpectralConv1d) and not skip(f"{key}.weight_u"):
            part.iterate(_POWER_ITERATIONS)


def generator_for(base: int, key: str) -> torch.Generator:
    """Return the generator of one tensor: a function of the model's base number and the tensor's key."""
    digest = hashlib.sha256(f"{base}:{key}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def fill(tensor: Tensor, how: Init, op: Op, name: str, generator: torch.Generator) -> None:
    """Fill `tensor`, of any shape, the parameter `name` of `op`, as `how` says."""
    match how.kind:
        case "constant":
            init.constant_(tensor, how.value)
        case "normal":
            init.normal_(tensor, how.mean, how.std, generator=generator)
        case "trunc_normal":
            low, high = (how.low, how.high) if how.low < how.high else (-2.0, 2.0)  # torch's own bounds
            init.trunc_normal_(tensor, how.mean, how.std, low, high, generator=generator)
        case "uniform":
            init.uniform_(tensor, how.low, how.high, generator=generator)
        case "kaiming_normal":
            init.kaiming_normal_(tensor, how.a, how.mode, how.nonlinearity, generator=generator)
        case "kaiming_uniform":
            init.kaiming_uniform_(tensor, how.a, how.mode, how.nonlinearity, generator=generator)
        case "xavier_normal":
            init.xavier_normal_(tensor, how.gain, generator=generator)
        case "xavier_uniform":
            init.xavier_uniform_(tensor, how.gain, generator=generator)
        case "icnr":
            _icnr(tensor, how, generator)
        case "torch_default":
            fill(tensor, start(op, name), op, name, generator)
        case _:
            assert_never(how.kind)


def _icnr(weight: Tensor, how: Init, generator: torch.Generator) -> None:
    """Fill as kaiming_normal does for one sub-pixel, repeated for each that a pixel shuffle deals out.

    Source: "Checkerboard artifact free sub-pixel convolution" (2017); the numbers' spread is fastai's.
    """
    copies = how.scale * how.scale
    single = torch.empty(weight.shape[0] // copies, *weight.shape[1:])
    init.kaiming_normal_(single, how.a, how.mode, how.nonlinearity, generator=generator)
    weight.copy_(single.repeat_interleave(copies, dim=0))


def _fill_buffer(tensor: Tensor, name: str, generator: torch.Generator) -> None:
    if name.endswith((".weight_u", ".weight_v")):
        tensor.copy_(nn.functional.normalize(torch.randn(tensor.shape, generator=generator), dim=0))
    else:
        tensor.fill_(name == "running_var")


def _initialize_part(
    node: Node, op: ops.LibraryPart, tensors: dict[str, Tensor], base: int, skip: Callable[[str], bool]
) -> None:
    """Let a library start its parts: all of one model's from one seed, so that it is built once."""
    from archc.modules.library_part import library_part

    seed = generator_for(base, op.ref).initial_seed()
    for name, value in library_part(op, seed=seed).state_dict().items():
        if not skip(key := f"{node.module}.{name}"):
            tensors[key].copy_(value)
