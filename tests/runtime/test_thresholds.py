"""At a threshold itself: a label holds from its threshold on, a pair is the same only below its distance."""

from __future__ import annotations

import numpy as np
import pytest

from archc.runtime.description import Comparison, Output
from archc.runtime.outputs import Labels, compared, output_value

THREE = Output("tags", "multi_label", "sigmoid", ("a", "b", "c"))
APART = (np.array([0.0, 0.0], np.float32), np.array([3.0, 4.0], np.float32))
"""Two embeddings at distance 5."""


def held(output: Output, row: list[float], threshold: float) -> list[str]:
    made = output_value(output, np.array(row, np.float32), (1, 1), top=3, threshold=threshold)
    assert isinstance(made, Labels)
    return [label.name for label in made.held]


@pytest.mark.parametrize(
    ("scores", "names"), [([0.5, 0.75, 0.25], ["b", "a"]), ([0.49999997, 0.5, 0.50000006], ["c", "b"])]
)
def test_a_label_holds_at_its_threshold(scores: list[float], names: list[str]) -> None:
    assert held(THREE, scores, 0.5) == names


def test_a_logit_of_0_is_a_probability_of_one_half() -> None:
    logits = Output("tags", "multi_label", "none", ("a", "b", "c"))
    assert held(logits, [0.0, 1e-3, -1e-3], 0.5) == ["b", "a"]


@pytest.mark.parametrize(("bound", "same"), [(5.0, False), (5.000001, True), (4.999999, False), (None, None)])
def test_a_pair_is_the_same_below_its_distance_and_not_at_it(bound: float | None, same: bool | None) -> None:
    found = compared(APART, Comparison(False, bound))
    assert found.distances == (5.0,)
    assert found.same is same


def test_normalized_embeddings_are_compared_at_length_1() -> None:
    rows = (np.array([2.0, 0.0], np.float32), np.array([0.0, 0.5], np.float32))
    assert compared(rows, Comparison(True, 1.5)).distances == pytest.approx((2**0.5,), rel=1e-12)
    assert compared(rows, Comparison(False, 1.5)).distances == pytest.approx((4.25**0.5,), rel=1e-12)


def test_the_nearest_of_equals_is_the_first() -> None:
    one = np.array([1.0, 0.0], np.float32)
    assert compared((np.zeros(2, np.float32), 2 * one, one, -one), Comparison(False, None)).nearest == 1
