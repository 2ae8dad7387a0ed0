"""Checks of the plan against what `[expect]` promises of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archc.ops.dims import Dim, Symbol, Symbolic, evaluate, symbol
from archc.ops.node import SpecPath
from archc.ops.tensors import Shape, TensorType
from archc.plan.bounds import MOST_RELOWERED
from archc.plan.inputs import images
from archc.plan.lower.fault import diagnostic
from archc.plan.plan import Plan
from archc.plan.retype import Misfit, retyped
from archc.plan.size_expression import BadExpression, Expression, Number, multiple, names, parsed, value
from archc.plan.totals import totals
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.wording import either
from archc.spec.document import Expect, Spec

Types = dict[str, TensorType]

_AT: SpecPath = ("expect",)
_TRIED = range(1, 41)
"""Multiples of the divisors that two expressions are compared at where their forms differ."""


def expectation_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a fault for every promise that the plan does not keep."""
    if spec.expect is None:
        return
    yield from _budgets(spec.expect, spec, plan)
    units = _Units(plan)
    if spec.expect.output is not None:
        if len(plan.outputs) > 1:
            listed = either([f"`{output.name}`" for output in plan.outputs])
            yield diagnostic(
                "ARC228",
                f"the model has {len(plan.outputs)} outputs, and `output` says nothing of which",
                (*_AT, "output"),
                aim="key",
                help=f"write `outputs`, by name: {listed}",
            )
        else:
            yield from _shape(units, plan.outputs[0].name, spec.expect.output, (*_AT, "output"))
    for name, shape in (spec.expect.outputs or {}).items():
        yield from _shape(units, name, shape, (*_AT, "outputs", name))


