"""Every op's ejected source gives what its layer gives, bit for bit: alone, and in a Sequential."""

from __future__ import annotations

import pytest
import torch

from archc.export.source.write import eject
from archc.modules.build import build
from archc.ops.facts import infer
from archc.ops.node import Node
from archc.plan.inputs import TensorInput
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Chained, Op
from tests.export.test_eject import imported, model_of
from tests.modules.test_layers import CASES, Shapes, _input, _label, _types

LEARNED = [case for case in CASES if not isinstance(case[0], ops.Parameter)]
CHAINED = [case for case in LEARNED if isinstance(case[0], Chained)]


def plan_of(op: Op, shapes: Shapes, module: str, behind: str = "") -> Plan:
    """A plan of one node, and a ReLU behind it where that has a place."""
    types = _types(op, shapes)
    names = tuple(f"x{index}" for index in range(len(shapes)))
    resolved, out = infer(op, types)
    nodes = [Node(module, resolved, names, module, out)]
    if behind:
        nodes.append(Node(behind, ops.Relu(), (module,), behind, out))
    inputs = tuple(TensorInput(name, type) for name, type in zip(names, types, strict=True))
    return Plan("one", inputs, tuple(nodes), (Output("out", nodes[-1].name),))


def agrees(op: Op, shapes: Shapes, module: str, behind: str = "") -> str:
    """The ejected text, whose model gives what the built one gives."""
    plan = plan_of(op, shapes, module, behind)
    text = eject(plan)
    built, ejected = build(plan, seed=0).eval(), model_of(imported(text)).eval()
    ejected.load_state_dict(built.state_dict())
    given = [_input(op, shape) for shape in shapes]
    with torch.no_grad():
        assert torch.equal(built(*given), ejected(*given))
    return text


@pytest.mark.parametrize("case", LEARNED, ids=_label)
def test_an_op_alone(case: tuple[Op, Shapes]) -> None:
    agrees(*case, "part.work")


@pytest.mark.parametrize("case", CHAINED, ids=_label)
def test_an_op_in_a_sequential(case: tuple[Op, Shapes]) -> None:
    assert "nn.Sequential(" in agrees(*case, "head.0", "head.1")


@pytest.mark.parametrize("name", ["half", "forward", "type", "class", "a-b", "training2", "T_destination"])
def test_names_that_python_or_torch_have_taken(name: str) -> None:
    agrees(ops.Linear(out_features=3), ((2, 4),), name)
    agrees(ops.Linear(out_features=3), ((2, 4),), f"{name}.{name}")
