"""JSON as a tree of `nodes`."""

from __future__ import annotations

import re

from archc.source.text.nodes import TRIVIA, Node, Reader, Tree, node, tokens_of

_TOKEN = re.compile(
    r"""(?P<blank>[ \t]++) | (?P<newline>\r\n|\n|\r)
    | (?P<string>"(?:[^"\\\r\n]|\\[^\r\n])*+"? | '[^'\r\n]*+'?)  # single quotes for the tolerance alone
    | (?P<word>[^\s\[\]{},:"']++) | [\[\]{},:] | (?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


def json_tree(text: str) -> Tree:
    """Return the tree of any text."""
    tokens = tokens_of(text, _TOKEN)
    return Tree(text, tokens, _JsonReader(text, tokens).document())


class _JsonReader(Reader):
    __slots__ = ()

    def document(self) -> Node:
        inside = self.value_behind(TRIVIA)
        inside += self.take_to(len(self.tokens))
        return Node("document", 0, len(self.text), tuple(inside))

    def pair(self) -> Node | None:
        if self.kinds[self.at] not in ("string", "word"):
            return None
        inside = [node("key", [self.take()])]
        colon = self.past(self.at, TRIVIA)
        if self.kinds[colon] == ":":
            inside += self.take_to(colon + 1)
            inside += self.value_behind(TRIVIA)
        return node("pair", inside)

    def scalar(self) -> Node | None:
        """Read a scalar; what a colon follows is a key, which may stand where a value is missing."""
        if self.kinds[self.at] not in ("string", "word") or self.kinds[self.past(self.at + 1)] == ":":
            return None
        return node("scalar", [self.take()])

    def leaves_brackets(self, opening: str) -> bool:
        return False
