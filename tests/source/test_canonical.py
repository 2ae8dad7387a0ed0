"""The canonical form says the same, keeps every comment, and is its own canonical form."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archc.source.document.canonical import canonical
from archc.source.document.document import Document, read, read_text
from archc.spec.keys import keys_at

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.toml"))


def formatted(document: Document) -> str:
    """The canonical text, which must be a fixed point and hold the same data."""
    text = canonical(document)
    assert text is not None
    again = read_text(text, document.name, document.format)
    assert canonical(again) == text
    assert _plain(again.data) == _plain(document.data)
    return text


def form(text: str) -> str:
    return formatted(read_text(text, "a.toml"))


def _plain(data: Any) -> str:
    """The data without the order of keys, numbers told apart by type."""
    if isinstance(data, dict):
        return repr(sorted((key, _plain(value)) for key, value in data.items()))
    return repr([_plain(value) for value in data]) if isinstance(data, list) else repr(data)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_the_example_specs_are_in_canonical_form(path: Path) -> None:
    assert formatted(read(path)) == path.read_text("utf-8")


@pytest.mark.parametrize("listed", ["files-toml-1.0.0", "files-toml-1.1.0"])
def test_every_valid_file_of_the_corpus_has_one(toml_corpus: Path, listed: str) -> None:
    names = (toml_corpus / listed).read_text().split()
    valid = [name for name in names if name.startswith("valid") and name.endswith((".toml", ".json"))]
    assert len(valid) > 400
    for name in valid:
        formatted(read(toml_corpus / name))


class Scribe:
    """Writes data as TOML in the oddest layout that is still valid, with comments wherever one may stand."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.comments: Counter[str] = Counter()

    def document(self, data: dict[str, Any]) -> str:
        return self.gap() + self.table((), data) + self.gap()

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def space(self) -> str:
        return self.chance.choice(["", "", " ", "  ", "\t"])

    def comment(self) -> str:
        text = f"c{len(self.comments)} = [\"'#" + self.chance.choice(["", " ", "é", "\t."])
        self.comments[text.strip()] += 1
        return f"#{self.space()}{text}"

    def gap(self) -> str:
        """Empty lines and lines of comments."""
        parts = []
        while self.maybe(0.35):
            parts.append(self.space() + (self.comment() if self.maybe(0.6) else "") + "\n")
        return "".join(parts)

    def end(self) -> str:
        return self.space() + (self.comment() if self.maybe(0.3) else "") + "\n"

    def key(self, key: str) -> str:
        return self.chance.choice([key, f'"{key}"', f"'{key}'"]) if self.maybe(0.2) else key

    def dotted(self, path: tuple[str, ...]) -> str:
        return f"{self.space()}.{self.space()}".join(map(self.key, path))

    def table(self, path: tuple[str, ...], data: dict[str, Any]) -> str:
        """The pairs of a table, then its tables, each under a header of its own."""
        pairs, tables = "", ""
        for key, value in self.shuffled(data):
            as_header = isinstance(value, dict) and self.maybe(0.6)
            as_array = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
            if as_header:
                tables += self.header((*path, key), value, "[]")
            elif as_array and self.maybe(0.6):
                tables += "".join(self.header((*path, key), each, "[[]]") for each in value)
            else:
                pairs += self.pair((key,), value)
        return pairs + tables

    def shuffled(self, data: dict[str, Any]) -> list[tuple[str, Any]]:
        items = list(data.items())
        if self.maybe(0.7):
            self.chance.shuffle(items)
        return items

    def header(self, path: tuple[str, ...], data: dict[str, Any], brackets: str) -> str:
        half = len(brackets) // 2
        line = f"{brackets[:half]}{self.space()}{self.dotted(path)}{self.space()}{brackets[half:]}"
        return self.gap() + self.space() + line + self.end() + self.table(path, data)

    def pair(self, path: tuple[str, ...], value: Any) -> str:
        if isinstance(value, dict) and value and self.maybe(0.4):
            return "".join(self.pair((*path, key), inner) for key, inner in self.shuffled(value))
        equals = f"{self.space()}={self.space()}"
        return self.gap() + self.space() + self.dotted(path) + equals + self.value(value) + self.end()

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            inner = [
                f"{self.dotted((k,))}{self.space()}={self.space()}{self.value(v)}" for k, v in value.items()
            ]
            return self.brackets("{}", inner, breaks=self.maybe(0.2))
        if isinstance(value, list):
            return self.brackets("[]", list(map(self.value, value)), breaks=self.maybe(0.5))
        if isinstance(value, str) and "'" not in value and value.isprintable() and self.maybe(0.4):
            return f"'{value}'"
        return json.dumps(value)

    def brackets(self, pair: str, inner: list[str], breaks: bool) -> str:
        """`breaks`: over several lines, perhaps with comments before and behind each comma."""
        if not breaks:
            return f"{pair[0]}{self.space()}" + f",{self.space()}".join(inner) + f"{self.space()}{pair[1]}"
        parts = [self.any_gap() + each + self.any_gap() for each in inner]
        last = "," + self.any_gap() if inner and self.maybe(0.5) else ""
        return pair[0] + ("" if inner else self.any_gap()) + ",".join(parts) + last + pair[1]

    def any_gap(self) -> str:
        return self.end() + self.gap() if self.maybe(0.4) else self.space()


