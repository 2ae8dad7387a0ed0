"""Sizes as integers or as expressions of an input's own size.

A dimension is an `int` wherever it is known: then shape arithmetic is plain Python arithmetic. Where it
depends on the input it is a `Symbolic`, kept in a normal form (a sum of whole multiples of atoms), so that
two equal expressions compare equal and a chain of strided convolutions stays one division:
`floor((floor(h / 2) + 1) / 2)` is held as `(h + 2) // 4`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archc.ops.faults import ShapeFault
from archc.spec.frozen import Frozen, beside, frozen

MOST_ATOMS = 500
"""Parts of one expression. Sums of sums of sizes could double with each layer; a model's stay below 20."""


@frozen
class Symbol(Frozen):
    """A size known only when data arrives: a batch, a height, a width."""

    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class Floor(Frozen):
    """floor(inner / divisor)."""

    inner: Symbolic
    divisor: int
    atoms: int = beside(kw_only=True)

    def __str__(self) -> str:
        inner = str(self.inner)
        return (
            f"({inner})//{self.divisor}"
            if len(self.inner.terms) > 1 or " " in inner
            else f"{inner}//{self.divisor}"
        )


@frozen
class Product(Frozen):
    """The product of atoms, in a fixed order."""

    factors: tuple[Atom, ...]
    atoms: int = beside(kw_only=True)

    def __str__(self) -> str:
        return "*".join(f"({f})" if isinstance(f, Floor) else str(f) for f in self.factors)


Atom = Symbol | Floor | Product


@frozen
class Symbolic(Frozen):
    """constant + the sum of coefficient * atom; terms are sorted and no coefficient is 0."""

    terms: tuple[tuple[Atom, int], ...]
    constant: int = 0

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Symbolic(self.terms, self.constant + other) if other else self
        return _summed(self.terms + other.terms, self.constant + other.constant)

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other if isinstance(other, int) else other * -1)

    def __rsub__(self, other: int) -> Dim:
        return self * -1 + other

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _summed(tuple((a, c * other) for a, c in self.terms), self.constant * other)
        if len(self.terms) * len(other.terms) > MOST_ATOMS:
            raise _endless()
        pairs = [(_times(a, b), c * d) for a, c in self.terms for b, d in other.terms]
        crossed = [(a, c * other.constant) for a, c in self.terms]
        crossed += [(b, d * self.constant) for b, d in other.terms]
        return _summed((*pairs, *crossed), self.constant * other.constant)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Dim:
        whole = tuple((a, c // divisor) for a, c in self.terms if c % divisor == 0)
        rest = tuple((a, c) for a, c in self.terms if c % divisor)
        quotient, remainder = divmod(self.constant, divisor)
        if not rest:
            return _summed(whole, quotient)
        return _summed((*whole, (_floor(rest, remainder, divisor), 1)), quotient)

    def __str__(self) -> str:
        parts = [_term(a, c) for a, c in self.terms]
        if self.constant or not parts:
            parts.append(str(self.constant))
        return " + ".join(parts).replace("+ -", "- ")


Dim = int | Symbolic


def symbol(name: str) -> Symbolic:
    """Return a size called `name` that only the data knows."""
    return Symbolic(((Symbol(name), 1),))


def product(dims: tuple[Dim, ...]) -> Dim:
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


def evaluate(dim: Dim, sizes: Mapping[str, int]) -> int:
    """Return the number `dim` stands for when each symbol has the size given by its name."""
    if isinstance(dim, int):
        return dim
    return dim.constant + sum(c * _value(a, sizes) for a, c in dim.terms)


def _value(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, Symbol):
        return sizes[atom.name]
    if isinstance(atom, Floor):
        return evaluate(atom.inner, sizes) // atom.divisor
    product = 1
    for factor in atom.factors:
        product *= _value(factor, sizes)
    return product


def _floor(terms: tuple[tuple[Atom, int], ...], constant: int, divisor: int) -> Atom:
    """Return the floor of a sum over a divisor; a floor of one floor is a single floor."""
    if len(terms) == 1 and terms[0][1] == 1 and isinstance(terms[0][0], Floor):
        inner = terms[0][0]
        widened = inner.inner + constant * inner.divisor
        assert isinstance(widened, Symbolic)
        return Floor(widened, inner.divisor * divisor, atoms=inner.atoms)
    return Floor(Symbolic(terms, constant), divisor, atoms=1 + _size(terms))


def _times(a: Atom, b: Atom) -> Atom:
    factors = (*_factors(a), *_factors(b))
    return Product(tuple(sorted(factors, key=str)), atoms=_size([(factor, 1) for factor in factors]))


def _factors(atom: Atom) -> tuple[Atom, ...]:
    return atom.factors if isinstance(atom, Product) else (atom,)


def _size(terms: Iterable[tuple[Atom, int]]) -> int:
    """Return the number of parts in all atoms. `ShapeFault` where they are more than anyone could follow."""
    size = sum(1 if isinstance(atom, Symbol) else atom.atoms for atom, _ in terms)
    if size > MOST_ATOMS:
        raise _endless()
    return size


def _endless() -> ShapeFault:
    message = f"the size is an expression of more than {MOST_ATOMS} parts"
    return ShapeFault(message, help="sizes that are sums of many others cannot be left open")


def _summed(terms: tuple[tuple[Atom, int], ...], constant: int) -> Dim:
    gathered: dict[Atom, int] = {}
    for atom, coefficient in terms:
        gathered[atom] = gathered.get(atom, 0) + coefficient
    _size(gathered.items())
    kept = sorted(((a, c) for a, c in gathered.items() if c), key=lambda pair: str(pair[0]))
    return Symbolic(tuple(kept), constant) if kept else constant


def _term(atom: Atom, coefficient: int) -> str:
    if coefficient == 1:
        return str(atom)
    text = f"({atom})" if isinstance(atom, Floor) else str(atom)
    return f"{coefficient}*{text}"
