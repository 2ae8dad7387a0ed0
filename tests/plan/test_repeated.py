"""The same advice about several layers is given once, with their number; repairs stay apart."""

from __future__ import annotations

import json

import pytest

from archc.plan.checks.repeated import once_each
from archc.plan.compile import checked
from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label
from archc.source.document.document import read_text
from archc.source.render.github import lines
from archc.source.render.sarif import results
from archc.source.render.text import render

LAYER = '  {{ op = "conv2d", out_channels = {}, kernel_size = 3 }},{}\n  {{ op = "batch_norm2d" }},\n'


def spec(count: int, allowed: int = 0) -> str:
    layers = "".join(
        LAYER.format(4 + i, " # archc: allow ARC704: as published" if i < allowed else "")
        for i in range(count)
    )
    return (
        'archc = 1\n[input]\nsize = [64, 64]\n[model]\nkind = "classifier"\nclasses = 2\n'
        f'[[model.body.stages]]\nname = "first"\nlayers = [\n{layers}]\n'
    )


@pytest.mark.parametrize(
    ("count", "said"), [(1, ""), (2, "(and in 1 more place)"), (6, "(and in 5 more places)")]
)
def test_told_once_with_a_count(count: int, said: str) -> None:
    document = read_text(spec(count), "s.toml")
    found = checked(document).found
    assert [d.code for d in found] == ["ARC704"]
    assert found[0].message.endswith(said)
    assert len(found[0].labels) == min(count, 3)
    for look in ("full", "concise"):
        assert render(found, document, format=look, width=400).count("warning[ARC704]") == 1  # type: ignore[arg-type]
    assert len(json.loads(render(found, document, format="json"))["diagnostics"]) == 1
    assert sum(line.startswith("::warning") for line in lines(found, document, ".")) == 1
    assert len(results(found, document, ".")) == 1


def test_what_a_comment_allows_is_not_counted() -> None:
    found = checked(read_text(spec(6, allowed=4), "s.toml")).found
    assert found[0].message.endswith("(and in 1 more place)")
    assert checked(read_text(spec(3, allowed=3), "s.toml")).found == ()


def test_errors_repairs_and_other_words_stay_apart() -> None:
    def told(path: str, **given: object) -> Diagnostic:
        made = Diagnostic("ARC704", "words", (Label((path,)),), ("help",), "warning")
        return made.changed(**given)

    fixes = (told("a", fix=Fix("rename", ("a",), "b")), told("b", fix=Fix("rename", ("b",), "c")))
    assert once_each(fixes) == fixes
    errors = (told("a", severity="error"), told("b", severity="error"))
    assert once_each(errors) == errors
    others = (told("a"), told("b", message="other"), told("c"))
    assert [d.message for d in once_each(others)] == ["words (and in 1 more place)", "other"]