@settings(max_examples=300)
@given(st.sampled_from(SPECS), st.integers(0, 2**32), st.booleans())
def test_odd_layouts_of_specs(path: Path, seed: int, windows: bool) -> None:
    data = tomli.loads(path.read_text("utf-8"))
    scribe = Scribe(random.Random(seed))
    text = scribe.document(data)
    document = read_text(text.replace("\n", "\r\n") if windows else text, "odd.toml")
    assert _plain(document.data) == _plain(data)
    result = formatted(document)
    kept = Counter(line[line.index("#") :].lstrip("#").strip() for line in result.splitlines() if "#" in line)
    for comment, count in scribe.comments.items():
        assert sum(n for each, n in kept.items() if each.endswith(comment) or comment in each) >= count
    if windows:
        assert result.count("\n") == result.count("\r\n")


@settings(max_examples=100)
@given(st.sampled_from(SPECS), st.integers(0, 2**32))
def test_keys_come_in_the_languages_order(path: Path, seed: int) -> None:
    data = tomli.loads(path.read_text("utf-8"))
    text = canonical(read_text(Scribe(random.Random(seed)).document(data), "odd.toml"))
    assert text is not None
    marks = read_text(text, "form.toml").marks
    for table in [(), ("input",), ("model",), ("data",), ("train",)]:
        values = data.get(table[0]) if table else data
        if isinstance(values, dict):
            pairs = [k for k in keys_at(table, data) if k in values]
            inline = [k for k in pairs if marks[(*table, k)].value.start > marks[(*table, k)].key.start]
            places = [marks[(*table, k)].key.start for k in inline]
            heads = {k: marks[(*table, k)].header.start for k in pairs if k not in inline}
            headed = [start for start in heads.values() if text[start] == "["]
            assert places == sorted(places)
            assert headed == sorted(headed)


SCALARS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=8),
)
JSON = st.dictionaries(
    st.text(max_size=4) | st.sampled_from(["archc", "model", "data", "name", "kind"]),
    st.recursive(
        SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=3), v, max_size=4)
    ),
    max_size=5,
)


@settings(max_examples=200)
@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
@example({"": {"": []}}, None, True)
def test_any_json(data: dict[str, Any], indent: int | str | None, ascii: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii)
    assert json.loads(formatted(read_text(text, "a.json", "json"))) == data


def test_json_as_a_person_writes_it() -> None:
    text = '{"model": {\n"classes": 3, "kind": "unet", "body": {"cut":"layer4", "ref": "r"}}, "input":{\n'
    text += '"size": [\n64,\n64 ]}, "archc": 1, "lr": 1e-3}'
    assert formatted(read_text(text, "a.json", "json")) == (
        '{\n  "archc": 1,\n  "input": {\n    "size": [64, 64]\n  },\n  "model": {\n    "kind": "unet",\n'
        '    "classes": 3,\n    "body": { "ref": "r", "cut": "layer4" }\n  },\n  "lr": 1e-3\n}\n'
    )


