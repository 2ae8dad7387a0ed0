"""What a model costs, counted by hand."""

from __future__ import annotations

from archc.plan.totals import costed, totals
from tests.plan.texts import plan_of

RESIDUAL = """
archc = 1
name = "residual"
input = { channels = 1, size = [4, 4] }
[model]
kind = "graph"
outputs = { scores = "scores" }
[[model.nodes]]
name = "wide"
from = "image"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 1 }]
[[model.nodes]]
name = "narrow"
from = "wide"
layers = [{ op = "conv2d", out_channels = 2, kernel_size = 1 }]
[[model.nodes]]
name = "again"
from = "narrow"
layers = [{ op = "relu" }, { op = "conv2d", out_channels = 8, kernel_size = 1 }]
[[model.nodes]]
name = "sum"
from = ["again", "wide"]
op = { op = "add" }
[[model.nodes]]
name = "scores"
from = "sum"
layers = [
  { op = "global_avg_pool2d" },
  { op = "flatten" },
  { op = "linear", out_features = 3 },
]
"""
"""Maps of 16 places: 1, 8, 2, 2, 8, 8 channels; then 8, 8 and 3 numbers."""


def test_activations_are_those_that_are_alive_together() -> None:
    plan = plan_of(RESIDUAL)
    assert [len(node.out.shape) for node in plan.nodes] == [4, 4, 4, 4, 4, 4, 2, 2]
    found = totals(plan, 1)
    assert found.kept == 4 * (16 * (8 + 2 + 2 + 8 + 8) + 8 + 8 + 3)
    # The most is alive when the sum is made: both its terms and itself. The image has long gone.
    assert found.peak == 4 * 16 * (8 + 8 + 8)
    assert totals(plan, 3).peak == 3 * found.peak


def test_an_output_stays_alive_to_the_end() -> None:
    text = RESIDUAL.replace(
        'outputs = { scores = "scores" }', 'outputs = { scores = "scores", map = "narrow" }'
    )
    assert totals(plan_of(text), 1).peak == 4 * 16 * (8 + 2 + 8 + 8)


def test_parameters_and_multiply_adds_by_node() -> None:
    found = {node.name: (count, macs) for node, count, macs in costed(plan_of(RESIDUAL))}
    learned = {name: each for name, each in found.items() if each != (0, 0)}
    assert list(learned.values()) == [(16, 16 * 8), (18, 16 * 16), (24, 16 * 16), (27, 24)]
    plan = plan_of(RESIDUAL)
    assert (totals(plan, 5).parameters, totals(plan, 5).multiply_adds) == (85, 16 * 40 + 24)
