"""Parameter groups: which parameters share a learning rate and are frozen together.

Groups partition the parameters: each falls into exactly one, the first whose pattern matches; what no group
takes is an error that names the orphans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import assert_never

from archc.bodies.splits import library_split
from archc.ops.node import SpecPath
from archc.plan.bounds import MOST_SEARCHED, MOST_TRIALS
from archc.plan.checks.once import once
from archc.plan.groups.per_block import block_groups
from archc.plan.lower.fault import diagnostic, fault
from archc.plan.parameters import Tensor, named_parameters
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import counted
from archc.spec.frozen import Frozen, frozen
from archc.spec.train import Group, Train

_AT: SpecPath = ("train", "groups")


@frozen
class ParameterGroup(Frozen):
    """A name and the parameters that go by it, in execution order."""

    name: str
    parameters: tuple[str, ...]


@once
def parameter_groups(plan: Plan, train: Train) -> tuple[ParameterGroup, ...]:
    """Return the groups from the input to the output; each parameter of the plan is in exactly one.

    Raises:
        PlanFault: parameters that no group takes (ARC401), or too many patterns to try (ARC410).
    """
    tensors = tuple(named_parameters(plan))
    match train.groups:
        case "body_head":
            return _gathered((_part(t.name), t.name) for t in tensors)
        case "per_stage":
            return _by_stage(plan, tensors)
        case "per_block":
            return _by_block(plan, tensors)
        case tuple(written):
            return _written(written, tensors)
        case _:
            assert_never(train.groups)


def group_faults(plan: Plan, train: Train) -> Iterator[Diagnostic]:
    """Yield faults of written groups short of orphans: names twice, patterns that match nothing.

    Raises:
        PlanFault: too many patterns to try (ARC410).
    """
    if isinstance(train.groups, str):
        return
    names = [t.name for t in named_parameters(plan)]
    _require_few(train.groups, len(names))
    seen: dict[str, int] = {}
    taken: set[str] = set()
    idle = 0
    for i, group in enumerate(train.groups):
        if group.name in seen:
            yield diagnostic(
                "ARC402",
                f"two groups are called `{group.name}`",
                (*_AT, i, "name"),
                also=(Label((*_AT, seen[group.name], "name")),),
                help="rename one",
            )
        seen.setdefault(group.name, i)
        for j, pattern in enumerate(group.match):
            matching = {n for n in names if matches(pattern, n)}
            if not matching - taken:
                at: SpecPath = (*_AT, i, "match", j)
                yield (
                    _shadowed(pattern, matching, train.groups, at)
                    if matching
                    else _idle(pattern, names if idle < MOST_SEARCHED else [], at)
                )
                idle += 1
            taken |= matching


def _require_few(groups: Sequence[Group], names: int) -> None:
    patterns = sum(len(group.match) for group in groups)
    if patterns * names > MOST_TRIALS:
        raise fault(
            "ARC410",
            f"{counted(patterns, 'pattern')} over {counted(names, 'parameter')} are too many to try",
            _AT,
            help=f"write {max(MOST_TRIALS // names, 1):,} or fewer: a pattern takes all that lies under it",
        )


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern's segments begin a parameter's dotted name, `*` standing for any one."""
    if "*" not in pattern:
        return name.startswith(pattern) and (len(name) == len(pattern) or name[len(pattern)] == ".")
    wanted, segments = pattern.split("."), name.split(".")
    return len(wanted) <= len(segments) and all(
        w in ("*", s) for w, s in zip(wanted, segments[: len(wanted)], strict=True)
    )


def selected(groups: Sequence[ParameterGroup], name: str) -> tuple[str, ...]:
    """Return the groups a phase means by a name: the group itself, or all below a dotted path."""
    return tuple(g.name for g in groups if g.name == name or g.name.startswith(f"{name}."))


