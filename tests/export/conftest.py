"""Plans made by hand, and the comparison of what they export to with what torch computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from archc.modules.build import build
from archc.ops.dims import symbol
from archc.ops.facts import infer
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput, TensorInput
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec.layers import Op
from archc.spec.outputs import Task

Chain = Callable[..., Plan]
Layer = Op | tuple[Op, Sequence[str]]


def made_plan(
    inputs: dict[str, tuple[int, ...]],
    layers: Sequence[tuple[str, Op, Sequence[str]]],
    *outputs: str,
    **modules: str,
) -> Plan:
    """A plan of named layers that read named values; `modules`: paths that differ from the node's name."""
    given = tuple(
        ImageInput(name, TensorType((symbol("n"), *shape)), (0.4,) * shape[0], (0.25,) * shape[0])
        if len(shape) == 3
        else TensorInput(name, TensorType((symbol("n"), *shape)))
        for name, shape in inputs.items()
    )
    types = {i.name: i.type for i in given}
    nodes = []
    for name, op, reads in layers:
        resolved, types[name] = infer(op, tuple(types[r] for r in reads))
        nodes.append(Node(name, resolved, tuple(reads), modules.get(name, name), types[name]))
    wanted = outputs or (layers[-1][0],)
    names = ("scores", "more", "most")
    ends = (_output(name, value, types[value]) for name, value in zip(names, wanted, strict=False))
    return Plan("made", given, tuple(nodes), tuple(ends))


def _output(name: str, value: str, type: TensorType) -> Output:
    """Maps and vectors are scores of classes."""
    tasks: dict[int, Task] = {2: "classification", 4: "segmentation"}
    rank = len(type.shape)
    return Output(name, value, tasks.get(rank, "tensor"), rank=rank)


@pytest.fixture(scope="session")
def graph() -> Chain:
    """A function that makes a plan of layers which say what they read."""
    return made_plan


@pytest.fixture(scope="session")
def chain() -> Chain:
    """A function that makes a plan of layers one after the other: `l0`, `l1` and so on."""

    def make(shape: tuple[int, ...], *layers: Op) -> Plan:
        reads = ["image", *(f"l{i}" for i in range(len(layers)))]
        named = [(f"l{i}", op, (reads[i],)) for i, op in enumerate(layers)]
        return made_plan({"image": shape}, named)

    return make


@pytest.fixture(scope="session")
def started() -> Callable[[Plan], torch.nn.Module]:
    """A function that builds a plan's module with no number left where it started, statistics included."""

    def make(plan: Plan) -> torch.nn.Module:
        module = build(plan, seed=3)
        generator = torch.Generator().manual_seed(4)
        with torch.no_grad():
            for name, value in module.state_dict().items():
                if (
                    not value.is_floating_point()
                    or value.dim() > 1
                    or name.endswith(("weight_u", "weight_v"))
                ):
                    continue  # matrices stay: they keep a deep model's numbers within reason
                noise = torch.rand(value.shape, generator=generator)
                value.copy_(value * 0.8 + 0.2 * noise + (0.1 if name.endswith("running_var") else 0))
        return module

    return make


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a test's file goes."""
    return tmp_path / "model.onnx"
