"""A phase's rates over its groups."""

from __future__ import annotations

import pytest

from archc.plan.groups.rates import phase_rates
from archc.spec.train import Phase


def test_layer_decay_gives_each_group_a_share_of_the_next() -> None:
    rates = phase_rates(Phase(epochs=1, lr=1e-3, layer_decay=0.5), 4)
    assert rates == pytest.approx((1.25e-4, 2.5e-4, 5e-4, 1e-3))


def test_without_it_rates_are_spread() -> None:
    assert phase_rates(Phase(epochs=1, lr=(1e-5, 1e-3)), 3) == pytest.approx((1e-5, 1e-4, 1e-3))
    assert phase_rates(Phase(epochs=1, lr=1e-3), 2) == (1e-3, 1e-3)


def test_of_two_rates_the_last_one_is_a_single_groups() -> None:
    assert phase_rates(Phase(epochs=1, lr=(1e-5, 1e-3)), 1) == (1e-3,)
    assert phase_rates(Phase(epochs=1, lr=(1e-5, 1e-3)), 2) == (1e-5, 1e-3)
