"""Pickles read as data: a machine for the format's instructions that can neither import nor call anything.

`pickle.loads` of a stranger's file runs what the file says. Here a class or function is only its name, an
object made of a class only a note of that name, and the few calls that stand for tensors become descriptions
of tensors. A call of anything else is refused: it is what attacks are made of. Objects without a call, such
as the `argparse.Namespace` of a training script, are passed over.

Every instruction costs a bounded amount of work, and their number is bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from archc.weights.stored import MOST_TENSORS

MOST_STEPS = 3_000_000
"""Instructions; a tensor of a state dict takes about thirty."""
_MOST_DIMENSIONS = 64
_DEEPEST = 1000


class NotPlain(Exception):
    """The pickle is broken, or asks for more than data; `called` names what it would have run."""

    def __init__(self, why: str, called: str = "") -> None:
        super().__init__(why)
        self.called = called


@dataclass(frozen=True, slots=True)
class Global:
    """The name of a class or function."""

    name: str


@dataclass(eq=False, slots=True)
class Other:
    """An object that is none of ours: only the name of its class."""

    kind: str


@dataclass(eq=False, slots=True)
class Storage:
    """Bytes that tensors lie in, found in the file under `key`: `values` of a dtype ("" where bytes)."""

    key: str
    dtype: str
    values: int
    place: tuple[int, int, int] = (0, 0, 0)


@dataclass(eq=False, slots=True)
class Drawn:
    """A tensor as the pickle describes it; `fault` says why it is none that archc reads."""

    dtype: str = ""
    storage: Storage | None = None
    offset: int = 0
    shape: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    fault: str = ""


@dataclass(slots=True)
class Unpickled:
    """The content of a pickle: its value and end, storages by key, classes of other objects, tensor count."""

    value: Any = None
    end: int = 0
    storages: dict[str, Storage] = field(default_factory=dict)
    kinds: dict[str, None] = field(default_factory=dict)
    tensors: int = 0


_DTYPES = {
    "FloatStorage": "F32", "DoubleStorage": "F64", "HalfStorage": "F16", "BFloat16Storage": "BF16",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8",
    "ByteStorage": "U8", "BoolStorage": "BOOL", "ComplexFloatStorage": "C64", "ComplexDoubleStorage": "C128",
    "UntypedStorage": "",
}  # fmt: skip
_NEWER_DTYPES = {
    "torch.float8_e4m3fn": "F8_E4M3", "torch.float8_e5m2": "F8_E5M2", "torch.float8_e8m0fnu": "F8_E8M0",
    "torch.uint16": "U16", "torch.uint32": "U32", "torch.uint64": "U64", "torch.float32": "F32",
    "torch.float64": "F64", "torch.float16": "F16", "torch.bfloat16": "BF16", "torch.int64": "I64",
    "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8", "torch.uint8": "U8", "torch.bool": "BOOL",
    "torch.complex64": "C64", "torch.complex128": "C128",
}  # fmt: skip

_TABLES = frozenset({"collections.OrderedDict", "collections.defaultdict", "collections.Counter"})
_DATA = frozenset(
    {
        *("collections.deque", "argparse.Namespace", "types.SimpleNamespace", "_codecs.encode"),
        *("copyreg._reconstructor", "copy_reg._reconstructor", "functools.partial", "torch.Size"),
        *("torch.device", "torch.dtype", "torch.serialization._get_layout", "uuid.UUID", "decimal.Decimal"),
        *("fractions.Fraction", "numpy.dtype", "numpy.ndarray"),
        *(f"pathlib.{name}" for name in ("Path", "PosixPath", "WindowsPath", "PurePosixPath")),
        *(f"pathlib._local.{name}" for name in ("Path", "PosixPath", "WindowsPath", "PurePosixPath")),
        *(f"datetime.{name}" for name in ("datetime", "date", "time", "timedelta", "timezone")),
        *(
            f"numpy.{core}.multiarray.{name}"
            for core in ("core", "_core")
            for name in ("scalar", "_reconstruct")
        ),
        *(f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")),
        *(
            f"{module}.{name}"
            for module in ("builtins", "__builtin__")
            for name in (
                "set",
                "frozenset",
                "slice",
                "range",
                "complex",
                "bytearray",
                "bytes",
                "list",
                "tuple",
            )
        ),
    }
)
"""Calls that only make data."""


def unpickled(data: bytes | memoryview, start: int = 0) -> Unpickled:
    """Return the content of the pickle in `data` from `start`, as plain data, `Global`, `Other` and `Drawn`.

    Raises:
        NotPlain: it is cut short, has too many instructions, or calls what is none of the known constructors.
    """
    machine = _Machine(memoryview(data), start)
    try:
        machine.run()
    except (
        IndexError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        struct.error,
        OverflowError,
    ) as broken:
        raise NotPlain("its pickle is damaged") from broken
    return machine.made


class _Machine:
    """The stack and the memo of one pickle; below each mark lies the stack of before."""

    def __init__(self, data: memoryview, start: int) -> None:
        self.data, self.at = data, start
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.made = Unpickled()

    def run(self) -> None:
        """Follow the instructions up to the end."""
        for _ in range(MOST_STEPS):
            code = self.data[self.at]
            self.at += 1
            if code == 0x2E:  # STOP
                self.made.value, self.made.end = self.stack.pop(), self.at
                return
            step = _STEPS.get(code)
            if step is None:
                raise NotPlain(f"its pickle has the instruction {code}, which no state dict needs")
            step(self)
        raise NotPlain(f"its pickle has more than {MOST_STEPS:,} instructions")

    def take(self, count: int) -> bytes:
        """The next bytes, all of which must be there."""
        if count < 0 or self.at + count > len(self.data):
            raise NotPlain("it is cut short")
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def number(self, form: str) -> Any:
        """Return the next number in the form that `struct` calls so."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> bytes:
        """Return the bytes up to the next line's end; no name and no number is longer than a thousand."""
        piece = bytes(self.data[self.at : self.at + 1000])
        length = piece.index(b"\n")
        self.at += length + 1
        return piece[:length]

    def marked(self) -> list[Any]:
        """Return what lies above the last mark, which goes."""
        above, self.stack = self.stack, self.below.pop()
        return above


