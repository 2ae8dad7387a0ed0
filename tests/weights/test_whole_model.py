"""A whole model that starts from a run's folder or a file: heads of another width are left out by name."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
import torch

from archc.files.errors import WorldError
from archc.modules.materialize import materialize
from archc.plan.compile import compile_document
from archc.run.create import Record, create_run
from archc.run.ledger import Ledger
from archc.source.document.document import SpecError, read_text
from archc.weights.files import save_weights
from tests.weights.test_layouts import equal, plan, source, taken_of


def run_of(folder: Path, classes: int = 3) -> dict[str, torch.Tensor]:
    """A folder as a run leaves it, and the tensors of its model."""
    state = {n: t + 1 for n, t in materialize(plan(classes=classes), seed=9).state_dict().items()}
    run = create_run(folder, Record(spec="archc = 1\n", form="toml", plan="{}", environment={}))
    ledger = Ledger(run.path)
    announce = partial(ledger.announce, run.weights.name)
    save_weights(run.weights, state, {"archc.spec": "archc = 1\n"}, before=announce)
    ledger.settle(run.weights.name)
    ledger.close([])
    return state


def test_from_a_run_of_the_same_model(tmp_path: Path) -> None:
    state = run_of(tmp_path / "runs/a")
    found, told = taken_of(plan(start='"runs/a"'), tmp_path)
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    assert not told[0].found


def test_weights_of_another_run_are_refused_with_what_to_write(tmp_path: Path) -> None:
    run_of(tmp_path / "runs/a")
    run_of(tmp_path / "runs/b", classes=3)
    other = tmp_path / "runs/b/weights.safetensors"
    save_weights(other, materialize(plan(), seed=1).state_dict(), {"archc.spec": "x"})
    with pytest.raises(WorldError) as caught:
        taken_of(plan(start='"runs/b"'), tmp_path)
    assert "--modified" not in str(caught.value)
    assert str(other) in (caught.value.help or "")
    taken_of(plan(start='"runs/b/weights.safetensors"'), tmp_path)


def test_a_head_of_other_classes_is_left_out_by_name(tmp_path: Path) -> None:
    state = run_of(tmp_path / "runs/a")
    with pytest.raises(
        WorldError, match=r"head\.2\.weight is 3x8 in the file and 5x8 in the model"
    ) as caught:
        taken_of(plan(start='"runs/a"', classes=5), tmp_path)
    literal = '{ file = "runs/a", skip = ["head"] }'
    assert f"write weights = {literal}" in str(caught.value)
    found, told = taken_of(plan(start=literal, classes=5), tmp_path)
    assert all(torch.equal(found[n], t) for n, t in state.items() if n.startswith("body."))
    fresh = materialize(plan(classes=5), seed=0).state_dict()
    assert torch.equal(found["head.2.weight"], fresh["head.2.weight"])
    assert told[0].kept == ("head.2.weight", "head.2.bias")


def test_a_run_is_the_start_of_a_body(tmp_path: Path) -> None:
    state = run_of(tmp_path / "runs/a")
    found, told = taken_of(plan('"runs/a"', classes=7), tmp_path)
    assert all(torch.equal(found[n], t) for n, t in state.items() if n.startswith("body."))
    assert told[0].prefix == "body."


def test_a_bodys_own_file_gives_only_what_the_whole_one_skips(tmp_path: Path) -> None:
    state = run_of(tmp_path / "runs/a")
    torch.save(source(), tmp_path / "w.pth")
    found, told = taken_of(plan('"w.pth"', start='{ file = "runs/a", skip = ["body.tail"] }'), tmp_path)
    assert torch.equal(found["body.stem.0.weight"], state["body.stem.0.weight"])
    assert torch.equal(found["body.tail.0.weight"], source()["tail.0.weight"])
    assert len(told) == 2
    found, told = taken_of(plan('"nowhere.pth"', start='"runs/a"'), tmp_path)
    assert len(told) == 1, "a file of which nothing would be kept is not read"


def test_the_names_of_a_bare_network_are_renamed_into_the_model(tmp_path: Path) -> None:
    torch.save(source(), tmp_path / "w.pth")
    with pytest.raises(WorldError, match="not one name agrees") as caught:
        taken_of(plan(start='"w.pth"'), tmp_path)
    assert 'rename = { "" = "body." }' in str(caught.value)
    literal = '{ file = "w.pth", rename = { "" = "body." }, skip = ["head"] }'
    assert equal(taken_of(plan(start=literal), tmp_path)[0], source())


@pytest.mark.parametrize(
    ("name", "why"), [("runs/b", "no run"), ("runs/c", "no weights yet"), ("runs/d", "no weight file")]
)
def test_folders_that_give_nothing(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "runs/b").mkdir(parents=True)
    run_of(tmp_path / "runs/c")
    (tmp_path / "runs/c/weights.safetensors").unlink()
    with pytest.raises(WorldError, match=why):
        taken_of(plan(start=f'"{name}"'), tmp_path)


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ('"run"', "ARC212"),
        ('"w.onnx"', "ARC212"),
        ('{ file = "w.h5" }', "ARC212"),
        ('{ file = "w.pth", skip = ["hed"] }', "ARC216"),
        ('{ file = "w.pth", entri = "a" }', "ARC101"),
        ('{ entry = "a" }', "ARC102"),
        ("3", "ARC103"),
        ('{ file = "w.pth", prefix = "a\\n" }', "ARC213"),
    ],
)
def test_what_a_spec_cannot_say_of_weights(weights: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        plan(start=weights)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_graph_written_out_keeps_the_start(tmp_path: Path) -> None:
    from archc.views.written_text import written_text

    state = run_of(tmp_path / "runs/a")
    text = (
        'archc = 1\n[input]\nsize = [32, 32]\n[model]\nkind = "classifier"\nclasses = 3\nweights = "runs/a"\n'
        '[model.body]\nref = "torchvision/squeezenet1_1"\n'
    )
    compiled = compile_document(read_text(text, "s.toml"))
    assert compiled.plan.start is not None
    again = compile_document(read_text(written_text(compiled.spec, compiled.plan), "s.toml"))
    assert again.plan.start == compiled.plan.start
    shutil.rmtree(tmp_path / "runs")
    assert state
