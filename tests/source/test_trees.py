"""A tree holds its whole text, whatever it is, and sees comments where the parser does."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archc.plan.compile import compile_document
from archc.source.document.document import read_text
from archc.source.text import limits
from archc.source.text.limits import Format
from archc.source.text.marks import scan
from archc.source.text.nodes import Node
from archc.source.text.spans import Source
from archc.source.text.tree import tree_of
from tests.source.toml_texts import MIXED, documents

FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def leaves(node: Node) -> list[Node]:
    return [leaf for child in node.children for leaf in leaves(child)] if node.children else [node]


def check_whole(text: str, format: Format) -> None:
    """Tokens give the text back; they are the tree's leaves; a node spans its children."""
    tree = tree_of(text, format)
    assert "".join(text[token.start : token.end] for token in tree.tokens) == text
    assert all(token.start < token.end for token in tree.tokens)
    found = leaves(tree.root) if tree.tokens else []
    assert found == tree.tokens
    todo = list(tree.root.children)
    while todo:
        node = todo.pop()
        if node.children:
            assert (node.start, node.end) == (node.children[0].start, node.children[-1].end)
            todo += node.children


def data_of(text: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise AssertionError(f"the generator writes no TOML: {error}\n{text}") from error


def places(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    found = {path: value}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        found |= places(inner, (*path, step))
    return found


@given(documents())
@FAST
def test_marks_of_valid_toml_are_the_parsers_values(text: str) -> None:
    check_whole(text, "toml")
    expected = places(data_of(text))
    found = scan(Source("x", text), "toml")
    assert set(found.marks) == set(expected)
    assert not found.duplicates
    for path, mark in found.marks.items():
        if path and not isinstance(expected[path], dict | list):
            assert repr(tomli.loads("v = " + text[slice(*mark.value)])["v"]) == repr(expected[path])


@given(documents())
@FAST
def test_comments_of_valid_toml_are_the_parsers(text: str) -> None:
    """Without the comments the text reads the same; a quote in place of one does not."""
    data = data_of(text)
    comments = tree_of(text, "toml").comments()
    bare = text
    for each in reversed(comments):
        bare = bare[: each.start] + bare[each.end :]
    assert repr(data_of(bare)) == repr(data)
    hashes = [i for i, char in enumerate(text) if char == "#"]
    for i in hashes:
        inside = any(each.start <= i < each.end for each in comments)
        changed = text[:i] + ";" + text[i + 1 :]
        same = repr(_data(changed)) == repr(data)
        assert not same or inside  # a `#` that is no comment is part of the data


def _data(text: str) -> dict[str, Any] | None:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError:
        return None


BITS = [
    *"\"'[]{}=,.:#\\\n\r \t\0\ufeff\u2028\x0bé😀\ud800a1-+",
    '"""',
    "'''",
    "[[",
    "\r\n",
    "[a]\n",
    "b = 1\n",
]
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), st.sampled_from(BITS)), max_size=5)


@given(documents(), CHANGES)
@FAST
def test_a_broken_text_has_a_tree(text: str, changes: list[tuple[float, int, str]]) -> None:
    for share, removed, bit in changes:
        at = int(share * len(text))
        text = text[:at] + bit + text[at + removed :]
    check_whole(text, "toml")
    check_whole(text, "json")
    scan(Source("x", text), "toml")
    scan(Source("x", text), "json")


@given(st.lists(st.sampled_from(BITS), max_size=40).map("".join))
@FAST
def test_any_text_has_a_tree(text: str) -> None:
    check_whole(text, "toml")
    check_whole(text, "json")


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-1e300, 1e300), MIXED)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(MIXED, inner, max_size=3)),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 2, "\t"]), st.booleans(), st.sampled_from(["\n", "\r\n"]))
@FAST
def test_marks_of_valid_json_are_the_parsers_values(
    data: Any, indent: int | str | None, ascii: bool, end: str
) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii).replace("\n", end)
    check_whole(text, "json")
    found = scan(Source("x", text), "json")
    expected = places(data)
    assert set(found.marks) == set(expected)
    for path, mark in found.marks.items():
        assert json.loads(text[slice(*mark.value)]) == expected[path]


