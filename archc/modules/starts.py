"""A built model started from files of weights: those of its bodies, and one of all of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from archc.bodies.catalog import IMAGE, BodyRecord, find
from archc.modules.plan_module import part_at
from archc.ops.facts import buffers, infer, parameters
from archc.ops.tensors import TensorType
from archc.plan.groups.partition import matches
from archc.plan.plan import BodyUse, Plan
from archc.source.text.toml_text import inline
from archc.spec import layers as ops
from archc.spec.model import WeightsFile
from archc.weights.assign import adapt_input_channels, ready
from archc.weights.checkpoint import open_checkpoint
from archc.weights.download import Progress
from archc.weights.fetch import fetch
from archc.weights.mapped import mapped
from archc.weights.older_names import today
from archc.weights.readings import Asked, Kind, Target, Wanted
from archc.weights.select import Taken, select
from archc.weights.stored import Checkpoint

Records = Callable[[str], BodyRecord]
Told = Callable[[Taken], None]

_PUBLISHED = ("", "state_dict", "model", "model_state_dict", "state_dict_ema", "model_ema")
"""Where a library's own file has the tensors that it publishes, the likeliest first."""


def untold(taken: Taken) -> None:
    """Say nothing of what was taken."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where files are looked for: published ones in `cache`, others in `spec_dir`, then below this folder."""

    cache: Path | None = None
    spec_dir: Path | None = None
    progress: Progress | None = None

    def path(self, text: str) -> Path:
        """Return the file or folder that a spec calls `text`."""
        beside = (self.spec_dir or Path()) / text
        return beside if beside.exists() else Path(text)


def from_files(plan: Plan) -> Callable[[str], bool]:
    """Return whether a key's first value comes from a weight file, as a function of the key."""
    whole = plan.start.skip if plan.start else None
    inside = [(body, _own_keys(plan, body)) for body in plan.bodies if body.weights != "none"]

    def loaded(key: str) -> bool:
        if whole is not None and not _skipped(whole, key):
            return True
        return any(
            own(key)
            and not _skipped(body.file.skip if body.file else (), key.removeprefix(f"{body.prefix}."))
            for body, own in inside
        )

    return loaded


def _own_keys(plan: Plan, body: BodyUse) -> Callable[[str], bool]:
    """Return whether a key of the state dict is the body's own: others may lie below its prefix."""
    owners = {n.module for n in plan.nodes if body.holds(n) and (parameters(n.op) or buffers(n.op))}

    def own(key: str) -> bool:
        segments = key.split(".")
        return any(".".join(segments[:end]) in owners for end in range(1, len(segments) + 1))

    return own


def _skipped(patterns: Sequence[str], name: str) -> bool:
    return any(matches(pattern, name) for pattern in patterns)


def start(
    module: nn.Module, plan: Plan, places: Places, *, record_of: Records | None = None, told: Told = untold
) -> None:
    """Give `module` the tensors of the files that its plan names; all others are as they were.

    The file of the whole model comes first; a body's own then gives what that one skips of the body.

    Raises:
        WorldError: a file cannot be had or read, or does not fit: names the tensors.
    """
    loaded: frozenset[str] = frozenset()
    if plan.start is not None:
        loaded = _start_whole(module, plan, plan.start, places, told)
    for body in plan.bodies:
        own = _own_keys(plan, body)
        keys = {key: f"{body.prefix}.{key}" for key in part_at(module, body.prefix).state_dict()}
        rest = [key for key, full in keys.items() if own(full) and full not in loaded]
        if body.weights != "none" and rest:
            record = record_of(body.ref) if record_of else body.record or find(body.ref)
            _start_body(module, plan, body, record, places, told, rest)


def restore(module: nn.Module, path: Path, *, modified: bool = False) -> None:
    """Give `module` the tensors of a file that archc wrote of it.

    Raises:
        WorldError: the file is damaged, of another model, or changed since it was written, unless `modified`.
    """
    like = module.state_dict()
    taken = select(
        open_checkpoint(path, modified=modified),
        Target("its spec", _wanted(like)),
        Asked("", ""),
        _say(WeightsFile(file=str(path))),
    )
    _assign(module, mapped(path, taken.tensors), like, taken.absent)


def _start_whole(
    module: nn.Module, plan: Plan, file: WeightsFile, places: Places, told: Told
) -> frozenset[str]:
    """Return the names that the file gave; the rest was skipped."""
    like = module.state_dict()
    target = Target(f"the model `{plan.name}`", _wanted(like), skips=partial(_skipped, file.skip))
    taken = select(open_checkpoint(places.path(file.file)), target, _asked(file), _say(file))
    given = mapped(taken.checkpoint.path, taken.tensors)
    _assign(module, given, like, taken.absent)
    told(taken)
    return frozenset((*given, *taken.absent))


