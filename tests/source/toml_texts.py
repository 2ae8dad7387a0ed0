"""Valid TOML of every form, drawn at random: all strings, dotted keys, inline tables, comments, CRLF."""

from __future__ import annotations

import json

from hypothesis import strategies as st

WORDS = st.text("abcdefgXYZ_-019", min_size=1, max_size=5)
ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
AWKWARD = st.sampled_from([*"\"'#\\[]{},=é😀", "# archc: allow ARC707"])
MIXED = st.lists(st.one_of(ANY, AWKWARD), max_size=4).map("".join)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
COMMENTS = st.one_of(st.just(""), st.builds("# {}".format, MIXED))
NUMBERS = st.sampled_from(
    ["1", "+1", "-0", "1_000", "0x1F", "0o17", "0b10", "1.5", "-2.5e-3", "6E+2", "inf", "-inf", "true"]
)
DATES = st.sampled_from(
    ["1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5-07:00", "1979-05-27 07:32"]
)


def basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


KEYS = st.one_of(WORDS, MIXED.map(basic), ANY.filter(lambda text: "'" not in text).map("'{}'".format))


@st.composite
def strings(draw: st.DrawFn) -> str:
    """A string of each of TOML's four kinds."""
    text = draw(MIXED)
    kind = draw(st.integers(0, 3))
    if kind == 1 and "'" not in text:
        return f"'{text}'"
    if kind == 2 and "'''" not in text:
        return f"'''{draw(st.sampled_from(['', chr(10)]))}{text}'''"
    if kind == 3:
        inside = text.replace("\\", "\\\\").replace('"""', '""\\"')
        return f'"""{draw(st.sampled_from(["", chr(10), "a" + chr(92) + chr(10) + "  "]))}{inside}"""'
    return basic(text)


@st.composite
def gaps(draw: st.DrawFn) -> str:
    """What may stand between brackets, entries and commas."""
    if draw(st.booleans()):
        return draw(BLANKS)
    return f"{draw(BLANKS)}{draw(COMMENTS)}\n{draw(BLANKS)}"


@st.composite
def values(draw: st.DrawFn, depth: int = 0) -> str:
    kind = draw(st.integers(0, 3 if depth < 3 else 1))
    if kind == 0:
        return draw(st.one_of(NUMBERS, DATES))
    if kind == 1:
        return draw(strings())
    inner = draw(st.lists(values(depth + 1), max_size=3))
    if kind == 3:
        inner = [f"k{i}.{draw(KEYS)}{draw(BLANKS)}= {value}" for i, value in enumerate(inner)]
    entries = "".join(f"{draw(gaps())}{each}{draw(gaps())}," for each in inner)
    entries = entries if draw(st.booleans()) else entries.removesuffix(",")
    return ("[{}]" if kind == 2 else "{{{}}}").format(entries + draw(gaps()))


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A text of pairs and tables, which tomli reads."""
    lines: list[str] = []
    for table in range(draw(st.integers(0, 3))):
        if table:
            name = f"t{table}{draw(BLANKS)}.{draw(BLANKS)}{draw(KEYS)}"
            lines.append(draw(st.sampled_from([f"[{name}]", f"[[{name}]]"])) + draw(BLANKS) + draw(COMMENTS))
        for i in range(draw(st.integers(0, 3))):
            dotted = f"k{i}" + "".join(f"{draw(BLANKS)}.{key}" for key in draw(st.lists(KEYS, max_size=2)))
            value = f"{draw(BLANKS)}{draw(values())}{draw(BLANKS)}"
            lines.append(f"{draw(BLANKS)}{dotted} ={value}{draw(COMMENTS)}")
        lines += draw(st.lists(st.one_of(BLANKS, COMMENTS), max_size=2))
    text = draw(st.sampled_from(["\n", "\r\n"])).join("\n".join(lines).split("\n"))
    return text + draw(st.sampled_from(["", "\n"]))
