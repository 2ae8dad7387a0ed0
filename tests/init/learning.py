"""A spec of `archc init` trained for a few epochs, and held against guessing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archc.cli import main

EPOCHS = 4

_BAR = {"mean_iou": 0.6, "f1": 0.75, "mae": -0.4}
"""What an answer that ignores the image does not reach; errors count from below."""


def better_than_chance(spec: Path, written: dict[str, Any], run: Path) -> bool:
    """Train for a few epochs; return whether what is held out is told better than by ignoring the image."""
    sets = ["train.batch_size=8", "train.workers=0", f"train.phases=[{{epochs={EPOCHS}, lr=2e-3}}]"]
    arguments = [part for each in sets for part in ("--set", each)]
    if main(["train", str(spec), "--run", str(run), *arguments]) != 0:
        return False
    lines = [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]
    (name,) = [each for each in ("accuracy", "mean_iou", "f1", "mae") if each in lines[-1]["metrics"]]
    sign = -1 if name == "mae" else 1
    best = max(sign * line["metrics"][name] for line in lines)
    if name == "accuracy":
        data = written["data"]
        target = data.get("target", {})
        classes = data.get("classes") or target.get("classes") or target["columns"]
        return bool(best > 1.4 / len(classes))
    return bool(best > _BAR[name])
