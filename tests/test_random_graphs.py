"""The backends agree on random graphs: facts = torch on meta = torch on the CPU = onnxruntime."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from archc.export.faults import ParityError
from archc.export.onnx.write import export_onnx
from archc.modules.build import build
from archc.modules.plan_module import PlanModule
from archc.ops.dims import evaluate
from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan
from archc.spec.document import Export
from tests.plan.random_graphs import random_graph

BATCH = 2
NORMED_OVER = {
    "layer_norm": [-1],
    "layer_norm2d": [1],
    "instance_norm1d": [2],
    "instance_norm2d": [2, 3],
    "group_norm": [1, 2, 3, 4],
}
"""Norms that take their statistics from what they read, and over which axes."""
AT_ONE_SIZE = Export(dynamic=("batch",))
"""Other sizes are tried in `tests/export/test_random.py`: not all of these graphs take them."""


Pictures = tuple[Tensor, ...]


def pictures(plan: Plan, seed: int) -> Pictures:
    """Images for the plan, on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [[d for d in given.type.shape[1:] if isinstance(d, int)] for given in plan.inputs]
    return tuple(torch.randn(BATCH, *size, generator=generator) for size in sizes)


def lively(module: PlanModule, seed: int) -> PlanModule:
    """The module at rest, its norms' statistics and its zeros off what they begin with."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            if not tensor.is_floating_point() or name.endswith(("weight_u", "weight_v")):
                continue
            drawn = torch.rand(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + drawn)
            elif tensor.ndim < 2:
                tensor.add_(0.2 * drawn - 0.1)
    return module.eval()


def check_facts(plan: Plan, module: nn.Module, values: dict[str, Tensor]) -> None:
    """Every value has the shape, and every tensor the name and shape, that the plan says."""
    for node in plan.nodes:
        predicted = tuple(evaluate(dim, {"N": BATCH}) for dim in node.out.shape)
        assert tuple(values[node.name].shape) == predicted, node
    learned = {t.name: t.shape for t in named_parameters(plan)}
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == learned
    saved = learned | {t.name: t.shape for t in named_buffers(plan)}
    assert {name: tuple(t.shape) for name, t in module.state_dict().items()} == saved


def check_torch(plan: Plan, seed: int) -> PlanModule:
    """Facts, meta device and CPU agree; the module on the CPU."""
    images = pictures(plan, seed)
    ghost = build(plan, device="meta").eval()
    with torch.no_grad():
        check_facts(plan, ghost, ghost.forward_values(*(image.to("meta") for image in images)))
        module = lively(build(plan, seed=seed), seed)
        values = module.forward_values(*images)
    check_facts(plan, module, values)
    for output in plan.outputs:
        assert torch.isfinite(values[output.value]).all()
    return module


def magnified_rounding(plan: Plan, module: PlanModule, tried: list[Pictures]) -> float:
    """How far torch's float32 is from its float64 on the very inputs that an export was tried with, scaled.

    It is the worst of several passes, their inputs off by no more than float32 can tell: one alone may be
    right by luck.
    """
    ends = {output.value for output in plan.outputs}
    worst = 0.0
    for images in tried:
        with torch.no_grad():
            exact = module.double().forward_values(*(image.double() for image in images))
            module.float()
            for seed in range(4):
                found = module.forward_values(*(nudged(image, seed) for image in images))
                worst = max(worst, *(scaled(found[end] - exact[end], exact[end]) for end in ends))
    return worst


def nudged(image: Tensor, seed: int) -> Tensor:
    """`image`, some of its numbers up or down by their last bit; itself for the first seed."""
    generator = torch.Generator().manual_seed(seed)
    sign = torch.randint(-1, 2, image.shape, generator=generator) if seed else 0
    return image * (1 + sign * torch.finfo(torch.float32).eps)


def scaled(difference: Tensor, exact: Tensor) -> float:
    """The largest difference over the largest number, which is at least that of a float32 that is not 0."""
    return float(difference.abs().max() / exact.abs().max().clamp(min=1e-30))


def magnifies(plan: Plan, module: PlanModule, seed: int) -> bool:
    """Return True where a norm reads values that are all but constant, or all sigmoids are near 0.

    The norm turns rounding into its output; onnxruntime's sigmoid is right to a part of 1, not of itself.
    """
    values = module.forward_values(*pictures(plan, seed))
    for node in plan.nodes:
        if node.op.op == "sigmoid" and (values[node.name].abs() < 0.02).all():
            return True
        if node.op.op not in NORMED_OVER or node.inputs[0] not in values:
            continue
        x = values[node.inputs[0]].detach()
        axes = [axis for axis in NORMED_OVER[node.op.op] if axis < x.ndim]
        if (x.std(axes, unbiased=False) < 1e-2 * x.abs().amax(axes).clamp(min=1e-2)).any():
            return True
    return False


def check_onnx(plan: Plan, module: PlanModule, target: Path, seed: int) -> None:
    """onnxruntime's answers are torch's."""
    if magnifies(plan, module, seed):
        return
    tried: list[Pictures] = []
    watch = module.register_forward_pre_hook(
        lambda _, __, given: tried.append(tuple(image.clone() for image in given.values())), with_kwargs=True
    )
    try:
        worst = export_onnx(plan, module, target, options=AT_ONE_SIZE).worst
    except ParityError:
        watch.remove()
        assert magnified_rounding(plan, module, tried) > 3e-5
    else:
        watch.remove()
        assert worst <= 1e-5 or magnified_rounding(plan, module, tried) > worst / 10


def check(seed: int, target: Path) -> None:
    plan = random_graph(seed).plan
    check_onnx(plan, check_torch(plan, seed), target, seed)


@pytest.mark.parametrize("block", range(20))
def test_300_random_graphs(block: int, tmp_path: Path) -> None:
    for seed in range(block * 15, block * 15 + 15):
        check(seed, tmp_path / f"{seed}.onnx")


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(100))
def test_3000_random_graphs(block: int, tmp_path: Path) -> None:
    for seed in range(1000 + block * 30, 1000 + block * 30 + 30):
        check(seed, tmp_path / f"{seed}.onnx")
