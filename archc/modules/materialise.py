"""A plan with its numbers: bodies from their weight files, the rest from the seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from archc.catalog.bodies import IMAGE, BodyRecord, find
from archc.catalog.costs import buffers, parameters
from archc.catalog.facts import infer
from archc.catalog.tensors import TensorType
from archc.modules.build import build
from archc.modules.download import Progress
from archc.modules.older_names import renamed
from archc.modules.plan_module import PlanModule, part_at
from archc.modules.weights import adapt_input_channels, assign_weights, pretrained, read_weights
from archc.plan.plan import BodyUse, Plan
from archc.spec import layers as ops

Records = Callable[[str], BodyRecord]


def materialise(
    plan: Plan,
    *,
    device: str | torch.device = "cpu",
    seed: int | None = None,
    record_of: Records | None = None,
    directory: Path | None = None,
    spec_dir: Path | None = None,
    progress: Progress | None = None,
) -> PlanModule:
    """The plan's module on `device`, ready to train: bodies from the weights they name, the rest by seed.

    Weight files with a relative path are looked for beside the spec, in `spec_dir`, then below the working
    directory.
    """
    module = build(plan, seed=seed, skip=from_files(plan))
    load_bodies(module, plan, record_of=record_of, directory=directory, spec_dir=spec_dir, progress=progress)
    return module.to(device)


def from_files(plan: Plan) -> Callable[[str], bool]:
    """Whether a key's first value comes from a weight file, as a function of the key."""
    inside = [_own_keys(plan, body) for body in plan.bodies if body.weights != "none"]
    return lambda key: any(own(key) for own in inside)


def _own_keys(plan: Plan, body: BodyUse) -> Callable[[str], bool]:
    """Return whether a key of the state dict is the body's own: others may lie below its prefix."""
    owners = {n.module for n in plan.nodes if body.holds(n) and (parameters(n.op) or buffers(n.op))}

    def own(key: str) -> bool:
        segments = key.split(".")
        return any(".".join(segments[:end]) in owners for end in range(1, len(segments) + 1))

    return own


def load_bodies(
    module: nn.Module,
    plan: Plan,
    *,
    record_of: Records | None = None,
    directory: Path | None = None,
    spec_dir: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Nothing; each body of the plan then has the weights it names, and any other tensor is as it was.

    Raises:
        WorldError: a file cannot be had or read, or does not fit: names the tensors.
    """
    for body in plan.bodies:
        if body.weights != "none":
            record = record_of(body.ref) if record_of else body.record or find(body.ref)
            _load(module, plan, body, record, _found(body, record, directory, spec_dir, progress))


def _found(
    body: BodyUse,
    record: BodyRecord,
    directory: Path | None,
    spec_dir: Path | None,
    progress: Progress | None,
) -> dict[str, Tensor]:
    """All tensors of the file that `body.weights` names: one the library publishes, or a path."""
    if (published := record.weights.get(body.weights)) is not None:
        return pretrained(published.url, directory, progress)
    beside = (spec_dir or Path()) / body.weights
    return read_weights(beside if beside.is_file() else Path(body.weights))


def _load(
    module: nn.Module, plan: Plan, body: BodyUse, record: BodyRecord, found: Mapping[str, Tensor]
) -> None:
    part, own = part_at(module, body.prefix), _own_keys(plan, body)
    state = {key: tensor for key, tensor in part.state_dict().items() if own(f"{body.prefix}.{key}")}
    expected = {key: tuple(tensor.shape) for key, tensor in state.items()}
    whole = frozenset(_keys(record))
    adapted = _adapted(renamed(found, whole), _first_layers(plan, body), body.in_channels)
    auxiliary = tuple(record.unused_keys)
    given = assign_weights(
        expected,
        adapted,
        ignore=lambda key: key not in expected and (key in whole or key.startswith(auxiliary)),
    )
    where = next(part.parameters()).device
    # Assigned, not copied: the file's own memory becomes the model's, and nothing is there twice. Not strict:
    # what lies below the prefix and is not the body's keeps its start.
    part.load_state_dict({key: tensor.to(where) for key, tensor in given.items()}, strict=False, assign=True)


def _keys(record: BodyRecord) -> Iterator[str]:
    """Every key of the library's own model, also of what a cut drops."""
    yield from (saved.name for saved in record.state)
    types = {IMAGE: TensorType((1, record.channels, *record.size))}
    for index, node in enumerate(record.nodes):
        op, types[index] = infer(node.op, tuple(types[i] for i in node.inputs))
        for name, _ in (*parameters(op), *buffers(op)):
            yield f"{node.module}.{name}" if name else node.module


def _first_layers(plan: Plan, body: BodyUse) -> list[str]:
    """Keys of the kernels that read the image, within the body."""
    inside = {node.name for node in plan.nodes if body.holds(node)}
    first = [
        node.module.removeprefix(f"{body.prefix}.")
        for node in plan.nodes
        if node.name in inside and isinstance(node.op, ops.Conv2d) and not inside.intersection(node.inputs)
    ]
    first += [
        f"{node.module}.{name}".removeprefix(f"{body.prefix}.").removesuffix(".weight")
        for node in plan.nodes
        if isinstance(node.op, ops.LibraryPart) and not inside.intersection(node.inputs)
        for name in [name for name, shape, _ in node.op.state if len(shape) == 4][:1]
        if body.holds(node)
    ]
    return [f"{path}.weight" for path in dict.fromkeys(first)]


def _adapted(found: dict[str, Tensor], keys: list[str], channels: int) -> dict[str, Tensor]:
    """`found` with the kernels `keys` made for `channels` where the file has them for other than that."""
    kernels = {key: found[key] for key in keys if key in found and found[key].shape[1] != channels}
    return found | {key: adapt_input_channels(kernel, channels) for key, kernel in kernels.items()}
