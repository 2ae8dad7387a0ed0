"""TOML 1.1 as a tree of `nodes`.

A broken statement ends with its line. Where brackets are broken, as they are while one types, a line that
begins a statement is outside of all of them: in `a = [1,`, `[model]`, `kind = "unet"` the list ends with the
first line. Where all brackets are sound such lines are what they are, elements and pairs.
"""

from __future__ import annotations

import re

from archc.source.text.nodes import TRIVIA, VALUES, Node, Reader, Tree, node, tokens_of

_BARE = r"""(?P<blank>[ \t]++) | (?P<newline>\r\n|\n|\r) | (?P<comment>\#[^\r\n]*+)
    | (?P<word>[A-Za-z0-9_-]++) | [\[\]{},=.:] | (?P<other>[^\s\[\]{},=.:\#"'A-Za-z0-9_-]++|[^"'])"""
# Up to two of the quotes that a long string ends with are its own. A short one ends with its line.
_LONG = r"""\"{3}(?:[^\\"]|\\.|"{1,2}(?!"))*+"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*+'{3,5}"""
_SHORT = r"""\"(?:[^"\\\r\n]|\\[^\r\n])*+"? | '[^'\r\n]*+'?"""
_THREE = r"""(?:\"{3}|'{3})"""
_FLAGS = re.DOTALL | re.VERBOSE
_TOKEN = re.compile(
    rf"{_BARE} | (?P<string>{_LONG} | (?!{_THREE})(?:{_SHORT})) | (?P<unclosed>{_THREE}.*+)", _FLAGS
)
_SHORT_TOKEN = rf"{_BARE} | (?P<string>{_THREE}[^\r\n]*+ | {_SHORT})"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PARTS = ("word", "string")
_SCALAR = frozenset(("word", ".", ":", "other"))
_BLANK = frozenset(("blank",))
_DOTTED = frozenset(("word", ".", "blank"))
_TRUTHS = ("true", "false", "inf", "nan")


def toml_tree(text: str) -> Tree:
    """Return the tree of any text; `\\r` alone ends a line as well."""
    tokens = _tokens(text)
    reader = _TomlReader(text, tokens)
    root = reader.document()
    return Tree(text, tokens, root if reader.sound else _BrokenReader(text, tokens).document())


def toml_pair(text: str, start: int) -> Node | None:
    """Return the pair that begins at an offset, blanks before it left out; None where none does."""
    reader = _TomlReader(text, _tokens(text, start))
    reader.at = reader.past(0)
    return reader.pair()


def _tokens(text: str, start: int = 0) -> list[Node]:
    """Return the tokens; from a long string on that is never closed, every string ends with its line.

    So what follows three quotes that one has just typed is read as before, in time linear in the text.
    """
    tokens = tokens_of(text, _TOKEN, start)
    if tokens and tokens[-1].kind == "unclosed":
        unclosed = tokens.pop()
        tokens += tokens_of(text, re.compile(_SHORT_TOKEN, _FLAGS), unclosed.start)
    return tokens


class _TomlReader(Reader):
    __slots__ = ()

    def document(self) -> Node:
        inside: list[Node] = []
        while kind := self.kinds[self.at]:
            inside.append(self._statement(kind))
            if kind not in TRIVIA and not self._begins_line():
                while self.kinds[self.at] not in ("newline", ""):  # what does not belong there
                    inside.append(self.take())
        return Node("document", 0, len(self.text), tuple(inside))

    def _statement(self, kind: str) -> Node:
        if kind == "[":
            return self._header()
        return self.pair() or self.take()

    def _header(self) -> Node:
        """Read `[a.b]` or `[[a.b]]`, or as much of it as there is."""
        inside = [self.take()]
        if self.kinds[self.at] == "[":
            inside.append(self.take())
        inside += self.take_to(self.past(self.at))
        if key := self._key():
            inside.append(key)
        inside += self.take_to(self.past(self.at))
        return node("header", inside + self.take_to(self.past(self.at, frozenset(("]",)))))

    def _key(self) -> Node | None:
        if self.kinds[self.at] not in _PARTS:
            return None
        inside = [self.take()]
        while self.kinds[dot := self.past(self.at)] == ".":
            inside += self.take_to(dot + 1)
            following = self.past(self.at)
            if self.kinds[following] not in _PARTS:
                break
            inside += self.take_to(following + 1)
        return node("key", inside)

    def pair(self) -> Node | None:
        key = self._key()
        if key is None:
            return None
        inside = [key]
        equals = self.past(self.at)
        if self.kinds[equals] == "=":
            inside += self.take_to(equals + 1)
            inside += self.value_behind(_BLANK)
        self.sound &= inside[-1].kind in VALUES or not self.depth
        return node("pair", inside)

    def scalar(self) -> Node | None:
        if self.kinds[self.at] == "string":
            return node("scalar", [self.take()])
        end = self.past(self.at, _SCALAR)
        while end > self.at and self.kinds[end - 1] == ":":  # a mistake, not part of a time such as 07:32
            end -= 1
        if end == self.at:
            return None
        if end == self.at + 1 and self._splits_a_date():
            end = self.past(end + 1, _SCALAR)
        return node("scalar", self.take_to(end))

    def _splits_a_date(self) -> bool:
        """Return True where a date stands before a blank and a time, as in `1979-05-27 07:32`."""
        if self.kinds[self.at + 1] != "blank" or self.kinds[self.at + 2] != "word":
            return False
        date, blank, hour = self.tokens[self.at : self.at + 3]
        if self.kinds[self.at + 3] != ":" or hour.end - hour.start != 2 or blank.end - blank.start != 1:
            return False
        return _DATE.fullmatch(self.text, date.start, date.end) is not None

    def leaves_brackets(self, opening: str) -> bool:
        return False

    def _begins_line(self) -> bool:
        before = self.at - 1
        while before >= 0 and self.kinds[before] == "blank":
            before -= 1
        return before >= 0 and self.kinds[before] == "newline" and self.kinds[self.at] != ""


class _BrokenReader(_TomlReader):
    __slots__ = ()

    def leaves_brackets(self, opening: str) -> bool:
        """Return True where a line begins a statement, in an inline table only one that is not indented."""
        kind = self.kinds[self.at]
        if kind not in ("[", "word") or not self._begins_line():
            return False
        if kind == "[":
            return self._is_header()
        indented = self.kinds[self.at - 1] == "blank"
        return not (opening == "{" and indented) and self._is_pair()

    def _is_header(self) -> bool:
        """Return True for what looks like the name of a table, alone on its line, and not like a truth."""
        start = self.past(self.at + (2 if self.kinds[self.at + 1] == "[" else 1))
        end = self.past(start, _DOTTED)
        if start == end or not self._is_name(start):
            return False
        words = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        closed = self.past(end, frozenset(("]",)))
        return (
            closed - end <= 2
            and self.kinds[self.past(closed)] in ("comment", "newline", "")
            and words.strip(" \t") not in _TRUTHS
        )

    def _is_name(self, at: int) -> bool:
        return self.kinds[at] == "word" and self.text[self.tokens[at].start] not in "-0123456789"

    def _is_pair(self) -> bool:
        """Return True for a bare key, dotted or not, and an equals sign."""
        at = self.at + 1
        while self.kinds[dot := self.past(at)] == "." and self.kinds[word := self.past(dot + 1)] == "word":
            at = word + 1
        return self.kinds[self.past(at)] == "="
