"""Which sizes an exported model leaves open, by which step, and what closes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.plan.compile import Compiled, compile_document
from archc.plan.exporting import fixed_by, open_sizes, size_step, sizes_said
from archc.source.document.document import read_text

PEERS = Path(__file__).parents[1] / "export" / "peers"


def compiled(text: str) -> Compiled:
    return compile_document(read_text(text, "test.toml"))


def strides(count: int, up: str, size: str = "[96, 64]", more: str = "", fold: int = 2) -> str:
    """A graph of `count` convolutions at a stride of `fold` whose map is enlarged to the first's."""
    conv = f'{{ op = "conv2d", out_channels = 4, kernel_size = 3, stride = {fold} }}'
    return f"""
archc = 1
[input]
size = {size}
[model]
kind = "graph"
outputs = {{ mask = "sum" }}
[[model.nodes]]
name = "first"
from = "image"
layers = [{conv}]
[[model.nodes]]
name = "deep"
from = "first"
layers = [{", ".join([conv] * (count - 1))}, {up}]
[[model.nodes]]
name = "sum"
from = ["first", "deep"]
op = {{ op = "add" }}
{more}
"""


def up(factor: int) -> str:
    return f'{{ op = "upsample", scale_factor = {factor} }}'


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (strides(2, up(2)), 4),
        (strides(3, up(4)), 8),
        (strides(5, up(16)), 32),
        (strides(2, up(3), fold=3, size="[90, 45]"), 9),
        (strides(2, '{ op = "conv_transpose2d", out_channels = 4, kernel_size = 2, stride = 2 }'), 4),
    ],
)
def test_the_step_is_what_the_strides_leave_nothing_of(text: str, step: int) -> None:
    plan = compiled(text).plan
    assert size_step(plan) == step
    assert fixed_by(plan) is None
    assert open_sizes(plan, None) == ("batch", "height", "width")
    assert sizes_said(plan, None) == f"heights and widths that are multiples of {step}"


@pytest.mark.parametrize("name", ["pyramid", "atrous", "unet"])
def test_where_maps_are_brought_to_each_other_any_size_will_do(name: str) -> None:
    result = compiled((PEERS / f"{name}.toml").read_text())
    assert size_step(result.plan) == 1
    assert sizes_said(result.plan, None) == "any height and width"
    assert not result.warnings


def test_a_size_in_the_way_is_named_with_what_to_write() -> None:
    result = compiled(strides(3, '{ op = "upsample", size = [48, 32] }'))
    fixed = fixed_by(result.plan)
    assert fixed is not None
    assert (fixed.node, size_step(result.plan)) == ("deep.2", 1)
    assert "`deep.2` is 48x32 whatever the image, and `sum` joins it" in sizes_said(result.plan, None)
    (warning,) = result.warnings
    assert (warning.code, "resize_like" in str(warning.help)) == ("ARC717", True)
    assert open_sizes(result.plan, None) == ("batch",)


def test_who_says_that_one_size_is_meant_is_not_told() -> None:
    text = strides(3, '{ op = "upsample", size = [48, 32] }', more='[export]\ndynamic = ["batch"]\n')
    result = compiled(text)
    assert not result.warnings
    assert sizes_said(result.plan, ("batch",)) == "height and width fixed, as `export.dynamic` says"


def test_a_model_that_pools_to_a_grid_is_closed_without_a_warning() -> None:
    result = compiled((PEERS / "pooled.toml").read_text())
    assert sizes_said(result.plan, None).startswith("height and width fixed: `grid.0` pools to a grid")
    assert not result.warnings


def test_a_step_may_be_asked_for() -> None:
    more = '[export]\ndynamic = ["batch", "height", "width"]\n'
    assert not compiled(strides(3, up(4), more=more)).warnings


def test_weights_beyond_a_file_are_told_at_validation() -> None:
    text = """
archc = 1
[input]
size = [64, 64]
[model]
kind = "graph"
outputs = { y = "a" }
[[model.nodes]]
name = "a"
from = "image"
layers = [{ op = "flatten" }, { op = "linear", out_features = 40000 }]
"""
    (warning,) = compiled(text).warnings
    assert warning.code == "ARC714"
    assert "its weights take 2.0 GB, and one ONNX file holds at most 1.5 GB" in warning.message
