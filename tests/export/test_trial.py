"""Whether a body can be exported is tried when it is recorded, kept in its record, and said by `validate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.bodies.catalog import SHIPPED, find
from archc.bodies.reading import read_record, require_intact
from archc.cli import record as recording
from archc.export import trial
from archc.export.faults import ExportFault
from archc.export.onnx import library_parts
from archc.files.errors import WorldError
from archc.modules.build import build
from archc.plan.compile import compile_document
from archc.plan.exporting import export_advice
from archc.source.document.document import read_text

SWIN = """archc = 1
[input]
size = [224, 224]
[model]
kind = "classifier"
classes = 2
[model.body]
ref = "torchvision/swin_t"
cut = "{cut}"
"""


@pytest.mark.parametrize(("fault", "said"), [(None, 0), ("", 0), ("`features.1` cannot be traced", 1)])
def test_a_kept_fault_is_advice(fault: str | None, said: int) -> None:
    compiled = compile_document(read_text(SWIN.format(cut="features.1"), "s.toml"))
    bodies = tuple(b.changed(record=find(b.ref).changed(export_fault=fault)) for b in compiled.plan.bodies)
    found = list(export_advice(compiled.spec, compiled.plan.changed(bodies=bodies)))
    assert [(d.code, d.severity) for d in found] == [("ARC714", "warning")] * said
    assert all("cannot be traced" in d.message and "archc record" in d.help[1] for d in found)


def test_no_advice_where_the_cut_leaves_only_ops_of_archc() -> None:
    compiled = compile_document(read_text(SWIN.format(cut="features.0"), "s.toml"))
    bodies = tuple(b.changed(record=find(b.ref).changed(export_fault="no")) for b in compiled.plan.bodies)
    assert list(export_advice(compiled.spec, compiled.plan.changed(bodies=bodies))) == []


def test_the_outcome_is_written_into_the_sealed_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "squeezenet1_1.json"
    shutil.copy(SHIPPED / "torchvision/squeezenet1_1.json", path)
    recording._try_export("torchvision/squeezenet1_1", path)
    assert read_record(path.read_text("utf-8"), str(path), trusted=False).export_fault == ""
    monkeypatch.setattr(trial, "export_fault", lambda record: "torch cannot trace it")
    recording._try_export("torchvision/squeezenet1_1", path)
    require_intact(path.read_bytes(), path, "")
    record = read_record(path.read_text("utf-8"), str(path), trusted=False)
    assert record.export_fault == "torch cannot trace it"
    assert record.nodes == find("torchvision/squeezenet1_1").nodes
    assert "can be exported" in capsys.readouterr().err


@pytest.mark.parametrize("fault", [3, ["a"], "x" * 500, None])
def test_a_strangers_outcome_is_checked(fault: Any) -> None:
    data = json.loads((SHIPPED / "torchvision/squeezenet1_1.json").read_text("utf-8"))
    with pytest.raises(WorldError, match="export_fault"):
        read_record(json.dumps(data | {"export_fault": fault}), "x", trusted=False)


def _plan(cut: str) -> Any:
    return compile_document(read_text(SWIN.format(cut=cut), "s.toml")).plan


def test_a_part_that_forgets_to_return_itself_is_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = _plan("features.1")
    module = build(plan, seed=0)
    node = next(n for n in plan.nodes if n.op.op == "library_part")
    part = module.get_submodule(node.module)
    kept = type(part).train
    monkeypatch.setattr(type(part), "train", lambda self, mode=True: kept(self, mode) and None)
    given: list[Any] = []

    def export(model: Any, *_: Any, **__: Any) -> None:
        given.append(model)
        raise RuntimeError("seen")

    monkeypatch.setattr(torch.onnx, "export", export)
    with pytest.raises(ExportFault, match="seen"):
        library_parts.traced_parts(plan, module, 20, ("batch",))
    assert given == [part]
    assert not part.training


def test_one_part_of_each_kind_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = _plan("features.3")
    tried: list[str] = []
    monkeypatch.setattr(library_parts, "_traced", lambda node, *_: tried.append(node.name))
    library_parts.traced_kinds(plan, build(plan, seed=0), 20)
    parts = [node.name for node in plan.nodes if node.op.op == "library_part"]
    assert 0 < len(tried) < len(parts)


def test_what_torch_cannot_trace_is_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise ExportFault("`a` is a library's own module, and torch cannot trace it: a loop")

    monkeypatch.setattr(trial, "traced_kinds", refuse)
    assert "a loop" in trial.export_fault(find("torchvision/swin_t"))