def _written(groups: tuple[Group, ...], tensors: tuple[Tensor, ...]) -> tuple[ParameterGroup, ...]:
    _require_few(groups, len(tensors))
    taken: dict[str, list[str]] = {group.name: [] for group in groups}
    orphans = []
    for tensor in tensors:
        for group in groups:
            if any(matches(pattern, tensor.name) for pattern in group.match):
                taken[group.name].append(tensor.name)
                break
        else:
            orphans.append(tensor.name)
    if orphans:
        shown = ", ".join(f"`{o}`" for o in orphans[:5])
        more = f" and {len(orphans) - 5} more" if len(orphans) > 5 else ""
        tops = sorted({_part(o) for o in orphans})
        raise fault(
            "ARC401",
            f"{counted(len(orphans), 'parameter')} would be in no group",
            _AT,
            label=f"none takes {shown}{more}",
            help=f"add a group that matches {', '.join(f'`{t}`' for t in tops)}",
        )
    return tuple(ParameterGroup(name, tuple(names)) for name, names in taken.items() if names)


def _shadowed(pattern: str, matching: set[str], groups: Sequence[Group], at: SpecPath) -> Diagnostic:
    """Return a pattern that comes too late, with the first one that took what it matches."""
    name = min(matching)
    pairs = ((i, j) for i, group in enumerate(groups) for j, _ in enumerate(group.match))
    i, j = next((i, j) for i, j in pairs if matches(groups[i].match[j], name))
    return diagnostic(
        "ARC404",
        f"`{pattern}` takes nothing: groups before it took all it matches",
        at,
        also=(Label((*_AT, i, "match", j), "value", "takes it first"),),
        help="the first match wins: put the narrower pattern first",
    )


def _idle(pattern: str, names: list[str], at: SpecPath) -> Diagnostic:
    tops = ", ".join(f"`{t}`" for t in dict.fromkeys(_part(n) for n in names))
    prefixes = dict.fromkeys(n.rsplit(".", k)[0] for n in names for k in range(1, n.count(".") + 1))
    near = nearest(pattern, list(prefixes))
    return diagnostic(
        "ARC403",
        f"no parameter is under `{pattern}`",
        at,
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            *((f"the model's parts are {tops}",) if tops else ()),
        ),
        fix=correction(pattern, prefixes, at),
    )


def _gathered(pairs: Iterable[tuple[str, str]]) -> tuple[ParameterGroup, ...]:
    groups: dict[str, list[str]] = {}
    for group, name in pairs:
        groups.setdefault(group, []).append(name)
    return tuple(ParameterGroup(group, tuple(names)) for group, names in groups.items())


def _part(name: str) -> str:
    """Return the top-level part a parameter belongs to: body, decoder or head."""
    return name.split(".", 1)[0]


def _by_stage(plan: Plan, tensors: tuple[Tensor, ...]) -> tuple[ParameterGroup, ...]:
    """Return fastai's split: the early and the late half of a body it knows, and the rest."""
    late = {}
    for body in plan.bodies:
        start = library_split(body.ref)
        if start is not None:
            late[body.prefix] = _from(plan, f"{body.prefix}.{start}")
    pairs = []
    for index, tensor in enumerate(tensors):
        part = _part(tensor.name)
        half = f"{part}.{'late' if index >= late[part] else 'early'}" if part in late else part
        pairs.append((half, tensor.name))
    return _gathered(pairs)


def _from(plan: Plan, module: str) -> int:
    """Return the place of the first parameter at or behind a module; past the end where the cut removed it.

    The module may have no parameters itself, such as the pooling that VGG's late half begins with.
    """
    order = {node.module: i for i, node in reversed(tuple(enumerate(plan.nodes)))}
    start = next((i for name, i in sorted(order.items(), key=lambda o: o[1]) if matches(module, name)), None)
    tensors = tuple(named_parameters(plan))
    if start is None:
        return len(tensors)
    return next((i for i, t in enumerate(tensors) if order[t.node.module] >= start), len(tensors))


def _by_block(plan: Plan, tensors: tuple[Tensor, ...]) -> tuple[ParameterGroup, ...]:
    """Return a group for each block of a body, one for its stem, and one for each other part."""
    pairs: list[tuple[str, str]] = []
    for body, members in groupby(tensors, key=lambda tensor: plan.body_of(tensor.node)):
        inside = tuple(members)
        pairs += block_groups(plan, body, inside) if body else ((_part(t.name), t.name) for t in inside)
    return _gathered(pairs)
