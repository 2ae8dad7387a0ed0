"""A plan at work: the module that runs a list of instructions over named values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from archc.modules.module_for import Stateless


class Holder(nn.Module):
    """A place in the tree of paths, which holds modules and parameters and does nothing itself."""


def part_at(root: nn.Module, path: str) -> nn.Module:
    """Return the module at a plan's dotted path; `get_submodule` takes nn.Module's own names for it."""
    part: Any = root
    for segment in path.split("."):
        part = part._modules[segment]
    found: nn.Module = part
    return found


@dataclass(frozen=True, slots=True)
class Instruction:
    """One node as data: what is called, which slots it reads and fills, which nobody reads after it.

    Attributes:
        name: the node's name.
        path: where in the tree the module is, or the parameter is, that does the work.
        call: a function without state, which then does the work in the module's place.
        parameter: the value is the parameter at `path`.
    """

    name: str
    path: tuple[str, ...]
    call: Stateless | None
    parameter: bool
    reads: tuple[int, ...]
    fills: int
    frees: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in execution order; slots 0 to len(inputs) - 1 hold the inputs."""

    inputs: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    slots: int
    outputs: tuple[tuple[str, int], ...]


class PlanModule(nn.Module):
    """The model of a plan: its submodules are at the plan's module paths, its forward pass is the nodes.

    Steps find their modules by path at every call, which costs well under a microsecond each: a module put in
    the place of another (an adapter, a quantized layer, a new head) is the one that runs.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def forward(self, *inputs: Tensor, **named: Tensor) -> Any:
        """Return the output tensor, or a dict by output name where the plan has several outputs.

        Inputs come in the plan's order, or by name.
        """
        values = self._run(inputs, named, None)
        outputs = self._program.outputs
        if len(outputs) == 1:
            return values[outputs[0][1]]
        return {name: values[slot] for name, slot in outputs}

    def forward_values(
        self, *inputs: Tensor, only: Iterable[str] | None = None, **named: Tensor
    ) -> dict[str, Tensor]:
        """Return the values, of any shape, of all nodes or those in `only`, by name, in execution order.

        The same instructions in the same order as `forward`, except that nothing wanted is freed.
        """
        wanted = {s.name for s in self._program.instructions} if only is None else set(only)
        if unknown := wanted - {instruction.name for instruction in self._program.instructions}:
            raise KeyError(f"no node is called {', '.join(sorted(unknown))}")
        kept: dict[str, Tensor] = {}
        self._run(inputs, named, (wanted, kept))
        return kept

    def _run(
        self,
        inputs: tuple[Tensor, ...],
        named: dict[str, Tensor],
        watch: tuple[set[str], dict[str, Tensor]] | None,
    ) -> list[Any]:
        program = self._program
        values: list[Any] = [
            *_ordered(program.inputs, inputs, named),
            *(None,) * (program.slots - len(program.inputs)),
        ]
        for instruction in program.instructions:
            reads = instruction.reads
            call: Any = instruction.call
            if call is None:
                call = self
                for segment in instruction.path[:-1]:
                    call = call._modules[segment]
                last = instruction.path[-1]
                call = call._parameters[last] if instruction.parameter else call._modules[last]
            if instruction.parameter:
                result = call
            elif len(reads) == 1:
                result = call(values[reads[0]])
            else:
                result = call(*[values[slot] for slot in reads])
            values[instruction.fills] = result
            for slot in instruction.frees:
                values[slot] = None
            if watch is not None and instruction.name in watch[0]:
                watch[1][instruction.name] = result
            del result
        return values


def _ordered(
    names: tuple[str, ...], inputs: tuple[Tensor, ...], named: dict[str, Tensor]
) -> tuple[Tensor, ...]:
    """Return the inputs in the plan's order, however they were given."""
    if len(inputs) == len(names) and not named:
        return inputs
    given = dict(zip(names, inputs, strict=False)) | named
    if len(inputs) + len(named) != len(names) or set(given) != set(names):
        raise TypeError(
            f"the model takes {', '.join(names)}; given: {len(inputs)} in order, {sorted(named)} by name"
        )
    return tuple(given[name] for name in names)
