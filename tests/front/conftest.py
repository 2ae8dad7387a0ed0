"""A small model of digits, trained for one epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archc

SMALL: dict[str, Any] = {
    "archc": 1,
    "name": "small",
    "input": {"size": [8, 8], "channels": 1},
    "model": {
        "kind": "classifier",
        "body": {
            "stages": [
                {
                    "name": "stem",
                    "layers": [{"op": "conv2d", "out_channels": 8, "kernel_size": 3}, {"op": "relu"}],
                }
            ]
        },
        "head": {
            "layers": [{"op": "global_avg_pool2d"}, {"op": "flatten"}, {"op": "linear", "out_features": 10}]
        },
    },
    "data": {"kind": "digits"},
    "train": {"batch_size": 256, "workers": 0, "phases": [{"epochs": 2, "lr": 0.01}]},
    "export": {"postprocess": "softmax"},
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of one epoch."""
    folder = tmp_path_factory.mktemp("front") / "run"
    model = archc.compile(SMALL, overrides={"train.phases.0.epochs": 1})
    events = list(model.fit(run=folder, device="cpu"))
    assert isinstance(events[-1], archc.events.RunEnd)
    assert model.run == folder
    return folder


@pytest.fixture(scope="session")
def exported(trained: Path) -> Path:
    """The trained model as a file."""
    return Path(archc.Run(trained).export().path)
