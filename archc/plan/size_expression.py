"""Sizes as a spec writes them: `"H//4"`, `"2*(W + 1)"`; read by hand, nothing is evaluated by Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import lcm
from typing import Literal, assert_never

from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.spec.frozen import Frozen, frozen

_TOKEN = re.compile(r"\s*(?:(\d{1,9})|([A-Za-z_]\w*)|(//|[-+*/()]))")
_LONGEST = 200
_DEEPEST = 20


class BadExpression(Exception):
    """The text is no size; the message says why."""


@frozen
class Number(Frozen):
    """A size as it is."""

    number: int


@frozen
class Name(Frozen):
    """A size of the input, by its letter."""

    name: str


@frozen
class Sum(Frozen):
    """Two sizes added, or the second taken from the first."""

    left: Expression
    right: Expression
    sign: Literal[1, -1]


@frozen
class Product(Frozen):
    """Two sizes multiplied."""

    left: Expression
    right: Expression


@frozen
class Quotient(Frozen):
    """A size divided by a number, rounded down; it must come out even where it is `exact`, written `/`."""

    left: Expression
    divisor: int
    exact: bool


Expression = Number | Name | Sum | Product | Quotient


def parsed(text: str) -> Expression:
    """Return the expression in a text.

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
            sign: Literal[1, -1] = 1 if self.taken() == "+" else -1
            value = Sum(value, self.product(depth), sign)
        return value

    def product(self, depth: int) -> Expression:
        value = self.leaf(depth)
        while self.here() in ("*", "//", "/"):
            operator, right = self.taken(), self.leaf(depth)
            if operator == "*":
                value = Product(value, right)
            elif isinstance(right, Number) and right.number > 0:
                value = Quotient(value, right.number, exact=operator == "/")
            else:
                raise BadExpression("what is divided by must be a number above 0")
        return value

    def leaf(self, depth: int) -> Expression:
        token = self.taken()
        if token == "(" and depth < _DEEPEST:
            inner = self.sum(depth + 1)
            if self.taken() != ")":
                raise BadExpression("a bracket is not closed")
            return inner
        if token.isdecimal():
            return Number(int(token))
        if token.isidentifier():
            return Name(token)
        raise BadExpression(f"`{token}` stands where a size should" if token else "it ends too early")

    def here(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def taken(self) -> str:
        token = self.here()
        self.at += 1
        return token


def names(expression: Expression) -> set[str]:
    """Return the names in it."""
    if isinstance(expression, Name):
        return {expression.name}
    return {name for side in _sides(expression) for name in names(side)}


def multiple(expression: Expression) -> int:
    """Return what sizes must be multiples of for every `/` to come out even, taken generously."""
    least = lcm(*map(multiple, _sides(expression)))
    if isinstance(expression, Quotient) and expression.exact:
        return least * expression.divisor
    return least


def _sides(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Number() | Name():
            return ()
        case Sum() | Product():
            return (expression.left, expression.right)
        case Quotient():
            return (expression.left,)
        case _:
            assert_never(expression)


def value(expression: Expression, sizes: Mapping[str, Dim]) -> Dim:
    """Return the size it stands for; `/` divides like `//`, which is the same for sizes that come out even.

    Raises:
        BadExpression: multiplied out, it is too long.
    """
    try:
        return _value(expression, sizes)
    except ShapeFault as fault:
        raise BadExpression(fault.message) from None


def _value(expression: Expression, sizes: Mapping[str, Dim]) -> Dim:
    match expression:
        case Number():
            return expression.number
        case Name():
            return sizes[expression.name]
        case Sum():
            return _value(expression.left, sizes) + expression.sign * _value(expression.right, sizes)
        case Product():
            return _value(expression.left, sizes) * _value(expression.right, sizes)
        case Quotient():
            return _value(expression.left, sizes) // expression.divisor
        case _:
            assert_never(expression)
