"""Frozen classes with slots, at a twentieth of what a stdlib dataclass costs to make.

A stdlib dataclass writes and compiles six methods of its own, and two hundred of them would be most of the
time of a cold `archc validate`. Classes made here share their methods, and are dataclasses to everybody who
asks: `fields`, `replace`, `asdict` and pydantic find what they look for, made when they first look.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field
    from inspect import Signature

T = TypeVar("T")


def defaults_of(cls: type[Frozen]) -> Mapping[str, Any]:
    """Return each value's default by its name, in the order of the declaration; REQUIRED for one without."""
    return cls._defaults


class _Required:
    """The mark of a value that must be given."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


class _Beside:
    """The mark of a value that does not count, with its default."""

    def __init__(self, default: object) -> None:
        self.default = default


def beside(*, default: Any = REQUIRED, kw_only: bool = False) -> Any:
    """Return declare a value that is neither compared nor shown; type checkers see `kw_only`."""
    return _Beside(default)


@dataclass_transform(frozen_default=True, field_specifiers=(beside,))
def frozen(cls: type[T]) -> type[T]:
    """Return a subclass of `Frozen` with slots for the values that it declares, given by place or by name."""
    return _made(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(beside,))
def named(cls: type[T]) -> type[T]:
    """Return the same for a class whose values are given by name."""
    made: Any = _made(cls)
    made._by_name = True
    return made  # type: ignore[no-any-return]


def _made(cls: type[T]) -> type[T]:
    inherited = getattr(cls, "_defaults", {})
    own = {
        name: vars(cls).get(name, REQUIRED)
        for name, written in cls.__annotations__.items()
        if not written.startswith("ClassVar")
    }
    kept = {k: v for k, v in vars(cls).items() if k not in own and k not in ("__dict__", "__weakref__")}
    kept["__slots__"] = tuple(name for name in own if name not in inherited)
    kept["__dataclass_fields__"] = _FIELDS
    kind: Any = type(cls)
    made = kind(cls.__name__, cls.__bases__, kept)
    aside = {name: value.default for name, value in own.items() if isinstance(value, _Beside)}
    made._beside = (*made._beside, *aside)
    made._defaults = {**inherited, **own, **aside}
    made._needed = frozenset([name for name, default in made._defaults.items() if default is REQUIRED])
    made._put = {name: getattr(made, name).__set__ for name in made._defaults}
    made._values = attrgetter("__class__", *made._defaults)
    made._compared = attrgetter("__class__", *(n for n in made._defaults if n not in made._beside))
    return made  # type: ignore[no-any-return]


class _Fields:
    """The fields of a class as `dataclasses` knows them, made when somebody first asks for them."""

    def __get__(self, instance: object, cls: Any) -> dict[str, Field[Any]]:
        from dataclasses import field, make_dataclass
        from inspect import get_annotations

        written = {k: v for base in reversed(cls.__mro__) for k, v in get_annotations(base).items()}
        rows = [
            (name, written[name], field() if default is REQUIRED else field(default=default))
            for name, default in cls._defaults.items()
        ]
        made: Any = make_dataclass(cls.__name__, rows, init=False, repr=False, eq=False, kw_only=True)
        cls.__dataclass_fields__ = made.__dataclass_fields__
        return cls.__dataclass_fields__  # type: ignore[no-any-return]


_FIELDS = _Fields()


class _Signature:
    """The parameters of a class as `inspect.signature` shows them, made when it first asks."""

    def __get__(self, instance: object, cls: type[Frozen]) -> Signature:
        from inspect import Parameter, Signature, get_annotations

        kind = Parameter.KEYWORD_ONLY if cls._by_name else Parameter.POSITIONAL_OR_KEYWORD
        hints = {k: v for base in reversed(cls.__mro__) for k, v in get_annotations(base).items()}
        rows = [
            Parameter(name, kind, annotation=_unannotated(hints[name]), default=_shown(default))
            for name, default in cls._defaults.items()
        ]
        needed = [row for row in rows if row.default is Parameter.empty]
        return Signature(needed + [row for row in rows if row.default is not Parameter.empty])


def _unannotated(hint: str) -> str:
    """Return a type as it was written, without the constraints and texts of `Annotated`."""
    import ast

    written = ast.parse(hint, mode="eval").body
    while isinstance(written, ast.Subscript) and ast.unparse(written.value) == "Annotated":
        assert isinstance(written.slice, ast.Tuple)
        written = written.slice.elts[0]
    return ast.unparse(written)


def _shown(default: object) -> object:
    from inspect import Parameter

    return Parameter.empty if default is REQUIRED else default


class Frozen:
    """The base of every frozen class; a subclass declares its values."""

    __slots__ = ()
    __signature__ = _Signature()
    _by_name: ClassVar[bool] = False
    """True where values are given by name alone."""
    _beside: ClassVar[tuple[str, ...]] = ()
    """Names of values that are neither compared nor shown."""
    _defaults: ClassVar[Mapping[str, Any]] = {}
    _needed: ClassVar[frozenset[str]] = frozenset()
    _put: ClassVar[Mapping[str, Any]] = {}
    """For each value the function that puts it into an object."""
    _values: ClassVar[Any]
    _compared: ClassVar[Any]
    """The functions from an object to its class and its values, all or those that are compared."""

    def __init__(self, *placed: Any, **given: Any) -> None:
        if given or len(placed) != len(self._put):
            placed = _completed(type(self), placed, given)
        for put, value in zip(self._put.values(), placed):  # noqa: B905 - as many; asking costs a tenth
            put(self, value)

    def changed(self, **given: Any) -> Self:
        """Return the same with some values replaced, several times as fast as `dataclasses.replace`."""
        if not given.keys() <= self._put.keys():
            raise TypeError(f"{type(self).__name__} has no {', '.join(given.keys() - self._put.keys())}")
        made = object.__new__(type(self))
        for put, value in zip(self._put.values(), self._values(self)[1:]):  # noqa: B905
            put(made, value)
        for name, value in given.items():
            self._put[name](made, value)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        same: bool = self._compared(self) == self._compared(other)
        return same

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __repr__(self) -> str:
        """Return the class with its values; those that are their defaults are left out."""
        shown = ((name, getattr(self, name)) for name in self._defaults if name not in self._beside)
        written = (f"{name}={value!r}" for name, value in shown if value != self._defaults[name])
        return f"{type(self).__name__}({', '.join(written)})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._defaults}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def _completed(cls: type[Frozen], placed: tuple[Any, ...], given: dict[str, Any]) -> tuple[Any, ...]:
    """Return every value in order: those given by place and by name, else the defaults."""
    by_name = {**dict(zip(cls._defaults, placed, strict=False)), **given} if placed else given
    values = {**cls._defaults, **by_name}
    if len(values) != len(cls._defaults) or len(by_name) != len(placed) + len(given):
        unknown = ", ".join(given.keys() - cls._defaults.keys()) or "place for so much"
        raise TypeError(f"{cls.__name__} has no {unknown}")
    if not by_name.keys() >= cls._needed:
        raise TypeError(f"{cls.__name__} needs {', '.join(cls._needed - by_name.keys())}")
    return tuple(values.values())
