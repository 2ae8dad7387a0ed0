"""Models that hold what no op describes: linked where they can be, parts of the library elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archc.ops.tensors import TensorType
from archc.record.faults import Unrecordable
from archc.record.graph import Graph, read
from archc.spec import layers as ops

Sizes = tuple[int, ...]
_BATCH = 3
_TRIES = 60
_LARGER = ((32, 64), (45, 75), (75, 45), (5, 129), (129, 5))
"""Added to height and width: each comes to be odd after any halving, where rounding down and up part ways."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements, at several image sizes, of every module from one tensor to one tensor.

    Attributes:
        shapes: the shapes in and out at each size, by the module's path.
        work: multiply-adds for one image at the first size, by path; of the modules that torch counts.
        free: the model takes more than one image size.
        smallest: the smallest side of an image that it was measured with.
    """

    model: nn.Module
    ref: str
    shapes: Mapping[str, tuple[tuple[Sizes, Sizes], ...]]
    work: Mapping[str, int]
    free: bool
    smallest: int

    def part(self, path: str) -> ops.LibraryPart:
        """Return the module at `path` as an op.

        Raises:
            Unrecordable: it takes or gives other than one tensor, or sizes that no rule gives.
        """
        seen = self.shapes.get(path, ())
        if not seen:
            raise _outside(path, "takes or gives other than one tensor")
        first, out = seen[0]
        if not first or not out or out[0] != first[0] or first[0] != _BATCH:
            raise _outside(path, "does not keep the images of a batch apart")
        rules = [_rule(path, dim, seen) for dim in range(1, len(out))]
        volume = torch.Size(out[1:]).numel()
        module = self.model.get_submodule(path)
        return ops.LibraryPart(
            ref=self.ref,
            path=path,
            out=((0, 1, 0), *rules),
            work=round(self.work.get(path, 0) / max(volume, 1)),
            state=tuple((name, tuple(shape), not buffer) for name, shape, *buffer in state(module)),
        )


def measured(model: nn.Module, ref: str, size: tuple[int, int], *, only: bool = False) -> Measured:
    """Measure `model` on the meta device, losing its numbers, at `size` and at others that it takes.

    With `only`, at that size alone.

    Raises:
        Unrecordable: it does not run there.
    """
    model = model.to("meta")
    try:
        first, work = _shapes(model, size, count=True)
    except Exception as error:
        raise Unrecordable(f"{type(model).__name__} does not run without numbers: {error}") from error
    runs = [first]
    height, width = size
    try:
        for more, wider in () if only else _LARGER:
            runs.append(_shapes(model, (height + more, width + wider))[0])
    except Exception:  # a model made for one size says so in many ways
        runs = [first]
    smallest = min(size)
    for side in (64, 96) if len(runs) > 1 else ():
        try:
            runs.append(_shapes(model, (side, side))[0])
        except Exception:
            continue
        smallest = side
        break
    together = {path: tuple(run[path] for run in runs) for path in first if all(path in r for r in runs)}
    return Measured(model, ref, together, work, free=len(runs) > 1, smallest=smallest)


def read_in_parts(
    model: nn.Module, image: TensorType, seen: Measured, started_apart: Iterable[str] = ()
) -> tuple[Graph, tuple[str, ...]]:
    """Return the graph of `model` with parts where no op will do, and the parts' paths.

    `started_apart` are modules that must be parts, because of the way they start.

    Raises:
        Unrecordable: it is the model's own `forward` that has no ops.
    """
    paths = {seen_path for path in started_apart for seen_path in _like(path, model)}
    parts: dict[str, ops.LibraryPart] = {}
    for _ in range(_TRIES):
        try:
            parts = {path: parts.get(path) or seen.part(path) for path in _outermost(paths)}
            graph = read(model, image, parts)
            return graph, tuple(parts)
        except Unrecordable as fault:
            where = fault.where
            while where and (where in paths or where not in seen.shapes):
                where = where.rpartition(".")[0]
            if not where:
                raise
            paths |= _like(where, model)
    raise Unrecordable(f"{type(model).__name__} holds more than {_TRIES} kinds of parts without ops")


def state(model: nn.Module) -> list[list[Any]]:
    """Return a row for each key of the state dict: name, shape, and the word "buffer" for a buffer."""
    learned = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    return [
        [name, list(tensor.shape), *(() if name in learned else ("buffer",))]
        for name, tensor in model.state_dict().items()
    ]


def _like(path: str, model: nn.Module) -> set[str]:
    """Return the path, and those of modules of the same class of the library's own: they will fail alike."""
    cls = type(model.get_submodule(path))
    if cls.__module__.startswith("torch."):
        return {path}
    return {name for name, module in model.named_modules() if type(module) is cls and name}


def _outermost(paths: set[str]) -> list[str]:
    return sorted(p for p in paths if not any(p.startswith(f"{other}.") for other in paths))


def _shapes(
    model: nn.Module, size: tuple[int, int], *, count: bool = False
) -> tuple[dict[str, tuple[Sizes, Sizes]], dict[str, int]]:
    """Return the shapes in and out of modules with one of each in a pass, and multiply-adds an image."""
    found: dict[str, tuple[Sizes, Sizes] | None] = {}

    def hook(path: str) -> Any:
        def note(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
            given = [v for v in (*args, *kwargs.values()) if v is not None and v is not False]
            one = len(given) == 1 and isinstance(given[0], Tensor) and isinstance(out, Tensor)
            again = path in found
            found[path] = (tuple(given[0].shape), tuple(out.shape)) if one and not again else None

        return note

    hooks = [m.register_forward_hook(hook(p), with_kwargs=True) for p, m in model.named_modules() if p]
    image = torch.empty(_BATCH, 3, *size, device="meta")
    work: dict[str, int] = {}
    with torch.no_grad():
        if count:
            work = _work(model, image)
            found.clear()
            model(image)
        else:
            model(image)
    for handle in hooks:
        handle.remove()
    return {path: shapes for path, shapes in found.items() if shapes is not None}, work


def _work(model: nn.Module, image: Tensor) -> dict[str, int]:
    """Return multiply-adds by module path; none where torch's counter cannot follow the model."""
    try:
        with FlopCounterMode(display=False) as counter:
            model(image)
    except Exception:
        return {}
    return _by_path(counter.get_flop_counts())


def _by_path(counts: Mapping[str, Mapping[Any, int]]) -> dict[str, int]:
    """Return multiply-adds for one image by module path; torch counts two, under the class name."""
    return {name.partition(".")[2]: sum(by_op.values()) // 2 // _BATCH for name, by_op in counts.items()}


def _rule(path: str, dim: int, seen: tuple[tuple[Sizes, Sizes], ...]) -> tuple[int, int, int]:
    """Return how a size of a part's output follows from its input: the simplest rule that fits all passes."""
    wanted = [out[dim] for _, out in seen]
    if len(set(wanted)) == 1:
        return -1, 1, wanted[0]
    for source in range(1, len(seen[0][0])):
        given = [shape[source] for shape, _ in seen]
        for divisor in (1, 2, 4, 8, 16, 32, 3, 7, 14, 64):
            for added in (0, divisor - 1, *range(1, divisor - 1)):
                if all((g + added) // divisor == w for g, w in zip(given, wanted, strict=True)):
                    return source, divisor, added
    raise _outside(path, "makes sizes that follow no rule")


def _outside(path: str, what: str) -> Unrecordable:
    fault = Unrecordable(f"the part `{path}` {what}")
    fault.where = path
    return fault
