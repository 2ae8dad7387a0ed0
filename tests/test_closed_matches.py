"""A `match` on a closed set ends in `assert_never`, and the type checker names what a new member lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.conftest import ROOT

OPEN = {
    "archc/runtime/inputs/__init__.py: parsed": "a kind that a file names, refused where we know none",
    "archc/lsp/wording.py: _limit": "constraints of any library stand in an annotation",
}
"""Where a wildcard is right: the values are not ours to list."""


def wildcards(source: str) -> Iterator[tuple[str, ast.Match]]:
    """The function and the `match` of each that ends in a case for everything else."""
    tree = ast.parse(source)
    owners: dict[ast.AST, str] = {}
    for function in ast.walk(tree):  # outer functions come first, so that the innermost stays
        if isinstance(function, ast.FunctionDef):
            owners |= dict.fromkeys(ast.walk(function), function.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Match):
            last = node.cases[-1]
            if last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None:
                yield owners.get(node, ""), node


def is_closed(match: ast.Match) -> bool:
    """Whether the last case does nothing but to tell the type checker that it cannot be."""
    body = ast.unparse(match.cases[-1].body).strip()
    return body == f"assert_never({ast.unparse(match.subject)})"


def guesses() -> set[str]:
    """`FILE: FUNCTION` of each `match` whose last case takes whatever is left."""
    found = set()
    for path in sorted((ROOT / "archc").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        found |= {f"{name}: {f}" for f, match in wildcards(path.read_text("utf-8")) if not is_closed(match)}
    return found


def test_no_match_guesses() -> None:
    assert guesses() == set(OPEN)


def test_a_guess_is_seen() -> None:
    text = "def f(op):\n match op:\n  case int():\n   return 1\n  case {}:\n   {}"
    for pattern, body in (("_", "return 2"), ("rest", "return rest"), ("_", "assert_never(other)")):
        ((owner, match),) = wildcards(text.format(pattern, body))
        assert owner == "f"
        assert not is_closed(match)
    ((_, match),) = wildcards(text.format("_", "assert_never(op)"))
    assert is_closed(match)
