"""A text as a tree that holds all of it, whatever it is: what nodes are, and how brackets are read.

The idea: one regular expression for a format cuts a text into tokens, every character into exactly one, and
a reader arranges these, in their order, as the leaves of a tree. It drops nothing and refuses nothing: what
fits nowhere stays a leaf where it stands, and what is missing is missing in the tree. So whoever needs
places, comments, layout or the cursor asks one tree, and the parser of record alone judges what is valid.
`[a]\\nb = [1,` of TOML is

    document
        header      [  key(word a)  ]
        newline
        pair        key(word b)  blank  =  blank  list([  scalar(word 1)  ,)

A list or table that is not closed ends where the text does, or where what follows cannot belong to it.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from archc.source.text.spans import Span

Kind = Literal[
    "blank", "newline", "comment", "string", "word", "other", "[", "]", "{", "}", ",", "=", ".", ":",
    "unclosed", "document", "header", "pair", "key", "scalar", "list", "table",
]  # fmt: skip
"""Kinds of tokens in the first line: `word` is what may be a bare key, `other` what is none of these. A long
string without an end is `unclosed` before it is cut anew. The others are nodes that hold nodes: a document,
the header of a TOML table, a pair of a (dotted) key and a value, and the three kinds of value. A scalar is a
string, or the words, dots and signs of a number, a boolean or a date."""

TRIVIA = frozenset(("blank", "newline", "comment"))
VALUES = frozenset(("scalar", "list", "table"))
NESTED = 64
"""Brackets within brackets that are arranged; twice what a document may have. Deeper ones stay leaves."""

_UNFIT = {"[": ("", "}"), "{": ("", "]", "[", "{")}
"""Tokens that cannot stand in a list or a table, and so end one that is not closed."""


class Node(NamedTuple):
    """A stretch of the text: a token, or what its `children` make up."""

    kind: Kind
    start: int
    end: int
    children: tuple[Node, ...] = ()

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def child(self, kind: Kind) -> Node | None:
        """Return the first child of a kind."""
        for each in self.children:
            if each.kind == kind:
                return each
        return None

    def value(self) -> Node | None:
        """Return the value of a pair or of a JSON document; None where none is written yet."""
        for each in self.children:
            if each.kind in VALUES:
                return each
        return None


class Tree(NamedTuple):
    """A text, its tokens in their order, and the document that they make up."""

    text: str
    tokens: list[Node]
    root: Node

    def comments(self) -> list[Node]:
        return [token for token in self.tokens if token.kind == "comment"]


def tokens_of(text: str, pattern: re.Pattern[str], start: int = 0) -> list[Node]:
    """Return the tokens from `start` on: the kind is the name of the group that matched, or the character."""
    new = tuple.__new__  # what `Node._make` calls, for each token of every text
    return [new(Node, (m.lastgroup or m[0], *m.span(), ())) for m in pattern.finditer(text, start)]


class Reader:
    """Arranges tokens, from a cursor (`at`) on; what pairs and scalars look like is a format's own.

    `kinds` are the tokens' kinds with an empty one for the end of the text, and one more to look ahead to.
    `sound` says that all brackets were closed, and held what they may.
    """

    __slots__ = ("at", "depth", "kinds", "sound", "text", "tokens")

    def __init__(self, text: str, tokens: list[Node]) -> None:
        self.text, self.tokens = text, tokens
        self.kinds: list[str] = [*(token.kind for token in tokens), "", ""]
        self.at = self.depth = 0
        self.sound = True

    def pair(self) -> Node | None:
        """Read a key with as much of what follows as belongs to it; None where no key begins."""
        raise NotImplementedError

    def scalar(self) -> Node | None:
        """Read a string, number, boolean or date; None where none begins."""
        raise NotImplementedError

    def leaves_brackets(self, opening: str) -> bool:
        """Return True where the text goes on outside of brackets that were never closed."""
        raise NotImplementedError

    def take(self) -> Node:
        """Return the token at the cursor and step over it."""
        self.at += 1
        return self.tokens[self.at - 1]

    def take_to(self, end: int) -> list[Node]:
        """Return the tokens up to an index and step over them."""
        start, self.at = self.at, max(self.at, end)
        return self.tokens[start : self.at]

    def past(self, at: int, passed: frozenset[str] = frozenset(("blank",))) -> int:
        """Return the index of the first token from `at` on that is of no kind that is passed over."""
        while self.kinds[at] in passed:
            at += 1
        return at

    def value(self) -> Node | None:
        """Read a value; None where none begins."""
        if self.kinds[self.at] not in ("[", "{"):
            return self.scalar()
        return self._brackets() if self.depth < NESTED else None

    def value_behind(self, passed: frozenset[str]) -> list[Node]:
        """Read a value and what is passed over before it; nothing of either where no value follows."""
        start = self.at
        before = self.take_to(self.past(start, passed))
        value = self.value()
        if value is None:
            self.at = start
            return []
        return [*before, value]

    def _brackets(self) -> Node:
        opening = self.kinds[self.at]
        closing, read = ("]", self.value) if opening == "[" else ("}", self.pair)
        inside = [self.take()]
        closed = due = False  # `due`: the next entry wants a comma before it
        self.depth += 1
        while not closed and not self._leaves(opening):
            kind = self.kinds[self.at]
            closed = kind == closing
            if closed or kind in TRIVIA:
                inside.append(self.take())
            elif kind == ",":
                due = False
                inside.append(self.take())
            else:
                entry = read()
                self.sound &= entry is not None and not due
                due = True
                inside.append(entry or self.take())
        self.depth -= 1
        self.sound &= closed
        return node("list" if opening == "[" else "table", inside)

    def _leaves(self, opening: str) -> bool:
        return self.kinds[self.at] in _UNFIT[opening] or self.leaves_brackets(opening)


def node(kind: Kind, children: list[Node]) -> Node:
    """Return the node that holds these, of which there is at least one."""
    return Node(kind, children[0].start, children[-1].end, tuple(children))


def parts(key: Node) -> list[Node]:
    """Return the words and strings of a key or a header, of which there is one between every two dots."""
    return [each for each in key.children if each.kind in ("word", "string")]