def _constant(value: Any) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(value)


def _fixed(form: str) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(m.number(form))


def _text(form: str, encoding: str) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(m.take(m.number(form)).decode(encoding, "backslashreplace"))


def _raw(form: str) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(m.take(m.number(form)))


def _long(form: str) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(int.from_bytes(m.take(m.number(form)), "little", signed=True))


def _put(form: str) -> Callable[[_Machine], None]:
    def put(m: _Machine) -> None:
        m.memo[m.number(form)] = m.stack[-1]

    return put


def _get(form: str) -> Callable[[_Machine], None]:
    return lambda m: m.stack.append(m.memo[m.number(form)])


def _memoize(m: _Machine) -> None:
    m.memo[len(m.memo)] = m.stack[-1]


def _mark(m: _Machine) -> None:
    if len(m.below) > _DEEPEST:
        raise NotPlain("its pickle is nested too deeply")
    m.below.append(m.stack)
    m.stack = []


def _tuple(count: int) -> Callable[[_Machine], None]:
    def made(m: _Machine) -> None:
        items = tuple(m.stack[-count:])
        if len(items) != count:
            raise IndexError
        m.stack[-count:] = [items]

    return made


def _marked_tuple(m: _Machine) -> None:
    items = tuple(m.marked())
    m.stack.append(items)


def _marked_list(m: _Machine) -> None:
    items = m.marked()
    m.stack.append(items)


def _marked_dict(m: _Machine) -> None:
    items = m.marked()
    table: dict[Any, Any] = {}
    _fill(table, items)
    m.stack.append(table)


def _append(m: _Machine) -> None:
    value = m.stack.pop()
    if isinstance(m.stack[-1], list):
        m.stack[-1].append(value)


