"""What people see while it trains."""

from __future__ import annotations

import io
from typing import Any

import pytest

from archc.training.events import EpochEnd, Notice, RunEnd, RunStart, Step
from archc.training.progress import Pace, duration, show, told


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def start(steps: int = 10) -> RunStart:
    return RunStart(device="cpu", steps=steps, epochs=2, examples=40, valid_examples=8, monitor="accuracy")


def step(number: int, loss: float = 1.0) -> Step:
    return Step(
        phase=0, epoch=0, step=number, loss=loss, rate=1e-3, momentum=None,
        gradient_norm=1.0, examples=8, seconds=0.4, waited=0.1,
    )  # fmt: skip


def test_plain_lines_without_a_terminal(small: Any) -> None:
    out = io.StringIO()
    end = show(small.progress(small.make_net()), stream=out)
    assert isinstance(end, RunEnd)
    written = out.getvalue()
    assert "\x1b" not in written
    lines = written.splitlines()
    assert lines[0] == "18 images to train on, 6 to measure on; 2 epochs, 8 steps on cpu"
    assert lines[1].startswith("phase 1: 2 epochs at lr 0.01, ")
    assert lines[2].startswith("epoch   1  train loss ")
    assert "mean_iou" in lines[2]
    assert lines[-1].startswith("best: epoch ")
    assert len(lines) == 5


def test_quiet_says_nothing_and_still_ends(small: Any) -> None:
    out = io.StringIO()
    assert isinstance(show(small.progress(small.make_net()), quiet=True, stream=out), RunEnd)
    assert out.getvalue() == ""


def test_a_terminal_gets_a_bar_and_the_lines(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("archc.training.progress.FRAME", 0.0)
    out = Terminal()
    show(small.progress(small.make_net()), stream=out)
    written = out.getvalue()
    assert "images/s" in written
    assert "epoch   2  train loss" in written
    assert "\x1b[?25h" in written.split("best:")[-1] + written  # the cursor is given back


def test_the_bar_goes_when_training_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    def broken() -> Any:
        yield start()
        yield step(0)
        raise ValueError("a bug")

    out = Terminal()
    with pytest.raises(ValueError, match="a bug"):
        show(broken(), stream=out)
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1


def test_pace_counts_waiting_and_says_what_is_left() -> None:
    pace = Pace().after(start()).after(step(0))
    assert pace.rate == pytest.approx(16.0)
    assert pace.left == pytest.approx(4.5)
    assert pace.line() == "epoch 1/2  step 1/10  loss 1.0000  16 images/s  0:04 left"
    assert pace.after(step(1, loss=3.0)).loss == pytest.approx(1.1)
    assert Pace().rate == 0.0
    # An epoch of two steps took 3 s with measuring: 8 steps to go at 1.5 s each.
    ended = EpochEnd(
        phase=0, epoch=0, step=2, train_loss=1.0, valid_loss=1.0,
        metrics={}, class_iou=(), best=True, seconds=3.0,
    )  # fmt: skip
    assert pace.after(step(1)).after(ended).left == pytest.approx(12.0)


def test_strange_names_stay_on_their_line() -> None:
    assert told(Notice(text="a\nb\x1b[31m")) == ["note: a\\nb\\x1b[31m"]


def test_durations() -> None:
    assert [duration(s) for s in (7, 754, 3723)] == ["0:07", "12:34", "1:02:03"]
