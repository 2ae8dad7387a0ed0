"""Whatever a text is, every feature answers, within the text and in a bounded time."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from archc.lsp.actions import actions
from archc.lsp.analysis import analyzed
from archc.lsp.completion import completions
from archc.lsp.drafting import drafted
from archc.lsp.hints import hints
from archc.lsp.hover import hover
from archc.lsp.problems import problems
from archc.lsp.references import definition
from archc.lsp.symbols import symbols
from archc.source.text.limits import Format
from archc.source.text.spans import Span

ROOT = Path(__file__).parents[2]
TEXTS = [path.read_text("utf-8") for path in sorted(ROOT.glob("specs/*.toml"))]
_BITS = [
    '"',
    "'",
    "[",
    "[[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "\n",
    "\r\n",
    "#",
    'op = "',
    'from = ["',
    "\u2028",
]
_BITS += [
    "😀",
    "\0",
    "\ufeff",
    "model",
    '"""',
    "1e400",
    "99999999999999999999",
    "\\u",
    "[model]\n",
    "stages",
    "-1",
]


def answer_everything(text: str, name: str, offsets: list[int]) -> None:
    """Asks for everything, and checks that answers lie within the text."""
    format: Format = "json" if name.endswith("json") else "toml"
    analysis = analyzed.__wrapped__(text, name)
    draft = drafted(text.removeprefix("\ufeff"), format)
    for problem in problems(analysis):
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for hint in hints(draft, analysis):
        assert 0 <= hint.offset <= len(text)
    symbols(draft, analysis)
    for action in actions(analysis, Span(0, len(text))):
        assert all(0 <= edit.span.start <= edit.span.end <= len(text) for edit in action.edits)
    for offset in offsets:
        definition(draft, offset)
        hover(draft, analysis, offset)
        for each in completions(draft, analysis, offset):
            assert each.span.start <= offset <= each.span.end
            assert "\n" not in draft.written(each.span)


def mutated(picked: random.Random) -> str:
    text = picked.choice(TEXTS)
    for _ in range(picked.randrange(1, 4)):
        at = picked.randrange(len(text) + 1)
        match picked.randrange(4):
            case 0:
                text = text[:at] + picked.choice(_BITS) + text[at:]
            case 1:
                text = text[:at] + text[at + picked.randrange(30) :]
            case 2:
                text = text[: max(at, 20)]
            case _:
                text = text[:at] + text[at : at + picked.randrange(200)] + text[at:]
    return text


def sweep(seed: int, count: int) -> None:
    picked = random.Random(seed)
    for _ in range(count):
        text = mutated(picked)
        offsets = [picked.randrange(len(text) + 1) for _ in range(6)]
        answer_everything(text, picked.choice(("a.arch.toml", "a.arch.json")), offsets)


def test_mutated_specs() -> None:
    sweep(1, 150)


@pytest.mark.nightly
def test_many_mutated_specs() -> None:
    sweep(2, 20_000)


_HEAD = 'archc = 1\n[input]\nsize = [8, 8]\n[model]\nkind = "classifier"\nclasses = 3\n[model.body]\n'
_HEAD += 'ref = "torchvision/resnet18"\n[model.head]\nlayers = [\n'


@pytest.mark.parametrize(
    "text",
    [
        _HEAD + '{ op = "identity" }, ' * 5_000 + "]\n",
        "archc = 1\n" + "[[x]]\n" * 30_000,
        "archc = 1\n" + "a = 1\n" * 30_000,
        "archc = 1\n" + "[" * 200_000,
        "archc = 1\nx = '" + "😀" * 60_000,
        "archc = 1\n" + "".join(f"k{i} = 1\n" for i in range(15_000)),
        "archc = 1\n" + "a." * 100_000,
        "archc = 1\n" + "x" * 1_000_000,
    ],
    ids=lambda text: repr(text[-8:]),
)
def test_hostile_texts(text: str) -> None:
    start = time.process_time()
    answer_everything(text, "a.arch.toml", [0, len(text) // 2])
    assert time.process_time() - start < 6
