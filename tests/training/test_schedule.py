"""Rates over steps and over groups, against fastai 2.8.12's numbers."""

from __future__ import annotations

import pytest

from archc.plan.groups.rates import spread
from archc.spec.train import OneCycle
from archc.training.schedule import Point, at


def test_one_cycle_is_fastais() -> None:
    rates = [0.01 * at("one_cycle", step / 20).rate for step in range(20)]
    assert rates[0] == pytest.approx(0.0004)
    assert rates[1] == pytest.approx(0.0013, abs=5e-5)
    assert rates[2] == pytest.approx(0.0037, abs=5e-5)
    assert rates[5] == pytest.approx(0.01)
    assert max(rates) == rates[5]
    assert rates[19] == pytest.approx(0.000109, abs=5e-7)


def test_momentum_goes_the_other_way() -> None:
    momentum = [at("one_cycle", step / 20).momentum for step in range(20)]
    assert momentum[0] == pytest.approx(0.95)
    assert momentum[5] == pytest.approx(0.85)
    assert momentum[19] == pytest.approx(0.949, abs=1e-3)
    assert at(OneCycle(momentum=None), 0.5).momentum is None


def test_one_cycle_as_written() -> None:
    cycle = OneCycle(warmup=0.5, start_divisor=10, final_divisor=100, momentum=(0.9, 0.8, 0.7))
    assert at(cycle, 0.0) == Point(pytest.approx(0.1), pytest.approx(0.9))
    assert at(cycle, 0.25) == Point(pytest.approx(0.55), pytest.approx(0.85))
    assert at(cycle, 0.5) == Point(pytest.approx(1.0), pytest.approx(0.8))
    assert at(cycle, 1.0) == Point(pytest.approx(0.01), pytest.approx(0.7))


def test_the_other_schedules() -> None:
    assert [at("constant", p / 4).rate for p in range(4)] == [1.0] * 4
    assert [at("cosine", p).rate for p in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.5, 0.0])
    flat = [at("flat_cosine", p).rate for p in (0.0, 0.5, 0.75, 0.875, 1.0)]
    assert flat == pytest.approx([1.0, 1.0, 1.0, 0.500005, 1e-5])
    assert at("cosine", 0.3).momentum is None


def test_one_rate_is_everybodys() -> None:
    assert spread(0.01, 3) == (0.01, 0.01, 0.01)


def test_two_rates_are_spread_geometrically() -> None:
    assert spread((1e-5, 1e-3), 3) == pytest.approx((1e-5, 1e-4, 1e-3))
    assert spread((1e-6, 1e-4), 2) == (1e-6, 1e-4)
    assert spread((1e-6, 1e-4), 1) == (1e-4,)


def test_a_rate_for_each_group_is_taken_as_it_is() -> None:
    assert spread((3.0, 1.0, 2.0), 3) == (3.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="3 learning rates for 4 parameter groups"):
        spread((1.0, 2.0, 3.0), 4)


def test_fastai_itself() -> None:
    schedule = pytest.importorskip("fastai.callback.schedule")
    for warmup in (0.25, 0.3, 0.99):
        theirs = schedule.combined_cos(warmup, 0.01 / 25, 0.01, 0.01 / 1e5)
        for step in range(50):
            ours = 0.01 * at(OneCycle(warmup=warmup), step / 50).rate
            assert ours == pytest.approx(float(theirs(step / 50)), rel=1e-5)  # theirs is float32