def _appends(m: _Machine) -> None:
    values = m.marked()
    if isinstance(m.stack[-1], list):
        m.stack[-1].extend(values)


def _set_item(m: _Machine) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    _fill(m.stack[-1], [key, value])


def _set_items(m: _Machine) -> None:
    items = m.marked()
    _fill(m.stack[-1], items)


def _fill(table: Any, items: list[Any]) -> None:
    """Put keys and values into a dictionary; only keys whose hash is cheap, as nested tuples' is not."""
    if isinstance(table, dict):
        for key, value in zip(items[::2], items[1::2], strict=True):
            if isinstance(key, str | int):
                table[key] = value


def _set(m: _Machine) -> None:
    m.stack.append(Other("set"))


def _frozen_set(m: _Machine) -> None:
    m.marked()
    m.stack.append(Other("frozenset"))


def _drop_marked(m: _Machine) -> None:
    m.marked()


def _pop(m: _Machine) -> None:
    m.stack.pop()


def _twice(m: _Machine) -> None:
    m.stack.append(m.stack[-1])


def _protocol(m: _Machine) -> None:
    m.take(1)


def _frame(m: _Machine) -> None:
    m.take(8)


def _global(m: _Machine) -> None:
    module, name = m.line().decode("utf-8"), m.line().decode("utf-8")
    m.stack.append(Global(f"{module}.{name}"))


def _stack_global(m: _Machine) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise TypeError
    m.stack.append(Global(f"{module}.{name}"[:500]))


def _new_object(m: _Machine) -> None:
    m.stack.pop()
    _note(m, m.stack.pop())


def _new_object_ex(m: _Machine) -> None:
    m.stack.pop()
    _new_object(m)


def _note(m: _Machine, cls: Any) -> None:
    """Put a note of an object in its place; one of a dictionary's kind is a dictionary."""
    name = cls.name if isinstance(cls, Global) else "an object"
    if name in _TABLES:
        m.stack.append({})
        return
    m.made.kinds[name] = None
    m.stack.append(Other(name))


def _build(m: _Machine) -> None:
    state = m.stack.pop()
    if (
        isinstance(m.stack[-1], Other)
        and isinstance(state, dict)
        and {"_parameters", "_modules"} <= set(state)
    ):
        raise NotPlain("it holds a whole model, not its tensors", m.stack[-1].kind)


def _reduce(m: _Machine) -> None:
    arguments, called = m.stack.pop(), m.stack.pop()
    if not isinstance(called, Global) or not isinstance(arguments, tuple):
        raise TypeError
    m.stack.append(_called(m, called.name, arguments, 0))


def _called(m: _Machine, name: str, arguments: tuple[Any, ...], depth: int) -> Any:
    """Return the value that a call stands for."""
    if name in ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"):
        return arguments[0]
    if name == "torch._tensor._rebuild_from_type_v2" and depth == 0:
        function, _, inner, _ = arguments
        return _called(m, function.name, inner, 1)
    if name.startswith("torch._utils._rebuild_"):
        m.made.tensors += 1
        if m.made.tensors > MOST_TENSORS:
            raise NotPlain(f"it holds more than {MOST_TENSORS:,} tensors")
        return _tensor(name.removeprefix("torch._utils."), arguments)
    if name in _TABLES:
        table: dict[Any, Any] = {}
        for pair in arguments[0] if arguments and isinstance(arguments[0], list) else ():
            _fill(table, list(pair))
        return table
    if name in _DATA:
        made = arguments[0].name if name.endswith("._reconstructor") else name
        m.made.kinds[made] = None
        return Other(made)
    raise NotPlain("it calls more than what tensors need", name)


_ODD = {
    "_rebuild_qtensor": "is quantized",
    "_rebuild_sparse_tensor": "is sparse",
    "_rebuild_meta_tensor_no_storage": "has no values (it was saved from the meta device)",
}


