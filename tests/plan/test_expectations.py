"""Promises about a model's size and shapes, kept or not, without torch."""

from __future__ import annotations

import pytest

from archc.ops.dims import symbol
from archc.plan.size_expression import BadExpression, multiple, names, parsed, value
from archc.plan.totals import totals
from tests.plan.test_graph import TASKS
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, body, faults_of, plan_of

SMALL = (body("resnet18"), "input.size=[64, 96]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        ("H", symbol("H")),
        ("H//4", symbol("H") // 4),
        ("(H + 3) // 4", (symbol("H") + 3) // 4),
        ("2*(W-1)", symbol("W") * 2 - 2),
        ("H*W - 1 + 2", symbol("H") * symbol("W") + 1),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert value(parsed(text), {"H": symbol("H"), "W": symbol("W")}) == expected


def test_a_slash_asks_for_sizes_that_it_divides() -> None:
    assert multiple(parsed("H/4 + W/6")) == 12
    assert multiple(parsed("H//4")) == 1


def test_names_of_an_expression() -> None:
    assert names(parsed("2*(H + 3)//4 - W*H")) == {"H", "W"}
    assert names(parsed("7")) == set()


def test_only_whole_numbers_from_1_on_divide() -> None:
    assert value(parsed("H//1"), {"H": symbol("H")}) == symbol("H")
    assert value(parsed("7//2*2"), {}) == 6
    assert value(parsed("2*7//4"), {}) == 3
    with pytest.raises(BadExpression, match="above 0"):
        parsed("2*H//W")


@pytest.mark.parametrize(("depth", "fits"), [(20, True), (21, False)])
def test_brackets_lie_twenty_deep(depth: int, fits: bool) -> None:
    text = "(" * depth + "H" + ")" * depth
    if fits:
        assert names(parsed(text)) == {"H"}
    else:
        with pytest.raises(BadExpression):
            parsed(text)


@pytest.mark.parametrize(("length", "fits"), [(200, True), (201, False)])
def test_an_expression_has_at_most_two_hundred_characters(length: int, fits: bool) -> None:
    text = "H" + "+1" * 99 + " " * (length - 199)
    if fits:
        assert value(parsed(text), {"H": 1}) == 100
    else:
        with pytest.raises(BadExpression, match="longer than 200"):
            parsed(text)


@pytest.mark.parametrize(
    "text", ["", "H//0", "H/W", "H**2", "__import__('os')", "(H", "H)", "1 2", "-H", "H.x", "(" * 60]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(BadExpression):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "flags", "shape"),
    [
        (CLASSIFIER, (), '["N", 10]'),
        (UNET, (), '["N", 10, "H", "W"]'),
        (CLASSIFIER, ("model.head.layers=[]", "model.body.cut=fc", "model.classes=1000"), '["N", 1000]'),
    ],
)
def test_shapes_that_hold(text: str, flags: tuple[str, ...], shape: str) -> None:
    assert faults_of(text, *SMALL, *flags, f"expect.output={shape}") == ()


@pytest.mark.parametrize(
    ("shape", "holds"),
    [
        ('["N", 256, "H/16", "W/16"]', True),
        ('["N", 256, "(H+15)//16", "(W+15)//16"]', True),
        ('["N", 256, "H//16", "W//16"]', False),
        ('["N", 256, 4, 6]', False),
        ('["N", 256, "H/8", "W/16"]', False),
        ('["N", "200 + 56", "H/16", "W/16"]', True),
        ('["N", 256, "W/16", "H/16"]', False),
    ],
)
def test_shapes_hold_for_every_size(shape: str, holds: bool) -> None:
    """Of the map at 1/16, whose sides are rounded up."""
    text = TASKS.replace('scene = "classify"', 'scene = "classify", features = "features.layer3"')
    found = [fault.code for fault in faults_of(text, f"expect.outputs.features={shape}")]
    assert found == ([] if holds else ["ARC361"])


def test_a_body_of_one_size_is_held_to_that_size() -> None:
    flags = (body("vit_b_32"), "input.size=[224, 224]")
    assert faults_of(CLASSIFIER, *flags, 'expect.output=["N", 10]') == ()


def test_inputs_of_one_size_share_its_names() -> None:
    assert faults_of(SIAMESE, *SMALL, 'expect.output=["N", 2]') == ()


@pytest.mark.parametrize("key", ["parameters", "multiply_adds", "activation_bytes", "file_bytes"])
def test_budgets_hold_to_the_last_one(key: str) -> None:
    found = totals(plan_of(CLASSIFIER, *SMALL), 3)
    count = {
        "parameters": found.parameters,
        "multiply_adds": found.multiply_adds,
        "activation_bytes": found.kept,
        "file_bytes": 4 * (found.parameters + found.buffers),
    }[key]
    flags = (*SMALL, "expect.batch_size=3")
    assert faults_of(CLASSIFIER, *flags, f"expect.max_{key}={count}") == ()
    (fault,) = faults_of(CLASSIFIER, *flags, f"expect.max_{key}={count - 1}")
    assert fault.code == "ARC360"
    assert f"{count:,}" in fault.message
    assert fault.labels[0].path == ("expect", f"max_{key}")
