"""`archc build --emit spec`: the same model, every layer written out, as a spec that holds by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archc.cli import main
from archc.plan.compile import Compiled, compile_document
from archc.plan.groups.partition import parameter_groups
from archc.source.diagnostics.codes import CODES
from archc.source.document.document import read, read_text
from archc.views.written_text import written_text
from tests.plan.texts import CLASSIFIER, body, compiled
from tests.views.test_written_out import SUGAR, canonical

EXAMPLES = sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))


def again(result: Compiled) -> Compiled:
    """The spec written out, read back and compiled where the first one lies."""
    text = written_text(result.spec, result.plan)
    return compile_document(read_text(text, result.document.name, "toml"))


def _allowed(result: Compiled) -> set[str]:
    """The warnings that comments of the spec allow; a spec written out does not have them."""
    words = re.findall(r"# archc: allow ([\w-]+)", result.document.text)
    return {code for code, entry in CODES.items() if code in words or entry.name in words}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_written_out_is_the_same_in_all_that_counts(path: Path) -> None:
    first = compile_document(read(path))
    second = again(first)
    assert canonical(second.plan) == canonical(first.plan)
    assert {found.code for found in second.warnings} <= _allowed(first)
    assert [one.changed(value="") for one in second.plan.outputs] == [
        one.changed(value="") for one in first.plan.outputs
    ]
    for part in ("data", "loss", "losses", "metrics", "train", "export", "expect"):
        assert getattr(second.spec, part) == getattr(first.spec, part)
    if first.spec.train is not None:
        grouped = parameter_groups(first.plan, first.spec.train)
        assert parameter_groups(second.plan, first.spec.train) == grouped


@pytest.mark.parametrize(("text", "flags"), SUGAR.values(), ids=SUGAR)
def test_sugar_of_every_kind_is_written_out(text: str, flags: tuple[str, ...]) -> None:
    sugar = compiled(text, *flags)
    assert canonical(again(sugar).plan) == canonical(sugar.plan)


def test_headings_say_where_layers_come_from() -> None:
    small = compiled(CLASSIFIER, "input.size=[64, 64]", body("resnet18"))
    lines = written_text(small.spec, small.plan).splitlines()
    heading = lines.index('# from `model.head`, preset "concat_pool_mlp"')
    assert lines[heading + 1] == "[[model.nodes]]                         # 1024x1x1"
    assert lines[heading + 2] == 'name = "head.0"'
    assert "# the body of `model.modules.body`" in lines


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "written.toml"
    assert main(["build", str(EXAMPLES[0]), "--emit", "spec", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["validate", str(out)]) == 0
    assert main(["build", str(EXAMPLES[0]), "--emit", "spec"]) == 0
    assert capsys.readouterr().out.endswith(out.read_text())