def _tensor(name: str, arguments: tuple[Any, ...]) -> Drawn:
    if name not in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3"):
        return Drawn(fault=_ODD.get(name, "is of a kind that archc does not read"))
    storage, offset, shape, stride = arguments[:4]
    dtype = _NEWER_DTYPES[arguments[6].name] if name.endswith("_v3") else storage.dtype
    numbers = (offset, *shape, *stride)
    whole = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    if not whole or len(shape) != len(stride) or len(shape) > _MOST_DIMENSIONS or not dtype:
        raise TypeError
    return Drawn(dtype, storage, offset, tuple(shape), tuple(stride))


def _persistent(m: _Machine) -> None:
    """Push a storage: ("storage", class, key, device, values), and in older files a view of another."""
    word, cls, *more = m.stack.pop()
    if word == "module" and isinstance(cls, Global):  # a class with its source, in older files
        raise NotPlain("it holds a whole model, not its tensors", cls.name)
    key, _, values, *view = more
    if word != "storage" or not isinstance(cls, Global) or type(values) is not int or values < 0:
        raise TypeError
    if view and view[0] is not None:
        raise NotPlain("it is of a format of torch from before 2017")
    dtype = _DTYPES[cls.name.rpartition(".")[2]]
    storage = m.made.storages.setdefault(str(key), Storage(str(key), dtype, values))
    if (storage.dtype, storage.values) != (dtype, values):
        raise ValueError
    m.stack.append(storage)


def _list(m: _Machine) -> None:
    m.stack.append([])


def _dict(m: _Machine) -> None:
    m.stack.append({})


def _decimal(m: _Machine) -> None:
    text = m.line().removesuffix(b"L")
    m.stack.append({b"00": False, b"01": True}.get(text, int(text)))


def _decimal_float(m: _Machine) -> None:
    m.stack.append(float(m.line()))


def _line_text(m: _Machine) -> None:
    m.stack.append(m.line().decode("utf-8", "backslashreplace"))


def _line_put(m: _Machine) -> None:
    m.memo[int(m.line())] = m.stack[-1]


def _line_get(m: _Machine) -> None:
    m.stack.append(m.memo[int(m.line())])


def _bytearray(m: _Machine) -> None:
    m.take(m.number("<Q"))
    m.stack.append(Other("bytearray"))


_STEPS: dict[int, Callable[[_Machine], None]] = {
    ord(letter): step
    for letter, step in {
        "(": _mark, "0": _pop, "1": _drop_marked, "2": _twice, "N": _constant(None), "I": _decimal,
        "L": _decimal, "F": _decimal_float, "G": _fixed(">d"), "J": _fixed("<i"), "K": _fixed("<B"),
        "M": _fixed("<H"), "S": _line_text, "V": _line_text, "T": _text("<i", "latin-1"),
        "U": _text("<B", "latin-1"), "X": _text("<I", "utf-8"), "B": _raw("<I"), "C": _raw("<B"),
        "}": _dict, "]": _list, ")": _constant(()), "t": _marked_tuple, "l": _marked_list, "d": _marked_dict,
        "a": _append, "e": _appends, "s": _set_item, "u": _set_items, "p": _line_put, "q": _put("<B"),
        "r": _put("<I"), "g": _line_get, "h": _get("<B"), "j": _get("<I"), "c": _global, "R": _reduce,
        "b": _build, "Q": _persistent,
    }.items()
} | {
    0x80: _protocol, 0x81: _new_object, 0x85: _tuple(1), 0x86: _tuple(2), 0x87: _tuple(3),
    0x88: _constant(True), 0x89: _constant(False), 0x8A: _long("<B"), 0x8B: _long("<i"),
    0x8C: _text("<B", "utf-8"), 0x8D: _text("<Q", "utf-8"), 0x8E: _raw("<Q"), 0x8F: _set, 0x90: _drop_marked,
    0x91: _frozen_set, 0x92: _new_object_ex, 0x93: _stack_global, 0x94: _memoize, 0x95: _frame,
    0x96: _bytearray,
}  # fmt: skip