ALLOWED = "# archc: allow ARC707"
SEEN: list[tuple[str, bool]] = [
    # what stands before the comment, and whether it is one
    ("x = 1 ", True),
    ('x = "a" ', True),
    ("x = 'a' ", True),
    ('x = "" ', True),
    ("x = '' ", True),
    ('x = """x""" ', True),
    ('x = """x"""" ', True),
    ('x = """x""""" ', True),
    ("x = '''y''' ", True),
    ("x = '''y'''' ", True),
    ("x = '''y''''' ", True),
    ('x = """""" ', True),
    ('x = """"""" ', True),
    ('x = """""""" ', True),
    ("x = '''''' ", True),
    ("x = ''''''' ", True),
    ("x = '''''''' ", True),
    ('x = """"a""" ', True),
    ('x = """""a""" ', True),
    ('x = """a"b""c""" ', True),
    ('x = """a\\"""" ', True),
    ('x = """a\\"""b""" ', True),
    ('x = """a\\\\""" ', True),
    ('x = """a\\\\"""" ', True),
    ('x = "a\\"" ', True),
    ('x = "a\\\\" ', True),
    ('x = "\\\\\\"" ', True),
    ("x = 'a\\' ", True),
    ("x = '\"' ", True),
    ('x = "\'" ', True),
    ("x = '\"\"\"' ", True),
    ("x = \"'''\" ", True),
    ('x = "#" ', True),
    ("x = '#' ", True),
    ('x = """#\n#""" ', True),
    ("x = '''\n#\n''' ", True),
    ('x = """a\\\n  b""" ', True),
    ('"#" = 1 ', True),
    ("'#' = 1 ", True),
    ('"a\\"#" = 1 ', True),
    ("'\"' = 1 ", True),
    ("a.'#'.\"#\" = 1 ", True),
    ('["#"] ', True),
    ("[a.'#\"'] ", True),
    ("[['#']] ", True),
    ("x = [1, # '\n2] ", True),
    ("x = ['#', \"#\"] ", True),
    ("x = { a = '#' } ", True),
    ("x = 1979-05-27 07:32:00 ", True),
    ("x = 1 # said already ", False),
    ('x = "', False),
    ("x = '", False),
    ('x = """', False),
    ('x = """"', False),
    ('x = """a" ', False),
    ('x = """a"" ', False),
    ('x = """\\"""', False),
    ("x = '''", False),
    ("x = '''a'' ", False),
    ("x = '''\"\"\"", False),
    ('x = "\'', False),
    ('x = "\\"', False),
    ("x = '\"", False),
    ('x = """\n', False),
    ('"', False),
    ("['", False),
]  # fmt: skip
CLOSINGS = ["", '"', "'", '"""', "'''", '"""\n', '" = 1', "']", "''''"]


@pytest.mark.parametrize(("before", "seen"), SEEN, ids=lambda value: repr(value))
def test_a_comment_behind_awkward_strings_is_seen_where_the_parser_sees_it(before: str, seen: bool) -> None:
    text = next(t for t in (f"{before}{ALLOWED}{closing}\ny = 2\n" for closing in CLOSINGS) if _data(t))
    assert seen == (repr(_data(text)) == repr(_data(text.replace(ALLOWED, ""))) and "said" not in before)
    starts = [each.start for each in tree_of(text, "toml").comments()]
    assert (len(before) in starts) == seen


SPEC = """\
archc = 1
{before}
[input]
size = [64, 64]
[model]
kind = "classifier"
[model.body]
ref = "torchvision/resnet18"
[data]
kind = "digits"
[train]
[[train.phases]]
epochs = 1
lr = 3.0  # archc: allow ARC707
"""


@pytest.mark.parametrize(
    "name", ['"""x""""', "'''y'''''", '"""x"""""', "'''y''''", '"""a\\""""', '"\'#"', "'\"#'"]
)
def test_an_allowance_below_an_awkward_string_counts(name: str) -> None:
    document = read_text(SPEC.replace("{before}", f"name = {name}"), "a.toml")
    assert compile_document(document).warnings == ()


UNITS = [*"\"'[{=\\", "[{", "a.", '"""', "'''", "#\n", "[[", "a=[\n", "a={\n", ",\n"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("format", ["toml", "json"])
def test_a_hostile_text_takes_no_longer_than_its_length(unit: str, format: Format) -> None:
    """The longest text that is read takes up to two seconds; with time by the square it would be minutes."""
    text = unit * (limits.BYTES // len(unit))
    start = time.process_time()
    tree_of.__wrapped__(text, format)
    assert time.process_time() - start < 12
