"""Checkpoints as training scripts write them: each loads, with the numbers of the network it came from."""

from __future__ import annotations

import argparse
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from archc.files.errors import WorldError
from archc.modules.materialize import materialize
from archc.plan.compile import compile_document
from archc.plan.plan import Plan
from archc.source.document.document import read_text
from archc.weights.report import lines
from archc.weights.select import Taken

State = dict[str, Tensor]

SPEC = """archc = 1
[input]
size = [16, 16]
[model]
kind = "classifier"
classes = 3
{start}
[model.body]
weights = {weights}
[[model.body.stages]]
name = "stem"
layers = [
  {{ op = "conv2d", out_channels = 4, kernel_size = 3 }}, {{ op = "batch_norm2d" }}, {{ op = "relu" }}
]
[[model.body.stages]]
name = "tail"
layers = [{{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }}, {{ op = "relu" }}]
[model.head]
layers = [{{ op = "global_avg_pool2d" }}, {{ op = "flatten" }}, {{ op = "linear", out_features = {classes} }}]
"""


def plan(weights: str = '"none"', start: str = "", classes: int = 3) -> Plan:
    text = SPEC.format(weights=weights, start=f"weights = {start}" if start else "", classes=classes)
    return compile_document(read_text(text.replace("classes = 3", f"classes = {classes}"), "s.toml")).plan


def source() -> State:
    """The tensors of a network of its own, off their starts, by the names inside the body."""
    state = materialize(plan(), seed=5).state_dict()
    found = {name.removeprefix("body."): t for name, t in state.items() if name.startswith("body.")}
    generator = torch.Generator().manual_seed(1)
    return {n: t + torch.randn(t.shape, generator=generator) if t.ndim else t + 7 for n, t in found.items()}


def below(prefix: str, state: State) -> State:
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


HEAD: State = {"fc.weight": torch.ones(3, 8), "fc.bias": torch.ones(3)}

LAYOUTS: dict[str, Callable[[State], Any]] = {
    "plain": lambda s: s,
    "ordered": OrderedDict,
    "lightning": lambda s: {
        "state_dict": below("model.", s | HEAD), "epoch": 3, "hyper_parameters": {"lr": 0.1}, "loops": {},
    },
    "timm": lambda s: {
        "arch": "x", "state_dict": s | HEAD, "args": argparse.Namespace(lr=1, path=Path("a")), "metric": 0.5,
    },
    "ema": lambda s: {"ema": s},
    "dino": lambda s: {"teacher": below("backbone.", s) | below("head.", {"mlp.weight": torch.ones(2)})},
    "moco": lambda s: {"state_dict": below("module.encoder_q.", s) | {"module.queue": torch.ones(4)}},
    "parallel": lambda s: below("module.", s | HEAD),
    "compiled": lambda s: below("_orig_mod.", s),
    "both": lambda s: {"model": below("_orig_mod.module.", s)},
    "fastai": lambda s: {
        "model": below("0.", s) | {"1.8.weight": torch.ones(2)}, "opt": {"state": [{"mom": torch.ones(2)}]},
    },
    "net": lambda s: {"net": s, "acc": 0.9, "epoch": 3},
    "params": lambda s: {"params": s},
    "nested": lambda s: {"model": {"state_dict": s}},
    "parameters": lambda s: {n: nn.Parameter(t) if t.is_floating_point() else t for n, t in s.items()},
    "half": lambda s: {n: t.double() if t.is_floating_point() else t for n, t in s.items()},
    "no counters": lambda s: {n: t for n, t in s.items() if not n.endswith("num_batches_tracked")},
}  # fmt: skip


def taken_of(made: Plan, folder: Path) -> tuple[State, list[Taken]]:
    told: list[Taken] = []
    return materialize(made, seed=0, spec_dir=folder, told=told.append).state_dict(), told


def equal(found: State, state: State, *, counters: bool = True) -> bool:
    return all(
        torch.equal(found[f"body.{name}"], tensor)
        for name, tensor in state.items()
        if counters or not name.endswith("num_batches_tracked")
    )


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin"])
@pytest.mark.parametrize("modern", [True, False])
def test_every_suffix_and_both_formats(suffix: str, modern: bool, tmp_path: Path) -> None:
    torch.save(source(), tmp_path / f"w{suffix}", _use_new_zipfile_serialization=modern)
    found, _ = taken_of(plan(f'"w{suffix}"'), tmp_path)
    assert equal(found, source())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_one_place_that_fits_is_taken_and_said(layout: str, tmp_path: Path) -> None:
    torch.save(LAYOUTS[layout](source()), tmp_path / "w.pth")
    found, told = taken_of(plan('"w.pth"'), tmp_path)
    assert equal(found, source(), counters=layout != "no counters")
    said = "\n".join(lines(told[0]))
    assert "w.pth" in said
    assert ("the only place" in said) == (
        layout not in ("plain", "ordered", "parameters", "half", "no counters")
    )


