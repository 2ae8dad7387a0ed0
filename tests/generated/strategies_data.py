"""Data, losses and training that fit a model, as plain data."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]
Draw = random.Random


@dataclass(frozen=True, slots=True)
class Task:
    """What a classifier answers: how many numbers, what [model] says of it, and what stands beside."""

    count: int
    model: Data
    others: Data


def answering(draw: Draw, channels: int) -> Task:
    """A task for a classifier of images with so many channels."""
    kind = draw.choice(("none", "digits", "image_folder", "image_regex", "label", "tags", "values"))
    count = draw.randint(2, 7)
    if kind == "none":
        return Task(count, {"classes": count}, {})
    if kind == "digits" and channels in (1, 3):
        return Task(10, {}, {"data": {"kind": "digits", "valid": 0.3}})
    names = [f"class {i}" for i in range(count)]
    if kind in ("image_folder", "digits"):
        data: Data = {
            "kind": "image_folder",
            "root": "../data",
            "classes": names,
            "levels": draw.randint(1, 2),
        }
        return Task(count, {}, {"data": data, "metrics": {"kinds": ["accuracy", "f1"]}})
    if kind == "image_regex":
        data = {"kind": "image_regex", "root": "d", "label": r"^(?P<label>.+)_\d+", "images": "**/*.jpg"}
        return Task(count, {"classes": count}, {"data": data})
    target: Data = {"kind": kind}
    if kind == "values":
        target["columns"] = names
        loss = draw.choice(({"kind": "mse"}, {"kind": "l1", "smooth": 0.5}))
        return Task(count, {"outputs": count}, {"data": _table(draw, target), "loss": loss})
    target["classes"] = names
    loss = (
        {"kind": "cross_entropy", "label_smoothing": 0.1}
        if kind == "label"
        else {"kind": "binary_cross_entropy"}
    )
    return Task(count, {}, {"data": _table(draw, target), "loss": loss})


def _table(draw: Draw, target: Data) -> Data:
    data: Data = {"kind": "image_csv", "root": "data", "target": target, "path": "train/{image}.jpg"}
    held_out = (0.25, {"by": "column", "column": "is_valid"}, {"by": "folder", "folder": "valid"})
    return data | {"valid": draw.choice(held_out)}


def training(draw: Draw, spec: Data, rest: str) -> Data:
    """The spec, perhaps with [train]; `rest` is the model's part beside its body."""
    if "data" not in spec or draw.random() < 0.3:
        return spec
    groups, names = _groups(draw, rest)
    train: Data = {"batch_size": draw.randint(2, 64), "groups": groups, "seed": draw.randint(0, 99)}
    train["phases"] = [_phase(draw, names, rest) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.4:
        train["optimizer"] = {"kind": draw.choice(("adam", "sgd")), "weight_decay": draw.choice((0.0, 0.05))}
    if draw.random() < 0.3:
        train["gradient_clip"] = 1.0
    if draw.random() < 0.3:
        spec["data"]["augment"] = _augment(draw)
    return spec | {"train": train}


def _groups(draw: Draw, rest: str) -> tuple[Any, list[str]]:
    """Parameter groups, and names of some that a phase may train."""
    kind = draw.choice(("body_head", "per_stage", "per_block", "written", "starred"))
    if kind == "written":
        return [{"name": "b", "match": ["body"]}, {"name": "h", "match": [rest]}], ["b", "h"]
    if kind == "starred":
        return [{"name": "all", "match": ["*"]}], ["all"]
    return kind, [rest, "body"] if kind == "body_head" else [rest]


def _phase(draw: Draw, names: list[str], rest: str) -> Data:
    phase: Data = {"epochs": draw.randint(1, 9)}
    if draw.random() < 0.4:
        phase["train"] = draw.sample(names, draw.randint(1, len(names)))
    phase["lr"] = draw.choice((1e-3, [1e-5, 1e-3], 5e-4))
    if draw.random() < 0.5:
        one_cycle = {"kind": "one_cycle", "warmup": 0.3}
        phase["schedule"] = draw.choice(("constant", "cosine", "flat_cosine", one_cycle))
    if draw.random() < 0.3:
        phase["train_norm"] = draw.choice(("none", "statistics", "all"))
    if draw.random() < 0.3:
        phase["size"] = [draw.randint(64, 96), draw.randint(64, 96)]
    if draw.random() < 0.2:
        phase["augment"] = _augment(draw)
    return phase


def _augment(draw: Draw) -> Data:
    choices: Data = {
        "horizontal_flip": 0.5,
        "scale": [1.0, 1.5],
        "rotate": 15.0,
        "brightness": 0.2,
        "hue": 0.1,
    }
    return {key: choices[key] for key in draw.sample(sorted(choices), draw.randint(0, 3))}
