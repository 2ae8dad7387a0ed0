"""Plan to nn.Module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from archc.modules.initialize import initialize as fill
from archc.modules.module_for import Stateless, module_for
from archc.modules.plan_module import Holder, Instruction, PlanModule, Program
from archc.ops.facts import buffers, parameters
from archc.ops.node import Node
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Op

Path = tuple[str, ...]


def build(
    plan: Plan,
    *,
    device: str | torch.device = "cpu",
    initialize: bool = True,
    seed: int | None = None,
    skip: Callable[[str], bool] = lambda key: False,
) -> PlanModule:
    """Return the plan's module on `device`, in training mode; same seed, same numbers, on every device.

    Without `initialize`, learned tensors hold whatever memory held, as do those whose key `skip` takes: their
    numbers come from a file. Without `seed`, one is drawn from the system; torch's global generator is never
    touched.
    """
    module = _assembled(plan)
    if initialize and torch.device(device).type != "meta":
        generator = torch.Generator()
        if seed is None:
            generator.seed()
        else:
            generator.manual_seed(seed)
        fill(module, plan, generator, skip=skip)
    if any(isinstance(node.op, ops.LibraryPart) for node in plan.nodes):
        from archc.modules.library_part import forget

        forget()
    return module.to(device)


@dataclass(slots=True)
class _Tree:
    """The tree of modules as it grows.

    Attributes:
        inner: paths with modules below them, which an op without state cannot have.
        ops: the op at each path that is taken.
    """

    root: nn.Module
    inner: frozenset[Path]
    ops: dict[Path, Op] = field(default_factory=dict)

    def place(self, node: Node) -> tuple[Path, Stateless | None]:
        """Return where `node`'s module or parameter is, or the function which does its work."""
        path = self._path(node)
        if path in self.ops:
            return path, None
        made = None if isinstance(node.op, ops.Parameter) else module_for(node.op)
        if made is not None and not isinstance(made, nn.Module):
            return (), made
        if path in self.inner and not isinstance(node.op, ops.LibraryPart):
            raise ValueError(f"`{node.module}` is a layer and holds other layers")
        self._register(path, made, node.op)
        self.ops[path] = node.op
        return path, None

    def _path(self, node: Node) -> Path:
        """Return the node's own path; its name's where an op without state has no place of its own."""
        path = tuple(node.module.split("."))
        if parameters(node.op) or buffers(node.op) or isinstance(node.op, ops.LibraryPart):
            if not node.module or self.ops.get(path, node.op) != node.op:
                raise ValueError(f"two different layers are to be at `{node.module}`")
            return path
        if node.module and path not in self.inner and self.ops.get(path, node.op) == node.op:
            return path
        path = tuple(node.name.split("."))
        while path in self.inner or self.ops.get(path, node.op) != node.op:
            path = (*path[:-1], path[-1] + "_")
        return path

    def _register(self, path: Path, module: nn.Module | None, op: Op) -> None:
        if "training" in path:
            raise ValueError(f"`{'.'.join(path)}`: `training` is torch's own name for a module's mode")
        owner = self.root
        for segment in path[:-1]:
            owner = owner._modules.setdefault(segment, Holder())  # type: ignore[assignment]
        # Not by add_module, which refuses names that nn.Module has (`type`, `half`): a user may choose one.
        # Every walk of torch's goes by these dictionaries but get_submodule, which torch.export uses.
        if module is not None:
            owner._modules[path[-1]] = module
        else:
            assert isinstance(op, ops.Parameter)
            owner._parameters[path[-1]] = nn.Parameter(torch.empty(op.shape))


def _assembled(plan: Plan) -> PlanModule:
    """Return the module with every path filled and nothing initialized."""
    paths = {tuple(node.module.split(".")) for node in plan.nodes}
    inner = frozenset(path[:end] for path in paths for end in range(1, len(path)))
    tree = _Tree(Holder(), inner)
    placed = [tree.place(node) for node in plan.nodes]
    module = PlanModule(_program(plan, placed))
    module._modules.update(tree.root._modules)
    module._parameters.update(tree.root._parameters)
    return module


def _program(plan: Plan, placed: list[tuple[Path, Stateless | None]]) -> Program:
    """Return the instructions, each value in a slot of its own that is emptied after its last reader."""
    names = tuple(i.name for i in plan.inputs)
    slots = {name: slot for slot, name in enumerate((*names, *(node.name for node in plan.nodes)))}
    last = {name: index for index, node in enumerate(plan.nodes) for name in (node.name, *node.inputs)}
    kept = {output.value for output in plan.outputs}
    dying: dict[int, list[int]] = {}
    for name, index in last.items():
        if name not in kept:
            dying.setdefault(index, []).append(slots[name])
    instructions = tuple(
        Instruction(
            name=node.name,
            path=path,
            call=call,
            parameter=isinstance(node.op, ops.Parameter),
            reads=tuple(slots[name] for name in node.inputs),
            fills=slots[node.name],
            frees=tuple(dying.get(index, ())),
        )
        for index, (node, (path, call)) in enumerate(zip(plan.nodes, placed, strict=True))
    )
    return Program(
        names, instructions, len(slots), tuple((one.name, slots[one.value]) for one in plan.outputs)
    )
