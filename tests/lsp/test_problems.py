"""Diagnostics of unsaved text: those of `archc validate`, where an editor shows them; and their repairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.lsp.actions import actions, change, formatted
from archc.lsp.analysis import analyzed, is_spec
from archc.lsp.problems import MOST, problems
from archc.plan.compile import compile_document
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import SpecError, read
from archc.source.document.edit import edited
from archc.source.text.spans import Span

ROOT = Path(__file__).parents[2]
_FIXTURES = sorted([*ROOT.glob("tests/broken/*.toml"), *ROOT.glob("tests/broken/*.json")])
BROKEN = [path for path in _FIXTURES if path.name != "ARC002-latin1.toml"]  # an editor has decoded its texts
SMALL = 'archc = 1\n[input]\nsize = [64, 64]\n[model]\nkind = "classifier"\nclasses = 3\n'
BODY = '[model.body]\nref = "torchvision/resnet18"\n'


def _validated(path: Path) -> list[Diagnostic]:
    try:
        return list(compile_document(read(path)).warnings)
    except SpecError as error:
        return list(error.diagnostics)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_they_are_those_of_validate(path: Path) -> None:
    found = problems(analyzed(path.read_bytes().decode("utf-8-sig"), str(path)))
    assert sorted(p.code for p in found) == sorted(d.code for d in _validated(path))[:MOST]
    assert all(p.diagnostic in _validated(path) for p in found)


def _only(text: str, name: str = "a.arch.toml") -> tuple[str, str, str]:
    (found,) = problems(analyzed(text, name))
    return found.code, text[found.span.start : found.span.end], found.message


def test_message_label_and_help_are_one_text() -> None:
    code, at, message = _only(SMALL + BODY + 'cut = "layr4"\n')
    assert (code, at) == ("ARC202", '"layr4"')
    assert message.splitlines()[1] == "help: did you mean `layer4`?"


def test_two_places_are_both_named() -> None:
    text = SMALL + BODY + '[model.head]\npreset = "concat_pool_mlp"\nlayers = [{ op = "flatten" }]\n'
    text = text.replace(
        'ref = "torchvision/resnet18"',
        'ref = "torchvision/resnet18"\nstages = [{ name = "a", layers = [{ op = "relu" }] }]',
    )
    found = problems(analyzed(text, "a.arch.toml"))
    two = next(each for each in found if each.code == "ARC240")
    assert [text[r.span.start : r.span.end] for r in two.related] == ['"torchvision/resnet18"']


def test_a_text_that_does_not_parse_has_its_syntax_error() -> None:
    code, _, message = _only(SMALL + "[model.body\n")
    assert code == "ARC001"
    assert message


def test_a_place_of_many_lines_ends_with_the_first() -> None:
    text = SMALL + BODY + "[model.head]\nlayers = [\n]\n"
    for each in problems(analyzed(text, "a.arch.toml")):
        assert "\n" not in text[each.span.start : each.span.end]


def test_a_hostile_text_has_a_bounded_number_of_them() -> None:
    text = "archc = 1\n" + "".join(f"k{i} = 1\n" for i in range(5_000))
    found = problems(analyzed(text, "a.arch.toml"))
    assert len(found) == MOST
    assert sum(len(each.message) for each in found) < 100_000


def test_a_record_that_cannot_be_read_is_told_where_the_text_begins(tmp_path: Path) -> None:
    record = tmp_path / "archc_bodies" / "timm" / "odd.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    text = SMALL + '[model.body]\nref = "timm/odd"\n'
    (found,) = problems(analyzed(text, str(tmp_path / "a.arch.toml")))
    assert (found.code, found.span) == ("", Span(0, 0))
    assert "odd.json" in found.message


@pytest.mark.parametrize(
    ("text", "name", "spec"),
    [
        ("archc = 1\n", "model.toml", True),
        ("# comment\n\nname = 'x'\narchc = 1\n", "model.toml", True),
        ("", "new.arch.toml", True),
        ("[tool.archc]\nx = 1\n", "pyproject.toml", False),
        ('{"archc": 1}', "model.json", True),
        ('{"name": "package", "archc-like": 1}', "package.json", False),
        ("archc = 1\n", "notes.md", False),
        ("\ufeffarchc = 1\n", "model.toml", True),
    ],
)
def test_which_files_are_specs(text: str, name: str, spec: bool) -> None:
    assert is_spec(text, name) is spec


def _apply(text: str, title: str, name: str = "a.arch.toml") -> str:
    found = actions(analyzed(text, name), Span(0, len(text)))
    chosen = next(each for each in found if each.title == title)
    return edited(text, chosen.edits)


def test_a_repair_changes_what_is_at_fault_and_nothing_else() -> None:
    text = SMALL + BODY + "cutt = 'layer4'  # kept\n"
    assert _apply(text, "Rename it to `cut`") == text.replace("cutt", "cut")
    (repair,) = actions(analyzed(text, "a.arch.toml"), Span(0, len(text)))
    assert [(text[e.span.start : e.span.end], e.text) for e in repair.edits] == [("cutt", "cut")]
    assert problems(analyzed(_apply(text, "Rename it to `cut`"), "a.arch.toml")) == ()


def test_several_repairs_at_once() -> None:
    text = SMALL.replace("classes", "clases") + BODY.replace("ref", "reff")
    repaired = _apply(text, "Make all 2 repairs")
    assert repaired == SMALL + BODY


def test_a_warning_can_be_allowed_where_it_stands() -> None:
    text = (
        SMALL
        + BODY
        + '[model.head]\nlayers = [\n    { op = "global_avg_pool2d" },\n    { op = "flatten" },\n'
    )
    text += '    { op = "linear", out_features = 3 },\n    { op = "softmax", dim = 1 },\n]\n'
    text += '[data]\nkind = "image_folder"\nroot = "x"\n[loss]\nkind = "cross_entropy"\n'
    found = [each for each in problems(analyzed(text, "a.arch.toml")) if each.severity == "warning"]
    assert found, "a softmax before a cross-entropy is warned of"
    allowed = _apply(text, f"Allow {found[0].code} here")
    assert found[0].code not in [each.code for each in problems(analyzed(allowed, "a.arch.toml"))]
    line = next(line for line in allowed.splitlines() if "archc: allow" in line)
    assert line == f"    # archc: allow {found[0].code}"


def test_actions_are_those_of_the_place_asked_about() -> None:
    text = SMALL.replace("classes", "clases") + BODY
    assert [a.title for a in actions(analyzed(text, "a.arch.toml"), Span(0, 3))] == []


@given(st.text("ab\n", max_size=12), st.text("ab\n", max_size=12))
def test_a_change_makes_one_text_the_other(before: str, after: str) -> None:
    assert edited(before, (change(before, after),)) == after


def test_formatting_is_that_of_archc_fmt_and_needs_a_text_that_parses() -> None:
    messy = SMALL.replace("size = [64, 64]", "size=[ 64,64 ]") + BODY
    found = formatted(analyzed(messy, "a.arch.toml"))
    assert found is not None
    tidy = edited(messy, (found,))
    assert "size = [64, 64]" in tidy
    assert formatted(analyzed(tidy, "a.arch.toml")) is None
    assert formatted(analyzed("a = [", "a.arch.toml")) is None
