"""A mistake is shown on the token at fault: the mutator knows where it struck."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from archc.plan.compile import compile_document
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError, read_text
from archc.source.render.placement import location
from tests.generated.mistakes import KINDS
from tests.generated.mutations import Format, Mistake, Written, written
from tests.generated.strategies import valid_spec


def faults(document: Document) -> tuple[Diagnostic, ...]:
    """The errors of a document."""
    try:
        compile_document(document)
    except SpecError as error:
        return tuple(d for d in error.diagnostics if d.severity == "error")
    return ()


def allowed(mistake: Mistake, text: Written) -> list[tuple[int, int]]:
    """The spans of the tokens at fault. A key that is not there is shown at the tables around its place."""
    spans = []
    for aim in mistake.aims:
        if aim == "table":
            for length in range(len(mistake.path) - 1, -1, -1):
                around = text.spans.get(mistake.path[:length])
                spans += [around.key, around.value, (around.value[0], around.value[0] + 1)] if around else []
            spans.append((0, 0))
        else:
            spans.append(getattr(text.spans[mistake.path], aim))
    return spans


def check(kind: str, seed: int, format: Format) -> bool:
    """Whether the spec of the seed can have the mistake; fails where it is not shown at its token."""
    draw = random.Random(f"{kind} {seed}")
    mistake = KINDS[kind](draw, valid_spec(seed))
    if mistake is None:
        return False
    text = written(mistake.data, format, draw)
    document = read_text(text.text, f"mistake.{format}", format)
    found = faults(document)
    assert found, (kind, seed, mistake.path)
    if mistake.codes:
        assert found[0].code in mistake.codes, (kind, seed, found[0])
    wanted = allowed(mistake, text)
    shown = [location(label, document).span for label in found[0].labels]
    assert any(tuple(span) in wanted for span in shown), (kind, seed, found[0], mistake.path, shown, wanted)
    return True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", ["toml", "json"])
def test_the_token_at_fault_is_shown(kind: str, format: Format) -> None:
    made = sum(check(kind, seed, format) for seed in range(60))
    assert made >= 2


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_the_token_at_fault_is_shown_in_2000_specs(kind: str) -> None:
    made = Counter(check(kind, seed, "json" if seed % 2 else "toml") for seed in range(1_000, 3_000))
    assert made[True] >= 40