def test_safetensors_below_a_prefix(tmp_path: Path) -> None:
    safetensors.torch.save_file(below("encoder.", source()) | HEAD, tmp_path / "w.safetensors")
    found, told = taken_of(plan('"w.safetensors"'), tmp_path)
    assert equal(found, source())
    assert told[0].prefix == "encoder."
    assert set(told[0].foreign) == set(HEAD)


def test_two_that_fit_are_refused_with_what_to_write(tmp_path: Path) -> None:
    other = {name: tensor + 1 for name, tensor in source().items()}
    torch.save({"student": other, "teacher": source()}, tmp_path / "w.pth")
    with pytest.raises(WorldError, match="2 sets of weights that fit") as caught:
        taken_of(plan('"w.pth"'), tmp_path)
    literal = 'weights = { file = "w.pth", entry = "teacher" }'
    assert literal in str(caught.value)
    found, _ = taken_of(plan(literal.removeprefix("weights = ")), tmp_path)
    assert equal(found, source())


def test_two_prefixes_that_fit_are_refused_with_what_to_write(tmp_path: Path) -> None:
    other = {name: tensor + 1 for name, tensor in source().items()}
    torch.save({"state_dict": below("encoder_q.", source()) | below("encoder_k.", other)}, tmp_path / "w.pth")
    with pytest.raises(WorldError) as caught:
        taken_of(plan('"w.pth"'), tmp_path)
    literal = '{ file = "w.pth", prefix = "encoder_q." }'
    assert literal in str(caught.value)
    assert equal(taken_of(plan(literal), tmp_path)[0], source())
    assert equal(taken_of(plan(literal.replace("q.", "q")), tmp_path)[0], source())


def test_one_table_under_two_names_is_one(tmp_path: Path) -> None:
    state = source()
    torch.save({"model": state, "state_dict": state}, tmp_path / "w.pth")
    assert equal(taken_of(plan('"w.pth"'), tmp_path)[0], state)


def test_names_are_changed_by_the_longest_rule(tmp_path: Path) -> None:
    state = {
        name.replace("stem.", "features.first.").replace("tail.", "features."): tensor
        for name, tensor in source().items()
    }
    torch.save({"net": state}, tmp_path / "w.pth")
    rules = '{ file = "w.pth", rename = { "features.first." = "stem.", "features." = "tail." } }'
    assert equal(taken_of(plan(rules), tmp_path)[0], source())


def test_what_is_skipped_starts_as_without_the_file(tmp_path: Path) -> None:
    state = source() | {"stem.0.weight": torch.ones(2)}
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(
        WorldError, match=r"stem\.0\.weight is 2 in the file and 4x3x3x3 in the model"
    ) as caught:
        taken_of(plan('"w.pth"'), tmp_path)
    literal = '{ file = "w.pth", skip = ["stem.0.weight"] }'
    assert literal in str(caught.value)
    found, told = taken_of(plan(literal), tmp_path)
    fresh = materialize(plan(), seed=0).state_dict()
    assert torch.equal(found["body.stem.0.weight"], fresh["body.stem.0.weight"])
    assert torch.equal(found["body.tail.0.weight"], source()["tail.0.weight"])
    assert told[0].kept == ("stem.0.weight",)


def test_an_entry_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    torch.save({"student": source()}, tmp_path / "w.pth")
    with pytest.raises(WorldError, match='no entry "teacher"') as caught:
        taken_of(plan('{ file = "w.pth", entry = "teacher" }'), tmp_path)
    assert '"student"' in (caught.value.help or "")


def test_tensors_beside_a_known_part_are_of_another_network(tmp_path: Path) -> None:
    torch.save(source() | {"tail.9.weight": torch.ones(2)}, tmp_path / "w.pth")
    with pytest.raises(WorldError, match=r"1 unexpected \(tail\.9\.weight\)"):
        taken_of(plan('"w.pth"'), tmp_path)


def test_a_file_of_another_architecture(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.ones(2), "b.weight": torch.ones(2)}, tmp_path / "w.pth")
    with pytest.raises(WorldError, match="not one name agrees") as caught:
        taken_of(plan('"w.pth"'), tmp_path)
    assert "another architecture" in str(caught.value)


def test_tied_names_in_a_file_are_two_tensors_of_the_model(tmp_path: Path) -> None:
    state = source()
    state["stem.1.bias"] = state["stem.1.weight"]
    torch.save(state, tmp_path / "w.pth")
    found, _ = taken_of(plan('"w.pth"'), tmp_path)
    assert torch.equal(found["body.stem.1.bias"], found["body.stem.1.weight"])
    assert found["body.stem.1.bias"].data_ptr() != found["body.stem.1.weight"].data_ptr()


def test_overlapping_tensors_are_copied_apart(tmp_path: Path) -> None:
    state, long = source(), torch.arange(6.0)
    state |= {"stem.1.bias": long[:4], "stem.1.weight": long[2:]}
    torch.save(state, tmp_path / "w.pth")
    found, _ = taken_of(plan('"w.pth"'), tmp_path)
    found["body.stem.1.weight"].zero_()
    assert found["body.stem.1.bias"].tolist() == [0, 1, 2, 3]
