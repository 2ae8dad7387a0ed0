"""Random graphs: the ejected source computes what the module computes, bit for bit."""

from __future__ import annotations

import ast
import re

import pytest
import torch

from archc.export.source.write import eject
from archc.modules.build import build
from tests.export.test_eject import imported, model_of
from tests.export.test_random import random_plan


def check(seed: int) -> None:
    plan = random_plan(seed)
    text = eject(plan)
    built, ejected = build(plan, seed=seed).eval(), model_of(imported(text)).eval()
    assert set(built.state_dict()) == set(ejected.state_dict())
    ejected.load_state_dict(built.state_dict())
    picture = torch.randn(2, *(int(str(d)) for d in plan.inputs[0].type.shape[1:]))
    with torch.no_grad():
        one, other = built(picture), ejected(picture)
    assert torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))
    assert all(len(line) <= 110 for line in text.splitlines())
    assert not re.search(r"[ \t]+$", text, re.M)
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("first", range(0, 300, 25))
def test_random_graphs_give_the_same_numbers(first: int) -> None:
    for seed in range(first, first + 25):
        check(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(1000, 4000, 25))
def test_many_random_graphs_give_the_same_numbers(first: int) -> None:
    for seed in range(first, first + 25):
        check(seed)
