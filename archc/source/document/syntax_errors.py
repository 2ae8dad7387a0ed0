"""A parser's complaint in our words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label
from archc.source.diagnostics.suggest import nearest
from archc.source.text.marks import scan
from archc.source.text.spans import Location, Source, Span
from archc.source.text.tree import tree_of

if TYPE_CHECKING:
    from json import JSONDecodeError

    from tomli import TOMLDecodeError

_QUOTE = 'text stands in quotes: `key = "value"`'
_CLOSE = "close it with the quote that it began with"
_WHOLE = "write all of it in one place, or as a [table]"
_TOML: tuple[tuple[str, str, str], ...] = (
    ("Invalid statement", "expected a key, a [table] or a comment", "a comment begins with #"),
    ("Expected newline", "unexpected text after the value", "one `key = value` a line; text in quotes"),
    ("Expected '='", "expected `=` after the key", "TOML writes `key = value`"),
    ("Invalid initial", "expected a key", "a key with characters beyond A-Z a-z 0-9 _ - is quoted"),
    ("Invalid value", "expected a value", _QUOTE),
    ("Unterminated string", "the string has no closing quote", _CLOSE),
    ("Illegal character '\\n'", "the string is not closed on its line", 'text over several lines: """..."""'),
    ("Illegal character", "a control character stands in the text", "write it as an escape, such as \\t"),
    ("Unescaped '\\'", "the backslash begins no escape", "'single quotes' keep backslashes as they are"),
    ('Expected "\'"', "the string has no closing quote", _CLOSE),
    ("Expected \"'''\"", "the string has no closing quotes", _CLOSE),
    ("Unclosed array", "expected `,` or `]`", "close the list with `]`"),
    ("Unclosed inline", "expected `,` or `}`", "close the table with `}`"),
    ("Expected ']'", "expected `]` after the table's name", "a table begins with [name]"),
    ("Expected ']]'", "expected `]]` after the table's name", "one of several tables begins with [[name]]"),
    (
        "Invalid hex",
        "the escape needs more hexadecimal digits",
        "'single quotes' keep backslashes as they are",
    ),
    ("Escaped character", "the escape names no character", "write the character itself"),
    ("Invalid date", "there is no such date or time", "text stands in quotes"),
    ("Cannot overwrite", "the key already has a value", "keep one of the two"),
    ("Duplicate inline", "the key already has a value", "keep one of the two"),
    ("Cannot declare", "the table is already there", "put its keys in one place"),
    ("Cannot redefine", "the table is already complete", "put its keys in one place"),
    ("Cannot mutate", "what is written as [...] or {...} is complete and cannot be added to", _WHOLE),
)
_JSON: tuple[tuple[str, str, str], ...] = (
    ("Expecting value", "expected a value", "text stands in double quotes; no comma after the last value"),
    ("Expecting property", "expected a key in double quotes", "no comma after the last value, no comments"),
    ("Illegal trailing comma", "a comma after the last value", "remove it"),
    ("Expecting ',' delimiter", "expected `,` or the closing bracket", "a comma stands between two values"),
    ("Expecting ':' delimiter", "expected `:` after the key", 'JSON writes "key": value'),
    ("Extra data", "unexpected text after the document", "a document is one object in { }"),
    ("Unterminated string", "the string has no closing quote", _CLOSE),
    ("Invalid control", "a control character stands in the string", "write it as an escape, such as \\n"),
    ("Invalid \\", "the backslash begins no escape", "a backslash is written twice: \\\\"),
)
_REPEATED = ("Cannot overwrite", "Duplicate inline", "Cannot declare")
_WORD = re.compile(r"[^\s,\[\]{}=#:]+|[^\r\n]")
_BARE_TEXT = re.compile(r"(?=.*[A-Za-z]{3})[A-Za-z][\w./-]{0,59}")


def toml_fault(source: Source, error: TOMLDecodeError) -> Diagnostic:
    offset = _offset(source.text, error.lineno, error.colno)
    if error.msg.startswith(_REPEATED) and (repeated := _repeated_key(source, offset)):
        return repeated
    message, help = _worded(_TOML, error.msg)
    labels = [_word_at(source, offset)]
    if error.msg.startswith("Unclosed") and (opening := _open_bracket(source.text, offset)) is not None:
        labels.append(Label(at=Location(source, Span(opening, opening + 1)), text="opened here"))
    fix = None
    if error.msg.startswith("Invalid value"):
        help = _quoted(source.text, labels[0]) or help
        fix = _value_fix(labels[0])
    return Diagnostic("ARC001", message, tuple(labels), (help,) if help else (), fix=fix)


def json_fault(source: Source, error: JSONDecodeError) -> Diagnostic:
    message, help = _worded(_JSON, error.msg)
    return Diagnostic("ARC001", message, (_word_at(source, error.pos),), (help,) if help else ())


def twice(source: Source, first: Span, second: Span) -> Diagnostic:
    """Return a key or table that is written twice."""
    key = source.text[second.start : second.end]
    labels = (
        Label(at=Location(source, second), text="written again here"),
        Label(at=Location(source, first), text="first written here"),
    )
    return Diagnostic("ARC007", f"`{key}` is written twice", labels, ("keep one of the two",))


def _worded(table: tuple[tuple[str, str, str], ...], said: str) -> tuple[str, str]:
    """Return message and help.

    The longest prefix wins, so that a special case may stand beside its general one.
    """
    known = [row for row in table if said.startswith(row[0])]
    if known:
        _, message, help = max(known, key=lambda row: len(row[0]))
        return message, help
    return said[:1].lower() + said[1:], ""


def _offset(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column.

    The parser counts in a text whose line ends are single characters; lines and columns agree.
    """
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return min(start + column - 1, len(text))