def _budgets(expect: Expect, spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    batch = expect.batch_size or (spec.train.batch_size if spec.train else 1)
    found = totals(plan, batch)
    held = 4 * found.parameters + 4 * found.buffers
    for key, count, what in (
        ("max_parameters", found.parameters, "parameters"),
        ("max_multiply_adds", found.multiply_adds, "multiply-adds for one example"),
        ("max_activation_bytes", found.kept, f"bytes of activations for a batch of {batch}"),
        ("max_file_bytes", held, "bytes of weights"),
    ):
        most: int | None = getattr(expect, key)
        if most is not None and count > most:
            yield diagnostic(
                "ARC360",
                f"the model has {count:,} {what}, {count - most:,} more than expected",
                (*_AT, key),
                label=f"at most {most:,}",
                help="`archc build SPEC` shows where they are; raise the bound if they are meant",
            )


def _shape(units: _Units, output: str, shape: tuple[int | str, ...], at: SpecPath) -> Iterator[Diagnostic]:
    plan = units.plan
    outputs = {one.name: one.value for one in plan.outputs}
    if output not in outputs:
        return  # said where names are checked
    try:
        wanted = tuple(_read(size, i, at) for i, size in enumerate(shape))
    except _Unreadable as unreadable:
        yield unreadable.diagnostic
        return
    for i, size in enumerate(wanted):
        unknown = names(size) - set(units.known)
        if unknown:
            yield _bad(f"nothing is called `{min(unknown)}`", (*at, i), units)
            return
    try:
        found = units.found(outputs[output], {})
        agreed = len(found) == len(wanted) and units.agree(wanted, outputs[output])
    except BadExpression as bad:
        yield _bad(str(bad), at, units)
        return
    if not agreed:
        shown = "[" + ", ".join(str(d) if isinstance(d, int) else f'"{d}"' for d in found) + "]"
        yield diagnostic(
            "ARC361",
            f"`{output}` has the shape {TensorType(found)}, not the expected one",
            at,
            label=f"has {len(wanted)} dimensions, the output {len(found)}"
            if len(found) != len(wanted)
            else "",
            help=f"if the model is right, write {shown}",
        )


class _Unreadable(Exception):
    def __init__(self, found: Diagnostic) -> None:
        super().__init__(found.message)
        self.diagnostic = found


def _read(size: int | str, index: int, at: SpecPath) -> Expression:
    if isinstance(size, int):
        return Number(size)
    try:
        return parsed(size)
    except BadExpression as bad:
        raise _Unreadable(_bad(str(bad), (*at, index), None)) from None


def _bad(message: str, at: SpecPath, units: _Units | None) -> Diagnostic:
    known = either([f"`{name}`" for name in units.known]) if units else "`N`, `H`, `W`"
    help = f'write a number, or an expression of {known} such as "H//4"'
    return Diagnostic("ARC362", f"a size cannot be read: {message}", (Label(at),), (help,))


@dataclass(frozen=True, slots=True)
class _Units:
    """The names that sizes are written in, for a plan; and its types at the sizes that were asked for."""

    plan: Plan
    typed: dict[tuple[Dim, ...], Types] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        return ("N", *_spatial(self.plan))

    def agree(self, wanted: tuple[Expression, ...], of: str) -> bool:
        """Return True where a value has the wanted shape at every size, or else at the spec's own."""
        step = 1
        for size in wanted:
            step = step * multiple(size)
        open_sizes = {name: symbol(name) * step for name in _spatial(self.plan)}
        try:
            found = self.found(of, open_sizes, fall_back=False)
            sizes: dict[str, Dim] = {"N": symbol("N"), **open_sizes}
        except Misfit:
            found, sizes = self.found(of, {}), {"N": symbol("N"), **_spatial(self.plan)}
        return all(_equal(dim, value(size, sizes)) for dim, size in zip(found, wanted, strict=True))

    def found(self, of: str, sizes: dict[str, Dim], *, fall_back: bool = True) -> Shape:
        """Return the shape of a value at `sizes`, or at open ones; at the spec's where no other fits."""
        given = sizes or {name: symbol(name) for name in _spatial(self.plan)}
        try:
            return self._types(given)[of].shape
        except Misfit:
            if not fall_back:
                raise
            return self.plan.types()[of].shape

    def _types(self, given: dict[str, Dim]) -> Types:
        key = tuple(given.values())
        if key in self.typed:
            return self.typed[key]
        if (len(self.typed) + 1) * len(self.plan.nodes) > MOST_RELOWERED:
            raise BadExpression("the outputs are expected in too many forms to check; write fewer")
        alone = "H" in given
        per_input = {
            i.name: (given["H" if alone else f"H_{i.name}"], given["W" if alone else f"W_{i.name}"])
            for i in self.plan.inputs
        }
        self.typed[key] = retyped(self.plan, symbol("N"), per_input).types()
        return self.typed[key]


def _equal(one: Dim, other: Dim) -> bool:
    """Return True where two sizes are the same number: by their forms, else by trying."""
    if one == other:
        return True
    if isinstance(one, int) and isinstance(other, int):
        return False
    symbols = sorted(_symbols(one) | _symbols(other))
    for tried in _TRIED:
        sizes = {name: tried * (i + 1) + i for i, name in enumerate(symbols)}
        if evaluate(one, sizes) != evaluate(other, sizes):
            return False
    return True


def _symbols(dim: Dim) -> set[str]:
    if isinstance(dim, int):
        return set()
    found: set[str] = set()
    todo: list[object] = [atom for atom, _ in dim.terms]
    while todo:
        atom = todo.pop()
        if isinstance(atom, Symbol):
            found.add(atom.name)
        elif isinstance(atom, Symbolic):
            todo += [inner for inner, _ in atom.terms]
        else:
            todo += list(getattr(atom, "factors", ())) + [a for a in [getattr(atom, "inner", None)] if a]
    return found


def _spatial(plan: Plan) -> dict[str, Dim]:
    """Return the spec's sizes as H and W, or as H_left and so on where the inputs differ in size."""
    sizes = {given.name: given.size for given in images(plan.inputs)}
    alone = len(set(sizes.values())) == 1
    found: dict[str, Dim] = {}
    for name, (height, width) in sizes.items():
        end = "" if alone else f"_{name}"
        found[f"H{end}"], found[f"W{end}"] = height, width
    return found