def test_what_is_meant_for_editors_is_kept_and_comes_first() -> None:
    assert list(json.loads(formatted(read_text('{"archc": 1, "$schema": "s"}', "a.json", "json")))) == [
        "$schema",
        "archc",
    ]
    assert form('archc = 1\n"$schema" = "s"\n') == '"$schema" = "s"\narchc = 1\n'


def test_names_that_have_an_order_keep_it() -> None:
    text = "archc = 1\n[inputs.right]\nsize = [1, 1]\n[inputs.left]\nsize = [1, 1]\n"
    assert form(text).index("right") < form(text).index("left")
    late = "archc = 1\n[inputs.right]\nsize = [1, 1]\n[inputs]\nleft = { size = [1, 1] }\n"
    assert list(read_text(form(late), "a.toml").data["inputs"]) == ["right", "left"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("# only this", "# only this\n"),
        ("x='a'\ny='^a$'\nz='a\"b'", "x = \"a\"\ny = '^a$'\nz = 'a\"b'\n"),
        ("x = 0x1F\ny = 1_000\nz = +1e3", "x = 0x1F\ny = 1_000\nz = +1e3\n"),
        ("# top\n#:schema s\n\nname = 'x'", '#:schema s\n# top\n\nname = "x"\n'),
        (
            "name='x' # beside\n\n\n# above\narchc=1",
            "# above\narchc = 1\n" + 'name = "x"'.ljust(34) + "# beside\n",
        ),
        (
            "[train]\n\nseed=1\n# below\n\n[data]\n# of x\nx=1",
            "[data]\n# of x\nx = 1\n\n[train]\nseed = 1\n# below\n",
        ),
        ("[[a]]\nx=1\n[[a]]\nx=2\n\n[[a]]\nx=3", "[[a]]\nx = 1\n[[a]]\nx = 2\n\n[[a]]\nx = 3\n"),
        ("x = [\n1,2]", "x = [1, 2]\n"),
        ("x = [\n1,2,\n3,]", "x = [\n    1, 2,\n    3,\n]\n"),
        ("x = [ # all\n  1, # one\n  # two\n\n  2 ]", None),
        ("x = { a = [\n  { b = 1 },\n ], c = 2 }", "x = { a = [\n    { b = 1 },\n], c = 2 }\n"),
        ('"a" = 1\n"a b".\'c\' = 2', 'a = 1\n"a b".c = 2\n'),
        ("# archc: allow ARC701\nname = 'x'\narchc = 1", 'archc = 1\n# archc: allow ARC701\nname = "x"\n'),
    ],
)
def test_layout(text: str, expected: str | None) -> None:
    if expected is None:
        expected = "x = [" + " " * 29 + "# all\n    1," + " " * 28 + "# one\n    # two\n\n    2,\n]\n"
    assert form(text) == expected


def test_what_is_too_long_is_broken() -> None:
    words = ", ".join(f'"class{i:02}"' for i in range(30))
    lines = form(f"classes = [{words}]").splitlines()
    assert lines[0] == "classes = ["
    assert lines[-1] == "]"
    assert 80 < max(map(len, lines)) <= 120
    layers = ", ".join("{ op = 'conv2d', out_channels = 64, kernel_size = 3 }" for _ in range(3))
    assert len(form(f"layers = [{layers}]").splitlines()) == 5


def test_none_is_given_where_the_order_cannot_be_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archc.source.document.canonical.laid_out", lambda tree, alike: "x = 2\n")
    assert canonical(read_text("x = 1", "a.toml")) is None


def test_a_long_list_of_short_numbers_may_grow_many_times() -> None:
    text = json.dumps({"archc": 1, "a": {"b": {"shape": [1] * 15_000}}}, separators=(",", ":"))
    assert len(formatted(read_text(text, "a.json", "json"))) > 4 * len(text)
