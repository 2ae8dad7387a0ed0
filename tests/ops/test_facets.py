"""What a new op lacks is a type error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.facets import all_facets, facets, unnoticed

SMALL = """
def call(op):
    match op:
        case ops.Relu() | ops.Tanh():
            return 1
        case (
            ops.Silu()
            | ops.Gelu()
        ):
            return 2
        case ops.Glu():
            if op.dim:
                return 3
            return 4
        case _:
            assert_never(op)

def parameters(op):
    if isinstance(op, Activation | Pooling):
        return ()
    if isinstance(op, Linear):
        return (1,)
    assert_never(op)
"""


@pytest.mark.parametrize(
    ("name", "gone", "stays"),
    [
        ("Relu", "ops.Relu() |", "case ops.Tanh():"),
        ("Gelu", "ops.Gelu()", "ops.Silu()"),
        ("Glu", "return 4", "case _:"),
        ("Pooling", "| Pooling", "isinstance(op, Activation):"),
        ("Linear", "return (1,)", "    pass\n    assert_never(op)"),
    ],
)
def test_one_facet_is_deleted_and_no_other(name: str, gone: str, stays: str) -> None:
    (facet,) = facets(SMALL, Path("small.py"), name)
    left = facet.deleted(SMALL)
    compile(left, "small.py", "exec")
    assert gone in SMALL
    assert gone not in left
    assert stays in left


def test_ten_families_have_their_facets() -> None:
    found = all_facets()
    assert len({facet.name for facet in found if facet.file.parts[-2] == "ops"}) >= 10
    assert {"infer", "parameters", "buffers", "multiply_adds", "start", "call", "traits", "write"} <= {
        facet.function for facet in found
    }


@pytest.mark.nightly
def test_mypy_says_which_facet_an_op_lacks() -> None:
    assert unnoticed() == []