def _start_body(
    module: nn.Module,
    plan: Plan,
    body: BodyUse,
    record: BodyRecord,
    places: Places,
    told: Told,
    rest: Sequence[str],
) -> None:
    part = part_at(module, body.prefix)
    held = part.state_dict()
    like = {key: held[key] for key in rest}
    first = frozenset(_first_layers(plan, body)) if body.in_channels != record.channels else frozenset[str]()
    checkpoint, file = _file_of(body, record, places)
    whole = frozenset((*_keys(record), *held))
    target = Target(
        f"the body `{body.ref}`",
        _wanted(like),
        skips=partial(_skipped, file.skip),
        beyond=lambda name: name in whole or name.startswith(tuple(record.unused_keys)),
        adapts=lambda name, shape: name in first and _adaptable(shape, tuple(like[name].shape)),
        today=partial(_today, known=whole),
        preferred=_PUBLISHED if body.weights in record.weights else (),
    )
    taken = select(checkpoint, target, _asked(file), _say(file))
    given = mapped(checkpoint.path, taken.tensors)
    given |= {key: adapt_input_channels(given[key], body.in_channels) for key in first & given.keys()}
    _assign(part, given, like, taken.absent)
    if body.weights not in record.weights:
        told(taken)


def _today(name: str, known: Container[str]) -> str:
    return today(name, known)


def _file_of(body: BodyUse, record: BodyRecord, places: Places) -> tuple[Checkpoint, WeightsFile]:
    """Return the checkpoint that `body.weights` names, published or a path; and what is said of it."""
    if (published := record.weights.get(body.weights)) is not None:
        path = fetch(published.url, places.cache, progress=places.progress)
        return open_checkpoint(path), WeightsFile(file=body.weights)
    file = body.file or WeightsFile(file=body.weights)
    return open_checkpoint(places.path(file.file)), file


def _assign(
    module: nn.Module, given: Mapping[str, Tensor], like: Mapping[str, Tensor], zero: Sequence[str]
) -> None:
    made = ready(given, like) | {name: like[name].new_zeros(()) for name in zero}
    # Assigned, not copied: the file's own memory becomes the model's, and nothing is there twice. Not strict:
    # what the file does not give keeps its start.
    module.load_state_dict(made, assign=True, strict=False)


def _wanted(like: Mapping[str, Tensor]) -> dict[str, Wanted]:
    return {name: Wanted(tuple(tensor.shape), _kind(tensor)) for name, tensor in like.items()}


def _kind(tensor: Tensor) -> Kind:
    if tensor.is_floating_point():
        return "float"
    return "boolean" if str(tensor.dtype) == "torch.bool" else "integer"


def _asked(file: WeightsFile) -> Asked:
    return Asked(file.entry, file.prefix, file.rename or {})


def _say(file: WeightsFile) -> Callable[[Mapping[str, object]], str]:
    """Return how the spec writes this file with some more keys."""
    keys = ("file", "entry", "prefix", "rename", "skip")
    written = {key: value for key in keys if (value := getattr(file, key)) not in (None, ())}

    def said(more: Mapping[str, object]) -> str:
        skip = [*file.skip, *_listed(more.get("skip"))]
        table = written | dict(more) | ({"skip": skip} if skip else {})
        return f"weights = {inline(table)}"

    return said


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, tuple | list) else []


def _adaptable(there: tuple[int, ...], here: tuple[int, ...]) -> bool:
    """Return whether a kernel over 3 channels can become one over another number."""
    return len(there) == 4 and there[1] == 3 and (there[0], *there[2:]) == (here[0], *here[2:])


def _keys(record: BodyRecord) -> Iterator[str]:
    """Yield every key of the library's own model, also of what a cut drops."""
    yield from (saved.name for saved in record.state)
    types = {IMAGE: TensorType((1, record.channels, *record.size))}
    for index, node in enumerate(record.nodes):
        op, types[index] = infer(node.op, tuple(types[i] for i in node.inputs))
        for name, _ in (*parameters(op), *buffers(op)):
            yield f"{node.module}.{name}" if name else node.module


def _first_layers(plan: Plan, body: BodyUse) -> Iterator[str]:
    """Yield keys of the kernels that read the image, within the body."""
    inside = {node.name for node in plan.nodes if body.holds(node)}
    for node in plan.nodes:
        if node.name not in inside or inside.intersection(node.inputs):
            continue
        path = f"{node.module}.".removeprefix(f"{body.prefix}.")
        if isinstance(node.op, ops.Conv2d):
            yield f"{path}weight"
        elif isinstance(node.op, ops.LibraryPart):
            yield from [path + name for name, shape, _ in node.op.state if len(shape) == 4][:1]
