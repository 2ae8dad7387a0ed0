"""Nearest-neighbor resizing: where torch and onnxruntime pick the same pixel, and where rounding parts them.

For pixel i of `out`, torch picks floor(i * (in / out)), onnxruntime floor(i / (out / in)), both in float32.
They differ only where i * in / out is a whole number, and there for some pairs of sizes (26 to 28, say).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from archc.ops.dims import Atom, Dim, Floor, Product, Symbol, evaluate

_LARGEST = 1536
"""Sizes of an input up to which agreement is looked up, in pixels."""


def torch_indices(size: int, out: int) -> npt.NDArray[np.int64]:
    """Return the index below `size` that torch picks for each of `out` pixels: int64, of shape `(out,)`."""
    return _picked(np.arange(out), size, out)


def always_agree(size: Dim, out: Dim) -> bool:
    """Return whether the two libraries pick the same pixels, whatever the input's size."""
    if isinstance(size, int) and isinstance(out, int):
        return _agree(size, out)
    names = _symbols(size) | _symbols(out)
    if len(names) != 1:
        return False
    name = names.pop()
    key = (str(size).replace(name, "?"), str(out).replace(name, "?"))  # height and width: one answer for both
    if key not in _known:
        sizes = ({name: n} for n in range(1, _LARGEST + 1))
        pairs = {(evaluate(size, s), evaluate(out, s)) for s in sizes}
        _known[key] = all(_agree(a, b) for a, b in pairs if a > 0 and b > 0)
    return _known[key]


_known: dict[tuple[str, str], bool] = {}


@lru_cache(maxsize=65536)
def _agree(size: int, out: int) -> bool:
    step = out // int(np.gcd(size, out))
    if step == out:
        return True
    hits = np.arange(0, out, step)
    theirs = np.floor(hits.astype(np.float32) / (np.float32(out) / np.float32(size)))
    return bool((np.minimum(theirs, size - 1) == _picked(hits, size, out)).all())


def _picked(pixels: npt.NDArray[Any], size: int, out: int) -> npt.NDArray[np.int64]:
    ratio = np.float32(size) / np.float32(out)
    found: npt.NDArray[np.int64] = np.floor(pixels.astype(np.float32) * ratio).astype(np.int64)
    return np.minimum(found, np.int64(size - 1))


def _symbols(dim: Dim) -> set[str]:
    if isinstance(dim, int):
        return set()
    return {name for atom, _ in dim.terms for name in _names(atom)}


def _names(atom: Atom) -> set[str]:
    match atom:
        case Symbol():
            return {atom.name}
        case Floor():
            return _symbols(atom.inner)
        case Product():
            return {name for factor in atom.factors for name in _names(factor)}
        case _:
            assert_never(atom)
