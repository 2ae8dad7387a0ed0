"""The plan of a valid spec is what torch builds: every value's shape, every tensor's name and shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings

from archc.modules.build import build
from archc.plan.compile import Compiled, compile_document
from archc.plan.groups.partition import parameter_groups
from archc.plan.parameters import named_parameters
from archc.plan.plan import Plan
from archc.source.document.document import SpecError, read_text
from archc.source.render.text import render
from tests.generated.strategies import seeds, valid_spec
from tests.test_random_graphs import BATCH, check_facts

SLOW = settings(suppress_health_check=list(HealthCheck), deadline=None)


def compiled(spec: dict[str, Any]) -> Compiled:
    """The spec compiled; it must be fine."""
    try:
        return compile_document(read_text(json.dumps(spec), "generated.json", "json"))
    except SpecError as error:
        raise AssertionError(render(error.diagnostics, error.document)) from None


def ghosts(plan: Plan) -> tuple[torch.Tensor, ...]:
    """Inputs without numbers."""
    shapes = ([d for d in given.type.shape[1:] if isinstance(d, int)] for given in plan.inputs)
    return tuple(torch.empty(BATCH, *shape, device="meta") for shape in shapes)


def check(seed: int) -> None:
    spec = valid_spec(seed)
    result = compiled(spec)
    module = build(result.plan, device="meta").eval()
    with torch.no_grad():
        check_facts(result.plan, module, module.forward_values(*ghosts(result.plan)))
    counted = sum(p.numel() for p in module.parameters())
    assert counted == sum(t.size for t in named_parameters(result.plan))
    if result.spec.train is not None:
        grouped = [n for group in parameter_groups(result.plan, result.spec.train) for n in group.parameters]
        assert sorted(grouped) == sorted(name for name, _ in module.named_parameters())


@settings(SLOW, max_examples=500)
@given(seeds)
def test_500_plans_are_what_torch_builds(seed: int) -> None:
    check(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(100))
def test_10000_plans_are_what_torch_builds(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        check(seed)
