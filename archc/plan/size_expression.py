"""Sizes as a spec writes them: `"H//4"`, `"2*(W + 1)"`; read by hand, nothing is evaluated by Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import lcm

from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.spec.frozen import Frozen, frozen

_TOKEN = re.compile(r"\s*(?:(\d{1,9})|([A-Za-z_]\w*)|(//|[-+*/()]))")
_LONGEST = 200
_DEEPEST = 20


class BadExpression(Exception):
    """The text is no size; the message says why."""


@frozen
class Expression(Frozen):
    """A sum, product, quotient or leaf: `operator` is one of `+ - * // /`, or `int` or `name` for a leaf."""

    operator: str
    left: Expression | None = None
    right: Expression | None = None
    number: int = 0
    name: str = ""


def parsed(text: str) -> Expression:
    """The expression in a text.

    Raises:
        BadExpression: it is none.
    """
    if len(text) > _LONGEST:
        raise BadExpression(f"it is longer than {_LONGEST} characters")
    tokens, end = [], 0
    stripped = text.rstrip()
    while end < len(stripped):
        found = _TOKEN.match(stripped, end)
        if found is None:
            raise BadExpression(f"`{stripped[end:].strip()[:1]}` has no meaning here")
        tokens.append(found[0].strip())
        end = found.end()
    reading = _Reading(tokens)
    whole = reading.sum(0)
    if reading.at < len(tokens):
        raise BadExpression(f"`{tokens[reading.at]}` is one too many")
    return whole


class _Reading:
    """Tokens, and how far they have been read."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def sum(self, depth: int) -> Expression:
        value = self.product(depth)
        while self.here() in ("+", "-"):
            value = Expression(self.taken(), value, self.product(depth))
        return value

    def product(self, depth: int) -> Expression:
        value = self.leaf(depth)
        while self.here() in ("*", "//", "/"):
            operator, right = self.taken(), self.leaf(depth)
            if operator != "*" and (right.operator != "int" or right.number < 1):
                raise BadExpression("what is divided by must be a number above 0")
            value = Expression(operator, value, right)
        return value

    def leaf(self, depth: int) -> Expression:
        token = self.taken()
        if token == "(" and depth < _DEEPEST:
            inner = self.sum(depth + 1)
            if self.taken() != ")":
                raise BadExpression("a bracket is not closed")
            return inner
        if token.isdecimal():
            return Expression("int", number=int(token))
        if token.isidentifier():
            return Expression("name", name=token)
        raise BadExpression(f"`{token}` stands where a size should" if token else "it ends too early")

    def here(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def taken(self) -> str:
        token = self.here()
        self.at += 1
        return token


def names(expression: Expression) -> set[str]:
    """The names in it."""
    if expression.operator == "name":
        return {expression.name}
    return {name for side in (expression.left, expression.right) if side is not None for name in names(side)}


def multiple(expression: Expression) -> int:
    """What sizes must be multiples of for every `/` to come out even, taken generously."""
    inner = [multiple(side) for side in (expression.left, expression.right) if side is not None]
    least = lcm(*inner) if inner else 1
    if expression.operator == "/":
        assert expression.right is not None
        return least * expression.right.number
    return least


def value(expression: Expression, sizes: Mapping[str, Dim]) -> Dim:
    """The size it stands for; `/` divides like `//`, which is the same for sizes that come out even.

    Raises:
        BadExpression: multiplied out, it is too long.
    """
    try:
        return _value(expression, sizes)
    except ShapeFault as fault:
        raise BadExpression(fault.message) from None


def _value(expression: Expression, sizes: Mapping[str, Dim]) -> Dim:
    if expression.operator == "int":
        return expression.number
    if expression.operator == "name":
        return sizes[expression.name]
    assert expression.left is not None
    assert expression.right is not None
    left, right = _value(expression.left, sizes), _value(expression.right, sizes)
    match expression.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            assert isinstance(right, int)
            return left // right