def _word_at(source: Source, offset: int) -> Label:
    found = _WORD.match(source.text, offset)
    return Label(at=Location(source, Span(offset, found.end() if found else offset)))


def _quoted(text: str, label: Label) -> str:
    """Return the remedy for a bare word where a value belongs, spelled out."""
    if label.at is None:
        return ""
    word = text[label.at.span.start : label.at.span.end]
    if word.lower() in ("true", "false"):
        return f"write `{word.lower()}`"
    if word.startswith("("):
        return "a list stands in square brackets: `[1, 2]`"
    if word.lower() in ("none", "null", "~"):
        return "TOML has no null: leave the key out"
    return f'text stands in quotes: `"{word}"`' if word[:1].isalpha() and len(word) <= 60 else ""


def _value_fix(label: Label) -> Fix | None:
    """Return `True` and `False` in small letters, another bare word in quotes."""
    if label.at is None:
        return None
    word = label.at.source.text[label.at.span.start : label.at.span.end]
    if word.lower() in ("true", "false"):
        return Fix("replace", (), word.lower(), label.at)
    doubtful = word.lower() in ("none", "null", "nan", "inf") or nearest(word.lower(), ("true", "false"))
    text = _BARE_TEXT.fullmatch(word) and not doubtful
    return Fix("replace", (), f'"{word}"', label.at) if text else None


def _repeated_key(source: Source, offset: int) -> Diagnostic | None:
    """Return the fault of a key that came twice: the complaint stands after the second of two."""
    line = source.line_span(min(offset, max(len(source.text) - 1, 0)))
    state = scan(Source(source.name, source.text[: max(line.end, offset)]), "toml")
    if not state.duplicates:
        return None
    _, first, second = state.duplicates[0]
    return twice(source, first, second)


def _open_bracket(text: str, offset: int) -> int | None:
    """Return where the innermost bracket that is open at `offset` stands."""
    opened: list[int] = []
    for token in tree_of(text, "toml").tokens:
        if token.start >= offset:
            break
        if token.kind in ("[", "{"):
            opened.append(token.start)
        elif token.kind in ("]", "}") and opened:
            opened.pop()
    return opened[-1] if opened else None
