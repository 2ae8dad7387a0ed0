"""How torch does an op's work, as data: a layer to construct or a function to call, and its arguments.

`archc.modules.module_for` builds the torch object from it and `archc eject` prints it, so that both say the
same. Nothing here imports torch.

Names of layers are `nn.NAME` for torch's own; any other name is a class in a file of `archc/modules/layers`.
Names of functions are those of `archc/modules/functions.py`.
"""

from __future__ import annotations

from archc.spec.frozen import Frozen, frozen

Value = int | float | bool | str | tuple[int, ...] | tuple[float, ...] | None


@frozen
class Argument(Frozen):
    """An argument of a constructor or a function; one that equals its default need not be printed."""

    name: str
    value: Value
    positional: bool = False
    default: Value = None


@frozen
class Layer(Frozen):
    """A module to construct; `wrap` stands around the printed call, `{}` being its place.

    One that is not `placed` holds no state, and a built model has no module for it: a library may have other
    layers at its path.
    """

    callee: str
    arguments: tuple[Argument, ...] = ()
    wrap: str = "{}"
    placed: bool = True


@frozen
class Function(Frozen):
    """A function without state over the node's inputs. `layer` does the same as a module, in a Sequential."""

    name: str
    arguments: tuple[Argument, ...] = ()
    layer: Layer | None = None


@frozen
class Foreign(Frozen):
    """Work of another package, of which archc has no source; `what` and `help` say so to whoever asks."""

    what: str
    help: str


Call = Layer | Function | Foreign


def first(name: str, value: Value) -> Argument:
    """Return an argument that is printed without its name. `TypeError` where the op is not resolved."""
    if value is None:
        raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
    return Argument(name, value, positional=True)


def keyword(name: str, value: Value) -> Argument:
    """Return an argument that is always printed, with its name."""
    return Argument(name, value)


def default(name: str, value: Value, default: Value) -> Argument:
    """Return an argument that is printed, with its name, where it is not the default."""
    return Argument(name, value, default=default)


def each(name: str, values: tuple[int, ...]) -> tuple[Argument, ...]:
    """Return numbers that stand one after the other."""
    return tuple(Argument(f"{name}{i}", value, positional=True) for i, value in enumerate(values))


def size(value: int | tuple[int, ...]) -> Value:
    """Return one number where all axes have the same."""
    if isinstance(value, int):
        return value
    return value[0] if len(set(value)) == 1 else value
